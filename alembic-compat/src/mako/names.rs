//! The names that a template can use without anyone giving them: builtins, two modules, and what
//! hangs on `config` and `context`.

use super::value::Value;

/// Every known thing by its dotted name.
const KNOWN: &[&str] = &[
    "all",
    "any",
    "bool",
    "comma",
    "config",
    "config.attributes",
    "config.attributes.get",
    "config.get_main_option",
    "context",
    "context.get",
    "context.write",
    "datetime",
    "datetime.UTC",
    "datetime.datetime",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.timezone",
    "datetime.timezone.utc",
    "dict",
    "enumerate",
    "int",
    "isinstance",
    "len",
    "list",
    "max",
    "min",
    "range",
    "re",
    "re.findall",
    "re.split",
    "re.sub",
    "repr",
    "reversed",
    "sorted",
    "str",
    "sum",
    "tuple",
    "zip",
];

fn known(name: &str) -> Option<&'static str> {
    KNOWN.iter().copied().find(|known| *known == name)
}

/// A builtin of Python.
pub(super) fn builtin(name: &str) -> Option<Value> {
    let foreign =
        name.contains('.') || matches!(name, "comma" | "config" | "context" | "datetime" | "re");
    known(name).filter(|_| !foreign).map(Value::Known)
}

/// The attribute `name` of the known thing `of`.
pub(super) fn attribute(of: &str, name: &str) -> Option<Value> {
    known(&format!("{of}.{name}")).map(Value::Known)
}

/// What `import module as bound` binds.
pub(super) fn imported(module: &str, bound: &str) -> Value {
    match module {
        "re" => Value::Known("re"),
        "datetime" => Value::Known("datetime"),
        _ => Value::Module { name: bound.into(), module: module.into() },
    }
}

/// What `from module import name as bound` binds.
pub(super) fn imported_from(module: &str, name: &str, bound: &str) -> Value {
    let own = matches!(module, "re" | "datetime").then(|| attribute(module, name)).flatten();
    own.unwrap_or_else(|| Value::Module { name: bound.into(), module: module.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtins_are_not_what_is_given_or_imported() {
        assert_eq!(builtin("repr"), Some(Value::Known("repr")));
        for name in ["re", "config", "datetime.datetime", "open", "comma"] {
            assert_eq!(builtin(name), None, "{name}");
        }
        assert_eq!(imported_from("datetime", "datetime", "d"), Value::Known("datetime.datetime"));
        assert!(matches!(imported_from("alembic", "util", "util"), Value::Module { .. }));
    }
}
