//! The tree: expressions and parameters.

use std::sync::Arc;

use super::tree::Span;

/// The parameters of a function or lambda.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parameters {
    /// Before the `/`.
    pub positional_only: Vec<Parameter>,
    /// Between `/` and `*`.
    pub positional: Vec<Parameter>,
    /// `*args`.
    pub star: Option<Parameter>,
    /// After `*` or `*args`.
    pub keyword_only: Vec<Parameter>,
    /// `**kwargs`.
    pub double_star: Option<Parameter>,
}

impl Parameters {
    /// Every parameter, in the order written.
    pub fn iter(&self) -> impl Iterator<Item = &Parameter> {
        self.positional_only
            .iter()
            .chain(&self.positional)
            .chain(&self.star)
            .chain(&self.keyword_only)
            .chain(&self.double_star)
    }
}

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Where it is.
    pub span: Span,
    /// Its name.
    pub name: String,
    /// Its type, which Python evaluates when it meets the `def`.
    pub annotation: Option<Expr>,
    /// Evaluated when the function is defined.
    pub default: Option<Expr>,
}

/// An expression and where it is, without parentheses around it.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// From its first to its last character.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// The kinds of expression.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `None`.
    None,
    /// `True` and `False`.
    Bool(bool),
    /// `...`.
    Ellipsis,
    /// A number.
    Number(Number),
    /// A text, evaluated; adjacent literals are joined.
    Str(String),
    /// Bytes, evaluated; adjacent literals are joined.
    Bytes(Vec<u8>),
    /// An f-string; adjacent literals are joined.
    FString(Vec<FStringPart>),
    /// A name.
    Name(String),
    /// `value.name`.
    Attribute {
        /// Of what.
        value: Box<Expr>,
        /// The attribute.
        name: String,
    },
    /// `value[index]`, where the index may be a [`ExprKind::Slice`] or a tuple with slices.
    Subscript {
        /// Of what.
        value: Box<Expr>,
        /// What is between the brackets.
        index: Box<Expr>,
    },
    /// `lower:upper:step`, only inside a subscript.
    Slice {
        /// Before the first colon.
        lower: Option<Box<Expr>>,
        /// After the first colon.
        upper: Option<Box<Expr>>,
        /// After the second colon.
        step: Option<Box<Expr>>,
    },
    /// `function(arguments)`.
    Call {
        /// What is called.
        function: Box<Expr>,
        /// In the order written.
        arguments: Vec<Argument>,
    },
    /// `first + a - b`: operators that group to the left, in one node, to be worked off from left
    /// to right. `2 ** 3 ** 4` is nested, as it groups to the right.
    Binary {
        /// The leftmost operand.
        first: Box<Expr>,
        /// Operators with their right operands; at least one.
        rest: Vec<(BinaryOp, Expr)>,
    },
    /// `-operand`.
    Unary {
        /// The operator.
        op: UnaryOp,
        /// What it is applied to.
        operand: Box<Expr>,
    },
    /// `a and b and c`.
    Logical {
        /// Which of the two.
        op: BoolOp,
        /// At least two.
        values: Vec<Expr>,
    },
    /// `first < a <= b`.
    Compare {
        /// The leftmost operand.
        first: Box<Expr>,
        /// Operators with their right operands; at least one.
        rest: Vec<(CompareOp, Expr)>,
    },
    /// `body if test else orelse`.
    Conditional {
        /// The condition.
        test: Box<Expr>,
        /// When it holds.
        body: Box<Expr>,
        /// When it does not.
        orelse: Box<Expr>,
    },
    /// `lambda parameters: body`.
    Lambda {
        /// The parameters.
        parameters: Arc<Parameters>,
        /// The result.
        body: Arc<Expr>,
    },
    /// `a, b`, with or without parentheses.
    Tuple(Vec<Expr>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `{a, b}`.
    Set(Vec<Expr>),
    /// `{a: b, **c}`; a missing key stands for `**`.
    Dict(Vec<(Option<Expr>, Expr)>),
    /// A comprehension or a generator expression.
    Comprehension {
        /// What it gives.
        kind: ComprehensionKind,
        /// The element; in a dict comprehension the value.
        element: Arc<Expr>,
        /// The `for` clauses; at least one.
        clauses: Arc<Vec<Comprehension>>,
    },
    /// `*value`.
    Starred(Box<Expr>),
    /// `name := value`.
    Named {
        /// Always a name.
        target: Box<Expr>,
        /// What it is bound to.
        value: Box<Expr>,
    },
    /// `await value`.
    Await(Box<Expr>),
    /// `yield value`.
    Yield(Option<Box<Expr>>),
    /// `yield from value`.
    YieldFrom(Box<Expr>),
    /// Valid Python that this tree does not carry, by its name (t-strings, lone surrogates).
    Unsupported(&'static str),
}

/// A number as written.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// An integer that fits.
    Int(i64),
    /// Another integer: the digits as written, with their prefix (`0x`) and without underscores.
    BigInt(String),
    /// A floating-point number.
    Float(f64),
    /// The imaginary part of a number such as `2j`.
    Imaginary(f64),
}

/// A part of an f-string.
#[derive(Debug, Clone, PartialEq)]
pub enum FStringPart {
    /// Text, evaluated.
    Text(String),
    /// `{value!r:spec}`.
    Value {
        /// What is formatted.
        value: Box<Expr>,
        /// The text before the value in `{value=}`, the `=` included.
        debug: Option<String>,
        /// `r`, `s` or `a`.
        conversion: Option<char>,
        /// After the colon.
        spec: Option<Vec<FStringPart>>,
    },
}

/// An argument of a call or a class.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// `value`.
    Positional(Expr),
    /// `*value`.
    Star(Expr),
    /// `name=value`.
    Keyword {
        /// The name.
        name: String,
        /// The value.
        value: Expr,
    },
    /// `**value`.
    DoubleStar(Expr),
}

impl Argument {
    /// The expression, whatever stands before it.
    #[must_use]
    pub const fn value(&self) -> &Expr {
        match self {
            Self::Positional(value)
            | Self::Star(value)
            | Self::Keyword { value, .. }
            | Self::DoubleStar(value) => value,
        }
    }
}

/// What a comprehension gives.
#[derive(Debug, Clone, PartialEq)]
pub enum ComprehensionKind {
    /// `[x for …]`.
    List,
    /// `{x for …}`.
    Set,
    /// `{key: x for …}`.
    Dict {
        /// The key.
        key: Box<Expr>,
    },
    /// `(x for …)`.
    Generator,
}

/// One `for` clause of a comprehension.
#[derive(Debug, Clone, PartialEq)]
pub struct Comprehension {
    /// Whether it is `async for`.
    pub is_async: bool,
    /// What each item is bound to.
    pub target: Expr,
    /// What is walked.
    pub iter: Expr,
    /// The `if` clauses behind it.
    pub conditions: Vec<Expr>,
}

/// The operators with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`.
    Add,
    /// `-`.
    Sub,
    /// `*`.
    Mul,
    /// `@`.
    MatMul,
    /// `/`.
    Div,
    /// `//`.
    FloorDiv,
    /// `%`.
    Mod,
    /// `**`.
    Pow,
    /// `<<`.
    LeftShift,
    /// `>>`.
    RightShift,
    /// `|`.
    BitOr,
    /// `^`.
    BitXor,
    /// `&`.
    BitAnd,
}

/// The operators with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `not`.
    Not,
    /// `-`.
    Minus,
    /// `+`.
    Plus,
    /// `~`.
    Invert,
}

/// `and` and `or`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoolOp {
    /// `and`.
    And,
    /// `or`.
    Or,
}

/// The comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    /// `==`.
    Eq,
    /// `!=`.
    NotEq,
    /// `<`.
    Lt,
    /// `<=`.
    LtE,
    /// `>`.
    Gt,
    /// `>=`.
    GtE,
    /// `is`.
    Is,
    /// `is not`.
    IsNot,
    /// `in`.
    In,
    /// `not in`.
    NotIn,
}
