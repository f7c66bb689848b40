//! The `limbeck.toml` that says what an env.py computes.

use limbeck_alembic::env_py::EnvScript;
use limbeck_alembic::env_py::ProposedSetting;
use limbeck_alembic::env_py::ProposedValue;
use limbeck_alembic::env_py::UrlChoice;
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
/// `labels` are the branch labels of its revisions.
///
/// # Errors
/// When the names of the project's databases cannot be read.
pub(super) fn stand_in(
    project: &Project,
    alembic: &AlembicProject,
    variables: Variables<'_>,
    labels: &[String],
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
    let chosen = script.filter(|_| of_env && project.databases.len() == 1);
    let chosen = chosen.map(|script| chosen_databases(script, labels)).unwrap_or_default();
    if !chosen.is_empty() {
        let proposed = proposed.iter().filter(|setting| {
            let key = setting.key.as_str();
            setting.table == "database" && key != "url" && KNOWN.contains(&key)
        });
        let others: String = proposed.map(|other| setting_line(&other.key, &other.value)).collect();
        for Chosen { name, url } in chosen {
            let url = setting_line("url", &url);
            let branches = match labels.contains(&name) {
                true => format!("branches = [{}]\n", toml::Value::from(name.as_str())),
                false => "# branches = [\"\"]  # the branch labels of this database\n".to_owned(),
            };
            text.push_str(&format!("\n[databases.{name}]\n{url}{branches}{others}"));
        }
        return Ok(text);
    }
    for database in &project.databases {
        let (name, settings) = (toml_key(&database.name), settings_of("database"));
        text.push_str(&format!("\n[databases.{name}]\n{settings}"));
    }
    Ok(text)
}

/// A database that env.py takes for a value of a `-x` argument.
struct Chosen {
    name: String,
    url: ProposedValue,
}

/// The databases that env.py chooses by the values of one `-x` argument: none where there is no
/// such argument, or its values cannot be names. The database for all other values goes by the
/// only branch label that is none of these.
fn chosen_databases(script: &EnvScript, labels: &[String]) -> Vec<Chosen> {
    let choices = script.url_choices();
    let [UrlChoice { key, values }] = choices.as_slice() else { return Vec::new() };
    if !values.iter().all(|value| toml_key(value) == *value) {
        return Vec::new();
    }
    let mut chosen: Vec<Chosen> = values
        .iter()
        .filter_map(|value| {
            let url = script.proposed_url(key, Some(value))?;
            Some(Chosen { name: value.clone(), url })
        })
        .collect();
    if let Some(url) = script.proposed_url(key, None)
        && chosen.iter().all(|other| other.url != url)
    {
        let mut others = labels.iter().filter(|label| !values.contains(label));
        let name = match (others.next(), others.next()) {
            (Some(label), None) if toml_key(label) == *label => label.clone(),
            _ => "main".to_owned(),
        };
        chosen.push(Chosen { name, url });
    }
    chosen
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
