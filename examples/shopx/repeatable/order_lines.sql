CREATE OR REPLACE VIEW order_lines AS
SELECT o.id, o.created_at, u.email, p.name AS product, p.category, o.quantity, o.total, o.currency
FROM orders o JOIN users u ON u.id = o.user_id JOIN products p ON p.id = o.product_id;
