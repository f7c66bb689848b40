//! Constraints.

use crate::Name;
use crate::expr::Expr;

/// What every constraint may say.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ConstraintOptions {
    /// `comment`.
    pub comment: Option<String>,
    /// `deferrable`.
    pub deferrable: Option<bool>,
    /// `initially`.
    pub initially: Option<String>,
    /// `sqlite_on_conflict`.
    pub sqlite_on_conflict: Option<String>,
    /// `postgresql_not_valid`, of CHECK and FOREIGN KEY.
    pub postgresql_not_valid: bool,
    /// `postgresql_include`, of PRIMARY KEY and UNIQUE.
    pub postgresql_include: Vec<String>,
    /// `postgresql_nulls_not_distinct`, of UNIQUE.
    pub postgresql_nulls_not_distinct: Option<bool>,
    /// `mysql_using`, of PRIMARY KEY.
    pub mysql_using: Option<String>,
    /// `mariadb_using`, of PRIMARY KEY.
    pub mariadb_using: Option<String>,
}

/// The kinds of constraints, as `drop_constraint` and naming conventions tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConstraintKind {
    /// PRIMARY KEY.
    PrimaryKey,
    /// FOREIGN KEY.
    ForeignKey,
    /// UNIQUE.
    Unique,
    /// CHECK.
    Check,
    /// EXCLUDE.
    Exclude,
}

/// A constraint of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constraint {
    /// `PrimaryKeyConstraint`.
    PrimaryKey(PrimaryKeyConstraint),
    /// `ForeignKeyConstraint`.
    ForeignKey(ForeignKeyConstraint),
    /// `UniqueConstraint`.
    Unique(Unique),
    /// `CheckConstraint`.
    Check(Check),
    /// PostgreSQL's `ExcludeConstraint`.
    Exclude(Exclude),
}

impl Constraint {
    /// Its kind.
    pub fn kind(&self) -> ConstraintKind {
        match self {
            Constraint::PrimaryKey(_) => ConstraintKind::PrimaryKey,
            Constraint::ForeignKey(_) => ConstraintKind::ForeignKey,
            Constraint::Unique(_) => ConstraintKind::Unique,
            Constraint::Check(_) => ConstraintKind::Check,
            Constraint::Exclude(_) => ConstraintKind::Exclude,
        }
    }

    /// Its name.
    pub fn name(&self) -> &Name {
        match self {
            Constraint::PrimaryKey(constraint) => &constraint.name,
            Constraint::ForeignKey(constraint) => &constraint.name,
            Constraint::Unique(constraint) => &constraint.name,
            Constraint::Check(constraint) => &constraint.name,
            Constraint::Exclude(constraint) => &constraint.name,
        }
    }

    pub(crate) fn options(&self) -> &ConstraintOptions {
        match self {
            Constraint::PrimaryKey(constraint) => &constraint.options,
            Constraint::ForeignKey(constraint) => &constraint.options,
            Constraint::Unique(constraint) => &constraint.options,
            Constraint::Check(constraint) => &constraint.options,
            Constraint::Exclude(constraint) => &constraint.options,
        }
    }

    pub(crate) fn set_name(&mut self, name: Name) {
        match self {
            Constraint::PrimaryKey(constraint) => constraint.name = name,
            Constraint::ForeignKey(constraint) => constraint.name = name,
            Constraint::Unique(constraint) => constraint.name = name,
            Constraint::Check(constraint) => constraint.name = name,
            Constraint::Exclude(constraint) => constraint.name = name,
        }
    }

    /// The keys of the columns of the table that it speaks of.
    pub fn columns(&self) -> Vec<String> {
        match self {
            Constraint::PrimaryKey(constraint) => constraint.columns.clone(),
            Constraint::ForeignKey(constraint) => constraint.columns.clone(),
            Constraint::Unique(constraint) => constraint.columns.clone(),
            Constraint::Check(constraint) => constraint.columns(),
            Constraint::Exclude(constraint) => {
                let elements = constraint.elements.iter();
                elements.filter_map(|(element, _)| element.column().map(str::to_owned)).collect()
            }
        }
    }

    /// The CHECK that a type brought.
    pub fn is_type_bound(&self) -> bool {
        matches!(self, Constraint::Check(check) if check.type_of_column.is_some())
    }
}

/// `PrimaryKeyConstraint`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PrimaryKeyConstraint {
    /// `name`.
    pub name: Name,
    /// The columns.
    pub columns: Vec<String>,
    /// Options.
    pub options: ConstraintOptions,
}

/// `UniqueConstraint`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Unique {
    /// `name`.
    pub name: Name,
    /// The columns.
    pub columns: Vec<String>,
    /// Options.
    pub options: ConstraintOptions,
    /// Whether it comes from a column with `unique=True`.
    pub column_flag: bool,
}

/// What a CHECK demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckCondition {
    /// An expression.
    Expression(Expr),
    /// That a column has one of these values: 0 and 1 of a `Boolean`.
    OneOfNumbers(String, Vec<i64>),
    /// That a column has one of these values: those of an `Enum`.
    OneOfTexts(String, Vec<String>),
}

/// `CheckConstraint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// `name`.
    pub name: Name,
    /// What is demanded.
    pub condition: CheckCondition,
    /// Options.
    pub options: ConstraintOptions,
    /// The key of the column whose type brought it: such a constraint is written only where the
    /// dialect needs it.
    pub type_of_column: Option<TypeBound>,
}

/// Where a CHECK of a type comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeBound {
    /// The column's key.
    pub column: String,
    /// Its whole type, variants included.
    pub sql_type: crate::SqlType,
    /// Which of the types among the variants it is of: none is the base.
    pub variant: Option<usize>,
}

impl Check {
    /// `CheckConstraint(expression, name=name)`.
    pub fn new(name: impl Into<Name>, expression: Expr) -> Self {
        Check {
            name: name.into(),
            condition: CheckCondition::Expression(expression),
            options: ConstraintOptions::default(),
            type_of_column: None,
        }
    }

    /// `CheckConstraint("…", name=name)`.
    pub fn text(name: impl Into<Name>, sql: impl Into<String>) -> Self {
        Check::new(name, crate::expr::text(sql))
    }

    /// The keys of the columns that the condition names as columns, not as text.
    pub fn columns(&self) -> Vec<String> {
        match &self.condition {
            CheckCondition::Expression(expression) => expression.column_keys(),
            CheckCondition::OneOfNumbers(column, _) | CheckCondition::OneOfTexts(column, _) => {
                vec![column.clone()]
            }
        }
    }
}

/// PostgreSQL's `ExcludeConstraint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclude {
    /// `name`.
    pub name: Name,
    /// Columns or expressions, and their operators.
    pub elements: Vec<(super::IndexElement, String)>,
    /// `using`; `gist` unless it is given.
    pub using: String,
    /// `where`.
    pub predicate: Option<Expr>,
    /// `ops`: operator classes by keys of columns.
    pub operator_classes: Vec<(String, String)>,
    /// Options.
    pub options: ConstraintOptions,
}

/// What a foreign key points to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ForeignKeyTarget {
    /// The schema.
    pub schema: Option<String>,
    /// The table.
    pub table: String,
    /// The column.
    pub column: Option<String>,
}

impl ForeignKeyTarget {
    /// The parts of `schema.table.column`; one word alone is a table.
    pub fn parse(text: &str) -> Self {
        let mut parts: Vec<&str> = text.split('.').collect();
        if parts.len() == 1 {
            return ForeignKeyTarget { schema: None, table: text.to_owned(), column: None };
        }
        let column = parts.pop().map(str::to_owned);
        let table = parts.pop().unwrap_or_default().to_owned();
        let schema = (!parts.is_empty()).then(|| parts.join("."));
        ForeignKeyTarget { schema, table, column }
    }
}

impl From<&str> for ForeignKeyTarget {
    fn from(text: &str) -> Self {
        ForeignKeyTarget::parse(text)
    }
}

/// What a foreign key does beside pointing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ForeignKeyActions {
    /// `onupdate`.
    pub onupdate: Option<String>,
    /// `ondelete`.
    pub ondelete: Option<String>,
    /// `match`.
    pub match_type: Option<String>,
    /// `use_alter`: added by ALTER TABLE, after all tables.
    pub use_alter: bool,
}

/// `ForeignKey`, inside of a column.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ForeignKey {
    /// Where to.
    pub target: ForeignKeyTarget,
    /// `name`.
    pub name: Name,
    /// What it does.
    pub actions: ForeignKeyActions,
    /// Options.
    pub options: ConstraintOptions,
}

impl ForeignKey {
    /// `ForeignKey("table.column")`.
    pub fn new(target: impl Into<ForeignKeyTarget>) -> Self {
        ForeignKey {
            target: target.into(),
            name: Name::None,
            actions: ForeignKeyActions::default(),
            options: ConstraintOptions::default(),
        }
    }

    /// `name=…`.
    #[must_use]
    pub fn name(mut self, name: impl Into<Name>) -> Self {
        self.name = name.into();
        self
    }

    /// `ondelete=…`.
    #[must_use]
    pub fn on_delete(mut self, action: impl Into<String>) -> Self {
        self.actions.ondelete = Some(action.into());
        self
    }

    /// `onupdate=…`.
    #[must_use]
    pub fn on_update(mut self, action: impl Into<String>) -> Self {
        self.actions.onupdate = Some(action.into());
        self
    }
}

impl From<&str> for ForeignKey {
    fn from(target: &str) -> Self {
        ForeignKey::new(target)
    }
}

/// `ForeignKeyConstraint`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ForeignKeyConstraint {
    /// `name`.
    pub name: Name,
    /// The columns of this table.
    pub columns: Vec<String>,
    /// The columns they point to, one for each.
    pub targets: Vec<ForeignKeyTarget>,
    /// What it does.
    pub actions: ForeignKeyActions,
    /// Options.
    pub options: ConstraintOptions,
}

impl ForeignKeyConstraint {
    /// `ForeignKeyConstraint(columns, targets)`.
    pub fn new<C: Into<String>, T: Into<ForeignKeyTarget>>(
        columns: impl IntoIterator<Item = C>,
        targets: impl IntoIterator<Item = T>,
    ) -> Self {
        ForeignKeyConstraint {
            columns: columns.into_iter().map(Into::into).collect(),
            targets: targets.into_iter().map(Into::into).collect(),
            ..ForeignKeyConstraint::default()
        }
    }
}

impl Unique {
    /// `UniqueConstraint(*columns, name=name)`.
    pub fn new<C: Into<String>>(
        name: impl Into<Name>,
        columns: impl IntoIterator<Item = C>,
    ) -> Self {
        Unique {
            name: name.into(),
            columns: columns.into_iter().map(Into::into).collect(),
            ..Unique::default()
        }
    }
}

impl PrimaryKeyConstraint {
    /// `PrimaryKeyConstraint(*columns, name=name)`.
    pub fn new<C: Into<String>>(
        name: impl Into<Name>,
        columns: impl IntoIterator<Item = C>,
    ) -> Self {
        PrimaryKeyConstraint {
            name: name.into(),
            columns: columns.into_iter().map(Into::into).collect(),
            ..PrimaryKeyConstraint::default()
        }
    }
}

macro_rules! into_constraint {
    ($($variant:ident($part:ty)),* $(,)?) => {
        $(impl From<$part> for Constraint {
            fn from(part: $part) -> Self {
                Constraint::$variant(part)
            }
        })*
    };
}

into_constraint! {
    PrimaryKey(PrimaryKeyConstraint), ForeignKey(ForeignKeyConstraint), Unique(Unique),
    Check(Check), Exclude(Exclude),
}
