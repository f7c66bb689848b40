//! What statements gave: results and their rows.

use std::cell::RefCell;
use std::rc::Rc;

use limbeck_schema::expr::Statement;

use crate::eval::Args;
use crate::eval::ClassBuilder;
use crate::eval::Dict;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;
use crate::python::CompareOp;

use super::errors;
use super::inserted;
use super::keywords::text;
use super::migration;
use super::migration::Fetched;
use super::migration::ResultSet;
use super::migration::SqlalchemyVersion;
use super::result_keys::Keys;
use super::result_values;
use super::trial;
use super::value;

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
}

/// A row.
#[derive(Debug)]
struct RowObject {
    columns: Rc<Vec<String>>,
    values: Rc<Vec<Value>>,
    is_mapping: bool,
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
    of_rows(interp, fetched, key)
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
    interp.load_module(super::registry::HOME)?;
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
            Value::native(RowObject { columns, values, is_mapping: false })
        }),
        is_unknown,
        shape: Shape::Rows,
    }))
}

/// A result of rows that are values of Python already.
pub(super) fn of_values(columns: Vec<String>, rows: Vec<Vec<Value>>) -> Value {
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
    })
}

/// The same as rows alone.
pub(super) fn rows_of_values(columns: Vec<String>, rows: Vec<Vec<Value>>) -> Vec<Value> {
    let columns = Rc::new(columns);
    let row = |values| {
        let (columns, values) = (Rc::clone(&columns), Rc::new(values));
        Value::native(RowObject { columns, values, is_mapping: false })
    };
    rows.into_iter().map(row).collect()
}

impl ResultObject {
    fn shaped(&self, shape: Shape) -> Value {
        Value::native(Self {
            columns: Rc::clone(&self.columns),
            returns_rows: self.returns_rows,
            rows: Rc::clone(&self.rows),
            row_count: self.row_count,
            last_id: self.last_id,
            key: self.key.clone(),
            is_unknown: self.is_unknown,
            shape,
        })
    }

    fn take(&self) -> Option<Value> {
        let values = self.rows.borrow_mut().pop_front()?;
        Some(match self.shape {
            Shape::Scalars(at) => values.get(at).cloned().unwrap_or_default(),
            shape => Value::native(RowObject {
                columns: Rc::clone(&self.columns),
                values,
                is_mapping: shape == Shape::Mappings,
            }),
        })
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
            return Ok(());
        }
        Err(errors::of_class(
            interp,
            "ResourceClosedError",
            "This result object does not return rows. It has been closed automatically.",
        )?)
    }
}

fn this(interp: &mut Interpreter, args: Args) -> Result<(Rc<ResultObject>, Args)> {
    let mut args = args;
    match args.take_self().and_then(|this| this.downcast::<ResultObject>()) {
        Some(this) => Ok((this, args)),
        None => Err(interp.unsupported("a result of another kind")),
    }
}

fn all(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (this, _) = this(interp, args)?;
    this.check(interp)?;
    Ok(Value::list(std::iter::from_fn(|| this.take()).collect()))
}

fn next(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (this, _) = this(interp, args)?;
    this.check(interp)?;
    Ok(this.take().unwrap_or_default())
}

fn first(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (this, _) = this(interp, args)?;
    this.check(interp)?;
    let found = this.take();
    this.rows.borrow_mut().clear();
    Ok(found.unwrap_or_default())
}

/// `one()`, `one_or_none()`, `scalar_one()`, `scalar_one_or_none()`.
fn one(interp: &mut Interpreter, args: Args, or_none: bool, scalar: bool) -> Result<Value> {
    let (this, _) = this(interp, args)?;
    this.check(interp)?;
    let count = this.rows.borrow().len();
    if count > 1 {
        let message = if or_none {
            "Multiple rows were found when one or none was required"
        } else {
            "Multiple rows were found when exactly one was required"
        };
        return Err(errors::of_class(interp, "MultipleResultsFound", message)?);
    }
    match this.take() {
        None if or_none => Ok(Value::None),
        None => Err(errors::of_class(
            interp,
            "NoResultFound",
            "No row was found when one was required",
        )?),
        Some(row) => Ok(if scalar { first_of(&row) } else { row }),
    }
}

pub(super) fn first_of(row: &Value) -> Value {
    match row.downcast::<RowObject>() {
        Some(row) => row.values.first().cloned().unwrap_or_default(),
        None => row.clone(),
    }
}

/// Makes the classes.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let class = ClassBuilder::new("CursorResult", "sqlalchemy.engine.cursor")
        .method("fetchall", all)
        .method("all", all)
        .method("fetchone", next)
        .method("first", first)
        .method("one", |interp, args| one(interp, args, false, false))
        .method("one_or_none", |interp, args| one(interp, args, true, false))
        .method("scalar_one", |interp, args| one(interp, args, false, true))
        .method("scalar_one_or_none", |interp, args| one(interp, args, true, true))
        .method("scalar", |interp, args| {
            let row = first(interp, args)?;
            Ok(first_of(&row))
        })
        .method("fetchmany", |interp, args| {
            let (this, args) = this(interp, args)?;
            this.check(interp)?;
            let count = args.positional.first().and_then(Value::as_int).unwrap_or(1);
            let count = usize::try_from(count).unwrap_or(0);
            Ok(Value::list(std::iter::from_fn(|| this.take()).take(count).collect()))
        })
        .method("scalars", |interp, args| {
            let (this, args) = this(interp, args)?;
            this.check(interp)?;
            let at = match args.positional.first() {
                None => 0,
                Some(index) => match index.as_int() {
                    Some(index) => usize::try_from(index).unwrap_or(0),
                    None => {
                        let name = text(interp, index, "a column")?;
                        this.columns.iter().position(|column| *column == name).unwrap_or(0)
                    }
                },
            };
            Ok(this.shaped(Shape::Scalars(at)))
        })
        .method("mappings", |interp, args| {
            let (this, _) = this(interp, args)?;
            this.check(interp)?;
            Ok(this.shaped(Shape::Mappings))
        })
        .method("keys", |interp, args| {
            let (this, _) = this(interp, args)?;
            this.check(interp)?;
            Ok(Value::native(Keys(Rc::clone(&this.columns))))
        })
        .method("unique", |_, mut args| Ok(args.take_self().unwrap_or_default()))
        .method("yield_per", |_, mut args| Ok(args.take_self().unwrap_or_default()))
        .method("tuples", |_, mut args| Ok(args.take_self().unwrap_or_default()))
        .method("partitions", |interp, args| {
            let (this, args) = this(interp, args)?;
            this.check(interp)?;
            let size = args.positional.first().and_then(Value::as_int).unwrap_or(1).max(1);
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            let mut parts = Vec::new();
            loop {
                let part: Vec<Value> = std::iter::from_fn(|| this.take()).take(size).collect();
                if part.is_empty() {
                    return Ok(Value::list(parts));
                }
                parts.push(Value::list(part));
            }
        })
        .method("close", |interp, args| {
            let (this, _) = this(interp, args)?;
            this.rows.borrow_mut().clear();
            Ok(Value::None)
        })
        .finish(interp);
    interp.register_class::<ResultObject>(Rc::clone(&class));
    home.set("Result", Value::Class(Rc::clone(&class)));
    home.set("CursorResult", Value::Class(class));
    let class = ClassBuilder::new("Row", "sqlalchemy.engine.row")
        .method("_asdict", |interp, args| {
            let [row] = args.exactly(interp, "Row._asdict")?;
            as_dict(interp, &row)
        })
        .method("keys", |interp, args| {
            let [row] = args.exactly(interp, "Row.keys")?;
            let row = row_of(interp, &row)?;
            Ok(Value::native(Keys(Rc::clone(&row.columns))))
        })
        .method("values", |interp, args| {
            let [row] = args.exactly(interp, "Row.values")?;
            Ok(Value::list(row_of(interp, &row)?.values.to_vec()))
        })
        .method("items", |interp, args| {
            let [row] = args.exactly(interp, "Row.items")?;
            let row = row_of(interp, &row)?;
            let pairs = row.columns.iter().zip(row.values.iter());
            Ok(Value::list(
                pairs
                    .map(|(name, value)| {
                        Value::tuple(vec![Value::str(name.as_str()), value.clone()])
                    })
                    .collect(),
            ))
        })
        .method("get", |interp, args| {
            let [row, key, default] = args.method_up_to(interp, "get", 2)?;
            let row = row_of(interp, &row.unwrap_or_default())?;
            let key = key.and_then(|key| key.as_text());
            let found = key.and_then(|key| row.named(&key));
            Ok(found.or(default).unwrap_or_default())
        })
        .finish(interp);
    interp.register_class::<RowObject>(Rc::clone(&class));
    home.set("Row", Value::Class(class));
}

fn row_of(interp: &mut Interpreter, value: &Value) -> Result<Rc<RowObject>> {
    match value.downcast::<RowObject>() {
        Some(row) => Ok(row),
        None => Err(interp.unsupported("a row of another kind")),
    }
}

fn as_dict(interp: &mut Interpreter, value: &Value) -> Result<Value> {
    let row = row_of(interp, value)?;
    let dict = Dict::default();
    for (name, value) in row.columns.iter().zip(row.values.iter()) {
        dict.set_text(&Text::from(name.as_str()), value.clone());
    }
    Ok(Value::Dict(Rc::new(dict)))
}

impl RowObject {
    fn named(&self, name: &str) -> Option<Value> {
        let at = self.columns.iter().position(|column| column == name)?;
        self.values.get(at).cloned()
    }

    /// What a mapping has under a key.
    fn of_key(&self, interp: &mut Interpreter, key: &Value) -> Result<Option<Value>> {
        let name = match super::clause::find(interp, key)? {
            Some(expr) => match expr.kind() {
                limbeck_schema::expr::ExprKind::Column(column) => Some(column.key.clone()),
                _ => None,
            },
            None => key.as_text().map(|text| text.to_string()),
        };
        Ok(name.as_deref().and_then(|name| self.named(name)))
    }

    fn tuple(&self) -> Value {
        Value::tuple(self.values.to_vec())
    }
}

impl Object for ResultObject {
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
        self.must_be_known(interp)?;
        Ok(self.take())
    }
}

impl Object for RowObject {
    fn attribute(
        &self,
        this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        if name == "_mapping" {
            return Ok(Some(Value::native(RowObject {
                columns: Rc::clone(&self.columns),
                values: Rc::clone(&self.values),
                is_mapping: true,
            })));
        }
        if name == "_fields" {
            let names = self.columns.iter().map(|name| Value::str(name.as_str()));
            return Ok(Some(Value::tuple(names.collect())));
        }
        match self.named(name) {
            Some(value) => Ok(Some(value)),
            None if name.starts_with("__") => Ok(None),
            None => {
                let _ = this;
                interp.raise(
                    "AttributeError",
                    format!("Could not locate column in row for column '{name}'"),
                )
            }
        }
    }

    fn item(&self, _this: &Value, key: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        if self.is_mapping {
            return match self.of_key(interp, key)? {
                Some(value) => Ok(Some(value)),
                None => {
                    let shown = interp.repr(key)?;
                    let error = errors::of_class(
                        interp,
                        "NoSuchColumnError",
                        format!("Could not locate column in row for column {shown}"),
                    )?;
                    Err(error)
                }
            };
        }
        if let Some(name) = key.as_text() {
            if migration::current(interp)?.sqlalchemy == SqlalchemyVersion::V14
                && let Some(value) = self.named(&name)
            {
                return Ok(Some(value));
            }
            return interp.type_error("tuple indices must be integers or slices, not str");
        }
        let tuple = self.tuple();
        interp.item(&tuple, key).map(Some)
    }

    fn iterate(&self, _this: &Value, _: &mut Interpreter) -> Result<Option<Value>> {
        if self.is_mapping {
            let names = self.columns.iter().map(|name| Value::str(name.as_str()));
            return Ok(Some(Value::list(names.collect())));
        }
        Ok(Some(self.tuple()))
    }

    fn len(&self, _this: &Value, _: &mut Interpreter) -> Result<Option<usize>> {
        Ok(Some(self.values.len()))
    }

    fn contains(
        &self,
        _this: &Value,
        value: &Value,
        interp: &mut Interpreter,
    ) -> Result<Option<bool>> {
        if self.is_mapping {
            return Ok(Some(self.of_key(interp, value)?.is_some()));
        }
        let tuple = self.tuple();
        interp.contains(&tuple, value).map(Some)
    }

    fn compare(
        &self,
        _this: &Value,
        op: CompareOp,
        other: &Value,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let other = match other.downcast::<RowObject>() {
            Some(row) => row.tuple(),
            None => other.clone(),
        };
        let tuple = self.tuple();
        interp.compare(op, &tuple, &other).map(Some)
    }

    fn hash(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<i64>> {
        let tuple = self.tuple();
        let hash = interp.hash(&tuple)?;
        Ok(Some(i64::from_ne_bytes(hash.to_ne_bytes())))
    }

    fn repr(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        if self.is_mapping {
            let mut pairs = Vec::with_capacity(self.values.len());
            for (name, value) in self.columns.iter().zip(self.values.iter()) {
                let name = interp.repr(&Value::str(name.as_str()))?;
                pairs.push(format!("{name}: {}", interp.repr(value)?));
            }
            return Ok(Some(format!("{{{}}}", pairs.join(", "))));
        }
        let tuple = self.tuple();
        interp.repr(&tuple).map(Some)
    }
}
