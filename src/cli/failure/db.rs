//! Errors of the commands below `limbeck db`.

use crate::cli::db_error::DbError;
use crate::cli::db_error::Place;
use crate::cli::db_error::Undone;
use crate::cli::exit_code::ExitCode;
use crate::db::DatabaseErrorKind;

use super::Failure;
use super::rights;
use super::run;

pub(super) fn db(error: &DbError) -> Failure {
    let of = |code| Failure::new(code, error.to_string());
    let usage = || of(ExitCode::Usage);
    match error {
        DbError::Protected { database, .. } => usage().hint(format!(
            "`protected = true` of [databases.{database}] forbids it; take that out first"
        )),
        DbError::OfServer { .. } | DbError::OtherName { .. } => usage().hint("nothing was done"),
        DbError::InUse { users, .. } => users
            .iter()
            .fold(of(ExitCode::Locked), |failure, user| failure.detail(user))
            .hint("--force drops it all the same; a server disconnects them"),
        DbError::SeveralServers { names } => {
            usage().hint(format!("choose with --database among: {}", names.join(", ")))
        }
        DbError::NoProgram { package, .. } => {
            of(ExitCode::Failed).hint(format!("it comes with {package}"))
        }
        DbError::Parameters(_) => of(ExitCode::Configuration),
        DbError::ProgramFailed { said, .. } => {
            said.lines().take(20).fold(of(ExitCode::Failed), |failure, line| failure.detail(line))
        }
        DbError::NoSuchTable { nearest, .. } => match nearest.is_empty() {
            true => usage().hint("`limbeck db tables` lists them"),
            false => usage().hint(format!("did you mean {}?", nearest.join(" or "))),
        },
        DbError::SeveralTables { places, .. } => {
            usage().hint(format!("say which: {}", places.join(", ")))
        }
        DbError::NoSql => {
            usage().hint("give it as an argument, as a file with -f, or as - on standard input")
        }
        DbError::OwnTransaction { place, .. } | DbError::RefusesTransaction { place, .. } => {
            line(usage(), place).hint(
                "--no-transaction runs each statement by itself; what has run then stays when a \
                 later one fails",
            )
        }
        DbError::NotReading { place, .. } => line(usage(), place).hint("--yes allows it"),
        DbError::GuardedTransaction { .. } => usage().hint("--yes allows it"),
        DbError::Statement { place, error: inner, undone, is_protected, .. } => {
            let failure = line(of(run::database_code(&inner.kind)), place);
            let failure = run::with_server_words(failure, inner);
            let failure = match &inner.kind {
                DatabaseErrorKind::Denied(right) => failure.hint(rights::grant(right)),
                _ => failure,
            };
            let failure = match *is_protected && is_read_only(&inner.message) {
                true => {
                    failure.hint("the database is protected: only reading is allowed without --yes")
                }
                false => failure,
            };
            failure.hint(match undone {
                Undone::All => "nothing of it has taken effect",
                Undone::Rows => {
                    "definitions before it (CREATE, ALTER, DROP) have taken effect, with all that \
                     came before them: MySQL has no transactions for them"
                }
                Undone::Nothing => "the statements before it have taken effect",
            })
        }
        DbError::NotEmpty { .. } => usage().hint("--replace drops it and creates it anew first"),
        DbError::OneFile { .. } => usage().hint("name a directory, or one database"),
        DbError::FileExists { .. }
        | DbError::EmptySql { .. }
        | DbError::Split { .. }
        | DbError::OtherBackup { .. }
        | DbError::AdminUrl(_) => usage(),
        DbError::Program { .. }
        | DbError::Unreadable { .. }
        | DbError::File { .. }
        | DbError::BadBackup { .. } => of(ExitCode::Failed),
    }
}

/// In the words of PostgreSQL, SQLite and MySQL.
fn is_read_only(message: &str) -> bool {
    ["read-only transaction", "readonly database", "READ ONLY transaction"]
        .iter()
        .any(|words| message.contains(words))
}

/// The line with a caret where the server saw the error.
fn line(failure: Failure, place: &Place) -> Failure {
    if place.line.is_empty() {
        return failure;
    }
    failure.source_line(&place.line, place.position.column)
}
