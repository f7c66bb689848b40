//! What is in a database of MySQL or MariaDB: what `SHOW CREATE` tells, and rows.

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;

use super::DatabaseError;
use super::Entry;
use super::Extent;
use super::Reader;

const TABLES: &str = "SELECT table_name, table_type FROM information_schema.tables WHERE \
    table_schema = database() ORDER BY table_name";
const ROUTINES: &str = "SELECT routine_type, routine_name FROM information_schema.routines WHERE \
    routine_schema = database() ORDER BY routine_type, routine_name";
const TRIGGERS: &str = "SELECT event_object_table, concat('table ', event_object_table, ': trigger ', \
    trigger_name), concat(' ', action_timing, ' ', event_manipulation, ' ', action_statement) FROM \
    information_schema.triggers WHERE trigger_schema = database()";
/// When an event begins is left out: by itself that is when it was made.
const EVENTS: &str = "SELECT '', concat('event ', event_name), concat_ws(' ', ':', event_type, \
    interval_value, interval_field, status, on_completion, event_comment, event_definition) FROM \
    information_schema.events WHERE event_schema = database()";

pub(super) fn read(reader: &mut Reader<'_>) -> Result<(), DatabaseError> {
    // Names of the database itself are no part of what is in it.
    let name = reader.texts("SELECT database()")?.into_iter().flatten().next();
    let own = format!("{}.", quoted(&name.unwrap_or_default()));
    for table in reader.texts(TABLES)? {
        let [table, kind] = table.as_slice() else { continue };
        if reader.is_own(table) {
            continue;
        }
        if kind.contains("VIEW") {
            let text = created(reader, "VIEW", table, 1)?.replace(&own, "");
            reader.add(format!("view {table}"), format!(": {text}"));
            continue;
        }
        if kind == "SEQUENCE" && reader.extent == Extent::Schema {
            let text = created(reader, "SEQUENCE", table, 1)?;
            reader.add(format!("sequence {table}"), format!(": {text}"));
            continue;
        }
        let text = created(reader, "TABLE", table, 1)?;
        read_table(reader, table, &text);
        reader.rows(&format!("table {table}"), &format!("SELECT * FROM {}", quoted(table)))?;
    }
    for routine in reader.texts(ROUTINES)? {
        let [kind, name] = routine.as_slice() else { continue };
        let text = created(reader, kind, name, 2)?.replace(&own, "");
        reader.add(format!("{} {name}", kind.to_ascii_lowercase()), format!(": {text}"));
    }
    reader.entries(TRIGGERS)?;
    reader.entries(EVENTS)
}

/// What a table consists of, from the lines of its `CREATE TABLE`.
fn read_table(reader: &mut Reader<'_>, table: &str, text: &str) {
    let mut columns = 0;
    // Of partitions the order of the lines counts.
    let mut partitions: Vec<&str> = Vec::new();
    let mut is_open = true;
    for line in text.lines().skip(1) {
        let line = line.trim();
        let definition = line.trim_end_matches(',');
        if !is_open {
            partitions.push(line);
        } else if let Some(options) = line.strip_prefix(')') {
            is_open = false;
            let is_schema = reader.extent == Extent::Schema;
            let options = if is_schema { without_counter(options) } else { options.to_owned() };
            reader.add(format!("table {table}"), format!(": {}", options.trim_start()));
        } else if let Some((name, rest)) = named(definition) {
            columns += 1;
            // The order of the columns is part of a table, that of its keys is not.
            reader.entries.push(Entry {
                object: format!("table {table}: column {name}"),
                definition: rest.to_owned(),
                place: Some(columns),
            });
        } else {
            let (what, rest) = part(definition);
            reader.add(format!("table {table}: {what}"), format!(" {rest}"));
        }
    }
    if !partitions.is_empty() {
        reader.add(format!("table {table}: partitions"), format!(" {}", partitions.join(" ")));
    }
}

/// The name in backticks that `text` begins with, and what follows.
fn named(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('`')?;
    let mut rest = inner;
    loop {
        let (_, behind) = rest.split_once('`')?;
        match behind.strip_prefix('`') {
            Some(more) => rest = more,
            None => {
                let name = inner.get(..inner.len() - behind.len() - 1)?;
                return Some((name.replace("``", "`"), behind));
            }
        }
    }
}

/// What a key or a constraint is called, and its definition.
fn part(line: &str) -> (String, &str) {
    for (start, word) in [
        ("CONSTRAINT ", "constraint"),
        ("UNIQUE KEY ", "index"),
        ("FULLTEXT KEY ", "index"),
        ("SPATIAL KEY ", "index"),
        ("VECTOR KEY ", "index"),
        ("KEY ", "index"),
    ] {
        if let Some((name, _)) = line.strip_prefix(start).and_then(named) {
            return (format!("{word} {name}"), line);
        }
    }
    match line.starts_with("PRIMARY KEY") {
        true => ("primary key".to_owned(), line),
        false => (line.to_owned(), ""),
    }
}

/// The options of a table without its next number, which rows change.
fn without_counter(options: &str) -> String {
    match options.split_once(" AUTO_INCREMENT=") {
        Some((before, behind)) => {
            let rest = behind.trim_start_matches(|letter: char| letter.is_ascii_digit());
            format!("{before}{rest}")
        }
        None => options.to_owned(),
    }
}

/// What `SHOW CREATE` tells of an object, in the column of this number.
fn created(
    reader: &mut Reader<'_>,
    kind: &str,
    name: &str,
    column: usize,
) -> Result<String, DatabaseError> {
    let rows = reader.texts(&format!("SHOW CREATE {kind} {}", quoted(name)))?;
    Ok(rows.into_iter().next().and_then(|row| row.into_iter().nth(column)).unwrap_or_default())
}

fn quoted(name: &str) -> String {
    quote_identifier(Dialect::Mysql, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_table_are_told_by_their_names() {
        for (line, name) in [
            ("PRIMARY KEY (`id`)", "primary key"),
            ("KEY `a``b` (`a`)", "index a`b"),
            ("UNIQUE KEY `u` (`a`) USING BTREE", "index u"),
            ("CONSTRAINT `c` CHECK (`a` > 0)", "constraint c"),
        ] {
            assert_eq!(part(line), (name.to_owned(), line));
        }
        assert_eq!(named("`a``b` int(11)"), Some(("a`b".to_owned(), " int(11)")));
        assert_eq!(named("KEY `a`"), None);
    }

    #[test]
    fn the_next_number_of_a_table_is_no_option() {
        let options = " ENGINE=InnoDB AUTO_INCREMENT=17 DEFAULT CHARSET=utf8mb4";
        assert_eq!(without_counter(options), " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4");
        assert_eq!(without_counter(" ENGINE=InnoDB"), " ENGINE=InnoDB");
    }
}
