//! `Table(…)`: the arguments of its constructor.

use std::rc::Rc;

use limbeck_schema::Dialect;
use limbeck_schema::table::Table;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::Class;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;

use super::attach;
use super::column::ColumnObject;
use super::errors;
use super::inspector::InspectorObject;
use super::keywords::flag;
use super::keywords::given;
use super::keywords::opt_flag;
use super::keywords::opt_text;
use super::keywords::refuse_other_quoting;
use super::keywords::text;
use super::keywords::texts;
use super::metadata::MetaDataObject;
use super::migration;
use super::table::fill;
use super::table::is_old;
use super::table::type_references;
use super::table::wrap;
use super::table_options::options;

pub(super) fn construct(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let names = [
        "name",
        "metadata",
        "schema",
        "quote",
        "quote_schema",
        "autoload_with",
        "autoload",
        "autoload_replace",
        "keep_existing",
        "extend_existing",
        "resolve_fks",
        "include_columns",
        "implicit_returning",
        "comment",
        "info",
        "listeners",
        "prefixes",
    ];
    let signature = Signature {
        keyword_only: 15,
        positional_only: 2,
        star: true,
        double_star: true,
        ..Signature::new("Table", names, 2)
    };
    let Bound { values, star, double_star } = args.bind(interp, &signature)?;
    let [
        name,
        metadata,
        schema,
        quote,
        _,
        autoload_with,
        autoload,
        _,
        keep,
        extend,
        resolves,
        include_columns,
        _,
        comment,
        _,
        _,
        prefixes,
    ] = values;
    let name = text(interp, &name.unwrap_or_default(), "the name of a table")?;
    let Some(metadata) = metadata.and_then(|metadata| metadata.downcast::<MetaDataObject>()) else {
        return Err(errors::argument(interp, "MetaData object expected")?);
    };
    refuse_other_quoting(interp, &name, quote, "Table(quote=…)")?;
    let mut autoload_with = autoload_with;
    if flag(interp, autoload.clone())? && is_old(interp) {
        autoload_with = Some(autoload_with.unwrap_or(Value::Bool(true)));
    } else if autoload.is_some() {
        return interp.type_error(
            "Additional arguments should be named <dialectname>_<argument>, got 'autoload'",
        );
    }
    let schema = opt_text(interp, schema, "schema")?.or_else(|| metadata.schema.clone());
    let key = match &schema {
        Some(schema) => format!("{schema}.{name}"),
        None => name.clone(),
    };
    let extend = flag(interp, extend)?;
    let keep = flag(interp, keep)?;
    let known = metadata.tables.borrow().iter().find(|(known, _)| *known == key).cloned();
    if let Some((_, known)) = known {
        if keep || star.is_empty() && (!extend || given(autoload_with).is_none()) {
            return Ok(known);
        }
        if !extend {
            return Err(errors::of_class(
                interp,
                "InvalidRequestError",
                format!(
                    "Table '{key}' is already defined for this MetaData instance.  Specify \
                     'extend_existing=True' to redefine options and columns on an existing Table \
                     object."
                ),
            )?);
        }
        return Err(interp.unsupported("Table(extend_existing=True) of a known table"));
    }
    let mut table = Table { name, schema, ..Table::default() };
    let mut referred = Vec::new();
    let inspector = autoload_with.as_ref().and_then(|with| with.downcast::<InspectorObject>());
    let is_reflected = given(autoload_with).is_some();
    if is_reflected {
        let only = given(include_columns)
            .map(|only| texts(interp, &only, "include_columns"))
            .transpose()?;
        super::reflect::load(interp, &mut table, only.as_deref(), inspector.as_deref())?;
        referred = super::reflect::referred(&table);
    }
    let is_known = |item: &Value| {
        let column = item.downcast::<ColumnObject>();
        column.is_some_and(|given| {
            table.columns.iter().any(|known| known.key() == given.data.borrow().key())
        })
    };
    if star.iter().any(is_known) {
        return Err(interp.unsupported("a column that is given to a reflected Table"));
    }
    let mut columns = Vec::new();
    for column in &table.columns {
        columns.push(Value::native(ColumnObject::new(column.clone())));
    }
    columns.extend(fill(interp, &mut table, &star)?);
    let comment = opt_text(interp, comment, "comment")?;
    // What is reflected takes the place of what is given, also where it is no comment.
    let is_lost = is_reflected && migration::target(interp)?.dialect() != Dialect::Sqlite;
    if comment.is_some() && !is_lost {
        table.comment = comment;
    }
    if let Some(prefixes) = given(prefixes) {
        table.prefixes = texts(interp, &prefixes, "prefixes")?;
    }
    // What is reflected goes before what is given.
    table.options = table.options.or(&options(interp, double_star)?);
    let made = wrap(table, &columns, metadata.naming.borrow().clone());
    metadata.tables.borrow_mut().push((key, made.clone()));
    attach::settle(interp, &made)?;
    type_references(&metadata);
    if opt_flag(interp, resolves)?.unwrap_or(true) {
        super::reflect::load_all(interp, &metadata, referred, true, inspector.as_deref())?;
    }
    Ok(made)
}
