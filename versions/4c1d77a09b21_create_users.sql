/*---
message       = "create users"
revision      = "4c1d77a09b21"
down_revision = []
branch_labels = ["postgres"]
depends_on    = []
create_date   = 2026-02-03T09:14:52Z
---*/

--- upgrade
CREATE TABLE users (
    id         INTEGER PRIMARY KEY,
    email      VARCHAR(320) NOT NULL UNIQUE,
    name       VARCHAR(120) NOT NULL,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

--- upgrade postgresql
CREATE TABLE users (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email      VARCHAR(320) NOT NULL UNIQUE,
    name       VARCHAR(120) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

--- downgrade
DROP TABLE users;
