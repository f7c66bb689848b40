//! What becomes of a reflected table before it is copied.

use super::ReflectArgument;
use crate::Name;
use crate::table::Constraint;
use crate::table::Table;

/// The table with `reflect_args`: a column takes the place of the one of its name, whose foreign
/// keys go with it.
pub(super) fn with_arguments(table: &Table, arguments: &[ReflectArgument]) -> Table {
    let mut table = table.clone();
    for argument in arguments {
        match argument {
            ReflectArgument::Constraint(constraint) => table.constraints.push(constraint.clone()),
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
