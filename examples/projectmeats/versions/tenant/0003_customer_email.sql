/*---
message       = """add customers_customer.email

The first of three: a column that may be empty, filled by the next revision, required by the one after. Each may be released by
itself while the application runs.
"""
revision      = "tenant_0003"
down_revision = "tenant_0002"
create_date   = 2026-11-23T09:40:00Z
---*/

--- upgrade
ALTER TABLE customers_customer ADD COLUMN email VARCHAR(254);

--- downgrade
ALTER TABLE customers_customer DROP COLUMN email;
