//! The rows of a `.csv` file, brought into their table.
//!
//! A row is looked for by its key, and updated or inserted. That takes two statements where
//! `ON CONFLICT` takes one, but it says what it means: `ON DUPLICATE KEY UPDATE` of MySQL would
//! update whatever row stands in the way by any other unique key, and `ON CONFLICT` of PostgreSQL
//! asks for an index on just these columns. Values are parameters, never part of the text.

use limbeck_schema::Dialect;
use limbeck_schema::expr::Parameter;
use limbeck_schema::quote_identifier;

use crate::db::Database;
use crate::exec::options::RunOptions;
use crate::script::CsvRow;
use crate::script::CsvSeed;
use crate::script::Existing;

use super::PreparedSeed;
use super::check_interrupt;
use super::error::SeedError;
use super::error::TableProblem;
use super::table::Column;
use super::table::Table;
use super::table::text;

/// How the rows of a file are brought.
struct Plan<'a> {
    dialect: Dialect,
    table: &'a Table,
    columns: Vec<&'a Column>,
    /// Which of the columns are the key, and which are not.
    key: Vec<usize>,
    others: Vec<usize>,
    /// Looks for the row, or updates it.
    find: String,
    updates: bool,
    insert: String,
}

/// Brings the rows of `csv`, and gives how many there are.
pub(super) fn bring(
    database: &mut dyn Database,
    seed: &PreparedSeed<'_>,
    csv: &CsvSeed,
    options: &RunOptions,
) -> Result<usize, SeedError> {
    let path = || seed.seed.path.clone();
    let table = Table::find(database, csv)?;
    let wrong = |line, kind| SeedError::Table { path: path(), line, kind };
    let Some(table) = table else {
        let table = match &csv.schema {
            Some(schema) => format!("{schema}.{}", csv.table),
            None => csv.table.clone(),
        };
        return Err(wrong(csv.line, TableProblem::NoTable { table }));
    };
    let dialect = database.dialect();
    let plan = Plan::new(&table, csv, dialect).map_err(|problem| match problem {
        Problem::Table(kind) => wrong(csv.line, kind),
        Problem::Csv(line, problem) => SeedError::Csv { path: path(), line, problem },
    })?;
    // In an empty table there is nothing to look for.
    let first = database.execute(&format!("SELECT 1 FROM {} LIMIT 1", table.sql), &[])?;
    let is_empty = first.rows.is_empty();
    for row in &csv.rows {
        check_interrupt(options)?;
        let values = plan.values(row).map_err(|kind| wrong(row.line, kind))?;
        let refused = |error| SeedError::Row { path: path(), line: row.line, error };
        let found = match is_empty {
            true => 0,
            false => {
                let places = match plan.updates {
                    true => [plan.others.as_slice(), &plan.key].concat(),
                    false => plan.key.clone(),
                };
                let answer = database.execute(&plan.find, &at(&values, &places));
                let answer = answer.map_err(refused)?;
                match plan.updates {
                    true => usize::try_from(answer.row_count).unwrap_or(0),
                    false => answer.rows.len(),
                }
            }
        };
        match found {
            0 => drop(database.execute(&plan.insert, &values).map_err(refused)?),
            1 => {}
            count => {
                let table = table.name.clone();
                return Err(wrong(row.line, TableProblem::SeveralRows { table, count }));
            }
        }
    }
    for column in &plan.columns {
        if let Some(sequence) = &column.sequence {
            advance(database, &table, column, sequence)?;
        }
    }
    Ok(csv.rows.len())
}

/// Lets the sequence of a column go on behind the values that it has by now: else the next row
/// that somebody inserts without one would get one that is taken.
fn advance(
    database: &mut dyn Database,
    table: &Table,
    column: &Column,
    sequence: &str,
) -> Result<(), SeedError> {
    let sql = format!(
        "SELECT setval($1::regclass, highest) FROM (SELECT max({})::bigint AS highest FROM {}) AS t \
         WHERE highest > coalesce(pg_sequence_last_value($2::regclass), 0)",
        quote_identifier(Dialect::Postgresql, &column.name),
        table.sql
    );
    database.execute(&sql, &[text(Some(sequence)), text(Some(sequence))])?;
    Ok(())
}

/// The parameter number `number` of a statement.
fn placeholder(dialect: Dialect, number: usize) -> String {
    match dialect {
        Dialect::Postgresql => format!("${number}"),
        Dialect::Sqlite | Dialect::Mysql => "?".to_owned(),
    }
}

/// The values at these places.
fn at(values: &[Parameter], places: &[usize]) -> Vec<Parameter> {
    places.iter().filter_map(|place| values.get(*place).cloned()).collect()
}

enum Problem {
    Table(TableProblem),
    Csv(usize, crate::script::CsvProblem),
}

impl<'a> Plan<'a> {
    fn new(table: &'a Table, csv: &CsvSeed, dialect: Dialect) -> Result<Self, Problem> {
        let columns = table.columns_of(csv, dialect).map_err(Problem::Table)?;
        let key: Vec<usize> = match &csv.key {
            Some(names) => {
                let place = |name| csv.columns.iter().position(|column| column == name);
                names.iter().filter_map(place).collect()
            }
            None => {
                let primary = table.key();
                if primary.is_empty() {
                    return Err(Problem::Table(TableProblem::NoKey { table: table.name.clone() }));
                }
                let place = |key: &&Column| columns.iter().position(|it| it.name == key.name);
                // As the file spells them; one that it has not is told by the check.
                let spelled: Vec<String> = primary
                    .iter()
                    .map(|key| match place(key) {
                        Some(at) => csv.columns[at].clone(),
                        None => key.name.clone(),
                    })
                    .collect();
                csv.check_key(&spelled).map_err(|(line, problem)| Problem::Csv(line, problem))?;
                primary.iter().filter_map(place).collect()
            }
        };
        let others: Vec<usize> = (0..columns.len()).filter(|at| !key.contains(at)).collect();
        let quoted = |at: &usize| quote_identifier(dialect, &columns[*at].name);
        let updates = csv.existing == Existing::Update && !others.is_empty();
        let mut numbers = 1..;
        let mut equal = |at: &usize| {
            let number = numbers.next().unwrap_or_default();
            format!("{} = {}", quoted(at), placeholder(dialect, number))
        };
        let begin = match updates {
            true => {
                let set: Vec<String> = others.iter().map(&mut equal).collect();
                format!("UPDATE {} SET {}", table.sql, set.join(", "))
            }
            false => format!("SELECT 1 FROM {}", table.sql),
        };
        let mine: Vec<String> = key.iter().map(&mut equal).collect();
        let find = format!("{begin} WHERE {}", mine.join(" AND "));
        let names: Vec<String> = (0..columns.len()).map(|at| quoted(&at)).collect();
        let values: Vec<String> =
            (1..=columns.len()).map(|number| placeholder(dialect, number)).collect();
        let overriding = match columns.iter().any(|column| column.is_always_made) {
            true => " OVERRIDING SYSTEM VALUE",
            false => "",
        };
        let insert = format!(
            "INSERT INTO {} ({}){overriding} VALUES ({})",
            table.sql,
            names.join(", "),
            values.join(", ")
        );
        Ok(Plan { dialect, table, columns, key, others, find, updates, insert })
    }

    /// The values of a row, as the database takes them.
    fn values(&self, row: &CsvRow) -> Result<Vec<Parameter>, TableProblem> {
        let value = |(value, column): (&Option<String>, &&Column)| match value {
            None => Ok(text(None)),
            Some(value) => self.value(value, column),
        };
        row.values.iter().zip(&self.columns).map(value).collect()
    }

    /// PostgreSQL reads every text as the type of its column or refuses it. MySQL and SQLite have
    /// no words for truth, and SQLite keeps in a column of whole numbers what is none.
    fn value(&self, value: &str, column: &Column) -> Result<Parameter, TableProblem> {
        let type_name = column.type_name.to_ascii_lowercase();
        let is_truth = match self.dialect {
            Dialect::Postgresql => return Ok(text(Some(value))),
            Dialect::Mysql => type_name == "tinyint(1)",
            Dialect::Sqlite => type_name.starts_with("bool"),
        };
        if is_truth && value.eq_ignore_ascii_case("true") {
            return Ok(text(Some("1")));
        }
        if is_truth && value.eq_ignore_ascii_case("false") {
            return Ok(text(Some("0")));
        }
        let is_kept = self.dialect == Dialect::Sqlite && type_name.contains("int");
        if is_kept && value.trim().parse::<i64>().is_err() {
            return Err(TableProblem::NoInteger {
                table: self.table.name.clone(),
                column: column.name.clone(),
                type_name: column.type_name.clone(),
                value: value.to_owned(),
            });
        }
        Ok(text(Some(value)))
    }
}
