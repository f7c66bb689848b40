/*---
message       = "indexes for what the shop asks most, made while it is open"
revision      = "optimize_002"
down_revision = "optimize_001"
create_date   = 2026-02-10T08:10:00Z
---*/

--- upgrade
CREATE INDEX CONCURRENTLY idx_products_category ON products (category);
CREATE INDEX CONCURRENTLY idx_users_created_at ON users (created_at);
CREATE INDEX idx_orders_user ON orders (user_id, created_at);

--- downgrade
DROP INDEX idx_orders_user;
DROP INDEX CONCURRENTLY idx_users_created_at;
DROP INDEX CONCURRENTLY idx_products_category;
