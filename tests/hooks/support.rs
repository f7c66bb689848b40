//! Projects with hooks that write down what they are told.

use crate::support::{TestEnvironment, mariadb, postgres, project, query, revision};

pub(super) const ALL: [&str; 5] =
    ["before_run", "before_step", "after_step", "after_run", "on_failure"];

/// A command that adds a line to the file `told`.
pub(super) const TELL: &str = r#"{ command = ["sh", "-c", "echo \"$LIMBECK_HOOK $LIMBECK_DATABASE/$LIMBECK_TENANT $LIMBECK_DIRECTION [$LIMBECK_REVISION] $LIMBECK_REVISIONS $LIMBECK_ERROR\" >> told"] }"#;

/// A hook of each kind that tells.
pub(super) fn telling() -> String {
    ALL.map(|key| format!("{key} = {TELL}\n")).concat()
}

/// The URLs of a new database of each kind.
pub(super) fn urls() -> [String; 3] {
    ["sqlite:app.db".to_owned(), postgres().create_database(), mariadb().create_database()]
}

/// Two revisions on one database with these lines behind `[databases.app.hooks]`.
pub(super) fn with_hooks(url: &str, hooks: &str) -> TestEnvironment {
    let mut env = project()
        .config(format!("[databases.app]\nurl = '{url}'\n[databases.app.hooks]\n{hooks}\n"))
        .revision(revision("a1", &[]))
        .revision(revision("b2", &["a1"]))
        .build();
    env.replace_location(url);
    env
}

/// What has been told since the last time.
pub(super) fn told(env: &TestEnvironment) -> String {
    let path = env.path("told");
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    drop(std::fs::remove_file(path));
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// The revisions that are applied.
pub(super) fn applied(env: &TestEnvironment, url: &str) -> String {
    query(env, url, "SELECT version_num FROM alembic_version ORDER BY 1").trim().replace('\n', " ")
}
