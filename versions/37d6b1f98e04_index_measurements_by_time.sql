/*---
message       = "index measurements by time"
revision      = "37d6b1f98e04"
down_revision = "c5e8027fa1b3"
branch_labels = []
depends_on    = []
create_date   = 2026-03-02T12:20:59Z
---*/

--- upgrade
CREATE INDEX ix_ping_results_measured_at ON ping_results (measured_at);
CREATE INDEX ix_performance_metrics_measured_at ON performance_metrics (measured_at);

--- upgrade postgresql
-- Rows arrive in the order of time, so a block-range index is enough and stays small.
CREATE INDEX ix_ping_results_measured_at ON ping_results USING brin (measured_at);
CREATE INDEX ix_performance_metrics_measured_at ON performance_metrics USING brin (measured_at);

--- downgrade
DROP INDEX ix_performance_metrics_measured_at;
DROP INDEX ix_ping_results_measured_at;
