//! `Column`.

use std::cell::RefCell;
use std::rc::Rc;
use std::rc::Weak;

use limbeck_schema::expr;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::FromClause;
use limbeck_schema::table::Autoincrement;
use limbeck_schema::table::Column;
use limbeck_schema::table::ColumnDefault;

use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;
use crate::python::BinaryOp;
use crate::python::CompareOp;
use crate::python::UnaryOp;

use super::clause;
use super::column_construct::construct;
use super::default;
use super::members;
use super::methods;
use super::table;
use super::type_object;

/// A `Column`.
#[derive(Debug)]
pub(crate) struct ColumnObject {
    pub(crate) data: RefCell<Column>,
    /// The table that it was put into.
    pub(crate) from: RefCell<Option<FromClause>>,
    /// The same as an object.
    pub(super) table: RefCell<Option<Weak<dyn Object>>>,
    pub(crate) type_value: Value,
    /// `default`, as it was given.
    pub(super) default: Value,
    /// `default` as statements know it, where it is of Python.
    pub(super) hosted: Option<Expr>,
    /// `onupdate` as statements know it.
    pub(super) onupdate: Option<Expr>,
}

impl ColumnObject {
    pub(crate) fn new(column: Column) -> Self {
        Self {
            data: RefCell::new(column),
            from: RefCell::default(),
            table: RefCell::default(),
            type_value: Value::None,
            default: Value::None,
            hosted: None,
            onupdate: None,
        }
    }

    /// The same column, in no table.
    pub(crate) fn copied(&self) -> Self {
        Self {
            type_value: self.type_value.clone(),
            default: self.default.clone(),
            hosted: self.hosted.clone(),
            onupdate: self.onupdate.clone(),
            ..Self::new(self.data.borrow().clone())
        }
    }

    /// Changes the column, in its table as well.
    pub(super) fn change(&self, change: impl FnOnce(&mut Column)) {
        change(&mut self.data.borrow_mut());
        if let Some(table) = self.own_table() {
            table::renew_column(&table, &self.data.borrow());
        }
    }

    /// Its table, where it is in one.
    pub(super) fn own_table(&self) -> Option<Value> {
        self.table.borrow().as_ref().and_then(Weak::upgrade).map(Value::Native)
    }

    /// Its table; what is known of it where the table is there no more.
    fn table_value(&self) -> Option<Value> {
        self.own_table().or_else(|| self.from.borrow().clone().map(super::from::wrap))
    }

    /// Whether it is part of the primary key, by itself or by a constraint of its table.
    fn is_key(&self) -> bool {
        let data = self.data.borrow();
        data.primary_key
            || self.table_value().is_some_and(|table| members::is_key(&table, data.key()))
    }

    /// The column as an expression.
    pub(crate) fn expr(&self) -> Expr {
        let data = self.data.borrow();
        match &*self.from.borrow() {
            Some(from) => from.c(data.key()),
            None => expr::typed_column(data.name.as_str(), data.sql_type.clone()),
        }
    }
}

/// Makes the class.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let builder = ClassBuilder::new("Column", "sqlalchemy.sql.schema");
    let mut builder = methods::with_operators(builder).constructor(construct);
    for name in ["copy", "_copy"] {
        builder = builder.method(name, |interp, args| {
            let [this] = args.exactly(interp, "Column.copy")?;
            match this.downcast::<ColumnObject>() {
                Some(column) => Ok(Value::native(column.copied())),
                None => Ok(this),
            }
        });
    }
    if let Some(Value::Class(base)) = super::registry::value(home, "ColumnClause") {
        builder = builder.base(&base);
    }
    let class = builder.finish(interp);
    interp.register_class::<ColumnObject>(Rc::clone(&class));
    home.set("Column", Value::Class(class));
}

impl Object for ColumnObject {
    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let data = self.data.borrow().clone();
        let value = match name {
            "name" => Value::str(data.name.as_str()),
            "key" => Value::str(data.key()),
            "nullable" => Value::Bool(data.nullable.unwrap_or_else(|| !self.is_key())),
            "primary_key" => Value::Bool(self.is_key()),
            "comment" => data.comment.as_deref().map_or(Value::None, Value::str),
            "unique" => Value::Bool(data.unique),
            "index" => Value::Bool(data.index),
            "type" if !self.type_value.is_none() && !matches!(self.type_value, Value::Class(_)) => {
                self.type_value.clone()
            }
            "type" => type_object::value(interp, &data.sql_type)?,
            "server_default" => server_default_value(interp, &data)?,
            "table" => self.table_value().unwrap_or_default(),
            "foreign_keys" => match self.table_value() {
                Some(table) => members::foreign_keys_of_column(interp, &table, data.key())?,
                None => members::free_foreign_keys(&data.foreign_keys),
            },
            "autoincrement" => match data.autoincrement {
                Autoincrement::Auto => Value::str("auto"),
                Autoincrement::IgnoreFk => Value::str("ignore_fk"),
                Autoincrement::Yes => Value::Bool(true),
                Autoincrement::No => Value::Bool(false),
            },
            "default" if self.default.is_none() && data.default == ColumnDefault::None => {
                Value::None
            }
            "default" if !self.default.is_none() => default::object(interp, &self.default)?,
            "onupdate" if self.onupdate.is_none() => Value::None,
            "constraints" | "default" | "onupdate" => {
                return Err(interp.unsupported(format!("Column.{name}")));
            }
            _ => {
                let expr = self.expr();
                return clause::attribute(interp, &expr, name);
            }
        };
        Ok(Some(value))
    }

    fn set_attribute(
        &self,
        _this: &Value,
        name: &str,
        value: &Value,
        interp: &mut Interpreter,
    ) -> Result<bool> {
        match name {
            "nullable" => {
                let nullable = interp.truth(value)?;
                self.change(|column| column.nullable = Some(nullable));
            }
            "server_default" if value.is_none() => {
                self.change(|column| column.server_default = None);
            }
            _ => return Err(interp.unsupported(format!("setting Column.{name}"))),
        }
        Ok(true)
    }

    fn binary(
        &self,
        _this: &Value,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        clause::binary(interp, &self.expr(), op, other, reflected)
    }

    fn compare(
        &self,
        _this: &Value,
        op: CompareOp,
        other: &Value,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        clause::compare(interp, &self.expr(), op, other)
    }

    fn unary(&self, _: &Value, op: UnaryOp, interp: &mut Interpreter) -> Result<Option<Value>> {
        clause::unary(interp, &self.expr(), op)
    }

    fn item(&self, _this: &Value, key: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        let key = clause::operand(interp, key)?;
        let made = self.expr().item(key);
        clause::wrap(interp, made).map(Some)
    }

    fn truth(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<bool>> {
        interp.type_error("Boolean value of this clause is not defined")
    }

    fn repr(&self, this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        let data = self.data.borrow().clone();
        if !data.checks.is_empty()
            || data.server_default.is_some()
            || data.computed.is_some()
            || data.identity.is_some()
            || !self.default.is_none()
            || data.default != ColumnDefault::None
            || self.onupdate.is_some()
        {
            // Theirs have the addresses of objects.
            return Err(interp.unsupported("repr() of a Column with defaults or checks"));
        }
        let mut parts = vec![interp.repr(&Value::str(data.name.as_str()))?];
        let sql_type = interp.get_attribute(this, "type")?;
        parts.push(interp.repr(&sql_type)?);
        let keys = interp.get_attribute(this, "foreign_keys")?;
        for key in interp.items(&keys)? {
            parts.push(interp.repr(&key)?);
        }
        let table = self.from.borrow().as_ref().and_then(|from| match from {
            FromClause::Table(table) => Some(table.name.clone()),
            _ => None,
        });
        parts.push(match table {
            Some(table) => format!("table=<{table}>"),
            None => "table=None".to_owned(),
        });
        let key = data.key.as_ref().filter(|key| **key != data.name);
        let is_key = self.is_key();
        let is_nullable = data.nullable.unwrap_or(!is_key);
        for (name, value) in [
            ("key", key.map(|key| Value::str(key.as_str()))),
            ("primary_key", is_key.then_some(Value::Bool(true))),
            ("nullable", (!is_nullable).then_some(Value::Bool(false))),
            ("comment", data.comment.filter(|text| !text.is_empty()).map(Value::from)),
        ] {
            if let Some(value) = value {
                parts.push(format!("{name}={}", interp.repr(&value)?));
            }
        }
        Ok(Some(format!("Column({})", parts.join(", "))))
    }

    fn str(&self, _this: &Value, _: &mut Interpreter) -> Result<Option<String>> {
        let data = self.data.borrow();
        let table = self.from.borrow();
        Ok(Some(match (&*table, data.name.as_str()) {
            (Some(FromClause::Table(table)), name) => format!("{}.{name}", table.name),
            (_, "") => "(no name)".to_owned(),
            (_, name) => name.to_owned(),
        }))
    }
}

/// `Column.server_default`.
fn server_default_value(interp: &mut Interpreter, column: &Column) -> Result<Value> {
    if column.identity.is_some() || column.computed.is_some() {
        return Err(interp.unsupported("Column.server_default of a generated column"));
    }
    let Some(default) = &column.server_default else { return Ok(Value::None) };
    super::sequence::default_value(interp, default)
}
