//! The rows of results.

use std::rc::Rc;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Dict;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;
use crate::python::CompareOp;
use crate::sa::clause;
use crate::sa::errors;
use crate::sa::migration;
use crate::sa::migration::SqlalchemyVersion;
use crate::sa::registry;
use crate::sa::result_keys::Keys;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowKind {
    /// A tuple with names.
    Row,
    /// The same of SQLAlchemy 1.4's connection, which is a mapping too.
    Legacy,
    /// A mapping: `row._mapping`.
    Mapping,
}

/// A row.
#[derive(Debug)]
pub(super) struct RowObject {
    pub(super) columns: Rc<Vec<String>>,
    pub(super) values: Rc<Vec<Value>>,
    pub(super) kind: RowKind,
}

impl RowObject {
    fn named(&self, name: &str) -> Option<Value> {
        let at = self.columns.iter().position(|column| column == name)?;
        self.values.get(at).cloned()
    }

    /// What a mapping has under a key.
    fn of_key(&self, interp: &mut Interpreter, key: &Value) -> Result<Option<Value>> {
        let name = match clause::find(interp, key)? {
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

/// What rows of SQLAlchemy 2.x have before their columns.
const OWN_NAMES: &[&str] = &["_t", "_tuple", "t", "tuple"];

impl Object for RowObject {
    fn class(&self, interp: &Interpreter) -> Rc<Class> {
        let name = match self.kind {
            RowKind::Row => "Row",
            RowKind::Legacy => "LegacyRow",
            RowKind::Mapping => "RowMapping",
        };
        registry::known(interp, name).unwrap_or_else(|| interp.class_of::<Self>())
    }

    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        if self.kind == RowKind::Mapping {
            return Ok(None);
        }
        if name == "_mapping" {
            return Ok(Some(Value::native(RowObject {
                columns: Rc::clone(&self.columns),
                values: Rc::clone(&self.values),
                kind: RowKind::Mapping,
            })));
        }
        if name == "_fields" {
            let names = self.columns.iter().map(|name| Value::str(name.as_str()));
            return Ok(Some(Value::tuple(names.collect())));
        }
        let is_old = migration::current(interp)?.sqlalchemy == SqlalchemyVersion::V14;
        if OWN_NAMES.contains(&name) && !is_old {
            return Err(interp.unsupported(format!("Row.{name}")));
        }
        Ok(self.named(name))
    }

    fn item(&self, _this: &Value, key: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        if self.kind == RowKind::Mapping {
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
            if self.kind == RowKind::Legacy
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
        if self.kind == RowKind::Mapping {
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
        if self.kind == RowKind::Mapping {
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
        if self.kind == RowKind::Mapping {
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

pub(in crate::sa) fn first_of(row: &Value) -> Value {
    match row.downcast::<RowObject>() {
        Some(row) => row.values.first().cloned().unwrap_or_default(),
        None => row.clone(),
    }
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

/// Makes the classes of rows.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let is_old = migration::current(interp)
        .is_ok_and(|migration| migration.sqlalchemy == SqlalchemyVersion::V14);
    let module = "sqlalchemy.engine.row";
    let mut row = ClassBuilder::new("Row", module).method("_asdict", |interp, args| {
        let [row] = args.exactly(interp, "Row._asdict")?;
        as_dict(interp, &row)
    });
    if is_old {
        row = row.method("keys", keys);
    }
    let row = row.finish(interp);
    let legacy = with_items(ClassBuilder::new("LegacyRow", module)).base(&row).finish(interp);
    let mapping = with_items(ClassBuilder::new("RowMapping", module))
        .method("keys", keys)
        .method("get", |interp, args| {
            let [row, key, default] = args.method_up_to(interp, "get", 2)?;
            let row = row_of(interp, &row.unwrap_or_default())?;
            let found = row.of_key(interp, &key.unwrap_or_default())?;
            Ok(found.or(default).unwrap_or_default())
        })
        .finish(interp);
    interp.register_class::<RowObject>(Rc::clone(&row));
    home.set("Row", Value::Class(row));
    home.set("LegacyRow", Value::Class(legacy));
    home.set("RowMapping", Value::Class(mapping));
}

fn keys(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [row] = args.exactly(interp, "Row.keys")?;
    let row = row_of(interp, &row)?;
    Ok(Value::native(Keys(Rc::clone(&row.columns))))
}

/// What only rows that are mappings have.
fn with_items(builder: ClassBuilder) -> ClassBuilder {
    builder
        .method("values", |interp, args| {
            let [row] = args.exactly(interp, "Row.values")?;
            Ok(Value::list(row_of(interp, &row)?.values.to_vec()))
        })
        .method("items", |interp, args| {
            let [row] = args.exactly(interp, "Row.items")?;
            let row = row_of(interp, &row)?;
            let pairs = row.columns.iter().zip(row.values.iter());
            let pair = |(name, value): (&String, &Value)| {
                Value::tuple(vec![Value::str(name.as_str()), value.clone()])
            };
            Ok(Value::list(pairs.map(pair).collect()))
        })
}
