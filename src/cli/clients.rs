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
                let is_mariadb = command.get_program().as_encoded_bytes().ends_with(b"mariadb")
                    || command.get_program().as_encoded_bytes().ends_with(b"mariadb-dump");
                command.args(mysql_options(url, is_mariadb));
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

/// What a URL says, as options of the clients of MySQL and MariaDB.
fn mysql_options(url: &DatabaseUrl, is_mariadb: bool) -> Vec<String> {
    let mut options = Vec::new();
    let mut has_socket = false;
    for (name, value) in url.parameters() {
        match name.to_ascii_lowercase().replace('-', "_").as_str() {
            "unix_socket" | "socket" => {
                has_socket = true;
                options.push(format!("--socket={value}"));
            }
            "ssl_ca" | "sslrootcert" => options.push(format!("--ssl-ca={value}")),
            "ssl_cert" | "sslcert" => options.push(format!("--ssl-cert={value}")),
            "ssl_key" | "sslkey" => options.push(format!("--ssl-key={value}")),
            "charset" => options.push(format!("--default-character-set={value}")),
            // MariaDB's client has no modes.
            "ssl_mode" | "sslmode" if is_mariadb => {
                match value.to_ascii_lowercase().replace('-', "_").as_str() {
                    "disabled" | "disable" => options.push("--skip-ssl".to_owned()),
                    "verify_identity" | "verify_full" => {
                        options.push("--ssl-verify-server-cert".to_owned());
                    }
                    "required" | "require" | "verify_ca" => options.push("--ssl".to_owned()),
                    _ => {}
                }
            }
            "ssl_mode" | "sslmode" => options.push(format!("--ssl-mode={value}")),
            _ => {}
        }
    }
    if !has_socket {
        // limbeck takes "localhost" for TCP, the clients take it for a socket.
        options.push("--protocol=TCP".to_owned());
        options.push(format!("--host={}", url.host().unwrap_or("localhost")));
        options.push(format!("--port={}", url.port().unwrap_or(3306)));
    }
    if let Some(user) = url.user() {
        options.push(format!("--user={user}"));
    }
    options
}
