/*---
message       = "add materials.roughness"
revision      = "database_0002"
down_revision = "database_0001"
branch_labels = []
depends_on    = []
create_date   = 2025-09-22T07:23:00Z
---*/

--- upgrade
ALTER TABLE materials ADD COLUMN roughness varchar(20)
    CHECK (roughness IN ('Smooth', 'MediumSmooth', 'MediumRough', 'Rough', 'VeryRough'));

--- downgrade
ALTER TABLE materials DROP COLUMN roughness;
