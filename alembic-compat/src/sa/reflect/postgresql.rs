//! PostgreSQL's catalog.

use limbeck_schema::SqlType;
use limbeck_schema::types::Enum;
use limbeck_schema::types::EnumKind;

use crate::eval::Interpreter;
use crate::eval::Result;

use super::ReflectedColumn;
use super::ReflectedIndex;
use super::ReflectedKey;
use super::Reflection;
use super::ask;
use super::flag_at;
use super::int_at;
use super::text_at;
use super::types;

/// The table of the questions below.
const TABLE: &str = "(SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON \
    n.oid = c.relnamespace WHERE c.relname = $1 AND c.relkind IN ('r','p','f','v','m') AND CASE WHEN \
    $2 = '' THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = $2 END LIMIT 1)";

pub(super) fn reflect(
    interp: &mut Interpreter,
    schema: Option<&str>,
    name: &str,
) -> Result<Reflection> {
    let given = [name, schema.unwrap_or("")];
    let mut made = Reflection::default();
    let sql = format!(
        "SELECT a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, \
         pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, a.attgenerated::text, \
         pg_catalog.col_description(a.attrelid, a.attnum), t.typtype::text, a.atttypid::text, \
         t.typname::text FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = \
         a.atttypid LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = \
         a.attnum WHERE a.attrelid = {TABLE} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY \
         a.attnum"
    );
    for row in &ask(interp, &sql, &given)?.0 {
        let Some(column) = text_at(row, 0) else { continue };
        let word = text_at(row, 1).unwrap_or_default();
        let sql_type = if text_at(row, 7).as_deref() == Some("e") {
            let type_name = text_at(row, 9).unwrap_or_default();
            enumeration(interp, &type_name, &text_at(row, 8).unwrap_or_default())?
        } else {
            types::postgresql(&word).unwrap_or(SqlType::Null)
        };
        let default = text_at(row, 3);
        let is_generated = text_at(row, 5).is_some_and(|kind| !kind.is_empty());
        let is_identity = text_at(row, 4).is_some_and(|kind| !kind.is_empty());
        let counts = default.as_ref().is_some_and(|sql| sql.starts_with("nextval("));
        let computed = default.clone().filter(|_| is_generated).map(|sql| (sql, true));
        made.columns.push(ReflectedColumn {
            name: column,
            sql_type,
            nullable: !flag_at(row, 2),
            default: default.filter(|_| !is_generated),
            autoincrement: counts || is_identity,
            comment: text_at(row, 6),
            computed,
        });
    }
    constraints(interp, &given, &mut made)?;
    indexes(interp, &given, &mut made)?;
    let sql = format!("SELECT pg_catalog.obj_description({TABLE}, 'pg_class')");
    made.comment = ask(interp, &sql, &given)?.0.first().and_then(|row| text_at(row, 0));
    Ok(made)
}

fn enumeration(interp: &mut Interpreter, name: &str, oid: &str) -> Result<SqlType> {
    let rows = ask(
        interp,
        "SELECT enumlabel::text FROM pg_catalog.pg_enum WHERE enumtypid::text = $1 ORDER BY \
         enumsortorder",
        &[oid],
    )?;
    let values: Vec<String> = rows.0.iter().filter_map(|row| text_at(row, 0)).collect();
    Ok(Enum { kind: EnumKind::Postgresql, ..Enum::new(name, values) }.into())
}

fn action(code: Option<String>) -> Option<String> {
    Some(
        match code?.as_str() {
            "c" => "CASCADE",
            "n" => "SET NULL",
            "d" => "SET DEFAULT",
            "r" => "RESTRICT",
            _ => return None,
        }
        .to_owned(),
    )
}

fn constraints(interp: &mut Interpreter, given: &[&str], made: &mut Reflection) -> Result<()> {
    let sql = format!(
        "SELECT con.conname::text, con.contype::text, a.attname::text, fn.nspname::text, \
         fc.relname::text, fa.attname::text, con.confupdtype::text, con.confdeltype::text, \
         con.condeferrable, con.condeferred, pg_catalog.pg_table_is_visible(fc.oid), \
         pg_catalog.pg_get_expr(con.conbin, con.conrelid, true), k.ord FROM \
         pg_catalog.pg_constraint con LEFT JOIN LATERAL unnest(con.conkey) WITH ORDINALITY AS \
         k(attnum, ord) ON true LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = con.conrelid \
         AND a.attnum = k.attnum LEFT JOIN pg_catalog.pg_class fc ON fc.oid = con.confrelid LEFT \
         JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace LEFT JOIN \
         pg_catalog.pg_attribute fa ON fa.attrelid = con.confrelid AND fa.attnum = \
         con.confkey[k.ord] WHERE con.conrelid = {TABLE} ORDER BY con.conname, k.ord"
    );
    let mut last = String::new();
    for row in &ask(interp, &sql, given)?.0 {
        let name = text_at(row, 0).unwrap_or_default();
        let column = text_at(row, 2);
        let is_new = name != last;
        last.clone_from(&name);
        match text_at(row, 1).as_deref() {
            Some("p") => {
                made.key_name = Some(name);
                made.key.extend(column);
            }
            Some("u") => {
                if is_new {
                    made.uniques.push(ReflectedIndex {
                        name: Some(name),
                        unique: true,
                        ..ReflectedIndex::default()
                    });
                }
                if let Some(unique) = made.uniques.last_mut() {
                    unique.columns.push(column);
                }
            }
            Some("f") => {
                if is_new {
                    let deferrable = flag_at(row, 8);
                    made.foreign_keys.push(ReflectedKey {
                        name: Some(name),
                        schema: text_at(row, 3).filter(|_| !flag_at(row, 10)),
                        table: text_at(row, 4).unwrap_or_default(),
                        onupdate: action(text_at(row, 6)),
                        ondelete: action(text_at(row, 7)),
                        deferrable: deferrable.then_some(true),
                        initially: flag_at(row, 9).then(|| "DEFERRED".to_owned()),
                        ..ReflectedKey::default()
                    });
                }
                if let Some(key) = made.foreign_keys.last_mut() {
                    key.columns.extend(column);
                    key.targets.extend(text_at(row, 5));
                }
            }
            Some("c") if is_new => {
                made.checks.push((Some(name), text_at(row, 11).unwrap_or_default()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn indexes(interp: &mut Interpreter, given: &[&str], made: &mut Reflection) -> Result<()> {
    let sql = format!(
        "SELECT ic.relname::text, i.indisunique, a.attname::text, \
         pg_catalog.pg_get_expr(i.indpred, i.indrelid), EXISTS (SELECT 1 FROM \
         pg_catalog.pg_constraint con WHERE con.conindid = i.indexrelid AND con.contype IN ('u', \
         'x') AND con.conrelid = i.indrelid), k.ord FROM pg_catalog.pg_index i JOIN \
         pg_catalog.pg_class ic ON ic.oid = i.indexrelid JOIN LATERAL unnest(i.indkey::int2[]) WITH \
         ORDINALITY AS k(attnum, ord) ON k.ord <= i.indnkeyatts LEFT JOIN pg_catalog.pg_attribute a \
         ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0 WHERE i.indrelid = \
         {TABLE} AND NOT i.indisprimary ORDER BY ic.relname, k.ord"
    );
    for row in &ask(interp, &sql, given)?.0 {
        let name = text_at(row, 0);
        if int_at(row, 5) <= 1 {
            made.indexes.push(ReflectedIndex {
                name,
                columns: vec![text_at(row, 2)],
                unique: flag_at(row, 1),
                predicate: text_at(row, 3),
                duplicates: flag_at(row, 4),
            });
        } else if let Some(index) = made.indexes.last_mut() {
            index.columns.push(text_at(row, 2));
        }
    }
    Ok(())
}
