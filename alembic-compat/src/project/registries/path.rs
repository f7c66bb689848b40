//! Expressions of a name and what is taken of it, as dotted paths: `[]` stands for an item, `()` for
//! what a call gives, and a slash leads the name of a module that is taken by its name.

use crate::python::Argument;
use crate::python::Expr;
use crate::python::ExprKind;

/// An item of a collection.
pub(super) const ITEM: &str = "[]";

/// What a call gives.
pub(super) const GIVEN: &str = "()";

/// Methods that give an item of their collection, or a view of its items.
pub(super) const GIVING_ITEMS: [&str; 7] =
    ["__getitem__", "get", "items", "pop", "popitem", "setdefault", "values"];

/// Functions whose items are those of what they are given.
const SAME_ITEMS: [&str; 10] = [
    "enumerate",
    "filter",
    "frozenset",
    "iter",
    "list",
    "reversed",
    "set",
    "sorted",
    "tuple",
    "zip",
];

/// Functions that make another of a function.
const WRAPPING: [&str; 3] = ["classmethod", "partial", "staticmethod"];

/// The path of an expression, if it begins with a name.
pub(super) fn path_of(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.clone()),
        ExprKind::Attribute { value, name } => Some(join(&path_of(value)?, name)),
        ExprKind::Subscript { value, index } => {
            let path = path_of(value)?;
            match &index.kind {
                ExprKind::Str(module) if path == "sys.modules" => Some(format!("/{module}")),
                _ => Some(join(&path, ITEM)),
            }
        }
        ExprKind::Call { function, arguments } => of_call(function, arguments),
        ExprKind::Await(value) | ExprKind::Named { value, .. } => path_of(value),
        _ => None,
    }
}

fn of_call(function: &Expr, arguments: &[Argument]) -> Option<String> {
    let first = arguments.first().and_then(|first| path_of(first.value()));
    let text = |at: usize| match arguments.get(at).map(|argument| &argument.value().kind) {
        Some(ExprKind::Str(text)) => Some(text.as_str()),
        _ => None,
    };
    match (&function.kind, first) {
        // `type(self)` and `vars(module)`.
        (ExprKind::Name(name), Some(of)) if name == "type" && arguments.len() == 1 => {
            return Some(join(&of, "__class__"));
        }
        (ExprKind::Name(name), Some(of)) if name == "vars" => return Some(join(&of, "__dict__")),
        (ExprKind::Name(name), None) if name == "globals" || name == "vars" => {
            return Some("__dict__".to_owned());
        }
        (ExprKind::Name(name), Some(of)) if name == "getattr" => {
            return Some(join(&of, text(1)?));
        }
        // `next(iter(names.values()))`
        (ExprKind::Name(name), _) if name == "next" => {
            return items_of(arguments.first()?.value()).into_iter().next();
        }
        _ => {}
    }
    let path = path_of(function)?;
    match (last(&path), text(0)) {
        ("import_module", Some(module)) if !module.starts_with('.') => Some(format!("/{module}")),
        ("__import__", Some(module)) => {
            Some(format!("/{}", module.split('.').next().unwrap_or_default()))
        }
        _ => Some(join(&path, GIVEN)),
    }
}

/// The path of a function, if need be of that in a `partial` or a `staticmethod`.
pub(super) fn path_of_wrapped(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Call { function, arguments }
            if path_of(function).is_some_and(|path| WRAPPING.contains(&last(&path))) =>
        {
            arguments.first().and_then(|first| path_of_wrapped(first.value()))
        }
        _ => path_of(expr),
    }
}

/// The paths of the items that a loop goes through.
pub(super) fn items_of(expr: &Expr) -> Vec<String> {
    match &expr.kind {
        ExprKind::Call { function, arguments } => match &function.kind {
            ExprKind::Name(name) if SAME_ITEMS.contains(&&**name) => {
                arguments.iter().flat_map(|argument| items_of(argument.value())).collect()
            }
            ExprKind::Name(name) if name == "range" => Vec::new(),
            _ => path_of(expr).into_iter().map(|path| join(&path, ITEM)).collect(),
        },
        _ => path_of(expr).into_iter().map(|path| join(&path, ITEM)).collect(),
    }
}

/// A path, and what is taken of it.
pub(super) fn join(base: &str, rest: &str) -> String {
    match (base.is_empty(), rest.is_empty()) {
        (true, _) => rest.to_owned(),
        (_, true) => base.to_owned(),
        _ => format!("{base}.{rest}"),
    }
}

/// The last part of a path.
pub(super) fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or_default()
}

/// The name that a path begins with, and what is taken of it.
pub(super) fn root(path: &str) -> (&str, &str) {
    path.split_once('.').unwrap_or((path, ""))
}

/// The part of a path before its first item or call, and the rest.
pub(super) fn named(path: &str) -> (&str, &str) {
    let mut at = 0;
    for part in path.split('.') {
        if part == ITEM || part == GIVEN {
            return (path[..at].trim_end_matches('.'), &path[at..]);
        }
        at += part.len() + 1;
    }
    (path, "")
}

/// A path of a collection: what a method gives that gives an item is one.
pub(super) fn of_collection(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('.') {
        match parts.last_mut() {
            Some(last) if part == GIVEN && GIVING_ITEMS.contains(last) => *last = ITEM,
            _ => parts.push(part),
        }
    }
    parts.join(".")
}

/// Whether something of a path is what a call gives.
pub(super) fn is_given(path: &str) -> bool {
    path.split('.').any(|part| part == GIVEN)
}

/// A path as if what its calls give were the called: methods of a new object are those of its class.
pub(super) fn plain(path: &str) -> String {
    let parts: Vec<&str> = path.split('.').filter(|part| *part != GIVEN).collect();
    parts.join(".")
}

/// What is behind the beginning of a path.
pub(super) fn behind<'p>(path: &'p str, beginning: &str) -> Option<&'p str> {
    if beginning.is_empty() {
        return Some(path);
    }
    let rest = path.strip_prefix(beginning)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.') }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::StmtKind;
    use crate::python::parse;

    #[test]
    fn paths_are_told() {
        for (text, expected) in [
            ("a.b", Some("a.b")),
            ("a['x'].b", Some("a.[].b")),
            ("a.get('x').b", Some("a.get.().b")),
            ("next(iter(a))", Some("a.[]")),
            ("a(1).b", Some("a.().b")),
            ("(await a(1))[0]", Some("a.().[]")),
            ("type(a).b", Some("a.__class__.b")),
            ("vars(a)['b']", Some("a.__dict__.[]")),
            ("globals()", Some("__dict__")),
            ("getattr(a, 'b')", Some("a.b")),
            ("getattr(a, b)", None),
            ("sys.modules['a.b'].c", Some("/a.b.c")),
            ("importlib.import_module('a.b')", Some("/a.b")),
            ("__import__('a.b').b", Some("/a.b")),
            ("'x'.join(a)", None),
        ] {
            let tree = parse(text).unwrap();
            let StmtKind::Expr(expr) = &tree.body[0].kind else { panic!("{text}") };
            assert_eq!(path_of(expr).as_deref(), expected, "{text}");
        }
        assert_eq!(named("a.b.[].c"), ("a.b", "[].c"));
        assert_eq!(named("().c"), ("", "().c"));
        assert_eq!(plain("().a.().b"), "a.b");
        assert_eq!(of_collection("get.().a.get"), "[].a.get");
        assert_eq!(behind("a.b", "a"), Some("b"));
        assert_eq!(behind("ab", "a"), None);
    }
}
