/*---
message       = "create devices"
revision      = "8e2f9d0c63a5"
down_revision = "4c1d77a09b21"
branch_labels = []
depends_on    = []
create_date   = 2026-02-03T10:02:17Z
---*/

--- upgrade
CREATE TABLE devices (
    id           VARCHAR(36) PRIMARY KEY,
    owner_id     BIGINT NOT NULL REFERENCES users (id),
    hostname     VARCHAR(253) NOT NULL,
    address      VARCHAR(45) NOT NULL,
    last_seen_at TIMESTAMP,
    CONSTRAINT uq_devices_owner_hostname UNIQUE (owner_id, hostname)
);

--- downgrade
DROP TABLE devices;
