/*---
message       = "sales of each day, added up"
revision      = "optimize_003"
down_revision = "optimize_002"
create_date   = 2026-02-11T16:40:00Z
---*/

--- upgrade
CREATE TABLE sales_daily (
    day date NOT NULL,
    category varchar(20) NOT NULL REFERENCES categories (code),
    currency varchar(3) NOT NULL,
    orders bigint NOT NULL,
    total bigint NOT NULL,
    PRIMARY KEY (day, category, currency)
);
INSERT INTO sales_daily
SELECT o.created_at::date, p.category, o.currency, count(*), sum(o.total)
FROM orders o JOIN products p ON p.id = o.product_id GROUP BY 1, 2, 3;

--- downgrade
DROP TABLE sales_daily;
