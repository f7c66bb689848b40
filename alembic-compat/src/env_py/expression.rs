//! The expressions of `env.py`, as formulas over what comes from outside.

use std::collections::BTreeMap;

use super::FindingKind;
use super::formula::Formula;
use super::formula::Known;
use super::formula::Place;
use super::state::Sym;
use super::state::joined;
use super::walk::Walker;
use crate::python::BinaryOp;
use crate::python::BoolOp;
use crate::python::CompareOp;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FStringPart;
use crate::python::Number;
use crate::python::Span;
use crate::python::UnaryOp;
pub(super) fn text_of(formula: &Formula) -> Option<String> {
    match formula.constant() {
        Some(Known::Text(text)) => Some(text),
        _ => None,
    }
}

impl<'m> Walker<'m> {
    /// What a symbol is as a value; `span` is where it is used.
    pub(super) fn to_formula(symbol: &Sym<'m>, span: Span) -> Formula {
        match symbol {
            Sym::Value(formula) => formula.clone(),
            _ => Formula::Unknown(span),
        }
    }

    pub(super) fn formula(&mut self, expr: &'m Expr) -> Formula {
        match self.eval(expr) {
            Sym::Value(formula) => formula,
            // An engine, a function or a dict with entries is true.
            Sym::Engine(..) | Sym::Function(_) | Sym::Lambda(_) => Formula::Bool(true),
            _ => Formula::Unknown(expr.span),
        }
    }

    pub(super) fn constant_text(&mut self, expr: &'m Expr) -> Option<String> {
        text_of(&self.formula(expr))
    }

    pub(super) fn eval(&mut self, expr: &'m Expr) -> Sym<'m> {
        let symbol = self.evaluated(expr).bounded(expr.span);
        match self.affords(symbol.bytes(), expr.span) {
            true => symbol,
            false => Sym::Value(Formula::Unknown(expr.span)),
        }
    }

    fn evaluated(&mut self, expr: &'m Expr) -> Sym<'m> {
        let unknown = Sym::Value(Formula::Unknown(expr.span));
        let value = match &expr.kind {
            ExprKind::None => Formula::None,
            ExprKind::Bool(value) => Formula::Bool(*value),
            ExprKind::Number(Number::Int(value)) => Formula::Int(*value),
            ExprKind::Str(text) => Formula::Text(text.clone()),
            ExprKind::FString(parts) => self.f_string(parts, expr.span),
            ExprKind::Name(name) => return self.name(name, expr.span),
            ExprKind::Attribute { value, name } => {
                let base = self.eval(value);
                return self.attribute(base, name, expr.span);
            }
            ExprKind::Subscript { value, index } => {
                let base = self.eval(value);
                let key = self.constant_text(index);
                return self.item(base, key, expr.span);
            }
            ExprKind::Call { function, arguments } => {
                return self.call(function, arguments, expr.span);
            }
            ExprKind::Binary { first, rest } => {
                let mut left = self.eval(first);
                for (op, right) in rest {
                    let right = self.eval(right);
                    left = Sym::Value(Self::binary(*op, &left, &right, expr.span));
                }
                return left;
            }
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                let formula = self.formula(operand);
                match formula.unknown_part() {
                    Some(_) => Formula::Unknown(expr.span),
                    None => Formula::Not(formula.boxed()),
                }
            }
            ExprKind::Logical { op, values } => return self.logical(*op == BoolOp::Or, values),
            ExprKind::Compare { first, rest } => match rest.as_slice() {
                [(op, right)] => self.compare(*op, first, right, expr.span),
                _ => Formula::Unknown(expr.span),
            },
            ExprKind::Conditional { test, body, orelse } => {
                let test = self.formula(test);
                return match test.truth() {
                    Some(true) => self.eval(body),
                    Some(false) => self.eval(orelse),
                    None => {
                        let then = self.eval(body);
                        let orelse = self.eval(orelse);
                        joined(&test, then, orelse, expr.span)
                    }
                };
            }
            ExprKind::Dict(items) => {
                let mut entries = Vec::new();
                let mut open = false;
                for (key, value) in items {
                    let value = self.eval(value);
                    match (key.as_ref().map(|key| self.constant_text(key)), value) {
                        (Some(Some(key)), value) => entries.push((key, value)),
                        (None, Sym::Dict { items, open: inner }) => {
                            entries.extend(items);
                            open |= inner;
                        }
                        _ => open = true,
                    }
                }
                return Sym::Dict { items: entries, open };
            }
            ExprKind::List(items) | ExprKind::Tuple(items) => {
                return Sym::List(items.iter().map(|item| self.eval(item)).collect());
            }
            ExprKind::Lambda { .. } => return Sym::Lambda(expr),
            ExprKind::Await(value) => return self.eval(value),
            ExprKind::Named { target, value } => {
                let value = self.eval(value);
                if let ExprKind::Name(name) = &target.kind {
                    self.set(name, value.clone());
                }
                return value;
            }
            ExprKind::Comprehension { clauses, .. } => {
                for clause in clauses.iter() {
                    self.eval(&clause.iter);
                }
                return unknown;
            }
            _ => return unknown,
        };
        Sym::Value(value)
    }

    pub(super) fn name(&self, name: &str, span: Span) -> Sym<'m> {
        let bound = self.state.scopes.iter().rev().find_map(|scope| scope.get(name));
        bound.cloned().unwrap_or_else(|| match name {
            "str" | "dict" | "cast" => Sym::Known(format!("builtins.{name}")),
            _ => Sym::Value(Formula::Unknown(span)),
        })
    }

    pub(super) fn attribute(&mut self, base: Sym<'m>, name: &str, span: Span) -> Sym<'m> {
        match base {
            Sym::Known(path) => Sym::Known(format!("{path}.{name}")),
            Sym::Engine(url, _) if name == "url" => Sym::Value(url),
            Sym::Engine(url, place)
                if matches!(name, "sync_engine" | "engine" | "sync_connection") =>
            {
                Sym::Engine(url, place)
            }
            _ => Sym::Value(Formula::Unknown(span)),
        }
    }

    pub(super) fn item(&mut self, base: Sym<'m>, key: Option<String>, span: Span) -> Sym<'m> {
        match (base, key) {
            (Sym::Known(path), key) if path == "os.environ" => self.variable(key, true, None, span),
            (Sym::XArguments, key) => self.x_argument(key, None, span),
            (Sym::Section { main, own, span: section }, Some(key)) => {
                Sym::Value(self.section_item(main, &own, &key, section))
            }
            (Sym::Dict { items, open }, Some(key)) => {
                let found = items.into_iter().rfind(|(own, _)| *own == key);
                match (found, open) {
                    (Some((_, value)), _) => value,
                    (None, _) => Sym::Value(Formula::Unknown(span)),
                }
            }
            _ => Sym::Value(Formula::Unknown(span)),
        }
    }

    pub(super) fn section_item(
        &self,
        main: bool,
        own: &BTreeMap<String, Formula>,
        key: &str,
        span: Span,
    ) -> Formula {
        match own.get(key) {
            Some(value) => value.clone(),
            None if main => self.option(key, None),
            None => Formula::Unknown(span),
        }
    }

    /// An option of the main section, as `config` reads it.
    pub(super) fn option(&self, name: &str, default: Option<Formula>) -> Formula {
        match self.state.options.get(name) {
            Some(value) => value.clone(),
            None => Formula::Option { name: name.to_owned(), default: default.map(Formula::boxed) },
        }
    }

    pub(super) fn variable(
        &mut self,
        name: Option<String>,
        required: bool,
        default: Option<Formula>,
        span: Span,
    ) -> Sym<'m> {
        self.find(span, FindingKind::Variable { name: name.clone() });
        Sym::Value(match name {
            Some(name) => {
                let default = default.map(Formula::boxed);
                Formula::Variable { name, required, default, place: Place(span) }
            }
            None => Formula::Unknown(span),
        })
    }

    pub(super) fn x_argument(
        &mut self,
        key: Option<String>,
        default: Option<Formula>,
        span: Span,
    ) -> Sym<'m> {
        self.find(span, FindingKind::XArgument { key: key.clone() });
        Sym::Value(match key {
            Some(key) => {
                let default = default.map(Formula::boxed);
                Formula::XArgument { key, default, place: Place(span) }
            }
            None => Formula::Unknown(span),
        })
    }

    fn f_string(&mut self, parts: &'m [FStringPart], span: Span) -> Formula {
        let mut out = Vec::new();
        for part in parts {
            match part {
                FStringPart::Text(text) => out.push(Formula::Text(text.clone())),
                FStringPart::Value {
                    value,
                    debug: None,
                    conversion: None | Some('s'),
                    spec: None,
                } => {
                    out.push(self.formula(value));
                }
                FStringPart::Value { value, .. } => {
                    self.eval(value);
                    out.push(Formula::Unknown(span));
                }
            }
        }
        whole(out)
    }

    fn binary(op: BinaryOp, left: &Sym<'m>, right: &Sym<'m>, span: Span) -> Formula {
        let (Sym::Value(template), BinaryOp::Add | BinaryOp::Mod) = (left, op) else {
            return Formula::Unknown(span);
        };
        if op == BinaryOp::Add {
            return whole(vec![template.clone(), Self::to_formula(right, span)]);
        }
        let values: Vec<Formula> = match right {
            Sym::List(items) => items.iter().map(|item| Self::to_formula(item, span)).collect(),
            other => vec![Self::to_formula(other, span)],
        };
        let Formula::Text(template) = template else { return Formula::Unknown(span) };
        let mut values = values.into_iter();
        let mut out = Vec::new();
        let mut rest = template.as_str();
        while let Some((before, after)) = rest.split_once('%') {
            out.push(Formula::Text(before.to_owned()));
            let (next, after) = match (after.strip_prefix('s'), after.strip_prefix('%')) {
                (Some(after), _) => (values.next(), after),
                (_, Some(after)) => (Some(Formula::Text("%".to_owned())), after),
                _ => return Formula::Unknown(span),
            };
            out.push(next.unwrap_or(Formula::Unknown(span)));
            rest = after;
        }
        out.push(Formula::Text(rest.to_owned()));
        whole(out)
    }

    fn logical(&mut self, any: bool, values: &'m [Expr]) -> Sym<'m> {
        let mut formulas = Vec::new();
        let mut last = None;
        for value in values {
            let symbol = self.eval(value);
            let Sym::Value(formula) = &symbol else {
                // A section, an engine or an imported thing counts as true.
                if any && formulas.is_empty() {
                    return symbol;
                }
                formulas.push(Formula::Unknown(value.span));
                last = Some(symbol);
                continue;
            };
            formulas.push(formula.clone());
            last = Some(symbol);
        }
        match last {
            Some(symbol) if !any && !matches!(symbol, Sym::Value(_)) => symbol,
            _ => Sym::Value(Formula::Logical { any, values: formulas }),
        }
    }

    fn compare(&mut self, op: CompareOp, first: &'m Expr, right: &'m Expr, span: Span) -> Formula {
        let left = self.eval(first);
        let right = self.eval(right);
        let equal = match (op, &left, &right) {
            (CompareOp::In | CompareOp::NotIn, Sym::Value(key), container) => {
                match (text_of(key), container) {
                    (Some(key), Sym::XArguments) => {
                        let argument = self.x_argument(Some(key), None, span);
                        let argument = Self::to_formula(&argument, span);
                        Formula::Not(
                            Formula::Equal(argument.boxed(), Formula::None.boxed()).boxed(),
                        )
                    }
                    (Some(key), Sym::Known(path)) if path == "os.environ" => {
                        let variable = self.variable(Some(key), false, None, span);
                        let variable = Self::to_formula(&variable, span);
                        Formula::Not(
                            Formula::Equal(variable.boxed(), Formula::None.boxed()).boxed(),
                        )
                    }
                    (Some(part), Sym::Value(of)) => {
                        Formula::Contains { of: of.clone().boxed(), part }
                    }
                    _ => return Formula::Unknown(span),
                }
            }
            (
                CompareOp::Is | CompareOp::IsNot,
                Sym::Engine(..) | Sym::Section { .. } | Sym::Dict { .. },
                Sym::Value(Formula::None),
            ) => Formula::Bool(false),
            (
                CompareOp::Is | CompareOp::IsNot | CompareOp::Eq | CompareOp::NotEq,
                Sym::Value(a),
                Sym::Value(b),
            ) => Formula::Equal(a.clone().boxed(), b.clone().boxed()),
            _ => return Formula::Unknown(span),
        };
        if equal.unknown_part().is_some() {
            return Formula::Unknown(span);
        }
        match op {
            CompareOp::NotIn | CompareOp::IsNot | CompareOp::NotEq => Formula::Not(equal.boxed()),
            _ => equal,
        }
    }
}

/// Parts one after the other; not known as soon as one of them is not.
pub(super) fn whole(parts: Vec<Formula>) -> Formula {
    let joined = Formula::Joined(parts);
    match joined.unknown_part() {
        Some(span) => Formula::Unknown(span),
        None => match joined.constant() {
            Some(Known::Text(text)) => Formula::Text(text),
            _ => joined,
        },
    }
}

/// Whether this is `sqlalchemy.url` of the ini and nothing else.
pub(super) fn is_ini_url(formula: &Formula) -> bool {
    matches!(formula, Formula::Option { name, .. } if name == "sqlalchemy.url")
}
