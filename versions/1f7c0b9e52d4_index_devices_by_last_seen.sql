/*---
message       = "index devices by last_seen_at"
revision      = "1f7c0b9e52d4"
down_revision = "e6a81f5b20cd"
branch_labels = []
depends_on    = []
create_date   = 2026-04-08T07:31:36Z
transaction   = false
---*/

--- upgrade
CREATE INDEX ix_devices_last_seen_at ON devices (last_seen_at);

--- upgrade postgresql
-- devices is read and written all day: build the index without locking the table.
CREATE INDEX CONCURRENTLY ix_devices_last_seen_at ON devices (last_seen_at);

--- downgrade
DROP INDEX ix_devices_last_seen_at;

--- downgrade postgresql
DROP INDEX CONCURRENTLY ix_devices_last_seen_at;
