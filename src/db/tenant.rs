//! Tenants: schemas of one database (databases of one server on MySQL), each with a version table
//! of its own, and the catalogue that tells where all of them are in one query.
//!
//! A tenant's own version table is the truth. The catalogue lies in the shared schema; its row of
//! a tenant is written in the transaction that changes the version table, from that table. A row
//! counts only while the table is the one that it was written from: a schema that was dropped and
//! made again is asked itself.

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;

use super::deferred::Place;
use super::sql;
use super::table_name::TableName;

/// The catalogue beside a version table of the usual name.
const CATALOGUE: &str = "limbeck_tenants";

/// What tells a version table `v` of MySQL from a later one of the same name: when it was made.
const MADE_AT: &str = "cast(unix_timestamp(v.create_time) AS SIGNED)";

/// Between two ids in a row of the catalogue: no id holds a control character.
pub(super) const SEPARATOR: char = '\n';

/// Where a tenant is, for a session that works on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantPlace {
    /// Its name: that of its schema.
    pub schema: String,
    /// The schema that all tenants share: the second of the search path, and where the catalogue
    /// is.
    pub shared_schema: String,
}

impl TenantPlace {
    /// A table of the tenant's own.
    pub fn table(&self, name: &str) -> TableName {
        TableName { schema: Some(self.schema.clone()), name: name.to_owned() }
    }

    /// The statement that puts a session into the tenant's schema, for a text.
    pub fn enter_sql(&self, dialect: Dialect) -> String {
        let [tenant, shared] =
            [&self.schema, &self.shared_schema].map(|name| quote_identifier(dialect, name));
        match dialect {
            Dialect::Mysql => format!("USE {tenant};"),
            Dialect::Postgresql | Dialect::Sqlite => {
                format!("SET search_path TO {tenant}, {shared};")
            }
        }
    }

    /// What puts a session of PostgreSQL into the tenant's schema, and fails where that does not
    /// lead there: a search path may name a schema that does not exist, that the role may not use,
    /// or `$user`, which stands for another; tables would be made in the next one.
    pub(super) fn setup(&self) -> Place {
        let [tenant, shared] = [&self.schema, &self.shared_schema]
            .map(|name| quote_identifier(Dialect::Postgresql, name));
        let literal = sql::literal(Dialect::Postgresql, &tenant);
        let name = sql::literal(Dialect::Postgresql, &self.schema);
        let check = format!(
            "BEGIN IF pg_catalog.current_schema() IS DISTINCT FROM {name} THEN RAISE EXCEPTION \
             'tables of tenant % would be made in schema %: the role lacks USAGE, or the name \
             stands for something else', {name}, pg_catalog.current_schema() \
             USING ERRCODE = 'invalid_schema_name'; END IF; END"
        );
        let check = sql::literal(Dialect::Postgresql, &check);
        Place {
            enter: format!("SET search_path TO {tenant}, {shared};\n"),
            check: format!("SELECT {literal}::regnamespace;\nDO {check};\n"),
        }
    }
}

/// What the catalogue of tenants is called whose version tables are called `version`.
pub fn catalogue_name(version: &str) -> String {
    match version {
        "alembic_version" => CATALOGUE.to_owned(),
        other => format!("{other}_tenants"),
    }
}

/// The catalogue of the tenants with version tables of one name, as the SQL that makes, writes and
/// reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Catalogue {
    dialect: Dialect,
    table: TableName,
    /// The name of the version tables.
    version: String,
}

impl Catalogue {
    /// The catalogue in the shared schema `shared`.
    pub(super) fn new(dialect: Dialect, shared: &str, version: &str) -> Self {
        let schema = (dialect != Dialect::Sqlite).then(|| shared.to_owned());
        let table = TableName { schema, name: catalogue_name(version) };
        Catalogue { dialect, table, version: version.to_owned() }
    }

    /// Its name.
    pub(super) fn table(&self) -> &TableName {
        &self.table
    }

    /// The statement that creates it.
    pub(super) fn create_sql(&self) -> String {
        let (name, heads, oid, time, end) = match self.dialect {
            Dialect::Mysql => (
                "VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                "TEXT",
                "BIGINT",
                "DATETIME(6)",
                " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
            ),
            Dialect::Postgresql => ("TEXT", "TEXT", "BIGINT", "TIMESTAMPTZ", ""),
            Dialect::Sqlite => ("TEXT", "TEXT", "BIGINT", "TEXT", ""),
        };
        format!(
            "CREATE TABLE IF NOT EXISTS {table} (\n    tenant {name} NOT NULL PRIMARY KEY,\n    \
             heads {heads} NOT NULL,\n    version_table {oid} NOT NULL,\n    \
             changed_at {time} NOT NULL,\n    error {heads}\n){end}",
            table = self.table.sql(self.dialect)
        )
    }

    /// The statement that writes the row of `tenant` from its version table.
    pub(super) fn note_sql(&self, tenant: &TenantPlace) -> String {
        let version = tenant.table(&self.version);
        let literal = |text: &str| sql::literal(self.dialect, text);
        let (table, name) = (self.table.sql(self.dialect), literal(&tenant.schema));
        let rows = version.sql(self.dialect);
        match self.dialect {
            Dialect::Mysql => format!(
                "REPLACE INTO {table} (tenant, heads, version_table, changed_at, error) \
                 SELECT {name}, coalesce(group_concat(version_num ORDER BY BINARY version_num \
                 SEPARATOR '\\n'), ''), coalesce((SELECT {made} FROM information_schema.tables v \
                 WHERE v.table_schema = {name} AND BINARY v.table_schema = {name} \
                 AND v.table_name = {version}), 1), \
                 utc_timestamp(6), NULL FROM {rows}",
                made = MADE_AT,
                version = literal(&self.version),
            ),
            Dialect::Postgresql | Dialect::Sqlite => format!(
                "INSERT INTO {table} AS c (tenant, heads, version_table, changed_at) \
                 SELECT {name}, coalesce(string_agg(version_num, E'\\n' \
                 ORDER BY version_num COLLATE \"C\"), ''), {oid}::regclass::oid::bigint, now() \
                 FROM {rows} ON CONFLICT (tenant) DO UPDATE SET heads = excluded.heads, \
                 version_table = excluded.version_table, changed_at = excluded.changed_at, \
                 error = NULL",
                oid = literal(&version.quoted(self.dialect)),
            ),
        }
    }

    /// The statement that notes why `tenant` could not be brought on, or that it could.
    pub(super) fn failure_sql(&self, tenant: &str, error: Option<&str>) -> String {
        let literal = |text: &str| sql::literal(self.dialect, text);
        let (table, name) = (self.table.sql(self.dialect), literal(tenant));
        let Some(error) = error else {
            return format!("UPDATE {table} SET error = NULL WHERE tenant = {name}");
        };
        let (now, end) = match self.dialect {
            Dialect::Mysql => ("utc_timestamp(6)", "ON DUPLICATE KEY UPDATE error = VALUES(error)"),
            Dialect::Postgresql | Dialect::Sqlite => {
                ("CURRENT_TIMESTAMP", "ON CONFLICT (tenant) DO UPDATE SET error = excluded.error")
            }
        };
        format!(
            "INSERT INTO {table} (tenant, heads, version_table, changed_at, error) \
             VALUES ({name}, '', 0, {now}, {error}) {end}",
            error = literal(error)
        )
    }

    /// The query for what has failed.
    pub(super) fn failures_sql(&self) -> String {
        let (table, text) = (self.table.sql(self.dialect), self.text_type());
        format!(
            "SELECT CAST(tenant AS {text}), CAST(error AS {text}) FROM {table} \
             WHERE error IS NOT NULL"
        )
    }

    /// The query for all rows: name, version table, heads.
    pub(super) fn rows_sql(&self) -> String {
        let (table, text) = (self.table.sql(self.dialect), self.text_type());
        format!(
            "SELECT CAST(tenant AS {text}), CAST(version_table AS {text}), CAST(heads AS {text}) \
             FROM {table}"
        )
    }

    /// The statement that deletes the row of `tenant`.
    pub(super) fn forget_sql(&self, tenant: &str) -> String {
        let (table, name) = (self.table.sql(self.dialect), sql::literal(self.dialect, tenant));
        format!("DELETE FROM {table} WHERE tenant = {name}")
    }

    fn text_type(&self) -> &'static str {
        match self.dialect {
            Dialect::Mysql => "CHAR",
            Dialect::Postgresql | Dialect::Sqlite => "TEXT",
        }
    }

    /// The query for all tenants that `names`, a query of one column, gives: name, whether the
    /// schema is there, whether it has a version table, the heads where the catalogue knows them,
    /// and what went wrong last.
    pub(super) fn survey_sql(&self, names: &str, with_catalogue: bool) -> String {
        let version = sql::literal(self.dialect, &self.version);
        let catalogue = self.table.sql(self.dialect);
        let (known, join) = match (with_catalogue, self.dialect) {
            (false, _) => ("NULL, NULL", String::new()),
            (true, Dialect::Mysql) => (
                "CASE WHEN v.table_name IS NOT NULL AND c.version_table = \
                 coalesce(cast(unix_timestamp(v.create_time) AS SIGNED), 1) THEN c.heads END, \
                 c.error",
                format!(" LEFT JOIN {catalogue} c ON c.tenant = BINARY t.tenant"),
            ),
            (true, Dialect::Postgresql | Dialect::Sqlite) => (
                "CASE WHEN c.version_table = v.oid::bigint THEN c.heads END, c.error",
                format!(" LEFT JOIN {catalogue} c ON c.tenant = t.tenant::text"),
            ),
        };
        // What stands in the query is its own business: a comment may end it.
        let names = format!("WITH t(tenant) AS ({names}\n) ");
        match self.dialect {
            Dialect::Mysql => format!(
                "{names}SELECT CAST(t.tenant AS CHAR), CAST(s.schema_name IS NOT NULL AS CHAR), \
                 CAST(v.table_name IS NOT NULL AS CHAR), {known} FROM t \
                 LEFT JOIN information_schema.schemata s \
                 ON BINARY s.schema_name = BINARY t.tenant \
                 LEFT JOIN information_schema.tables v \
                 ON v.table_schema = s.schema_name \
                 AND BINARY v.table_schema = BINARY s.schema_name \
                 AND v.table_name = {version}{join}"
            ),
            Dialect::Postgresql | Dialect::Sqlite => format!(
                "{names}SELECT t.tenant::text, (n.oid IS NOT NULL)::int::text, \
                 (v.oid IS NOT NULL)::int::text, {known} FROM t \
                 LEFT JOIN pg_catalog.pg_namespace n ON n.nspname::text = t.tenant::text \
                 LEFT JOIN pg_catalog.pg_class v \
                 ON v.relnamespace = n.oid AND v.relname = {version}{join}"
            ),
        }
    }
}
