//! `Column`.

use std::cell::RefCell;
use std::rc::Rc;
use std::rc::Weak;

use limbeck_schema::SqlValue;
use limbeck_schema::expr;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::FromClause;
use limbeck_schema::table::Autoincrement;
use limbeck_schema::table::Column;
use limbeck_schema::table::ColumnDefault;
use limbeck_schema::table::Constraint;
use limbeck_schema::table::ServerDefault;

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
use crate::python::BinaryOp;
use crate::python::CompareOp;
use crate::python::UnaryOp;

use super::clause;
use super::constraint::ConstraintObject;
use super::constraint::ForeignKeyObject;
use super::default;
use super::errors;
use super::keywords::DialectOptions;
use super::keywords::flag;
use super::keywords::given;
use super::keywords::opt_flag;
use super::keywords::opt_text;
use super::keywords::refuse_other_quoting;
use super::keywords::text;
use super::members;
use super::methods;
use super::processing;
use super::sequence::ComputedObject;
use super::sequence::FetchedValueObject;
use super::sequence::IdentityObject;
use super::sequence::SequenceObject;
use super::table;
use super::type_object;
use super::value;

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

const NAMES: [&str; 21] = [
    "name",
    "type_",
    "autoincrement",
    "default",
    "insert_default",
    "doc",
    "key",
    "index",
    "unique",
    "info",
    "nullable",
    "onupdate",
    "primary_key",
    "server_default",
    "server_onupdate",
    "quote",
    "system",
    "comment",
    "insert_sentinel",
    "_proxies",
    "_omit_from_statements",
];

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
    if let Some(Value::Class(base)) = super::registry::value(home, "ColumnElement") {
        builder = builder.base(&base);
    }
    let class = builder.finish(interp);
    interp.register_class::<ColumnObject>(Rc::clone(&class));
    home.set("Column", Value::Class(class));
}

fn construct(interp: &mut Interpreter, _class: &Rc<Class>, args: Args) -> Result<Value> {
    let Args { mut positional, keywords } = args;
    let signature = Signature {
        keyword_only: NAMES.len(),
        double_star: true,
        ..Signature::new("__init__", NAMES, 0)
    };
    let arguments = Args { positional: Vec::new(), keywords };
    let Bound { values, double_star, .. } = arguments.bind(interp, &signature)?;
    let [
        name,
        type_keyword,
        autoincrement,
        default,
        insert_default,
        _,
        key,
        index,
        unique,
        _,
        nullable,
        onupdate,
        primary_key,
        server_default,
        server_onupdate,
        quote,
        system,
        comment,
        ..,
    ] = values;
    let mut column = Column::default();
    let mut name = given(name);
    if let Some(first) = positional.first() {
        if first.as_text().is_some() {
            if name.is_some() {
                return Err(errors::argument(
                    interp,
                    "May not pass name positionally and as a keyword.",
                )?);
            }
            name = Some(positional.remove(0));
        } else if first.is_none() && name.is_none() {
            positional.remove(0);
        }
    }
    if let Some(name) = &name {
        column.name = text(interp, name, "the name of a column")?;
    }
    let mut type_value = Value::None;
    if let Some(first) = positional.first() {
        let first = first.clone();
        if let Some(found) = type_object::find_type(interp, &first)? {
            if given(type_keyword.clone()).is_some() {
                return Err(errors::argument(
                    interp,
                    "May not pass type_ positionally and as a keyword.",
                )?);
            }
            column.sql_type = found;
            type_value = positional.remove(0);
        } else if first.is_none() {
            positional.remove(0);
        }
    }
    if let Some(to) = given(type_keyword) {
        column.sql_type = type_object::sql_type(interp, &to)?;
        type_value = to;
    }
    refuse_other_quoting(interp, &column.name, quote, "Column(quote=…)")?;
    column.key = opt_text(interp, key, "key")?;
    column.autoincrement = match autoincrement {
        None => Autoincrement::Auto,
        Some(value) => match (value.as_text().as_deref(), &value) {
            (Some("auto"), _) => Autoincrement::Auto,
            (Some("ignore_fk"), _) => Autoincrement::IgnoreFk,
            (_, other) => {
                if interp.truth(other)? {
                    Autoincrement::Yes
                } else {
                    Autoincrement::No
                }
            }
        },
    };
    column.index = flag(interp, index)?;
    column.unique = flag(interp, unique)?;
    column.nullable = opt_flag(interp, nullable)?;
    column.primary_key = flag(interp, primary_key)?;
    column.system = flag(interp, system)?;
    column.comment = opt_text(interp, comment, "comment")?;
    let default = given(insert_default).or_else(|| given(default));
    if let Some(default) = &default {
        column.default = python_default(interp, default)?;
    }
    let hosted = match (&column.default, &default) {
        (ColumnDefault::Callable, Some(default)) => {
            let value = processing::host_default(interp, default)?;
            Some(expr::literal(value, Some(column.sql_type.clone())))
        }
        _ => None,
    };
    let onupdate = match given(onupdate) {
        None => None,
        Some(value) => Some(match clause::find(interp, &value)? {
            Some(expr) => expr,
            None => {
                let value = if interp.is_callable(&value) {
                    processing::host_default(interp, &value)?
                } else {
                    value::to_sql(interp, &value)?
                };
                expr::literal(value, Some(column.sql_type.clone()))
            }
        }),
    };
    match given(server_default) {
        None => {}
        Some(value) => set_server_default(interp, &mut column, &value)?,
    }
    for argument in &positional {
        attach(interp, &mut column, argument)?;
    }
    if given(server_onupdate).is_some() {
        let generator = match (&column.identity, &column.computed) {
            (Some(_), _) => Some("A column with an Identity object"),
            (None, Some(_)) => Some("A generated column"),
            (None, None) => None,
        };
        if let Some(generator) = generator {
            let message = format!(
                "{generator} cannot specify a server_default or a server_onupdate argument"
            );
            return Err(errors::argument(interp, message)?);
        }
    }
    let mut options = DialectOptions::new("Column", double_star);
    column.sqlite.on_conflict_not_null = opt_text(
        interp,
        options.take("sqlite_on_conflict_not_null"),
        "sqlite_on_conflict_not_null",
    )?;
    column.sqlite.on_conflict_primary_key = opt_text(
        interp,
        options.take("sqlite_on_conflict_primary_key"),
        "sqlite_on_conflict_primary_key",
    )?;
    column.sqlite.on_conflict_unique =
        opt_text(interp, options.take("sqlite_on_conflict_unique"), "sqlite_on_conflict_unique")?;
    options.finish(interp)?;
    Ok(Value::native(ColumnObject {
        type_value,
        default: default.unwrap_or_default(),
        hosted,
        onupdate,
        ..ColumnObject::new(column)
    }))
}

fn python_default(interp: &mut Interpreter, value: &Value) -> Result<ColumnDefault> {
    if let Some(sequence) = value.downcast::<SequenceObject>() {
        return Ok(ColumnDefault::Sequence(Box::new(sequence.data.clone())));
    }
    if let Some(expr) = clause::find(interp, value)? {
        return Ok(ColumnDefault::Expression(expr));
    }
    if interp.is_callable(value) {
        return Ok(ColumnDefault::Callable);
    }
    Ok(match value::to_sql(interp, value) {
        Ok(SqlValue::Host(_)) | Err(_) => ColumnDefault::Callable,
        Ok(value) => ColumnDefault::Scalar(expr::literal(value, None)),
    })
}

/// `server_default`, in all forms.
pub(crate) fn server_default(interp: &mut Interpreter, value: &Value) -> Result<ServerDefault> {
    if let Some(fetched) = value.downcast::<FetchedValueObject>() {
        return Ok(fetched.default.clone().unwrap_or(ServerDefault::Fetched));
    }
    if let Some(text) = value.as_text() {
        return Ok(ServerDefault::Literal(text.to_string()));
    }
    match clause::find(interp, value)? {
        Some(expr) => Ok(ServerDefault::Expression(expr)),
        None => {
            let class = interp.class(value);
            let got =
                format!("<class '{}.{}'>", class.module, class.qualified).replace("builtins.", "");
            Err(errors::argument(
                interp,
                format!(
                    "Argument 'arg' is expected to be one of type '<class 'str'>' or \
                     '<class 'sqlalchemy.sql.elements.ClauseElement'>' or '<class \
                     'sqlalchemy.sql.elements.TextClause'>', got '{got}'"
                ),
            )?)
        }
    }
}

fn set_server_default(interp: &mut Interpreter, column: &mut Column, value: &Value) -> Result<()> {
    if let Some(identity) = value.downcast::<IdentityObject>() {
        column.identity = Some(identity.data);
    } else if let Some(computed) = value.downcast::<ComputedObject>() {
        column.computed = Some(computed.data.clone());
    } else if let Some(sequence) = value.downcast::<SequenceObject>() {
        let sequence = &sequence.data;
        let next = expr::next_value(sequence.schema.as_deref(), sequence.name.as_str());
        column.server_default = Some(ServerDefault::Expression(next));
    } else {
        column.server_default = Some(server_default(interp, value)?);
    }
    Ok(())
}

/// What stands behind the type: keys, checks, sequences and the like.
fn attach(interp: &mut Interpreter, column: &mut Column, argument: &Value) -> Result<()> {
    if argument.is_none() {
        return Ok(());
    }
    if let Some(key) = argument.downcast::<ForeignKeyObject>() {
        column.foreign_keys.push(key.data.clone());
        return Ok(());
    }
    if let Some(identity) = argument.downcast::<IdentityObject>() {
        column.identity = Some(identity.data);
        return Ok(());
    }
    if let Some(computed) = argument.downcast::<ComputedObject>() {
        column.computed = Some(computed.data.clone());
        return Ok(());
    }
    if let Some(sequence) = argument.downcast::<SequenceObject>() {
        column.default = ColumnDefault::Sequence(Box::new(sequence.data.clone()));
        return Ok(());
    }
    if let Some(fetched) = argument.downcast::<FetchedValueObject>() {
        column.server_default = Some(match &fetched.default {
            Some(default) => default.clone(),
            None => ServerDefault::Fetched,
        });
        return Ok(());
    }
    if let Some(constraint) = argument.downcast::<ConstraintObject>() {
        let data = constraint.data.borrow().clone();
        if let Constraint::Check(check) = data {
            column.checks.push(check);
            return Ok(());
        }
    }
    let got = interp.repr(argument).unwrap_or_else(|_| "this".to_owned());
    Err(errors::argument(
        interp,
        format!("'SchemaItem' object, such as a 'Column' or a 'Constraint' expected, got {got}"),
    )?)
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
