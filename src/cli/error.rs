//! Everything that can end a command.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use limbeck_alembic::python::Position;
use limbeck_schema::Dialect;

use super::db_error::DbError;
use super::django::DjangoProblem;
use super::fleet::FleetProblem;
use super::prove::ScratchProblem;
use super::seeds::SeedProblem;
use crate::db::CopyError;
use crate::db::DatabaseError;
use crate::db::UrlError;
use crate::diesel_interop::AdoptionError;
use crate::env::ConfigError;
use crate::env::ConfigErrorKind;
use crate::env::ConfigFilesError;
use crate::env::RouteError;
use crate::env::TenantUrlError;
use crate::env::shown;
use crate::exec::Expectation;
use crate::exec::RunError;
use crate::exec::RunErrorKind;
use crate::graph::GraphError;
use crate::graph::NameError;
use crate::graph::RevisionId;
use crate::plan::Unmet;
use crate::script::LoadError;
use crate::script::ScriptError;
use crate::script::sql::SourcePosition;
use crate::target::HeadOf;
use crate::target::ParseTargetError;
use crate::target::TargetError;

use super::missing_file::MissingFile;
use super::missing_file::Rows;
use super::not_routed::Reason;
use super::plan_file::PlanChange;
use super::plan_file::PlanFileError;
use super::repeatables::RepeatProblem;

/// Why a command ends without success, as facts; `failure` turns them into words.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error(transparent)]
    Config(#[from] Arc<ConfigError>),
    /// What the configuration lacks to tell where one database is.
    #[error("database {database}: {error}")]
    Unconfigured { database: String, error: Arc<ConfigError> },
    #[error(transparent)]
    ConfigFiles(#[from] ConfigFilesError),
    #[error("the configuration names no database")]
    NoDatabase,
    #[error("there is no database `{name}` in the configuration")]
    NoSuchDatabase { name: String, known: Vec<String> },
    #[error("there is no tenant `{}`", shown(.name))]
    NoSuchTenant { name: String },
    #[error("no chosen database has tenants")]
    NoTenants,
    #[error("tenant {database} has a database of its own")]
    TenantOfItsOwn { database: String },
    #[error(
        "tenant {database} has a database of its own, and that can be copied only where it is a SQLite file, as a whole"
    )]
    TenantOfOwnDatabase { database: String },
    #[error("tenant {database} is there already")]
    TenantThere { database: String },
    #[error("tenant {database} cannot be copied: {error}")]
    TenantCopy { database: String, error: Box<CopyError> },
    #[error(
        "database {database}: wave {wave} does not begin: its check does not say true: {check}"
    )]
    WaveCheck { database: String, wave: usize, check: String },
    #[error(
        "database {database}: paused before wave {wave} of {count} tenants, {}",
        match failed {
            0 => "which nobody has approved of".to_owned(),
            failed => format!("since {failed} have failed before it"),
        }
    )]
    WavePaused { database: String, wave: usize, count: usize, failed: usize },
    #[error("--shared leaves tenants alone, and -d {name} is one")]
    SharedTenant { name: String },
    #[error(
        "limbeck {command} is about files, which are the same for every tenant: --tenant, --tenants \
         and --shared mean nothing here"
    )]
    NoMatterOfTenants { command: &'static str },
    #[error(transparent)]
    Repeatable(#[from] RepeatProblem),
    #[error("limbeck {command} works on whole databases, not on tenants")]
    NotForTenants { command: &'static str },
    #[error("{} `{}` of tenant {database} does not exist", match .dialect {
        Dialect::Mysql => "the database",
        Dialect::Postgresql | Dialect::Sqlite => "the schema",
    }, shown(.schema))]
    TenantMissing { database: String, schema: String, dialect: Dialect },
    #[error("the tenants of database {database} cannot be listed: {error}")]
    TenantList { database: String, error: DatabaseError },
    #[error("tenant `{}` of database {database}: {error}", shown(.tenant))]
    TenantUrl { database: String, tenant: String, error: TenantUrlError },
    #[error("--url needs exactly one database, but {} are chosen", names.len())]
    UrlForSeveral { names: Vec<String> },
    #[error("--host and --port are for servers, and the chosen databases are files")]
    ServerOfFiles,
    #[error("--url: {0}")]
    Url(#[from] UrlError),
    #[error("--url: {0}")]
    AlembicUrl(#[from] ConfigErrorKind),
    // Its value may be a secret.
    #[error("-x {key}=... has no meaning here: only db=NAME is read")]
    ExtraArgument { key: String },
    #[error(
        "database {database}: env.py hands arguments to context.configure that only running it \
         would show, and the version table may be another one than {table}, which is empty"
    )]
    UncertainTable { database: String, table: String, env: PathBuf },
    #[error("env.py configures {name} otherwise for --sql than for a run, which limbeck does not")]
    OtherOffline { name: String, path: PathBuf, line: usize },
    #[error("{} cannot be written as SQL", unconverted(.0))]
    NotConverted(Vec<Unconverted>),
    #[error("{} is no Alembic project", path.display())]
    NotAlembic { path: PathBuf },
    #[error("-x {key}=... is for env.py, which limbeck does not run")]
    EnvArgument { key: String, path: PathBuf, position: Position },
    #[error("database {database} is at revision {id}, {}", match .reason {
        Reason::OtherBranch { .. } => "whose branch it does not take",
        Reason::Narrowed { .. } => "which does not run there",
    })]
    RowNotRouted {
        database: String,
        id: RevisionId,
        reason: Reason,
        /// What of the database's own revisions lies below its rows.
        below: Option<Vec<RevisionId>>,
    },
    #[error("{}", match .takers.is_empty() {
        true => format!("no database takes the branch of '{target}'"),
        false => format!("'{target}' is not routed to {}", databases(.reasons)),
    })]
    NotRouted {
        target: String,
        /// The databases that were asked, and why they do not take it.
        reasons: Vec<(String, Reason)>,
        /// The databases that take it.
        takers: Vec<String>,
    },
    #[error("these are the heads of several databases, which no revision can merge")]
    MergeAcross { databases: Vec<(String, Vec<RevisionId>)> },
    #[error("revision {id} would take revisions away from {}", match .taken.as_slice() {
        [(name, _)] => format!("database {name}"),
        _ => "databases".to_owned(),
    })]
    TakesAway {
        id: RevisionId,
        path: PathBuf,
        /// What each database would lose.
        taken: Vec<(String, Vec<RevisionId>)>,
    },
    #[error("no database takes all of '{targets}'")]
    NoCommonDatabase { targets: String },
    #[error("{error}")]
    Fork {
        database: String,
        error: TargetError,
        heads: Vec<HeadOf>,
        files: Vec<PathBuf>,
        /// The command that no target was given.
        without_target: Option<&'static str>,
    },
    #[error("{command} with several databases needs one of them named")]
    DatabaseNotChosen { command: &'static str, names: Vec<String> },
    #[error(transparent)]
    Script(#[from] ScriptError),
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error(transparent)]
    Route(#[from] RouteError),
    #[error(transparent)]
    ParseTarget(#[from] ParseTargetError),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error("{source}")]
    Name {
        #[from]
        source: NameError,
    },
    #[error("{error}")]
    Database { database: String, url: String, error: DatabaseError },
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("{error}")]
    Run { database: String, error: RunError },
    #[error("{} of {total} databases failed", .errors.len())]
    Several { total: usize, errors: Vec<CliError> },
    #[error("database {database}: {unmet}")]
    Unmet {
        database: String,
        unmet: Unmet,
        /// Why the other database could not be read.
        cause: Option<String>,
        /// The command that makes the other database fit.
        command: Option<String>,
    },
    #[error("{}: {problem}", path.display())]
    PlanFile { path: PathBuf, problem: PlanFileError },
    #[error("the plan does not fit database {database} any more: {change}")]
    StalePlan { database: String, change: PlanChange },
    #[error("a plan runs on its own databases: --database and -x db= mean nothing here")]
    PlanForChosen,
    #[error(
        "a plan for chosen databases that is made with {flag} could not be applied: `limbeck \
         apply` finds its databases in the configuration"
    )]
    PlanWithOverride { flag: String },
    #[error("a downgrade needs a target")]
    NoDowngradeTarget,
    #[error("no database takes {}", match .heads.as_slice() {
        [head] => format!("revision {}: its branch is never run", head.id),
        heads => {
            let ids: Vec<&str> = heads.iter().map(|head| head.id.as_str()).collect();
            format!("revisions {}: their branches are never run", ids.join(", "))
        }
    })]
    Unrouted { heads: Vec<HeadOf> },
    #[error("Database is not on all head revisions")]
    NotAtHeads { database: String, missing: Vec<HeadOf> },
    #[error(
        "Revision {id} is not a head revision; please specify --splice to create a new branch \
         from this revision"
    )]
    NotAHead { id: RevisionId },
    #[error("revision identifier '{id}' is longer than the {longest} characters of a version row")]
    IdTooLong { id: RevisionId, longest: usize },
    #[error("Stamp operation with --sql only supports a single starting revision at a time")]
    SeveralStarts { starts: Vec<String> },
    #[error("Can't use --purge with --sql mode")]
    OfflinePurge,
    #[error("downgrade with --sql requires <fromrev>:<torev>")]
    NoStart,
    #[error("--json has no meaning with --sql, whose result is SQL")]
    OfflineJson,
    #[error("Duplicate head revisions specified")]
    DuplicateHeads,
    #[error("Multiple version locations present, please specify --version-path")]
    SeveralLocations { locations: Vec<PathBuf> },
    #[error("Path {} is not represented in current version locations", path.display())]
    UnknownLocation { path: PathBuf, locations: Vec<PathBuf> },
    #[error("No such template {name}")]
    NoSuchTemplate { name: String },
    #[error("No revision files indicated by symbol '{target}'")]
    NothingToEdit { target: String },
    #[error("No current revisions")]
    NothingApplied,
    #[error("no editor: set EDITOR")]
    NoEditor,
    #[error("Error executing editor ({command}: {reason})")]
    Editor { command: String, reason: String },
    #[error("Could not find entrypoint console_scripts.{entrypoint}")]
    NoEntryPoint { hook: String, entrypoint: String },
    #[error("Could not find module {module}")]
    NoModule { hook: String, module: String },
    #[error("No formatter with name '{kind}' registered")]
    RegisteredHook { hook: String, kind: String },
    #[error("post write hook '{hook}' cannot be run")]
    Hook { hook: String, program: PathBuf, error: io::Error },
    #[error("Using --sql with --autogenerate does not make any sense")]
    SqlWithAutogenerate,
    #[error(
        "Using --sql with the revision command when revision_environment is not configured does not make any sense"
    )]
    SqlWithRevision,
    #[error("{what} needs the project's models, which this version of limbeck does not read")]
    NoAutogenerate { what: &'static str },
    #[error("Can't locate timezone: {name}")]
    NoTimezone { name: String },
    #[error("output_encoding is '{encoding}', and new revision files are written in UTF-8")]
    OutputEncoding { encoding: String },
    #[error(transparent)]
    Adoption(AdoptionError),
    #[error(transparent)]
    Django(#[from] Box<DjangoProblem>),
    #[error(transparent)]
    Seed(#[from] Box<SeedProblem>),
    #[error(transparent)]
    Fleet(#[from] Box<FleetProblem>),
    #[error("{}", .0.error)]
    MissingFile(Box<MissingFile>),
    #[error("the journal of database {database} has no text of revision {revision}")]
    NoJournaledText { database: String, revision: RevisionId, reason: Option<String>, rows: Rows },
    #[error("there is nobody to ask: {question}")]
    NotConfirmed { question: String },
    #[error("revision {revision} is not applied")]
    NotApplied { revision: RevisionId },
    #[error(
        "{} of revision {revision} is in doubt",
        .statement.map_or_else(|| "no statement".to_owned(), |n| format!("no statement {n}"))
    )]
    NothingInDoubt { revision: RevisionId, statement: Option<u32> },
    #[error("revision {revision} has not stopped half-way")]
    NotHalfWay { revision: RevisionId },
    #[error("--all goes with `--as not-done` only")]
    AllDone {
        revision: RevisionId,
        /// Whether a file declares it.
        is_declared: bool,
    },
    #[error("the database is not as the scripts of the revisions would leave it")]
    NotAsScripts {
        database: String,
        wrong: Vec<Expectation>,
        /// Whether the version table counts some of their revisions as applied already.
        is_claimed: bool,
    },
    #[error("several statements of revision {revision} are in doubt")]
    SeveralDoubts {
        revision: RevisionId,
        doubts: Vec<String>,
        /// The arguments that tell them apart.
        choose_with: &'static str,
    },
    #[error("one revision is needed, not {}", .revisions.len())]
    SeveralRevisions { revisions: Vec<String> },
    #[error(transparent)]
    Scratch(ScratchProblem),
    #[error("cannot listen on {address}: {error}")]
    Listen { address: SocketAddr, error: io::Error },
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

/// A revision that cannot be written as SQL.
#[derive(Debug)]
pub(super) struct Unconverted {
    pub(super) revision: RevisionId,
    pub(super) path: PathBuf,
    pub(super) position: Option<SourcePosition>,
    /// The dialect for which it cannot, where that matters.
    pub(super) dialect: Option<Dialect>,
    pub(super) reason: String,
}

fn unconverted(revisions: &[Unconverted]) -> String {
    match revisions {
        [one] => format!("revision {}", one.revision),
        several => format!("{} revisions", several.len()),
    }
}

fn databases(reasons: &[(String, Reason)]) -> String {
    let names: Vec<&str> = reasons.iter().map(|(name, _)| name.as_str()).collect();
    let word = if names.len() == 1 { "database" } else { "databases" };
    format!("{word} {}", names.join(", "))
}

impl CliError {
    /// The database that it is about, where it is about one.
    pub(super) fn database(&self) -> Option<&str> {
        match self {
            CliError::Database { database, .. }
            | CliError::Unconfigured { database, .. }
            | CliError::Run { database, .. }
            | CliError::UncertainTable { database, .. }
            | CliError::Fork { database, .. }
            | CliError::RowNotRouted { database, .. }
            | CliError::NotAsScripts { database, .. }
            | CliError::NoJournaledText { database, .. }
            | CliError::Unmet { database, .. }
            | CliError::StalePlan { database, .. }
            | CliError::TenantMissing { database, .. }
            | CliError::TenantList { database, .. }
            | CliError::TenantUrl { database, .. }
            | CliError::TenantOfItsOwn { database }
            | CliError::TenantOfOwnDatabase { database }
            | CliError::TenantThere { database }
            | CliError::TenantCopy { database, .. }
            | CliError::WaveCheck { database, .. }
            | CliError::WavePaused { database, .. }
            | CliError::NotAtHeads { database, .. } => Some(database),
            CliError::Db(error) => error.database().map(String::as_str),
            CliError::Seed(problem) => problem.database(),
            CliError::MissingFile(missing) => Some(&missing.database),
            CliError::Config(_)
            | CliError::ConfigFiles(_)
            | CliError::NoDatabase
            | CliError::NoSuchDatabase { .. }
            | CliError::NoSuchTenant { .. }
            | CliError::NoTenants
            | CliError::SharedTenant { .. }
            | CliError::NoMatterOfTenants { .. }
            | CliError::Repeatable(_)
            | CliError::NotForTenants { .. }
            | CliError::UrlForSeveral { .. }
            | CliError::ServerOfFiles
            | CliError::Url(_)
            | CliError::AlembicUrl(_)
            | CliError::ExtraArgument { .. }
            | CliError::OtherOffline { .. }
            | CliError::NotAlembic { .. }
            | CliError::NotConverted(_)
            | CliError::EnvArgument { .. }
            | CliError::NotRouted { .. }
            | CliError::MergeAcross { .. }
            | CliError::TakesAway { .. }
            | CliError::Unrouted { .. }
            | CliError::NoCommonDatabase { .. }
            | CliError::DatabaseNotChosen { .. }
            | CliError::Script(_)
            | CliError::Graph(_)
            | CliError::Route(_)
            | CliError::ParseTarget(_)
            | CliError::Target(_)
            | CliError::Name { .. }
            | CliError::Several { .. }
            | CliError::PlanFile { .. }
            | CliError::PlanForChosen
            | CliError::PlanWithOverride { .. }
            | CliError::NoDowngradeTarget
            | CliError::NotAHead { .. }
            | CliError::IdTooLong { .. }
            | CliError::SeveralStarts { .. }
            | CliError::OfflinePurge
            | CliError::NoStart
            | CliError::OfflineJson
            | CliError::DuplicateHeads
            | CliError::SeveralLocations { .. }
            | CliError::UnknownLocation { .. }
            | CliError::NoSuchTemplate { .. }
            | CliError::NothingToEdit { .. }
            | CliError::NothingApplied
            | CliError::NoEditor
            | CliError::Editor { .. }
            | CliError::NoEntryPoint { .. }
            | CliError::NoModule { .. }
            | CliError::RegisteredHook { .. }
            | CliError::Hook { .. }
            | CliError::SqlWithAutogenerate
            | CliError::SqlWithRevision
            | CliError::NoAutogenerate { .. }
            | CliError::NoTimezone { .. }
            | CliError::OutputEncoding { .. }
            | CliError::Adoption(_)
            | CliError::Django(_)
            | CliError::Fleet(_)
            | CliError::NotConfirmed { .. }
            | CliError::NotApplied { .. }
            | CliError::NothingInDoubt { .. }
            | CliError::NotHalfWay { .. }
            | CliError::AllDone { .. }
            | CliError::SeveralDoubts { .. }
            | CliError::SeveralRevisions { .. }
            | CliError::Scratch(_)
            | CliError::Listen { .. }
            | CliError::Output(_) => None,
        }
    }

    /// What another database lacks, or has in the way.
    pub(super) fn unmet(&self) -> Option<&Unmet> {
        match self {
            CliError::Unmet { unmet, .. } => Some(unmet),
            CliError::Run { error, .. } => match error.kind.as_ref() {
                RunErrorKind::Unmet { unmet, .. } => Some(unmet),
                _ => None,
            },
            _ => None,
        }
    }

    /// What the errors of `total` databases come to: success when there are none, and the error
    /// itself where one database is all there is.
    pub(super) fn of_sites(mut errors: Vec<CliError>, total: usize) -> Result<(), CliError> {
        match errors.pop() {
            None => Ok(()),
            Some(error) if total == 1 => Err(error),
            Some(error) => {
                errors.push(error);
                Err(CliError::Several { total, errors })
            }
        }
    }
}

impl From<DjangoProblem> for CliError {
    fn from(problem: DjangoProblem) -> Self {
        CliError::Django(Box::new(problem))
    }
}

impl From<SeedProblem> for CliError {
    fn from(problem: SeedProblem) -> Self {
        CliError::Seed(Box::new(problem))
    }
}

impl From<FleetProblem> for CliError {
    fn from(problem: FleetProblem) -> Self {
        CliError::Fleet(Box::new(problem))
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        CliError::Config(Arc::new(error))
    }
}

impl From<LoadError> for CliError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Script(error) => CliError::Script(error),
            LoadError::Graph(error) => CliError::Graph(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_one_database_names_it() {
        let database = || "app".to_owned();
        let table = String::from("alembic_version");
        let error = TargetError::NoSuchRevision { text: "x".to_owned(), nearest: None };
        for error in [
            CliError::UncertainTable { database: database(), table, env: PathBuf::new() },
            CliError::Fork {
                database: database(),
                error,
                heads: Vec::new(),
                files: Vec::new(),
                without_target: None,
            },
        ] {
            assert_eq!(error.database(), Some("app"), "{error}");
        }
        assert_eq!(
            CliError::NoSuchDatabase { name: database(), known: Vec::new() }.database(),
            None
        );
    }

    #[test]
    fn errors_of_several_databases_are_told_together() {
        let errors = |count| (0..count).map(|_| CliError::NoEditor).collect();
        assert!(CliError::of_sites(errors(0), 1).is_ok());
        assert!(CliError::of_sites(errors(0), 3).is_ok());
        assert!(matches!(CliError::of_sites(errors(1), 1), Err(CliError::NoEditor)));
        for count in [1, 2, 3] {
            assert!(matches!(
                CliError::of_sites(errors(count), 3),
                Err(CliError::Several { total: 3, errors }) if errors.len() == count
            ));
        }
    }
}
