#!/bin/sh
# Ten tenants: a row in the application's table, the schema, and every revision of its branches.
set -eu
names="butcher demo prairie highland coastal valley summit harbor delta meadow"
for name in $names; do
    limbeck db exec --yes "INSERT INTO tenants_client (schema_name, name) VALUES ('$name', '$name') ON CONFLICT DO NOTHING"
done
# shellcheck disable=SC2086  # One word for each tenant.
limbeck tenants create --jobs 4 $names
