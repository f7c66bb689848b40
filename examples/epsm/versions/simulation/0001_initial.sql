/*---
message       = "create simulation_runs"
revision      = "simulation_0001"
down_revision = []
branch_labels = ["simulation"]
depends_on    = ["core_0001"]
create_date   = 2025-09-21T17:51:00Z
databases     = ["default"]
---*/

--- upgrade
CREATE TABLE simulation_runs (
    id            uuid PRIMARY KEY,
    name          varchar(255) NOT NULL,
    description   text,
    status        varchar(20) NOT NULL DEFAULT 'pending',
    start_time    timestamptz,
    end_time      timestamptz,
    error_message text,
    file_count    integer NOT NULL DEFAULT 0,
    created_at    timestamptz,
    updated_at    timestamptz NOT NULL,
    user_id       integer REFERENCES auth_user (id) ON DELETE CASCADE
);

--- downgrade
DROP TABLE simulation_runs;
