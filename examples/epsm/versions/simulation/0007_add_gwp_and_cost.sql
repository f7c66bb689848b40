/*---
message       = "add gwp and cost to simulation_results"
revision      = "simulation_0007"
down_revision = "simulation_0006"
branch_labels = []
depends_on    = []
create_date   = 2025-10-05T05:30:00Z
databases     = ["results_db"]
---*/

--- upgrade
ALTER TABLE simulation_results ADD COLUMN gwp_total double precision;
ALTER TABLE simulation_results ADD COLUMN cost_total double precision;

--- downgrade
ALTER TABLE simulation_results DROP COLUMN cost_total;
ALTER TABLE simulation_results DROP COLUMN gwp_total;
