/*---
message       = "add simulation_runs.progress"
revision      = "simulation_0002"
down_revision = "simulation_0001"
branch_labels = []
depends_on    = []
create_date   = 2025-09-27T07:28:00Z
databases     = ["default"]
---*/

--- upgrade
ALTER TABLE simulation_runs ADD COLUMN progress integer NOT NULL DEFAULT 0;

--- downgrade
ALTER TABLE simulation_runs DROP COLUMN progress;
