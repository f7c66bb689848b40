/*---
message       = "sessions"
revision      = "core_0002"
down_revision = "core_0001"
branch_labels = []
depends_on    = []
create_date   = 2025-09-21T17:42:00Z
---*/

--- upgrade
CREATE TABLE django_session (
    session_key  varchar(40) PRIMARY KEY,
    session_data text NOT NULL,
    expire_date  timestamptz NOT NULL
);

CREATE INDEX django_session_expire_date ON django_session (expire_date);

--- downgrade
DROP TABLE django_session;
