//! The table that is to be, while the operations of a batch change it (Alembic's `ApplyBatchImpl`).

use super::Batch;
use super::TableArgument;
use crate::CompileError;
use crate::Name;
use crate::PythonError;
use crate::SqlType;
use crate::operation::AlterColumn;
use crate::operation::AnyDefault;
use crate::operation::Change;
use crate::operation::DropColumn;
use crate::operation::OperationContext;
use crate::operation::Step;
use crate::operation::step::AddColumnStep;
use crate::operation::step::DroppedConstraint;
use crate::operation::step::primary_key_of;
use crate::table::BoundTable;
use crate::table::Check;
use crate::table::Column;
use crate::table::Constraint;
use crate::table::Index;
use crate::table::ServerDefault;
use crate::table::TypeEvents;
use crate::types::Affinity;
use crate::types::Interval;

/// A column of the new table.
pub(super) struct NewColumn {
    /// The name that it had, by which everything else still calls it.
    pub(super) key: String,
    pub(super) column: Column,
    /// Where its values come from; none for a new column.
    pub(super) source: Option<Source>,
    /// The default that it is given beside its identity or computation, which no column that is
    /// written down can have.
    pub(super) second_default: Option<ServerDefault>,
}

/// A column of the old table, and the types it is CAST to, one after the other.
pub(super) struct Source {
    pub(super) column: String,
    pub(super) casts: Vec<SqlType>,
}

/// A constraint of the new table.
#[derive(Clone)]
pub(super) struct NewConstraint {
    pub(super) constraint: Constraint,
    /// Whether it is the primary key of the old table, whose columns may go.
    is_old_key: bool,
}

pub(super) struct Rebuild<'a> {
    pub(super) batch: &'a Batch,
    pub(super) existing: BoundTable,
    pub(super) columns: Vec<NewColumn>,
    /// Constraints with a name, by name.
    pub(super) named: Vec<(String, NewConstraint)>,
    pub(super) unnamed: Vec<NewConstraint>,
    /// Names of CHECKs inside of columns, and their columns.
    column_checks: Vec<(String, String)>,
    /// Indexes of the old table.
    pub(super) indexes: Vec<(Option<String>, Index)>,
    pub(super) new_indexes: Vec<(Option<String>, Index)>,
    pub(super) existing_ordering: Vec<String>,
    pub(super) added_ordering: Vec<(String, String)>,
}

impl<'a> Rebuild<'a> {
    pub(super) fn new(
        batch: &'a Batch,
        existing: BoundTable,
        is_reflected: bool,
        context: &mut OperationContext,
    ) -> Self {
        let mut rebuild = Rebuild {
            batch,
            columns: (0..existing.columns.len()).map(|at| new_column(&existing, at)).collect(),
            named: Vec::new(),
            unnamed: Vec::new(),
            column_checks: Vec::new(),
            indexes: existing
                .indexes
                .iter()
                .map(|index| (index.name.as_str().map(str::to_owned), index.clone()))
                .collect(),
            new_indexes: Vec::new(),
            existing_ordering: existing.columns.iter().map(|column| column.name.clone()).collect(),
            added_ordering: Vec::new(),
            existing,
        };
        let key = NewConstraint { constraint: primary_key_of(&rebuild.existing), is_old_key: true };
        rebuild.keep(key);
        let restated = batch
            .table_args
            .iter()
            .any(|argument| matches!(argument, TableArgument::Constraint(Constraint::Check(_))));
        for constraint in rebuild.existing.constraints.clone() {
            if constraint.is_type_bound() {
                continue;
            }
            if is_reflected && matches!(constraint, Constraint::Check(_)) && is_unnamed(&constraint)
            {
                if !restated {
                    context.warn(format!(
                        "Unnamed CHECK constraint on reflected table '{}' is being omitted from \
                         the table recreate; pass the constraint explicitly using \
                         batch_alter_table.table_args.  Naming CHECK constraints avoids this \
                         going forward.",
                        rebuild.existing.name
                    ));
                }
                continue;
            }
            rebuild.keep(NewConstraint { constraint, is_old_key: false });
        }
        if !is_reflected {
            for column in &rebuild.existing.columns {
                let names = column.checks.iter().filter_map(|check| check.name.as_str());
                let names = names.filter(|name| !name.is_empty());
                rebuild
                    .column_checks
                    .extend(names.map(|name| (name.to_owned(), column.name.clone())));
            }
        }
        rebuild
    }

    /// Keeps a constraint; one of the same name gives way, in its place.
    fn keep(&mut self, constraint: NewConstraint) {
        let Some(name) = constraint.constraint.name().as_str().map(str::to_owned) else {
            self.unnamed.push(constraint);
            return;
        };
        match self.named.iter_mut().find(|(known, _)| *known == name) {
            Some(known) => known.1 = constraint,
            None => self.named.push((name, constraint)),
        }
    }

    /// Does what a step asks for.
    pub(super) fn apply(
        &mut self,
        step: &Step,
        context: &mut OperationContext,
    ) -> Result<(), CompileError> {
        match step {
            Step::AlterColumn(alter) => self.alter_column(alter, context),
            Step::AddColumn(add) => self.add_column(add),
            Step::DropColumn(drop) => self.drop_column(drop),
            Step::AddConstraint { constraint, .. } => self.add_constraint(constraint),
            Step::DropConstraint { constraint, .. } => self.drop_constraint(constraint),
            Step::CreateIndex { if_not_exists: true, .. } => {
                Err(unexpected_keyword("create_index", "if_not_exists"))
            }
            Step::DropIndex { if_exists: true, .. } => {
                Err(unexpected_keyword("drop_index", "if_exists"))
            }
            Step::CreateIndex { index, .. } => {
                let name = index.name.as_str().map(str::to_owned);
                match self.new_indexes.iter_mut().find(|(known, _)| *known == name) {
                    Some(known) => known.1 = index.clone(),
                    None => self.new_indexes.push((name, index.clone())),
                }
                Ok(())
            }
            Step::DropIndex { index, .. } => self.drop_index(&index.name),
            // The new table has its comments, and the comments of its columns, from the start.
            Step::ColumnComment { .. } | Step::TableComment { .. } => Ok(()),
            Step::CreateTable { .. } | Step::Other(_) => Err(CompileError::NotImplemented(
                "Can't create, drop or rename tables in batch mode".to_owned(),
            )),
        }
    }

    fn column(&mut self, key: &str) -> Result<&mut NewColumn, CompileError> {
        let column = self.columns.iter_mut().find(|column| column.key == key);
        column.ok_or_else(|| PythonError::Key(key.to_owned()).into())
    }

    fn alter_column(
        &mut self,
        alter: &AlterColumn,
        context: &mut OperationContext,
    ) -> Result<(), CompileError> {
        let target = context.target().clone();
        self.column(&alter.column)?;
        let new_name = alter.new_name.as_ref().filter(|name| **name != alter.column);
        if let (Some(_), Some(existing_type)) = (new_name, &alter.existing_type) {
            let existing_type = match existing_type {
                SqlType::Variant(variant) => variant.choose(&target),
                other => other,
            };
            if let Some(class) = nameless_event_type(existing_type) {
                return Err(PythonError::Attribute(format!(
                    "'{class}' object has no attribute 'name'"
                ))
                .into());
            }
            self.forget_type_check(existing_type);
        }
        let column = self.column(&alter.column)?;
        if let Some(new_name) = new_name {
            column.column.key = Some(column.key.clone());
            column.column.name.clone_from(new_name);
        }
        if let Some(sql_type) = &alter.sql_type {
            let needs_cast = column.column.sql_type.affinity() != sql_type.affinity();
            // A decorator of JSON is no JSON to Alembic.
            let is_json = target.dialect() == crate::Dialect::Sqlite
                && sql_type.affinity() == Affinity::Json
                && !matches!(sql_type, SqlType::Decorated(_));
            if let Some(source) = &mut column.source
                && needs_cast
                && !is_json
            {
                source.casts.push(sql_type.clone());
            } else if column.source.is_none() && needs_cast && !is_json {
                return Err(PythonError::Key("expr".to_owned()).into());
            }
            column.column.sql_type = sql_type.clone();
            // The constraint of the new type comes as a step of its own.
            column.column.type_events = TypeEvents::None;
        }
        if let Some(nullable) = alter.nullable {
            let column = &mut column.column;
            match &mut column.nullable {
                Some(given) => *given = nullable,
                None => column.settled_nullable = Some(nullable),
            }
        }
        match &alter.server_default {
            Change::Keep => {}
            Change::Drop => {
                column.column.server_default = None;
                column.second_default = None;
            }
            Change::To(AnyDefault::Plain(default)) => {
                if column.column.identity.is_some() || column.column.computed.is_some() {
                    column.second_default = Some(default.clone());
                } else {
                    column.column.server_default = Some(default.clone());
                }
            }
            Change::To(AnyDefault::Identity(_)) => return Err(no_default("Identity")),
            Change::To(AnyDefault::Computed(_)) => return Err(no_default("Computed")),
        }
        if let Some(autoincrement) = alter.autoincrement {
            column.column.autoincrement = if autoincrement {
                crate::table::Autoincrement::Yes
            } else {
                crate::table::Autoincrement::No
            };
        }
        match &alter.comment {
            Change::Keep => {}
            Change::Drop => column.column.comment = None,
            Change::To(comment) => column.column.comment = Some(comment.clone()),
        }
        Ok(())
    }

    /// Takes away the CHECK that bears the name of a type.
    fn forget_type_check(&mut self, sql_type: &SqlType) {
        let name = match sql_type {
            SqlType::Boolean(boolean) => boolean.name.as_str(),
            SqlType::Enum(enumeration) => enumeration.name.as_str(),
            _ => None,
        };
        self.named.retain(|(known, _)| Some(known.as_str()) != name);
    }

    fn add_column(&mut self, add: &AddColumnStep) -> Result<(), CompileError> {
        let named = |name: &'_ Option<String>| name.clone().filter(|name| !name.is_empty());
        let (before, after) = (named(&add.insert_before), named(&add.insert_after));
        self.place_column(&add.column.name, before.as_deref(), after.as_deref())?;
        let at = add.table.column_at(add.column.key()).unwrap_or_default();
        let mut column = copied(&add.table, at, self.existing.schema.as_deref());
        // These come as steps of their own.
        column.foreign_keys.clear();
        // Decorators and arrays hide what is inside of them from Alembic.
        if !matches!(column.sql_type, SqlType::Decorated(_) | SqlType::Array(_)) {
            column.type_events = TypeEvents::Variants;
        }
        let column =
            NewColumn { key: add.column.name.clone(), column, source: None, second_default: None };
        match self.columns.iter_mut().find(|known| known.key == column.key) {
            Some(known) => *known = column,
            None => self.columns.push(column),
        }
        Ok(())
    }

    fn drop_column(&mut self, drop: &DropColumn) -> Result<(), CompileError> {
        self.column(&drop.column)?;
        let all = self.named.iter_mut().map(|(_, constraint)| constraint);
        for key in all.chain(&mut self.unnamed).filter(|constraint| constraint.is_old_key) {
            if let Constraint::PrimaryKey(key) = &mut key.constraint {
                key.columns.retain(|column| *column != drop.column);
            }
        }
        self.columns.retain(|column| column.key != drop.column);
        let place = self.existing_ordering.iter().position(|name| *name == drop.column);
        let Some(at) = place else {
            return Err(PythonError::Value("list.remove(x): x not in list".to_owned()).into());
        };
        self.existing_ordering.remove(at);
        if let Some(existing_type) = &drop.existing_type {
            self.forget_type_check(existing_type);
        }
        Ok(())
    }

    fn add_constraint(&mut self, constraint: &Constraint) -> Result<(), CompileError> {
        if is_unnamed(constraint) && !constraint.is_type_bound() {
            return Err(must_have_a_name());
        }
        if matches!(constraint, Constraint::PrimaryKey(_)) {
            self.unnamed.retain(|known| !known.is_old_key);
        }
        self.keep(NewConstraint { constraint: constraint.clone(), is_old_key: false });
        Ok(())
    }

    fn drop_constraint(&mut self, dropped: &DroppedConstraint) -> Result<(), CompileError> {
        let (name, is_type_bound) = match dropped {
            DroppedConstraint::Named { if_exists: true, .. } => {
                return Err(unexpected_keyword("drop_constraint", "if_exists"));
            }
            DroppedConstraint::Named { name, .. } => (name, false),
            DroppedConstraint::TypeBound(constraint) => (constraint.name(), true),
        };
        let Some(name) = name.as_str().filter(|name| !name.is_empty()) else {
            return if is_type_bound { Ok(()) } else { Err(must_have_a_name()) };
        };
        if let Some(at) = self.column_checks.iter().position(|(known, _)| known == name) {
            let (_, column) = self.column_checks.remove(at);
            let is_other = |check: &Check| check.name.as_str() != Some(name);
            return self.column(&column).map(|column| column.column.checks.retain(is_other));
        }
        let Some(at) = self.named.iter().position(|(known, _)| known == name) else {
            return if is_type_bound {
                Ok(())
            } else {
                Err(PythonError::Value(format!("No such constraint: '{name}'")).into())
            };
        };
        let (_, constraint) = self.named.remove(at);
        if let Constraint::PrimaryKey(key) = &constraint.constraint {
            for column in &key.columns {
                self.column(column)?.column.primary_key = false;
            }
        }
        Ok(())
    }

    fn drop_index(&mut self, name: &Name) -> Result<(), CompileError> {
        let place = self.indexes.iter().position(|(known, _)| known.as_deref() == name.as_str());
        let Some(at) = place else {
            let name = name.as_str().unwrap_or("None");
            return Err(PythonError::Value(format!("No such index: '{name}'")).into());
        };
        self.indexes.remove(at);
        Ok(())
    }
}

fn is_unnamed(constraint: &Constraint) -> bool {
    constraint.name().as_str().is_none_or(str::is_empty)
}

/// The types of which Alembic asks the name of their CHECK, though they have none: it fails.
fn nameless_event_type(sql_type: &SqlType) -> Option<&str> {
    match sql_type {
        SqlType::Decorated(decorated) => match decorated.implementation.as_ref() {
            SqlType::Enum(_) | SqlType::Boolean(_) | SqlType::Domain(_) => None,
            other => Some(other.class_name()),
        },
        SqlType::Interval(Interval::Generic { .. }) => Some("DateTime"),
        SqlType::Array(_) => Some("ARRAY"),
        _ => None,
    }
}

fn no_default(class: &str) -> CompileError {
    CompileError::Argument(format!(
        "Argument 'arg' is expected to be one of type '<class 'str'>' or '<class \
         'sqlalchemy.sql.elements.ClauseElement'>' or '<class \
         'sqlalchemy.sql.elements.TextClause'>', got '<class 'sqlalchemy.sql.schema.{class}'>'"
    ))
}

fn must_have_a_name() -> CompileError {
    PythonError::Value("Constraint must have a name".to_owned()).into()
}

fn unexpected_keyword(function: &str, keyword: &str) -> CompileError {
    PythonError::Type(format!(
        "ApplyBatchImpl.{function}() got an unexpected keyword argument '{keyword}'"
    ))
    .into()
}

fn new_column(existing: &BoundTable, at: usize) -> NewColumn {
    let mut copy = copied(existing, at, existing.schema.as_deref());
    // What they made is among the constraints and indexes of the table already.
    copy.unique = false;
    copy.index = false;
    copy.foreign_keys.clear();
    let key = copy.name.clone();
    let source = Source { column: key.clone(), casts: Vec::new() };
    NewColumn { key, column: copy, source: Some(source), second_default: None }
}

/// A column as SQLAlchemy copies it: its enumeration comes into the schema of the table, and it
/// stays known whether it was told that it may be NULL.
fn copied(table: &BoundTable, at: usize, schema: Option<&str>) -> Column {
    let mut column = table.columns[at].clone();
    if !table.nullable_given[at] {
        column.settled_nullable = column.nullable.take();
    }
    if let SqlType::Domain(domain) = &mut column.sql_type {
        domain.schema = schema.map(str::to_owned);
    }
    // The copy of an enumeration forgets its variants.
    let enumeration = match &column.sql_type {
        SqlType::Enum(enumeration) => Some(enumeration.clone()),
        SqlType::Variant(variant) => match variant.base.as_ref() {
            SqlType::Enum(enumeration) => Some(enumeration.clone()),
            _ => None,
        },
        _ => None,
    };
    if let Some(enumeration) = enumeration {
        let mut enumeration = enumeration.copied();
        enumeration.schema = schema.map(str::to_owned);
        column.sql_type = enumeration.into();
    }
    column
}
