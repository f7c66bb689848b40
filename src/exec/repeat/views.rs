//! The views of a site, with all that would be gone with them: what they are made of, and the
//! grants, comments, indexes, triggers, rules and defaults that were added to them since.

use limbeck_schema::Dialect;
use limbeck_schema::SqlValue;
use limbeck_schema::quote_identifier;
use limbeck_schema::quote_literal;

use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::script::sql::Mention;

/// A view, or a materialised view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    /// What tells it from a later one of its name; nothing does on SQLite.
    pub(super) identity: String,
    pub(super) name: Mention,
    /// The name in a statement.
    pub(super) sql_name: String,
    pub(super) is_materialized: bool,
    /// The statement that makes it as it is.
    pub(super) definition: String,
    pub(super) belongings: Vec<Belonging>,
}

/// Something that was added to a view, and goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Belonging {
    /// What kind of thing it is: `grant`, `owner`, `index`.
    pub(super) kind: String,
    /// What tells it from others of its kind.
    pub(super) slot: String,
    /// The statement that adds it.
    pub(super) sql: String,
}

impl View {
    /// The statement that drops it, and nothing with it.
    pub(super) fn drop_sql(&self) -> String {
        let kind = if self.is_materialized { "MATERIALIZED VIEW" } else { "VIEW" };
        format!("DROP {kind} {}", self.sql_name)
    }
}

/// A view that depends on something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependent {
    pub(super) identity: String,
    /// What of it: a table or another view.
    pub(super) on: String,
}

/// The views of the site; in a tenant, its own. None on MySQL, where nothing goes with what is
/// dropped.
///
/// # Errors
/// When the catalog cannot be read.
pub(super) fn views(
    database: &mut dyn Database,
    is_tenant: bool,
) -> Result<Vec<View>, DatabaseError> {
    let query = match database.dialect() {
        Dialect::Mysql => return Ok(Vec::new()),
        Dialect::Sqlite => SQLITE.to_owned(),
        Dialect::Postgresql => POSTGRESQL.replace("$scope", scope(is_tenant)),
    };
    let mut views: Vec<View> = Vec::new();
    for row in rows(database, &query)? {
        let [identity, schema, name, sql_name, is_materialized, kind, slot, sql] =
            row.try_into().map_err(|row: Vec<String>| of_other_shape(&row))?;
        if kind == "view" {
            let schema = (!schema.is_empty()).then_some(schema);
            let sql_name = match database.dialect() {
                Dialect::Sqlite => quote_identifier(Dialect::Sqlite, &name),
                Dialect::Postgresql | Dialect::Mysql => sql_name,
            };
            views.push(View {
                identity,
                name: Mention { schema, name },
                sql_name,
                is_materialized: is_materialized == "1",
                definition: sql,
                belongings: Vec::new(),
            });
        } else if let Some(view) = views.iter_mut().find(|view| view.identity == identity) {
            view.belongings.push(Belonging { kind, slot, sql });
        }
    }
    Ok(views)
}

/// The views that depend on a table or view of one of these names, directly or not. Nothing on
/// other databases than PostgreSQL, which do not tell.
///
/// # Errors
/// When the catalog cannot be read.
pub(super) fn dependents(
    database: &mut dyn Database,
    names: &[Mention],
) -> Result<Vec<Dependent>, DatabaseError> {
    if database.dialect() != Dialect::Postgresql || names.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = names
        .iter()
        .map(|name| quote_literal(Dialect::Postgresql, &quoted(name, Dialect::Postgresql)))
        .collect();
    let query = DEPENDENTS.replace("$names", &names.join(", "));
    let rows = rows(database, &query)?;
    rows.into_iter()
        .map(|row| {
            let [identity, on] = row.try_into().map_err(|row: Vec<String>| of_other_shape(&row))?;
            Ok(Dependent { identity, on })
        })
        .collect()
}

/// Those of `names` that are tables or views.
///
/// # Errors
/// When the catalog cannot be read.
pub(super) fn present(
    database: &mut dyn Database,
    names: &[Mention],
) -> Result<Vec<Mention>, DatabaseError> {
    let dialect = database.dialect();
    let literal = |text: &str| quote_literal(dialect, text);
    let conditions = names.iter().enumerate().map(|(at, name)| {
        let condition = match dialect {
            Dialect::Postgresql => {
                format!("to_regclass({}) IS NOT NULL", literal(&quoted(name, dialect)))
            }
            Dialect::Sqlite => format!(
                "EXISTS (SELECT 1 FROM {}.sqlite_schema WHERE lower(name) = lower({}))",
                quote_identifier(dialect, name.schema.as_deref().unwrap_or("main")),
                literal(&name.name)
            ),
            Dialect::Mysql => format!(
                "EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = {} \
                 AND table_schema = {})",
                literal(&name.name),
                name.schema.as_deref().map_or("database()".to_owned(), literal)
            ),
        };
        format!("SELECT {at} WHERE {condition}")
    });
    let query = conditions.collect::<Vec<_>>().join(" UNION ALL ");
    let rows = rows(database, &query)?;
    let places = rows.iter().filter_map(|row| row.first()?.parse::<usize>().ok());
    Ok(places.filter_map(|at| names.get(at).cloned()).collect())
}

fn quoted(name: &Mention, dialect: Dialect) -> String {
    let quote = |text: &str| {
        let quoted = quote_identifier(dialect, text);
        // Whatever is a word to PostgreSQL may be a name to the catalog.
        if quoted.starts_with('"') { quoted } else { format!("\"{quoted}\"") }
    };
    match &name.schema {
        Some(schema) => format!("{}.{}", quote(schema), quote(&name.name)),
        None => quote(&name.name),
    }
}

/// What `query` gives, as texts.
fn rows(database: &mut dyn Database, query: &str) -> Result<Vec<Vec<String>>, DatabaseError> {
    let answer = database.execute(query, &[])?;
    let text = |value: SqlValue| match value {
        SqlValue::Text(text) | SqlValue::BigInt(text) => text,
        SqlValue::Int(number) => number.to_string(),
        SqlValue::Bool(value) => u8::from(value).to_string(),
        _ => String::new(),
    };
    Ok(answer.rows.into_iter().map(|row| row.into_iter().map(text).collect()).collect())
}

fn of_other_shape(row: &[String]) -> DatabaseError {
    let message = format!("the catalog answers {} columns, which were not asked for", row.len());
    DatabaseError::new(DatabaseErrorKind::Unsupported, message)
}

const fn scope(is_tenant: bool) -> &'static str {
    match is_tenant {
        // Those of other tenants cannot depend on what is changed here.
        true => "n.nspname = pg_catalog.current_schema()",
        false => "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'",
    }
}

const SQLITE: &str = "SELECT v.name, '', v.name, '', '0', p.kind, p.slot, p.sql \
    FROM main.sqlite_schema v JOIN (\
    SELECT name AS view, 'view' AS kind, '' AS slot, sql FROM main.sqlite_schema WHERE type = 'view' \
    UNION ALL SELECT tbl_name, type, name, sql FROM main.sqlite_schema WHERE type = 'trigger') p \
    ON p.view = v.name WHERE v.type = 'view' ORDER BY p.kind = 'trigger', v.rowid, p.slot";

/// The columns of each part: identity, schema, name, name in a statement, whether it is
/// materialised, kind of the row, slot, statement. The parts of views come first.
const POSTGRESQL: &str = r#"WITH v AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.relowner, c.relacl, c.reloptions,
        c.relispopulated, c.reltablespace,
        pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name,
        CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END AS kind
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('v', 'm') AND $scope
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass
        AND d.objid = c.oid AND d.deptype = 'e')
), part(number, oid, kind, slot, sql) AS (
    SELECT 0, oid, 'view', '', 'CREATE ' || kind || ' ' || name
        || coalesce(' WITH (' || pg_catalog.array_to_string(reloptions, ', ') || ')', '')
        || coalesce(' TABLESPACE ' || (SELECT pg_catalog.quote_ident(spcname) FROM pg_catalog.pg_tablespace t
            WHERE t.oid = reltablespace), '')
        || ' AS ' || pg_catalog.rtrim(pg_catalog.pg_get_viewdef(oid), ';')
        || CASE WHEN relkind = 'm' AND NOT relispopulated THEN ' WITH NO DATA' ELSE '' END FROM v
    UNION ALL SELECT 1, oid, 'owner', pg_catalog.pg_get_userbyid(relowner),
        'ALTER ' || kind || ' ' || name || ' OWNER TO '
        || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(relowner)) FROM v
    UNION ALL SELECT 2, v.oid, 'grant', a.privilege_type || ' to ' || a.grantee::text || a.is_grantable::text,
        'GRANT ' || a.privilege_type || ' ON ' || name || ' TO '
        || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END
        || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
        FROM v, LATERAL pg_catalog.aclexplode(relacl) a WHERE a.grantee <> relowner
    UNION ALL SELECT 2, v.oid, 'grant', a.privilege_type || ' of ' || t.attname || ' to ' || a.grantee::text || a.is_grantable::text,
        'GRANT ' || a.privilege_type || ' (' || pg_catalog.quote_ident(t.attname) || ') ON ' || name || ' TO '
        || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END
        || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
        FROM v JOIN pg_catalog.pg_attribute t ON t.attrelid = v.oid, LATERAL pg_catalog.aclexplode(t.attacl) a
        WHERE a.grantee <> relowner AND NOT t.attisdropped
    UNION ALL SELECT 3, v.oid, 'comment', coalesce(t.attname::text, ''),
        'COMMENT ON ' || CASE d.objsubid WHEN 0 THEN kind || ' ' || name
            ELSE 'COLUMN ' || name || '.' || pg_catalog.quote_ident(t.attname) END
        || ' IS ' || pg_catalog.quote_literal(d.description)
        FROM v JOIN pg_catalog.pg_description d ON d.objoid = v.oid AND d.classoid = 'pg_catalog.pg_class'::regclass
        LEFT JOIN pg_catalog.pg_attribute t ON t.attrelid = v.oid AND t.attnum = d.objsubid AND d.objsubid > 0
    UNION ALL SELECT 4, v.oid, 'index', i.relname, pg_catalog.pg_get_indexdef(i.oid)
        FROM v JOIN pg_catalog.pg_index x ON x.indrelid = v.oid JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
    UNION ALL SELECT 5, v.oid, 'trigger', t.tgname, pg_catalog.pg_get_triggerdef(t.oid)
        FROM v JOIN pg_catalog.pg_trigger t ON t.tgrelid = v.oid WHERE NOT t.tgisinternal
    UNION ALL SELECT 6, v.oid, 'rule', r.rulename, pg_catalog.rtrim(pg_catalog.pg_get_ruledef(r.oid), ';')
        FROM v JOIN pg_catalog.pg_rewrite r ON r.ev_class = v.oid WHERE r.rulename <> '_RETURN'
    UNION ALL SELECT 7, v.oid, 'default', t.attname, 'ALTER VIEW ' || name || ' ALTER COLUMN '
        || pg_catalog.quote_ident(t.attname) || ' SET DEFAULT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid)
        FROM v JOIN pg_catalog.pg_attrdef d ON d.adrelid = v.oid
        JOIN pg_catalog.pg_attribute t ON t.attrelid = v.oid AND t.attnum = d.adnum
)
SELECT v.oid::text, v.nspname::text, v.relname::text, v.name, (v.relkind = 'm')::int::text, p.kind, p.slot::text, p.sql
FROM part p JOIN v ON v.oid = p.oid ORDER BY p.number, v.oid, p.slot"#;

const DEPENDENTS: &str = r#"WITH RECURSIVE root AS (
    SELECT DISTINCT pg_catalog.to_regclass(n)::oid AS oid FROM pg_catalog.unnest(ARRAY[$names]) n
    WHERE pg_catalog.to_regclass(n) IS NOT NULL
), edge AS (
    SELECT DISTINCT r.ev_class AS oid, d.refobjid AS parent
    FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
    WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
    AND r.ev_class <> d.refobjid
), found(oid, parent) AS (
    SELECT e.oid, e.parent FROM edge e JOIN root ON root.oid = e.parent
    UNION SELECT e.oid, e.parent FROM edge e JOIN found f ON f.oid = e.parent
)
SELECT oid::text, parent::text FROM found ORDER BY 1, 2"#;
