/*---
message       = "orders, a partition for each month"
revision      = "optimize_001"
down_revision = []
branch_labels = ["optimize"]
depends_on    = ["schema_0002"]
create_date   = 2026-02-10T08:00:00Z
---*/

--- upgrade
ALTER TABLE orders RENAME TO orders_plain;
ALTER TABLE orders_plain RENAME CONSTRAINT orders_pkey TO orders_plain_pkey;
CREATE TABLE orders (
    id bigint NOT NULL DEFAULT nextval('orders_id_seq'),
    user_id bigint NOT NULL REFERENCES users (id),
    product_id bigint NOT NULL REFERENCES products (id),
    quantity integer NOT NULL,
    total integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    currency varchar(3) NOT NULL,
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE orders_2026_01 PARTITION OF orders FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE orders_2026_02 PARTITION OF orders FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE orders_2026_03 PARTITION OF orders FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
CREATE TABLE orders_default PARTITION OF orders DEFAULT;
INSERT INTO orders SELECT id, user_id, product_id, quantity, total, created_at, currency FROM orders_plain;
ALTER SEQUENCE orders_id_seq OWNED BY orders.id;
DROP TABLE orders_plain;

--- downgrade
ALTER TABLE orders RENAME TO orders_parted;
ALTER TABLE orders_parted RENAME CONSTRAINT orders_pkey TO orders_parted_pkey;
CREATE TABLE orders (
    id bigint NOT NULL DEFAULT nextval('orders_id_seq'),
    user_id bigint NOT NULL REFERENCES users (id),
    product_id bigint NOT NULL REFERENCES products (id),
    quantity integer NOT NULL,
    total integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    currency varchar(3) NOT NULL,
    PRIMARY KEY (id)
);
INSERT INTO orders SELECT id, user_id, product_id, quantity, total, created_at, currency FROM orders_parted;
ALTER SEQUENCE orders_id_seq OWNED BY orders.id;
DROP TABLE orders_parted;
