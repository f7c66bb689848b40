/*---
message       = "create device_metrics, a hypertable"
revision      = "0001_init_timescale"
down_revision = []
branch_labels = ["timescale"]
depends_on    = []
create_date   = 2025-10-20T10:31:00Z
---*/

--- upgrade
-- device_id is the number of a row of devices, which is in the other database: no foreign key can say so.
CREATE TABLE device_metrics (
    time        timestamptz NOT NULL,
    device_id   integer NOT NULL,
    metric_name varchar NOT NULL,
    value       double precision NOT NULL,
    PRIMARY KEY (time, device_id, metric_name)
);

-- On a server without TimescaleDB, as in tests, it stays an ordinary table.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') THEN
        CREATE EXTENSION IF NOT EXISTS timescaledb;
        PERFORM create_hypertable('device_metrics', 'time');
    END IF;
END
$$;

--- downgrade
-- The extension stays: others may use it.
DROP TABLE device_metrics;
