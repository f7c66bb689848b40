/*---
message       = "add authors and uses to materials"
revision      = "database_0003"
down_revision = "database_0002"
branch_labels = []
depends_on    = []
create_date   = 2025-09-22T07:24:00Z
---*/

--- upgrade
ALTER TABLE materials
    ADD COLUMN author_id            uuid REFERENCES authors (id) ON DELETE SET NULL,
    ADD COLUMN date_created         timestamptz,
    ADD COLUMN date_modified        timestamptz,
    ADD COLUMN density_kg_m3        double precision,
    ADD COLUMN specific_heat_j_kgk  double precision,
    ADD COLUMN solar_absorptance    double precision,
    ADD COLUMN thermal_absorptance  double precision,
    ADD COLUMN visible_absorptance  double precision,
    ADD COLUMN floor_allowed        boolean NOT NULL DEFAULT false,
    ADD COLUMN roof_allowed         boolean NOT NULL DEFAULT false,
    ADD COLUMN wall_allowed         boolean NOT NULL DEFAULT false,
    ADD COLUMN window_layer_allowed boolean NOT NULL DEFAULT false;

--- downgrade
ALTER TABLE materials
    DROP COLUMN window_layer_allowed,
    DROP COLUMN wall_allowed,
    DROP COLUMN roof_allowed,
    DROP COLUMN floor_allowed,
    DROP COLUMN visible_absorptance,
    DROP COLUMN thermal_absorptance,
    DROP COLUMN solar_absorptance,
    DROP COLUMN specific_heat_j_kgk,
    DROP COLUMN density_kg_m3,
    DROP COLUMN date_modified,
    DROP COLUMN date_created,
    DROP COLUMN author_id;
