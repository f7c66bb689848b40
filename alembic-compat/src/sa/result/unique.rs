//! Which rows a result gives, and how many at once: `unique()`, `fetchmany()`, `partitions()`.

use std::rc::Rc;

use crate::eval::Args;
use crate::eval::Error;
use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;
use crate::sa::execution_options;
use crate::sa::keywords::given;

use super::ResultObject;
use super::Shape;
use super::Source;
use super::row::RowKind;
use super::row::RowObject;

/// How the values of a column are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sa) enum Kind {
    /// By what they are.
    Value,
    /// Objects of mapped classes: by which they are.
    Object,
    /// Not at all: SQLAlchemy says of the type that its values have no hash.
    Unhashable,
}

/// `unique()`: what was given already.
#[derive(Debug)]
pub(super) struct Unique {
    seen: Value,
    strategy: Option<Value>,
}

impl Unique {
    /// Whether a row was not given before; then it is now.
    pub(super) fn is_new(&self, interp: &mut Interpreter, key: Value) -> Result<bool> {
        if interp.contains(&self.seen, &key)? {
            return Ok(false);
        }
        interp.call_method(&self.seen, "add", Args::of([key]))?;
        Ok(true)
    }
}

impl ResultObject {
    /// What tells a row from others.
    pub(super) fn key_of(
        &self,
        interp: &mut Interpreter,
        unique: &Unique,
        values: &Rc<Vec<Value>>,
    ) -> Result<Value> {
        // A session gives objects of one class as they are, not in rows of one column.
        let is_bare = matches!(self.shape, Shape::Scalars(0))
            && self.of == Source::Session
            && matches!(self.kinds.as_slice(), [Kind::Object]);
        let columns = match self.shape {
            Shape::Scalars(at) => at..at.saturating_add(1),
            Shape::Rows | Shape::Mappings => 0..values.len(),
        };
        let Some(strategy) = &unique.strategy else {
            let mut key = Vec::new();
            for at in columns {
                let value = values.get(at).cloned().unwrap_or_default();
                key.push(match self.kinds.get(at) {
                    Some(Kind::Object) => identity(&value),
                    Some(Kind::Unhashable) => {
                        return Err(interp.unsupported("unique() of values that have no hash"));
                    }
                    Some(Kind::Value) | None => {
                        if self.of != Source::Connection && self.of != Source::OldConnection {
                            must_have_hash(interp, &value)?;
                        }
                        value
                    }
                });
            }
            return Ok(match key.pop() {
                Some(one) if is_bare => one,
                last => {
                    key.extend(last);
                    Value::tuple(key)
                }
            });
        };
        let given = match self.shape {
            Shape::Scalars(at) if is_bare => values.get(at).cloned().unwrap_or_default(),
            _ => Value::native(RowObject {
                columns: match self.shape {
                    Shape::Scalars(_) => {
                        Rc::new(self.columns.get(columns.clone()).unwrap_or_default().to_vec())
                    }
                    Shape::Rows | Shape::Mappings => Rc::clone(&self.columns),
                },
                values: match self.shape {
                    Shape::Scalars(_) => Rc::new(values.get(columns).unwrap_or_default().to_vec()),
                    Shape::Rows | Shape::Mappings => Rc::clone(values),
                },
                kind: match self.of {
                    Source::OldConnection => RowKind::Legacy,
                    Source::Connection | Source::Session | Source::Either => RowKind::Row,
                },
            }),
        };
        interp.call(strategy, Args::of([given]))
    }

    /// Whether there is a row that is another one than the first.
    pub(super) fn has_another(
        &self,
        interp: &mut Interpreter,
        first: &Rc<Vec<Value>>,
    ) -> Result<bool> {
        let Some(unique) = self.unique.borrow().clone() else {
            return Ok(!self.rows.borrow().is_empty());
        };
        let first = self.key_of(interp, &unique, first)?;
        while let Some(values) = self.take() {
            interp.charge(1)?;
            let other = self.key_of(interp, &unique, &values)?;
            if !interp.equal(&first, &other)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `yield_per(count)`.
    pub(super) fn yield_rows(&self, interp: &mut Interpreter, count: usize) -> Result<()> {
        self.yield_per.set(Some(count));
        self.must_be_loaded_whole(interp)
    }

    /// Objects that are loaded in parts cannot be told apart.
    fn must_be_loaded_whole(&self, interp: &mut Interpreter) -> Result<()> {
        let is_core = matches!(self.of, Source::Connection | Source::OldConnection);
        match self.yield_per.get().is_some() && self.unique.borrow().is_some() && !is_core {
            true => Err(interp.unsupported("unique() with yield_per() of a session")),
            false => Ok(()),
        }
    }

    /// How many rows `fetchmany()` and `partitions()` give at once.
    pub(super) fn count(
        &self,
        interp: &mut Interpreter,
        args: Args,
        function: &'static str,
    ) -> Result<usize> {
        let [size] = args.bind(interp, &Signature::new(function, ["size"], 0))?.values;
        if let Some(size) = given(size) {
            return execution_options::count(interp, &size);
        }
        if let Some(count) = self.yield_per.get() {
            return Ok(count);
        }
        match self.of {
            // `cursor.arraysize` of all drivers.
            Source::Connection | Source::OldConnection => Ok(1),
            Source::Session => Ok(usize::MAX),
            Source::Either if self.rows.borrow().len() < 2 => Ok(1),
            Source::Either => Err(interp.unsupported(format!(
                "{function}() without a size of what a session gives for columns"
            ))),
        }
    }
}

fn must_have_hash(interp: &mut Interpreter, value: &Value) -> Result<()> {
    match interp.hash(value) {
        Ok(_) => Ok(()),
        Err(error) if matches!(*error, Error::Raised(_)) => {
            Err(interp.unsupported("unique() of values that have no hash"))
        }
        Err(error) => Err(error),
    }
}

/// `id(value)`.
fn identity(value: &Value) -> Value {
    Value::size(value.address())
}

/// `result.unique(strategy)`.
pub(super) fn unique(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let value = args.positional.first().cloned().unwrap_or_default();
    let (this, args) = super::methods::this(interp, args)?;
    let [strategy] = args.bind(interp, &Signature::new("unique", ["strategy"], 0))?.values;
    // What a result has begun to give in another shape it goes on to give as before.
    if this.shape != Shape::Rows && this.is_read.get() {
        return Err(interp.unsupported("unique() of a result of which rows were read"));
    }
    let seen = interp.new_set([], false)?;
    *this.unique.borrow_mut() = Some(Rc::new(Unique { seen, strategy: given(strategy) }));
    this.must_be_loaded_whole(interp)?;
    Ok(value)
}

/// The rows of a legacy query: an object, or a row with objects, is in it once.
pub(in crate::sa) fn unique_rows(
    interp: &mut Interpreter,
    rows: Vec<Vec<Value>>,
    kinds: &[Kind],
) -> Result<Vec<Vec<Value>>> {
    let unique = Unique { seen: interp.new_set([], false)?, strategy: None };
    let mut made = Vec::new();
    for row in rows {
        interp.charge(1)?;
        let mut key = Vec::new();
        let mut can_be_told = true;
        for (value, kind) in row.iter().zip(kinds) {
            key.push(match kind {
                Kind::Object => identity(value),
                Kind::Value | Kind::Unhashable => value.clone(),
            });
            // A value without a hash is one of its own.
            can_be_told &= *kind == Kind::Object || interp.hash(value).is_ok();
        }
        if !can_be_told || unique.is_new(interp, Value::tuple(key))? {
            made.push(row);
        }
    }
    Ok(made)
}

/// What `result.partitions()` gives: lists of rows, read when they are asked for.
#[derive(Debug)]
pub(super) struct Partitions {
    pub(super) of: Rc<ResultObject>,
    pub(super) size: usize,
}

impl Object for Partitions {
    fn iterate(&self, this: &Value, _: &mut Interpreter) -> Result<Option<Value>> {
        Ok(Some(this.clone()))
    }

    fn is_iterator(&self) -> bool {
        true
    }

    fn next(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        self.of.check(interp)?;
        let part = self.of.take_many(interp, self.size)?;
        Ok((!part.is_empty()).then(|| Value::list(part)))
    }
}
