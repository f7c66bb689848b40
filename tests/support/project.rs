//! Projects of native revision files, written in a few words.

use toml::Value;

use super::TestEnvironment;

/// A project with one SQLite database, `app.db`, unless it is told otherwise.
pub(crate) fn project() -> ProjectBuilder {
    ProjectBuilder { config: config_for("sqlite:app.db"), url: None, files: Vec::new() }
}

/// Collects what a project consists of.
#[must_use = "nothing is written before `build`"]
pub(crate) struct ProjectBuilder {
    config: String,
    url: Option<String>,
    files: Vec<(String, String)>,
}

impl ProjectBuilder {
    /// The whole text of `limbeck.toml`.
    pub(crate) fn config(mut self, toml: impl Into<String>) -> Self {
        self.config = toml.into();
        self
    }

    /// One database, `app`, at this URL; see [`TestEnvironment::replace_location`].
    pub(crate) fn url(mut self, url: impl Into<String>) -> Self {
        let url = url.into();
        self.config = config_for(&url);
        self.url = Some(url);
        self
    }

    /// A revision in `versions/`.
    pub(crate) fn revision(self, revision: RevisionFile) -> Self {
        let text = revision.text();
        self.file(revision.file, text)
    }

    /// Any other file, by its path in the project.
    pub(crate) fn file(mut self, path: impl Into<String>, text: impl Into<String>) -> Self {
        self.files.push((path.into(), text.into()));
        self
    }

    /// Writes everything.
    pub(crate) fn build(self) -> TestEnvironment {
        let mut environment = TestEnvironment::new();
        environment.write("limbeck.toml", self.config);
        for (path, text) in self.files {
            environment.write(path, text);
        }
        if let Some(url) = self.url {
            environment.replace_location(&url);
        }
        environment
    }
}

/// A revision above these parents. It makes a table `t_<id>`, and drops it on the way down.
pub(crate) fn revision(id: &str, down: &[&str]) -> RevisionFile {
    RevisionFile {
        file: format!("versions/{id}_x.sql"),
        id: id.to_owned(),
        down: down.iter().map(|&parent| parent.to_owned()).collect(),
        message: format!("rev {id}"),
        labels: Vec::new(),
        depends_on: Vec::new(),
        more_front_matter: String::new(),
        sections: Vec::new(),
    }
}

/// A native revision file.
#[must_use = "hand it to `ProjectBuilder::revision`"]
pub(crate) struct RevisionFile {
    file: String,
    id: String,
    down: Vec<String>,
    message: String,
    labels: Vec<String>,
    depends_on: Vec<String>,
    more_front_matter: String,
    sections: Vec<(String, String)>,
}

impl RevisionFile {
    /// Adds a branch label.
    pub(crate) fn label(mut self, label: &str) -> Self {
        self.labels.push(label.to_owned());
        self
    }

    /// Adds a dependency, as it is to be written: an id or a label.
    pub(crate) fn depends_on(mut self, dependency: &str) -> Self {
        self.depends_on.push(dependency.to_owned());
        self
    }

    /// Another message than `rev <id>`.
    pub(crate) fn message(mut self, message: &str) -> Self {
        message.clone_into(&mut self.message);
        self
    }

    /// Another place than `versions/<id>_x.sql`. Load order is the order of file names.
    pub(crate) fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.file);
        self
    }

    /// More lines of front matter, such as `transaction = false`.
    pub(crate) fn with(mut self, toml: &str) -> Self {
        self.more_front_matter += toml;
        self.more_front_matter += "\n";
        self
    }

    /// What the upgrade runs.
    pub(crate) fn upgrade(self, sql: &str) -> Self {
        self.section("upgrade", sql)
    }

    /// What the downgrade runs.
    pub(crate) fn downgrade(self, sql: &str) -> Self {
        self.section("downgrade", sql)
    }

    /// A section by its whole heading, such as `upgrade postgresql`.
    pub(crate) fn section(mut self, heading: &str, sql: &str) -> Self {
        self.sections.push((heading.to_owned(), sql.to_owned()));
        self
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> String {
        let Self { id, message, labels, depends_on, more_front_matter, .. } = self;
        let mut sections = self.sections.clone();
        if sections.is_empty() {
            sections.push(("upgrade".to_owned(), format!("CREATE TABLE t_{id} (id INTEGER);")));
            sections.push(("downgrade".to_owned(), format!("DROP TABLE t_{id};")));
        }
        let mut text = format!(
            "/*---\nmessage = {}\nrevision = {}\ndown_revision = {}\nbranch_labels = {}\ndepends_on = {}\n\
             create_date = 2026-01-02T03:04:05Z\n{more_front_matter}---*/\n",
            Value::from(message.as_str()),
            Value::from(id.as_str()),
            scalar_if_single(&self.down),
            Value::from(labels.clone()),
            Value::from(depends_on.clone()),
        );
        for (heading, sql) in sections {
            text += &format!("\n--- {heading}\n{sql}\n");
        }
        text
    }
}

/// A single parent is written as a string, none and several as a list.
fn scalar_if_single(ids: &[String]) -> Value {
    match ids {
        [id] => Value::from(id.as_str()),
        ids => Value::from(ids.to_vec()),
    }
}

fn config_for(url: &str) -> String {
    format!("[databases.app]\nurl = {}\n", Value::from(url))
}
