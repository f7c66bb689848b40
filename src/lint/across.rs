//! `cross-database`: a statement that names a table which only another database has.
//!
//! A table counts as one of a database if any revision that runs there makes it. A table that no
//! revision makes at all may have been there before: nothing is said about it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use limbeck_schema::Dialect;

use crate::graph::RevisionId;
use crate::script::Direction;
use crate::script::RevisionFile;
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
    /// The database whose tables it sees beside its own: a tenant's is the one that it shares.
    shared: Option<&'a str>,
    revision: &'a RevisionId,
    path: &'a std::path::Path,
    position: SourcePosition,
    table: String,
}

/// A table in a statement.
#[derive(PartialEq)]
struct Use<'a> {
    path: &'a std::path::Path,
    position: SourcePosition,
    table: String,
    /// Whether the statement makes the table, rather than refers to it.
    makes: bool,
}

/// The tables in the upgrade of `file` for `dialect`.
fn uses(file: &RevisionFile, dialect: Dialect) -> Vec<Use<'_>> {
    let Some(section) = file.section(Direction::Upgrade, dialect) else { return Vec::new() };
    // What cannot be split is refused before it runs.
    let split = sql::split(&section.text, dialect, section.position).unwrap_or_default();
    let mut uses = Vec::new();
    for statement in split {
        let found = sql::table_use(&statement, dialect);
        let (path, position) = (section.path.as_ref(), statement.position);
        let makes = found.makes.into_iter().map(|table| (table, true));
        let needs = found.needs.into_iter().map(|table| (table, false));
        uses.extend(makes.chain(needs).map(|(table, makes)| Use { path, position, table, makes }));
    }
    uses
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
            let dialects = subject.dialects_of(database);
            let mut readings = dialects.iter().map(|dialect| uses(file, *dialect));
            // Where nobody knows the dialect, only what is so in any.
            let mut found = readings.next().unwrap_or_default();
            for other in readings {
                found.retain(|one| other.contains(one));
            }
            for Use { path, position, table, makes } in found {
                if makes {
                    made.entry(table).or_default().entry(&database.name).or_insert(id);
                } else {
                    let (shared, revision) = (database.shared.as_deref(), id);
                    let database = database.name.as_str();
                    references.push(Reference {
                        database,
                        shared,
                        revision,
                        path,
                        position,
                        table,
                    });
                }
            }
        }
    }
    let mut told = BTreeSet::new();
    for reference in references {
        let Reference { database, shared, revision, path, position, table } = reference;
        let Some(makers) = made.get(&table) else { continue };
        let is_there = |name: &str| makers.contains_key(name);
        if is_there(database) || shared.is_some_and(is_there) {
            continue;
        }
        if !told.insert((database, revision, table.clone())) {
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
