//! What the text of a statement at the top of a project's module tells: which names it binds, which
//! it reads, and which it may change.

mod builtin;
mod collector;
mod path;
mod shape;

use std::collections::BTreeSet;

use crate::python::ExprKind;
use crate::python::Stmt;
use crate::python::StmtKind;

pub(crate) use self::builtin::CHANGING;
use self::collector::collect;
pub(super) use self::shape::binds_only;
pub(super) use self::shape::is_type_checking;
use self::shape::never_runs;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Import,
    Star,
    Function,
    /// A class, an assignment, or a block of bindings.
    Binding,
    /// Anything else, which may change what it mentions.
    Effect,
}

/// What is known of a statement from its text.
pub(super) struct Facts<'t> {
    pub(super) at: usize,
    pub(super) kind: Kind,
    pub(super) binds: BTreeSet<&'t str>,
    /// What it reads when it runs.
    pub(super) reads: BTreeSet<&'t str>,
    /// What functions in it read when they are called.
    pub(super) later: BTreeSet<&'t str>,
    /// Names of which an attribute or item is set, or which are set anew. The name of a class is
    /// one of them when its methods change what belongs to the class.
    pub(super) sets: BTreeSet<&'t str>,
    /// Methods of the class that it is which change what belongs to the class, where somebody calls
    /// them.
    pub(super) set_by: BTreeSet<&'t str>,
    /// Attributes of whatever it is.
    pub(super) attributes: BTreeSet<&'t str>,
    /// Names that a call may change: what has the method, what decorates, and the arguments.
    pub(super) handed: BTreeSet<&'t str>,
    /// Names that calls in its functions may change.
    pub(super) handed_later: BTreeSet<&'t str>,
    /// Names that are looked through to their end, which uses up an iterator, or called.
    pub(super) used_up: BTreeSet<&'t str>,
    /// Whether it binds names to something that cannot be an iterator.
    pub(super) is_display: bool,
    /// Whether it is a class that runs code when another is derived from it.
    pub(super) tells: bool,
    /// The names that the bases of a class mention.
    pub(super) bases: BTreeSet<&'t str>,
    /// Whether it deals with the environment.
    pub(super) environment: bool,
    /// What it does with the names of the module when it runs.
    pub(super) names: Names,
    /// What functions in it do with them when they are called.
    pub(super) names_later: Names,
}

/// What is done with the names of a module as a whole, by `globals()` and the like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Names {
    #[default]
    Nothing,
    Read,
    Changed,
}

/// The facts of a statement; none for those that do nothing here. `types` are the names of types,
/// and of modules that have them.
pub(super) fn facts<'t>(at: usize, stmt: &'t Stmt, types: &BTreeSet<&str>) -> Option<Facts<'t>> {
    let kind = match &stmt.kind {
        StmtKind::Pass | StmtKind::AnnAssign { value: None, .. } => return None,
        StmtKind::Expr(expr) if matches!(expr.kind, ExprKind::Str(_)) => return None,
        _ if never_runs(stmt) => return None,
        StmtKind::ImportFrom { names, .. } if names.iter().any(|name| name.name == "*") => {
            Kind::Star
        }
        StmtKind::Import(_) | StmtKind::ImportFrom { .. } => Kind::Import,
        StmtKind::FunctionDef(_) => Kind::Function,
        StmtKind::ClassDef(_) | StmtKind::TypeAlias(_) => Kind::Binding,
        _ if binds_only(stmt) => Kind::Binding,
        _ => Kind::Effect,
    };
    Some(collect(at, stmt, kind, types))
}
