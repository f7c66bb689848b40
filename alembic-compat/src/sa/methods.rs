//! The methods of expressions: `like`, `in_`, `label`, `desc` and the like.

use limbeck_schema::expr;
use limbeck_schema::expr::Bind;
use limbeck_schema::expr::CustomOperator;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::ExprKind;
use limbeck_schema::expr::Operand;
use limbeck_schema::expr::Operator;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;

use super::clause::condition;
use super::clause::conditions;
use super::clause::expression;
use super::clause::operand;
use super::clause::operands;
use super::clause::wrap;
use super::compiled;
use super::errors;
use super::execution_options;
use super::functions;
use super::keywords::flag;
use super::keywords::given;
use super::keywords::opt_text;
use super::keywords::text;
use super::select;
use super::type_object;

type Two = fn(&Expr, Operand) -> Expr;
type One = fn(&Expr) -> Expr;

const BINARY: &[(&str, Two)] = &[
    ("is_", |a, b| a.is_(b)),
    ("is_not", |a, b| a.is_not(b)),
    ("isnot", |a, b| a.is_not(b)),
    ("is_distinct_from", |a, b| a.is_distinct_from(b)),
    ("is_not_distinct_from", |a, b| a.is_not_distinct_from(b)),
    ("isnot_distinct_from", |a, b| a.is_not_distinct_from(b)),
    ("concat", |a, b| a.concat(b)),
    ("bitwise_and", |a, b| a.operate(Operator::BitwiseAnd, b)),
    ("bitwise_or", |a, b| a.operate(Operator::BitwiseOr, b)),
    ("bitwise_xor", |a, b| a.operate(Operator::BitwiseXor, b)),
    ("has_key", |a, b| a.has_key(b)),
    ("has_all", |a, b| a.has_all(b)),
    ("has_any", |a, b| a.has_any(b)),
    ("contained_by", |a, b| a.contained_by(b)),
    ("overlap", |a, b| a.overlap(b)),
    ("path_exists", |a, b| a.path_exists(b)),
    ("path_match", |a, b| a.path_match(b)),
];

const UNARY: &[(&str, One)] = &[
    ("asc", Expr::asc),
    ("desc", Expr::desc),
    ("nulls_first", Expr::nulls_first),
    ("nullsfirst", Expr::nulls_first),
    ("nulls_last", Expr::nulls_last),
    ("nullslast", Expr::nulls_last),
    ("distinct", Expr::distinct),
    ("bitwise_not", Expr::bitwise_not),
    ("any_", Expr::any),
    ("all_", Expr::all),
    ("as_string", Expr::as_string),
    ("as_integer", Expr::as_integer),
    ("as_float", Expr::as_float),
    ("as_boolean", Expr::as_boolean),
];

const MATCHES: &[(&str, Operator)] = &[
    ("like", Operator::Like),
    ("notlike", Operator::NotLike),
    ("not_like", Operator::NotLike),
    ("ilike", Operator::ILike),
    ("notilike", Operator::NotILike),
    ("not_ilike", Operator::NotILike),
    ("startswith", Operator::StartsWith),
    ("endswith", Operator::EndsWith),
    ("contains", Operator::Contains),
    ("istartswith", Operator::IStartsWith),
    ("iendswith", Operator::IEndsWith),
    ("icontains", Operator::IContains),
];

/// Adds the methods of `ColumnElement`.
pub(super) fn with_operators(mut builder: ClassBuilder) -> ClassBuilder {
    for &(name, run) in BINARY {
        builder = builder.method(name, move |interp, args| {
            let [this, other] = args.exactly(interp, "ColumnElement.operator")?;
            let this = expression(interp, &this)?;
            let other = operand(interp, &other)?;
            wrap(interp, run(&this, other))
        });
    }
    for &(name, run) in UNARY {
        builder = builder.method(name, move |interp, args| {
            let [this] = args.exactly(interp, "ColumnElement.operator")?;
            let this = expression(interp, &this)?;
            wrap(interp, run(&this))
        });
    }
    for (name, operator) in MATCHES {
        builder = builder.method(name, move |interp, args| matches(interp, args, operator));
    }
    builder
        .method("in_", |interp, args| in_list(interp, args, false))
        .method("not_in", |interp, args| in_list(interp, args, true))
        .method("notin_", |interp, args| in_list(interp, args, true))
        .method("label", |interp, args| {
            let [this, name] = args.exactly(interp, "ColumnElement.label")?;
            let this = expression(interp, &this)?;
            let made = match &name {
                Value::None => this.anonymous_label(),
                name => this.label(&text(interp, name, "a label")?),
            };
            wrap(interp, made)
        })
        .method("cast", |interp, args| {
            let [this, to] = args.exactly(interp, "ColumnElement.cast")?;
            let this = expression(interp, &this)?;
            let to = type_object::sql_type(interp, &to)?;
            wrap(interp, this.cast(to))
        })
        .method("collate", |interp, args| {
            let [this, name] = args.exactly(interp, "ColumnElement.collate")?;
            let this = expression(interp, &this)?;
            let name = text(interp, &name, "a collation")?;
            wrap(interp, this.collate(&name))
        })
        .method("any", |interp, args| elements(interp, args, "any"))
        .method("all", |interp, args| elements(interp, args, "all"))
        .method("between", between)
        .method("op", custom)
        .method("bool_op", custom)
        .method("regexp_match", |interp, args| {
            let signature = Signature::new("regexp_match", ["self", "pattern", "flags"], 2);
            let Bound { values: [this, pattern, flags], .. } = args.bind(interp, &signature)?;
            let this = expression(interp, &this.unwrap_or_default())?;
            let pattern = operand(interp, &pattern.unwrap_or_default())?;
            let flags = opt_text(interp, flags, "flags")?;
            wrap(interp, this.regexp_match(pattern, flags.as_deref()))
        })
        .method("regexp_replace", |interp, args| {
            let names = ["self", "pattern", "replacement", "flags"];
            let signature = Signature::new("regexp_replace", names, 3);
            let Bound { values: [this, pattern, with, flags], .. } =
                args.bind(interp, &signature)?;
            let this = expression(interp, &this.unwrap_or_default())?;
            let pattern = operand(interp, &pattern.unwrap_or_default())?;
            let with = operand(interp, &with.unwrap_or_default())?;
            let flags = opt_text(interp, flags, "flags")?;
            wrap(interp, this.regexp_replace(pattern, with, flags.as_deref()))
        })
        .method("over", functions::over)
        .method("filter", |interp, args| {
            let Args { positional, .. } = args;
            let this = expression(interp, &positional[..1].first().cloned().unwrap_or_default())?;
            let criteria = conditions(interp, positional.get(1..).unwrap_or_default())?;
            wrap(interp, this.filter(criteria))
        })
        .method("compile", compiled::compile)
        .method("bindparams", bindparams)
        .method("params", params)
        .method("columns", text_columns)
        .method("self_group", |interp, mut args| {
            let this = args.take_self().unwrap_or_default();
            if !args.positional.is_empty() || !args.keywords.is_empty() {
                return Err(interp.unsupported("self_group(against=…)"));
            }
            Ok(this)
        })
        .method("execution_options", |interp, mut args| {
            let this = args.take_self().unwrap_or_default();
            execution_options::of_other(interp, &args.keywords)?;
            Ok(this)
        })
        .method("scalar_subquery", |_, mut args| Ok(args.take_self().unwrap_or_default()))
        .method("where", |interp, args| {
            // `exists().where(…)`
            let Args { positional, .. } = args;
            let this = expression(interp, &positional.first().cloned().unwrap_or_default())?;
            let more = conditions(interp, positional.get(1..).unwrap_or_default())?;
            select::narrow_exists(interp, &this, more)
        })
}

fn matches(interp: &mut Interpreter, args: Args, operator: &Operator) -> Result<Value> {
    let signature = Signature::new("like", ["self", "other", "escape", "autoescape"], 2);
    let Bound { values: [this, other, escape, autoescape], .. } = args.bind(interp, &signature)?;
    let this = expression(interp, &this.unwrap_or_default())?;
    let other = other.unwrap_or_default();
    let escape = opt_text(interp, escape, "escape")?;
    let made = if flag(interp, autoescape)? {
        let pattern = text(interp, &other, "String value expected when autoescape=True; it")?;
        this.autoescaped(operator.clone(), &pattern, escape.as_deref())
    } else {
        let other = operand(interp, &other)?;
        match escape {
            Some(escape) => this.like_with(operator.clone(), other, Some(&escape)),
            None => match operator {
                Operator::Contains => this.contains(other),
                Operator::StartsWith => this.startswith(other),
                Operator::EndsWith => this.endswith(other),
                operator => this.operate(operator.clone(), other),
            },
        }
    };
    wrap(interp, made)
}

fn in_list(interp: &mut Interpreter, args: Args, negated: bool) -> Result<Value> {
    let [this, other] = args.exactly(interp, "ColumnElement.in_")?;
    let this = expression(interp, &this)?;
    if let Some(query) = select::find_query(&other) {
        let made = if negated { this.not_in_query(&query) } else { this.in_query(&query) };
        return wrap(interp, made);
    }
    if let Some(list) = super::clause::find(interp, &other)? {
        let made = if negated { this.not_in_expr(&list) } else { this.in_expr(&list) };
        return wrap(interp, made);
    }
    if other.as_text().is_some() {
        let got = interp.repr(&other)?;
        return Err(errors::argument(
            interp,
            format!(
                "IN expression list, SELECT construct, or bound parameter object expected, got {got}."
            ),
        )?);
    }
    let items = interp.items(&other)?;
    let items = operands(interp, &items)?;
    let made = if negated { this.not_in(items) } else { this.in_(items) };
    wrap(interp, made)
}

/// `ARRAY`'s `any()` and `all()`.
fn elements(interp: &mut Interpreter, args: Args, name: &'static str) -> Result<Value> {
    let signature = Signature::new(name, ["self", "other", "operator"], 2);
    let Bound { values: [this, other, operator], .. } = args.bind(interp, &signature)?;
    if given(operator).is_some() {
        return Err(interp.unsupported(format!("{name}(operator=…)")));
    }
    let this = expression(interp, &this.unwrap_or_default())?;
    let other = operand(interp, &other.unwrap_or_default())?;
    match this.equal_elements(other, name == "all") {
        Some(made) => wrap(interp, made),
        None => interp.raise(
            "AttributeError",
            format!("Neither this object nor its Comparator has an attribute '{name}'"),
        ),
    }
}

fn between(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let signature = Signature::new("between", ["self", "cleft", "cright", "symmetric"], 3);
    let Bound { values: [this, low, high, symmetric], .. } = args.bind(interp, &signature)?;
    let this = expression(interp, &this.unwrap_or_default())?;
    let low = operand(interp, &low.unwrap_or_default())?;
    let high = operand(interp, &high.unwrap_or_default())?;
    let symmetric = flag(interp, symmetric)?;
    wrap(interp, this.between(low, high, symmetric))
}

/// `x.op("…")(other)`.
fn custom(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let names = ["self", "opstring", "precedence", "is_comparison", "return_type"];
    let signature = Signature::new("op", names, 2);
    let Bound { values: [this, symbol, precedence, is_comparison, to], .. } =
        args.bind(interp, &signature)?;
    let this = expression(interp, &this.unwrap_or_default())?;
    let mut operator = CustomOperator::new(text(interp, &symbol.unwrap_or_default(), "opstring")?);
    if let Some(precedence) = super::keywords::opt_int(interp, precedence, "precedence")? {
        operator.precedence = i32::try_from(precedence).unwrap_or(i32::MAX);
    }
    operator.is_comparison = flag(interp, is_comparison)?;
    let to = given(to).map(|to| type_object::sql_type(interp, &to)).transpose()?;
    Ok(interp.function("op", move |interp, args| {
        let [other] = args.exactly(interp, "op")?;
        let other = operand(interp, &other)?;
        let made = match &to {
            Some(to) => this.op_typed(operator.clone(), other, to.clone()),
            None => this.op(operator.clone(), other),
        };
        wrap(interp, made)
    }))
}

/// `text(…).bindparams(…)`.
fn bindparams(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let Args { positional, keywords } = args;
    let mut positional = positional.into_iter();
    let this = expression(interp, &positional.next().unwrap_or_default())?;
    let ExprKind::Text(clause) = this.kind() else {
        return interp.raise("AttributeError", "no attribute 'bindparams'");
    };
    let mut clause = clause.clone();
    for bind in positional {
        let bind = expression(interp, &bind)?;
        let ExprKind::Bind(bind) = bind.kind() else {
            return Err(errors::argument(interp, "bindparam() expected")?);
        };
        let made = clause.with_bind(bind.clone());
        clause = errors::compiled(interp, made)?;
    }
    for (name, value) in keywords {
        let value = super::value::parameter(interp, &value)?;
        let bind: Bind = match clause.bind_of(&name) {
            Some(known) => known.clone().value(value),
            None => expr::bindparam(name.as_str()).value(value),
        };
        let made = clause.with_bind(bind);
        clause = errors::compiled(interp, made)?;
    }
    wrap(interp, clause.into())
}

/// `text(…).params(…)`: values for some of its parameters, whose types stay.
fn params(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let signature =
        Signature { double_star: true, ..Signature::new("params", ["self", "dict"], 1) };
    let Bound { values: [this, dict], double_star, .. } = args.bind(interp, &signature)?;
    let this = expression(interp, &this.unwrap_or_default())?;
    let ExprKind::Text(clause) = this.kind() else {
        return Err(interp.unsupported("params() of something that is no text()"));
    };
    let mut clause = clause.clone();
    let mut values: Vec<(String, Value)> =
        double_star.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
    if let Some(dict) = dict {
        let Value::Dict(dict) = dict else {
            return Err(interp.unsupported("params() with something that is no dict"));
        };
        for (name, value) in dict.entries() {
            values.push((text(interp, &name, "a parameter")?, value));
        }
    }
    let known = clause.parameters();
    for (name, value) in values {
        if known.contains(&name) {
            let value = super::value::parameter(interp, &value)?;
            let bind = clause.bind_of(&name).cloned();
            let bind = bind.unwrap_or_else(|| expr::bindparam(&name));
            let made = clause.with_bind(Bind { value: Some(value), ..bind });
            clause = errors::compiled(interp, made)?;
        }
    }
    wrap(interp, clause.into())
}

/// `text(…).columns(…)`.
fn text_columns(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let Args { positional, keywords } = args;
    let mut positional = positional.into_iter();
    let this = expression(interp, &positional.next().unwrap_or_default())?;
    let ExprKind::Text(clause) = this.kind() else {
        return interp.raise("AttributeError", "no attribute 'columns'");
    };
    let mut columns = Vec::new();
    for column in positional {
        let column = expression(interp, &column)?;
        let ExprKind::Column(made) = column.kind() else {
            return Err(interp.unsupported("columns() of something that is no column"));
        };
        columns.push((made.key.clone(), made.sql_type.clone()));
    }
    for (name, to) in keywords {
        columns.push((name.to_string(), type_object::sql_type(interp, &to)?));
    }
    Ok(select::wrap(clause.clone().columns(columns)))
}

/// `and_` and `or_`, `not_`.
pub(super) fn logic(interp: &mut Interpreter, values: &[Value], all: bool) -> Result<Value> {
    let conditions = conditions(interp, values)?;
    let made = if all { expr::and(conditions) } else { expr::or(conditions) };
    wrap(interp, made)
}

/// `not_(x)`.
pub(super) fn negation(interp: &mut Interpreter, value: &Value) -> Result<Value> {
    let made = expr::not(&condition(interp, value)?);
    wrap(interp, made)
}
