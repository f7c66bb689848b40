//! The template of new Python revisions: the project's own `script.py.mako`, else the built-in
//! one.

use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;

use chrono::DateTime;
use chrono::TimeZone;
use limbeck_alembic::mako::DEFAULT_SCRIPT_TEMPLATE;
use limbeck_alembic::mako::Revisions;
use limbeck_alembic::mako::Template;
use limbeck_alembic::mako::TemplateError;
use limbeck_alembic::mako::TemplateValues;
use limbeck_alembic::url::Secret;

use super::error::ScriptError;
use super::new_revision::NewRevision;
use super::sql::SourcePosition;
use super::tree::Disk;
use super::tree::Tree as _;
use crate::graph::BranchLabel;
use crate::graph::RevisionId;

/// The file name of a project's own template.
const SCRIPT_TEMPLATE: &str = "script.py.mako";

/// What stands in a file whose revision was given no message.
const NO_MESSAGE: &str = "empty message";

/// The template of Python revisions.
#[derive(Debug)]
pub struct PythonTemplate {
    origin: PathBuf,
    template: Template,
    /// What `config.get_main_option` answers.
    options: Vec<(String, Secret)>,
}

impl PythonTemplate {
    /// The one in `script_location`, else the built-in one. `options` are the main options of
    /// the configuration, which templates may ask for.
    ///
    /// # Errors
    /// When the project's own cannot be read or is no template.
    pub fn for_project(
        script_location: &Path,
        options: Vec<(String, Secret)>,
    ) -> Result<Self, ScriptError> {
        let origin = script_location.join(SCRIPT_TEMPLATE);
        let (origin, text) = match Disk.text(&origin) {
            Ok(text) => (origin, text),
            Err(ScriptError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                (PathBuf::from(SCRIPT_TEMPLATE), DEFAULT_SCRIPT_TEMPLATE.to_owned())
            }
            Err(error) => return Err(error),
        };
        match Template::parse(&text) {
            Ok(template) => Ok(PythonTemplate { origin, template, options }),
            Err(error) => Err(template_error(&origin, &error)),
        }
    }

    /// The template's file, or the name of the built-in one.
    pub fn origin(&self) -> &Path {
        &self.origin
    }

    pub(super) fn render(&self, revision: &NewRevision) -> Result<String, ScriptError> {
        let ids: Vec<&str> = revision.down_revisions.iter().map(RevisionId::as_str).collect();
        let labels: Vec<&str> = revision.branch_labels.iter().map(BranchLabel::as_str).collect();
        let dependencies: Vec<&str> = revision.depends_on.iter().map(String::as_str).collect();
        let option = |name: &str| {
            let mut options = self.options.iter();
            options.find(|(option, _)| option == name).map(|(_, value)| value.expose().to_owned())
        };
        let created = &revision.create_date;
        let offset = if revision.shows_offset { "%:z" } else { "" };
        let values = TemplateValues {
            message: revision.message.as_deref().unwrap_or(NO_MESSAGE),
            up_revision: revision.id.as_str(),
            down_revision: none_one_or_several(ids),
            branch_labels: (!labels.is_empty()).then_some(labels),
            depends_on: none_one_or_several(dependencies),
            create_date: &python_date(created, offset),
            now: &python_date(created, ""),
            utc_now: &python_date(&created.to_utc(), ""),
            arguments: &[],
            option: &option,
        };
        self.template.render(&values).map_err(|error| template_error(&self.origin, &error))
    }
}

fn none_one_or_several(names: Vec<&str>) -> Revisions<'_> {
    match names.as_slice() {
        [] => Revisions::None,
        [name] => Revisions::One(name),
        _ => Revisions::Several(names),
    }
}

/// The date as Python prints a `datetime`: without a fraction where it is a whole second.
fn python_date<Z: TimeZone<Offset: std::fmt::Display>>(date: &DateTime<Z>, offset: &str) -> String {
    let fraction = if date.timestamp_subsec_micros() == 0 { "" } else { "%.6f" };
    date.format(&format!("%Y-%m-%d %H:%M:%S{fraction}{offset}")).to_string()
}

fn template_error(path: &Path, error: &TemplateError) -> ScriptError {
    ScriptError::Template {
        path: path.to_owned(),
        position: Some(SourcePosition { line: error.position.line, column: error.position.column }),
        message: error.kind.to_string(),
    }
}
