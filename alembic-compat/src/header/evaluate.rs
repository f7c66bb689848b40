//! Expressions whose value follows from the file.

use crate::python::Argument;
use crate::python::BoolOp;
use crate::python::CompareOp;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FStringPart;
use crate::python::Number;
use crate::python::UnaryOp;

use super::Reason;
use super::operators;
use super::scope::Scope;
use super::value::Unknown;
use super::value::Value;

impl<'t> Scope<'t> {
    /// The value of `expr`; [`Value::Unknown`] for every expression that is not followed.
    pub(super) fn evaluate(&mut self, expr: &'t Expr) -> Value<'t> {
        let value = match &expr.kind {
            ExprKind::None => Some(Value::None),
            ExprKind::Bool(value) => Some(Value::Bool(*value)),
            ExprKind::Number(Number::Int(value)) => Some(Value::Int(*value)),
            ExprKind::Str(text) => Some(Value::Str(text.into())),
            ExprKind::Name(name) => return self.name(name, expr),
            ExprKind::Tuple(items) => self.items(items).map(Value::Tuple),
            ExprKind::List(items) => self.items(items).map(Value::List),
            ExprKind::Set(items) => self.items(items).and_then(|items| self.set(items)),
            ExprKind::FString(parts) => self.f_string(parts),
            ExprKind::Binary { first, rest } => {
                let mut value = self.evaluate(first);
                for (op, right) in rest {
                    let right = self.evaluate(right);
                    let result = operators::binary(*op, &value, &right);
                    match result.filter(|result| self.affords(result.extent().bytes)) {
                        Some(result) => value = result,
                        None => return self.first_unknown([value, right], expr),
                    }
                }
                Some(value)
            }
            ExprKind::Unary { op, operand } => {
                let value = self.evaluate(operand);
                let result = match (op, &value) {
                    (UnaryOp::Not, value) => value.truth().map(|truth| Value::Bool(!truth)),
                    (UnaryOp::Minus, Value::Int(value)) => value.checked_neg().map(Value::Int),
                    (UnaryOp::Plus, Value::Int(value)) => Some(Value::Int(*value)),
                    _ => None,
                };
                match result {
                    Some(result) => Some(result),
                    None => return self.first_unknown([value], expr),
                }
            }
            ExprKind::Logical { op, values } => return self.logical(*op, values, expr),
            ExprKind::Compare { first, rest } => return self.compare(first, rest, expr),
            ExprKind::Conditional { test, body, orelse } => {
                let test = self.evaluate(test);
                match test.truth() {
                    Some(true) => return self.evaluate(body),
                    Some(false) => return self.evaluate(orelse),
                    None => return self.first_unknown([test], expr),
                }
            }
            ExprKind::Subscript { value, index } => {
                let (value, index) = (self.evaluate(value), self.evaluate(index));
                match operators::item(&value, &index) {
                    Some(item) => Some(item),
                    None => return self.first_unknown([value, index], expr),
                }
            }
            ExprKind::Attribute { value, name } => match self.evaluate(value) {
                Value::Typing if name == "TYPE_CHECKING" => Some(Value::Bool(false)),
                _ => None,
            },
            ExprKind::Call { function, arguments } => self.call(function, arguments),
            _ => None,
        };
        value.unwrap_or_else(|| self.unknown(expr, Reason::NotConstant))
    }

    /// The value of an expression that is not followed.
    pub(super) fn unknown(&mut self, expr: &'t Expr, reason: Reason) -> Value<'t> {
        self.may_touch_in(expr);
        // Naming the part that is imported says more than naming the whole.
        let reason = match self.imported_root(expr) {
            true => Reason::Import,
            false => reason,
        };
        Value::Unknown(Unknown { span: expr.span, reason })
    }

    /// The value of an operator's result: if an operand is not known, that is what stands in the
    /// way.
    fn first_unknown<const N: usize>(
        &mut self,
        operands: [Value<'t>; N],
        expr: &'t Expr,
    ) -> Value<'t> {
        self.may_touch_in(expr);
        let unknown = operands.into_iter().find(|operand| matches!(operand, Value::Unknown(_)));
        unknown.unwrap_or_else(|| self.unknown(expr, Reason::NotConstant))
    }

    fn imported_root(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Attribute { value, .. } => self.imported_root(value),
            ExprKind::Name(name) => match self.lookup(name) {
                Some((Value::Unknown(unknown), _)) => unknown.reason == Reason::Import,
                _ => false,
            },
            _ => false,
        }
    }

    fn name(&mut self, name: &'t str, expr: &'t Expr) -> Value<'t> {
        let bytes = self.bytes(name);
        if !self.affords(bytes) {
            return self.unknown(expr, Reason::NotConstant);
        }
        match self.lookup(name) {
            // The place where the name is used says more than that of the import.
            Some((Value::Unknown(Unknown { reason: reason @ Reason::Import, .. }), _)) => {
                Value::Unknown(Unknown { span: expr.span, reason })
            }
            Some((value, _)) => value,
            None if name == "__name__" => Value::ModuleName,
            None if name == super::Variable::Doc.name() => Value::None,
            None => {
                self.may_raise();
                Value::Unknown(Unknown { span: expr.span, reason: Reason::NotDefined })
            }
        }
    }

    /// The items of a display, with `*items` inserted.
    fn items(&mut self, items: &'t [Expr]) -> Option<Vec<Value<'t>>> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match &item.kind {
                ExprKind::Starred(inner) => {
                    let value = self.evaluate(inner);
                    values.extend(self.items_of(value)?);
                }
                _ => values.push(self.evaluate(item)),
            }
        }
        Some(values)
    }

    fn f_string(&mut self, parts: &'t [FStringPart]) -> Option<Value<'t>> {
        let mut out = String::new();
        for part in parts {
            match part {
                FStringPart::Text(text) => out.push_str(text),
                FStringPart::Value { value, debug: None, conversion: None | Some('s'), spec }
                    if spec.as_ref().is_none_or(Vec::is_empty) =>
                {
                    out.push_str(&operators::formatted(&self.evaluate(value))?);
                }
                FStringPart::Value { .. } => return None,
            }
            if out.len() > operators::LONGEST {
                return None;
            }
        }
        self.affords(out.len()).then(|| Value::Str(out.into()))
    }

    /// [`Value::into_items`]. The characters of a text take more than the text.
    fn items_of(&mut self, value: Value<'t>) -> Option<Vec<Value<'t>>> {
        let bytes = match &value {
            Value::Str(text) => text.len() * size_of::<Value<'_>>(),
            _ => 0,
        };
        if self.affords(bytes) { value.into_items() } else { None }
    }

    fn logical(&mut self, op: BoolOp, values: &'t [Expr], expr: &'t Expr) -> Value<'t> {
        let mut last = Value::None;
        for value in values {
            last = self.evaluate(value);
            match (last.truth(), op) {
                (Some(true), BoolOp::And) | (Some(false), BoolOp::Or) => {}
                (Some(_), _) => return last,
                (None, _) => return self.first_unknown([last], expr),
            }
        }
        last
    }

    fn compare(
        &mut self,
        first: &'t Expr,
        rest: &'t [(CompareOp, Expr)],
        expr: &'t Expr,
    ) -> Value<'t> {
        let mut left = self.evaluate(first);
        for (op, right) in rest {
            let right = self.evaluate(right);
            match operators::compare(*op, &left, &right) {
                Some(true) => left = right,
                Some(false) => return Value::Bool(false),
                None => return self.first_unknown([left, right], expr),
            }
        }
        Value::Bool(true)
    }

    /// `tuple`, `list`, `set`, `frozenset`, `str` and `len`, if nothing in the file has their name.
    fn call(&mut self, function: &'t Expr, arguments: &'t [Argument]) -> Option<Value<'t>> {
        let ExprKind::Name(name) = &function.kind else { return None };
        if self.lookup(name).is_some() || self.star_import().is_some() {
            return None;
        }
        let argument = match arguments {
            [] => None,
            [Argument::Positional(argument)] => Some(self.evaluate(argument)),
            _ => return None,
        };
        match (&**name, argument) {
            ("tuple" | "list" | "set" | "frozenset" | "str" | "len", Some(Value::Unknown(it))) => {
                Some(Value::Unknown(it))
            }
            ("tuple", None) => Some(Value::Tuple(Vec::new())),
            ("tuple", Some(value)) => self.items_of(value).map(Value::Tuple),
            ("list", None) => Some(Value::List(Vec::new())),
            ("list", Some(value)) => self.items_of(value).map(Value::List),
            ("set" | "frozenset", None) => Some(Value::Set(Vec::new())),
            ("set" | "frozenset", Some(value)) => {
                self.items_of(value).and_then(|items| self.set(items))
            }
            ("str", Some(value)) => {
                operators::formatted(&value).map(|text| Value::Str(text.into_owned().into()))
            }
            ("len", Some(Value::Str(text))) => {
                i64::try_from(text.chars().count()).ok().map(Value::Int)
            }
            ("len", Some(Value::Tuple(items) | Value::List(items))) => {
                i64::try_from(items.len()).ok().map(Value::Int)
            }
            _ => None,
        }
    }

    /// A set of `items`, each once. Items that are not known may be equal to others, which shows
    /// only when they are used, and then they are an error anyway.
    fn set(&mut self, items: Vec<Value<'t>>) -> Option<Value<'t>> {
        if items.iter().any(Value::is_mutable) {
            // Python raises: lists and sets have no hash.
            return None;
        }
        if items.iter().any(|item| matches!(item, Value::Unknown(_))) {
            self.may_raise();
        }
        let firsts = Value::first_of_equals(&items);
        let once = items.into_iter().zip(firsts);
        let once = once.filter_map(|(item, is_first)| is_first.then_some(item)).collect();
        Some(Value::Set(once))
    }
}
