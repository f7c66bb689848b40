//! `IN` and `NOT IN`.

use crate::SqlType;
use crate::expr::Bind;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::Modifiers;
use crate::expr::Operand;
use crate::expr::Operator;
use crate::expr::Query;
use crate::expr::ops::negation;
use crate::value::SqlValue;

impl Expr {
    fn in_operation(&self, operator: Operator, right: &Expr) -> Expr {
        let negate = negation(&operator);
        let plain = Modifiers::default();
        Expr::operation(self, right, operator, SqlType::boolean(), negate, plain)
    }

    fn in_values(&self, operator: Operator, values: Vec<Operand>) -> Expr {
        let all_plain = values.iter().all(|value| matches!(value, Operand::Value(_)));
        if !all_plain {
            let clauses = values.into_iter().map(|value| match value {
                Operand::Expr(expr) => expr,
                Operand::Value(value) => self.bind_beside(&operator, value, None, false),
            });
            let clauses: Vec<Expr> = clauses.collect();
            if let Some(invalid) = clauses.iter().find(|clause| clause.error().is_some()) {
                return invalid.clone();
            }
            let list = Expr::plain_list(&clauses).grouped(Some(&operator));
            return self.in_operation(operator, &list);
        }
        let values = values.into_iter().filter_map(|value| match value {
            Operand::Value(value) => Some(value),
            Operand::Expr(_) => None,
        });
        let list = self.bind_beside(&operator, SqlValue::Array(values.collect()), None, true);
        let list = list.expanding_for(&operator);
        self.in_operation(operator, &list)
    }

    /// A parameter that is a list of `operator`.
    fn expanding_for(&self, operator: &Operator) -> Expr {
        match self.kind() {
            ExprKind::Bind(bind) => Expr::bind(Bind {
                expanding: true,
                expand_operator: Some(operator.clone()),
                ..bind.clone()
            }),
            _ => self.clone(),
        }
    }

    /// `self IN (…)`; an empty list is never true.
    #[must_use]
    pub fn in_<T: Into<Operand>>(&self, values: impl IntoIterator<Item = T>) -> Expr {
        self.in_values(Operator::In, values.into_iter().map(Into::into).collect())
    }

    /// `self NOT IN (…)`; of an empty list always true.
    #[must_use]
    pub fn not_in<T: Into<Operand>>(&self, values: impl IntoIterator<Item = T>) -> Expr {
        self.in_values(Operator::NotIn, values.into_iter().map(Into::into).collect())
    }

    /// `self IN` a query, a parameter that is a list, or text.
    #[must_use]
    pub fn in_expr(&self, list: &Expr) -> Expr {
        self.in_operation(Operator::In, &list.expanding_for(&Operator::In))
    }

    /// `self NOT IN` a query, a parameter that is a list, or text.
    #[must_use]
    pub fn not_in_expr(&self, list: &Expr) -> Expr {
        self.in_operation(Operator::NotIn, &list.expanding_for(&Operator::NotIn))
    }

    /// `self IN (SELECT …)`
    #[must_use]
    pub fn in_query(&self, query: &Query) -> Expr {
        self.in_operation(Operator::In, &query.scalar_subquery())
    }

    /// `self NOT IN (SELECT …)`
    #[must_use]
    pub fn not_in_query(&self, query: &Query) -> Expr {
        self.in_operation(Operator::NotIn, &query.scalar_subquery())
    }
}
