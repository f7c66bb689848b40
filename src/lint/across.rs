//! `cross-database`: a statement that names a table which only another database has.
//!
//! A table counts as one of a database if any revision that runs there makes it. A table that no
//! revision makes at all may have been there before: nothing is said about it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::graph::RevisionId;
use crate::script::Direction;
use crate::script::sql;
use crate::script::sql::SourcePosition;

use super::Findings;
use super::Level;
use super::Rule;
use super::Subject;

pub(super) const RULE: Rule = Rule {
    name: "cross-database",
    level: Level::Error,
    summary: "a statement that refers to a table of another database",
    check,
};

/// A table that a revision refers to on a database.
struct Reference<'a> {
    database: &'a str,
    revision: &'a RevisionId,
    path: &'a std::path::Path,
    position: SourcePosition,
    table: String,
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if subject.databases.len() < 2 {
        return;
    }
    // The databases that have a table, each with the first revision that makes it there.
    let mut made: BTreeMap<String, BTreeMap<&str, &RevisionId>> = BTreeMap::new();
    let mut references = Vec::new();
    for (_, file) in subject.files() {
        let id = &file.revision.id;
        for database in subject.takers(id) {
            for (section, dialect) in Subject::sections(file, Direction::Upgrade, database) {
                // What cannot be split is refused before it runs.
                let split = sql::split(&section.text, dialect, section.position);
                for statement in split.unwrap_or_default() {
                    let found = sql::table_use(&statement, dialect);
                    for table in found.makes {
                        made.entry(table).or_default().entry(&database.name).or_insert(id);
                    }
                    references.extend(found.needs.into_iter().map(|table| Reference {
                        database: &database.name,
                        revision: id,
                        path: &section.path,
                        position: statement.position,
                        table,
                    }));
                }
            }
        }
    }
    let mut told = BTreeSet::new();
    for reference in references {
        let Reference { database, revision, path, position, table } = reference;
        let Some(makers) = made.get(&table) else { continue };
        if makers.contains_key(database) || !told.insert((database, revision, table.clone())) {
            continue;
        }
        let homes: Vec<String> =
            makers.iter().map(|(name, maker)| format!("{name} (revision {maker})")).collect();
        let finding = findings.report(format!(
            "revision {revision} refers to table {table} on database {database}, and that is in {}",
            homes.join(", ")
        ));
        finding.revision = Some(revision.clone());
        finding.database = Some(database.to_owned());
        finding.paths.push(path.to_owned());
        finding.line = Some(position.line);
        finding.hint = Some(
            "no statement reaches another database: keep the key without REFERENCES, or narrow \
             the revision with `databases`"
                .to_owned(),
        );
    }
}
