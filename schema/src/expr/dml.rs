//! `INSERT`, `UPDATE` and `DELETE`.

use crate::expr::ColumnRef;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::FromClause;
use crate::expr::Name;
use crate::expr::Operand;
use crate::expr::Query;
use crate::expr::Selected;
use crate::expr::query::selected_depth;

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// A query.
    Query(Query),
    /// `INSERT`
    Insert(Box<Insert>),
    /// `UPDATE`
    Update(Box<Update>),
    /// `DELETE`
    Delete(Box<Delete>),
    /// SQL text, or another expression that is a statement by itself.
    Expr(Expr),
}

impl From<Query> for Statement {
    fn from(query: Query) -> Self {
        Statement::Query(query)
    }
}

impl From<crate::expr::Select> for Statement {
    fn from(select: crate::expr::Select) -> Self {
        Statement::Query(select.into())
    }
}

impl From<Insert> for Statement {
    fn from(insert: Insert) -> Self {
        Statement::Insert(Box::new(insert))
    }
}

impl From<Update> for Statement {
    fn from(update: Update) -> Self {
        Statement::Update(Box::new(update))
    }
}

impl From<Delete> for Statement {
    fn from(delete: Delete) -> Self {
        Statement::Delete(Box::new(delete))
    }
}

impl From<Expr> for Statement {
    fn from(expr: Expr) -> Self {
        Statement::Expr(expr)
    }
}

/// The column that a value is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// By its key.
    Key(String),
    /// As an expression: a column, or an element of one.
    Expr(Expr),
}

impl From<&str> for Target {
    fn from(key: &str) -> Self {
        Target::Key(key.to_owned())
    }
}

impl From<String> for Target {
    fn from(key: String) -> Self {
        Target::Key(key)
    }
}

impl From<Expr> for Target {
    fn from(expr: Expr) -> Self {
        Target::Expr(expr)
    }
}

impl From<&Expr> for Target {
    fn from(expr: &Expr) -> Self {
        Target::Expr(expr.clone())
    }
}

/// Values by the column they are for.
pub type Assignments = Vec<(Target, Operand)>;

/// What an insert puts in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InsertSource {
    /// Values that come with the execution: of these keys, or of all columns.
    Parameters(Option<Vec<String>>),
    /// One row.
    Row(Assignments),
    /// Several rows in one statement; the first decides over the columns.
    Rows(Vec<Assignments>),
    /// What a query gives, for these columns.
    Query {
        /// The keys of the columns.
        columns: Vec<String>,
        /// The query.
        query: Query,
        /// Whether defaults of other columns are put in too.
        include_defaults: bool,
    },
}

/// `INSERT`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insert {
    /// The table.
    pub table: FromClause,
    /// What is put in.
    pub source: InsertSource,
    /// `RETURNING`
    pub returning: Vec<Selected>,
    /// Whether the key of the new row is asked for without being told to: not so after `inline()`,
    /// which is what Alembic's `bulk_insert` does.
    pub inline: bool,
    /// What happens to rows that are there already.
    pub on_conflict: Option<OnConflict>,
    /// Words behind `INSERT`, each for all dialects or one.
    pub prefixes: Vec<(Expr, Option<String>)>,
}

/// What happens to rows that are there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnConflict {
    /// `ON CONFLICT … DO NOTHING` (PostgreSQL and SQLite)
    DoNothing(ConflictTarget),
    /// `ON CONFLICT … DO UPDATE SET …` (PostgreSQL and SQLite)
    DoUpdate {
        /// Which conflict.
        target: ConflictTarget,
        /// What is set.
        set: Assignments,
        /// `WHERE`
        criterion: Option<Expr>,
    },
    /// `ON DUPLICATE KEY UPDATE …` (MySQL); `ordered` keeps the order of the assignments.
    DuplicateKeyUpdate {
        /// What is set.
        set: Assignments,
        /// Whether the assignments keep their order.
        ordered: bool,
    },
}

/// Which conflict `ON CONFLICT` is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConflictTarget {
    /// The name of a constraint (PostgreSQL).
    pub constraint: Option<String>,
    /// The columns of an index.
    pub elements: Vec<Target>,
    /// The condition of the index.
    pub criterion: Option<Expr>,
}

impl Insert {
    /// An insert into a table, of values that come with the execution.
    pub fn new(table: &FromClause) -> Insert {
        Insert {
            table: table.clone(),
            source: InsertSource::Parameters(None),
            returning: Vec::new(),
            inline: false,
            on_conflict: None,
            prefixes: Vec::new(),
        }
    }

    /// The insert of one row.
    #[must_use]
    pub fn values<C: Into<Target>, V: Into<Operand>>(
        mut self,
        values: impl IntoIterator<Item = (C, V)>,
    ) -> Insert {
        self.source = InsertSource::Row(assignments(values));
        self
    }

    /// The insert without `RETURNING` of its own (`inline()`).
    #[must_use]
    pub fn inline(mut self) -> Insert {
        self.inline = true;
        self
    }

    /// The insert of several rows.
    #[must_use]
    pub fn rows(mut self, rows: Vec<Assignments>) -> Insert {
        self.source = InsertSource::Rows(rows);
        self
    }

    /// The insert of what a query gives.
    #[must_use]
    pub fn from_select(mut self, columns: &[&str], query: impl Into<Query>) -> Insert {
        self.source = InsertSource::Query {
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            query: query.into(),
            include_defaults: true,
        };
        self
    }

    /// The insert with `RETURNING`.
    #[must_use]
    pub fn returning<S: Into<Selected>>(mut self, columns: impl IntoIterator<Item = S>) -> Insert {
        self.returning.extend(columns.into_iter().map(Into::into));
        self
    }

    /// The insert with what happens to rows that are there already.
    #[must_use]
    pub fn on_conflict(mut self, on_conflict: OnConflict) -> Insert {
        self.on_conflict = Some(on_conflict);
        self
    }

    /// A word behind `INSERT`.
    #[must_use]
    pub fn prefix_with(mut self, prefix: Expr, dialect: Option<&str>) -> Insert {
        self.prefixes.push((prefix, dialect.map(str::to_owned)));
        self
    }

    /// The row that was to be put in, for the assignments of [`OnConflict`] (`excluded` of
    /// PostgreSQL and SQLite, `inserted` of MySQL).
    pub fn excluded(&self) -> FromClause {
        self.table.alias(Some("excluded"))
    }
}

/// Values by the column they are for, from anything like them.
pub fn assignments<C: Into<Target>, V: Into<Operand>>(
    values: impl IntoIterator<Item = (C, V)>,
) -> Assignments {
    values.into_iter().map(|(column, value)| (column.into(), value.into())).collect()
}

/// `UPDATE`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The table.
    pub table: FromClause,
    /// What is set.
    pub values: Assignments,
    /// Whether the assignments keep their order, rather than having that of the columns.
    pub ordered: bool,
    /// The keys of columns whose values come with the execution.
    pub keys: Option<Vec<String>>,
    /// `WHERE`, joined by `AND`.
    pub criteria: Vec<Expr>,
    /// `RETURNING`
    pub returning: Vec<Selected>,
    /// MySQL's `LIMIT`
    pub limit: Option<u64>,
    /// Words behind `UPDATE`, each for all dialects or one.
    pub prefixes: Vec<(Expr, Option<String>)>,
}

impl Update {
    /// An update of a table.
    pub fn new(table: &FromClause) -> Update {
        Update {
            table: table.clone(),
            values: Vec::new(),
            ordered: false,
            keys: None,
            criteria: Vec::new(),
            returning: Vec::new(),
            limit: None,
            prefixes: Vec::new(),
        }
    }

    /// The update with these values; a later one of the same column by the same name holds.
    #[must_use]
    pub fn values<C: Into<Target>, V: Into<Operand>>(
        mut self,
        values: impl IntoIterator<Item = (C, V)>,
    ) -> Update {
        for (target, value) in assignments(values) {
            match self.values.iter_mut().find(|(known, _)| *known == target) {
                Some((_, known)) => *known = value,
                None => self.values.push((target, value)),
            }
        }
        self
    }

    /// The update with these values in this order.
    #[must_use]
    pub fn ordered_values<C: Into<Target>, V: Into<Operand>>(
        mut self,
        values: impl IntoIterator<Item = (C, V)>,
    ) -> Update {
        self.values.extend(assignments(values));
        self.ordered = true;
        self
    }

    /// The update with a condition (`where()`).
    #[must_use]
    pub fn filter(mut self, condition: impl Into<Operand>) -> Update {
        self.criteria.push(crate::expr::ops::condition(condition.into()));
        self
    }

    /// The update with `RETURNING`.
    #[must_use]
    pub fn returning<S: Into<Selected>>(mut self, columns: impl IntoIterator<Item = S>) -> Update {
        self.returning.extend(columns.into_iter().map(Into::into));
        self
    }
}

/// `DELETE`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delete {
    /// The table.
    pub table: FromClause,
    /// `WHERE`, joined by `AND`.
    pub criteria: Vec<Expr>,
    /// `RETURNING`
    pub returning: Vec<Selected>,
    /// MySQL's `LIMIT`
    pub limit: Option<u64>,
    /// Words behind `DELETE`, each for all dialects or one.
    pub prefixes: Vec<(Expr, Option<String>)>,
}

impl Delete {
    /// A delete of rows of a table.
    pub fn new(table: &FromClause) -> Delete {
        Delete {
            table: table.clone(),
            criteria: Vec::new(),
            returning: Vec::new(),
            limit: None,
            prefixes: Vec::new(),
        }
    }

    /// The delete with a condition (`where()`).
    #[must_use]
    pub fn filter(mut self, condition: impl Into<Operand>) -> Delete {
        self.criteria.push(crate::expr::ops::condition(condition.into()));
        self
    }

    /// The delete with `RETURNING`.
    #[must_use]
    pub fn returning<S: Into<Selected>>(mut self, columns: impl IntoIterator<Item = S>) -> Delete {
        self.returning.extend(columns.into_iter().map(Into::into));
        self
    }
}

impl Statement {
    /// The columns of `RETURNING`, as those see them who select from the statement.
    pub(crate) fn returned(&self) -> Vec<ColumnRef> {
        let returning = match self {
            Statement::Insert(insert) => &insert.returning,
            Statement::Update(update) => &update.returning,
            Statement::Delete(delete) => &delete.returning,
            Statement::Query(query) => return query.exported(),
            Statement::Expr(_) => return Vec::new(),
        };
        let select = crate::expr::Select { columns: returning.clone(), ..Default::default() };
        select.exported()
    }
}

/// The key of an assignment, where it is for a column as a whole.
pub(crate) fn key_of(target: &Target) -> Option<String> {
    match target {
        Target::Key(key) => Some(key.clone()),
        Target::Expr(expr) => match expr.kind() {
            ExprKind::Column(column) => Some(column.key.clone()),
            ExprKind::Label(label) => match &label.name {
                Name::Plain { name, .. } => Some(name.clone()),
                _ => None,
            },
            _ => None,
        },
    }
}

fn assignments_depth(values: &[(Target, Operand)]) -> u32 {
    let depth = |(target, value): &(Target, Operand)| {
        let target = match target {
            Target::Key(_) => 0,
            Target::Expr(expr) => expr.depth(),
        };
        let value = match value {
            Operand::Value(_) => 0,
            Operand::Expr(expr) => expr.depth(),
        };
        target.max(value)
    };
    values.iter().map(depth).max().unwrap_or(0)
}

fn exprs_depth(exprs: &[Expr]) -> u32 {
    exprs.iter().map(Expr::depth).max().unwrap_or(0)
}

impl Insert {
    pub(crate) fn depth(&self) -> u32 {
        let source = match &self.source {
            InsertSource::Parameters(_) => 0,
            InsertSource::Row(row) => assignments_depth(row),
            InsertSource::Rows(rows) => {
                rows.iter().map(|row| assignments_depth(row)).max().unwrap_or(0)
            }
            InsertSource::Query { query, .. } => query.depth(),
        };
        source.max(selected_depth(&self.returning)) + 1
    }
}

impl Update {
    pub(crate) fn depth(&self) -> u32 {
        let own = assignments_depth(&self.values).max(exprs_depth(&self.criteria));
        own.max(self.table.depth()).max(selected_depth(&self.returning)) + 1
    }
}

impl Delete {
    pub(crate) fn depth(&self) -> u32 {
        let own = exprs_depth(&self.criteria).max(self.table.depth());
        own.max(selected_depth(&self.returning)) + 1
    }
}
