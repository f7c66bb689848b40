//! The walk through the imports of functions.

use crate::eval::Error;
use crate::eval::Value;
use crate::preflight::PythonNeeded;
use crate::python::ImportedName;
use crate::python::Span;

use super::Known;
use super::Walker;

impl Walker<'_> {
    pub(super) fn import(&mut self, names: &[ImportedName]) {
        for name in names {
            let found = self.interp.load_module(&name.name);
            let known = match found {
                Ok(module) if name.alias.is_some() || name.bound() == name.name => {
                    Known::Value(Value::Module(module))
                }
                Ok(_) => match self.interp.load_module(name.bound()) {
                    Ok(module) => Known::Value(Value::Module(module)),
                    Err(_) => Known::Nothing,
                },
                Err(error) => self.failed(name.span, &error),
            };
            self.bind(name.bound(), known);
        }
    }

    pub(super) fn import_from(&mut self, level: u32, module: Option<&str>, names: &[ImportedName]) {
        if level == 0 && module == Some("__future__") {
            return;
        }
        for name in names {
            if name.name == "*" {
                self.find(name.span, "'import *' outside of the top level");
                continue;
            }
            let found = match (level, module) {
                (0, Some(module)) => self.interp.load_module(module).and_then(|module| {
                    self.interp.find_attribute(&Value::Module(module), &name.name)
                }),
                // A relative import in a revision is none of a package.
                _ => Ok(None),
            };
            let known = match found {
                Ok(Some(value)) => {
                    self.reach(&value);
                    Known::Value(value)
                }
                Ok(None) => match module.filter(|_| level == 0) {
                    Some(module) => {
                        match self.interp.load_module(&format!("{module}.{}", name.name)) {
                            Ok(found) => Known::Value(Value::Module(found)),
                            Err(error) => self.failed(name.span, &error),
                        }
                    }
                    None => Known::Nothing,
                },
                Err(error) => self.failed(name.span, &error),
            };
            self.bind(name.bound(), known);
        }
    }

    /// An import that fails when its name is read.
    fn failed(&self, span: Span, error: &Error) -> Known {
        match error {
            Error::Unsupported(failed) => Known::Failed(PythonNeeded {
                place: self.module.place(span),
                construct: failed.what.clone(),
            }),
            _ => Known::Nothing,
        }
    }
}
