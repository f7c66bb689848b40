//! `Session`, `sessionmaker` and `scoped_session`.

use std::cell::Cell;
use std::cell::RefCell;
use std::rc::Rc;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;

use super::super::connection;
use super::super::errors;
use super::super::execution_options;
use super::super::migration;
use super::super::migration::SqlalchemyVersion;
use super::super::registry;
use super::super::sequence;
use super::super::transaction::JoinMode;
use super::bulk;
use super::execute::execute;
use super::flush;
use super::load;
use super::mapper;
use super::query;
use super::session_data::SessionData;
use super::session_transaction;

/// A `Session` on the connection of the migration.
#[derive(Debug)]
pub(in super::super) struct SessionObject {
    pub(super) data: Rc<SessionData>,
    /// Whether it is a `scoped_session`.
    is_scoped: bool,
}

impl Object for SessionObject {
    fn class(&self, interp: &Interpreter) -> Rc<Class> {
        let known = match self.is_scoped {
            true => registry::known(interp, "orm.ScopedSession"),
            false => None,
        };
        known.unwrap_or_else(|| interp.class_of::<Self>())
    }

    fn attribute(
        &self,
        this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        Ok(Some(match name {
            "bind" => self.data.bind.clone(),
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

    fn is_callable(&self) -> bool {
        self.is_scoped
    }

    fn call(&self, this: &Value, interp: &mut Interpreter, _: Args) -> Result<Value> {
        if !self.is_scoped {
            let class = interp.class_name(this);
            return interp.type_error(format!("'{class}' object is not callable"));
        }
        // A `scoped_session` gives its session when it is called.
        Ok(of_data(&self.data))
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
        let result = match self.data.commits.get() {
            Some(number) => {
                session_transaction::leave_block(interp, &self.data, number, exception.is_none())
            }
            None => Ok(()),
        };
        let closed = session_transaction::close(interp, &self.data);
        result.and(closed)?;
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
    Value::native(SessionObject { data: Rc::clone(data), is_scoped: false })
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
    // What sessions and scoped ones have; which of it each has, the table of names tells.
    let both = ClassBuilder::new("Session", "sqlalchemy.orm.session")
        .method("execute", execute)
        .method("scalar", |interp, args| {
            let is_sequence = args.positional.get(1).is_some_and(sequence::is_sequence);
            let result = execute(interp, args)?;
            if result.is_none() {
                return Ok(Value::None);
            }
            if is_sequence {
                return Ok(result);
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
        .method("bulk_insert_mappings", bulk::method(bulk::insert_mappings))
        .method("bulk_update_mappings", bulk::method(bulk::update_mappings))
        .method("bulk_save_objects", bulk::method(bulk::save_objects))
        .method("connection", |interp, args| {
            let (data, mut args) = split(interp, args)?;
            let options = args.take_keyword("execution_options").unwrap_or_default();
            execution_options::set_on_connection(interp, &execution_options::of_dict(&options))?;
            session_transaction::connect(interp, &data)?;
            connection::bind_value(interp)
        })
        .method("get_bind", |interp, args| {
            let (data, _) = split(interp, args)?;
            Ok(data.bind.clone())
        })
        .method("in_transaction", |interp, args| {
            let (data, _) = split(interp, args)?;
            Ok(Value::Bool(!data.levels.borrow().is_empty()))
        })
        .method("flush", |interp, args| {
            let (data, _) = split(interp, args)?;
            flush::flush(interp, &data)?;
            Ok(Value::None)
        })
        .method("begin", |interp, mut args| {
            let nested = args.keywords.iter().find(|(key, _)| *key == "nested");
            let is_nested = match nested.map(|(_, value)| value.clone()) {
                Some(value) => interp.truth(&value)?,
                None => false,
            };
            let data = args.take_self().unwrap_or_default();
            let data = data_of(interp, &data)?;
            let begin = match is_nested {
                true => session_transaction::begin_nested,
                false => session_transaction::begin,
            };
            begin(interp, &data)
        })
        .method("begin_nested", |interp, args| {
            let (data, _) = split(interp, args)?;
            session_transaction::begin_nested(interp, &data)
        })
        .method("close", close)
        .method("remove", close)
        .method("commit", |interp, args| {
            let (data, _) = split(interp, args)?;
            session_transaction::commit_all(interp, &data).map(|()| Value::None)
        })
        .method("rollback", |interp, args| {
            let (data, _) = split(interp, args)?;
            session_transaction::roll_back_all(interp, &data).map(|()| Value::None)
        })
        .finish(interp);
    let class = ClassBuilder::new("Session", "sqlalchemy.orm.session")
        .base(&both)
        .constructor(|interp, _, args| session(interp, &args))
        .finish(interp);
    interp.register_class::<SessionObject>(Rc::clone(&class));
    home.set("orm.Session", Value::Class(class));
    let class = ClassBuilder::new("scoped_session", "sqlalchemy.orm.scoping");
    home.set("orm.ScopedSession", Value::Class(class.base(&both).finish(interp)));
    session_transaction::install(interp);
    let class = ClassBuilder::new("sessionmaker", "sqlalchemy.orm.session")
        .constructor(|interp, _, mut args| {
            args.keywords.retain(|(key, _)| *key != "class_");
            interp.load_module(registry::HOME)?;
            Ok(Value::native(Maker(args)))
        })
        // There is one connection, whatever they are bound to.
        .method("configure", |interp, args| {
            match args.keywords.iter().all(|(key, _)| *key == "bind") {
                true => Ok(Value::None),
                false => Err(interp.unsupported("sessionmaker.configure()")),
            }
        })
        .method("begin", |interp, mut args| {
            let this = args.take_self().unwrap_or_default();
            let made = interp.call(&this, Args::none())?;
            if let Some(session) = made.downcast::<SessionObject>() {
                session.data.commits.set(Some(session_transaction::push_first(&session.data)));
            }
            Ok(made)
        })
        .finish(interp);
    interp.register_class::<Maker>(Rc::clone(&class));
    home.set("orm.sessionmaker", Value::Class(class));
    home.function("orm.scoped_session", |interp, args| {
        let Args { positional, .. } = args;
        let factory = positional.first().cloned().unwrap_or_default();
        let made = interp.call(&factory, Args::none())?;
        let data = data_of(interp, &made)?;
        Ok(Value::native(SessionObject { data, is_scoped: true }))
    });
}

fn close(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (data, _) = split(interp, args)?;
    data.identity.borrow_mut().clear();
    session_transaction::close(interp, &data)?;
    Ok(Value::None)
}

fn session(interp: &mut Interpreter, args: &Args) -> Result<Value> {
    interp.load_module(registry::HOME)?;
    migration::current(interp)?;
    let mut option = |name: &str| -> Result<bool> {
        let found = args.keywords.iter().find(|(key, _)| *key == name).map(|(_, v)| v.clone());
        found.map_or(Ok(true), |value| interp.truth(&value))
    };
    let (autoflush, expire) = (option("autoflush")?, option("expire_on_commit")?);
    let mode = join_mode(interp, args)?;
    let bind = args.keywords.iter().find(|(key, _)| *key == "bind").map(|(_, value)| value);
    let bind = bind.or(args.positional.first()).cloned();
    let bind = match bind.filter(|bind| !bind.is_none()) {
        Some(bind) => bind,
        None => connection::bind_value(interp)?,
    };
    let data = SessionData {
        bind,
        identity: RefCell::default(),
        new: RefCell::default(),
        modified: RefCell::default(),
        deleted: RefCell::default(),
        written: RefCell::default(),
        autoflush: Cell::new(autoflush),
        expire_on_commit: Cell::new(expire),
        commits: Cell::new(None),
        mode,
        joined: Cell::new(None),
        levels: RefCell::default(),
        level_count: Cell::new(0),
        of_block: Cell::new(None),
    };
    Ok(of_data(&Rc::new(data)))
}

/// `join_transaction_mode`.
fn join_mode(interp: &mut Interpreter, args: &Args) -> Result<JoinMode> {
    let found = args.keywords.iter().find(|(key, _)| *key == "join_transaction_mode");
    let Some((_, value)) = found else { return Ok(JoinMode::ConditionalSavepoint) };
    if migration::current(interp)?.sqlalchemy == SqlalchemyVersion::V14 {
        return interp
            .type_error("__init__() got an unexpected keyword argument 'join_transaction_mode'");
    }
    let value = value.clone();
    let text = value.as_text().map(|text| text.to_string());
    Ok(match text.as_deref() {
        _ if !interp.truth(&value)? => return Err(interp.unsupported("join_transaction_mode=None")),
        Some("conditional_savepoint") => JoinMode::ConditionalSavepoint,
        Some("rollback_only") => JoinMode::RollbackOnly,
        Some("control_fully") => JoinMode::ControlFully,
        Some("create_savepoint") => JoinMode::CreateSavepoint,
        _ => {
            let given = interp.str(&value)?;
            let what = format!("invalid selection for join_transaction_mode: \"{given}\"");
            return Err(errors::argument(interp, what)?);
        }
    })
}
