//! The operators of expressions, under SQLAlchemy's names.

use std::ops;

use crate::CompileError;
use crate::SqlType;
use crate::expr::CustomOperator;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::Label;
use crate::expr::Modifiers;
use crate::expr::Name;
use crate::expr::Operand;
use crate::expr::Operator;
use crate::expr::Owner;
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
pub(super) fn negation(operator: &Operator) -> Option<Operator> {
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
