/*---
message       = "cuts of meat, for all tenants"
revision      = "shared_0002"
down_revision = "shared_0001"
create_date   = 2026-11-23T09:05:00Z
---*/

--- upgrade
CREATE TABLE core_cut (
    code VARCHAR(20) PRIMARY KEY,
    name VARCHAR(100) NOT NULL
);
INSERT INTO core_cut (code, name) VALUES ('brisket', 'Brisket'), ('chuck', 'Chuck'), ('loin', 'Loin');

--- downgrade
DROP TABLE core_cut;
