/*---
message       = "add retention_rules"
revision      = "60ae4d8c13f7"
down_revision = "f2b95a7d0c61"
branch_labels = []
depends_on    = []
create_date   = 2026-06-04T08:55:20Z
---*/

--- upgrade
CREATE TABLE retention_rules (
    table_name VARCHAR(63) PRIMARY KEY,
    keep_days  INTEGER NOT NULL,
    CONSTRAINT ck_retention_rules_keep_days CHECK (keep_days > 0)
);
INSERT INTO retention_rules (table_name, keep_days) VALUES
    ('ping_results', 90),
    ('performance_metrics', 400);

--- downgrade
DROP TABLE retention_rules;
