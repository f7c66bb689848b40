//! `limbeck db tables`.

use crate::cli::context::Context;
use crate::cli::each_site::for_each_answer;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::health::ask_all;
use crate::db::TableEntry;
use crate::ui::Output;
use crate::ui::Table;
use crate::ui::printable;

/// List the tables and views of each database
///
/// All databases are looked at, at the same time, each within the `timeout` of its health. The
/// numbers of rows are what the database believes; PostgreSQL counts with ANALYZE.
#[derive(Debug, clap::Args)]
pub(super) struct TablesArguments {}

pub(super) fn run(
    context: &Context,
    _: &TablesArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let (sites, unknown) = super::known_sites(context)?;
    let is_one = sites.len() + unknown.len() == 1;
    let wants_json = context.globals.json;
    let mut json = Vec::new();
    let answers = ask_all(&sites, |database| database.tables())?;
    let errors = for_each_answer(&sites, answers, output, |site, tables, output| {
        if wants_json {
            json.push(serde_json::json!({ "database": site.name(), "tables": tables }));
            return Ok(());
        }
        if !is_one {
            output.data(format_args!("[{}]", site.name()))?;
        }
        Ok(show(&tables, output)?)
    })?
    .and(unknown);
    if wants_json {
        output.json(&errors.with_results("databases", json))?;
    }
    errors.into_result()?;
    Ok(ExitCode::Done)
}

fn show(tables: &[TableEntry], output: &mut Output<'_>) -> std::io::Result<()> {
    if tables.is_empty() {
        output.talk("no tables");
        return Ok(());
    }
    let rows = |entry: &TableEntry| entry.row_estimate.map_or("-".into(), |rows| rows.to_string());
    // SQLite has no schemas.
    if tables.iter().all(|entry| entry.schema.is_none()) {
        let mut table = Table::new(["name", "kind", "rows"]).at_right([2]);
        for entry in tables {
            table.row([printable(&entry.name), entry.kind.word().to_owned(), rows(entry)]);
        }
        return output.text(&table.to_string());
    }
    let mut table = Table::new(["schema", "name", "kind", "rows"]).at_right([3]);
    for entry in tables {
        let schema = printable(entry.schema.as_deref().unwrap_or(""));
        table.row([schema, printable(&entry.name), entry.kind.word().to_owned(), rows(entry)]);
    }
    output.text(&table.to_string())
}
