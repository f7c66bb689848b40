//! `limbeck config check`: everything that is wrong, at once.

use std::sync::Arc;

use crate::cli::arguments::Globals;
use crate::cli::choice::chosen_databases;
use crate::cli::choice::shared_with_chosen;
use crate::cli::context::Context;
use crate::cli::context::examine_project;
use crate::cli::environment::Environment;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure;
use crate::env::ConfigError;
use crate::env::DatabaseSettings;
use crate::env::Origin;
use crate::env::Project;
use crate::env::RouteError;
use crate::env::ValueProblem;
use crate::env::VariableFile;
use crate::ui::Output;

/// Something that is wrong.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
struct Problem {
    /// File, line and column, as far as they are known.
    at: Option<String>,
    /// The database that it concerns, where it concerns one.
    database: Option<String>,
    /// The key, where it is the value of one.
    key: Option<String>,
    message: String,
}

/// The result, as JSON.
#[derive(serde::Serialize)]
struct Checked<'a> {
    ok: bool,
    databases: usize,
    revisions: Option<usize>,
    problems: &'a [Problem],
}

#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, problem: Problem) {
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    fn error(&mut self, database: Option<&str>, key: Option<&str>, error: &CliError) {
        if let CliError::Several { errors, .. } = error {
            errors.iter().for_each(|error| self.error(database, key, error));
            return;
        }
        let (at, message) = failure::place_and_message(error);
        let (database, key) = (database.map(str::to_owned), key.map(str::to_owned));
        // Two databases may have one mistake of the revisions.
        if self.0.iter().any(|known| known.at == at && known.message == message) {
            return;
        }
        self.add(Problem { at, database, key, message });
    }

    fn config(&mut self, database: Option<&str>, key: Option<&str>, error: Arc<ConfigError>) {
        self.error(database, key, &CliError::Config(error));
    }

    /// What is wrong with the values of a database: each variable is told by itself.
    fn database(&mut self, database: &DatabaseSettings) {
        let before = self.0.len();
        for setting in &database.settings {
            if let Err(problem) = &setting.value {
                self.value(&database.name, &setting.key, problem.clone());
            }
        }
        if self.0.len() > before {
            return;
        }
        let url = database.url.as_ref().err().cloned().map(ValueProblem::into_error);
        let tables = database.tables.as_ref().err().cloned();
        for error in [url, tables].into_iter().flatten() {
            self.config(Some(&database.name), None, error);
        }
    }

    fn value(&mut self, database: &str, key: &str, problem: ValueProblem) {
        match problem {
            ValueProblem::Other(error) => self.config(Some(database), Some(key), error),
            ValueProblem::Variables(missing) => {
                let path = failure::short(&missing.path);
                let at = match missing.position {
                    Some(position) => format!("{path}:{position}"),
                    None => path,
                };
                for variable in &missing.variables {
                    self.add(Problem {
                        at: Some(at.clone()),
                        database: Some(database.to_owned()),
                        key: Some(key.to_owned()),
                        message: format!(
                            "no value for {variable}, which `{key}` of database `{database}` needs"
                        ),
                    });
                }
            }
        }
    }
}

pub(super) fn run(globals: Globals, output: &mut Output<'_>) -> Result<ExitCode, CliError> {
    let mut problems = Problems::default();
    let (mut databases, mut revisions) = (0, None);
    let wants_json = globals.json;
    match read(&globals) {
        Err(error @ CliError::Config(_)) => problems.error(None, None, &error),
        // Without a configuration, or with a wrong command line, there is nothing to check.
        Err(error) => return Err(error),
        Ok((environment, project, found)) => {
            found.into_iter().for_each(|error| problems.config(None, None, error));
            for setting in &project.on_failure.settings {
                if let Err(problem) = &setting.value {
                    problems.config(None, None, problem.clone().into_error());
                }
            }
            match chosen_databases(&globals, &project) {
                Ok(chosen) => {
                    databases = chosen.len();
                    chosen.iter().for_each(|database| problems.database(database));
                    for shared in shared_with_chosen(&project, &chosen) {
                        let second = shared.second.clone();
                        let error = shared.into_error(&project.config_path);
                        problems.config(Some(&second), None, Arc::new(error));
                    }
                }
                Err(error @ CliError::NoDatabase) => problems.error(None, None, &error),
                Err(error) => return Err(error),
            }
            warn_of_options(&environment, &project, output);
            match Context::of(globals, environment, project, output) {
                Err(error) => problems.error(None, None, &error),
                Ok(context) => {
                    revisions = Some(context.revisions.graph().len());
                    check_routes(&context, &mut problems, output);
                }
            }
        }
    }
    let problems = problems.0;
    if wants_json {
        let ok = problems.is_empty();
        output.json(&Checked { ok, databases, revisions, problems: &problems })?;
    } else {
        for problem in &problems {
            match &problem.at {
                Some(at) => output.data(format_args!("{at}: {}", problem.message))?,
                None => output.data(&problem.message)?,
            }
        }
    }
    if !problems.is_empty() {
        output.talk(count(problems.len(), "problem"));
        return Ok(ExitCode::Configuration);
    }
    if !wants_json {
        let revisions = count(revisions.unwrap_or_default(), "revision");
        output.status(format_args!("ok: {}, {revisions}", count(databases, "database")))?;
    }
    Ok(ExitCode::Done)
}

type Read = (Environment, Project, Vec<Arc<ConfigError>>);

fn read(globals: &Globals) -> Result<Read, CliError> {
    let environment = Environment::read(globals)?;
    let examined = examine_project(globals, &environment)?;
    Ok((environment, examined.project, examined.problems))
}

/// Finds what is wrong with the routes: where the whole cannot be divided, all reasons for that,
/// else what is wrong with the parts of the chosen databases.
fn check_routes(context: &Context, problems: &mut Problems, output: &mut Output<'_>) {
    let mistakes = context.mistakes_of_routes();
    let is_divisible = mistakes.is_empty();
    for mistake in mistakes {
        let name = match &mistake {
            RouteError::NoSuchBranch { database, .. } => Some(database.clone()),
            _ => None,
        };
        let database =
            context.project.databases.iter().find(|database| Some(&database.name) == name.as_ref());
        let known = problems.0.len();
        problems.error(name.as_deref(), None, &CliError::Route(mistake));
        for problem in problems.0.iter_mut().skip(known).filter(|problem| problem.at.is_none()) {
            problem.at = database.and_then(place_of_branches);
        }
    }
    if is_divisible {
        for database in context.databases().unwrap_or_default() {
            let name = database.name.clone();
            if let Err(error) = context.route(database) {
                problems.error(Some(&name), None, &error);
            }
        }
    }
    if problems.0.is_empty() {
        // What it may fail with concerns databases that are not chosen.
        drop(context.warn_of_routes(output));
    }
}

/// Where the branches of a database are written.
fn place_of_branches(database: &DatabaseSettings) -> Option<String> {
    let branches = database.settings.iter().find(|setting| setting.key == "branches")?;
    match branches.origins.first()? {
        Origin::File { path, line: Some(line) } => Some(format!("{}:{line}", failure::short(path))),
        _ => None,
    }
}

/// Says which variables of files would be options of limbeck in the environment: in a file they
/// are none, since a file that lies about must not lead a run to another database.
fn warn_of_options(environment: &Environment, project: &Project, output: &mut Output<'_>) {
    const OPTIONS: [&str; 6] = [
        "ALEMBIC_CONFIG",
        "LIMBECK_CONFIG",
        "LIMBECK_ENV_FILE",
        "LIMBECK_HOST",
        "LIMBECK_PORT",
        "LIMBECK_URL",
    ];
    let files: Vec<&VariableFile> =
        environment.files().iter().chain(&project.own_variables).collect();
    for file in files {
        for (name, line) in file.names().filter(|(name, _)| OPTIONS.contains(name)) {
            output.insist(format_args!(
                "warning: {}:{line}: {name} is read from the environment only, not from a file",
                failure::short(&file.path)
            ));
        }
    }
}

fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
