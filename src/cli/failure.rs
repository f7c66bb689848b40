//! The policy of errors: what each means to a user, where to look, what to do, and the exit
//! status. The one place where facts become words.

use std::path::Path;

use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::diesel_interop::AdoptionError;
use crate::env::ConfigError;
use crate::env::ConfigErrorKind;
use crate::env::RouteError;
use crate::exec::RunErrorKind;
use crate::exec::Undone;
use crate::exec::UnfitScript;
use crate::exec::UnfitScriptKind;
use crate::graph::EdgeKind;
use crate::graph::GraphError;
use crate::script::ScriptError;
use crate::script::SyntaxErrorKind;
use crate::script::sql::SourcePosition;
use crate::script::sql::Statement;
use crate::target::HeadOf;
use crate::target::ParseTargetError;
use crate::target::TargetError;
use crate::ui::Output;

use super::error::CliError;
use super::exit_code::ExitCode;

/// An error in words.
#[derive(Debug)]
struct Failure {
    message: String,
    /// Indented lines below the message: places, source lines, what the server added.
    details: Vec<String>,
    hints: Vec<String>,
    code: ExitCode,
}

impl Failure {
    fn new(code: ExitCode, message: impl Into<String>) -> Self {
        Failure { message: message.into(), details: Vec::new(), hints: Vec::new(), code }
    }

    fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    fn hint_if(self, hint: Option<impl Into<String>>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    fn at(self, path: &Path, position: Option<SourcePosition>) -> Self {
        let path = short(path);
        match position {
            Some(position) => self.detail(format!("--> {path}:{position}")),
            None => self.detail(format!("--> {path}")),
        }
    }

    /// A line of a file with a caret under a column.
    fn source_line(self, line: &str, column: usize) -> Self {
        let line = line.replace('\t', " ");
        let caret = " ".repeat(column.saturating_sub(1));
        self.detail(format!(" |  {line}")).detail(format!(" |  {caret}^"))
    }
}

/// A path as the user would write it: relative to the current directory where it lies below.
fn short(path: &Path) -> String {
    std::env::current_dir()
        .ok()
        .and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned))
        .unwrap_or_else(|| path.to_owned())
        .display()
        .to_string()
}

/// Prints `error` and returns the exit status.
pub(super) fn show(error: &CliError, output: &mut Output<'_>) -> ExitCode {
    if let CliError::Several { total, errors } = error {
        let codes: Vec<ExitCode> = errors.iter().map(|error| show(error, output)).collect();
        return match codes.first() {
            // All failed in the same way: that way says more than "some failed".
            Some(first) if codes.len() == *total && codes.iter().all(|c| c == first) => *first,
            // Nothing failed: the answer to what was asked is "not yet".
            Some(_) if codes.iter().all(|c| *c == ExitCode::Pending) => ExitCode::Pending,
            // A signal stops the whole command, however far each database has come.
            Some(_) if errors.iter().any(is_interrupted) => ExitCode::Interrupted,
            _ => ExitCode::Partial,
        };
    }
    let failure = describe(error);
    output.insist(format_args!("error: {}", failure.message));
    for line in &failure.details {
        output.insist(format_args!("  {line}"));
    }
    for hint in &failure.hints {
        output.insist(format_args!("hint: {hint}"));
    }
    failure.code
}

fn is_interrupted(error: &CliError) -> bool {
    matches!(error, CliError::Run { error, .. } if matches!(*error.kind, RunErrorKind::Interrupted))
}

/// `error` as JSON.
pub(super) fn as_json(error: &CliError) -> serde_json::Value {
    let failure = describe(error);
    let database = match error {
        CliError::Database { database, .. }
        | CliError::Run { database, .. }
        | CliError::NotAtHeads { database, .. } => Some(database),
        _ => None,
    };
    serde_json::json!({
        "database": database,
        "message": failure.message,
        "details": failure.details,
        "hints": failure.hints,
        "exit_code": failure.code as u8,
    })
}

fn describe(error: &CliError) -> Failure {
    match error {
        CliError::Config(error) => config(error),
        CliError::Script(error) => script(error),
        CliError::Graph(error) => graph(error),
        CliError::Route(error) => route(error),
        CliError::ParseTarget(error) => parse_target(error),
        CliError::Target(error) => target(error),
        CliError::Database { database, url, error } => self::database(database, url, error),
        CliError::Run { database, error } => run(database, &error.kind),
        _ => plain(error),
    }
}

fn plain(error: &CliError) -> Failure {
    use ExitCode::Configuration;
    use ExitCode::Usage;
    match error {
        CliError::NoConfig { has_alembic_ini, .. } => {
            let failure = Failure::new(Configuration, error.to_string())
                .hint("`limbeck init` sets a project up; `-c FILE` names another configuration");
            if *has_alembic_ini {
                failure.hint("there is an alembic.ini here: Alembic's own files are not read yet")
            } else {
                failure
            }
        }
        CliError::ForeignConfig { .. } => Failure::new(Configuration, error.to_string())
            .hint("write a limbeck.toml; Alembic's own files are not read yet"),
        CliError::NoDatabase => Failure::new(Configuration, error.to_string())
            .hint("add `[databases.main]` with a `url`, or give --url"),
        CliError::NoSuchDatabase { known, .. } => {
            Failure::new(Usage, error.to_string()).hint(format!("there are: {}", known.join(", ")))
        }
        CliError::UrlForSeveral { names } => Failure::new(Usage, error.to_string())
            .hint(format!("choose with --database one of: {}", names.join(", "))),
        CliError::NotRouted { .. } => Failure::new(Usage, error.to_string()).hint(
            "`branches` of a database in the configuration says which branches it takes; \
             --database may have left out the one that takes this",
        ),
        CliError::RowNotRouted { labels, .. } => {
            let labels: Vec<&str> = labels.iter().map(AsRef::as_ref).collect();
            Failure::new(ExitCode::Integrity, error.to_string()).hint(match labels.is_empty() {
                true => "give its branch a label, and the database that label in `branches`".into(),
                false => format!(
                    "add {} to the `branches` of the database, or take the row out with \
                     `limbeck stamp --purge REVISION`",
                    labels.join(" or ")
                ),
            })
        }
        CliError::DatabaseNotChosen { names, .. } => Failure::new(Usage, error.to_string())
            .hint(format!("add --database with one of: {}", names.join(", "))),
        CliError::NotAtHeads { database, missing } => {
            Failure::new(ExitCode::Pending, error.to_string())
                .detail(format!("database {database} misses {}", heads(missing)))
                .hint("`limbeck upgrade` applies what is missing")
        }
        CliError::NotAHead { .. }
        | CliError::DuplicateHeads
        | CliError::IdTooLong { .. }
        | CliError::ExtraArgument { .. }
        | CliError::NothingApplied
        | CliError::NothingToEdit { .. }
        | CliError::Name { .. }
        | CliError::Url(_) => Failure::new(Usage, error.to_string()),
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
        _ => Failure::new(ExitCode::Failed, error.to_string()),
    }
}

fn config(error: &ConfigError) -> Failure {
    let mut failure =
        Failure::new(ExitCode::Configuration, error.to_string()).at(&error.path, error.position);
    if let (Some(line), Some(position)) = (&error.line, error.position) {
        failure = failure.source_line(line, position.column);
    }
    match &error.kind {
        ConfigErrorKind::UnknownKey { nearest: Some(nearest), .. } => {
            failure.hint(format!("did you mean `{nearest}`?"))
        }
        ConfigErrorKind::MissingVariables { .. } => {
            failure.hint("set it in the environment, or write a default: ${NAME:-value}")
        }
        _ => failure,
    }
}

fn script(error: &ScriptError) -> Failure {
    let failure = Failure::new(ExitCode::Configuration, error.to_string());
    match error {
        ScriptError::Syntax(syntax) => {
            // Of a wrong name Alembic says no more than what is wrong with it; the line shows
            // in which key it stands.
            let message = match &syntax.kind {
                SyntaxErrorKind::Name { source, .. } => source.to_string(),
                kind => kind.to_string(),
            };
            Failure::new(ExitCode::Configuration, message)
                .at(&syntax.path, Some(syntax.position))
                .source_line(&syntax.line, syntax.position.column)
        }
        ScriptError::Io { source, .. } => {
            Failure { code: ExitCode::Failed, ..failure }.detail(source.to_string())
        }
        ScriptError::UnreadableRendering { source, .. } => failure
            .detail(format!("in the text it gives, at {}: {}", source.position, source.kind))
            .source_line(&source.line, source.position.column),
        ScriptError::FileName { source, .. } => with_causes(failure, source),
        ScriptError::DieselVersion { source, .. } => with_causes(failure, source),
        ScriptError::DirectoryNotEmpty { .. } | ScriptError::AlreadyExists { .. } => {
            Failure { code: ExitCode::Usage, ..failure }
        }
        _ => failure,
    }
}

/// Adds an error and what it comes from, a line each.
fn with_causes(failure: Failure, error: &dyn std::error::Error) -> Failure {
    let mut failure = failure.detail(error.to_string());
    let mut cause = error.source();
    while let Some(error) = cause {
        failure = failure.detail(error.to_string());
        cause = error.source();
    }
    failure
}

fn graph(error: &GraphError) -> Failure {
    let failure = Failure::new(ExitCode::Integrity, error.to_string());
    match error {
        GraphError::DuplicateRevision { first, second, .. } => failure
            .at(first, None)
            .at(second, None)
            .hint("give one of them another `revision`, and correct what refers to it"),
        GraphError::DuplicateLabel { first, second, .. } => {
            failure.at(&first.path, None).at(&second.path, None)
        }
        GraphError::UnknownReference { revision, nearest, .. } => failure
            .at(&revision.path, None)
            .hint_if(nearest.as_ref().map(|nearest| format!("did you mean {nearest}?"))),
        GraphError::AmbiguousDependency { revision, candidates, .. } => {
            let ids: Vec<&str> = candidates.iter().map(AsRef::as_ref).collect();
            failure.at(&revision.path, None).hint(format!("it could be: {}", ids.join(", ")))
        }
        GraphError::SelfLoop { revision, .. } => failure.at(&revision.path, None),
        GraphError::Cycle { members, .. } => {
            members.iter().fold(failure, |failure, member| failure.at(&member.path, None))
        }
    }
}

fn route(error: &RouteError) -> Failure {
    match error {
        RouteError::Graph(error) => graph(error),
        RouteError::NoSuchBranch { nearest, .. } => {
            Failure::new(ExitCode::Configuration, error.to_string())
                .hint(format!("did you mean '{nearest}'?"))
        }
        RouteError::Foreign { revision, labels, edge, .. } => {
            let failure =
                Failure::new(ExitCode::Configuration, error.to_string()).at(&revision.path, None);
            let labels: Vec<String> = labels.iter().map(|label| format!("'{label}'")).collect();
            let failure = failure
                .hint(format!("add {} to the `branches` of the database", labels.join(" or ")));
            match edge {
                EdgeKind::DependsOn => failure,
                EdgeKind::DownRevision => failure.hint(
                    "or merge the heads of one database only: limbeck merge heads --database NAME \
                     -m MESSAGE",
                ),
            }
        }
    }
}

fn parse_target(error: &ParseTargetError) -> Failure {
    let failure = Failure::new(ExitCode::Usage, error.to_string());
    match error {
        ParseTargetError::TrailingText { text, column } => failure.source_line(text, *column),
        _ => failure,
    }
}

fn heads(heads: &[HeadOf]) -> String {
    let texts: Vec<String> = heads
        .iter()
        .map(|head| {
            let labels: Vec<&str> = head.labels.iter().map(AsRef::as_ref).collect();
            match labels.is_empty() {
                true => head.id.to_string(),
                false => format!("{} ({})", head.id, labels.join(", ")),
            }
        })
        .collect();
    texts.join(", ")
}

/// Targets that say the same for each head: `label@WHAT`, or `id@WHAT` where there is no label
/// that only this head has.
fn targets_for_each(all: &[HeadOf], what: &str) -> Vec<String> {
    all.iter()
        .map(|head| {
            let own = head
                .labels
                .iter()
                .find(|label| all.iter().filter(|other| other.labels.contains(label)).count() == 1);
            match own {
                Some(label) => format!("{label}@{what}"),
                None => format!("{}@{what}", head.id),
            }
        })
        .collect()
}

/// The same, as a list in a sentence.
fn narrowed(all: &[HeadOf], what: &str) -> String {
    let texts: Vec<String> =
        targets_for_each(all, what).iter().map(|target| format!("'{target}'")).collect();
    texts.join(", ")
}

fn target(error: &TargetError) -> Failure {
    let usage = || Failure::new(ExitCode::Usage, error.to_string());
    let integrity = || Failure::new(ExitCode::Integrity, error.to_string());
    match error {
        TargetError::NoSuchRevision { text, nearest } => {
            let word = crate::graph::nearest(text, ["head", "heads", "base", "current"]);
            let nearest = nearest.as_deref().or(word);
            let failure =
                usage().hint_if(nearest.map(|nearest| format!("did you mean '{nearest}'?")));
            if nearest.is_none() && text.chars().count() < 4 {
                failure.hint("an abbreviation needs at least four characters to be safe")
            } else {
                failure
            }
        }
        TargetError::AmbiguousPrefix { candidates, .. } => {
            usage().hint(format!("it could be: {}", candidates.join(", ")))
        }
        TargetError::NoSuchBranch { nearest, labels, .. } => {
            let labels: Vec<&str> = labels.iter().map(AsRef::as_ref).collect();
            usage()
                .hint_if(nearest.as_ref().map(|nearest| format!("did you mean '{nearest}'?")))
                .hint(match labels.is_empty() {
                    true => "no revision has a branch label".to_owned(),
                    false => format!("the branch labels are: {}", labels.join(", ")),
                })
        }
        TargetError::NotInBranch { id, branch, .. } => {
            usage().hint(format!("revision {id} is not a member of branch '{branch}'"))
        }
        TargetError::FormNotAllowed { text } => {
            usage().hint(format!("'{text}' has no meaning for this command"))
        }
        TargetError::MultipleHeads { heads: all, .. }
        | TargetError::MultipleHeadsToStamp { heads: all } => {
            let branch = match error {
                TargetError::MultipleHeads { argument, .. } => argument.rsplit_once('@'),
                _ => None,
            };
            let heads_of_branch = branch.map_or("heads".to_owned(), |(b, _)| format!("{b}@heads"));
            integrity().detail(format!("the heads are {}", heads(all))).hint(format!(
                "use {} or '{heads_of_branch}', or join them: limbeck merge {} -m MESSAGE",
                narrowed(all, "head"),
                targets_for_each(all, "head").join(" ")
            ))
        }
        TargetError::MultipleHeadsForRevision { heads: all } => integrity()
            .detail(format!("the heads are {}", heads(all)))
            .hint(format!("give --head with one of {}", narrowed(all, "head"))),
        TargetError::AmbiguousWalk { at, candidates } => {
            let at = at.as_ref().map_or_else(|| "the base".to_owned(), ToString::to_string);
            usage().hint(format!(
                "from {at} the ways are {}: name the one you mean",
                heads(candidates)
            ))
        }
        TargetError::AmbiguousUpgrade { rows } => {
            usage().hint(format!("say which: {}", narrowed(rows, "+1")))
        }
        TargetError::AmbiguousDowngrade { rows, relative } => {
            let steps = relative.rsplit('@').next().unwrap_or(relative);
            usage()
                .detail(format!("the database is at {}", heads(rows)))
                .hint(format!("say which: {}", narrowed(rows, steps)))
        }
        TargetError::BranchNotApplied { rows, .. }
        | TargetError::NotADowngradeTarget { rows, .. } => usage().hint(match rows.is_empty() {
            true => "nothing is applied".to_owned(),
            false => format!("the database is at {}", heads(rows)),
        }),
        TargetError::Overlap { .. } => integrity().hint(
            "rows of the version table follow one another; `limbeck stamp --purge REVISION` \
             sets them right",
        ),
        TargetError::UnknownRow { nearest, .. } => integrity()
            .hint_if(nearest.as_ref().map(|nearest| format!("did you mean '{nearest}'?")))
            .hint(
                "it is a row of the version table that no file declares: another checkout may have \
                 applied it. Check that one out, or set the row with `limbeck stamp --purge REVISION`",
            ),
        TargetError::TooFar { .. } | TargetError::WalkedTooFar => usage().hint(
            "the history ends before that: `limbeck current` shows where the database is, `limbeck \
             history` what there is",
        ),
        TargetError::NothingOfBranch { .. } | TargetError::UnrelatedRange { .. } => usage(),
    }
}

fn database_code(kind: &DatabaseErrorKind) -> ExitCode {
    match kind {
        DatabaseErrorKind::Unreachable
        | DatabaseErrorKind::Authentication
        | DatabaseErrorKind::NoSuchDatabase => ExitCode::Unreachable,
        DatabaseErrorKind::Busy => ExitCode::Locked,
        DatabaseErrorKind::Corrupt => ExitCode::Integrity,
        DatabaseErrorKind::Unsupported => ExitCode::Configuration,
        DatabaseErrorKind::VersionRowMoved(_) | DatabaseErrorKind::Statement => ExitCode::Failed,
    }
}

fn with_server_words(failure: Failure, error: &DatabaseError) -> Failure {
    let failure = match &error.detail {
        Some(detail) => failure.detail(format!("detail: {detail}")),
        None => failure,
    };
    failure.hint_if(error.hint.as_deref())
}

fn database(name: &str, url: &str, error: &DatabaseError) -> Failure {
    let failure = Failure::new(database_code(&error.kind), format!("database {name}: {error}"))
        .detail(format!("--> {url}"));
    let failure = with_server_words(failure, error);
    match kind_hint(error) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// What to do about a kind of error, where that can be said without knowing more.
fn kind_hint(error: &DatabaseError) -> Option<&'static str> {
    match &error.kind {
        DatabaseErrorKind::NoSuchDatabase => Some("create the database first"),
        DatabaseErrorKind::Authentication => Some("check the user and the password"),
        DatabaseErrorKind::Busy => {
            Some("another connection is writing; run the same command again when it has finished")
        }
        DatabaseErrorKind::Corrupt if error.message.contains("version table") => Some(
            "limbeck did not write that; `limbeck stamp --purge REVISION` empties the version \
             table and sets it right",
        ),
        DatabaseErrorKind::VersionRowMoved(_) => Some(
            "another program, or the script itself, has changed the version table; `limbeck \
             current` shows what it says now",
        ),
        DatabaseErrorKind::Unreachable
        | DatabaseErrorKind::Corrupt
        | DatabaseErrorKind::Unsupported
        | DatabaseErrorKind::Statement => None,
    }
}

fn run(name: &str, error: &RunErrorKind) -> Failure {
    match error {
        RunErrorKind::Target(error) => {
            let failure = target(error);
            Failure { message: error.to_string(), ..failure }.detail(format!("in database {name}"))
        }
        RunErrorKind::Script(error) => unfit(error),
        RunErrorKind::NotTakenOver { versions } => {
            let ids: Vec<&str> = versions.iter().map(AsRef::as_ref).collect();
            Failure::new(ExitCode::Integrity, format!("database {name}: {error}"))
                .detail(format!("__diesel_schema_migrations has {}", ids.join(", ")))
                .hint("`limbeck import diesel` takes it over, once for each database")
        }
        RunErrorKind::LockTimeout { .. } => {
            Failure::new(ExitCode::Locked, format!("database {name}: {error}"))
                .hint("--lock-wait SECONDS waits longer")
        }
        RunErrorKind::Database { error: inner } => {
            let failure =
                Failure::new(database_code(&inner.kind), format!("database {name}: {error}"));
            with_server_words(failure, inner).hint_if(kind_hint(inner))
        }
        RunErrorKind::Statement(failure) => {
            let code = match failure.error.kind {
                DatabaseErrorKind::Busy => ExitCode::Locked,
                DatabaseErrorKind::Unreachable => ExitCode::Unreachable,
                _ => ExitCode::Failed,
            };
            let words = Failure::new(code, format!("database {name}: {error}"))
                .at(&failure.path, Some(failure.position));
            let words = statement_line(words, &failure.statement, failure.position);
            with_server_words(words, &failure.error).hint(match failure.undone {
                Undone::Revision => format!("revision {} was rolled back", failure.revision),
                Undone::Run => "the whole run was rolled back".to_owned(),
                Undone::Nothing => format!(
                    "revision {} runs outside a transaction: what came before the statement is \
                     done, and a rerun continues at it",
                    failure.revision
                ),
            })
        }
        RunErrorKind::Commit { revision, path, error: inner } => {
            let words = Failure::new(
                database_code(&inner.kind),
                format!("database {name}: revision {revision} could not be committed: {error}"),
            )
            .at(path, None);
            with_server_words(words, inner)
                .hint(format!("revision {revision} was rolled back"))
                .hint_if(kind_hint(inner))
        }
        RunErrorKind::Interrupted => {
            Failure::new(ExitCode::Interrupted, format!("database {name}: {error}"))
                .hint("what was not finished was rolled back; run the same command to continue")
        }
        RunErrorKind::InDoubt { path, statement, .. } => {
            let words = Failure::new(ExitCode::Interrupted, format!("database {name}: {error}"))
                .at(path, Some(statement.position));
            statement_line(words, statement, statement.position).hint(
                "look whether it took effect, then run again with --in-doubt skip if it did, \
                 --in-doubt rerun if it did not",
            )
        }
        RunErrorKind::EditedWhileUnfinished { path, .. } => {
            Failure::new(ExitCode::Integrity, format!("database {name}: {error}"))
                .at(path, None)
                .hint("restore the statements that have run; those after them may change")
        }
    }
}

fn unfit(error: &UnfitScript) -> Failure {
    let mut what = error.to_string();
    if let Some(position) = error.position {
        // The place has a line of its own.
        what = what.strip_prefix(&format!("{position}: ")).unwrap_or(&what).to_owned();
    }
    let message = format!("revision {}: {what}", error.revision);
    let mut failure = Failure::new(ExitCode::Configuration, message);
    if !error.path.as_os_str().is_empty() {
        failure = failure.at(&error.path, error.position);
    }
    if let (Some(statement), Some(position)) = (&error.statement, error.position) {
        failure = statement_line(failure, statement, position);
    }
    match &error.kind {
        UnfitScriptKind::TransactionControl { .. } => failure
            .hint("remove it: a revision is one transaction, or none with `transaction = false`"),
        UnfitScriptKind::RefusesTransaction { .. } => {
            failure.hint("set `transaction = false` in the front matter")
        }
        // A directory as Diesel writes them has files in the place of sections.
        UnfitScriptKind::NoSection { .. } if error.path.extension().is_none() => {
            failure.hint("add a down.sql; empty if nothing is to be done")
        }
        UnfitScriptKind::NoSection { direction, dialect } => failure.hint(format!(
            "add `--- {direction}` or `--- {direction} {dialect}`; empty if nothing is to be done"
        )),
        UnfitScriptKind::OtherDatabases { .. } => failure.hint(
            "`databases` of a revision and `branches` of a database must agree: put the revision \
             on a branch that only its databases take",
        ),
        UnfitScriptKind::OutsideRunTransaction => {
            failure.hint("set `transaction_mode = \"revision\"`, or split the run")
        }
        _ => failure,
    }
}

/// The line of `statement` that stands at `position`, with a caret.
fn statement_line(failure: Failure, statement: &Statement, position: SourcePosition) -> Failure {
    let index = position.line.saturating_sub(statement.position.line);
    let Some(line) = statement.text.lines().nth(index) else {
        return failure;
    };
    // The first line of a statement may begin in the middle of a line of the file.
    let skipped = if index == 0 { statement.position.column - 1 } else { 0 };
    failure.source_line(line, position.column.saturating_sub(skipped))
}
