/*---
message       = "load constructions"
revision      = "database_0007"
down_revision = "database_0006"
branch_labels = []
depends_on    = []
create_date   = 2025-09-23T07:10:00Z
---*/

--- upgrade
INSERT INTO constructions (id, name, element_type, is_window, u_value_w_m2k, gwp_kgco2e_per_m2,
                           cost_sek_per_m2)
VALUES
    ('33333333-0000-4000-8000-000000000001', 'Insulated brick wall', 'wall', false, 0.25, 95, 550),
    ('33333333-0000-4000-8000-000000000002', 'Concrete floor', 'floor', false, 0.4, 60, 500),
    ('33333333-0000-4000-8000-000000000003', 'Insulated roof', 'roof', false, 0.2, 65, 650),
    ('33333333-0000-4000-8000-000000000004', 'Triple pane window', 'window', true, 0.9, 60, 900);

INSERT INTO layers (construction_id, layer_order, material_id, window_id, is_glazing_layer)
VALUES
    ('33333333-0000-4000-8000-000000000001', 1, '11111111-0000-4000-8000-000000000001', NULL, false),
    ('33333333-0000-4000-8000-000000000001', 2, '11111111-0000-4000-8000-000000000003', NULL, false),
    ('33333333-0000-4000-8000-000000000002', 1, '11111111-0000-4000-8000-000000000002', NULL, false),
    ('33333333-0000-4000-8000-000000000003', 1, '11111111-0000-4000-8000-000000000003', NULL, false),
    ('33333333-0000-4000-8000-000000000004', 1, NULL, '22222222-0000-4000-8000-000000000002', true);

--- downgrade
-- The layers go with them.
DELETE FROM constructions
WHERE id IN ('33333333-0000-4000-8000-000000000001', '33333333-0000-4000-8000-000000000002',
             '33333333-0000-4000-8000-000000000003', '33333333-0000-4000-8000-000000000004');
