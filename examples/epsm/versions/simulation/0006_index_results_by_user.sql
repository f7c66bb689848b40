/*---
message       = "index simulation_results by user"
revision      = "simulation_0006"
down_revision = "simulation_0005"
branch_labels = []
depends_on    = []
create_date   = 2025-10-01T11:32:00Z
databases     = ["results_db"]
---*/

--- upgrade
CREATE INDEX simulation_results_by_user ON simulation_results (user_id);

--- downgrade
DROP INDEX simulation_results_by_user;
