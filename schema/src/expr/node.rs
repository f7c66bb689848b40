//! The expression tree.

use std::fmt;
use std::sync::Arc;

use crate::expr::Operator;
use crate::expr::SqlType;
use crate::value::SqlValue;

/// An expression: cheap to clone, and a clone is the same expression (as a Python object that is
/// used twice), which matters where a statement refers to one of its own columns or parameters.
#[derive(Clone, PartialEq)]
pub struct Expr(Arc<ExprKind>);

impl Expr {
    /// An expression of this kind.
    pub fn new(kind: ExprKind) -> Expr {
        Expr(Arc::new(kind))
    }

    /// What the expression is.
    pub fn kind(&self) -> &ExprKind {
        &self.0
    }

    /// Whether both are the same expression, not merely equal ones.
    pub fn is_same(&self, other: &Expr) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// SQL text, taken as it is but for `:name` parameters (SQLAlchemy's `text()`); `\:` stands
    /// for a colon.
    pub fn text(text: impl Into<String>) -> Expr {
        Expr::new(ExprKind::Text(TextClause { text: text.into(), binds: Vec::new() }))
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The kinds of expressions.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ExprKind {
    /// A column, or text that stands for one.
    Column(ColumnRef),
    /// SQL text.
    Text(TextClause),
    /// A value.
    Bind(Bind),
    /// `NULL`
    Null,
    /// `true`, or `1` where there is no such word.
    True,
    /// `false`, or `0`.
    False,
    /// `x AS name`; without a name, one is made up.
    Label {
        /// The name.
        name: Option<String>,
        /// What is labelled.
        element: Expr,
        /// The type.
        sql_type: SqlType,
    },
    /// An operator before (`operator`) or behind (`modifier`) its operand.
    Unary {
        /// The operand.
        element: Expr,
        /// What stands before.
        operator: Option<Operator>,
        /// What stands behind.
        modifier: Option<Operator>,
        /// The type.
        sql_type: SqlType,
    },
    /// An operator between two operands.
    Binary(Box<Binary>),
    /// Several expressions with an operator between them.
    List {
        /// The operator.
        operator: Operator,
        /// The expressions.
        clauses: Vec<Expr>,
        /// The type.
        sql_type: SqlType,
    },
    /// An expression in parentheses.
    Grouping(Expr),
    /// `CASE`
    Case {
        /// What is compared, in the short form.
        value: Option<Expr>,
        /// Conditions (or values) and results.
        whens: Vec<(Expr, Expr)>,
        /// What holds otherwise.
        otherwise: Option<Expr>,
        /// The type.
        sql_type: SqlType,
    },
    /// `CAST`, `TRY_CAST`, or a change of type that is not written.
    Cast {
        /// The operand.
        element: Expr,
        /// The type.
        sql_type: SqlType,
        /// Which of them.
        kind: CastKind,
    },
    /// A function and its arguments.
    Function(Box<Function>),
}

/// How [`ExprKind::Cast`] is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CastKind {
    /// `CAST(x AS type)`
    Cast,
    /// `TRY_CAST(x AS type)`
    TryCast,
    /// Not at all: only the type is another (`type_coerce`).
    Coerce,
}

/// A column by name.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnRef {
    /// The name; for a literal column, its text.
    pub name: String,
    /// The type.
    pub sql_type: SqlType,
    /// Whether the name is text to be taken as it is (`literal_column`).
    pub is_literal: bool,
}

/// SQL text with parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct TextClause {
    /// The text as given.
    pub text: String,
    /// What is known of its parameters; those that are missing here have no value yet.
    pub binds: Vec<Bind>,
}

/// A value, or the place of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Bind {
    /// The name, where one was given.
    pub name: Option<String>,
    /// The value; none where it comes with the execution.
    pub value: Option<SqlValue>,
    /// The type.
    pub sql_type: SqlType,
    /// Whether a list is written as several parameters, as in `IN`.
    pub expanding: bool,
    /// Whether the value is written into the text whatever [`Binds`](crate::expr::Binds) says.
    pub literal_execute: bool,
}

/// An operator between two operands.
#[derive(Debug, Clone, PartialEq)]
pub struct Binary {
    /// The left operand, in parentheses where it needs them.
    pub left: Expr,
    /// The operator.
    pub operator: Operator,
    /// The right operand.
    pub right: Expr,
    /// The operator of the negation, where there is one.
    pub negate: Option<Operator>,
    /// The type.
    pub sql_type: SqlType,
    /// `ESCAPE` of `LIKE`.
    pub escape: Option<String>,
    /// Flags of regular expressions.
    pub flags: Option<String>,
}

/// A function and its arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// The packages or schemas before the name.
    pub packages: Vec<String>,
    /// The name.
    pub name: String,
    /// The arguments.
    pub arguments: Vec<Expr>,
    /// The type of the result.
    pub sql_type: SqlType,
}
