//! The facts of an error that Diesel does not tell, read from what it does: its kinds, and the
//! words of the message.
//!
//! PostgreSQL sends the SQLSTATE with every error, and libpq has it, but Diesel shows neither; a
//! server tells it nowhere else. So it is the one that PostgreSQL's sources give to the message,
//! as far as a migration meets it.

use diesel::result::DatabaseErrorKind;
use limbeck_schema::Dialect;

use crate::db::error::ServerError;

/// What the database says.
pub(super) fn of(kind: &DatabaseErrorKind, message: &str, dialect: Dialect) -> ServerError {
    let (sqlstate, code) = match dialect {
        Dialect::Postgresql => (sqlstate(kind, message).map(str::to_owned), None),
        Dialect::Sqlite => (None, result_code(kind, message)),
        Dialect::Mysql => (None, None),
    };
    ServerError { sqlstate, code, message: message.to_owned() }
}

/// SQLite's (extended) result code ("Result and Error Codes").
fn result_code(kind: &DatabaseErrorKind, message: &str) -> Option<i64> {
    Some(match kind {
        DatabaseErrorKind::UniqueViolation => 2067,
        DatabaseErrorKind::ForeignKeyViolation => 787,
        DatabaseErrorKind::NotNullViolation => 1299,
        DatabaseErrorKind::CheckViolation => 275,
        _ if message.contains("constraint failed") => 19,
        _ => match message {
            "database is locked" => 5,
            "attempt to write a readonly database" => 8,
            "interrupted" => 9,
            "disk I/O error" => 10,
            "database disk image is malformed" => 11,
            "database or disk is full" => 13,
            "unable to open database file" => 14,
            "string or blob too big" => 18,
            "datatype mismatch" => 20,
            "file is not a database" => 26,
            _ if message.starts_with("database table is locked") => 6,
            _ => 1,
        },
    })
}

/// PostgreSQL's SQLSTATE ("PostgreSQL Error Codes"), as far as Diesel's kind or the English words
/// of the message tell it.
fn sqlstate(kind: &DatabaseErrorKind, message: &str) -> Option<&'static str> {
    match kind {
        DatabaseErrorKind::UniqueViolation => return Some("23505"),
        DatabaseErrorKind::ForeignKeyViolation => return Some("23503"),
        DatabaseErrorKind::NotNullViolation => return Some("23502"),
        DatabaseErrorKind::CheckViolation => return Some("23514"),
        DatabaseErrorKind::RestrictViolation => return Some("23001"),
        DatabaseErrorKind::ExclusionViolation => return Some("23P01"),
        DatabaseErrorKind::SerializationFailure => return Some("40001"),
        DatabaseErrorKind::ReadOnlyTransaction => return Some("25006"),
        _ => {}
    }
    // What stands in quotes is anybody's: a table may be called "does not exist". A name that
    // holds a quote tells where none of them ends.
    if message.matches('"').count() % 2 == 1 {
        return None;
    }
    let plain = without_quoted(message);
    STATES.iter().find(|(words, _)| fits(&plain, words)).map(|(_, state)| *state)
}

/// The message with nothing between its quotes.
fn without_quoted(message: &str) -> String {
    message.split('"').step_by(2).collect::<Vec<_>>().join("\"\"")
}

/// Whether the pieces of `pattern`, between its `*`, stand in `text` in this order, the first at
/// its beginning and the last at its end.
fn fits(text: &str, pattern: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut ends = !pattern.contains('*');
    for piece in pieces {
        if piece.is_empty() {
            return true;
        }
        let Some(at) = rest.find(piece) else { return false };
        rest = rest.get(at + piece.len()..).unwrap_or_default();
        ends = false;
    }
    rest.is_empty() || !ends && text.ends_with(pattern.rsplit('*').next().unwrap_or_default())
}

/// Messages, with `*` for what differs, and their states. The first that fits counts.
const STATES: &[(&str, &str)] = &[
    // Syntax error or access rule violation
    ("syntax error *", "42601"),
    ("relation \"\" does not exist", "42P01"),
    ("table \"\" does not exist", "42P01"),
    ("view \"\" does not exist", "42P01"),
    ("materialized view \"\" does not exist", "42P01"),
    ("sequence \"\" does not exist", "42P01"),
    ("foreign table \"\" does not exist", "42P01"),
    ("missing FROM-clause entry for table \"\"", "42P01"),
    ("invalid reference to FROM-clause entry for table \"\"", "42P01"),
    ("column \"\" of relation \"\" does not exist", "42703"),
    ("column \"\" does not exist", "42703"),
    ("column * does not exist", "42703"),
    ("column \"\" named in key does not exist", "42703"),
    ("column \"\" referenced in foreign key constraint does not exist", "42703"),
    ("relation \"\" already exists", "42P07"),
    ("column \"\" of relation \"\" already exists", "42701"),
    ("column \"\" specified more than once", "42701"),
    ("constraint \"\" for relation \"\" already exists", "42710"),
    ("constraint \"\" for domain \"\" already exists", "42710"),
    ("constraint \"\" of relation \"\" does not exist", "42704"),
    ("constraint \"\" of domain \"\" does not exist", "42704"),
    ("constraint \"\" for table \"\" does not exist", "42704"),
    ("type \"\" already exists", "42710"),
    ("enum label \"\" already exists", "42710"),
    ("trigger \"\" for relation \"\" already exists", "42710"),
    ("rule \"\" for relation \"\" already exists", "42710"),
    ("policy \"\" for table \"\" already exists", "42710"),
    ("extension \"\" already exists", "42710"),
    ("role \"\" already exists", "42710"),
    ("language \"\" already exists", "42710"),
    ("statistics object \"\" already exists", "42710"),
    ("event trigger \"\" already exists", "42710"),
    ("publication \"\" already exists", "42710"),
    ("subscription \"\" already exists", "42710"),
    ("collation \"\" * already exists", "42710"),
    ("operator * already exists", "42723"),
    ("cast from type * already exists", "42710"),
    ("function \"\" already exists with same argument types", "42723"),
    ("schema \"\" already exists", "42P06"),
    ("database \"\" already exists", "42P04"),
    ("cursor \"\" already exists", "42P03"),
    ("prepared statement \"\" already exists", "42P05"),
    ("table name \"\" specified more than once", "42712"),
    ("index \"\" does not exist", "42704"),
    ("type \"\" does not exist", "42704"),
    ("type \"\"[] does not exist", "42704"),
    ("domain \"\" does not exist", "42704"),
    ("collation \"\" for encoding \"\" does not exist", "42704"),
    ("extension \"\" does not exist", "42704"),
    ("role \"\" does not exist", "42704"),
    ("language \"\" does not exist", "42704"),
    ("trigger \"\" for table \"\" does not exist", "42704"),
    ("rule \"\" for relation \"\" does not exist", "42704"),
    ("policy \"\" for table \"\" does not exist", "42704"),
    ("statistics object \"\" does not exist", "42704"),
    ("tablespace \"\" does not exist", "42704"),
    ("event trigger \"\" does not exist", "42704"),
    ("publication \"\" does not exist", "42704"),
    ("access method \"\" does not exist", "42704"),
    ("operator class \"\" does not exist for access method \"\"", "42704"),
    ("text search * \"\" does not exist", "42704"),
    ("unrecognized configuration parameter \"\"", "42704"),
    ("data type * has no default operator class *", "42704"),
    ("function * does not exist", "42883"),
    ("procedure * does not exist", "42883"),
    ("routine * does not exist", "42883"),
    ("aggregate * does not exist", "42883"),
    ("operator does not exist: *", "42883"),
    ("operator * does not exist", "42883"),
    ("could not find a function named \"\"", "42883"),
    ("no binary output function available for type *", "42883"),
    ("could not identify an equality operator for type *", "42883"),
    ("could not identify an ordering operator for type *", "42883"),
    ("function * is not unique", "42725"),
    ("function name \"\" is not unique", "42725"),
    ("operator is not unique: *", "42725"),
    ("column reference \"\" is ambiguous", "42702"),
    ("table reference \"\" is ambiguous", "42P09"),
    ("schema \"\" does not exist", "3F000"),
    ("no schema has been selected to create in", "3F000"),
    ("database \"\" does not exist", "3D000"),
    ("savepoint \"\" does not exist", "3B001"),
    ("cursor \"\" does not exist", "34000"),
    ("prepared statement \"\" does not exist", "26000"),
    ("column \"\" is of type * but expression is of type *", "42804"),
    ("column \"\" is of type * but default expression is of type *", "42804"),
    ("column \"\" cannot be cast automatically to type *", "42804"),
    ("default for column \"\" cannot be cast automatically to type *", "42804"),
    ("foreign key constraint \"\" cannot be implemented", "42804"),
    ("argument of * must be type *", "42804"),
    ("* types * cannot be matched", "42804"),
    ("* could not convert type * to *", "42846"),
    ("cannot cast type * to *", "42846"),
    ("column \"\" must appear in the GROUP BY clause *", "42803"),
    ("aggregate functions are not allowed in *", "42803"),
    ("window functions are not allowed in *", "42P20"),
    ("could not determine data type of parameter *", "42P18"),
    ("could not determine polymorphic type *", "42804"),
    ("there is no parameter *", "42P02"),
    ("there is no unique or exclusion constraint matching *", "42P10"),
    ("there is no unique constraint matching given keys for referenced table \"\"", "42830"),
    ("number of referencing and referenced columns for foreign key disagree", "42830"),
    ("multiple primary keys for table \"\" are not allowed", "42P16"),
    ("column \"\" is in a primary key", "42P16"),
    ("cannot drop columns from view", "42P16"),
    ("cannot change name of view column \"\" to \"\"", "42P16"),
    ("cannot change data type of view column \"\" from *", "42P16"),
    ("INSERT has more expressions than target columns", "42601"),
    ("INSERT has more target columns than expressions", "42601"),
    ("VALUES lists must all be the same length", "42601"),
    ("zero-length delimited identifier *", "42601"),
    ("unterminated *", "42601"),
    ("cannot insert a non-DEFAULT value into column \"\"", "428C9"),
    ("column \"\" can only be updated to DEFAULT", "428C9"),
    ("cannot insert into column \"\"", "428C9"),
    ("\"\" is not a table", "42809"),
    ("\"\" is not a view", "42809"),
    ("\"\" is not a materialized view", "42809"),
    ("\"\" is not a sequence", "42809"),
    ("\"\" is not an index", "42809"),
    ("\"\" is an index", "42809"),
    ("\"\" is a view", "42809"),
    ("cannot open relation \"\"", "42809"),
    ("permission denied *", "42501"),
    ("must be owner of *", "42501"),
    ("must be superuser *", "42501"),
    ("must be member of role \"\"", "42501"),
    ("must be able to SET ROLE \"\"", "42501"),
    ("new row violates row-level security policy *", "42501"),
    ("new row for relation * violates check constraint *", "23514"),
    ("subquery in FROM must have an alias", "42601"),
    // Data
    ("division by zero", "22012"),
    ("invalid input syntax for type json*", "22P02"),
    ("invalid input syntax for type timestamp*", "22007"),
    ("invalid input syntax for type date*", "22007"),
    ("invalid input syntax for type time*", "22007"),
    ("invalid input syntax for type interval*", "22007"),
    ("invalid input syntax for type *", "22P02"),
    ("invalid input value for enum *", "22P02"),
    ("malformed array literal*", "22P02"),
    ("malformed record literal*", "22P02"),
    ("malformed range literal*", "22P02"),
    ("value too long for type *", "22001"),
    ("numeric field overflow", "22003"),
    ("date/time field value out of range*", "22008"),
    ("timestamp out of range*", "22008"),
    ("date out of range*", "22008"),
    ("interval field value out of range*", "22015"),
    ("* out of range: *", "22003"),
    ("* out of range", "22003"),
    ("* out of range for type *", "22003"),
    ("invalid value for parameter *", "22023"),
    ("invalid byte sequence for encoding *", "22021"),
    ("unsupported Unicode escape sequence", "22P05"),
    ("array subscript out of range", "2202E"),
    ("invalid regular expression: *", "2201B"),
    ("cannot subscript type *", "42804"),
    // Cardinality
    ("more than one row returned by a subquery used as an expression", "21000"),
    ("ON CONFLICT DO UPDATE command cannot affect row a second time", "21000"),
    // Integrity, where Diesel does not tell it
    ("null value in column *", "23502"),
    ("column \"\" of relation \"\" contains null values", "23502"),
    ("column \"\" contains null values", "23502"),
    ("duplicate key value violates unique constraint *", "23505"),
    ("could not create unique index *", "23505"),
    ("check constraint \"\" of relation \"\" is violated by some row", "23514"),
    ("check constraint \"\" is violated by some row", "23514"),
    ("partition constraint * is violated by some row", "23514"),
    ("no partition of relation \"\" found for row", "23514"),
    ("value for domain * violates check constraint *", "23514"),
    ("domain * does not allow null values", "23502"),
    ("* violates foreign key constraint *", "23503"),
    ("* violates exclusion constraint *", "23P01"),
    ("could not create exclusion constraint *", "23P01"),
    // Transactions
    ("current transaction is aborted, commands ignored until end of transaction block", "25P02"),
    ("* cannot run inside a transaction block", "25001"),
    ("* cannot be executed within a pipeline", "25001"),
    ("* can only be used in transaction blocks", "25P01"),
    ("there is already a transaction in progress", "25001"),
    ("there is no transaction in progress", "25P01"),
    ("cannot execute * in a read-only transaction", "25006"),
    ("terminating connection due to idle-in-transaction timeout", "25P03"),
    ("unsafe use of new value \"\" of enum type \"\"", "55P04"),
    ("New enum values must be committed before they can be used.", "55P04"),
    ("could not serialize access *", "40001"),
    ("deadlock detected", "40P01"),
    // Objects
    ("cannot drop * because other objects depend on it", "2BP01"),
    ("cannot drop desired object(s) because other objects depend on them", "2BP01"),
    ("role \"\" cannot be dropped because some objects depend on it", "2BP01"),
    ("cannot alter type of a column used *", "0A000"),
    ("cannot alter type of column * used *", "0A000"),
    ("* is not supported", "0A000"),
    ("* is not implemented", "0A000"),
    ("* not supported", "0A000"),
    ("extension \"\" is not available", "0A000"),
    ("could not open extension control file *", "58P01"),
    ("canceling statement due to lock timeout", "55P03"),
    ("could not obtain lock on *", "55P03"),
    ("\"\" is being used by active queries in this session", "55006"),
    ("cannot * \"\" because it is being used by active queries in this session", "55006"),
    ("cannot * \"\" because it has pending trigger events", "55006"),
    ("database \"\" is being accessed by other users", "55006"),
    ("source database \"\" is being accessed by other users", "55006"),
    ("column \"\" of relation \"\" is not an identity column", "55000"),
    ("currval of sequence \"\" is not yet defined in this session", "55000"),
    ("lastval is not yet defined in this session", "55000"),
    ("parameter \"\" cannot be *", "55P02"),
    ("cannot use a deferrable unique constraint *", "55000"),
    ("cannot refresh materialized view * concurrently", "55000"),
    ("materialized view \"\" has not been populated", "55000"),
    // The server
    ("canceling statement due to *", "57014"),
    ("terminating connection due to administrator command", "57P01"),
    ("terminating connection *", "57P01"),
    ("the database system is starting up", "57P03"),
    ("the database system is shutting down", "57P03"),
    ("out of memory", "53200"),
    ("out of shared memory", "53200"),
    ("could not extend file *", "53100"),
    ("could not write to file *", "53100"),
    ("sorry, too many clients already", "53300"),
    ("remaining connection slots are reserved *", "53300"),
    ("row is too big: *", "54000"),
    ("index row size *", "54000"),
    ("index row requires *", "54000"),
    ("tables can have at most * columns", "54011"),
    ("stack depth limit exceeded", "54001"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn state(message: &str) -> Option<&'static str> {
        sqlstate(&DatabaseErrorKind::Unknown, message)
    }

    #[test]
    fn states_are_read_from_messages() {
        for (message, expected) in [
            ("relation \"nix\" does not exist", Some("42P01")),
            ("relation \"a.nix\" already exists", Some("42P07")),
            ("column \"c\" of relation \"t\" already exists", Some("42701")),
            ("column \"c\" does not exist", Some("42703")),
            ("column t.c does not exist", Some("42703")),
            ("syntax error at or near \"FORM\"", Some("42601")),
            ("type \"mood\" already exists", Some("42710")),
            ("type \"mood\" does not exist", Some("42704")),
            ("function nix(integer) does not exist", Some("42883")),
            ("deadlock detected", Some("40P01")),
            ("canceling statement due to lock timeout", Some("55P03")),
            ("canceling statement due to statement timeout", Some("57014")),
            ("schema \"x\" already exists", Some("42P06")),
            ("integer out of range", Some("22003")),
            ("value \"9\" is out of range for type smallint", Some("22003")),
            ("value too long for type character varying(3)", Some("22001")),
            ("VACUUM cannot run inside a transaction block", Some("25001")),
            ("Relation »nix« existiert nicht", None),
            ("der Wert \"deadlock detected\" ist falsch", None),
            ("my own words", None),
        ] {
            assert_eq!(state(message), expected, "{message}");
        }
    }

    #[test]
    fn what_is_quoted_decides_nothing() {
        let message = "relation \"column \" does not exist\" already exists";
        assert_eq!(state(message), None);
        assert_eq!(state("relation \"deadlock detected\" does not exist"), Some("42P01"));
    }

    #[test]
    fn codes_of_sqlite() {
        let code = |kind, message| result_code(&kind, message);
        assert_eq!(
            code(DatabaseErrorKind::UniqueViolation, "UNIQUE constraint failed"),
            Some(2067)
        );
        assert_eq!(code(DatabaseErrorKind::Unknown, "no such table: t"), Some(1));
        assert_eq!(code(DatabaseErrorKind::Unknown, "database is locked"), Some(5));
    }
}
