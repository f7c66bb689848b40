//! `limbeck db describe`.

use crate::cli::context::Context;
use crate::cli::db_error::DbError;
use crate::cli::each_site::for_each_answer;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::health::ask_all;
use crate::db::DatabaseError;
use crate::db::Description;
use crate::db::Inspect;
use crate::db::Part;
use crate::db::TableEntry;
use crate::db::TableName;
use crate::graph::nearest;
use crate::ui::Output;
use crate::ui::Table;
use crate::ui::printable;

/// Describe a table: columns, keys, indexes, checks, comments
///
/// With several databases, each that has the table describes it. All are asked at the same time,
/// each within the `timeout` of its health.
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
    let (sites, unknown) = super::known_sites(context)?;
    let is_one = sites.len() + unknown.len() == 1;
    let mut json = Vec::new();
    let table = arguments.table.clone();
    let answers = ask_all(&sites, move |database| look(database, &table))?;
    let mut errors = for_each_answer(&sites, answers, output, |site, found, output| {
        let description = found.described(site.name(), &arguments.table)?;
        if context.globals.json {
            json.push(serde_json::json!({ "database": site.name(), "table": description }));
            return Ok(());
        }
        if !is_one {
            output.data(format_args!("[{}]", site.name()))?;
        }
        Ok(output.text(&text(&description))?)
    })?
    .and(unknown);
    // One of several databases has it: that the others have not is no failure.
    errors.forgive(|error| matches!(error, CliError::Db(DbError::NoSuchTable { .. })));
    if context.globals.json {
        output.json(&errors.with_results("databases", json))?;
    }
    errors.into_result()?;
    Ok(ExitCode::Done)
}

/// What has been found of a name.
enum Found {
    Table(Box<Description>),
    /// Not one table of that name.
    Others {
        all: Vec<TableEntry>,
        /// Those that it may mean, with their schemas.
        places: Vec<String>,
    },
}

fn look(database: &mut dyn Inspect, table: &str) -> Result<Found, DatabaseError> {
    // A name may hold dots; the whole of it comes first.
    if let Some(found) = database.describe(&TableName::new(table))? {
        return Ok(Found::Table(Box::new(found)));
    }
    let all = database.tables()?;
    let with_schema = |entry: &&TableEntry| qualified(entry) == table;
    let mut places: Vec<&TableEntry> = all.iter().filter(with_schema).take(1).collect();
    if places.is_empty() {
        places = all.iter().filter(|entry| entry.name == table).collect();
    }
    if places.is_empty() {
        let alike = |entry: &&TableEntry| {
            let names = [entry.name.clone(), qualified(entry)];
            names.iter().any(|name| name.to_lowercase() == table.to_lowercase())
        };
        places = all.iter().filter(alike).collect();
    }
    if let [entry] = places.as_slice() {
        let name = TableName { schema: entry.schema.clone(), name: entry.name.clone() };
        if let Some(found) = database.describe(&name)? {
            return Ok(Found::Table(Box::new(found)));
        }
        // It has gone meanwhile.
        places.clear();
    }
    let places = places.into_iter().map(qualified).collect();
    Ok(Found::Others { all, places })
}

impl Found {
    fn described(self, database: &str, table: &str) -> Result<Description, DbError> {
        let database = database.to_owned();
        match self {
            Found::Table(description) => Ok(*description),
            Found::Others { all, places } if places.is_empty() => {
                Err(no_such_table(database, table, &all))
            }
            Found::Others { places, .. } => {
                Err(DbError::SeveralTables { database, table: table.to_owned(), places })
            }
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
