//! Whether the tables are there that ought to be.

use limbeck_schema::Dialect;

use crate::cli::health::look::Surroundings;
use crate::cli::health::problem::Problem;
use crate::cli::health::site_health::SiteHealth;
use crate::cli::health::site_health::TableCount;
use crate::db::TableEntry;
use crate::db::TableKind;
use crate::db::TableName;

use super::Subject;
use super::push;

/// Counts the tables, and looks for those that the settings name.
pub(super) fn check_tables(
    subject: &Subject<'_>,
    surroundings: &Surroundings,
    health: &mut SiteHealth,
) {
    let settings = subject.settings;
    let counts = |table: &&TableEntry| {
        !table.is_bookkeeping
            && !matches!(
                table.kind,
                TableKind::Partition | TableKind::View | TableKind::MaterializedView
            )
    };
    let count = surroundings.tables.iter().filter(counts).count();
    let is_there = |wanted: &&TableName| {
        surroundings
            .tables
            .iter()
            .any(|table| is_named(table, wanted, &surroundings.search_path, subject.dialect))
    };
    let missing: Vec<String> = settings
        .tables
        .iter()
        .filter(|wanted| !is_there(wanted))
        .map(ToString::to_string)
        .collect();
    let words = if count == 1 { "table" } else { "tables" };
    let (problem, message) = match settings.min_tables {
        None => (None, format!("{count} {words}")),
        Some(expected) => {
            let is_short = u32::try_from(count).is_ok_and(|count| count < expected);
            (is_short.then_some(Problem::Tables), format!("{count} {words} (expected {expected}+)"))
        }
    };
    push(health, "tables", problem, message, None);
    if !settings.tables.is_empty() && missing.is_empty() {
        let names: Vec<String> = settings.tables.iter().map(ToString::to_string).collect();
        let message = format!("critical tables are there: {}", names.join(", "));
        push(health, "critical_tables", None, message, None);
    }
    for name in &missing {
        let message = format!("critical table {name} is missing");
        let hint = format!("limbeck db tables -d {}", subject.name);
        // What is still to be applied may well make it.
        let hint = health.pending.is_empty().then_some(hint);
        push(health, "critical_tables", Some(Problem::Tables), message, hint);
    }
    health.tables = Some(TableCount { count, expected: settings.min_tables, missing });
}

/// Whether `table` is the one that `wanted` names. SQLite's names know no case.
fn is_named(
    table: &TableEntry,
    wanted: &TableName,
    search_path: &[String],
    dialect: Dialect,
) -> bool {
    if dialect == Dialect::Sqlite {
        return table.name.eq_ignore_ascii_case(&wanted.name)
            && wanted.schema.as_deref().is_none_or(|schema| schema.eq_ignore_ascii_case("main"));
    }
    let is_in_place = match (&wanted.schema, &table.schema) {
        (Some(wanted), Some(schema)) => wanted == schema,
        (None, Some(schema)) => search_path.contains(schema),
        (_, None) => wanted.schema.is_none(),
    };
    is_in_place && table.name == wanted.name
}
