//! `limbeck compat`.

use std::collections::BTreeSet;

use limbeck_alembic::env_py::EnvScript;
use limbeck_alembic::hooks::PostWriteHookKind;

use crate::cli::arguments::Globals;
use crate::cli::context;
use crate::cli::context::Context;
use crate::cli::env_findings::Explained;
use crate::cli::env_findings::Verdict;
use crate::cli::env_findings::explain;
use crate::cli::env_findings::line_numbers;
use crate::cli::environment::Environment;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::short as shown;
use crate::cli::prove::ScratchArguments;
use crate::env::AlembicProject;
use crate::env::LIMBECK_TOML;
use crate::env::Project;
use crate::graph::RevisionId;
use crate::script::PythonScript;
use crate::script::RevisionFormat;
use crate::script::write_new;
use crate::target::Target;
use crate::ui::Output;

use super::compat_prove;
use super::compat_prove::ProofReport;
use super::compat_revisions;
use super::compat_revisions::RevisionReport;
use super::compat_toml::stand_in;
use super::show;

/// Say what of an Alembic project limbeck follows, and what it does not
///
/// env.py is read, never run. What it computes has its place in a limbeck.toml beside the
/// alembic.ini: --write begins that file.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CompatArguments {
    /// Write the limbeck.toml that stands in for env.py
    #[arg(long)]
    write: bool,
    /// Exit with status 2 if there is a revision that limbeck does not run without Python
    #[arg(long)]
    check: bool,
    /// Run the revisions both ways, by limbeck and by the project's own Python and Alembic, on
    /// scratch databases, and compare what they do; exit with status 2 if that differs
    #[arg(long)]
    prove: bool,
    #[command(flatten)]
    scratch: ScratchArguments,
    /// Look at these revisions only
    #[arg(value_name = "REV", allow_negative_numbers = true)]
    revisions: Vec<String>,
}

pub(super) fn run(
    globals: &Globals,
    arguments: &CompatArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let environment = Environment::read(globals)?;
    let project = context::load_project(globals, &environment)?;
    let Some(alembic) = &project.alembic else {
        return Err(CliError::NotAlembic { path: project.config_path });
    };
    let report = Report::new(&project, alembic, globals, &environment, arguments, output)?;
    if globals.json {
        output.json(&report)?;
    } else {
        report.print(output)?;
    }
    if arguments.write {
        let path = project.config_path.with_file_name(LIMBECK_TOML);
        let text = stand_in(&project, alembic, environment.variables(), &report.labels)?;
        // What is written must be read: by the next command, if not before.
        Project::extend(alembic, &path, &text, environment.variables())?;
        write_new(&path, &text)?;
        if !globals.json {
            output.status(format_args!("Generating {} ...  done", path.display()))?;
        }
    }
    let is_native = report.python.iter().all(RevisionReport::is_native);
    let is_same = report.proofs.iter().all(ProofReport::is_same);
    match arguments.check && !is_native || !is_same {
        true => Ok(ExitCode::Pending),
        false => Ok(ExitCode::Done),
    }
}

/// The revisions that are asked about; `None` for all.
fn wanted(
    context: &Context,
    revisions: &[String],
    output: &mut Output<'_>,
) -> Result<Option<BTreeSet<RevisionId>>, CliError> {
    if revisions.is_empty() {
        return Ok(None);
    }
    let graph = context.listed_graph()?;
    let mut ids = BTreeSet::new();
    for revision in revisions {
        let target: Target = revision.parse()?;
        let nodes = show::nodes(context, graph, &target, output)?;
        ids.extend(nodes.into_iter().map(|node| graph.id(node).clone()));
    }
    Ok(Some(ids))
}

/// All that there is to say, for people and for programs.
#[derive(Debug, serde::Serialize)]
struct Report {
    /// Whether a `limbeck.toml` is among the files.
    #[serde(skip)]
    is_extended: bool,
    /// The branch labels of the revisions.
    #[serde(skip)]
    labels: Vec<String>,
    /// The files of the configuration.
    files: Vec<String>,
    /// What they come to.
    settings: Vec<(&'static str, String)>,
    /// The env.py, with what is in it.
    env_py: Option<EnvReport>,
    /// The revisions.
    revisions: String,
    /// The `.sql` files beside them that are no revisions.
    passed_over: Vec<String>,
    /// What of them limbeck runs, for each dialect of the project.
    python: Vec<RevisionReport>,
    /// Whether limbeck does what Python does, for each database; where that is asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    proofs: Vec<ProofReport>,
}

#[derive(Debug, serde::Serialize)]
struct EnvReport {
    path: String,
    /// Why it cannot be read, if it cannot.
    error: Option<String>,
    findings: Vec<Thing>,
}

/// Something that env.py does.
#[derive(Debug, serde::Serialize)]
struct Thing {
    lines: Vec<usize>,
    what: String,
    treatment: Verdict,
    detail: Option<&'static str>,
}

impl Report {
    fn new(
        project: &Project,
        alembic: &AlembicProject,
        globals: &Globals,
        environment: &Environment,
        arguments: &CompatArguments,
        output: &mut Output<'_>,
    ) -> Result<Self, CliError> {
        let env_py = alembic.env.as_ref().map(|env| EnvReport {
            path: shown(&env.path),
            error: env.script.as_ref().err().map(ToString::to_string),
            findings: explain(project, env).into_iter().map(Thing::from).collect(),
        });
        let context = match Context::load(globals.clone(), output) {
            // Of a history that cannot be read nothing can be proven.
            Err(error) if arguments.prove => return Err(error),
            context => context,
        };
        let (mut python, mut proofs) = (Vec::new(), Vec::new());
        if let Ok(context) = &context {
            let wanted = wanted(context, &arguments.revisions, output)?;
            python = compat_revisions::look(context, wanted.as_ref())?;
            if arguments.prove {
                let scratch = arguments.scratch.url()?;
                proofs = compat_prove::prove(context, wanted.as_ref(), scratch.as_ref(), output)?;
            }
        }
        let passed_over = context.iter().flat_map(|context| context.revisions.passed_over());
        Ok(Report {
            passed_over: passed_over.map(|path| shown(path)).collect(),
            python,
            proofs,
            labels: context.iter().flat_map(labels).collect(),
            is_extended: alembic.is_extended,
            files: project.files.iter().map(|path| shown(path)).collect(),
            settings: settings(project, alembic, environment),
            env_py,
            revisions: match &context {
                Ok(context) => revisions(context),
                Err(error) => format!("cannot be read: {error}"),
            },
        })
    }

    fn print(&self, output: &mut Output<'_>) -> Result<(), CliError> {
        output.data(format_args!("configuration: {}", self.files.join(", ")))?;
        for (name, value) in &self.settings {
            output.data(format_args!("  {name:<20}{value}"))?;
        }
        output.data(format_args!("  {:<20}{}", "revisions", self.revisions))?;
        match &self.env_py {
            None => output.data("\nthere is no env.py")?,
            Some(env) => env.print(self.is_extended, output)?,
        }
        if !self.passed_over.is_empty() {
            let files = self.passed_over.join(", ");
            output.data(format_args!("\npassed over, since no revision is meant: {files}"))?;
        }
        self.python.iter().try_for_each(|report| report.print(output))?;
        self.proofs.iter().try_for_each(|report| report.print(output))
    }
}

impl EnvReport {
    fn print(&self, is_extended: bool, output: &mut Output<'_>) -> Result<(), CliError> {
        output.data(format_args!("\n{}: read, never run", self.path))?;
        if let Some(error) = &self.error {
            return Ok(output.data(format_args!("  it cannot be read: {error}"))?);
        }
        if self.findings.is_empty() {
            return Ok(output.data("  nothing in it matters to limbeck")?);
        }
        for verdict in Verdict::ALL {
            let things: Vec<&Thing> =
                self.findings.iter().filter(|thing| thing.treatment == verdict).collect();
            if things.is_empty() {
                continue;
            }
            output.data(format_args!("\n  {}:", heading(verdict, is_extended)))?;
            let places: Vec<String> =
                things.iter().map(|thing| line_numbers(&thing.lines)).collect();
            let width = places.iter().map(String::len).max().unwrap_or_default();
            for (thing, place) in things.iter().zip(&places) {
                output.data(format_args!("    {place:<width$}  {}", thing.what))?;
                if let Some(detail) = thing.detail {
                    output.data(format_args!("    {:<width$}    {detail}", ""))?;
                }
            }
        }
        Ok(())
    }
}

fn heading(verdict: Verdict, is_extended: bool) -> &'static str {
    match verdict {
        Verdict::Setting if is_extended => "to be said in limbeck.toml, where it is not said yet",
        Verdict::Setting => "to be said in limbeck.toml (`limbeck compat --write` begins one)",
        Verdict::NotDone => "not done by limbeck",
        Verdict::Followed => "followed",
        Verdict::Autogenerate => "only for autogenerate",
    }
}

impl From<Explained> for Thing {
    fn from(explained: Explained) -> Self {
        let Explained { lines, what, verdict, detail, .. } = explained;
        Thing { lines, what, treatment: verdict, detail }
    }
}

/// What the configuration comes to.
fn settings(
    project: &Project,
    alembic: &AlembicProject,
    environment: &Environment,
) -> Vec<(&'static str, String)> {
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
    let script = alembic.env.as_ref().and_then(|env| env.script.as_ref().ok());
    for choice in script.map(EnvScript::url_choices).unwrap_or_default() {
        let values = choice.values.join(", ");
        let what = format!("by -x {}: one for {values}, one for anything else", choice.key);
        settings.push(("several databases", what));
    }
    match alembic.hooks(environment.variables()) {
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

fn labels(context: &Context) -> Vec<String> {
    context.revisions.graph().labels().map(|(label, _)| label.to_string()).collect()
}

/// How many revisions there are, and how many of them run.
fn revisions(context: &Context) -> String {
    let files = context.revisions.files();
    let python = files.iter().filter(|file| file.format == RevisionFormat::Python);
    let (mut idle, mut busy, mut unreadable) = (0, 0, 0);
    for file in python {
        match PythonScript::read(file) {
            Ok(script) if script.is_idle() => idle += 1,
            Ok(_) => busy += 1,
            Err(_) => unreadable += 1,
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
    say(busy, "in Python with operations");
    say(unreadable, "in Python that cannot be parsed");
    words.join("; ")
}
