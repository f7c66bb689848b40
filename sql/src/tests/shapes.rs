//! Tables of SQLite, by two texts that mean the same.

use limbeck_schema::Dialect;

use crate::canonical;
use crate::table_shape;

/// Columns as `name definition`, constraints as `[name] definition`, options.
fn outline(text: &str) -> Vec<String> {
    let shape = table_shape(text).unwrap_or_else(|| panic!("{text}"));
    let columns = shape.columns.iter().map(|one| format!("{} {}", one.name, one.definition));
    let mut constraints: Vec<String> = shape
        .constraints
        .iter()
        .map(|one| format!("[{}] {}", one.name.as_deref().unwrap_or_default(), one.definition))
        .collect();
    constraints.sort();
    columns.chain(constraints).chain(shape.options.iter().cloned()).collect()
}

#[test]
fn a_table_is_told_part_by_part() {
    let text = "CREATE TABLE \"Users\" (\n  id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key\n  \
                name VARCHAR( 40 ) COLLATE NOCASE NOT NULL DEFAULT ('nobody'),\n  \
                age INT CONSTRAINT adult CHECK (age>=18) DEFAULT -1,\n  \
                team INTEGER REFERENCES teams (id) ON DELETE SET NULL NOT DEFERRABLE UNIQUE,\n  \
                \"odd name\" TEXT DEFAULT (lower('X')) NULL,\n  \
                twice INT GENERATED ALWAYS AS (age * 2) STORED,\n  \
                CONSTRAINT one UNIQUE (name, age)\n) STRICT, WITHOUT ROWID";
    assert_eq!(
        outline(text),
        [
            "id integer",
            "name varchar(40) not null default 'nobody' collate nocase",
            "age int default -1",
            "team integer",
            "odd name text default (lower('X'))",
            "twice int generated always as(age * 2) stored",
            "[] foreign key(team) references teams(id) on delete set null not deferrable",
            "[] primary key(id autoincrement)",
            "[] unique(team)",
            "[adult] check(age >= 18)",
            "[one] unique(name, age)",
            "strict",
            "without rowid",
        ]
    );
}

#[test]
fn a_rebuilt_table_is_the_same() {
    for (one, other) in [
        (
            "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
            "CREATE TABLE \"users\" (\n\tid INTEGER NOT NULL, \n\tname TEXT NOT NULL, \n\tPRIMARY KEY (id), \n\tUNIQUE (name)\n)",
        ),
        (
            "CREATE TABLE t (a INT DEFAULT 0 NOT NULL, userId INT REFERENCES u(id))",
            "CREATE TABLE t(a int not null default (0), \"userId\" INT, FOREIGN KEY(\"userId\") REFERENCES u (id))",
        ),
    ] {
        assert_eq!(outline(one), outline(other));
    }
}

#[test]
fn what_means_something_else_is_told_apart() {
    for (one, other) in [
        ("CREATE TABLE t (a TEXT PRIMARY KEY)", "CREATE TABLE t (a TEXT NOT NULL PRIMARY KEY)"),
        ("CREATE TABLE t (a TEXT DEFAULT 'A')", "CREATE TABLE t (a TEXT DEFAULT 'a')"),
        ("CREATE TABLE t (a TEXT DEFAULT \"A\")", "CREATE TABLE t (a TEXT DEFAULT \"a\")"),
        ("CREATE TABLE t (a INT, b INT)", "CREATE TABLE t (a INT)"),
        ("CREATE TABLE t (a INT, UNIQUE (a))", "CREATE TABLE t (a INT, CONSTRAINT u UNIQUE (a))"),
        (
            "CREATE TABLE t (a INT REFERENCES u)",
            "CREATE TABLE t (a INT REFERENCES u ON DELETE CASCADE)",
        ),
        ("CREATE TABLE t (a INT) STRICT", "CREATE TABLE t (a INT)"),
    ] {
        assert_ne!(outline(one), outline(other));
    }
}

#[test]
fn other_texts_are_told_in_one_spelling() {
    assert!(table_shape("CREATE VIRTUAL TABLE t USING fts5(a)").is_none());
    assert!(table_shape("CREATE TABLE t (a INT").is_none());
    assert_eq!(
        canonical("CREATE  INDEX ix ON \"t\" ( A,b ) WHERE a >= 1.5 -- x", Dialect::Sqlite),
        "create index ix on t(a, b) where a >= 1.5"
    );
}
