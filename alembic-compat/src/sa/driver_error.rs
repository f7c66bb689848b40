//! Errors of a database as SQLAlchemy raises them: the exception of the driver (psycopg2, pymysql,
//! sqlite3) inside the one of `sqlalchemy.exc` that has the same name.
//!
//! psycopg2 chooses the class by the SQLSTATE, pymysql and sqlite3 by the number of the error.
//! Where that is not known, nobody can say which class it has: such an exception is caught by the
//! bases of all that it may be, and a handler for one of these ends the run ([`Undetermined`]).

use std::rc::Rc;

use limbeck_schema::Dialect;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::ClassHooks;
use crate::eval::Error;
use crate::eval::Instance;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;

use super::registry;
use super::sqlstates;

/// The classes of the DB-API that errors of statements have (PEP 249).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriverClass {
    /// `InterfaceError`
    Interface,
    /// `DatabaseError`
    Database,
    /// `DataError`
    Data,
    /// `OperationalError`
    Operational,
    /// `IntegrityError`
    Integrity,
    /// `InternalError`
    Internal,
    /// `ProgrammingError`
    Programming,
    /// `NotSupportedError`
    NotSupported,
}

impl DriverClass {
    /// The name, which drivers and SQLAlchemy share.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interface => "InterfaceError",
            Self::Database => "DatabaseError",
            Self::Data => "DataError",
            Self::Operational => "OperationalError",
            Self::Integrity => "IntegrityError",
            Self::Internal => "InternalError",
            Self::Programming => "ProgrammingError",
            Self::NotSupported => "NotSupportedError",
        }
    }

    /// psycopg2's choice.
    fn of_sqlstate(state: &str) -> Self {
        match state.get(..2).unwrap_or_default() {
            "0A" => Self::NotSupported,
            "22" => Self::Data,
            "23" => Self::Integrity,
            "20" | "21" | "3D" | "3F" | "42" | "44" => Self::Programming,
            "24" | "25" | "2B" | "2D" | "2F" | "38" | "39" | "3B" | "F0" | "P0" | "XX" => {
                Self::Internal
            }
            "08" | "26" | "27" | "28" | "34" | "40" | "53" | "54" | "55" | "57" | "58" | "HV" => {
                Self::Operational
            }
            _ => Self::Database,
        }
    }

    /// pymysql's choice.
    fn of_mysql(number: i64) -> Self {
        match number {
            1007 | 1064 | 1102 | 1103 | 1110..=1113 | 1146 | 1149 | 1166 | 1179 => {
                Self::Programming
            }
            1171 | 1230 | 1263..=1265 | 1366 | 1367 | 1406 | 1441 => Self::Data,
            1048 | 1062 | 1215..=1217 | 1451 | 1452 => Self::Integrity,
            1196 | 1235 | 1286 | 1289 => Self::NotSupported,
            // It reads the number as one of two bytes with a sign.
            1_000..=0x7fff => Self::Operational,
            _ => Self::Internal,
        }
    }

    /// sqlite3's choice, by the last byte of the result code.
    fn of_sqlite(code: i64) -> Self {
        match code & 0xff {
            2 | 12 => Self::Internal,
            1 | 3..=6 | 8..=10 | 13..=17 => Self::Operational,
            18 => Self::Data,
            19 | 20 => Self::Integrity,
            21 | 25 => Self::Interface,
            _ => Self::Database,
        }
    }
}

/// What a database refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SqlError {
    /// `SQLSTATE`, where the server has one and it is known.
    pub sqlstate: Option<String>,
    /// The number of MySQL's or SQLite's error.
    pub code: Option<i64>,
    /// The class of an error that the server has not sent: the driver's own.
    pub class: Option<DriverClass>,
    /// Whether it is the database's, or at least the driver's, and not one of Python's.
    pub is_database: bool,
    /// Whether it is none: a value came back that Python could read, and the engine cannot.
    pub is_unreadable: bool,
    /// What the server says.
    pub message: String,
    /// Whose error it is.
    pub dialect: Dialect,
}

impl SqlError {
    /// Its class, where that is known.
    #[must_use]
    pub fn class(&self) -> Option<DriverClass> {
        self.class.or_else(|| match self.dialect {
            Dialect::Postgresql => self.sqlstate.as_deref().map(DriverClass::of_sqlstate),
            Dialect::Mysql => self.code.map(DriverClass::of_mysql),
            Dialect::Sqlite => self.code.map(DriverClass::of_sqlite),
        })
    }

    /// Module and name of the driver's class.
    fn original(&self, class: DriverClass) -> (&'static str, &'static str) {
        match self.dialect {
            Dialect::Sqlite => ("sqlite3", class.name()),
            Dialect::Mysql => ("pymysql.err", class.name()),
            Dialect::Postgresql => match self.sqlstate.as_deref().and_then(sqlstates::name) {
                Some(name) => (ERRORS, name),
                None => match self.sqlstate.as_deref().and_then(extension) {
                    Some(name) => (EXTENSIONS, name),
                    None => ("psycopg2", class.name()),
                },
            },
        }
    }
}

/// The exception for what the database said, with `orig`, `statement` and `params`.
pub(crate) fn raised(
    interp: &mut Interpreter,
    error: &SqlError,
    statement: &str,
) -> Result<Box<Error>> {
    if error.is_unreadable {
        return Ok(interp.unsupported(error.message.trim_end()));
    }
    let original = original(interp, error)?;
    let said = interp.str(&original)?;
    let (class, told) = match error.class() {
        Some(class) => {
            let (module, name) = error.original(class);
            let class = registry::class(interp, &format!("exc.{}", class.name()))?;
            (class, format!("({module}.{name}) {said}"))
        }
        None if error.is_database => {
            let base = registry::class(interp, "exc.DatabaseError")?;
            (undetermined(interp, &base), said.to_string())
        }
        None => (undetermined(interp, &exception(interp)?), said.to_string()),
    };
    let raised = interp.raised(&class, vec![Value::from(format!("{told}\n[SQL: {statement}]"))]);
    if let Error::Raised(instance) = &*raised {
        instance.set("orig", original);
        instance.set("statement", Value::str(statement));
        instance.set("params", Value::None);
    }
    Ok(raised)
}

/// The exception of the driver.
fn original(interp: &mut Interpreter, error: &SqlError) -> Result<Value> {
    let class = match error.class() {
        Some(class) => original_class(interp, error, class)?,
        None => {
            let base = exception(interp)?;
            undetermined(interp, &base)
        }
    };
    let message = Value::str(error.message.as_str());
    let args = match (error.dialect, error.code) {
        (Dialect::Mysql, Some(code)) => vec![Value::Int(code), message],
        _ => vec![message],
    };
    let instance = Instance::new(class, None);
    if let Some(state) = &instance.exception {
        state.borrow_mut().args = args;
    }
    if error.dialect == Dialect::Postgresql && (error.sqlstate.is_some() || error.class.is_some()) {
        instance.set("pgcode", error.sqlstate.clone().map_or(Value::None, Value::from));
    }
    if error.dialect == Dialect::Mysql {
        instance.set("sqlstate", error.sqlstate.clone().map_or(Value::None, Value::from));
    }
    Ok(Value::Instance(Rc::new(instance)))
}

/// The class of the driver's exception, made when it is first met: below the one of the DB-API,
/// `DatabaseError` and `Error`.
fn original_class(
    interp: &mut Interpreter,
    error: &SqlError,
    class: DriverClass,
) -> Result<Rc<Class>> {
    let (module, name) = error.original(class);
    let home = home(error.dialect);
    let mut base = dbapi_class(interp, error.dialect, Some(class))?;
    if let Some(between) = error.sqlstate.as_deref().and_then(extension)
        && error.dialect == Dialect::Postgresql
    {
        base = known_class(interp, EXTENSIONS, between, &base)?;
    }
    match module == home || module == EXTENSIONS {
        true => Ok(base),
        false => known_class(interp, module, name, &base),
    }
}

const ERRORS: &str = "psycopg2.errors";
const EXTENSIONS: &str = "psycopg2.extensions";

/// The class that psycopg2 has between that of a SQLSTATE and `OperationalError`.
fn extension(state: &str) -> Option<&'static str> {
    match state {
        "57014" => Some("QueryCanceledError"),
        _ if state.starts_with("40") => Some("TransactionRollbackError"),
        _ => None,
    }
}

/// The module of a driver's classes.
const fn home(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgresql => "psycopg2",
        Dialect::Mysql => "pymysql.err",
        Dialect::Sqlite => "sqlite3",
    }
}

/// The class of a driver for one of the DB-API; `Error` without one.
fn dbapi_class(
    interp: &mut Interpreter,
    dialect: Dialect,
    class: Option<DriverClass>,
) -> Result<Rc<Class>> {
    let home = home(dialect);
    let mut base = exception(interp)?;
    if dialect == Dialect::Mysql {
        base = known_class(interp, home, "MySQLError", &base)?;
    }
    let base = known_class(interp, home, "Error", &base)?;
    match class {
        None => Ok(base),
        Some(DriverClass::Interface) => known_class(interp, home, "InterfaceError", &base),
        Some(DriverClass::Database) => known_class(interp, home, "DatabaseError", &base),
        Some(class) => {
            let base = known_class(interp, home, "DatabaseError", &base)?;
            known_class(interp, home, class.name(), &base)
        }
    }
}

/// The class of psycopg2 for a name of the DB-API.
pub(crate) fn psycopg2_class(interp: &mut Interpreter, name: &str) -> Result<Option<Rc<Class>>> {
    let class = match name {
        "Error" => None,
        "InterfaceError" => Some(DriverClass::Interface),
        "DatabaseError" => Some(DriverClass::Database),
        "DataError" => Some(DriverClass::Data),
        "OperationalError" => Some(DriverClass::Operational),
        "IntegrityError" => Some(DriverClass::Integrity),
        "InternalError" => Some(DriverClass::Internal),
        "ProgrammingError" => Some(DriverClass::Programming),
        "NotSupportedError" => Some(DriverClass::NotSupported),
        _ => return Ok(None),
    };
    dbapi_class(interp, Dialect::Postgresql, class).map(Some)
}

/// The class in `psycopg2.errors` for a SQLSTATE, if it has one.
pub(crate) fn psycopg2_error(interp: &mut Interpreter, state: &str) -> Result<Option<Rc<Class>>> {
    if sqlstates::name(state).is_none() {
        return Ok(None);
    }
    of_state(interp, state).map(Some)
}

/// The class in `psycopg2.extensions`, if it has one of this name.
pub(crate) fn psycopg2_extension(
    interp: &mut Interpreter,
    name: &str,
) -> Result<Option<Rc<Class>>> {
    match name {
        // That of a state without a class of its own.
        "TransactionRollbackError" => of_state(interp, "40").map(Some),
        "QueryCanceledError" => {
            let base = dbapi_class(interp, Dialect::Postgresql, Some(DriverClass::Operational))?;
            known_class(interp, EXTENSIONS, "QueryCanceledError", &base).map(Some)
        }
        _ => Ok(None),
    }
}

fn of_state(interp: &mut Interpreter, state: &str) -> Result<Rc<Class>> {
    let error = SqlError {
        sqlstate: Some(state.to_owned()),
        code: None,
        class: None,
        is_database: true,
        is_unreadable: false,
        message: String::new(),
        dialect: Dialect::Postgresql,
    };
    original_class(interp, &error, DriverClass::of_sqlstate(state))
}

fn known_class(
    interp: &mut Interpreter,
    module: &'static str,
    name: &'static str,
    base: &Rc<Class>,
) -> Result<Rc<Class>> {
    let home = interp.load_module(registry::HOME)?;
    let key = format!("{module}.{name}");
    if let Some(Value::Class(class)) = registry::value(&home, &key) {
        return Ok(class);
    }
    let mut class = ClassBuilder::new(name, module).base(base);
    if name == "Error" {
        // What only the driver knows.
        let hidden: &[&'static str] = match module {
            "psycopg2" => &["pgerror", "diag", "cursor"],
            "sqlite3" => &["sqlite_errorcode", "sqlite_errorname"],
            _ => &[],
        };
        for name in hidden {
            class = class.property(name, move |interp, _| {
                Err(interp.unsupported(format!("the attribute '{name}' of a driver's exception")))
            });
        }
    }
    let class = class.finish(interp);
    home.set(key, Value::Class(Rc::clone(&class)));
    Ok(class)
}

fn exception(interp: &Interpreter) -> Result<Rc<Class>> {
    match interp.builtin("Exception") {
        Some(Value::Class(class)) => Ok(class),
        _ => Err(interp.unsupported("the exception of a driver")),
    }
}

/// The class of an exception of which only a base is known.
fn undetermined(interp: &Interpreter, base: &Rc<Class>) -> Rc<Class> {
    let class = ClassBuilder::new(base.name.clone(), base.module.clone()).base(base);
    class
        .hooks(Rc::new(Undetermined))
        .property("pgcode", |interp, _: Args| Err(unknown(interp)))
        .finish(interp)
}

struct Undetermined;

impl ClassHooks for Undetermined {
    fn created(&self, _: &mut Interpreter, _: &Rc<Class>, _: Vec<(Text, Value)>) -> Result<()> {
        Ok(())
    }

    fn attribute(&self, interp: &mut Interpreter, _: &Rc<Class>, _: &str) -> Result<Option<Value>> {
        Err(unknown(interp))
    }

    fn may_be(
        &self,
        interp: &mut Interpreter,
        class: &Rc<Class>,
        wanted: &Rc<Class>,
    ) -> Result<bool> {
        let mut bases = class.order().skip(1);
        match bases.next().is_some_and(|base| wanted.is_subclass(base)) {
            true => Err(unknown(interp)),
            false => Ok(false),
        }
    }
}

fn unknown(interp: &Interpreter) -> Box<Error> {
    interp.unsupported("the class of an error of which only the message is known (no SQLSTATE)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_the_drivers() {
        let class = |dialect, sqlstate: Option<&str>, code| {
            let error = SqlError {
                sqlstate: sqlstate.map(str::to_owned),
                code,
                class: None,
                is_database: true,
                is_unreadable: false,
                message: String::new(),
                dialect,
            };
            error.class().map(|class| error.original(class).1)
        };
        for (state, name) in [
            ("42P01", Some("UndefinedTable")),
            ("57014", Some("QueryCanceled")),
            ("P0001", Some("RaiseException")),
            // One that a function has made up.
            ("22ABC", Some("DataError")),
            ("40ABC", Some("TransactionRollbackError")),
            ("ABCDE", Some("DatabaseError")),
        ] {
            assert_eq!(class(Dialect::Postgresql, Some(state), None), name, "{state}");
        }
        assert_eq!(class(Dialect::Postgresql, None, None), None);
        for (number, name) in [
            (1007, "ProgrammingError"),
            (1054, "OperationalError"),
            (1364, "OperationalError"),
            (4025, "OperationalError"),
            (1452, "IntegrityError"),
            (1289, "NotSupportedError"),
            (999, "InternalError"),
            (40_000, "InternalError"),
        ] {
            assert_eq!(class(Dialect::Mysql, None, Some(number)), Some(name), "{number}");
        }
        for (code, name) in [
            (1, "OperationalError"),
            (2067, "IntegrityError"),
            (20, "IntegrityError"),
            (18, "DataError"),
            (11, "DatabaseError"),
            (26, "DatabaseError"),
            (21, "InterfaceError"),
        ] {
            assert_eq!(class(Dialect::Sqlite, None, Some(code)), Some(name), "{code}");
        }
    }
}
