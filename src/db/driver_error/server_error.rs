//! The facts of an error that Diesel does not tell, read from what it does: its kinds, and the
//! words of the message.
//!
//! PostgreSQL sends the SQLSTATE with every error, and libpq has it, but Diesel shows neither; a
//! server tells it nowhere else. So it is the one that PostgreSQL's sources give to the message,
//! as far as a migration meets it.

mod raised;
mod states;

use diesel::result::DatabaseErrorKind;
use limbeck_schema::Dialect;

use crate::db::error::ServerError;
use raised::Raised;
use states::STATES;

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
    ServerError { sqlstate, code, message: message.to_owned(), blockers: Vec::new() }
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

/// The states that Diesel tells by a kind.
const TOLD: [(DatabaseErrorKind, &str); 8] = [
    (DatabaseErrorKind::UniqueViolation, "23505"),
    (DatabaseErrorKind::ForeignKeyViolation, "23503"),
    (DatabaseErrorKind::NotNullViolation, "23502"),
    (DatabaseErrorKind::CheckViolation, "23514"),
    (DatabaseErrorKind::RestrictViolation, "23001"),
    (DatabaseErrorKind::ExclusionViolation, "23P01"),
    (DatabaseErrorKind::SerializationFailure, "40001"),
    (DatabaseErrorKind::ReadOnlyTransaction, "25006"),
];

fn same(a: &DatabaseErrorKind, b: &DatabaseErrorKind) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

/// PostgreSQL's SQLSTATE ("PostgreSQL Error Codes"), as far as Diesel's kind or the English words
/// of the message tell it.
fn sqlstate(kind: &DatabaseErrorKind, message: &str) -> Option<&'static str> {
    if let Some((_, state)) = TOLD.iter().find(|(told, _)| same(told, kind)) {
        return Some(state);
    }
    // What stands in quotes is anybody's: a table may be called "does not exist". A name that
    // holds a quote tells where none of them ends.
    if message.matches('"').count() % 2 == 1 {
        return None;
    }
    let plain = without_quoted(message);
    let found = STATES.iter().find(|(words, _)| fits(&plain, words)).map(|(_, state)| *state);
    // Diesel would have told these: whoever has these words has another state.
    found.filter(|state| !TOLD.iter().any(|(_, told)| told == state))
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
    fn the_words_of_a_state_that_diesel_would_have_told_are_anybodys() {
        let words = "duplicate key value violates unique constraint \"k\"";
        assert_eq!(sqlstate(&DatabaseErrorKind::UniqueViolation, words), Some("23505"));
        assert_eq!(state(words), None);
        assert_eq!(state("could not serialize access due to concurrent update"), None);
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
