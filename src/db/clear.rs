//! Emptying a database that was empty before: a scratch database that somebody has lent.

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;

use super::Database;
use super::error::DatabaseError;
use super::snapshot::Snapshot;

/// Statements that drop what is in a database of PostgreSQL, each group behind the one before it:
/// what is gone with something else is not asked for twice. A schema `public` stays.
const POSTGRES: [&str; 6] = [
    "SELECT 'DROP EXTENSION ' || quote_ident(extname) || ' CASCADE', 'extension ' || extname || ' in ' || \
     n.nspname FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace WHERE extname <> \
     'plpgsql'",
    "SELECT 'DROP SCHEMA ' || quote_ident(nspname) || ' CASCADE', '' FROM pg_namespace WHERE nspname !~ \
     '^pg_' AND nspname NOT IN ('information_schema', 'public')",
    "SELECT 'DROP ' || CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN \
     'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END || ' IF EXISTS public.' || quote_ident(c.relname) \
     || ' CASCADE', '' FROM pg_class c WHERE c.relnamespace = to_regnamespace('public') AND c.relkind IN ('r', \
     'p', 'v', 'm', 'f', 'c') AND NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.classid = \
     'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')",
    // Behind the tables, which have taken along those that belong to them.
    "SELECT 'DROP SEQUENCE public.' || quote_ident(c.relname) || ' CASCADE', '' FROM pg_class c WHERE \
     c.relnamespace = to_regnamespace('public') AND c.relkind = 'S' AND NOT EXISTS (SELECT 1 FROM pg_depend \
     e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype IN ('e', 'i'))",
    "SELECT 'DROP ROUTINE IF EXISTS ' || p.oid::regprocedure || ' CASCADE', '' FROM pg_proc p WHERE \
     p.pronamespace = to_regnamespace('public') AND NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.classid = \
     'pg_proc'::regclass AND e.objid = p.oid AND e.deptype IN ('e', 'i')) UNION ALL SELECT 'DROP TYPE IF EXISTS \
     public.' || quote_ident(t.typname) || ' CASCADE', '' FROM pg_type t WHERE t.typnamespace = \
     to_regnamespace('public') AND t.typtype IN ('e', 'd', 'r') AND NOT EXISTS (SELECT 1 FROM pg_depend e WHERE \
     e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')",
    // What is left then is told by its class.
    "SELECT 'DROP ' || replace(i.type, '-', ' ') || ' IF EXISTS ' || i.identity || ' CASCADE', '' FROM (\
     SELECT 'pg_publication'::regclass AS class, oid FROM pg_publication UNION ALL SELECT \
     'pg_foreign_data_wrapper'::regclass, oid FROM pg_foreign_data_wrapper UNION ALL SELECT \
     'pg_event_trigger'::regclass, oid FROM pg_event_trigger UNION ALL SELECT 'pg_cast'::regclass, oid FROM \
     pg_cast UNION ALL SELECT 'pg_collation'::regclass, oid FROM pg_collation UNION ALL SELECT \
     'pg_conversion'::regclass, oid FROM pg_conversion UNION ALL SELECT 'pg_opfamily'::regclass, oid FROM \
     pg_opfamily UNION ALL SELECT 'pg_operator'::regclass, oid FROM pg_operator UNION ALL SELECT \
     'pg_ts_config'::regclass, oid FROM pg_ts_config UNION ALL SELECT 'pg_ts_dict'::regclass, oid FROM \
     pg_ts_dict) o, pg_identify_object(o.class, o.oid, 0) i WHERE o.oid >= 16384 AND NOT EXISTS (SELECT 1 FROM \
     pg_depend e WHERE e.classid = o.class AND e.objid = o.oid AND e.deptype = 'e')",
];

/// The same for MySQL, with foreign keys off.
const MYSQL: [&str; 3] = [
    "SELECT table_type, table_name FROM information_schema.tables WHERE table_schema = database()",
    "SELECT routine_type, routine_name FROM information_schema.routines WHERE routine_schema = database()",
    "SELECT 'EVENT', event_name FROM information_schema.events WHERE event_schema = database()",
];

/// What is in a database that is to be lent, as far as it must not be there: nothing, where it is
/// empty. Extensions that an administrator has made may be.
pub fn contents(snapshot: &Snapshot) -> Vec<&str> {
    let is_free = |line: &&str| {
        ["schema public", "extension ", "user_version 0"].iter().any(|free| line.starts_with(free))
    };
    snapshot.lines().iter().map(String::as_str).filter(|line| !is_free(line)).collect()
}

/// Drops everything that is in `database` and was not there at `before`, when it was empty.
///
/// # Errors
/// Whatever the database says.
pub fn clear(database: &mut dyn Database, before: &Snapshot) -> Result<(), DatabaseError> {
    match database.dialect() {
        Dialect::Postgresql => clear_postgres(database, before),
        Dialect::Mysql => clear_mysql(database),
        // A file is removed.
        Dialect::Sqlite => Ok(()),
    }
}

fn clear_postgres(database: &mut dyn Database, before: &Snapshot) -> Result<(), DatabaseError> {
    for query in POSTGRES {
        for row in database.execute(query, &[])?.rows {
            let [sql, line] = row.as_slice() else { continue };
            let (sql, line) = (text(sql), text(line));
            let was_there = !line.is_empty() && before.lines().contains(&line);
            if !was_there {
                database.execute(&sql, &[])?;
            }
        }
    }
    Ok(())
}

fn clear_mysql(database: &mut dyn Database) -> Result<(), DatabaseError> {
    database.execute("SET FOREIGN_KEY_CHECKS = 0", &[])?;
    for query in MYSQL {
        for row in database.execute(query, &[])?.rows {
            let [kind, name] = row.as_slice() else { continue };
            let kind = match text(kind).as_str() {
                "BASE TABLE" | "SYSTEM VERSIONED" => "TABLE".to_owned(),
                other => other.to_owned(),
            };
            let name = quote_identifier(Dialect::Mysql, &text(name));
            database.execute(&format!("DROP {kind} IF EXISTS {name}"), &[])?;
        }
    }
    database.execute("SET FOREIGN_KEY_CHECKS = 1", &[]).map(drop)
}

fn text(value: &limbeck_schema::SqlValue) -> String {
    match value {
        limbeck_schema::SqlValue::Text(text) => text.clone(),
        limbeck_schema::SqlValue::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    }
}
