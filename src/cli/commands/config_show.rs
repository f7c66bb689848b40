//! `limbeck config show`: every value, and where it is from.

use std::path::Path;

use std::borrow::Cow;

use serde_json::Value;
use serde_json::json;

use crate::cli::arguments::Globals;
use crate::cli::choice::chosen_databases;
use crate::cli::context::examine_project;
use crate::cli::environment::Environment;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure;
use crate::cli::origins;
use crate::env::MissingVariable;
use crate::env::Setting;
use crate::env::ValueProblem;
use crate::ui::Output;

pub(super) fn run(globals: &Globals, output: &mut Output<'_>) -> Result<ExitCode, CliError> {
    let environment = Environment::read(globals)?;
    let examined = examine_project(globals, &environment)?;
    let project = &examined.project;
    let databases = match chosen_databases(globals, project) {
        Err(CliError::NoDatabase) => Vec::new(),
        databases => databases?,
    };
    let files: Vec<String> = project.files.iter().map(|path| failure::short(path)).collect();
    let read = environment.files().iter().chain(&project.own_variables);
    let variables: Vec<String> = read.map(|file| failure::short(&file.path)).collect();
    if globals.json {
        let in_json = |settings: &[Setting]| settings.iter().map(as_json).collect::<Vec<_>>();
        let databases: Vec<Value> = databases
            .iter()
            .map(|database| {
                json!({ "name": database.name, "settings": in_json(&database.settings) })
            })
            .collect();
        let problems: Vec<String> = examined.problems.iter().map(ToString::to_string).collect();
        output.json(&json!({
            "files": files,
            "variable_files": variables,
            "scripts": in_json(&project.scripts.settings),
            "databases": databases,
            "fleet": in_json(&project.fleet.settings),
            "on_failure": in_json(&project.on_failure.settings),
            "problems": problems,
        }))?;
        return Ok(ExitCode::Done);
    }
    output.data(format_args!("configuration: {}", files.join(", ")))?;
    if !variables.is_empty() {
        output.data(format_args!("variables: {}", variables.join(", ")))?;
    }
    show("scripts", &project.scripts.settings, output)?;
    for database in &databases {
        show(&format!("databases.{}", database.name), &database.settings, output)?;
    }
    if !project.fleet.settings.is_empty() {
        show("fleet", &project.fleet.settings, output)?;
    }
    if !project.on_failure.settings.is_empty() {
        show("on_failure", &project.on_failure.settings, output)?;
    }
    for problem in examined.problems {
        let (at, message) = failure::place_and_message(&CliError::Config(problem));
        let at = at.map(|at| format!("{at}: ")).unwrap_or_default();
        output.insist(format_args!("warning: {at}{message}"));
    }
    Ok(ExitCode::Done)
}

/// A longer value stands out of its column, rather than to move the others away.
const WIDEST: usize = 64;

/// Keys whose values are paths.
const PATHS: [&str; 2] = ["script_location", "version_locations"];

/// A table of settings in three columns.
fn show(heading: &str, settings: &[Setting], output: &mut Output<'_>) -> Result<(), CliError> {
    output.data(format_args!("\n[{heading}]"))?;
    let rows: Vec<[Cow<'_, str>; 3]> = settings
        .iter()
        .map(|setting| {
            [setting.key.as_str().into(), in_words(setting), origins(setting).join(", ").into()]
        })
        .collect();
    let width = |column: usize| {
        let lengths = rows.iter().map(|row| row[column].chars().count());
        lengths.filter(|length| *length <= WIDEST).max().unwrap_or_default()
    };
    let (keys, values) = (width(0), width(1));
    for [key, value, origin] in &rows {
        let line = format!("{key:<keys$}  {value:<values$}  {origin}");
        output.data(line.trim_end())?;
    }
    Ok(())
}

/// A value as it is shown: never empty.
fn in_words(setting: &Setting) -> Cow<'_, str> {
    match &setting.value {
        Ok(value) if value.is_empty() => "(empty)".into(),
        Ok(value) if PATHS.contains(&setting.key.as_str()) => {
            failure::short(Path::new(value)).into()
        }
        // A value may have several lines; the table has one for it.
        Ok(value) => value.lines().collect::<Vec<_>>().join(" ").into(),
        Err(ValueProblem::Variables(missing)) => {
            format!("missing {}", names(&missing.variables).join(", ")).into()
        }
        Err(ValueProblem::Other(error)) => format!("unknown: {error}").into(),
    }
}

fn names(variables: &[MissingVariable]) -> Vec<String> {
    variables.iter().map(|variable| format!("${{{}}}", variable.name)).collect()
}

fn as_json(setting: &Setting) -> Value {
    let (value, missing, error) = match &setting.value {
        Ok(value) => (Some(value), Vec::new(), None),
        Err(ValueProblem::Variables(missing)) => {
            let names = missing.variables.iter().map(|variable| variable.name.clone());
            (None, names.collect(), None)
        }
        Err(ValueProblem::Other(error)) => (None, Vec::new(), Some(error.to_string())),
    };
    json!({
        "key": setting.key,
        "value": value,
        "missing": missing,
        "error": error,
        "origins": origins(setting),
    })
}

/// Where a value is from, in words.
fn origins(setting: &Setting) -> Vec<String> {
    setting.origins.iter().map(origins::words).collect()
}
