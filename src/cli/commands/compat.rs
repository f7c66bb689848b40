//! `limbeck compat`.

use std::path::Path;

use limbeck_alembic::env_py::Finding;
use limbeck_alembic::env_py::FindingKind;
use limbeck_alembic::env_py::ProposedValue;
use limbeck_alembic::env_py::StatementTopic;
use limbeck_alembic::env_py::Treatment;
use limbeck_alembic::env_py::proposed_settings;
use limbeck_alembic::hooks::PostWriteHookKind;

use crate::cli::arguments::Globals;
use crate::cli::context;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::env::AlembicProject;
use crate::env::EnvFile;
use crate::env::LIMBECK_TOML;
use crate::env::Project;
use crate::script::Direction;
use crate::script::PythonScript;
use crate::script::RevisionFormat;
use crate::script::write_new;
use crate::ui::Output;

/// Say what of an Alembic project limbeck follows, and what it does not
///
/// env.py is read, never run. What it computes has its place in a limbeck.toml beside the
/// alembic.ini: --write begins that file.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CompatArguments {
    /// Write the limbeck.toml that stands in for env.py
    #[arg(long)]
    write: bool,
}

pub(super) fn run(
    globals: Globals,
    arguments: &CompatArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let project = context::load_project(&globals)?;
    let Some(alembic) = &project.alembic else {
        return Err(CliError::NotAlembic { path: project.config_path });
    };
    let report = Report::new(&project, alembic, &globals, output);
    if globals.json {
        output.json(&report)?;
    } else {
        report.print(output)?;
    }
    if arguments.write {
        let path = project.config_path.with_file_name(LIMBECK_TOML);
        let text = stand_in(&project, alembic);
        // What is written must be read: by the next command, if not before.
        Project::extend(alembic, &path, &text, context::variables())?;
        write_new(&path, &text)?;
        if !globals.json {
            output.status(format_args!("Generating {} ...  done", path.display()))?;
        }
    }
    Ok(ExitCode::Done)
}

/// All that there is to say, for people and for programs.
#[derive(Debug, serde::Serialize)]
struct Report {
    /// The files of the configuration.
    files: Vec<String>,
    /// What they come to.
    settings: Vec<(&'static str, String)>,
    /// The env.py, with what is in it.
    env_py: Option<EnvReport>,
    /// The revisions.
    revisions: String,
}

#[derive(Debug, serde::Serialize)]
struct EnvReport {
    path: String,
    /// Why it cannot be read, if it cannot.
    error: Option<String>,
    findings: Vec<Line>,
}

/// A line of env.py.
#[derive(Debug, serde::Serialize)]
struct Line {
    line: usize,
    what: String,
    treatment: &'static str,
    detail: Option<&'static str>,
}

impl Report {
    fn new(
        project: &Project,
        alembic: &AlembicProject,
        globals: &Globals,
        output: &mut Output<'_>,
    ) -> Self {
        let env_py = alembic.env.as_ref().map(|env| EnvReport {
            path: shown(&env.path),
            error: env.script.as_ref().err().map(ToString::to_string),
            findings: env.findings().iter().map(|finding| Line::new(env, finding)).collect(),
        });
        Report {
            files: project.files.iter().map(|path| shown(path)).collect(),
            settings: settings(project, alembic),
            env_py,
            revisions: match Context::load(globals.clone(), output) {
                Ok(context) => revisions(&context),
                Err(error) => format!("cannot be read: {error}"),
            },
        }
    }

    fn print(&self, output: &mut Output<'_>) -> Result<(), CliError> {
        output.data(format_args!("configuration: {}", self.files.join(", ")))?;
        for (name, value) in &self.settings {
            output.data(format_args!("  {name:<20}{value}"))?;
        }
        output.data(format_args!("  {:<20}{}", "revisions", self.revisions))?;
        match &self.env_py {
            None => output.data("\nthere is no env.py")?,
            Some(env) => {
                output.data(format_args!("\n{}, which is read and never run:", env.path))?;
                if let Some(error) = &env.error {
                    output.data(format_args!("  it cannot be read: {error}"))?;
                }
                for Line { line, what, treatment, detail } in &env.findings {
                    let detail = detail.map(|detail| format!(": {detail}")).unwrap_or_default();
                    output.data(format_args!("{line:>6}  {treatment:<15}{what}{detail}"))?;
                }
            }
        }
        Ok(())
    }
}

/// What the configuration comes to.
fn settings(project: &Project, alembic: &AlembicProject) -> Vec<(&'static str, String)> {
    let mut settings = vec![("script_location", shown(alembic.script_location()))];
    for location in &project.scripts.version_locations {
        settings.push(("version_locations", shown(location)));
    }
    settings.push(("transaction_mode", project.scripts.transaction_mode.name().to_owned()));
    for database in &project.databases {
        let url = match project.url(database) {
            Ok(url) => url.to_string(),
            Err(error) => format!("unknown: {error}"),
        };
        settings.push(("database", format!("{}: {url}", database.name)));
        settings.push((
            "version_table",
            match &database.tables {
                Ok(tables) => tables.version.to_string(),
                Err(error) => format!("unknown: {error}"),
            },
        ));
    }
    match alembic.hooks(context::variables()) {
        Ok(hooks) => settings.extend(hooks.iter().map(|hook| {
            let program = match &hook.kind {
                PostWriteHookKind::Exec { executable } => executable.clone(),
                PostWriteHookKind::ConsoleScript { entrypoint } => entrypoint.clone(),
                PostWriteHookKind::Module { module } => format!("python -m {module}"),
                PostWriteHookKind::Registered { name } => {
                    format!("'{name}', registered in Python: revision is refused")
                }
            };
            ("post write hook", format!("{}: {program}", hook.name))
        })),
        Err(error) => settings.push(("post write hooks", format!("unknown: {error}"))),
    }
    settings
}

/// How many revisions there are, and how many of them run.
fn revisions(context: &Context) -> String {
    let files = context.revisions.files();
    let python = files.iter().filter(|file| file.format == RevisionFormat::Python);
    let (mut idle, mut busy, mut unreadable) = (0, 0, 0);
    for file in python {
        match [Direction::Upgrade, Direction::Downgrade].map(|d| PythonScript::read(file, d)) {
            [Ok(up), Ok(down)] if up.is_idle() && down.is_idle() => idle += 1,
            [Ok(_), Ok(_)] => busy += 1,
            _ => unreadable += 1,
        }
    }
    let sql = files.len() - idle - busy - unreadable;
    let mut words = vec![format!("{} files", files.len())];
    let mut say = |count: usize, what: &str| {
        if count > 0 {
            words.push(format!("{count} {what}"));
        }
    };
    say(sql, "in SQL");
    say(idle, "in Python that do nothing and run");
    say(busy, "in Python with operations, which this version does not run");
    say(unreadable, "in Python that cannot be parsed");
    words.join("; ")
}

impl Line {
    fn new(env: &EnvFile, finding: &Finding) -> Self {
        let (treatment, detail) = match &finding.treatment {
            Treatment::Followed => ("followed", None),
            Treatment::SettingNeeded { .. } if env.is_followed(finding) => ("followed", None),
            Treatment::SettingNeeded { what } => ("setting needed", Some(*what)),
            Treatment::AutogenerateOnly => ("autogenerate", None),
            Treatment::NotFollowed { why } => ("not followed", Some(*why)),
        };
        Line { line: finding.position.line, what: what(&finding.kind), treatment, detail }
    }
}

/// A finding in words. What may hold a password is not among them.
fn what(kind: &FindingKind) -> String {
    match kind {
        FindingKind::Url => "the database URL".to_owned(),
        FindingKind::Argument { name } => name.clone(),
        FindingKind::ArgumentsFromOutside => "arguments that are put together elsewhere".to_owned(),
        FindingKind::OfflineDiffers { name } => format!("{name} differs offline"),
        FindingKind::XArgument { key: Some(key) } => format!("-x {key}=…"),
        FindingKind::XArgument { key: None } => "all -x arguments".to_owned(),
        FindingKind::OtherSection => "a section of the ini for each database".to_owned(),
        FindingKind::VersionLocations => "version_locations".to_owned(),
        FindingKind::NotConfigured => "no context.configure that can be followed".to_owned(),
        FindingKind::Tag => "--tag".to_owned(),
        FindingKind::Statement { topic, .. } => match topic {
            StatementTopic::SearchPath => "sets search_path",
            StatementTopic::CreateSchema => "creates a schema",
            StatementTopic::AdvisoryLock => "takes an advisory lock",
            StatementTopic::Timeout => "sets a timeout",
            StatementTopic::Pragma => "sets a pragma",
            StatementTopic::Other => "executes a statement",
        }
        .to_owned(),
        FindingKind::SchemaTranslateMap => "schema_translate_map".to_owned(),
        FindingKind::EventListener => "listens to events of SQLAlchemy".to_owned(),
        FindingKind::RunArgument { name: Some(name) } => format!("upgrade({name}=…)"),
        FindingKind::RunArgument { name: None } => "arguments of upgrade()".to_owned(),
        FindingKind::Loop { .. } => "runs the migrations in a loop".to_owned(),
        FindingKind::Variable { name: Some(name) } => format!("the variable {name}"),
        FindingKind::Variable { name: None } => "a variable by a computed name".to_owned(),
        FindingKind::Dotenv => "loads a .env file".to_owned(),
        FindingKind::Import { module } => format!("imports {module}"),
        FindingKind::TooIntricate => "too many ways through the file".to_owned(),
    }
}

/// The text of a `limbeck.toml` that says what env.py computes.
fn stand_in(project: &Project, alembic: &AlembicProject) -> String {
    let script = alembic.env.as_ref().and_then(|env| env.script.as_ref().ok());
    let proposed = script.map(proposed_settings).unwrap_or_default();
    let mut text = String::from(
        "# What env.py computes, for limbeck, which reads that file and does not run it. It extends\n\
         # the alembic.ini beside it. Lines that begin with '#' are to be filled in or deleted.\n",
    );
    let mut table = |heading: &str, name: &str| {
        text.push_str(&format!("\n[{heading}]\n"));
        for setting in proposed.iter().filter(|setting| setting.table == name) {
            text.push_str(&setting_line(&setting.key, &setting.value));
        }
    };
    table("scripts", "scripts");
    for database in &project.databases {
        table(&format!("databases.{}", database.name), "database");
    }
    text
}

/// A line of TOML; a comment where a person has to decide, or limbeck has no such setting.
fn setting_line(key: &str, value: &ProposedValue) -> String {
    const KNOWN: [&str; 4] = ["url", "version_table", "version_table_schema", "transaction_mode"];
    let mark = if KNOWN.contains(&key) { "" } else { "# no such setting: " };
    match value {
        ProposedValue::Text(text) => {
            format!("{mark}{key} = {}\n", toml::Value::from(text.as_str()))
        }
        ProposedValue::Flag(flag) => format!("{mark}{key} = {flag}\n"),
        ProposedValue::Comment(comment) if key.is_empty() => format!("# {comment}\n"),
        ProposedValue::Comment(comment) => format!("# {key} = \"\"  # {comment}\n"),
    }
}

/// A path as it is seen from the current directory.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    here.and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path).display().to_string()
}
