//! What a statement takes from its session, and what it leaves there by a name: user variables,
//! prepared statements, settings, the last id that was inserted. All of it ends with the connection.

use std::collections::BTreeSet;
use std::fmt;

use limbeck_schema::Dialect;

use super::carry_set::set_config;
use super::carry_tokens::Pieces;
use super::carry_tokens::TOTAL;
use super::session::SessionEffect;
use super::session::session_effect;
use super::statement::Statement;

/// Something that a session keeps under a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Carried {
    /// A user variable of MySQL, in lower case.
    Variable(String),
    /// A prepared statement of MySQL, in lower case.
    Prepared(String),
    /// What a function says of an earlier statement.
    Function(&'static str),
    /// The last value of a sequence of MariaDB, in lower case.
    Sequence(String),
    /// A setting of this session, in lower case.
    Setting(String),
    /// The database that names without one lead to (MySQL).
    Database,
    /// A setting that all sessions begin with (MySQL), in lower case. It does not end with one.
    Global(String),
}

impl Carried {
    /// Whether it counts all that a session has done, so that no statement sets it anew.
    pub fn is_count(&self) -> bool {
        *self == Carried::Function(TOTAL)
    }
}

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Carried::Variable(name) => write!(f, "@{name}"),
            Carried::Prepared(name) => write!(f, "the prepared statement {name}"),
            Carried::Function(name) => write!(f, "{name}"),
            Carried::Sequence(name) => write!(f, "the last value of the sequence {name}"),
            Carried::Setting(name) => write!(f, "the setting {name}"),
            Carried::Database => write!(f, "the default database"),
            Carried::Global(name) => write!(f, "the global setting {name}"),
        }
    }
}

/// Whether something can be done again in another session, with what it takes from there the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Again {
    /// Not without doing more, or with another result.
    #[default]
    Never,
    /// It can, and what follows may rely on it.
    Always,
    /// It can, but fails where what it is about has changed: only for those who need it.
    OnDemand,
    /// It can, and is needed only by what comes next.
    Next,
}

/// What one part of a statement does. Only a `SET` has several parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// The SQL of the part, with no verb where the statement has several.
    pub text: String,
    /// Whether it can be done again.
    pub again: Again,
    /// What it takes from the session.
    pub reads: BTreeSet<Carried>,
    /// What it leaves there.
    pub writes: BTreeSet<Carried>,
    /// The setting that it changes for all sessions, in lower case (MySQL).
    pub global: Option<String>,
}

/// What a statement does with its session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionUse {
    /// In the order of the text.
    pub parts: Vec<Part>,
    /// The prepared statement that it takes away.
    pub ends: Option<Carried>,
    /// For a `PREPARE`, what the prepared text takes and leaves when it is executed.
    pub prepared: Option<(BTreeSet<Carried>, BTreeSet<Carried>)>,
    /// Whether it runs what cannot be seen here, which may set any variable.
    pub is_opaque: bool,
    /// Whether it runs a routine, which may read any variable.
    pub calls_routine: bool,
    /// Whether it executes text, which may be of an earlier statement.
    pub runs_text: bool,
    /// Whether all settings are behind it as a session begins with them.
    pub resets_all: bool,
}

/// What `statement` takes from its session and leaves there (MySQL's manual, 9.4 "User-Defined
/// Variables", 13.5 "Prepared Statements", 12.15 "Information Functions"). PostgreSQL's `lastval()`
/// and `currval()` fail by themselves where nothing has been inserted.
pub fn session_use(statement: &Statement, dialect: Dialect) -> SessionUse {
    let text = &statement.text;
    let pieces = Pieces::of(text, dialect);
    let is_setting = session_effect(statement, dialect) == SessionEffect::Setting;
    let mut found = SessionUse::default();
    let again = if is_setting { Again::Always } else { Again::Never };
    let whole = |reads, writes| Part { text: text.clone(), again, reads, writes, global: None };
    if dialect == Dialect::Postgresql
        && let Some((again, writes)) = set_config(&pieces)
    {
        found.parts = vec![Part { again, ..whole(BTreeSet::new(), writes) }];
        return found;
    }
    if dialect == Dialect::Postgresql || pieces.defines_routine() {
        found.resets_all = pieces.resets_all() && dialect == Dialect::Postgresql;
        let writes = pieces.setting_of_postgresql().filter(|_| is_setting).into_iter().collect();
        found.parts = vec![whole(BTreeSet::new(), writes)];
        return found;
    }
    if dialect == Dialect::Sqlite {
        let (reads, writes) = pieces.on_sqlite();
        found.parts = vec![whole(reads, writes)];
        return found;
    }
    if is_setting && pieces.is_word(0, "SET") {
        found.parts = pieces.assignments();
        found.is_opaque = pieces.calls_unknown();
        return found;
    }
    const WITH_TRIGGERS: [&str; 8] =
        ["INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "WITH", "BEGIN", "SET"];
    found.is_opaque = pieces.is_any_word(0, &WITH_TRIGGERS)
        || (pieces.is_any_word(0, &["SELECT", "DO"]) && pieces.calls_unknown());
    found.calls_routine = pieces.is_word(0, "BEGIN") && pieces.holds_word("CALL");
    found.runs_text = pieces.is_any_word(0, &["EXECUTE", "BEGIN"]);
    let (reads, writes) = pieces.carried();
    let mut part = whole(reads, writes);
    if pieces.is_word(0, "USE") {
        part.writes.insert(Carried::Database);
    }
    if pieces.is_word(0, "PREPARE") {
        part.again = Again::OnDemand;
        part.writes.extend(pieces.prepared_name(1));
        found.prepared = Some(pieces.within_strings());
    } else if pieces.is_word(0, "DEALLOCATE")
        || pieces.is_word(0, "DROP") && pieces.is_word(1, "PREPARE")
    {
        let at = if pieces.is_word(1, "PREPARE") { 2 } else { 1 };
        part.again = Again::Never;
        found.ends = pieces.prepared_name(at);
    } else if pieces.is_word(0, "EXECUTE") {
        found.is_opaque = true;
        if pieces.is_word(1, "IMMEDIATE") {
            let (reads, writes) = pieces.within_strings();
            part.reads.extend(reads);
            part.writes.extend(writes);
        } else {
            part.reads.extend(pieces.prepared_name(1));
        }
    } else if pieces.is_word(0, "CALL") {
        found.is_opaque = true;
        found.calls_routine = true;
        // An argument may be one that the routine sets.
        part.writes.extend(
            part.reads
                .iter()
                .filter(|one| matches!(one, Carried::Variable(_)))
                .cloned()
                .collect::<Vec<_>>(),
        );
    }
    found.parts = vec![part];
    found
}

/// The `SET` of some of the parts of `statement`, as it is to be run again.
pub fn set_of(statement: &Statement, dialect: Dialect, parts: &[&str]) -> Statement {
    let pieces = Pieces::of(&statement.text, dialect);
    let text = match pieces.opening {
        Some(opening) => {
            format!("{} SET {} */", opening.text(&statement.text), parts.join(", "))
        }
        None => format!("SET {}", parts.join(", ")),
    };
    Statement { text, position: statement.position }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourcePosition;

    fn statement(text: &str) -> Statement {
        Statement { text: text.to_owned(), position: SourcePosition { line: 1, column: 1 } }
    }

    fn names(set: &BTreeSet<Carried>) -> String {
        let shown = set
            .iter()
            .filter(|one| !matches!(one, Carried::Function("ROW_COUNT()" | "FOUND_ROWS()")))
            .filter(|one| {
                !matches!(one, Carried::Setting(_) | Carried::Global(_) | Carried::Database)
            });
        shown.map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    /// `again: what it reads > what it writes`, for each part.
    fn told(text: &str) -> String {
        let found = session_use(&statement(text), Dialect::Mysql);
        let parts = found.parts.iter().map(|part| {
            let again = match part.again {
                Again::Never => "never",
                Again::Always => "always",
                Again::OnDemand => "on demand",
                Again::Next => "next",
            };
            format!("{again}: {} > {}", names(&part.reads), names(&part.writes))
        });
        parts.collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn assignments_are_told_by_whether_they_can_be_made_again() {
        for (text, expected) in [
            ("SET @a = 5", "always:  > @a"),
            ("SET @A := -1.5e3 , @`b c` = 0x1F", "always:  > @a | always:  > @b c"),
            (
                "SET @a = _utf8mb4'x', @b = N'y', @c = NULL",
                "always:  > @a | always:  > @b | always:  > @c",
            ),
            (
                "/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */",
                "always:  > @old_sql_mode | always:  > ",
            ),
            ("SET SQL_MODE=@OLD_SQL_MODE", "always: @old_sql_mode > "),
            ("SET @a = @@session.time_zone", "always:  > @a"),
            ("SET @b = @a + 1", "always: @a > @b"),
            ("SET NAMES utf8mb4", "always:  > "),
            ("SET sql_mode = CONCAT(@@sql_mode, ',ANSI')", "always:  > "),
            ("SET @a = nxt()", "never:  > @a"),
            ("SET @a = NOW(), sql_mode = ''", "never:  > @a | always:  > "),
            ("SET @a = (SELECT max(id), 1 FROM t)", "never:  > @a"),
            ("SET @id = LAST_INSERT_ID()", "never: LAST_INSERT_ID() > @id"),
            ("SET @id = @@identity", "never: LAST_INSERT_ID() > @id"),
            ("SET @t = @@timestamp", "never:  > @t"),
            ("SET @a = (@b := 1)", "never:  > @a @b"),
            ("SET PASSWORD FOR 'u'@'h' = 'x'", "never:  > "),
            ("SET PASSWORD = PASSWORD('x'), @a = 1", "never:  >  | always:  > @a"),
            ("SET DEFAULT ROLE a, b TO c, d", "never:  > "),
            ("SET ROLE a, 'b'@'%'", "always:  > "),
            ("SET RESOURCE GROUP g", "always:  > "),
            ("SET RESOURCE GROUP g FOR 14, 78", "never:  > "),
            ("SET GLOBAL a = 5, b = 6, SESSION c = 7", "never:  >  | never:  >  | always:  > "),
            ("SET PERSIST a = 5", "never:  > "),
            (
                "SET @@GLOBAL.a = 5, b = 6, @@persist_only.c = 1",
                "never:  >  | always:  >  | never:  > ",
            ),
            ("SET GLOBAL TRANSACTION READ ONLY", "never:  > "),
            ("SET SESSION TRANSACTION READ ONLY, ISOLATION LEVEL SERIALIZABLE", "always:  > "),
            ("SET TRANSACTION READ ONLY", "next:  > "),
            ("SET @@transaction_isolation = 'SERIALIZABLE'", "next:  > "),
            ("SET transaction_isolation = 'SERIALIZABLE'", "always:  > "),
            ("SET insert_id = 7", "next:  > "),
            ("SET last_insert_id = 7", "always:  > LAST_INSERT_ID()"),
            ("SET SESSION a = ff()", "never:  > "),
            ("SET a = (SELECT 1)", "never:  > "),
            ("SET a = db.CONCAT(1)", "never:  > "),
            ("SET time_zone = CURRENT_DATE", "never:  > "),
            ("SET a = ON, b = DEFAULT, c = InnoDB", "always:  >  | always:  >  | always:  > "),
            ("SET @s = CONCAT('a', REPLACE(@@sql_mode, 'b', @c))", "always: @c > @s"),
            ("SET CHARACTER SET utf8mb4", "always:  > "),
            ("SET NAMES utf8mb4 COLLATE utf8mb4_bin, @a = 1", "always:  >  | always:  > @a"),
            ("SET @@SESSION.SQL_LOG_BIN= 0", "always:  > "),
            ("SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'u:1-3'", "never:  > "),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn what_other_statements_take_and_leave() {
        for (text, expected) in [
            ("SELECT MAX(id), 1 INTO @m, @n FROM t WHERE x = @y", "never: @y > @m @n"),
            ("SELECT @x := @x + 1", "never: @x > @x"),
            ("SELECT (@r := @r + 1) FROM t, (SELECT @r := 0) i", "never:  > @r"),
            (
                "INSERT INTO t VALUES (@m, LAST_INSERT_ID())",
                "never: @m LAST_INSERT_ID() > LAST_INSERT_ID()",
            ),
            ("UPDATE s SET id = LAST_INSERT_ID(id + 1)", "never:  > LAST_INSERT_ID()"),
            ("CALL p(@in, 1)", "never: @in > @in LAST_INSERT_ID()"),
            (
                "LOAD DATA INFILE 'x' INTO TABLE t (a, @b) SET c = @b",
                "never:  > @b LAST_INSERT_ID()",
            ),
            ("GRANT ALL ON *.* TO app@localhost, 'a'@'%'", "never:  > "),
            ("CREATE DEFINER=root@localhost PROCEDURE p() SET @a = 1", "never:  > "),
            ("CREATE TABLE t AS SELECT @a", "never: @a > "),
            ("SET STATEMENT max_statement_time=1 FOR SELECT 1 INTO @q", "never:  > @q"),
            ("PREPARE S FROM @sql", "on demand: @sql > the prepared statement s"),
            ("EXECUTE s USING @a", "never: @a the prepared statement s > LAST_INSERT_ID()"),
            ("EXECUTE IMMEDIATE 'INSERT INTO t VALUES (@m)'", "never: @m > LAST_INSERT_ID()"),
            ("USE other", "always:  > "),
            ("SELECT 'a@b', \"@c\" -- @d\n, `@e`", "never:  > "),
            ("SELECT NEXTVAL(d.`S`)", "never:  > the last value of the sequence s"),
            (
                "DO NEXT VALUE FOR a, PREVIOUS VALUE FOR a, LASTVAL(d.b)",
                "never: the last value of the sequence b > the last value of the sequence a",
            ),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
        let found = session_use(&statement("PREPARE s FROM 'SELECT @a INTO @b'"), Dialect::Mysql);
        let (reads, writes) = found.prepared.unwrap();
        assert_eq!((names(&reads), names(&writes)), ("@a".to_owned(), "@b".to_owned()));
        for text in ["DEALLOCATE PREPARE s", "DROP PREPARE `S`"] {
            let found = session_use(&statement(text), Dialect::Mysql);
            assert_eq!(found.ends, Some(Carried::Prepared("s".to_owned())), "{text}");
        }
    }

    #[test]
    fn a_part_of_a_set_is_a_set() {
        let some = |text: &str| set_of(&statement(text), Dialect::Mysql, &["a = 1", "b = 2"]).text;
        assert_eq!(some("SET @x = now(), a = 1, b = 2"), "SET a = 1, b = 2");
        assert_eq!(some("/*!50003 SET @x = now() */"), "/*!50003 SET a = 1, b = 2 */");
    }

    #[test]
    fn other_databases_carry_less() {
        let of = |text: &str, dialect| session_use(&statement(text), dialect).parts.remove(0);
        let part = of("INSERT INTO t VALUES (last_insert_rowid())", Dialect::Sqlite);
        assert_eq!(names(&part.reads), "last_insert_rowid()");
        assert_eq!(names(&part.writes), "changes() last_insert_rowid() total_changes()");
        assert_eq!(of("PRAGMA foreign_keys = ON", Dialect::Sqlite).again, Again::Always);
        let trigger = "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT last_insert_rowid(); END";
        assert_eq!(names(&of(trigger, Dialect::Sqlite).reads), "");
        let part = of("SELECT '{}'::jsonb @> '{}'", Dialect::Postgresql);
        assert!(part.reads.is_empty() && part.writes.is_empty());
        assert_eq!(of("SET search_path = s", Dialect::Postgresql).again, Again::Always);
    }

    #[test]
    fn set_config_is_a_setting_that_only_literals_make_again() {
        for (text, again, set) in [
            ("SELECT pg_catalog.set_config('A', '', false)", Again::Always, "the setting a"),
            (
                "SELECT set_config('a', '1'::text, true), set_config('b', 'x', false)",
                Again::Always,
                "the setting a, the setting b",
            ),
            ("SELECT set_config('a', nextval('s')::text, false)", Again::Never, "the setting a"),
            ("SELECT set_config('a', 'b', false) FROM t", Again::Never, "the setting a"),
            ("SELECT set_config('a', f('x'), false)", Again::Never, "the setting a"),
            ("SELECT set_config('a', (SELECT 'x'), false)", Again::Never, "the setting a"),
            ("SELECT f(), set_config('a', 'x', false)", Again::Never, "the setting a"),
            (
                "WITH i AS (INSERT INTO t VALUES (1) RETURNING id) \
                 SELECT set_config('a', (SELECT id::text FROM i), false)",
                Again::Never,
                "the setting a",
            ),
            (
                "SELECT set_config(n, 'x', false) FROM t",
                Again::Never,
                "the setting set by set_config()",
            ),
            ("CREATE VIEW v AS SELECT set_config('a', 'x', false)", Again::Never, ""),
            ("SELECT 'set_config(1)'", Again::Never, ""),
        ] {
            let part = session_use(&statement(text), Dialect::Postgresql).parts.remove(0);
            let written: Vec<String> = part.writes.iter().map(ToString::to_string).collect();
            assert_eq!((part.again, written.join(", ").as_str()), (again, set), "{text}");
        }
    }
}
