//! What operators take beside expressions: plain values.

use chrono::DateTime;
use chrono::FixedOffset;
use chrono::NaiveDate;
use chrono::NaiveDateTime;
use chrono::NaiveTime;
use chrono::TimeDelta;
use uuid::Uuid;

use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::Query;
use crate::expr::build;
use crate::expr::typing;
use crate::value::SqlValue;

/// An expression, or a value that becomes a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// An expression.
    Expr(Expr),
    /// A value.
    Value(SqlValue),
}

impl Operand {
    /// As an expression that stands alone: `NULL` for no value, else a parameter of the value's
    /// own type.
    pub(crate) fn into_expr(self) -> Expr {
        match self {
            Operand::Expr(expr) => expr,
            Operand::Value(SqlValue::Null) => Expr::new(ExprKind::Null),
            Operand::Value(value) => {
                let sql_type = typing::type_of(&value);
                Expr::bind(build::unique_bind(None, value, sql_type))
            }
        }
    }

    /// The same, with a type.
    pub(crate) fn into_typed(self, sql_type: &crate::SqlType) -> Expr {
        match self {
            Operand::Value(SqlValue::Null) => Expr::new(ExprKind::Null),
            Operand::Value(value) => Expr::bind(build::unique_bind(None, value, sql_type.clone())),
            Operand::Expr(expr) => expr,
        }
    }
}

impl From<Expr> for Operand {
    fn from(expr: Expr) -> Self {
        Operand::Expr(expr)
    }
}

impl From<&Expr> for Operand {
    fn from(expr: &Expr) -> Self {
        Operand::Expr(expr.clone())
    }
}

impl From<Query> for Operand {
    fn from(query: Query) -> Self {
        Operand::Expr(query.scalar_subquery())
    }
}

impl From<SqlValue> for Operand {
    fn from(value: SqlValue) -> Self {
        Operand::Value(value)
    }
}

impl<T: Into<SqlValue>> From<Option<T>> for Operand {
    fn from(value: Option<T>) -> Self {
        Operand::Value(value.into())
    }
}

macro_rules! values {
    ($($kind:ty),* $(,)?) => {
        $(impl From<$kind> for Operand {
            fn from(value: $kind) -> Self {
                Operand::Value(value.into())
            }
        })*
    };
}

values!(
    bool,
    i32,
    i64,
    f64,
    &str,
    String,
    Vec<u8>,
    NaiveDate,
    NaiveTime,
    NaiveDateTime,
    DateTime<FixedOffset>,
    TimeDelta,
    Uuid,
    serde_json::Value,
);
