//! Columns, their types and defaults, and the constraints of tables.

use std::sync::LazyLock;

use super::numbers::Arguments;
use super::numbers::Numbers;

pub(super) const TABLES: &[&str] = &["'t'", "'users'", "'Order'", "'a_b'", "'user'", "op.f('t2')"];
pub(super) const COLUMNS: &[&str] = &["a", "b", "id", "Mixed", "select", "created_at"];
const BOOLEANS: &[&str] = &["True", "False"];
const ACTIONS: &[&str] = &["'CASCADE'", "'SET NULL'", "'RESTRICT'", "'NO ACTION'"];

/// Every type of the corpus, as its file writes them, and some that a comparison needs more often.
static TYPES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("../types.txt").lines();
    let types = lines.filter_map(|line| {
        line.strip_prefix("op.add_column('t', sa.Column('c', ")?.strip_suffix("))")
    });
    types.filter(|one| !one.starts_with("mysql.SET") && !one.starts_with("mysql.BIT")).collect()
});

const COMMON: &[&str] = &[
    "sa.Integer()",
    "sa.String(20)",
    "sa.Text()",
    "sa.Boolean()",
    "sa.DateTime(timezone=True)",
    "sa.Numeric(10, 2)",
    "sa.BigInteger()",
    "sa.SmallInteger",
    "sa.String(30).with_variant(sa.Text(), 'postgresql')",
    "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql').with_variant(mysql.LONGTEXT(), 'mysql')",
    "sa.DateTime().with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')",
];

const DEFAULTS: &[&str] = &[
    "'0'",
    "''",
    "'it\\'s'",
    "'{}'",
    "sa.text('0')",
    "sa.text(\"'x'\")",
    "sa.text('now()')",
    "sa.text('(1 + 2)')",
    "sa.func.now()",
    "sa.func.current_timestamp()",
    "sa.func.gen_random_uuid()",
    "sa.func.lower('X')",
    "sa.true()",
    "sa.false()",
    "sa.null()",
    "sa.literal(5)",
    "sa.literal('five')",
    "sa.text('CURRENT_TIMESTAMP')",
];

pub(super) fn sql_type(numbers: &mut Numbers) -> &'static str {
    if numbers.chance(50) { numbers.of(COMMON) } else { numbers.of(&TYPES) }
}

pub(super) fn default(numbers: &mut Numbers) -> &'static str {
    numbers.of(DEFAULTS)
}

/// The names of some columns, at least one.
pub(super) fn names(numbers: &mut Numbers) -> Vec<&'static str> {
    let mut names: Vec<&str> = COLUMNS.iter().copied().filter(|_| numbers.chance(40)).collect();
    if names.is_empty() {
        names.push("a");
    }
    names
}

/// Names as a list of Python.
pub(super) fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    format!("[{}]", quoted.join(", "))
}

/// The keywords of a foreign key, wherever one is made.
pub(super) fn reference_keywords(arguments: &mut Arguments, numbers: &mut Numbers) {
    arguments.each(
        numbers,
        12,
        &[
            ("ondelete", ACTIONS),
            ("onupdate", ACTIONS),
            ("deferrable", BOOLEANS),
            ("initially", &["'DEFERRED'", "'IMMEDIATE'"]),
            ("match", &["'FULL'", "'SIMPLE'"]),
        ],
    );
}

pub(super) fn identity(numbers: &mut Numbers) -> String {
    let mut arguments = Arguments::default();
    arguments.each(
        numbers,
        20,
        &[
            ("always", BOOLEANS),
            ("start", &["1", "4", "-3"]),
            ("increment", &["2", "-1"]),
            ("minvalue", &["-10"]),
            ("maxvalue", &["1000"]),
            ("cycle", BOOLEANS),
            ("cache", &["5"]),
        ],
    );
    arguments.call("sa.Identity")
}

/// What stands behind the type of a column: how its values are made.
fn generated(numbers: &mut Numbers) -> Option<String> {
    match numbers.next(100) {
        0..4 => Some(identity(numbers)),
        4..8 => {
            let expression = numbers.of(&["'a + 1'", "'lower(b)'", "sa.text('a * 2')"]);
            let mut arguments = Arguments::new(&[expression]);
            arguments.maybe(numbers, 60, "persisted", &["True", "False", "None"]);
            Some(arguments.call("sa.Computed"))
        }
        8..10 => Some("sa.Sequence('sq', start=3)".to_owned()),
        _ => None,
    }
}

pub(super) fn column(numbers: &mut Numbers, name: &str) -> String {
    let mut made = Arguments::new(&[&format!("'{name}'")]);
    match generated(numbers) {
        Some(generated) => {
            made.push("sa.Integer()");
            made.push(generated);
        }
        None => {
            made.push(sql_type(numbers));
            if numbers.chance(12) {
                let target = numbers.of(&["'o.id'", "'s2.o.id'", "'Other.Id'"]);
                let mut reference = Arguments::new(&[target]);
                reference.maybe(numbers, 50, "name", &["'fk_o'", "op.f('fk_o2')"]);
                reference_keywords(&mut reference, numbers);
                made.push(reference.call("sa.ForeignKey"));
            }
            if numbers.chance(30) {
                let default = match numbers.chance(4) {
                    true => "sa.DefaultClause('7')",
                    false => default(numbers),
                };
                made.push(format!("server_default={default}"));
            }
        }
    }
    made.each(
        numbers,
        12,
        &[
            ("nullable", BOOLEANS),
            ("unique", BOOLEANS),
            ("index", BOOLEANS),
            ("comment", &["'c'", "'it\\'s'", "''"]),
            ("primary_key", &["True"]),
            ("autoincrement", &["True", "False", "'auto'"]),
            ("default", &["5", "lambda: 5"]),
            ("onupdate", &["sa.func.now()"]),
            ("server_onupdate", &["sa.FetchedValue()"]),
            ("key", &["'k'"]),
            ("info", &["{}"]),
        ],
    );
    made.call("sa.Column")
}

/// A constraint or an index over columns that a table has.
pub(super) fn table_constraint(numbers: &mut Numbers, names: &[&str]) -> String {
    let name = names[numbers.next(names.len())];
    let own_names: &[&str] = &["'own'", "op.f('own_f')", "None"];
    match numbers.next(6) {
        0 => {
            let mut made = Arguments::new(&[&format!("'{name}'")]);
            made.maybe(numbers, 50, "name", own_names);
            made.call("sa.PrimaryKeyConstraint")
        }
        1 => {
            let mut made = Arguments::new(&[&format!("'{name}'")]);
            made.maybe(numbers, 50, "name", own_names);
            made.each(
                numbers,
                15,
                &[
                    ("deferrable", BOOLEANS),
                    ("initially", &["'DEFERRED'"]),
                    ("postgresql_include", &["['id']"]),
                    ("postgresql_nulls_not_distinct", BOOLEANS),
                    ("sqlite_on_conflict", &["'IGNORE'"]),
                ],
            );
            made.call("sa.UniqueConstraint")
        }
        2 => {
            let mut made = Arguments::new(&[&format!("sa.text('{name} > 0')")]);
            made.maybe(numbers, 70, "name", own_names);
            made.call("sa.CheckConstraint")
        }
        3 => {
            let mut made = Arguments::new(&[&list(&[name]), "['o.id']"]);
            made.maybe(numbers, 50, "name", own_names);
            made.maybe(numbers, 10, "use_alter", &["True"]);
            reference_keywords(&mut made, numbers);
            made.call("sa.ForeignKeyConstraint")
        }
        4 => {
            let mut made = Arguments::new(&["'ix_own'", &format!("'{name}'")]);
            made.maybe(numbers, 40, "unique", BOOLEANS);
            made.call("sa.Index")
        }
        _ => format!("sa.CheckConstraint('{name} IS NOT NULL', name='ck_own')"),
    }
}
