//! What a method does to its object, as far as its name alone tells.

use crate::eval::CHANGING;

/// Special methods that change their objects.
const SPECIAL: [&str; 7] =
    ["__delattr__", "__delitem__", "__iadd__", "__ior__", "__isub__", "__setattr__", "__setitem__"];

/// Methods that give something and leave their objects as they are: those of collections, texts,
/// times, paths, loggers and queries.
const READING: [&str; 97] = [
    "all",
    "any",
    "asc",
    "between",
    "bindparam",
    "capitalize",
    "casefold",
    "cast",
    "center",
    "compile",
    "contains",
    "copy",
    "count",
    "critical",
    "date",
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
    "expandtabs",
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
    "isalnum",
    "isalpha",
    "isdigit",
    "isdisjoint",
    "islower",
    "isnumeric",
    "isoformat",
    "isspace",
    "issubset",
    "issuperset",
    "isupper",
    "items",
    "iterdir",
    "join",
    "joinpath",
    "keys",
    "label",
    "like",
    "limit",
    "ljust",
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
    "partition",
    "query",
    "read_bytes",
    "read_text",
    "removeprefix",
    "removesuffix",
    "replace",
    "resolve",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "scalar",
    "select",
    "split",
    "splitlines",
    "startswith",
    "strftime",
    "strip",
    "swapcase",
    "time",
    "timestamp",
    "title",
    "union",
    "upper",
    "values",
    "zfill",
];

/// The names in those of the special methods of operators.
const OPERATORS: [&str; 15] = [
    "add", "and", "delitem", "floordiv", "lshift", "matmul", "mod", "mul", "or", "pow", "rshift",
    "setitem", "sub", "truediv", "xor",
];

/// What the names of such methods begin with.
const READING_PREFIXES: [&str; 6] = ["as_", "get_", "has_", "is_", "to_", "warn"];

/// Whether what a method of a collection changes is the collection.
pub(super) fn is_changing(method: &str) -> bool {
    CHANGING.contains(&method) || SPECIAL.contains(&method)
}

/// Whether a special method is that of an operator or of a bracket.
pub(super) fn is_operator(method: &str) -> bool {
    let name = method.trim_start_matches("__").trim_end_matches("__");
    let name =
        if OPERATORS.contains(&name) { name } else { name.strip_prefix('i').unwrap_or(name) };
    OPERATORS.contains(&name)
}

/// Whether a method of whatever object leaves that as it is.
pub(super) fn is_reading(method: &str) -> bool {
    READING.contains(&method)
        || READING_PREFIXES.iter().any(|prefix| method.starts_with(prefix))
        || method.starts_with("__") && !SPECIAL.contains(&method)
}
