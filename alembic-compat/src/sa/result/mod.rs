//! What statements gave: results and their rows.

mod methods;
mod row;
mod unique;

use std::cell::Cell;
use std::cell::RefCell;
use std::rc::Rc;

use self::row::RowKind;
use self::row::RowObject;
use self::unique::Unique;
use limbeck_schema::expr::Statement;

use crate::eval::Class;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;

use super::errors;
use super::execution_options;
use super::inserted;
use super::migration;
use super::migration::Fetched;
use super::migration::ResultSet;
use super::migration::SqlalchemyVersion;
use super::registry;
use super::result_values;
use super::trial;
use super::value;

pub(super) use self::row::first_of;
pub(super) use self::unique::Kind;
pub(super) use self::unique::unique_rows;

/// How a result gives its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Rows,
    Scalars(usize),
    Mappings,
}

/// A result. Its rows are consumed.
#[derive(Debug)]
struct ResultObject {
    columns: Rc<Vec<String>>,
    returns_rows: bool,
    rows: Rc<RefCell<std::collections::VecDeque<Rc<Vec<Value>>>>>,
    row_count: i64,
    last_id: Option<i64>,
    /// The key of the row that an insert has made.
    key: Option<Value>,
    /// Whether nobody knows what is in it: reading ends a trial.
    is_unknown: bool,
    shape: Shape,
    of: Source,
    /// How the values of each column are told apart; what is not in it is told by itself.
    kinds: Rc<Vec<Kind>>,
    unique: RefCell<Option<Rc<Unique>>>,
    /// How many rows are read at once where the code does not say it.
    yield_per: Rc<Cell<Option<usize>>>,
    is_closed: Rc<Cell<bool>>,
    /// Whether something was read in this shape.
    is_read: Cell<bool>,
}

/// Who has made a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Connection,
    /// SQLAlchemy 1.4's connection, whose rows are read by names too.
    OldConnection,
    /// A session, which makes the rows of objects.
    Session,
    /// A session for a statement that may be on the columns of a mapped class.
    Either,
}

/// What a statement gave as a value; `None` offline.
pub(super) fn of_statement(
    interp: &mut Interpreter,
    statement: &Statement,
    fetched: Option<Fetched>,
) -> Result<Value> {
    let Some(mut fetched) = fetched else { return Ok(Value::None) };
    let prepared = fetched.prepared.take();
    let mut key = None;
    if let Statement::Insert(insert) = prepared.as_ref().unwrap_or(statement)
        && insert.returning.is_empty()
    {
        if !insert.inline {
            key = inserted::key(interp, insert, &fetched.set)?;
        }
        // What was asked for by itself, the key of the new row, is no result.
        fetched.set.columns = None;
        fetched.set.rows.clear();
    }
    let made = of_rows(interp, fetched, key)?;
    match (execution_options::of_connection(interp)?, statement) {
        (Some(count), Statement::Query(_)) => with_yield_per(interp, made, count),
        _ => Ok(made),
    }
}

/// What a text gave as a value; `None` offline.
pub(super) fn of_text(interp: &mut Interpreter, set: Option<ResultSet>) -> Result<Value> {
    set.map_or(Ok(Value::None), |set| of_rows(interp, set.into(), None))
}

fn of_rows(
    interp: &mut Interpreter,
    fetched: Fetched,
    key: Option<Vec<(String, Value)>>,
) -> Result<Value> {
    let Fetched { set: result, types, .. } = fetched;
    let is_unknown = trial::current(interp)?.is_some();
    interp.load_module(registry::HOME)?;
    let of = match migration::current(interp)?.sqlalchemy {
        SqlalchemyVersion::V14 => Source::OldConnection,
        SqlalchemyVersion::V20 | SqlalchemyVersion::V21 => Source::Connection,
    };
    let target = migration::target(interp)?;
    let mut rows = std::collections::VecDeque::new();
    for row in &result.rows {
        let mut values = Vec::new();
        for (at, value) in row.iter().enumerate() {
            values.push(match types.get(at).filter(|_| types.len() == row.len()) {
                Some(sql_type) => result_values::to_python(interp, value, sql_type, &target)?,
                None => value::to_python(interp, value)?,
            });
        }
        interp.allow_size(values.len(), "a result")?;
        rows.push_back(Rc::new(values));
    }
    Ok(Value::native(ResultObject {
        returns_rows: result.columns.is_some(),
        columns: Rc::new(result.columns.unwrap_or_default()),
        rows: Rc::new(RefCell::new(rows)),
        row_count: result.row_count,
        last_id: result.last_id,
        key: key.map(|key| {
            let (columns, values): (Vec<_>, Vec<_>) = key.into_iter().unzip();
            let (columns, values) = (Rc::new(columns), Rc::new(values));
            Value::native(RowObject { columns, values, kind: RowKind::Row })
        }),
        is_unknown,
        shape: Shape::Rows,
        of,
        kinds: Rc::default(),
        unique: RefCell::default(),
        yield_per: Rc::default(),
        is_closed: Rc::default(),
        is_read: Cell::default(),
    }))
}

/// A result of rows that are values of Python already.
pub(super) fn of_values(columns: Vec<String>, rows: Vec<Vec<Value>>, kinds: Vec<Kind>) -> Value {
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    Value::native(ResultObject {
        returns_rows: true,
        columns: Rc::new(columns),
        rows: Rc::new(RefCell::new(rows.into_iter().map(Rc::new).collect())),
        row_count: count,
        last_id: None,
        key: None,
        is_unknown: false,
        shape: Shape::Rows,
        of: Source::Session,
        kinds: Rc::new(kinds),
        unique: RefCell::default(),
        yield_per: Rc::default(),
        is_closed: Rc::default(),
        is_read: Cell::default(),
    })
}

/// A result whose rows are read so many at once where the code does not say it.
pub(super) fn with_yield_per(
    interp: &mut Interpreter,
    value: Value,
    count: usize,
) -> Result<Value> {
    if let Some(result) = value.downcast::<ResultObject>() {
        result.yield_rows(interp, count)?;
    }
    Ok(value)
}

/// What a session gives for a statement of Core.
pub(super) fn of_session(value: Value) -> Value {
    match value.downcast::<ResultObject>() {
        Some(result) if result.of != Source::Session => {
            Value::native(ResultObject { of: Source::Either, ..result.shaped(result.shape) })
        }
        _ => value,
    }
}

/// The same as rows alone.
pub(super) fn rows_of_values(columns: Vec<String>, rows: Vec<Vec<Value>>) -> Vec<Value> {
    let columns = Rc::new(columns);
    let row = |values| {
        let (columns, values) = (Rc::clone(&columns), Rc::new(values));
        Value::native(RowObject { columns, values, kind: RowKind::Row })
    };
    rows.into_iter().map(row).collect()
}

impl ResultObject {
    fn shaped(&self, shape: Shape) -> Self {
        Self {
            columns: Rc::clone(&self.columns),
            returns_rows: self.returns_rows,
            rows: Rc::clone(&self.rows),
            row_count: self.row_count,
            last_id: self.last_id,
            key: self.key.clone(),
            is_unknown: self.is_unknown,
            shape,
            of: self.of,
            kinds: Rc::clone(&self.kinds),
            unique: RefCell::new(self.unique.borrow().clone()),
            yield_per: Rc::clone(&self.yield_per),
            is_closed: Rc::clone(&self.is_closed),
            is_read: Cell::default(),
        }
    }

    /// The next row, whether it is unique or not.
    fn take(&self) -> Option<Rc<Vec<Value>>> {
        self.is_read.set(true);
        self.rows.borrow_mut().pop_front()
    }

    /// The next row, or the next that was not given before.
    fn take_next(&self, interp: &mut Interpreter) -> Result<Option<Value>> {
        let unique = self.unique.borrow().clone();
        while let Some(values) = self.take() {
            if let Some(unique) = &unique {
                interp.charge(1)?;
                let key = self.key_of(interp, unique, &values)?;
                if !unique.is_new(interp, key)? {
                    continue;
                }
            }
            return Ok(Some(self.shown(values)));
        }
        Ok(None)
    }

    fn take_many(&self, interp: &mut Interpreter, count: usize) -> Result<Vec<Value>> {
        let mut made = Vec::new();
        while made.len() < count
            && let Some(value) = self.take_next(interp)?
        {
            made.push(value);
        }
        Ok(made)
    }

    fn shown(&self, values: Rc<Vec<Value>>) -> Value {
        match self.shape {
            Shape::Scalars(at) => values.get(at).cloned().unwrap_or_default(),
            shape => Value::native(RowObject {
                columns: Rc::clone(&self.columns),
                values,
                kind: match (shape, self.of) {
                    (Shape::Mappings, _) => RowKind::Mapping,
                    (_, Source::OldConnection) => RowKind::Legacy,
                    _ => RowKind::Row,
                },
            }),
        }
    }

    /// Closes it for good.
    fn close(&self) {
        self.rows.borrow_mut().clear();
        self.is_closed.set(true);
    }

    /// Ends a trial.
    fn must_be_known(&self, interp: &mut Interpreter) -> Result<()> {
        if self.is_unknown
            && let Some(trial) = trial::current(interp)?
        {
            trial.rows(interp)?;
        }
        Ok(())
    }

    fn check(&self, interp: &mut Interpreter) -> Result<()> {
        self.must_be_known(interp)?;
        if self.returns_rows {
            if self.is_closed.get() {
                let message = "This result object is closed.";
                return Err(errors::of_class(interp, "ResourceClosedError", message)?);
            }
            return Ok(());
        }
        Err(errors::of_class(
            interp,
            "ResourceClosedError",
            "This result object does not return rows. It has been closed automatically.",
        )?)
    }
}

impl Object for ResultObject {
    fn class(&self, interp: &Interpreter) -> Rc<Class> {
        let name = match (self.shape, self.of) {
            (Shape::Scalars(_), _) => "ScalarResult",
            (Shape::Mappings, _) => "MappingResult",
            (Shape::Rows, Source::Session) => "ChunkedIteratorResult",
            (Shape::Rows, Source::Either) => "Result",
            (Shape::Rows, _) => "CursorResult",
        };
        registry::known(interp, name).unwrap_or_else(|| interp.class_of::<Self>())
    }

    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        if !name.starts_with("__") {
            self.must_be_known(interp)?;
        }
        Ok(Some(match name {
            "rowcount" => Value::Int(self.row_count),
            "returns_rows" => Value::Bool(self.returns_rows),
            "lastrowid" => self.last_id.map_or(Value::None, Value::Int),
            "inserted_primary_key" => match &self.key {
                Some(key) => key.clone(),
                None => return Err(interp.unsupported("inserted_primary_key")),
            },
            _ if name.starts_with("__") => return Ok(None),
            _ => return Err(interp.unsupported(format!("Result.{name}"))),
        }))
    }

    fn iterate(&self, this: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        self.check(interp)?;
        Ok(Some(this.clone()))
    }

    fn is_iterator(&self) -> bool {
        true
    }

    fn next(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        if self.is_closed.get() {
            self.check(interp)?;
        }
        self.must_be_known(interp)?;
        self.take_next(interp)
    }
}

/// Makes the classes.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    methods::install(interp, home);
    row::install(interp, home);
}
