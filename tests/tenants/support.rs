//! A project with a shared schema that lists the tenants, and a branch that runs in each of them.

use std::fmt::Write as _;

use toml::Value;

use crate::support::{
    ProjectBuilder, TestEnvironment, mariadb, postgres, project, query, revision,
};

/// What tenants are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Files.
    Sqlite,
    /// Schemas.
    Postgres,
    /// Databases.
    Mariadb,
}

pub(crate) const KINDS: [Kind; 3] = [Kind::Sqlite, Kind::Postgres, Kind::Mariadb];

/// A project on a fresh database.
pub(crate) struct Fleet {
    pub(crate) env: TestEnvironment,
    pub(crate) kind: Kind,
    pub(crate) url: String,
}

/// A place for a project.
pub(crate) struct Site {
    pub(crate) kind: Kind,
    pub(crate) url: String,
}

impl Site {
    pub(crate) fn new(kind: Kind) -> Self {
        let url = match kind {
            Kind::Sqlite => "sqlite:app.db".to_owned(),
            Kind::Postgres => postgres().create_database(),
            Kind::Mariadb => mariadb().create_database(),
        };
        Site { kind, url }
    }

    /// The name of the tenant number `n`. Databases of MariaDB belong to all tests.
    pub(crate) fn name(&self, n: usize) -> String {
        match self.kind {
            Kind::Mariadb => {
                let (_, database) = self.url.rsplit_once('/').unwrap();
                format!("{database}_t{n:02}")
            }
            Kind::Sqlite | Kind::Postgres => format!("t{n:02}"),
        }
    }

    /// A configuration with these lines in `[databases.app.tenants]`.
    pub(crate) fn config(&self, source: &str) -> String {
        let mut config = format!(
            "[databases.app]\nurl = {}\n[databases.app.tenants]\n{source}\n\
             shared = [\"shared\"]\ntenant = [\"tenant\"]\n",
            Value::from(self.url.as_str())
        );
        if self.kind == Kind::Sqlite {
            config += "url = \"sqlite:tenants/{tenant}.db\"\n";
        }
        config
    }

    /// The project whose shared revision lists these tenants, and whose others write down that
    /// they ran.
    pub(crate) fn project(&self, names: &[String]) -> ProjectBuilder {
        let mut customers = "CREATE TABLE customers (name VARCHAR(200) PRIMARY KEY);\n".to_owned();
        for name in names {
            writeln!(customers, "INSERT INTO customers VALUES ({});", self.literal(name)).unwrap();
        }
        let ran = |id: &str| format!("INSERT INTO ran VALUES ('{id}');");
        let gone = |id: &str| format!("DELETE FROM ran WHERE script = '{id}';");
        project()
            .config(self.config("query = \"SELECT name FROM customers\""))
            .revision(
                revision("s1", &[])
                    .label("shared")
                    .upgrade(&customers)
                    .downgrade("DROP TABLE customers;"),
            )
            .revision(
                revision("t1", &[])
                    .label("tenant")
                    .upgrade(&format!("CREATE TABLE ran (script VARCHAR(20)); {}", ran("t1")))
                    .downgrade("DROP TABLE ran;"),
            )
            .revision(revision("t2", &["t1"]).upgrade(&ran("t2")).downgrade(&gone("t2")))
            .file("tenants/README", "the files of the tenants\n")
    }

    fn literal(&self, name: &str) -> String {
        let name = match self.kind {
            Kind::Mariadb => name.replace('\\', "\\\\"),
            Kind::Sqlite | Kind::Postgres => name.to_owned(),
        };
        format!("'{}'", name.replace('\'', "''"))
    }

    pub(crate) fn build(self, project: ProjectBuilder) -> Fleet {
        let mut env = project.build();
        env.replace_location(&self.url);
        let prefix = self.name(0).replace("t00", "");
        if !prefix.is_empty() {
            env.replace(prefix, "");
        }
        Fleet { env, kind: self.kind, url: self.url }
    }
}

/// A project with so many tenants, whose schemas are there.
pub(crate) fn fleet(kind: Kind, count: usize) -> Fleet {
    let site = Site::new(kind);
    let names: Vec<String> = (1..=count).map(|n| site.name(n)).collect();
    let project = site.project(&names);
    let fleet = site.build(project);
    names.iter().for_each(|name| fleet.create(name));
    fleet
}

impl Fleet {
    /// The name of a tenant. In what is shown, it is `tNN` everywhere.
    pub(crate) fn name(&self, n: usize) -> String {
        Site { kind: self.kind, url: self.url.clone() }.name(n)
    }

    /// Makes the schema or the database of a tenant; a file makes itself.
    pub(crate) fn create(&self, name: &str) {
        match self.kind {
            Kind::Sqlite => {}
            Kind::Postgres => {
                self.shared(&format!("CREATE SCHEMA \"{}\"", name.replace('"', "\"\"")));
            }
            Kind::Mariadb => {
                self.shared(&format!("CREATE DATABASE `{}`", name.replace('`', "``")));
            }
        }
    }

    /// Takes all of a tenant away.
    pub(crate) fn remove(&self, name: &str) {
        match self.kind {
            Kind::Sqlite => {
                std::fs::remove_file(self.env.path(format!("tenants/{name}.db"))).unwrap();
            }
            Kind::Postgres => {
                self.shared(&format!("DROP SCHEMA \"{}\" CASCADE", name.replace('"', "\"\"")));
            }
            Kind::Mariadb => {
                self.shared(&format!("DROP DATABASE `{}`", name.replace('`', "``")));
            }
        }
    }

    /// Lists another tenant.
    pub(crate) fn list(&self, name: &str) {
        self.shared(&format!("INSERT INTO customers VALUES ('{}')", name.replace('\'', "''")));
    }

    /// What a query says in the shared schema.
    pub(crate) fn shared(&self, sql: &str) -> String {
        query(&self.env, &self.url, sql)
    }

    /// What a query says in a tenant.
    pub(crate) fn inside(&self, name: &str, sql: &str) -> String {
        match self.kind {
            Kind::Sqlite => query(&self.env, &format!("sqlite:tenants/{name}.db"), sql),
            Kind::Postgres => {
                let schema = name.replace('"', "\"\"");
                query(&self.env, &self.url, &format!("SET search_path TO \"{schema}\"; {sql}"))
            }
            Kind::Mariadb => {
                mariadb().sql("mysql", &format!("USE `{}`; {sql}", name.replace('`', "``")))
            }
        }
    }

    /// Which scripts ran in a tenant.
    pub(crate) fn ran(&self, name: &str) -> String {
        self.inside(name, "SELECT script FROM ran ORDER BY script")
            .replace('\n', " ")
            .trim()
            .to_owned()
    }

    /// What was said by a command that must end with this code.
    #[track_caller]
    pub(crate) fn code(&self, arguments: &[&str], code: i32) -> String {
        let output = self.env.run(arguments);
        assert_eq!(output.code(), Some(code), "{output}");
        output.to_string()
    }
}
