//! Which of the configured databases are meant.

use std::borrow::Cow;

use limbeck_schema::Dialect;

use crate::db::DatabaseUrl;
use crate::db::LockMode;
use crate::env::AlembicProject;
use crate::env::DatabaseSettings;
use crate::env::HealthSettings;
use crate::env::Hooks;
use crate::env::Origin;
use crate::env::Project;
use crate::env::SharedSite;
use crate::env::Tables;
use crate::env::alembic_url;
use crate::env::shared_sites;
use crate::exec::Journal;
use crate::exec::Limits;

use super::arguments::Globals;
use super::error::CliError;

/// The databases that `--database` and `-x db=` choose, in the order of the file; none where
/// neither is given.
pub(super) fn chosen_names(globals: &Globals, project: &Project) -> Result<Vec<String>, CliError> {
    let known: Vec<String> =
        project.databases.iter().map(|database| database.name.clone()).collect();
    let mut names = Vec::new();
    for argument in &globals.extra {
        let (key, value) = argument.split_once('=').unwrap_or((argument, ""));
        let is_known = known.iter().any(|name| name == value);
        match &project.alembic {
            None if key == "db" => names.push(value.to_owned()),
            None => return Err(CliError::ExtraArgument { key: key.to_owned() }),
            // Where there are several, it can mean nothing else.
            Some(_) if key == "db" && (is_known || known.len() > 1) => {
                names.push(value.to_owned());
            }
            // Alembic takes any; what it does is up to env.py.
            Some(alembic) => check_x_argument(alembic, key)?,
        }
    }
    if let Some(name) = names.iter().find(|name| !known.contains(name)) {
        return Err(CliError::NoSuchDatabase { name: name.clone(), known });
    }
    // What stands behind a slash is about its tenants.
    let of_databases = |name: &String| name.split('/').next().unwrap_or_default().to_owned();
    let patterns: Vec<String> = globals.databases.iter().map(of_databases).collect();
    let chosen = choose(&patterns, &known)?;
    Ok(known.into_iter().filter(|name| names.contains(name) || chosen.contains(name)).collect())
}

/// The databases of this invocation, in the order of the file: the chosen ones, or all. A `--url`
/// is the URL of the only one.
pub(super) fn chosen_databases<'a>(
    globals: &Globals,
    project: &'a Project,
) -> Result<Vec<Cow<'a, DatabaseSettings>>, CliError> {
    let names = chosen_names(globals, project)?;
    let mut databases: Vec<Cow<'_, DatabaseSettings>> = project
        .databases
        .iter()
        .filter(|database| names.is_empty() || names.contains(&database.name))
        .map(Cow::Borrowed)
        .collect();
    let server = globals.server();
    if let Some(url) = globals.url() {
        let url = match &project.alembic {
            // limbeck's own short forms are no URLs to SQLAlchemy.
            Some(_) if url.contains("://") => alembic_url(url)?,
            _ => url.parse::<DatabaseUrl>()?,
        };
        let url = url.at_server(&server.server).transpose()?.unwrap_or(url);
        let mut origins = vec![globals.url_origin()];
        origins.extend(server.origins());
        match databases.as_mut_slice() {
            [database] => database.to_mut().replace_url(url, origins),
            [] => databases.push(Cow::Owned(unnamed_database(url, origins))),
            several => {
                let names = several.iter().map(|d| d.name.clone()).collect();
                return Err(CliError::UrlForSeveral { names });
            }
        }
    }
    if databases.is_empty() {
        return Err(CliError::NoDatabase);
    }
    let is_file = |database: &Cow<'_, DatabaseSettings>| {
        database.url.as_ref().is_ok_and(|url| url.dialect() == Dialect::Sqlite)
    };
    if !server.server.is_empty() && databases.iter().all(is_file) {
        return Err(CliError::ServerOfFiles);
    }
    Ok(databases)
}

/// What the chosen databases share with each other or with the rest of the configuration, and must
/// not.
pub(super) fn shared_with_chosen<'a>(
    project: &'a Project,
    chosen: &'a [Cow<'_, DatabaseSettings>],
) -> Vec<SharedSite> {
    let is_chosen = |name: &str| chosen.iter().any(|database| database.name == name);
    let as_chosen = |database: &'a DatabaseSettings| {
        chosen.iter().map(Cow::as_ref).find(|it| it.name == database.name).unwrap_or(database)
    };
    let mut shared = shared_sites(project.databases.iter().map(as_chosen));
    shared.retain(|shared| is_chosen(&shared.first) || is_chosen(&shared.second));
    shared
}

/// Refuses a `-x` argument with which env.py does something that limbeck does not.
fn check_x_argument(alembic: &AlembicProject, key: &str) -> Result<(), CliError> {
    let finding = alembic.env.as_ref().and_then(|env| Some((env, env.unfollowed_argument(key)?)));
    match finding {
        None => Ok(()),
        Some((env, finding)) => Err(CliError::EnvArgument {
            key: key.to_owned(),
            path: env.path.clone(),
            position: finding.position.clone(),
        }),
    }
}

/// The name of the database of a project that configures none.
pub(super) const UNNAMED: &str = "main";

/// The database of a project that configures none and is given a URL.
fn unnamed_database(url: DatabaseUrl, origins: Vec<Origin>) -> DatabaseSettings {
    let mut database = DatabaseSettings {
        name: UNNAMED.to_owned(),
        url: Ok(url.clone()),
        is_own_url: true,
        branches: None,
        tenants: None,
        tables: Ok(Tables::default()),
        journal: Journal::Always,
        lock: LockMode::Session,
        limits: Limits::default(),
        is_protected: false,
        health: HealthSettings::default(),
        hooks: Hooks::default(),
        naming: None,
        settings: Vec::new(),
    };
    database.replace_url(url, origins);
    database
}

/// Whether `name` is what `pattern` describes: `*` stands for any letters, `?` for one.
pub(super) fn is_match(pattern: &str, name: &str) -> bool {
    let mut chars = pattern.chars();
    match chars.next() {
        None => name.is_empty(),
        Some('*') => {
            let rest = chars.as_str();
            let mut ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            ends.any(|at| is_match(rest, &name[at..]))
        }
        Some(letter) => {
            let mut name = name.chars();
            name.next().is_some_and(|first| letter == '?' || letter == first)
                && is_match(chars.as_str(), name.as_str())
        }
    }
}

/// The names among `known` that one of `patterns` describes, in the order of `known`.
///
/// # Errors
/// A pattern that describes none.
fn choose(patterns: &[String], known: &[String]) -> Result<Vec<String>, CliError> {
    // A name is its own pattern, whatever is in it.
    let describes = |pattern: &str, name: &str| pattern == name || is_match(pattern, name);
    for pattern in patterns {
        if known.iter().all(|name| !describes(pattern, name)) {
            return Err(CliError::NoSuchDatabase { name: pattern.clone(), known: known.to_vec() });
        }
    }
    let is_chosen = |name: &&String| patterns.iter().any(|pattern| describes(pattern, name));
    Ok(known.iter().filter(is_chosen).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_describe_names() {
        for (pattern, names) in [
            ("ts*", "ts ts_eu ts-us"),
            ("*s", "ts ts-us"),
            ("*", "app ts ts_eu ts-us"),
            ("t?", "ts"),
            ("??", "ts"),
            ("*_*", "ts_eu"),
            ("**u*", "ts_eu ts-us"),
            ("app", "app"),
        ] {
            let known: Vec<String> =
                ["app", "ts", "ts_eu", "ts-us"].into_iter().map(str::to_owned).collect();
            assert_eq!(
                choose(&[pattern.to_owned()], &known).unwrap().join(" "),
                names,
                "{pattern}"
            );
        }
    }

    #[test]
    fn a_pattern_without_a_match_is_refused_and_the_order_is_that_of_the_file() {
        let known: Vec<String> = ["b", "a", "c"].into_iter().map(str::to_owned).collect();
        let chosen = |patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(|&p| p.to_owned()).collect();
            choose(&patterns, &known)
        };
        assert_eq!(
            chosen(&["a", "[ab]", "b"]).unwrap_err().to_string(),
            "there is no database `[ab]` in the configuration"
        );
        assert_eq!(chosen(&["a", "?", "b"]).unwrap(), ["b", "a", "c"]);
        assert_eq!(chosen(&["a", "b"]).unwrap(), ["b", "a"]);
        assert!(chosen(&["x*"]).is_err());
        assert!(chosen(&[""]).is_err());
    }
}
