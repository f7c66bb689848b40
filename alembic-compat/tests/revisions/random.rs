//! Random revisions, each from its seed.

/// A small generator of numbers (`xorshift`), so that a seed always gives the same revision.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).unwrap()
    }

    fn of<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.next(items.len())]
    }

    fn maybe(&mut self, chance: usize, text: &str) -> String {
        if self.next(100) < chance { text.to_owned() } else { String::new() }
    }
}

const TABLES: &[&str] = &["t", "users", "Order", "a_b", "user"];
const COLUMNS: &[&str] = &["a", "b", "id", "Mixed", "select", "created_at"];
const TYPES: &[&str] = &[
    "sa.Integer()",
    "sa.String(20)",
    "sa.Text()",
    "sa.Boolean()",
    "sa.DateTime(timezone=True)",
    "sa.Numeric(10, 2)",
    "sa.JSON()",
    "sa.BigInteger()",
    "sa.Float()",
    "sa.Date()",
    "sa.LargeBinary()",
    "sa.Enum('x', 'y', name='en')",
    "sa.Uuid()",
    "sa.SmallInteger",
    "sa.Interval()",
    "sa.VARCHAR(length=7)",
    "sa.Unicode(5)",
    "sa.TIMESTAMP()",
];
const DEFAULTS: &[&str] = &[
    "'0'",
    "sa.text('0')",
    "sa.func.now()",
    "sa.true()",
    "sa.false()",
    "'it\\'s'",
    "sa.null()",
    "sa.text(\"'x'\")",
    "sa.literal(5)",
];

fn column(numbers: &mut Numbers, name: &str) -> String {
    let mut made = format!("sa.Column('{name}', {}", numbers.of(TYPES));
    made += &numbers.maybe(10, ", sa.ForeignKey('o.id', name='fk_o')");
    made += &numbers.maybe(5, ", sa.Identity(start=3)");
    if !made.contains("Identity") && numbers.next(100) < 30 {
        made += &format!(", server_default={}", numbers.of(DEFAULTS));
    }
    made += &numbers.maybe(40, ", nullable=False");
    made += &numbers.maybe(15, ", unique=True");
    made += &numbers.maybe(15, ", index=True");
    made += &numbers.maybe(15, ", comment='c'");
    made += &numbers.maybe(10, ", primary_key=True");
    made + ")"
}

fn call(numbers: &mut Numbers) -> String {
    let table = numbers.of(TABLES);
    let name = numbers.of(COLUMNS);
    let schema = numbers.maybe(20, ", schema='s1'");
    match numbers.next(14) {
        0 | 1 => {
            let mut columns = Vec::new();
            for name in COLUMNS {
                if numbers.next(2) == 0 {
                    columns.push(column(numbers, name));
                }
            }
            if columns.is_empty() {
                columns.push("sa.Column('z', sa.Integer)".to_owned());
            }
            let comment = numbers.maybe(20, ", comment='tc'");
            let exists = numbers.maybe(20, ", if_not_exists=True");
            format!("op.create_table('{table}', {}{comment}{exists}{schema})", columns.join(", "))
        }
        2 | 3 => {
            let column = column(numbers, name);
            let exists = numbers.maybe(10, ", if_not_exists=True");
            format!("op.add_column('{table}', {column}{exists}{schema})")
        }
        4..=6 => {
            let mut made = format!("op.alter_column('{table}', '{name}'");
            made += &numbers.maybe(85, ", existing_type=sa.Integer()");
            made += &numbers.maybe(40, ", nullable=True");
            if numbers.next(3) == 0 {
                made += &format!(", type_={}", numbers.of(TYPES));
            }
            if numbers.next(3) == 0 {
                made += &format!(", server_default={}", numbers.of(DEFAULTS));
            }
            made += &numbers.maybe(15, ", new_column_name='n2'");
            made += &numbers.maybe(15, ", existing_nullable=False");
            made += &numbers.maybe(10, ", comment='cc'");
            made + &schema + ")"
        }
        7 => {
            let unique = numbers.maybe(30, ", unique=True");
            let filter = numbers.maybe(30, ", postgresql_where=sa.text('a > 1')");
            let using = numbers.maybe(30, ", postgresql_using='gin'");
            let index = numbers.of(&["'ix'", "op.f('ix_f')", "None"]);
            format!(
                "op.create_index({index}, '{table}', ['{name}', 'b2']{unique}{filter}{using}{schema})"
            )
        }
        8 => format!("op.drop_index('ix', '{table}'{schema})"),
        9 => {
            let own = numbers.of(&["'uq'", "None", "op.f('uq_f')"]);
            let deferrable = numbers.maybe(30, ", deferrable=True");
            format!("op.create_unique_constraint({own}, '{table}', ['{name}']{deferrable}{schema})")
        }
        10 => {
            let own = numbers.of(&["'fk'", "None", "op.f('fk_f')"]);
            let action = numbers.maybe(50, ", ondelete='CASCADE'");
            format!("op.create_foreign_key({own}, '{table}', 'o', ['{name}'], ['id']{action})")
        }
        11 => {
            let kind = numbers.of(&["foreignkey", "unique", "primary", "check"]);
            format!("op.drop_constraint('k', '{table}', type_='{kind}'{schema})")
        }
        12 => format!("op.drop_column('{table}', '{name}'{schema})"),
        _ => format!("op.rename_table('{table}', 'new'{schema})"),
    }
}

/// The dialect and the body of a revision.
pub(crate) fn revision(seed: u64) -> (&'static str, String) {
    let mut numbers = Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    for _ in 0..8 {
        numbers.next(2);
    }
    let dialect = numbers.of(&["postgresql", "sqlite", "mysql"]);
    let mut body = String::new();
    for _ in 0..=numbers.next(3) {
        body += &format!("    {}\n", call(&mut numbers));
    }
    (dialect, body)
}
