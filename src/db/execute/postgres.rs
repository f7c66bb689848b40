//! PostgreSQL, as psycopg2 runs it: parameters are written into the text ([`literal`]), rows come
//! in binary form and are read by their types ([`decode`]).

mod ask;
mod decode;
mod literal;

use diesel::RunQueryDsl as _;
use diesel::deserialize;
use diesel::deserialize::QueryableByName;
use diesel::pg::Pg;
use diesel::pg::PgConnection;
use diesel::row::Field as _;
use diesel::row::NamedRow;
use diesel::row::Row;
use limbeck_schema::Dialect;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::Parameter;

use super::interpolation::Interpolated;
use super::misused;
use super::named::Names;
use super::named::Piece;
use super::named::names_of_empty;
use super::named::star_sql;
use super::refused;
use super::statements;
use crate::db::ResultSet;
use crate::db::driver_error;
use crate::db::error::DatabaseError;
use crate::db::sql::UserSql as _;
use crate::script::sql::Answer;
use crate::script::sql::Statement;
use crate::script::sql::answer;
use crate::script::sql::refuses_transaction;
use crate::script::sql::transaction_control;
use literal::interpolated;

/// A text that is ready to be run, and in which way.
#[derive(Debug)]
pub(in crate::db) struct Prepared {
    /// The whole text.
    made: Interpolated,
    /// What is run before the last statement, if anything.
    before: String,
    /// Where the last statement begins in the text.
    at: usize,
    /// The last statement, or the whole text where the way is [`Way::Batch`].
    last: String,
    way: Way,
}

/// How a statement is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As a message whose answer nobody wants: statements that neither answer nor count.
    Batch,
    /// With the number of rows that it changes.
    Count,
    /// With its rows.
    Rows(Answer),
}

/// Makes a text ready.
///
/// # Errors
/// What psycopg2 refuses before it asks the server.
pub(in crate::db) fn prepare(
    sql: &str,
    parameters: &[Parameter],
) -> Result<Prepared, DatabaseError> {
    let made = interpolated(sql, parameters)?;
    let batch = |made: Interpolated| Prepared {
        before: String::new(),
        at: 0,
        last: made.text.clone(),
        way: Way::Batch,
        made,
    };
    let Some(statements) = statements(&made.text, Dialect::Postgresql) else {
        if is_copy_of_client(&made.text) {
            return Err(refused("COPY FROM STDIN cannot be executed: there is no data to send"));
        }
        return Ok(batch(made));
    };
    let Some((last, earlier)) = statements.split_last() else {
        return Err(misused("can't execute an empty query"));
    };
    if statements.iter().any(|statement| is_copy_of_client(&statement.text)) {
        return Err(refused("COPY TO STDOUT cannot be executed: there is nobody to take the data"));
    }
    let way = way_of(last);
    if way == Way::Batch {
        return Ok(batch(made));
    }
    let at = offset_of(&made.text, last);
    let before = match earlier {
        [] => String::new(),
        _ => made.text.get(..at).unwrap_or_default().to_owned(),
    };
    Ok(Prepared { before, at, last: last.text.clone(), way, made })
}

fn way_of(statement: &Statement) -> Way {
    match answer(statement, Dialect::Postgresql) {
        Answer::Count if is_counted(statement) => Way::Count,
        Answer::Count => Way::Batch,
        rows => Way::Rows(rows),
    }
}

/// Whether the server says with how many rows the statement has had to do.
fn is_counted(statement: &Statement) -> bool {
    let mut words = statement.text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let first = words.find(|word| !word.is_empty()).unwrap_or_default().to_ascii_uppercase();
    match first.as_str() {
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "WITH" | "SELECT" | "MOVE" | "COPY" => true,
        "CREATE" => {
            let upper = statement.text.to_ascii_uppercase();
            let words: Vec<&str> = upper.split_whitespace().collect();
            let makes =
                words.iter().skip(1).take(4).any(|word| *word == "TABLE" || *word == "VIEW");
            let selects = words.windows(2).any(|pair| {
                pair[0] == "AS"
                    && ["SELECT", "WITH", "VALUES", "TABLE", "(", "EXECUTE"]
                        .iter()
                        .any(|word| pair[1].starts_with(word))
            });
            let is_plain_view = words.iter().skip(1).take(4).any(|word| *word == "VIEW")
                && !words.iter().skip(1).take(2).any(|word| *word == "MATERIALIZED");
            let is_empty =
                words.windows(2).any(|pair| pair == ["NO", "DATA"] || pair == ["NO", "DATA;"]);
            makes && selects && !is_plain_view && !is_empty
        }
        _ => false,
    }
}

/// Whether this is a COPY whose data travel through the client, which Diesel would wait for.
fn is_copy_of_client(text: &str) -> bool {
    let upper = text.trim_start().to_ascii_uppercase();
    let words: Vec<&str> = upper.split_whitespace().collect();
    words.first() == Some(&"COPY")
        && words.windows(2).any(|pair| {
            let place = pair[1].trim_end_matches(';');
            pair[0] == "FROM" && place == "STDIN" || pair[0] == "TO" && place == "STDOUT"
        })
}

/// The byte offset of a statement in the text it was split from.
fn offset_of(text: &str, statement: &Statement) -> usize {
    let lines = text.split_inclusive('\n').take(statement.position.line - 1);
    let start: usize = lines.map(str::len).sum();
    let line = text.get(start..).unwrap_or_default();
    let column = line.char_indices().nth(statement.position.column - 1);
    start + column.map_or(line.len(), |(offset, _)| offset)
}

impl Prepared {
    /// The whole text, where nothing of its answer is wanted: it may share a message with what goes
    /// before it.
    pub(in crate::db) fn batch(&self) -> Option<&str> {
        (self.way == Way::Batch).then_some(self.made.text.as_str())
    }

    /// What is run before the last statement, as a message of its own; where that is to be a
    /// transaction with it, as for psycopg2 outside of one, `true` besides.
    pub(in crate::db) fn before(&self) -> Option<(&str, bool)> {
        if self.before.is_empty() {
            return None;
        }
        let all = statements(&self.made.text, Dialect::Postgresql).unwrap_or_default();
        let is_free = all.iter().all(|statement| {
            transaction_control(statement, Dialect::Postgresql).is_none()
                && refuses_transaction(statement, Dialect::Postgresql).is_none()
        });
        Some((&self.before, is_free))
    }

    /// The whole text as it is sent.
    pub(in crate::db) fn text(&self) -> &str {
        &self.made.text
    }

    /// An offset in the text that is sent as one in the text that was given.
    pub(in crate::db) fn origin(&self, offset: usize) -> usize {
        self.made.origin(offset)
    }

    /// The answer of what has been run as a batch.
    pub(in crate::db) fn no_answer(&self) -> ResultSet {
        ResultSet { row_count: -1, ..ResultSet::default() }
    }

    /// Runs the last statement.
    ///
    /// # Errors
    /// The server's, with the offset in the text that was given, and that of a value that cannot be
    /// read.
    pub(in crate::db) fn run(
        &self,
        connection: &mut PgConnection,
    ) -> Result<ResultSet, DatabaseError> {
        let Way::Rows(kind) = self.way else {
            let count =
                connection.count_of_statement(&self.last).map_err(|error| self.placed(error))?;
            let row_count = i64::try_from(count).unwrap_or(i64::MAX);
            return Ok(ResultSet { row_count, ..ResultSet::default() });
        };
        let rows = diesel::sql_query(&self.last).load::<Fields>(connection).map_err(|error| {
            self.placed(driver_error::of_statement(&error, &self.last, Dialect::Postgresql))
        })?;
        let row_count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let mut columns = None;
        let mut raw = Vec::with_capacity(rows.len());
        for row in rows {
            columns.get_or_insert(row.names);
            let values = row.values.into_iter().map(|value| match value {
                None => Ok(decode::Raw::Known(SqlValue::Null)),
                Some((oid, bytes)) => decode::decoded(oid, &bytes),
            });
            raw.push(values.collect::<Result<Vec<_>, _>>()?);
        }
        let rows = ask::answered(connection, raw)?;
        match columns {
            Some(_) => Ok(ResultSet { columns, rows, row_count, last_id: None }),
            None => self.empty(connection, kind),
        }
    }

    fn placed(&self, error: DatabaseError) -> DatabaseError {
        DatabaseError { offset: error.offset.map(|offset| self.origin(offset + self.at)), ..error }
    }

    /// The answer without rows, of which Diesel does not tell the columns.
    fn empty(
        &self,
        connection: &mut PgConnection,
        kind: Answer,
    ) -> Result<ResultSet, DatabaseError> {
        if kind == Answer::Words {
            let is_fetch =
                self.last.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("FETCH"));
            return Ok(match is_fetch {
                true => ResultSet { columns: Some(Vec::new()), ..ResultSet::default() },
                false => self.no_answer(),
            });
        }
        let mut ask = |sql: &str| -> Result<Vec<String>, DatabaseError> {
            let rows = diesel::sql_query(sql).load::<Fields>(connection);
            let rows = rows.map_err(|error| driver_error::of_own(&error, Dialect::Postgresql))?;
            Ok(rows.into_iter().next().map(|row| row.names).unwrap_or_default())
        };
        let columns = match names_of_empty(&self.last, Dialect::Postgresql) {
            Names::Known(names) => names,
            Names::Ask(sql) => ask(&sql)?,
            Names::Pieces(pieces) => {
                let mut names = Vec::new();
                for piece in pieces {
                    match piece {
                        Piece::Name(name) => names.push(name),
                        Piece::All(table) => names.extend(ask(&star_sql(&table))?),
                    }
                }
                names
            }
        };
        Ok(ResultSet { columns: Some(columns), ..ResultSet::default() })
    }
}

/// A row in the binary forms of its types.
struct Fields {
    names: Vec<String>,
    values: Vec<Option<(u32, Vec<u8>)>>,
}

impl QueryableByName<Pg> for Fields {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> deserialize::Result<Self> {
        let count = row.field_count();
        let mut made =
            Fields { names: Vec::with_capacity(count), values: Vec::with_capacity(count) };
        for column in 0..count {
            let field = Row::get(row, column).ok_or("a column is missing")?;
            made.names.push(field.field_name().unwrap_or("").to_owned());
            let value = field.value();
            made.values.push(value.map(|value| (value.get_oid().get(), value.as_bytes().to_vec())));
        }
        Ok(made)
    }
}
