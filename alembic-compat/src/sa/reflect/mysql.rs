//! MySQL's and MariaDB's tables, from what `SHOW CREATE TABLE` says, as SQLAlchemy reads them.

use limbeck_schema::SqlType;

use crate::eval::Interpreter;
use crate::eval::Result;

use super::Facts;
use super::ReflectedCheck;
use super::ReflectedColumn;
use super::ReflectedIndex;
use super::ReflectedKey;
use super::Reflection;
use super::ask;
use super::inspect;
use super::migration;
use super::mysql_options;
use super::text_at;
use super::types;

pub(super) fn reflect(
    interp: &mut Interpreter,
    schema: Option<&str>,
    name: &str,
) -> Result<Reflection> {
    if inspect::has_table(interp, schema, name)? == Some(false) {
        return Ok(Reflection::default());
    }
    let quoted = |name: &str| format!("`{}`", name.replace('`', "``"));
    let table = match schema {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(name)),
        None => quoted(name),
    };
    let rows = ask(interp, &format!("SHOW CREATE TABLE {table}"), &[])?;
    let text = rows.0.first().and_then(|row| text_at(row, 1)).unwrap_or_default();
    let mut made = Reflection::default();
    if !text.starts_with("CREATE TABLE") && !text.starts_with("CREATE TEMPORARY TABLE") {
        for row in &ask(interp, &format!("SHOW COLUMNS FROM {table}"), &[])?.0 {
            made.columns.extend(column_of_view(row));
        }
        return Ok(made);
    }
    for line in text.lines().skip(1) {
        if let Some(options) = line.strip_prefix(") ") {
            made.comment = option(options, "COMMENT=");
            set_options(interp, mysql_options::of_table(options), &mut made)?;
        } else if line.contains("PARTITION") {
            set_options(interp, mysql_options::of_partitions(line), &mut made)?;
        } else if line.starts_with("  `") {
            made.columns.extend(column(line.trim()));
        } else if line.starts_with("  ") {
            let line = line.trim();
            part(line.strip_suffix(',').unwrap_or(line), schema, &mut made);
        }
    }
    // Without a name it would come last.
    let place = |name: &Option<String>| name.clone().unwrap_or_else(|| "~".to_owned());
    made.indexes.sort_by_key(|index| place(&index.name));
    made.checks.sort_by_key(|check| place(&check.name));
    made.uniques = made.indexes.iter().filter(|index| index.unique).cloned().collect();
    for unique in &mut made.uniques {
        unique.duplicates = true;
        unique.facts = Facts::default();
    }
    Ok(made)
}

/// Keeps options under the name of the dialect.
fn set_options(
    interp: &mut Interpreter,
    options: Vec<(String, String)>,
    made: &mut Reflection,
) -> Result<()> {
    let known = match migration::target(interp)?.name() {
        "mariadb" => &mut made.options.mariadb,
        _ => &mut made.options.mysql,
    };
    for (name, value) in options {
        match known.iter_mut().find(|(known, _)| *known == name) {
            // Definitions of partitions take a line each.
            Some((_, known)) if name.ends_with("_definitions") => {
                known.push_str(", ");
                known.push_str(&value);
            }
            Some((_, known)) => *known = value,
            None => known.push((name, value)),
        }
    }
    Ok(())
}

/// Views are described in fewer words.
fn column_of_view(row: &[limbeck_schema::SqlValue]) -> Option<ReflectedColumn> {
    let name = text_at(row, 0)?;
    let word = text_at(row, 1)?;
    let default = text_at(row, 4).filter(|default| !default.is_empty()).and_then(|default| {
        let is_moment = word.starts_with("timestamp") && default.starts_with('C');
        match default.as_str() {
            "NULL" => None,
            _ if is_moment => Some(default),
            _ => Some(format!("'{}'", default.replace('\'', "''"))),
        }
    });
    let sql_type = types::mysql(&words(&word)).unwrap_or(SqlType::Null);
    let autoincrement = matches!(sql_type, SqlType::Integer(_)).then_some(false);
    Some(ReflectedColumn {
        name,
        sql_type,
        nullable: true,
        default,
        autoincrement,
        comment: None,
        computed: None,
        identity: None,
        owns_sequence: false,
    })
}

/// The words of a line: what is in quotes or parentheses belongs to its word.
fn words(line: &str) -> Vec<&str> {
    let mut made = Vec::new();
    let mut start = None;
    let mut depth = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in line.char_indices() {
        if let Some(open) = quote {
            if escaped {
                escaped = false;
            } else if character == '\\' && open != '`' {
                escaped = true;
            } else if character == open {
                quote = None;
            }
            continue;
        }
        if character == ' ' && depth == 0 {
            if let Some(from) = start.take() {
                made.extend(line.get(from..at));
            }
            continue;
        }
        start.get_or_insert(at);
        match character {
            '\'' | '"' | '`' => quote = Some(character),
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    if let Some(from) = start {
        made.extend(line.get(from..));
    }
    made
}

/// What stands in quotes, without them.
fn unquoted(text: &str) -> String {
    let mut characters = text.chars();
    let (Some(open @ ('\'' | '`' | '"')), Some(_)) = (characters.next(), characters.next_back())
    else {
        return text.to_owned();
    };
    let doubled = format!("{open}{open}");
    let inner = characters.as_str();
    if open == '`' {
        return inner.replace(&doubled, "`");
    }
    let mut made = String::new();
    let mut rest = inner.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            made.push(character);
            continue;
        }
        match rest.next() {
            Some('n') => made.push('\n'),
            Some('r') => made.push('\r'),
            Some('t') => made.push('\t'),
            Some('0') => made.push('\0'),
            Some('\\') | None => made.push('\\'),
            Some(other) => made.extend(['\\', other]),
        }
    }
    made.replace(&doubled, &open.to_string())
}

/// A text among the options of a table.
fn option(line: &str, name: &str) -> Option<String> {
    words(line).into_iter().find_map(|word| word.strip_prefix(name).map(unquoted))
}

/// A line of a column.
fn column(line: &str) -> Option<ReflectedColumn> {
    let line = line.strip_suffix(',').unwrap_or(line);
    let words = words(line);
    let (name, rest) = words.split_first()?;
    let mut made = ReflectedColumn {
        name: unquoted(name),
        sql_type: SqlType::Null,
        nullable: true,
        default: None,
        autoincrement: None,
        comment: None,
        computed: None,
        identity: None,
        owns_sequence: false,
    };
    let mut sql_type = types::mysql(rest).unwrap_or(SqlType::Null);
    let (mut charset, mut collation) = (None, None);
    let mut counts = false;
    let mut at = 1;
    while let Some(word) = rest.get(at) {
        let next = rest.get(at + 1).copied().unwrap_or_default();
        match word.to_uppercase().as_str() {
            "CHARACTER" if next.eq_ignore_ascii_case("SET") => {
                charset = rest.get(at + 2).map(|&word| word.to_owned());
                at += 2;
            }
            "COLLATE" => {
                collation = Some(next.to_owned());
                at += 1;
            }
            "NOT" if next == "NULL" => {
                made.nullable = false;
                at += 1;
            }
            // A default that has an escaped apostrophe is such a word.
            "DEFAULT" if next.starts_with('\'') && next.contains("\\'") => break,
            "DEFAULT" => {
                let is_word = next.chars().all(|c| c.is_alphanumeric() || "_-.()".contains(c));
                if !is_word && !next.starts_with(['\'', '(']) {
                    // SQLAlchemy gives up on the rest of such a line.
                    made.nullable = true;
                    made.default = None;
                    made.sql_type =
                        types::mysql(rest.get(..1).unwrap_or_default()).unwrap_or(SqlType::Null);
                    made.autoincrement =
                        matches!(made.sql_type, SqlType::Integer(_)).then_some(false);
                    return Some(made);
                }
                made.default = (next != "NULL").then(|| next.to_owned());
                at += 1;
                if is_word
                    && let (Some(&"ON"), Some(&"UPDATE"), Some(moment)) =
                        (rest.get(at + 1), rest.get(at + 2), rest.get(at + 3))
                {
                    if let Some(default) = &mut made.default {
                        default.push_str(" ON UPDATE ");
                        default.push_str(moment);
                    }
                    at += 3;
                }
            }
            "AS" => {
                let persisted = match rest.get(at + 2).map(|word| word.to_uppercase()).as_deref() {
                    Some("STORED") => Some(true),
                    Some("VIRTUAL") => Some(false),
                    _ => None,
                };
                made.computed = Some((next.to_owned(), persisted));
                at += 1 + usize::from(persisted.is_some());
            }
            "AUTO_INCREMENT" => counts = true,
            "COMMENT" => {
                made.comment = Some(unquoted(next));
                at += 1;
            }
            "UNSIGNED" | "ZEROFILL" | "NULL" | "GENERATED" | "ALWAYS" => {}
            "COLUMN_FORMAT" | "STORAGE" => at += 1,
            // SQLAlchemy reads nothing behind a word that it does not know.
            _ => break,
        }
        at += 1;
    }
    types::set_charset(&mut sql_type, charset, collation);
    made.autoincrement = match &sql_type {
        _ if counts => Some(true),
        SqlType::Integer(_) => Some(false),
        _ => None,
    };
    made.sql_type = sql_type;
    Some(made)
}

/// The columns in parentheses, with their lengths.
fn key_columns(text: &str) -> Vec<(String, Option<u32>)> {
    let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    let parts = types::split_list(inner);
    let columns = parts.iter().map(|part| part.trim()).filter(|part| part.starts_with('`'));
    columns
        .map(|part| {
            let first = words(part).first().copied().unwrap_or_default();
            match first.rsplit_once("`(") {
                Some((name, length)) => {
                    let length = length.trim_end_matches(')').parse().ok();
                    (unquoted(&format!("{name}`")), length)
                }
                None => (unquoted(first), None),
            }
        })
        .collect()
}

/// A line of a key or a constraint.
fn part(line: &str, schema: Option<&str>, made: &mut Reflection) {
    let words = words(line);
    let names = |text: &str| key_columns(text).into_iter().map(|(name, _)| name).collect();
    match words.as_slice() {
        ["PRIMARY", "KEY", columns, ..] => made.key = names(columns),
        ["CONSTRAINT", name, "CHECK", ..] => {
            let from = line.find(" CHECK ").map_or(0, |at| at + " CHECK ".len());
            let text = line.get(from..).unwrap_or_default().trim_start();
            let inner = text.strip_prefix('(').and_then(|text| text.rsplit_once(')'));
            let sql = inner.map_or(text, |(sql, _)| sql).to_owned();
            let name = Some(unquoted(name));
            made.checks.push(ReflectedCheck { name, sql, ..ReflectedCheck::default() });
        }
        [
            "CONSTRAINT",
            name,
            "FOREIGN",
            "KEY",
            columns,
            "REFERENCES",
            table,
            targets,
            rest @ ..,
        ] => {
            let (namespace, table) = match table.split_once("`.`") {
                Some((namespace, table)) => {
                    (Some(unquoted(&format!("{namespace}`"))), format!("`{table}"))
                }
                None => (schema.map(str::to_owned), (*table).to_owned()),
            };
            let rule = |word: &str| {
                let from = rest.windows(2).position(|pair| pair == ["ON", word])? + 2;
                let rule = match rest.get(from..).unwrap_or_default() {
                    ["SET", what, ..] => format!("SET {what}"),
                    ["NO", "ACTION", ..] | [] => return None,
                    [rule, ..] => (*rule).to_owned(),
                };
                Some(rule)
            };
            made.foreign_keys.push(ReflectedKey {
                name: Some(unquoted(name)),
                columns: names(columns),
                schema: namespace,
                table: unquoted(&table),
                targets: names(targets),
                onupdate: rule("UPDATE"),
                ondelete: rule("DELETE"),
                ..ReflectedKey::default()
            });
        }
        [kind, "KEY", name, columns, rest @ ..] => {
            index(Some(kind), name, columns, rest, made);
        }
        ["KEY", name, columns, rest @ ..] => index(None, name, columns, rest, made),
        _ => {}
    }
}

fn index(kind: Option<&str>, name: &str, columns: &str, rest: &[&str], made: &mut Reflection) {
    // SQLAlchemy warns of such a line, and does without it.
    if rest.contains(&"IGNORED") {
        return;
    }
    let columns = key_columns(columns);
    let mut facts = Facts {
        prefix: kind.filter(|kind| matches!(*kind, "FULLTEXT" | "SPATIAL")).map(str::to_owned),
        with_parser: rest
            .windows(3)
            .find(|words| words.first() == Some(&"WITH") && words.get(1) == Some(&"PARSER"))
            .and_then(|words| words.get(2).map(|name| unquoted(name))),
        ..Facts::default()
    };
    for (name, length) in &columns {
        if let Some(length) = length {
            facts.lengths.push((name.clone(), *length));
        }
    }
    made.indexes.push(ReflectedIndex {
        name: Some(unquoted(name)),
        columns: columns.into_iter().map(|(name, _)| Some(name)).collect(),
        unique: kind == Some("UNIQUE"),
        facts,
        ..ReflectedIndex::default()
    });
}
