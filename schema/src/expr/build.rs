//! How expressions are put together: parentheses, flattening, negation, the types of values.
//!
//! The source of the rules is SQLAlchemy's `sql/elements.py` and `sql/default_comparator.py`.

use crate::CompileError;
use crate::SqlType;
use crate::expr::Binary;
use crate::expr::Bind;
use crate::expr::BindKey;
use crate::expr::BindRole;
use crate::expr::Cast;
use crate::expr::CastKind;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::Identity;
use crate::expr::Label;
use crate::expr::List;
use crate::expr::ListKind;
use crate::expr::Modifiers;
use crate::expr::Operand;
use crate::expr::Operator;
use crate::expr::Unary;
use crate::expr::typing;
use crate::types::Affinity;
use crate::types::Array;
use crate::value::SqlValue;

impl Expr {
    /// The type of the expression.
    pub fn sql_type(&self) -> SqlType {
        match self.kind() {
            ExprKind::Column(column) => column.sql_type.clone(),
            ExprKind::Bind(bind) => bind.sql_type.clone(),
            ExprKind::True | ExprKind::False | ExprKind::AsBoolean { .. } => SqlType::boolean(),
            ExprKind::Label(label) => label.sql_type.clone(),
            ExprKind::Unary(unary) => unary.sql_type.clone(),
            ExprKind::Binary(binary) => binary.sql_type.clone(),
            ExprKind::List(list) => list.sql_type.clone(),
            ExprKind::Grouping(inner) | ExprKind::LabelReference(inner) => inner.sql_type(),
            ExprKind::Case(case) => case.sql_type.clone(),
            ExprKind::Cast(cast) => cast.sql_type.clone(),
            ExprKind::Extract { .. } | ExprKind::NextValue { .. } => SqlType::integer(),
            ExprKind::Function(function) => function.sql_type.clone(),
            ExprKind::Over(over) => over.element.sql_type(),
            ExprKind::Filter { function, .. } => function.sql_type(),
            ExprKind::AggregateOrderBy { function, order_by, within_group } => {
                if *within_group
                    && let ExprKind::Function(called) = function.kind()
                    && matches!(
                        called.name.as_str(),
                        "mode" | "percentile_cont" | "percentile_disc"
                    )
                    && let Some(first) = order_by.first()
                {
                    let sql_type = unordered(first).sql_type();
                    if called.arguments.len() > 1 && called.name != "mode" {
                        return SqlType::array(sql_type);
                    }
                    return sql_type;
                }
                function.sql_type()
            }
            ExprKind::OrderedArgument { target, .. } => target.sql_type(),
            ExprKind::Array { sql_type, .. } | ExprKind::TableValued(_, sql_type) => {
                sql_type.clone()
            }
            ExprKind::Scalar(query) => query.scalar_type(),
            ExprKind::Text(_)
            | ExprKind::Null
            | ExprKind::Collation { .. }
            | ExprKind::Tuple(_)
            | ExprKind::Slice { .. }
            | ExprKind::TextualLabelReference(_)
            | ExprKind::Invalid(_) => SqlType::Null,
        }
    }

    /// Whether nothing is known of the type.
    fn is_untyped(&self) -> bool {
        match self.kind() {
            ExprKind::Bind(bind) => bind.role == BindRole::Value && bind.sql_type == SqlType::Null,
            ExprKind::Tuple(_) => false,
            _ => self.sql_type() == SqlType::Null,
        }
    }

    /// Whether it is a truth value.
    pub(crate) fn is_boolean_type(&self) -> bool {
        self.sql_type().affinity() == Affinity::Boolean
    }

    /// Whether it is a condition on every database, even on those without a type for it.
    pub(crate) fn is_condition(&self) -> bool {
        match self.kind() {
            ExprKind::Binary(binary) => binary.operator.is_boolean(),
            ExprKind::List(list) => match list.kind {
                ListKind::Boolean => true,
                ListKind::Expression => false,
                ListKind::Plain => list.operator.is_boolean(),
            },
            ExprKind::Grouping(inner) => inner.is_condition(),
            ExprKind::Label(label) => label.element.is_condition(),
            ExprKind::AsBoolean { element, .. } => element.is_condition(),
            _ => false,
        }
    }

    /// The operator of an expression that has one, looking through parentheses.
    fn operator(&self) -> Option<&Operator> {
        match self.kind() {
            ExprKind::Binary(binary) => Some(&binary.operator),
            ExprKind::List(list) => Some(&list.operator),
            ExprKind::Unary(unary) => unary.operator.as_ref(),
            ExprKind::Grouping(inner) => inner.operator(),
            _ => None,
        }
    }

    /// The operands that merge with those of a neighbour of the same operator.
    fn flattened(&self) -> Vec<Expr> {
        match self.kind() {
            ExprKind::Binary(binary) => vec![binary.left.clone(), binary.right.clone()],
            ExprKind::List(list) => list.clauses.clone(),
            ExprKind::Grouping(inner) => inner.flattened(),
            _ => vec![self.clone()],
        }
    }

    /// Whether it is `ANY (…)` or `ALL (…)`.
    pub(crate) fn is_collection_aggregate(&self) -> bool {
        matches!(self.kind(), ExprKind::Unary(unary)
            if matches!(unary.operator, Some(Operator::Any | Operator::All)))
    }

    fn in_parentheses(&self) -> Expr {
        Expr::new(ExprKind::Grouping(self.clone()))
    }

    /// The expression as an operand of `against`: in parentheses, or as a condition, where it
    /// must be (SQLAlchemy's `self_group`).
    pub(crate) fn grouped(&self, against: Option<&Operator>) -> Expr {
        let group_if = |needed: bool| if needed { self.in_parentheses() } else { self.clone() };
        match self.kind() {
            ExprKind::Text(_) => group_if(against == Some(&Operator::In)),
            ExprKind::Binary(binary) => group_if(
                binary.operator.needs_parentheses(against)
                    || against == Some(&Operator::Not) && !binary.operator.is_boolean(),
            ),
            ExprKind::List(list) => match list.kind {
                ListKind::Plain => group_if(list.group && list.operator.needs_parentheses(against)),
                ListKind::Boolean if list.clauses.is_empty() => self.clone(),
                ListKind::Boolean | ListKind::Expression => group_if(
                    list.group && list.operator.needs_parentheses(against)
                        || against == Some(&Operator::Not) && !list.operator.is_boolean(),
                ),
            },
            ExprKind::Array { .. } => {
                group_if(matches!(against, Some(Operator::Any | Operator::All | Operator::GetItem)))
            }
            ExprKind::Unary(unary) => group_if(
                unary.operator.as_ref().is_some_and(|operator| operator.needs_parentheses(against)),
            ),
            ExprKind::Filter { .. } => group_if(Operator::Filter.needs_parentheses(against)),
            ExprKind::Label(label) => self.relabelled(label, &label.element.grouped(against)),
            ExprKind::Cast(cast) if cast.kind == CastKind::Coerce => {
                let element = cast.element.grouped(against);
                if element.is_same(&cast.element) {
                    self.clone()
                } else {
                    Expr::new(ExprKind::Cast(Box::new(Cast { element, ..Cast::clone(cast) })))
                }
            }
            ExprKind::Function(function)
                if against == Some(&Operator::GetItem)
                    && matches!(typing::base(&function.sql_type), SqlType::Array(_)) =>
            {
                self.in_parentheses()
            }
            ExprKind::Tuple(_)
            | ExprKind::AsBoolean { .. }
            | ExprKind::Slice { .. }
            | ExprKind::Grouping(_)
            | ExprKind::Scalar(_)
            | ExprKind::OrderedArgument { .. }
            | ExprKind::Invalid(_) => self.clone(),
            _ => match against {
                Some(Operator::And | Operator::Or | Operator::AsBool) if self.is_boolean_type() => {
                    Expr::new(ExprKind::AsBoolean { element: self.clone(), holds: true })
                }
                Some(Operator::Any | Operator::All) => self.in_parentheses(),
                _ => self.clone(),
            },
        }
    }

    fn relabelled(&self, label: &Label, element: &Expr) -> Expr {
        if element.is_same(&label.element) {
            return self.clone();
        }
        Expr::new(ExprKind::Label(Box::new(Label {
            name: label.name.clone(),
            element: element.clone(),
            sql_type: label.sql_type.clone(),
        })))
    }

    /// The negation (`~x`, `not_(x)`).
    pub(crate) fn negated(&self) -> Expr {
        let as_boolean = |element: &Expr, holds: bool| {
            Expr::new(ExprKind::AsBoolean { element: element.clone(), holds })
        };
        let not = |sql_type: SqlType| {
            Expr::unary(&self.grouped(Some(&Operator::Not)), Operator::Not, sql_type)
        };
        match self.kind() {
            ExprKind::True => Expr::new(ExprKind::False),
            ExprKind::False => Expr::new(ExprKind::True),
            ExprKind::Invalid(_) => self.clone(),
            ExprKind::Text(_) => Expr::invalid(CompileError::Argument(
                "text() cannot be negated; write the negation into it".to_owned(),
            )),
            ExprKind::List(_) => not(SqlType::Null),
            ExprKind::Unary(_) => {
                not(if self.is_boolean_type() { SqlType::boolean() } else { SqlType::Null })
            }
            ExprKind::AsBoolean { element, holds } => match element.kind() {
                ExprKind::True | ExprKind::False => element.negated(),
                _ => as_boolean(element, !holds),
            },
            ExprKind::Binary(binary) => match &binary.negate {
                Some(negation) => Expr::binary_of(
                    &binary.left,
                    &binary.right.negated_in_binary(negation, &binary.operator),
                    negation.clone(),
                    binary.sql_type.clone(),
                    Some(binary.operator.clone()),
                    binary.modifiers.clone(),
                ),
                None => self.grouped(None).negated(),
            },
            ExprKind::Label(label) => self.relabelled(label, &label.element.negated()),
            _ if self.is_boolean_type() => as_boolean(self, false),
            _ => not(SqlType::Null),
        }
    }

    /// A list in `IN` turns with its operator: an empty one means the contrary then.
    fn negated_in_binary(&self, negation: &Operator, original: &Operator) -> Expr {
        match self.kind() {
            ExprKind::Bind(bind) if bind.expand_operator.as_ref() == Some(original) => {
                Expr::new(ExprKind::Bind(Bind {
                    expand_operator: Some(negation.clone()),
                    ..bind.clone()
                }))
            }
            _ => self.clone(),
        }
    }

    pub(crate) fn unary(element: &Expr, operator: Operator, sql_type: SqlType) -> Expr {
        let element = element.grouped(Some(&operator));
        if element.error().is_some() {
            return element;
        }
        let operator = Some(operator);
        Expr::new(ExprKind::Unary(Box::new(Unary { element, operator, modifier: None, sql_type })))
    }

    pub(crate) fn modified(element: &Expr, modifier: Operator) -> Expr {
        let element = element.grouped(Some(&modifier));
        if element.error().is_some() {
            return element;
        }
        let modifier = Some(modifier);
        let sql_type = SqlType::Null;
        Expr::new(ExprKind::Unary(Box::new(Unary { element, operator: None, modifier, sql_type })))
    }

    /// `left operator right`, in parentheses where they are needed.
    pub(crate) fn binary_of(
        left: &Expr,
        right: &Expr,
        operator: Operator,
        sql_type: SqlType,
        negate: Option<Operator>,
        modifiers: Modifiers,
    ) -> Expr {
        let left = left.grouped(Some(&operator));
        let right = right.grouped(Some(&operator));
        for side in [&left, &right] {
            if side.error().is_some() {
                return side.clone();
            }
        }
        Expr::new(ExprKind::Binary(Box::new(Binary {
            left,
            operator,
            right,
            negate,
            sql_type,
            modifiers,
        })))
    }

    /// The same, but merged with neighbours where the operator is associative.
    pub(crate) fn operation(
        left: &Expr,
        right: &Expr,
        operator: Operator,
        sql_type: SqlType,
        negate: Option<Operator>,
        modifiers: Modifiers,
    ) -> Expr {
        if operator.is_associative() {
            let merges = |side: &Expr| {
                side.operator() == Some(&operator)
                    && side.sql_type().affinity() == sql_type.affinity()
            };
            if merges(left) || merges(right) {
                let mut clauses = Vec::new();
                for side in [left, right] {
                    if merges(side) {
                        clauses.extend(side.flattened());
                    } else {
                        clauses.push(side.clone());
                    }
                }
                return Expr::list_of(operator, clauses, sql_type, true);
            }
        }
        let aggregate = left.is_collection_aggregate() || right.is_collection_aggregate();
        let negate = if aggregate { None } else { negate };
        Expr::binary_of(left, right, operator, sql_type, negate, modifiers)
    }

    /// `a operator b operator c` as an expression.
    pub(crate) fn list_of(
        operator: Operator,
        clauses: Vec<Expr>,
        sql_type: SqlType,
        group: bool,
    ) -> Expr {
        let clauses: Vec<Expr> = if group {
            clauses.iter().map(|clause| clause.grouped(Some(&operator))).collect()
        } else {
            clauses
        };
        if let Some(invalid) = clauses.iter().find(|clause| clause.error().is_some()) {
            return invalid.clone();
        }
        let kind = ListKind::Expression;
        Expr::new(ExprKind::List(Box::new(List { operator, clauses, sql_type, kind, group })))
    }

    /// A mere list, with commas.
    pub(crate) fn plain_list(clauses: &[Expr]) -> Expr {
        let clauses = clauses.iter().map(|clause| clause.grouped(Some(&Operator::Comma)));
        Expr::new(ExprKind::List(Box::new(List {
            operator: Operator::Comma,
            clauses: clauses.collect(),
            sql_type: SqlType::Null,
            kind: ListKind::Plain,
            group: true,
        })))
    }

    /// The word for names of parameters beside this expression.
    pub(crate) fn bind_seed(&self) -> Option<&str> {
        match self.kind() {
            ExprKind::Column(column) => Some(&column.key),
            ExprKind::Function(function) => Some(&function.name),
            _ => None,
        }
    }

    /// A value beside this expression, as an operand of `operator`.
    pub(crate) fn bind_beside(
        &self,
        operator: &Operator,
        value: SqlValue,
        sql_type: Option<SqlType>,
        expanding: bool,
    ) -> Expr {
        let seed = self.bind_seed();
        match self.kind() {
            ExprKind::Tuple(items) if !expanding => {
                let SqlValue::Array(values) = value else {
                    return Expr::invalid(CompileError::Argument(
                        "a tuple is compared with a value that is none".to_owned(),
                    ));
                };
                let binds = values.into_iter().zip(items).map(|(value, item)| {
                    let sql_type = typing::type_beside(&item.sql_type(), Some(&value));
                    Expr::bind(unique_bind(None, value, sql_type))
                });
                return Expr::new(ExprKind::Tuple(binds.collect()));
            }
            ExprKind::Tuple(items) => {
                // The first tuple decides over the types of all.
                let first = match &value {
                    SqlValue::Array(rows) => rows.first(),
                    _ => None,
                };
                let types = items.iter().enumerate().map(|(index, item)| match first {
                    Some(SqlValue::Array(row)) => {
                        typing::type_beside(&item.sql_type(), row.get(index))
                    }
                    _ => item.sql_type(),
                });
                let types = types.collect();
                let mut bind = unique_bind(None, value, SqlType::Null);
                bind.role = BindRole::Tuple(types);
                bind.expanding = true;
                return Expr::bind(bind);
            }
            ExprKind::Array { sql_type: own, .. } if *operator != Operator::GetItem => {
                if let SqlValue::Array(values) = value {
                    let binds = values.into_iter().map(|value| {
                        let item = typing::type_beside(own, Some(&value));
                        Expr::bind(unique_bind(None, value, sql_type.clone().unwrap_or(item)))
                    });
                    return Expr::array(binds, None);
                }
            }
            _ => {}
        }
        let own = match self.kind() {
            ExprKind::Unary(unary) if self.is_collection_aggregate() => {
                match typing::base(&unary.element.sql_type()) {
                    SqlType::Array(Array { item, .. }) => (**item).clone(),
                    _ => unary.element.sql_type(),
                }
            }
            _ => self.sql_type(),
        };
        let sql_type = sql_type.unwrap_or_else(|| match &value {
            SqlValue::Array(values) if expanding => typing::type_beside(&own, values.first()),
            value => typing::type_beside(&own, Some(value)),
        });
        let mut bind = unique_bind(seed, value, sql_type);
        bind.expanding = expanding;
        Expr::bind(bind)
    }

    /// The other operand of `operator`, beside this one: a value gets its type from here.
    pub(crate) fn operand(&self, operator: &Operator, other: Operand) -> Expr {
        match other {
            Operand::Value(value) => self.bind_beside(operator, value, None, false),
            Operand::Expr(expr) => {
                if expr.is_untyped() && !self.is_untyped() {
                    expr.with_binary_type(&self.sql_type())
                } else {
                    expr
                }
            }
        }
    }

    /// A parameter of no type takes that of its neighbour.
    pub(crate) fn with_binary_type(&self, sql_type: &SqlType) -> Expr {
        match self.kind() {
            ExprKind::Bind(bind) => Expr::bind(Bind { sql_type: sql_type.clone(), ..bind.clone() }),
            ExprKind::Grouping(inner) => inner.with_binary_type(sql_type).in_parentheses(),
            _ => self.clone(),
        }
    }

    /// A parameter.
    pub fn bind(bind: Bind) -> Expr {
        Expr::new(ExprKind::Bind(bind))
    }
}

/// A value under a name that is made up.
pub(crate) fn unique_bind(seed: Option<&str>, value: SqlValue, sql_type: SqlType) -> Bind {
    Bind {
        key: BindKey::Unique {
            seed: seed.unwrap_or("param").to_owned(),
            identity: Identity::new(),
        },
        value: Some(value),
        sql_type,
        role: BindRole::Value,
        expanding: false,
        expand_operator: None,
        literal_execute: false,
    }
}

/// `x` of `x DESC` and the like.
pub(crate) fn unordered(expr: &Expr) -> Expr {
    match expr.kind() {
        ExprKind::Unary(unary)
            if unary.modifier.as_ref().is_some_and(Operator::is_order_by_modifier) =>
        {
            unordered(&unary.element)
        }
        _ => expr.clone(),
    }
}

/// `AND` and `OR`: what is certain falls away or decides (SQLAlchemy's
/// `_process_clauses_for_boolean`). The conditions come back as operands of the operator.
pub(crate) fn conditions(operator: &Operator, clauses: &[Expr]) -> Vec<Expr> {
    let is_and = *operator == Operator::And;
    let neutral = |clause: &Expr| match clause.kind() {
        ExprKind::True => is_and,
        ExprKind::False => !is_and,
        _ => false,
    };
    let decisive = |clause: &Expr| match clause.kind() {
        ExprKind::True => !is_and,
        ExprKind::False => is_and,
        _ => false,
    };
    let mut kept = Vec::new();
    let mut has_neutral = None;
    let mut against = Operator::AsBool;
    for clause in clauses {
        if neutral(clause) {
            has_neutral = Some(clause.clone());
        } else if decisive(clause) {
            kept = vec![clause.clone()];
            break;
        } else {
            if !kept.is_empty() {
                against = operator.clone();
            }
            kept.push(clause.clone());
        }
    }
    if kept.is_empty() {
        kept.extend(has_neutral);
    }
    kept.iter().map(|clause| clause.grouped(Some(&against))).collect()
}

/// Conditions joined by `AND` or `OR`.
pub(crate) fn conjunction(operator: Operator, clauses: &[Expr]) -> Expr {
    if let Some(invalid) = clauses.iter().find(|clause| clause.error().is_some()) {
        return invalid.clone();
    }
    let mut kept = conditions(&operator, clauses);
    if kept.len() == 1 {
        return kept.remove(0);
    }
    let mut flat = Vec::new();
    for clause in kept {
        if clause.operator() == Some(&operator) {
            flat.extend(clause.flattened());
        } else {
            flat.push(clause);
        }
    }
    Expr::new(ExprKind::List(Box::new(List {
        operator,
        clauses: flat,
        sql_type: SqlType::boolean(),
        kind: ListKind::Boolean,
        group: true,
    })))
}
