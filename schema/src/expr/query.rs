//! Queries: `SELECT`, and set operations over it.

use std::sync::Arc;

use crate::SqlType;
use crate::expr::ColumnRef;
use crate::expr::Compound;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::FromClause;
use crate::expr::Operand;
use crate::expr::Statement;
use crate::expr::TextClause;
use crate::expr::build;
use crate::expr::from::Alias;
use crate::expr::from::Aliased;
use crate::expr::from::JoinKind;
use crate::expr::from::alias_name;
use crate::value::SqlValue;

/// A query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// `SELECT`
    Select(Arc<Select>),
    /// `UNION`, `INTERSECT`, `EXCEPT`
    Compound(Arc<Compound>),
    /// Text with the columns that it gives (`text().columns()`).
    Textual(Arc<TextualSelect>),
}

/// Something among the columns of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selected {
    /// An expression.
    Expr(Expr),
    /// All columns of a table or the like.
    From(FromClause),
}

impl From<Expr> for Selected {
    fn from(expr: Expr) -> Self {
        Selected::Expr(expr)
    }
}

impl From<&Expr> for Selected {
    fn from(expr: &Expr) -> Self {
        Selected::Expr(expr.clone())
    }
}

impl From<FromClause> for Selected {
    fn from(from: FromClause) -> Self {
        Selected::From(from)
    }
}

impl From<&FromClause> for Selected {
    fn from(from: &FromClause) -> Self {
        Selected::From(from.clone())
    }
}

/// How columns of the same name are told apart (`set_label_style`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LabelStyle {
    /// Not at all.
    None,
    /// By the name of the table before that of the column.
    TablenamePlusColumn,
    /// By a number behind the name of those that repeat.
    #[default]
    DisambiguateOnly,
}

/// Rows and tables that are locked (`with_for_update()`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForUpdate {
    /// `NOWAIT`
    pub nowait: bool,
    /// `FOR SHARE`
    pub read: bool,
    /// `OF` these.
    pub of: Vec<FromClause>,
    /// `SKIP LOCKED`
    pub skip_locked: bool,
    /// PostgreSQL's `KEY SHARE` and `NO KEY UPDATE`
    pub key_share: bool,
}

/// A join that a query adds to what it selects from (`select().join()`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinTo {
    /// The left side, where it is told.
    pub left: Option<FromClause>,
    /// The right side.
    pub right: FromClause,
    /// The condition; without one, foreign keys decide.
    pub on: Option<Expr>,
    /// Which rows without a partner stay.
    pub kind: JoinKind,
}

/// How a query refers to those around it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Correlate {
    /// What the query around it selects from is left out, as long as something stays.
    #[default]
    Auto,
    /// Only these are left out.
    To(Vec<FromClause>),
    /// All but these are left out.
    Except(Vec<FromClause>),
}

/// `LIMIT` and `OFFSET`, or `FETCH`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowLimit {
    /// `LIMIT`
    pub limit: Option<Expr>,
    /// `OFFSET`
    pub offset: Option<Expr>,
    /// `FETCH FIRST`
    pub fetch: Option<Expr>,
    /// `PERCENT` of `FETCH`
    pub percent: bool,
    /// `WITH TIES` of `FETCH`
    pub with_ties: bool,
}

impl RowLimit {
    pub(crate) fn is_some(&self) -> bool {
        self.limit.is_some() || self.offset.is_some() || self.fetch.is_some()
    }
}

/// `SELECT`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Select {
    /// The columns.
    pub columns: Vec<Selected>,
    /// What is selected from, beside what the columns and conditions name.
    pub from: Vec<FromClause>,
    /// Joins, in their order.
    pub joins: Vec<JoinTo>,
    /// `WHERE`, joined by `AND`.
    pub criteria: Vec<Expr>,
    /// `GROUP BY`
    pub group_by: Vec<Expr>,
    /// `HAVING`, joined by `AND`.
    pub having: Vec<Expr>,
    /// `ORDER BY`
    pub order_by: Vec<Expr>,
    /// `LIMIT`, `OFFSET`, `FETCH`
    pub row_limit: RowLimit,
    /// `DISTINCT`
    pub distinct: bool,
    /// PostgreSQL's `DISTINCT ON`
    pub distinct_on: Vec<Expr>,
    /// `FOR UPDATE`
    pub for_update: Option<ForUpdate>,
    /// Which tables of the queries around it are left out.
    pub correlate: Correlate,
    /// Words behind `SELECT`, each for all dialects or one.
    pub prefixes: Vec<(Expr, Option<String>)>,
    /// Words at the end, each for all dialects or one.
    pub suffixes: Vec<(Expr, Option<String>)>,
    /// Common table expressions that are there without being named (`add_cte()`).
    pub ctes: Vec<FromClause>,
    /// How columns of the same name are told apart.
    pub label_style: LabelStyle,
    /// Whether a join without a left side finds it among what is selected only, each column for the
    /// first that it names, as with mapped classes; otherwise among what conditions name too.
    pub joins_entities: bool,
}

impl Select {
    /// A query of these columns.
    pub fn new<S: Into<Selected>>(columns: impl IntoIterator<Item = S>) -> Select {
        let columns = columns.into_iter().map(Into::into).collect();
        Select { columns, ..Select::default() }
    }

    /// The query with another column.
    #[must_use]
    pub fn column(mut self, column: impl Into<Selected>) -> Select {
        self.columns.push(column.into());
        self
    }

    /// The query from this too (`select_from()`).
    #[must_use]
    pub fn select_from(mut self, from: &FromClause) -> Select {
        self.from.push(from.clone());
        self
    }

    /// The query with a join.
    #[must_use]
    pub fn join(self, right: &FromClause, on: Option<&Expr>) -> Select {
        self.join_as(None, right, on, JoinKind::Inner)
    }

    /// The query with a left outer join.
    #[must_use]
    pub fn outer_join(self, right: &FromClause, on: Option<&Expr>) -> Select {
        self.join_as(None, right, on, JoinKind::LeftOuter)
    }

    /// The query with a join of any kind, from `left` if it is told (`join_from()`).
    #[must_use]
    pub fn join_as(
        mut self,
        left: Option<&FromClause>,
        right: &FromClause,
        on: Option<&Expr>,
        kind: JoinKind,
    ) -> Select {
        let (left, right, on) = (left.cloned(), right.clone(), on.cloned());
        self.joins.push(JoinTo { left, right, on, kind });
        self
    }

    /// The query with a condition (`where()`).
    #[must_use]
    pub fn filter(mut self, condition: impl Into<Operand>) -> Select {
        self.criteria.push(crate::expr::ops::condition(condition.into()));
        self
    }

    /// `GROUP BY`
    #[must_use]
    pub fn group_by(mut self, by: &[Expr]) -> Select {
        self.group_by.extend_from_slice(by);
        self
    }

    /// `HAVING`
    #[must_use]
    pub fn having(mut self, condition: impl Into<Operand>) -> Select {
        self.having.push(crate::expr::ops::condition(condition.into()));
        self
    }

    /// `ORDER BY`
    #[must_use]
    pub fn order_by(mut self, by: &[Expr]) -> Select {
        self.order_by.extend(by.iter().map(in_order_by));
        self
    }

    /// `LIMIT`
    #[must_use]
    pub fn limit(mut self, limit: impl Into<Operand>) -> Select {
        self.row_limit.limit = Some(count(limit.into()));
        self
    }

    /// `OFFSET`
    #[must_use]
    pub fn offset(mut self, offset: impl Into<Operand>) -> Select {
        self.row_limit.offset = Some(count(offset.into()));
        self
    }

    /// `FETCH FIRST`
    #[must_use]
    pub fn fetch(mut self, fetch: impl Into<Operand>, with_ties: bool, percent: bool) -> Select {
        self.row_limit.fetch = Some(count(fetch.into()));
        self.row_limit.with_ties = with_ties;
        self.row_limit.percent = percent;
        self
    }

    /// `DISTINCT`
    #[must_use]
    pub fn distinct(mut self) -> Select {
        self.distinct = true;
        self
    }

    /// PostgreSQL's `DISTINCT ON`
    #[must_use]
    pub fn distinct_on(mut self, on: &[Expr]) -> Select {
        self.distinct = true;
        self.distinct_on.extend_from_slice(on);
        self
    }

    /// `FOR UPDATE`
    #[must_use]
    pub fn with_for_update(mut self, for_update: ForUpdate) -> Select {
        self.for_update = Some(for_update);
        self
    }

    /// Leaves out what the query around it selects from.
    #[must_use]
    pub fn correlate(mut self, to: &[FromClause]) -> Select {
        self.correlate = Correlate::To(to.to_vec());
        self
    }

    /// Leaves out all that the query around it selects from but these.
    #[must_use]
    pub fn correlate_except(mut self, except: &[FromClause]) -> Select {
        self.correlate = Correlate::Except(except.to_vec());
        self
    }

    /// A word behind `SELECT`.
    #[must_use]
    pub fn prefix_with(mut self, prefix: Expr, dialect: Option<&str>) -> Select {
        self.prefixes.push((prefix, dialect.map(str::to_owned)));
        self
    }

    /// A word at the end.
    #[must_use]
    pub fn suffix_with(mut self, suffix: Expr, dialect: Option<&str>) -> Select {
        self.suffixes.push((suffix, dialect.map(str::to_owned)));
        self
    }

    fn depth(&self) -> u32 {
        let limits = [&self.row_limit.limit, &self.row_limit.offset, &self.row_limit.fetch];
        let exprs = [&self.criteria, &self.group_by, &self.having, &self.order_by];
        let exprs = exprs.into_iter().flatten().chain(limits.into_iter().flatten());
        let joins = self.joins.iter().map(|join| {
            let on = join.on.as_ref().map_or(0, Expr::depth);
            join.right.depth().max(on).max(join.left.as_ref().map_or(0, FromClause::depth))
        });
        // Each join is a level, as it stands inside of the next.
        let joined = u32::try_from(self.joins.len()).unwrap_or(u32::MAX);
        let joins = joins.max().unwrap_or(0).saturating_add(joined);
        let froms = self.from.iter().chain(&self.ctes).map(FromClause::depth).max().unwrap_or(0);
        selected_depth(&self.columns)
            .max(exprs.map(Expr::depth).max().unwrap_or(0))
            .max(joins)
            .max(froms)
    }

    /// Whether it needs parentheses in a set operation.
    fn needs_parentheses(&self) -> bool {
        self.row_limit.is_some() || !self.order_by.is_empty()
    }
}

impl From<Select> for Query {
    fn from(select: Select) -> Self {
        Query::Select(Arc::new(select))
    }
}

/// An expression of `ORDER BY`: a label there is written by its name.
pub(crate) fn in_order_by(expr: &Expr) -> Expr {
    fn has_label(expr: &Expr) -> bool {
        match expr.kind() {
            ExprKind::Label(_) => true,
            ExprKind::Unary(unary) => {
                unary.modifier.as_ref().is_some_and(crate::expr::Operator::is_order_by_modifier)
                    && has_label(&unary.element)
            }
            _ => false,
        }
    }
    if has_label(expr) { Expr::new(ExprKind::LabelReference(expr.clone())) } else { expr.clone() }
}

/// A number of rows.
pub(super) fn count(operand: Operand) -> Expr {
    match operand {
        Operand::Value(value) => Expr::bind(build::unique_bind(None, value, SqlType::integer())),
        Operand::Expr(expr) => expr,
    }
}

/// Text with the columns that it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextualSelect {
    /// The text.
    pub text: Expr,
    /// The columns.
    pub columns: Vec<(String, SqlType)>,
}

impl TextClause {
    /// The text as a query that gives these columns (`columns()`).
    pub fn columns(self, columns: impl IntoIterator<Item = (String, SqlType)>) -> Query {
        Query::Textual(Arc::new(TextualSelect {
            text: Expr::new(ExprKind::Text(self)),
            columns: columns.into_iter().collect(),
        }))
    }
}

impl Query {
    /// The query as a value (`scalar_subquery()`).
    pub fn scalar_subquery(&self) -> Expr {
        Expr::new(ExprKind::Scalar(self.clone()))
    }

    /// The query as something to select from (`subquery()`, `alias()`).
    pub fn subquery(&self, name: Option<&str>) -> FromClause {
        self.derived(name, false)
    }

    /// The query as something to select from that may refer to what stands before it (`lateral()`).
    pub fn lateral(&self, name: Option<&str>) -> FromClause {
        self.derived(name, true)
    }

    fn derived(&self, name: Option<&str>, lateral: bool) -> FromClause {
        FromClause::new_alias(Alias {
            element: Aliased::Query(self.clone()),
            name: alias_name(name, None),
            lateral,
            columns: Vec::new(),
            derived: None,
            sample: None,
            depth: 0,
        })
    }

    /// The query as a common table expression (`cte()`).
    pub fn cte(&self, name: Option<&str>, recursive: bool) -> FromClause {
        Statement::Query(self.clone()).cte(name, recursive)
    }

    /// `EXISTS (self)`
    pub fn exists(&self) -> Expr {
        crate::expr::exists(self)
    }

    /// How many levels it has.
    pub(crate) fn depth(&self) -> u32 {
        let inner = match self {
            Query::Select(select) => select.depth(),
            Query::Compound(compound) => compound.depth,
            Query::Textual(textual) => textual.text.depth(),
        };
        inner + 1
    }

    /// Whether it is put in parentheses as part of a set operation.
    pub(crate) fn needs_parentheses(&self) -> bool {
        match self {
            Query::Select(select) => select.needs_parentheses(),
            Query::Compound(_) => true,
            Query::Textual(_) => false,
        }
    }

    /// The type of its first column.
    pub(crate) fn scalar_type(&self) -> SqlType {
        match self {
            Query::Select(select) => {
                select.all_columns().first().map_or(SqlType::Null, Expr::sql_type)
            }
            Query::Compound(compound) => {
                compound.queries.first().map_or(SqlType::Null, Query::scalar_type)
            }
            Query::Textual(textual) => {
                textual.columns.first().map_or(SqlType::Null, |(_, sql_type)| sql_type.clone())
            }
        }
    }

    /// The columns as those see them who select from the query.
    pub(crate) fn exported(&self) -> Vec<ColumnRef> {
        match self {
            Query::Select(select) => select.exported(),
            Query::Compound(compound) => {
                compound.queries.first().map(Query::exported).unwrap_or_default()
            }
            Query::Textual(textual) => textual
                .columns
                .iter()
                .map(|(name, sql_type)| ColumnRef {
                    name: crate::expr::Name::plain(name),
                    key: name.clone(),
                    table: None,
                    sql_type: sql_type.clone(),
                    is_literal: false,
                })
                .collect(),
        }
    }
}

/// `VALUES` with these columns and rows.
pub fn values(
    columns: Vec<crate::expr::from::TableColumn>,
    name: Option<&str>,
    rows: Vec<Vec<SqlValue>>,
    literal_binds: bool,
) -> FromClause {
    let rows = rows.into_iter().map(|row| {
        row.into_iter()
            .zip(&columns)
            .map(|(value, column)| match (&column.sql_type, value) {
                (SqlType::Null, value) => Operand::Value(value).into_expr(),
                (sql_type, value) => Operand::Value(value).into_typed(sql_type),
            })
            .collect()
    });
    let rows = rows.collect();
    FromClause::Values(Arc::new(crate::expr::from::Values {
        columns,
        name: name.map(crate::expr::Name::plain),
        rows,
        literal_binds,
        lateral: false,
    }))
}

/// How many levels the columns have.
pub(crate) fn selected_depth(columns: &[Selected]) -> u32 {
    let depth = |selected: &Selected| match selected {
        Selected::Expr(expr) => expr.depth(),
        Selected::From(from) => from.depth(),
    };
    columns.iter().map(depth).max().unwrap_or(0)
}
