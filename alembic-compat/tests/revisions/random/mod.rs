//! Random revisions, each from its seed: every directive of `op` and of a batch, every type, every
//! keyword.

mod column;
mod directive;
mod numbers;

use self::directive::On;
use self::numbers::Numbers;

/// The dialect and the body of a revision, and how many directives it calls.
pub(crate) fn revision(seed: u64) -> (&'static str, String, usize) {
    let mut numbers = Numbers::new(seed);
    let dialect = numbers.of(&["postgresql", "sqlite", "mysql"]);
    if numbers.chance(15) {
        let (body, calls) = batch(&mut numbers, dialect);
        return (dialect, body, calls);
    }
    let mut body = String::new();
    let calls = 1 + numbers.next(3);
    for _ in 0..calls {
        let call = if numbers.chance(30) {
            directive::of_op(&mut numbers)
        } else {
            directive::shared(&mut numbers, On::Op)
        };
        body += &format!("    {call}\n");
    }
    (dialect, body, calls)
}

/// A batch: on SQLite with the table given, since there is nothing to reflect it from.
fn batch(numbers: &mut Numbers, dialect: &str) -> (String, usize) {
    let mut arguments = numbers::Arguments::new(&["'t'"]);
    let mut body = String::new();
    let mut on = On::Batch;
    if dialect == "sqlite" || numbers.chance(10) {
        on = On::Rebuilt;
        body += COPIED;
        arguments.push("copy_from=t");
        arguments.maybe(numbers, 30, "recreate", &["'always'", "'auto'"]);
        arguments.maybe(numbers, 10, "table_args", &["[sa.CheckConstraint('id > 0', name='ca')]"]);
        arguments.maybe(numbers, 10, "table_kwargs", &["{'sqlite_autoincrement': True}"]);
        arguments.maybe(
            numbers,
            10,
            "naming_convention",
            &["{'uq': 'uq_%(table_name)s_%(column_0_name)s'}"],
        );
    } else {
        arguments.maybe(numbers, 20, "schema", &["'s1'"]);
        arguments.maybe(numbers, 20, "recreate", &["'never'", "'auto'"]);
    }
    body += &format!("    with {} as batch_op:\n", arguments.call("op.batch_alter_table"));
    let calls = 1 + numbers.next(3);
    for _ in 0..calls {
        body += &format!("        {}\n", directive::shared(numbers, on));
    }
    (body, calls)
}

const COPIED: &str = "    t = sa.Table('t', sa.MetaData(), sa.Column('id', sa.Integer, \
    primary_key=True), sa.Column('a', sa.String(10)), sa.Column('b', sa.Integer, \
    server_default='3'), sa.Column('Mixed', sa.Text, nullable=False), sa.Column('select', \
    sa.Boolean), sa.Column('created_at', sa.DateTime, server_default=sa.func.now()), \
    sa.UniqueConstraint('a', name='k'), sa.Index('ix', 'b'))\n";
