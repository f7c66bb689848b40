//! What becomes of a reflected table before it is copied.

use super::ReflectArgument;
use crate::Dialect;
use crate::Name;
use crate::Target;
use crate::expr::text;
use crate::table::Constraint;
use crate::table::ServerDefault;
use crate::table::Table;

/// The table with `reflect_args`: a column takes the place of the one of its name, whose foreign
/// keys go with it.
pub(super) fn with_arguments(table: &Table, arguments: &[ReflectArgument]) -> Table {
    let mut table = table.clone();
    for argument in arguments {
        match argument {
            ReflectArgument::Constraint(constraint) => {
                table.constraints.push(constraint.as_ref().clone());
            }
            ReflectArgument::Column(column) => {
                let column = column.as_ref().clone();
                let place = table.columns.iter().position(|known| known.name == column.name);
                let Some(at) = place else {
                    table.columns.push(column);
                    continue;
                };
                table.constraints.retain(|constraint| {
                    !matches!(constraint, Constraint::ForeignKey(key)
                        if key.columns.contains(&column.name))
                });
                table.columns[at] = column;
            }
        }
    }
    table
}

/// The table with names that no convention changes: they are those of the database.
pub(super) fn with_final_names(mut table: Table, is_final: bool) -> Table {
    if !is_final {
        return table;
    }
    let final_name = |name: &Name| match name.as_str() {
        Some(name) => Name::Final(name.to_owned()),
        None => Name::None,
    };
    for constraint in &mut table.constraints {
        let name = final_name(constraint.name());
        constraint.set_name(name);
    }
    for index in &mut table.indexes {
        index.name = final_name(&index.name);
    }
    table
}

/// A default as a server reports it, for a reflected table. Alembic puts what SQLite reports into
/// parentheses where that may be an expression, as SQLite demands.
pub fn reflected_default(target: &Target, reported: &str) -> ServerDefault {
    let has_inside = |open: char, close: char| {
        reported
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
            .is_some_and(|inside| !inside.is_empty() && !inside.contains('\n'))
    };
    let is_digit =
        |text: &str| text.len() == 1 && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let is_constant =
        reported.is_empty() || is_digit(reported) || has_inside('\'', '\'') || has_inside('(', ')');
    let sql = if target.dialect() == Dialect::Sqlite && !is_constant {
        format!("({reported})")
    } else {
        reported.to_owned()
    };
    ServerDefault::Expression(text(sql.replace(':', r"\:")))
}
