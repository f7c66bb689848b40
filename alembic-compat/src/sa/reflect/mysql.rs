//! MySQL's catalog, from `information_schema`.

use limbeck_schema::SqlType;

use crate::eval::Interpreter;
use crate::eval::Result;

use super::ReflectedColumn;
use super::ReflectedIndex;
use super::ReflectedKey;
use super::Reflection;
use super::ask;
use super::int_at;
use super::text_at;
use super::types;

const WHERE: &str = "table_name = ? AND table_schema = COALESCE(NULLIF(?, ''), DATABASE())";

pub(super) fn reflect(
    interp: &mut Interpreter,
    schema: Option<&str>,
    name: &str,
) -> Result<Reflection> {
    let given = [name, schema.unwrap_or("")];
    let mut made = Reflection::default();
    let sql = format!(
        "SELECT column_name, column_type, is_nullable, column_default, extra, column_comment FROM \
         information_schema.columns WHERE {WHERE} ORDER BY ordinal_position"
    );
    for row in &ask(interp, &sql, &given)?.0 {
        let Some(column) = text_at(row, 0) else { continue };
        let word = text_at(row, 1).unwrap_or_default();
        let extra = text_at(row, 4).unwrap_or_default().to_lowercase();
        made.columns.push(ReflectedColumn {
            name: column,
            sql_type: types::mysql(&word).unwrap_or(SqlType::Null),
            nullable: text_at(row, 2).as_deref() == Some("YES"),
            default: text_at(row, 3).filter(|default| default != "NULL"),
            autoincrement: extra.contains("auto_increment"),
            comment: text_at(row, 5).filter(|comment| !comment.is_empty()),
            computed: None,
        });
    }
    let sql = format!(
        "SELECT index_name, non_unique, column_name, seq_in_index FROM \
         information_schema.statistics WHERE {WHERE} ORDER BY index_name, seq_in_index"
    );
    for row in &ask(interp, &sql, &given)?.0 {
        let name = text_at(row, 0);
        let column = text_at(row, 2);
        if name.as_deref() == Some("PRIMARY") {
            made.key.extend(column);
        } else if int_at(row, 3) <= 1 {
            made.indexes.push(ReflectedIndex {
                name,
                columns: vec![column],
                unique: int_at(row, 1) == 0,
                ..ReflectedIndex::default()
            });
        } else if let Some(index) = made.indexes.last_mut() {
            index.columns.push(column);
        }
    }
    // A unique index is a constraint too.
    made.uniques = made.indexes.iter().filter(|index| index.unique).cloned().collect();
    let sql = format!(
        "SELECT k.constraint_name, k.column_name, k.referenced_table_schema, \
         k.referenced_table_name, k.referenced_column_name, r.update_rule, r.delete_rule, \
         k.ordinal_position, k.referenced_table_schema = DATABASE() FROM \
         information_schema.key_column_usage k JOIN information_schema.referential_constraints r ON \
         r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name AND \
         r.table_name = k.table_name WHERE k.{} ORDER BY k.constraint_name, k.ordinal_position",
        WHERE.replace("AND table", "AND k.table")
    );
    for row in &ask(interp, &sql, &given)?.0 {
        let rule = |at: usize| {
            text_at(row, at).filter(|rule| !matches!(rule.as_str(), "NO ACTION" | "RESTRICT"))
        };
        if int_at(row, 7) <= 1 {
            made.foreign_keys.push(ReflectedKey {
                name: text_at(row, 0),
                schema: text_at(row, 2).filter(|_| int_at(row, 8) == 0),
                table: text_at(row, 3).unwrap_or_default(),
                onupdate: rule(5),
                ondelete: rule(6),
                ..ReflectedKey::default()
            });
        }
        if let Some(key) = made.foreign_keys.last_mut() {
            key.columns.extend(text_at(row, 1));
            key.targets.extend(text_at(row, 4));
        }
    }
    Ok(made)
}
