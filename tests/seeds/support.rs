//! A project with a table of countries, on each kind of database.

use crate::support::{Output, TestEnvironment};
use crate::support::{ProjectBuilder, RevisionFile, mariadb, postgres, project, query, revision};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sqlite,
    Postgres,
    Mariadb,
}

pub(super) const KINDS: [Kind; 3] = [Kind::Sqlite, Kind::Postgres, Kind::Mariadb];

/// A project with its database.
pub(super) struct Shop {
    pub(super) env: TestEnvironment,
    pub(super) url: String,
}

/// The revision that makes the tables.
pub(super) fn tables(kind: Kind) -> RevisionFile {
    let id = match kind {
        Kind::Sqlite => "id INTEGER PRIMARY KEY",
        Kind::Postgres => "id SERIAL PRIMARY KEY",
        Kind::Mariadb => "id INTEGER AUTO_INCREMENT PRIMARY KEY",
    };
    revision("a1", &[])
        .upgrade(&format!(
            "CREATE TABLE countries (code VARCHAR(2) PRIMARY KEY, name VARCHAR(60), note VARCHAR(60));\n\
             CREATE TABLE users ({id}, name VARCHAR(60) NOT NULL UNIQUE, is_admin BOOLEAN);"
        ))
        .downgrade("DROP TABLE users;\nDROP TABLE countries;")
}

/// The project before it has any seed, upgraded.
pub(super) fn shop(kind: Kind) -> Shop {
    shop_with(kind, project().revision(tables(kind)))
}

pub(super) fn shop_with(kind: Kind, project: ProjectBuilder) -> Shop {
    let url = match kind {
        Kind::Sqlite => "sqlite:app.db".to_owned(),
        Kind::Postgres => postgres().create_database(),
        Kind::Mariadb => mariadb().create_database(),
    };
    let env = project.url(&url).build();
    env.run(&["upgrade"]).ok();
    Shop { env, url }
}

impl Shop {
    pub(super) fn write(&self, path: &str, text: &str) -> &Self {
        self.env.write(path, text);
        self
    }

    pub(super) fn seed(&self, arguments: &[&str]) -> Output {
        self.env.run(&[&["db", "seed"], arguments].concat())
    }

    pub(super) fn query(&self, sql: &str) -> String {
        query(&self.env, &self.url, sql).trim().replace('\t', "|").replace('\n', " ")
    }

    /// How many entries of the journal are of seeds, and how they ended.
    pub(super) fn records(&self) -> String {
        self.query("SELECT event FROM limbeck_journal WHERE direction = 'seed' ORDER BY id")
    }
}

/// A seed that inserts a user.
pub(super) fn user(front_matter: &str, name: &str) -> String {
    let insert = format!("INSERT INTO users (name) VALUES ('{name}');\n");
    match front_matter {
        "" => insert,
        front_matter => format!("/*---\n{front_matter}\n---*/\n{insert}"),
    }
}
