//! The tree: modules, statements and expressions.
//!
//! Contexts (load, store) are not marked: the place of an expression tells. Annotations are kept
//! because Python evaluates them when it loads a module: on assignments, parameters and results.

/// A range of bytes in the text that was parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte behind the last one.
    pub end: u32,
}

impl Span {
    /// The text between both ends; empty when the span is not of this text.
    #[must_use]
    pub fn text(self, source: &str) -> &str {
        source.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// The first byte, as [`position`](super::position) takes it.
    #[must_use]
    pub const fn offset(self) -> usize {
        self.start as usize
    }
}

/// A file.
#[derive(Debug, Clone, PartialEq)]
pub struct Module {
    /// Its statements, in order.
    pub body: Vec<Stmt>,
}

/// A statement and where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Stmt {
    /// From its first to its last character, decorators included.
    pub span: Span,
    /// What it is.
    pub kind: StmtKind,
}

/// The kinds of statement.
#[derive(Debug, Clone, PartialEq)]
pub enum StmtKind {
    /// An expression on its own.
    Expr(Expr),
    /// `a = b = value`.
    Assign {
        /// In the order written, which is the order in which they are bound.
        targets: Vec<Expr>,
        /// The right side.
        value: Expr,
    },
    /// `target: annotation = value`.
    AnnAssign {
        /// A name, an attribute or a subscript.
        target: Expr,
        /// The type.
        annotation: Expr,
        /// Absent in a mere declaration, which binds nothing.
        value: Option<Expr>,
    },
    /// `target += value`.
    AugAssign {
        /// A name, an attribute or a subscript.
        target: Expr,
        /// The operator without its `=`.
        op: BinaryOp,
        /// The right side.
        value: Expr,
    },
    /// `if`, with its `elif`s.
    If {
        /// Conditions with their blocks: the `if` and every `elif`.
        branches: Vec<(Expr, Vec<Stmt>)>,
        /// The `else`; empty when there is none.
        orelse: Vec<Stmt>,
    },
    /// `for target in iter`.
    For {
        /// Whether it is `async for`.
        is_async: bool,
        /// What each item is bound to.
        target: Expr,
        /// What is walked.
        iter: Expr,
        /// The block.
        body: Vec<Stmt>,
        /// The `else`; empty when there is none.
        orelse: Vec<Stmt>,
    },
    /// `while test`.
    While {
        /// The condition.
        test: Expr,
        /// The block.
        body: Vec<Stmt>,
        /// The `else`; empty when there is none.
        orelse: Vec<Stmt>,
    },
    /// `with a as b, c`.
    With {
        /// Whether it is `async with`.
        is_async: bool,
        /// The context managers.
        items: Vec<WithItem>,
        /// The block.
        body: Vec<Stmt>,
    },
    /// `try`.
    Try {
        /// The block.
        body: Vec<Stmt>,
        /// The `except` clauses.
        handlers: Vec<Handler>,
        /// The `else`; empty when there is none.
        orelse: Vec<Stmt>,
        /// The `finally`; empty when there is none.
        finally: Vec<Stmt>,
        /// Whether the clauses are `except*`.
        is_star: bool,
    },
    /// `raise exception from cause`.
    Raise {
        /// Absent in a bare `raise`.
        exception: Option<Expr>,
        /// After `from`.
        cause: Option<Expr>,
    },
    /// `return value`.
    Return(Option<Expr>),
    /// `assert test, message`.
    Assert {
        /// The condition.
        test: Expr,
        /// What to say when it does not hold.
        message: Option<Expr>,
    },
    /// `pass`.
    Pass,
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// `del a, b`.
    Delete(Vec<Expr>),
    /// `global a, b`.
    Global(Vec<String>),
    /// `nonlocal a, b`.
    Nonlocal(Vec<String>),
    /// `import a.b as c`.
    Import(Vec<ImportedName>),
    /// `from ..module import a as b`.
    ImportFrom {
        /// The number of leading dots.
        level: u32,
        /// Absent in `from . import a`.
        module: Option<String>,
        /// What is imported; `*` stands for everything.
        names: Vec<ImportedName>,
    },
    /// `def` and `async def`.
    FunctionDef(Box<FunctionDef>),
    /// `class`.
    ClassDef(Box<ClassDef>),
    /// `match subject`.
    Match {
        /// What is matched.
        subject: Expr,
        /// The cases.
        cases: Vec<Case>,
    },
    /// `type Name = …`, of which only the name is kept: the value is evaluated when asked for.
    TypeAlias(String),
    /// What this tree does not carry, by its name.
    Unsupported(&'static str),
}

/// One of the names of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedName {
    /// Where it is.
    pub span: Span,
    /// The name, dotted after `import`, or `*`.
    pub name: String,
    /// After `as`.
    pub alias: Option<String>,
}

impl ImportedName {
    /// The name that `import x.y` or `from m import x` binds.
    #[must_use]
    pub fn bound(&self) -> &str {
        let top = || self.name.split_once('.').map_or(&*self.name, |(top, _)| top);
        self.alias.as_deref().unwrap_or_else(top)
    }
}

/// One context manager of a `with`.
#[derive(Debug, Clone, PartialEq)]
pub struct WithItem {
    /// The context manager.
    pub context: Expr,
    /// After `as`.
    pub target: Option<Expr>,
}

/// An `except` clause.
#[derive(Debug, Clone, PartialEq)]
pub struct Handler {
    /// Where it is.
    pub span: Span,
    /// The exception or exceptions; absent in a bare `except:`.
    pub exception: Option<Expr>,
    /// After `as`.
    pub name: Option<String>,
    /// The block.
    pub body: Vec<Stmt>,
}

/// A `case` of a `match`. Patterns are not taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Where the pattern is.
    pub pattern: Span,
    /// The names that the pattern can bind.
    pub binds: Vec<String>,
    /// After `if`.
    pub guard: Option<Expr>,
    /// The block.
    pub body: Vec<Stmt>,
}

/// A function with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionDef {
    /// The name, which the statement binds.
    pub name: String,
    /// Where the name is.
    pub name_span: Span,
    /// Whether it is `async def`.
    pub is_async: bool,
    /// Outermost first.
    pub decorators: Vec<Decorator>,
    /// The parameters.
    pub parameters: Parameters,
    /// The annotation of the result, which Python evaluates when it meets the `def`.
    pub returns: Option<Expr>,
    /// The block.
    pub body: Vec<Stmt>,
}

/// A class.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassDef {
    /// The name, which the statement binds.
    pub name: String,
    /// Where the name is.
    pub name_span: Span,
    /// Outermost first.
    pub decorators: Vec<Decorator>,
    /// Bases, and keywords such as `metaclass=`.
    pub arguments: Vec<Argument>,
    /// The block.
    pub body: Vec<Stmt>,
}

/// What stands behind an `@`.
#[derive(Debug, Clone, PartialEq)]
pub struct Decorator {
    /// The expression without the `@`.
    pub value: Expr,
}

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
        parameters: Box<Parameters>,
        /// The result.
        body: Box<Expr>,
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
        element: Box<Expr>,
        /// The `for` clauses; at least one.
        clauses: Vec<Comprehension>,
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
