/*---
message       = "tenants and their domains"
revision      = "shared_0001"
down_revision = []
branch_labels = ["shared"]
create_date   = 2026-11-23T09:00:00Z
---*/

--- upgrade
CREATE TABLE tenants_client (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schema_name VARCHAR(63) NOT NULL UNIQUE,
    name        VARCHAR(100) NOT NULL,
    created_on  DATE NOT NULL DEFAULT current_date
);
CREATE TABLE tenants_domain (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    domain     VARCHAR(253) NOT NULL UNIQUE,
    is_primary BOOLEAN NOT NULL DEFAULT true,
    tenant_id  BIGINT NOT NULL REFERENCES tenants_client (id)
);
INSERT INTO tenants_client (schema_name, name) VALUES ('public', 'ProjectMeats itself');

--- downgrade
DROP TABLE tenants_domain;
DROP TABLE tenants_client;
