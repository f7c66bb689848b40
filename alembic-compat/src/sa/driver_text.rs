//! `exec_driver_sql()`: a text in the words of the driver.
//!
//! psycopg2 and pymysql get parameters with every text, be it none, and so read `%%` as a percent
//! sign and anything else behind one as the place of a parameter (their "Passing parameters"). What
//! they then do with a text that lends itself to misunderstanding is not tried.

use limbeck_schema::Dialect;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::Parameter;

use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Value;

use super::errors;
use super::migration;
use super::value;

/// Marks after which a text is no longer read by its quotes alone.
const COMMENTS: [&str; 4] = ["--", "/*", "#", "\\"];

/// A part of a text of a driver.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// SQL.
    Sql(&'a str),
    /// `%s`
    Next,
    /// `%(name)s`
    Named(&'a str),
    /// Any other percent sign.
    Other,
}

/// The text and the parameters as they are sent.
pub(super) fn prepared(
    interp: &mut Interpreter,
    sql: &str,
    parameters: Option<Value>,
) -> Result<(String, Vec<Parameter>)> {
    let dialect = migration::target(interp)?.dialect();
    let row = one_row(interp, parameters)?;
    if dialect == Dialect::Sqlite {
        let parameters = match row {
            None => Vec::new(),
            Some(Value::Tuple(values)) => {
                let values = values.iter().map(|value| value::to_sql(interp, value));
                values.map(|value| Ok(parameter(value?))).collect::<Result<_>>()?
            }
            Some(_) => return Err(interp.unsupported("exec_driver_sql() with named parameters")),
        };
        return Ok((sql.to_owned(), parameters));
    }
    let pieces = pieces(sql);
    let Some(row) = row else {
        let mut text = String::with_capacity(sql.len());
        for piece in pieces {
            match (piece, dialect) {
                (Piece::Sql(part), _) => text.push_str(part),
                (Piece::Named(name), _) => {
                    return Err(interp.raised_builtin("KeyError", vec![Value::str(name)]));
                }
                (Piece::Next | Piece::Other, Dialect::Postgresql) => {
                    return interp.type_error(
                        "sqlalchemy.util._immutabledict_cy.immutabledict is not a sequence",
                    );
                }
                (Piece::Next | Piece::Other, _) => {
                    return Err(interp.unsupported("a single '%' in exec_driver_sql()"));
                }
            }
        }
        return Ok((text, Vec::new()));
    };
    let (mut text, mut parameters) = (String::with_capacity(sql.len()), Vec::new());
    let mut quote = None;
    for piece in pieces {
        let found = match (piece, &row) {
            (Piece::Sql(part), _) => {
                quote = behind(part, quote);
                let is_plain = match dialect {
                    Dialect::Postgresql => !part.contains('$'),
                    _ => !part.contains('?'),
                };
                if !is_plain || COMMENTS.iter().any(|mark| part.contains(mark)) {
                    return Err(interp.unsupported("such a text of exec_driver_sql()"));
                }
                text.push_str(part);
                continue;
            }
            (Piece::Next, Value::Tuple(values)) => values.get(parameters.len()).cloned(),
            (Piece::Named(name), Value::Dict(values)) => values.get_text(name),
            _ => None,
        };
        let Some(found) = found.filter(|_| quote.is_none()) else {
            return Err(interp.unsupported("these parameters of exec_driver_sql()"));
        };
        parameters.push(parameter(value::parameter(interp, &found)?));
        match dialect {
            Dialect::Postgresql => text.push_str(&format!("${}", parameters.len())),
            _ => text.push('?'),
        }
    }
    if matches!(&row, Value::Tuple(values) if values.len() != parameters.len()) {
        return Err(interp.unsupported("more parameters of exec_driver_sql() than it has places"));
    }
    Ok((text, parameters))
}

const fn parameter(value: SqlValue) -> Parameter {
    Parameter { name: None, value, sql_type: None }
}

/// The parameters of one execution: a tuple or a dictionary with something in it.
fn one_row(interp: &mut Interpreter, parameters: Option<Value>) -> Result<Option<Value>> {
    let row = match parameters {
        Some(Value::List(_)) => {
            let mut rows = interp.items(&parameters.unwrap_or_default())?;
            if rows.len() > 1 {
                return Err(interp.unsupported("exec_driver_sql() with several rows"));
            }
            match rows.pop() {
                row @ (None | Some(Value::Tuple(_) | Value::Dict(_))) => row,
                Some(_) => {
                    return Err(errors::argument(
                        interp,
                        "List argument must consist only of tuples or dictionaries",
                    )?);
                }
            }
        }
        row @ (None | Some(Value::Tuple(_) | Value::Dict(_))) => row,
        Some(_) => {
            let message = "mapping or sequence expected for parameters";
            return Err(errors::argument(interp, message)?);
        }
    };
    match &row {
        Some(Value::Dict(values)) if values.entries().is_empty() => Ok(None),
        Some(Value::Tuple(values)) if values.is_empty() => {
            Err(interp.unsupported("exec_driver_sql() with an empty tuple"))
        }
        _ => Ok(row),
    }
}

/// The quote that is open behind `part`.
fn behind(part: &str, mut open: Option<char>) -> Option<char> {
    for c in part.chars() {
        open = match (open, c) {
            (None, '\'' | '"' | '`') => Some(c),
            (Some(quote), c) if quote == c => None,
            (open, _) => open,
        };
    }
    open
}

fn pieces(sql: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = sql;
    while let Some((before, behind)) = rest.split_once('%') {
        pieces.push(Piece::Sql(before));
        let named = behind.strip_prefix('(').and_then(|inner| inner.split_once(')'));
        rest = if let Some(percent) = behind.strip_prefix('%') {
            pieces.push(Piece::Sql(behind.strip_suffix(percent).unwrap_or("%")));
            percent
        } else if let Some(behind) = behind.strip_prefix('s') {
            pieces.push(Piece::Next);
            behind
        } else if let Some((name, behind)) = named
            && let Some(behind) = behind.strip_prefix('s')
        {
            pieces.push(Piece::Named(name));
            behind
        } else {
            pieces.push(Piece::Other);
            behind
        };
    }
    pieces.push(Piece::Sql(rest));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_signs_are_read_as_the_drivers_do() {
        let found = pieces("a%%b %s %(n)s %d 5%");
        let expected = [
            Piece::Sql("a"),
            Piece::Sql("%"),
            Piece::Sql("b "),
            Piece::Next,
            Piece::Sql(" "),
            Piece::Named("n"),
            Piece::Sql(" "),
            Piece::Other,
            Piece::Sql("d 5"),
            Piece::Other,
            Piece::Sql(""),
        ];
        assert_eq!(found, expected);
    }
}
