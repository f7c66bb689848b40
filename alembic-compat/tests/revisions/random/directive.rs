//! Every directive of `op`, with every keyword.

use super::column::COLUMNS;
use super::column::TABLES;
use super::column::column;
use super::column::default;
use super::column::identity;
use super::column::list;
use super::column::names;
use super::column::reference_keywords;
use super::column::sql_type;
use super::column::table_constraint;
use super::numbers::Arguments;
use super::numbers::Numbers;

const BOOLEANS: &[&str] = &["True", "False"];
const SCHEMA: &[(&str, &[&str])] = &[("schema", &["'s1'", "'Mixed'", "None"])];
const OWN_NAMES: &[&str] = &["'own'", "None", "op.f('own_f')", "'Mixed name'"];

/// How the directive is reached: `op` takes the table's name first, a batch has it already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    Op,
    Batch,
    /// A batch that copies the table.
    Rebuilt,
}

impl On {
    fn object(self) -> &'static str {
        match self {
            On::Op => "op",
            On::Batch | On::Rebuilt => "batch_op",
        }
    }

    /// The arguments with the name of a table, where one is to be given.
    fn on_table(self, numbers: &mut Numbers) -> Arguments {
        match self {
            On::Op => Arguments::new(&[numbers.of(TABLES)]),
            On::Batch | On::Rebuilt => Arguments::default(),
        }
    }

    fn schema(self, arguments: &mut Arguments, numbers: &mut Numbers) {
        if self == On::Op {
            arguments.each(numbers, 20, SCHEMA);
        }
    }
}

/// A call that both `op` and the object of a batch have.
pub(super) fn shared(numbers: &mut Numbers, on: On) -> String {
    let object = on.object();
    let (function, arguments) = match numbers.next(15) {
        0 | 1 => ("add_column", add_column(numbers, on)),
        2..=4 => ("alter_column", alter_column(numbers, on)),
        5 => ("drop_column", drop_column(numbers, on)),
        6 => ("create_index", create_index(numbers, on)),
        7 => ("drop_index", drop_index(numbers, on)),
        8 => ("create_unique_constraint", create_unique_constraint(numbers, on)),
        9 => ("create_foreign_key", create_foreign_key(numbers, on)),
        10 => ("create_check_constraint", create_check_constraint(numbers, on)),
        11 => ("create_primary_key", create_primary_key(numbers, on)),
        12 => ("drop_constraint", drop_constraint(numbers, on)),
        13 => ("create_table_comment", create_table_comment(numbers, on)),
        _ => ("drop_table_comment", drop_table_comment(numbers, on)),
    };
    arguments.call(&format!("{object}.{function}"))
}

/// A call that only `op` has.
pub(super) fn of_op(numbers: &mut Numbers) -> String {
    match numbers.next(9) {
        0..=2 => create_table(numbers),
        3 => {
            let mut made = Arguments::new(&[numbers.of(TABLES)]);
            made.maybe(numbers, 30, "if_exists", BOOLEANS);
            made.each(numbers, 20, SCHEMA);
            made.call("op.drop_table")
        }
        4 => {
            let mut made = Arguments::new(&[numbers.of(TABLES), "'new'"]);
            made.each(numbers, 20, SCHEMA);
            made.call("op.rename_table")
        }
        5 => create_exclude_constraint(numbers),
        6 | 7 => bulk_insert(numbers),
        _ => execute(numbers),
    }
}

fn create_table(numbers: &mut Numbers) -> String {
    let mut made = Arguments::new(&[numbers.of(TABLES)]);
    let names = names(numbers);
    for name in &names {
        made.push(column(numbers, name));
    }
    while numbers.chance(25) {
        made.push(table_constraint(numbers, &names));
    }
    made.each(numbers, 20, SCHEMA);
    made.each(
        numbers,
        6,
        &[
            ("comment", &["'tc'", "'it\\'s'"]),
            ("if_not_exists", BOOLEANS),
            ("prefixes", &["['TEMPORARY']", "['UNLOGGED']"]),
            ("info", &["{'a': 1}"]),
            ("mysql_engine", &["'InnoDB'"]),
            ("mysql_charset", &["'utf8mb4'"]),
            ("mysql_default_charset", &["'utf8'"]),
            ("mysql_collate", &["'utf8mb4_bin'"]),
            ("mysql_row_format", &["'DYNAMIC'"]),
            ("mysql_key_block_size", &["'8'"]),
            ("sqlite_autoincrement", BOOLEANS),
            ("sqlite_with_rowid", BOOLEANS),
            ("sqlite_strict", BOOLEANS),
            ("postgresql_partition_by", &["'RANGE (id)'"]),
            ("postgresql_tablespace", &["'ts'"]),
            ("postgresql_with", &["{'fillfactor': 70}"]),
            ("postgresql_inherits", &["'parent'", "('p1', 'p2')"]),
            ("postgresql_on_commit", &["'PRESERVE ROWS'"]),
            ("postgresql_using", &["'heap'"]),
            ("implicit_returning", &["False"]),
        ],
    );
    made.call("op.create_table")
}

fn add_column(numbers: &mut Numbers, on: On) -> Arguments {
    let mut made = on.on_table(numbers);
    let name = numbers.of(COLUMNS);
    made.push(column(numbers, name));
    made.maybe(numbers, 15, "if_not_exists", BOOLEANS);
    if on == On::Op {
        made.maybe(numbers, 15, "inline_references", BOOLEANS);
        made.maybe(numbers, 10, "inline_primary_key", BOOLEANS);
    }
    on.schema(&mut made, numbers);
    made
}

fn alter_column(numbers: &mut Numbers, on: On) -> Arguments {
    let mut made = on.on_table(numbers);
    made.push(format!("'{}'", numbers.of(COLUMNS)));
    if numbers.chance(85) {
        made.push(format!("existing_type={}", sql_type(numbers)));
    }
    made.maybe(numbers, 40, "nullable", BOOLEANS);
    if numbers.chance(35) {
        made.push(format!("type_={}", sql_type(numbers)));
        made.maybe(numbers, 20, "postgresql_using", &["'a::integer'", "\"nullif(a, '')::int\""]);
    }
    match numbers.next(12) {
        0..=3 => made.push(format!("server_default={}", default(numbers))),
        4 => made.push("server_default=None"),
        5 => made.push(format!("server_default={}", identity(numbers))),
        _ => {}
    }
    if numbers.chance(15) {
        let old = if numbers.chance(30) { identity(numbers) } else { default(numbers).to_owned() };
        made.push(format!("existing_server_default={old}"));
    }
    made.each(
        numbers,
        15,
        &[
            ("new_column_name", &["'n2'", "'New'", "op.f('n3')"]),
            ("existing_nullable", BOOLEANS),
            ("comment", &["'cc'", "None", "'it\\'s'"]),
            ("existing_comment", &["'old'", "None"]),
        ],
    );
    made.maybe(numbers, 5, "autoincrement", BOOLEANS);
    made.maybe(numbers, 5, "existing_autoincrement", BOOLEANS);
    on.schema(&mut made, numbers);
    made
}

fn drop_column(numbers: &mut Numbers, on: On) -> Arguments {
    let mut made = on.on_table(numbers);
    made.push(format!("'{}'", numbers.of(COLUMNS)));
    if on == On::Op {
        made.maybe(numbers, 20, "if_exists", BOOLEANS);
    }
    on.schema(&mut made, numbers);
    made
}

fn create_index(numbers: &mut Numbers, on: On) -> Arguments {
    let mut made = Arguments::new(&[numbers.of(&["'ix'", "op.f('ix_f')", "None", "'Mixed ix'"])]);
    if on == On::Op {
        made.push(numbers.of(TABLES));
    }
    let elements = match numbers.next(8) {
        0 => "[sa.text('lower(a)'), 'b']".to_owned(),
        1 => "[sa.func.lower(sa.column('a')), sa.desc('b')]".to_owned(),
        2 => "[sa.text('a DESC NULLS LAST')]".to_owned(),
        _ => list(&names(numbers)),
    };
    // SQLAlchemy fails on lengths by name beside an expression.
    let lengths: &[&str] = if elements.contains("sa.") { &["10"] } else { &["10", "{'a': 5}"] };
    made.push(elements);
    made.maybe(numbers, 8, "mysql_length", lengths);
    made.maybe(numbers, 30, "unique", BOOLEANS);
    // Alembic's rebuild of a table fails on it.
    if on != On::Rebuilt {
        made.maybe(numbers, 8, "if_not_exists", BOOLEANS);
    }
    made.each(
        numbers,
        8,
        &[
            ("postgresql_where", &["sa.text('a > 1')", "sa.column('a') == 'x'"]),
            ("sqlite_where", &["sa.text('a > 1')"]),
            ("postgresql_using", &["'gin'", "'btree'", "'hash'"]),
            ("postgresql_ops", &["{'a': 'text_pattern_ops'}"]),
            ("postgresql_include", &["['z']", "['z', 'Mixed']"]),
            ("postgresql_with", &["{'fillfactor': 50}"]),
            ("postgresql_tablespace", &["'ts'"]),
            ("postgresql_concurrently", BOOLEANS),
            ("postgresql_nulls_not_distinct", BOOLEANS),
            ("mysql_prefix", &["'FULLTEXT'"]),
            ("mysql_using", &["'btree'"]),
            ("mysql_with_parser", &["'ngram'"]),
        ],
    );
    on.schema(&mut made, numbers);
    made
}

fn drop_index(numbers: &mut Numbers, on: On) -> Arguments {
    let mut made = Arguments::new(&[numbers.of(&["'ix'", "op.f('ix_f')", "'Mixed ix'"])]);
    if on == On::Op {
        made.push(format!("table_name={}", numbers.of(TABLES)));
    }
    // Alembic's rebuild of a table fails on them.
    if on != On::Rebuilt {
        made.maybe(numbers, 20, "if_exists", BOOLEANS);
        made.maybe(numbers, 20, "postgresql_concurrently", BOOLEANS);
    }
    on.schema(&mut made, numbers);
    made
}

fn create_unique_constraint(numbers: &mut Numbers, on: On) -> Arguments {
    let mut made = Arguments::new(&[numbers.of(OWN_NAMES)]);
    if on == On::Op {
        made.push(numbers.of(TABLES));
    }
    made.push(list(&names(numbers)));
    made.each(
        numbers,
        15,
        &[
            ("deferrable", BOOLEANS),
            ("initially", &["'DEFERRED'", "'IMMEDIATE'"]),
            ("postgresql_include", &["['z']"]),
            ("postgresql_nulls_not_distinct", BOOLEANS),
        ],
    );
    on.schema(&mut made, numbers);
    made
}

fn create_foreign_key(numbers: &mut Numbers, on: On) -> Arguments {
    let mut made = Arguments::new(&[numbers.of(OWN_NAMES)]);
    if on == On::Op {
        made.push(numbers.of(TABLES));
    }
    made.push(numbers.of(&["'o'", "'Other'"]));
    if numbers.chance(80) {
        made.push(list(&[numbers.of(COLUMNS)]));
        made.push("['id']");
    } else {
        made.push("['a', 'b']");
        made.push("['x', 'Y']");
    }
    reference_keywords(&mut made, numbers);
    made.maybe(numbers, 15, "postgresql_not_valid", BOOLEANS);
    made.maybe(numbers, 15, "referent_schema", &["'r'"]);
    if on == On::Op {
        made.maybe(numbers, 15, "source_schema", &["'s1'"]);
    }
    made
}

fn create_check_constraint(numbers: &mut Numbers, on: On) -> Arguments {
    let mut made = Arguments::new(&[numbers.of(OWN_NAMES)]);
    if on == On::Op {
        made.push(numbers.of(TABLES));
    }
    made.push(numbers.of(&[
        "'a > 5'",
        "\"b IN ('x', 'it''s')\"",
        "sa.text('length(a) > 2')",
        "sa.column('a') > 5",
        "sa.and_(sa.column('a') > 5, sa.column('Mixed').isnot(None))",
        "sa.func.length(sa.column('b')).between(1, 9)",
        "sa.column('a').in_(['x', 'y'])",
        "sa.not_(sa.column('b').like('%x'))",
    ]));
    made.maybe(numbers, 15, "postgresql_not_valid", BOOLEANS);
    on.schema(&mut made, numbers);
    made
}

fn create_primary_key(numbers: &mut Numbers, on: On) -> Arguments {
    let mut made = Arguments::new(&[numbers.of(OWN_NAMES)]);
    if on == On::Op {
        made.push(numbers.of(TABLES));
    }
    made.push(list(&names(numbers)));
    on.schema(&mut made, numbers);
    made
}

fn drop_constraint(numbers: &mut Numbers, on: On) -> Arguments {
    let mut made = Arguments::new(&[numbers.of(&["'k'", "op.f('k_f')", "'Mixed k'", "None"])]);
    if on == On::Op {
        made.push(numbers.of(TABLES));
    }
    let kinds: &[&str] = &["'foreignkey'", "'unique'", "'primary'", "'check'"];
    made.maybe(numbers, 90, "type_", kinds);
    if on == On::Op {
        made.maybe(numbers, 15, "if_exists", BOOLEANS);
    }
    on.schema(&mut made, numbers);
    made
}

fn create_table_comment(numbers: &mut Numbers, on: On) -> Arguments {
    let mut made = on.on_table(numbers);
    made.push(numbers.of(&["'hi'", "'it\\'s'", "'100%'"]));
    made.maybe(numbers, 30, "existing_comment", &["'old'", "None"]);
    on.schema(&mut made, numbers);
    made
}

fn drop_table_comment(numbers: &mut Numbers, on: On) -> Arguments {
    let mut made = on.on_table(numbers);
    made.maybe(numbers, 50, "existing_comment", &["'old'", "None"]);
    on.schema(&mut made, numbers);
    made
}

fn create_exclude_constraint(numbers: &mut Numbers) -> String {
    let mut made = Arguments::new(&[numbers.of(&["'ex'", "op.f('ex_f')"]), numbers.of(TABLES)]);
    made.push(numbers.of(&["('a', '=')", "(sa.column('a'), '=')", "(sa.text('lower(a)'), '=')"]));
    if numbers.chance(50) {
        made.push("(sa.column('b'), '&&')");
    }
    made.each(
        numbers,
        25,
        &[
            ("using", &["'gist'", "'btree'"]),
            ("where", &["sa.text('a > 0')", "sa.column('a') > 0"]),
            ("deferrable", BOOLEANS),
            ("initially", &["'DEFERRED'"]),
            ("ops", &["{'a': 'text_ops'}"]),
        ],
    );
    made.each(numbers, 20, SCHEMA);
    made.call("op.create_exclude_constraint")
}

/// Columns with a value of their type each.
const VALUES: &[(&str, &str, &[&str])] = &[
    ("a", "sa.Integer()", &["1", "-3", "None", "op.inline_literal(4)"]),
    ("b", "sa.String()", &["'x'", "'it\\'s'", "None", "'100%'", "':colon'", "'back\\\\slash'"]),
    ("c", "sa.Boolean()", &["True", "False", "None"]),
    ("Mixed", "sa.Numeric(10, 2)", &["5", "None"]),
    ("d", "sa.Date()", &["datetime.date(2020, 1, 2)"]),
    ("t", "sa.DateTime()", &["datetime.datetime(2020, 1, 2, 3, 4, 5)"]),
    ("u", "sa.Uuid()", &["uuid.UUID('12345678-1234-5678-1234-567812345678')"]),
    ("f", "sa.Float()", &["1.5", "-0.25"]),
    ("e", "sa.Enum('x', 'y', name='en')", &["'x'"]),
];

fn bulk_insert(numbers: &mut Numbers) -> String {
    let chosen: Vec<_> = VALUES.iter().filter(|_| numbers.chance(45)).collect();
    let columns: Vec<String> = chosen
        .iter()
        .map(|(name, sql_type, _)| format!(", sa.column('{name}', {sql_type})"))
        .collect();
    let mut rows = Vec::new();
    for _ in 0..numbers.next(4) {
        let row: Vec<String> = chosen
            .iter()
            .map(|(name, _, values)| format!("'{name}': {}", numbers.of(values)))
            .collect();
        rows.push(format!("{{{}}}", row.join(", ")));
    }
    let table = format!("sa.table({}{})", numbers.of(TABLES), columns.join(""));
    let mut made = Arguments::new(&[&table, &format!("[{}]", rows.join(", "))]);
    made.maybe(numbers, 30, "multiinsert", BOOLEANS);
    made.call("op.bulk_insert")
}

fn execute(numbers: &mut Numbers) -> String {
    let statement = numbers.of(&[
        "\"UPDATE t SET a = 'b' WHERE c = 5\"",
        "'SELECT :unbound'",
        "\"SELECT a::int, 'x\\\\:y', 5 % 2\"",
        "sa.text('SELECT :x').bindparams(x=5)",
        "sa.text('SELECT :x').bindparams(sa.bindparam('x', 'it\\'s'))",
        "sa.table('t', sa.column('a', sa.Integer)).update().values(a=5)",
        "sa.table('t', sa.column('a')).delete().where(sa.column('a') == op.inline_literal('x'))",
        "sa.insert(sa.table('t', sa.column('a'))).values(a=sa.func.now())",
        "sa.select(sa.literal(1))",
        "sa.schema.CreateSequence(sa.Sequence('sq', start=4, schema='s1'))",
        "sa.schema.DropSequence(sa.Sequence('sq'))",
        "sa.schema.CreateSchema('s9', if_not_exists=True)",
        "sa.DDL('ANALYZE')",
    ]);
    let mut made = Arguments::new(&[statement]);
    made.maybe(numbers, 10, "execution_options", &["{'a': 1}"]);
    made.call("op.execute")
}
