/*---
message       = "add simulation_runs.celery_task_id"
revision      = "simulation_0009"
down_revision = "simulation_0008"
branch_labels = []
depends_on    = []
create_date   = 2025-10-05T06:00:00Z
databases     = ["default"]
---*/

--- upgrade
ALTER TABLE simulation_runs ADD COLUMN celery_task_id varchar(255);
CREATE INDEX simulation_runs_celery_task_id ON simulation_runs (celery_task_id);

--- downgrade
ALTER TABLE simulation_runs DROP COLUMN celery_task_id;
