//! `limbeck db tables`.

use std::time::Duration;

use crate::cli::context::Context;
use crate::cli::each_site::for_each;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::sites::Site;
use crate::db;
use crate::db::TableEntry;
use crate::ui::Output;
use crate::ui::Table;
use crate::ui::printable;

/// How long a look at one database may take.
const LIMIT: Duration = Duration::from_secs(30);

/// List the tables and views of each database
///
/// The numbers of rows are what the database believes; PostgreSQL counts with ANALYZE.
#[derive(Debug, clap::Args)]
pub(super) struct TablesArguments {}

pub(super) fn run(
    context: &Context,
    _: &TablesArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let sites = super::sites(context)?;
    let wants_json = context.globals.json;
    let mut json = Vec::new();
    let errors = for_each(&sites, output, |site, output| {
        let tables = tables_of(site)?;
        if wants_json {
            json.push(serde_json::json!({ "database": site.name(), "tables": tables }));
            return Ok(());
        }
        if sites.len() > 1 {
            output.data(format_args!("[{}]", site.name()))?;
        }
        Ok(show(&tables, output)?)
    })?;
    if wants_json {
        output.json(&errors.with_results("databases", json))?;
    }
    errors.into_result()?;
    Ok(ExitCode::Done)
}

/// The tables of a site.
pub(super) fn tables_of(site: &Site<'_>) -> Result<Vec<TableEntry>, CliError> {
    let inspector = db::inspect(&site.url, &site.options(true)?, LIMIT);
    inspector.and_then(|mut inspector| inspector.tables()).map_err(|error| site.error(error))
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
