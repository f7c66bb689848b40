CREATE OR REPLACE FUNCTION refresh_sales() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    REFRESH MATERIALIZED VIEW monthly_sales;
    DELETE FROM sales_daily WHERE day = current_date;
    INSERT INTO sales_daily
    SELECT created_at::date, category, currency, count(*), sum(total)
    FROM order_lines WHERE created_at::date = current_date GROUP BY 1, 2, 3;
END
$$;
