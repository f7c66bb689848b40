//! Modules: loading files, and `import`.
//!
//! A file whose statements cannot all be run is loaded as far as possible: a name whose statement
//! failed carries the error, which is raised when the name is read. Imports of the project's own
//! modules wait until a name is read as well, except inside `try`, where code asks whether they
//! work.

mod failure;
mod file;
mod need;
mod statement;

use std::rc::Rc;

use crate::python::StmtKind;

use super::error::Result;
use super::host::ModuleSource;
use super::interpreter::Interpreter;
use super::lazy::Skip;
use super::module::Module;
use super::value::Value;
pub(super) use failure::mentioned_names;

impl Interpreter {
    /// A module by its dotted name.
    ///
    /// # Errors
    /// `ModuleNotFoundError` for one that the project lacks, an unsupported one for one that nobody
    /// knows, and what loading raises.
    pub fn load_module(&mut self, name: &str) -> Result<Rc<Module>> {
        if let Some(module) = self.modules.get(name) {
            return Ok(Rc::clone(module));
        }
        self.nested(|interp| interp.load_missing(name))
    }

    fn load_missing(&mut self, name: &str) -> Result<Rc<Module>> {
        if let Some(loader) = self.loaders.get(name).cloned() {
            // The loader of a package may load its modules.
            let package = parent(name);
            if !package.is_empty() && !self.loading.iter().any(|other| other == package) {
                self.load_module(package)?;
                // That may have loaded this one.
                if let Some(module) = self.modules.get(name) {
                    return Ok(Rc::clone(module));
                }
            }
            if self.loading.iter().any(|other| other == name) {
                return Err(self.unsupported(format!("the module '{name}' inside of itself")));
            }
            self.loading.push(name.to_owned());
            let loaded = loader(self);
            self.loading.pop();
            let module = loaded?;
            self.modules.insert(name.to_owned(), Rc::clone(&module));
            self.attach(name, &module);
            let inside: Vec<(String, Rc<Module>)> = self
                .modules
                .iter()
                .filter(|(other, _)| parent(other) == name)
                .map(|(other, module)| (other.clone(), Rc::clone(module)))
                .collect();
            for (other, module) in inside {
                self.attach(&other, &module);
            }
            return Ok(module);
        }
        match self.host.module_source(name)? {
            ModuleSource::File { path, text, is_package } => {
                if !parent(name).is_empty() {
                    self.load_module(parent(name))?;
                }
                // The package may have imported it.
                if let Some(module) = self.modules.get(name) {
                    return Ok(Rc::clone(module));
                }
                let module =
                    self.parse_module(name, &path, &text, is_package, Some(Skip::Nothing))?;
                self.modules.insert(name.to_owned(), Rc::clone(&module));
                self.attach(name, &module);
                if let Some(lazy) = &module.lazy {
                    for part in &lazy.plan.at_load {
                        self.run_part(&module, lazy, *part)?;
                    }
                }
                Ok(module)
            }
            ModuleSource::Namespace => {
                let module = Rc::new(Module { is_package: true, ..Module::native(name) });
                self.modules.insert(name.to_owned(), Rc::clone(&module));
                self.attach(name, &module);
                Ok(module)
            }
            ModuleSource::Undecodable { path, error } => {
                self.raise("SyntaxError", format!("{path}, {error}"))
            }
            ModuleSource::Missing => {
                self.raise("ModuleNotFoundError", format!("No module named '{name}'"))
            }
            ModuleSource::Unknown => Err(self.unsupported(format!("the module '{name}'"))),
        }
    }

    /// Binds a module in its package.
    fn attach(&self, name: &str, module: &Rc<Module>) {
        let Some((package, last)) = name.rsplit_once('.') else { return };
        if let Some(package) = self.modules.get(package) {
            if let Some(lazy) = &package.lazy
                && let Some(part) = lazy.plan.owners.get(last)
            {
                // `from .name import name` in the package binds the name after the module is there.
                if imports_from(package, &lazy.plan.parts[*part], last) {
                    return;
                }
                lazy.begin(*part);
            }
            package.set(last, Value::Module(Rc::clone(module)));
        }
    }
}

/// The package that a relative import with so many dots counts from; empty behind the outermost.
pub(super) fn package_of(module: &Module, level: u32) -> &str {
    let own = module.name.as_str();
    let mut package = if module.is_package { own } else { parent(own) };
    for _ in 1..level {
        package = parent(package);
    }
    package
}

/// What is in front of the last dot.
fn parent(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(parent, _)| parent)
}

/// Whether some of these statements are `from .name import …`, in any spelling of the module.
fn imports_from(package: &Module, statements: &[usize], name: &str) -> bool {
    let body = package.tree.as_ref().map(|tree| &*tree.body).unwrap_or_default();
    statements.iter().filter_map(|at| body.get(*at)).any(|stmt| {
        matches!(&stmt.kind, StmtKind::ImportFrom { module: Some(module), .. }
            if module.rsplit('.').next() == Some(name))
    })
}
