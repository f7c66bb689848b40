//! The templates of new SQL revision files and new projects.
//!
//! They are tera templates, built in; a project that has a `revision.sql.tera` in its script
//! directory uses that for its revisions. A value reaches the front matter through the filter
//! `toml`, which writes it as TOML: `message = {{ message | toml }}`.

use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;

use tera::Context;
use tera::Kwargs;
use tera::State;
use tera::Tera;
use tera::Value;

use super::error::ScriptError;
use super::new_revision::NewRevision;
use super::python_template::PythonTemplate;
use super::sql::SourcePosition;
use super::toml_text;
use super::tree::Disk;
use super::tree::Tree as _;

/// The file name of a project's own template.
const REVISION_TEMPLATE: &str = "revision.sql.tera";

/// What `init` can set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InitTemplate {
    /// Its name, for `--template`.
    pub name: &'static str,
    /// What it is for: the text of its README.
    readme: &'static str,
    /// The template of `limbeck.toml`.
    config: &'static str,
    /// The template of revision files.
    revision: &'static str,
}

macro_rules! init_template {
    ($name:literal) => {
        InitTemplate {
            name: $name,
            readme: include_str!(concat!("../../templates/", $name, "/README")),
            config: include_str!(concat!("../../templates/", $name, "/limbeck.toml.tera")),
            revision: include_str!(concat!("../../templates/", $name, "/revision.sql.tera")),
        }
    };
}

/// Every template, the default first.
pub const INIT_TEMPLATES: [InitTemplate; 2] =
    [init_template!("generic"), init_template!("multidb")];

impl InitTemplate {
    /// The template with a name.
    pub fn by_name(name: &str) -> Option<&'static InitTemplate> {
        INIT_TEMPLATES.iter().find(|template| template.name == name)
    }

    /// One line that says what it is for.
    pub fn description(&self) -> &'static str {
        self.readme.trim_end()
    }

    /// The text of `limbeck.toml` for a version location.
    pub(super) fn render_config(&self, version_location: &str) -> Result<String, ScriptError> {
        let origin = PathBuf::from(format!("{}/limbeck.toml.tera", self.name));
        let mut context = Context::new();
        context.insert_value("version_location", Value::normal_string(version_location));
        Template::new(origin, self.config)?.render(&context)
    }
}

/// The template of a project's revision files.
#[derive(Debug)]
pub enum RevisionTemplate {
    /// Of SQL revisions: a tera template.
    Sql(SqlTemplate),
    /// Of Python revisions: a `script.py.mako`.
    Python(PythonTemplate),
}

/// The template of SQL revisions.
#[derive(Debug)]
pub struct SqlTemplate(Box<Template>);

impl RevisionTemplate {
    fn of_sql(template: Template) -> Self {
        RevisionTemplate::Sql(SqlTemplate(Box::new(template)))
    }

    /// That of SQL revisions in the script directory, else the built-in one.
    ///
    /// # Errors
    /// When the project's own cannot be read or is no template.
    pub fn for_project(script_directory: &Path) -> Result<Self, ScriptError> {
        let path = script_directory.join(REVISION_TEMPLATE);
        match Disk.text(&path) {
            Ok(text) => Template::new(path, &text).map(RevisionTemplate::of_sql),
            Err(ScriptError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                RevisionTemplate::embedded(&INIT_TEMPLATES[0])
            }
            Err(error) => Err(error),
        }
    }

    /// That of a kind of project.
    ///
    /// # Errors
    /// None with the templates that are built in.
    pub fn embedded(template: &InitTemplate) -> Result<Self, ScriptError> {
        let origin = PathBuf::from(format!("{}/{REVISION_TEMPLATE}", template.name));
        Template::new(origin, template.revision).map(RevisionTemplate::of_sql)
    }

    /// The template's file, or the name of the built-in one.
    pub fn origin(&self) -> &Path {
        match self {
            RevisionTemplate::Sql(SqlTemplate(template)) => &template.origin,
            RevisionTemplate::Python(template) => template.origin(),
        }
    }

    /// The extension of the files it renders.
    pub(super) fn extension(&self) -> &'static str {
        match self {
            RevisionTemplate::Sql(_) => "sql",
            RevisionTemplate::Python(_) => "py",
        }
    }

    pub(super) fn render(&self, revision: &NewRevision) -> Result<String, ScriptError> {
        match self {
            RevisionTemplate::Sql(SqlTemplate(template)) => template.render(&revision.context()),
            RevisionTemplate::Python(template) => template.render(revision),
        }
    }
}

/// A template with the place it comes from.
#[derive(Debug)]
struct Template {
    origin: PathBuf,
    tera: Box<Tera>,
}

/// The name of the only template in a [`Template`].
const NAME: &str = "template";

impl Template {
    fn new(origin: PathBuf, text: &str) -> Result<Self, ScriptError> {
        let mut tera = Tera::new();
        // SQL is no HTML; values that need it go through the filter.
        tera.autoescape_on(Vec::<&str>::new());
        tera.register_filter("toml", toml_filter);
        match tera.add_raw_template(NAME, text) {
            Ok(()) => Ok(Template { origin, tera: Box::new(tera) }),
            Err(error) => Err(template_error(origin, &error)),
        }
    }

    fn render(&self, context: &Context) -> Result<String, ScriptError> {
        let rendered = self.tera.render(NAME, context);
        rendered.map_err(|error| template_error(self.origin.clone(), &error))
    }
}

fn template_error(path: PathBuf, error: &tera::Error) -> ScriptError {
    let (position, message) = match error.kind() {
        tera::ErrorKind::SyntaxError(report) | tera::ErrorKind::RenderingError(report) => {
            let span = report.span();
            let position = SourcePosition { line: span.start_line, column: span.start_col + 1 };
            (Some(position), report.message().to_owned())
        }
        _ => (None, error.to_string()),
    };
    ScriptError::Template { path, position, message }
}

/// A string, a list of strings, a boolean or an integer as TOML.
#[expect(clippy::needless_pass_by_value, reason = "the signature of tera's filters")]
fn toml_filter(value: Value, _: Kwargs, _: &State<'_>) -> Result<String, tera::Error> {
    let unsupported = || {
        let kind = value.name();
        tera::Error::message(format!("the filter 'toml' takes strings and lists, not {kind}"))
    };
    if let Some(text) = value.as_str() {
        return Ok(toml_text::basic_string(text));
    }
    if let Some(values) = value.as_array() {
        let texts: Option<Vec<&str>> = values.iter().map(Value::as_str).collect();
        return Ok(toml_text::string_list(texts.ok_or_else(unsupported)?.into_iter()));
    }
    if value.is_bool() || value.is_i64() || value.is_u64() {
        return Ok(value.to_string());
    }
    Err(unsupported())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_described_in_one_line() {
        assert_eq!(INIT_TEMPLATES[0].description(), "Generic single-database configuration.");
        assert_eq!(
            InitTemplate::by_name("multidb").unwrap().description(),
            "Rudimentary multi-database configuration."
        );
        assert!(InitTemplate::by_name("nope").is_none());
    }

    #[test]
    fn the_filter_writes_toml() {
        let render = |text: &str| {
            let mut context = Context::new();
            context.insert("a", "x\"\n");
            context.insert("b", &["x", "*/"]);
            context.insert("c", &true);
            context.insert("d", &7);
            context.insert("e", &1.5);
            Template::new("t.tera".into(), text)?.render(&context)
        };
        assert_eq!(
            render("{{ a | toml }} {{ b | toml }} {{ c | toml }} {{ d | toml }}").unwrap(),
            r#""x\"\n" ["x", "*\u002F"] true 7"#
        );
        assert_eq!(
            render("\n {{ e | toml }}").unwrap_err().to_string(),
            "template t.tera:2:9: the filter 'toml' takes strings and lists, not f64"
        );
        let error = render("a\n{{ nope }}").unwrap_err();
        assert!(error.to_string().starts_with("template t.tera:2:"), "{error}");
        assert_eq!(error.path(), Path::new("t.tera"));
        assert!(render("{% if %}").unwrap_err().to_string().starts_with("template t.tera:1:"));
    }

    #[test]
    fn a_projects_own_template_wins() {
        let directory = tempfile::tempdir().unwrap();
        let built_in = RevisionTemplate::for_project(directory.path()).unwrap();
        assert_eq!(built_in.origin(), Path::new("generic/revision.sql.tera"));
        let path = directory.path().join("revision.sql.tera");
        std::fs::write(&path, "own").unwrap();
        let own = RevisionTemplate::for_project(directory.path()).unwrap();
        assert_eq!(own.origin(), path);
        let RevisionTemplate::Sql(SqlTemplate(own)) = own else { panic!("no tera template") };
        assert_eq!(own.render(&Context::new()).unwrap(), "own");
        std::fs::write(&path, "{{").unwrap();
        assert_eq!(RevisionTemplate::for_project(directory.path()).unwrap_err().path(), path);
    }
}
