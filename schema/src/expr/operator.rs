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

/// Precedence below every operator that has none of its own.
const SMALLEST: i32 = -100;
/// Precedence above every operator, for one that has none and asks for parentheses.
const LARGEST: i32 = 100;

impl CustomOperator {
    /// An operator written as `symbol`, with SQLAlchemy's defaults of `op()`.
    pub fn new(symbol: impl Into<String>) -> CustomOperator {
        CustomOperator {
            symbol: symbol.into(),
            precedence: 0,
            is_comparison: false,
            natural_self_precedent: false,
            eager_grouping: false,
        }
    }

    /// One of PostgreSQL's operators of containers, in parentheses wherever it stands among others.
    pub(crate) fn eager(symbol: &str, precedence: i32, is_comparison: bool) -> CustomOperator {
        CustomOperator {
            symbol: symbol.to_owned(),
            precedence,
            is_comparison,
            natural_self_precedent: true,
            eager_grouping: true,
        }
    }
}

impl Operator {
    /// The precedence; none where SQLAlchemy's table has no entry.
    fn precedence(&self) -> Option<i32> {
        use Operator::*;
        Some(match self {
            Any | All | GetItem | JsonGetItem | JsonPathGetItem => 15,
            Mul | TrueDiv | FloorDiv | Mod | Neg | BitwiseNot => 8,
            Add | Sub | BitwiseXor | BitwiseOr | BitwiseAnd | BitwiseLshift | BitwiseRshift => 7,
            Filter => 6,
            Concat | Match | NotMatch | RegexpMatch | NotRegexpMatch | RegexpReplace | ILike
            | NotILike | Like | NotLike | In | NotIn | Is | IsNot | Eq | Ne | IsDistinctFrom
            | IsNotDistinctFrom | Gt | Lt | Ge | Le | Between | NotBetween | Distinct | Not
            | IsTrue | IsFalse => 5,
            Collate => 4,
            And | Desc | Asc => 3,
            Or => 2,
            Exists => 0,
            Comma | As => -1,
            AsBool => -10,
            Custom(custom) => custom.precedence,
            StartsWith | NotStartsWith | IStartsWith | NotIStartsWith | EndsWith | NotEndsWith
            | IEndsWith | NotIEndsWith | Contains | NotContains | IContains | NotIContains
            | NullsFirst | NullsLast => return None,
        })
    }

    /// Whether `(a op b) op c` is written without parentheses.
    pub(crate) fn is_natural_self_precedent(&self) -> bool {
        match self {
            Operator::Custom(custom) => custom.natural_self_precedent,
            Operator::GetItem | Operator::JsonGetItem | Operator::JsonPathGetItem => true,
            // SQLAlchemy's set of associative operators is taken before `=` and `!=` leave it.
            _ => self.is_associative(),
        }
    }

    /// Whether operands of the same operator are merged into one list.
    pub(crate) fn is_associative(&self) -> bool {
        matches!(
            self,
            Operator::Add | Operator::Mul | Operator::Concat | Operator::And | Operator::Or
        )
    }

    /// Whether the operands can change places.
    pub(crate) fn is_commutative(&self) -> bool {
        matches!(self, Operator::Eq | Operator::Ne | Operator::Add | Operator::Mul)
    }

    /// Whether it compares.
    pub(crate) fn is_comparison(&self) -> bool {
        use Operator::*;
        match self {
            Eq | Ne | Lt | Gt | Ge | Le | IsDistinctFrom | IsNotDistinctFrom | Is | IsNot
            | Like | NotLike | ILike | NotILike | Between | NotBetween | In | NotIn
            | StartsWith | NotStartsWith | IStartsWith | NotIStartsWith | EndsWith
            | NotEndsWith | IEndsWith | NotIEndsWith | Contains | NotContains | IContains
            | NotIContains | Match | NotMatch | RegexpMatch | NotRegexpMatch => true,
            Custom(custom) => custom.is_comparison,
            _ => false,
        }
    }

    /// Whether it gives a truth value.
    pub(crate) fn is_boolean(&self) -> bool {
        use Operator::*;
        self.is_comparison() || matches!(self, Not | IsTrue | IsFalse | And | Or)
    }

    /// Whether it belongs behind an expression of `ORDER BY`.
    pub(crate) fn is_order_by_modifier(&self) -> bool {
        matches!(self, Operator::Desc | Operator::Asc | Operator::NullsFirst | Operator::NullsLast)
    }

    /// Whether an expression of this operator needs parentheses beside `against`.
    pub(crate) fn needs_parentheses(&self, against: Option<&Operator>) -> bool {
        let Some(against) = against else { return true };
        if self == against && self.is_natural_self_precedent() {
            return false;
        }
        self.precedence().unwrap_or(SMALLEST) <= against.precedence().unwrap_or(LARGEST)
    }

    /// The comparison with its sides exchanged.
    pub(crate) fn mirrored(&self) -> Operator {
        match self {
            Operator::Gt => Operator::Lt,
            Operator::Ge => Operator::Le,
            Operator::Lt => Operator::Gt,
            Operator::Le => Operator::Ge,
            other => other.clone(),
        }
    }

    /// The text where every dialect writes the same.
    pub(crate) fn text(&self) -> Option<&'static str> {
        use Operator::*;
        Some(match self {
            And => " AND ",
            Or => " OR ",
            Add => " + ",
            Mul => " * ",
            Sub => " - ",
            Mod => " % ",
            Neg => "-",
            Lt => " < ",
            Le => " <= ",
            Ne => " != ",
            Gt => " > ",
            Ge => " >= ",
            Eq => " = ",
            IsDistinctFrom => " IS DISTINCT FROM ",
            IsNotDistinctFrom => " IS NOT DISTINCT FROM ",
            Concat => " || ",
            Match => " MATCH ",
            NotMatch => " NOT MATCH ",
            In => " IN ",
            NotIn => " NOT IN ",
            Comma => ", ",
            As => " AS ",
            Is => " IS ",
            IsNot => " IS NOT ",
            Collate => " COLLATE ",
            Exists => "EXISTS ",
            Distinct => "DISTINCT ",
            Not => "NOT ",
            Any => "ANY ",
            All => "ALL ",
            Desc => " DESC",
            Asc => " ASC",
            NullsFirst => " NULLS FIRST",
            NullsLast => " NULLS LAST",
            BitwiseXor => " ^ ",
            BitwiseOr => " | ",
            BitwiseAnd => " & ",
            BitwiseNot => "~",
            BitwiseLshift => " << ",
            BitwiseRshift => " >> ",
            _ => return None,
        })
    }

    /// SQLAlchemy's name of the operator's function, for messages.
    pub(crate) fn python_name(&self) -> &'static str {
        use Operator::*;
        match self {
            GetItem => "getitem",
            BitwiseLshift => "lshift",
            BitwiseRshift => "rshift",
            Contains => "contains",
            JsonGetItem => "json_getitem_op",
            JsonPathGetItem => "json_path_getitem_op",
            _ => "operator",
        }
    }
}
