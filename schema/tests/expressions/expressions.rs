//! Random expressions, each as a value of limbeck's and as Python source.

use limbeck_schema::SqlType;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::FromClause;
use limbeck_schema::expr::Operand;
use limbeck_schema::expr::Operator;
use limbeck_schema::expr::Query;
use limbeck_schema::expr::Select;
use limbeck_schema::expr::TableClause;
use limbeck_schema::expr::TableColumn;
use limbeck_schema::expr::aggregate_order_by;
use limbeck_schema::expr::cast;
use limbeck_schema::expr::column;
use limbeck_schema::expr::func;
use limbeck_schema::expr::func_in;
use limbeck_schema::expr::literal;
use limbeck_schema::expr::literal_column;
use limbeck_schema::expr::null;
use limbeck_schema::expr::true_;
use limbeck_schema::expr::type_coerce;
use limbeck_schema::types::CharacterKind;
use limbeck_schema::types::IntegerKind;
use limbeck_schema::types::Json;

use crate::random::Random;

/// An expression and its source.
pub(crate) type Pair = (Expr, String);

/// What a case needs beside its result.
pub(crate) struct Case {
    pub(crate) random: Random,
    pub(crate) lines: Vec<String>,
    pub(crate) tables: Vec<(FromClause, String)>,
    pub(crate) postgresql: bool,
    pub(crate) mysql: bool,
    pub(crate) ambiguous: bool,
    counter: usize,
}

/// The columns of every table.
pub(crate) fn columns() -> Vec<(&'static str, SqlType, &'static str)> {
    vec![
        ("id", SqlType::integer(), "Integer"),
        ("name", SqlType::string(50), "String(50)"),
        ("Flag", SqlType::boolean(), "Boolean"),
        ("amount", SqlType::numeric(10, 2), "Numeric(10, 2)"),
        ("ratio", SqlType::float(), "Float"),
        ("day", SqlType::date(), "Date"),
        ("at", SqlType::date_time(false), "DateTime"),
        ("data", SqlType::json(), "JSON"),
        ("doc", Json::Jsonb.into(), "postgresql.JSONB"),
        ("list", SqlType::array(SqlType::integer()), "postgresql.ARRAY(Integer)"),
        ("bytes", SqlType::large_binary(), "LargeBinary"),
        ("key", SqlType::uuid(), "Uuid"),
        ("big", SqlType::big_integer(), "BigInteger"),
        ("note", SqlType::text(), "Text"),
        ("kind", SqlType::enumeration("kinds", ["a", "b"]), "Enum('a', 'b', name='kinds')"),
        ("order", SqlType::Null, "None"),
    ]
}

pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n"))
}

impl Case {
    pub(crate) fn new(seed: u64, dialect: &str) -> Case {
        let mut case = Case {
            random: Random::new(seed),
            lines: Vec::new(),
            tables: Vec::new(),
            postgresql: dialect == "postgresql",
            mysql: matches!(dialect, "mysql" | "mariadb"),
            ambiguous: false,
            counter: 0,
        };
        // A table without a schema has another name where one with a schema has the same.
        case.ambiguous = case.random.chance(4);
        let third = if case.ambiguous { "t" } else { "third" };
        for (name, schema) in [("t", None), ("User", None), (third, Some("S"))] {
            let table = TableClause {
                name: name.to_owned(),
                schema: schema.map(str::to_owned),
                columns: columns()
                    .into_iter()
                    .map(|(name, sql_type, _)| TableColumn::new(name, sql_type))
                    .collect(),
            };
            let variable = format!("t{}", case.tables.len());
            let sources: Vec<String> = columns()
                .iter()
                .map(|(name, _, source)| match *source {
                    "None" => format!("column({name:?})"),
                    source => format!("column({name:?}, {source})"),
                })
                .collect();
            let schema = schema.map_or_else(String::new, |schema| format!(", schema={schema:?}"));
            case.lines
                .push(format!("{variable} = table({name:?}, {}{schema})", sources.join(", ")));
            case.tables.push((FromClause::table(table), variable));
        }
        case
    }

    /// A name for the source of something that is used again.
    pub(crate) fn remember(&mut self, source: &str) -> String {
        self.counter += 1;
        let name = format!("v{}", self.counter);
        self.lines.push(format!("{name} = {source}"));
        name
    }

    pub(crate) fn kept(&mut self, pair: Pair) -> Pair {
        let name = self.remember(&pair.1);
        (pair.0, name)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.random.below(end)
    }

    pub(crate) fn column_of(&mut self, names: &[&str]) -> Pair {
        let name = self.random.pick(names);
        if self.random.chance(8) {
            let (_, sql_type, source) =
                columns().into_iter().find(|(own, ..)| *own == name).unwrap();
            if source != "None" {
                let free = format!("free_{name}");
                let expr = limbeck_schema::expr::typed_column(free.clone(), sql_type);
                return (expr, format!("column({free:?}, {source})"));
            }
        }
        let count = self.tables.len().min(2);
        let index =
            if self.random.chance(5) { self.below(self.tables.len()) } else { self.below(count) };
        let (table, variable) = self.tables[index].clone();
        (table.c(name), format!("{variable}.c[{name:?}]"))
    }

    pub(crate) fn plain_number(&mut self) -> (SqlValue, String) {
        match self.below(6) {
            0 => (SqlValue::Float(2.5), "2.5".to_owned()),
            1 => (SqlValue::Decimal("10.50".to_owned()), "decimal.Decimal('10.50')".to_owned()),
            2 => (SqlValue::Int(5_000_000_000), "5000000000".to_owned()),
            _ => {
                let number = i64::try_from(self.below(9)).unwrap() - 2;
                (SqlValue::Int(number), format!("({number})"))
            }
        }
    }

    pub(crate) fn plain_text(&mut self) -> (String, String) {
        let text = self.random.pick(&[
            "x",
            "it's",
            "50%",
            "a_b",
            "back\\slash",
            ":colon",
            "ünïcode",
            "",
            "two\nlines",
            "%(x)s",
            "/",
        ]);
        (text.to_owned(), quoted(text))
    }

    pub(crate) fn text_expr(&mut self, depth: usize) -> Pair {
        if depth == 0 {
            return self.column_of(&["name", "note", "kind"]);
        }
        let depth = depth - 1;
        match self.below(12) {
            0..=2 => {
                let (a, pa) = self.text_expr(depth);
                if self.random.chance(2) {
                    let (value, pv) = self.plain_text();
                    if self.random.chance(2) {
                        let reversed = a.reverse_operate(Operator::Add, value);
                        return (reversed, format!("({pv} + {pa})"));
                    }
                    return (&a + value, format!("({pa} + {pv})"));
                }
                let (b, pb) = self.text_expr(depth);
                (a.concat(b), format!("{pa}.concat({pb})"))
            }
            3 => {
                let (a, pa) = self.text_expr(depth);
                let name = self.random.pick(&["lower", "UPPER", "trim", "my func"]);
                if name == "my func" {
                    return (func(name, [a]), format!("getattr(func, 'my func')({pa})"));
                }
                (func(name, [a]), format!("func.{name}({pa})"))
            }
            4 => {
                let (a, pa) = self.any(depth);
                let (sql_type, source) = self.random.pick(&[
                    (SqlType::string(10), "String(10)"),
                    (SqlType::text(), "Text"),
                    (CharacterKind::String.into(), "String"),
                ]);
                (a.cast(sql_type), format!("cast({pa}, {source})"))
            }
            5 => {
                let (a, pa) = self.text_expr(depth);
                (a.collate("C"), format!("collate({pa}, 'C')"))
            }
            6 => {
                let (a, pa) = self.text_expr(depth);
                let (value, pv) = self.plain_text();
                let flags = self.random.pick(&[None, Some("g")]);
                let source = flags.map_or("None".to_owned(), quoted);
                (
                    a.regexp_replace(value, "y", flags),
                    format!("{pa}.regexp_replace({pv}, 'y', flags={source})"),
                )
            }
            7 => {
                let (a, pa) = self.text_expr(depth);
                let (b, pb) = self.text_expr(depth);
                (func("concat", [a, b]), format!("func.concat({pa}, {pb})"))
            }
            8 => {
                let (a, pa) = self.text_expr(depth);
                let arguments: Vec<Operand> = vec![a.into(), 1.into(), 2.into()];
                let name = self.random.pick(&["substr", "substring"]);
                (func(name, arguments), format!("func.{name}({pa}, 1, 2)"))
            }
            9 => {
                let (a, pa) = self.text_expr(depth);
                let (b, pb) = self.number(depth);
                let arguments: Vec<Operand> = vec![a.clone().into(), ", ".into()];
                let aggregate = func("aggregate_strings", arguments);
                if self.random.chance(2) {
                    return (
                        aggregate.aggregate_order_by(&[b]),
                        format!("func.aggregate_strings({pa}, ', ').aggregate_order_by({pb})"),
                    );
                }
                if self.postgresql && self.random.chance(2) {
                    let arguments: Vec<Operand> =
                        vec![a.into(), aggregate_order_by(&literal(",", None), &[b.desc()]).into()];
                    return (
                        func("string_agg", arguments),
                        format!(
                            "func.string_agg({pa}, \
                             postgresql.aggregate_order_by(literal(','), {pb}.desc()))"
                        ),
                    );
                }
                (aggregate, format!("func.aggregate_strings({pa}, ', ')"))
            }
            10 => self.json_value(Some("as_string")),
            _ => {
                let (a, pa) = self.text_expr(depth);
                let expr = func_in(&["pg_catalog"], "quote_ident", [a]);
                (expr, format!("func.pg_catalog.quote_ident({pa})"))
            }
        }
    }

    pub(crate) fn json_value(&mut self, method: Option<&str>) -> Pair {
        let (document, pd) = self.column_of(&["data", "doc"]);
        let (item, pi) = match self.below(4) {
            0 => (document.item("a b"), format!("{pd}['a b']")),
            1 => (document.item(2), format!("{pd}[2]")),
            2 => (
                document.item(SqlValue::Array(vec!["k".into(), 1.into()])),
                format!("{pd}[('k', 1)]"),
            ),
            _ => (document.item("x").item("it's"), format!("{pd}['x']['it\\'s']")),
        };
        match method {
            Some("as_string") if self.postgresql && self.random.chance(2) => {
                let is_jsonb = pd.contains("doc");
                if is_jsonb {
                    (item.astext(), format!("{pi}.astext"))
                } else {
                    (item.as_string(), format!("{pi}.as_string()"))
                }
            }
            Some("as_string") => (item.as_string(), format!("{pi}.as_string()")),
            Some("as_boolean") => (item.as_boolean(), format!("{pi}.as_boolean()")),
            Some("as_float") => (item.as_float(), format!("{pi}.as_float()")),
            Some(_) => (item.as_integer(), format!("{pi}.as_integer()")),
            None => (item, pi),
        }
    }

    /// Any expression.
    pub(crate) fn any(&mut self, depth: usize) -> Pair {
        if depth == 0 {
            return self.column_of(&[
                "id", "name", "Flag", "amount", "ratio", "day", "at", "big", "note", "order", "key",
            ]);
        }
        match self.below(14) {
            0..=3 => self.number(depth),
            4..=6 => self.text_expr(depth),
            7 | 8 => self.condition(depth),
            9 => self.json_value(None),
            10 => {
                let name = self.random.pick(&[
                    "now",
                    "current_timestamp",
                    "current_date",
                    "count",
                    "random",
                    "sysdate",
                    "localtimestamp",
                    "gen_random_uuid",
                    "user",
                ]);
                (func(name, Vec::<Expr>::new()), format!("func.{name}()"))
            }
            11 if self.random.chance(4) => {
                let (a, pa) = self.any(depth - 1);
                (a.label("inner"), format!("{pa}.label('inner')"))
            }
            11 => {
                let (a, pa) = self.any(depth - 1);
                let (sql_type, source) = self.random.pick(&[
                    (SqlType::date(), "Date"),
                    (SqlType::date_time(true), "DateTime(timezone=True)"),
                    (SqlType::boolean(), "Boolean"),
                    (SqlType::uuid(), "Uuid"),
                    (SqlType::json(), "JSON"),
                    (SqlType::large_binary(), "LargeBinary"),
                    (IntegerKind::SmallInteger.into(), "SmallInteger"),
                ]);
                if self.random.chance(3) {
                    return (type_coerce(a, sql_type), format!("type_coerce({pa}, {source})"));
                }
                (a.cast(sql_type), format!("cast({pa}, {source})"))
            }
            12 => self.date(depth),
            _ => self.literal(),
        }
    }

    fn date(&mut self, depth: usize) -> Pair {
        let (a, pa) = self.column_of(&["day", "at"]);
        let _ = depth;
        let (value, pv) = self.random.pick(&[
            (SqlValue::from(day(2024, 2, 29)), "datetime.date(2024, 2, 29)"),
            (
                SqlValue::from(day(2024, 1, 2).and_hms_micro_opt(3, 4, 5, 600).unwrap()),
                "datetime.datetime(2024, 1, 2, 3, 4, 5, 600)",
            ),
            (
                SqlValue::from(day(1999, 12, 31).and_hms_opt(23, 59, 59).unwrap()),
                "datetime.datetime(1999, 12, 31, 23, 59, 59)",
            ),
        ]);
        match self.below(3) {
            0 => (a.ge(value), format!("({pa} >= {pv})")),
            1 => (&a - value, format!("({pa} - {pv})")),
            _ => (
                func("date_trunc", vec![Operand::from("day"), a.into()]),
                format!("func.date_trunc('day', {pa})"),
            ),
        }
    }

    fn literal(&mut self) -> Pair {
        match self.below(9) {
            0 => {
                let (value, pv) = self.plain_number();
                (literal(value, None), format!("literal({pv})"))
            }
            1 => {
                let (value, pv) = self.plain_text();
                (literal(value, None), format!("literal({pv})"))
            }
            2 => (literal(true, None), "literal(True)".to_owned()),
            3 => (null(), "null()".to_owned()),
            4 => (true_(), "true()".to_owned()),
            5 => (
                literal_column("1 + 2", SqlType::integer()),
                "literal_column('1 + 2', Integer)".to_owned(),
            ),
            6 => (literal(b"by'te".to_vec(), None), "literal(b\"by'te\")".to_owned()),
            7 => (cast("5", SqlType::integer()), "cast('5', Integer)".to_owned()),
            _ => (column("Weird name"), "column('Weird name')".to_owned()),
        }
    }

    /// A query of one number.
    pub(crate) fn scalar_query(&mut self, depth: usize) -> (Query, String) {
        let depth = depth.saturating_sub(1);
        let (a, pa) = self.number(depth.min(1));
        let mut select = Select::new([a]);
        let mut source = format!("select({pa})");
        if self.random.chance(2) {
            let (condition, pc) = self.condition(depth);
            select = select.filter(condition);
            source += &format!(".where({pc})");
        }
        if self.random.chance(4) {
            let (order, po) = self.number(0);
            select = select.order_by(&[order]).limit(3);
            source += &format!(".order_by({po}).limit(3)");
        }
        (select.into(), source)
    }
}

fn day(year: i32, month: u32, day: u32) -> chrono::NaiveDate {
    chrono::NaiveDate::from_ymd_opt(year, month, day).unwrap()
}
