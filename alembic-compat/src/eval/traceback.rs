//! Errors as plain data, and tracebacks as Python prints them.

use std::fmt::Write as _;
use std::rc::Rc;

use crate::python::position;

use super::class::Instance;
use super::error::Error;
use super::error::Failure;
use super::error::Place;
use super::interpreter::Interpreter;
use super::value::Value;

/// How many exceptions a chain shows.
const LONGEST_CHAIN: usize = 20;

impl Interpreter {
    /// An error as plain data.
    pub fn report(&mut self, error: &Error) -> Failure {
        match error {
            Error::Unsupported(failed) => Failure::Unsupported(failed.clone()),
            Error::Limit(reached) => Failure::Limit(reached.clone()),
            Error::Host(failed) => Failure::Host(failed.to_string()),
            Error::Raised(exception) => {
                let class = exception.class().name.to_string();
                let message = self.message(exception);
                let summary = summary(exception, &message);
                let mut traceback = String::new();
                self.write_chain(exception, &mut traceback);
                let places = exception.exception.as_ref().map(|state| {
                    let entries = state.borrow().traceback.clone();
                    entries
                        .iter()
                        .rev()
                        .map(|entry| Place::new(&entry.module, entry.span))
                        .collect()
                });
                Failure::Raised {
                    class,
                    message,
                    summary,
                    traceback,
                    places: places.unwrap_or_default(),
                }
            }
        }
    }

    /// `str(exception)`, or what Python shows when that fails.
    fn message(&mut self, exception: &Rc<Instance>) -> String {
        let value = Value::Instance(Rc::clone(exception));
        match self.str(&value) {
            Ok(text) => text.to_string(),
            Err(_) => "<exception str() failed>".to_owned(),
        }
    }

    /// The exceptions that led to this one, first things first, and then itself.
    fn write_chain(&mut self, exception: &Rc<Instance>, out: &mut String) {
        let mut chain: Vec<(Rc<Instance>, &str)> = Vec::new();
        let mut current = Rc::clone(exception);
        while chain.len() < LONGEST_CHAIN {
            let before = current.exception.as_ref().and_then(|state| {
                let state = state.borrow();
                match (&state.cause, &state.context) {
                    (Some(Value::Instance(cause)), _) => Some((
                        Rc::clone(cause),
                        "The above exception was the direct cause of the following exception:",
                    )),
                    (None, Some(Value::Instance(context))) if !state.suppress_context => Some((
                        Rc::clone(context),
                        "During handling of the above exception, another exception occurred:",
                    )),
                    _ => None,
                }
            });
            let Some((before, words)) = before else { break };
            if Rc::ptr_eq(&before, exception)
                || chain.iter().any(|(other, _)| Rc::ptr_eq(other, &before))
            {
                break;
            }
            chain.push((Rc::clone(&before), words));
            current = before;
        }
        for (exception, words) in chain.iter().rev() {
            self.write_one(exception, out);
            write!(out, "\n{words}\n\n").unwrap_or_default();
        }
        self.write_one(exception, out);
    }

    fn write_one(&mut self, exception: &Rc<Instance>, out: &mut String) {
        let entries = exception.exception.as_ref().map(|state| state.borrow().traceback.clone());
        let entries = entries.unwrap_or_default();
        if !entries.is_empty() {
            out.push_str("Traceback (most recent call last):\n");
        }
        for entry in entries.iter().rev() {
            let position = position(&entry.module.source, entry.span.offset());
            writeln!(
                out,
                "  File \"{}\", line {}, in {}",
                entry.module.file, position.line, entry.function
            )
            .unwrap_or_default();
            let line = position.source_line.trim();
            if !line.is_empty() {
                writeln!(out, "    {line}").unwrap_or_default();
            }
        }
        let message = self.message(exception);
        out.push_str(&summary(exception, &message));
        out.push('\n');
    }
}

/// The last line of a traceback.
fn summary(exception: &Instance, message: &str) -> String {
    let class = exception.class();
    let name = if class.module == "builtins" || class.module == "__main__" {
        class.qualified.to_string()
    } else {
        format!("{}.{}", class.module, class.qualified)
    };
    if message.is_empty() { name } else { format!("{name}: {message}") }
}
