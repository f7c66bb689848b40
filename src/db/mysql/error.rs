//! Errors of the driver and of the server, as our own.

use std::io;
use std::time::Duration;

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;
use mysql_async::DriverError;
use mysql_async::Error;
use mysql_async::IoError;
use mysql_async::ServerError;

use super::address::Address;
use super::greeting::Greeting;
use crate::db::connect_failure::ConnectCause;
use crate::db::connect_failure::ConnectFailure;
use crate::db::connect_failure::seconds;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::error::MissingRight;
use crate::db::error::ServerError as ServerFacts;
use crate::db::url::DatabaseUrl;

/// `ER_QUERY_INTERRUPTED`: somebody sent `KILL QUERY`.
const INTERRUPTED: u16 = 1317;

/// An error of limbeck's own statements, or of none.
pub(super) fn of(error: &Error) -> DatabaseError {
    DatabaseError { offset: None, ..of_statement(error, "", None) }
}

/// The error of the statement `sql`, which was to be ended after `limit`.
pub(super) fn of_statement(error: &Error, sql: &str, limit: Option<Duration>) -> DatabaseError {
    let Error::Server(server) = error else { return of_driver(error) };
    let message = match limit {
        Some(limit) if server.code == INTERRUPTED => {
            format!("the statement was ended after {} ms (statement_timeout)", limit.as_millis())
        }
        _ => server.message.clone(),
    };
    DatabaseError {
        kind: match missing_right(server.code, &server.message) {
            Some(right) => DatabaseErrorKind::Denied(Box::new(right)),
            None => kind(server.code),
        },
        message,
        detail: Some(detail(server)),
        hint: None,
        connect: None,
        driver: None,
        server: Some(Box::new(ServerFacts {
            blockers: Vec::new(),
            sqlstate: Some(server.state.clone()),
            code: Some(server.code.into()),
            message: server.message.clone(),
        })),
        offset: offset(server, sql),
    }
}

/// Whether `error` says that a table, or its database, is not there: `ER_NO_SUCH_TABLE`,
/// `ER_BAD_DB_ERROR`.
pub(super) fn is_no_such_table(error: &DatabaseError) -> bool {
    has_code(error, 1146) || has_code(error, 1049)
}

/// Whether `error` says that the user may not do this with a table: `ER_TABLEACCESS_DENIED_ERROR`.
pub(super) fn is_denied(error: &DatabaseError) -> bool {
    has_code(error, 1142)
}

fn has_code(error: &DatabaseError, code: u16) -> bool {
    let detail = error.detail.as_deref().unwrap_or_default();
    detail.starts_with(&format!("error {code} "))
}

/// The error of an attempt to connect.
pub(super) fn of_connecting(error: &Error, address: &Address, url: &DatabaseUrl) -> DatabaseError {
    let (cause, words) = match error {
        Error::Server(server) => (server_cause(server), server.message.clone()),
        Error::Driver(DriverError::NoClientSslFlagFromServer) => {
            (ConnectCause::Tls, "the server has no TLS, which the URL requires".to_owned())
        }
        Error::Driver(error) => (driver_cause(error), error.to_string()),
        Error::Io(IoError::Io(error)) => match io_cause(error) {
            ConnectCause::HostNotFound => {
                (ConnectCause::HostNotFound, "the name of the host is not found".to_owned())
            }
            ConnectCause::Refused => (ConnectCause::Refused, "connection refused".to_owned()),
            ConnectCause::Closed => {
                (ConnectCause::Closed, "the server closed the connection".to_owned())
            }
            cause => (cause, error.to_string()),
        },
        Error::Io(IoError::Tls(error)) => (ConnectCause::Tls, error.to_string()),
        other => (ConnectCause::Settings, other.to_string()),
    };
    let words = match cause {
        ConnectCause::HostNotFound => "the name of the host is not found".to_owned(),
        ConnectCause::Refused => "connection refused".to_owned(),
        ConnectCause::NoSuchDatabase => "the database does not exist".to_owned(),
        _ => words,
    };
    let failure = ConnectFailure::new(cause, address.place(url));
    let detail = match error {
        Error::Server(server) => Some(detail(server)),
        _ => None,
    };
    // What the server says never quotes a password; what the driver says might.
    let words = if detail.is_some() { words } else { url.redact(words.trim_end_matches('.')) };
    DatabaseError { detail, ..failure.into_error(words) }
}

/// The error of an attempt to connect that took too long.
pub(super) fn no_answer(address: &Address, url: &DatabaseUrl) -> DatabaseError {
    let failure = ConnectFailure::new(ConnectCause::TimedOut, address.place(url));
    failure.into_error(format_args!("no answer within {} s", seconds(address.patience())))
}

/// Whether another look at the server may tell more than `error` of an attempt to connect: what
/// the driver says of one that it does not understand is chance.
pub(super) fn is_obscure(error: &DatabaseError) -> bool {
    let is_of_server = error.detail.is_some();
    let cause = error.connect.as_ref().map(|connect| connect.cause);
    !is_of_server
        && matches!(
            cause,
            Some(
                ConnectCause::Closed
                    | ConnectCause::TimedOut
                    | ConnectCause::NotAServer
                    | ConnectCause::NoRoute
            )
        )
}

/// `error` of an attempt to connect, with what another look has shown.
pub(super) fn of_greeting(
    error: DatabaseError,
    greeting: Option<Greeting>,
    address: &Address,
    url: &DatabaseUrl,
) -> DatabaseError {
    let is_late = error.connect.as_ref().is_some_and(|c| c.cause == ConnectCause::TimedOut);
    match greeting {
        Some(Greeting::Foreign) => {
            ConnectFailure::new(ConnectCause::NotAServer, address.place(url))
                .into_error("what answers there is no MySQL or MariaDB server")
        }
        Some(Greeting::Silence) if is_late => {
            let message =
                format!("{}: the server accepts connections, but says nothing", error.message);
            DatabaseError { message, ..error }
        }
        Some(Greeting::Silence) | None => error,
    }
}

/// Why the server refused ("Server Error Message Reference" of MySQL's manual).
fn server_cause(server: &ServerError) -> ConnectCause {
    match server.code {
        // Also where there is no such user, or no password was given.
        1045 | 1698 => ConnectCause::WrongPassword,
        // No right to the database; a host that no account admits, or with too many failures; an
        // expired password; a locked account.
        1044 | 1129 | 1130 | 1862 | 3118 | 4151 => ConnectCause::Forbidden,
        1049 => ConnectCause::NoSuchDatabase,
        1040 | 1203 | 1226 => ConnectCause::TooManyConnections,
        1053 => ConnectCause::ShuttingDown,
        _ => ConnectCause::RefusedByServer,
    }
}

fn driver_cause(error: &DriverError) -> ConnectCause {
    match error {
        DriverError::ConnectionClosed => ConnectCause::Closed,
        DriverError::UnknownAuthPlugin { .. }
        | DriverError::MysqlOldPasswordDisabled
        | DriverError::CleartextPluginDisabled => ConnectCause::Forbidden,
        DriverError::PacketOutOfOrder
        | DriverError::UnexpectedPacket { .. }
        | DriverError::CantParseServerVersion { .. } => ConnectCause::NotAServer,
        _ => ConnectCause::Settings,
    }
}

fn io_cause(error: &io::Error) -> ConnectCause {
    match error.kind() {
        // Of a socket: there is none.
        io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => ConnectCause::Refused,
        io::ErrorKind::TimedOut => ConnectCause::TimedOut,
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => ConnectCause::Closed,
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => ConnectCause::NotAServer,
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::AddrNotAvailable => ConnectCause::NoRoute,
        // What the resolver says has no kind of its own.
        _ if error.to_string().contains("lookup") => ConnectCause::HostNotFound,
        _ => ConnectCause::NoRoute,
    }
}

fn detail(server: &ServerError) -> String {
    format!("error {} (SQLSTATE {})", server.code, server.state)
}

/// An error that did not come from the server.
fn of_driver(error: &Error) -> DatabaseError {
    let message = match error {
        Error::Io(IoError::Io(error)) => error.to_string(),
        Error::Driver(error) => error.to_string(),
        other => other.to_string(),
    };
    let kind = match error {
        Error::Driver(
            DriverError::LocalInfile(_)
            | DriverError::PacketTooLarge
            | DriverError::StmtParamsMismatch { .. }
            | DriverError::MixedParams,
        ) => DatabaseErrorKind::Statement,
        Error::Driver(
            DriverError::UnknownAuthPlugin { .. }
            | DriverError::MysqlOldPasswordDisabled
            | DriverError::CleartextPluginDisabled,
        ) => DatabaseErrorKind::Authentication,
        _ => DatabaseErrorKind::Unreachable,
    };
    DatabaseError::new(kind, message.trim_end_matches('.'))
}

/// The kind of an error of the server ("Server Error Message Reference" of MySQL's manual,
/// "MariaDB Error Codes").
fn kind(code: u16) -> DatabaseErrorKind {
    match code {
        // Access denied; a host or an account that is locked out.
        1045 | 1130 | 1698 | 1862 | 3118 | 4151 => DatabaseErrorKind::Authentication,
        1049 => DatabaseErrorKind::NoSuchDatabase,
        // Lock wait timeout, deadlock, NOWAIT.
        1205 | 1213 | 3572 => DatabaseErrorKind::Busy,
        // Too many connections, a server that shuts down, a blocked host, a killed connection.
        1040 | 1053 | 1129 | 1203 | 1226 | 1927 | 3169 | 4031 => DatabaseErrorKind::Unreachable,
        _ => DatabaseErrorKind::Statement,
    }
}

/// The right that is missing, of an error that says so, in the server's words
/// (`ER_DBACCESS_DENIED_ERROR`, `ER_TABLEACCESS_DENIED_ERROR`, `ER_COLUMNACCESS_DENIED_ERROR`,
/// `ER_SPECIFIC_ACCESS_DENIED_ERROR`, `ER_PROCACCESS_DENIED_ERROR`).
fn missing_right(code: u16, message: &str) -> Option<MissingRight> {
    let role = message.split_once(" user ").and_then(|(_, rest)| {
        let (role, _) = rest.split_once(" to ").or_else(|| rest.split_once(" for "))?;
        Some(role.to_owned())
    });
    let right = MissingRight {
        dialect: Dialect::Mysql,
        role,
        privilege: None,
        kind: String::new(),
        object: String::new(),
        needs_owner: false,
    };
    let command = || message.split_once(" command denied").map(|(words, _)| words.to_uppercase());
    // MariaDB quotes names as GRANT takes them, MySQL as texts.
    let behind = |words: &str| {
        let (_, name) = message.rsplit_once(words)?;
        let inner = name.strip_prefix('\'').and_then(|name| name.strip_suffix('\''));
        Some(inner.map_or(name.to_owned(), |inner| quote_identifier(Dialect::Mysql, inner)))
    };
    Some(match code {
        1044 => MissingRight {
            object: behind(" to database ").unwrap_or_default(),
            kind: "database".to_owned(),
            ..right
        },
        1142 => MissingRight {
            privilege: command(),
            object: behind(" for table ").unwrap_or_default(),
            kind: "table".to_owned(),
            ..right
        },
        1143 => MissingRight {
            privilege: command(),
            object: message.split_once(" for column ").map_or("", |(_, rest)| rest).to_owned(),
            kind: "column".to_owned(),
            ..right
        },
        1227 => {
            let names = message
                .split_once("(at least one of) the ")
                .and_then(|(_, rest)| rest.split_once(" privilege"));
            MissingRight { privilege: names.map(|(names, _)| names.to_owned()), ..right }
        }
        1370 => MissingRight {
            privilege: command(),
            object: message.split_once(" for routine ").map_or("", |(_, rest)| rest).to_owned(),
            kind: "routine".to_owned(),
            ..right
        },
        _ => return None,
    })
}

/// Where in `sql` a syntax error is: the server quotes the rest of the statement, or its
/// beginning, and counts lines.
fn offset(server: &ServerError, sql: &str) -> Option<usize> {
    // ER_PARSE_ERROR
    if server.code != 1064 {
        return None;
    }
    let (_, quoted) = server.message.split_once(" near '")?;
    let (near, line) = quoted.rsplit_once("' at line ")?;
    let line: usize = line.trim().parse().ok()?;
    let start: usize = sql.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let rest = sql.get(start..)?;
    match near {
        "" => Some(sql.trim_end().len()),
        near => {
            // What is long is cut, by MariaDB with three dots.
            let cut = near.strip_suffix("...").unwrap_or(near);
            rest.find(near).or_else(|| rest.find(cut)).map(|found| start + found)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(code: u16, message: &str) -> Error {
        Error::Server(ServerError { code, message: message.to_owned(), state: "42000".to_owned() })
    }

    #[test]
    fn a_syntax_error_has_a_place() {
        let sql = "SELECT 1,\n  2 FORM t\n  WHERE x";
        let message = "You have an error in your SQL syntax; check the manual that corresponds to \
                       your MariaDB server version for the right syntax to use near 't\n  WHERE x' \
                       at line 2";
        let error = of_statement(&server(1064, message), sql, None);
        assert_eq!(error.offset, sql.find("t\n"));
        assert_eq!(error.detail.as_deref(), Some("error 1064 (SQLSTATE 42000)"));
        let cut = of_statement(&server(1064, "x near 'FORM t\n...' at line 1"), sql, None);
        assert_eq!(cut.offset, sql.find("FORM"));
        let at_end = of_statement(&server(1064, "x near '' at line 1"), "SELECT (", None);
        assert_eq!(at_end.offset, Some(8));
        assert_eq!(of_statement(&server(1146, "x near '' at line 1"), "x", None).offset, None);
        assert_eq!(of_statement(&server(1064, "near 'zz' at line 9"), "x", None).offset, None);
    }

    #[test]
    fn kinds_are_told_by_the_code() {
        for (code, expected) in [
            (1045, DatabaseErrorKind::Authentication),
            (1049, DatabaseErrorKind::NoSuchDatabase),
            (1205, DatabaseErrorKind::Busy),
            (1213, DatabaseErrorKind::Busy),
            (1927, DatabaseErrorKind::Unreachable),
            (1146, DatabaseErrorKind::Statement),
        ] {
            assert_eq!(of(&server(code, "x")).kind, expected, "{code}");
        }
    }

    #[test]
    fn a_missing_right_is_named() {
        for (code, message, expected) in [
            (
                1142,
                "DROP command denied to user 'app'@'localhost' for table `d`.`t`",
                [Some("'app'@'localhost'"), Some("DROP"), Some("table"), Some("`d`.`t`")],
            ),
            (
                1142,
                "SELECT command denied to user 'app'@'%' for table 't'",
                [Some("'app'@'%'"), Some("SELECT"), Some("table"), Some("`t`")],
            ),
            (
                1143,
                "SELECT command denied to user 'app'@'%' for column 'c' in table 't'",
                [Some("'app'@'%'"), Some("SELECT"), Some("column"), Some("'c' in table 't'")],
            ),
            (
                1227,
                "Access denied; you need (at least one of) the PROCESS privilege(s) for this operation",
                [None, Some("PROCESS"), Some(""), Some("")],
            ),
            (
                1370,
                "execute command denied to user 'app'@'%' for routine 'd.f'",
                [Some("'app'@'%'"), Some("EXECUTE"), Some("routine"), Some("'d.f'")],
            ),
            (
                1044,
                "Access denied for user 'app'@'%' to database 'd'",
                [Some("'app'@'%'"), None, Some("database"), Some("`d`")],
            ),
        ] {
            let DatabaseErrorKind::Denied(right) = of(&server(code, message)).kind else {
                panic!("{message}");
            };
            let (kind, object) = (right.kind.as_str(), right.object.as_str());
            let found =
                [right.role.as_deref(), right.privilege.as_deref(), Some(kind), Some(object)];
            assert_eq!(found, expected, "{message}");
        }
    }

    #[test]
    fn a_statement_that_was_ended_says_why() {
        let error = of_statement(&server(1317, "x"), "x", Some(Duration::from_millis(50)));
        assert_eq!(error.message, "the statement was ended after 50 ms (statement_timeout)");
    }
}
