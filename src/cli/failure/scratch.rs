//! Errors of scratch databases.

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;

use crate::cli::exit_code::ExitCode;
use crate::cli::prove::ScratchProblem;
use crate::db::DatabaseErrorKind;

use super::Failure;
use super::run::database_code;

/// The way out that always is one.
const LEND: &str =
    "--scratch-url URL (or LIMBECK_SCRATCH_URL) names an empty database, which is emptied again";

pub(super) fn scratch(problem: &ScratchProblem) -> Failure {
    let message = problem.to_string();
    let usage = |message| Failure::new(ExitCode::Usage, message);
    match problem {
        ScratchProblem::Url(_) | ScratchProblem::OtherDialect { .. } => usage(message),
        ScratchProblem::Several { names } => {
            usage(message).hint(format!("choose with --database one of: {}", names.join(", ")))
        }
        ScratchProblem::Tenants { .. } => usage(message)
            .hint("leave it out, with a user who may create databases, or add --shared"),
        ScratchProblem::NotEmpty { .. } | ScratchProblem::Own { .. } => usage(message)
            .detail("nothing was changed")
            .hint("what is there would be lost: name a database that holds nothing"),
        ScratchProblem::NotMade { user, dialect, error, .. } => {
            let code = match error.kind {
                DatabaseErrorKind::Denied(_) => ExitCode::Configuration,
                _ => database_code(&error.kind),
            };
            let user = user.as_deref().unwrap_or("USER");
            let grant = match (&error.kind, dialect) {
                (DatabaseErrorKind::Denied(_), Dialect::Postgresql) => Some(format!(
                    "or a superuser allows it: ALTER ROLE {} CREATEDB;",
                    quote_identifier(Dialect::Postgresql, user)
                )),
                (DatabaseErrorKind::Denied(_), Dialect::Mysql) => Some(format!(
                    "or an administrator allows it: GRANT ALL ON `limbeck\\_scratch\\_%`.* TO {}@'%';",
                    quote_identifier(Dialect::Mysql, user)
                )),
                _ => None,
            };
            Failure::new(code, message).hint(LEND).hint_if(grant)
        }
        ScratchProblem::Left { error, .. } => Failure::new(database_code(&error.kind), message)
            .hint("nothing needs it any more: drop it by hand"),
        ScratchProblem::NoDatabase { .. } => {
            usage(message).hint("leave out --prove, or add such a database to limbeck.toml")
        }
    }
}
