//! SQLAlchemy's free-standing functions: `text`, `func`, `and_`, `case`, `cast` and the like.

use std::rc::Rc;

use limbeck_schema::SqlType;
use limbeck_schema::SqlValue;
use limbeck_schema::expr;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::Frame;
use limbeck_schema::expr::FrameBound;
use limbeck_schema::expr::FrameUnit;
use limbeck_schema::expr::Operand;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;

use super::clause::Clause;
use super::clause::expression;
use super::clause::operand;
use super::clause::operands;
use super::clause::wrap;
use super::errors;
use super::keywords::flag;
use super::keywords::given;
use super::keywords::opt_text;
use super::keywords::text as text_of;
use super::methods;
use super::names::Merged;
use super::sequence::is_sequence;
use super::type_object;
use super::value;

/// `func`, and what stands behind a dot of it.
#[derive(Debug)]
struct Func {
    path: Vec<String>,
}

impl Object for Func {
    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        if name.starts_with("__") {
            return match self.path.last() {
                Some(_) if name == "__name__" => Err(interp.unsupported("func.x.__name__")),
                _ => Ok(None),
            };
        }
        let mut path = self.path.clone();
        // A trailing underscore keeps a word of Python's apart.
        path.push(name.strip_suffix('_').unwrap_or(name).to_owned());
        Ok(Some(Value::native(Func { path })))
    }

    fn is_callable(&self) -> bool {
        !self.path.is_empty()
    }

    fn call(&self, _this: &Value, interp: &mut Interpreter, mut args: Args) -> Result<Value> {
        let to = given(args.take_keyword("type_"));
        if let Some((key, _)) = args.keywords.first() {
            return interp
                .type_error(format!("__init__() got an unexpected keyword argument '{key}'"));
        }
        if let ([name], [value]) = (self.path.as_slice(), args.positional.as_slice())
            && name == "next_value"
            && is_sequence(value)
        {
            return interp.call_method(value, "next_value", Args::none());
        }
        let arguments = operands(interp, &args.positional)?;
        let Some((name, packages)) = self.path.split_last() else {
            return interp.type_error("'_FunctionGenerator' object is not callable");
        };
        let mut made = if packages.is_empty() {
            expr::func(name, arguments)
        } else {
            expr::func_in(&packages.iter().map(String::as_str).collect::<Vec<_>>(), name, arguments)
        };
        if let Some(to) = to {
            made = made.returning_type(type_object::sql_type(interp, &to)?);
        }
        wrap(interp, made)
    }
}

/// Puts the functions and the classes of expressions in place.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let module = "sqlalchemy.sql.elements";
    let clause = ClassBuilder::new("ClauseElement", module).finish(interp);
    let element = ClassBuilder::new("ColumnElement", module).base(&clause).hooks(Rc::new(Merged));
    let element = methods::with_operators(element).finish(interp);
    interp.register_class::<Clause>(Rc::clone(&element));
    home.set("ColumnElement", Value::Class(Rc::clone(&element)));
    let text_clause = ClassBuilder::new("TextClause", module).base(&clause);
    let text_clause = methods::with_operators(text_clause).finish(interp);
    home.set("TextClause", Value::Class(text_clause));
    home.set("ClauseElement", Value::Class(clause));
    for name in ["BindParameter", "Function", "ColumnClause", "BinaryExpression", "Label"] {
        let class = ClassBuilder::new(name, module).base(&element).finish(interp);
        home.set(name, Value::Class(class));
    }
    let func = ClassBuilder::new("_FunctionGenerator", "sqlalchemy.sql.functions").finish(interp);
    interp.register_class::<Func>(func);
    home.set("func", Value::native(Func { path: Vec::new() }));
    home.function("text", text);
    home.function("true", |interp, _| wrap(interp, expr::true_()));
    home.function("false", |interp, _| wrap(interp, expr::false_()));
    home.function("null", |interp, _| wrap(interp, expr::null()));
    home.function("literal", literal);
    home.function("literal_column", literal_column);
    home.function("column", column);
    home.function("bindparam", bindparam);
    home.function("case", case);
    home.function("cast", |interp, args| cast(interp, args, expr::cast));
    home.function("try_cast", |interp, args| cast(interp, args, expr::try_cast));
    home.function("type_coerce", |interp, args| cast(interp, args, expr::type_coerce));
    home.function("and_", |interp, args| methods::logic(interp, &args.positional, true));
    home.function("or_", |interp, args| methods::logic(interp, &args.positional, false));
    home.function("not_", |interp, args| {
        let [value] = args.exactly(interp, "not_")?;
        methods::negation(interp, &value)
    });
    type One = fn(&Expr) -> Expr;
    let unary: [(&'static str, One); 9] = [
        ("asc", Expr::asc),
        ("desc", Expr::desc),
        ("nulls_first", Expr::nulls_first),
        ("nulls_last", Expr::nulls_last),
        ("nullsfirst", Expr::nulls_first),
        ("nullslast", Expr::nulls_last),
        ("distinct", Expr::distinct),
        ("any_", Expr::any),
        ("all_", Expr::all),
    ];
    for (name, run) in unary {
        home.function(name, move |interp, args| {
            let [value] = args.exactly(interp, name)?;
            let value = super::clause::expression_or(interp, &value, expr::label_reference)?;
            wrap(interp, run(&value))
        });
    }
    home.function("collate", |interp, args| {
        let [value, name] = args.exactly(interp, "collate")?;
        let value = expression(interp, &value)?;
        let name = text_of(interp, &name, "a collation")?;
        wrap(interp, value.collate(&name))
    });
    home.function("extract", |interp, args| {
        let [field, value] = args.exactly(interp, "extract")?;
        let field = text_of(interp, &field, "a field")?;
        let value = operand(interp, &value)?;
        wrap(interp, expr::extract(field, value))
    });
    home.function("tuple_", |interp, args| {
        let items = operands(interp, &args.positional)?;
        wrap(interp, expr::tuple(items))
    });
    home.function("between", |interp, args| {
        let [this, low, high] = args.exactly(interp, "between")?;
        interp.call_method(&this, "between", Args::of([low, high]))
    });
    home.function("over", over);
    home.function("label", |interp, args| {
        let [name, value] = args.exactly(interp, "label")?;
        interp.call_method(&value, "label", Args::of([name]))
    });
}

fn text(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let Bound { values: [text], .. } = args.bind(interp, &Signature::new("text", ["text"], 1))?;
    let text = text.unwrap_or_default();
    match text.as_text() {
        Some(text) => wrap(interp, expr::text(text.to_string())),
        None => {
            let class = interp.class_name(&text);
            interp.type_error(format!("expected string or bytes-like object, got '{class}'"))
        }
    }
}

fn literal(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let signature = Signature::new("literal", ["value", "type_", "literal_execute"], 1);
    let Bound { values: [given_value, to, execute], .. } = args.bind(interp, &signature)?;
    if flag(interp, execute)? {
        return Err(interp.unsupported("literal(literal_execute=True)"));
    }
    let to = given(to).map(|to| type_object::sql_type(interp, &to)).transpose()?;
    let made = value::parameter(interp, &given_value.unwrap_or_default())?;
    wrap(interp, expr::literal(made, to))
}

/// `text` with a type: `literal_column` and `column`.
fn typed(
    interp: &mut Interpreter,
    args: Args,
    function: &'static str,
) -> Result<(String, SqlType, bool)> {
    let signature = Signature::new(function, ["text", "type_", "is_literal"], 1);
    let Bound { values: [text, to, is_literal], .. } = args.bind(interp, &signature)?;
    let text = text_of(interp, &text.unwrap_or_default(), "the name of a column")?;
    let to = match given(to) {
        Some(to) => type_object::sql_type(interp, &to)?,
        None => SqlType::Null,
    };
    Ok((text, to, flag(interp, is_literal)?))
}

fn literal_column(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (text, to, _) = typed(interp, args, "literal_column")?;
    wrap(interp, expr::literal_column(text, to))
}

fn column(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (text, to, is_literal) = typed(interp, args, "column")?;
    let made =
        if is_literal { expr::literal_column(text, to) } else { expr::typed_column(text, to) };
    wrap(interp, made)
}

fn bindparam(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let names = [
        "key",
        "value",
        "type_",
        "unique",
        "required",
        "quote",
        "callable_",
        "expanding",
        "isoutparam",
        "literal_execute",
    ];
    let Bound { values, .. } = args.bind(interp, &Signature::new("bindparam", names, 1))?;
    let [key, value, to, unique, _, _, callable, expanding, _, literal_execute] = values;
    let mut bind = expr::bindparam(match given(key) {
        Some(key) => text_of(interp, &key, "key")?,
        None => return Err(interp.unsupported("bindparam(None)")),
    });
    if let Some(to) = given(to) {
        bind = bind.typed(type_object::sql_type(interp, &to)?);
    }
    if flag(interp, expanding)? {
        bind = bind.expanding();
    }
    let value = match given(callable) {
        Some(callable) => Some(interp.call(&callable, Args::none())?),
        None => value,
    };
    if let Some(value) = value {
        bind = bind.value(value::parameter(interp, &value)?);
    }
    if flag(interp, literal_execute)? {
        bind = bind.literal_execute();
    }
    if flag(interp, unique)? {
        bind = bind.unique();
    }
    wrap(interp, bind.into())
}

fn case(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let signature =
        Signature { star: true, keyword_only: 2, ..Signature::new("case", ["value", "else_"], 0) };
    let Bound { values: [value, otherwise], star, .. } = args.bind(interp, &signature)?;
    let value = given(value).map(|value| expression(interp, &value)).transpose()?;
    let mut whens = Vec::new();
    for when in &star {
        if let Value::Dict(dict) = when {
            for (condition, result) in dict.entries() {
                whens.push((operand(interp, &condition)?, operand(interp, &result)?));
            }
            continue;
        }
        if matches!(when, Value::List(_)) {
            return Err(errors::argument(
                interp,
                "The \"whens\" argument to case(), when referring to a sequence of items, is now \
                 passed as a series of positional elements, rather than as a list. ",
            )?);
        }
        let pair = interp.items(when)?;
        let [condition, result] = pair.as_slice() else {
            return interp.value_error("not enough values to unpack (expected 2)");
        };
        let condition = match value {
            Some(_) => operand(interp, condition)?,
            None => super::clause::condition(interp, condition)?.into(),
        };
        whens.push((condition, operand(interp, result)?));
    }
    let otherwise = given(otherwise).map(|other| operand(interp, &other)).transpose()?;
    wrap(interp, expr::case(value, whens, otherwise))
}

fn cast(interp: &mut Interpreter, args: Args, make: fn(Operand, SqlType) -> Expr) -> Result<Value> {
    let signature = Signature::new("cast", ["expression", "type_"], 2);
    let Bound { values: [value, to], .. } = args.bind(interp, &signature)?;
    let value = operand(interp, &value.unwrap_or_default())?;
    let to = type_object::sql_type(interp, &to.unwrap_or_default())?;
    wrap(interp, make(value, to))
}

/// `x.over(partition_by=…, order_by=…)`.
pub(super) fn over(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let names = ["element", "partition_by", "order_by", "range_", "rows", "groups", "exclude"];
    let Bound { values, .. } = args.bind(interp, &Signature::new("over", names, 1))?;
    let [element, partition_by, order_by, range, rows, groups, exclude] = values;
    let units = [(FrameUnit::Range, range), (FrameUnit::Rows, rows), (FrameUnit::Groups, groups)];
    let frame = frame(interp, units, exclude)?;
    let element = expression(interp, &element.unwrap_or_default())?;
    let partition_by = several(interp, partition_by)?;
    let order_by = several(interp, order_by)?;
    wrap(interp, element.over(&partition_by, &order_by, frame))
}

/// The frame of a window: `rows=(-1, None)` and the like.
fn frame(
    interp: &mut Interpreter,
    units: [(FrameUnit, Option<Value>); 3],
    exclude: Option<Value>,
) -> Result<Option<Frame>> {
    let mut units = units.into_iter().filter_map(|(unit, value)| Some((unit, given(value)?)));
    let exclude = opt_text(interp, exclude, "exclude")?;
    let Some((unit, bounds)) = units.next() else {
        return match exclude {
            None => Ok(None),
            Some(_) => Err(errors::argument(
                interp,
                "'exclude' requires that one of 'rows', 'range_', or 'groups' is also specified",
            )?),
        };
    };
    if units.next().is_some() {
        return Err(errors::argument(
            interp,
            "only one of 'rows', 'range_', or 'groups' may be provided",
        )?);
    }
    let bounds = match &bounds {
        Value::Tuple(_) | Value::List(_) => interp.items(&bounds)?,
        _ => return Err(interp.unsupported("the frame of a window that is no tuple")),
    };
    let [start, end] = bounds.as_slice() else {
        return Err(errors::argument(interp, "2-tuple expected for range/rows/groups")?);
    };
    let made = Frame { unit, start: bound(interp, start)?, end: bound(interp, end)?, exclude };
    errors::compiled(interp, expr::frame(made)).map(Some)
}

/// A bound of a frame: `None`, or how many rows before or behind.
fn bound(interp: &mut Interpreter, value: &Value) -> Result<FrameBound> {
    if value.is_none() {
        return Ok(FrameBound::Unbounded);
    }
    let Some(number) = value.as_int() else {
        return Err(interp.unsupported("a bound of a frame that is no number"));
    };
    let count = number.checked_abs().map(SqlValue::Int);
    let Some(count) = count else {
        return Err(interp.unsupported("a bound of a frame of this size"));
    };
    let count = expr::literal(count, Some(SqlType::integer()));
    Ok(match number {
        0 => FrameBound::Current,
        ..0 => FrameBound::Preceding(count),
        1.. => FrameBound::Following(count),
    })
}

/// One expression, or a list of them.
pub(super) fn several(interp: &mut Interpreter, value: Option<Value>) -> Result<Vec<Expr>> {
    let Some(value) = given(value) else { return Ok(Vec::new()) };
    let items = match &value {
        Value::List(_) | Value::Tuple(_) => interp.items(&value)?,
        one => vec![one.clone()],
    };
    items
        .iter()
        .map(|item| super::clause::expression_or(interp, item, expr::label_reference))
        .collect()
}
