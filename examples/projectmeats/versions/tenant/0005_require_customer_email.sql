/*---
message       = "require customers_customer.email"
revision      = "tenant_0005"
down_revision = "tenant_0004"
create_date   = 2026-11-23T09:42:00Z
---*/

--- upgrade
ALTER TABLE customers_customer ALTER COLUMN email SET NOT NULL;

--- downgrade
ALTER TABLE customers_customer ALTER COLUMN email DROP NOT NULL;
