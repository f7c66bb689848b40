//! Whole databases: making, dropping and remaking them. Everything goes through a connection to
//! another database of the server, the maintenance database, or through another user's URL.

mod mysql;
mod postgres;
mod scram;
mod sqlite;

use std::path::Path;

use limbeck_schema::Dialect;

use super::connect::SessionOptions;
use super::error::DatabaseError;
use super::error::DatabaseErrorKind;
use super::url::DatabaseUrl;

/// Makes and drops one database. Names are always quoted: whatever a name holds, it is a name.
pub trait Administer: Send {
    /// The name of the database, or the path of its file.
    fn name(&self) -> &str;

    /// Whether the database is there.
    ///
    /// # Errors
    /// When that cannot be found out: the server cannot be reached, or refuses the user.
    fn exists(&mut self) -> Result<bool, DatabaseError>;

    /// Creates the database where it is missing. With the URL of an administrator also its user,
    /// with the password of the URL, who becomes its owner. Another program that does the same at
    /// the same time is no error.
    ///
    /// # Errors
    /// [`DatabaseErrorKind::Denied`] when the user may not create databases.
    fn create(&mut self) -> Result<Created, DatabaseError>;

    /// Who is connected; none of whom is this program.
    ///
    /// # Errors
    /// When the server cannot be asked.
    fn users(&mut self) -> Result<Users, DatabaseError>;

    /// What is needed to create the database again as it is.
    ///
    /// # Errors
    /// When it cannot be read, and when the user could drop the database, but not create it again.
    fn shape(&mut self) -> Result<Shape, DatabaseError>;

    /// Drops the database. With `force` those who are connected are disconnected.
    ///
    /// # Errors
    /// [`DatabaseErrorKind::Busy`] when somebody is connected and is not to be disconnected.
    fn drop_database(&mut self, force: bool) -> Result<(), DatabaseError>;

    /// Creates the database as it was.
    ///
    /// # Errors
    /// When it cannot be created.
    fn recreate(&mut self, shape: &Shape) -> Result<(), DatabaseError>;
}

/// Who is connected to a database, as far as the server tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Users {
    /// Those who are known to be, in words.
    pub seen: Vec<String>,
    /// How many connections of the server are hidden from us, so that nobody knows which database
    /// they use.
    pub hidden: usize,
}

impl From<Vec<String>> for Users {
    fn from(seen: Vec<String>) -> Self {
        Users { seen, hidden: 0 }
    }
}

/// What creating has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Whether the database was there before.
    pub was_there: bool,
    /// The user that was made.
    pub made_user: Option<String>,
    /// Who owns the new database, where databases have owners.
    pub owner: Option<String>,
}

/// A database as it is to be created again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// Its owner, where databases have owners.
    pub owner: Option<String>,
    /// The statement that creates it.
    create: String,
    /// Statements that follow: settings, rights, the comment.
    after: Vec<String>,
    /// Its extensions, which are gone with it.
    pub extensions: Vec<String>,
}

/// Prepares the administration of the database at `url`. `admin` is the URL of a user who may
/// create databases and users, for servers where the user of `url` may not.
///
/// # Errors
/// [`DatabaseErrorKind::Unsupported`] when the URL names no database, is in memory, or of a kind
/// without a driver.
pub fn administer(
    url: &DatabaseUrl,
    admin: Option<&DatabaseUrl>,
    options: &SessionOptions,
) -> Result<Box<dyn Administer>, DatabaseError> {
    if let Some(admin) = admin
        && admin.dialect() != url.dialect()
    {
        return Err(DatabaseError::new(
            DatabaseErrorKind::Unsupported,
            format!(
                "the administrator's URL is of {} and the database's of {}",
                admin.dialect(),
                url.dialect()
            ),
        ));
    }
    Ok(match url.dialect() {
        Dialect::Postgresql => Box::new(postgres::PostgresAdmin::new(url, admin, options)?),
        Dialect::Sqlite => Box::new(sqlite::SqliteAdmin::new(url, options)?),
        Dialect::Mysql => Box::new(mysql::MysqlAdmin::new(url, admin, options)?),
    })
}

/// Copies the SQLite database at `url` into the empty file `target`, and checks the copy.
///
/// # Errors
/// When it cannot be read or written, or the copy is damaged.
pub fn copy_sqlite(
    url: &DatabaseUrl,
    options: &SessionOptions,
    target: &Path,
) -> Result<(), DatabaseError> {
    sqlite::copy(url, options, target)
}

/// Looks whether a SQLite file is whole.
///
/// # Errors
/// When it cannot be read, or is damaged.
pub fn check_sqlite(url: &DatabaseUrl) -> Result<(), DatabaseError> {
    sqlite::check(url)
}
