//! What becomes of columns and constraints when they are attached to a table.

use super::Autoincrement;
use super::Check;
use super::CheckCondition;
use super::Column;
use super::ColumnDefault;
use super::Constraint;
use super::ConstraintOptions;
use super::ForeignKeyConstraint;
use super::ForeignKeyTarget;
use super::Index;
use super::IndexElement;
use super::NamingConvention;
use super::PrimaryKeyConstraint;
use super::Table;
use super::TableOptions;
use super::Unique;
use super::naming::Named;
use super::naming::NamedColumn;
use super::type_check::type_checks;
use crate::CompileError;
use crate::Name;
use crate::SqlType;
use crate::Sqlalchemy;

/// A table whose columns and constraints have met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundTable {
    /// The name.
    pub name: String,
    /// `schema`.
    pub schema: Option<String>,
    /// The columns; `nullable` and `primary_key` are settled.
    pub columns: Vec<Column>,
    /// Which columns were told explicitly whether they may be NULL.
    pub nullable_given: Vec<bool>,
    /// The primary key, without columns if there is none.
    pub primary_key: PrimaryKey,
    /// All other constraints, in the order of CREATE TABLE.
    pub constraints: Vec<Constraint>,
    /// The indexes.
    pub indexes: Vec<Index>,
    /// `comment`.
    pub comment: Option<String>,
    /// `prefixes`.
    pub prefixes: Vec<String>,
    /// Options of the dialects.
    pub options: TableOptions,
    /// What SQLAlchemy warns of.
    pub warnings: Vec<String>,
    pub(crate) naming: NamingConvention,
}

/// The primary key of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrimaryKey {
    /// Its name.
    pub name: Name,
    /// Its columns, by place.
    pub columns: Vec<usize>,
    /// Whether it comes from columns alone, not from a `PrimaryKeyConstraint`.
    pub is_implicit: bool,
    /// Options.
    pub options: ConstraintOptions,
}

impl Table {
    /// Attaches the columns and constraints to each other.
    ///
    /// # Errors
    ///
    /// Where SQLAlchemy has one: a column twice, a constraint on a column that is not there, a
    /// default beside `Computed` or `Identity`, two columns that count up.
    pub fn bind(&self, naming: &NamingConvention) -> Result<BoundTable, CompileError> {
        let mut table = BoundTable {
            name: self.name.clone(),
            schema: self.schema.clone(),
            columns: self.columns.clone(),
            nullable_given: self.columns.iter().map(|column| column.nullable.is_some()).collect(),
            primary_key: PrimaryKey::default(),
            constraints: Vec::new(),
            indexes: Vec::new(),
            comment: self.comment.clone(),
            prefixes: self.prefixes.clone(),
            options: self.options.clone(),
            warnings: Vec::new(),
            naming: naming.clone(),
        };
        for column in &mut table.columns {
            inherit_schema(&mut column.sql_type, self.schema.as_deref());
        }
        table.check_columns()?;
        table.bind_primary_key(&self.constraints)?;
        for constraint in &self.constraints {
            if !matches!(constraint, Constraint::PrimaryKey(_)) {
                table.check_constraint(constraint)?;
                table.constraints.push(constraint.clone());
            }
        }
        for at in 0..table.columns.len() {
            table.attach_column(at);
        }
        for index in &self.indexes {
            table
                .check_elements("Index", index.elements.iter().filter_map(IndexElement::column))?;
            table.indexes.push(index.clone());
        }
        table.name_everything()?;
        Ok(table)
    }
}

impl BoundTable {
    /// The place of the column with this key.
    pub fn column_at(&self, key: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.key() == key)
    }

    /// The name of the column with this key; a key that is unknown is its own name.
    pub fn column_name<'a>(&'a self, key: &'a str) -> &'a str {
        self.column_at(key).map_or(key, |at| &self.columns[at].name)
    }

    /// The column that counts up, if one does, as SQLAlchemy 2.1 has it.
    ///
    /// # Errors
    ///
    /// As [`BoundTable::autoincrement`].
    pub fn autoincrement_column(&self) -> Result<Option<&Column>, CompileError> {
        Ok(self.autoincrement(Sqlalchemy::default())?.map(|at| &self.columns[at]))
    }

    /// Whether the column at this place is part of a foreign key.
    pub(crate) fn has_foreign_key(&self, at: usize) -> bool {
        let key = self.columns[at].key();
        self.constraints.iter().any(|constraint| {
            matches!(constraint, Constraint::ForeignKey(foreign_key)
                if foreign_key.columns.iter().any(|column| column == key))
        })
    }

    fn check_columns(&mut self) -> Result<(), CompileError> {
        for (at, column) in self.columns.iter().enumerate() {
            let problem = if column.name.is_empty() {
                "Column must be constructed with a non-blank name or assign a non-blank .name \
                 before adding to a Table."
                    .to_owned()
            } else if let Some(other) =
                self.columns[..at].iter().find(|other| other.key() == column.key())
            {
                let (what, name) = if other.key() == column.name {
                    ("name", &column.name)
                } else {
                    ("key", &other.name)
                };
                format!(
                    "A column with {what} '{name}' is already present in table '{}'.",
                    self.name
                )
            } else if self.columns[..at].iter().any(|other| other.name == column.name) {
                format!(
                    "A column with name '{}' is already present in table '{}'.",
                    column.name, self.name
                )
            } else if column.computed.is_some()
                && (column.server_default.is_some() || column.identity.is_some())
            {
                "A generated column cannot specify a server_default or a server_onupdate argument"
                    .to_owned()
            } else if column.identity.is_some() && column.server_default.is_some() {
                "A column with an Identity object cannot specify a server_default or a \
                 server_onupdate argument"
                    .to_owned()
            } else if column.identity.is_some() && column.autoincrement == Autoincrement::No {
                "A column with an Identity object cannot specify autoincrement=False".to_owned()
            } else if column.identity.is_some()
                && matches!(column.default, ColumnDefault::Sequence(_))
            {
                "An column cannot specify both Identity and Sequence.".to_owned()
            } else {
                continue;
            };
            return Err(CompileError::Argument(problem));
        }
        for column in &mut self.columns {
            if column.nullable.is_none() {
                let settled = column.settled_nullable;
                let default = !column.primary_key && column.identity.is_none();
                column.nullable = Some(settled.unwrap_or(default));
            }
        }
        Ok(())
    }

    fn bind_primary_key(&mut self, constraints: &[Constraint]) -> Result<(), CompileError> {
        let flagged = self.flagged();
        self.primary_key =
            PrimaryKey { columns: flagged, is_implicit: true, ..PrimaryKey::default() };
        // Each takes the place of the one before it.
        for constraint in constraints {
            if let Constraint::PrimaryKey(explicit) = constraint {
                self.bind_explicit_key(explicit)?;
            }
        }
        Ok(())
    }

    fn flagged(&self) -> Vec<usize> {
        (0..self.columns.len()).filter(|at| self.columns[*at].primary_key).collect()
    }

    fn bind_explicit_key(&mut self, explicit: &PrimaryKeyConstraint) -> Result<(), CompileError> {
        let flagged = self.flagged();
        self.check_elements("PrimaryKeyConstraint", explicit.columns.iter().map(String::as_str))?;
        let mut columns: Vec<usize> = Vec::new();
        for at in explicit.columns.iter().filter_map(|key| self.column_at(key)) {
            if !columns.contains(&at) {
                columns.push(at);
            }
        }
        let differ = columns.len() != flagged.len()
            || flagged.iter().any(|flagged| !columns.contains(flagged));
        if !columns.is_empty() && !flagged.is_empty() && differ {
            let names = |places: &[usize]| {
                let names = places.iter().map(|at| format!("'{}'", self.columns[*at].name));
                names.collect::<Vec<_>>().join(", ")
            };
            let (table_names, own_names) = (names(&flagged), names(&columns));
            let warning = format!(
                "Table '{}' specifies columns {table_names} as primary_key=True, not matching \
                 locally specified columns {own_names}; setting the current primary key columns \
                 to {own_names}. This warning may become an exception in a future release",
                self.name
            );
            self.warnings.push(warning);
        }
        for at in &columns {
            self.columns[*at].primary_key = true;
            if !self.nullable_given[*at] {
                self.columns[*at].nullable = Some(false);
            }
        }
        if columns.is_empty() {
            columns = flagged;
        }
        self.primary_key = PrimaryKey {
            name: explicit.name.clone(),
            columns,
            is_implicit: false,
            options: explicit.options.clone(),
        };
        Ok(())
    }

    fn check_elements<'k>(
        &self,
        class: &str,
        keys: impl Iterator<Item = &'k str>,
    ) -> Result<(), CompileError> {
        for key in keys {
            if self.column_at(key).is_none() {
                return Err(CompileError::ConstraintColumnNotFound {
                    class: class.to_owned(),
                    table: self.name.clone(),
                    column: key.to_owned(),
                });
            }
        }
        Ok(())
    }

    fn check_constraint(&self, constraint: &Constraint) -> Result<(), CompileError> {
        match constraint {
            Constraint::ForeignKey(foreign_key) => {
                if foreign_key.columns.len() != foreign_key.targets.len() {
                    return Err(CompileError::Argument(
                        "ForeignKeyConstraint number of constrained columns must match the number \
                         of referenced columns."
                            .to_owned(),
                    ));
                }
                let mut tables: Vec<String> = foreign_key.targets.iter().map(table_key).collect();
                tables.sort_unstable();
                tables.dedup();
                self.check_elements(
                    "ForeignKeyConstraint",
                    foreign_key.columns.iter().map(String::as_str),
                )?;
                if let [first, second, ..] = tables.as_slice() {
                    return Err(CompileError::Argument(format!(
                        "ForeignKeyConstraint on {}({}) refers to multiple remote tables: {first} \
                         and {second}",
                        self.full_name(),
                        foreign_key.columns.join(", ")
                    )));
                }
                Ok(())
            }
            Constraint::Unique(unique) => {
                self.check_elements("UniqueConstraint", unique.columns.iter().map(String::as_str))
            }
            Constraint::Exclude(exclude) => self.check_elements(
                "ExcludeConstraint",
                exclude.elements.iter().filter_map(|(element, _)| element.column()),
            ),
            Constraint::PrimaryKey(_) | Constraint::Check(_) => Ok(()),
        }
    }

    pub(crate) fn full_name(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{schema}.{}", self.name),
            None => self.name.clone(),
        }
    }

    /// Index, UNIQUE, the CHECKs of the type, foreign keys: in this order.
    fn attach_column(&mut self, at: usize) {
        let column = &self.columns[at];
        let key = column.key().to_owned();
        if column.index {
            self.indexes.push(Index {
                elements: vec![IndexElement::Column(key.clone())],
                unique: column.unique,
                column_flag: true,
                ..Index::default()
            });
        } else if column.unique {
            self.constraints.push(Constraint::Unique(Unique {
                columns: vec![key.clone()],
                column_flag: true,
                ..Unique::default()
            }));
        }
        let checks = type_checks(column);
        self.constraints.extend(checks.into_iter().map(Constraint::Check));
        for foreign_key in &self.columns[at].foreign_keys {
            let mut target = foreign_key.target.clone();
            target.column.get_or_insert_with(|| key.clone());
            self.constraints.push(Constraint::ForeignKey(ForeignKeyConstraint {
                name: foreign_key.name.clone(),
                columns: vec![key.clone()],
                targets: vec![target],
                actions: foreign_key.actions.clone(),
                options: foreign_key.options.clone(),
            }));
        }
    }

    fn name_everything(&mut self) -> Result<(), CompileError> {
        let places = self.primary_key.columns.iter();
        let primary_key: Vec<(String, bool)> =
            places.map(|at| (self.columns[*at].key().to_owned(), true)).collect();
        let kind = super::ConstraintKind::PrimaryKey;
        if let Some(name) =
            self.convention(Some(kind), &self.primary_key.name, &primary_key, &[])?
        {
            self.primary_key.name = name;
        }
        for at in 0..self.constraints.len() {
            let constraint = &self.constraints[at];
            // The CHECK of a type that has no name gets one when it is written.
            if constraint.is_type_bound() && constraint.name().is_none() {
                continue;
            }
            if let Some(name) = self.convention_of(constraint)? {
                self.constraints[at].set_name(name);
            }
        }
        for at in 0..self.indexes.len() {
            if let Some(name) = self.index_name(&self.indexes[at])? {
                self.indexes[at].name = name;
            }
        }
        for at in 0..self.columns.len() {
            for check in 0..self.columns[at].checks.len() {
                let constraint = Constraint::Check(self.columns[at].checks[check].clone());
                if let Some(name) = self.convention_of(&constraint)? {
                    self.columns[at].checks[check].name = name;
                }
            }
        }
        Ok(())
    }

    /// The name that the convention has for an index.
    pub(crate) fn index_name(&self, index: &Index) -> Result<Option<Name>, CompileError> {
        let mut columns: Vec<(String, bool)> = Vec::new();
        for (key, is_bound) in index.elements.iter().flat_map(named_columns) {
            // A column that is named again takes the place of the first.
            match columns.iter_mut().find(|(known, _)| *known == key) {
                Some(known) => known.1 = is_bound,
                None => columns.push((key, is_bound)),
            }
        }
        // Without a single column of the table SQLAlchemy never asks the convention.
        let mut elements = index.elements.iter().flat_map(named_columns);
        if !columns.is_empty() && !elements.any(|(_, is_bound)| is_bound) {
            return Ok(None);
        }
        self.convention(None, &index.name, &columns, &[])
    }

    /// The name that the convention has for a constraint.
    pub(crate) fn convention_of(
        &self,
        constraint: &Constraint,
    ) -> Result<Option<Name>, CompileError> {
        let targets: &[ForeignKeyTarget] = match constraint {
            Constraint::ForeignKey(foreign_key) => &foreign_key.targets,
            _ => &[],
        };
        let columns: Vec<(String, bool)> = match constraint {
            Constraint::Check(Check {
                condition: CheckCondition::Expression(condition), ..
            }) => condition.named_columns(),
            other => other.columns().into_iter().map(|key| (key, true)).collect(),
        };
        self.convention(Some(constraint.kind()), constraint.name(), &columns, targets)
    }

    fn convention(
        &self,
        kind: Option<super::ConstraintKind>,
        name: &Name,
        columns: &[(String, bool)],
        targets: &[ForeignKeyTarget],
    ) -> Result<Option<Name>, CompileError> {
        let columns = columns
            .iter()
            .map(|(key, is_bound)| {
                let known = self.columns.iter().find(|column| column.key() == key);
                let name = known.map_or(key.as_str(), |column| column.name.as_str());
                NamedColumn { key, name, is_bound: *is_bound }
            })
            .collect();
        self.naming.name(&Named {
            kind,
            name,
            table: &self.name,
            schema: self.schema.as_deref(),
            columns,
            targets,
        })
    }
}

/// Gives the enumerations that inherit their table's schema that schema.
fn inherit_schema(sql_type: &mut SqlType, schema: Option<&str>) {
    match sql_type {
        SqlType::Enum(enumeration) if enumeration.inherit_schema => {
            enumeration.schema = schema.map(str::to_owned);
            enumeration.inherit_schema = false;
        }
        SqlType::Array(array) => inherit_schema(&mut array.item, schema),
        SqlType::Decorated(decorated) => inherit_schema(&mut decorated.implementation, schema),
        SqlType::Variant(variant) => {
            inherit_schema(&mut variant.base, schema);
            for (_, other) in &mut variant.by_dialect {
                inherit_schema(other, schema);
            }
        }
        _ => {}
    }
}

fn table_key(target: &ForeignKeyTarget) -> String {
    match &target.schema {
        Some(schema) => format!("{schema}.{}", target.table),
        None => target.table.clone(),
    }
}

/// The keys of the columns in an element of an index.
pub(crate) fn element_columns(element: &IndexElement) -> Vec<String> {
    named_columns(element).into_iter().map(|(key, _)| key).collect()
}

/// The same, and whether each is a column of a table.
fn named_columns(element: &IndexElement) -> Vec<(String, bool)> {
    match element {
        IndexElement::Column(column) => vec![(column.clone(), true)],
        IndexElement::Expression(expression) => expression.index_columns(),
    }
}
