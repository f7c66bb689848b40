/*---
message       = "add performance_metrics table"
revision      = "c5e8027fa1b3"
down_revision = "9f3c1b2a4d5e"
branch_labels = []
depends_on    = ["8e2f9d0c63a5"]
create_date   = 2026-02-17T09:48:33Z
---*/

--- upgrade
CREATE TABLE performance_metrics (
    device_id   VARCHAR(36) NOT NULL,
    metric      VARCHAR(60) NOT NULL,
    measured_at TIMESTAMP NOT NULL,
    value       DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (device_id, metric, measured_at)
);

--- downgrade
DROP TABLE performance_metrics;
