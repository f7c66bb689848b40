//! What to do when a database cannot be reached.

use crate::db::ConnectCause;
use crate::db::ConnectFailure;

use super::Failure;

/// Adds what to do, where something can be said.
pub(super) fn hints(failure: Failure, database: &str, connect: &ConnectFailure) -> Failure {
    let place = &connect.place;
    let configured = format!("`url` of [databases.{database}]");
    let source = connect.sources.as_deref().unwrap_or(&configured);
    let failure = failure.hint_if(user_from_nowhere(connect));
    match connect.cause {
        ConnectCause::Settings => failure.hint(format!("look at {source}")),
        ConnectCause::HostNotFound => failure.hint(format!(
            "it is from {source}; names of containers are known only within their network"
        )),
        ConnectCause::NoRoute | ConnectCause::TimedOut => failure.hint(format!(
            "look at host and port, from {source}, and at the firewalls between"
        )),
        ConnectCause::NotAServer => {
            failure.hint(format!("look at host and port, from {source}"))
        }
        ConnectCause::Refused => failure.hint(format!(
            "is the server running, and does it listen there? Host and port are from {source}"
        )),
        ConnectCause::Tls => {
            failure.hint("`sslmode` and `sslrootcert` in the URL say what is asked for")
        }
        ConnectCause::StartingUp | ConnectCause::ShuttingDown | ConnectCause::Closed => {
            failure.hint("run the same command again in a moment")
        }
        ConnectCause::TooManyConnections => failure.hint(
            "run the same command again when others have disconnected; a run holds up to three \
             connections",
        ),
        ConnectCause::WrongPassword if !place.is_user_configured => failure,
        ConnectCause::WrongPassword => {
            failure.hint(format!("check the user and the password, from {source}"))
        }
        ConnectCause::NoPassword => failure.hint(format!(
            "the user is from {source}; the password may come from there, by a variable, from \
             `password_file`, or on PostgreSQL from PGPASSWORD"
        )),
        ConnectCause::NoSuchRole if place.is_user_configured => failure.hint(format!(
            "check the user, from {source}; `limbeck db create --admin-url URL` makes the role with \
             its database"
        )),
        ConnectCause::NotAdmitted => {
            failure.hint("the administrator of the server must add a line to pg_hba.conf")
        }
        ConnectCause::NoSuchDatabase => {
            failure.hint(format!(
                "`limbeck db create --database {database}` creates it; the name is from {source}"
            ))
        }
        ConnectCause::NoDirectory => {
            failure.hint(format!("make the directory, or set the path right, in {source}"))
        }
        ConnectCause::NotADatabase => failure.hint(format!("the path is from {source}")),
        ConnectCause::FileAccess => failure.hint(format!(
            "look at the rights of the file and of its directory; the path is from {source}"
        )),
        _ => failure,
    }
}

/// Who has chosen the user, when that was not the URL.
fn user_from_nowhere(connect: &ConnectFailure) -> Option<String> {
    let is_about_user = matches!(
        connect.cause,
        ConnectCause::WrongPassword
            | ConnectCause::NoPassword
            | ConnectCause::NotAdmitted
            | ConnectCause::Forbidden
            | ConnectCause::NoSuchRole
            | ConnectCause::RefusedByServer
    );
    if connect.place.is_user_configured || !is_about_user {
        return None;
    }
    if let Ok(user) = std::env::var("PGUSER") {
        return Some(format!("the URL names no user; PGUSER says {user}"));
    }
    Some(match &connect.place.user {
        Some(user) => format!(
            "no user is configured; libpq took the OS user {user}: write the user into the URL"
        ),
        None => "no user is configured; libpq took the OS user: write the user into the URL".into(),
    })
}
