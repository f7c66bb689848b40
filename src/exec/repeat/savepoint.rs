//! Something that may fail within a transaction.

use limbeck_schema::Dialect;

use crate::db::Database;
use crate::db::DatabaseError;

const NAME: &str = "limbeck_repeat";

/// Does `work`; where it fails, all but that is as it was.
///
/// # Errors
/// When the savepoint cannot be set or returned to: then nothing is known.
pub(super) fn attempt<T, E>(
    database: &mut dyn Database,
    work: impl FnOnce(&mut dyn Database) -> Result<T, E>,
) -> Result<Result<T, E>, DatabaseError> {
    let say = |database: &mut dyn Database, words: &str| {
        database.execute(&format!("{words} {NAME}"), &[]).map(drop)
    };
    debug_assert_ne!(database.dialect(), Dialect::Mysql, "its DDL ends every transaction");
    say(database, "SAVEPOINT")?;
    let result = work(database);
    if result.is_err() {
        say(database, "ROLLBACK TO SAVEPOINT")?;
    }
    say(database, "RELEASE SAVEPOINT")?;
    Ok(result)
}
