//! Which database a URL leads to: two machines may reach one by different names, and two by the
//! same.

use limbeck_schema::Dialect;

use crate::db::connect::SessionOptions;
use crate::db::error::DatabaseError;
use crate::db::sql::column;
use crate::db::tenants;
use crate::db::url::DatabaseUrl;

/// What tells the database at `url` from any other, also from a copy; `None` where the server keeps
/// that to itself.
///
/// # Errors
/// When it cannot be reached.
pub fn identity(
    url: &DatabaseUrl,
    options: &SessionOptions,
) -> Result<Option<String>, DatabaseError> {
    let queries: &[&str] = match url.dialect() {
        Dialect::Sqlite => {
            let path = url.sqlite_path().and_then(|path| path.canonicalize().ok());
            return Ok(path.map(|path| path.display().to_string()));
        }
        Dialect::Postgresql => &["SELECT c.system_identifier::text || '/' || d.oid::text \
             FROM pg_catalog.pg_control_system() c, pg_catalog.pg_database d \
             WHERE d.datname = pg_catalog.current_database()"],
        // The first is MySQL's.
        Dialect::Mysql => &[
            "SELECT concat(@@server_uuid, '/', database())",
            "SELECT concat(@@hostname, ':', @@port, ':', @@datadir, '/', database())",
        ],
    };
    let mut connection = tenants::open(url, options)?;
    for query in queries {
        if let Ok(rows) = connection.rows(query, &[]) {
            return Ok(rows.first().map(|row| column(row, 0).to_owned()));
        }
    }
    Ok(None)
}
