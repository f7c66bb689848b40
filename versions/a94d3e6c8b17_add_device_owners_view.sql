/*---
message       = "add the device_owners view"
revision      = "a94d3e6c8b17"
down_revision = "1f7c0b9e52d4"
branch_labels = []
depends_on    = []
create_date   = 2026-05-21T16:12:05Z
---*/

--- upgrade
CREATE VIEW device_owners AS
SELECT d.id AS device_id, d.hostname, u.email AS owner_email
FROM devices d
JOIN users u ON u.id = d.owner_id;

--- downgrade
DROP VIEW device_owners;
