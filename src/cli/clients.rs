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
use crate::db::MysqlParameters;
use crate::db::MysqlTls;

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
                let parameters = MysqlParameters::of(url).map_err(DbError::Parameters)?;
                let is_mariadb = is_of_mariadb(Path::new(command.get_program()));
                command.args(mysql_options(url, &parameters, is_mariadb));
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

/// Whether a client is MariaDB's, which MySQL's names may lead to.
fn is_of_mariadb(program: &Path) -> bool {
    let real = program.canonicalize();
    let name = real.as_deref().unwrap_or(program).file_name();
    name.is_some_and(|name| name.as_encoded_bytes().starts_with(b"mariadb"))
}

/// What a URL says, as options of the clients of MySQL and MariaDB. Never with less protection
/// than limbeck's own connection has.
fn mysql_options(url: &DatabaseUrl, parameters: &MysqlParameters, is_mariadb: bool) -> Vec<String> {
    // The program that dumps has no option for a time limit.
    let MysqlParameters { tls, ca, identity, socket, charset, connect_timeout: _ } = parameters;
    let mut options: Vec<String> = match (is_mariadb, tls) {
        // With --ssl alone MariaDB's client goes on in the clear where the server has no TLS, so
        // whoever requires it gets the check of the certificate and of the host as well.
        (true, MysqlTls::Disabled) => vec!["--skip-ssl"],
        (true, MysqlTls::Preferred) => vec!["--ssl", "--skip-ssl-verify-server-cert"],
        (true, MysqlTls::Required | MysqlTls::VerifyCa | MysqlTls::VerifyIdentity) => {
            vec!["--ssl", "--ssl-verify-server-cert"]
        }
        (false, MysqlTls::Disabled) => vec!["--ssl-mode=DISABLED"],
        (false, MysqlTls::Preferred) => vec!["--ssl-mode=PREFERRED"],
        (false, MysqlTls::Required) => vec!["--ssl-mode=REQUIRED"],
        (false, MysqlTls::VerifyCa) => vec!["--ssl-mode=VERIFY_CA"],
        (false, MysqlTls::VerifyIdentity) => vec!["--ssl-mode=VERIFY_IDENTITY"],
    }
    .into_iter()
    .map(str::to_owned)
    .collect();
    if *tls != MysqlTls::Disabled {
        options.extend(ca.as_ref().map(|ca| format!("--ssl-ca={ca}")));
        if let Some((certificate, key)) = identity {
            options.push(format!("--ssl-cert={certificate}"));
            options.push(format!("--ssl-key={key}"));
        }
    }
    options.push(format!("--default-character-set={charset}"));
    match socket {
        Some(socket) => options.push(format!("--socket={socket}")),
        None => {
            // limbeck takes "localhost" for TCP, the clients take it for a socket.
            options.push("--protocol=TCP".to_owned());
            options.push(format!("--host={}", url.host().unwrap_or("localhost")));
            options.push(format!("--port={}", url.port().unwrap_or(3306)));
        }
    }
    if let Some(user) = url.user() {
        options.push(format!("--user={user}"));
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(query: &str, is_mariadb: bool) -> String {
        let url: DatabaseUrl = format!("mysql://me@h/app{query}").parse().unwrap();
        let parameters = MysqlParameters::of(&url).unwrap();
        mysql_options(&url, &parameters, is_mariadb).join(" ")
    }

    #[test]
    fn no_client_has_less_protection_than_the_url_asks_for() {
        const REQUIRED: &str = "--ssl --ssl-verify-server-cert --";
        for (query, of_mariadb, of_mysql) in [
            ("", "--ssl --skip-ssl-verify-server-cert --", "--ssl-mode=PREFERRED --"),
            ("?ssl=true", REQUIRED, "--ssl-mode=REQUIRED --"),
            ("?ssl=false", "--skip-ssl --", "--ssl-mode=DISABLED --"),
            ("?sslmode=require", REQUIRED, "--ssl-mode=REQUIRED --"),
            ("?ssl_mode=verify_ca", REQUIRED, "--ssl-mode=VERIFY_CA --"),
            ("?ssl-mode=VERIFY_IDENTITY", REQUIRED, "--ssl-mode=VERIFY_IDENTITY --"),
            ("?sslmode=verify-full", REQUIRED, "--ssl-mode=VERIFY_IDENTITY --"),
            (
                "?ssl_ca=/a&ssl_cert=/b&ssl_key=/c",
                "--ssl --ssl-verify-server-cert --ssl-ca=/a --ssl-cert=/b --ssl-key=/c --",
                "--ssl-mode=VERIFY_CA --ssl-ca=/a --ssl-cert=/b --ssl-key=/c --",
            ),
            ("?socket=/s", "--skip-ssl --", "--ssl-mode=DISABLED --"),
        ] {
            let found = options(query, true);
            assert!(found.starts_with(of_mariadb), "{query}: {found}");
            let found = options(query, false);
            assert!(found.starts_with(of_mysql), "{query}: {found}");
        }
        assert!(options("?socket=/s", true).ends_with("--socket=/s --user=me"));
    }
}
