/*---
message       = "create simulation_files"
revision      = "simulation_0003"
down_revision = "simulation_0002"
branch_labels = []
depends_on    = []
create_date   = 2025-09-27T18:50:00Z
databases     = ["default"]
---*/

--- upgrade
CREATE TABLE simulation_files (
    id            uuid PRIMARY KEY,
    file_type     varchar(50) NOT NULL,
    file_name     varchar(255) NOT NULL DEFAULT 'unknown_file',
    file_path     varchar(500) NOT NULL DEFAULT '',
    file_size     integer,
    original_name varchar(255) NOT NULL DEFAULT '',
    created_at    timestamptz,
    simulation_id uuid NOT NULL REFERENCES simulation_runs (id) ON DELETE CASCADE
);

--- downgrade
DROP TABLE simulation_files;
