//! Random conditions.

use limbeck_schema::SqlValue;
use limbeck_schema::expr::CustomOperator;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::Operand;
use limbeck_schema::expr::Operator;
use limbeck_schema::expr::TextClause;
use limbeck_schema::expr::and;
use limbeck_schema::expr::bindparam;
use limbeck_schema::expr::case;
use limbeck_schema::expr::false_;
use limbeck_schema::expr::not;
use limbeck_schema::expr::null;
use limbeck_schema::expr::or;
use limbeck_schema::expr::text;
use limbeck_schema::expr::true_;
use limbeck_schema::expr::tuple;

use crate::expressions::Case;
use crate::expressions::Pair;
use crate::expressions::quoted;

impl Case {
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
}
