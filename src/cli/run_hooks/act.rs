//! Doing what a hook says: a command with the facts in its environment, or statements in a
//! transaction of their own, on a connection of its own, with the facts in the session.

use limbeck_schema::Dialect;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::Parameter;

use crate::bounded_file;
use crate::cli::failure;
use crate::cli::on_failure::Facts;
use crate::cli::on_failure::command;
use crate::cli::sites::Site;
use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::Timeouts;
use crate::env::Hook;
use crate::env::HookAction;
use crate::env::HookEvent;
use crate::script::sql;
use crate::script::sql::SourcePosition;
use crate::script::sql::Statement;

use super::facts::Fact;

/// Does what `hook` says.
///
/// # Errors
/// Why it failed, in words.
pub(super) fn act(
    site: &Site<'_>,
    hook: &Hook,
    event: HookEvent,
    facts: &[Fact],
) -> Result<(), String> {
    match &hook.action {
        HookAction::Command(words) => {
            let Some((program, arguments)) = words.split_first() else { return Ok(()) };
            let variables =
                facts.iter().map(|(name, value)| (format!("LIMBECK_{name}"), value.clone()));
            let document: serde_json::Map<String, serde_json::Value> = facts
                .iter()
                .map(|(name, value)| (name.to_lowercase(), value.as_str().into()))
                .collect();
            let facts = Facts { variables: variables.collect(), document: document.into() };
            command::run(program, arguments, &facts, hook.timeout)
                .map_err(|reason| format!("{program}: {reason}"))
        }
        HookAction::Sql(text) => run_sql(site, hook, (event.key(), text), facts),
        HookAction::File(path) => {
            let name = failure::short(path);
            let text = bounded_file::read_text(path, bounded_file::LARGE)
                .map_err(|error| format!("{name}: {error}"))?;
            run_sql(site, hook, (&name, &text), facts)
        }
    }
}

fn run_sql(
    site: &Site<'_>,
    hook: &Hook,
    (name, text): (&str, &str),
    facts: &[Fact],
) -> Result<(), String> {
    let dialect = site.url.dialect();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let start = SourcePosition { line: 1, column: 1 };
    let statements = sql::split(text, dialect, start).map_err(|error| format!("{name}:{error}"))?;
    for statement in &statements {
        let words = sql::transaction_control(statement, dialect)
            .map(|control| control.words().to_owned())
            .or_else(|| sql::refuses_transaction(statement, dialect));
        if let Some(words) = words {
            let line = statement.position.line;
            return Err(format!("{name}:{line}: {words} in SQL that is one transaction"));
        }
    }
    let mut database = site.connect(false).map_err(|error| failure::message(&error))?;
    let limit = u64::try_from(hook.timeout.as_millis()).unwrap_or(u64::MAX);
    let session = database.as_mut();
    let result = begin(session, limit, facts)
        .map_err(|error| error.to_string())
        .and_then(|()| statements.iter().try_for_each(|one| run(session, name, one)))
        .and_then(|()| session.commit().map_err(|error| error.to_string()));
    if result.is_err() {
        // The connection ends with it, whatever becomes of this.
        drop(session.rollback());
    }
    result
}

fn run(database: &mut dyn Database, name: &str, statement: &Statement) -> Result<(), String> {
    database.run(statement).map_err(|error| {
        let line = statement.position_at(error.offset.unwrap_or(0)).line;
        format!("{name}:{line}: {error}")
    })
}

/// Begins the transaction and tells the session the facts, as values: PostgreSQL has them as
/// settings (`current_setting('limbeck.revision')`), MySQL as variables (`@limbeck_revision`), SQLite
/// as rows of a temporary table (`SELECT value FROM limbeck_facts WHERE name = 'revision'`).
fn begin(database: &mut dyn Database, limit: u64, facts: &[Fact]) -> Result<(), DatabaseError> {
    let dialect = database.dialect();
    database.begin()?;
    if dialect != Dialect::Sqlite {
        database.set_timeouts(Timeouts { lock: None, statement: Some(limit) })?;
    }
    let text = |text: &str| Parameter {
        name: None,
        value: SqlValue::Text(text.replace('\0', "\u{fffd}")),
        sql_type: None,
    };
    if dialect == Dialect::Sqlite {
        database.execute("CREATE TEMP TABLE limbeck_facts (name TEXT, value TEXT)", &[])?;
    }
    for (name, value) in facts {
        let name = name.to_lowercase();
        match dialect {
            Dialect::Postgresql => {
                let setting = format!("limbeck.{name}");
                let sql = "SELECT set_config($1, $2, true)";
                database.execute(sql, &[text(&setting), text(value)])?
            }
            // The names are ours.
            Dialect::Mysql => {
                database.execute(&format!("SET @limbeck_{name} = ?"), &[text(value)])?
            }
            Dialect::Sqlite => {
                let sql = "INSERT INTO temp.limbeck_facts VALUES (?, ?)";
                database.execute(sql, &[text(&name), text(value)])?
            }
        };
    }
    Ok(())
}
