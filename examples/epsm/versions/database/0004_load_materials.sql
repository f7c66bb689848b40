/*---
message       = "load materials"
revision      = "database_0004"
down_revision = "database_0003"
branch_labels = []
depends_on    = []
create_date   = 2025-09-22T08:00:00Z
---*/

--- upgrade
INSERT INTO materials (id, name, roughness, thickness_m, conductivity_w_mk, density_kg_m3,
                       specific_heat_j_kgk, gwp_kgco2e_per_m2, cost_sek_per_m2,
                       wall_allowed, roof_allowed, floor_allowed)
VALUES
    ('11111111-0000-4000-8000-000000000001', 'Brick', 'Rough', 0.1, 0.6, 1800, 800,
     30, 400, true, false, false),
    ('11111111-0000-4000-8000-000000000002', 'Concrete', 'MediumRough', 0.2, 1.7, 2300, 900,
     60, 500, true, true, true),
    ('11111111-0000-4000-8000-000000000003', 'Mineral wool', 'MediumRough', 0.15, 0.04, 30, 840,
     5, 150, true, true, false);

--- downgrade
DELETE FROM materials
WHERE id IN ('11111111-0000-4000-8000-000000000001', '11111111-0000-4000-8000-000000000002',
             '11111111-0000-4000-8000-000000000003');
