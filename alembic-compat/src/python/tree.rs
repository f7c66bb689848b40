//! The tree: modules and statements.
//!
//! Contexts (load, store) are not marked: the place of an expression tells. Annotations are kept
//! because Python evaluates them when it loads a module: on assignments, parameters and results.

use std::sync::Arc;

use super::tree_expr::Argument;
use super::tree_expr::BinaryOp;
use super::tree_expr::Expr;
use super::tree_expr::Parameters;

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
    FunctionDef(Arc<FunctionDef>),
    /// `class`.
    ClassDef(Arc<ClassDef>),
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

/// A `case` of a `match`.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Where the pattern is.
    pub pattern: Span,
    /// What is matched.
    pub matches: Pattern,
    /// The names that the pattern can bind.
    pub binds: Vec<String>,
    /// After `if`.
    pub guard: Option<Expr>,
    /// The block.
    pub body: Vec<Stmt>,
}

/// What stands behind `case`.
#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    /// A value to compare with: a literal or a dotted name.
    Value(Expr),
    /// `None`, `True` and `False`, compared by identity.
    Singleton(Expr),
    /// `[a, *b, c]`.
    Sequence(Vec<Pattern>),
    /// `*name` in a sequence; `*_` has no name.
    Star(Option<String>),
    /// `{key: pattern, **rest}`.
    Mapping {
        /// Keys with their patterns.
        items: Vec<(Expr, Pattern)>,
        /// After `**`.
        rest: Option<String>,
    },
    /// `Class(pattern, name=pattern)`.
    Class {
        /// The class.
        class: Expr,
        /// By `__match_args__`.
        positional: Vec<Pattern>,
        /// By name.
        keywords: Vec<(String, Pattern)>,
    },
    /// `a | b`.
    Or(Vec<Pattern>),
    /// `pattern as name`, `name`, or `_` with neither.
    As {
        /// Absent in a mere capture.
        pattern: Option<Box<Pattern>>,
        /// Absent in `_`.
        name: Option<String>,
    },
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
