/*---
message       = "add ping_results table"
revision      = "4852c1ce1a0f"
down_revision = "0001_init_timescale"
branch_labels = []
depends_on    = []
create_date   = 2025-11-02T17:40:32Z
---*/

--- upgrade
CREATE TABLE ping_results (
    timestamp           timestamp NOT NULL,
    device_id           integer NOT NULL,
    ip_address          varchar(45) NOT NULL,
    is_alive            boolean NOT NULL,
    rtt_avg_ms          double precision,
    packet_loss_percent double precision,
    diagnostic_message  varchar,
    PRIMARY KEY (timestamp, device_id)
);

CREATE INDEX ix_ping_results_device_id ON ping_results (device_id);
CREATE INDEX ix_ping_results_is_alive ON ping_results (is_alive);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        PERFORM create_hypertable('ping_results', 'timestamp');
    END IF;
END
$$;

--- downgrade
DROP TABLE ping_results;
