//! `Session`, `sessionmaker` and `scoped_session`.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::rc::Weak;

use limbeck_schema::expr::Expr;
use limbeck_schema::expr::ExprKind;
use limbeck_schema::expr::FromClause;
use limbeck_schema::expr::Query;
use limbeck_schema::expr::Select;
use limbeck_schema::expr::Selected;
use limbeck_schema::expr::Statement;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::ClassBuilder;
use crate::eval::Instance;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;

use super::super::connection;
use super::super::dml;
use super::super::dml::DmlObject;
use super::super::errors;
use super::super::migration;
use super::super::migration::SqlalchemyVersion;
use super::super::select;
use super::super::table::TableObject;
use super::super::transaction;
use super::bulk;
use super::flush;
use super::load;
use super::mapper;
use super::mapper::Life;
use super::mapper::Mapper;
use super::query;

/// What a session knows.
#[derive(Debug)]
pub(in super::super) struct SessionData {
    /// Rows by their mapper and key. Objects live as long as the code holds them.
    identity: RefCell<BTreeMap<(usize, String), Weak<Instance>>>,
    /// Objects that are to be put in, in the order in which they came.
    pub(super) new: RefCell<Vec<Value>>,
    /// Rows with changes.
    pub(super) modified: RefCell<Vec<Value>>,
    /// Rows that are to be deleted.
    pub(super) deleted: RefCell<Vec<Value>>,
    pub(super) autoflush: Cell<bool>,
    expire_on_commit: Cell<bool>,
    /// Whether leaving `with` commits: `sessionmaker().begin()`.
    commits: Cell<bool>,
}

impl SessionData {
    fn address(mapper: &Rc<Mapper>) -> usize {
        Rc::as_ptr(mapper) as usize
    }

    pub(super) fn find(&self, mapper: &Rc<Mapper>, key: &str) -> Option<Value> {
        let identity = self.identity.borrow();
        let found = identity.get(&(Self::address(mapper), key.to_owned()))?.upgrade()?;
        Some(Value::Instance(found))
    }

    pub(super) fn remember(&self, mapper: &Rc<Mapper>, key: String, object: &Rc<Instance>) {
        let key = (Self::address(mapper), key);
        self.identity.borrow_mut().insert(key, Rc::downgrade(object));
    }

    pub(super) fn forget(&self, mapper: &Rc<Mapper>, key: &str) {
        self.identity.borrow_mut().remove(&(Self::address(mapper), key.to_owned()));
    }

    /// The rows that the code still holds.
    pub(super) fn rows(&self) -> Vec<Value> {
        let identity = self.identity.borrow();
        identity.values().filter_map(Weak::upgrade).map(Value::Instance).collect()
    }

    /// Holds a row that was changed until it is flushed.
    pub(super) fn note_modified(&self, object: &Value) {
        let mut modified = self.modified.borrow_mut();
        if !modified.iter().any(|known| known.is(object)) {
            modified.push(object.clone());
        }
    }

    fn has_pending(&self) -> bool {
        [&self.new, &self.modified, &self.deleted].iter().any(|list| !list.borrow().is_empty())
    }

    /// Whether it makes no difference to a query of columns, beside the order of statements, that
    /// what is pending is flushed: it reads none of its tables, or reads them as the mapped classes
    /// have them. (Columns of a class and of its `__table__` are the same here.)
    fn may_flush_before(&self, query: &Query) -> bool {
        let mut tables = Vec::new();
        tables_of(query, &mut tables);
        let pending = [&self.new, &self.modified, &self.deleted];
        let pending: Vec<FromClause> = pending
            .iter()
            .flat_map(|list| list.borrow().clone())
            .filter_map(|object| mapper::state(&object)?.1.mapper.from())
            .collect();
        let name = |from: &FromClause| match from {
            FromClause::Table(table) => Some(table.name.clone()),
            _ => None,
        };
        tables.iter().all(|table| {
            pending.iter().any(|own| own.is_same(table))
                || pending.iter().all(|own| name(own) != name(table))
        })
    }

    fn drop_pending(&self) {
        let (new, modified, deleted) = (self.new.take(), self.modified.take(), self.deleted.take());
        for object in new {
            if let Some((_, state)) = mapper::state(&object) {
                state.life.set(Life::Transient);
            }
        }
        drop((modified, deleted));
    }

    /// Forgets all that was read: attributes are read again when they are asked for.
    fn expire_all(&self) {
        for object in self.rows() {
            load::expire(&object, None);
        }
    }
}

/// The tables that a query names outside of its subqueries.
fn tables_of(query: &Query, tables: &mut Vec<FromClause>) {
    match query {
        Query::Select(select) => {
            for selected in &select.columns {
                match selected {
                    Selected::From(from) => tables.push(from.clone()),
                    Selected::Expr(expr) => {
                        if let ExprKind::Column(column) = expr.kind() {
                            tables.extend(column.table.clone());
                        }
                    }
                }
            }
            tables.extend(select.from.iter().cloned());
            tables.extend(select.joins.iter().map(|join| join.right.clone()));
        }
        Query::Compound(compound) => {
            for part in &compound.queries {
                tables_of(part, tables);
            }
        }
        Query::Textual(_) => {}
    }
}

/// A `Session` on the connection of the migration.
#[derive(Debug)]
pub(in super::super) struct SessionObject {
    pub(super) data: Rc<SessionData>,
}

impl Object for SessionObject {
    fn attribute(
        &self,
        this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        Ok(Some(match name {
            "bind" => connection::bind_value(interp)?,
            "no_autoflush" => Value::native(NoAutoflush(Rc::clone(&self.data))),
            "autoflush" => Value::Bool(self.data.autoflush.get()),
            "is_active" => Value::Bool(true),
            "new" => Value::list(self.data.new.borrow().clone()),
            "dirty" => Value::list(self.data.modified.borrow().clone()),
            "deleted" => Value::list(self.data.deleted.borrow().clone()),
            "registry" => this.clone(),
            _ if name.starts_with("__") => return Ok(None),
            _ => return Err(interp.unsupported(format!("Session.{name}"))),
        }))
    }

    fn call(&self, this: &Value, _: &mut Interpreter, _: Args) -> Result<Value> {
        // A `scoped_session` gives its session when it is called.
        Ok(this.clone())
    }

    fn contains(&self, _: &Value, value: &Value, _: &mut Interpreter) -> Result<Option<bool>> {
        Ok(Some(mapper::state(value).is_some_and(|(_, state)| {
            state.session.borrow().upgrade().is_some_and(|data| Rc::ptr_eq(&data, &self.data))
        })))
    }

    fn is_context_manager(&self) -> bool {
        true
    }

    fn exit(
        &self,
        _this: &Value,
        exception: Option<&Value>,
        interp: &mut Interpreter,
    ) -> Result<bool> {
        if self.data.commits.get() {
            if exception.is_none() {
                commit(interp, &self.data)?;
            } else {
                rollback(interp, &self.data)?;
            }
        }
        self.data.drop_pending();
        Ok(false)
    }
}

/// `session.no_autoflush`.
#[derive(Debug)]
struct NoAutoflush(Rc<SessionData>);

impl Object for NoAutoflush {
    fn is_context_manager(&self) -> bool {
        true
    }

    fn enter(&self, this: &Value, _: &mut Interpreter) -> Result<Value> {
        self.0.autoflush.set(false);
        Ok(this.clone())
    }

    fn exit(&self, _: &Value, _: Option<&Value>, _: &mut Interpreter) -> Result<bool> {
        self.0.autoflush.set(true);
        Ok(false)
    }
}

/// `session.begin()`, `session.begin_nested()`.
#[derive(Debug)]
struct SessionTransaction {
    data: Rc<SessionData>,
    /// The savepoint.
    nested: Option<Value>,
}

impl SessionTransaction {
    fn end(&self, interp: &mut Interpreter, keep: bool) -> Result<()> {
        if keep {
            flush::flush(interp, &self.data)?;
        } else {
            self.data.drop_pending();
            self.data.expire_all();
        }
        match &self.nested {
            Some(savepoint) => {
                let name = if keep { "commit" } else { "rollback" };
                interp.call_method(savepoint, name, Args::none()).map(drop)
            }
            None if keep => commit(interp, &self.data).map(drop),
            None => rollback(interp, &self.data).map(drop),
        }
    }
}

impl Object for SessionTransaction {
    fn is_context_manager(&self) -> bool {
        true
    }

    fn exit(&self, _: &Value, exception: Option<&Value>, interp: &mut Interpreter) -> Result<bool> {
        self.end(interp, exception.is_none())?;
        Ok(false)
    }
}

/// What `sessionmaker(…)` gives.
#[derive(Debug)]
struct Maker(Args);

impl Object for Maker {
    fn call(&self, _: &Value, interp: &mut Interpreter, args: Args) -> Result<Value> {
        let mut made = self.0.clone();
        made.keywords.retain(|(key, _)| !args.keywords.iter().any(|(other, _)| other == key));
        made.keywords.extend(args.keywords);
        session(interp, &made)
    }
}

/// A session that is known already, as a value.
pub(super) fn of_data(data: &Rc<SessionData>) -> Value {
    Value::native(SessionObject { data: Rc::clone(data) })
}

/// The session of a method's object.
pub(super) fn data_of(interp: &mut Interpreter, this: &Value) -> Result<Rc<SessionData>> {
    match this.downcast::<SessionObject>() {
        Some(session) => Ok(Rc::clone(&session.data)),
        None => Err(interp.unsupported("a session of another kind")),
    }
}

fn split(interp: &mut Interpreter, args: Args) -> Result<(Rc<SessionData>, Args)> {
    let mut args = args;
    let this = args.take_self().unwrap_or_default();
    Ok((data_of(interp, &this)?, args))
}

/// A method with one argument.
fn with_one(
    run: fn(&mut Interpreter, &Rc<SessionData>, &Value) -> Result<()>,
) -> impl Fn(&mut Interpreter, Args) -> Result<Value> {
    move |interp, mut args| {
        args.keywords.clear();
        let [this, object] = args.exactly(interp, "Session.method")?;
        let data = data_of(interp, &this)?;
        run(interp, &data, &object)?;
        Ok(Value::None)
    }
}

/// Makes the classes.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let class = ClassBuilder::new("Session", "sqlalchemy.orm.session")
        .constructor(|interp, _, args| session(interp, &args))
        .method("execute", execute)
        .method("scalar", |interp, args| {
            let result = execute(interp, args)?;
            if result.is_none() {
                return Ok(Value::None);
            }
            interp.call_method(&result, "scalar", Args::none())
        })
        .method("scalars", |interp, args| {
            let result = execute(interp, args)?;
            interp.call_method(&result, "scalars", Args::none())
        })
        .method("query", |interp, args| {
            let (data, args) = split(interp, args)?;
            query::new(interp, data, &args.positional)
        })
        .method("get", |interp, args| {
            let names = ["self", "entity", "ident", "options", "populate_existing"];
            let Bound { values: [this, entity, ident, _, again], .. } =
                args.bind(interp, &Signature::new("get", names, 3))?;
            if again.is_some() {
                return Err(interp.unsupported("get(populate_existing=…)"));
            }
            let data = data_of(interp, &this.unwrap_or_default())?;
            load::get(interp, &data, &entity.unwrap_or_default(), &ident.unwrap_or_default())
        })
        .method("add", with_one(flush::add))
        .method(
            "add_all",
            with_one(|interp, data, objects| {
                for object in interp.items(objects)? {
                    flush::add(interp, data, &object)?;
                }
                Ok(())
            }),
        )
        .method("delete", with_one(flush::delete))
        .method("expunge", with_one(flush::expunge))
        .method("merge", |interp, args| {
            let (data, mut args) = split(interp, args)?;
            args.keywords.clear();
            let [object] = args.exactly(interp, "merge")?;
            flush::merge(interp, &data, &object)
        })
        .method("refresh", |interp, args| {
            let (data, args) = split(interp, args)?;
            flush::autoflush(interp, &data)?;
            for object in args.positional.iter().take(1) {
                load::expire(object, None);
                load::refresh_missing(interp, object)?;
            }
            Ok(Value::None)
        })
        .method("expire", |_, args| {
            if let Some(object) = args.positional.get(1) {
                load::expire(object, None);
            }
            Ok(Value::None)
        })
        .method("expire_all", |interp, args| {
            let (data, _) = split(interp, args)?;
            data.expire_all();
            Ok(Value::None)
        })
        .method("expunge_all", |interp, args| {
            let (data, _) = split(interp, args)?;
            data.drop_pending();
            data.identity.borrow_mut().clear();
            Ok(Value::None)
        })
        .method("bulk_insert_mappings", |interp, args| {
            let (data, args) = split(interp, args)?;
            bulk::insert_mappings(interp, &data, &args)
        })
        .method("bulk_update_mappings", |interp, args| {
            let (data, args) = split(interp, args)?;
            bulk::update_mappings(interp, &data, &args)
        })
        .method("bulk_save_objects", |interp, args| {
            let (data, args) = split(interp, args)?;
            bulk::save_objects(interp, &data, &args)
        })
        .method("connection", |interp, _| connection::bind_value(interp))
        .method("get_bind", |interp, _| connection::bind_value(interp))
        .method("in_transaction", |_, _| Ok(Value::Bool(true)))
        .method("flush", |interp, args| {
            let (data, _) = split(interp, args)?;
            flush::flush(interp, &data)?;
            Ok(Value::None)
        })
        .method("begin", |interp, args| {
            let (data, _) = split(interp, args)?;
            Ok(Value::native(SessionTransaction { data, nested: None }))
        })
        .method("begin_nested", |interp, args| {
            let (data, _) = split(interp, args)?;
            flush::flush(interp, &data)?;
            let bind = connection::bind_value(interp)?;
            let nested = Some(interp.call_method(&bind, "begin_nested", Args::none())?);
            Ok(Value::native(SessionTransaction { data, nested }))
        })
        .method("close", close)
        .method("remove", close)
        .method("commit", |interp, args| {
            let (data, _) = split(interp, args)?;
            commit(interp, &data)
        })
        .method("rollback", |interp, args| {
            let (data, _) = split(interp, args)?;
            rollback(interp, &data)
        })
        .finish(interp);
    interp.register_class::<SessionObject>(Rc::clone(&class));
    home.set("orm.Session", Value::Class(class));
    let class = ClassBuilder::new("SessionTransaction", "sqlalchemy.orm.session")
        .method("commit", |interp, mut args| end_transaction(interp, &mut args, true))
        .method("rollback", |interp, mut args| end_transaction(interp, &mut args, false))
        .finish(interp);
    interp.register_class::<SessionTransaction>(class);
    let class = ClassBuilder::new("sessionmaker", "sqlalchemy.orm.session")
        .constructor(|interp, _, mut args| {
            args.keywords.retain(|(key, _)| *key != "class_");
            interp.load_module(super::super::registry::HOME)?;
            Ok(Value::native(Maker(args)))
        })
        .method("configure", |_, _| Ok(Value::None))
        .method("begin", |interp, mut args| {
            let this = args.take_self().unwrap_or_default();
            let made = interp.call(&this, Args::none())?;
            if let Some(session) = made.downcast::<SessionObject>() {
                session.data.commits.set(true);
            }
            Ok(made)
        })
        .finish(interp);
    interp.register_class::<Maker>(Rc::clone(&class));
    home.set("orm.sessionmaker", Value::Class(class));
    home.function("orm.scoped_session", |interp, args| {
        let Args { positional, .. } = args;
        let factory = positional.first().cloned().unwrap_or_default();
        interp.call(&factory, Args::none())
    });
}

fn end_transaction(interp: &mut Interpreter, args: &mut Args, keep: bool) -> Result<Value> {
    let this = args.take_self().and_then(|this| this.downcast::<SessionTransaction>());
    if let Some(transaction) = this {
        transaction.end(interp, keep)?;
    }
    Ok(Value::None)
}

fn close(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (data, _) = split(interp, args)?;
    data.drop_pending();
    data.identity.borrow_mut().clear();
    Ok(Value::None)
}

fn session(interp: &mut Interpreter, args: &Args) -> Result<Value> {
    interp.load_module(super::super::registry::HOME)?;
    migration::current(interp)?;
    let mut option = |name: &str| -> Result<bool> {
        let found = args.keywords.iter().find(|(key, _)| *key == name).map(|(_, v)| v.clone());
        found.map_or(Ok(true), |value| interp.truth(&value))
    };
    let (autoflush, expire) = (option("autoflush")?, option("expire_on_commit")?);
    let data = SessionData {
        identity: RefCell::default(),
        new: RefCell::default(),
        modified: RefCell::default(),
        deleted: RefCell::default(),
        autoflush: Cell::new(autoflush),
        expire_on_commit: Cell::new(expire),
        commits: Cell::new(false),
    };
    Ok(Value::native(SessionObject { data: Rc::new(data) }))
}

/// `session.execute(statement, parameters)`.
fn execute(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let this = args.positional.first().cloned().unwrap_or_default();
    let data = data_of(interp, &this)?;
    let mut args = args;
    let mut statement = match args.positional.get(1).cloned() {
        Some(statement) => statement,
        None => args.take_keyword("statement").unwrap_or_default(),
    };
    if let Some(query) = query::select_of(&statement) {
        statement = query;
    }
    match args.positional.get_mut(1) {
        Some(given) => *given = statement.clone(),
        None => args.positional.push(statement.clone()),
    }
    if let Some(text) = statement.as_text() {
        if migration::current(interp)?.sqlalchemy != SqlalchemyVersion::V14 {
            return Err(errors::argument(
                interp,
                format!(
                    "Textual SQL expression '{text}' should be explicitly declared as \
                     text('{text}')"
                ),
            )?);
        }
        let made = limbeck_schema::expr::text(text.to_string());
        args.positional[1] = super::super::wrap_expression(interp, made)?;
    }
    before(interp, &data, &statement)?;
    let mut told = None;
    if let Some((_, Value::Dict(options))) =
        args.keywords.iter().find(|(key, _)| *key == "execution_options")
    {
        let options = options.entries().into_iter();
        let options: Vec<_> =
            options.filter_map(|(key, value)| Some((key.as_text()?, value))).collect();
        told = dml::synchronizes(interp, &options)?;
    }
    for name in ["bind_arguments", "params", "mapper"] {
        let value = args.take_keyword(name);
        if let ("params", Some(value)) = (name, value) {
            args.positional.push(value);
        }
    }
    if let Some(entities) = select::entities_of(&statement) {
        if args.positional.get(2).is_some_and(|given| !given.is_none()) {
            return Err(interp.unsupported("parameters of a query of mapped classes"));
        }
        return load::execute(interp, &data, &statement, &entities);
    }
    let made = statement.downcast::<DmlObject>();
    if let (Some(made), Some(Value::List(rows))) = (&made, args.positional.get(2))
        && let Some(mapper) = made.mapper.clone()
    {
        refuse_rows(interp, made, &mapper, told.unwrap_or(made.synchronizes), rows.is_empty())?;
    }
    let made = made.filter(|made| told.unwrap_or(made.synchronizes));
    let touched = match &made {
        Some(made) => touched_by(interp, &data, made)?,
        None => Vec::new(),
    };
    super::connect(interp)?;
    let result = connection::execute(interp, args)?;
    if let Some(made) = made {
        let are_deleted = matches!(made.statement, Statement::Delete(_));
        synchronize(interp, &data, &touched, are_deleted)?;
    }
    Ok(result)
}

/// A list of rows makes an UPDATE of a mapped class one by the keys in them; SQLAlchemy knows no
/// such DELETE. (An INSERT has its rows as ever.)
fn refuse_rows(
    interp: &mut Interpreter,
    made: &DmlObject,
    mapper: &Rc<Mapper>,
    synchronizes: bool,
    is_empty: bool,
) -> Result<()> {
    let is_old = migration::current(interp)?.sqlalchemy == SqlalchemyVersion::V14;
    let message = match &made.statement {
        Statement::Update(_) | Statement::Delete(_) if is_old && is_empty => return Ok(()),
        Statement::Delete(_) if !is_old => {
            "Bulk ORM DELETE not supported right now. Statement may be invoked at the Core level \
             using session.connection().execute(stmt, parameters)"
                .to_owned()
        }
        Statement::Update(update) if !update.criteria.is_empty() && synchronizes && !is_old => {
            "bulk synchronize of persistent objects not supported when using bulk update with \
             additional WHERE criteria right now.  add synchronize_session=None execution option \
             to bypass synchronize of persistent objects."
                .to_owned()
        }
        Statement::Update(update) if is_empty && !update.values.is_empty() => {
            let table = mapper.table.downcast::<TableObject>();
            let table = table.map(|table| table.data.borrow().name.clone()).unwrap_or_default();
            let keys: Vec<String> =
                mapper.keys().map(|key| format!("{table}.{}", key.column_key)).collect();
            format!(
                "No primary key value supplied for column(s) {}; per-row ORM Bulk UPDATE by \
                 Primary Key requires that records contain primary key values",
                keys.join(", ")
            )
        }
        Statement::Update(_) | Statement::Delete(_) => {
            return Err(interp.unsupported("a list of rows for an UPDATE of a mapped class"));
        }
        _ => return Ok(()),
    };
    Err(errors::of_class(interp, "InvalidRequestError", message)?)
}

/// The objects whose rows a statement is about to change or delete. Of statements for a table they
/// learn nothing.
fn touched_by(
    interp: &mut Interpreter,
    data: &Rc<SessionData>,
    made: &DmlObject,
) -> Result<Vec<Value>> {
    match (&made.mapper, &made.statement) {
        (Some(mapper), Statement::Update(update)) => {
            touched(interp, data, mapper, &update.table, &update.criteria)
        }
        (Some(mapper), Statement::Delete(delete)) => {
            touched(interp, data, mapper, &delete.table, &delete.criteria)
        }
        _ => Ok(Vec::new()),
    }
}

/// The objects of a class that the session has and whose rows fulfil all of `criteria`.
pub(super) fn touched(
    interp: &mut Interpreter,
    data: &Rc<SessionData>,
    mapper: &Rc<Mapper>,
    from: &FromClause,
    criteria: &[Expr],
) -> Result<Vec<Value>> {
    let held: Vec<Value> = data
        .rows()
        .into_iter()
        .filter(|object| {
            mapper::state(object).is_some_and(|(_, state)| {
                Rc::ptr_eq(&state.mapper, mapper) && state.life.get() == Life::Persistent
            })
        })
        .collect();
    if held.is_empty() {
        return Ok(held);
    }
    let keys = mapper.keys().map(|column| Selected::Expr(from.c(&column.column_key)));
    let select = criteria.iter().cloned().fold(Select::new(keys), Select::filter);
    let Some(fetched) = super::statement(interp, &Query::from(select).into())? else {
        return Ok(Vec::new());
    };
    let mut keys = Vec::new();
    for row in load::values(interp, &fetched)? {
        keys.push(load::key_text(interp, &row)?);
    }
    let mut made = Vec::new();
    for object in held {
        let (_, state) = mapper::state_of(interp, &object)?;
        let identity = state.identity.borrow().clone();
        if keys.contains(&load::key_text(interp, &identity)?) {
            made.push(object);
        }
    }
    Ok(made)
}

/// Lets objects know that their rows were changed or deleted.
pub(super) fn synchronize(
    interp: &mut Interpreter,
    data: &Rc<SessionData>,
    touched: &[Value],
    are_deleted: bool,
) -> Result<()> {
    for object in touched {
        let (_, state) = mapper::state_of(interp, object)?;
        if are_deleted {
            flush::expunge(interp, data, object)?;
            state.life.set(Life::Deleted);
            continue;
        }
        // What the code has changed and not flushed stays as it is.
        let changed: Vec<String> =
            state.changed.borrow().iter().map(|(key, _)| key.clone()).collect();
        let keys = state.mapper.columns.iter().map(|column| column.key.clone());
        let keys: Vec<String> = keys.filter(|key| !changed.contains(key)).collect();
        load::expire(object, Some(&keys));
    }
    Ok(())
}

/// Flushes before a statement, where SQLAlchemy does.
///
/// Before statements on mapped classes all versions do; before others 2.1 does and earlier ones do
/// not, which makes a difference where there is something to flush.
fn before(interp: &mut Interpreter, data: &Rc<SessionData>, statement: &Value) -> Result<()> {
    if !data.autoflush.get() || !data.has_pending() {
        return Ok(());
    }
    let is_old = migration::current(interp)?.sqlalchemy == SqlalchemyVersion::V14;
    let is_mapped = match (statement.downcast::<DmlObject>(), select::find_query(statement)) {
        (Some(made), _) => {
            made.mapper.is_some() && !(is_old && matches!(made.statement, Statement::Insert(_)))
        }
        (None, Some(query)) => {
            select::entities_of(statement).is_some() || data.may_flush_before(&query)
        }
        (None, None) => false,
    };
    match (is_mapped, is_old) {
        (true, _) => flush::flush(interp, data),
        (false, true) => Ok(()),
        (false, false) => Err(interp.unsupported(
            "Session.execute() of a statement on no mapped class while changes are not flushed, \
             which SQLAlchemy 2.1 flushes and 2.0 does not,",
        )),
    }
}

fn commit(interp: &mut Interpreter, data: &Rc<SessionData>) -> Result<Value> {
    // A session on a connection that is in a transaction of its own joins it: its commit leaves
    // that transaction open, its rollback ends it.
    flush::flush(interp, data)?;
    if data.expire_on_commit.get() {
        data.expire_all();
    }
    Ok(Value::None)
}

fn rollback(interp: &mut Interpreter, data: &Rc<SessionData>) -> Result<Value> {
    data.drop_pending();
    data.expire_all();
    transaction::end(interp, false)?;
    Ok(Value::None)
}
