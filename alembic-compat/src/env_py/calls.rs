//! Calls in `env.py` of the file's own functions and of methods.

use super::FindingKind;
use super::expression::text_of;
use super::expression::whole;
use super::formula::Formula;
use super::formula::MAX_BYTES;
use super::formula::Place;
use super::state::Sym;
use super::walk::Walker;
use crate::python::Argument;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::Span;
/// The arguments of a call, evaluated.
pub(super) struct Call<'m> {
    pub(super) positional: Vec<(Sym<'m>, Span)>,
    pub(super) keywords: Vec<(String, Sym<'m>, Span)>,
    /// What stands behind `**`.
    pub(super) spread: Vec<(Sym<'m>, Span)>,
    pub(super) span: Span,
}

impl<'m> Call<'m> {
    /// The argument at a position, or by its name.
    pub(super) fn get(&self, position: usize, name: &str) -> Option<(&Sym<'m>, Span)> {
        let by_position = self.positional.get(position).map(|(value, span)| (value, *span));
        by_position.or_else(|| self.keyword(name))
    }

    pub(super) fn formula(&self, position: usize, name: &str) -> Option<Formula> {
        self.get(position, name).map(|(value, span)| Walker::to_formula(value, span))
    }

    pub(super) fn text(&self, position: usize, name: &str) -> Option<String> {
        self.formula(position, name).as_ref().and_then(text_of)
    }

    pub(super) fn keyword(&self, name: &str) -> Option<(&Sym<'m>, Span)> {
        self.keywords.iter().find(|(own, ..)| own == name).map(|(_, value, span)| (value, *span))
    }
}

impl<'m> Walker<'m> {
    pub(super) fn call(
        &mut self,
        function: &'m Expr,
        arguments: &'m [Argument],
        span: Span,
    ) -> Sym<'m> {
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
                self.known(&format!("{path}.{name}"), &call)
            }
            (Some((symbol, base, name)), _) => self.method(symbol, base, name, call),
            (None, Some(Sym::Known(path))) => self.known(&path, &call),
            (None, Some(symbol)) => self.invoke(&symbol, call.positional, call.keywords, span),
            (None, None) => Sym::Value(Formula::Unknown(span)),
        }
    }

    /// Calls a function or lambda of the file.
    pub(super) fn invoke(
        &mut self,
        symbol: &Sym<'m>,
        positional: Vec<(Sym<'m>, Span)>,
        keywords: Vec<(String, Sym<'m>, Span)>,
        span: Span,
    ) -> Sym<'m> {
        let positional: Vec<Sym<'m>> = positional.into_iter().map(|(value, _)| value).collect();
        let keywords: Vec<_> = keywords.into_iter().map(|(name, value, _)| (name, value)).collect();
        match symbol {
            Sym::Function(function) => self.follow(function, positional, &keywords, span),
            Sym::Lambda(Expr { kind: ExprKind::Lambda { parameters, body }, .. }) => {
                let names = parameters.iter().map(|parameter| parameter.name.clone());
                let scope = names.zip(positional).collect();
                let value = self.inside(scope, span, |walker| walker.eval(body));
                value.unwrap_or(Sym::Value(Formula::Unknown(span)))
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
            (Sym::Engine(..), "connect" | "begin" | "execution_options" | "engine") => {
                if call.keyword("schema_translate_map").is_some() {
                    self.find(span, FindingKind::SchemaTranslateMap);
                }
                symbol
            }
            (Sym::Value(Formula::Unknown(at)), "connect" | "begin" | "execution_options") => {
                if call.keyword("schema_translate_map").is_some() {
                    self.find(span, FindingKind::SchemaTranslateMap);
                }
                Sym::Engine(Formula::Unknown(*at), Place(span))
            }
            (_, "execute" | "exec_driver_sql" | "scalar") => {
                self.executed(&call);
                Sym::Value(Formula::Unknown(span))
            }
            (Sym::List(_), "append" | "extend" | "insert" | "remove" | "pop" | "sort") => {
                self.replace(base, Sym::Value(Formula::Unknown(span)));
                Sym::Value(Formula::Unknown(span))
            }
            (Sym::Dict { items, .. }, "pop" | "popitem" | "clear") => {
                let items = items.clone();
                self.replace(base, Sym::Dict { items, open: true });
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
                self.known(path, &Call { positional, keywords, spread: Vec::new(), span })
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
        let mut bytes = 0;
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
            let value = value.map(|(value, at)| Self::to_formula(value, at));
            let value = value.unwrap_or(Formula::Unknown(call.span));
            bytes += value.bytes();
            if bytes > MAX_BYTES {
                return Formula::Unknown(call.span);
            }
            out.push(value);
            rest = after;
        }
        out.push(Formula::Text(rest.to_owned()));
        whole(out)
    }
}
