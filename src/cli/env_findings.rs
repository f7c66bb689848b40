//! What limbeck makes of the things that an env.py does, in words: for `limbeck compat`, for the
//! `limbeck.toml` that it writes, and for the warning of runs.

use limbeck_alembic::env_py::Finding;
use limbeck_alembic::env_py::FindingKind;
use limbeck_alembic::env_py::Setting;
use limbeck_alembic::env_py::StatementTopic;
use limbeck_alembic::env_py::Treatment;
use limbeck_alembic::env_py::UrlChoice;
use limbeck_alembic::env_py::UrlSource;

use crate::env::EnvFile;
use crate::env::Project;
use crate::exec::TransactionMode;
use crate::ui::Output;

use super::context::Context;
use super::failure;

/// What limbeck makes of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// `limbeck.toml` has to say it.
    #[serde(rename = "setting needed")]
    Setting,
    /// It is not done.
    #[serde(rename = "not done")]
    NotDone,
    /// limbeck does the same.
    Followed,
    /// It matters only to autogenerate.
    Autogenerate,
}

impl Verdict {
    /// All of them; those first that ask something of a person.
    pub(super) const ALL: [Verdict; 4] =
        [Verdict::Setting, Verdict::NotDone, Verdict::Followed, Verdict::Autogenerate];
}

/// What a person has to know of one thing that env.py does, on however many lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Explained {
    pub(super) lines: Vec<usize>,
    /// What env.py does.
    pub(super) what: String,
    pub(super) verdict: Verdict,
    /// What to do about it, or what follows from it.
    pub(super) detail: Option<&'static str>,
    /// Whether migrations may come out otherwise without it.
    is_around_migrations: bool,
}

/// Everything that the env.py of a project does, each thing once, in the order of the lines.
pub(super) fn explain(project: &Project, env: &EnvFile) -> Vec<Explained> {
    let mut all: Vec<Explained> = Vec::new();
    for finding in env.findings() {
        let (verdict, detail) = verdict(project, env, finding);
        let (what, line) = (what(&finding.kind), finding.position.line);
        let same = |known: &&mut Explained| {
            known.what == what && known.verdict == verdict && known.detail == detail
        };
        match all.iter_mut().find(same) {
            Some(known) if known.lines.contains(&line) => {}
            Some(known) => known.lines.push(line),
            None => all.push(Explained {
                lines: vec![line],
                what,
                verdict,
                detail,
                is_around_migrations: is_around_migrations(&finding.kind),
            }),
        }
    }
    all
}

/// Warns in one line of what env.py does around the migrations and a run will not do, unless
/// `stands_in_for_env_py` shows that somebody has thought of it; and says where a URL comes from that the
/// project does not name.
pub(super) fn warn_of_left_out(context: &Context, output: &mut Output<'_>) {
    let project = &context.project;
    let Some(alembic) = &project.alembic else { return };
    let has_a_url = context.globals.url().is_some()
        || project.databases.iter().all(|database| database.is_own_url);
    if !has_a_url && alembic.takes_database_url(context.environment.variables()) {
        output.talk("the database URL is that of DATABASE_URL");
    }
    if project.scripts.stands_in_for_env_py {
        return;
    }
    let Some(env) = &alembic.env else { return };
    if !has_a_url && project.databases.len() < 2 {
        warn_of_choices(context, env, output);
    }
    let left_out: Vec<String> = explain(project, env)
        .iter()
        .filter(|thing| {
            let is_done = matches!(thing.verdict, Verdict::Followed | Verdict::Autogenerate);
            thing.is_around_migrations && !is_done
        })
        .map(|thing| format!("{} ({})", thing.what, line_numbers(&thing.lines)))
        .collect();
    if !left_out.is_empty() {
        output.insist(format_args!(
            "warning: {} does around the migrations what limbeck does not: {}; see `limbeck compat`",
            failure::short(&env.path),
            left_out.join(", ")
        ));
    }
}

/// Warns of a run whose `-x` arguments do not tell which database is meant, where env.py chooses
/// by them: whatever it does not know is the default database, and a branch of another one runs
/// there.
fn warn_of_choices(context: &Context, env: &EnvFile, output: &mut Output<'_>) {
    let Ok(script) = &env.script else { return };
    for UrlChoice { key, values } in script.url_choices() {
        let given = context.globals.extra.iter().rev().find_map(|argument| {
            let (own, value) = argument.split_once('=').unwrap_or((argument, ""));
            (own == key).then_some(value)
        });
        let labels = || context.revisions.graph().labels().map(|(label, _)| label.as_str());
        let what = match given {
            // The database that env.py takes for anything else goes by the name of its branch.
            Some(value)
                if values.iter().map(String::as_str).chain(labels()).any(|v| v == value) =>
            {
                continue;
            }
            Some(_) => format!("it compares it only with {}", values.join(", ")),
            // Alembic says nothing, and who stands in for it says no more than need be.
            None if output.stands_in() => continue,
            None => "none is given".to_owned(),
        };
        output.insist(format_args!(
            "warning: {} chooses the database by -x {key}=..., and {what}: this runs on its default \
             database, whatever the branch; a limbeck.toml with the `branches` of each database \
             (`limbeck compat --write`) makes the wrong one impossible",
            failure::short(&env.path),
        ));
    }
}

/// Warns of what env.py would add to a new revision in a project with `revision_environment`,
/// where Alembic runs it for that.
pub(super) fn warn_of_revision_environment(project: &Project, output: &mut Output<'_>) {
    const ARGUMENTS: [&str; 2] = ["process_revision_directives", "template_args"];
    let Some(alembic) = &project.alembic else { return };
    let Some(env) = alembic.env.as_ref().filter(|_| alembic.config.revision_environment.value)
    else {
        return;
    };
    for finding in env.findings() {
        if let FindingKind::Argument { name } = &finding.kind
            && ARGUMENTS.contains(&name.as_str())
        {
            output.insist(format_args!(
                "warning: {}, line {}: {name} has no effect on the new revision",
                failure::short(&env.path),
                finding.position.line
            ));
            return;
        }
    }
}

/// Line numbers as people write them.
pub(super) fn line_numbers(lines: &[usize]) -> String {
    let numbers: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let word = if lines.len() == 1 { "line" } else { "lines" };
    format!("{word} {}", numbers.join(", "))
}

/// Whether migrations may come out otherwise where this is not done.
fn is_around_migrations(kind: &FindingKind) -> bool {
    if let FindingKind::Argument { name } = kind {
        return ["on_version_apply", "transaction_per_migration"].contains(&name.as_str());
    }
    matches!(
        kind,
        FindingKind::Statement { .. }
            | FindingKind::SchemaTranslateMap
            | FindingKind::Loop { .. }
            | FindingKind::EventListener
            | FindingKind::ArgumentsFromOutside
            | FindingKind::NotConfigured
            | FindingKind::VersionLocations
    )
}

/// What this version does about a finding, in this project.
fn verdict(project: &Project, env: &EnvFile, finding: &Finding) -> (Verdict, Option<&'static str>) {
    const FOLLOWED: (Verdict, Option<&str>) = (Verdict::Followed, None);
    let setting = |what| (Verdict::Setting, Some(what));
    let not_done = |why| (Verdict::NotDone, Some(why));
    let followed_or = |followed: bool, otherwise| if followed { FOLLOWED } else { otherwise };
    // The ini file of the template multidb, or a limbeck.toml, may name them.
    let has_databases = project.databases.len() > 1;
    match &finding.kind {
        // It has no effect here, whoever thinks that it is followed.
        FindingKind::Dotenv => not_done("a .env file is read only where --env-file names it"),
        _ if finding.treatment == Treatment::AutogenerateOnly => (Verdict::Autogenerate, None),
        _ if env.is_followed(finding) => FOLLOWED,
        FindingKind::Url => followed_or(
            project.databases.iter().all(|database| database.url.is_ok()),
            setting("`url` of the database; or the variable DATABASE_URL"),
        ),
        FindingKind::Variable { name: Some(name) } if is_part_of_url(env, name) => FOLLOWED,
        FindingKind::Argument { name } => match name.as_str() {
            "version_table" | "version_table_schema" => followed_or(
                project.databases.iter().all(|database| database.tables.is_ok()),
                setting("`version_table` and `version_table_schema` of the database"),
            ),
            "transaction_per_migration" => followed_or(
                project.scripts.transaction_mode != TransactionMode::Alembic,
                setting("`transaction_mode` of [scripts]: \"revision\", \"run\" or \"alembic\""),
            ),
            "version_table_pk" => followed_or(
                matches!(argument(env, name), Some(Setting::Flag { value: true, .. })),
                not_done("a version table that limbeck makes has a primary key"),
            ),
            "transactional_ddl" => {
                not_done("what the database can do decides, and `transaction_mode` of [scripts]")
            }
            _ => of_treatment(&finding.treatment),
        },
        FindingKind::XArgument { key: Some(key) } if key == "db" => followed_or(
            has_databases,
            setting("a [databases.NAME] for each value: `-x db=NAME` then chooses it"),
        ),
        FindingKind::XArgument { .. } => {
            not_done("limbeck refuses such an argument rather than ignore it")
        }
        FindingKind::Loop { .. } => followed_or(
            has_databases,
            setting("a [databases.NAME] for each database; a loop over schemas is not done"),
        ),
        FindingKind::OtherSection if has_databases => FOLLOWED,
        FindingKind::OfflineDiffers { name } if name == "url" && has_databases => FOLLOWED,
        FindingKind::SchemaTranslateMap => not_done("this version has no setting for it"),
        FindingKind::Statement { topic: StatementTopic::SearchPath, .. } => {
            setting("`options=-csearch_path%3DNAME` in the `url` of the database")
        }
        FindingKind::Statement { topic: StatementTopic::Timeout, .. } => {
            setting("`options=-clock_timeout%3D5s` in the `url` of the database")
        }
        _ => of_treatment(&finding.treatment),
    }
}

fn of_treatment(treatment: &Treatment) -> (Verdict, Option<&'static str>) {
    match treatment {
        Treatment::Followed => (Verdict::Followed, None),
        Treatment::AutogenerateOnly => (Verdict::Autogenerate, None),
        Treatment::SettingNeeded { what } => (Verdict::Setting, Some(what)),
        Treatment::NotFollowed { why } => (Verdict::NotDone, Some(why)),
    }
}

fn is_part_of_url(env: &EnvFile, variable: &str) -> bool {
    let script = env.script.as_ref().ok();
    matches!(script.map(limbeck_alembic::env_py::EnvScript::url),
        Some(UrlSource::Variables { names, .. }) if names.iter().any(|name| name.name == variable))
}

fn argument(env: &EnvFile, name: &str) -> Option<Setting> {
    Some(env.script.as_ref().ok()?.argument(name))
}

/// A finding in words. What may hold a password is not among them.
fn what(kind: &FindingKind) -> String {
    match kind {
        FindingKind::Url => "sets the database URL".to_owned(),
        FindingKind::Argument { name } => format!("configure({name}=...)"),
        FindingKind::ArgumentsFromOutside => {
            "configure(**...), with arguments that are put together elsewhere".to_owned()
        }
        FindingKind::OfflineDiffers { name } => format!("sets another {name} for --sql"),
        FindingKind::XArgument { key: Some(key) } => format!("reads -x {key}=..."),
        FindingKind::XArgument { key: None } => "reads all -x arguments".to_owned(),
        FindingKind::NotConfigured => "calls context.configure() out of sight".to_owned(),
        FindingKind::OtherSection => "reads a section of the ini file for each database".to_owned(),
        FindingKind::VersionLocations => "sets version_locations".to_owned(),
        FindingKind::Tag => "reads --tag".to_owned(),
        FindingKind::Statement { topic, .. } => match topic {
            StatementTopic::SearchPath => "sets search_path",
            StatementTopic::CreateSchema => "creates a schema",
            StatementTopic::AdvisoryLock => "takes an advisory lock",
            StatementTopic::Timeout => "sets a timeout",
            StatementTopic::Pragma => "sets a pragma",
            StatementTopic::Other => "executes a statement",
        }
        .to_owned(),
        FindingKind::SchemaTranslateMap => "sets schema_translate_map".to_owned(),
        FindingKind::EventListener => "listens to events of SQLAlchemy".to_owned(),
        FindingKind::RunArgument { name: Some(name) } => format!("run_migrations({name}=...)"),
        FindingKind::RunArgument { name: None } => "run_migrations(**...)".to_owned(),
        FindingKind::Loop { .. } => "runs the migrations in a loop".to_owned(),
        FindingKind::Variable { name: Some(name) } => format!("reads the variable {name}"),
        FindingKind::Variable { name: None } => "reads a variable by a computed name".to_owned(),
        FindingKind::Dotenv => "loads a .env file".to_owned(),
        FindingKind::Import { module } => format!("imports {module}"),
        FindingKind::TooIntricate => "goes too many ways to follow them all".to_owned(),
    }
}
