//! Comma-separated values as `db exec --format csv` and PostgreSQL's COPY write them: RFC 4180,
//! read strictly. An empty field is NULL, a pair of quotation marks the empty text.
//!
//! A reader that forgives would take the rest of a file for one value where a quotation mark is
//! missing; this one says in which line it stands.

/// A line of values, which may go over several lines of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvRow {
    /// The line in which it begins, from 1.
    pub line: usize,
    /// Its values; `None` is NULL.
    pub values: Vec<Option<String>>,
}

/// What is wrong with a text of comma-separated values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsvProblem {
    /// A quotation mark that opens a value and is never closed.
    #[error("the quotation mark that opens a value here is never closed")]
    Unclosed,
    /// Something between a closing quotation mark and the end of the value.
    #[error("text behind a closing quotation mark (within quotes, a quotation mark is two)")]
    BehindQuote,
    /// A quotation mark within a value that does not begin with one.
    #[error("a quotation mark within a value without quotes (quote the value, and double it)")]
    StrayQuote,
    /// A row of another length than the first line.
    #[error(
        "the row has {}, and the first line names {}",
        counted(*.found, "value"), counted(*.expected, "column")
    )]
    Length {
        /// How many values it has.
        found: usize,
        /// How many columns there are.
        expected: usize,
    },
    /// There is no first line.
    #[error("there is no first line, which names the columns")]
    NoColumns,
    /// A column without a name.
    #[error("column {number} has no name")]
    UnnamedColumn {
        /// Which, from 1.
        number: usize,
    },
    /// Two columns of one name.
    #[error("column '{name}' is named twice")]
    ColumnTwice {
        /// The name.
        name: String,
    },
    /// A key that is no column.
    #[error("the key '{name}' is none of the columns")]
    NoKeyColumn {
        /// The name.
        name: String,
    },
    /// A row without a value of the key.
    #[error("column '{name}' is of the key, and has no value")]
    NullKey {
        /// The column.
        name: String,
    },
    /// Two rows with the same key.
    #[error("the row has the key of the one in line {first}")]
    KeyTwice {
        /// The line of the first.
        first: usize,
    },
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// What is wrong, and in which line.
pub(super) type Fault = (usize, CsvProblem);

/// Reads `text`, whose first line is line `line` of the file. What stands for NULL is `null`, and
/// never a value in quotes. Empty lines are no rows.
pub(super) fn parse(
    text: &str,
    line: usize,
    delimiter: char,
    null: &str,
) -> Result<Vec<CsvRow>, Fault> {
    let mut reader = Reader { rest: text, line };
    let mut rows = Vec::new();
    while !reader.rest.is_empty() {
        let start = reader.line;
        if reader.take_line_end() {
            continue;
        }
        let mut values = Vec::new();
        loop {
            let value = reader.value(delimiter)?;
            values.push(match value {
                Value::Quoted(text) => Some(text),
                Value::Plain(text) if text == null => None,
                Value::Plain(text) => Some(text.to_owned()),
            });
            match reader.rest.strip_prefix(delimiter) {
                Some(rest) => reader.rest = rest,
                None => break,
            }
        }
        reader.take_line_end();
        rows.push(CsvRow { line: start, values });
    }
    Ok(rows)
}

enum Value<'a> {
    Quoted(String),
    Plain(&'a str),
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    /// Takes the end of a line: that of Unix, of Windows, or of a Mac of old.
    fn take_line_end(&mut self) -> bool {
        let ends = ["\r\n", "\n", "\r"];
        let Some(rest) = ends.iter().find_map(|end| self.rest.strip_prefix(end)) else {
            return false;
        };
        self.rest = rest;
        self.line += 1;
        true
    }

    fn value(&mut self, delimiter: char) -> Result<Value<'a>, Fault> {
        if let Some(inside) = self.rest.strip_prefix('"') {
            return self.quoted(inside, delimiter).map(Value::Quoted);
        }
        let is_end = |c: char| c == delimiter || c == '\n' || c == '\r';
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let (value, rest) = self.rest.split_at(end);
        if value.contains('"') {
            return Err((self.line, CsvProblem::StrayQuote));
        }
        self.rest = rest;
        Ok(Value::Plain(value))
    }

    fn quoted(&mut self, mut inside: &'a str, delimiter: char) -> Result<String, Fault> {
        let opened = self.line;
        let mut value = String::new();
        loop {
            let Some(quote) = inside.find('"') else { return Err((opened, CsvProblem::Unclosed)) };
            value += &inside[..quote];
            inside = &inside[quote + 1..];
            match inside.strip_prefix('"') {
                Some(rest) => {
                    value.push('"');
                    inside = rest;
                }
                None => break,
            }
        }
        self.line += line_ends(&value);
        self.rest = inside;
        match inside.chars().next() {
            None | Some('\n' | '\r') => Ok(value),
            Some(c) if c == delimiter => Ok(value),
            Some(_) => Err((self.line, CsvProblem::BehindQuote)),
        }
    }
}

fn line_ends(text: &str) -> usize {
    text.matches('\n').count() + text.matches('\r').count() - text.matches("\r\n").count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Row = (usize, Vec<Option<String>>);

    fn rows(text: &str) -> Result<Vec<Row>, Fault> {
        let rows = parse(text, 1, ',', "")?;
        Ok(rows.into_iter().map(|row| (row.line, row.values)).collect())
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn nothing_is_null_and_two_marks_are_the_empty_text() {
        assert_eq!(rows("a,,\"\"\n"), Ok(vec![(1, vec![some("a"), None, some("")])]));
        assert_eq!(rows("a,"), Ok(vec![(1, vec![some("a"), None])]));
        let marked = parse("\\N,,\"\\N\"", 1, ',', "\\N").unwrap();
        assert_eq!(marked[0].values, [None, some(""), some("\\N")]);
    }

    #[test]
    fn values_in_quotes_hold_anything_and_lines_are_counted() {
        let text = "\"a,\"\"b\"\"\",\"two\r\nlines\"\r\n\r\n\nx;y,'z'\r\"\r\",2";
        assert_eq!(
            rows(text),
            Ok(vec![
                (1, vec![some("a,\"b\""), some("two\r\nlines")]),
                (5, vec![some("x;y"), some("'z'")]),
                (6, vec![some("\r"), some("2")]),
            ])
        );
        assert_eq!(parse("a;b,c", 7, ';', "").unwrap()[0].values, [some("a"), some("b,c")]);
    }

    #[test]
    fn what_is_not_meant_is_refused_with_its_line() {
        assert_eq!(rows("a,b\n\"c,d\ne,f\n"), Err((2, CsvProblem::Unclosed)));
        assert_eq!(rows("a\n\"b\" ,c"), Err((2, CsvProblem::BehindQuote)));
        assert_eq!(rows("\"a\nb\"c"), Err((2, CsvProblem::BehindQuote)));
        assert_eq!(rows("a\n\nb\"c\n"), Err((3, CsvProblem::StrayQuote)));
        assert_eq!(rows("\""), Err((1, CsvProblem::Unclosed)));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            written in prop::collection::vec(
                prop::collection::vec(prop::option::of("[a,;\"\r\n é']{0,4}"), 2..4), 0..5)
        ) {
            let line = |row: &Vec<Option<String>>| row.iter().map(|value| match value {
                None => String::new(),
                Some(text) => format!("\"{}\"", text.replace('"', "\"\"")),
            }).collect::<Vec<_>>().join(",");
            let text: String = written.iter().map(|row| line(row) + "\n").collect();
            let read: Vec<_> = parse(&text, 1, ',', "").unwrap();
            let values: Vec<_> = read.into_iter().map(|row| row.values).collect();
            prop_assert_eq!(values, written);
        }

        #[test]
        fn no_text_is_too_much(text in "[a,\"\r\n]{0,40}") {
            drop(parse(&text, 1, ',', ""));
        }
    }
}
