//! `select()`, unions and `exists()`: what they are, and what is selected.

use std::rc::Rc;
use std::sync::Arc;

use limbeck_schema::SqlType;
use limbeck_schema::expr;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::ExprKind;
use limbeck_schema::expr::Query;
use limbeck_schema::expr::Select;
use limbeck_schema::expr::Selected;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;

use super::clause;
use super::errors;
use super::execution_options;
use super::from;
use super::from::Columns;
use super::names::unknown;
use super::orm;
use super::orm::Entity;
use super::registry;

/// A query.
#[derive(Debug)]
pub(crate) struct QueryObject {
    pub(crate) query: Query,
    /// What its rows are made of, where mapped classes are among it.
    pub(super) entities: Option<Rc<Vec<Entity>>>,
    /// `execution_options(yield_per=…)`.
    pub(super) yield_per: Option<usize>,
}

/// A query as a value.
pub(crate) fn wrap(query: Query) -> Value {
    Value::native(QueryObject { query, entities: None, yield_per: None })
}

/// A query of the same rows as another one.
pub(super) fn wrap_as(like: &Value, query: Query) -> Value {
    let (entities, yield_per) = (entities_of(like), yield_per_of(like));
    Value::native(QueryObject { query, entities, yield_per })
}

/// What the rows of a query are made of, where mapped classes are among it.
pub(super) fn entities_of(value: &Value) -> Option<Rc<Vec<Entity>>> {
    value.downcast::<QueryObject>()?.entities.clone()
}

/// `execution_options(yield_per=…)` of a query.
pub(super) fn yield_per_of(value: &Value) -> Option<usize> {
    value.downcast::<QueryObject>()?.yield_per
}

/// `query.execution_options(…)`.
pub(super) fn with_options(interp: &mut Interpreter, mut args: Args) -> Result<Value> {
    let this = args.take_self().unwrap_or_default();
    if !args.positional.is_empty() {
        return Err(interp.unsupported("execution_options() with positional arguments"));
    }
    let found = execution_options::yield_per(interp, &args.keywords)?;
    match this.downcast::<QueryObject>() {
        Some(object) => Ok(Value::native(QueryObject {
            query: object.query.clone(),
            entities: object.entities.clone(),
            yield_per: found.or(object.yield_per),
        })),
        None => Ok(this),
    }
}

/// The entities of what stands among the columns of a select, behind those that it has.
pub(super) fn entities(
    known: &[Entity],
    values: &[Value],
    columns: &[Selected],
) -> Option<Rc<Vec<Entity>>> {
    let mut made = known.to_vec();
    for (value, selected) in values.iter().zip(columns) {
        let mapper = match value.downcast::<orm::Aliased>() {
            Some(alias) => Some(Rc::clone(&alias.mapper)),
            None => orm::mapper_of(value),
        };
        made.push(match (mapper, selected) {
            (Some(mapper), _) => Entity::Object(mapper),
            (None, Selected::From(from)) => Entity::Columns(from.columns().len()),
            (None, Selected::Expr(_)) => Entity::Columns(1),
        });
    }
    made.iter().any(|entity| matches!(entity, Entity::Object(_))).then(|| Rc::new(made))
}

/// `select(*values)`.
pub(super) fn of_values(interp: &mut Interpreter, values: &[Value]) -> Result<Value> {
    let columns = selected_all(interp, values)?;
    let entities = entities(&[], values, &columns);
    let select = Select { joins_entities: entities.is_some(), ..Select::new(columns) };
    Ok(Value::native(QueryObject { query: select.into(), entities, yield_per: None }))
}

/// The query that a value is, if it is one.
pub(crate) fn find_query(value: &Value) -> Option<Query> {
    value.downcast::<QueryObject>().map(|object| object.query.clone())
}

/// What stands among the columns of a select.
pub(super) fn selected(interp: &mut Interpreter, value: &Value) -> Result<Selected> {
    if let Some(from) = from::find(value) {
        return Ok(Selected::From(from));
    }
    if let Some(found) = clause::find(interp, value)? {
        return Ok(Selected::Expr(found));
    }
    if let Value::Class(_) = value {
        return Ok(Selected::From(from::from(interp, value)?));
    }
    if matches!(value, Value::List(_)) {
        return Err(errors::argument(
            interp,
            "Column expression, FROM clause, or other columns clause element expected, got a list. \
             Did you mean to say select(*columns)?",
        )?);
    }
    if let Some(constant) = constant(interp, value)? {
        return Ok(Selected::Expr(constant));
    }
    let got = interp.repr(value)?;
    Err(errors::argument(
        interp,
        format!(
            "Column expression, FROM clause, or other columns clause element expected, got {got}."
        ),
    )?)
}

/// What a constant among the columns of a select stands for: a number for its own text.
fn constant(interp: &mut Interpreter, value: &Value) -> Result<Option<Expr>> {
    Ok(Some(match value {
        Value::None => expr::null(),
        Value::Bool(true) => expr::true_(),
        Value::Bool(false) => expr::false_(),
        value if value.as_int().is_some() => {
            expr::literal_column(interp.str(value)?.to_string(), SqlType::Null)
        }
        _ => return Ok(None),
    }))
}

pub(super) fn selected_all(interp: &mut Interpreter, values: &[Value]) -> Result<Vec<Selected>> {
    values.iter().map(|value| selected(interp, value)).collect()
}

/// `exists().where(…)`.
pub(super) fn narrow_exists(
    interp: &mut Interpreter,
    this: &Expr,
    more: Vec<Expr>,
) -> Result<Value> {
    let ExprKind::Unary(unary) = this.kind() else {
        return interp.raise("AttributeError", "no attribute 'where'");
    };
    let mut inner = &unary.element;
    while let ExprKind::Grouping(next) = inner.kind() {
        inner = next;
    }
    match inner.kind() {
        ExprKind::Scalar(Query::Select(select)) => {
            let select = more.into_iter().fold((**select).clone(), Select::filter);
            clause::wrap(interp, expr::exists(&select.into()))
        }
        _ => Err(interp.unsupported("where() of such an EXISTS")),
    }
}

pub(super) fn query_of(interp: &mut Interpreter, value: &Value) -> Result<Query> {
    match find_query(value) {
        Some(query) => Ok(query),
        None => {
            let got = interp.repr(value)?;
            Err(errors::argument(interp, format!("SELECT construct expected, got {got}."))?)
        }
    }
}

pub(super) fn select_of(interp: &mut Interpreter, value: &Value) -> Result<Select> {
    match find_query(value) {
        Some(Query::Select(select)) => Ok(Arc::unwrap_or_clone(select)),
        _ => Err(interp.unsupported("this method of such a query")),
    }
}

impl Object for QueryObject {
    fn class(&self, interp: &Interpreter) -> Rc<Class> {
        let name = match &self.query {
            Query::Select(_) => "Select",
            Query::Compound(_) => "CompoundSelect",
            Query::Textual(_) => "TextualSelect",
        };
        registry::known(interp, name).unwrap_or_else(|| interp.class_of::<Self>())
    }

    fn attribute(
        &self,
        this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        match name {
            "selectable" => Ok(Some(this.clone())),
            "c" | "columns" | "selected_columns" | "exported_columns" => {
                let from = self.query.subquery(None);
                Ok(Some(Value::native(Columns::new(from, Vec::new()))))
            }
            _ => unknown(interp, "Select", name),
        }
    }

    fn str(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        Err(interp.unsupported("str() of a query"))
    }
}
