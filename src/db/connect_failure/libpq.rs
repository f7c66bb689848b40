//! What libpq says when it cannot connect.
//!
//! libpq tries every address of every host, some of them twice (with and without encryption), and
//! tells of all attempts in one text. The words are those of the sources of libpq
//! (`fe-connect.c`, `fe-auth.c`, `fe-secure-openssl.c`) and of the server (`postinit.c`,
//! `auth.c`); a bundled libpq is not translated. What a server says in another language is handed
//! on as it is, with [`ConnectCause::RefusedByServer`].

use super::ConnectCause;
use super::ConnectFailure;
use super::ConnectPlace;
use crate::db::error::DatabaseError;
use crate::db::url::DatabaseUrl;

/// The beginning of an attempt.
const ATTEMPT: &str = "connection to server ";

/// What to look for, and what it means: in the words of libpq and of the operating system.
const OF_THE_CLIENT: [(&str, ConnectCause); 25] = [
    ("could not translate host name", ConnectCause::HostNotFound),
    ("could not parse network address", ConnectCause::HostNotFound),
    ("no password supplied", ConnectCause::NoPassword),
    ("Connection refused", ConnectCause::Refused),
    ("No such file or directory", ConnectCause::Refused),
    ("timeout expired", ConnectCause::TimedOut),
    ("Connection timed out", ConnectCause::TimedOut),
    ("Operation timed out", ConnectCause::TimedOut),
    ("unreachable", ConnectCause::NoRoute),
    ("No route to host", ConnectCause::NoRoute),
    ("Cannot assign requested address", ConnectCause::NoRoute),
    ("Permission denied", ConnectCause::NoRoute),
    ("server does not support SSL", ConnectCause::Tls),
    ("SSL error", ConnectCause::Tls),
    ("SSL SYSCALL error", ConnectCause::Tls),
    ("certificate", ConnectCause::Tls),
    ("could not establish SSL connection", ConnectCause::Tls),
    ("channel binding", ConnectCause::Tls),
    ("invalid response to SSL negotiation", ConnectCause::NotAServer),
    ("expected authentication request from server", ConnectCause::NotAServer),
    ("unsupported frontend protocol", ConnectCause::NotAServer),
    ("server closed the connection unexpectedly", ConnectCause::Closed),
    ("could not receive data from server", ConnectCause::Closed),
    ("could not send data to server", ConnectCause::Closed),
    ("could not send startup packet", ConnectCause::Closed),
];

/// The same in the words of the server.
const OF_THE_SERVER: [(&str, ConnectCause); 12] = [
    ("authentication failed for user", ConnectCause::WrongPassword),
    ("no pg_hba.conf entry", ConnectCause::NotAdmitted),
    ("pg_hba.conf rejects connection", ConnectCause::NotAdmitted),
    ("is not permitted to log in", ConnectCause::Forbidden),
    ("permission denied for database", ConnectCause::Forbidden),
    ("is not currently accepting connections", ConnectCause::Forbidden),
    ("too many clients", ConnectCause::TooManyConnections),
    ("too many connections for", ConnectCause::TooManyConnections),
    ("remaining connection slots are reserved", ConnectCause::TooManyConnections),
    ("the database system is starting up", ConnectCause::StartingUp),
    ("the database system is shutting down", ConnectCause::ShuttingDown),
    ("unsupported frontend protocol", ConnectCause::NotAServer),
];

/// One attempt, as libpq tells of it.
struct Attempt<'a> {
    host: Option<&'a str>,
    port: Option<u16>,
    /// What went wrong, the first line of it.
    text: &'a str,
    cause: ConnectCause,
}

/// The one error that a message of libpq comes to: that of the attempt which came furthest.
pub(in crate::db) fn failure(message: &str, url: &DatabaseUrl) -> DatabaseError {
    let message = message.trim_end();
    let mut place = ConnectPlace::of(url);
    let attempts = message.lines().filter(|line| !line.starts_with('\t')).map(attempt);
    // The first of equals: libpq asks the preferred address first.
    let furthest = attempts.reduce(|best, next| if next.cause > best.cause { next } else { best });
    let Some(found) = furthest else {
        let failure = ConnectFailure::new(ConnectCause::Settings, place);
        return failure.into_error("libpq gives no reason");
    };
    if let Some(host) = found.host
        && (place.host.is_none() || place.host.as_ref().is_some_and(|host| host.contains(',')))
    {
        place.host = Some(host.to_owned());
    }
    place.port = place.port.or(found.port);
    if found.text.contains("role \"") || found.text.contains("user \"") {
        place.user = place.user.or_else(|| quoted(found.text, &["role \"", "user \""]));
    }
    if place.database.is_none() && found.cause == ConnectCause::NoSuchDatabase {
        place.database = quoted(found.text, &["database \""]);
    }
    let user = place.user.as_deref().unwrap_or_default().to_owned();
    let words = match found.cause {
        ConnectCause::Settings => url.redact(message.lines().next().unwrap_or_default()),
        ConnectCause::HostNotFound => "the name of the host is not found".to_owned(),
        ConnectCause::NoRoute => format!("there is no way to the host ({})", found.text),
        ConnectCause::Refused if found.text.contains("No such file") => {
            "there is no socket of a server".to_owned()
        }
        ConnectCause::Refused => "connection refused".to_owned(),
        ConnectCause::TimedOut => "no answer in time".to_owned(),
        ConnectCause::Closed => "the server closed the connection".to_owned(),
        ConnectCause::NotAServer => "what answers there is no PostgreSQL server".to_owned(),
        ConnectCause::Tls => format!("no encrypted connection: {}", found.text),
        ConnectCause::WrongPassword => {
            // "password", "Peer", "LDAP", ...
            match found.text.split_once(" authentication failed") {
                Some((method, _)) => format!("{method} authentication failed"),
                None => "authentication failed".to_owned(),
            }
        }
        ConnectCause::NoPassword => "the server wants a password, and there is none".to_owned(),
        ConnectCause::NoSuchRole => format!("there is no role \"{user}\" on the server"),
        ConnectCause::NoSuchDatabase => "the database does not exist".to_owned(),
        ConnectCause::StartingUp => "the server is starting up".to_owned(),
        ConnectCause::ShuttingDown => "the server is shutting down".to_owned(),
        // What the server says is the best there is.
        _ => found.text.to_owned(),
    };
    ConnectFailure::new(found.cause, place).into_error(words)
}

/// Reads one line: `connection to server at "h" (::1), port 1 failed: text`, or any other text.
fn attempt(line: &str) -> Attempt<'_> {
    let Some((head, text)) =
        line.strip_prefix(ATTEMPT).and_then(|rest| rest.split_once(" failed: "))
    else {
        let cause = of_the_client(line).unwrap_or(ConnectCause::Settings);
        return Attempt { host: None, port: None, text: line, cause };
    };
    let host = head.split('"').nth(1);
    let host = match head.starts_with("on socket") {
        // The directory, which is what a URL calls the host.
        true => host.and_then(|path| path.rsplit_once('/')).map(|(directory, _)| directory),
        false => host,
    };
    let port = head.rsplit_once("port ").and_then(|(_, port)| port.parse().ok());
    let said = of_the_server(text);
    let cause = match said {
        Some((cause, _)) => cause,
        None => of_the_client(text).unwrap_or(ConnectCause::Settings),
    };
    Attempt { host, port, text: said.map_or(text, |(_, text)| text), cause }
}

fn of_the_client(text: &str) -> Option<ConnectCause> {
    OF_THE_CLIENT.iter().find(|(words, _)| text.contains(words)).map(|(_, cause)| *cause)
}

/// The cause and the text without its severity, if the server said it: `FATAL:  text`, with two
/// blanks, in whatever language.
fn of_the_server(text: &str) -> Option<(ConnectCause, &str)> {
    let (severity, text) = text.split_once(":  ")?;
    if severity.is_empty() || severity.chars().any(char::is_whitespace) {
        return None;
    }
    let cause = if text.ends_with("\" does not exist") && text.starts_with("role \"") {
        ConnectCause::NoSuchRole
    } else if text.starts_with("database \"") && text.ends_with("\" does not exist") {
        ConnectCause::NoSuchDatabase
    } else {
        let known = OF_THE_SERVER.iter().find(|(words, _)| text.contains(words));
        known.map_or(ConnectCause::RefusedByServer, |(_, cause)| *cause)
    };
    Some((cause, text))
}

/// What stands in quotes behind one of `words`.
fn quoted(text: &str, words: &[&str]) -> Option<String> {
    let rest = words.iter().find_map(|words| text.split_once(words)).map(|(_, rest)| rest)?;
    rest.split_once('"').map(|(name, _)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "postgresql://me:hush@db.example:5433/app";

    fn told(message: &str, url: &str) -> (ConnectCause, String) {
        let error = failure(message, &url.parse().unwrap());
        (error.connect.unwrap().cause, error.message)
    }

    fn at(text: &str) -> String {
        format!("connection to server at \"db.example\" (10.0.0.1), port 5433 failed: {text}\n")
    }

    #[test]
    fn each_cause_is_one_line() {
        for (message, cause, words) in [
            (
                "could not translate host name \"db.example\" to address: Name or service not known\n".to_owned(),
                ConnectCause::HostNotFound,
                "the name of the host is not found",
            ),
            (
                at("Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?"),
                ConnectCause::Refused,
                "connection refused",
            ),
            (at("timeout expired"), ConnectCause::TimedOut, "no answer in time"),
            (
                at("Network is unreachable\n\tIs the server running?"),
                ConnectCause::NoRoute,
                "there is no way to the host (Network is unreachable)",
            ),
            (
                at("server does not support SSL, but SSL was required"),
                ConnectCause::Tls,
                "no encrypted connection: server does not support SSL, but SSL was required",
            ),
            (
                at("FATAL:  password authentication failed for user \"me\""),
                ConnectCause::WrongPassword,
                "password authentication failed",
            ),
            (
                at("FATAL:  Peer authentication failed for user \"me\""),
                ConnectCause::WrongPassword,
                "Peer authentication failed",
            ),
            (
                at("fe_sendauth: no password supplied"),
                ConnectCause::NoPassword,
                "the server wants a password, and there is none",
            ),
            (
                at("FATAL:  role \"me\" does not exist"),
                ConnectCause::NoSuchRole,
                "there is no role \"me\" on the server",
            ),
            (
                at("FATAL:  role \"me\" is not permitted to log in"),
                ConnectCause::Forbidden,
                "role \"me\" is not permitted to log in",
            ),
            (
                at("FATAL:  database \"app\" does not exist"),
                ConnectCause::NoSuchDatabase,
                "the database does not exist",
            ),
            (
                at("FATAL:  permission denied for database \"app\"\nDETAIL:  User does not have CONNECT privilege."),
                ConnectCause::Forbidden,
                "permission denied for database \"app\"",
            ),
            (
                at("FATAL:  sorry, too many clients already"),
                ConnectCause::TooManyConnections,
                "sorry, too many clients already",
            ),
            (
                at("FATAL:  the database system is starting up"),
                ConnectCause::StartingUp,
                "the server is starting up",
            ),
            (
                at("server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally"),
                ConnectCause::Closed,
                "the server closed the connection",
            ),
            (
                at("FATAL:  no pg_hba.conf entry for host \"1.2.3.4\", user \"me\", database \"app\", no encryption"),
                ConnectCause::NotAdmitted,
                "no pg_hba.conf entry for host \"1.2.3.4\", user \"me\", database \"app\", no encryption",
            ),
            (
                at("FATAL:  Passwort-Authentifizierung für Benutzer »me« fehlgeschlagen"),
                ConnectCause::RefusedByServer,
                "Passwort-Authentifizierung für Benutzer »me« fehlgeschlagen",
            ),
            (
                at("ВАЖНО:  роль \"me\" не существует"),
                ConnectCause::RefusedByServer,
                "роль \"me\" не существует",
            ),
        ] {
            let expected = format!("me@db.example:5433/app: {words}");
            assert_eq!(told(&message, URL), (cause, expected), "{message}");
        }
    }

    #[test]
    fn of_several_attempts_the_one_that_came_furthest_is_told() {
        let message = "connection to server at \"localhost\" (::1), port 5432 failed: Connection refused\n\
            \tIs the server running on that host and accepting TCP/IP connections?\n\
            connection to server at \"localhost\" (127.0.0.1), port 5432 failed: FATAL:  database \"app\" does not exist\n";
        let url = "postgresql://me@localhost/app";
        let expected = "me@localhost:5432/app: the database does not exist".to_owned();
        assert_eq!(told(message, url), (ConnectCause::NoSuchDatabase, expected));
        let message = "connection to server at \"a\", port 1 failed: Connection refused\n\tIs\n\
            connection to server at \"b\", port 2 failed: timeout expired\n";
        let expected = "me@b:2/app: no answer in time".to_owned();
        assert_eq!(
            told(message, "postgresql://me@a:1,b:2/app"),
            (ConnectCause::TimedOut, expected)
        );
    }

    #[test]
    fn a_user_from_nowhere_is_the_one_that_the_server_names() {
        let message = "connection to server at \"127.0.0.1\", port 5432 failed: FATAL:  role \"root\" does not exist\n";
        let error = failure(message, &"postgresql://127.0.0.1/app".parse().unwrap());
        assert_eq!(
            error.message,
            "root@127.0.0.1:5432/app: there is no role \"root\" on the server"
        );
        let place = error.connect.unwrap().place;
        assert!(!place.is_user_configured && !place.has_password);
        let message = "connection to server on socket \"/run/postgresql/.s.PGSQL.5432\" failed: No such file or directory\n\
            \tIs the server running locally and accepting connections on that socket?\n";
        let expected = "/run/postgresql/app: there is no socket of a server".to_owned();
        assert_eq!(told(message, "postgresql:///app"), (ConnectCause::Refused, expected));
    }

    #[test]
    fn what_libpq_quotes_of_the_url_is_masked_and_what_the_server_says_is_not() {
        let url = "postgres://app:app@h/app";
        assert_eq!(told("invalid token \"app\"", url).1, "app@h/app: invalid token \"***\"");
        let said = told(&at("FATAL:  role \"app\" is not permitted to log in"), url).1;
        assert!(said.ends_with("role \"app\" is not permitted to log in"), "{said}");
    }
}
