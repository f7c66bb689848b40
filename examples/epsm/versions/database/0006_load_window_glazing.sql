/*---
message       = "load window glazing"
revision      = "database_0006"
down_revision = "database_0005"
branch_labels = []
depends_on    = []
create_date   = 2025-09-23T07:00:00Z
---*/

--- upgrade
INSERT INTO window_glazing (id, name, thickness_m, conductivity_w_mk, solar_transmittance,
                            visible_transmittance, gwp_kgco2e_per_m2, cost_sek_per_m2)
VALUES
    ('22222222-0000-4000-8000-000000000001', 'Single pane', 0.004, 1.0, 0.8, 0.9, 20, 300),
    ('22222222-0000-4000-8000-000000000002', 'Triple pane', 0.036, 0.5, 0.4, 0.7, 60, 900);

--- downgrade
DELETE FROM window_glazing
WHERE id IN ('22222222-0000-4000-8000-000000000001', '22222222-0000-4000-8000-000000000002');
