//! What statements select from: `table()`, aliases, joins, subqueries.

use std::rc::Rc;

use limbeck_schema::expr;
use limbeck_schema::expr::Aliased;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::ExprKind;
use limbeck_schema::expr::FromClause;
use limbeck_schema::expr::JoinKind;
use limbeck_schema::expr::Select;
use limbeck_schema::expr::SetOperator;
use limbeck_schema::expr::TableClause;
use limbeck_schema::expr::TableColumn;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::ClassHooks;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Text;
use crate::eval::Value;

use super::clause;
use super::dml;
use super::errors;
use super::keywords::flag;
use super::keywords::given;
use super::keywords::opt_text;
use super::keywords::text;
use super::names::Merged;
use super::registry;
use super::select;
use super::table::TableObject;

/// Something to select from.
#[derive(Debug)]
pub(crate) struct FromObject {
    pub(crate) from: FromClause,
}

/// Its columns: `x.c`.
#[derive(Debug)]
pub(crate) struct Columns {
    from: FromClause,
    /// The columns as they were given, by key.
    values: Vec<(String, Value)>,
    /// The keys of those that are meant, where it is not all.
    only: Option<Vec<String>>,
}

impl Columns {
    pub(crate) fn new(from: FromClause, values: Vec<(String, Value)>) -> Self {
        Self { from, values, only: None }
    }

    /// Some of the columns, in the order of these keys.
    pub(super) fn of(from: FromClause, values: Vec<(String, Value)>, only: Vec<String>) -> Self {
        Self { from, values, only: Some(only) }
    }

    fn has(&self, key: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.iter().any(|own| own == key))
    }

    fn get(&self, interp: &mut Interpreter, key: &str) -> Result<Option<Value>> {
        if !self.has(key) {
            return Ok(None);
        }
        if let Some((_, value)) = self.values.iter().find(|(known, _)| known == key) {
            return Ok(Some(value.clone()));
        }
        match self.from.get(key) {
            Some(expr) => clause::wrap(interp, expr).map(Some),
            None => Ok(None),
        }
    }

    fn all(&self, interp: &mut Interpreter) -> Result<Vec<(String, Value)>> {
        let mut made = Vec::new();
        if let Some(only) = &self.only {
            for key in only {
                if let Some(value) = self.get(interp, key)? {
                    made.push((key.clone(), value));
                }
            }
            return Ok(made);
        }
        for expr in self.from.columns() {
            let ExprKind::Column(column) = expr.kind() else { continue };
            let key = column.key.clone();
            let value = match self.values.iter().find(|(known, _)| *known == key) {
                Some((_, value)) => value.clone(),
                None => clause::wrap(interp, expr.clone())?,
            };
            made.push((key, value));
        }
        Ok(made)
    }
}

/// A from clause as a value.
pub(crate) fn wrap(from: FromClause) -> Value {
    Value::native(FromObject { from })
}

/// The from clause that a value is, if it is one.
pub(crate) fn find(value: &Value) -> Option<FromClause> {
    if let Some(object) = value.downcast::<FromObject>() {
        return Some(object.from.clone());
    }
    if let Some(table) = value.downcast::<TableObject>() {
        return Some(table.from.borrow().clone());
    }
    if let Some(alias) = value.downcast::<super::orm::Aliased>() {
        return Some(alias.from.clone());
    }
    None
}

/// The from clause that a value is.
pub(crate) fn from(interp: &mut Interpreter, value: &Value) -> Result<FromClause> {
    if let Some(from) = find(value) {
        return Ok(from);
    }
    if let Some(query) = select::find_query(value) {
        return Ok(query.subquery(None));
    }
    if let Value::Class(_) | Value::Instance(_) = value
        && let Some(table) = interp.find_attribute(value, "__table__")?
    {
        return from(interp, &table);
    }
    let got = interp.repr(value)?;
    Err(errors::argument(
        interp,
        format!("FROM expression, such as a Table or alias() object expected, got {got}."),
    )?)
}

/// The class of what can be selected from: functions are among it, which are expressions as well.
struct FromClauses;

impl ClassHooks for FromClauses {
    fn created(&self, _: &mut Interpreter, _: &Rc<Class>, _: Vec<(Text, Value)>) -> Result<()> {
        Ok(())
    }

    fn is_instance(
        &self,
        _: &mut Interpreter,
        class: &Rc<Class>,
        value: &Value,
    ) -> Result<Option<bool>> {
        let is_function = value
            .downcast::<clause::Clause>()
            .is_some_and(|clause| matches!(clause.expr.kind(), ExprKind::Function(_)));
        Ok((is_function && class.name == "FromClause").then_some(true))
    }

    fn may_be(
        &self,
        interp: &mut Interpreter,
        class: &Rc<Class>,
        wanted: &Rc<Class>,
    ) -> Result<bool> {
        Merged.may_be(interp, class, wanted)
    }
}

/// Makes the classes and functions.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let builder = ClassBuilder::new("FromClause", "sqlalchemy.sql.selectable");
    let builder = match registry::value(home, "ClauseElement") {
        Some(Value::Class(base)) => builder.base(&base),
        _ => builder,
    };
    let class = with_methods(builder).hooks(Rc::new(FromClauses)).finish(interp);
    interp.register_class::<FromObject>(Rc::clone(&class));
    for name in ["TableClause", "Join", "Alias", "Subquery", "CTE", "Lateral", "Values"] {
        let kind = ClassBuilder::new(name, "sqlalchemy.sql.selectable").base(&class);
        let kind = kind.finish(interp);
        home.set(name, Value::Class(kind));
    }
    home.set("FromClause", Value::Class(class));
    let class = ClassBuilder::new("ColumnCollection", "sqlalchemy.sql.base")
        .method("keys", |interp, args| columns(interp, args, |key, _| Value::from(key)))
        .method("values", |interp, args| columns(interp, args, |_, value| value))
        .method("items", |interp, args| {
            columns(interp, args, |key, value| Value::tuple(vec![Value::from(key), value]))
        })
        .method("get", |interp, args| {
            let [this, key, default] = args.method_up_to(interp, "get", 2)?;
            let key = key.and_then(|key| key.as_text());
            match (this.and_then(|this| this.downcast::<Columns>()), key) {
                (Some(columns), Some(key)) => {
                    Ok(columns.get(interp, &key)?.or(default).unwrap_or_default())
                }
                _ => Ok(default.unwrap_or_default()),
            }
        })
        .finish(interp);
    interp.register_class::<Columns>(class);
    home.function("table", table);
    home.function("join", |interp, args| join(interp, args, false));
    home.function("outerjoin", |interp, args| join(interp, args, true));
    home.function("alias", |interp, args| {
        let signature = Signature::new("alias", ["selectable", "name", "flat"], 1);
        let Bound { values: [of, name, _], .. } = args.bind(interp, &signature)?;
        let of = from(interp, &of.unwrap_or_default())?;
        let name = opt_text(interp, name, "name")?;
        Ok(wrap(of.alias(name.as_deref())))
    });
}

fn columns(
    interp: &mut Interpreter,
    args: Args,
    make: fn(String, Value) -> Value,
) -> Result<Value> {
    let [this] = args.exactly(interp, "ColumnCollection.columns")?;
    let Some(columns) = this.downcast::<Columns>() else { return Ok(Value::None) };
    let all = columns.all(interp)?;
    Ok(Value::list(all.into_iter().map(|(key, value)| make(key, value)).collect()))
}

/// `table(name, *columns, schema=…)`.
fn table(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let signature =
        Signature { keyword_only: 1, star: true, ..Signature::new("table", ["name", "schema"], 1) };
    let Bound { values: [name, schema], star, .. } = args.bind(interp, &signature)?;
    let name = text(interp, &name.unwrap_or_default(), "the name of a table")?;
    let mut columns = Vec::new();
    for column in &star {
        let expr = clause::expression(interp, column)?;
        let ExprKind::Column(made) = expr.kind() else {
            return Err(errors::argument(interp, "column() object expected")?);
        };
        let name = made.name.as_str().unwrap_or(&made.key);
        columns.push(TableColumn {
            key: made.key.clone(),
            ..TableColumn::new(name, made.sql_type.clone())
        });
    }
    let schema = opt_text(interp, schema, "schema")?;
    Ok(wrap(FromClause::table(TableClause { name, schema, columns })))
}

/// The methods of what can be selected from.
pub(super) fn with_methods(builder: ClassBuilder) -> ClassBuilder {
    builder
        .method("select", |interp, args| {
            let [this] = args.exactly(interp, "FromClause.select")?;
            let from = from(interp, &this)?;
            Ok(select::wrap(Select::new([from]).into()))
        })
        .method("insert", dml::insert)
        .method("update", dml::update)
        .method("delete", dml::delete)
        .method("alias", |interp, args| {
            let signature = Signature::new("alias", ["self", "name", "flat"], 1);
            let Bound { values: [this, name, _], .. } = args.bind(interp, &signature)?;
            let this = from(interp, &this.unwrap_or_default())?;
            let name = opt_text(interp, name, "name")?;
            Ok(wrap(this.alias(name.as_deref())))
        })
        .method("join", |interp, args| join(interp, args, false))
        .method("outerjoin", |interp, args| join(interp, args, true))
        .method("union", |interp, args| cte_union(interp, args, SetOperator::Union))
        .method("union_all", |interp, args| cte_union(interp, args, SetOperator::UnionAll))
}

/// `cte.union_all(query, …)`: how a recursive one goes on.
fn cte_union(interp: &mut Interpreter, args: Args, operator: SetOperator) -> Result<Value> {
    let mut values = args.positional.into_iter();
    let this = from(interp, &values.next().unwrap_or_default())?;
    let mut queries = Vec::new();
    for value in values {
        queries.push(select::query_of(interp, &value)?);
    }
    match this.cte_union(operator, queries) {
        Ok(extended) => Ok(wrap(extended)),
        Err(error) => Err(errors::compile(interp, &error)?),
    }
}

/// What `join()` (or `outerjoin()`, where it is `outer`) makes with these `isouter` and `full`.
pub(super) fn join_kind(
    interp: &mut Interpreter,
    outer: bool,
    is_outer: Option<Value>,
    full: Option<Value>,
) -> Result<JoinKind> {
    Ok(if flag(interp, full)? {
        JoinKind::FullOuter
    } else if outer || flag(interp, is_outer)? {
        JoinKind::LeftOuter
    } else {
        JoinKind::Inner
    })
}

fn join(interp: &mut Interpreter, args: Args, outer: bool) -> Result<Value> {
    let names = ["left", "right", "onclause", "isouter", "full"];
    let Bound { values: [left, right, on, is_outer, full], .. } =
        args.bind(interp, &Signature::new("join", names, 2))?;
    let left = from(interp, &left.unwrap_or_default())?;
    let right = from(interp, &right.unwrap_or_default())?;
    let kind = join_kind(interp, outer, is_outer, full)?;
    let on = match given(on) {
        Some(on) => clause::condition(interp, &on)?,
        None => {
            let condition = left.condition_to(&right);
            errors::compiled(interp, condition)?
        }
    };
    Ok(wrap(left.join_as(&right, &on, kind)))
}

/// Attributes that everything to select from has.
pub(super) fn attribute(
    interp: &mut Interpreter,
    from: &FromClause,
    name: &str,
) -> Result<Option<Value>> {
    Ok(match (name, from) {
        ("c" | "columns" | "exported_columns", _) => {
            Some(Value::native(Columns::new(from.clone(), Vec::new())))
        }
        ("name" | "key", FromClause::Table(table)) => Some(Value::str(table.name.as_str())),
        ("name", _) => from.name().map(|name| name.as_str().map_or(Value::None, Value::str)),
        ("schema", FromClause::Table(table)) => {
            Some(table.schema.as_deref().map_or(Value::None, Value::str))
        }
        ("fullname", FromClause::Table(table)) => Some(Value::from(match &table.schema {
            Some(schema) => format!("{schema}.{}", table.name),
            None => table.name.clone(),
        })),
        _ if name.starts_with("__") => None,
        _ => return Err(interp.unsupported(format!("FromClause.{name}"))),
    })
}

impl FromObject {
    /// The name of its class.
    fn class_name(&self) -> &'static str {
        match &self.from {
            FromClause::Table(_) => "TableClause",
            FromClause::Join(_) => "Join",
            FromClause::Cte(_) => "CTE",
            FromClause::Values(_) => "Values",
            FromClause::Alias(alias) if alias.sample.is_some() => "FromClause",
            FromClause::Alias(alias) if alias.lateral => "Lateral",
            FromClause::Alias(alias) => match &alias.element {
                Aliased::Query(_) => "Subquery",
                Aliased::From(FromClause::Table(_)) => "Alias",
                _ => "FromClause",
            },
            _ => "FromClause",
        }
    }
}

impl Object for FromObject {
    fn class(&self, interp: &Interpreter) -> Rc<Class> {
        let name = self.class_name();
        registry::known(interp, name).unwrap_or_else(|| interp.class_of::<Self>())
    }

    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        attribute(interp, &self.from, name)
    }

    fn str(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        Err(interp.unsupported("str() of something to select from"))
    }
}

impl Object for Columns {
    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        match self.get(interp, name)? {
            Some(value) => Ok(Some(value)),
            None if name.starts_with("__") => Ok(None),
            None => interp.raise("AttributeError", name),
        }
    }

    fn item(&self, _this: &Value, key: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        if let Some(index) = key.as_int() {
            let all = self.all(interp)?;
            let at = usize::try_from(index).ok().and_then(|at| all.get(at));
            return match at {
                Some((_, value)) => Ok(Some(value.clone())),
                None => interp.raise("IndexError", "tuple index out of range"),
            };
        }
        let Some(name) = key.as_text() else { return Ok(None) };
        match self.get(interp, &name)? {
            Some(value) => Ok(Some(value)),
            None => {
                let error = interp.raised_builtin("KeyError", vec![Value::Str(name)]);
                Err(error)
            }
        }
    }

    fn iterate(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        let all = self.all(interp)?;
        Ok(Some(Value::list(all.into_iter().map(|(_, value)| value).collect())))
    }

    fn len(&self, _this: &Value, _: &mut Interpreter) -> Result<Option<usize>> {
        Ok(Some(match &self.only {
            Some(only) => only.len(),
            None => self.from.columns().len(),
        }))
    }

    fn contains(&self, _this: &Value, value: &Value, _: &mut Interpreter) -> Result<Option<bool>> {
        Ok(value.as_text().map(|key| self.has(&key) && self.from.get(&key).is_some()))
    }
}

/// A name that stands for a column in text, as `order_by("name")` has it.
pub(crate) fn label(name: String) -> Expr {
    expr::label_reference(name)
}
