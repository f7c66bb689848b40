/*---
drops = "materialized view monthly_sales"
---*/
CREATE MATERIALIZED VIEW monthly_sales AS
SELECT date_trunc('month', created_at) AS month, category, currency, count(*) AS orders, sum(total) AS total
FROM order_lines GROUP BY 1, 2, 3;
CREATE UNIQUE INDEX monthly_sales_key ON monthly_sales (month, category, currency);
