//! The facts of an error that Diesel does not tell, read from what it does: its kinds, and the
//! words of the message.
//!
//! PostgreSQL sends the SQLSTATE with every error, and libpq has it, but Diesel shows neither; a
//! server tells it nowhere else. So it is the one that PostgreSQL's sources give to the message,
//! as far as a migration meets it.

mod raised;

use diesel::result::DatabaseErrorKind;
use limbeck_schema::Dialect;

use crate::db::error::ServerError;
use raised::Raised;

/// What the database says.
pub(super) fn of(
    kind: &DatabaseErrorKind,
    message: &str,
    dialect: Dialect,
    sql: &str,
) -> ServerError {
    let (sqlstate, code) = match dialect {
        Dialect::Postgresql => (told(kind, message, sql).map(str::to_owned), None),
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
            _ if message.starts_with("malformed database schema") => 11,
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

/// The SQLSTATE of what a statement gave, which may raise errors of its own words.
fn told(kind: &DatabaseErrorKind, message: &str, sql: &str) -> Option<&'static str> {
    let own = match sqlstate(kind, message) {
        // `SET ROLE` and `SET SESSION AUTHORIZATION` say it of a value.
        Some("42704") if message.starts_with("role ") && is_setting(sql) => Some("22023"),
        own => own,
    };
    match (raised::by(sql, message), own) {
        (Raised::No, own) => own,
        (Raised::Plainly, _) => Some("P0001"),
        // It might be either.
        (Raised::Perhaps, _) => None,
    }
}

fn is_setting(sql: &str) -> bool {
    sql.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("set"))
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
    // Before the wider patterns below that they fit, too
    ("LIMIT #,# syntax is not supported", "42601"),
    ("postfix operators are not supported", "42601"),
    ("subscript type * is not supported", "42804"),
    ("encoding conversion to or from \"\" is not supported", "42P17"),
    ("log format \"\" is not supported", "22023"),
    ("unterminated CSV quoted field", "22P04"),
    ("unterminated format() type specifier", "22023"),
    ("foreign table \"\" does not exist", "42704"),
    ("operator class \"\" for access method \"\" already exists", "42710"),
    ("operator family \"\" for access method \"\" already exists", "42710"),
    ("operator class with *", "42704"),
    ("operator family with *", "42704"),
    ("array subscript out of range", "2202E"),
    ("date field value out of range: *", "22008"),
    ("time field value out of range: *", "22008"),
    ("date/time field value out of range*", "22008"),
    ("interval out of range", "22008"),
    ("time out of range", "22008"),
    ("timetz out of range", "22008"),
    ("timestamptz out of range", "22008"),
    ("origin out of range", "22008"),
    ("time zone displacement out of range*", "22009"),
    ("value for \"\" in source string is out of range", "22008"),
    ("numeric time zone \"\" out of range", "22023"),
    ("path element at position * is out of range: *", "22023"),
    ("aggregate functions are not allowed in a recursive query's recursive term", "42P19"),
    ("canceling statement due to conflict with recovery", "40001"),
    ("terminating connection due to idle-session timeout", "57P05"),
    ("invalid input syntax for type *: \"\" is not a number", "22P02"),
    // Syntax error or access rule violation
    ("syntax error *", "42601"),
    ("relation \"\" does not exist", "42P01"),
    ("table \"\" does not exist", "42P01"),
    ("view \"\" does not exist", "42P01"),
    ("materialized view \"\" does not exist", "42P01"),
    ("sequence \"\" does not exist", "42P01"),
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
    ("timestamp out of range*", "22008"),
    ("date out of range*", "22008"),
    ("interval field value out of range*", "22015"),
    ("* out of range: *", "22003"),
    ("* out of range", "22003"),
    ("* out of range for type *", "22003"),
    ("invalid value for parameter *", "22023"),
    ("invalid byte sequence for encoding *", "22021"),
    ("unsupported Unicode escape sequence", "22P05"),
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
    ("parameter \"\" cannot be set during a parallel operation", "25000"),
    ("parameter \"\" cannot be changed *", "55P02"),
    ("parameter \"\" cannot be set after connection start", "55P02"),
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
    // Syntax
    ("* at or near \"\"", "42601"),
    ("* at end of input", "42601"),
    ("each * query must have the same number of columns", "42601"),
    ("subquery has too few columns", "42601"),
    ("subquery has too many columns", "42601"),
    ("subquery must return only one column", "42601"),
    ("number of columns does not match number of values", "42601"),
    ("multiple assignments to same column \"\"", "42601"),
    ("multiple default values specified for column \"\" of table \"\"", "42601"),
    ("conflicting NULL/NOT NULL declarations for column \"\" of table \"\"", "42601"),
    ("both default and identity specified for column \"\" of table \"\"", "42601"),
    ("both default and generation expression specified for column \"\" of table \"\"", "42601"),
    ("both identity and generation expression specified for column \"\" of table \"\"", "42601"),
    ("column \"\" of relation \"\" is an identity column", "42601"),
    ("column \"\" of relation \"\" is a generated column", "42601"),
    ("column name \"\" is not unique", "42601"),
    ("SELECT * with no tables specified is not valid", "42601"),
    ("DEFAULT is not allowed in this context", "42601"),
    ("VALUES in FROM must have an alias", "42601"),
    ("WITH ORDINALITY cannot be used with a column definition list", "42601"),
    ("a column definition list is *", "42601"),
    ("ON CONFLICT DO UPDATE requires inference specification or constraint name", "42601"),
    ("query has no destination for result data", "42601"),
    ("too few parameters specified for RAISE", "42601"),
    ("too many parameters specified for RAISE", "42601"),
    ("wrong number of parameters for prepared statement \"\"", "42601"),
    ("misplaced *", "42601"),
    ("conflicting or redundant options", "42601"),
    ("improper qualified name *", "42601"),
    ("improper relation name *", "42601"),
    ("\"\" is not a known variable", "42601"),
    ("positional argument cannot follow named argument", "42601"),
    ("option \"\" not recognized", "42601"),
    ("only WITH CHECK expression allowed for INSERT", "42601"),
    ("only USING expression allowed for SELECT, DELETE", "42601"),
    ("WITH CHECK cannot be applied to SELECT or DELETE", "42601"),
    ("* constraints not possible for domains", "42601"),
    ("unequal number of entries in row expressions", "42601"),
    ("non-integer constant in *", "42601"),
    ("invalid configuration parameter name \"\"", "42602"),
    ("invalid enum label \"\"", "42602"),
    // Names
    ("column \"\" appears twice in * constraint", "42701"),
    ("column name \"\" appears more than once in USING clause", "42701"),
    ("column name \"\" conflicts with a system column name", "42701"),
    ("column name \"\" specified more than once", "42701"),
    ("common column name \"\" appears more than once in *", "42702"),
    ("column \"\" not found in data type *", "42703"),
    ("column \"\" specified in USING clause does not exist in *", "42703"),
    ("could not identify column \"\" in record data type", "42703"),
    ("record \"\" has no field \"\"", "42703"),
    ("constraint \"\" does not exist", "42704"),
    ("constraint \"\" for domain * does not exist", "42704"),
    ("type * does not exist", "42704"),
    ("type \"\" is only a shell", "42704"),
    ("there is no primary key for referenced table \"\"", "42704"),
    ("required extension \"\" is not installed", "42704"),
    ("unrecognized exception condition \"\"", "42704"),
    ("\"\" is not a valid encoding name", "42704"),
    ("conversion \"\" does not exist", "42704"),
    ("window \"\" does not exist", "42704"),
    ("check constraint \"\" already exists", "42710"),
    ("constraint \"\" for domain * already exists", "42710"),
    ("type \"\" already exists in schema \"\"", "42710"),
    ("there are multiple default operator classes for data type *", "42710"),
    ("WITH query name \"\" specified more than once", "42712"),
    ("function * already exists in schema \"\"", "42723"),
    ("* name \"\" is not unique", "42725"),
    ("procedure * is not unique", "42725"),
    ("aggregate function calls cannot be nested", "42803"),
    ("aggregate function calls cannot contain window function calls", "42803"),
    ("subquery uses ungrouped column \"\" from outer query", "42803"),
    // Types
    ("result of USING clause for column \"\" cannot be cast automatically to type *", "42804"),
    ("generation expression for column \"\" cannot be cast automatically to type *", "42804"),
    ("specified value cannot be cast to type * for column \"\"", "42804"),
    ("subfield \"\" is of type * but expression is of type *", "42804"),
    ("subscripted assignment to \"\" requires type * but expression is of type *", "42804"),
    ("variable \"\" is of type * but expression is of type *", "42804"),
    ("argument of * must not return a set", "42804"),
    ("collations are not supported by type *", "42804"),
    ("child table * has different *", "42804"),
    ("child table is missing *", "42804"),
    ("table \"\" contains column \"\" not found in parent \"\"", "42804"),
    ("column \"\" in child table must be *", "42804"),
    ("operator class \"\" does not accept data type *", "42804"),
    ("\"\" is not a valid base type for a domain", "42804"),
    ("inherited column \"\" has a * conflict", "42804"),
    ("* is not an ordered-set aggregate, so it cannot have WITHIN GROUP", "42809"),
    ("* specified, but * is not *", "42809"),
    ("ALTER action * cannot be performed on relation \"\"", "42809"),
    ("cannot create index on relation \"\"", "42809"),
    ("cannot lock rows in view \"\"", "42809"),
    ("cannot lock rows in materialized view \"\"", "42809"),
    ("cannot lock rows in relation \"\"", "42809"),
    ("cannot lock rows in sequence \"\"", "42809"),
    ("cannot change view \"\"", "42809"),
    ("cannot change sequence \"\"", "42809"),
    ("cannot change relation \"\"", "42809"),
    ("cannot change materialized view \"\"", "42809"),
    ("cannot change routine kind", "42809"),
    ("cannot inherit from *", "42809"),
    ("cannot rename columns of relation \"\"", "42809"),
    ("cannot add column to *", "42809"),
    ("cannot drop column from typed table", "42809"),
    ("constraint \"\" is not deferrable", "42809"),
    ("\"\" is not a composite type", "42809"),
    ("\"\" is not a typed table", "42809"),
    ("\"\" is not a unique index", "42809"),
    ("\"\" is not a table or materialized view", "42809"),
    ("\"\" is not a table, view, *", "42809"),
    ("\"\" is not an index*", "42809"),
    ("\"\" is a table", "42809"),
    ("\"\" is a composite type", "42809"),
    ("\"\" is a foreign table", "42809"),
    ("\"\" is a partial index", "42809"),
    ("\"\" is a deferrable index", "42809"),
    ("* is a procedure", "42809"),
    ("* is not a procedure", "42809"),
    ("* is not a function", "42809"),
    ("* is not a domain", "42809"),
    // Definitions
    ("functions in * must be marked IMMUTABLE", "42P17"),
    ("generation expression is not immutable", "42P17"),
    ("cannot drop inherited *", "42P16"),
    ("cannot rename inherited *", "42P16"),
    ("column \"\" is marked NOT NULL in parent table", "42P16"),
    ("constraint must be added to child tables too", "42P16"),
    ("constraint \"\" of relation \"\" is not a *", "42809"),
    ("primary key * already exists", "42P16"),
    ("return type mismatch in function declared to return *", "42P13"),
    ("cannot change return type of existing function", "42P13"),
    ("cannot change name of input parameter \"\"", "42P13"),
    ("cannot remove parameter defaults from existing function", "42P13"),
    ("cannot change data type of existing parameter default value", "42P13"),
    ("no function body specified", "42P13"),
    ("no language specified", "42P13"),
    ("function result type must be *", "42P13"),
    ("function result type must be * because of OUT parameters", "42P13"),
    ("input parameters after one with a default value must also have defaults", "42P13"),
    ("type attribute \"\" not recognized", "42601"),
    ("SELECT DISTINCT ON expressions must match initial ORDER BY expressions", "42P10"),
    ("for SELECT DISTINCT, ORDER BY expressions must appear in select list", "42P10"),
    ("GROUP BY position * is not in select list", "42P10"),
    ("ORDER BY position * is not in select list", "42P10"),
    ("column reference * is ambiguous", "42702"),
    ("could not determine which collation to use for *", "42P22"),
    ("collation mismatch between *", "42P21"),
    ("infinite recursion detected in *", "42P17"),
    ("circular * dependency *", "42P17"),
    ("partition \"\" would overlap partition \"\"", "42P17"),
    ("empty range bound specified for partition \"\"", "42P17"),
    ("\"\" is already a partition", "42809"),
    // Data
    ("invalid value \"\" for \"\"", "22007"),
    ("invalid * for \"\"", "22007"),
    ("source string too short for \"\" formatting field", "22007"),
    ("conflicting values for \"\" field in formatting string", "22007"),
    ("timestamp cannot be NaN", "22008"),
    ("LIMIT must not be negative", "2201W"),
    ("OFFSET must not be negative", "2201X"),
    ("negative substring length not allowed", "22011"),
    ("null value cannot be assigned to variable \"\" declared NOT NULL", "22004"),
    ("query string argument of EXECUTE is null", "22004"),
    ("nextval: reached * value of sequence \"\" *", "2200H"),
    ("setval: value * is out of bounds for sequence \"\" *", "22003"),
    ("\"\" is not an existing enum label", "22023"),
    ("INCREMENT must not be zero", "22023"),
    ("* must be less than MAXVALUE *", "22023"),
    ("START value * cannot be *", "22023"),
    ("RESTART value * cannot be *", "22023"),
    ("identity column type must be *", "22023"),
    ("sequence type must be *", "22023"),
    ("extension \"\" has no *", "22023"),
    ("precision for type float must be *", "22023"),
    ("time zone \"\" not recognized", "22023"),
    ("unrecognized parameter \"\"", "22023"),
    ("invalid escape string", "22025"),
    ("cannot take logarithm of *", "2201E"),
    ("cannot take square root of a negative number", "2201F"),
    ("zero raised to a negative power is undefined", "2201F"),
    ("cannot get array length of a *", "22023"),
    ("cannot extract elements from *", "22023"),
    ("cannot call * on *", "22023"),
    ("missing data for column \"\"", "22P04"),
    ("extra data after last expected column", "22P04"),
    ("query returned no rows", "P0002"),
    ("case not found", "20000"),
    ("control reached end of function without RETURN", "2F005"),
    // Integrity and transactions
    ("column \"\" of table \"\" contains null values", "23502"),
    ("column \"\" of table \"\" contains values that violate the new constraint", "23514"),
    ("new row for relation \"\" violates partition constraint", "23514"),
    ("* cannot be executed from a function", "25001"),
    ("* cannot run inside a subtransaction", "25001"),
    ("invalid transaction termination", "2D000"),
    ("cannot drop * because it is required by the database system", "2BP01"),
    ("cannot drop * because * requires it", "2BP01"),
    ("savepoint \"\" does not exist within current savepoint level", "3B001"),
    ("cannot change privileges of *", "0LP01"),
    ("invalid privilege type * for *", "0LP01"),
    // What is not supported
    ("cannot alter type \"\" because column \"\" uses it", "0A000"),
    ("cannot alter type \"\" because column *\"\" uses it", "0A000"),
    ("cannot alter table \"\" because column \"\" uses its row type", "0A000"),
    ("cannot truncate a table referenced in a foreign key constraint", "0A000"),
    ("cannot alter system column \"\"", "0A000"),
    ("cannot drop system column \"\"", "0A000"),
    ("cannot rename system column \"\"", "0A000"),
    ("cannot drop *partitioned index \"\" concurrently", "0A000"),
    ("cannot create index on partitioned table \"\" concurrently", "0A000"),
    ("cannot use subquery in *", "0A000"),
    ("set-returning functions are not allowed in *", "0A000"),
    ("set-valued function called in context that cannot accept a set", "0A000"),
    ("access method \"\" does not support ordering operators", "42P17"),
    ("access method \"\" does not support *", "0A000"),
    ("column data type * can only have storage PLAIN", "0A000"),
    ("unique constraint on partitioned table must include all partitioning columns", "0A000"),
    ("primary keys cannot be expressions", "0A000"),
    ("WITH query \"\" does not have a RETURNING clause", "0A000"),
    ("WITH clause containing a data-modifying statement must be at the top level", "0A000"),
    ("invalid UNION/INTERSECT/EXCEPT ORDER BY clause", "0A000"),
    ("cross-database references are not implemented: *", "0A000"),
    ("cannot insert into view \"\"", "55000"),
    ("cannot update view \"\"", "55000"),
    ("cannot delete from view \"\"", "55000"),
    ("CONCURRENTLY cannot be used when the materialized view is not populated", "0A000"),
    ("trigger functions can only be called as triggers", "0A000"),
    ("could not open file \"\": No such file or directory", "58P01"),
    ("could not open file \"\" for reading: No such file or directory", "58P01"),
    ("requested length too large", "54000"),
    ("target lists can have at most * entries", "54011"),
    ("invalid memory alloc request size *", "XX000"),
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
    fn the_statement_has_its_say() {
        let told = |message, sql| told(&DatabaseErrorKind::Unknown, message, sql);
        let gone = "relation \"t\" does not exist";
        assert_eq!(told(gone, "SELECT * FROM t"), Some("42P01"));
        let raise = "DO $$ BEGIN RAISE 'relation \"%\" does not exist', 't'; END $$";
        assert_eq!(told(gone, raise), Some("P0001"));
        assert_eq!(told(gone, "DO $$ BEGIN RAISE EXCEPTION '%', x; END $$"), None);
        let role = "role \"r\" does not exist";
        assert_eq!(told(role, "SET ROLE r"), Some("22023"));
        assert_eq!(told(role, "DROP ROLE r"), Some("42704"));
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
