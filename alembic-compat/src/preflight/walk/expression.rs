//! The walk through expressions.

use limbeck_sql::ends_transaction;

use crate::eval::Value;
use crate::python::Argument;
use crate::python::BoolOp;
use crate::python::CompareOp;
use crate::python::Comprehension;
use crate::python::ComprehensionKind;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FStringPart;
use crate::python::Number;
use crate::python::Span;
use crate::python::UnaryOp;
use crate::sa::is_relationship;

use super::Known;
use super::Scope;
use super::Walker;

/// Methods of values of any class that limbeck refuses: files.
const REFUSED_METHODS: &[&str] = &["read_text", "read_bytes", "write_text", "write_bytes"];

impl Walker<'_> {
    pub(super) fn exprs<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    /// An expression that may be a `yield` of its own: a statement, the right side of an
    /// assignment, or what is returned.
    pub(super) fn value(&mut self, expr: &Expr) -> Known {
        match &expr.kind {
            ExprKind::Yield(inner) => {
                if let Some(inner) = inner {
                    self.expr(inner);
                }
                Known::Nothing
            }
            ExprKind::YieldFrom(inner) => {
                self.expr(inner);
                Known::Nothing
            }
            _ => self.expr(expr),
        }
    }

    /// Whether a value counts as true, where it is known.
    pub(super) fn truth(&mut self, known: &Known) -> Option<bool> {
        match known {
            Known::Value(
                value @ (Value::Bool(_) | Value::None | Value::Int(_) | Value::Str(_)),
            ) => self.interp.truth(value).ok(),
            _ => None,
        }
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Known {
        match &expr.kind {
            ExprKind::None => Known::Value(Value::None),
            ExprKind::Bool(value) => Known::Value(Value::Bool(*value)),
            ExprKind::Number(Number::Int(value)) => Known::Value(Value::Int(*value)),
            ExprKind::Number(Number::Imaginary(_)) => {
                self.find(expr.span, "a complex number");
                Known::Nothing
            }
            ExprKind::Str(text) => {
                if text.len() < 4_096 && ends_transaction(text, self.dialect) {
                    self.leaves(expr.span);
                }
                Known::Value(Value::str(text.as_str()))
            }
            ExprKind::Name(name) => self.name(expr.span, name),
            ExprKind::Attribute { value, name } => {
                let value = self.expr(value);
                self.attribute(expr.span, &value, name)
            }
            ExprKind::Call { function, arguments } => self.call(expr.span, function, arguments),
            ExprKind::Logical { op, values } => self.logical(*op, values),
            ExprKind::Unary { op, operand } => {
                let operand = self.expr(operand);
                match (op, self.truth(&operand)) {
                    (UnaryOp::Not, Some(truth)) => Known::Value(Value::Bool(!truth)),
                    _ => Known::Nothing,
                }
            }
            ExprKind::Compare { first, rest } => self.comparison(first, rest),
            ExprKind::Conditional { test, body, orelse } => {
                let test = self.expr(test);
                match self.truth(&test) {
                    Some(true) => self.expr(body),
                    Some(false) => self.expr(orelse),
                    None => {
                        self.expr(body);
                        self.expr(orelse);
                        Known::Nothing
                    }
                }
            }
            ExprKind::Unsupported(what) => {
                self.find(expr.span, *what);
                Known::Nothing
            }
            ExprKind::Yield(_) | ExprKind::YieldFrom(_) => {
                self.find(expr.span, "a 'yield' inside of an expression");
                self.value(expr)
            }
            ExprKind::Named { target, value } => {
                let value = self.expr(value);
                if let ExprKind::Name(name) = &target.kind {
                    self.bind(name, value.clone());
                }
                value
            }
            _ => {
                self.parts(expr);
                Known::Nothing
            }
        }
    }

    /// The parts of an expression whose value is never known.
    fn parts(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::FString(parts) => self.f_string(parts),
            ExprKind::Subscript { value, index } => self.exprs([&**value, &**index]),
            ExprKind::Slice { lower, upper, step } => {
                self.exprs([lower, upper, step].into_iter().flatten().map(|part| &**part));
            }
            ExprKind::Binary { first, rest } => {
                self.expr(first);
                self.exprs(rest.iter().map(|(_, value)| value));
            }
            ExprKind::Lambda { parameters, body } => {
                self.exprs(parameters.iter().filter_map(|it| it.default.as_ref()));
                self.lambda(parameters, body);
            }
            ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => {
                self.exprs(items);
            }
            ExprKind::Dict(items) => {
                for (key, value) in items {
                    self.exprs(key);
                    self.expr(value);
                }
            }
            ExprKind::Comprehension { kind, element, clauses } => {
                self.comprehension(expr.span, kind, element, clauses);
            }
            ExprKind::Starred(inner) | ExprKind::Await(inner) => drop(self.expr(inner)),
            _ => {}
        }
    }

    fn comprehension(
        &mut self,
        span: Span,
        kind: &ComprehensionKind,
        element: &Expr,
        clauses: &[Comprehension],
    ) {
        if clauses.iter().any(|clause| clause.is_async) {
            self.find(span, "an asynchronous comprehension");
        }
        let scope = Scope::of_comprehension(clauses);
        self.scopes.push(scope);
        for clause in clauses {
            self.expr(&clause.iter);
            self.exprs(&clause.conditions);
        }
        if let ComprehensionKind::Dict { key } = kind {
            self.expr(key);
        }
        self.expr(element);
        self.scopes.pop();
    }

    fn f_string(&mut self, parts: &[FStringPart]) {
        for part in parts {
            if let FStringPart::Value { value, spec, .. } = part {
                self.expr(value);
                self.f_string(spec.as_deref().unwrap_or_default());
            }
        }
    }

    fn logical(&mut self, op: BoolOp, values: &[Expr]) -> Known {
        let mut is_known = true;
        for value in values {
            let value = self.expr(value);
            match self.truth(&value) {
                // The rest does not run.
                Some(truth) if is_known && truth == (op == BoolOp::Or) => {
                    return Known::Value(Value::Bool(truth));
                }
                Some(truth) if truth == (op == BoolOp::Or) => return Known::Nothing,
                Some(_) => {}
                None => is_known = false,
            }
        }
        if is_known { Known::Value(Value::Bool(op == BoolOp::And)) } else { Known::Nothing }
    }

    fn comparison(&mut self, first: &Expr, rest: &[(CompareOp, Expr)]) -> Known {
        let left = self.expr(first);
        // A tuple or list of constants on the right side.
        if let [(op @ (CompareOp::In | CompareOp::NotIn), right)] = rest
            && let ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) =
                &right.kind
        {
            let items: Vec<Known> = items.iter().map(|item| self.expr(item)).collect();
            let Known::Value(left @ Value::Str(_)) = left else { return Known::Nothing };
            let mut found = false;
            for item in items {
                match item {
                    Known::Value(item @ Value::Str(_)) => {
                        found |= item.as_text() == left.as_text();
                    }
                    _ => return Known::Nothing,
                }
            }
            return Known::Value(Value::Bool(found == (*op == CompareOp::In)));
        }
        let rights: Vec<Known> = rest.iter().map(|(_, right)| self.expr(right)).collect();
        let is_of_classes =
            |known: &Known| matches!(known, Known::Value(value) if is_relationship(value));
        if is_of_classes(&left) || rights.iter().any(is_of_classes) {
            self.find(first.span, "comparing a relationship");
            return Known::Nothing;
        }
        let ([(op, _)], [Known::Value(right)], Known::Value(left)) =
            (rest, rights.as_slice(), &left)
        else {
            return Known::Nothing;
        };
        let is_plain =
            |value: &Value| matches!(value, Value::Str(_) | Value::Int(_) | Value::Bool(_));
        if !is_plain(left) || !is_plain(right) {
            return Known::Nothing;
        }
        match self.interp.compare(*op, left, right) {
            Ok(result) => Known::Value(result),
            Err(_) => Known::Nothing,
        }
    }

    fn attribute(&mut self, span: Span, of: &Known, name: &str) -> Known {
        if name == "autocommit_block" {
            self.leaves(span);
        }
        match of {
            Known::Value(value) => {
                let found = self.interp.read_attribute(value, name);
                let found = self.outcome(span, found);
                match (value, found) {
                    // Objects of the project change; what they have is not what they will have.
                    (Value::Instance(_), Known::Value(Value::Method(method))) => {
                        Known::Value(Value::Method(method))
                    }
                    (Value::Instance(_), _) => Known::Nothing,
                    (_, found) => found,
                }
            }
            _ => Known::Nothing,
        }
    }

    fn call(&mut self, span: Span, function: &Expr, arguments: &[Argument]) -> Known {
        let called = match &function.kind {
            ExprKind::Attribute { value, name } => {
                let of = self.expr(value);
                if REFUSED_METHODS.contains(&&**name)
                    && !matches!(of, Known::Value(Value::Module(_)))
                {
                    self.find(
                        function.span,
                        format!(".{name}() (limbeck gives no access to files)"),
                    );
                }
                match of {
                    Known::Value(_) => self.attribute(function.span, &of, name),
                    _ => {
                        if !self.is_attribute(name) {
                            self.find(function.span, format!("a call of '.{name}()'"));
                        }
                        if name == "autocommit_block" {
                            self.leaves(function.span);
                        }
                        Known::Nothing
                    }
                }
            }
            _ => self.expr(function),
        };
        let given: Vec<Known> = arguments.iter().map(|it| self.expr(it.value())).collect();
        let Known::Value(called) = called else { return Known::Nothing };
        if let Value::Class(class) = &called {
            for argument in arguments {
                let Argument::Keyword { name, .. } = argument else { continue };
                if class.lookup(name).is_some_and(|value| is_relationship(&value)) {
                    self.find(span, format!("setting the relationship '{name}'"));
                }
            }
        }
        if let Some(name) = self.samples.refused(&called) {
            self.find(span, format!("{name}()"));
            return Known::Nothing;
        }
        let first = match given.first() {
            Some(Known::Value(value)) => Some(value),
            _ => None,
        };
        match self.samples.result_of(&called, first) {
            Some(result) => Known::Value(result),
            None => Known::Nothing,
        }
    }
}
