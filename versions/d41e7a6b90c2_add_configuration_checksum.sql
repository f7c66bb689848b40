/*---
message       = "add configurations.checksum"
revision      = "d41e7a6b90c2"
down_revision = "b07a4e91fd38"
branch_labels = []
depends_on    = []
create_date   = 2026-03-19T08:25:44Z
---*/

--- upgrade
ALTER TABLE configurations ADD COLUMN checksum VARCHAR(64) NOT NULL DEFAULT '';

--- downgrade
ALTER TABLE configurations DROP COLUMN checksum;
