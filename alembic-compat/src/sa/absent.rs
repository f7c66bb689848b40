//! Attributes that SQLAlchemy's objects have and those of limbeck have not.
//!
//! Code asks for them with `hasattr()` and `getattr(…, None)` too: the answer that there is no such
//! attribute would send it another way than Python's. Whoever reads one needs Python.

use crate::eval::Class;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Value;

/// Those of columns, expressions, types, texts and metadata (SQLAlchemy 2.1: `dir()` of each).
const NAMES: &[&str] = &[
    "Comparator",
    "DDLDropper",
    "DDLGenerator",
    "adapt",
    "adapt_emulated_to_native",
    "adapt_native_to_emulated",
    "adapt_to_emulated",
    "adapt_to_entity",
    "adapter",
    "aggregate_order_by",
    "alias",
    "allows_lambda",
    "and_",
    "anon_key_label",
    "anon_label",
    "any_op",
    "append_foreign_key",
    "argument_for",
    "as_comparison",
    "as_generic",
    "base_columns",
    "bind_expression",
    "bind_processor",
    "bitwise_lshift",
    "bitwise_rshift",
    "class_",
    "clause_expr",
    "clauses",
    "coerce_compared_value",
    "collation",
    "collation_schema",
    "column_expression",
    "column_valued",
    "comparator",
    "comparator_factory",
    "compare",
    "compare_values",
    "compile",
    "computed",
    "copy_value",
    "corresponding_column",
    "create_constraint",
    "create_drop_stringify_dialect",
    "description",
    "dialect_kwargs",
    "dialect_options",
    "dispatch",
    "doc",
    "entity_namespace",
    "evaluates_none",
    "exported_columns",
    "expression",
    "extension_type",
    "foreign_keys",
    "get_children",
    "get_dbapi_type",
    "get_dialect_option",
    "get_execution_options",
    "get_history",
    "get_schema_object_by_name",
    "get_schema_objects",
    "group",
    "has",
    "has_op",
    "hashable",
    "hasparent",
    "identity",
    "impl",
    "info",
    "inherit_cache",
    "inherit_schema",
    "is_aliased_class",
    "is_attribute",
    "is_bundle",
    "is_clause_element",
    "is_comparison",
    "is_delete",
    "is_derived_from",
    "is_dml",
    "is_from_statement",
    "is_insert",
    "is_instance",
    "is_literal",
    "is_mapper",
    "is_property",
    "is_select",
    "is_selectable",
    "is_text",
    "is_update",
    "join",
    "key",
    "kwargs",
    "lateral",
    "left",
    "literal_processor",
    "match",
    "memoized_attribute",
    "memoized_instancemethod",
    "metadata",
    "modifiers",
    "monotonic",
    "named_with_column",
    "native",
    "negate",
    "of_type",
    "of_type_op",
    "operate",
    "operator",
    "operator_classes",
    "options",
    "outerjoin",
    "packagenames",
    "params",
    "parent",
    "primary_key",
    "prop",
    "property",
    "proxy_set",
    "python_type",
    "references",
    "reflect_only_elements",
    "remove",
    "render_bind_cast",
    "render_literal_cast",
    "replace_selectable",
    "repr_struct",
    "result_processor",
    "reverse_operate",
    "right",
    "scalar_table_valued",
    "schema",
    "schemas",
    "select",
    "selectable",
    "server_onupdate",
    "shares_lineage",
    "should_evaluate_none",
    "sort_key_function",
    "stringify_dialect",
    "subquery",
    "supports_execution",
    "system",
    "table_valued",
    "tablesample",
    "timetuple",
    "unique_params",
    "uses_inspection",
    "validate_strings",
    "values_callable",
    "with_cols",
    "within_group",
    "within_group_type",
];

/// Of rows, whose other names are those of columns.
const OF_ROWS: &[&str] = &["count", "index", "t", "tuple"];

/// Of `table.c`, likewise.
const OF_COLLECTIONS: &[&str] = &["compare", "contains_column", "corresponding_column"];

/// The answer for an attribute that limbeck's object has not: none where no object has it.
///
/// # Errors
/// It is not supported: SQLAlchemy's object may have it.
pub(super) fn unknown(interp: &mut Interpreter, of: &str, name: &str) -> Result<Option<Value>> {
    if name.starts_with("__") {
        return Ok(None);
    }
    Err(interp.unsupported(format!("{of}.{name}")))
}

/// Whether a class is SQLAlchemy's.
fn is_own(class: &Class) -> bool {
    &*class.module == "sqlalchemy" || class.module.starts_with("sqlalchemy.")
}

/// Whether the objects of a class have an attribute that is not known here.
pub(super) fn has(class: &Class, name: &str) -> bool {
    let known = match &*class.name {
        "Row" => OF_ROWS,
        "ColumnCollection" => OF_COLLECTIONS,
        _ => NAMES,
    };
    is_own(class) && known.binary_search(&name).is_ok()
}

/// Whether the attributes of a class' objects can be set: where limbeck has not set one, that is no
/// `AttributeError`.
pub(super) fn takes(class: &Class) -> bool {
    is_own(class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order() {
        for names in [NAMES, OF_ROWS, OF_COLLECTIONS] {
            assert!(names.is_sorted());
        }
    }
}
