//! Expressions.

use std::rc::Rc;
use std::sync::Arc;

use num_bigint::BigInt;

use crate::python::Argument;
use crate::python::BoolOp;
use crate::python::CompareOp;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FStringPart;
use crate::python::Number;
use crate::python::Span;

use super::args::Args;
use super::error::Result;
use super::frame::Frame;
use super::function::Code;
use super::generator::Coroutine;
use super::interpreter::Interpreter;
use super::range::Slice;
use super::text::Text;
use super::value::Value;

impl Interpreter {
    pub(super) fn eval(&mut self, frame: &Frame, expr: &Expr) -> Result<Value> {
        self.step()?;
        Ok(match &expr.kind {
            ExprKind::None => Value::None,
            ExprKind::Bool(value) => Value::Bool(*value),
            ExprKind::Ellipsis => Value::Ellipsis,
            ExprKind::Number(number) => self.number(number)?,
            ExprKind::Str(text) => Value::str(text.as_str()),
            ExprKind::Bytes(bytes) => Value::bytes(bytes.as_slice()),
            ExprKind::Name(name) => {
                self.mark(expr.span);
                self.load(frame, name)?
            }
            ExprKind::Unsupported(what) => {
                self.mark(expr.span);
                return Err(self.unsupported(*what));
            }
            _ => return self.nested(|interp| interp.eval_compound(frame, expr)),
        })
    }

    fn number(&mut self, number: &Number) -> Result<Value> {
        Ok(match number {
            Number::Int(value) => Value::Int(*value),
            Number::Float(value) => Value::Float(*value),
            Number::Imaginary(_) => return Err(self.unsupported("a complex number")),
            Number::BigInt(digits) => {
                let (radix, digits) = match digits.get(..2).map(str::to_ascii_lowercase).as_deref()
                {
                    Some("0x") => (16, &digits[2..]),
                    Some("0o") => (8, &digits[2..]),
                    Some("0b") => (2, &digits[2..]),
                    _ => (10, &**digits),
                };
                // Python refuses the whole file.
                if radix == 10 && digits.len() > 4300 {
                    return Err(self.unsupported("a number of more than 4300 digits"));
                }
                self.allow_bits(digits.len() as u64 * 4)?;
                match BigInt::parse_bytes(digits.as_bytes(), radix) {
                    Some(value) => Value::integer(value),
                    None => return Err(self.unsupported("this number")),
                }
            }
        })
    }

    fn eval_compound(&mut self, frame: &Frame, expr: &Expr) -> Result<Value> {
        match &expr.kind {
            ExprKind::FString(parts) => {
                let mut text = String::new();
                self.f_string(frame, parts, &mut text)?;
                Ok(Value::str(text))
            }
            ExprKind::Attribute { value, name } => {
                let value = self.eval(frame, value)?;
                self.mark(expr.span);
                self.get_attribute(&value, name)
            }
            ExprKind::Subscript { value, index } => {
                let value = self.eval(frame, value)?;
                let key = self.eval(frame, index)?;
                self.mark(expr.span);
                self.item(&value, &key)
            }
            ExprKind::Slice { lower, upper, step } => {
                let mut part = |part: &Option<Box<Expr>>| match part {
                    Some(part) => self.eval(frame, part),
                    None => Ok(Value::None),
                };
                let (start, stop, step) = (part(lower)?, part(upper)?, part(step)?);
                Ok(Value::native(Slice { start, stop, step }))
            }
            ExprKind::Call { function, arguments } => {
                self.eval_call(frame, expr.span, function, arguments)
            }
            ExprKind::Binary { first, rest } => {
                let mut value = self.eval(frame, first)?;
                for (op, operand) in rest {
                    let operand = self.eval(frame, operand)?;
                    self.mark(expr.span);
                    value = self.binary(*op, &value, &operand)?;
                }
                Ok(value)
            }
            ExprKind::Unary { op, operand } => {
                let operand = self.eval(frame, operand)?;
                self.mark(expr.span);
                self.unary(*op, &operand)
            }
            ExprKind::Logical { op, values } => {
                let mut result = Value::None;
                for (at, value) in values.iter().enumerate() {
                    result = self.eval(frame, value)?;
                    if at + 1 < values.len() && self.truth(&result)? == (*op == BoolOp::Or) {
                        break;
                    }
                }
                Ok(result)
            }
            ExprKind::Compare { first, rest } => self.eval_comparison(frame, expr, first, rest),
            ExprKind::Conditional { test, body, orelse } => {
                let test = self.eval(frame, test)?;
                let chosen = if self.truth(&test)? { body } else { orelse };
                self.eval(frame, chosen)
            }
            ExprKind::Lambda { parameters, body } => {
                let code = Code::Lambda(Arc::clone(parameters), Arc::clone(body));
                self.make_function(frame, "<lambda>", code)
            }
            ExprKind::Tuple(items) => self.eval_items(frame, items).map(Value::tuple),
            ExprKind::List(items) => self.eval_items(frame, items).map(Value::list),
            ExprKind::Set(items) => {
                let items = self.eval_items(frame, items)?;
                self.mark(expr.span);
                self.new_set(items, false)
            }
            ExprKind::Dict(items) => self.eval_dict(frame, expr.span, items),
            ExprKind::Comprehension { kind, element, clauses } => {
                self.comprehension(frame, kind, element, clauses)
            }
            ExprKind::Starred(_) => Err(self.unsupported("a starred expression here")),
            ExprKind::Named { target, value } => {
                let value = self.eval(frame, value)?;
                self.assign(frame, target, value.clone())?;
                Ok(value)
            }
            ExprKind::Await(value) => {
                let value = self.eval(frame, value)?;
                self.mark(expr.span);
                match value.downcast::<Coroutine>() {
                    Some(coroutine) => coroutine.run(self),
                    None => {
                        let class = self.class_name(&value);
                        Err(self.unsupported(format!("'await' of a {class}")))
                    }
                }
            }
            ExprKind::Yield(_) | ExprKind::YieldFrom(_) => {
                self.mark(expr.span);
                Err(self.unsupported("a 'yield' inside of an expression"))
            }
            _ => Ok(Value::None),
        }
    }

    fn eval_comparison(
        &mut self,
        frame: &Frame,
        expr: &Expr,
        first: &Expr,
        rest: &[(CompareOp, Expr)],
    ) -> Result<Value> {
        let mut left = self.eval(frame, first)?;
        let mut result = Value::None;
        for (at, (op, right)) in rest.iter().enumerate() {
            let right = self.eval(frame, right)?;
            self.mark(expr.span);
            result = self.compare(*op, &left, &right)?;
            if at + 1 < rest.len() && !self.truth(&result)? {
                break;
            }
            left = right;
        }
        Ok(result)
    }

    /// Items of a list, tuple or set, stars worked in.
    fn eval_items(&mut self, frame: &Frame, items: &[Expr]) -> Result<Vec<Value>> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match &item.kind {
                ExprKind::Starred(inner) => {
                    let inner_value = self.eval(frame, inner)?;
                    self.mark(item.span);
                    let more = match self.try_iterate(&inner_value)? {
                        Some(_) => self.items(&inner_value)?,
                        None => {
                            let class = self.class_name(&inner_value);
                            return self.type_error(format!(
                                "Value after * must be an iterable, not {class}"
                            ));
                        }
                    };
                    self.allow_items(values.len() + more.len())?;
                    values.extend(more);
                }
                _ => values.push(self.eval(frame, item)?),
            }
        }
        Ok(values)
    }

    fn eval_dict(
        &mut self,
        frame: &Frame,
        span: Span,
        items: &[(Option<Expr>, Expr)],
    ) -> Result<Value> {
        let dict = Rc::new(super::containers::Dict::default());
        // Keys are hashed once all of them are evaluated.
        let mut pairs: Vec<(Value, Value)> = Vec::new();
        for (at, (key, value)) in items.iter().enumerate() {
            match key {
                Some(key) => {
                    let key = self.eval(frame, key)?;
                    let value = self.eval(frame, value)?;
                    pairs.push((key, value));
                    if items.get(at + 1).is_none_or(|(key, _)| key.is_none()) {
                        self.mark(span);
                        for (key, value) in pairs.drain(..) {
                            self.dict_set(&dict, key, value)?;
                        }
                    }
                }
                None => {
                    let value = self.eval(frame, value)?;
                    self.mark(span);
                    let entries = match self.mapping(&value)? {
                        Some(entries) => entries,
                        None => {
                            let class = self.class_name(&value);
                            return self.type_error(format!("'{class}' object is not a mapping"));
                        }
                    };
                    for (key, value) in entries {
                        self.dict_set(&dict, key, value)?;
                    }
                }
            }
        }
        Ok(Value::Dict(dict))
    }

    /// The entries of a dict, or of anything that has `keys()` and items; nothing for the rest.
    ///
    /// # Errors
    /// What reading raises.
    pub fn mapping(&mut self, value: &Value) -> Result<Option<Vec<(Value, Value)>>> {
        if let Value::Dict(dict) = value {
            return Ok(Some(dict.entries()));
        }
        let overridden = matches!(value, Value::Instance(instance)
            if instance.class().lookup_python("__getitem__").is_some()
                || instance.class().lookup_python("keys").is_some());
        if let (Value::Dict(dict), false) = (value.plain(), overridden) {
            return Ok(Some(dict.entries()));
        }
        if !matches!(value, Value::Instance(_) | Value::Native(_)) {
            return Ok(None);
        }
        let Some(keys) = self.find_attribute(value, "keys")? else { return Ok(None) };
        let keys = self.call(&keys, Args::none())?;
        let mut entries = Vec::new();
        for key in self.items(&keys)? {
            let item = self.item(value, &key)?;
            entries.push((key, item));
        }
        Ok(Some(entries))
    }

    fn eval_call(
        &mut self,
        frame: &Frame,
        span: Span,
        function: &Expr,
        arguments: &[Argument],
    ) -> Result<Value> {
        // A method is called without making the bound method first.
        if let ExprKind::Attribute { value, name } = &function.kind {
            let receiver = self.eval(frame, value)?;
            self.mark(function.span);
            if let Some(method) = self.method(&receiver, name) {
                let args = self.eval_arguments(frame, arguments, Some(receiver), &method)?;
                self.mark(span);
                return self.call(&method, args);
            }
            let function = self.get_attribute(&receiver, name)?;
            let args = self.eval_arguments(frame, arguments, None, &function)?;
            self.mark(span);
            return self.call(&function, args);
        }
        let function = self.eval(frame, function)?;
        let args = self.eval_arguments(frame, arguments, None, &function)?;
        self.mark(span);
        self.call(&function, args)
    }

    pub(super) fn eval_arguments(
        &mut self,
        frame: &Frame,
        arguments: &[Argument],
        receiver: Option<Value>,
        function: &Value,
    ) -> Result<Args> {
        let mut args =
            Args { positional: Vec::with_capacity(arguments.len() + 1), keywords: Vec::new() };
        args.positional.extend(receiver);
        for argument in arguments {
            match argument {
                Argument::Positional(value) => args.positional.push(self.eval(frame, value)?),
                Argument::Star(value) => {
                    let given = self.eval(frame, value)?;
                    self.mark(value.span);
                    if self.try_iterate(&given)?.is_none() {
                        let name = self.function_name(function);
                        let class = self.class_name(&given);
                        return self.type_error(format!(
                            "{name} argument after * must be an iterable, not {class}"
                        ));
                    }
                    let items = self.items(&given)?;
                    self.allow_items(args.positional.len() + items.len())?;
                    args.positional.extend(items);
                }
                Argument::Keyword { name, value } => {
                    let value = self.eval(frame, value)?;
                    let name = self.intern(name);
                    self.add_keyword(&mut args, name, value, function)?;
                }
                Argument::DoubleStar(value) => {
                    let given = self.eval(frame, value)?;
                    self.mark(value.span);
                    let Some(entries) = self.mapping(&given)? else {
                        let name = self.function_name(function);
                        let class = self.class_name(&given);
                        return self.type_error(format!(
                            "{name} argument after ** must be a mapping, not {class}"
                        ));
                    };
                    for (key, value) in entries {
                        let Some(key) = key.as_text() else {
                            return self.type_error("keywords must be strings");
                        };
                        self.add_keyword(&mut args, key, value, function)?;
                    }
                }
            }
        }
        Ok(args)
    }

    fn add_keyword(
        &mut self,
        args: &mut Args,
        name: Text,
        value: Value,
        function: &Value,
    ) -> Result<()> {
        if args.keywords.iter().any(|(other, _)| *other == name) {
            let function = self.function_name(function);
            return self.type_error(format!(
                "{function} got multiple values for keyword argument '{name}'"
            ));
        }
        args.keywords.push((name, value));
        self.charge(args.keywords.len() as u64 / 16)
    }

    /// The function as messages name it.
    fn function_name(&self, function: &Value) -> String {
        match function {
            Value::Function(function) => {
                format!("{}.{}()", function.module.name, function.qualified)
            }
            Value::Builtin(function) => format!("{}()", function.name),
            Value::Method(method) => self.function_name(&method.function),
            Value::Class(class) => format!("{}.{}()", class.module, class.qualified),
            other => format!("{} object", self.class_name(other)),
        }
    }

    fn f_string(&mut self, frame: &Frame, parts: &[FStringPart], text: &mut String) -> Result<()> {
        for part in parts {
            match part {
                FStringPart::Text(part) => text.push_str(part),
                FStringPart::Value { value, debug, conversion, spec } => {
                    let evaluated = self.eval(frame, value)?;
                    self.mark(value.span);
                    let mut conversion = *conversion;
                    if let Some(debug) = debug {
                        text.push_str(debug);
                        if conversion.is_none() && spec.is_none() {
                            conversion = Some('r');
                        }
                    }
                    let evaluated = match conversion {
                        Some('r') => Value::str(self.repr(&evaluated)?),
                        Some('s') => Value::Str(self.str(&evaluated)?),
                        Some('a') => Value::str(super::repr::ascii(&self.repr(&evaluated)?)),
                        _ => evaluated,
                    };
                    let spec = match spec {
                        Some(spec) => {
                            let mut text = String::new();
                            self.nested(|interp| interp.f_string(frame, spec, &mut text))?;
                            text
                        }
                        None => String::new(),
                    };
                    let part = self.format(&evaluated, &spec)?;
                    text.push_str(&part);
                }
            }
            self.allow_size(text.len(), "a text")?;
        }
        Ok(())
    }
}
