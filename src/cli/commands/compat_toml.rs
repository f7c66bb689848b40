//! The `limbeck.toml` that says what an env.py computes.

use limbeck_alembic::env_py::ProposedSetting;
use limbeck_alembic::env_py::ProposedValue;
use limbeck_alembic::env_py::proposed_settings;

use crate::cli::env_findings::Explained;
use crate::cli::env_findings::Verdict;
use crate::cli::env_findings::explain;
use crate::cli::env_findings::line_numbers;
use crate::env::AlembicProject;
use crate::env::ConfigError;
use crate::env::Project;
use crate::env::Variables;

/// The settings among those proposed that this version has.
const KNOWN: [&str; 4] = ["url", "version_table", "version_table_schema", "transaction_mode"];

/// The text of a `limbeck.toml` that says what env.py computes.
///
/// # Errors
/// When the names of the project's databases cannot be read.
pub(super) fn stand_in(
    project: &Project,
    alembic: &AlembicProject,
    variables: Variables<'_>,
) -> Result<String, ConfigError> {
    let script = alembic.env.as_ref().and_then(|env| env.script.as_ref().ok());
    let proposed = script.map(proposed_settings).unwrap_or_default();
    let mut text = String::from(
        "# What env.py computes, for limbeck, which reads that file and does not run it. It extends\n\
         # the alembic.ini beside it. Lines that begin with '#' are to be filled in or deleted.\n",
    );
    let things = alembic.env.as_ref().map(|env| explain(project, env)).unwrap_or_default();
    let (settings, not_done): (Vec<_>, Vec<_>) = things
        .into_iter()
        .filter(|thing| matches!(thing.verdict, Verdict::Setting | Verdict::NotDone))
        .partition(|thing| thing.verdict == Verdict::Setting);
    list(&mut text, "env.py does what is to be said here:", &settings);
    list(&mut text, "env.py does what limbeck does not:", &not_done);
    // The databases of the ini file have their URLs in its sections.
    let mut of_env = false;
    for database in &project.databases {
        of_env |= alembic.has_url_of_env(&database.name, variables)?;
    }
    let settings_of = |table: &str| -> String {
        let wanted = |setting: &&ProposedSetting| {
            setting.table == table
                && KNOWN.contains(&setting.key.as_str())
                && (of_env || setting.key != "url")
        };
        let settings = proposed.iter().filter(wanted);
        settings.map(|setting| setting_line(&setting.key, &setting.value)).collect()
    };
    text.push_str(&format!("\n[scripts]\n{}", settings_of("scripts")));
    text.push_str(
        "# stands_in_for_env_py = true  # when all of the above is seen to: runs no longer warn\n",
    );
    for database in &project.databases {
        let (name, settings) = (toml_key(&database.name), settings_of("database"));
        text.push_str(&format!("\n[databases.{name}]\n{settings}"));
    }
    Ok(text)
}

fn list(text: &mut String, heading: &str, things: &[Explained]) {
    if things.is_empty() {
        return;
    }
    text.push_str(&format!("#\n# {heading}\n"));
    for Explained { lines, what, detail, .. } in things {
        let detail = detail.map(|detail| format!(": {detail}")).unwrap_or_default();
        text.push_str(&format!("#   {} {what}{detail}\n", line_numbers(lines)));
    }
}

/// A name as a key of TOML: in quotes, unless it is one as it stands. Alembic takes any.
fn toml_key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(is_bare) {
        name.to_owned()
    } else {
        toml::Value::from(name).to_string()
    }
}

/// A line of TOML; a comment where a person has to decide.
fn setting_line(key: &str, value: &ProposedValue) -> String {
    match value {
        ProposedValue::Text(text) => format!("{key} = {}\n", toml::Value::from(text.as_str())),
        ProposedValue::Flag(flag) => format!("{key} = {flag}\n"),
        ProposedValue::Comment(comment) => format!("# {key} = \"\"  # {comment}\n"),
    }
}
