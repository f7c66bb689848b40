//! Which statements of Python code only read, so that a run that continues may ask them again.

use limbeck_schema::Dialect;

/// Words that begin a statement which reads.
const READING: [&str; 9] =
    ["select", "with", "values", "table", "show", "explain", "describe", "desc", "pragma"];
/// Words with which it does more.
const WRITING: [&str; 12] = [
    "insert", "update", "delete", "merge", "into", "replace", "truncate", "nextval", "setval",
    "analyze", "lock", "call",
];
/// Functions that may be asked without a table and change nothing.
const PURE: [&str; 80] = [
    "abs",
    "array_agg",
    "avg",
    "benchmark",
    "cast",
    "ceil",
    "char_length",
    "coalesce",
    "concat",
    "connection_id",
    "convert",
    "count",
    "curdate",
    "current_database",
    "current_date",
    "current_schema",
    "current_setting",
    "current_time",
    "current_timestamp",
    "current_user",
    "curtime",
    "database",
    "date",
    "date_add",
    "date_format",
    "date_sub",
    "date_trunc",
    "exists",
    "extract",
    "floor",
    "found_rows",
    "from_unixtime",
    "gen_random_uuid",
    "greatest",
    "has_table_privilege",
    "hex",
    "if",
    "ifnull",
    "isnull",
    "json_array",
    "json_extract",
    "json_object",
    "jsonb_build_object",
    "least",
    "left",
    "length",
    "localtime",
    "localtimestamp",
    "lower",
    "max",
    "md5",
    "min",
    "mod",
    "now",
    "nullif",
    "pg_sleep",
    "pg_typeof",
    "right",
    "round",
    "row_count",
    "schema",
    "session_user",
    "sleep",
    "sqlite_version",
    "substr",
    "substring",
    "sum",
    "sysdate",
    "system_user",
    "to_char",
    "to_date",
    "to_regclass",
    "to_timestamp",
    "trim",
    "unix_timestamp",
    "upper",
    "user",
    "utc_timestamp",
    "uuid",
    "version",
];

/// Whether `sql` reads and nothing else, as far as its words tell. A function that is called
/// without any table is taken for one that acts (`SELECT create_hypertable(...)`), unless it is
/// known.
pub(super) fn only_reads(sql: &str, dialect: Dialect) -> bool {
    let words = words(sql);
    let Some(first) = words.first() else { return true };
    if !READING.contains(&first.text.as_str()) {
        return false;
    }
    if first.text == "pragma" {
        return !sql.contains('=');
    }
    let is_writing = |word: &Word| {
        WRITING.contains(&word.text.as_str())
            // `FOR UPDATE` takes locks that end with the transaction.
            && !(word.text == "update" && word.is_behind_for)
            && !(word.text == "replace" && word.is_call)
            && !(first.text != "explain" && word.text == "analyze")
    };
    if words.iter().any(is_writing) {
        return false;
    }
    let has_table = words.iter().any(|word| word.text == "from");
    has_table
        || dialect == Dialect::Sqlite
        || words.iter().all(|word| !word.is_call || PURE.contains(&word.text.as_str()))
}

/// Words before a parenthesis that are neither functions nor among those that `words` knows.
const NO_FUNCTIONS: [&str; 9] = ["all", "any", "by", "from", "join", "on", "over", "some", "where"];

/// Whether `sql` reads and nothing else, whatever functions the database has: those that are called
/// are known, with tables or without. A view is one of the tables: see [`reads_tables`].
pub(super) fn surely_reads(sql: &str, dialect: Dialect) -> bool {
    let is_known = |word: &Word| {
        let text = word.text.as_str();
        // `app.left(…)` and `1left(…)` are functions of somebody's own.
        !word.is_joined && (PURE.contains(&text) || NO_FUNCTIONS.contains(&text))
    };
    // Functions with quoted names, comments that MySQL runs or that stand before a parenthesis,
    // quotes within literals, and names that `words` does not read whole.
    let marks = ["`(", "\"(", "/*", "--", "#", "\\", "$"];
    let bare: String = sql.chars().filter(|c| !c.is_whitespace()).collect();
    let is_hidden = marks.iter().any(|mark| bare.contains(mark));
    // `NEXT VALUE FOR` is no call.
    let takes_next = words(sql).iter().any(|word| word.text == "next");
    !is_hidden
        && !takes_next
        && only_reads(sql, dialect)
        && words(sql).iter().all(|word| !word.is_call || is_known(word))
}

/// Whether `sql` reads tables that may be views: what these call, the text does not tell.
pub(super) fn reads_tables(sql: &str) -> bool {
    words(sql).iter().any(|word| matches!(word.text.as_str(), "from" | "table" | "join"))
}

struct Word {
    text: String,
    /// Whether it is a part of a longer name.
    is_joined: bool,
    /// Whether an opening parenthesis follows.
    is_call: bool,
    is_behind_for: bool,
}

/// The words of `sql` outside of literals, quoted names and comments.
fn words(sql: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = if first.is_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let is_behind_for = words.last().is_some_and(|word| word.text == "for");
            let before = sql[..sql.len() - rest.len()].trim_end().chars().next_back();
            let is_joined = before == Some('.')
                || sql[..sql.len() - rest.len()].ends_with(|c: char| c.is_ascii_digit());
            words.push(Word {
                is_joined,
                text: rest[..end].to_lowercase(),
                is_call: rest[end..].trim_start().starts_with('('),
                is_behind_for,
            });
            end
        } else if matches!(first, '\'' | '"' | '`') {
            rest[1..].find(first).map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else {
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    // Words that take a parenthesis and are no function.
    for word in &mut words {
        let is_keyword = matches!(
            word.text.as_str(),
            "in" | "select" | "as" | "and" | "or" | "not" | "values" | "with" | "when" | "then"
        );
        word.is_call &= !is_keyword;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_read() {
        for sql in [
            "SELECT 1",
            "select id, name from users where id in (1, 2)",
            "SELECT 'insert into t' FROM t",
            "WITH a AS (SELECT 1) SELECT * FROM a",
            "SELECT count(*) FROM t FOR UPDATE",
            "SELECT EXISTS (SELECT 1 FROM pg_class)",
            "SHOW server_version",
            "SELECT replace(a, 'x', 'y') FROM t",
            "select sleep(3)",
            "SELECT pg_sleep(0.1), current_timestamp(0)",
            "",
        ] {
            assert!(only_reads(sql, Dialect::Postgresql), "{sql}");
        }
    }

    #[test]
    fn functions_that_nobody_knows_may_do_anything() {
        for sql in [
            "SELECT id FROM a JOIN (SELECT max(id) AS id FROM b) AS c ON (a.id = c.id)",
            "SELECT count(*) FROM t WHERE id IN (1, 2) AND (a OR b)",
            "SHOW CREATE TABLE t",
        ] {
            assert!(surely_reads(sql, Dialect::Mysql), "{sql}");
        }
        for sql in [
            "SELECT make(id) FROM t",
            "SELECT `make`(id) FROM t",
            "SELECT GET_LOCK('a', 1)",
            "SELECT 1 /*!50000 INTO @a */",
            "/*!50000 INSERT INTO t VALUES (1) */",
            "SELECT app.left(id) FROM t",
            "SELECT app . left(id) FROM t",
            "SELECT 1left(id) FROM t",
            "SELECT make$(id) FROM t",
            "SELECT `make` (id) FROM t",
            "SELECT 'a\\'', make('x') FROM t",
        ] {
            assert!(!surely_reads(sql, Dialect::Mysql), "{sql}");
        }
    }

    #[test]
    fn what_acts_does_not() {
        for sql in [
            "INSERT INTO t VALUES (1)",
            "WITH a AS (DELETE FROM t RETURNING id) SELECT * FROM a",
            "SELECT * INTO b FROM a",
            "SELECT create_hypertable('a', 'b')",
            "SELECT setval('s', 1) FROM t",
            "EXPLAIN ANALYZE SELECT 1",
            "CREATE TABLE t (a int)",
        ] {
            assert!(!only_reads(sql, Dialect::Postgresql), "{sql}");
        }
    }
}
