//! Random expressions, each as a value of limbeck's and as Python source.

use limbeck_schema::SqlType;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::CustomOperator;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::Frame;
use limbeck_schema::expr::FrameBound;
use limbeck_schema::expr::FrameUnit;
use limbeck_schema::expr::FromClause;
use limbeck_schema::expr::Operand;
use limbeck_schema::expr::Operator;
use limbeck_schema::expr::Query;
use limbeck_schema::expr::Select;
use limbeck_schema::expr::TableClause;
use limbeck_schema::expr::TableColumn;
use limbeck_schema::expr::TextClause;
use limbeck_schema::expr::aggregate_order_by;
use limbeck_schema::expr::and;
use limbeck_schema::expr::bindparam;
use limbeck_schema::expr::case;
use limbeck_schema::expr::cast;
use limbeck_schema::expr::column;
use limbeck_schema::expr::extract;
use limbeck_schema::expr::false_;
use limbeck_schema::expr::func;
use limbeck_schema::expr::func_in;
use limbeck_schema::expr::literal;
use limbeck_schema::expr::literal_column;
use limbeck_schema::expr::not;
use limbeck_schema::expr::null;
use limbeck_schema::expr::or;
use limbeck_schema::expr::text;
use limbeck_schema::expr::true_;
use limbeck_schema::expr::tuple;
use limbeck_schema::expr::type_coerce;
use limbeck_schema::types::CharacterKind;
use limbeck_schema::types::IntegerKind;
use limbeck_schema::types::Json;
use limbeck_schema::types::NumericKind;

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

fn quoted(text: &str) -> String {
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

    fn column_of(&mut self, names: &[&str]) -> Pair {
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

    pub(crate) fn number(&mut self, depth: usize) -> Pair {
        if depth == 0 {
            return self.column_of(&["id", "amount", "ratio", "big"]);
        }
        let depth = depth - 1;
        match self.below(16) {
            0..=3 => {
                let (a, pa) = self.number(depth);
                let (operator, sign) = self.random.pick(&[
                    (Operator::Add, "+"),
                    (Operator::Sub, "-"),
                    (Operator::Mul, "*"),
                    (Operator::TrueDiv, "/"),
                    (Operator::FloorDiv, "//"),
                    (Operator::Mod, "%"),
                ]);
                if self.random.chance(2) {
                    let (b, pb) = self.number(depth);
                    return (a.operate(operator, b), format!("({pa} {sign} {pb})"));
                }
                let (value, pv) = self.plain_number();
                if self.random.chance(3) {
                    return (a.reverse_operate(operator, value), format!("({pv} {sign} {pa})"));
                }
                (a.operate(operator, value), format!("({pa} {sign} {pv})"))
            }
            4 => {
                let (a, pa) = self.number(depth);
                (-&a, format!("(-{pa})"))
            }
            5 => {
                let (a, pa) = self.number(depth);
                let (operator, name) = self.random.pick(&[
                    (Operator::BitwiseAnd, "bitwise_and"),
                    (Operator::BitwiseOr, "bitwise_or"),
                    (Operator::BitwiseXor, "bitwise_xor"),
                    (Operator::BitwiseLshift, "bitwise_lshift"),
                    (Operator::BitwiseRshift, "bitwise_rshift"),
                ]);
                let (b, pb) = self.number(depth);
                (a.operate(operator, b), format!("{pa}.{name}({pb})"))
            }
            6 => {
                let (a, pa) = self.number(depth);
                (a.bitwise_not(), format!("{pa}.bitwise_not()"))
            }
            7 => {
                let (a, pa) = self.number(depth);
                let name =
                    self.random.pick(&["sum", "max", "min", "abs", "count", "Round", "floor"]);
                if self.random.chance(4) {
                    return (func(name, [a.distinct()]), format!("func.{name}({pa}.distinct())"));
                }
                (func(name, [a]), format!("func.{name}({pa})"))
            }
            8 => {
                let (a, pa) = self.number(depth);
                let (value, pv) = self.plain_number();
                let arguments: Vec<Operand> = vec![a.into(), value.into()];
                (func("coalesce", arguments), format!("func.coalesce({pa}, {pv})"))
            }
            9 => {
                let (a, pa) = self.any(depth);
                let (sql_type, source) = self.random.pick(&[
                    (SqlType::integer(), "Integer"),
                    (SqlType::numeric(5, 1), "Numeric(5, 1)"),
                    (NumericKind::Numeric.into(), "Numeric"),
                    (SqlType::big_integer(), "BigInteger"),
                    (SqlType::float(), "Float"),
                ]);
                (a.cast(sql_type), format!("cast({pa}, {source})"))
            }
            10 => {
                let (condition, pc) = self.condition(depth);
                let (a, pa) = self.number(depth);
                let (value, pv) = self.plain_number();
                (
                    case(None, [(condition, a)], Some(value.into())),
                    format!("case(({pc}, {pa}), else_={pv})"),
                )
            }
            11 => {
                let (a, pa) = self.column_of(&["day", "at"]);
                let field = self.random.pick(&["year", "month", "day", "epoch", "dow", "hour"]);
                (extract(field, a), format!("extract({field:?}, {pa})"))
            }
            12 => {
                let (a, pa) = self.text_expr(depth);
                let name = self.random.pick(&["char_length", "length"]);
                (func(name, [a]), format!("func.{name}({pa})"))
            }
            13 => {
                let (query, source) = self.scalar_query(depth);
                (query.scalar_subquery(), format!("{source}.scalar_subquery()"))
            }
            14 if self.random.chance(2) => self.aggregate(depth),
            14 => self.window(depth),
            _ => self.json_value(Some("as_integer")),
        }
    }

    fn aggregate(&mut self, depth: usize) -> Pair {
        let (a, pa) = self.number(depth);
        let (order, po) = self.any(depth);
        match self.below(7) {
            0 => (
                func("percentile_cont", [0.5]).within_group(&[order.desc()]),
                format!("func.percentile_cont(0.5).within_group({po}.desc())"),
            ),
            1 => (
                func("mode", Vec::<Expr>::new()).within_group(&[a]),
                format!("func.mode().within_group({pa})"),
            ),
            2 => (func("array_agg", [a]).item(1), format!("func.array_agg({pa})[1]")),
            3 => (
                func("array_agg", [a]).aggregate_order_by(&[order]),
                format!("func.array_agg({pa}).aggregate_order_by({po})"),
            ),
            4 => {
                let (criterion, pc) = self.condition(depth);
                (
                    func("count", [a]).filter([criterion.clone(), criterion]) * 2,
                    format!("(func.count({pa}).filter({pc}, {pc}) * 2)"),
                )
            }
            5 => {
                let arguments: Vec<Operand> =
                    vec!["k".into(), a.into(), SqlValue::Null.into(), true.into()];
                (
                    func("json_build_object", arguments),
                    format!("func.json_build_object('k', {pa}, None, True)"),
                )
            }
            _ => {
                let (value, pv) = self.number(depth);
                let whens: Vec<(Operand, Operand)> =
                    vec![(1.into(), "one".into()), (a.into(), value.into())];
                (
                    case(Some(order), whens, None),
                    format!("case((1, 'one'), ({pa}, {pv}), value={po})"),
                )
            }
        }
    }

    fn window(&mut self, depth: usize) -> Pair {
        let (a, pa) = self.number(depth);
        let (order, po) = self.number(depth);
        let (function, pf) = if self.random.chance(2) {
            (func("sum", [a]), format!("func.sum({pa})"))
        } else {
            (func("row_number", Vec::<Expr>::new()), "func.row_number()".to_owned())
        };
        let (partition, pp) = self.column_of(&["name", "id"]);
        let bind = |number: i64| literal(number, Some(SqlType::integer()));
        match self.below(4) {
            0 => (
                function.over(&[partition], &[order.desc()], None),
                format!("{pf}.over(partition_by={pp}, order_by={po}.desc())"),
            ),
            1 => (
                function.over(
                    &[],
                    &[order],
                    Some(Frame {
                        unit: FrameUnit::Rows,
                        start: FrameBound::Unbounded,
                        end: FrameBound::Current,
                        exclude: None,
                    }),
                ),
                format!("{pf}.over(order_by={po}, rows=(None, 0))"),
            ),
            2 => (
                function.over(
                    &[partition],
                    &[],
                    Some(Frame {
                        unit: FrameUnit::Range,
                        start: FrameBound::Preceding(bind(2)),
                        end: FrameBound::Following(bind(3)),
                        exclude: None,
                    }),
                ),
                format!("{pf}.over(partition_by={pp}, range_=(-2, 3))"),
            ),
            _ => {
                let (criterion, pc) = self.condition(depth);
                (
                    function.filter([criterion]).over(&[], &[], None),
                    format!("{pf}.filter({pc}).over()"),
                )
            }
        }
    }

    fn plain_number(&mut self) -> (SqlValue, String) {
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

    fn plain_text(&mut self) -> (String, String) {
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

    fn json_value(&mut self, method: Option<&str>) -> Pair {
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

    pub(crate) fn condition(&mut self, depth: usize) -> Pair {
        if depth == 0 {
            return self.column_of(&["Flag"]);
        }
        let depth = depth - 1;
        match self.below(30) {
            0..=3 => {
                let (a, pa) = self.number(depth);
                let (operator, sign) = self.random.pick(&[
                    (Operator::Eq, "=="),
                    (Operator::Ne, "!="),
                    (Operator::Lt, "<"),
                    (Operator::Le, "<="),
                    (Operator::Gt, ">"),
                    (Operator::Ge, ">="),
                ]);
                if self.random.chance(2) {
                    // With operators, Python would ask the right side first where its class is a
                    // subclass of that of the left.
                    let name = match sign {
                        "==" => "eq",
                        "!=" => "ne",
                        "<" => "lt",
                        "<=" => "le",
                        ">" => "gt",
                        _ => "ge",
                    };
                    let (b, pb) = self.number(depth);
                    return (a.operate(operator, b), format!("{pa}.__{name}__({pb})"));
                }
                let (value, pv) = self.plain_number();
                (a.operate(operator, value), format!("({pa} {sign} {pv})"))
            }
            4..=6 => {
                let (a, pa) = self.condition(depth);
                let (b, pb) = self.condition(depth);
                if self.random.chance(2) {
                    return (and([a, b]), format!("and_({pa}, {pb})"));
                }
                (or([a, b]), format!("or_({pa}, {pb})"))
            }
            7 => {
                let (a, pa) = self.condition(depth);
                let (b, pb) = self.condition(depth);
                let (c, pc) = self.random.pick(&[
                    (true_(), "true()"),
                    (false_(), "false()"),
                    (text("x = 1"), "text('x = 1')"),
                ]);
                if self.random.chance(2) {
                    return (and([a, c, b]), format!("and_({pa}, {pc}, {pb})"));
                }
                (or([a, c, b]), format!("or_({pa}, {pc}, {pb})"))
            }
            8 | 9 => {
                let (a, pa) = self.condition(depth);
                (not(&a), format!("not_({pa})"))
            }
            10 => {
                let (a, pa) = self.any(depth);
                if self.random.chance(2) {
                    return (a.eq(SqlValue::Null), format!("({pa} == None)"));
                }
                (a.is_not(null()), format!("{pa}.is_not(null())"))
            }
            11 => {
                let (a, pa) = self.condition(depth);
                let (value, source) = self.random.pick(&[(true, "True"), (false, "False")]);
                match self.below(if self.ambiguous { 3 } else { 4 }) {
                    0 => (a.eq(value), format!("({pa} == {source})")),
                    1 => (a.is_(value), format!("{pa}.is_({source})")),
                    2 => (a.ne(value), format!("({pa} != {source})")),
                    _ => (a.is_distinct_from(value), format!("{pa}.is_distinct_from({source})")),
                }
            }
            12..=14 => self.text_condition(depth),
            15 | 16 => {
                let (a, pa) = self.number(depth);
                let (method, name) =
                    if self.random.chance(2) { (true, "in_") } else { (false, "not_in") };
                let count = self.below(4);
                let mut values: Vec<Operand> = Vec::new();
                let mut sources = Vec::new();
                let mixed = self.random.chance(4);
                for _ in 0..count {
                    if mixed && self.random.chance(2) {
                        let (b, pb) = self.number(0);
                        values.push(b.into());
                        sources.push(pb);
                    } else {
                        let (value, pv) = self.plain_number();
                        values.push(value.into());
                        sources.push(pv);
                    }
                }
                let list = sources.join(", ");
                if method {
                    (a.in_(values), format!("{pa}.{name}([{list}])"))
                } else {
                    (a.not_in(values), format!("{pa}.{name}([{list}])"))
                }
            }
            17 => {
                let (a, pa) = self.number(depth);
                let (query, source) = self.scalar_query(depth);
                if self.random.chance(2) {
                    return (a.in_query(&query), format!("{pa}.in_({source})"));
                }
                (a.not_in_query(&query), format!("{pa}.not_in({source})"))
            }
            18 => {
                let (a, pa) = self.number(depth);
                let (low, pl) = self.plain_number();
                let (high, ph) = self.number(depth);
                let symmetric = self.random.chance(5);
                let flag = if symmetric { "True" } else { "False" };
                let expr = a.between(low, high, symmetric);
                (expr, format!("{pa}.between({pl}, {ph}, symmetric={flag})"))
            }
            19 => {
                let (query, source) = self.scalar_query(depth);
                (query.exists(), format!("{source}.exists()"))
            }
            // SQLAlchemy loses the other name inside of these operators.
            20 if !self.ambiguous => {
                let (a, pa) = self.number(depth);
                let (b, pb) = self.number(depth);
                if self.random.chance(2) {
                    return (a.is_distinct_from(b), format!("{pa}.is_distinct_from({pb})"));
                }
                (a.is_not_distinct_from(b), format!("{pa}.is_not_distinct_from({pb})"))
            }
            21 => {
                let (a, pa) = self.number(depth);
                let (b, pb) = self.text_expr(depth);
                let items = tuple([a, b]);
                let rows = vec![
                    SqlValue::Array(vec![1.into(), "x".into()]),
                    SqlValue::Array(vec![2.into(), "y".into()]),
                ];
                let count = self.below(3);
                let rows: Vec<SqlValue> = rows.into_iter().take(count).collect();
                let sources = ["(1, 'x')", "(2, 'y')"];
                (
                    items.in_(rows),
                    format!("tuple_({pa}, {pb}).in_([{}])", sources[..count].join(", ")),
                )
            }
            22 => {
                let (a, pa) = self.any(depth);
                let operator = CustomOperator { is_comparison: true, ..CustomOperator::new("~=") };
                let (value, pv) = self.plain_number();
                (a.op(operator, value), format!("{pa}.op('~=', is_comparison=True)({pv})"))
            }
            23 if self.postgresql => self.container_condition(depth),
            23 => {
                let (a, pa) = self.number(depth);
                let (query, source) = self.scalar_query(depth);
                let subquery = query.scalar_subquery();
                let source = format!("{source}.scalar_subquery()");
                match self.below(3) {
                    0 => (a.eq(subquery.any()), format!("({pa} == any_({source}))")),
                    1 => (subquery.all().lt(a), format!("(all_({source}) < {pa})")),
                    _ => (not(&a.gt(subquery.all())), format!("not_({pa} > all_({source}))")),
                }
            }
            24 => {
                let clause: TextClause = TextClause {
                    text: "z = :x AND y\\:\\:int > 12::int".to_owned(),
                    binds: Vec::new(),
                };
                let clause = clause.with_bind(bindparam("x").value(5)).unwrap();
                let (a, pa) = self.condition(0);
                let clause: Expr = clause.into();
                let source = r"text('z = :x AND y\\:\\:int > 12::int').bindparams(x=5)";
                (or([a, clause]), format!("or_({pa}, {source})"))
            }
            25 => self.json_value(Some("as_boolean")),
            26 => {
                let (a, pa) = self.number(depth);
                let bind = bindparam("p").value(7);
                let expr: Expr = bind.into();
                (a.eq(expr), format!("({pa} == bindparam('p', 7))"))
            }
            27 => {
                let (a, pa) = self.number(depth);
                let bind =
                    bindparam("q").expanding().value(SqlValue::Array(vec![1.into(), 2.into()]));
                let expr: Expr = bind.into();
                (a.in_expr(&expr), format!("{pa}.in_(bindparam('q', [1, 2], expanding=True))"))
            }
            28 => {
                let (a, pa) = self.condition(depth);
                let (b, pb) = self.condition(depth);
                let (c, pc) = self.condition(depth);
                (case(None, [(a, b)], Some(c.into())), format!("case(({pa}, {pb}), else_={pc})"))
            }
            _ => {
                let (a, pa) = self.column_of(&["day", "at"]);
                let (b, pb) = self.column_of(&["day", "at"]);
                (a.lt(b), format!("({pa} < {pb})"))
            }
        }
    }

    fn container_condition(&mut self, depth: usize) -> Pair {
        match self.below(7) {
            0 => {
                let (a, pa) = self.column_of(&["doc"]);
                (a.has_key("k"), format!("{pa}.has_key('k')"))
            }
            1 => {
                let (a, pa) = self.column_of(&["doc"]);
                let (b, pb) = self.column_of(&["doc"]);
                (a.contains(b), format!("{pa}.contains({pb})"))
            }
            2 => {
                let (a, pa) = self.column_of(&["list"]);
                let list = SqlValue::Array(vec![1.into(), 2.into()]);
                (a.contains(list), format!("{pa}.contains([1, 2])"))
            }
            3 => {
                let (a, pa) = self.column_of(&["list"]);
                let (b, pb) = self.number(depth);
                (b.eq(a.any()), format!("({pb} == any_({pa}))"))
            }
            4 => {
                let (a, pa) = self.column_of(&["list"]);
                let expr = a.item(1).eq(3);
                (expr, format!("({pa}[1] == 3)"))
            }
            5 => {
                let (a, pa) = self.column_of(&["list"]);
                let array = Expr::array([1, 2], None);
                (a.overlap(array), format!("{pa}.overlap(postgresql.array([1, 2]))"))
            }
            _ => {
                let (a, pa) = self.column_of(&["list"]);
                let expr = a.slice(1, 2).eq(a);
                (expr, format!("({pa}[1:2] == {pa})"))
            }
        }
    }

    fn text_condition(&mut self, depth: usize) -> Pair {
        let (a, pa) = self.text_expr(depth);
        let (operator, name) = self.random.pick(&[
            (Operator::Like, "like"),
            (Operator::NotLike, "not_like"),
            (Operator::ILike, "ilike"),
            (Operator::NotILike, "not_ilike"),
            (Operator::StartsWith, "startswith"),
            (Operator::EndsWith, "endswith"),
            (Operator::Contains, "contains"),
            (Operator::IStartsWith, "istartswith"),
            (Operator::IEndsWith, "iendswith"),
            (Operator::IContains, "icontains"),
        ]);
        let (value, pv) = self.plain_text();
        match self.below(6) {
            0 => (
                a.like_with(operator, value, Some("\\")),
                format!("{pa}.{name}({pv}, escape='\\\\')"),
            ),
            1 if !name.contains("like") => (
                a.autoescaped(operator, &value, None),
                format!("{pa}.{name}({pv}, autoescape=True)"),
            ),
            2 => {
                let flags = self.random.pick(&[None, Some("i"), Some("ix")]);
                let source = flags.map_or("None".to_owned(), quoted);
                (a.regexp_match(value, flags), format!("{pa}.regexp_match({pv}, flags={source})"))
            }
            // SQLAlchemy loses the other name inside of a negated match.
            3 if !self.ambiguous => (a.match_text(value, None), format!("{pa}.match({pv})")),
            4 => {
                let (b, pb) = self.text_expr(depth);
                (a.operate(operator, b), format!("{pa}.{name}({pb})"))
            }
            _ => (a.operate(operator, value), format!("{pa}.{name}({pv})")),
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
