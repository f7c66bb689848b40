//! Which scripts are to run, by the journal and the revisions that are applied.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::Which;
use super::views;
use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::JournalEvent;
use crate::db::JournalFilter;
use crate::db::JournalRecord;
use crate::exec::prepare::normalized_digest;
use crate::graph::Edges;
use crate::graph::Heads;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::script::Repeatable;
use crate::script::sql::MadeKind;

/// What is to be done about the scripts of a site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Those to be run, in order.
    pub due: Vec<Due>,
    /// Those that wait for revisions.
    pub waiting: Vec<Waiting>,
    /// Scripts that ran once, and whose files are gone.
    pub gone: Vec<String>,
}

/// A script that is to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// Its place among the scripts of the site.
    #[serde(skip)]
    pub place: usize,
    /// What it is called.
    pub script: String,
    /// Why.
    pub reason: Reason,
}

/// Why a script runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// It never ran here.
    New,
    /// It reads differently now.
    Changed,
    /// What it makes is not there.
    Missing,
    /// Another script, or a revision, has dropped what it makes.
    Dropped,
    /// It was asked for.
    Asked,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::New => "new",
            Reason::Changed => "changed",
            Reason::Missing => "what it makes is missing",
            Reason::Dropped => "what it makes was dropped",
            Reason::Asked => "asked for",
        })
    }
}

/// A script that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// What it is called.
    pub script: String,
    /// The revisions that it comes after and that are not applied.
    pub revisions: Vec<RevisionId>,
}

/// What is applied on a site with these rows.
pub(super) struct Applied {
    ids: BTreeSet<RevisionId>,
    /// The heads of the site that are not.
    open: Vec<RevisionId>,
}

impl Applied {
    pub(super) fn of(graph: &RevisionGraph, heads: &Heads) -> Self {
        let rows = heads.iter().filter_map(|id| graph.find(id));
        let applied = graph.ancestors(rows, Edges::All);
        let open = graph.heads(Edges::All).into_iter().filter(|node| !applied.contains(*node));
        let open = open.map(|node| graph.id(node).clone()).collect();
        let ids = applied.iter().map(|node| graph.id(node).clone()).collect();
        Applied { ids, open }
    }

    /// The revisions that `script` waits for: those that it comes after, or all of the site.
    pub(super) fn missing_for(
        &self,
        script: &Repeatable,
        graph: &RevisionGraph,
    ) -> Vec<RevisionId> {
        if script.script().after.is_empty() {
            return self.open.clone();
        }
        // What belongs to another database says nothing here.
        let own = script.revisions().iter().filter(|id| graph.find(id).is_some());
        own.filter(|id| !self.ids.contains(*id)).cloned().collect()
    }
}

/// What is to be done about `scripts`, with the version rows `heads`. Changes nothing.
///
/// # Errors
/// When the journal or the catalog cannot be read.
pub(super) fn standing(
    database: &mut dyn Database,
    graph: &RevisionGraph,
    scripts: &[Repeatable],
    heads: &Heads,
    which: &Which,
) -> Result<Standing, DatabaseError> {
    let dialect = database.dialect();
    let log = database.journal_log(&JournalFilter::Repeatable)?.unwrap_or_default();
    let last = last_of_each(&log);
    let applied = Applied::of(graph, heads);
    let mut standing = Standing::default();
    let mut unproven = Vec::new();
    for (place, one) in scripts.iter().enumerate() {
        let script = one.script();
        if which.leaves_out(&script.name) {
            continue;
        }
        let revisions = applied.missing_for(one, graph);
        if !revisions.is_empty() {
            standing.waiting.push(Waiting { script: script.name.clone(), revisions });
            continue;
        }
        let digest = normalized_digest(script.sql(), dialect);
        let record = last.get(script.name.as_str());
        let reason = match record {
            _ if which.asks_for(&script.name) => Some(Reason::Asked),
            None => Some(Reason::New),
            Some(record) if record.event == JournalEvent::Drop.word() => Some(Reason::Dropped),
            Some(record) if record.normalized_digest.as_deref() != Some(&digest) => {
                Some(Reason::Changed)
            }
            Some(_) => None,
        };
        match reason {
            Some(reason) => {
                standing.due.push(Due { place, script: script.name.clone(), reason });
            }
            None => unproven.push(place),
        }
    }
    // One question for all of them.
    let names = |place: &usize| {
        let makes = scripts.get(*place).map(|one| one.makes.as_slice()).unwrap_or_default();
        let views = makes.iter().filter(|made| made.kind != MadeKind::Other);
        views.map(|made| made.name.clone()).collect::<Vec<_>>()
    };
    let wanted: Vec<_> = unproven.iter().flat_map(names).collect();
    if !wanted.is_empty() {
        let present = views::present(database, &wanted)?;
        for place in unproven {
            if names(&place).iter().any(|name| !present.contains(name)) {
                let script = scripts[place].script().name.clone();
                standing.due.push(Due { place, script, reason: Reason::Missing });
            }
        }
        standing.due.sort_by_key(|due| due.place);
    }
    if *which == Which::Due {
        let is_there = |name: &str| scripts.iter().any(|one| one.script().name == name);
        let gone = last.keys().filter(|name| !is_there(name));
        standing.gone = gone.map(|name| (*name).to_owned()).collect();
    }
    Ok(standing)
}

/// The last record of each script that has run, by its name; none of one that was forgotten.
pub(super) fn last_of_each(log: &[JournalRecord]) -> BTreeMap<&str, &JournalRecord> {
    let mut last = BTreeMap::new();
    for record in log {
        if record.event == JournalEvent::Forget.word() {
            last.remove(record.revision.as_str());
        } else if record.event != JournalEvent::Fail.word() {
            last.insert(record.revision.as_str(), record);
        }
    }
    last
}
