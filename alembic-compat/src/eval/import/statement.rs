//! `import` and `from … import`.

use std::rc::Rc;

use crate::eval::deferred::Deferred;
use crate::eval::error::Error;
use crate::eval::error::Result;
use crate::eval::frame::Frame;
use crate::eval::frame::FrameKind;
use crate::eval::interpreter::Interpreter;
use crate::eval::module::Module;
use crate::eval::text::Text;
use crate::eval::value::Value;
use crate::python::ImportedName;

use super::package_of;
use super::parent;

impl Interpreter {
    pub(in crate::eval) fn import(&mut self, frame: &Frame, names: &[ImportedName]) -> Result<()> {
        for name in names {
            self.mark(name.span);
            let bound = name.bound();
            let wanted = if name.alias.is_some() { &*name.name } else { bound };
            let value = if self.waits(frame, &name.name) {
                let module = self.intern(wanted);
                // `import a.b` makes `b` an attribute of `a`.
                let announced =
                    if wanted == name.name { Ok(()) } else { self.announce(&name.name) };
                match announced {
                    Ok(()) => Value::Deferred(Rc::new(Deferred::Import { module, name: None })),
                    Err(error) => Self::or_deferred(frame, error)?,
                }
            } else {
                match self.import_now(&name.name).and_then(|()| self.guarded(frame, &name.name)) {
                    Ok(()) => Value::Module(self.load_module(wanted)?),
                    Err(error) => Self::or_deferred(frame, error)?,
                }
            };
            self.store(frame, bound, value)?;
        }
        Ok(())
    }

    /// Where code asks whether an import works, it must be known that it does.
    fn guarded(&mut self, frame: &Frame, name: &str) -> Result<()> {
        let is_asked = frame.import_guards.get() > 0;
        if is_asked { self.check_imports(name) } else { Ok(()) }
    }

    fn import_now(&mut self, name: &str) -> Result<()> {
        for (at, _) in name.match_indices('.') {
            self.load_module(&name[..at])?;
        }
        self.load_module(name).map(drop)
    }

    /// `import a.b` without loading yet: `a.b` is bound in `a` when `a` is there.
    fn announce(&mut self, name: &str) -> Result<()> {
        let mut parents: Vec<&str> = name.match_indices('.').map(|(at, _)| &name[..at]).collect();
        parents.push(name);
        for pair in parents.windows(2) {
            let [package, inside] = pair else { continue };
            let package = self.load_module(package)?;
            let last = inside.rsplit_once('.').map_or(*inside, |(_, last)| last);
            let owned =
                package.lazy.as_ref().is_some_and(|lazy| lazy.plan.owners.contains_key(last));
            let known = owned || package.globals.borrow().get(last).is_some();
            if !known {
                let module = self.intern(inside);
                let deferred = Deferred::Import { module, name: None };
                package.set(last, Value::Deferred(Rc::new(deferred)));
            }
        }
        Ok(())
    }

    /// Whether an import waits until the name is read: not for native modules, which cost nothing
    /// and are there, and not where code asks whether it works.
    fn waits(&self, frame: &Frame, module: &str) -> bool {
        frame.tries.get() == 0
            && !self.modules.contains_key(module)
            && !self.loaders.contains_key(module)
    }

    /// An import that is not supported outside of `try` fails when its name is read.
    fn or_deferred(frame: &Frame, error: Box<Error>) -> Result<Value> {
        match &*error {
            Error::Unsupported(failed) if frame.tries.get() == 0 => {
                Ok(Value::Deferred(Rc::new(Deferred::Failed(failed.clone()))))
            }
            _ => Err(error),
        }
    }

    pub(in crate::eval) fn import_from(
        &mut self,
        frame: &Frame,
        level: u32,
        module: Option<&str>,
        names: &[ImportedName],
    ) -> Result<()> {
        if level == 0 && module == Some("__future__") {
            return Ok(());
        }
        let from = self.absolute(frame, level, module)?;
        for name in names {
            self.mark(name.span);
            if name.name == "*" {
                self.import_star(frame, &from)?;
                continue;
            }
            let value = if self.waits(frame, &from) {
                let module = self.intern(&from);
                let wanted = self.intern(&name.name);
                Value::Deferred(Rc::new(Deferred::Import { module, name: Some(wanted) }))
            } else {
                let found = self.load_module(&from).and_then(|found| {
                    self.guarded(frame, &from)?;
                    Ok(found)
                });
                let found = found.and_then(|found| self.imported_name(&found, &name.name));
                let found = found.and_then(|value| {
                    if let Value::Module(module) = &value {
                        self.guarded(frame, &module.name)?;
                    }
                    Ok(value)
                });
                match found {
                    Ok(value) => value,
                    Err(error) => Self::or_deferred(frame, error)?,
                }
            };
            self.store(frame, name.bound(), value)?;
        }
        Ok(())
    }

    fn import_star(&mut self, frame: &Frame, from: &str) -> Result<()> {
        if !matches!(frame.kind, FrameKind::Module) {
            return Err(self.unsupported("'import *' outside of the top level"));
        }
        let module = self.load_module(from)?;
        let all = self.module_attribute(&module, "__all__")?;
        let has_all = all.is_some();
        let names: Vec<Text> = match all {
            Some(all) => self.items(&all)?.iter().filter_map(Value::as_text).collect(),
            None => {
                if let Some(lazy) = &module.lazy
                    && let Some(part) = lazy.plan.star
                {
                    self.run_part(&module, lazy, part)?;
                    if let Some(failed) = lazy.star_failed.borrow().clone() {
                        return Err(Box::new(Error::Unsupported(failed)));
                    }
                }
                let globals = module.globals.borrow();
                let owned = module.lazy.iter().flat_map(|lazy| lazy.plan.owners.keys());
                let names = globals.iter().map(|(name, _)| name.clone());
                let names = names.chain(owned.map(|name| Text::from(name.as_str())));
                names.filter(|name| !name.starts_with('_')).collect()
            }
        };
        let open_star = match module.tree {
            None => Some(module.name.clone()),
            Some(_) if has_all => None,
            Some(_) => module.open_star.borrow().clone(),
        };
        if open_star.is_some() {
            *frame.module.open_star.borrow_mut() = open_star;
        }
        let own = frame.module.lazy.as_ref().map(|lazy| &lazy.plan);
        for name in names {
            // What the file binds behind the `import *` has been bound by need already, or will be.
            if own.is_some_and(|plan| {
                plan.owners.get(&*name).is_some_and(|part| Some(*part) != plan.star)
            }) {
                continue;
            }
            let value = match module.globals.borrow().get(&name) {
                Some(value) => value.clone(),
                None => Value::Deferred(Rc::new(Deferred::Import {
                    module: module.name.clone(),
                    name: Some(name.clone()),
                })),
            };
            self.store(frame, &name, value)?;
        }
        Ok(())
    }

    pub(super) fn imported_name(&mut self, module: &Rc<Module>, name: &str) -> Result<Value> {
        if let Some(value) = self.module_attribute(module, name)? {
            return Ok(value);
        }
        if module.is_package || self.loaders.keys().any(|key| parent(key) == &*module.name) {
            let full = format!("{}.{name}", module.name);
            match self.load_module(&full) {
                Ok(found) => return Ok(Value::Module(found)),
                Err(error) if self.is_raised(&error, "ModuleNotFoundError") => {}
                Err(error) if module.tree.is_some() => return Err(error),
                Err(_) => {}
            }
        }
        if module.tree.is_none() {
            return Err(self.unsupported(format!("'{name}' of the module '{}'", module.name)));
        }
        let message =
            format!("cannot import name '{name}' from '{}' ({})", module.name, module.file);
        self.raise("ImportError", message)
    }

    fn absolute(&mut self, frame: &Frame, level: u32, module: Option<&str>) -> Result<String> {
        if level == 0 {
            return Ok(module.unwrap_or_default().to_owned());
        }
        let package = package_of(&frame.module, level);
        if package.is_empty() {
            return self
                .raise("ImportError", "attempted relative import with no known parent package");
        }
        Ok(match module {
            Some(module) => format!("{package}.{module}"),
            None => package.to_owned(),
        })
    }
}
