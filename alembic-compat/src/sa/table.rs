//! `Table`.

use std::cell::RefCell;
use std::rc::Rc;

use limbeck_schema::SqlType;
use limbeck_schema::expr::FromClause;
use limbeck_schema::expr::Reference;
use limbeck_schema::expr::TableClause;
use limbeck_schema::expr::TableColumn;
use limbeck_schema::operation::CreateIndex;
use limbeck_schema::operation::DropIndex;
use limbeck_schema::operation::DropTable;
use limbeck_schema::operation::Operation;
use limbeck_schema::table::Autoincrement;
use limbeck_schema::table::Column;
use limbeck_schema::table::ColumnDefault;
use limbeck_schema::table::Constraint;
use limbeck_schema::table::ForeignKeyTarget;
use limbeck_schema::table::NamingConvention;
use limbeck_schema::table::Table;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;

use super::column::ColumnObject;
use super::constraint::ConstraintObject;
use super::errors;
use super::from;
use super::from::Columns;
use super::index::IndexObject;
use super::inspect;
use super::keywords::opt_flag;
use super::members;
use super::metadata::MetaDataObject;
use super::metadata::run_all;
use super::migration;
use super::table_construct::construct;

/// A `Table`.
#[derive(Debug)]
pub(crate) struct TableObject {
    pub(crate) data: RefCell<Table>,
    pub(crate) from: RefCell<FromClause>,
    pub(crate) columns: RefCell<Vec<(String, Value)>>,
    pub(crate) naming: NamingConvention,
}

fn reference(target: &ForeignKeyTarget) -> Reference {
    Reference {
        schema: target.schema.clone(),
        table: target.table.clone(),
        column: target.column.clone(),
    }
}

/// What columns are to statements.
fn table_clause(table: &Table, values: &[Value]) -> FromClause {
    let objects: Vec<Rc<ColumnObject>> =
        values.iter().filter_map(|value| value.downcast::<ColumnObject>()).collect();
    let in_key: Vec<&str> = table
        .columns
        .iter()
        .filter(|column| column.primary_key)
        .map(|column| column.key())
        .chain(table.constraints.iter().flat_map(|constraint| match constraint {
            Constraint::PrimaryKey(key) => key.columns.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }))
        .collect();
    let mut names = in_key.clone();
    names.sort_unstable();
    names.dedup();
    let counts = |column: &Column| match column.autoincrement {
        Autoincrement::Yes => true,
        Autoincrement::No => false,
        Autoincrement::Auto | Autoincrement::IgnoreFk => {
            let refers = !column.foreign_keys.is_empty()
                || table.constraints.iter().any(|constraint| {
                    matches!(constraint, Constraint::ForeignKey(key)
                        if key.columns.iter().any(|name| name == column.key()))
                });
            names.len() == 1
                && matches!(column.sql_type, SqlType::Integer(_))
                && (!refers || column.autoincrement == Autoincrement::IgnoreFk)
                && column.default == ColumnDefault::None
        }
    };
    let mut columns = Vec::new();
    for column in &table.columns {
        let primary_key = in_key.contains(&column.key());
        let object = objects.iter().find(|object| object.data.borrow().key() == column.key());
        let mut references: Vec<Reference> =
            column.foreign_keys.iter().map(|key| reference(&key.target)).collect();
        for constraint in &table.constraints {
            if let Constraint::ForeignKey(key) = constraint {
                let targets = key.columns.iter().zip(&key.targets);
                let own = targets.filter(|(name, _)| *name == column.key());
                references.extend(own.map(|(_, target)| reference(target)));
            }
        }
        columns.push(TableColumn {
            key: column.key().to_owned(),
            references,
            primary_key,
            counts_up: primary_key && counts(column),
            server_default: column.server_default.is_some() || column.identity.is_some(),
            default: match &column.default {
                ColumnDefault::Scalar(expr) | ColumnDefault::Expression(expr) => Some(expr.clone()),
                ColumnDefault::Sequence(sequence) => Some(limbeck_schema::expr::next_value(
                    sequence.schema.as_deref(),
                    sequence.name.as_str(),
                )),
                ColumnDefault::None => None,
                ColumnDefault::Callable => object.and_then(|object| object.hosted.clone()),
            },
            onupdate: object.and_then(|object| object.onupdate.clone()),
            ..TableColumn::new(column.name.as_str(), column.sql_type.clone())
        });
    }
    FromClause::table(TableClause {
        name: table.name.clone(),
        schema: table.schema.clone(),
        columns,
    })
}

/// A table as a value; `columns` are those that it was made of.
pub(crate) fn wrap(table: Table, columns: &[Value], naming: NamingConvention) -> Value {
    let from = table_clause(&table, columns);
    let mut by_key = Vec::new();
    for value in columns {
        if let Some(column) = value.downcast::<ColumnObject>() {
            *column.from.borrow_mut() = Some(from.clone());
            by_key.push((column.data.borrow().key().to_owned(), value.clone()));
        }
    }
    let object: Rc<dyn Object> = Rc::new(TableObject {
        data: RefCell::new(table),
        from: RefCell::new(from),
        columns: RefCell::new(by_key),
        naming,
    });
    for column in columns.iter().filter_map(|value| value.downcast::<ColumnObject>()) {
        *column.table.borrow_mut() = Some(Rc::downgrade(&object));
    }
    Value::Native(object)
}

/// Puts what stands between the parentheses of a table into it; gives the columns.
pub(crate) fn fill(
    interp: &mut Interpreter,
    table: &mut Table,
    items: &[Value],
) -> Result<Vec<Value>> {
    let mut columns = Vec::new();
    for item in items {
        // A MetaData is a SchemaItem too, which does nothing to a table.
        if item.is_none() || item.downcast::<MetaDataObject>().is_some() {
            continue;
        }
        if let Some(column) = item.downcast::<ColumnObject>() {
            let data = column.data.borrow().clone();
            // A column of another table is copied.
            if column.from.borrow().is_some() {
                columns.push(Value::native(column.copied()));
            } else {
                columns.push(item.clone());
            }
            // The search below is long in a table of very many columns.
            interp.charge(table.columns.len() as u64 / 16)?;
            match table.columns.iter().find(|known| known.key() == data.key()) {
                Some(_) => {
                    let name = data.name.clone();
                    let full = table.name.clone();
                    return Err(errors::of_class(
                        interp,
                        "DuplicateColumnError",
                        format!(
                            "A column with name '{name}' is already present in table '{full}'."
                        ),
                    )?);
                }
                None => {
                    let (name, of) = (data.name.clone(), column.type_value.clone());
                    table.columns.push(data);
                    let made =
                        crate::third_party::index_of_column(interp, &table.name, &name, &of)?;
                    if let Some(index) = made.and_then(|made| made.downcast::<IndexObject>()) {
                        index.attach_to(table);
                        table.indexes.push(index.data());
                    }
                }
            }
        } else if let Some(constraint) = item.downcast::<ConstraintObject>() {
            table.constraints.push(constraint.attach());
        } else if let Some(index) = item.downcast::<IndexObject>() {
            index.attach_to(table);
            table.indexes.push(index.data());
        } else {
            let got = interp.repr(item)?;
            return Err(errors::argument(
                interp,
                format!(
                    "'SchemaItem' object, such as a 'Column' or a 'Constraint' expected, got {got}"
                ),
            )?);
        }
    }
    Ok(columns)
}

/// Makes the classes.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let mut builder = from::with_methods(ClassBuilder::new("Table", "sqlalchemy.sql.schema"))
        .constructor(construct)
        .method("create", |interp, args| life(interp, args, true))
        .method("drop", |interp, args| life(interp, args, false))
        .method("exists", |interp, _| Err(interp.unsupported("Table.exists()")))
        .method("append_column", |interp, args| {
            let Bound { values: [this, column, _], .. } = args.bind(
                interp,
                &Signature::new("append_column", ["self", "column", "replace_existing"], 2),
            )?;
            append(interp, &this.unwrap_or_default(), &column.unwrap_or_default())
        })
        .method("append_constraint", |interp, args| {
            let [this, item] = args.exactly(interp, "Table.append_constraint")?;
            append(interp, &this, &item)
        });
    if let Some(Value::Class(base)) = super::registry::value(home, "TableClause") {
        builder = builder.base(&base);
    }
    let class = builder.finish(interp);
    interp.register_class::<TableObject>(Rc::clone(&class));
    home.set("Table", Value::Class(class));
}

/// Puts a column that has changed in the place of what it was.
pub(super) fn renew_column(this: &Value, column: &Column) {
    let Some(table) = this.downcast::<TableObject>() else { return };
    for known in &mut table.data.borrow_mut().columns {
        if known.key() == column.key() {
            known.clone_from(column);
        }
    }
    link(this, &table);
}

/// Lets the columns of a table know it as it is.
fn link(this: &Value, table: &TableObject) {
    let columns = table.columns.borrow();
    let values: Vec<Value> = columns.iter().map(|(_, value)| value.clone()).collect();
    let from = table_clause(&table.data.borrow(), &values);
    for column in values.iter().filter_map(|value| value.downcast::<ColumnObject>()) {
        if let Value::Native(object) = this {
            *column.table.borrow_mut() = Some(Rc::downgrade(object));
        }
        *column.from.borrow_mut() = Some(from.clone());
    }
    *table.from.borrow_mut() = from;
}

/// Gives columns that refer to others and have no type theirs, as soon as both tables are there.
pub(super) fn type_references(metadata: &MetaDataObject) {
    let tables: Vec<Value> =
        metadata.tables.borrow().iter().map(|(_, table)| table.clone()).collect();
    let objects: Vec<Rc<TableObject>> =
        tables.iter().filter_map(|table| table.downcast::<TableObject>()).collect();
    let type_of = |target: &ForeignKeyTarget| {
        objects.iter().find_map(|table| {
            let data = table.data.borrow();
            if data.name != target.table || data.schema != target.schema {
                return None;
            }
            let own =
                data.columns.iter().find(|column| Some(&column.name) == target.column.as_ref());
            own.map(|column| column.sql_type.clone())
        })
    };
    for table in &objects {
        let untyped: Vec<(String, ForeignKeyTarget)> = table
            .data
            .borrow()
            .columns
            .iter()
            .filter(|column| column.sql_type == SqlType::Null)
            .filter_map(|column| {
                Some((column.key().to_owned(), column.foreign_keys.first()?.target.clone()))
            })
            .collect();
        for (key, target) in untyped {
            let Some(found) = type_of(&target).filter(|found| *found != SqlType::Null) else {
                continue;
            };
            let columns = table.columns.borrow().clone();
            let own = columns.iter().find(|(known, _)| *known == key);
            if let Some(column) = own.and_then(|(_, value)| value.downcast::<ColumnObject>()) {
                column.change(|column| column.sql_type = found);
            }
        }
    }
}

pub(super) fn append(interp: &mut Interpreter, this: &Value, item: &Value) -> Result<Value> {
    let Some(table) = this.downcast::<TableObject>() else { return Ok(Value::None) };
    let mut data = table.data.borrow().clone();
    let added = fill(interp, &mut data, std::slice::from_ref(item))?;
    for value in added {
        if let Some(column) = value.downcast::<ColumnObject>() {
            let key = column.data.borrow().key().to_owned();
            table.columns.borrow_mut().push((key, value.clone()));
        }
    }
    *table.data.borrow_mut() = data;
    link(this, &table);
    Ok(Value::None)
}

/// Whether the forms of SQLAlchemy 1.4 are accepted.
pub(super) fn is_old(interp: &mut Interpreter) -> bool {
    migration::current(interp)
        .is_ok_and(|migration| migration.sqlalchemy == migration::SqlalchemyVersion::V14)
}

/// `Table.create(bind, checkfirst)` and `drop`.
fn life(interp: &mut Interpreter, args: Args, creates: bool) -> Result<Value> {
    let function = if creates { "create" } else { "drop" };
    let signature = Signature::new(function, ["self", "bind", "checkfirst"], 2);
    let Bound { values: [this, _, checkfirst], .. } = args.bind(interp, &signature)?;
    let Some(table) = this.and_then(|this| this.downcast::<TableObject>()) else {
        return Ok(Value::None);
    };
    let data = table.data.borrow().clone();
    let mut there = None;
    if opt_flag(interp, checkfirst)?.unwrap_or(true) {
        there = inspect::has_table(interp, data.schema.as_deref(), &data.name)?;
        if there == Some(creates) {
            return Ok(Value::None);
        }
    }
    if !creates {
        // Types go with the metadata, not with a table.
        migration::run(interp, &drop_operation(&data, false))?;
        return Ok(Value::None);
    }
    let target = migration::target(interp)?;
    let metadata = limbeck_schema::MetaData {
        tables: vec![data],
        sequences: Vec::new(),
        naming: table.naming.clone(),
    };
    run_all(interp, &metadata, &target, creates, there.is_some())
}

/// `Index.create(bind)` and `drop`.
pub(super) fn index_life(interp: &mut Interpreter, args: Args, creates: bool) -> Result<Value> {
    let function = if creates { "create" } else { "drop" };
    let signature = Signature::new(function, ["self", "bind", "checkfirst"], 2);
    let Bound { values: [this, ..], .. } = args.bind(interp, &signature)?;
    let Some(index) = this.and_then(|this| this.downcast::<IndexObject>()) else {
        return Ok(Value::None);
    };
    let Some((schema, table)) = index.table.borrow().clone() else {
        return Err(errors::of_class(
            interp,
            "CompileError",
            format!(
                "Index '{}' is not associated with any table.",
                index.data().name.as_str().unwrap_or("None")
            ),
        )?);
    };
    let operation: Operation = if creates {
        CreateIndex { table, schema, index: index.data(), if_not_exists: false }.into()
    } else {
        DropIndex { name: index.data().name, table: Some(table), schema, ..DropIndex::default() }
            .into()
    };
    migration::run(interp, &operation)?;
    Ok(Value::None)
}

/// `DROP TABLE` of a table.
pub(crate) fn drop_operation(table: &Table, if_exists: bool) -> Operation {
    DropTable { table: table.name.clone(), schema: table.schema.clone(), if_exists }.into()
}

impl Object for TableObject {
    fn attribute(
        &self,
        this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        if let Some(found) = members::of_table(interp, this, self, name)? {
            return Ok(Some(found));
        }
        let from = self.from.borrow().clone();
        match name {
            "c" | "columns" | "exported_columns" => {
                let values = self.columns.borrow().clone();
                Ok(Some(Value::native(Columns::new(from, values))))
            }
            "comment" => {
                let data = self.data.borrow();
                Ok(Some(data.comment.as_deref().map_or(Value::None, Value::str)))
            }
            _ => from::attribute(interp, &from, name),
        }
    }

    fn str(&self, _this: &Value, _: &mut Interpreter) -> Result<Option<String>> {
        let data = self.data.borrow();
        Ok(Some(match &data.schema {
            Some(schema) => format!("{schema}.{}", data.name),
            None => data.name.clone(),
        }))
    }
}
