//! `session.query(…)`.

use std::rc::Rc;

use limbeck_schema::expr;
use limbeck_schema::expr::Delete;
use limbeck_schema::expr::FromClause;
use limbeck_schema::expr::Query;
use limbeck_schema::expr::Select;
use limbeck_schema::expr::Selected;
use limbeck_schema::expr::Statement;
use limbeck_schema::expr::Update;

use crate::eval::Args;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Slice;
use crate::eval::Value;

use super::super::clause;
use super::super::dml;
use super::super::errors;
use super::super::execution_options;
use super::super::result;
use super::super::select;
use super::execute;
use super::flush;
use super::load;
use super::load::Entity;
use super::load::Rows;
use super::mapper;
use super::session;
use super::session_data::SessionData;

/// A `Query`: a select that knows its session.
#[derive(Debug)]
struct OrmQuery {
    session: Rc<SessionData>,
    /// The select as `select()` gives it.
    select: Value,
    /// Whether a row is its only part.
    is_single: bool,
    /// Whether its objects are loaded in parts, which cannot be told apart.
    is_in_parts: bool,
}

/// `session.query(*entities)`.
pub(super) fn new(
    interp: &mut Interpreter,
    session: Rc<SessionData>,
    values: &[Value],
) -> Result<Value> {
    let mut select = select::of_values(interp, values)?;
    if let Some(Query::Select(made)) = select::find_query(&select) {
        let made = Select { joins_entities: true, ..std::sync::Arc::unwrap_or_clone(made) };
        select = select::wrap_as(&select, made.into());
    }
    let is_single = matches!(values, [one] if mapper::of_value(one).is_some()
        || one.downcast::<mapper::Aliased>().is_some());
    Ok(Value::native(OrmQuery { session, select, is_single, is_in_parts: false }))
}

fn this(interp: &mut Interpreter, args: Args) -> Result<(Rc<OrmQuery>, Args)> {
    let mut args = args;
    match args.take_self().and_then(|this| this.downcast::<OrmQuery>()) {
        Some(this) => Ok((this, args)),
        None => Err(interp.unsupported("a query of another kind")),
    }
}

impl OrmQuery {
    fn as_rows(&self, select: Value, is_single: bool) -> Value {
        let (session, is_in_parts) = (Rc::clone(&self.session), self.is_in_parts);
        Value::native(Self { session, select, is_single, is_in_parts })
    }

    fn with(&self, select: Value) -> Value {
        self.as_rows(select, self.is_single)
    }

    fn in_parts(&self, is_in_parts: bool) -> Value {
        let (session, select) = (Rc::clone(&self.session), self.select.clone());
        Value::native(Self { session, select, is_single: self.is_single, is_in_parts })
    }

    fn query(&self, interp: &mut Interpreter) -> Result<Query> {
        match select::find_query(&self.select) {
            Some(Query::Select(select)) => {
                Ok(load::named(std::sync::Arc::unwrap_or_clone(select)).into())
            }
            Some(query) => Ok(query),
            None => Err(interp.unsupported("a query of another kind")),
        }
    }

    fn plain(&self, interp: &mut Interpreter) -> Result<Select> {
        match select::find_query(&self.select) {
            Some(Query::Select(select)) => Ok(std::sync::Arc::unwrap_or_clone(select)),
            _ => Err(interp.unsupported("this method of such a query")),
        }
    }

    /// The result: objects where the query is of one class, else rows.
    fn fetch(&self, interp: &mut Interpreter) -> Result<Vec<Value>> {
        flush::autoflush(interp, &self.session)?;
        let query = self.query(interp)?;
        let entities = match select::entities_of(&self.select) {
            Some(entities) => entities.to_vec(),
            None => vec![Entity::Columns(query.subquery(None).columns().len())],
        };
        let Rows { columns, mut rows, kinds } =
            load::rows(interp, &self.session, &query, &entities)?;
        if kinds.contains(&result::Kind::Object) && !self.is_in_parts {
            rows = result::unique_rows(interp, rows, &kinds)?;
        }
        if self.is_single {
            return Ok(rows.into_iter().filter_map(|row| row.into_iter().next()).collect());
        }
        Ok(result::rows_of_values(columns, rows))
    }
}

fn all(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (this, _) = this(interp, args)?;
    Ok(Value::list(this.fetch(interp)?))
}

fn limited(interp: &mut Interpreter, this: &OrmQuery, count: i64) -> Result<Vec<Value>> {
    let select = interp.call_method(&this.select, "limit", Args::of([Value::Int(count)]))?;
    match this.with(select).downcast::<OrmQuery>() {
        Some(limited) => limited.fetch(interp),
        None => Ok(Vec::new()),
    }
}

fn first(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (this, _) = this(interp, args)?;
    Ok(limited(interp, &this, 1)?.into_iter().next().unwrap_or_default())
}

/// `one()`, `one_or_none()`.
fn one(interp: &mut Interpreter, args: Args, or_none: bool) -> Result<Value> {
    let (this, _) = this(interp, args)?;
    let mut found = this.fetch(interp)?.into_iter();
    let first = found.next();
    let more = found.next().is_some();
    match first {
        Some(_) if more => {
            let required = if or_none { "one or none was" } else { "exactly one was" };
            let message = format!("Multiple rows were found when {required} required");
            Err(errors::of_class(interp, "MultipleResultsFound", message)?)
        }
        Some(row) => Ok(row),
        None if or_none => Ok(Value::None),
        None => {
            let message = "No row was found when one was required";
            Err(errors::of_class(interp, "NoResultFound", message)?)
        }
    }
}

fn scalar(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let found = one(interp, args, true)?;
    Ok(result::first_of(&found))
}

fn count(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (this, _) = this(interp, args)?;
    flush::autoflush(interp, &this.session)?;
    let inner = this.query(interp)?.subquery(None);
    let counted = expr::func("count", [expr::literal_column("*", limbeck_schema::SqlType::Null)]);
    let mut outer = Select::new([counted]);
    outer = outer.select_from(&inner);
    let outer = Statement::Query(outer.into());
    let fetched = super::statement(interp, &this.session, &outer)?;
    let result = result::of_statement(interp, &outer, fetched)?;
    interp.call_method(&result, "scalar", Args::none())
}

/// The table and the conditions, for `update()` and `delete()`.
fn of_rows(interp: &mut Interpreter, this: &OrmQuery) -> Result<(FromClause, Select)> {
    let select = this.plain(interp)?;
    let is_plain = select.joins.is_empty()
        && select.group_by.is_empty()
        && select.having.is_empty()
        && select.order_by.is_empty()
        && !select.distinct
        && select.from.is_empty()
        && select.row_limit == expr::RowLimit::default();
    let (true, [Selected::From(from)]) = (is_plain, select.columns.as_slice()) else {
        return Err(interp.unsupported("update() or delete() of such a query"));
    };
    Ok((from.clone(), select))
}

fn synchronizes(interp: &mut Interpreter, args: &mut Args) -> Result<bool> {
    drop(args.take_keyword("update_args"));
    drop(args.take_keyword("delete_args"));
    match args.take_keyword("synchronize_session") {
        Some(value) => interp.truth(&value),
        None => Ok(true),
    }
}

/// The objects that are to learn of a statement.
fn touched(
    interp: &mut Interpreter,
    this: &OrmQuery,
    synchronizes: bool,
    from: &FromClause,
    criteria: &[expr::Expr],
) -> Result<Vec<Value>> {
    match select::entities_of(&this.select).as_deref().map(Vec::as_slice) {
        Some([Entity::Object(mapper)]) if synchronizes => {
            execute::touched(interp, &this.session, mapper, from, criteria)
        }
        _ => Ok(Vec::new()),
    }
}

fn update(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (this, mut args) = this(interp, args)?;
    flush::autoflush(interp, &this.session)?;
    let synchronizes = synchronizes(interp, &mut args)?;
    let given = match args.positional.first().cloned() {
        Some(given) => given,
        None => args.take_keyword("values").unwrap_or_default(),
    };
    let (from, select) = of_rows(interp, &this)?;
    let mut statement = Update::new(&from);
    statement.values = dml::row(interp, &given)?;
    if let Some(entities) = select::entities_of(&this.select)
        && let [Entity::Object(mapper)] = entities.as_slice()
    {
        for (target, _) in &mut statement.values {
            if let expr::AssignmentTarget::Key(key) = target
                && let Some(column) = mapper.by_key(key)
            {
                column.column_key.clone_into(key);
            }
        }
    }
    statement.criteria = select.criteria;
    let touched = touched(interp, &this, synchronizes, &from, &statement.criteria)?;
    let fetched = super::statement(interp, &this.session, &statement.into())?;
    execute::synchronize(interp, &this.session, &touched, false)?;
    Ok(fetched.map_or(Value::None, |fetched| Value::Int(fetched.set.row_count)))
}

fn delete(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (this, mut args) = this(interp, args)?;
    flush::autoflush(interp, &this.session)?;
    let synchronizes = synchronizes(interp, &mut args)?;
    let (from, select) = of_rows(interp, &this)?;
    let mut statement = Delete::new(&from);
    statement.criteria = select.criteria;
    let touched = touched(interp, &this, synchronizes, &from, &statement.criteria)?;
    let fetched = super::statement(interp, &this.session, &statement.into())?;
    execute::synchronize(interp, &this.session, &touched, true)?;
    Ok(fetched.map_or(Value::None, |fetched| Value::Int(fetched.set.row_count)))
}

fn exists(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (this, _) = this(interp, args)?;
    let mut select = this.plain(interp)?;
    for selected in &select.columns {
        if let Selected::From(from) = selected
            && select.from.is_empty()
            && select.joins.is_empty()
        {
            select.from.push(from.clone());
        }
    }
    if select.from.is_empty() && select.joins.is_empty() && select.criteria.is_empty() {
        return Err(interp.unsupported("exists() of such a query"));
    }
    select.columns = vec![Selected::Expr(expr::literal_column("1", limbeck_schema::SqlType::Null))];
    let query: Query = select.into();
    clause::wrap(interp, query.exists())
}

/// The `select()` of a query; none for other values.
pub(super) fn select_of(value: &Value) -> Option<Value> {
    Some(value.downcast::<OrmQuery>()?.select.clone())
}

/// Whether a value is a query: `inspect(query)` is the query.
pub(in super::super) fn is_query(value: &Value) -> bool {
    value.downcast::<OrmQuery>().is_some()
}

/// Methods of `select()` that a query has too.
const SAME: &[&str] = &[
    "filter",
    "where",
    "filter_by",
    "order_by",
    "group_by",
    "having",
    "distinct",
    "limit",
    "offset",
    "join",
    "outerjoin",
    "select_from",
    "with_for_update",
    "correlate",
    "add_columns",
];

/// What changes nothing here.
const NOTHING: &[&str] = &["enable_eagerloads", "enable_assertions"];

/// What gives something that is no query.
const GIVES: &[&str] =
    &["subquery", "cte", "label", "as_scalar", "scalar_subquery", "alias", "lateral"];

/// Makes the class.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let mut builder = ClassBuilder::new("Query", "sqlalchemy.orm.query")
        .method("all", all)
        .method("first", first)
        .method("one", |interp, args| one(interp, args, false))
        .method("one_or_none", |interp, args| one(interp, args, true))
        .method("scalar", scalar)
        .method("count", count)
        .method("update", update)
        .method("delete", delete)
        .method("exists", exists)
        .method("get", |interp, args| {
            let (this, args) = this(interp, args)?;
            let ident = args.positional.first().cloned().unwrap_or_default();
            let entities = select::entities_of(&this.select);
            let Some([Entity::Object(mapper)]) = entities.as_deref().map(Vec::as_slice) else {
                return Err(interp.unsupported("get() of such a query"));
            };
            let class = mapper.class.upgrade().map_or(Value::None, Value::Class);
            load::get(interp, &this.session, &class, &ident)
        })
        .method("with_entities", |interp, args| {
            let (this, args) = this(interp, args)?;
            let froms: Vec<FromClause> = match this.plain(interp)?.columns.as_slice() {
                [Selected::From(from), ..] => vec![from.clone()],
                _ => Vec::new(),
            };
            let is_bare = this.plain(interp)?.from.is_empty();
            let mut select = interp.call_method(&this.select, "with_only_columns", args.clone())?;
            if is_bare && let Some(Query::Select(plain)) = select::find_query(&select) {
                let mut plain = std::sync::Arc::unwrap_or_clone(plain);
                plain.from = froms;
                select = select::wrap_as(&select, plain.into());
            }
            let is_single =
                matches!(args.positional.as_slice(), [one] if mapper::of_value(one).is_some());
            Ok(this.as_rows(select, is_single))
        })
        .method("add_entity", |interp, args| {
            let (this, args) = this(interp, args)?;
            let select = interp.call_method(&this.select, "add_columns", args)?;
            Ok(this.as_rows(select, false))
        })
        .method("autoflush", |interp, args| {
            let (this, args) = this(interp, args)?;
            let [is_on] = args.exactly(interp, "autoflush")?;
            if !interp.truth(&is_on)? {
                return Err(interp.unsupported("Query.autoflush(False)"));
            }
            Ok(this.with(this.select.clone()))
        })
        .method("options", |interp, mut args| {
            super::check_options(interp, &args, true)?;
            Ok(args.take_self().unwrap_or_default())
        })
        .method("execution_options", |interp, args| {
            let (this, args) = this(interp, args)?;
            let found = execution_options::yield_per(interp, &args.keywords)?;
            Ok(this.in_parts(this.is_in_parts || found.is_some()))
        })
        .method("yield_per", |interp, args| {
            let (this, args) = this(interp, args)?;
            let [count] = args.exactly(interp, "yield_per")?;
            execution_options::count(interp, &count)?;
            Ok(this.in_parts(true))
        })
        .method("slice", |interp, args| {
            let (this, args) = this(interp, args)?;
            let [start, stop] = args.exactly(interp, "slice")?;
            sliced(interp, &this, start.as_int(), stop.as_int())
        });
    for name in SAME {
        builder = builder.method(name, |interp, args| {
            let (this, args) = this(interp, args)?;
            let select = interp.call_method(&this.select, name, args)?;
            let is_single = this.is_single && *name != "add_columns";
            Ok(this.as_rows(select, is_single))
        });
    }
    for name in NOTHING {
        builder = builder.method(name, |_, mut args| Ok(args.take_self().unwrap_or_default()));
    }
    for name in GIVES {
        builder = builder.method(name, |interp, args| {
            let (this, args) = this(interp, args)?;
            interp.call_method(&this.select, name, args)
        });
    }
    let class = builder.finish(interp);
    interp.register_class::<OrmQuery>(Rc::clone(&class));
    home.set("orm.Query", Value::Class(class));
}

fn sliced(
    interp: &mut Interpreter,
    this: &OrmQuery,
    start: Option<i64>,
    stop: Option<i64>,
) -> Result<Value> {
    let mut select = this.select.clone();
    let start = start.unwrap_or(0);
    if start < 0 || stop.is_some_and(|stop| stop < 0) {
        return Err(interp.unsupported("a query sliced from its end"));
    }
    if let Some(stop) = stop {
        let count = Value::Int((stop - start).max(0));
        select = interp.call_method(&select, "limit", Args::of([count]))?;
    }
    if start > 0 {
        select = interp.call_method(&select, "offset", Args::of([Value::Int(start)]))?;
    }
    Ok(this.with(select))
}

impl Object for OrmQuery {
    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        match name {
            "statement" | "selectable" => Ok(Some(self.select.clone())),
            "session" => Ok(Some(session::of_data(&self.session))),
            _ if name.starts_with("__") => Ok(None),
            _ => Err(interp.unsupported(format!("Query.{name}"))),
        }
    }

    fn iterate(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        Ok(Some(Value::list(self.fetch(interp)?)))
    }

    fn item(&self, _this: &Value, key: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        let is_slice = key.downcast::<Slice>().is_some();
        if is_slice {
            let mut bound = |name: &str| -> Result<Option<i64>> {
                Ok(interp.get_attribute(key, name)?.as_int())
            };
            let (start, stop) = (bound("start")?, bound("stop")?);
            let made = sliced(interp, self, start, stop)?;
            return match made.downcast::<OrmQuery>() {
                Some(made) => Ok(Some(Value::list(made.fetch(interp)?))),
                None => Ok(None),
            };
        }
        let Some(at) = key.as_int().filter(|at| *at >= 0) else {
            return Err(interp.unsupported("such an index of a query"));
        };
        let made = sliced(interp, self, Some(at), Some(at + 1))?;
        let found = match made.downcast::<OrmQuery>() {
            Some(made) => made.fetch(interp)?.into_iter().next(),
            None => None,
        };
        match found {
            Some(found) => Ok(Some(found)),
            None => interp.raise("IndexError", "list index out of range"),
        }
    }
}
