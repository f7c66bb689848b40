//! `env.py`, read and never run: where the database URL comes from, what `context.configure` is
//! told, and what else the file does around the migrations.
//!
//! The file is walked twice, as Alembic would run it online and offline. Functions of the file are
//! followed, both sides of a condition are taken, and a value that hangs on the environment, the
//! ini or `-x` arguments is kept as a formula. What only running the file can tell is `Computed`,
//! with its place.

mod calls;
mod choices;
mod doubt;
mod expression;
mod formula;
mod join;
mod known;
mod places;
mod report;
mod state;
mod walk;

#[cfg(test)]
mod tests;

use std::fmt;

pub use choices::UrlChoice;
pub use formula::Outside;
pub use formula::UrlError;
pub use report::proposed_settings;

use formula::Formula;
use formula::Known;
use places::Places;

use crate::python::Position;
use crate::python::Span;
use crate::python::SyntaxError;
use crate::secrets::may_hold_secret;

/// A piece of `env.py` that may hold a password: `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Masked(String);

impl Masked {
    /// The text. It may hold a password.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Masked(…)")
    }
}

/// What `env.py` takes from outside and what it sets.
#[derive(Debug, Clone)]
pub struct EnvScript {
    findings: Vec<Finding>,
    url: UrlSource,
    url_formula: Formula,
    arguments: Vec<(String, Setting)>,
    x_arguments: Vec<String>,
    sections: Vec<String>,
}

/// Something that a person who does without `env.py` has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where it is.
    pub position: Position,
    /// What it is.
    pub kind: FindingKind,
    /// What limbeck does about it.
    pub treatment: Treatment,
}

/// The kinds of [`Finding`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindingKind {
    /// The URL is set, or an engine made with it.
    Url,
    /// An argument of `context.configure`.
    Argument {
        /// Its name.
        name: String,
    },
    /// `**arguments` of `context.configure` that are not known here.
    ArgumentsFromOutside,
    /// The file does not call `context.configure` anywhere that was followed.
    NotConfigured,
    /// An argument, or the URL, that offline differs from online; online wins.
    OfflineDiffers {
        /// The argument, or `url`.
        name: String,
    },
    /// A `-x` argument.
    XArgument {
        /// Its key; none when all are taken.
        key: Option<String>,
    },
    /// Another section of the ini is read than the one Alembic runs with: a database each.
    OtherSection,
    /// `context.script.version_locations` is set.
    VersionLocations,
    /// `context.get_tag_argument()`.
    Tag,
    /// A statement executed outside of the migrations.
    Statement {
        /// The SQL, where it is written out.
        sql: Option<Masked>,
        /// What it is about.
        topic: StatementTopic,
    },
    /// `schema_translate_map`.
    SchemaTranslateMap,
    /// An SQLAlchemy event listener.
    EventListener,
    /// An argument of `context.run_migrations`, which `upgrade()` receives.
    RunArgument {
        /// Its name; none for `**`.
        name: Option<String>,
    },
    /// The migrations run in a loop: over databases, schemas or tenants.
    Loop {
        /// What is looped over, as written.
        over: Masked,
    },
    /// An environment variable is read.
    Variable {
        /// Its name; none when it is computed.
        name: Option<String>,
    },
    /// `load_dotenv()`.
    Dotenv,
    /// Something is imported from a module of the project or of another library.
    Import {
        /// The module.
        module: String,
    },
    /// More ways through the file than are followed.
    TooIntricate,
}

/// What a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementTopic {
    /// `SET search_path`.
    SearchPath,
    /// `CREATE SCHEMA`.
    CreateSchema,
    /// `pg_advisory_lock` and its like.
    AdvisoryLock,
    /// `SET lock_timeout` or `statement_timeout`.
    Timeout,
    /// `PRAGMA`.
    Pragma,
    /// Anything else.
    Other,
}

/// What limbeck does about a [`Finding`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Treatment {
    /// limbeck does the same by itself.
    Followed,
    /// A setting has to say it.
    SettingNeeded {
        /// What to write into `limbeck.toml`, in words.
        what: &'static str,
    },
    /// It matters only to autogenerate.
    AutogenerateOnly,
    /// It is not done.
    NotFollowed {
        /// Why, or what follows from it.
        why: &'static str,
    },
}

/// Where the database URL comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum UrlSource {
    /// From `sqlalchemy.url` of the ini, as without any `env.py`.
    FromConfig,
    /// From variables or `-x` arguments in a way that is known: see [`EnvScript::url_from`].
    Variables {
        /// Where the first of them is read.
        position: Position,
        /// In the order in which they are met.
        names: Vec<EnvVariable>,
        /// Keys of `-x` arguments.
        x_arguments: Vec<String>,
    },
    /// It is written in the file.
    Literal {
        /// Where the option is set, or the engine made.
        position: Position,
    },
    /// From other sections of the ini, one for each database.
    Sections {
        /// Where the first is read.
        position: Position,
    },
    /// Only running the file tells.
    Computed {
        /// Where.
        position: Position,
        /// What.
        expression: Masked,
    },
}

/// An environment variable that `env.py` reads for the URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvVariable {
    /// Its name.
    pub name: String,
    /// A default that is written in the file.
    pub default: Option<Masked>,
}

/// An argument of `context.configure`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// It is not given: Alembic's default holds.
    Absent,
    /// It is `None`.
    None {
        /// Where.
        position: Position,
    },
    /// It is a text, written or put together from what is written.
    Text {
        /// The text.
        value: String,
        /// Where.
        position: Position,
    },
    /// It is `True` or `False`.
    Flag {
        /// Which.
        value: bool,
        /// Where.
        position: Position,
    },
    /// It is an option of the ini's main section.
    Option {
        /// The option.
        key: String,
        /// Where.
        position: Position,
    },
    /// It comes from environment variables alone, or `-x` arguments.
    Variable {
        /// The first of them.
        name: String,
        /// Where.
        position: Position,
    },
    /// Only running the file tells.
    Computed {
        /// Where.
        position: Position,
        /// What.
        expression: Masked,
    },
}

/// A line that a `limbeck.toml` standing in for `env.py` would have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedSetting {
    /// The table, such as `alembic`.
    pub table: &'static str,
    /// The key in it.
    pub key: String,
    /// What to write.
    pub value: ProposedValue,
}

/// The right side of a [`ProposedSetting`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProposedValue {
    /// A text.
    Text(String),
    /// `true` or `false`.
    Flag(bool),
    /// Nothing that is known: a line that a person has to fill in, and what to fill in.
    Comment(String),
}

/// Reads the text of an `env.py`.
///
/// In the positions of all that it gives, errors too, [`Position::source_line`] has `…` in place of
/// what stands in quotes, and is empty where the line does not tell what that is.
///
/// # Errors
/// [`SyntaxError`] when it is not Python.
pub fn read_env(text: &str) -> Result<EnvScript, SyntaxError> {
    let module = crate::python::parse(text).map_err(|error| without_line(error, text))?;
    let online = walk::walk(text, &module, false);
    let offline = walk::walk(text, &module, true);
    let places = Places::new(text, &module);
    let mut script = report::script(&places, online, offline);
    script.sections = doubt::sections(&module);
    if let Some(span) = doubt::first(&module) {
        script.doubt(&places, span);
    }
    Ok(script)
}

/// What is no Python does not tell what is a text: the line is shown only if there can be none.
fn without_line(mut error: SyntaxError, text: &str) -> SyntaxError {
    let line = &error.position.source_line;
    // A text of several lines may have begun before.
    let before = text.get(..error.offset).unwrap_or(text);
    let may_go_on = ["\"\"\"", "'''", "\\\n", "\\\r"].iter().any(|sign| before.contains(sign));
    if may_go_on || line.contains(['"', '\'', '#', '\\']) || may_hold_secret(line) {
        error.position.source_line.clear();
    }
    error
}

impl EnvScript {
    /// Takes back what the walk cannot be sure of, because of what stands at `span`.
    fn doubt(&mut self, places: &Places<'_>, span: Span) {
        let position = places.at(span);
        let expression = Masked(span.text(places.text).to_owned());
        self.url = UrlSource::Computed { position: position.clone(), expression };
        self.url_formula = Formula::Unknown(span);
        let why = "the rest of the file is not understood";
        let treatment = Treatment::NotFollowed { why };
        let at = self.findings.partition_point(|finding| finding.position.line < position.line);
        self.findings.insert(at, Finding { position, kind: FindingKind::TooIntricate, treatment });
    }

    /// The sections of the ini file that it names in its text. Another one than that of `-n` makes
    /// what is known of the URL wrong.
    #[must_use]
    pub fn named_sections(&self) -> &[String] {
        &self.sections
    }

    /// Everything worth knowing, in the order of the lines.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Where the URL comes from.
    #[must_use]
    pub fn url(&self) -> &UrlSource {
        &self.url
    }

    /// The URL that the file would use.
    ///
    /// # Errors
    /// [`UrlError`] when a variable is missing, when the file raises, and when only running the
    /// file tells.
    pub fn url_from(&self, outside: Outside<'_>) -> Result<String, UrlError> {
        match self.url_formula.value(outside)? {
            Known::Text(text) if !text.is_empty() => Ok(text),
            _ => Err(UrlError::Empty),
        }
    }

    /// An argument of `context.configure`, online where both modes have it.
    #[must_use]
    pub fn argument(&self, name: &str) -> Setting {
        let found = self.arguments.iter().find(|(own, _)| own == name);
        found.map_or(Setting::Absent, |(_, setting)| setting.clone())
    }

    /// `version_table`: the name of the table that holds the heads.
    #[must_use]
    pub fn version_table(&self) -> Setting {
        self.argument("version_table")
    }

    /// `version_table_schema`.
    #[must_use]
    pub fn version_table_schema(&self) -> Setting {
        self.argument("version_table_schema")
    }

    /// `version_table_pk`.
    #[must_use]
    pub fn version_table_pk(&self) -> Setting {
        self.argument("version_table_pk")
    }

    /// `transaction_per_migration`.
    #[must_use]
    pub fn transaction_per_migration(&self) -> Setting {
        self.argument("transaction_per_migration")
    }

    /// `transactional_ddl`.
    #[must_use]
    pub fn transactional_ddl(&self) -> Setting {
        self.argument("transactional_ddl")
    }

    /// Whether a [`Setting::Absent`] is certain. It is not when `context.configure` gets
    /// `**arguments` from outside, is called where it was not followed, or the file is too intricate.
    #[must_use]
    pub fn arguments_are_certain(&self) -> bool {
        !self.findings.iter().any(|finding| {
            matches!(
                finding.kind,
                FindingKind::ArgumentsFromOutside
                    | FindingKind::NotConfigured
                    | FindingKind::TooIntricate
            )
        })
    }

    /// The keys of the `-x` arguments that the file reads.
    #[must_use]
    pub fn x_arguments(&self) -> &[String] {
        &self.x_arguments
    }
}
