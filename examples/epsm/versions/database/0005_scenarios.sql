/*---
message       = "create scenarios"
revision      = "database_0005"
down_revision = "database_0004"
branch_labels = []
depends_on    = []
create_date   = 2025-09-22T17:38:00Z
---*/

--- upgrade
CREATE TABLE scenarios (
    id                uuid PRIMARY KEY,
    name              varchar(255) NOT NULL,
    description       text,
    total_simulations integer,
    date_created      date NOT NULL DEFAULT CURRENT_DATE,
    date_modified     date NOT NULL DEFAULT CURRENT_DATE,
    created_at        timestamptz NOT NULL DEFAULT now(),
    source            text,
    author_id         uuid REFERENCES authors (id) ON DELETE SET NULL
);

CREATE TABLE scenario_constructions (
    id              uuid PRIMARY KEY,
    element_type    varchar(20) NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    construction_id uuid REFERENCES constructions (id) ON DELETE SET NULL,
    scenario_id     uuid NOT NULL REFERENCES scenarios (id) ON DELETE CASCADE
);

--- downgrade
DROP TABLE scenario_constructions;
DROP TABLE scenarios;
