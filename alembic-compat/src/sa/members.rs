//! What a `Table` has beside its columns: its constraints, foreign keys and indexes.
//!
//! SQLAlchemy keeps them in sets, which code may change. Here they are made when they are asked
//! for, and whoever wants more than to look at them needs Python.

use limbeck_schema::Name;
use limbeck_schema::table::BoundTable;
use limbeck_schema::table::CheckCondition;
use limbeck_schema::table::Constraint;
use limbeck_schema::table::ConstraintKind;
use limbeck_schema::table::ConstraintOptions;
use limbeck_schema::table::ForeignKey;
use limbeck_schema::table::ForeignKeyActions;
use limbeck_schema::table::ForeignKeyConstraint;
use limbeck_schema::table::NamingConvention;
use limbeck_schema::table::PrimaryKeyConstraint;

use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;

use super::clause;
use super::constraint::ConstraintObject;
use super::constraint::ForeignKeyObject;
use super::errors;
use super::from::Columns;
use super::index::IndexObject;
use super::registry;
use super::table::TableObject;

/// A set that can be looked at.
#[derive(Debug)]
struct Members {
    /// What has it.
    of: &'static str,
    items: Vec<Value>,
}

impl Object for Members {
    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        if name.starts_with("__") {
            return Ok(None);
        }
        Err(interp.unsupported(format!("{}.{name}()", self.of)))
    }

    fn truth(&self, _: &Value, _: &mut Interpreter) -> Result<Option<bool>> {
        Ok(Some(!self.items.is_empty()))
    }

    fn len(&self, _: &Value, _: &mut Interpreter) -> Result<Option<usize>> {
        Ok(Some(self.items.len()))
    }

    fn iterate(&self, _: &Value, _: &mut Interpreter) -> Result<Option<Value>> {
        Ok(Some(Value::list(self.items.clone())))
    }

    fn contains(&self, _: &Value, _: &Value, interp: &mut Interpreter) -> Result<Option<bool>> {
        Err(interp.unsupported(format!("x in {}", self.of)))
    }

    fn repr(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        Err(interp.unsupported(format!("repr() of {}", self.of)))
    }
}

/// Makes the class.
pub(super) fn install(interp: &mut Interpreter) {
    let class = ClassBuilder::new("set", "builtins").finish(interp);
    interp.register_class::<Members>(class);
}

fn members(of: &'static str, items: Vec<Value>) -> Value {
    Value::native(Members { of, items })
}

/// An attribute of a table that is one of these; none for other names.
pub(super) fn of_table(
    interp: &mut Interpreter,
    this: &Value,
    table: &TableObject,
    name: &str,
) -> Result<Option<Value>> {
    let kinds =
        ["constraints", "foreign_keys", "foreign_key_constraints", "indexes", "primary_key"];
    if !kinds.contains(&name) {
        return Ok(None);
    }
    let bound = bind(interp, table)?;
    Ok(Some(match name {
        "primary_key" => primary_key(interp, this, &bound)?,
        "indexes" => {
            let made = bound.indexes.iter().map(|index| {
                let place = (bound.schema.clone(), bound.name.clone());
                Value::native(IndexObject::of(index.clone(), place, this.clone()))
            });
            members("Table.indexes", made.collect())
        }
        "foreign_keys" => {
            let keys = foreign_key_constraints(interp, table, &bound)?;
            members("Table.foreign_keys", foreign_keys(interp, this, &keys, None)?)
        }
        "constraints" => {
            let mut made = vec![primary_key(interp, this, &bound)?];
            made.extend(foreign_constraints(interp, this, table, &bound)?);
            for constraint in &bound.constraints {
                if constraint.kind() != ConstraintKind::ForeignKey {
                    made.push(of_constraint(interp, this, constraint)?);
                }
            }
            let checks = bound.columns.iter().flat_map(|column| &column.checks);
            for check in checks {
                made.push(of_constraint(interp, this, &Constraint::Check(check.clone()))?);
            }
            members("Table.constraints", made)
        }
        _ => {
            let made = foreign_constraints(interp, this, table, &bound)?;
            members("Table.foreign_key_constraints", made)
        }
    }))
}

/// The foreign keys of one column of a table.
pub(super) fn foreign_keys_of_column(
    interp: &mut Interpreter,
    table: &Value,
    key: &str,
) -> Result<Value> {
    let items = match table.downcast::<TableObject>() {
        None => Vec::new(),
        Some(object) => {
            let bound = bind(interp, &object)?;
            let keys = foreign_key_constraints(interp, &object, &bound)?;
            foreign_keys(interp, table, &keys, Some(key))?
        }
    };
    Ok(members("Column.foreign_keys", items))
}

/// Those of a column of no table.
pub(super) fn free_foreign_keys(keys: &[ForeignKey]) -> Value {
    let free = |data: &ForeignKey| ForeignKeyObject { data: data.clone(), attached: None };
    members("Column.foreign_keys", keys.iter().map(|data| Value::native(free(data))).collect())
}

fn bind(interp: &mut Interpreter, table: &TableObject) -> Result<BoundTable> {
    let bound = table.data.borrow().bind(&table.naming);
    errors::compiled(interp, bound)
}

/// The foreign keys with the names that they were given: a convention names the constraint, and
/// not the `ForeignKey` objects.
fn foreign_key_constraints(
    interp: &mut Interpreter,
    table: &TableObject,
    bound: &BoundTable,
) -> Result<Vec<(ForeignKeyConstraint, Name)>> {
    let plain = table.data.borrow().bind(&NamingConvention::default());
    let plain = errors::compiled(interp, plain)?;
    let both = bound.constraints.iter().zip(&plain.constraints);
    Ok(both
        .filter_map(|(constraint, plain)| match constraint {
            Constraint::ForeignKey(key) => Some((key.clone(), plain.name().clone())),
            _ => None,
        })
        .collect())
}

fn primary_key(interp: &mut Interpreter, this: &Value, bound: &BoundTable) -> Result<Value> {
    let key = &bound.primary_key;
    let columns = key.columns.iter().filter_map(|at| bound.columns.get(*at));
    let data = PrimaryKeyConstraint {
        name: key.name.clone(),
        columns: columns.map(|column| column.key().to_owned()).collect(),
        options: key.options.clone(),
    };
    of_constraint(interp, this, &data.into())
}

/// A constraint of a table.
fn of_constraint(
    interp: &mut Interpreter,
    table: &Value,
    constraint: &Constraint,
) -> Result<Value> {
    let class = match constraint.kind() {
        ConstraintKind::PrimaryKey => "PrimaryKeyConstraint",
        ConstraintKind::ForeignKey => "ForeignKeyConstraint",
        ConstraintKind::Unique => "UniqueConstraint",
        ConstraintKind::Check => "CheckConstraint",
        ConstraintKind::Exclude => "postgresql.ExcludeConstraint",
    };
    let class = registry::class(interp, class)?;
    Ok(Value::native(ConstraintObject::attached(constraint.clone(), class, table.clone())))
}

fn of_foreign_constraint(
    interp: &mut Interpreter,
    table: &Value,
    key: &ForeignKeyConstraint,
    own: &Name,
) -> Result<Value> {
    let class = registry::class(interp, "ForeignKeyConstraint")?;
    let mut made = ConstraintObject::attached(key.clone().into(), class, table.clone());
    made.given = own.clone();
    Ok(Value::native(made))
}

/// The constraints of a table that are foreign keys, as values.
fn foreign_constraints(
    interp: &mut Interpreter,
    this: &Value,
    table: &TableObject,
    bound: &BoundTable,
) -> Result<Vec<Value>> {
    let keys = foreign_key_constraints(interp, table, bound)?;
    keys.iter().map(|(key, own)| of_foreign_constraint(interp, this, key, own)).collect()
}

/// The foreign keys of a table: one for each column of each constraint.
fn foreign_keys(
    interp: &mut Interpreter,
    table: &Value,
    keys: &[(ForeignKeyConstraint, Name)],
    only: Option<&str>,
) -> Result<Vec<Value>> {
    let mut made = Vec::new();
    for (key, own) in keys {
        let elements = elements(interp, table, key, own)?;
        let wanted = key.columns.iter().zip(elements);
        made.extend(
            wanted.filter(|(column, _)| only.is_none_or(|only| only == *column)).map(|(_, v)| v),
        );
    }
    Ok(made)
}

/// The keys of a constraint, by column.
fn elements(
    interp: &mut Interpreter,
    table: &Value,
    key: &ForeignKeyConstraint,
    own: &Name,
) -> Result<Vec<Value>> {
    let constraint = of_foreign_constraint(interp, table, key, own)?;
    let one = |(column, target): (&String, _)| {
        let data = ForeignKey {
            target: Clone::clone(target),
            name: own.clone(),
            actions: key.actions.clone(),
            options: key.options.clone(),
        };
        let attached = Some((column.clone(), constraint.clone()));
        Value::native(ForeignKeyObject { data, attached })
    };
    Ok(key.columns.iter().zip(&key.targets).map(one).collect())
}

/// Whether a column is part of the primary key of its table.
pub(super) fn is_key(table: &Value, column: &str) -> bool {
    let Some(object) = table.downcast::<TableObject>() else { return false };
    let data = object.data.borrow();
    data.constraints.iter().any(|constraint| {
        matches!(constraint, Constraint::PrimaryKey(key)
            if key.columns.iter().any(|own| own == column))
    })
}

/// The columns of a table that a constraint or an index speaks of.
pub(super) fn columns(table: &Value, keys: Vec<String>) -> Option<Value> {
    let object = table.downcast::<TableObject>()?;
    let (from, values) = (object.from.borrow().clone(), object.columns.borrow().clone());
    Some(Value::native(Columns::of(from, values, keys)))
}

/// An attribute of a constraint, beside its name.
pub(super) fn of_attached(
    interp: &mut Interpreter,
    constraint: &ConstraintObject,
    name: &str,
) -> Result<Option<Value>> {
    let data = constraint.data.borrow().clone();
    if let Constraint::ForeignKey(key) = &data {
        if name == "column_keys" {
            let keys = key.columns.iter().map(|key| Value::str(key.as_str()));
            return Ok(Some(Value::list(keys.collect())));
        }
        if let Some(value) = of_actions(&key.actions, name) {
            return Ok(Some(value));
        }
    }
    if let (Constraint::Check(check), "sqltext") = (&data, name)
        && let CheckCondition::Expression(condition) = &check.condition
    {
        return clause::wrap(interp, condition.clone()).map(Some);
    }
    let options = match &data {
        Constraint::PrimaryKey(one) => &one.options,
        Constraint::ForeignKey(one) => &one.options,
        Constraint::Unique(one) => &one.options,
        Constraint::Check(one) => &one.options,
        Constraint::Exclude(one) => &one.options,
    };
    if let Some(value) = of_options(options, name) {
        return Ok(Some(value));
    }
    let Some(table) = &constraint.table else { return Ok(None) };
    Ok(match name {
        "table" | "parent" => Some(table.clone()),
        "columns" | "c" => columns(table, data.columns()),
        "elements" => match &data {
            Constraint::ForeignKey(key) => {
                Some(Value::list(elements(interp, table, key, &constraint.given)?))
            }
            _ => None,
        },
        _ => None,
    })
}

fn text(value: Option<&str>) -> Value {
    value.map_or(Value::None, Value::str)
}

/// What a foreign key does, by the name of the attribute.
fn of_actions(actions: &ForeignKeyActions, name: &str) -> Option<Value> {
    Some(match name {
        "ondelete" => text(actions.ondelete.as_deref()),
        "onupdate" => text(actions.onupdate.as_deref()),
        "match" => text(actions.match_type.as_deref()),
        "use_alter" => Value::Bool(actions.use_alter),
        _ => return None,
    })
}

/// When a constraint is checked, by the name of the attribute.
fn of_options(options: &ConstraintOptions, name: &str) -> Option<Value> {
    Some(match name {
        "deferrable" => options.deferrable.map_or(Value::None, Value::Bool),
        "initially" => text(options.initially.as_deref()),
        _ => return None,
    })
}

/// An attribute of a `ForeignKey`.
pub(super) fn of_foreign_key(
    interp: &mut Interpreter,
    key: &ForeignKeyObject,
    name: &str,
) -> Result<Option<Value>> {
    let data = &key.data;
    let common = of_actions(&data.actions, name).or_else(|| of_options(&data.options, name));
    if common.is_some() {
        return Ok(common);
    }
    Ok(Some(match name {
        "name" => text(data.name.as_str()),
        "target_fullname" if data.target.column.is_some() => Value::from(target_name(data)),
        "constraint" => match &key.attached {
            Some((_, constraint)) => constraint.clone(),
            None => Value::None,
        },
        "parent" => match &key.attached {
            None => Value::None,
            Some((column, constraint)) => {
                let constraint = constraint.downcast::<ConstraintObject>();
                let table = constraint.and_then(|constraint| constraint.table.clone());
                let columns = table.and_then(|table| columns(&table, vec![column.clone()]));
                match columns {
                    Some(columns) => interp.item(&columns, &Value::str(column.as_str()))?,
                    None => Value::None,
                }
            }
        },
        _ if name.starts_with("__") => return Ok(None),
        _ => return Err(interp.unsupported(format!("ForeignKey.{name}"))),
    }))
}

/// What a foreign key points to, as it is written.
pub(super) fn target_name(key: &ForeignKey) -> String {
    let target = &key.target;
    let parts = [target.schema.as_deref(), Some(&target.table), target.column.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(".")
}
