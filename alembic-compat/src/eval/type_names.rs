//! The types that a module of a project imports: what they are made of is not changed by them.

use std::collections::BTreeSet;

use crate::python::Stmt;
use crate::python::StmtKind;

use super::scope::bound_names;

/// The names of types of SQLAlchemy and of packages of types, and of modules that have them, where
/// nothing else binds these names.
pub(super) fn types_of(body: &[Stmt]) -> BTreeSet<&str> {
    let is_of_types = |module: &str| {
        let package = module.split('.').next().unwrap_or(module);
        package == "sqlalchemy" || package == "sqlalchemy_utils"
    };
    let mut types = BTreeSet::new();
    let mut others = BTreeSet::new();
    for stmt in body {
        match &stmt.kind {
            StmtKind::Import(names) => {
                for name in names {
                    let set = if is_of_types(&name.name) { &mut types } else { &mut others };
                    set.insert(name.bound());
                }
            }
            StmtKind::ImportFrom { level: 0, module: Some(module), names }
                if is_of_types(module) =>
            {
                for name in names {
                    // A module among them has a name in small letters.
                    let is_module = name.name.starts_with(|c: char| c.is_ascii_lowercase());
                    let set =
                        if is_module || is_type(&name.name) { &mut types } else { &mut others };
                    set.insert(name.bound());
                }
            }
            _ => others.extend(bound_names(std::slice::from_ref(stmt))),
        }
    }
    types.retain(|name| !others.contains(name));
    types
}

/// Whether a class of such a package is a type that keeps what it is made of as it is.
pub(super) fn is_type(name: &str) -> bool {
    name.ends_with("Type") || matches!(name, "Enum" | "ENUM")
}
