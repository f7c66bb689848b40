//! Options of a table that one dialect has: from keywords, and as keywords.

use limbeck_schema::table::OptionValue;
use limbeck_schema::table::TableOptions;

use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;

use super::index::storage;
use super::keywords::DialectOptions;
use super::keywords::given;
use super::keywords::opt_flag;
use super::keywords::opt_text;
use super::keywords::texts;

/// Options of a table, from keywords that name a dialect.
pub(crate) fn options(
    interp: &mut Interpreter,
    keywords: Vec<(Text, Value)>,
) -> Result<TableOptions> {
    let mut given_options = DialectOptions::new("Table", keywords);
    let mut made = TableOptions::default();
    let postgresql = &mut made.postgresql;
    let mut take = |name: &str| given_options.take(name);
    if let Some(inherits) = given(take("postgresql_inherits")) {
        postgresql.inherits = match inherits.as_text() {
            Some(one) => vec![one.to_string()],
            None => texts(interp, &inherits, "postgresql_inherits")?,
        };
    }
    postgresql.partition_by =
        opt_text(interp, take("postgresql_partition_by"), "postgresql_partition_by")?;
    postgresql.using = opt_text(interp, take("postgresql_using"), "postgresql_using")?;
    postgresql.with = storage(interp, take("postgresql_with"), "postgresql_with")?;
    postgresql.with_oids = opt_flag(interp, take("postgresql_with_oids"))?;
    postgresql.on_commit = opt_text(interp, take("postgresql_on_commit"), "postgresql_on_commit")?;
    postgresql.tablespace =
        opt_text(interp, take("postgresql_tablespace"), "postgresql_tablespace")?;
    drop(take("postgresql_ignore_search_path"));
    let mut truth = |name: &str| take(name).map(|value| interp.truth(&value)).transpose();
    made.sqlite.autoincrement = truth("sqlite_autoincrement")?;
    made.sqlite.with_rowid = truth("sqlite_with_rowid")?;
    made.sqlite.strict = truth("sqlite_strict")?;
    for (name, value) in given_options.take_prefixed("mysql_") {
        made.mysql.push((name, interp.str(&value)?.to_string()));
    }
    for (name, value) in given_options.take_prefixed("mariadb_") {
        made.mariadb.push((name, interp.str(&value)?.to_string()));
    }
    given_options.finish(interp)?;
    Ok(made)
}

/// Options that reflection found, by their keywords.
pub(super) fn keywords(options: &TableOptions) -> Value {
    let TableOptions { postgresql, sqlite, mysql, mariadb } = options;
    let mut made: Vec<(String, Value)> = Vec::new();
    let texts = [
        ("postgresql_using", &postgresql.using),
        ("postgresql_partition_by", &postgresql.partition_by),
        ("postgresql_on_commit", &postgresql.on_commit),
        ("postgresql_tablespace", &postgresql.tablespace),
    ];
    for (name, value) in texts {
        made.extend(value.as_deref().map(|value| (name.to_owned(), Value::str(value))));
    }
    if !postgresql.inherits.is_empty() {
        let parents = postgresql.inherits.iter().map(|name| Value::str(name.as_str())).collect();
        made.push(("postgresql_inherits".to_owned(), Value::tuple(parents)));
    }
    if !postgresql.with.is_empty() {
        let parameters = postgresql.with.iter().filter_map(|(name, value)| match value {
            OptionValue::Text(text) => Some((name.clone(), Value::str(text.as_str()))),
            OptionValue::Absent | OptionValue::Bool(_) => None,
        });
        made.push(("postgresql_with".to_owned(), Value::dict(parameters)));
    }
    let flags = [
        ("postgresql_with_oids", postgresql.with_oids),
        ("sqlite_autoincrement", sqlite.autoincrement),
        ("sqlite_with_rowid", sqlite.with_rowid),
        ("sqlite_strict", sqlite.strict),
    ];
    for (name, value) in flags {
        made.extend(value.map(|value| (name.to_owned(), Value::Bool(value))));
    }
    for (prefix, pairs) in [("mysql", mysql), ("mariadb", mariadb)] {
        made.extend(
            pairs
                .iter()
                .map(|(name, value)| (format!("{prefix}_{name}"), Value::str(value.as_str()))),
        );
    }
    Value::dict(made)
}
