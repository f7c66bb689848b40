//! Errors of seeds.

use crate::cli::exit_code::ExitCode;
use crate::cli::seeds::SeedProblem;
use crate::db::DatabaseError;
use crate::exec::SeedError;
use crate::exec::TableProblem;
use crate::exec::UnfitSeed;
use crate::script::CsvProblem;
use crate::script::SeedFileError;
use crate::script::sql::SourcePosition;

use super::Failure;
use super::rights;
use super::run;
use super::script;
use super::short;

/// What a failed seed leaves.
const NOTHING_LEFT: &str = "nothing of this seed has been kept";

pub(super) fn seed(problem: &SeedProblem) -> Failure {
    let usage = || Failure::new(ExitCode::Usage, problem.to_string());
    match problem {
        SeedProblem::File(error) => file(error),
        SeedProblem::NoSuchSeed { name, directory, nearest } => {
            let message = format!("there is no seed `{name}` in {}", short(directory));
            Failure::new(ExitCode::Usage, message)
                .hint_if(nearest.as_ref().map(|nearest| format!("did you mean {nearest}?")))
        }
        SeedProblem::SeveralSeeds { names, .. } => {
            usage().hint(format!("say which: {}", names.join(", ")))
        }
        SeedProblem::Nowhere { environments, .. } => match environments.as_slice() {
            [] => usage().hint("its directory or its `databases` and `tenants` say where it runs"),
            names => usage()
                .hint(format!("it is for the environment {}: add --env NAME", names.join(" or "))),
        },
        SeedProblem::Protected { database, due, is_upgrade } => {
            let name = database.split('/').next().unwrap_or(database);
            let failure = match due.as_slice() {
                [] => usage(),
                due => usage().detail(format!("to be run: {}", due.join(", "))),
            };
            match is_upgrade {
                true => failure
                    .detail("nothing was done")
                    .hint(format!("without --seed, and then: limbeck db seed -d {name} --yes")),
                false => failure
                    .hint("--yes allows it; `limbeck db seed --plan` shows what would be run"),
            }
        }
        SeedProblem::Run { database, url, seed, error } => {
            ran(problem, (database, url), seed.as_deref(), error)
        }
    }
}

fn file(error: &SeedFileError) -> Failure {
    let failure = Failure::new(ExitCode::Configuration, error.to_string());
    match error {
        SeedFileError::Script(error) => script::script(error),
        SeedFileError::Csv { path, line, problem } => {
            let failure = Failure::new(ExitCode::Configuration, problem.to_string());
            failure.at(path, Some(SourcePosition { line: *line, column: 1 }))
        }
        SeedFileError::UnknownDirectory { path, .. } => Failure {
            message: error.to_string().replace(&path.display().to_string(), &short(path)),
            ..failure
        }
        .hint("seeds lie in [DATABASE/][tenants/][env/NAME/]"),
        SeedFileError::Misplaced { path } => Failure {
            message: error.to_string().replace(&path.display().to_string(), &short(path)),
            ..failure
        },
        SeedFileError::Cycle { .. } => failure.hint("`after` of each names what comes before it"),
    }
}

fn ran(
    problem: &SeedProblem,
    (database, url): (&str, &str),
    seed: Option<&str>,
    error: &SeedError,
) -> Failure {
    let line = |line: usize| Some(SourcePosition { line, column: 1 });
    let of = |code| Failure::new(code, problem.to_string());
    let refused = |inner: &DatabaseError| of(run::database_code(&inner.kind));
    match error {
        SeedError::Database(error) => run::database(database, url, error),
        SeedError::Run(kind) => run::run(database, kind),
        SeedError::Needs { path, is_known, .. } => {
            let failure = of(ExitCode::Integrity).at(path, None).detail("nothing was run");
            match is_known {
                true => {
                    let name = database.split('/').next().unwrap_or(database);
                    failure.hint(format!("apply it first: limbeck upgrade -d {name}"))
                }
                false => failure.hint(
                    "name the databases that it is for: `databases = [...]`, or a directory of \
                     their name",
                ),
            }
        }
        SeedError::Unfit { path, position, statement, kind } => {
            let failure = of(ExitCode::Configuration).at(path, *position);
            let failure = match (statement, position) {
                (Some(statement), Some(position)) => {
                    run::statement_line(failure, statement, *position)
                }
                _ => failure,
            };
            match kind {
                UnfitSeed::Commits { .. } | UnfitSeed::RefusesTransaction { .. } => {
                    failure.hint("a revision is the place for it")
                }
                UnfitSeed::NoTenant => failure
                    .hint("a directory `tenants`, or `tenants = true`, makes it one of tenants"),
                _ => failure,
            }
        }
        SeedError::Statement { path, statement, error } => {
            let position = statement.position_at(error.offset.unwrap_or(0));
            let failure = refused(error).at(path, Some(position));
            let failure = run::statement_line(failure, statement, position);
            with_words(failure, error).hint(NOTHING_LEFT)
        }
        SeedError::Row { path, line: at, error } => {
            with_words(refused(error).at(path, line(*at)), error).hint(NOTHING_LEFT)
        }
        SeedError::Commit { path, error } => {
            with_words(refused(error).at(path, None), error).hint(NOTHING_LEFT)
        }
        SeedError::Csv { path, line: at, problem } => {
            let failure = of(ExitCode::Configuration).at(path, line(*at)).hint(NOTHING_LEFT);
            match problem {
                CsvProblem::NoKeyColumn { .. } => failure.hint(
                    "it is the primary key of the table; `key = [\"COLUMN\"]` in the front matter \
                     names the columns by which a row is found instead",
                ),
                _ => failure,
            }
        }
        SeedError::Table { path, line: at, kind } => {
            let failure = of(ExitCode::Failed).at(path, line(*at)).hint(NOTHING_LEFT);
            match kind {
                TableProblem::NoTable { .. } => failure.hint(format!(
                    "`after = [\"REVISION\"]` in the front matter of {} says which revision makes \
                     it; `table = \"NAME\"` names another one",
                    seed.unwrap_or("the seed")
                )),
                TableProblem::NoKey { .. } => failure.hint(
                    "`key = [\"COLUMN\"]` in the front matter names the columns by which a row is \
                     found",
                ),
                _ => failure,
            }
        }
    }
}

fn with_words(failure: Failure, error: &DatabaseError) -> Failure {
    let failure = run::with_server_words(failure, error);
    match &error.kind {
        crate::db::DatabaseErrorKind::Denied(right) => failure.hint(rights::grant(right)),
        _ => failure,
    }
}
