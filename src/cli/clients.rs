//! Client programs of databases, started with what the URL says.
//!
//! The arguments of a process can be read by everybody on the machine, its environment only by its
//! user and root, and a password file would outlive a program that is killed. So a password goes
//! into the environment, and nowhere else.

use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use limbeck_schema::Dialect;

use crate::db::DatabaseUrl;

use super::db_error::DbError;
use super::programs::find_on_path;

/// A program by its names, the first that is there, and the packages that hold it.
pub(super) struct Client {
    names: &'static [&'static str],
    package: &'static str,
}

const OF_POSTGRESQL: &str = "the package postgresql-client of Debian, Ubuntu and Alpine, postgresql of Fedora, libpq of Homebrew";
const OF_MYSQL: &str = "the package mariadb-client of Debian, Ubuntu and Alpine, mariadb of Fedora, or the client of MySQL";

impl Client {
    /// The interactive client.
    pub(super) fn shell(dialect: Dialect) -> Client {
        match dialect {
            Dialect::Postgresql => Client { names: &["psql"], package: OF_POSTGRESQL },
            Dialect::Sqlite => Client {
                names: &["sqlite3"],
                package: "the package sqlite3 of Debian and Ubuntu, sqlite of Alpine, Fedora and Homebrew",
            },
            Dialect::Mysql => Client { names: &["mariadb", "mysql"], package: OF_MYSQL },
        }
    }

    /// The program that writes backups of a server's database.
    pub(super) fn dump(dialect: Dialect) -> Client {
        match dialect {
            Dialect::Mysql => Client { names: &["mariadb-dump", "mysqldump"], package: OF_MYSQL },
            Dialect::Postgresql | Dialect::Sqlite => {
                Client { names: &["pg_dump"], package: OF_POSTGRESQL }
            }
        }
    }

    /// The program that reads what pg_dump has written.
    pub(super) fn restore() -> Client {
        Client { names: &["pg_restore"], package: OF_POSTGRESQL }
    }

    /// Where it is.
    pub(super) fn find(&self) -> Result<PathBuf, DbError> {
        self.names.iter().find_map(|name| find_on_path(name)).ok_or(DbError::NoProgram {
            program: self.names.first().copied().unwrap_or_default(),
            package: self.package,
        })
    }

    /// The program, told to connect to `url`.
    pub(super) fn connected_to(&self, url: &DatabaseUrl) -> Result<Command, DbError> {
        let mut command = Command::new(self.find()?);
        match url.dialect() {
            Dialect::Postgresql => {
                command.arg(format!("--dbname={}", url.without_secrets()));
                if let Some(password) = url.password() {
                    command.env("PGPASSWORD", password);
                }
            }
            Dialect::Mysql => {
                let options = [
                    ("host", url.host().map(str::to_owned)),
                    ("port", url.port().map(|port| port.to_string())),
                    ("user", url.user().map(str::to_owned)),
                ];
                for (name, value) in options {
                    if let Some(value) = value {
                        command.arg(format!("--{name}={value}"));
                    }
                }
                if let Some(password) = url.password() {
                    command.env("MYSQL_PWD", password);
                }
            }
            Dialect::Sqlite => {
                let path = url.sqlite_path().unwrap_or(Path::new(":memory:")).as_os_str();
                // Not to be taken for an option.
                let mut file = OsString::new();
                if path.as_encoded_bytes().starts_with(b"-") {
                    file.push("./");
                }
                file.push(path);
                command.arg(file);
            }
        }
        Ok(command)
    }
}
