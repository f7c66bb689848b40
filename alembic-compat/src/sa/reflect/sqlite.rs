//! SQLite's catalog: pragmas, and the text of CREATE TABLE for what they do not say.

use limbeck_schema::table::SqliteTable;
use regex_lite::Regex;

use crate::eval::Interpreter;
use crate::eval::Result;

use super::Facts;
use super::ReflectedCheck;
use super::ReflectedColumn;
use super::ReflectedIndex;
use super::ReflectedKey;
use super::Reflection;
use super::ask;
use super::flag_at;
use super::int_at;
use super::text_at;
use super::types;

/// A schema before a name.
pub(super) fn prefix(schema: Option<&str>) -> String {
    schema.map_or_else(String::new, |schema| format!("{}.", quoted(schema)))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

pub(super) fn reflect(
    interp: &mut Interpreter,
    schema: Option<&str>,
    name: &str,
) -> Result<Reflection> {
    let before = prefix(schema);
    let table = quoted(name);
    let rows = ask(
        interp,
        &format!(
            "SELECT sql FROM {before}sqlite_master WHERE name = ? AND type IN ('table', 'view')"
        ),
        &[name],
    )?;
    let sql = rows.0.first().and_then(|row| text_at(row, 0)).unwrap_or_default();
    let mut made = Reflection::default();
    let mut key = Vec::new();
    for row in &ask(interp, &format!("PRAGMA {before}table_xinfo({table})"), &[])?.0 {
        let hidden = int_at(row, 6);
        if hidden == 1 {
            continue;
        }
        let Some(column) = text_at(row, 1) else { continue };
        let mut word = text_at(row, 2).unwrap_or_default().to_uppercase();
        if hidden > 1 {
            word = word.replace("GENERATED", "").replace("ALWAYS", "").trim().to_owned();
        }
        if int_at(row, 5) > 0 {
            key.push((int_at(row, 5), column.clone()));
        }
        let computed = (hidden > 1).then(|| (generated(&sql, &column), Some(hidden == 3)));
        made.columns.push(ReflectedColumn {
            name: column,
            sql_type: types::sqlite(&word),
            nullable: int_at(row, 3) == 0,
            default: text_at(row, 4),
            autoincrement: None,
            identity: None,
            owns_sequence: false,
            comment: None,
            computed,
        });
    }
    key.sort();
    made.key = key.into_iter().map(|(_, column)| column).collect();
    made.key_name = pattern(r#"(?i)CONSTRAINT\s+(?:"(.+?)"|(\w+))\s+PRIMARY\s+KEY"#)
        .and_then(|pattern| pattern.captures(&sql).and_then(|found| either(&found, 1)));
    made.foreign_keys = foreign_keys(interp, schema, &table, &sql)?;
    let indexes = indexes(interp, schema, &table)?;
    made.uniques = uniques(&sql, &indexes);
    made.indexes = indexes.into_iter().filter(|index| !is_automatic(index)).collect();
    made.checks = checks(&sql);
    if !super::super::table::is_old(interp) {
        made.options.sqlite = options(&sql);
    }
    Ok(made)
}

/// What stands behind the last parenthesis, where it is nothing but options.
fn options(sql: &str) -> SqliteTable {
    let mut made = SqliteTable::default();
    let text = r"(?i)\)((?:\s*,?\s*(?:WITHOUT\s+ROWID|STRICT))*)\s*$";
    let Some(pattern) = pattern(text) else { return made };
    let found = pattern.captures(sql.trim()).and_then(|found| found.get(1));
    let words = found.map_or_else(String::new, |found| found.as_str().to_uppercase());
    made.with_rowid = words.contains("ROWID").then_some(false);
    made.strict = words.contains("STRICT").then_some(true);
    made
}

/// One of two groups, the first of which is quoted.
fn either(found: &regex_lite::Captures<'_>, at: usize) -> Option<String> {
    found.get(at).or_else(|| found.get(at + 1)).map(|group| group.as_str().to_owned())
}

fn names_in(text: &str) -> Vec<String> {
    let Some(pattern) = pattern(r#"(?i)"(.+?)"|([a-z0-9_]+)"#) else { return Vec::new() };
    pattern.captures_iter(text).filter_map(|found| either(&found, 1)).collect()
}

/// The expression of a generated column.
fn generated(sql: &str, column: &str) -> String {
    let word = regex_lite::escape(column);
    let text = format!(
        r#"(?is)[(,]\s*(?:"{word}"|`{word}`|\[{word}\]|{word})\s+[^,]*?(?:generated\s+always\s+)?as\s*\("#
    );
    let found = pattern(&text).and_then(|pattern| pattern.find(sql).map(|found| found.end()));
    found.and_then(|begin| inside(sql, begin)).unwrap_or_default()
}

/// What stands from here to the closing parenthesis.
fn inside(sql: &str, begin: usize) -> Option<String> {
    let mut depth = 1;
    let mut quote = None;
    for (at, c) in sql[begin..].char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth -= 1;
                if depth == 0 {
                    return Some(sql[begin..begin + at].trim().to_owned());
                }
            }
            _ => {}
        }
    }
    None
}

fn foreign_keys(
    interp: &mut Interpreter,
    schema: Option<&str>,
    table: &str,
    sql: &str,
) -> Result<Vec<ReflectedKey>> {
    let before = prefix(schema);
    let mut by_id: Vec<(i64, ReflectedKey)> = Vec::new();
    for row in &ask(interp, &format!("PRAGMA {before}foreign_key_list({table})"), &[])?.0 {
        let id = int_at(row, 0);
        let referred = text_at(row, 2).unwrap_or_default();
        let place = match by_id.iter().position(|(known, _)| *known == id) {
            Some(place) => place,
            None => {
                by_id.push((
                    id,
                    ReflectedKey {
                        table: referred.clone(),
                        schema: schema.map(str::to_owned),
                        ..ReflectedKey::default()
                    },
                ));
                by_id.len() - 1
            }
        };
        let target = text_at(row, 4);
        let targets = match &target {
            Some(target) => vec![target.clone()],
            None => {
                let sql = format!("PRAGMA {before}table_info({})", quoted(&referred));
                let mut key: Vec<(i64, String)> = ask(interp, &sql, &[])?
                    .0
                    .iter()
                    .filter(|row| int_at(row, 5) > 0)
                    .filter_map(|row| Some((int_at(row, 5), text_at(row, 1)?)))
                    .collect();
                key.sort();
                key.into_iter().map(|(_, column)| column).collect()
            }
        };
        let Some((_, key)) = by_id.get_mut(place) else { continue };
        key.columns.extend(text_at(row, 3));
        if target.is_some() || key.targets.is_empty() {
            key.targets.extend(targets);
        }
    }
    // Of several keys from and to the same columns SQLAlchemy knows one.
    let is_same = |a: &ReflectedKey, b: &ReflectedKey| {
        a.columns == b.columns && a.table == b.table && a.targets == b.targets
    };
    let mut waiting: Vec<ReflectedKey> = Vec::new();
    for (_, key) in by_id {
        if !waiting.iter().any(|known| is_same(known, &key)) {
            waiting.push(key);
        }
    }
    let mut made = Vec::new();
    let text = r#"(?i)(?:CONSTRAINT\s+(?:"(.+?)"|(\w+))\s+)?FOREIGN\s+KEY\s*\( *(.+?) *\)\s+REFERENCES\s+(?:"(.+?)"|([a-z0-9_]+))\s*\( *((?:(?:"[^"]+"|[a-z0-9_]+) *(?:, *)?)+)\) *((?:\s*ON\s+(?:DELETE|UPDATE)\s+(?:SET\s+NULL|SET\s+DEFAULT|CASCADE|RESTRICT|NO\s+ACTION))*)(\s*(?:NOT\s+)?DEFERRABLE)?(?:\s*INITIALLY\s+(DEFERRED|IMMEDIATE))?"#;
    let Some(pattern) = pattern(text) else { return Ok(waiting) };
    for found in pattern.captures_iter(sql) {
        let part = |at: usize| found.get(at).map_or("", |group| group.as_str());
        let columns = names_in(part(3));
        let targets = names_in(part(6));
        let table = either(&found, 4).unwrap_or_default();
        let place = waiting
            .iter()
            .position(|key| key.columns == columns && key.table == table && key.targets == targets);
        let Some(place) = place else { continue };
        let mut key = waiting.remove(place);
        key.name = either(&found, 1);
        let actions = part(7).to_uppercase();
        let words: Vec<&str> = actions.split_whitespace().collect();
        for action in words.split(|word| *word == "ON") {
            let (Some(kind), rest) = (action.first(), action.get(1..).unwrap_or_default()) else {
                continue;
            };
            let rest = rest.join(" ");
            if rest.is_empty() || rest == "NO ACTION" {
                continue;
            }
            match *kind {
                "DELETE" => key.ondelete = Some(rest),
                _ => key.onupdate = Some(rest),
            }
        }
        if found.get(8).is_some() {
            key.deferrable = Some(!part(8).to_uppercase().contains("NOT"));
        }
        key.initially = found.get(9).map(|group| group.as_str().to_uppercase());
        made.push(key);
    }
    made.extend(waiting);
    Ok(made)
}

fn is_automatic(index: &ReflectedIndex) -> bool {
    index.name.as_ref().is_some_and(|name| name.starts_with("sqlite_autoindex"))
}

fn indexes(
    interp: &mut Interpreter,
    schema: Option<&str>,
    table: &str,
) -> Result<Vec<ReflectedIndex>> {
    let before = prefix(schema);
    let mut made = Vec::new();
    for row in &ask(interp, &format!("PRAGMA {before}index_list({table})"), &[])?.0 {
        let Some(name) = text_at(row, 1) else { continue };
        let sql = format!("PRAGMA {before}index_info({})", quoted(&name));
        let columns: Vec<Option<String>> =
            ask(interp, &sql, &[])?.0.iter().map(|row| text_at(row, 2)).collect();
        if columns.iter().any(Option::is_none) {
            continue;
        }
        let mut predicate = None;
        if flag_at(row, 4) {
            let sql =
                format!("SELECT sql FROM {before}sqlite_master WHERE name = ? AND type = 'index'");
            let text = ask(interp, &sql, &[&name])?.0.first().and_then(|row| text_at(row, 0));
            predicate = pattern(r"(?i)\)\s+where\s+(.+)").zip(text).and_then(|(pattern, text)| {
                Some(pattern.captures(&text)?.get(1)?.as_str().to_owned())
            });
        }
        made.push(ReflectedIndex {
            name: Some(name),
            columns,
            unique: flag_at(row, 2),
            facts: Facts { predicate, ..Facts::default() },
            ..ReflectedIndex::default()
        });
    }
    made.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(made)
}

fn uniques(sql: &str, indexes: &[ReflectedIndex]) -> Vec<ReflectedIndex> {
    let mut automatic: Vec<Vec<String>> = indexes
        .iter()
        .filter(|index| is_automatic(index))
        .map(|index| index.columns.iter().flatten().cloned().collect())
        .collect();
    let mut found: Vec<(Option<String>, Vec<String>)> = Vec::new();
    if let Some(pattern) =
        pattern(r#"(?i)(?:CONSTRAINT\s+(?:"(.+?)"|(\w+))\s+)?UNIQUE\s*\((.+?)\)"#)
    {
        for part in pattern.captures_iter(sql) {
            let columns = names_in(part.get(3).map_or("", |group| group.as_str()));
            found.push((either(&part, 1), columns));
        }
    }
    let inline = r#"(?i)(?:(".+?")|(?:[\[`])?([a-z0-9_]+)(?:[\]`])?)[\t ]+[a-z0-9_]+(?:[\t ]+[a-z0-9_]+)*?[\t ]+UNIQUE"#;
    if let Some(pattern) = pattern(inline) {
        for part in pattern.captures_iter(sql) {
            found.push((None, names_in(&either(&part, 1).unwrap_or_default())));
        }
    }
    let mut made = Vec::new();
    for (name, columns) in found {
        if let Some(at) = automatic.iter().position(|known| *known == columns) {
            automatic.remove(at);
            made.push(ReflectedIndex {
                name,
                columns: columns.into_iter().map(Some).collect(),
                unique: true,
                ..ReflectedIndex::default()
            });
        }
    }
    made
}

fn checks(sql: &str) -> Vec<ReflectedCheck> {
    let text = r#"(?i)(?:CONSTRAINT\s+("(?:[^"]|"")+"|'(?:[^']|'')+'|\[(?:[^\]]|\]\])+\]|`(?:[^`]|``)+`|\S+)\s+)?CHECK\s*\("#;
    let Some(pattern) = pattern(text) else { return Vec::new() };
    let mut made = Vec::new();
    for found in pattern.captures_iter(sql) {
        let Some(whole) = found.get(0) else { continue };
        let before = sql[..whole.start()].chars().next_back();
        if before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        let name = found.get(1).map(|name| {
            let name = name.as_str();
            let stripped = [('"', '"'), ('\'', '\''), ('`', '`'), ('[', ']')]
                .iter()
                .find_map(|(open, close)| name.strip_prefix(*open)?.strip_suffix(*close));
            stripped.unwrap_or(name).to_owned()
        });
        if let Some(condition) = inside(sql, whole.end()) {
            made.push(ReflectedCheck { name, sql: condition, ..ReflectedCheck::default() });
        }
    }
    made.sort_by_key(|check| check.name.clone().unwrap_or_else(|| "~".to_owned()));
    made
}
