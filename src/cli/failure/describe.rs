//! What each error says, and which status it has.

use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::plan_file::PlanFileError;
use crate::db::CatalogObject;
use crate::db::CopyError;
use crate::db::DatabaseErrorKind;
use crate::db::ObjectKind;
use crate::diesel_interop::AdoptionError;
use crate::env::ConfigFilesError;
use crate::exec::Expectation;
use crate::graph::nearest_name;
use crate::plan::Direction;
use crate::plan::Obstacle;
use crate::script::sql::SourcePosition;

use super::config;
use super::db;
use super::graph;
use super::missing;
use super::repeat;
use super::routes;
use super::run;
use super::scratch;
use super::script;
use super::seed;
use super::target;
use super::words::Failure;
use super::words::short;

pub(super) fn describe(error: &CliError) -> Failure {
    use ExitCode::Configuration;
    use ExitCode::Usage;
    match error {
        CliError::Config(error) => config::config(error),
        CliError::Unconfigured { error: problem, .. } => {
            Failure { message: error.to_string(), ..config::config(problem) }
        }
        CliError::Script(error) => script::script(error),
        CliError::Graph(error) => graph::graph(error),
        CliError::Route(error) => graph::route(error),
        CliError::ParseTarget(error) => target::parse_target(error),
        CliError::Target(error) => target::target(error, None),
        CliError::Database { database, url, error } => run::database(database, url, error),
        CliError::Run { database, error } => run::run(database, &error.kind),
        CliError::Db(error) => db::db(error),
        CliError::Seed(problem) => seed::seed(problem),
        CliError::ConfigFiles(ConfigFilesError::Twice { .. }) => {
            Failure::new(Usage, error.to_string())
        }
        CliError::ConfigFiles(problem) => Failure::new(
            Configuration,
            match problem {
                ConfigFilesError::Missing { path } => {
                    format!("no configuration: {} does not exist", short(path))
                }
                problem => problem.to_string(),
            },
        )
        .hint("`limbeck init` sets a project up; `-c FILE` names another configuration"),
        CliError::NoDatabase => Failure::new(Configuration, error.to_string())
            .hint("add `[databases.main]` with a `url`, or give --url"),
        CliError::NoSuchDatabase { name, known } => Failure::new(Usage, error.to_string())
            .hint_if(
                nearest_name(name, known.iter().map(String::as_str))
                    .map(|nearest| format!("did you mean `{nearest}`?")),
            )
            .hint(format!("there are: {}", known.join(", "))),
        CliError::NoSuchTenant { .. } => Failure::new(Usage, error.to_string())
            .hint("`limbeck tenants list` names them all"),
        CliError::NoTenants => Failure::new(Usage, error.to_string())
            .hint("`[databases.NAME.tenants]` in limbeck.toml says who they are"),
        CliError::WaveCheck { .. } => Failure::new(ExitCode::Failed, error.to_string())
            .hint("the waves before it are done; `limbeck upgrade` asks again and goes on"),
        CliError::WavePaused { failed: 1.., .. } => Failure::new(ExitCode::Failed, error.to_string())
            .hint("once they are mended, `limbeck upgrade` does them and goes on")
            .hint("--approve goes on with that wave without them, --max-failures says how many may fail"),
        CliError::WavePaused { .. } => Failure::new(ExitCode::Interrupted, error.to_string())
            .hint("`limbeck upgrade --approve` does that wave, --approve-all all that are left"),
        CliError::Repeatable(problem) => repeat::problem(problem),
        CliError::NoMatterOfTenants { .. } => Failure::new(Usage, error.to_string())
            .hint("`-d NAME/*` stands for the tenants' part of the history"),
        CliError::NotForTenants { .. } => Failure::new(Usage, error.to_string())
            .hint("`limbeck tenants` creates, drops and lists them"),
        CliError::TenantOfItsOwn { .. } => Failure::new(Usage, error.to_string())
            .hint("drop that database, or its file, by its own means"),
        CliError::TenantOfOwnDatabase { .. } => Failure::new(Usage, error.to_string())
            .hint("`limbeck db backup` and `limbeck db restore` copy databases of a server"),
        CliError::TenantThere { .. } => Failure::new(Usage, error.to_string())
            .hint("`limbeck tenants drop NAME` makes room, with all that is in it"),
        CliError::TenantCopy { error: problem, .. } => {
            let failure = Failure::new(ExitCode::Failed, error.to_string());
            match problem.as_ref() {
                CopyError::Different { changes } => {
                    let shown = changes.lines().iter().take(20);
                    let failure = shown.fold(failure, |failure, line| {
                        failure.detail(line.lines().next().unwrap_or_default())
                    });
                    failure
                        .hint("`-` is what only the tenant has, `+` what the revisions make")
                        .hint("nothing is left of the copy")
                }
                CopyError::Circle { .. } => failure
                    .hint("a superuser may copy it: --url, or the `url` of the database"),
                CopyError::Triggers { .. } => failure
                    .hint("--no-data leaves the rows out; `limbeck db backup` takes triggers along"),
                CopyError::Database(_) => failure,
            }
        }
        CliError::TenantMissing { .. } => Failure::new(ExitCode::Unreachable, error.to_string())
            .hint("`limbeck tenants create NAME` makes it, with all revisions of its branches"),
        CliError::TenantList { error: problem, .. } => {
            let failure = Failure::new(ExitCode::Failed, error.to_string());
            match problem.kind {
                DatabaseErrorKind::Denied(_) => failure,
                _ => failure.hint("the shared schema may be behind: limbeck upgrade --shared"),
            }
        }
        CliError::UrlForSeveral { names } => Failure::new(Usage, error.to_string())
            .hint(format!("choose with --database one of: {}", names.join(", "))),
        CliError::UncertainTable { env, .. } => Failure::new(Configuration, error.to_string())
            .at(env, None)
            .hint("say it in a limbeck.toml, `version_table` of the database, also where it is alembic_version")
            .hint("`limbeck compat --write` begins that file"),
        CliError::OtherOffline { path, line, .. } => Failure::new(Configuration, error.to_string())
            .at(path, Some(SourcePosition { line: *line, column: 1 }))
            .hint("with `stands_in_for_env_py = true` in limbeck.toml its settings are those of a run"),
        CliError::NotConverted(revisions) => {
            let mut words = Failure::new(Configuration, error.to_string());
            for one in revisions {
                let on = one.dialect.map(|dialect| format!(" on {dialect}")).unwrap_or_default();
                words = words.at(&one.path, one.position);
                let mut lines = one.reason.lines();
                let first = lines.next().unwrap_or_default();
                words = words.detail(format!(" |  revision {}{on}: {first}", one.revision));
                for line in lines {
                    words = words.detail(format!(" |      {line}"));
                }
            }
            words.hint("nothing was written; name the revisions that can be converted")
        }
        CliError::NotAlembic { .. } => Failure::new(Usage, error.to_string())
            .hint("name its alembic.ini or pyproject.toml with -c"),
        CliError::EnvArgument { path, position, .. } => {
            let at = SourcePosition { line: position.line, column: position.column };
            let mut failure = Failure::new(Usage, error.to_string()).at(path, Some(at));
            // It is empty where it could not be told what of it may be shown.
            if !position.source_line.is_empty() {
                failure = failure.source_line(&position.source_line, position.column);
            }
            failure.hint("`limbeck compat` says what to write into limbeck.toml for it")
        }
        CliError::NotRouted { .. }
        | CliError::MergeAcross { .. }
        | CliError::NoCommonDatabase { .. }
        | CliError::RowNotRouted { .. }
        | CliError::TakesAway { .. }
        | CliError::Unrouted { .. }
        | CliError::Fork { .. } => routes::routes(error),
        CliError::DatabaseNotChosen { names, .. } => {
            let failure = Failure::new(Usage, error.to_string())
                .hint(format!("add --database with one of: {}", names.join(", ")));
            match names.iter().any(|name| name.contains('/')) {
                true => failure.hint("or --shared, --tenants or --tenant NAME"),
                false => failure,
            }
        }
        CliError::NotAtHeads { database, missing } => {
            Failure::new(ExitCode::Pending, error.to_string())
                .detail(format!("database {database} misses {}", target::heads(missing)))
                .hint(format!("`limbeck upgrade -d {database}` applies what is missing"))
        }
        CliError::Unmet { unmet, cause, command, .. } => {
            let mut failure = Failure::new(ExitCode::Integrity, error.to_string());
            if let Some(cause) = cause {
                failure = failure.detail(cause);
            }
            match (command, unmet.direction) {
                (None, _) if unmet.obstacle == Obstacle::NotPlanned => {
                    failure.hint("that needs more in turn; all in the right order: limbeck upgrade")
                }
                (None, _) => failure,
                (Some(command), _) if unmet.obstacle == Obstacle::Halfway => {
                    failure.hint(format!("finish that first: {command}"))
                }
                (Some(command), Direction::Downgrade) => {
                    failure.hint(format!("revert that first: {command}"))
                }
                (Some(command), Direction::Upgrade | Direction::Stamp) => failure.hint(format!(
                    "apply that first: {command}; or all in the right order: limbeck upgrade"
                )),
            }
        }
        CliError::PlanFile { path, problem } => {
            let message = format!("{}: {problem}", short(path));
            match problem {
                PlanFileError::Write(_) => Failure::new(ExitCode::Failed, message),
                PlanFileError::Read(_) => Failure::new(Usage, message),
                _ => Failure::new(Configuration, message)
                    .hint("`limbeck plan -o FILE` writes a plan"),
            }
        }
        CliError::StalePlan { .. } => Failure::new(ExitCode::Integrity, error.to_string())
            .detail("nothing has been done")
            .hint("look at what has changed, and make a new plan: limbeck plan -o FILE"),
        CliError::PlanForChosen => Failure::new(Usage, error.to_string())
            .hint("`limbeck plan --database NAME -o FILE` makes a plan for some databases"),
        CliError::PlanWithOverride { .. } => Failure::new(Usage, error.to_string())
            .hint("without -o it is shown; what is to be applied must be so in limbeck.toml"),
        CliError::NoDowngradeTarget => Failure::new(Usage, error.to_string())
            .hint("such as: limbeck plan downgrade -1"),
        CliError::SharedTenant { .. }
        | CliError::NotAHead { .. }
        | CliError::DuplicateHeads
        | CliError::OfflineJson
        | CliError::ExtraArgument { .. }
        | CliError::NothingApplied
        | CliError::NothingToEdit { .. }
        | CliError::Name { .. }
        | CliError::ServerOfFiles
        | CliError::Url(_)
        | CliError::AlembicUrl(_)
        | CliError::SqlWithAutogenerate
        | CliError::SqlWithRevision => Failure::new(Usage, error.to_string()),
        CliError::OfflinePurge => Failure::new(Usage, error.to_string())
            .hint("write `DELETE FROM` the version table before the text yourself"),
        CliError::NoAutogenerate { .. } => Failure::new(Usage, error.to_string())
            .hint("Alembic itself can do it on the same project and database"),
        CliError::NoTimezone { .. } | CliError::TenantUrl { .. } => {
            Failure::new(Configuration, error.to_string())
        }
        CliError::OutputEncoding { .. } => Failure::new(Configuration, error.to_string())
            .detail("nothing has been written")
            .hint("leave `output_encoding` out, or set it to utf-8, which Python reads by itself"),
        CliError::NoEntryPoint { hook, .. } => Failure::new(Configuration, error.to_string())
            .detail(format!("for post write hook '{hook}'; nothing has been written"))
            .hint("install it where PATH finds it, or name a program with `type = exec`"),
        CliError::NoModule { hook, .. } => Failure::new(Configuration, error.to_string())
            .detail(format!("for post write hook '{hook}'; nothing has been written"))
            .hint("the Python on PATH must have it; `type = exec` needs no Python"),
        CliError::RegisteredHook { hook, .. } => Failure::new(Configuration, error.to_string())
            .detail(format!("for post write hook '{hook}'; nothing has been written"))
            .hint("a function that env.py registers needs Python: use `type = exec` or `module`"),
        CliError::Hook { program, error: cause, .. } => {
            Failure::new(ExitCode::Failed, error.to_string())
                .detail(format!("{}: {cause}", program.display()))
                .detail("the revision file has been written")
        }
        CliError::IdTooLong { .. } => Failure::new(Usage, error.to_string())
            .hint("`version_num_length` of a database makes longer rows; the default is Alembic's"),
        CliError::SeveralStarts { starts } => {
            Failure::new(Usage, error.to_string()).detail(format!("starts: {}", starts.join(", ")))
        }
        CliError::NoStart => Failure::new(Usage, error.to_string())
            .hint("such as `heads:-1`: without a database, what is applied must be said"),
        CliError::SeveralLocations { locations } => {
            locations.iter().fold(Failure::new(Usage, error.to_string()), |failure, path| {
                failure.detail(short(path))
            })
        }
        CliError::UnknownLocation { locations, .. } => locations
            .iter()
            .fold(Failure::new(Usage, error.to_string()), |failure, path| {
                failure.detail(short(path))
            })
            .hint("add it to `version_locations`"),
        CliError::NoSuchTemplate { .. } => {
            Failure::new(Usage, error.to_string()).hint("`limbeck list_templates` lists them")
        }
        CliError::Adoption(adoption) => {
            let failure = Failure::new(ExitCode::Integrity, error.to_string());
            match adoption {
                AdoptionError::UnknownVersion { .. } => {
                    failure.hint("add the directory of Diesel's migrations to `version_locations`")
                }
                AdoptionError::Gap { .. } => {
                    failure.hint("let Diesel run what is missing first: diesel migration run")
                }
                _ => failure,
            }
        }
        CliError::Fleet(problem) => {
            let failure = Failure::new(problem.code(), problem.to_string());
            problem.hints().into_iter().fold(failure, Failure::hint)
        }
        CliError::Django(problem) => problem
            .details
            .iter()
            .fold(Failure::new(problem.code, error.to_string()), |failure, line| failure.detail(line))
            .hint_if(problem.hint.as_ref()),
        CliError::MissingFile(missing) => missing::file(missing),
        CliError::NoJournaledText { database, reason, rows, .. } => {
            let failure = Failure::new(ExitCode::Integrity, error.to_string());
            let failure = match reason {
                Some(reason) => failure.detail(reason),
                None => failure,
            };
            failure.hint(format!("bring its file back, or {}", missing::set_rows(database, rows)))
        }
        CliError::NotConfirmed { .. } => {
            Failure::new(Usage, error.to_string()).hint("--yes says so without being asked")
        }
        CliError::NotApplied { .. } => Failure::new(Usage, error.to_string())
            .hint("a file that has not been applied may be edited as you like"),
        CliError::AllDone { revision, is_declared } => {
            Failure::new(Usage, error.to_string()).hint(match is_declared {
                true => format!("that all of it took effect, `limbeck stamp {revision}` says"),
                false => format!(
                    "no file declares it, so no run goes on with it: when what it did is undone or \
                     taken over, limbeck journal resolve {revision} --all --as not-done"
                ),
            })
        }
        CliError::NothingInDoubt { .. } | CliError::NotHalfWay { .. } => Failure::new(Usage, error.to_string())
            .hint("`limbeck journal` shows what was begun and how it ended"),
        CliError::NotAsScripts { database, wrong, is_claimed } => wrong
            .iter()
            .fold(
                Failure::new(ExitCode::Integrity, format!("database {database}: {error}")),
                |failure, one| {
                    let state = if one.is_present { "is not there" } else { "is still there" };
                    failure
                        .detail(format!("revision {}: {} {state}", one.revision, object(one)))
                        .at(&one.path, Some(one.position))
                },
            )
            .hint(match is_claimed {
                true => "the version table counts it as applied already, so no run makes it again: \
                         put back by hand what is missing"
                    .to_owned(),
                false => format!(
                    "run the revisions (`limbeck upgrade -d {database}`), or without --verify they \
                     count as applied all the same"
                ),
            }),
        CliError::SeveralDoubts { doubts, choose_with, .. } => doubts
            .iter()
            .fold(Failure::new(Usage, error.to_string()), |failure, doubt| failure.detail(doubt))
            .hint(format!("choose with {choose_with}")),
        CliError::SeveralRevisions { revisions } => {
            Failure::new(Usage, error.to_string()).hint_if(match revisions.is_empty() {
                true => None,
                false => Some(format!("choose one of: {}", revisions.join(", "))),
            })
        }
        CliError::Scratch(problem) => scratch::scratch(problem),
        CliError::NoEditor
        | CliError::Editor { .. }
        | CliError::Listen { .. }
        | CliError::Output(_)
        | CliError::Several { .. } => Failure::new(ExitCode::Failed, error.to_string()),
    }
}

/// An object of the catalog, in words.
fn object(expectation: &Expectation) -> String {
    let CatalogObject { kind, schema, table, name } = &expectation.object;
    let kind = match kind {
        ObjectKind::Table => "table",
        ObjectKind::View => "view",
        ObjectKind::Index => "index",
        ObjectKind::Column => "column",
        ObjectKind::Sequence => "sequence",
        ObjectKind::Schema => "schema",
        ObjectKind::Type => "type",
        ObjectKind::Trigger => "trigger",
        ObjectKind::Constraint => "constraint",
        ObjectKind::ForeignKey => "foreign key",
        ObjectKind::Check => "check",
        ObjectKind::Unique => "unique key",
        ObjectKind::Procedure => "procedure",
        ObjectKind::Function => "function",
        ObjectKind::Event => "event",
    };
    let schema = schema.as_deref().map_or(String::new(), |schema| format!("{schema}."));
    match table {
        Some(table) => format!("{kind} {name} of {schema}{table}"),
        None => format!("{kind} {schema}{name}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::script::ScriptError;

    use super::*;

    #[test]
    fn errors_without_words_of_their_own_have_a_status() {
        for (error, code) in [
            (CliError::NoEditor, ExitCode::Failed),
            (CliError::Output(std::io::ErrorKind::StorageFull.into()), ExitCode::Failed),
            (CliError::DuplicateHeads, ExitCode::Usage),
            (
                CliError::Script(ScriptError::NoUpScript { path: "a1".into() }),
                ExitCode::Configuration,
            ),
            (
                CliError::Script(ScriptError::AlreadyExists { path: "a1.sql".into() }),
                ExitCode::Usage,
            ),
        ] {
            let failure = describe(&error);
            assert_eq!(failure.code, code, "{error}");
            assert_eq!(failure.message, error.to_string());
        }
    }
}
