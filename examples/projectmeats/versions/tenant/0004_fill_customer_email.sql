/*---
message       = "fill customers_customer.email"
revision      = "tenant_0004"
down_revision = "tenant_0003"
create_date   = 2026-11-23T09:41:00Z
template      = true
---*/

--- upgrade
UPDATE customers_customer SET email = 'unknown@' || {{ tenant }} || '.example' WHERE email IS NULL;

--- downgrade
UPDATE customers_customer SET email = NULL WHERE email = 'unknown@' || {{ tenant }} || '.example';
