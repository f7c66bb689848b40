//! Set operations.

use std::sync::Arc;

use crate::expr::Expr;
use crate::expr::Operand;
use crate::expr::Query;
use crate::expr::RowLimit;
use crate::expr::query::count;
use crate::expr::query::in_order_by;

/// The keyword of a set operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SetOperator {
    /// `UNION`
    Union,
    /// `UNION ALL`
    UnionAll,
    /// `EXCEPT`
    Except,
    /// `EXCEPT ALL`
    ExceptAll,
    /// `INTERSECT`
    Intersect,
    /// `INTERSECT ALL`
    IntersectAll,
}

impl SetOperator {
    pub(crate) fn keyword(self) -> &'static str {
        match self {
            SetOperator::Union => "UNION",
            SetOperator::UnionAll => "UNION ALL",
            SetOperator::Except => "EXCEPT",
            SetOperator::ExceptAll => "EXCEPT ALL",
            SetOperator::Intersect => "INTERSECT",
            SetOperator::IntersectAll => "INTERSECT ALL",
        }
    }
}

/// `UNION`, `INTERSECT`, `EXCEPT`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compound {
    /// The keyword.
    pub operator: SetOperator,
    /// The queries.
    pub queries: Vec<Query>,
    /// `GROUP BY`
    pub group_by: Vec<Expr>,
    /// `ORDER BY`
    pub order_by: Vec<Expr>,
    /// `LIMIT`, `OFFSET`, `FETCH`
    pub row_limit: RowLimit,
    pub(crate) depth: u32,
}

impl Compound {
    /// A set operation over these queries.
    pub fn new(operator: SetOperator, queries: impl IntoIterator<Item = Query>) -> Compound {
        let queries: Vec<Query> = queries.into_iter().collect();
        let depth = queries.iter().map(Query::depth).max().unwrap_or(0);
        Compound {
            operator,
            queries,
            depth,
            group_by: Vec::new(),
            order_by: Vec::new(),
            row_limit: RowLimit::default(),
        }
    }

    /// `ORDER BY`
    #[must_use]
    pub fn order_by(mut self, by: &[Expr]) -> Compound {
        self.order_by.extend(by.iter().map(in_order_by));
        self
    }

    /// `LIMIT`
    #[must_use]
    pub fn limit(mut self, limit: impl Into<Operand>) -> Compound {
        self.row_limit.limit = Some(count(limit.into()));
        self
    }

    /// `OFFSET`
    #[must_use]
    pub fn offset(mut self, offset: impl Into<Operand>) -> Compound {
        self.row_limit.offset = Some(count(offset.into()));
        self
    }
}

impl From<Compound> for Query {
    fn from(compound: Compound) -> Self {
        Query::Compound(Arc::new(compound))
    }
}
