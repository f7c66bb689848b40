//! Looking into a database without limbeck.

use std::path::Path;
use std::process::Command;

use super::{TestEnvironment, mariadb, postgres};

/// The rows that `sql` gives on the database at `url`, a line each, columns separated by `|`.
///
/// It goes through `psql`, `mariadb` or `sqlite3`, so that what limbeck wrote is read by somebody else.
/// The path of an `sqlite:` URL is relative to the project of `env`.
pub(crate) fn query(env: &TestEnvironment, url: &str, sql: &str) -> String {
    if url.starts_with("mysql:") {
        let database = url.rsplit_once('/').map_or("", |(_, database)| database);
        return mariadb().sql(database, sql);
    }
    let mut command = if let Some(path) = url.strip_prefix("sqlite:") {
        let mut sqlite = Command::new("sqlite3");
        sqlite.args(["-bail", "-batch", "-cmd", ".timeout 10000"]).arg(env.path(Path::new(path)));
        sqlite
    } else {
        let mut psql = Command::new(postgres().program("psql"));
        psql.args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-d", url, "-c"]);
        psql
    };
    let output = command.arg(sql).output().unwrap_or_else(|e| {
        panic!("{}: {e}: run ./test, which installs it", command.get_program().display())
    });
    assert!(output.status.success(), "{sql}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
