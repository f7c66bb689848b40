//! What the statements of a script that an earlier run has done had left in its session, which
//! ended with that run: settings are made again, and what cannot be had again must not be needed.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use limbeck_schema::Dialect;

use crate::script::sql;
use crate::script::sql::Again;
use crate::script::sql::Carried;
use crate::script::sql::Lookup;
use crate::script::sql::Part;
use crate::script::sql::SessionEffect;
use crate::script::sql::SessionUse;
use crate::script::sql::Statement;

use super::error::LostState;
use super::prepare::PreparedScript;
use super::resume::Progress;

/// What is to be done about one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// It is to run.
    Run,
    /// Nothing: it is done, or means nothing in this session.
    Leave,
    /// It is done, and this of it is to be done again for what follows.
    Again(Statement),
}

/// What is to be done about each statement of `script`, of which the journal tells `progress`. A
/// statement in doubt is expected to be judged later, and this then asked again.
///
/// # Errors
/// [`LostState`] when a statement that is still to run, or a setting that is to be made again,
/// needs what ended with the session of an earlier run.
pub(super) fn acts(
    script: &PreparedScript,
    progress: &[Progress],
    dialect: Dialect,
) -> Result<Vec<Act>, Box<LostState>> {
    if !progress.contains(&Progress::Done) {
        return Ok(vec![Act::Run; progress.len()]);
    }
    if progress.iter().all(|progress| *progress == Progress::Done) {
        // Nothing follows that could need anything.
        return Ok(vec![Act::Leave; progress.len()]);
    }
    let mut walk = Walk {
        script,
        dialect,
        acts: Vec::new(),
        lost: BTreeMap::new(),
        known: BTreeSet::new(),
        prepared: BTreeMap::new(),
        opaque: None,
        globals: globals(script, progress, dialect),
        last_done: last_done(script, progress, dialect),
        holds_use: false,
    };
    for ((number, statement), progress) in (1..).zip(script.statements()).zip(progress) {
        let one = Numbered { number, statement };
        let uses = sql::session_use(statement, dialect);
        walk.holds_use |= dialect == Dialect::Mysql
            && sql::lookup_behind(statement, dialect) == Some(Lookup::Unknown);
        let act = match progress {
            Progress::Done => walk.done(one, uses)?,
            Progress::InDoubt => walk.in_doubt(&uses),
            Progress::Untouched | Progress::Failed => walk.pending(one, uses)?,
        };
        walk.acts.push(act);
    }
    Ok(walk.acts)
}

/// The settings of all sessions that statements may have changed so far, each with the number of
/// the statement.
fn globals(script: &PreparedScript, progress: &[Progress], dialect: Dialect) -> Vec<(u32, String)> {
    let mut globals = Vec::new();
    for ((number, statement), progress) in (1..).zip(script.statements()).zip(progress) {
        let is_setting = sql::session_effect(statement, dialect) == SessionEffect::Setting;
        if dialect != Dialect::Mysql || !is_setting || *progress == Progress::Untouched {
            continue;
        }
        let parts = sql::session_use(statement, dialect).parts;
        // One that failed may have made a part of its changes.
        if *progress == Progress::Failed && parts.len() < 2 {
            continue;
        }
        globals.extend(parts.into_iter().filter_map(|part| Some((number, part.global?))));
    }
    globals
}

/// The number of the last done statement that is not a setting.
fn last_done(script: &PreparedScript, progress: &[Progress], dialect: Dialect) -> u32 {
    let is_it = |(statement, progress): (&Statement, &Progress)| {
        *progress == Progress::Done
            && sql::session_effect(statement, dialect) != SessionEffect::Setting
    };
    script
        .statements()
        .iter()
        .zip(progress)
        .map(is_it)
        .rposition(|is_it| is_it)
        .map_or(0, |at| at as u32 + 1)
}

/// A statement with its number, from 1.
#[derive(Debug, Clone, Copy)]
struct Numbered<'a> {
    number: u32,
    statement: &'a Statement,
}

/// Something that a done statement had left in its session.
#[derive(Debug, Clone, Copy)]
struct Left<'a> {
    by: Numbered<'a>,
    /// Whether it can be had again: by doing that statement again.
    on_demand: bool,
}

struct Walk<'a> {
    script: &'a PreparedScript,
    dialect: Dialect,
    acts: Vec<Act>,
    /// What is not in this session as it was in the other.
    lost: BTreeMap<Carried, Left<'a>>,
    /// What this session has by now.
    known: BTreeSet<Carried>,
    /// What prepared statements take and leave when they are executed.
    prepared: BTreeMap<Carried, (BTreeSet<Carried>, BTreeSet<Carried>)>,
    /// The last done statement that may have set any variable.
    opaque: Option<Numbered<'a>>,
    /// What statements may have changed for all sessions, each with the number of its statement.
    globals: Vec<(u32, String)>,
    /// The number of the last done statement that is not a setting.
    last_done: u32,
    /// Whether a statement so far holds the text of a `USE`.
    holds_use: bool,
}

impl<'a> Walk<'a> {
    fn done(&mut self, one: Numbered<'a>, uses: SessionUse) -> Result<Act, Box<LostState>> {
        let count = uses.parts.len();
        let mut again: Vec<String> = Vec::new();
        self.reset_all(&uses);
        // The server evaluates all of a `SET` before it assigns anything.
        let missing: Vec<Option<Carried>> =
            uses.parts.iter().map(|part| self.missing(part)).collect();
        let changed: Vec<bool> =
            uses.parts.iter().map(|part| self.reads_changed(part, one.number)).collect();
        for ((part, missing), is_changed) in uses.parts.into_iter().zip(missing).zip(changed) {
            let sets = || part.writes.iter().any(|name| matches!(name, Carried::Setting(_)));
            match (part.again, &missing) {
                (Again::Next, _) if one.number < self.last_done => continue,
                (Again::Always | Again::Next, None) if !is_changed => {
                    part.writes.into_iter().for_each(|name| self.have(name));
                    again.push(part.text);
                    continue;
                }
                (Again::Always | Again::Next, Some(name)) if part.writes.is_empty() || sets() => {
                    return Err(self.error(name, one, true));
                }
                _ => {}
            }
            let on_demand = part.again == Again::OnDemand && missing.is_none();
            let mut writes = part.writes;
            for name in &part.reads {
                let executed = self.prepared.get(name);
                writes.extend(executed.into_iter().flat_map(|(_, writes)| writes.clone()));
            }
            for name in writes {
                self.note_prepared(&name, &uses.prepared);
                self.known.remove(&name);
                self.lost.insert(name, Left { by: one, on_demand });
            }
        }
        if let Some(name) = uses.ends {
            self.lost.remove(&name);
        }
        if uses.runs_text && self.holds_use {
            self.lost.insert(Carried::Database, Left { by: one, on_demand: false });
        }
        if uses.is_opaque {
            self.opaque = Some(one);
        }
        Ok(match again.len() {
            0 => Act::Leave,
            some if some == count => Act::Again(one.statement.clone()),
            _ => {
                let parts: Vec<&str> = again.iter().map(String::as_str).collect();
                Act::Again(sql::set_of(one.statement, self.dialect, &parts))
            }
        })
    }

    /// It may have to run: what can be had again is.
    fn in_doubt(&mut self, uses: &SessionUse) -> Act {
        for name in uses.parts.iter().flat_map(|part| &part.reads) {
            self.have_again(name);
        }
        Act::Run
    }

    fn pending(&mut self, one: Numbered<'a>, uses: SessionUse) -> Result<Act, Box<LostState>> {
        if let Some(name) = &uses.ends
            && self.lost.remove(name).is_some()
        {
            // It ended with the session that it was prepared in.
            return Ok(Act::Leave);
        }
        let mut reads: BTreeSet<Carried> = BTreeSet::new();
        let mut writes: BTreeSet<Carried> = BTreeSet::new();
        self.reset_all(&uses);
        // Every statement runs under all settings, but for one that makes settings of constants.
        let only_sets =
            uses.parts.iter().all(|part| matches!(part.again, Again::Always | Again::Next));
        let is_needed = |name: &&Carried| match name {
            Carried::Setting(_) | Carried::Database => !only_sets,
            Carried::Variable(_) => uses.calls_routine,
            _ => false,
        };
        if let Some(name) = self.lost.keys().find(is_needed) {
            return Err(self.error(name, one, false));
        }
        for part in uses.parts {
            for name in &part.reads {
                if let Some((more_reads, more_writes)) = self.prepared.get(name) {
                    reads.extend(more_reads.iter().cloned());
                    writes.extend(more_writes.iter().cloned());
                }
            }
            reads.extend(part.reads);
            writes.extend(part.writes);
        }
        for name in &reads {
            if !self.have_again(name) {
                return Err(self.error(name, one, false));
            }
            if let Some(by) = self.may_be_set(name).filter(|_| !writes.contains(name)) {
                self.lost.insert(name.clone(), Left { by, on_demand: false });
                return Err(self.error(name, one, false));
            }
        }
        for name in writes {
            self.note_prepared(&name, &uses.prepared);
            self.have(name);
        }
        Ok(Act::Run)
    }

    fn note_prepared(
        &mut self,
        name: &Carried,
        within: &Option<(BTreeSet<Carried>, BTreeSet<Carried>)>,
    ) {
        if let (Carried::Prepared(_), Some(within)) = (name, within) {
            self.prepared.insert(name.clone(), within.clone());
        }
    }

    /// What a part that could be done again reads, and this session does not have.
    fn missing(&mut self, part: &Part) -> Option<Carried> {
        if part.again == Again::Never {
            return None;
        }
        for name in &part.reads {
            if self.lost.contains_key(name) {
                return Some(name.clone());
            }
            if let Some(by) = self.may_be_set(name) {
                self.lost.insert(name.clone(), Left { by, on_demand: false });
                return Some(name.clone());
            }
        }
        None
    }

    /// The done statement that may have set `name`, which no statement is seen to set.
    fn may_be_set(&self, name: &Carried) -> Option<Numbered<'a>> {
        let is_of_session = matches!(name, Carried::Variable(_) | Carried::Sequence(_));
        self.opaque.filter(|_| is_of_session && !self.known.contains(name))
    }

    fn reset_all(&mut self, uses: &SessionUse) {
        if uses.resets_all {
            self.lost.retain(|name, _| !matches!(name, Carried::Setting(_)));
        }
    }

    /// Whether it reads a setting that a later statement has changed for all sessions: then it
    /// would be the new value now. A session begins with the values of all sessions.
    fn reads_changed(&self, part: &Part, number: u32) -> bool {
        part.reads.iter().any(|name| match name {
            Carried::Global(name) => {
                self.globals.iter().any(|(by, changed)| *by >= number && changed == name)
            }
            Carried::Setting(set) if !self.known.contains(name) => {
                self.globals.iter().any(|(_, changed)| changed == set)
            }
            _ => false,
        })
    }

    fn have(&mut self, name: Carried) {
        if name.is_count() {
            return;
        }
        self.lost.remove(&name);
        self.known.insert(name);
    }

    /// Whether this session has `name` as the done statements left it, or can have it: then what
    /// sets it is to be done again.
    fn have_again(&mut self, name: &Carried) -> bool {
        let Some(left) = self.lost.get(name).copied() else { return true };
        if left.on_demand {
            if let Some(act) = self.acts.get_mut(left.by.number as usize - 1) {
                *act = Act::Again(left.by.statement.clone());
            }
            self.have(name.clone());
        }
        left.on_demand
    }

    fn error(&self, name: &Carried, needed_by: Numbered<'_>, is_done: bool) -> Box<LostState> {
        let set_by = self.lost.get(name).map_or(needed_by, |left| left.by);
        Box::new(LostState {
            revision: self.script.revision.clone(),
            path: self.script.path.clone(),
            lost: name.clone(),
            set_by: (set_by.number, set_by.statement.clone()),
            needed_by: (needed_by.number, needed_by.statement.clone()),
            is_done,
        })
    }
}

#[cfg(test)]
mod tests;
