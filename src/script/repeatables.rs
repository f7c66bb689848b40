//! The repeatable scripts of a project, in the order in which they run.
//!
//! What comes first is said by `after`, and seen in the text: a script that speaks of what another
//! one makes comes behind it. That is looked for in the tokens of the SQL, not in its grammar: a
//! statement that no parser knows would hide what it needs, while a word that happens to be the
//! name of a view costs nothing but a place in the order. Where what is seen contradicts what is
//! said, or itself, it does not count.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use limbeck_schema::Dialect;

use super::error::ScriptError;
use super::error::SyntaxErrorKind;
use super::repeatable;
use super::repeatable::Named;
use super::repeatable::RepeatableScript;
use super::sql;
use super::sql::Made;
use super::sql::SplitError;
use super::sql::Statement;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;

/// Every repeatable script of a project, with what is said to come before each.
#[derive(Debug, Default)]
pub struct Repeatables {
    /// Whether the project has a place for them.
    is_there: bool,
    scripts: Vec<Arc<Resolved>>,
    /// What was found for one site serves others of its kind: thousands of tenants.
    found: Mutex<BTreeMap<Choice, Arc<[Repeatable]>>>,
}

/// A dialect, and which of the scripts, by their places.
type Choice = (Dialect, Vec<usize>);

/// A script, with what its `after` means.
#[derive(Debug)]
struct Resolved {
    script: RepeatableScript,
    revisions: Vec<RevisionId>,
    /// Names of other scripts.
    scripts: Vec<String>,
}

/// A script as it runs on a database.
#[derive(Debug, Clone)]
pub struct Repeatable {
    resolved: Arc<Resolved>,
    /// Its statements.
    pub statements: Vec<Statement>,
    /// What they make, by its name.
    pub makes: Vec<Made>,
}

/// A script whose text cannot be split into statements.
#[derive(Debug)]
pub struct Unsplit {
    /// The script.
    pub script: RepeatableScript,
    /// Why not.
    pub error: SplitError,
}

impl Repeatable {
    /// The script as its file has it.
    pub fn script(&self) -> &RepeatableScript {
        &self.resolved.script
    }

    /// The revisions that it comes after.
    pub fn revisions(&self) -> &[RevisionId] {
        &self.resolved.revisions
    }
}

impl Repeatables {
    /// Reads every script in `directory`, and finds what each comes after in `graph` and among the
    /// others.
    ///
    /// # Errors
    /// When a file is not what it should be, or says that it comes after what is not there, or
    /// after itself.
    pub fn load(directory: &Path, graph: &RevisionGraph) -> Result<Self, ScriptError> {
        let scripts = repeatable::load(directory)?;
        let names: BTreeSet<String> = scripts.iter().map(|script| script.name.clone()).collect();
        let mut all = Vec::with_capacity(scripts.len());
        for script in scripts {
            let (mut revisions, mut others) = (Vec::new(), Vec::new());
            for named in &script.after {
                let other = named.name.strip_suffix(".sql").unwrap_or(&named.name);
                let is_script = names.contains(other);
                match revision(named, graph) {
                    // Its own name can only be meant as that of a revision.
                    Some(id) if !is_script || other == script.name => revisions.push(id),
                    _ if is_script => others.push(other.to_owned()),
                    _ => return Err(unknown(&script, named, &names).into()),
                }
            }
            all.push(Arc::new(Resolved { script, revisions, scripts: others }));
        }
        let repeatables = Repeatables { is_there: true, scripts: all, found: Mutex::default() };
        repeatables.refuse_cycles()?;
        Ok(repeatables)
    }

    /// Whether the project has a place for them, where there may be none any more.
    pub fn is_there(&self) -> bool {
        self.is_there
    }

    /// Every script, sorted by name.
    pub fn scripts(&self) -> impl Iterator<Item = &RepeatableScript> {
        self.scripts.iter().map(|one| &one.script)
    }

    /// Those that `is_meant`, in the order in which they run on a database of `dialect`.
    ///
    /// # Errors
    /// [`Unsplit`], when a text ends within a string or the like.
    pub fn for_site(
        &self,
        dialect: Dialect,
        is_meant: impl Fn(&RepeatableScript) -> bool,
    ) -> Result<Arc<[Repeatable]>, Box<Unsplit>> {
        let places = self.scripts.iter().enumerate().filter(|(_, one)| {
            let dialects = &one.script.dialects;
            is_meant(&one.script) && (dialects.is_empty() || dialects.contains(&dialect))
        });
        let places: Vec<usize> = places.map(|(place, _)| place).collect();
        let key = (dialect, places);
        // Whoever failed while it held the lock has left the map as it was.
        let found = || self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scripts) = found().get(&key) {
            return Ok(Arc::clone(scripts));
        }
        let scripts = key.1.iter().filter_map(|place| self.scripts.get(*place));
        let scripts: Vec<Repeatable> =
            scripts.map(|one| prepared(one, dialect)).collect::<Result<_, _>>()?;
        let scripts: Arc<[Repeatable]> = ordered(scripts, dialect).into();
        found().insert(key, Arc::clone(&scripts));
        Ok(scripts)
    }

    /// Refuses scripts that are said to come after themselves.
    fn refuse_cycles(&self) -> Result<(), ScriptError> {
        let said = |at: usize| -> Vec<usize> {
            let names = &self.scripts[at].scripts;
            names.iter().filter_map(|name| self.place(name)).collect()
        };
        let order = order(self.scripts.len(), said);
        let placed: BTreeSet<usize> = order.iter().copied().collect();
        let Some(first) = (0..self.scripts.len()).find(|at| !placed.contains(at)) else {
            return Ok(());
        };
        let one = &self.scripts[first];
        let is_in = |named: &&Named| {
            let name = named.name.strip_suffix(".sql").unwrap_or(&named.name);
            self.place(name).is_some_and(|at| !placed.contains(&at))
        };
        let offset = one.script.after.iter().find(is_in).map_or(0, |named| named.offset);
        let reason = format!("'{}' would come after itself", one.script.name);
        let kind = SyntaxErrorKind::BadValue { key: "after".to_owned(), reason };
        Err(one.script.error_at(offset, kind).into())
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.scripts.iter().position(|one| one.script.name == name)
    }
}

fn prepared(resolved: &Arc<Resolved>, dialect: Dialect) -> Result<Repeatable, Box<Unsplit>> {
    let script = &resolved.script;
    let statements = sql::split(script.sql(), dialect, script.position())
        .map_err(|error| Box::new(Unsplit { script: script.clone(), error }))?;
    let mut makes: Vec<Made> = Vec::new();
    for statement in &statements {
        makes.extend(sql::made(statement, dialect));
        // What it needs only on its way is not there behind it.
        let dropped = sql::dropped(statement, dialect);
        makes.retain(|made| !dropped.iter().any(|name| name.may_be(&made.name)));
    }
    Ok(Repeatable { resolved: Arc::clone(resolved), statements, makes })
}

fn revision(named: &Named, graph: &RevisionGraph) -> Option<RevisionId> {
    let id: RevisionId = named.name.parse().ok()?;
    graph.find(&id).map(|_| id)
}

fn unknown(
    script: &RepeatableScript,
    named: &Named,
    names: &BTreeSet<String>,
) -> Box<super::error::SyntaxError> {
    let near = names.iter().map(|name| (strsim::jaro_winkler(name, &named.name), name));
    let near = near.filter(|(likeness, _)| *likeness > 0.8);
    let near = near.max_by(|one, other| one.0.total_cmp(&other.0));
    let near = near.map(|(_, name)| format!(", did you mean '{name}'?")).unwrap_or_default();
    let reason = format!("'{}' is no revision and no other script{near}", named.name);
    let kind = SyntaxErrorKind::BadValue { key: "after".to_owned(), reason };
    script.error_at(named.offset, kind)
}

/// `scripts` with what each needs before it.
fn ordered(scripts: Vec<Repeatable>, dialect: Dialect) -> Vec<Repeatable> {
    let places: BTreeMap<&str, usize> =
        scripts.iter().enumerate().map(|(at, one)| (one.script().name.as_str(), at)).collect();
    let mut needs: Vec<Vec<usize>> = scripts
        .iter()
        .map(|one| {
            let names = one.resolved.scripts.iter();
            names.filter_map(|name| places.get(name.as_str()).copied()).collect()
        })
        .collect();
    for (at, one) in scripts.iter().enumerate() {
        let mentions = sql::mentions(one.script().sql(), dialect);
        for (other, made) in scripts.iter().enumerate() {
            let is_spoken_of =
                |made: &Made| mentions.iter().any(|mention| mention.may_be(&made.name));
            // What both make is nothing that one has of the other.
            let is_own = |made: &Made| one.makes.iter().any(|own| own.name.may_be(&made.name));
            let is_needed = made.makes.iter().any(|made| is_spoken_of(made) && !is_own(made));
            if other != at && is_needed && !reaches(&needs, other, at) {
                needs[at].push(other);
            }
        }
    }
    let order = order(scripts.len(), |at| needs[at].clone());
    let mut scripts: Vec<Option<Repeatable>> = scripts.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| scripts.get_mut(at)?.take()).collect()
}

/// Whether `from` needs `to`, directly or not.
fn reaches(needs: &[Vec<usize>], from: usize, to: usize) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if at == to {
            return true;
        }
        if seen.insert(at) {
            open.extend(&needs[at]);
        }
    }
    false
}

/// The places from 0 to `count` in an order in which each comes behind what it `needs`, and
/// otherwise as they are; those that need themselves are left out.
fn order(count: usize, needs: impl Fn(usize) -> Vec<usize>) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(count);
    let mut open: Vec<(usize, Vec<usize>)> = (0..count).map(|at| (at, needs(at))).collect();
    while let Some(next) =
        open.iter().position(|(_, needs)| needs.iter().all(|need| order.contains(need)))
    {
        order.push(open.remove(next).0);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing;

    fn load(files: &[(&str, &str)]) -> Result<Repeatables, String> {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let graph = testing::graph("a; b|a");
        Repeatables::load(directory.path(), &graph).map_err(|error| {
            let directory = format!("{}/", directory.path().display());
            error.to_string().replace(&directory, "")
        })
    }

    fn names(files: &[(&str, &str)]) -> Vec<String> {
        let scripts = load(files).unwrap().for_site(Dialect::Postgresql, |_| true).unwrap();
        scripts.iter().map(|one| one.script().name.clone()).collect()
    }

    #[test]
    fn what_is_spoken_of_comes_first() {
        let order = names(&[
            ("a.sql", "CREATE VIEW a AS SELECT * FROM b JOIN sub_c ON true;"),
            ("b.sql", "CREATE VIEW b AS SELECT f(1);"),
            ("sub/c.sql", "CREATE VIEW public.sub_c AS SELECT 'a';"),
            ("z.sql", "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';"),
        ]);
        assert_eq!(order, ["sub/c", "z", "b", "a"]);
    }

    #[test]
    fn what_is_said_wins_over_what_is_seen() {
        let order = names(&[
            ("a.sql", "CREATE VIEW a AS SELECT * FROM b;"),
            ("b.sql", "/*---\nafter = [\"a\", \"b\"]\n---*/\nCREATE VIEW b AS SELECT 1;"),
        ]);
        assert_eq!(order, ["a", "b"]);
    }

    #[test]
    fn what_needs_each_other_runs_as_it_is_called() {
        let order = names(&[
            ("x.sql", "CREATE VIEW x AS SELECT * FROM y;"),
            ("y.sql", "CREATE VIEW y AS SELECT * FROM x;"),
        ]);
        assert_eq!(order, ["y", "x"]);
    }

    #[test]
    fn names_that_mean_nothing_are_refused_with_their_place() {
        let error = load(&[
            ("sales.sql", "SELECT 1;"),
            ("top.sql", "/*---\nafter = [\"b\",\n  \"sale\"]\n---*/\nSELECT 1;"),
        ]);
        assert_eq!(
            error.unwrap_err(),
            "top.sql:3:3: key 'after': 'sale' is no revision and no other script, did you mean \
             'sales'?"
        );
        let error = load(&[
            ("p.sql", "/*---\nafter = \"q.sql\"\n---*/\n"),
            ("q.sql", "/*---\nafter = \"p\"\n---*/\n"),
        ]);
        assert_eq!(error.unwrap_err(), "p.sql:2:9: key 'after': 'p' would come after itself");
    }
}
