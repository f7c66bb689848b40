//! What is known behind a condition, when both of its sides were walked.

use super::formula::Formula;
use super::state::State;
use super::state::Sym;
use super::state::joined;
use super::walk::Flow;
use super::walk::Walker;
use crate::python::Expr;
use crate::python::Span;
use crate::python::Stmt;
use std::collections::BTreeMap;

impl<'m> Walker<'m> {
    pub(super) fn branches(
        &mut self,
        branches: &'m [(Expr, Vec<Stmt>)],
        orelse: &'m [Stmt],
        rest: Option<&'m [Stmt]>,
        span: Span,
    ) -> Flow<'m> {
        let Some(((test, body), others)) = branches.split_first() else {
            return self.side(orelse, rest);
        };
        let test = self.formula(test);
        match test.truth() {
            Some(true) => self.side(body, rest),
            Some(false) => self.branches(others, orelse, rest, span),
            None if !self.affords(self.state.bytes(), span) => Flow::Next,
            None => {
                let before = self.state.clone();
                let then = self.side(body, rest);
                let after_then = std::mem::replace(&mut self.state, before);
                let other = self.branches(others, orelse, rest, span);
                self.join(&test, (after_then, then), other, span)
            }
        }
    }

    fn side(&mut self, body: &'m [Stmt], rest: Option<&'m [Stmt]>) -> Flow<'m> {
        match (self.block(body), rest) {
            (Flow::Next, Some(rest)) => self.block(rest),
            (flow, _) => flow,
        }
    }

    /// Brings both sides of a condition together; the state is that of the other side.
    fn join(
        &mut self,
        test: &Formula,
        (then_state, then): (State<'m>, Flow<'m>),
        other: Flow<'m>,
        span: Span,
    ) -> Flow<'m> {
        match (then, other) {
            // What raises does not go on: the other side is what there is.
            (Flow::Raise, Flow::Return(Sym::Value(value))) => {
                Flow::Return(Sym::Value(Formula::choice(test, Formula::Raises, value, span)))
            }
            (Flow::Return(Sym::Value(value)), Flow::Raise) => {
                self.state = then_state;
                Flow::Return(Sym::Value(Formula::choice(test, value, Formula::Raises, span)))
            }
            (Flow::Raise, other) => other,
            (then, Flow::Raise) => {
                self.state = then_state;
                then
            }
            (then, other) => {
                self.join_states(test, then_state, span);
                match (then, other) {
                    (Flow::Next, Flow::Next) => Flow::Next,
                    (then, other) => {
                        let value = |flow| match flow {
                            Flow::Return(value) => value,
                            _ => Sym::Value(Formula::None),
                        };
                        Flow::Return(joined(test, value(then), value(other), span))
                    }
                }
            }
        }
    }

    fn join_states(&mut self, test: &Formula, then: State<'m>, span: Span) {
        let size = test.bytes();
        let mut budget = self.budget;
        for (scope, then) in self.state.scopes.iter_mut().zip(then.scopes) {
            for (name, value) in then {
                let joined = match scope.remove(&name) {
                    Some(other) if value == other => value,
                    // The condition is written into each.
                    Some(other) => {
                        let copies = match &value {
                            Sym::Section { own, .. } => own.len() + 1,
                            _ => 1,
                        };
                        let bytes = copies.saturating_mul(size);
                        match budget.checked_sub(bytes) {
                            Some(left) => {
                                budget = left;
                                joined(test, value, other, span)
                            }
                            None => Sym::Value(Formula::Unknown(span)),
                        }
                    }
                    None => value,
                };
                scope.insert(name, joined);
            }
        }
        self.affords(self.budget - budget, span);
        let names: Vec<String> =
            then.options.keys().chain(self.state.options.keys()).cloned().collect();
        for name in names {
            let untouched = Formula::Option { name: name.clone(), default: None };
            let side = |options: &BTreeMap<String, Formula>| {
                options.get(&name).cloned().unwrap_or_else(|| untouched.clone())
            };
            // Whether a side has set the option decides whether it is read as written.
            let value = Formula::choice(test, side(&then.options), side(&self.state.options), span);
            self.state.options.insert(name, value);
        }
        for configure in then.configures {
            if !self.state.configures.contains(&configure) {
                self.add(configure);
            }
        }
        self.state.url = match (then.url, self.state.url.take()) {
            (Some((a, at)), Some((b, _))) => Some((Formula::choice(test, a, b, at), at)),
            (a, b) => a.or(b),
        };
    }
}
