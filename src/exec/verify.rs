//! Whether a database is as the scripts of revisions would leave it, as far as the catalog tells:
//! for `stamp --verify`, before revisions are said to be applied that were not run.

use std::path::PathBuf;

use crate::db::CatalogObject;
use crate::db::Database;
use crate::db::ObjectKind;
use crate::db::ObjectState;
use crate::graph::Edges;
use crate::graph::Heads;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::script::sql;
use crate::script::sql::Effect;
use crate::script::sql::SourcePosition;
use crate::script::sql::Trace;

use super::error::RunErrorKind;
use super::options::RunOptions;
use super::prepare;
use super::prepare::ScriptSource;

/// What the catalog says of revisions that are to count as applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// How many revisions were looked at.
    pub revisions: usize,
    /// How many objects are as they should be.
    pub found: usize,
    /// Those that are not.
    pub wrong: Vec<Expectation>,
    /// Scripts of which the catalog cannot tell everything, and of how many statements not.
    pub unchecked: Vec<(RevisionId, usize)>,
}

/// An object that a script makes or takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The object.
    pub object: CatalogObject,
    /// Whether it should be there.
    pub is_present: bool,
    /// The revision.
    pub revision: RevisionId,
    /// The file of its script.
    pub path: PathBuf,
    /// The statement's place in it.
    pub position: SourcePosition,
}

/// Looks in the catalog for what the revisions leave behind that are applied at `after` and not at
/// `before`.
///
/// # Errors
/// When the catalog cannot be read.
pub fn verify(
    database: &mut dyn Database,
    graph: &RevisionGraph,
    scripts: &dyn ScriptSource,
    (before, after): (&Heads, &Heads),
    options: &RunOptions,
) -> Result<Verification, RunErrorKind> {
    let nodes = |heads: &Heads| heads.iter().filter_map(|id| graph.find(id)).collect::<Vec<Node>>();
    let (old, new) = (nodes(before), nodes(after));
    let mut selection = graph.ancestors(new.iter().copied(), Edges::All);
    for node in graph.ancestors(old, Edges::All).iter() {
        selection.remove(node);
    }
    let mut order = graph.topological_order(&selection, &new);
    order.reverse();
    let mut verification = Verification { revisions: order.len(), ..Verification::default() };
    let mut expected: Vec<Expectation> = Vec::new();
    for node in order {
        let id = graph.id(node);
        let unchecked = expect(database, scripts, id, options, &mut expected);
        if unchecked > 0 {
            verification.unchecked.push((id.clone(), unchecked));
        }
    }
    for expectation in expected {
        let is_present = database.probe(&expectation.object)? == ObjectState::Present;
        if is_present == expectation.is_present {
            verification.found += 1;
        } else {
            verification.wrong.push(expectation);
        }
    }
    Ok(verification)
}

/// Adds what the script of a revision leaves behind to what is `expected`, and says of how many
/// statements that cannot be told.
fn expect(
    database: &dyn Database,
    scripts: &dyn ScriptSource,
    id: &RevisionId,
    options: &RunOptions,
    expected: &mut Vec<Expectation>,
) -> usize {
    let dialect = database.dialect();
    let script = prepare::script_of(id, Direction::Upgrade, scripts, dialect, options);
    // What cannot be run may have been run by somebody else; what Python does, its file alone does
    // not tell.
    let Ok(script) = script else { return 1 };
    if script.python().is_some() {
        return 1;
    }
    let mut unchecked = 0;
    let mut leads_elsewhere = false;
    for statement in script.statements() {
        leads_elsewhere |= sql::lookup_behind(statement, dialect).is_some();
        let traces = match sql::aim(statement, dialect) {
            Effect::Creates(object) | Effect::Fills(object) => vec![Trace::Creates(object)],
            Effect::Drops(object) => vec![Trace::Drops(object)],
            Effect::Traces(traces) => traces,
            Effect::Detaches { .. } | Effect::Repeatable | Effect::Unknown => {
                unchecked += 1;
                let names = sql::names_changed(statement, dialect);
                expected.retain(|one| !mentions(&names, &one.object));
                continue;
            }
        };
        let mut is_elsewhere = false;
        for trace in traces {
            let is_present = matches!(trace, Trace::Creates(_));
            let (Trace::Creates(object) | Trace::Drops(object)) = trace;
            expected
                .retain(|one| !is_about(&one.object, &object) && !belongs(&one.object, &object));
            // The catalog would be asked of another object with that name.
            let is_of_any_type = object.kind == ObjectKind::Constraint;
            if is_of_any_type || leads_elsewhere && !object.says_where() {
                is_elsewhere = true;
                continue;
            }
            expected.push(Expectation {
                object,
                is_present,
                revision: id.clone(),
                path: script.path.clone(),
                position: statement.position,
            });
        }
        unchecked += usize::from(is_elsewhere);
    }
    unchecked
}

fn mentions(names: &[String], object: &CatalogObject) -> bool {
    let has = |name: &str| names.contains(&name.to_lowercase());
    has(&object.name) || object.table.as_deref().is_some_and(has)
}

/// Whether both are one object. A drop names no table of an index, its creation does.
fn is_about(one: &CatalogObject, other: &CatalogObject) -> bool {
    one.kind.may_be(other.kind)
        && one.name.eq_ignore_ascii_case(&other.name)
        && same(&one.table, &other.table)
}

fn same(one: &Option<String>, other: &Option<String>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => true,
    }
}

/// Whether `part` goes when the table `whole` is made or dropped.
fn belongs(part: &CatalogObject, whole: &CatalogObject) -> bool {
    whole.kind == ObjectKind::Table
        && part.table.as_deref().is_some_and(|table| table.eq_ignore_ascii_case(&whole.name))
}
