//! `match`.

use crate::python::CompareOp;
use crate::python::ExprKind;
use crate::python::Pattern;

use super::error::Result;
use super::frame::Frame;
use super::interpreter::Interpreter;
use super::value::Value;

impl Interpreter {
    /// Whether a pattern matches; binds its names as it goes.
    pub(super) fn matches(
        &mut self,
        frame: &Frame,
        pattern: &Pattern,
        subject: &Value,
    ) -> Result<bool> {
        self.step()?;
        match pattern {
            Pattern::Value(expr) => {
                let value = self.eval(frame, expr)?;
                let result = self.compare(CompareOp::Eq, subject, &value)?;
                self.truth(&result)
            }
            Pattern::Singleton(expr) => Ok(match &expr.kind {
                ExprKind::Bool(value) => matches!(subject, Value::Bool(other) if other == value),
                _ => subject.is_none(),
            }),
            Pattern::As { pattern, name } => {
                if let Some(pattern) = pattern
                    && !self.nested(|interp| interp.matches(frame, pattern, subject))?
                {
                    return Ok(false);
                }
                if let Some(name) = name {
                    self.store(frame, name, subject.clone())?;
                }
                Ok(true)
            }
            Pattern::Or(patterns) => {
                for pattern in patterns {
                    if self.nested(|interp| interp.matches(frame, pattern, subject))? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Pattern::Sequence(patterns) => {
                let items = match subject.plain() {
                    Value::List(list) => list.to_vec(),
                    Value::Tuple(tuple) => tuple.to_vec(),
                    other if other.downcast::<super::range::Range>().is_some() => {
                        self.items(&other)?
                    }
                    _ => return Ok(false),
                };
                self.nested(|interp| interp.matches_sequence(frame, patterns, &items))
            }
            Pattern::Star(_) => Err(self.unsupported("a star pattern here")),
            Pattern::Mapping { items, rest } => {
                let Value::Dict(dict) = subject.plain() else { return Ok(false) };
                let mut used = Vec::new();
                for (key, pattern) in items {
                    let key = self.eval(frame, key)?;
                    let Some(value) = self.dict_get(&dict, &key)? else { return Ok(false) };
                    if !self.nested(|interp| interp.matches(frame, pattern, &value))? {
                        return Ok(false);
                    }
                    used.push(key);
                }
                if let Some(rest) = rest {
                    let others = super::containers::Dict::default();
                    for (key, value) in dict.entries() {
                        self.dict_set(&others, key, value)?;
                    }
                    for key in &used {
                        self.dict_remove(&others, key)?;
                    }
                    self.store(frame, rest, Value::Dict(std::rc::Rc::new(others)))?;
                }
                Ok(true)
            }
            Pattern::Class { class, positional, keywords } => {
                let class = self.eval(frame, class)?;
                if !matches!(class, Value::Class(_)) {
                    return self.type_error("called match pattern must be a class");
                }
                if !self.is_instance(subject, &class)? {
                    return Ok(false);
                }
                self.nested(|interp| {
                    interp.matches_parts(frame, &class, positional, keywords, subject)
                })
            }
        }
    }

    fn matches_sequence(
        &mut self,
        frame: &Frame,
        patterns: &[Pattern],
        items: &[Value],
    ) -> Result<bool> {
        let is_star = |pattern: &Pattern| matches!(pattern, Pattern::Star(_));
        let Some(star) = patterns.iter().position(is_star) else {
            if patterns.len() != items.len() {
                return Ok(false);
            }
            for (pattern, item) in patterns.iter().zip(items) {
                if !self.matches(frame, pattern, item)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        };
        if items.len() < patterns.len() - 1 {
            return Ok(false);
        }
        let after = patterns.len() - star - 1;
        let (head, rest) = items.split_at(star);
        let (middle, tail) = rest.split_at(rest.len() - after);
        for (pattern, item) in patterns.iter().zip(head) {
            if !self.matches(frame, pattern, item)? {
                return Ok(false);
            }
        }
        for (pattern, item) in patterns.iter().skip(star + 1).zip(tail) {
            if !self.matches(frame, pattern, item)? {
                return Ok(false);
            }
        }
        if let Some(Pattern::Star(Some(name))) = patterns.get(star) {
            self.store(frame, name, Value::list(middle.to_vec()))?;
        }
        Ok(true)
    }

    fn matches_parts(
        &mut self,
        frame: &Frame,
        class: &Value,
        positional: &[Pattern],
        keywords: &[(String, Pattern)],
        subject: &Value,
    ) -> Result<bool> {
        if !positional.is_empty() {
            let names = match self.find_attribute(class, "__match_args__")? {
                Some(names) => self.items(&names)?,
                None => Vec::new(),
            };
            let itself = names.is_empty() && positional.len() == 1 && self.matches_itself(class);
            if itself {
                for pattern in positional {
                    if !self.matches(frame, pattern, subject)? {
                        return Ok(false);
                    }
                }
            } else if positional.len() > names.len() {
                let (given, accepted) = (positional.len(), names.len());
                let s = if accepted == 1 { "" } else { "s" };
                let Value::Class(class) = class else { return Ok(false) };
                return self.type_error(format!(
                    "{}() accepts {accepted} positional sub-pattern{s} ({given} given)",
                    class.name
                ));
            }
            for (pattern, name) in positional.iter().zip(&names) {
                let Some(name) = name.as_text() else {
                    return self.type_error("__match_args__ elements must be strings");
                };
                let Some(value) = self.find_attribute(subject, &name)? else {
                    return Ok(false);
                };
                if !self.matches(frame, pattern, &value)? {
                    return Ok(false);
                }
            }
        }
        for (name, pattern) in keywords {
            let Some(value) = self.find_attribute(subject, name)? else { return Ok(false) };
            if !self.matches(frame, pattern, &value)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether `Class(pattern)` matches the object itself: some built-in classes.
    fn matches_itself(&self, class: &Value) -> bool {
        let Value::Class(class) = class else { return false };
        let types = &self.types;
        let own = [
            &types.bool,
            &types.bytes,
            &types.dict,
            &types.float,
            &types.frozenset,
            &types.int,
            &types.list,
            &types.set,
            &types.str,
            &types.tuple,
        ];
        own.iter().any(|own| class.is_subclass(own))
    }
}
