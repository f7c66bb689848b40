//! Evaluates the Python expressions of a template.

use std::rc::Rc;

use super::calls::Arguments;
use super::error::TemplateError;
use super::error::TemplateErrorKind;
use super::filters;
use super::format;
use super::machine::MAX_TEXT;
use super::machine::Machine;
use super::methods;
use super::operation::arithmetic;
use super::operation::identical;
use super::operation::item;
use super::operation::order;
use super::operation::slice;
use super::value::Value;
use crate::python::Argument;
use crate::python::BinaryOp;
use crate::python::BoolOp;
use crate::python::CompareOp;
use crate::python::Comprehension;
use crate::python::ComprehensionKind;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FStringPart;
use crate::python::Number;
use crate::python::UnaryOp;

/// How many items a list may get.
pub(super) const MAX_ITEMS: usize = 100_000;

impl Machine<'_> {
    /// The value of an expression. Recursion is bounded by [`crate::python::MAX_DEPTH`].
    pub(super) fn eval(&mut self, expr: &Expr) -> Result<Value, TemplateError> {
        let offset = expr.span.offset();
        self.step(offset)?;
        match &expr.kind {
            ExprKind::None => Ok(Value::None),
            ExprKind::Bool(value) => Ok(Value::Bool(*value)),
            ExprKind::Number(Number::Int(number)) => Ok(Value::Int(*number)),
            ExprKind::Str(text) => Ok(Value::text(text.as_str())),
            ExprKind::FString(parts) => self.f_string(parts, offset).map(Value::text),
            ExprKind::Name(name) => self.name(name, offset),
            ExprKind::Tuple(items) => {
                self.sequence(items).map(Value::Tuple).and_then(|v| self.checked(v, offset))
            }
            ExprKind::List(items) => {
                self.sequence(items).map(Value::List).and_then(|v| self.checked(v, offset))
            }
            ExprKind::Dict(items) => self.dict(items, offset),
            ExprKind::Attribute { value, name } => {
                let value = self.eval(value)?;
                methods::attribute(&value, name).map_err(|kind| self.error(offset, kind))
            }
            ExprKind::Subscript { value, index } => {
                let value = self.eval(value)?;
                self.subscript(&value, index)
            }
            ExprKind::Call { function, arguments } => {
                let function = self.eval(function)?;
                let arguments = self.call_arguments(arguments)?;
                self.call(&function, arguments, offset)
            }
            ExprKind::Binary { first, rest } => {
                let mut left = self.eval(first)?;
                for (op, right) in rest {
                    let right_value = self.eval(right)?;
                    left = self.binary(*op, &left, &right_value, offset)?;
                }
                Ok(left)
            }
            ExprKind::Unary { op, operand } => {
                let value = self.eval(operand)?;
                self.unary(*op, &value, offset)
            }
            ExprKind::Logical { op, values } => {
                let mut last = Value::None;
                for value in values {
                    last = self.eval(value)?;
                    if last.truth() != (*op == BoolOp::And) {
                        break;
                    }
                }
                Ok(last)
            }
            ExprKind::Compare { first, rest } => {
                let mut left = self.eval(first)?;
                for (op, right) in rest {
                    let right = self.eval(right)?;
                    let holds = self.compare(*op, &left, &right);
                    if !holds.map_err(|kind| self.error(offset, kind))? {
                        return Ok(Value::Bool(false));
                    }
                    left = right;
                }
                Ok(Value::Bool(true))
            }
            ExprKind::Conditional { test, body, orelse } => {
                let chosen = if self.eval(test)?.truth() { body } else { orelse };
                self.eval(chosen)
            }
            ExprKind::Comprehension { kind, element, clauses } => {
                let mut out = Vec::new();
                self.comprehend(element, clauses, &mut out)?;
                match kind {
                    ComprehensionKind::List => self.checked(Value::List(out.into()), offset),
                    ComprehensionKind::Generator => self.checked(Value::Iter(out.into()), offset),
                    ComprehensionKind::Set | ComprehensionKind::Dict { .. } => {
                        Err(self.unsupported(offset, "a comprehension of this kind"))
                    }
                }
            }
            ExprKind::Number(_) => Err(self.unsupported(offset, "this kind of number")),
            ExprKind::Lambda { .. } => Err(self.unsupported(offset, "lambda")),
            ExprKind::Set(_) => Err(self.unsupported(offset, "a set")),
            ExprKind::Named { .. } => Err(self.unsupported(offset, "':='")),
            _ => Err(self.unsupported(offset, "this Python expression")),
        }
    }

    fn unsupported(&self, offset: usize, what: &str) -> TemplateError {
        self.error(offset, TemplateErrorKind::Unsupported { what: what.to_owned() })
    }

    fn sequence(&mut self, items: &[Expr]) -> Result<Rc<[Value]>, TemplateError> {
        let mut out = Vec::new();
        for item in items {
            if let ExprKind::Starred(inner) = &item.kind {
                let value = self.eval(inner)?;
                out.extend(self.items(&value, item.span.offset())?.iter().cloned());
            } else {
                out.push(self.eval(item)?);
            }
            self.check_length(out.len(), item.span.offset())?;
        }
        Ok(out.into())
    }

    fn dict(
        &mut self,
        items: &[(Option<Expr>, Expr)],
        offset: usize,
    ) -> Result<Value, TemplateError> {
        let mut out: Vec<(Value, Value)> = Vec::new();
        for (key, value) in items {
            let Some(key) = key else { return Err(self.unsupported(offset, "'**' in a dict")) };
            let key = self.eval(key)?;
            if !key.hashable() {
                let message = format!("a {} cannot be a key", key.type_name());
                return Err(self.error(offset, TemplateErrorKind::operation(message)));
            }
            let value = self.eval(value)?;
            match out.iter_mut().find(|(own, _)| *own == key) {
                Some(pair) => pair.1 = value,
                None => out.push((key, value)),
            }
        }
        self.checked(Value::Dict(out.into()), offset)
    }

    pub(super) fn check_length(&self, length: usize, offset: usize) -> Result<(), TemplateError> {
        if length > MAX_ITEMS {
            return Err(self.error(offset, TemplateErrorKind::Limit { what: "items of a list" }));
        }
        Ok(())
    }

    /// Refuses a value whose text would be too long.
    pub(super) fn checked(&self, value: Value, offset: usize) -> Result<Value, TemplateError> {
        if value.weight(MAX_TEXT) > MAX_TEXT {
            return Err(self.error(offset, TemplateErrorKind::Limit { what: "text" }));
        }
        Ok(value)
    }

    fn call_arguments(&mut self, arguments: &[Argument]) -> Result<Arguments, TemplateError> {
        let mut positional = Vec::new();
        let mut keywords = Vec::new();
        for argument in arguments {
            let value = self.eval(argument.value())?;
            let offset = argument.value().span.offset();
            match argument {
                Argument::Positional(_) => positional.push(value),
                Argument::Star(_) => {
                    positional.extend(self.items(&value, offset)?.iter().cloned());
                    self.check_length(positional.len(), offset)?;
                }
                Argument::Keyword { name, .. } => keywords.push((name.clone(), value)),
                Argument::DoubleStar(_) => return Err(self.unsupported(offset, "'**' in a call")),
            }
        }
        Ok(Arguments { positional, keywords })
    }

    /// What a `for` over the value walks.
    pub(super) fn items(&self, value: &Value, offset: usize) -> Result<Rc<[Value]>, TemplateError> {
        let items: Rc<[Value]> = match value {
            Value::Tuple(items) | Value::List(items) | Value::Iter(items) => Rc::clone(items),
            Value::Dict(items) => items.iter().map(|(key, _)| key.clone()).collect(),
            Value::Str(text) => {
                self.check_length(text.chars().count(), offset)?;
                text.chars().map(|c| Value::text(c.to_string())).collect()
            }
            Value::Known("config.attributes") => Rc::from([]),
            Value::Undefined(_) | Value::Module { .. } => {
                return Err(self.error(offset, filters::no_text(value)));
            }
            other => {
                let message = format!("a {} cannot be walked over", other.type_name());
                return Err(self.error(offset, TemplateErrorKind::operation(message)));
            }
        };
        Ok(items)
    }

    fn comprehend(
        &mut self,
        element: &Expr,
        clauses: &[Comprehension],
        out: &mut Vec<Value>,
    ) -> Result<(), TemplateError> {
        let Some((clause, rest)) = clauses.split_first() else {
            let value = self.eval(element)?;
            out.push(value);
            return self.check_length(out.len(), element.span.offset());
        };
        let offset = clause.iter.span.offset();
        if clause.is_async {
            return Err(self.unsupported(offset, "'async for'"));
        }
        let value = self.eval(&clause.iter)?;
        let outer = self.comprehension.len();
        for item in self.items(&value, offset)?.iter() {
            let mut bound = Vec::new();
            self.unpack(&clause.target, item.clone(), &mut bound)?;
            self.comprehension.extend(bound);
            let mut wanted = true;
            for condition in &clause.conditions {
                wanted = wanted && self.eval(condition)?.truth();
            }
            if wanted {
                self.comprehend(element, rest, out)?;
            }
            self.comprehension.truncate(outer);
        }
        Ok(())
    }

    fn f_string(&mut self, parts: &[FStringPart], offset: usize) -> Result<String, TemplateError> {
        let mut out = String::new();
        for part in parts {
            match part {
                FStringPart::Text(text) => out.push_str(text),
                FStringPart::Value { value, debug, conversion, spec } => {
                    let inner = value.span.offset();
                    let value = self.eval(value)?;
                    let spec = match spec {
                        Some(spec) => self.f_string(spec, offset)?,
                        None => String::new(),
                    };
                    // `{x=}` is shown by `repr` unless it says otherwise.
                    let by_repr = debug.is_some() && spec.is_empty();
                    let conversion = conversion.or(by_repr.then_some('r'));
                    out.push_str(debug.as_deref().unwrap_or_default());
                    let text = format::converted(&value, conversion)
                        .and_then(|value| format::with_spec(&value, &spec));
                    out.push_str(&text.map_err(|kind| self.error(inner, kind))?);
                }
            }
            if out.len() > MAX_TEXT {
                return Err(self.error(offset, TemplateErrorKind::Limit { what: "text" }));
            }
        }
        Ok(out)
    }

    fn subscript(&mut self, value: &Value, index: &Expr) -> Result<Value, TemplateError> {
        let offset = index.span.offset();
        if let ExprKind::Slice { lower, upper, step } = &index.kind {
            let mut bounds = [None; 3];
            for (bound, expr) in bounds.iter_mut().zip([lower, upper, step]) {
                let Some(expr) = expr else { continue };
                let value = self.eval(expr)?;
                *bound = match &value {
                    Value::None => None,
                    other => Some(other.number().ok_or_else(|| {
                        let message = format!("a {} is no slice index", other.type_name());
                        self.error(offset, TemplateErrorKind::operation(message))
                    })?),
                };
            }
            return slice(value, bounds).map_err(|kind| self.error(offset, kind));
        }
        let index = self.eval(index)?;
        if let (Value::Known("context"), Value::Str(name)) = (value, &index) {
            return self.context(name).ok_or_else(|| {
                self.error(offset, TemplateErrorKind::Undefined { name: name.to_string() })
            });
        }
        item(value, &index).map_err(|kind| self.error(offset, kind))
    }

    pub(super) fn binary(
        &self,
        op: BinaryOp,
        left: &Value,
        right: &Value,
        offset: usize,
    ) -> Result<Value, TemplateError> {
        let value = match (op, left, right) {
            (BinaryOp::Mod, Value::Str(template), _) => {
                format::percent(template, right).map(Value::text)
            }
            _ => arithmetic(op, left, right),
        };
        self.checked(value.map_err(|kind| self.error(offset, kind))?, offset)
    }

    fn unary(&self, op: UnaryOp, value: &Value, offset: usize) -> Result<Value, TemplateError> {
        let number = match op {
            UnaryOp::Not => return Ok(Value::Bool(!value.truth())),
            UnaryOp::Minus => value.number().and_then(i64::checked_neg),
            UnaryOp::Plus => value.number(),
            UnaryOp::Invert => value.number().map(|number| !number),
        };
        number.map(Value::Int).ok_or_else(|| {
            let message = format!("a {} has no sign", value.type_name());
            self.error(offset, TemplateErrorKind::operation(message))
        })
    }

    fn compare(
        &self,
        op: CompareOp,
        left: &Value,
        right: &Value,
    ) -> Result<bool, TemplateErrorKind> {
        Ok(match op {
            CompareOp::Eq => left == right,
            CompareOp::NotEq => left != right,
            CompareOp::Is => identical(left, right)?,
            CompareOp::IsNot => !identical(left, right)?,
            CompareOp::In => self.contains(right, left)?,
            CompareOp::NotIn => !self.contains(right, left)?,
            CompareOp::Lt => order(left, right)?.is_lt(),
            CompareOp::LtE => order(left, right)?.is_le(),
            CompareOp::Gt => order(left, right)?.is_gt(),
            CompareOp::GtE => order(left, right)?.is_ge(),
        })
    }

    fn contains(&self, whole: &Value, part: &Value) -> Result<bool, TemplateErrorKind> {
        match (whole, part) {
            (Value::Str(whole), Value::Str(part)) => Ok(whole.contains(&**part)),
            (Value::Tuple(items) | Value::List(items) | Value::Iter(items), _) => {
                Ok(items.contains(part))
            }
            (Value::Dict(items), _) if part.hashable() => {
                Ok(items.iter().any(|(key, _)| key == part))
            }
            (Value::Known("config.attributes"), _) => Ok(false),
            (Value::Known("context"), Value::Str(name)) => Ok(self.context(name).is_some()),
            (Value::Undefined(_) | Value::Module { .. }, _) => Err(filters::no_text(whole)),
            _ => Err(TemplateErrorKind::operation(format!(
                "whether a {} contains a {} cannot be asked",
                whole.type_name(),
                part.type_name()
            ))),
        }
    }
}
