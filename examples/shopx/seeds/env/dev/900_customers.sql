/*---
after = ["010_categories.csv", "schema_0002"]
---*/
INSERT INTO users (email) VALUES ('ada@example.org'), ('grace@example.org');
INSERT INTO products (category, name, price) VALUES ('books', 'The Art of Distilling', 30), ('tools', 'Alembic of copper', 240);
INSERT INTO orders (user_id, product_id, quantity, total, currency, created_at)
SELECT u.id, p.id, 2, 2 * p.price, 'EUR', timestamptz '2026-01-20 12:00+00' + (u.id + p.id) * interval '9 days'
FROM users u, products p;
