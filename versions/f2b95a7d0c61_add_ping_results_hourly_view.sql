/*---
message       = "add the ping_results_hourly view"
revision      = "f2b95a7d0c61"
down_revision = "37d6b1f98e04"
branch_labels = []
depends_on    = []
create_date   = 2026-04-15T10:36:41Z
---*/

--- upgrade
CREATE VIEW ping_results_hourly AS
SELECT device_id,
       strftime('%Y-%m-%d %H:00:00', measured_at) AS hour,
       sum(sent) AS sent,
       sum(received) AS received,
       avg(rtt_ms) AS rtt_ms
FROM ping_results
GROUP BY 1, 2;

--- upgrade postgresql
CREATE VIEW ping_results_hourly AS
SELECT device_id,
       date_trunc('hour', measured_at) AS hour,
       sum(sent) AS sent,
       sum(received) AS received,
       avg(rtt_ms) AS rtt_ms
FROM ping_results
GROUP BY 1, 2;

--- downgrade
DROP VIEW ping_results_hourly;
