//! The expression tree.

use std::fmt;
use std::sync::Arc;

use crate::CompileError;
use crate::SqlType;
use crate::expr::FromClause;
use crate::expr::Identity;
use crate::expr::Name;
use crate::expr::Operator;
use crate::expr::Query;
use crate::value::SqlValue;

/// An expression: cheap to clone, and a clone is the same expression (as a Python object that is
/// used twice), which matters where a statement refers to one of its own columns or parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct Expr(Arc<Node>);

#[derive(PartialEq, Eq)]
struct Node {
    kind: ExprKind,
    depth: u32,
}

/// How deep expressions and queries can be in one another: what Python's own limit lets SQLAlchemy
/// write is about as much. Deeper ones are an error rather than an overflow of the stack.
pub(crate) const MAX_DEPTH: u32 = 200;

/// The error of what is too deep.
pub(crate) fn too_deep() -> CompileError {
    CompileError::Compile(format!("an expression is more than {MAX_DEPTH} levels deep"))
}

impl Expr {
    /// An expression of this kind, without any of the rules that the constructors follow.
    pub fn new(kind: ExprKind) -> Expr {
        let mut depth = match &kind {
            ExprKind::Scalar(query) => query.depth(),
            ExprKind::TableValued(from, _) => from.depth(),
            _ => 0,
        };
        crate::expr::froms::children(&kind, &mut |child| depth = depth.max(child.depth()));
        if depth >= MAX_DEPTH {
            return Expr(Arc::new(Node { kind: ExprKind::Invalid(too_deep()), depth: 1 }));
        }
        Expr(Arc::new(Node { kind, depth: depth + 1 }))
    }

    /// What the expression is.
    pub fn kind(&self) -> &ExprKind {
        &self.0.kind
    }

    /// The key of the column that the expression is; none of text that stands for one.
    pub fn column_key(&self) -> Option<&str> {
        match self.kind() {
            ExprKind::Column(column) if !column.is_literal => Some(&column.key),
            _ => None,
        }
    }

    /// How many levels it has.
    pub(crate) fn depth(&self) -> u32 {
        self.0.depth
    }

    /// Whether both are the same expression, not merely equal ones. A column of a table is itself
    /// however often it is asked for.
    pub fn is_same(&self, other: &Expr) -> bool {
        self.identity() == other.identity()
    }

    /// Why the expression cannot exist, if so: an operator that its type does not have, a value
    /// that cannot be compared. Such an expression is an error when it is compiled, and so is
    /// whatever holds it.
    pub fn error(&self) -> Option<&CompileError> {
        match self.kind() {
            ExprKind::Invalid(error) => Some(error),
            _ => None,
        }
    }

    pub(crate) fn invalid(error: CompileError) -> Expr {
        Expr::new(ExprKind::Invalid(error))
    }

    pub(crate) fn identity(&self) -> (usize, String) {
        let address = match self.kind() {
            ExprKind::Column(column) => match &column.table {
                Some(table) => return (table.address(), column.key.clone()),
                None => Arc::as_ptr(&self.0) as usize,
            },
            // There is one of each of these in SQLAlchemy.
            ExprKind::Null => 1,
            ExprKind::True => 2,
            ExprKind::False => 3,
            _ => Arc::as_ptr(&self.0) as usize,
        };
        (address, String::new())
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}

/// The kinds of expressions.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// `x AS name`
    Label(Box<Label>),
    /// An operator before (`operator`) or behind (`modifier`) its operand.
    Unary(Box<Unary>),
    /// A truth value that stands where a condition must stand.
    AsBoolean {
        /// The truth value.
        element: Expr,
        /// Whether it is asked to hold, rather than not to hold.
        holds: bool,
    },
    /// An operator between two operands.
    Binary(Box<Binary>),
    /// Several expressions with an operator between them.
    List(Box<List>),
    /// An expression in parentheses.
    Grouping(Expr),
    /// `CASE`
    Case(Box<Case>),
    /// `CAST`, `TRY_CAST`, or a change of type that is not written.
    Cast(Box<Cast>),
    /// `EXTRACT(field FROM x)`
    Extract {
        /// What is taken out.
        field: String,
        /// The date or time.
        element: Expr,
    },
    /// A function and its arguments.
    Function(Box<Function>),
    /// `f() OVER (…)`
    Over(Box<Over>),
    /// `f() FILTER (WHERE …)`
    Filter {
        /// The function.
        function: Expr,
        /// The condition.
        criterion: Option<Expr>,
    },
    /// `f() WITHIN GROUP (ORDER BY …)`, or `f(x ORDER BY …)`.
    AggregateOrderBy {
        /// The function.
        function: Expr,
        /// The order.
        order_by: Vec<Expr>,
        /// Whether it is `WITHIN GROUP` on every database.
        within_group: bool,
    },
    /// PostgreSQL's `x ORDER BY y` as an argument (`aggregate_order_by`).
    OrderedArgument {
        /// The argument.
        target: Expr,
        /// The order.
        order_by: Expr,
    },
    /// The name of a collation, behind `COLLATE`.
    Collation {
        /// The name.
        name: String,
        /// Its schema.
        schema: Option<String>,
    },
    /// `(a, b)`
    Tuple(Vec<Expr>),
    /// PostgreSQL's `ARRAY[a, b]`.
    Array {
        /// The elements.
        items: Vec<Expr>,
        /// The type, an array.
        sql_type: SqlType,
    },
    /// A query that gives one value, in parentheses.
    Scalar(Query),
    /// `a:b` between brackets.
    Slice {
        /// The first index.
        start: Expr,
        /// The last index.
        stop: Expr,
    },
    /// A label of the statement's columns in `ORDER BY`, `GROUP BY` or `DISTINCT`.
    LabelReference(Expr),
    /// The same by its name.
    TextualLabelReference(String),
    /// A whole row of a table-valued function as a column.
    TableValued(FromClause, SqlType),
    /// `nextval('sequence')`
    NextValue {
        /// The schema of the sequence.
        schema: Option<String>,
        /// The sequence.
        name: String,
    },
    /// What cannot be; see [`Expr::error`].
    Invalid(CompileError),
}

/// `x AS name`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The name.
    pub name: Name,
    /// What is labelled.
    pub element: Expr,
    /// The type.
    pub sql_type: SqlType,
}

/// An operator and one operand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unary {
    /// The operand, in parentheses where it needs them.
    pub element: Expr,
    /// What stands before.
    pub operator: Option<Operator>,
    /// What stands behind.
    pub modifier: Option<Operator>,
    /// The type.
    pub sql_type: SqlType,
}

/// An operator between two operands.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// What some operators have beside their operands.
    pub modifiers: Modifiers,
}

/// What some operators have beside their operands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Modifiers {
    /// `ESCAPE` of `LIKE`.
    pub escape: Option<String>,
    /// Flags of regular expressions.
    pub flags: Option<String>,
    /// `BETWEEN SYMMETRIC`
    pub symmetric: bool,
    /// The configuration of PostgreSQL's full text search (`postgresql_regconfig`).
    pub regconfig: Option<String>,
}

/// Several expressions with an operator between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The operator.
    pub operator: Operator,
    /// The expressions, in parentheses where they need them.
    pub clauses: Vec<Expr>,
    /// The type.
    pub sql_type: SqlType,
    /// Which of SQLAlchemy's lists it is.
    pub kind: ListKind,
    /// Whether the list as a whole is put in parentheses where it needs them.
    pub group: bool,
}

/// SQLAlchemy's kinds of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListKind {
    /// An expression such as `a + b + c`.
    Expression,
    /// Conditions.
    Boolean,
    /// A mere list.
    Plain,
}

/// `CASE`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What is compared, in the short form.
    pub value: Option<Expr>,
    /// Conditions (or values) and results.
    pub whens: Vec<(Expr, Expr)>,
    /// What holds otherwise.
    pub otherwise: Option<Expr>,
    /// The type.
    pub sql_type: SqlType,
}

/// `CAST`, `TRY_CAST`, or a change of type that is not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast {
    /// The operand.
    pub element: Expr,
    /// The type.
    pub sql_type: SqlType,
    /// Which of them.
    pub kind: CastKind,
}

/// How a [`Cast`] is written.
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnRef {
    /// The name; for a literal column, its text.
    pub name: Name,
    /// How Python code calls it: the name, unless told otherwise.
    pub key: String,
    /// What it is a column of.
    pub table: Option<FromClause>,
    /// The type.
    pub sql_type: SqlType,
    /// Whether the name is text to be taken as it is (`literal_column`).
    pub is_literal: bool,
}

/// SQL text with parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextClause {
    /// The text as given.
    pub text: String,
    /// What is known of its parameters; those that are missing here have no value yet.
    pub binds: Vec<Bind>,
}

/// What makes a parameter the same in several places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BindKey {
    /// A name that was given: all parameters of the name are one.
    Named(String),
    /// A name that is made up from a word, for one parameter.
    Unique {
        /// The word.
        seed: String,
        /// The parameter.
        identity: Identity,
    },
}

/// A value, or the place of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    /// Its name.
    pub key: BindKey,
    /// The value; none where it comes with the execution.
    pub value: Option<SqlValue>,
    /// The type.
    pub sql_type: SqlType,
    /// What is special about its type.
    pub role: BindRole,
    /// Whether a list is written as several parameters, as in `IN`.
    pub expanding: bool,
    /// Of an expanding parameter: the operator, which decides what an empty list is.
    pub expand_operator: Option<Operator>,
    /// Whether the value is written into the text whatever [`Binds`](crate::expr::Binds) says.
    pub literal_execute: bool,
}

/// What is special about the type of a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum BindRole {
    /// Nothing.
    #[default]
    Value,
    /// A key or an index into JSON.
    JsonIndex,
    /// A path into JSON.
    JsonPath,
    /// Tuples of these types.
    Tuple(Vec<SqlType>),
}

/// A function and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// The packages or schemas before the name.
    pub packages: Vec<String>,
    /// The name.
    pub name: String,
    /// The arguments.
    pub arguments: Vec<Expr>,
    /// The type of the result.
    pub sql_type: SqlType,
    /// `WITH ORDINALITY`
    pub with_ordinality: bool,
}

/// `f() OVER (…)`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// The function.
    pub element: Expr,
    /// `PARTITION BY`
    pub partition_by: Vec<Expr>,
    /// `ORDER BY`
    pub order_by: Vec<Expr>,
    /// The frame.
    pub frame: Option<Frame>,
}

/// The frame of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What its bounds count.
    pub unit: FrameUnit,
    /// Where it begins.
    pub start: FrameBound,
    /// Where it ends.
    pub end: FrameBound,
    /// `EXCLUDE …`
    pub exclude: Option<String>,
}

/// What the bounds of a frame count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameUnit {
    /// `RANGE`
    Range,
    /// `ROWS`
    Rows,
    /// `GROUPS`
    Groups,
}

/// A bound of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameBound {
    /// `UNBOUNDED PRECEDING` at the start, `UNBOUNDED FOLLOWING` at the end.
    Unbounded,
    /// `CURRENT ROW`
    Current,
    /// `n PRECEDING`
    Preceding(Expr),
    /// `n FOLLOWING`
    Following(Expr),
}
