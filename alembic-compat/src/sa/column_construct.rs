//! `Column(…)`: the arguments of its constructor.

use std::rc::Rc;

use limbeck_schema::SqlValue;
use limbeck_schema::expr;
use limbeck_schema::table::Autoincrement;
use limbeck_schema::table::Column;
use limbeck_schema::table::ColumnDefault;
use limbeck_schema::table::Constraint;
use limbeck_schema::table::ServerDefault;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::Class;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;

use super::clause;
use super::column::ColumnObject;
use super::constraint::ConstraintObject;
use super::constraint::ForeignKeyObject;
use super::errors;
use super::keywords::DialectOptions;
use super::keywords::flag;
use super::keywords::given;
use super::keywords::opt_flag;
use super::keywords::opt_text;
use super::keywords::refuse_other_quoting;
use super::keywords::text;
use super::processing;
use super::sequence::ComputedObject;
use super::sequence::FetchedValueObject;
use super::sequence::IdentityObject;
use super::sequence::SequenceObject;
use super::type_object;
use super::value;

const NAMES: [&str; 21] = [
    "name",
    "type_",
    "autoincrement",
    "default",
    "insert_default",
    "doc",
    "key",
    "index",
    "unique",
    "info",
    "nullable",
    "onupdate",
    "primary_key",
    "server_default",
    "server_onupdate",
    "quote",
    "system",
    "comment",
    "insert_sentinel",
    "_proxies",
    "_omit_from_statements",
];

pub(super) fn construct(interp: &mut Interpreter, _class: &Rc<Class>, args: Args) -> Result<Value> {
    let Args { mut positional, keywords } = args;
    let signature = Signature {
        keyword_only: NAMES.len(),
        double_star: true,
        ..Signature::new("__init__", NAMES, 0)
    };
    let arguments = Args { positional: Vec::new(), keywords };
    let Bound { values, double_star, .. } = arguments.bind(interp, &signature)?;
    let [
        name,
        type_keyword,
        autoincrement,
        default,
        insert_default,
        _,
        key,
        index,
        unique,
        _,
        nullable,
        onupdate,
        primary_key,
        server_default,
        server_onupdate,
        quote,
        system,
        comment,
        ..,
    ] = values;
    let mut column = Column::default();
    let mut name = given(name);
    if let Some(first) = positional.first() {
        if first.as_text().is_some() {
            if name.is_some() {
                return Err(errors::argument(
                    interp,
                    "May not pass name positionally and as a keyword.",
                )?);
            }
            name = Some(positional.remove(0));
        } else if first.is_none() && name.is_none() {
            positional.remove(0);
        }
    }
    if let Some(name) = &name {
        column.name = text(interp, name, "the name of a column")?;
    }
    let mut type_value = Value::None;
    if let Some(first) = positional.first() {
        let first = first.clone();
        if let Some(found) = type_object::find_type(interp, &first)? {
            if given(type_keyword.clone()).is_some() {
                return Err(errors::argument(
                    interp,
                    "May not pass type_ positionally and as a keyword.",
                )?);
            }
            column.sql_type = found;
            type_value = positional.remove(0);
        } else if first.is_none() {
            positional.remove(0);
        }
    }
    if let Some(to) = given(type_keyword) {
        column.sql_type = type_object::sql_type(interp, &to)?;
        type_value = to;
    }
    refuse_other_quoting(interp, &column.name, quote, "Column(quote=…)")?;
    column.key = opt_text(interp, key, "key")?;
    column.autoincrement = match autoincrement {
        None => Autoincrement::Auto,
        Some(value) => match (value.as_text().as_deref(), &value) {
            (Some("auto"), _) => Autoincrement::Auto,
            (Some("ignore_fk"), _) => Autoincrement::IgnoreFk,
            (_, other) => {
                if interp.truth(other)? {
                    Autoincrement::Yes
                } else {
                    Autoincrement::No
                }
            }
        },
    };
    column.index = flag(interp, index)?;
    column.unique = flag(interp, unique)?;
    column.nullable = opt_flag(interp, nullable)?;
    column.primary_key = flag(interp, primary_key)?;
    column.system = flag(interp, system)?;
    column.comment = opt_text(interp, comment, "comment")?;
    let default = given(insert_default).or_else(|| given(default));
    if let Some(default) = &default {
        column.default = python_default(interp, default)?;
    }
    let hosted = match (&column.default, &default) {
        (ColumnDefault::Callable, Some(default)) => {
            let value = processing::host_default(interp, default)?;
            Some(expr::literal(value, Some(column.sql_type.clone())))
        }
        _ => None,
    };
    let onupdate = match given(onupdate) {
        None => None,
        Some(value) => Some(match clause::find(interp, &value)? {
            Some(expr) => expr,
            None => {
                let value = if interp.is_callable(&value) {
                    processing::host_default(interp, &value)?
                } else {
                    value::to_sql(interp, &value)?
                };
                expr::literal(value, Some(column.sql_type.clone()))
            }
        }),
    };
    match given(server_default) {
        None => {}
        Some(value) => set_server_default(interp, &mut column, &value)?,
    }
    for argument in &positional {
        attach(interp, &mut column, argument)?;
    }
    if given(server_onupdate).is_some() {
        let generator = match (&column.identity, &column.computed) {
            (Some(_), _) => Some("A column with an Identity object"),
            (None, Some(_)) => Some("A generated column"),
            (None, None) => None,
        };
        if let Some(generator) = generator {
            let message = format!(
                "{generator} cannot specify a server_default or a server_onupdate argument"
            );
            return Err(errors::argument(interp, message)?);
        }
    }
    let mut options = DialectOptions::new("Column", double_star);
    column.sqlite.on_conflict_not_null = opt_text(
        interp,
        options.take("sqlite_on_conflict_not_null"),
        "sqlite_on_conflict_not_null",
    )?;
    column.sqlite.on_conflict_primary_key = opt_text(
        interp,
        options.take("sqlite_on_conflict_primary_key"),
        "sqlite_on_conflict_primary_key",
    )?;
    column.sqlite.on_conflict_unique =
        opt_text(interp, options.take("sqlite_on_conflict_unique"), "sqlite_on_conflict_unique")?;
    options.finish(interp)?;
    Ok(Value::native(ColumnObject {
        type_value,
        default: default.unwrap_or_default(),
        hosted,
        onupdate,
        ..ColumnObject::new(column)
    }))
}

fn python_default(interp: &mut Interpreter, value: &Value) -> Result<ColumnDefault> {
    if let Some(sequence) = value.downcast::<SequenceObject>() {
        return Ok(ColumnDefault::Sequence(Box::new(sequence.data.clone())));
    }
    if let Some(expr) = clause::find(interp, value)? {
        return Ok(ColumnDefault::Expression(expr));
    }
    if interp.is_callable(value) {
        return Ok(ColumnDefault::Callable);
    }
    Ok(match value::to_sql(interp, value) {
        Ok(SqlValue::Host(_)) | Err(_) => ColumnDefault::Callable,
        Ok(value) => ColumnDefault::Scalar(expr::literal(value, None)),
    })
}

/// `server_default`, in all forms.
pub(crate) fn server_default(interp: &mut Interpreter, value: &Value) -> Result<ServerDefault> {
    if let Some(fetched) = value.downcast::<FetchedValueObject>() {
        return Ok(fetched.default.clone().unwrap_or(ServerDefault::Fetched));
    }
    if let Some(text) = value.as_text() {
        return Ok(ServerDefault::Literal(text.to_string()));
    }
    match clause::find(interp, value)? {
        Some(expr) => Ok(ServerDefault::Expression(expr)),
        None => {
            let class = interp.class(value);
            let got =
                format!("<class '{}.{}'>", class.module, class.qualified).replace("builtins.", "");
            Err(errors::argument(
                interp,
                format!(
                    "Argument 'arg' is expected to be one of type '<class 'str'>' or \
                     '<class 'sqlalchemy.sql.elements.ClauseElement'>' or '<class \
                     'sqlalchemy.sql.elements.TextClause'>', got '{got}'"
                ),
            )?)
        }
    }
}

fn set_server_default(interp: &mut Interpreter, column: &mut Column, value: &Value) -> Result<()> {
    if let Some(identity) = value.downcast::<IdentityObject>() {
        column.identity = Some(identity.data);
    } else if let Some(computed) = value.downcast::<ComputedObject>() {
        column.computed = Some(computed.data.clone());
    } else if let Some(sequence) = value.downcast::<SequenceObject>() {
        let sequence = &sequence.data;
        let next = expr::next_value(sequence.schema.as_deref(), sequence.name.as_str());
        column.server_default = Some(ServerDefault::Expression(next));
    } else {
        column.server_default = Some(server_default(interp, value)?);
    }
    Ok(())
}

/// What stands behind the type: keys, checks, sequences and the like.
fn attach(interp: &mut Interpreter, column: &mut Column, argument: &Value) -> Result<()> {
    if argument.is_none() {
        return Ok(());
    }
    if let Some(key) = argument.downcast::<ForeignKeyObject>() {
        column.foreign_keys.push(key.data.clone());
        return Ok(());
    }
    if let Some(identity) = argument.downcast::<IdentityObject>() {
        column.identity = Some(identity.data);
        return Ok(());
    }
    if let Some(computed) = argument.downcast::<ComputedObject>() {
        column.computed = Some(computed.data.clone());
        return Ok(());
    }
    if let Some(sequence) = argument.downcast::<SequenceObject>() {
        column.default = ColumnDefault::Sequence(Box::new(sequence.data.clone()));
        return Ok(());
    }
    if let Some(fetched) = argument.downcast::<FetchedValueObject>() {
        column.server_default = Some(match &fetched.default {
            Some(default) => default.clone(),
            None => ServerDefault::Fetched,
        });
        return Ok(());
    }
    if let Some(constraint) = argument.downcast::<ConstraintObject>() {
        let data = constraint.data.borrow().clone();
        if let Constraint::Check(check) = data {
            column.checks.push(check);
            return Ok(());
        }
    }
    let got = interp.repr(argument).unwrap_or_else(|_| "this".to_owned());
    Err(errors::argument(
        interp,
        format!("'SchemaItem' object, such as a 'Column' or a 'Constraint' expected, got {got}"),
    )?)
}
