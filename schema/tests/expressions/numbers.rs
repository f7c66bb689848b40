//! Random numbers, aggregates and windows.

use limbeck_schema::SqlType;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::Frame;
use limbeck_schema::expr::FrameBound;
use limbeck_schema::expr::FrameUnit;
use limbeck_schema::expr::Operand;
use limbeck_schema::expr::Operator;
use limbeck_schema::expr::case;
use limbeck_schema::expr::extract;
use limbeck_schema::expr::func;
use limbeck_schema::expr::literal;
use limbeck_schema::types::NumericKind;

use crate::expressions::Case;
use crate::expressions::Pair;

impl Case {
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
}
