//! Errors of Diesel and of the client libraries, as our own.
//!
//! Diesel hides the SQLSTATE of PostgreSQL and the result code of SQLite, so the kinds that it
//! does not tell are read from the message. A server that speaks another language than English
//! (`lc_messages`) therefore gives [`DatabaseErrorKind::Statement`] or, on connecting,
//! [`DatabaseErrorKind::Unreachable`] where it might be told more exactly; the message itself is
//! always handed on.

mod server_error;

use diesel::ConnectionError;
use diesel::result::DatabaseErrorKind as DieselKind;
use diesel::result::Error;
use limbeck_alembic::sa::DriverClass;
use limbeck_schema::Dialect;

use super::connect_failure;
use super::error::DatabaseError;
use super::error::DatabaseErrorKind;
use super::error::MissingRight;
use super::url::DatabaseUrl;

/// Messages of a database that is held by somebody else.
const BUSY: [&str; 7] = [
    // Of a database that is to be dropped, or to be copied for a new one.
    "is being accessed by other users",
    "database is locked",
    "database table is locked",
    "database schema is locked",
    "canceling statement due to lock timeout",
    "could not obtain lock on",
    "deadlock detected",
];

/// Messages of a connection that ended.
const CLOSED: [&str; 5] = [
    "server closed the connection unexpectedly",
    "terminating connection",
    "no connection to the server",
    "could not receive data from server",
    "could not send data to server",
];

/// What SQLite says of a file that holds something else, or is encrypted.
const NO_DATABASE: &str = "file is not a database";

/// What is wrong with a file that SQLite cannot use whatever is asked, as the rest of a sentence
/// about it: it holds something else, or is encrypted, or its first page is damaged.
pub(super) fn unusable_file(error: &DatabaseError) -> Option<&'static str> {
    match error.message.as_str() {
        NO_DATABASE => Some("is no SQLite database"),
        "database disk image is malformed" => Some("is damaged: database disk image is malformed"),
        _ => None,
    }
}

/// The error of a statement or a batch whose whole text is `sql`.
pub(crate) fn of_statement(error: &Error, sql: &str, dialect: Dialect) -> DatabaseError {
    let Error::DatabaseError(kind, information) = error else {
        let kind = match error {
            Error::BrokenTransactionManager => DatabaseErrorKind::Unreachable,
            // A value that is no UTF-8 text, in a column that limbeck wrote as text.
            Error::DeserializationError(_) => DatabaseErrorKind::Corrupt,
            _ => DatabaseErrorKind::Statement,
        };
        return DatabaseError::new(kind, error.to_string());
    };
    let message = information.message().trim_end();
    DatabaseError {
        kind: match kind {
            DieselKind::SerializationFailure => DatabaseErrorKind::Busy,
            DieselKind::ClosedConnection => DatabaseErrorKind::Unreachable,
            _ if mentions(message, &BUSY) => DatabaseErrorKind::Busy,
            _ if mentions(message, &CLOSED) => DatabaseErrorKind::Unreachable,
            _ if message == NO_DATABASE => DatabaseErrorKind::Unreachable,
            _ => match missing_right(message) {
                Some(right) => DatabaseErrorKind::Denied(Box::new(right)),
                None => DatabaseErrorKind::Statement,
            },
        },
        connect: None,
        driver: matches!(kind, DieselKind::ClosedConnection).then_some(DriverClass::Operational),
        server: Some(Box::new(server_error::of(kind, message, dialect, sql))),
        message: message.to_owned(),
        detail: information.details().map(str::to_owned),
        hint: information.hint().map(str::to_owned),
        offset: information.statement_position().and_then(|position| byte_offset(sql, position)),
    }
}

/// The error of a statement of our own: its text is of no interest to anybody, so neither is the
/// offset.
pub(super) fn of_own(error: &Error, dialect: Dialect) -> DatabaseError {
    DatabaseError { offset: None, ..of_statement(error, "", dialect) }
}

/// The error of an attempt to connect to the server at `url`.
pub(super) fn of_connecting(error: &ConnectionError, url: &DatabaseUrl) -> DatabaseError {
    match error {
        ConnectionError::CouldntSetupConfiguration(error) => {
            of_statement(error, "", Dialect::Postgresql)
        }
        ConnectionError::BadConnection(message) => connect_failure::of_libpq(message, url),
        other => connect_failure::of_libpq(&other.to_string(), url),
    }
}

/// The error of an attempt to open a SQLite file.
pub(super) fn of_opening(error: &ConnectionError) -> DatabaseError {
    match error {
        ConnectionError::CouldntSetupConfiguration(error) => {
            of_statement(error, "", Dialect::Sqlite)
        }
        ConnectionError::BadConnection(message) => {
            DatabaseError::new(DatabaseErrorKind::Unreachable, message.trim_end())
        }
        other => DatabaseError::new(DatabaseErrorKind::Unreachable, other.to_string()),
    }
}

/// What the server says of a right that is missing. In the words of PostgreSQL (`aclchk.c`).
fn missing_right(message: &str) -> Option<MissingRight> {
    let of = |kind: &str, object: &str, needs_owner| MissingRight {
        dialect: Dialect::Postgresql,
        role: None,
        privilege: None,
        kind: kind.to_owned(),
        object: object.to_owned(),
        needs_owner,
    };
    if let Some(rest) = message.strip_prefix("permission denied for ") {
        let (kind, object) = kind_and_object(rest);
        return Some(of(kind, object, false));
    }
    if let Some(rest) = message.strip_prefix("must be owner of ") {
        let (kind, object) = kind_and_object(rest);
        return Some(of(kind, object, true));
    }
    let rest = message.strip_prefix("permission denied to ")?;
    Some(of(rest.strip_prefix("create ").unwrap_or(rest), "", false))
}

/// Parts `materialized view v w`, where names are not quoted.
fn kind_and_object(text: &str) -> (&str, &str) {
    let of_two_words = ["materialized view ", "foreign table ", "foreign server ", "large object "];
    let end = of_two_words.iter().find(|kind| text.starts_with(**kind)).map(|kind| kind.len() - 1);
    let end = end.or_else(|| text.find(' ')).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

fn mentions(message: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| message.contains(phrase))
}

/// The 0-based byte offset of PostgreSQL's 1-based character position.
fn byte_offset(sql: &str, position: i32) -> Option<usize> {
    let characters = usize::try_from(position).ok()?.checked_sub(1)?;
    // "syntax error at end of input" points behind the last character.
    let ends = std::iter::once(sql.len());
    sql.char_indices().map(|(offset, _)| offset).chain(ends).nth(characters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_offsets_bytes() {
        assert_eq!(byte_offset("aöü€x", 1), Some(0));
        assert_eq!(byte_offset("aöü€x", 5), Some(8));
        assert_eq!(byte_offset("aöü€x", 6), Some(9));
        assert_eq!(byte_offset("aöü€x", 7), None);
        assert_eq!(byte_offset("a", 0), None);
        assert_eq!(byte_offset("a", -1), None);
    }

    #[test]
    fn a_missing_right_names_its_object() {
        for (message, kind, object, needs_owner) in [
            ("permission denied for schema public", "schema", "public", false),
            ("permission denied for materialized view v", "materialized view", "v", false),
            ("must be owner of table a b", "table", "a b", true),
            ("permission denied to create database", "database", "", false),
        ] {
            let right = missing_right(message).unwrap();
            let found = (right.kind.as_str(), right.object.as_str(), right.needs_owner);
            assert_eq!(found, (kind, object, needs_owner), "{message}");
        }
        assert_eq!(missing_right("syntax error"), None);
    }
}
