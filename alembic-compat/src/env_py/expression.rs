//! The expressions of `env.py`, as formulas over what comes from outside.

use std::collections::BTreeMap;

use super::FindingKind;
use super::Masked;
use super::StatementTopic;
use super::formula::Formula;
use super::formula::Known;
use super::walk::Configure;
use super::walk::Sym;
use super::walk::Walker;
use super::walk::joined;
use crate::python::Argument;
use crate::python::BinaryOp;
use crate::python::BoolOp;
use crate::python::CompareOp;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FStringPart;
use crate::python::Number;
use crate::python::Span;
use crate::python::UnaryOp;

/// Alembic's `config`, as a dotted name.
const CONFIG: &str = "alembic.context.config";

/// The arguments of a call, evaluated.
struct Call<'m> {
    positional: Vec<(Sym<'m>, Span)>,
    keywords: Vec<(String, Sym<'m>, Span)>,
    /// What stands behind `**`.
    spread: Vec<(Sym<'m>, Span)>,
    span: Span,
}

impl<'m> Call<'m> {
    /// The argument at a position, or by its name.
    fn get(&self, position: usize, name: &str) -> Option<(&Sym<'m>, Span)> {
        let by_position = self.positional.get(position).map(|(value, span)| (value, *span));
        by_position.or_else(|| self.keyword(name))
    }

    fn formula(&self, position: usize, name: &str) -> Option<Formula> {
        self.get(position, name).map(|(value, span)| Walker::to_formula(value, span))
    }

    fn text(&self, position: usize, name: &str) -> Option<String> {
        self.formula(position, name).as_ref().and_then(text_of)
    }

    fn keyword(&self, name: &str) -> Option<(&Sym<'m>, Span)> {
        self.keywords.iter().find(|(own, ..)| own == name).map(|(_, value, span)| (value, *span))
    }
}

fn text_of(formula: &Formula) -> Option<String> {
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
            Sym::Engine(_) | Sym::Function(_) | Sym::Lambda(_) => Formula::Bool(true),
            _ => Formula::Unknown(expr.span),
        }
    }

    pub(super) fn constant_text(&mut self, expr: &'m Expr) -> Option<String> {
        text_of(&self.formula(expr))
    }

    pub(super) fn eval(&mut self, expr: &'m Expr) -> Sym<'m> {
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
                for clause in clauses {
                    self.eval(&clause.iter);
                }
                return unknown;
            }
            _ => return unknown,
        };
        Sym::Value(value)
    }

    fn name(&self, name: &str, span: Span) -> Sym<'m> {
        let bound = self.state.scopes.iter().rev().find_map(|scope| scope.get(name));
        bound.cloned().unwrap_or_else(|| match name {
            "str" | "dict" | "cast" => Sym::Known(format!("builtins.{name}")),
            _ => Sym::Value(Formula::Unknown(span)),
        })
    }

    fn attribute(&mut self, base: Sym<'m>, name: &str, span: Span) -> Sym<'m> {
        match base {
            Sym::Known(path) => Sym::Known(format!("{path}.{name}")),
            Sym::Engine(url) if name == "url" => Sym::Value(url),
            Sym::Engine(url) if matches!(name, "sync_engine" | "engine" | "sync_connection") => {
                Sym::Engine(url)
            }
            _ => Sym::Value(Formula::Unknown(span)),
        }
    }

    fn item(&mut self, base: Sym<'m>, key: Option<String>, span: Span) -> Sym<'m> {
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

    fn section_item(
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
    fn option(&self, name: &str, default: Option<Formula>) -> Formula {
        match self.state.options.get(name) {
            Some(value) => value.clone(),
            None => Formula::Option { name: name.to_owned(), default: default.map(Formula::boxed) },
        }
    }

    fn variable(
        &mut self,
        name: Option<String>,
        required: bool,
        default: Option<Formula>,
        span: Span,
    ) -> Sym<'m> {
        self.find(span, FindingKind::Variable { name: name.clone() });
        Sym::Value(match name {
            Some(name) => {
                Formula::Variable { name, required, default: default.map(Formula::boxed) }
            }
            None => Formula::Unknown(span),
        })
    }

    fn x_argument(&mut self, key: Option<String>, default: Option<Formula>, span: Span) -> Sym<'m> {
        self.find(span, FindingKind::XArgument { key: key.clone() });
        Sym::Value(match key {
            Some(key) => Formula::XArgument { key, default: default.map(Formula::boxed) },
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
            (CompareOp::Is | CompareOp::IsNot, other, Sym::Value(Formula::None))
                if matches!(other, Sym::Engine(_) | Sym::Section { .. } | Sym::Dict { .. }) =>
            {
                Formula::Bool(false)
            }
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

    fn call(&mut self, function: &'m Expr, arguments: &'m [Argument], span: Span) -> Sym<'m> {
        let mut call =
            Call { positional: Vec::new(), keywords: Vec::new(), spread: Vec::new(), span };
        // The receiver comes first, as in Python.
        let receiver = match &function.kind {
            ExprKind::Attribute { value, name } => {
                Some((self.eval(value), &**value, name.as_str()))
            }
            _ => None,
        };
        let called = if receiver.is_none() { Some(self.eval(function)) } else { None };
        for argument in arguments {
            let value = self.eval(argument.value());
            let at = argument.value().span;
            match argument {
                Argument::Positional(_) => call.positional.push((value, at)),
                Argument::Keyword { name, .. } => call.keywords.push((name.clone(), value, at)),
                Argument::DoubleStar(_) => call.spread.push((value, at)),
                Argument::Star(_) => call.positional.push((Sym::Value(Formula::Unknown(at)), at)),
            }
        }
        match (receiver, called) {
            (Some((Sym::Known(path), base, name)), _) => {
                if path == "os.environ" && name == "setdefault" {
                    let key = call.text(0, "key");
                    self.put(base, key, Sym::Value(Formula::None), span);
                }
                self.known(&format!("{path}.{name}"), call)
            }
            (Some((symbol, base, name)), _) => self.method(symbol, base, name, call),
            (None, Some(Sym::Known(path))) => self.known(&path, call),
            (None, Some(symbol)) => self.invoke(&symbol, call.positional, call.keywords, span),
            (None, None) => Sym::Value(Formula::Unknown(span)),
        }
    }

    /// Calls a function or lambda of the file.
    fn invoke(
        &mut self,
        symbol: &Sym<'m>,
        positional: Vec<(Sym<'m>, Span)>,
        keywords: Vec<(String, Sym<'m>, Span)>,
        span: Span,
    ) -> Sym<'m> {
        let positional: Vec<Sym<'m>> = positional.into_iter().map(|(value, _)| value).collect();
        let keywords = keywords.into_iter().map(|(name, value, _)| (name, value)).collect();
        match symbol {
            Sym::Function(function) => self.follow(function, positional, keywords, span),
            Sym::Lambda(Expr { kind: ExprKind::Lambda { parameters, body }, .. }) => {
                let names = parameters.iter().map(|parameter| parameter.name.clone());
                self.state.scopes.push(names.zip(positional).collect());
                let value = self.eval(body);
                self.state.scopes.pop();
                value
            }
            _ => Sym::Value(Formula::Unknown(span)),
        }
    }

    /// A method of a value, a section, a dict, an engine or a connection.
    fn method(&mut self, symbol: Sym<'m>, base: &'m Expr, name: &str, call: Call<'m>) -> Sym<'m> {
        let span = call.span;
        match (&symbol, name) {
            (Sym::Section { .. } | Sym::Dict { .. }, "copy") => symbol,
            (Sym::Section { .. } | Sym::Dict { .. }, "update" | "setdefault") => {
                let mut entries: Vec<(Option<String>, Sym<'m>)> =
                    call.keywords.iter().map(|(k, v, _)| (Some(k.clone()), v.clone())).collect();
                match call.get(0, "") {
                    Some((Sym::Dict { items, .. }, _)) => {
                        entries.extend(items.iter().map(|(k, v)| (Some(k.clone()), v.clone())));
                    }
                    Some(_) => entries.push((
                        call.text(0, ""),
                        call.get(1, "").map_or(Sym::Value(Formula::None), |(v, _)| v.clone()),
                    )),
                    None => {}
                }
                for (key, value) in entries {
                    self.put(base, key, value, span);
                }
                Sym::Value(Formula::None)
            }
            (Sym::Section { .. }, "get") => {
                let key = call.text(0, "key");
                self.item(symbol, key, span)
            }
            (Sym::Dict { items, open }, "get") => {
                let key = call.text(0, "key");
                let found = items.iter().rfind(|(own, _)| Some(own) == key.as_ref());
                match (found, call.get(1, "default")) {
                    (Some((_, value)), _) => value.clone(),
                    (None, Some((default, _))) if !open && key.is_some() => default.clone(),
                    (None, None) if !open && key.is_some() => Sym::Value(Formula::None),
                    _ => Sym::Value(Formula::Unknown(span)),
                }
            }
            (Sym::XArguments, "get") => {
                let default = call.formula(1, "default").filter(|d| *d != Formula::None);
                self.x_argument(call.text(0, "key"), default, span)
            }
            (Sym::XArguments, _) => {
                self.find(span, FindingKind::XArgument { key: None });
                Sym::Value(Formula::Unknown(span))
            }
            (Sym::Engine(_), "connect" | "begin" | "execution_options" | "engine") => {
                if call.keyword("schema_translate_map").is_some() {
                    self.find(span, FindingKind::SchemaTranslateMap);
                }
                symbol
            }
            (Sym::Value(Formula::Unknown(at)), "connect" | "begin" | "execution_options") => {
                if call.keyword("schema_translate_map").is_some() {
                    self.find(span, FindingKind::SchemaTranslateMap);
                }
                Sym::Engine(Formula::Unknown(*at))
            }
            (_, "execute" | "exec_driver_sql" | "scalar") => {
                self.executed(&call);
                Sym::Value(Formula::Unknown(span))
            }
            (_, "run_sync") => {
                let mut positional = call.positional;
                if positional.is_empty() {
                    return Sym::Value(Formula::Unknown(span));
                }
                let (function, at) = positional.remove(0);
                positional.insert(0, (symbol, at));
                self.invoke_any(&function, positional, call.keywords, span)
            }
            (_, "run_until_complete" | "run") => {
                call.get(0, "main").map_or(Sym::Value(Formula::None), |(v, _)| v.clone())
            }
            (Sym::Value(value), _) => {
                let value = value.clone();
                Sym::Value(self.text_method(value, name, &call))
            }
            _ => Sym::Value(Formula::Unknown(span)),
        }
    }

    /// Like [`Self::invoke`], also for `context.run_migrations` passed by name.
    fn invoke_any(
        &mut self,
        symbol: &Sym<'m>,
        positional: Vec<(Sym<'m>, Span)>,
        keywords: Vec<(String, Sym<'m>, Span)>,
        span: Span,
    ) -> Sym<'m> {
        match symbol {
            Sym::Known(path) => {
                self.known(path, Call { positional, keywords, spread: Vec::new(), span })
            }
            _ => self.invoke(symbol, positional, keywords, span),
        }
    }

    fn text_method(&mut self, of: Formula, name: &str, call: &Call<'m>) -> Formula {
        let span = call.span;
        if of.unknown_part().is_some() {
            // The place to name is the one that is not known.
            return of;
        }
        match name {
            "replace" => {
                let count = match call.formula(2, "count") {
                    None => Some(None),
                    Some(Formula::Int(count)) => Some(usize::try_from(count).ok()),
                    Some(_) => None,
                };
                match (call.text(0, "old"), call.text(1, "new"), count) {
                    (Some(from), Some(to), Some(count)) => {
                        Formula::Replaced { of: of.boxed(), from, to, count }
                    }
                    _ => Formula::Unknown(span),
                }
            }
            "strip" if call.positional.is_empty() => Formula::Stripped(of.boxed()),
            "startswith" => match call.text(0, "prefix") {
                Some(prefix) => Formula::StartsWith { of: of.boxed(), prefix },
                None => Formula::Unknown(span),
            },
            "format" => {
                let Formula::Text(template) = of else { return Formula::Unknown(span) };
                Self::formatted(&template, call)
            }
            _ => Formula::Unknown(span),
        }
    }

    /// `"{}:{name}".format(…)` with plain fields.
    fn formatted(template: &str, call: &Call<'m>) -> Formula {
        let mut out = Vec::new();
        let mut next = 0;
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let field = after.split_once('}').filter(|_| !before.contains('}'));
            let Some((field, after)) = field else { return Formula::Unknown(call.span) };
            out.push(Formula::Text(before.to_owned()));
            let value = if field.is_empty() {
                next += 1;
                call.positional.get(next - 1).map(|(value, span)| (value, *span))
            } else if let Ok(index) = field.parse::<usize>() {
                call.positional.get(index).map(|(value, span)| (value, *span))
            } else {
                call.keyword(field)
            };
            out.push(value.map_or(Formula::Unknown(call.span), |(v, at)| Self::to_formula(v, at)));
            rest = after;
        }
        out.push(Formula::Text(rest.to_owned()));
        whole(out)
    }

    /// A call of something imported.
    fn known(&mut self, path: &str, call: Call<'m>) -> Sym<'m> {
        let span = call.span;
        let unknown = Sym::Value(Formula::Unknown(span));
        if let Some(name) = path.strip_prefix(CONFIG).and_then(|rest| rest.strip_prefix('.')) {
            return self.config(name, &call);
        }
        if let Some(name) = path.strip_prefix("alembic.context.") {
            return self.context(name, call);
        }
        let first = || call.get(0, "").map_or(unknown.clone(), |(value, _)| value.clone());
        let last = path.rsplit('.').next().unwrap_or_default();
        let top = path.split('.').next().unwrap_or_default();
        match (top, last) {
            ("os", "getenv") => {
                let default = call.formula(1, "default").filter(|d| *d != Formula::None);
                self.variable(call.text(0, "key"), false, default, span)
            }
            ("os", "get") if path == "os.environ.get" => {
                let default = call.formula(1, "default").filter(|d| *d != Formula::None);
                self.variable(call.text(0, "key"), false, default, span)
            }
            (_, "load_dotenv" | "dotenv_values") => {
                self.find(span, FindingKind::Dotenv);
                unknown
            }
            ("sqlalchemy" | "sqlmodel", "engine_from_config" | "async_engine_from_config") => {
                let url = self.engine_url(&call);
                self.engine(url, span)
            }
            ("sqlalchemy" | "sqlmodel", "create_engine" | "create_async_engine") => {
                let url = call.formula(0, "url").unwrap_or(Formula::Unknown(span));
                self.engine(url, span)
            }
            ("sqlalchemy", "AsyncEngine" | "text" | "make_url" | "cast")
            | ("asyncio" | "anyio" | "builtins", "run" | "str" | "dict")
            | (_, "run_until_complete") => {
                let value = first();
                match value {
                    Sym::Function(_) => self.invoke(&value, Vec::new(), Vec::new(), span),
                    Sym::Value(of) if last == "str" => Sym::Value(whole(vec![of])),
                    value => value,
                }
            }
            ("typing" | "builtins", "cast") => {
                call.get(1, "val").map_or(unknown, |(value, _)| value.clone())
            }
            ("sqlalchemy", "CreateSchema") => Sym::Value(Formula::Text("CREATE SCHEMA".to_owned())),
            ("sqlalchemy", "listen" | "listens_for") => {
                self.find(span, FindingKind::EventListener);
                unknown
            }
            ("urllib", "quote_plus" | "quote") => match call.formula(0, "string") {
                Some(of) if of.unknown_part().is_none() => {
                    Sym::Value(Formula::Quoted { of: of.boxed(), plus: last == "quote_plus" })
                }
                _ => unknown,
            },
            _ => {
                // A helper of the application may run what it is given.
                if matches!(last, "execute" | "exec_driver_sql") {
                    self.executed(&call);
                }
                for (value, _) in &call.positional {
                    if matches!(value, Sym::Function(_)) {
                        self.invoke(value, Vec::new(), Vec::new(), span);
                    }
                }
                unknown
            }
        }
    }

    /// The URL of `engine_from_config(section, prefix="sqlalchemy.")`.
    fn engine_url(&self, call: &Call<'m>) -> Formula {
        let span = call.span;
        if let Some((value, at)) = call.keyword("url") {
            return Self::to_formula(value, at);
        }
        let prefix = call.text(1, "prefix").unwrap_or_else(|| "sqlalchemy.".to_owned());
        let key = format!("{prefix}url");
        match call.get(0, "configuration") {
            Some((Sym::Section { main, own, span }, _)) => {
                self.section_item(*main, own, &key, *span)
            }
            Some((Sym::Dict { items, .. }, at)) => {
                let found = items.iter().rfind(|(own, _)| *own == key);
                found.map_or(Formula::Unknown(at), |(_, value)| Self::to_formula(value, at))
            }
            Some((_, at)) => Formula::Unknown(at),
            None => Formula::Unknown(span),
        }
    }

    fn engine(&mut self, url: Formula, span: Span) -> Sym<'m> {
        if !is_ini_url(&url) {
            self.find(span, FindingKind::Url);
        }
        Sym::Engine(url)
    }

    fn config(&mut self, name: &str, call: &Call<'m>) -> Sym<'m> {
        let span = call.span;
        let main = |position| match call.get(position, "section") {
            Some((Sym::Known(path), _)) => path == "alembic.context.config.config_ini_section",
            Some((Sym::Value(Formula::Text(name)), _)) => name == "alembic",
            _ => false,
        };
        let formula = match name {
            "get_main_option" => match call.text(0, "name") {
                Some(name) => {
                    let default = call.formula(1, "default").filter(|d| *d != Formula::None);
                    self.option(&name, default)
                }
                None => Formula::Unknown(span),
            },
            "set_main_option" => {
                self.set_option(call.text(0, "name"), call.formula(1, "value"), span);
                Formula::None
            }
            "set_section_option" => {
                let name = call.text(1, "name");
                if main(0) {
                    self.set_option(name, call.formula(2, "value"), span);
                } else if name.is_none_or(|name| name == "sqlalchemy.url") {
                    self.find(span, FindingKind::Url);
                }
                Formula::None
            }
            "get_section" => return Sym::Section { main: main(0), own: BTreeMap::new(), span },
            "get_section_option" if main(0) => match call.text(1, "name") {
                Some(name) => self.option(&name, call.formula(2, "default")),
                None => Formula::Unknown(span),
            },
            // A command line puts nothing into the attributes.
            "attributes.get" => {
                let default = call.get(1, "default").map(|(value, _)| value.clone());
                return default.unwrap_or(Sym::Value(Formula::None));
            }
            _ => Formula::Unknown(span),
        };
        Sym::Value(formula)
    }

    fn set_option(&mut self, name: Option<String>, value: Option<Formula>, span: Span) {
        let value = value.unwrap_or(Formula::Unknown(span));
        if name.as_deref().is_none_or(|name| name == "sqlalchemy.url") {
            self.find(span, FindingKind::Url);
        }
        if let Some(name) = name {
            let value = match value.unknown_part() {
                Some(_) => value,
                None => Formula::Interpolated(value.boxed()),
            };
            self.state.options.insert(name, value);
        }
    }

    fn context(&mut self, name: &str, call: Call<'m>) -> Sym<'m> {
        let span = call.span;
        let formula = match name {
            "is_offline_mode" => Formula::Bool(self.offline),
            "configure" => {
                self.configure(&call);
                Formula::None
            }
            "run_migrations" => {
                for (name, _, at) in &call.keywords {
                    self.find(*at, FindingKind::RunArgument { name: Some(name.clone()) });
                }
                for (_, at) in &call.spread {
                    self.find(*at, FindingKind::RunArgument { name: None });
                }
                if let Some(over) = self.loops.first().copied() {
                    let text = Masked(over.text(self.text).to_owned());
                    self.find(over, FindingKind::Loop { over: text });
                }
                Formula::None
            }
            "execute" => {
                self.executed(&call);
                Formula::None
            }
            "get_x_argument" => {
                let as_dictionary = call.formula(0, "as_dictionary");
                if as_dictionary == Some(Formula::Bool(true)) {
                    return Sym::XArguments;
                }
                self.find(span, FindingKind::XArgument { key: None });
                Formula::Unknown(span)
            }
            "get_tag_argument" => {
                self.find(span, FindingKind::Tag);
                Formula::Unknown(span)
            }
            _ => Formula::Unknown(span),
        };
        Sym::Value(formula)
    }

    fn configure(&mut self, call: &Call<'m>) {
        let mut given: Vec<(String, Sym<'m>, Span)> = Vec::new();
        for (value, at) in &call.spread {
            match value {
                Sym::Dict { items, open } => {
                    given
                        .extend(items.iter().map(|(key, value)| (key.clone(), value.clone(), *at)));
                    if *open {
                        self.find(*at, FindingKind::ArgumentsFromOutside);
                    }
                }
                _ => self.find(*at, FindingKind::ArgumentsFromOutside),
            }
        }
        given.extend(call.keywords.iter().cloned());
        if let Some((connection, at)) = call.positional.first() {
            given.push(("connection".to_owned(), connection.clone(), *at));
        }
        let mut arguments = BTreeMap::new();
        let mut url = None;
        for (name, value, at) in given {
            match (name.as_str(), &value) {
                ("connection", Sym::Engine(of)) => url = Some((of.clone(), at)),
                ("connection", other) => url = Some((Self::to_formula(other, at), at)),
                ("url", other) => url = url.or_else(|| Some((Self::to_formula(other, at), at))),
                _ => {
                    self.find(at, FindingKind::Argument { name: name.clone() });
                    arguments.insert(name, (Self::to_formula(&value, at), at));
                }
            }
        }
        self.state.configures.push(Configure { span: call.span, arguments });
        let Some((formula, at)) = url else { return };
        if !is_ini_url(&formula) {
            self.find(formula.unknown_part().unwrap_or(at), FindingKind::Url);
        }
        self.state.url = match self.state.url.take() {
            // Two databases, one after the other.
            Some((before, _)) if before != formula => Some((Formula::Unknown(at), at)),
            _ => Some((formula, at)),
        };
    }

    /// A statement that the file executes.
    fn executed(&mut self, call: &Call<'m>) {
        let Some((value, at)) = call.get(0, "statement") else { return };
        let sql = match value {
            Sym::Value(formula) => {
                let text = text_of(formula);
                text.or_else(|| match formula {
                    Formula::Joined(parts) => parts.iter().find_map(text_of),
                    _ => None,
                })
            }
            _ => None,
        };
        let shown = sql.clone().unwrap_or_else(|| at.text(self.text).to_owned());
        let topic = topic(&shown);
        self.find(call.span, FindingKind::Statement { sql: sql.map(Masked), topic });
    }
}

/// Parts one after the other; not known as soon as one of them is not.
fn whole(parts: Vec<Formula>) -> Formula {
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

fn topic(sql: &str) -> StatementTopic {
    let sql = sql.to_lowercase();
    let has = |word: &str| sql.contains(word);
    if has("search_path") {
        StatementTopic::SearchPath
    } else if has("create schema") || has("createschema") {
        StatementTopic::CreateSchema
    } else if has("advisory") || has("get_lock") {
        StatementTopic::AdvisoryLock
    } else if has("lock_timeout") || has("statement_timeout") {
        StatementTopic::Timeout
    } else if has("pragma") {
        StatementTopic::Pragma
    } else {
        StatementTopic::Other
    }
}
