/*---
message       = "say what gwp and cost are"
revision      = "simulation_0008"
down_revision = "simulation_0007"
branch_labels = []
depends_on    = []
create_date   = 2025-10-05T05:44:00Z
databases     = ["results_db"]
---*/

--- upgrade
COMMENT ON COLUMN simulation_results.gwp_total IS 'embodied carbon, kg CO2e';
COMMENT ON COLUMN simulation_results.cost_total IS 'cost of construction, SEK';

--- downgrade
COMMENT ON COLUMN simulation_results.cost_total IS NULL;
COMMENT ON COLUMN simulation_results.gwp_total IS NULL;
