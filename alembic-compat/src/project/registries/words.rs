//! What a method does to its object, as far as its name alone tells.

use crate::eval::CHANGING;

/// Special methods that change their objects.
const SPECIAL: [&str; 7] =
    ["__delattr__", "__delitem__", "__iadd__", "__ior__", "__isub__", "__setattr__", "__setitem__"];

/// Methods that give something and leave their objects as they are: those of collections, texts,
/// times, paths, loggers and queries.
const READING: [&str; 74] = [
    "all",
    "any",
    "asc",
    "between",
    "bindparam",
    "casefold",
    "cast",
    "compile",
    "contains",
    "copy",
    "count",
    "critical",
    "debug",
    "decode",
    "deepcopy",
    "desc",
    "difference",
    "encode",
    "endswith",
    "error",
    "exception",
    "exists",
    "filter",
    "filter_by",
    "find",
    "first",
    "format",
    "get",
    "hexdigest",
    "ilike",
    "in_",
    "index",
    "info",
    "intersection",
    "isdisjoint",
    "isdigit",
    "isoformat",
    "issubset",
    "issuperset",
    "items",
    "iterdir",
    "join",
    "joinpath",
    "keys",
    "label",
    "like",
    "limit",
    "log",
    "lower",
    "lstrip",
    "match",
    "most_common",
    "notin_",
    "offset",
    "one",
    "one_or_none",
    "order_by",
    "query",
    "read_bytes",
    "read_text",
    "replace",
    "resolve",
    "rsplit",
    "rstrip",
    "scalar",
    "select",
    "split",
    "splitlines",
    "startswith",
    "strftime",
    "strip",
    "union",
    "upper",
    "values",
];

/// What the names of such methods begin with.
const READING_PREFIXES: [&str; 6] = ["as_", "get_", "has_", "is_", "to_", "warn"];

/// Whether what a method of a collection changes is the collection.
pub(super) fn is_changing(method: &str) -> bool {
    CHANGING.contains(&method) || SPECIAL.contains(&method)
}

/// Whether a method of whatever object leaves that as it is.
pub(super) fn is_reading(method: &str) -> bool {
    READING.contains(&method)
        || READING_PREFIXES.iter().any(|prefix| method.starts_with(prefix))
        || method.starts_with("__") && !SPECIAL.contains(&method)
}
