//! Tables as the server has them, from its catalog.

mod lists;
mod model;
mod mysql;
mod mysql_options;
mod postgresql;
mod sqlite;
mod types;

use limbeck_schema::Dialect;
use limbeck_schema::Name;
use limbeck_schema::SqlValue;
use limbeck_schema::batch::reflected_default;
use limbeck_schema::expr;
use limbeck_schema::table::Autoincrement;
use limbeck_schema::table::Check;
use limbeck_schema::table::Column;
use limbeck_schema::table::Computed;
use limbeck_schema::table::Constraint;
use limbeck_schema::table::ConstraintOptions;
use limbeck_schema::table::ForeignKeyActions;
use limbeck_schema::table::ForeignKeyConstraint;
use limbeck_schema::table::ForeignKeyTarget;
use limbeck_schema::table::Index;
use limbeck_schema::table::IndexElement;
use limbeck_schema::table::MysqlIndexLength;
use limbeck_schema::table::OptionValue;
use limbeck_schema::table::PrimaryKeyConstraint;
use limbeck_schema::table::Table;
use limbeck_schema::table::Unique;

use crate::eval::Args;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Value;

pub(crate) use lists::enums;
pub(crate) use lists::names;
pub(crate) use model::Facts;
pub(crate) use model::Part;
pub(crate) use model::ReflectedCheck;
pub(crate) use model::ReflectedColumn;
pub(crate) use model::ReflectedEnum;
pub(crate) use model::ReflectedIndex;
pub(crate) use model::ReflectedKey;
pub(crate) use model::Reflection;

use super::errors;
use super::inspect;
use super::inspector::InspectorObject;
use super::migration;
use super::migration::SqlalchemyVersion;

/// Rows of a question to the catalog.
struct Rows(Vec<Vec<SqlValue>>);

fn ask(interp: &mut Interpreter, sql: &str, parameters: &[&str]) -> Result<Rows> {
    match inspect::ask(interp, sql, parameters)? {
        Some(result) => Ok(Rows(result.rows)),
        None => Err(errors::of_class(
            interp,
            "NoInspectionAvailable",
            "No inspection system is available for object of type <class \
             'sqlalchemy.engine.mock.MockConnection'>",
        )?),
    }
}

fn text_at(row: &[SqlValue], at: usize) -> Option<String> {
    match row.get(at)? {
        SqlValue::Text(text) => Some(text.clone()),
        SqlValue::Int(number) => Some(number.to_string()),
        SqlValue::BigInt(digits) | SqlValue::Decimal(digits) => Some(digits.clone()),
        SqlValue::Float(number) => Some(number.to_string()),
        SqlValue::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}

fn int_at(row: &[SqlValue], at: usize) -> i64 {
    match row.get(at) {
        Some(SqlValue::Int(number)) => *number,
        Some(SqlValue::Bool(value)) => i64::from(*value),
        Some(SqlValue::Text(text)) => text.parse().unwrap_or(0),
        _ => 0,
    }
}

fn flag_at(row: &[SqlValue], at: usize) -> bool {
    match row.get(at) {
        Some(SqlValue::Text(text)) => matches!(text.as_str(), "t" | "true" | "1" | "YES"),
        _ => int_at(row, at) != 0,
    }
}

/// A table, as far as it is asked for (where it takes one question, all of it); `NoSuchTableError`
/// where there is none.
pub(crate) fn reflect(
    interp: &mut Interpreter,
    schema: Option<&str>,
    name: &str,
    parts: &[Part],
) -> Result<Reflection> {
    let reflection = match migration::target(interp)?.dialect() {
        Dialect::Postgresql => postgresql::reflect(interp, schema, name, parts)?,
        Dialect::Sqlite => sqlite::reflect(interp, schema, name)?,
        Dialect::Mysql => mysql::reflect(interp, schema, name)?,
    };
    if reflection.is_empty() && inspect::has_table(interp, schema, name)? != Some(true) {
        let full = schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}"));
        return Err(errors::of_class(interp, "NoSuchTableError", full)?);
    }
    Ok(reflection)
}

/// Fills a table with what the server has, or what an inspector knows of it (`autoload_with`).
pub(super) fn load(
    interp: &mut Interpreter,
    table: &mut Table,
    only: Option<&[String]>,
    inspector: Option<&InspectorObject>,
) -> Result<()> {
    let (schema, name) = (table.schema.as_deref(), table.name.as_str());
    let mut reflection = match inspector {
        Some(inspector) => inspector.whole_table(interp, schema, name)?,
        None => reflect(interp, schema, name, Part::ALL)?,
    };
    // Of a key that no code has named, SQLAlchemy writes the column that counts up first.
    let counts = |name: &String| {
        let column = reflection.columns.iter().find(|column| column.name == *name);
        column.is_some_and(|column| column.autoincrement == Some(true))
    };
    if let Some(at) = reflection.key.iter().position(counts) {
        let first = reflection.key.remove(at);
        reflection.key.insert(0, first);
    }
    fill(interp, table, reflection, only)
}

/// The table as the server has it, for batch mode; none offline.
pub(crate) fn for_batch(
    interp: &mut Interpreter,
    schema: Option<&str>,
    name: &str,
) -> Result<Option<Table>> {
    if migration::current(interp)?.is_offline() {
        return Ok(None);
    }
    let mut table = Table { schema: schema.map(str::to_owned), ..Table::new(name) };
    let mut reflection = reflect(interp, schema, name, Part::ALL)?;
    for column in &mut reflection.columns {
        column.default.take_if(|_| column.owns_sequence);
    }
    fill(interp, &mut table, reflection, None)?;
    Ok(Some(table))
}

fn name_of(name: Option<String>) -> Name {
    name.map_or(Name::None, Name::Given)
}

fn fill(
    interp: &mut Interpreter,
    table: &mut Table,
    reflection: Reflection,
    only: Option<&[String]>,
) -> Result<()> {
    let target = migration::target(interp)?;
    let wanted = |name: &String| only.is_none_or(|only| only.contains(name));
    for column in reflection.columns.into_iter().filter(|column| wanted(&column.name)) {
        let mut made = Column::new(column.name.as_str(), column.sql_type).nullable(column.nullable);
        made.primary_key = reflection.key.contains(&column.name);
        if made.primary_key {
            made.autoincrement = match column.autoincrement {
                Some(true) => Autoincrement::Yes,
                Some(false) => Autoincrement::No,
                None => Autoincrement::Auto,
            };
        }
        match column.computed {
            Some((sql, persisted)) => {
                made.computed = Some(Computed { expression: expr::text(sql), persisted });
            }
            None => {
                // A sequence behind SERIAL comes with the type, which only a key can have.
                let is_serial = made.primary_key
                    && column.autoincrement == Some(true)
                    && column.default.as_ref().is_some_and(|sql| sql.starts_with("nextval("));
                made.server_default = column
                    .default
                    .filter(|_| !is_serial)
                    .map(|sql| reflected_default(&target, &sql));
            }
        }
        made.comment = column.comment;
        made.identity = column.identity;
        table.columns.push(made);
    }
    if !reflection.key.is_empty() {
        let facts = reflection.key_facts.unwrap_or_default();
        table.constraints.push(
            PrimaryKeyConstraint {
                name: name_of(reflection.key_name),
                columns: reflection.key,
                options: ConstraintOptions {
                    comment: facts.comment,
                    postgresql_include: facts.include.unwrap_or_default(),
                    ..ConstraintOptions::default()
                },
            }
            .into(),
        );
    }
    for key in reflection.foreign_keys {
        let targets = key.targets.into_iter().map(|column| ForeignKeyTarget {
            schema: key.schema.clone(),
            table: key.table.clone(),
            column: Some(column),
        });
        table.constraints.push(
            ForeignKeyConstraint {
                name: name_of(key.name),
                columns: key.columns,
                targets: targets.collect(),
                actions: ForeignKeyActions {
                    onupdate: key.onupdate,
                    ondelete: key.ondelete,
                    match_type: key.matching,
                    ..ForeignKeyActions::default()
                },
                options: ConstraintOptions {
                    comment: key.comment,
                    deferrable: key.deferrable,
                    initially: key.initially,
                    ..ConstraintOptions::default()
                },
            }
            .into(),
        );
    }
    let key_of = |table: &Table, name: &str| {
        table.columns.iter().any(|column| column.name == name).then(|| name.to_owned())
    };
    for index in reflection.indexes.into_iter().filter(|index| !index.duplicates) {
        let facts = index.facts;
        let mut elements = Vec::new();
        for (at, column) in index.columns.iter().enumerate() {
            let element = match column {
                Some(column) => {
                    if key_of(table, column).is_none() {
                        continue;
                    }
                    let sorting = facts.sorting.iter().find(|(name, _)| name == column);
                    match sorting {
                        None => IndexElement::Column(column.clone()),
                        Some((_, words)) => IndexElement::Expression(words.iter().fold(
                            expr::column(column.clone()),
                            |made, word| match *word {
                                "desc" => made.desc(),
                                "nulls_first" => made.nulls_first(),
                                _ => made.nulls_last(),
                            },
                        )),
                    }
                }
                None => match facts.elements.get(at) {
                    Some(sql) => IndexElement::Expression(expr::text(sql.clone())),
                    // SQLite does not say what the expression is.
                    None => break,
                },
            };
            elements.push(element);
        }
        if elements.len() < index.columns.len() {
            continue;
        }
        let mut made =
            Index { name: name_of(index.name), elements, unique: index.unique, ..Index::default() };
        let postgresql = &mut made.options.postgresql;
        match (target.dialect(), facts.predicate) {
            (_, None) => {}
            (Dialect::Sqlite, Some(sql)) => made.options.sqlite_where = Some(expr::text(sql)),
            (_, Some(sql)) => postgresql.predicate = Some(expr::text(sql)),
        }
        let postgresql = &mut made.options.postgresql;
        postgresql.using = facts.using;
        postgresql.include = facts.include.unwrap_or_default();
        // Classes are named by columns: SQLAlchemy loses those of expressions.
        let is_column = |name: &String| index.columns.iter().flatten().any(|known| known == name);
        let classes = facts.operator_classes.into_iter();
        postgresql.operator_classes = classes.filter(|(name, _)| is_column(name)).collect();
        postgresql.nulls_not_distinct = facts.nulls_not_distinct;
        let with = facts.with.into_iter();
        postgresql.with = with.map(|(name, value)| (name, OptionValue::Text(value))).collect();
        made.options.mysql.prefix = facts.prefix;
        made.options.mysql.with_parser = facts.with_parser;
        if !facts.lengths.is_empty() {
            made.options.mysql.length = Some(MysqlIndexLength::Columns(facts.lengths));
        }
        table.indexes.push(made);
    }
    for unique in reflection.uniques.into_iter().filter(|unique| !unique.duplicates) {
        table.constraints.push(
            Unique {
                name: name_of(unique.name),
                columns: unique.columns.into_iter().flatten().collect(),
                options: ConstraintOptions {
                    comment: unique.comment,
                    postgresql_include: unique.facts.include.unwrap_or_default(),
                    postgresql_nulls_not_distinct: unique.facts.nulls_not_distinct,
                    ..ConstraintOptions::default()
                },
                ..Unique::default()
            }
            .into(),
        );
    }
    for check in reflection.checks {
        let mut made = Check::text(name_of(check.name), check.sql);
        made.options.postgresql_not_valid = check.not_valid;
        made.options.comment = check.comment;
        table.constraints.push(Constraint::Check(made));
    }
    table.comment = reflection.comment;
    table.options = reflection.options;
    Ok(())
}

/// `MetaData.reflect()`.
pub(super) fn metadata_reflect(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let names = [
        "self",
        "bind",
        "schema",
        "views",
        "only",
        "extend_existing",
        "autoload_replace",
        "resolve_fks",
    ];
    let bound = args.bind(interp, &crate::eval::Signature::new("reflect", names, 1))?;
    let [this, _, schema, _, only, _, _, resolves] = bound.values;
    let Some(metadata) = this.and_then(|this| this.downcast::<super::metadata::MetaDataObject>())
    else {
        return Ok(Value::None);
    };
    let schema =
        super::keywords::opt_text(interp, schema, "schema")?.or_else(|| metadata.schema.clone());
    let chosen = match super::keywords::given(only) {
        Some(only) => super::keywords::texts(interp, &only, "only")?,
        None => lists::names(interp, "tables", schema.as_deref())?,
    };
    let resolves = match super::keywords::given(resolves) {
        Some(resolves) => interp.truth(&resolves)?,
        None => true,
    };
    let wanted = chosen.into_iter().map(|name| (schema.clone(), name)).collect();
    load_all(interp, &metadata, wanted, resolves, None)?;
    Ok(Value::None)
}

/// The tables that a table refers to, with their schemas.
pub(super) fn referred(table: &Table) -> Vec<(Option<String>, String)> {
    let keys = table.constraints.iter().filter_map(|constraint| match constraint {
        Constraint::ForeignKey(key) => key.targets.first(),
        _ => None,
    });
    keys.map(|target| (target.schema.clone(), target.table.clone())).collect()
}

/// Puts tables into a `MetaData` that are not there, and those that they refer to.
pub(super) fn load_all(
    interp: &mut Interpreter,
    metadata: &super::metadata::MetaDataObject,
    mut wanted: Vec<(Option<String>, String)>,
    resolves: bool,
    inspector: Option<&InspectorObject>,
) -> Result<()> {
    wanted.reverse();
    while let Some((schema, name)) = wanted.pop() {
        interp.charge(1)?;
        let key = schema.as_ref().map_or_else(|| name.clone(), |s| format!("{s}.{name}"));
        if metadata.tables.borrow().iter().any(|(known, _)| *known == key) {
            continue;
        }
        let mut table = Table { schema, ..Table::new(name) };
        load(interp, &mut table, None, inspector)?;
        if resolves {
            wanted.extend(referred(&table).into_iter().rev());
        }
        let columns: Vec<Value> = table
            .columns
            .iter()
            .map(|column| Value::native(super::column::ColumnObject::new(column.clone())))
            .collect();
        let made = super::table::wrap(table, &columns, metadata.naming.borrow().clone());
        super::attach::settle(interp, &made)?;
        metadata.tables.borrow_mut().push((key, made));
    }
    Ok(())
}
