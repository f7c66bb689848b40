//! The same project for limbeck, with a database of its own.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use diesel::Connection as _;
use diesel::QueryableByName;
use diesel::RunQueryDsl as _;
use diesel::connection::SimpleConnection as _;
use diesel::sql_query;
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;

use super::recorded::{Line, Project};
use crate::support::TestEnvironment;

const DATABASE: &str = "app.db";

/// What a command line came to.
#[derive(Debug)]
pub(super) struct Ours {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
    /// The rows, sorted; none where there is no table.
    pub(super) rows: Vec<String>,
    /// The revision files that it wrote.
    pub(super) files: BTreeMap<String, String>,
}

/// A project directory in which the binary is called `alembic`.
pub(super) struct Twin {
    environment: TestEnvironment,
    program: PathBuf,
    locations: Vec<String>,
}

impl Twin {
    pub(super) fn new(project: &Project) -> Self {
        let environment = TestEnvironment::new();
        let program = environment.bin().join("alembic");
        symlink(env!("CARGO_BIN_EXE_limbeck"), &program).unwrap();
        for location in &project.locations {
            fs::create_dir_all(environment.path(location)).unwrap();
        }
        for (path, text) in &project.files {
            environment.write(path, text);
        }
        Twin { environment, program, locations: project.locations.clone() }
    }

    /// Runs a command line from the rows that Alembic had before it.
    pub(super) fn run(&self, line: &Line) -> Ours {
        self.set_rows(line.rows_before.as_deref());
        let is_writing = matches!(line.command(), "revision" | "merge");
        let before = if is_writing { self.files() } else { BTreeMap::new() };
        let mut command = self.environment.program(&self.program);
        command.args(&line.argv);
        let output = self.environment.finish(command);
        let mut files = if is_writing { self.files() } else { BTreeMap::new() };
        files.retain(|path, text| before.get(path) != Some(text));
        Ours {
            code: output.code(),
            rows: self.rows(),
            files,
            stdout: output.stdout,
            stderr: output.stderr,
        }
    }

    /// Keeps the files that Alembic's project has kept, and no others.
    pub(super) fn settle(&self, line: &Line, ours: &Ours) {
        for path in ours.files.keys() {
            let is_kept = line.declared.is_some() && line.files.contains_key(path);
            if !is_kept {
                fs::remove_file(self.environment.path(path)).unwrap();
            }
        }
        // Theirs even where ours says the same: what is printed of it has the date in it.
        for (path, text) in line.files.iter().filter(|_| line.declared.is_some()) {
            self.environment.write(path, text);
        }
    }

    /// The texts of the revision files.
    fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        for location in &self.locations {
            for name in self.environment.files(location) {
                let path = format!("{location}/{name}");
                let text = self.environment.read(&path);
                files.insert(path, text);
            }
        }
        files
    }

    fn connect(&self) -> SqliteConnection {
        let path = self.environment.path(DATABASE);
        let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        connection.batch_execute("PRAGMA synchronous = OFF").unwrap();
        connection
    }

    fn rows(&self) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            version_num: String,
        }
        let select = "SELECT version_num FROM alembic_version ORDER BY 1";
        if !self.environment.path(DATABASE).exists() {
            return Vec::new();
        }
        match sql_query(select).load::<Row>(&mut self.connect()) {
            Ok(rows) => rows.into_iter().map(|row| row.version_num).collect(),
            Err(error) if error.to_string().starts_with("no such table") => Vec::new(),
            Err(error) => panic!("{error}"),
        }
    }

    fn set_rows(&self, rows: Option<&[String]>) {
        let mut wanted = rows.unwrap_or_default().to_vec();
        wanted.sort();
        if self.rows() == wanted {
            return;
        }
        let mut connection = self.connect();
        connection
            .batch_execute(
                "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL, \
                 CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)); DELETE FROM alembic_version",
            )
            .unwrap();
        for row in rows.unwrap_or_default() {
            sql_query("INSERT INTO alembic_version VALUES (?)")
                .bind::<Text, _>(row)
                .execute(&mut connection)
                .unwrap();
        }
    }
}
