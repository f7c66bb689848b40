//! Repeatable scripts: `[scripts] repeatable`, and `limbeck repeat`.

mod dependents;
mod running;
mod said;
mod tenants;

use crate::support::{ProjectBuilder, TestEnvironment, mariadb, postgres, project, query};

/// A project with scripts, on the database at `url`.
fn scripted(url: &str, more: &str) -> ProjectBuilder {
    let config = format!(
        "[scripts]\nrepeatable = \"repeatable\"\n{more}\n[databases.app]\nurl = \"{url}\"\n"
    );
    project().url(url).config(config)
}

/// A fresh database of each kind. Those of MariaDB get no views: other tests look whether the
/// server has any.
fn kinds() -> [(&'static str, String); 3] {
    [
        ("postgres", postgres().create_database()),
        ("mariadb", mariadb().create_database()),
        ("sqlite", "sqlite:app.db".to_owned()),
    ]
}

#[track_caller]
fn code(env: &TestEnvironment, arguments: &[&str], code: i32) -> String {
    let output = env.run(arguments);
    assert_eq!(output.code(), Some(code), "{output}");
    output.to_string()
}

/// The scripts that a command has run, in order.
fn ran(said: &str) -> Vec<&str> {
    let names = said.lines().filter_map(|line| line.strip_prefix("Running repeatable "));
    names.filter_map(|line| line.split(' ').next()).collect()
}

fn answer(env: &TestEnvironment, url: &str, sql: &str) -> String {
    query(env, url, sql).trim_end().to_owned()
}
