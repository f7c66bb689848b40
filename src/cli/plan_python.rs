//! What of the Python in a plan limbeck runs, for `limbeck plan --python`.

use std::path::Path;

use limbeck_alembic::preflight::PythonNeeded;
use serde_json::Value;
use serde_json::json;

use crate::exec::PythonClass;
use crate::exec::RunError;
use crate::exec::RunOptions;
use crate::exec::python_class_of_step;

use super::context::Context;
use super::error::CliError;
use super::failure::short;
use super::run_arguments::options_of;
use super::survey::Survey;

/// For each database of `survey` what its steps are; `None` of those that are no Python.
pub(super) fn classes(
    context: &Context,
    survey: &Survey<'_>,
    options: &RunOptions,
) -> Result<Vec<Vec<Option<PythonClass>>>, CliError> {
    let mut classes = Vec::new();
    for (site, preview) in survey.sites.iter().zip(&survey.previews) {
        let options = options_of(site, options);
        let mut of_site = Vec::new();
        for step in preview.iter().flat_map(|preview| &preview.plan.steps) {
            let Some(id) = &step.revision else {
                of_site.push(None);
                continue;
            };
            let (scripts, dialect) = (&context.revisions, site.url.dialect());
            let class = python_class_of_step(id, step.direction, scripts, dialect, &options);
            of_site.push(
                class.map_err(|kind| context.run_error(site, RunError::before_any_step(kind)))?,
            );
        }
        classes.push(of_site);
    }
    Ok(classes)
}

/// What a step is, in lines.
pub(super) fn lines(class: &PythonClass) -> Vec<String> {
    match class {
        PythonClass::Empty => vec!["limbeck has nothing to run".to_owned()],
        PythonClass::Native { depends_on_data: false } => vec!["limbeck runs it".to_owned()],
        PythonClass::Native { depends_on_data: true } => {
            vec!["limbeck runs it; what it does depends on what the database has".to_owned()]
        }
        PythonClass::Fails(failure) => vec![format!("it fails, in Python too: {failure}")],
        PythonClass::PythonNeeded(needed) => needed
            .iter()
            .map(|needed| format!("needed for {} ({})", needed.construct, place(needed)))
            .collect(),
        PythonClass::Missing => vec!["there is no such function".to_owned()],
        PythonClass::Unreadable(reason) => vec![format!("it cannot be read: {reason}")],
    }
}

/// The same for programs.
pub(super) fn as_json(class: &PythonClass) -> Value {
    let (word, depends_on_data, needed): (&str, bool, &[PythonNeeded]) = match class {
        PythonClass::Empty => ("empty", false, &[]),
        PythonClass::Native { depends_on_data } => ("native", *depends_on_data, &[]),
        PythonClass::Fails(_) => ("fails", false, &[]),
        PythonClass::PythonNeeded(needed) => ("python_needed", false, needed),
        PythonClass::Missing => ("missing", false, &[]),
        PythonClass::Unreadable(_) => ("unreadable", false, &[]),
    };
    let needed: Vec<Value> = needed
        .iter()
        .map(|needed| {
            json!({
                "path": needed.place.file,
                "line": needed.place.position.line,
                "column": needed.place.position.column,
                "construct": needed.construct,
            })
        })
        .collect();
    json!({ "class": word, "depends_on_data": depends_on_data, "needed": needed })
}

fn place(needed: &PythonNeeded) -> String {
    let at = &needed.place.position;
    format!("{}:{}:{}", short(Path::new(&needed.place.file)), at.line, at.column)
}
