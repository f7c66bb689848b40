/*---
message       = "an audit log, in the shared schema and in every tenant"
revision      = "audit_0001"
down_revision = []
branch_labels = ["audit"]
create_date   = 2026-11-23T09:10:00Z
---*/

--- upgrade
CREATE TABLE audit_log (
    id   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    what TEXT NOT NULL
);

--- downgrade
DROP TABLE audit_log;
