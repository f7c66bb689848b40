//! The operators of expressions, under SQLAlchemy's names.

use std::ops;

use crate::CompileError;
use crate::SqlType;
use crate::expr::Bind;
use crate::expr::CustomOperator;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::Label;
use crate::expr::Modifiers;
use crate::expr::Name;
use crate::expr::Operand;
use crate::expr::Operator;
use crate::expr::Owner;
use crate::expr::Query;
use crate::expr::build;
use crate::expr::typing;
use crate::value::SqlValue;

/// A constant that comparisons write as it is.
fn constant(operand: &Operand) -> Option<Expr> {
    match operand {
        Operand::Value(SqlValue::Null) => Some(Expr::new(ExprKind::Null)),
        Operand::Value(SqlValue::Bool(true)) => Some(Expr::new(ExprKind::True)),
        Operand::Value(SqlValue::Bool(false)) => Some(Expr::new(ExprKind::False)),
        Operand::Expr(expr) => match expr.kind() {
            ExprKind::Null | ExprKind::True | ExprKind::False => Some(expr.clone()),
            _ => None,
        },
        Operand::Value(_) => None,
    }
}

impl Expr {
    /// `self operator other` for any operator of two operands, with the meaning that the types
    /// give it: `+` joins text, comparisons with `None` are `IS`. Operators with methods of their
    /// own (`LIKE` with an escape, `IN`, `BETWEEN`) are not served here.
    #[must_use]
    pub fn operate(&self, operator: Operator, other: impl Into<Operand>) -> Expr {
        self.operate_with(operator, other.into(), Modifiers::default(), None)
    }

    /// `other operator self`: what Python does where the left operand is a plain value.
    #[must_use]
    pub fn reverse_operate(&self, operator: Operator, other: impl Into<Operand>) -> Expr {
        let left = self.operand(&operator, other.into());
        let (operator, sql_type) = typing::adapt(operator, &left.sql_type(), &self.sql_type());
        Expr::operation(&left, self, operator, sql_type, None, Modifiers::default())
    }

    pub(crate) fn operate_with(
        &self,
        operator: Operator,
        other: Operand,
        modifiers: Modifiers,
        result: Option<SqlType>,
    ) -> Expr {
        if self.is_collection_aggregate() {
            return self.compare_aggregate(&operator, other);
        }
        let is_named = !matches!(operator, Operator::Custom(_));
        if is_named && operator.is_comparison() {
            return self.compare(operator, other, modifiers, false);
        }
        let right = self.operand(&operator, other);
        let result = match (result, &operator) {
            (Some(result), _) => Some(result),
            (None, Operator::Custom(custom)) if custom.is_comparison => Some(SqlType::boolean()),
            _ => None,
        };
        let (operator, sql_type) = match result {
            Some(result) => (operator, result),
            None => typing::adapt(operator, &self.sql_type(), &right.sql_type()),
        };
        Expr::operation(self, &right, operator, sql_type, None, modifiers)
    }

    /// `ANY (…)` and `ALL (…)` stand on the right of what they are compared with.
    fn compare_aggregate(&self, operator: &Operator, other: Operand) -> Expr {
        if !operator.is_comparison() {
            return Expr::invalid(CompileError::Argument(
                "Only comparison operators may be used with ANY/ALL".to_owned(),
            ));
        }
        self.compare(operator.mirrored(), other, Modifiers::default(), true)
    }

    fn compare(
        &self,
        operator: Operator,
        other: Operand,
        modifiers: Modifiers,
        reverse: bool,
    ) -> Expr {
        let negate = negation(&operator);
        let boolean = SqlType::boolean;
        if let Some(constant) = constant(&other) {
            let is_null = matches!(constant.kind(), ExprKind::Null);
            let as_it_is = match operator {
                Operator::Eq | Operator::Ne => !is_null,
                Operator::IsDistinctFrom | Operator::IsNotDistinctFrom => true,
                _ => false,
            };
            if as_it_is {
                return Expr::operation(self, &constant, operator, boolean(), negate, modifiers);
            }
            if !self.is_collection_aggregate() {
                let (operator, negate) = match operator {
                    Operator::Eq | Operator::Is => (Operator::Is, Operator::IsNot),
                    Operator::Ne | Operator::IsNot => (Operator::IsNot, Operator::Is),
                    _ => {
                        return Expr::invalid(CompileError::Argument(
                            "Only '=', '!=', 'is_()', 'is_not()', 'is_distinct_from()', \
                             'is_not_distinct_from()' operators can be used with None/True/False"
                                .to_owned(),
                        ));
                    }
                };
                let plain = Modifiers::default();
                return Expr::operation(self, &constant, operator, boolean(), Some(negate), plain);
            }
            let (left, right) = if reverse { (&constant, self) } else { (self, &constant) };
            return Expr::operation(left, right, operator, boolean(), negate, modifiers);
        }
        let other = self.operand(&operator, other);
        let (left, right) = if reverse { (&other, self) } else { (self, &other) };
        Expr::operation(left, right, operator, boolean(), negate, modifiers)
    }

    /// `self = other`; `IS NULL` for no value.
    #[must_use]
    pub fn eq(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::Eq, other)
    }

    /// `self != other`; `IS NOT NULL` for no value.
    #[must_use]
    pub fn ne(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::Ne, other)
    }

    /// `self < other`
    #[must_use]
    pub fn lt(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::Lt, other)
    }

    /// `self <= other`
    #[must_use]
    pub fn le(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::Le, other)
    }

    /// `self > other`
    #[must_use]
    pub fn gt(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::Gt, other)
    }

    /// `self >= other`
    #[must_use]
    pub fn ge(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::Ge, other)
    }

    /// `self IS other`
    #[must_use]
    pub fn is_(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::Is, other)
    }

    /// `self IS NOT other`
    #[must_use]
    pub fn is_not(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::IsNot, other)
    }

    /// `self IS DISTINCT FROM other`, as each database writes it.
    #[must_use]
    pub fn is_distinct_from(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::IsDistinctFrom, other)
    }

    /// `self IS NOT DISTINCT FROM other`, as each database writes it.
    #[must_use]
    pub fn is_not_distinct_from(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::IsNotDistinctFrom, other)
    }

    /// `self AND other`
    #[must_use]
    pub fn and(&self, other: impl Into<Operand>) -> Expr {
        and([self.clone(), condition(other.into())])
    }

    /// `self OR other`
    #[must_use]
    pub fn or(&self, other: impl Into<Operand>) -> Expr {
        or([self.clone(), condition(other.into())])
    }

    /// `self || other`
    #[must_use]
    pub fn concat(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::Concat, other)
    }

    /// Whole division (`//`).
    #[must_use]
    pub fn floordiv(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::FloorDiv, other)
    }

    /// Any other operator, written as it is (`op()`).
    #[must_use]
    pub fn op(&self, operator: CustomOperator, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::Custom(operator), other)
    }

    /// The same with the type of the result (`op(…, return_type=…)`).
    #[must_use]
    pub fn op_typed(
        &self,
        operator: CustomOperator,
        other: impl Into<Operand>,
        result: SqlType,
    ) -> Expr {
        let operator = Operator::Custom(operator);
        self.operate_with(operator, other.into(), Modifiers::default(), Some(result))
    }

    /// `self LIKE other ESCAPE escape`, and the other operators that take an escape character.
    #[must_use]
    pub fn like_with(
        &self,
        operator: Operator,
        other: impl Into<Operand>,
        escape: Option<&str>,
    ) -> Expr {
        let modifiers = Modifiers { escape: escape.map(str::to_owned), ..Modifiers::default() };
        self.operate_with(operator, other.into(), modifiers, None)
    }

    /// `self LIKE other`
    #[must_use]
    pub fn like(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::Like, other)
    }

    /// `self NOT LIKE other`
    #[must_use]
    pub fn not_like(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::NotLike, other)
    }

    /// `self ILIKE other`, or `lower(self) LIKE lower(other)`.
    #[must_use]
    pub fn ilike(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::ILike, other)
    }

    /// The negation of [`Expr::ilike`].
    #[must_use]
    pub fn not_ilike(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::NotILike, other)
    }

    /// Whether the text begins with `other`.
    #[must_use]
    pub fn startswith(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::StartsWith, other)
    }

    /// Whether the text ends with `other`.
    #[must_use]
    pub fn endswith(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::EndsWith, other)
    }

    /// Whether the text has `other` in it; of PostgreSQL's JSONB, arrays and ranges: `@>`.
    #[must_use]
    pub fn contains(&self, other: impl Into<Operand>) -> Expr {
        if let Some(operator) = self.container_operator("@>") {
            return self.op_typed(operator, other, SqlType::boolean());
        }
        self.operate(Operator::Contains, other)
    }

    /// The operators that look for text in text, with `%` and `_` of the text escaped
    /// (`autoescape=True`).
    #[must_use]
    pub fn autoescaped(&self, operator: Operator, text: &str, escape: Option<&str>) -> Expr {
        let escape = escape.unwrap_or("/");
        let mut escaped = text.to_owned();
        if !matches!(escape, "%" | "_") {
            escaped = escaped.replace(escape, &format!("{escape}{escape}"));
        }
        let escaped =
            escaped.replace('%', &format!("{escape}%")).replace('_', &format!("{escape}_"));
        self.like_with(operator, escaped, Some(escape))
    }

    /// Full text search (`match()`); `regconfig` is PostgreSQL's configuration.
    #[must_use]
    pub fn match_text(&self, other: impl Into<Operand>, regconfig: Option<&str>) -> Expr {
        let modifiers =
            Modifiers { regconfig: regconfig.map(str::to_owned), ..Modifiers::default() };
        self.operate_with(Operator::Match, other.into(), modifiers, None)
    }

    /// Whether the text matches a regular expression.
    #[must_use]
    pub fn regexp_match(&self, pattern: impl Into<Operand>, flags: Option<&str>) -> Expr {
        let pattern = self.operand(&Operator::Comma, pattern.into());
        let negate = Some(Operator::NotRegexpMatch);
        let modifiers = Modifiers { flags: flags.map(str::to_owned), ..Modifiers::default() };
        let operator = Operator::RegexpMatch;
        Expr::binary_of(self, &pattern, operator, SqlType::Null, negate, modifiers)
    }

    /// The text with what matches a regular expression replaced.
    #[must_use]
    pub fn regexp_replace(
        &self,
        pattern: impl Into<Operand>,
        replacement: impl Into<Operand>,
        flags: Option<&str>,
    ) -> Expr {
        let arguments = vec![
            self.operand(&Operator::Comma, pattern.into()),
            self.operand(&Operator::Comma, replacement.into()),
        ];
        let list = Expr::list_of(Operator::Comma, arguments, SqlType::Null, false);
        let modifiers = Modifiers { flags: flags.map(str::to_owned), ..Modifiers::default() };
        let operator = Operator::RegexpReplace;
        Expr::binary_of(self, &list, operator, SqlType::Null, None, modifiers)
    }

    /// `self BETWEEN low AND high`
    #[must_use]
    pub fn between(
        &self,
        low: impl Into<Operand>,
        high: impl Into<Operand>,
        symmetric: bool,
    ) -> Expr {
        let bounds = vec![
            self.operand(&Operator::And, low.into()),
            self.operand(&Operator::And, high.into()),
        ];
        let list = Expr::list_of(Operator::And, bounds, SqlType::Null, false);
        let modifiers = Modifiers { symmetric, ..Modifiers::default() };
        let negate = Some(Operator::NotBetween);
        Expr::binary_of(self, &list, Operator::Between, SqlType::Null, negate, modifiers)
    }

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

    /// `~self` on bits.
    #[must_use]
    pub fn bitwise_not(&self) -> Expr {
        Expr::unary(self, Operator::BitwiseNot, self.sql_type())
    }

    /// `DISTINCT self`, inside of an aggregate function.
    #[must_use]
    pub fn distinct(&self) -> Expr {
        Expr::unary(self, Operator::Distinct, self.sql_type())
    }

    /// `self ASC`
    #[must_use]
    pub fn asc(&self) -> Expr {
        Expr::modified(self, Operator::Asc)
    }

    /// `self DESC`
    #[must_use]
    pub fn desc(&self) -> Expr {
        Expr::modified(self, Operator::Desc)
    }

    /// `self NULLS FIRST`
    #[must_use]
    pub fn nulls_first(&self) -> Expr {
        Expr::modified(self, Operator::NullsFirst)
    }

    /// `self NULLS LAST`
    #[must_use]
    pub fn nulls_last(&self) -> Expr {
        Expr::modified(self, Operator::NullsLast)
    }

    /// `self COLLATE "collation"`
    #[must_use]
    pub fn collate(&self, collation: &str) -> Expr {
        let name = collation.to_owned();
        let collation = Expr::new(ExprKind::Collation { name, schema: None });
        let plain = Modifiers::default();
        Expr::binary_of(self, &collation, Operator::Collate, self.sql_type(), None, plain)
    }

    /// `self AS name`
    #[must_use]
    pub fn label(&self, name: &str) -> Expr {
        self.labelled(Some(Name::plain(name)))
    }

    /// `self AS` a name that is made up.
    #[must_use]
    pub fn anonymous_label(&self) -> Expr {
        self.labelled(None)
    }

    fn labelled(&self, name: Option<Name>) -> Expr {
        let mut element = self.clone();
        while let ExprKind::Label(label) = element.kind() {
            element = label.element.clone();
        }
        if element.error().is_some() {
            return element;
        }
        let name = name.unwrap_or_else(|| {
            let owner = Owner::Identity(crate::expr::Identity::new());
            match element.name() {
                Some(Name::Plain { name, .. }) => Name::anonymous(&name, owner),
                Some(name) => Name::Again { name: Box::new(name), of: owner },
                None => Name::anonymous("anon", owner),
            }
        });
        let sql_type = element.sql_type();
        Expr::new(ExprKind::Label(Box::new(Label { name, element, sql_type })))
    }

    /// `ANY (self)`
    #[must_use]
    pub fn any(&self) -> Expr {
        Expr::unary(self, Operator::Any, SqlType::boolean())
    }

    /// `ALL (self)`
    #[must_use]
    pub fn all(&self) -> Expr {
        Expr::unary(self, Operator::All, SqlType::boolean())
    }
}

/// What negates a comparison. (`IS` between two expressions is its own negation in SQLAlchemy.)
fn negation(operator: &Operator) -> Option<Operator> {
    use Operator::*;
    Some(match operator {
        Lt => Ge,
        Le => Gt,
        Ne => Eq,
        Gt => Le,
        Ge => Lt,
        Eq => Ne,
        IsDistinctFrom => IsNotDistinctFrom,
        IsNotDistinctFrom => IsDistinctFrom,
        In => NotIn,
        NotIn => In,
        Is => Is,
        IsNot => IsNot,
        Contains => NotContains,
        IContains => NotIContains,
        Like => NotLike,
        ILike => NotILike,
        NotLike => Like,
        NotILike => ILike,
        StartsWith => NotStartsWith,
        IStartsWith => NotIStartsWith,
        EndsWith => NotEndsWith,
        IEndsWith => NotIEndsWith,
        Match => NotMatch,
        NotMatch => Match,
        _ => return None,
    })
}

/// A condition: a truth value is `true` or `false`.
pub(crate) fn condition(operand: Operand) -> Expr {
    match constant(&operand) {
        Some(constant) => constant,
        None => operand.into_expr(),
    }
}

/// `a AND b AND …`
pub fn and(conditions: impl IntoIterator<Item = Expr>) -> Expr {
    build::conjunction(Operator::And, &conditions.into_iter().collect::<Vec<_>>())
}

/// `a OR b OR …`
pub fn or(conditions: impl IntoIterator<Item = Expr>) -> Expr {
    build::conjunction(Operator::Or, &conditions.into_iter().collect::<Vec<_>>())
}

/// `NOT condition`
pub fn not(condition: &Expr) -> Expr {
    condition.negated()
}

macro_rules! operators {
    ($($trait:ident $method:ident $operator:ident),* $(,)?) => {
        $(
            impl<T: Into<Operand>> ops::$trait<T> for Expr {
                type Output = Expr;

                fn $method(self, other: T) -> Expr {
                    self.operate(Operator::$operator, other)
                }
            }

            impl<T: Into<Operand>> ops::$trait<T> for &Expr {
                type Output = Expr;

                fn $method(self, other: T) -> Expr {
                    self.operate(Operator::$operator, other)
                }
            }
        )*
    };
}

operators! {
    Add add Add,
    Sub sub Sub,
    Mul mul Mul,
    Div div TrueDiv,
    Rem rem Mod,
}

impl ops::Neg for &Expr {
    type Output = Expr;

    fn neg(self) -> Expr {
        Expr::unary(self, Operator::Neg, self.sql_type())
    }
}

impl ops::Neg for Expr {
    type Output = Expr;

    fn neg(self) -> Expr {
        -&self
    }
}

impl ops::Not for &Expr {
    type Output = Expr;

    fn not(self) -> Expr {
        self.negated()
    }
}

impl ops::Not for Expr {
    type Output = Expr;

    fn not(self) -> Expr {
        self.negated()
    }
}
