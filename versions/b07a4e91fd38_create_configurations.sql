/*---
message       = "create configurations"
revision      = "b07a4e91fd38"
down_revision = "8e2f9d0c63a5"
branch_labels = []
depends_on    = []
create_date   = 2026-03-11T15:40:03Z
---*/

--- upgrade
CREATE TABLE configurations (
    device_id  VARCHAR(36) NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    version    INTEGER NOT NULL,
    body       TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (device_id, version),
    CONSTRAINT ck_configurations_version CHECK (version > 0)
);

--- upgrade postgresql
CREATE TABLE configurations (
    device_id  VARCHAR(36) NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    version    INTEGER NOT NULL,
    body       JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (device_id, version),
    CONSTRAINT ck_configurations_version CHECK (version > 0)
);

--- downgrade
DROP TABLE configurations;
