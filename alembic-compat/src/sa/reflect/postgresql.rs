//! PostgreSQL's catalog.

use limbeck_schema::SqlType;
use limbeck_schema::expr;
use limbeck_schema::table::Identity;
use limbeck_schema::table::OptionValue;
use limbeck_schema::table::PostgresqlTable;
use limbeck_schema::table::SequenceOptions;
use limbeck_schema::types::Array;
use limbeck_schema::types::Domain;
use limbeck_schema::types::Enum;
use limbeck_schema::types::EnumKind;

use crate::eval::Interpreter;
use crate::eval::Result;

use super::Facts;
use super::Part;
use super::ReflectedCheck;
use super::ReflectedColumn;
use super::ReflectedIndex;
use super::ReflectedKey;
use super::Reflection;
use super::SqlalchemyVersion;
use super::ask;
use super::flag_at;
use super::int_at;
use super::migration;
use super::text_at;
use super::types;

/// The table of the questions below.
const TABLE: &str = "(SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON \
    n.oid = c.relnamespace WHERE c.relname = $1 AND c.relkind IN ('r','p','f','v','m') AND CASE WHEN \
    $2 = '' THEN pg_catalog.pg_table_is_visible(c.oid) AND n.nspname <> 'pg_catalog' ELSE \
    n.nspname = $2 END LIMIT 1)";

pub(super) fn reflect(
    interp: &mut Interpreter,
    schema: Option<&str>,
    name: &str,
    parts: &[Part],
) -> Result<Reflection> {
    let given = [name, schema.unwrap_or("")];
    let mut made = Reflection::default();
    if parts.contains(&Part::Columns) {
        columns(interp, schema, &given, &mut made)?;
    }
    if parts.contains(&Part::Constraints) {
        constraints(interp, schema, &given, &mut made)?;
    }
    if parts.contains(&Part::Indexes) {
        indexes(interp, &given, &mut made)?;
    }
    if parts.contains(&Part::Options) && is_newest(interp)? {
        options(interp, &given, &mut made.options.postgresql)?;
    }
    if parts.contains(&Part::Comment) {
        let sql = format!("SELECT pg_catalog.obj_description({TABLE}, 'pg_class')");
        made.comment = ask(interp, &sql, &given)?.0.first().and_then(|row| text_at(row, 0));
    }
    Ok(made)
}

/// SQLAlchemy's from 2.1 on look at options of tables.
fn is_newest(interp: &mut Interpreter) -> Result<bool> {
    Ok(migration::current(interp)?.sqlalchemy == SqlalchemyVersion::V21)
}

fn options(interp: &mut Interpreter, given: &[&str], made: &mut PostgresqlTable) -> Result<()> {
    let sql = format!(
        "SELECT CASE WHEN am.amname <> current_setting('default_table_access_method') THEN \
         am.amname::text END, pg_catalog.array_to_string(c.reloptions, chr(1)), t.spcname::text, \
         p.relname::text FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_am am ON am.oid = \
         c.relam LEFT JOIN pg_catalog.pg_tablespace t ON t.oid = c.reltablespace LEFT JOIN \
         pg_catalog.pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_catalog.pg_class p ON p.oid = \
         i.inhparent WHERE c.oid = {TABLE} ORDER BY i.inhseqno"
    );
    for row in &ask(interp, &sql, given)?.0 {
        made.using = text_at(row, 0);
        made.with = parameters(text_at(row, 1))
            .map(|(name, value)| (name, OptionValue::Text(value)))
            .collect();
        made.tablespace = text_at(row, 2);
        made.inherits.extend(text_at(row, 3));
    }
    Ok(())
}

/// Storage parameters, from a list of assignments.
fn parameters(list: Option<String>) -> impl Iterator<Item = (String, String)> {
    let list = list.unwrap_or_default();
    let pairs: Vec<_> = list
        .split('\u{1}')
        .filter_map(|option| option.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    pairs.into_iter()
}

fn columns(
    interp: &mut Interpreter,
    schema: Option<&str>,
    given: &[&str],
    made: &mut Reflection,
) -> Result<()> {
    let sql = format!(
        "SELECT a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, \
         pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, a.attgenerated::text, \
         pg_catalog.col_description(a.attrelid, a.attnum), CASE WHEN a.attcollation <> \
         t.typcollation THEN a.attcollation::text END, a.atttypid::text, a.attrelid::text, \
         a.attnum::text, a.atttypid IN (20, 23) AND EXISTS (SELECT 1 FROM pg_catalog.pg_depend own \
         JOIN pg_catalog.pg_class s ON s.oid = own.objid AND s.relkind = 'S' JOIN \
         pg_catalog.pg_attribute o ON o.attrelid = own.refobjid AND o.attnum = own.refobjsubid \
         WHERE own.classid = 'pg_catalog.pg_class'::regclass AND own.refclassid = \
         'pg_catalog.pg_class'::regclass AND o.attname = a.attname AND s.oid = \
         pg_catalog.to_regclass(pg_catalog.substring(pg_catalog.pg_get_expr(d.adbin, d.adrelid), \
         'nextval\\(''(.+?)''::regclass\\)'))) FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = \
         a.atttypid LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = \
         a.attnum WHERE a.attrelid = {TABLE} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY \
         a.attnum"
    );
    let rows = ask(interp, &sql, given)?;
    for row in &rows.0 {
        let Some(column) = text_at(row, 0) else { continue };
        let word = text_at(row, 1).unwrap_or_default();
        let (mut sql_type, domain_default) = match types::postgresql(&word) {
            Some(known) => (known, None),
            None => named_type(interp, &text_at(row, 8).unwrap_or_default())?,
        };
        if let Some(oid) = text_at(row, 7) {
            let (name, schema) = collation(interp, &oid)?;
            types::set_collation(&mut sql_type, name, schema);
        }
        let mut nullable = !flag_at(row, 2);
        let mut default = text_at(row, 3);
        if let SqlType::Domain(domain) = &sql_type {
            nullable &= !domain.not_null;
            default = default.or(domain_default);
        }
        let generated = text_at(row, 5).filter(|kind| !kind.is_empty());
        let computed = match (&generated, &default) {
            (Some(kind), Some(sql)) => Some((sql.clone(), Some(kind == "s"))),
            _ => None,
        };
        let identity = match text_at(row, 4).filter(|kind| !kind.is_empty()) {
            Some(kind) => {
                let place = [text_at(row, 9), text_at(row, 10)].map(Option::unwrap_or_default);
                let options = sequence_options(interp, &place.each_ref().map(String::as_str))?;
                Some(Identity { always: Some(kind == "a"), options })
            }
            None => None,
        };
        let mut default = default.filter(|_| generated.is_none());
        let is_integer = matches!(sql_type, SqlType::Integer(_));
        let sequence = default.as_deref().and_then(sequence_of);
        let autoincrement = Some(identity.is_some() || (sequence.is_some() && is_integer));
        if let (Some((from, name)), Some(schema)) = (sequence, schema)
            && !name.contains('.')
            && let Some(sql) = &mut default
        {
            sql.insert_str(from, &format!("\"{schema}\"."));
        }
        made.columns.push(ReflectedColumn {
            name: column,
            sql_type,
            nullable,
            default,
            autoincrement,
            comment: text_at(row, 6),
            computed,
            identity,
            owns_sequence: flag_at(row, 11),
        });
    }
    Ok(())
}

/// The name and, where it must be told, the schema of a collation.
fn collation(interp: &mut Interpreter, oid: &str) -> Result<(Option<String>, Option<String>)> {
    let rows = ask(
        interp,
        "SELECT co.collname::text, CASE WHEN NOT pg_catalog.pg_collation_is_visible(co.oid) THEN \
         n.nspname::text END FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace n ON \
         n.oid = co.collnamespace WHERE co.oid = $1::oid",
        &[oid],
    )?;
    let row = rows.0.first();
    Ok((row.and_then(|row| text_at(row, 0)), row.and_then(|row| text_at(row, 1))))
}

/// The options of the sequence behind an identity column: of a table's oid and a column's number.
fn sequence_options(interp: &mut Interpreter, place: &[&str; 2]) -> Result<SequenceOptions> {
    let rows = ask(
        interp,
        "SELECT s.seqstart::text, s.seqincrement::text, s.seqmin::text, s.seqmax::text, \
         s.seqcycle, s.seqcache::text FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_sequence s \
         ON s.seqrelid = d.objid WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND \
         d.refobjid = $1::oid AND d.refobjsubid = $2::int AND d.classid = \
         'pg_catalog.pg_class'::regclass AND d.deptype = 'i'",
        place,
    )?;
    let Some(row) = rows.0.first() else { return Ok(SequenceOptions::default()) };
    let number = |at: usize| text_at(row, at).and_then(|digits| digits.parse().ok());
    Ok(SequenceOptions {
        start: number(0),
        increment: number(1),
        minvalue: number(2),
        maxvalue: number(3),
        cycle: Some(flag_at(row, 4)),
        cache: number(5),
        ..SequenceOptions::default()
    })
}

/// The sequence in `nextval('…')`, and where its name begins.
fn sequence_of(default: &str) -> Option<(usize, String)> {
    const CALL: &str = "nextval('";
    let from = default.find(CALL)? + CALL.len();
    let rest = default.get(from..)?;
    let end = rest.find('\'').filter(|end| *end > 0)?;
    Some((from, rest.get(..end)?.to_owned()))
}

/// An enumeration, a domain, or an array of either; and the default of a domain.
fn named_type(interp: &mut Interpreter, oid: &str) -> Result<(SqlType, Option<String>)> {
    let rows = ask(
        interp,
        "SELECT t.typtype::text, t.typname::text, n.nspname::text, \
         pg_catalog.pg_type_is_visible(t.oid), CASE WHEN t.typcategory = 'A' THEN t.typelem::text \
         END, pg_catalog.format_type(t.typbasetype, NULL), t.typnotnull, t.typdefault, \
         t.typbasetype::text FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = \
         t.typnamespace WHERE t.oid = $1::oid",
        &[oid],
    )?;
    let Some(row) = rows.0.first() else { return Ok((SqlType::Null, None)) };
    if let Some(element) = text_at(row, 4) {
        let (item, _) = named_type(interp, &element)?;
        if item == SqlType::Null {
            return Ok((item, None));
        }
        return Ok((Array { item: Box::new(item), dimensions: None }.into(), None));
    }
    let name = text_at(row, 1).unwrap_or_default();
    let schema = text_at(row, 2).filter(|_| !flag_at(row, 3));
    match text_at(row, 0).as_deref() {
        Some("e") => {
            let rows = ask(
                interp,
                "SELECT enumlabel::text FROM pg_catalog.pg_enum WHERE enumtypid = $1::oid ORDER \
                 BY enumsortorder",
                &[oid],
            )?;
            let values: Vec<String> = rows.0.iter().filter_map(|row| text_at(row, 0)).collect();
            let made = Enum { kind: EnumKind::Postgresql, schema, ..Enum::new(name, values) };
            Ok((made.into(), None))
        }
        Some("d") => {
            let base = match types::postgresql(&text_at(row, 5).unwrap_or_default()) {
                Some(base) => base,
                None => named_type(interp, &text_at(row, 8).unwrap_or_default())?.0,
            };
            let default = text_at(row, 7);
            let not_null = flag_at(row, 6);
            let checks = ask(
                interp,
                "SELECT conname::text, pg_catalog.pg_get_constraintdef(oid, true) FROM \
                 pg_catalog.pg_constraint WHERE contypid = $1::oid AND contype = 'c' ORDER BY \
                 conname",
                &[oid],
            )?;
            let check = checks.0.first();
            let mut domain = Domain::new(name, base);
            domain.schema = schema;
            domain.default = default.clone().map(expr::text);
            domain.not_null = not_null;
            domain.create_type = false;
            domain.constraint_name = check.and_then(|row| text_at(row, 0));
            domain.check = check
                .and_then(|row| text_at(row, 1))
                .map(|sql| expr::text(ReflectedCheck::from_definition(None, &sql).sql));
            Ok((SqlType::Domain(Box::new(domain)), default))
        }
        _ => Ok((SqlType::Null, None)),
    }
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

/// `SET NULL (a, b)`, where a foreign key says which columns that is for.
fn with_columns(rule: String, definition: Option<&str>) -> String {
    let begin = format!("ON DELETE {rule} (");
    let found = definition
        .and_then(|definition| definition.split_once(&begin))
        .and_then(|(_, rest)| rest.rsplit_once(')'));
    match found {
        Some((columns, _)) => format!("{rule} ({columns})"),
        None => rule,
    }
}

fn constraints(
    interp: &mut Interpreter,
    schema: Option<&str>,
    given: &[&str],
    made: &mut Reflection,
) -> Result<()> {
    let sql = format!(
        "SELECT con.conname::text, con.contype::text, a.attname::text, fn.nspname::text, \
         fc.relname::text, fa.attname::text, con.confupdtype::text, con.confdeltype::text, \
         con.condeferrable, con.condeferred, pg_catalog.pg_table_is_visible(fc.oid), CASE WHEN \
         con.contype IN ('c', 'f') THEN pg_catalog.pg_get_constraintdef(con.oid, true) END, k.ord, \
         con.confmatchtype::text, pg_catalog.obj_description(con.oid, 'pg_constraint') FROM \
         pg_catalog.pg_constraint con LEFT JOIN LATERAL unnest(con.conkey) WITH ORDINALITY AS \
         k(attnum, ord) ON true LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = con.conrelid \
         AND a.attnum = k.attnum LEFT JOIN pg_catalog.pg_class fc ON fc.oid = con.confrelid LEFT \
         JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace LEFT JOIN \
         pg_catalog.pg_attribute fa ON fa.attrelid = con.confrelid AND fa.attnum = \
         con.confkey[k.ord] WHERE con.conrelid = {TABLE} ORDER BY con.conname, con.oid, k.ord"
    );
    let mut last = None;
    let is_old = super::super::table::is_old(interp);
    for row in &ask(interp, &sql, given)?.0 {
        let name = text_at(row, 0).unwrap_or_default();
        let kind = text_at(row, 1);
        let column = text_at(row, 2);
        let comment = text_at(row, 14).filter(|_| !is_old);
        let this = Some((kind.clone(), name.clone()));
        let is_new = this != last;
        last = this;
        match kind.as_deref() {
            Some("p") => {
                made.key_name = Some(name);
                made.key_facts = Some(Facts { comment, ..Facts::default() });
                made.key.extend(column);
            }
            Some("u") => {
                if is_new {
                    made.uniques.push(ReflectedIndex {
                        name: Some(name),
                        unique: true,
                        comment,
                        ..ReflectedIndex::default()
                    });
                }
                if let Some(unique) = made.uniques.last_mut() {
                    unique.columns.push(column);
                }
            }
            Some("f") => {
                if is_new {
                    let namespace = text_at(row, 3);
                    let is_own = namespace.is_some() && namespace.as_deref() == schema;
                    let deferrable = flag_at(row, 8);
                    let definition = text_at(row, 11).filter(|_| !is_old);
                    made.foreign_keys.push(ReflectedKey {
                        name: Some(name),
                        schema: namespace.filter(|_| is_own || !flag_at(row, 10)),
                        table: text_at(row, 4).unwrap_or_default(),
                        onupdate: action(text_at(row, 6)),
                        ondelete: action(text_at(row, 7))
                            .map(|rule| with_columns(rule, definition.as_deref())),
                        deferrable: deferrable.then_some(true),
                        initially: flag_at(row, 9).then(|| "DEFERRED".to_owned()),
                        matching: match text_at(row, 13).as_deref() {
                            Some("f") => Some("FULL".to_owned()),
                            Some("p") => Some("PARTIAL".to_owned()),
                            _ => None,
                        },
                        comment,
                        ..ReflectedKey::default()
                    });
                }
                if let Some(key) = made.foreign_keys.last_mut() {
                    key.columns.extend(column);
                    key.targets.extend(text_at(row, 5));
                }
            }
            Some("c") if is_new => {
                let definition = text_at(row, 11).unwrap_or_default();
                let check = ReflectedCheck::from_definition(Some(name), &definition);
                made.checks.push(ReflectedCheck { comment, ..check });
            }
            _ => {}
        }
    }
    Ok(())
}

fn indexes(interp: &mut Interpreter, given: &[&str], made: &mut Reflection) -> Result<()> {
    let sql = format!(
        "SELECT ic.relname::text, i.indisunique, CASE WHEN k.attnum = 0 THEN \
         pg_catalog.pg_get_indexdef(i.indexrelid, k.ord::int, true) ELSE a.attname::text END, \
         k.attnum = 0, pg_catalog.pg_get_expr(i.indpred, i.indrelid), EXISTS (SELECT 1 FROM \
         pg_catalog.pg_constraint con WHERE con.conindid = i.indexrelid AND con.contype IN ('p', \
         'u', 'x') AND con.conrelid = i.indrelid), k.ord, k.ord > i.indnkeyatts, (SELECT \
         op.opcname::text FROM pg_catalog.pg_opclass op WHERE op.oid = k.class AND NOT \
         op.opcdefault), k.option, pg_catalog.array_to_string(ic.reloptions, chr(1)), \
         am.amname::text, pg_catalog.to_jsonb(i)->>'indnullsnotdistinct' = 'true', i.indisvalid, \
         i.indisprimary FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = \
         i.indexrelid JOIN pg_catalog.pg_am am ON am.oid = ic.relam JOIN LATERAL \
         unnest(i.indkey::int2[], i.indclass::oid[], i.indoption::int2[]) WITH ORDINALITY AS \
         k(attnum, class, option, ord) ON true LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = \
         i.indrelid AND a.attnum = k.attnum AND k.attnum > 0 WHERE i.indrelid = {TABLE} ORDER BY \
         ic.relname, k.ord"
    );
    let rows = ask(interp, &sql, given)?;
    let mut found: Vec<(bool, ReflectedIndex)> = Vec::new();
    for row in &rows.0 {
        if int_at(row, 6) <= 1 {
            let mut facts =
                Facts { include: Some(Vec::new()), predicate: text_at(row, 4), ..Facts::default() };
            facts.with = parameters(text_at(row, 10)).collect();
            facts.using = text_at(row, 11).filter(|method| method != "btree");
            facts.nulls_not_distinct = flag_at(row, 12).then_some(true);
            facts.is_invalid = !flag_at(row, 13);
            let index = ReflectedIndex {
                name: text_at(row, 0),
                unique: flag_at(row, 1),
                duplicates: flag_at(row, 5),
                facts,
                ..ReflectedIndex::default()
            };
            found.push((flag_at(row, 14), index));
        }
        let Some((_, index)) = found.last_mut() else { continue };
        let element = text_at(row, 2).unwrap_or_default();
        if flag_at(row, 7) {
            index.facts.include.get_or_insert_default().push(element);
            continue;
        }
        if let Some(class) = text_at(row, 8) {
            index.facts.operator_classes.push((element.clone(), class));
        }
        let flags = int_at(row, 9);
        let sorting: &[&str] = match (flags & 1 != 0, flags & 2 != 0) {
            (true, false) => &["desc", "nulls_last"],
            (true, true) => &["desc"],
            (false, true) => &["nulls_first"],
            (false, false) => &[],
        };
        if !sorting.is_empty() {
            index.facts.sorting.push((element.clone(), sorting.to_vec()));
        }
        let is_expression = flag_at(row, 3);
        index.facts.elements.push(element.clone());
        index.columns.push((!is_expression).then_some(element));
    }
    let is_old = super::super::table::is_old(interp);
    for (is_key, index) in found {
        if is_key {
            if let Some(facts) = &mut made.key_facts {
                facts.include = index.facts.include.filter(|_| !is_old);
            }
            continue;
        }
        if let Some(unique) = made.uniques.iter_mut().find(|unique| unique.name == index.name) {
            unique.facts.include.clone_from(&index.facts.include);
            // The option is named for every constraint, and for those indexes that have it.
            unique.facts.nulls_not_distinct = Some(index.facts.nulls_not_distinct == Some(true));
        }
        made.indexes.push(index);
    }
    Ok(())
}
