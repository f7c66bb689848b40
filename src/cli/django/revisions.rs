//! From migrations to revision files.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use limbeck_schema::Dialect;

use crate::graph::Revision;
use crate::script::Converted;
use crate::script::ConvertedSection;
use crate::script::Direction;
use crate::script::slug;

use super::DjangoProblem;
use super::DjangoProject;
use super::id_of;
use super::project::Item;
use super::project::Migration;
use super::project::MigrationRun;
use super::project::PythonItem;
use super::project::Scope;

/// The longest file name.
const LONGEST_FILE_NAME: usize = 200;

/// What becomes of operations that are Python.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct PythonRule {
    /// Whether a statement that fails is written in their place; else they are refused.
    pub(in crate::cli) fails: bool,
    /// Migrations (`app.name`) whose Python does nothing on a new database.
    pub(in crate::cli) nothing: BTreeSet<String>,
}

/// A place where migrations run: a database, or one kind of schema in it.
pub(in crate::cli) type Place = (String, Option<Scope>);

/// The revisions, and which branches run where.
#[derive(Debug)]
pub(in crate::cli) struct Taken {
    /// Path, below the directory of the revisions, and text of each file.
    pub(in crate::cli) files: Vec<(PathBuf, String)>,
    /// The branches of each place, in the order in which they begin.
    pub(in crate::cli) branches: BTreeMap<Place, Vec<String>>,
    /// What was left out or is to be finished by hand, a line each.
    pub(in crate::cli) remarks: Vec<String>,
}

/// The revisions of a project's migrations.
///
/// # Errors
/// When one of them cannot be a revision; then all that cannot are named.
pub(in crate::cli) fn revisions(
    project: &DjangoProject,
    rule: &PythonRule,
) -> Result<Taken, DjangoProblem> {
    let branches = branches(project);
    let mut taken = Taken { files: Vec::new(), branches, remarks: Vec::new() };
    let known: BTreeSet<String> = project.migrations.iter().map(Migration::key).collect();
    if let Some(unknown) = rule.nothing.iter().find(|name| !known.contains(*name)) {
        return Err(DjangoProblem::project(format!(
            "--without-python: there is no migration {unknown}"
        ))
        .hint("it is written as Django names it: APP.NAME, such as shop.0004_load_defaults"));
    }
    let mut python = Vec::new();
    let mut seen = BTreeMap::new();
    for migration in &project.migrations {
        let id = id_of(&migration.app, &migration.name)?;
        if let Some(other) = seen.insert(id.clone(), migration.key()) {
            return Err(DjangoProblem::project(format!(
                "migrations {other} and {} would both be revision {id}",
                migration.key()
            )));
        }
        let one = One::new(project, migration, rule, &taken.branches)?;
        python.extend(one.stops());
        let (path, text) = one.file()?;
        taken.remarks.extend(one.remarks());
        taken.files.push((path, text));
    }
    if !rule.fails && !python.is_empty() {
        let count = python.len();
        let operations = if count == 1 { "operation is" } else { "operations are" };
        return Err(DjangoProblem::project(format!(
            "{count} {operations} Python, which no SQL stands for; nothing has been written"
        ))
        .details(python)
        .hint(
            "--run-python fail writes a statement that fails in its place, for you to replace; \
             --without-python APP.NAME says that a new database needs nothing of it",
        ));
    }
    Ok(taken)
}

/// Which branch runs where: in each place where any of its migrations does something. An app
/// whose migrations do nothing anywhere goes where the router lets it.
fn branches(project: &DjangoProject) -> BTreeMap<Place, Vec<String>> {
    let mut acts: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
    let mut may: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
    let mut order: Vec<&str> = Vec::new();
    let mut branches: BTreeMap<Place, Vec<String>> = BTreeMap::new();
    for migration in &project.migrations {
        if !order.contains(&migration.app.as_str()) {
            order.push(&migration.app);
        }
        for run in &migration.runs {
            branches.entry(run.place()).or_default();
            for (map, is_in) in [(&mut acts, !run.up.is_empty()), (&mut may, run.allowed)] {
                let places = map.entry(&migration.app).or_default();
                if is_in && !places.contains(&run.place()) {
                    places.push(run.place());
                }
            }
        }
    }
    for app in order {
        let places =
            [&acts, &may].into_iter().filter_map(|map| map.get(app)).find(|p| !p.is_empty());
        for place in places.into_iter().flatten() {
            branches.entry(place.clone()).or_default().push(app.to_owned());
        }
    }
    branches
}

impl Migration {
    /// Its name, as Django writes it.
    pub(in crate::cli) fn key(&self) -> String {
        format!("{}.{}", self.app, self.name)
    }
}

impl MigrationRun {
    fn place(&self) -> Place {
        (self.alias.clone(), self.scope)
    }
}

/// A migration on its way to a revision.
struct One<'a> {
    project: &'a DjangoProject,
    migration: &'a Migration,
    rule: &'a PythonRule,
    /// What it does in each dialect.
    runs: Vec<(Dialect, &'a MigrationRun)>,
    /// The databases to which it is narrowed.
    databases: Vec<String>,
}

impl<'a> One<'a> {
    fn new(
        project: &'a DjangoProject,
        migration: &'a Migration,
        rule: &'a PythonRule,
        branches: &BTreeMap<Place, Vec<String>>,
    ) -> Result<Self, DjangoProblem> {
        let is_taken = |run: &&MigrationRun| {
            branches.get(&run.place()).is_some_and(|apps| apps.contains(&migration.app))
        };
        let taking: Vec<&MigrationRun> = migration.runs.iter().filter(is_taken).collect();
        let acting: Vec<&MigrationRun> =
            taking.iter().copied().filter(|run| !run.up.is_empty()).collect();
        let aliases = |runs: &[&MigrationRun]| -> BTreeSet<String> {
            runs.iter().map(|run| run.alias.clone()).collect()
        };
        let differ = |one: &MigrationRun, other: &MigrationRun| {
            DjangoProblem::project(format!(
                "migration {} does something else on {} than on {}, and a revision is the same on both",
                migration.key(),
                place_in_words(one),
                place_in_words(other),
            ))
            .details(migration.file.iter().map(|path| format!("--> {}", path.display())))
            .hint("move what differs to migrations or apps of their own")
        };
        let mut databases = Vec::new();
        let mut relevant = taking.clone();
        if !acting.is_empty() && acting.len() < taking.len() {
            // Within a database it cannot be narrowed.
            let idle = taking.iter().find(|run| {
                run.up.is_empty() && acting.iter().any(|other| other.alias == run.alias)
            });
            if let (Some(idle), Some(other)) = (idle, acting.first()) {
                return Err(differ(idle, other));
            }
            databases = aliases(&acting).into_iter().collect();
            relevant = acting;
        }
        let mut runs: Vec<(Dialect, &MigrationRun)> = Vec::new();
        for run in relevant {
            let of = project.databases.iter().find(|database| database.alias == run.alias);
            let Some(dialect) = of.map(|database| database.dialect.dialect()) else { continue };
            match runs.iter().find(|(other, _)| *other == dialect) {
                None => runs.push((dialect, run)),
                Some((_, other)) if other.does_the_same(run) => {}
                Some((_, other)) => return Err(differ(other, run)),
            }
        }
        runs.sort_by_key(|(dialect, _)| *dialect);
        Ok(One { project, migration, rule, runs, databases })
    }

    fn is_nothing(&self) -> bool {
        self.rule.nothing.contains(&self.migration.key())
    }

    /// The operations on the way up that nothing stands for, a line each.
    fn stops(&self) -> Vec<String> {
        if self.is_nothing() {
            return Vec::new();
        }
        let mut lines = Vec::new();
        for (_, run) in &self.runs {
            for python in python_of(&run.up).filter(|python| python.rows.is_none()) {
                let line =
                    format!("{}: {}", self.migration.key(), told(python, &self.migration.file));
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
        }
        lines
    }

    fn remarks(&self) -> Vec<String> {
        self.stops()
            .into_iter()
            .map(|line| format!("{line}: a statement that fails stands for it"))
            .collect()
    }

    /// Path and text.
    fn file(&self) -> Result<(PathBuf, String), DjangoProblem> {
        let Migration { app, name, down, depends_on, atomic, .. } = self.migration;
        let id = id_of(app, name)?;
        let ids = |keys: &[(String, String)]| {
            keys.iter().map(|(app, name)| id_of(app, name)).collect::<Result<Vec<_>, _>>()
        };
        let not_a_label =
            |error| DjangoProblem::project(format!("app {app} has no name for a branch: {error}"));
        let branch_labels = match down.as_slice() {
            [] => vec![app.parse().map_err(not_a_label)?],
            _ => Vec::new(),
        };
        let words = name.trim_start_matches(|c: char| c.is_ascii_digit()).replace('_', " ");
        let message =
            format!("{app}: {}", if words.trim().is_empty() { name } else { words.trim() });
        let path = Path::new(app).join(format!("{}.sql", file_name(name)));
        let revision = Revision {
            id,
            down_revisions: ids(down)?,
            branch_labels,
            depends_on: ids(depends_on)?.iter().map(ToString::to_string).collect(),
            message,
            path: path.clone(),
        };
        let mut converted = Converted {
            revision: &revision,
            transaction: *atomic,
            irreversible: self.runs.iter().find_map(|(_, run)| self.irreversible(run)),
            databases: self.databases.clone(),
            sections: Vec::new(),
        };
        // The dialect is named where it matters, also where others would read the text otherwise.
        let mut result = Err(String::new());
        for names_dialects in [self.runs.len() > 1, true] {
            converted.sections = self.sections(names_dialects, converted.irreversible.is_none());
            result = converted.text(&path).map_err(|error| error.to_string());
            if result.is_ok() {
                break;
            }
        }
        let text = result.map_err(|error| {
            DjangoProblem::project(format!("migration {}: {error}", self.migration.key()))
                .details(self.migration.file.iter().map(|path| format!("--> {}", path.display())))
        })?;
        Ok((path, text))
    }

    /// Why the way down cannot be gone.
    fn irreversible(&self, run: &MigrationRun) -> Option<String> {
        if let Some(reason) = &run.irreversible {
            return Some(reason.clone());
        }
        let mut python = python_of(run.down.as_deref().unwrap_or_default());
        let stop = python.find(|python| python.rows.is_none() && !self.is_nothing())?;
        Some(format!("its way back is Python: {}", told(stop, &None)))
    }

    fn sections(&self, names_dialects: bool, is_reversible: bool) -> Vec<ConvertedSection> {
        let mut sections = Vec::new();
        for direction in [Direction::Upgrade, Direction::Downgrade] {
            if direction == Direction::Downgrade && !is_reversible {
                continue;
            }
            let mut of_direction = Vec::new();
            for (dialect, run) in &self.runs {
                let is_up = direction == Direction::Upgrade;
                let items = if is_up { Some(&run.up) } else { run.down.as_ref() };
                of_direction.push(ConvertedSection {
                    direction,
                    dialect: names_dialects.then_some(*dialect),
                    written_in: *dialect,
                    statements: self.statements(items.map_or(&[], Vec::as_slice), *dialect),
                });
            }
            let first = of_direction.first().map(|first| first.statements.clone());
            let is_empty = first.as_ref().is_none_or(Vec::is_empty);
            if of_direction.iter().all(|one| one.statements.is_empty()) && is_empty {
                // It is there all the same: a way that has nothing to do.
                of_direction.truncate(1);
                let written_in =
                    self.project.databases.first().map_or(Dialect::Sqlite, |d| d.dialect.dialect());
                match of_direction.first_mut() {
                    Some(one) => one.dialect = None,
                    None => of_direction.push(ConvertedSection {
                        direction,
                        dialect: None,
                        written_in,
                        statements: Vec::new(),
                    }),
                }
            }
            sections.extend(of_direction);
        }
        sections
    }

    fn statements(&self, items: &[Item], dialect: Dialect) -> Vec<String> {
        let mut statements = Vec::new();
        let mut described = None;
        for item in items {
            match item {
                Item::Sql { sql, of } => {
                    let heading = match of {
                        Some(of) if described != Some(of) => format!("-- {of}\n"),
                        _ => String::new(),
                    };
                    described = of.as_ref();
                    statements.push(format!("{heading}{}", sql.trim()));
                }
                Item::Python { python } => {
                    let key = self.migration.key();
                    let what = format!("-- Python in {key}: {}", python.what);
                    statements.push(match &python.rows {
                        _ if self.is_nothing() => format!("{what}: nothing on a new database"),
                        Some(table) => format!(
                            "{what}: nothing where {table} is empty, else for Django\n{}",
                            fails_with_rows(table, &key, dialect)
                        ),
                        None => format!("{what}\n{}", fails(&key, dialect)),
                    });
                }
            }
        }
        statements
    }
}

impl MigrationRun {
    fn does_the_same(&self, other: &MigrationRun) -> bool {
        self.up == other.up && self.down == other.down && self.irreversible == other.irreversible
    }
}

fn place_in_words(run: &MigrationRun) -> String {
    match run.scope {
        None => format!("database {}", run.alias),
        Some(Scope::Shared) => format!("the shared schema of {}", run.alias),
        Some(Scope::Tenant) => format!("the tenants of {}", run.alias),
    }
}

fn python_of(items: &[Item]) -> impl Iterator<Item = &PythonItem> {
    items.iter().filter_map(|item| match item {
        Item::Python { python } => Some(python),
        Item::Sql { .. } => None,
    })
}

/// The operation and its place.
fn told(python: &PythonItem, file: &Option<PathBuf>) -> String {
    let PythonItem { what, .. } = python;
    match (&python.file, python.line, file) {
        (Some(file), Some(line), _) => format!("{what} ({file}:{line})"),
        (_, _, Some(file)) => format!("{what} ({})", file.display()),
        _ => what.clone(),
    }
}

/// The name of the file of a migration: its own, as far as it is a name everywhere.
fn file_name(name: &str) -> String {
    let text = slug(name, LONGEST_FILE_NAME);
    if text.is_empty() { "migration".to_owned() } else { text }
}

/// A statement that fails and says why.
fn fails(key: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Postgresql => format!(
            "DO $limbeck$ BEGIN RAISE EXCEPTION 'the Python of {key} is to be written as SQL here'; END $limbeck$"
        ),
        Dialect::Mysql | Dialect::Sqlite => {
            let name: String = key
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
                .take(40)
                .collect();
            format!("SELECT 1 FROM python_of_{name}_is_to_be_sql")
        }
    }
}

/// The same where a table has rows.
fn fails_with_rows(table: &str, key: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Postgresql => format!(
            "DO $limbeck$ BEGIN IF EXISTS (SELECT 1 FROM {table}) THEN \
             RAISE EXCEPTION 'let Django run {key} here: {table} has rows'; END IF; END $limbeck$"
        ),
        // Both fail only where the branch is taken.
        Dialect::Mysql => {
            format!("SELECT IF(EXISTS (SELECT 1 FROM {table}), (SELECT 1 UNION SELECT 2), 0)")
        }
        Dialect::Sqlite => format!(
            "SELECT CASE WHEN EXISTS (SELECT 1 FROM {table}) THEN abs(-9223372036854775807 - 1) END"
        ),
    }
}
