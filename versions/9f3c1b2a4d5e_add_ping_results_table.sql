/*---
message       = "add ping_results table"
revision      = "9f3c1b2a4d5e"
down_revision = []
branch_labels = ["timescale"]
depends_on    = []
create_date   = 2026-02-10T14:03:11Z
---*/

--- upgrade
CREATE TABLE ping_results (
    device_id   VARCHAR(36) NOT NULL,
    measured_at TIMESTAMP NOT NULL,
    sent        INTEGER NOT NULL,
    received    INTEGER NOT NULL,
    rtt_ms      REAL,
    PRIMARY KEY (device_id, measured_at),
    CONSTRAINT ck_ping_results_received CHECK (received BETWEEN 0 AND sent)
);

--- downgrade
DROP TABLE ping_results;
