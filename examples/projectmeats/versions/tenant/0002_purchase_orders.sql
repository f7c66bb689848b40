/*---
message       = "purchase orders"
revision      = "tenant_0002"
down_revision = "tenant_0001"
create_date   = 2026-11-23T09:30:00Z
---*/

--- upgrade
CREATE TABLE purchase_orders_order (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    supplier_id BIGINT NOT NULL REFERENCES suppliers_supplier (id),
    weight_kg   NUMERIC(10, 2) NOT NULL CHECK (weight_kg > 0),
    ordered_on  DATE NOT NULL DEFAULT current_date
);
CREATE INDEX purchase_orders_order_supplier ON purchase_orders_order (supplier_id);

--- downgrade
DROP TABLE purchase_orders_order;
