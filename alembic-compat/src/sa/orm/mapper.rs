//! Mapped classes, their attributes, and what is known of each of their objects.

use std::cell::Cell;
use std::cell::RefCell;
use std::rc::Rc;
use std::rc::Weak;

use limbeck_schema::SqlType;
use limbeck_schema::expr::FromClause;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::Instance;
use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;
use crate::python::CompareOp;

use super::super::clause;
use super::super::column::ColumnObject;
use super::super::registry;
use super::super::table::TableObject;
use super::backref::Backref;
use super::load;
use super::session_data::SessionData;

/// A column of a mapped class.
#[derive(Debug, Clone)]
pub(in super::super) struct Mapped {
    /// The name of the attribute.
    pub(super) key: String,
    /// The key of the column in its table.
    pub(super) column_key: String,
    /// The `Column`.
    pub(super) column: Value,
    pub(super) primary_key: bool,
    pub(super) sql_type: SqlType,
}

/// A mapped class.
#[derive(Debug)]
pub(in super::super) struct Mapper {
    pub(super) class: Weak<Class>,
    pub(super) name: Text,
    pub(super) table: Value,
    pub(super) columns: Vec<Mapped>,
}

impl Mapper {
    /// What statements select from.
    pub(in super::super) fn from(&self) -> Option<FromClause> {
        self.table.downcast::<TableObject>().map(|table| table.from.borrow().clone())
    }

    /// The key of the column that an attribute stands for.
    pub(in super::super) fn column_key(&self, attribute: &str) -> Option<&str> {
        self.by_key(attribute).map(|column| column.column_key.as_str())
    }

    /// The name of the class.
    pub(in super::super) fn class_name(&self) -> &str {
        &self.name
    }

    pub(super) fn by_key(&self, key: &str) -> Option<&Mapped> {
        self.columns.iter().find(|column| column.key == key)
    }

    pub(super) fn by_column(&self, key: &str) -> Option<&Mapped> {
        self.columns.iter().find(|column| column.column_key == key)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Mapped> {
        self.columns.iter().filter(|column| column.primary_key)
    }
}

/// The mapper of a class, or of one above it.
pub(in super::super) fn of_class(class: &Rc<Class>) -> Option<Rc<Mapper>> {
    class.order().find_map(|class| {
        let extra = class.extra.borrow().clone()?;
        extra.downcast::<Mapper>().ok()
    })
}

/// The mapper of a value that is a mapped class.
pub(in super::super) fn of_value(value: &Value) -> Option<Rc<Mapper>> {
    match value {
        Value::Class(class) => of_class(class),
        _ => None,
    }
}

/// Where an object is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// No session knows it.
    Transient,
    /// It is to be put in.
    Pending,
    /// It is a row.
    Persistent,
    /// It is to be deleted, or was.
    Deleted,
}

/// What is known of an object beside its attributes.
#[derive(Debug)]
pub(super) struct State {
    pub(super) mapper: Rc<Mapper>,
    pub(super) life: Cell<Life>,
    pub(super) session: RefCell<Weak<SessionData>>,
    /// The values of its key in the database.
    pub(super) identity: RefCell<Vec<Value>>,
    /// Attributes that were set since the last flush, with what they were before; nothing where
    /// that is not known.
    pub(super) changed: RefCell<Vec<(String, Option<Value>)>>,
}

impl State {
    pub(super) fn new(mapper: Rc<Mapper>) -> Self {
        Self {
            mapper,
            life: Cell::new(Life::Transient),
            session: RefCell::default(),
            identity: RefCell::default(),
            changed: RefCell::default(),
        }
    }
}

impl Object for State {}

/// The state of an object, and the object.
pub(super) fn state(value: &Value) -> Option<(Rc<Instance>, Rc<State>)> {
    let Value::Instance(instance) = value else { return None };
    Some((Rc::clone(instance), value.downcast::<State>()?))
}

/// The same, or what SQLAlchemy raises.
pub(super) fn state_of(
    interp: &mut Interpreter,
    value: &Value,
) -> Result<(Rc<Instance>, Rc<State>)> {
    match state(value) {
        Some(found) => Ok(found),
        None => {
            let class = interp.class(value);
            let message = format!("Class '{}.{}' is not mapped", class.module, class.qualified);
            let error = super::super::errors::of_class(interp, "UnmappedInstanceError", message)?;
            Err(error)
        }
    }
}

/// A new object of a mapped class, without its `__init__`.
pub(super) fn new_object(class: &Rc<Class>, mapper: &Rc<Mapper>) -> Value {
    let state = Value::native(State::new(Rc::clone(mapper)));
    Value::Instance(Rc::new(Instance::new(Rc::clone(class), Some(state))))
}

/// Forgets what is known of a column's attribute, so that it is asked for when it is read.
pub(super) fn forget(instance: &Instance, key: &str) {
    let old = instance.attributes.borrow_mut().remove(key);
    drop(old);
}

/// `X.column`: the column of the class, the value of an object.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) key: String,
    pub(super) column: Value,
}

impl Object for Attribute {
    fn bind(
        &self,
        _this: &Value,
        object: Option<&Value>,
        _class: &Rc<Class>,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let Some(object) = object else { return Ok(Some(self.column.clone())) };
        let Some((instance, state)) = state(object) else { return Ok(Some(Value::None)) };
        if let Some(value) = instance.get(&self.key) {
            return Ok(Some(value));
        }
        if state.life.get() == Life::Persistent {
            load::refresh_missing(interp, object)?;
            return Ok(Some(instance.get(&self.key).unwrap_or_default()));
        }
        Ok(Some(Value::None))
    }

    fn is_data_descriptor(&self) -> bool {
        true
    }

    fn bind_set(
        &self,
        _this: &Value,
        object: &Value,
        value: Option<&Value>,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<()> {
        let Some(value) = value else {
            return Err(interp.unsupported(format!("deleting the attribute '{name}'")));
        };
        let (instance, state) = state_of(interp, object)?;
        note_change(&instance, &state, object, &self.key);
        instance.set(interp.intern(&self.key), value.clone());
        Ok(())
    }
}

/// Notes that an attribute of a row is about to be set.
pub(super) fn note_change(instance: &Instance, state: &State, object: &Value, key: &str) {
    if state.life.get() != Life::Persistent {
        return;
    }
    let mut changed = state.changed.borrow_mut();
    if !changed.iter().any(|(known, _)| known == key) {
        changed.push((key.to_owned(), instance.get(key)));
    }
    if let Some(session) = state.session.borrow().upgrade() {
        session.note_modified(object);
    }
}

/// `relationship(…)`: accepted in a class, refused where it is used.
#[derive(Debug)]
pub(super) struct Relationship {
    /// The name of the attribute, once it is known.
    pub(super) name: RefCell<String>,
    /// What it gives to the other class.
    pub(super) backref: Option<Backref>,
}

impl Relationship {
    pub(super) fn named(name: &str) -> Self {
        Self { name: RefCell::new(name.to_owned()), backref: None }
    }
}

impl Object for Relationship {
    fn bind(
        &self,
        this: &Value,
        object: Option<&Value>,
        _class: &Rc<Class>,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        if object.is_none() {
            return Ok(Some(this.clone()));
        }
        Err(interp.unsupported(format!("reading the relationship '{}'", self.name.borrow())))
    }

    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        if name.starts_with("__") {
            return Ok(None);
        }
        Err(interp.unsupported(format!("'{name}' of the relationship '{}'", self.name.borrow())))
    }

    /// `X.parent == object` is a condition on keys.
    fn compare(
        &self,
        _this: &Value,
        _op: CompareOp,
        _other: &Value,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        Err(interp.unsupported(format!("comparing the relationship '{}'", self.name.borrow())))
    }

    fn truth(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<bool>> {
        Err(interp.unsupported(format!("the truth of the relationship '{}'", self.name.borrow())))
    }

    fn is_data_descriptor(&self) -> bool {
        true
    }

    fn bind_set(
        &self,
        _this: &Value,
        _object: &Value,
        _value: Option<&Value>,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<()> {
        Err(interp.unsupported(format!("setting the relationship '{name}'")))
    }
}

/// `hybrid_property`.
#[derive(Debug, Clone)]
pub(super) struct Hybrid {
    pub(super) get: Value,
    pub(super) expression: Value,
    pub(super) set: Value,
}

impl Object for Hybrid {
    fn attribute(
        &self,
        this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let own = self.clone();
        Ok(match name {
            "expression" => Some(interp.function("expression", move |interp, args| {
                let [expression] = args.exactly(interp, "expression")?;
                Ok(Value::native(Self { expression, ..own.clone() }))
            })),
            "setter" => Some(interp.function("setter", move |interp, args| {
                let [set] = args.exactly(interp, "setter")?;
                Ok(Value::native(Self { set, ..own.clone() }))
            })),
            "inplace" => Some(this.clone()),
            _ if name.starts_with("__") => None,
            _ => return Err(interp.unsupported(format!("hybrid_property.{name}"))),
        })
    }

    fn bind(
        &self,
        _this: &Value,
        object: Option<&Value>,
        class: &Rc<Class>,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let made = match object {
            Some(object) => interp.call(&self.get, Args::of([object.clone()]))?,
            None => {
                let class = Value::Class(Rc::clone(class));
                let own = if self.expression.is_none() { &self.get } else { &self.expression };
                let own = match own.downcast::<crate::eval::ClassMethod>() {
                    Some(method) => method.function.clone(),
                    None => own.clone(),
                };
                interp.call(&own, Args::of([class]))?
            }
        };
        Ok(Some(made))
    }

    fn is_data_descriptor(&self) -> bool {
        true
    }

    fn bind_set(
        &self,
        _this: &Value,
        object: &Value,
        value: Option<&Value>,
        _name: &str,
        interp: &mut Interpreter,
    ) -> Result<()> {
        match (value, self.set.is_none()) {
            (Some(value), false) => {
                interp.call(&self.set, Args::of([object.clone(), value.clone()])).map(drop)
            }
            _ => interp.raise("AttributeError", "can't set attribute"),
        }
    }
}

/// `aliased(X)`.
#[derive(Debug)]
pub(in super::super) struct Aliased {
    pub(in super::super) mapper: Rc<Mapper>,
    pub(in super::super) from: FromClause,
}

impl Object for Aliased {
    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        match self.mapper.by_key(name) {
            Some(column) => clause::wrap(interp, self.from.c(&column.column_key)).map(Some),
            None if name.starts_with("__") => Ok(None),
            None => Err(interp.unsupported(format!("'{name}' of an alias"))),
        }
    }
}

/// The type of a mapped column.
pub(super) fn type_of(column: &Value) -> SqlType {
    match column.downcast::<ColumnObject>() {
        Some(column) => column.data.borrow().sql_type.clone(),
        None => SqlType::Null,
    }
}

/// A class of the hidden module.
pub(super) fn home_class(interp: &mut Interpreter, name: &str) -> Result<Rc<Class>> {
    registry::class(interp, name)
}
