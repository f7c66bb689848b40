/*---
message       = "load construction sets"
revision      = "database_0008"
down_revision = "database_0007"
branch_labels = []
depends_on    = []
create_date   = 2025-09-23T07:20:00Z
---*/

--- upgrade
INSERT INTO construction_sets (id, name, description, wall_construction_id,
                               floor_construction_id, roof_construction_id, window_construction_id)
VALUES
    ('44444444-0000-4000-8000-000000000001', 'Low energy', 'everything insulated',
     '33333333-0000-4000-8000-000000000001', '33333333-0000-4000-8000-000000000002',
     '33333333-0000-4000-8000-000000000003', '33333333-0000-4000-8000-000000000004');

--- downgrade
DELETE FROM construction_sets WHERE id = '44444444-0000-4000-8000-000000000001';
