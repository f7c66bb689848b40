/*---
message       = "suppliers and customers"
revision      = "tenant_0001"
down_revision = []
branch_labels = ["tenant"]
depends_on    = ["shared_0002"]
create_date   = 2026-11-23T09:20:00Z
---*/

--- upgrade
CREATE TABLE suppliers_supplier (
    id   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name VARCHAR(200) NOT NULL,
    cut  VARCHAR(20) REFERENCES public.core_cut (code)
);
CREATE TABLE customers_customer (
    id   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name VARCHAR(200) NOT NULL
);

--- downgrade
DROP TABLE customers_customer;
DROP TABLE suppliers_supplier;
