//! `limbeck db describe`.

use crate::cli::context::Context;
use crate::cli::db_error::DbError;
use crate::cli::each_site::for_each;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::sites::Site;
use crate::db;
use crate::db::Description;
use crate::db::Part;
use crate::db::TableEntry;
use crate::db::TableName;
use crate::graph::nearest;
use crate::ui::Output;
use crate::ui::Table;
use crate::ui::printable;

/// Describe a table: columns, keys, indexes, checks, comments
///
/// With several databases, each that has the table describes it.
#[derive(Debug, clap::Args)]
pub(super) struct DescribeArguments {
    /// The table or view, as `name` or `schema.name`, spelled as the catalog spells it
    table: String,
}

pub(super) fn run(
    context: &Context,
    arguments: &DescribeArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let sites = super::sites(context)?;
    let mut json = Vec::new();
    let mut errors = for_each(&sites, output, |site, output| {
        let description = describe(site, &arguments.table)?;
        if context.globals.json {
            json.push(serde_json::json!({ "database": site.name(), "table": description }));
            return Ok(());
        }
        if sites.len() > 1 {
            output.data(format_args!("[{}]", site.name()))?;
        }
        Ok(output.text(&text(&description))?)
    })?;
    // One of several databases has it: that the others have not is no failure.
    errors.forgive(|error| matches!(error, CliError::Db(DbError::NoSuchTable { .. })));
    if context.globals.json {
        output.json(&errors.with_results("databases", json))?;
    }
    errors.into_result()?;
    Ok(ExitCode::Done)
}

fn describe(site: &Site<'_>, table: &str) -> Result<Description, CliError> {
    let options = site.options(true)?;
    let look = |name: &TableName| {
        db::describe(&site.url, &options, name).map_err(|error| site.error(error))
    };
    // A name may hold dots; the whole of it comes first.
    if let Some(found) = look(&TableName::new(table))? {
        return Ok(found);
    }
    let all = super::tables::tables_of(site)?;
    let with_schema = |entry: &&TableEntry| qualified(entry) == table;
    let places: Vec<&TableEntry> = match all.iter().find(with_schema) {
        Some(entry) => vec![entry],
        None => {
            let exact: Vec<_> = all.iter().filter(|entry| entry.name == table).collect();
            let alike = |entry: &&TableEntry| {
                let names = [entry.name.clone(), qualified(entry)];
                names.iter().any(|name| name.to_lowercase() == table.to_lowercase())
            };
            if exact.is_empty() { all.iter().filter(alike).collect() } else { exact }
        }
    };
    let database = site.name().to_owned();
    match places.as_slice() {
        [entry] => {
            let name = TableName { schema: entry.schema.clone(), name: entry.name.clone() };
            let gone = || no_such_table(database, table, &all);
            look(&name)?.ok_or_else(|| gone().into())
        }
        [] => Err(no_such_table(database, table, &all).into()),
        several => {
            let places = several.iter().map(|entry| qualified(entry)).collect();
            Err(DbError::SeveralTables { database, table: table.to_owned(), places }.into())
        }
    }
}

fn qualified(entry: &TableEntry) -> String {
    match &entry.schema {
        Some(schema) => format!("{schema}.{}", entry.name),
        None => entry.name.clone(),
    }
}

fn no_such_table(database: String, table: &str, all: &[TableEntry]) -> DbError {
    let bare = table.rsplit_once('.').map_or(table, |(_, name)| name);
    let found = nearest(bare, all.iter().map(|entry| entry.name.as_str()));
    let nearest = all
        .iter()
        .filter(|entry| Some(entry.name.as_str()) == found)
        .map(|entry| format!("'{}'", qualified(entry)))
        .collect();
    DbError::NoSuchTable { database, table: table.to_owned(), nearest }
}

fn text(description: &Description) -> String {
    let name = match &description.schema {
        Some(schema) => format!("{}.{}", printable(schema), printable(&description.name)),
        None => printable(&description.name),
    };
    let mut text = format!("{} {name}\n", description.kind);
    if let Some(comment) = &description.comment {
        text.push_str(&format!("{}\n", printable(comment)));
    }
    for line in &description.partitioning {
        text.push_str(&format!("partition {}\n", printable(line)));
    }
    text.push('\n');
    let has_comments = description.columns.iter().any(|column| column.comment.is_some());
    let mut headings = vec!["column", "type", "null", "default"];
    if has_comments {
        headings.push("comment");
    }
    let mut table = Table::new(headings);
    for column in &description.columns {
        let null = if column.is_nullable { "" } else { "not null" };
        let default = printable(column.default.as_deref().unwrap_or(""));
        let comment = printable(column.comment.as_deref().unwrap_or(""));
        let mut cells =
            vec![printable(&column.name), column.type_name.clone(), null.into(), default];
        if has_comments {
            cells.push(comment);
        }
        table.row(cells);
    }
    text.push_str(&table.to_string());
    for (heading, parts) in [
        ("constraints", &description.constraints),
        ("referenced by", &description.referenced_by),
        ("indexes", &description.indexes),
        ("triggers", &description.triggers),
    ] {
        if !parts.is_empty() {
            text.push_str(&format!("\n{heading}:\n"));
            parts.iter().for_each(|part| text.push_str(&line(part)));
        }
    }
    if let Some(statement) = &description.statement {
        text.push_str("\ndefinition:\n");
        statement.lines().for_each(|line| text.push_str(&format!("  {line}\n")));
    }
    text
}

fn line(part: &Part) -> String {
    match &part.name {
        Some(name) => format!("  {}: {}\n", printable(name), printable(&part.definition)),
        None => format!("  {}\n", printable(&part.definition)),
    }
}
