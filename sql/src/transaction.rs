//! Statements that begin or end transactions, and statements that cannot run in one.

use std::fmt;

use limbeck_schema::Dialect;

use super::alone;
use super::cursor::Cursor;
use super::split::split;
use super::statement::SourcePosition;
use super::statement::Statement;
use super::token::TokenKind;

/// A statement that begins or ends a transaction. Within a revision whose transaction limbeck
/// keeps, such a statement would end it too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransactionControl {
    /// `BEGIN`
    Begin,
    /// `START TRANSACTION`
    StartTransaction,
    /// `COMMIT`
    Commit,
    /// `END`, which is `COMMIT` on PostgreSQL and SQLite.
    End,
    /// `ROLLBACK`
    Rollback,
    /// `ABORT`, which is `ROLLBACK` on PostgreSQL.
    Abort,
    /// `PREPARE TRANSACTION` (PostgreSQL).
    PrepareTransaction,
    /// `XA START`, `XA COMMIT` and the like (MySQL).
    Xa,
}

impl TransactionControl {
    /// Whether it ends the transaction that it stands in.
    pub const fn ends(self) -> bool {
        !matches!(self, Self::Begin | Self::StartTransaction)
    }

    /// The keywords, for messages.
    pub const fn words(self) -> &'static str {
        match self {
            TransactionControl::Begin => "BEGIN",
            TransactionControl::StartTransaction => "START TRANSACTION",
            TransactionControl::Commit => "COMMIT",
            TransactionControl::End => "END",
            TransactionControl::Rollback => "ROLLBACK",
            TransactionControl::Abort => "ABORT",
            TransactionControl::PrepareTransaction => "PREPARE TRANSACTION",
            TransactionControl::Xa => "XA",
        }
    }
}

impl fmt::Display for TransactionControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.words())
    }
}

/// How `statement` begins or ends a transaction; `None` when it does neither.
///
/// Savepoints are `None`: they stay within the transaction. So is `SET TRANSACTION`, and so are
/// `COMMIT PREPARED` and `ROLLBACK PREPARED`, which concern another transaction (see
/// [`refuses_transaction`]). What a procedure does inside cannot be seen from here.
///
/// The rules are those of the pages `BEGIN` to `ROLLBACK TO SAVEPOINT` of PostgreSQL's manual
/// (part VI), section 15.3 of MySQL's, and "Transaction" of SQLite's.
pub fn transaction_control(statement: &Statement, dialect: Dialect) -> Option<TransactionControl> {
    let mut cursor = Cursor::new(&statement.text, dialect);
    let postgresql = dialect == Dialect::Postgresql;
    if cursor.take(&["BEGIN"]) {
        // MariaDB's compound statement.
        let compound = dialect == Dialect::Mysql && cursor.at("NOT");
        return (!compound).then_some(TransactionControl::Begin);
    }
    if cursor.take(&["START", "TRANSACTION"]) {
        return Some(TransactionControl::StartTransaction);
    }
    if cursor.take(&["COMMIT"]) {
        let other = postgresql && cursor.at("PREPARED");
        return (!other).then_some(TransactionControl::Commit);
    }
    if cursor.take(&["ROLLBACK"]) {
        let other = postgresql && cursor.at("PREPARED");
        cursor.take_any(&["WORK", "TRANSACTION"]);
        return (!other && !cursor.at("TO")).then_some(TransactionControl::Rollback);
    }
    if dialect != Dialect::Mysql && cursor.at("END") {
        return Some(TransactionControl::End);
    }
    if postgresql && cursor.at("ABORT") {
        return Some(TransactionControl::Abort);
    }
    if postgresql && cursor.take(&["PREPARE", "TRANSACTION"]) {
        return Some(TransactionControl::PrepareTransaction);
    }
    if dialect == Dialect::Mysql && cursor.take(&["XA"]) {
        // `XA RECOVER` only lists.
        return (!cursor.at("RECOVER")).then_some(TransactionControl::Xa);
    }
    None
}

/// Those of a text of one or more statements, in their order; none of a text that cannot be split.
pub fn transaction_controls(text: &str, dialect: Dialect) -> Vec<TransactionControl> {
    const WORDS: [&str; 8] =
        ["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "PREPARE", "XA"];
    let may_be_one = |part: &str| {
        let part = part.trim_start();
        part.starts_with("--")
            || part.starts_with("/*")
            || WORDS.iter().any(|word| {
                part.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
            })
    };
    // Most texts have none, and are not worth a lexer.
    if !text.split(';').any(may_be_one) {
        return Vec::new();
    }
    let start = SourcePosition { line: 1, column: 1 };
    let statements = split(text, dialect, start).unwrap_or_default();
    statements.iter().filter_map(|statement| transaction_control(statement, dialect)).collect()
}

/// Whether a text has a statement that ends the transaction it runs in.
pub fn ends_transaction(text: &str, dialect: Dialect) -> bool {
    transaction_controls(text, dialect).into_iter().any(TransactionControl::ends)
}

/// The words of a statement that the database refuses, or silently ignores, inside a transaction
/// block, for a message such as "`VACUUM` cannot run inside a transaction"; `None` for every
/// other statement.
///
/// PostgreSQL says so on the page of each statement (part VI of its manual), TimescaleDB and Citus on
/// those of theirs, SQLite on its page
/// "PRAGMA Statements" and those of `VACUUM` and `DETACH`; both lists were tried against
/// the databases. MySQL has none: it commits instead.
pub fn refuses_transaction(statement: &Statement, dialect: Dialect) -> Option<String> {
    let cursor = Cursor::new(&statement.text, dialect);
    let words = match dialect {
        Dialect::Postgresql => postgresql_refuses(cursor)?,
        Dialect::Sqlite => sqlite_refuses(cursor)?,
        Dialect::Mysql => return None,
    };
    Some(words.to_owned())
}

/// The words of a statement with which MySQL and MariaDB commit what stands before it; `None` for
/// every other statement, and on other databases ("Statements That Cause an Implicit Commit" in
/// their manuals).
pub fn commits_implicitly(statement: &Statement, dialect: Dialect) -> Option<&'static str> {
    if dialect != Dialect::Mysql {
        return None;
    }
    let mut cursor = Cursor::new(&statement.text, dialect);
    if cursor.take(&["CREATE"]) {
        cursor.take(&["OR", "REPLACE"]);
        return (!cursor.at("TEMPORARY")).then_some("CREATE");
    }
    if cursor.take(&["DROP"]) {
        // Of a prepared statement nothing is kept.
        return (!cursor.at_any(&["TEMPORARY", "PREPARE"])).then_some("DROP");
    }
    leading_words(
        &cursor,
        &[
            (&["ALTER"], "ALTER"),
            (&["ANALYZE", "TABLE"], "ANALYZE TABLE"),
            (&["CACHE", "INDEX"], "CACHE INDEX"),
            (&["CHANGE"], "CHANGE MASTER"),
            (&["CHECK", "TABLE"], "CHECK TABLE"),
            (&["FLUSH"], "FLUSH"),
            (&["GRANT"], "GRANT"),
            (&["INSTALL"], "INSTALL"),
            (&["LOAD", "INDEX"], "LOAD INDEX"),
            (&["LOCK"], "LOCK TABLES"),
            (&["OPTIMIZE"], "OPTIMIZE TABLE"),
            (&["RENAME"], "RENAME"),
            (&["REPAIR"], "REPAIR TABLE"),
            (&["RESET"], "RESET"),
            (&["REVOKE"], "REVOKE"),
            (&["SET", "AUTOCOMMIT"], "SET autocommit"),
            (&["SET", "PASSWORD"], "SET PASSWORD"),
            (&["TRUNCATE"], "TRUNCATE"),
            (&["UNINSTALL"], "UNINSTALL"),
            (&["UNLOCK"], "UNLOCK TABLES"),
        ],
    )
}

fn postgresql_refuses(mut cursor: Cursor<'_>) -> Option<&'static str> {
    if alone::fills_aggregate(cursor.clone()) {
        return Some("CREATE MATERIALIZED VIEW ... WITH (timescaledb.continuous)");
    }
    if alone::builds_by_chunk(cursor.clone()) {
        return Some("CREATE INDEX ... WITH (timescaledb.transaction_per_chunk)");
    }
    if cursor.take(&["CALL"]) {
        let procedure = cursor.qualified_name()?;
        let refreshes = procedure.name == "refresh_continuous_aggregate";
        return refreshes.then_some("CALL refresh_continuous_aggregate");
    }
    if cursor.take(&["SELECT"]) {
        let function = cursor.qualified_name()?;
        let distributes = function.name == "create_distributed_table_concurrently";
        return distributes.then_some("create_distributed_table_concurrently");
    }
    if cursor.take(&["CREATE"]) {
        cursor.take(&["UNIQUE"]);
        return leading_words(
            &cursor,
            &[
                (&["INDEX", "CONCURRENTLY"], "CREATE INDEX CONCURRENTLY"),
                (&["DATABASE"], "CREATE DATABASE"),
                (&["TABLESPACE"], "CREATE TABLESPACE"),
            ],
        )
        .or_else(|| cursor_creates_slot(cursor).then_some("CREATE SUBSCRIPTION"));
    }
    if cursor.take(&["REINDEX"]) {
        return reindex(cursor);
    }
    if cursor.take(&["ALTER", "TABLE"]) {
        let detaches = cursor.skip_behind("DETACH") && cursor.take(&["PARTITION"]);
        let concurrently =
            detaches && cursor.qualified_name().is_some() && cursor.take(&["CONCURRENTLY"]);
        return concurrently.then_some("ALTER TABLE ... DETACH PARTITION ... CONCURRENTLY");
    }
    if cursor.take(&["ALTER", "DATABASE"]) {
        let moves = cursor.name().is_some() && cursor.take(&["SET", "TABLESPACE"]);
        return moves.then_some("ALTER DATABASE ... SET TABLESPACE");
    }
    if cursor.take(&["CLUSTER"]) {
        // Of one table it is allowed.
        cursor.take(&["VERBOSE"]);
        return cursor.at_end().then_some("CLUSTER");
    }
    leading_words(
        &cursor,
        &[
            (&["VACUUM"], "VACUUM"),
            (&["DROP", "INDEX", "CONCURRENTLY"], "DROP INDEX CONCURRENTLY"),
            (&["DROP", "DATABASE"], "DROP DATABASE"),
            (&["DROP", "TABLESPACE"], "DROP TABLESPACE"),
            (&["ALTER", "SYSTEM"], "ALTER SYSTEM"),
            (&["COMMIT", "PREPARED"], "COMMIT PREPARED"),
            (&["ROLLBACK", "PREPARED"], "ROLLBACK PREPARED"),
            (&["DISCARD", "ALL"], "DISCARD ALL"),
        ],
    )
}

fn leading_words(cursor: &Cursor<'_>, table: &[(&[&str], &'static str)]) -> Option<&'static str> {
    table.iter().find(|(words, _)| cursor.clone().take(words)).map(|(_, canonical)| *canonical)
}

/// A subscription is refused for the replication slot it creates on the other server; with
/// `create_slot = false` or `connect = false` it creates none.
fn cursor_creates_slot(mut cursor: Cursor<'_>) -> bool {
    if !cursor.take(&["SUBSCRIPTION"]) {
        return false;
    }
    while !cursor.at_end() {
        let option = cursor.take_any(&["CREATE_SLOT", "CONNECT"]);
        if option && cursor.take_mark(b'=') && cursor.take_any(&["FALSE", "OFF"]) {
            return false;
        }
        if !option {
            cursor.next();
        }
    }
    true
}

fn reindex(mut cursor: Cursor<'_>) -> Option<&'static str> {
    let mut concurrently = false;
    if cursor.take_mark(b'(') {
        while !cursor.at_end() && !cursor.take_mark(b')') {
            if cursor.take(&["CONCURRENTLY"]) {
                concurrently = !cursor.at_any(&["FALSE", "OFF"]);
            } else {
                cursor.next();
            }
        }
    }
    let kind = leading_words(
        &cursor,
        &[
            (&["SCHEMA"], "REINDEX SCHEMA"),
            (&["DATABASE"], "REINDEX DATABASE"),
            (&["SYSTEM"], "REINDEX SYSTEM"),
        ],
    );
    cursor.next();
    (concurrently || cursor.at("CONCURRENTLY")).then_some("REINDEX CONCURRENTLY").or(kind)
}

fn sqlite_refuses(mut cursor: Cursor<'_>) -> Option<&'static str> {
    if !cursor.take(&["PRAGMA"]) {
        return leading_words(&cursor, &[(&["VACUUM"], "VACUUM"), (&["DETACH"], "DETACH")]);
    }
    let pragma = cursor.qualified_name()?.name.to_ascii_lowercase();
    // Without a value they only ask.
    let sets = cursor.next().is_some_and(|t| matches!(t.kind, TokenKind::Punctuation(b'=' | b'(')));
    match pragma.as_str() {
        "foreign_keys" if sets => Some("PRAGMA foreign_keys"),
        "journal_mode" if sets => Some("PRAGMA journal_mode"),
        "synchronous" if sets => Some("PRAGMA synchronous"),
        "wal_checkpoint" => Some("PRAGMA wal_checkpoint"),
        _ => None,
    }
}
