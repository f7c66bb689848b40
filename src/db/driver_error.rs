//! Errors of Diesel and of the client libraries, as our own.
//!
//! Diesel hides the SQLSTATE of PostgreSQL and the result code of SQLite, so the kinds that it
//! does not tell are read from the message. A server that speaks another language than English
//! (`lc_messages`) therefore gives [`DatabaseErrorKind::Statement`] or, on connecting,
//! [`DatabaseErrorKind::Unreachable`] where it might be told more exactly; the message itself is
//! always handed on.

use diesel::ConnectionError;
use diesel::result::DatabaseErrorKind as DieselKind;
use diesel::result::Error;

use super::error::DatabaseError;
use super::error::DatabaseErrorKind;
use super::url::DatabaseUrl;

/// Messages of a database that is held by somebody else.
const BUSY: [&str; 6] = [
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

/// Messages of a server that refuses the user. `fe_sendauth` is libpq without a password.
const AUTHENTICATION: [&str; 5] = [
    "authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "pg_hba.conf rejects connection",
    "is not permitted to log in",
];

/// The error of a statement or a batch whose whole text is `sql`.
pub(crate) fn of_statement(error: &Error, sql: &str) -> DatabaseError {
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
            // SQLite's, of a file that holds something else, or is encrypted.
            _ if message == "file is not a database" => DatabaseErrorKind::Unreachable,
            _ => DatabaseErrorKind::Statement,
        },
        message: message.to_owned(),
        detail: information.details().map(str::to_owned),
        hint: information.hint().map(str::to_owned),
        offset: information.statement_position().and_then(|position| byte_offset(sql, position)),
    }
}

/// The error of a statement of our own: its text is of no interest to anybody, so neither is the
/// offset.
pub(super) fn of_own(error: &Error) -> DatabaseError {
    DatabaseError { offset: None, ..of_statement(error, "") }
}

/// The error of an attempt to connect to `url`.
pub(super) fn of_connecting(error: &ConnectionError, url: &DatabaseUrl) -> DatabaseError {
    let message = match error {
        ConnectionError::CouldntSetupConfiguration(error) => return of_statement(error, ""),
        ConnectionError::BadConnection(message) => message.clone(),
        other => other.to_string(),
    };
    let message = message.trim_end();
    let kind = if mentions(message, &AUTHENTICATION) || is_missing(message, "role") {
        DatabaseErrorKind::Authentication
    } else if is_missing(message, "database") {
        DatabaseErrorKind::NoSuchDatabase
    } else {
        DatabaseErrorKind::Unreachable
    };
    // What the server says never quotes a password, and a masked word in it would betray that the
    // password equals the user name. What libpq says of the URL itself may quote anything.
    let from_server = message.starts_with("connection to server");
    let message = if from_server { message.to_owned() } else { url.redact(message) };
    DatabaseError::new(kind, message)
}

fn mentions(message: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| message.contains(phrase))
}

/// Whether a message says `FATAL:  role "x" does not exist`.
fn is_missing(message: &str, what: &str) -> bool {
    message.lines().any(|line| {
        line.contains(&format!("FATAL:  {what} \"")) && line.ends_with("\" does not exist")
    })
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
    fn a_message_about_the_url_is_masked_and_one_of_the_server_is_not() {
        let url: DatabaseUrl = "postgres://app:app@h/app".parse().unwrap();
        let of =
            |message: &str| of_connecting(&ConnectionError::BadConnection(message.into()), &url);
        let server =
            of("connection to server at \"h\" failed: FATAL:  role \"app\" does not exist\n");
        assert_eq!(server.kind, DatabaseErrorKind::Authentication);
        assert!(server.message.ends_with("role \"app\" does not exist"), "{}", server.message);
        assert_eq!(of("invalid token \"app\"").message, "invalid token \"***\"");
    }
}
