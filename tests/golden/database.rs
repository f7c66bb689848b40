//! The version table, read and written by `sqlite3`.

use crate::support::{TestEnvironment, query};

const DATABASE: &str = "sqlite:app.db";

/// The rows, sorted; none where there is no table, because limbeck makes none before it has
/// something to write.
pub(super) fn rows(project: &TestEnvironment) -> Vec<String> {
    if !project.path("app.db").exists() {
        return Vec::new();
    }
    let table = "SELECT name FROM sqlite_master WHERE name = 'alembic_version'";
    if query(project, DATABASE, table).is_empty() {
        return Vec::new();
    }
    let rows = query(project, DATABASE, "SELECT version_num FROM alembic_version ORDER BY 1");
    rows.lines().map(str::to_owned).collect()
}

/// Makes these the rows, in this order.
pub(super) fn force(project: &TestEnvironment, rows: &[String]) {
    let mut sql = "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL, \
                   CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)); \
                   DELETE FROM alembic_version;"
        .to_owned();
    for row in rows {
        sql += &format!("INSERT INTO alembic_version VALUES ('{row}');");
    }
    query(project, DATABASE, &sql);
}
