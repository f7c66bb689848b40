//! Whether Python could import a module of the project.
//!
//! Of such a module only what is needed runs here, so that its imports of unknown packages are
//! never tried. Where code asks by `try: import …` whether the import works, they decide.

use std::rc::Rc;

use crate::python;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Handler;
use crate::python::ImportedName;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;

use super::error::Result;
use super::facts::is_type_checking;
use super::host::ModuleSource;
use super::import::package_of;
use super::interpreter::Interpreter;
use super::module::Module;

/// Whether a handler may see that an import does not work.
pub(super) fn catches_import_error(handler: &Handler) -> bool {
    fn may(exception: &Expr) -> bool {
        match &exception.kind {
            ExprKind::Name(name) => matches!(
                name.as_str(),
                "ImportError" | "ModuleNotFoundError" | "Exception" | "BaseException"
            ),
            ExprKind::Tuple(several) => several.iter().any(may),
            ExprKind::Attribute { name, .. } => name.ends_with("ImportError"),
            _ => true,
        }
    }
    handler.exception.as_ref().is_none_or(may)
}

impl Interpreter {
    /// Checks that everything that a module of the project imports when it is loaded is known.
    ///
    /// # Errors
    /// Something that is not known is not supported.
    pub(super) fn check_imports(&mut self, name: &str) -> Result<()> {
        let mut waiting: Vec<Wanted> = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        with_parents(name, &mut waiting);
        while let Some(Wanted { name, is_sure }) = waiting.pop() {
            self.charge(1)?;
            if seen.contains(&name) || self.has_native_module(&name) {
                continue;
            }
            seen.push(name.clone());
            let module = match self.host.module_source(&name)? {
                ModuleSource::File { .. } | ModuleSource::Undecodable { .. } => {
                    self.load_module(&name)?
                }
                ModuleSource::Namespace => continue,
                ModuleSource::Missing | ModuleSource::Unknown if !is_sure => continue,
                ModuleSource::Missing | ModuleSource::Unknown => {
                    return Err(self.unsupported(format!("a guarded import that needs '{name}'")));
                }
            };
            waiting.extend(imports_at_load(&module));
        }
        Ok(())
    }
}

/// A module that is imported.
struct Wanted {
    name: String,
    /// Whether it is one: what stands behind `from … import` may be a name in a module.
    is_sure: bool,
}

impl Wanted {
    fn sure(name: &str) -> Self {
        Self { name: name.to_owned(), is_sure: true }
    }
}

/// A module and the packages that it is in, which are loaded before it.
fn with_parents(name: &str, into: &mut Vec<Wanted>) {
    into.extend(name.match_indices('.').map(|(at, _)| Wanted::sure(&name[..at])));
    into.push(Wanted::sure(name));
}

/// The modules that a file imports when it is loaded, and not in a `try`.
fn imports_at_load(module: &Rc<Module>) -> Vec<Wanted> {
    let Some(tree) = module.tree.clone() else { return Vec::new() };
    let mut imports = Imports { module, found: Vec::new() };
    python::walk_stmts(&tree.body, &mut imports);
    imports.found
}

struct Imports<'m> {
    module: &'m Module,
    found: Vec<Wanted>,
}

impl Imports<'_> {
    fn found_from(&mut self, module: &str, names: &[ImportedName]) {
        if module == "__future__" {
            return;
        }
        with_parents(module, &mut self.found);
        for name in names.iter().filter(|name| name.name != "*") {
            let name = format!("{module}.{}", name.name);
            self.found.push(Wanted { name, is_sure: false });
        }
    }
}

impl<'t> Visitor<'t> for Imports<'_> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Import(names) => {
                for name in names {
                    with_parents(&name.name, &mut self.found);
                }
            }
            StmtKind::ImportFrom { level: 0, module: Some(module), names } => {
                self.found_from(module, names);
            }
            StmtKind::ImportFrom { level, module, names } => {
                let package = package_of(self.module, *level);
                let full = match module {
                    Some(module) => format!("{package}.{module}"),
                    None => package.to_owned(),
                };
                self.found_from(&full, names);
            }
            StmtKind::Try { handlers, .. } if handlers.iter().any(catches_import_error) => {
                return false;
            }
            StmtKind::If { branches, .. } => {
                let is_typing = branches.first().is_some_and(|(test, _)| is_type_checking(test));
                return !is_typing;
            }
            _ => {}
        }
        true
    }

    fn expr(&mut self, _: &'t Expr) -> bool {
        false
    }

    fn function_body(&mut self, _: &'t FunctionDef) -> bool {
        false
    }
}
