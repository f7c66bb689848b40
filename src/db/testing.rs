//! Private servers for the tests of this crate: those of the tests of the command line.

#[path = "../../tests/support/mariadb.rs"]
#[allow(dead_code, reason = "the tests of the command line use more of it")]
mod mariadb;
#[path = "../../tests/support/postgres.rs"]
#[allow(dead_code, reason = "the tests of the command line use more of it")]
mod postgres;

use diesel::Connection;
use diesel::pg::PgConnection;

use super::DatabaseUrl;

/// The URL of a new, empty database on the PostgreSQL server of this test process, which is reached
/// through its socket and asks for no password.
pub(crate) fn new_database() -> DatabaseUrl {
    let server = postgres::postgres();
    let url: DatabaseUrl = server.create_database().parse().unwrap();
    server.socket_url(url.database().unwrap()).parse().unwrap()
}

/// The URL of a new, empty database on the MariaDB server of this test process.
pub(crate) fn new_mysql_database() -> DatabaseUrl {
    mariadb::mariadb().create_database().parse().unwrap()
}

/// The URL of `database` on the PostgreSQL server for `user`, or `user:password`, who is asked for
/// the password.
pub(super) fn url_for(user: &str, database: &str) -> DatabaseUrl {
    let url = postgres::postgres().url(database);
    let place = url.split_once('@').unwrap().1;
    format!("postgres://{user}@{place}").parse().unwrap()
}

/// Runs a statement as superuser, outside the database under test.
pub(super) fn administer(sql: &str) {
    postgres::postgres().psql("postgres", sql);
}

/// A plain connection, to act as another program.
pub(crate) fn connection(url: &DatabaseUrl) -> PgConnection {
    PgConnection::establish(&url.expose()).unwrap()
}
