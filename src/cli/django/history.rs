//! What Django says is applied on a database, as rows of the version table.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use limbeck_schema::Dialect;
use limbeck_schema::SqlValue;

use crate::db::CatalogObject;
use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::ObjectKind;
use crate::db::ObjectState;
use crate::exec;
use crate::graph::Edges;
use crate::graph::Heads;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::script::Revisions;

use super::DjangoProblem;
use super::DjangoProject;
use super::id_of;
use super::project::Key;
use super::project::Migration;

/// The table in which Django records what it has run.
const HISTORY: &str = "django_migrations";

/// What a site takes over.
#[derive(Debug, Default)]
pub(in crate::cli) struct Adopted {
    /// The last revisions that are applied.
    pub(in crate::cli) targets: Vec<RevisionId>,
    /// How many are applied.
    pub(in crate::cli) count: usize,
    /// Rows of apps that have no revisions on this site: Django records them everywhere.
    pub(in crate::cli) without_effect: Vec<String>,
    /// Rows of migrations that the project has not.
    pub(in crate::cli) unknown: Vec<String>,
    /// Apps that are recorded, and of whose tables none is there. They are not taken over.
    pub(in crate::cli) moved: BTreeMap<String, Vec<String>>,
    /// Tables that are not there although others of their app are.
    pub(in crate::cli) missing: Vec<String>,
}

/// Why a site is not taken over.
#[derive(Debug)]
pub(in crate::cli) enum NotAdopted {
    Database(DatabaseError),
    Problem(DjangoProblem),
}

impl From<DatabaseError> for NotAdopted {
    fn from(error: DatabaseError) -> Self {
        NotAdopted::Database(error)
    }
}

impl From<DjangoProblem> for NotAdopted {
    fn from(problem: DjangoProblem) -> Self {
        NotAdopted::Problem(problem)
    }
}

/// What the site behind `database` takes over. `revisions` are all of the project, `graph` is its part of the graph, `heads` are its version
/// rows, and `schema` is the one that it is about: that of a tenant, or `None` for that in which the search path
/// finds Django's table. Nothing is changed.
///
/// # Errors
/// [`NotAdopted`], when there is no history, or it is none that version rows can say.
pub(in crate::cli) fn read_site(
    database: &mut dyn Database,
    schema: Option<&str>,
    project: &DjangoProject,
    revisions: &Revisions,
    graph: &RevisionGraph,
    heads: &Heads,
) -> Result<Adopted, NotAdopted> {
    let schema = match schema {
        Some(schema) => Some(schema.to_owned()),
        None => schema_of_history(database)?,
    };
    let schema = schema.as_deref();
    let mut has_table = |name: &str| {
        let object = CatalogObject {
            kind: ObjectKind::Table,
            schema: schema.map(str::to_owned),
            table: None,
            name: name.to_owned(),
        };
        Ok::<_, DatabaseError>(database.probe(&object)? != ObjectState::Absent)
    };
    if !has_table(HISTORY)? {
        let problem = format!("there is no table {HISTORY}: Django has never migrated this");
        return Err(DjangoProblem::history(problem).into());
    }
    let history = Project::new(project);
    let mut tables = BTreeSet::new();
    for table in project.migrations.iter().flat_map(|migration| &migration.tables) {
        if !tables.contains(table) && has_table(table)? {
            tables.insert(table.clone());
        }
    }
    let rows = rows(database, schema)?;
    history.check_imported(&rows, revisions)?;
    let reverted = history.reverted(database, &rows, graph, heads)?;
    Ok(history.adopt(&rows, &reverted, &tables, graph, heads)?)
}

/// The schema that has Django's table on PostgreSQL, where the search path may lead to several: tables of
/// another one are not those of this history.
fn schema_of_history(database: &mut dyn Database) -> Result<Option<String>, DatabaseError> {
    if database.dialect() != Dialect::Postgresql {
        return Ok(None);
    }
    let query = format!(
        "SELECT CAST(n.nspname AS text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.oid = to_regclass('{HISTORY}')"
    );
    let answer = database.execute(&query, &[])?;
    Ok(answer.rows.into_iter().flatten().find_map(|value| match value {
        SqlValue::Text(schema) => Some(schema),
        _ => None,
    }))
}

/// The rows of Django's table.
fn rows(database: &mut dyn Database, schema: Option<&str>) -> Result<BTreeSet<Key>, DatabaseError> {
    let quote = |name: &str| match database.dialect() {
        Dialect::Mysql => format!("`{}`", name.replace('`', "``")),
        _ => format!("\"{}\"", name.replace('"', "\"\"")),
    };
    let table = match schema {
        Some(schema) => format!("{}.{HISTORY}", quote(schema)),
        None => HISTORY.to_owned(),
    };
    let answer = database.execute(&format!("SELECT app, name FROM {table}"), &[])?;
    Ok(answer
        .rows
        .into_iter()
        .filter_map(|row| match row.as_slice() {
            [SqlValue::Text(app), SqlValue::Text(name)] => Some((app.clone(), name.clone())),
            _ => None,
        })
        .collect())
}

/// The migrations by name.
struct Project<'a> {
    migrations: &'a [Migration],
    replaces: BTreeMap<&'a Key, &'a [Key]>,
}

impl<'a> Project<'a> {
    fn new(project: &'a DjangoProject) -> Self {
        let replaces = project.squashed.iter().map(|one| (&one.migration, one.replaces.as_slice()));
        Project { migrations: &project.migrations, replaces: replaces.collect() }
    }

    /// Whether a migration is applied, and what is recorded of those that it stands for. It is as in
    /// Django's loader: all of them, or itself.
    fn applied(&self, key: &Key, rows: &BTreeSet<Key>, seen: &mut BTreeSet<Key>) -> Applied {
        if rows.contains(key) {
            return Applied::All;
        }
        // A cycle is Django's to refuse.
        let Some(replaced) = self.replaces.get(key).filter(|_| seen.insert(key.clone())) else {
            return Applied::No;
        };
        let parts: Vec<Applied> =
            replaced.iter().map(|one| self.applied(one, rows, seen)).collect();
        if !parts.is_empty() && parts.iter().all(|part| *part == Applied::All) {
            Applied::All
        } else if parts.iter().any(|part| *part != Applied::No) {
            Applied::Some
        } else {
            Applied::No
        }
    }

    /// Refuses what is applied and has no revision file at all.
    fn check_imported(
        &self,
        rows: &BTreeSet<Key>,
        revisions: &Revisions,
    ) -> Result<(), DjangoProblem> {
        let mut unwritten = Vec::new();
        for migration in self.migrations {
            let key = (migration.app.clone(), migration.name.clone());
            let id = id_of(&key.0, &key.1)?;
            if self.applied(&key, rows, &mut BTreeSet::new()) != Applied::No
                && revisions.find(&id).is_none()
            {
                unwritten.push(format!("{}: no file declares revision {id}", migration.key()));
            }
        }
        match unwritten.is_empty() {
            true => Ok(()),
            false => Err(DjangoProblem::history(
                "Django has applied migrations that are no revisions yet",
            )
            .details(unwritten)
            .hint("`limbeck import django` writes them")),
        }
    }

    /// What limbeck itself has reverted since: Django's table still has it, which must not bring it back.
    fn reverted(
        &self,
        database: &mut dyn Database,
        rows: &BTreeSet<Key>,
        graph: &RevisionGraph,
        heads: &Heads,
    ) -> Result<BTreeSet<RevisionId>, NotAdopted> {
        let mut reverted = BTreeSet::new();
        if database.version_rows()?.is_none() {
            // It has never been here.
            return Ok(reverted);
        }
        let at = heads.iter().filter_map(|id| graph.find(id));
        let before = graph.ancestors(at, Edges::All);
        for migration in self.migrations {
            let key = (migration.app.clone(), migration.name.clone());
            let id = id_of(&key.0, &key.1)?;
            let is_new = graph.find(&id).is_some_and(|node| !before.contains(node));
            if is_new
                && self.applied(&key, rows, &mut BTreeSet::new()) == Applied::All
                && exec::was_reverted(database, &id)?
            {
                reverted.insert(id);
            }
        }
        Ok(reverted)
    }

    fn adopt(
        &self,
        rows: &BTreeSet<Key>,
        reverted: &BTreeSet<RevisionId>,
        tables: &BTreeSet<String>,
        graph: &RevisionGraph,
        heads: &Heads,
    ) -> Result<Adopted, DjangoProblem> {
        let mut adopted = Adopted::default();
        let mut applied: Vec<&Migration> = Vec::new();
        let apps = self.apps_of(graph)?;
        let (mut partial, mut unwritten) = (Vec::new(), Vec::new());
        for migration in self.migrations {
            let key = (migration.app.clone(), migration.name.clone());
            let is_here = apps.contains(migration.app.as_str());
            match self.applied(&key, rows, &mut BTreeSet::new()) {
                Applied::No => {}
                _ if !is_here => adopted.without_effect.push(migration.key()),
                Applied::Some => partial.push(self.partial(&key, rows)),
                Applied::All if graph.find(&id_of(&key.0, &key.1)?).is_none() => {
                    // One that is narrowed to other databases does nothing here.
                    unwritten.push(migration.key());
                }
                Applied::All if reverted.contains(&id_of(&key.0, &key.1)?) => {}
                Applied::All => applied.push(migration),
            }
        }
        if !partial.is_empty() {
            return Err(DjangoProblem::history(
                "squashed migrations of which only a part is applied",
            )
            .details(partial)
            .hint("let Django run the rest first: python manage.py migrate"));
        }
        adopted.without_effect.extend(unwritten);
        adopted.unknown = self.unknown(rows);
        self.leave_moved(&mut applied, tables, &mut adopted);
        self.set_targets(&applied, graph, heads, &mut adopted)?;
        Ok(adopted)
    }

    /// The apps that have a revision on a site.
    fn apps_of(&self, graph: &RevisionGraph) -> Result<BTreeSet<&'a str>, DjangoProblem> {
        let mut apps = BTreeSet::new();
        for migration in self.migrations {
            if graph.find(&id_of(&migration.app, &migration.name)?).is_some() {
                apps.insert(migration.app.as_str());
            }
        }
        Ok(apps)
    }

    /// What is there and what is not of those that a squashed migration stands for.
    fn partial(&self, key: &Key, rows: &BTreeSet<Key>) -> String {
        let replaced = self.replaces.get(key).copied().unwrap_or_default();
        let names = |is_there: bool| -> String {
            let of = replaced.iter().filter(|one| {
                (self.applied(one, rows, &mut BTreeSet::new()) == Applied::All) == is_there
            });
            of.map(|(app, name)| format!("{app}.{name}")).collect::<Vec<_>>().join(", ")
        };
        format!("{}.{}: applied: {}; not applied: {}", key.0, key.1, names(true), names(false))
    }

    fn unknown(&self, rows: &BTreeSet<Key>) -> Vec<String> {
        let mut known: BTreeSet<(&str, &str)> =
            self.migrations.iter().map(|one| (one.app.as_str(), one.name.as_str())).collect();
        for (squashed, replaced) in &self.replaces {
            let all = std::iter::once(*squashed).chain(*replaced);
            known.extend(all.map(|(app, name)| (app.as_str(), name.as_str())));
        }
        let is_unknown = |row: &&Key| !known.contains(&(row.0.as_str(), row.1.as_str()));
        rows.iter().filter(is_unknown).map(|(app, name)| format!("{app}.{name}")).collect()
    }

    /// Leaves out the apps of whose tables none is there.
    fn leave_moved(
        &self,
        applied: &mut Vec<&Migration>,
        tables: &BTreeSet<String>,
        adopted: &mut Adopted,
    ) {
        let mut last: BTreeMap<&str, &Migration> = BTreeMap::new();
        for migration in applied.iter() {
            last.insert(&migration.app, migration);
        }
        for (app, migration) in last {
            let missing: Vec<String> =
                migration.tables.iter().filter(|table| !tables.contains(*table)).cloned().collect();
            if missing.is_empty() {
                continue;
            }
            if missing.len() == migration.tables.len() {
                adopted.moved.insert(app.to_owned(), missing);
            } else {
                adopted.missing.extend(missing);
            }
        }
        applied.retain(|migration| !adopted.moved.contains_key(&migration.app));
    }

    /// The last of what is applied. Rows of heads cannot say that something below them is missing, and it
    /// would never run.
    fn set_targets(
        &self,
        applied: &[&Migration],
        graph: &RevisionGraph,
        heads: &Heads,
        adopted: &mut Adopted,
    ) -> Result<(), DjangoProblem> {
        let rows = heads.iter().filter_map(|id| graph.find(id));
        let before = graph.ancestors(rows, Edges::All);
        let mut taken = graph.no_nodes();
        for migration in applied {
            if let Some(node) = graph.find(&id_of(&migration.app, &migration.name)?) {
                taken.insert(node);
            }
        }
        let mut gaps = Vec::new();
        for node in taken.iter() {
            for parent in graph.parents(node, Edges::All) {
                if !taken.contains(parent) && !before.contains(parent) {
                    let (one, below) = (graph.id(node), graph.id(parent));
                    gaps.push(format!(
                        "{one} is recorded, and {below}, which it needs, is not applied"
                    ));
                }
            }
        }
        if !gaps.is_empty() {
            let moved = adopted.moved.iter().map(|(app, tables)| {
                format!("app {app} is recorded, but has no table here ({})", tables.join(", "))
            });
            return Err(DjangoProblem::history(
                "the history has gaps, which version rows cannot say",
            )
            .details(gaps.into_iter().chain(moved))
            .hint("let Django run what is missing first: python manage.py migrate"));
        }
        adopted.count = applied.len();
        adopted.targets =
            graph.maximal(&taken).into_iter().map(|node| graph.id(node).clone()).collect();
        Ok(())
    }
}

/// How much of a migration is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Applied {
    No,
    Some,
    All,
}
