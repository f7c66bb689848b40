//! The operators, their precedence, and when an operand needs parentheses.
//!
//! The table is SQLAlchemy's (`sql/operators.py`), which is not that of any database: parentheses
//! stand where SQLAlchemy puts them.

/// An operator of an expression.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/` that keeps fractions.
    TrueDiv,
    /// `/` that gives whole numbers.
    FloorDiv,
    /// `%`
    Mod,
    /// `-x`
    Neg,
    /// `#` or `^`
    BitwiseXor,
    /// `|`
    BitwiseOr,
    /// `&`
    BitwiseAnd,
    /// `~x`
    BitwiseNot,
    /// `<<`
    BitwiseLshift,
    /// `>>`
    BitwiseRshift,
    /// `||`
    Concat,
    /// `@@ plainto_tsquery(…)`, `MATCH`, `MATCH … AGAINST`
    Match,
    /// The negation of [`Operator::Match`].
    NotMatch,
    /// `~`, `REGEXP`
    RegexpMatch,
    /// `!~`, `NOT REGEXP`
    NotRegexpMatch,
    /// `REGEXP_REPLACE(…)`
    RegexpReplace,
    /// `LIKE`
    Like,
    /// `NOT LIKE`
    NotLike,
    /// `ILIKE`, or `LIKE` of lower-case text.
    ILike,
    /// The negation of [`Operator::ILike`].
    NotILike,
    /// `LIKE x || '%'`
    StartsWith,
    /// The negation of [`Operator::StartsWith`].
    NotStartsWith,
    /// [`Operator::StartsWith`] whatever the case.
    IStartsWith,
    /// The negation of [`Operator::IStartsWith`].
    NotIStartsWith,
    /// `LIKE '%' || x`
    EndsWith,
    /// The negation of [`Operator::EndsWith`].
    NotEndsWith,
    /// [`Operator::EndsWith`] whatever the case.
    IEndsWith,
    /// The negation of [`Operator::IEndsWith`].
    NotIEndsWith,
    /// `LIKE '%' || x || '%'`
    Contains,
    /// The negation of [`Operator::Contains`].
    NotContains,
    /// [`Operator::Contains`] whatever the case.
    IContains,
    /// The negation of [`Operator::IContains`].
    NotIContains,
    /// `IN`
    In,
    /// `NOT IN`
    NotIn,
    /// `IS`
    Is,
    /// `IS NOT`
    IsNot,
    /// `=`
    Eq,
    /// `!=`
    Ne,
    /// `IS DISTINCT FROM`
    IsDistinctFrom,
    /// `IS NOT DISTINCT FROM`
    IsNotDistinctFrom,
    /// `>`
    Gt,
    /// `<`
    Lt,
    /// `>=`
    Ge,
    /// `<=`
    Le,
    /// `BETWEEN`
    Between,
    /// `NOT BETWEEN`
    NotBetween,
    /// `DISTINCT x`
    Distinct,
    /// `NOT x`
    Not,
    /// A bare truth value used as a condition.
    IsTrue,
    /// The negation of [`Operator::IsTrue`].
    IsFalse,
    /// `AND`
    And,
    /// `OR`
    Or,
    /// `,`
    Comma,
    /// `DESC`
    Desc,
    /// `ASC`
    Asc,
    /// `NULLS FIRST`
    NullsFirst,
    /// `NULLS LAST`
    NullsLast,
    /// `COLLATE`
    Collate,
    /// `AS`
    As,
    /// `EXISTS`
    Exists,
    /// `ANY`
    Any,
    /// `ALL`
    All,
    /// `x[y]`
    GetItem,
    /// `->`
    JsonGetItem,
    /// `#>`
    JsonPathGetItem,
    /// `FILTER (…)`
    Filter,
    /// What only decides over the parentheses of a condition.
    AsBool,
    /// Any other operator, written as it is.
    Custom(CustomOperator),
}

/// An operator that is written as it is (SQLAlchemy's `op()`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CustomOperator {
    /// The text.
    pub symbol: String,
    /// The precedence; 0 unless told.
    pub precedence: i32,
    /// Whether it gives a truth value.
    pub is_comparison: bool,
    /// Whether `(a op b) op c` needs no parentheses.
    pub natural_self_precedent: bool,
    /// Whether the symbol is written with no space after it (`eager_grouping` in SQLAlchemy).
    pub eager_grouping: bool,
}
