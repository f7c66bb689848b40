//! What built-in functions and methods do with what they are given.

/// Built-in functions that leave their arguments as they are.
pub(super) const READING: &[&str] = &[
    "bool",
    "callable",
    "float",
    "getattr",
    "hasattr",
    "hash",
    "id",
    "int",
    "isinstance",
    "issubclass",
    "len",
    "print",
    "repr",
    "str",
    "super",
    "type",
];

/// Built-in functions that look through their arguments.
pub(super) const ITERATING: &[&str] = &[
    "all",
    "any",
    "dict",
    "enumerate",
    "filter",
    "frozenset",
    "list",
    "map",
    "max",
    "min",
    "reversed",
    "set",
    "sorted",
    "sum",
    "tuple",
    "zip",
];

/// The methods of lists, dictionaries and sets that change them.
pub(crate) const CHANGING: &[&str] = &[
    "add",
    "append",
    "appendleft",
    "clear",
    "difference_update",
    "discard",
    "extend",
    "extendleft",
    "insert",
    "intersection_update",
    "move_to_end",
    "pop",
    "popitem",
    "popleft",
    "remove",
    "reverse",
    "rotate",
    "setdefault",
    "sort",
    "symmetric_difference_update",
    "update",
];
