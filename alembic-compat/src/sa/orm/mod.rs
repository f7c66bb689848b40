//! `sqlalchemy.orm`: declarative classes, sessions with their unit of work, and queries, as data
//! migrations use them. Relationships are accepted in classes and refused where they are used.

mod annotation;
mod backref;
mod bulk;
mod declarative;
mod execute;
mod flush;
mod load;
mod mapper;
mod query;
mod session;
mod session_data;
mod session_transaction;

use std::rc::Rc;

use limbeck_schema::expr::Statement;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;

use super::errors;
use super::keywords::opt_text;
use super::migration;
use super::migration::Fetched;
use super::registry;
use session_data::SessionData;

pub(super) use backref::Backrefs;
pub(super) use load::Entity;
pub(super) use mapper::Aliased;
pub(super) use mapper::Mapper;
pub(super) use mapper::of_value as mapper_of;
pub(super) use query::is_query;

/// The names of the public modules.
pub(super) const MODULES: &[(&str, &[&str])] = &[
    ("sqlalchemy.orm", NAMES),
    ("sqlalchemy.orm.session", &["Session", "sessionmaker", "object_session"]),
    ("sqlalchemy.orm.scoping", &["scoped_session"]),
    ("sqlalchemy.orm.query", &["Query"]),
    ("sqlalchemy.orm.attributes", &["flag_modified"]),
    ("sqlalchemy.orm.decl_api", NAMES),
    (
        "sqlalchemy.orm.exc",
        &[
            "NoResultFound",
            "MultipleResultsFound",
            "StaleDataError",
            "UnmappedInstanceError",
            "DetachedInstanceError",
            "ObjectDeletedError",
        ],
    ),
    ("sqlalchemy.ext.declarative", &["declarative_base", "declared_attr", "DeclarativeMeta"]),
    ("sqlalchemy.ext.hybrid", &["hybrid_property"]),
    ("sqlalchemy.ext.associationproxy", &["association_proxy"]),
];

const NAMES: &[&str] = &[
    "Session",
    "sessionmaker",
    "scoped_session",
    "Query",
    "declarative_base",
    "DeclarativeBase",
    "declared_attr",
    "registry",
    "Mapped",
    "mapped_column",
    "relationship",
    "dynamic_loader",
    "synonym",
    "backref",
    "aliased",
    "deferred",
    "load_only",
    "selectinload",
    "joinedload",
    "Load",
    "subqueryload",
    "lazyload",
    "raiseload",
    "noload",
    "defer",
    "undefer",
    "object_session",
    "validates",
];

/// Whether a value is a `relationship()`.
pub(crate) fn is_relationship(value: &Value) -> bool {
    value.downcast::<mapper::Relationship>().is_some()
}

/// Options of loading columns. Which columns a query reads matters where the class knows columns
/// that the table lacks.
const DEFERRING: [&str; 3] = ["load_only", "defer", "undefer"];

/// Options of loading relationships, which are refused where they are used.
#[derive(Debug)]
struct LoadOption {
    /// Whether it joins what it loads to the query.
    joins: bool,
}

/// What `options()` is given: how relationships are loaded, which are refused where they are read.
///
/// A join is for Python: a query of SQLAlchemy 2 whose rows it multiplies must be `unique()`, and an
/// inner one leaves out rows. A legacy query is unique by itself.
pub(super) fn check_options(interp: &mut Interpreter, args: &Args, is_legacy: bool) -> Result<()> {
    for option in args.positional.iter().skip(1) {
        match option.downcast::<LoadOption>() {
            Some(option) if !option.joins || is_legacy => {}
            Some(_) => return Err(interp.unsupported("joinedload() in a select()")),
            None => return Err(interp.unsupported("such an option of a query")),
        }
    }
    Ok(())
}

impl Object for LoadOption {
    fn attribute(
        &self,
        this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        if name.starts_with("__") {
            return Ok(None);
        }
        if DEFERRING.contains(&name) {
            return Err(interp.unsupported(format!("{name}()")));
        }
        let this = this.clone();
        let joins = self.joins || name == "joinedload";
        Ok(Some(interp.function("option", move |interp, args| {
            refuse_inner(interp, &args)?;
            match this.downcast::<LoadOption>() {
                Some(option) if option.joins == joins => Ok(this.clone()),
                _ => Ok(Value::native(LoadOption { joins })),
            }
        })))
    }
}

/// Arguments of `mapped_column()` that only dataclasses and loading know.
const IGNORED: &[&str] = &[
    "init",
    "repr",
    "compare",
    "kw_only",
    "hash",
    "default_factory",
    "deferred",
    "deferred_group",
    "deferred_raiseload",
    "use_existing_column",
    "active_history",
    "name_only",
];

/// Runs a statement of Core for a session.
fn statement(
    interp: &mut Interpreter,
    session: &SessionData,
    statement: &Statement,
) -> Result<Option<Fetched>> {
    session_transaction::connect(interp, session)?;
    migration::statement(interp, statement)
}

/// The same, where nobody reads what it gives.
fn unread(
    interp: &mut Interpreter,
    session: &SessionData,
    statement: &Statement,
) -> Result<Option<Fetched>> {
    session_transaction::connect(interp, session)?;
    migration::unread(interp, statement)
}

/// `innerjoin=True`.
fn refuse_inner(interp: &mut Interpreter, args: &Args) -> Result<()> {
    match args.keywords.iter().find(|(key, _)| *key == "innerjoin").map(|(_, value)| value) {
        Some(value) if interp.truth(value)? => {
            Err(interp.unsupported("joinedload(innerjoin=True)"))
        }
        _ => Ok(()),
    }
}

fn same(_: &mut Interpreter, mut args: Args) -> Result<Value> {
    Ok(args.take_self().unwrap_or_default())
}

/// Makes the classes and functions.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    declarative::install(interp, home);
    annotation::install(interp, home);
    session::install(interp, home);
    query::install(interp, home);
    let class = ClassBuilder::new("InstrumentedAttribute", "sqlalchemy.orm.attributes");
    let class = class.finish(interp);
    interp.register_class::<mapper::Attribute>(class);
    let class = ClassBuilder::new("AliasedClass", "sqlalchemy.orm.util").finish(interp);
    interp.register_class::<Aliased>(class);
    let class = ClassBuilder::new("hybrid_property", "sqlalchemy.ext.hybrid")
        .constructor(|interp, _, args| {
            let [get, set] = args.up_to(interp, "hybrid_property", 1)?;
            Ok(Value::native(mapper::Hybrid {
                get: get.unwrap_or_default(),
                expression: Value::None,
                set: set.unwrap_or_default(),
            }))
        })
        .finish(interp);
    interp.register_class::<mapper::Hybrid>(Rc::clone(&class));
    home.set("orm.hybrid_property", Value::Class(class));
    let class = ClassBuilder::new("Load", "sqlalchemy.orm.strategy_options")
        .constructor(|interp, _, args| {
            let [_] = args.exactly(interp, "Load")?;
            Ok(Value::native(LoadOption { joins: false }))
        })
        // So that it is known that there are such methods.
        .method("joinedload", |interp, args| {
            refuse_inner(interp, &args)?;
            Ok(Value::native(LoadOption { joins: true }))
        })
        .method("selectinload", same)
        .method("subqueryload", same)
        .method("lazyload", same)
        .finish(interp);
    interp.register_class::<LoadOption>(Rc::clone(&class));
    home.set("orm.Load", Value::Class(class));
    for name in ["orm.load_only", "orm.defer", "orm.undefer"] {
        home.function(name, move |interp, _| Err(interp.unsupported(format!("{name}()"))));
    }
    for name in [
        "orm.selectinload",
        "orm.joinedload",
        "orm.subqueryload",
        "orm.lazyload",
        "orm.raiseload",
        "orm.noload",
    ] {
        let joins = name == "orm.joinedload";
        home.function(name, move |interp, args| {
            refuse_inner(interp, &args)?;
            Ok(Value::native(LoadOption { joins }))
        });
    }
    // Its name is all that counts here.
    home.function("orm.backref", |_, args| {
        Ok(args.positional.into_iter().next().unwrap_or_default())
    });
    home.function("orm.deferred", |_, args| {
        Ok(args.positional.into_iter().next().unwrap_or_default())
    });
    home.function("orm.mapped_column", |interp, mut args| {
        args.keywords.retain(|(key, _)| !IGNORED.contains(&key.as_str()));
        if let Some(at) = args.keywords.iter().position(|(key, _)| &**key == "sort_order")
            && args.keywords.swap_remove(at).1.as_int() != Some(0)
        {
            return Err(interp.unsupported("mapped_column(sort_order=…)"));
        }
        let column = registry::class(interp, "Column")?;
        interp.call_class(&column, args)
    });
    home.function("orm.aliased", |interp, args| {
        let signature = Signature::new("aliased", ["element", "alias", "name", "flat"], 1);
        let Bound { values: [of, alias, name, _], .. } = args.bind(interp, &signature)?;
        if alias.is_some_and(|alias| !alias.is_none()) {
            return Err(interp.unsupported("aliased() with a selectable"));
        }
        let of = of.unwrap_or_default();
        let found = mapper_of(&of);
        let (Some(mapper), Some(from)) = (found.clone(), found.and_then(|mapper| mapper.from()))
        else {
            let got = interp.repr(&of)?;
            return Err(errors::argument(interp, format!("a mapped class expected, got {got}"))?);
        };
        let name = opt_text(interp, name, "name")?;
        Ok(Value::native(Aliased { mapper, from: from.alias(name.as_deref()) }))
    });
    home.function("orm.flag_modified", flag_modified);
    home.function("orm.object_session", |interp, _| Err(interp.unsupported("object_session()")));
    for name in [
        "NoResultFound",
        "MultipleResultsFound",
        "StaleDataError",
        "UnmappedInstanceError",
        "DetachedInstanceError",
        "ObjectDeletedError",
    ] {
        if let Some(value) = registry::value(home, &format!("exc.{name}")) {
            home.set(format!("orm.{name}"), value);
        }
    }
}

/// `flag_modified(object, key)`.
fn flag_modified(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [object, key] = args.exactly(interp, "flag_modified")?;
    let (_, state) = mapper::state_of(interp, &object)?;
    let key = key.as_text().map(|key| key.to_string()).unwrap_or_default();
    if let Some(session) = state.session.borrow().upgrade()
        && state.life.get() == mapper::Life::Persistent
    {
        let mut changed = state.changed.borrow_mut();
        changed.retain(|(known, _)| *known != key);
        changed.push((key, None));
        session.note_modified(&object);
    }
    Ok(Value::None)
}
