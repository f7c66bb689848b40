//! What the statements of a script that an earlier run has done had left in its session, which
//! ended with that run: settings are made again, and what cannot be had again must not be needed.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use limbeck_schema::Dialect;

use crate::script::sql;
use crate::script::sql::Again;
use crate::script::sql::Carried;
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
    let mut walk = Walk {
        script,
        dialect,
        acts: Vec::new(),
        lost: BTreeMap::new(),
        known: BTreeSet::new(),
        prepared: BTreeMap::new(),
        opaque: None,
    };
    for ((number, statement), progress) in (1..).zip(&script.statements).zip(progress) {
        let one = Numbered { number, statement };
        let uses = sql::session_use(statement, dialect);
        let act = match progress {
            Progress::Done => walk.done(one, uses)?,
            Progress::InDoubt => walk.in_doubt(&uses),
            Progress::Untouched | Progress::Failed => walk.pending(one, uses)?,
        };
        walk.acts.push(act);
    }
    Ok(walk.acts)
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
}

impl<'a> Walk<'a> {
    fn done(&mut self, one: Numbered<'a>, uses: SessionUse) -> Result<Act, Box<LostState>> {
        let count = uses.parts.len();
        let mut again: Vec<String> = Vec::new();
        // The server evaluates all of a `SET` before it assigns anything.
        let missing: Vec<Option<Carried>> = uses
            .parts
            .iter()
            .map(|part| part.reads.iter().find(|name| self.lost.contains_key(name)).cloned())
            .collect();
        for (part, missing) in uses.parts.into_iter().zip(missing) {
            match (part.again, &missing) {
                (Again::Always, None) => {
                    part.writes.into_iter().for_each(|name| self.have(name));
                    again.push(part.text);
                    continue;
                }
                (Again::Always, Some(name)) if part.writes.is_empty() => {
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
            let may_be_set = matches!(name, Carried::Variable(_))
                && !self.known.contains(name)
                && !writes.contains(name);
            if let Some(by) = self.opaque.filter(|_| may_be_set) {
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

    fn have(&mut self, name: Carried) {
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
mod tests {
    use super::*;
    use crate::db::Timeouts;
    use crate::script::sql::SourcePosition;

    /// The acts about statements, of which `marks` has a letter each: done, failed, in doubt or new.
    fn told(marks: &str, statements: &[&str]) -> String {
        let progress: Vec<Progress> = marks
            .chars()
            .map(|mark| match mark {
                'd' => Progress::Done,
                'f' => Progress::Failed,
                '?' => Progress::InDoubt,
                _ => Progress::Untouched,
            })
            .collect();
        let statement = |text: &&str| Statement {
            text: (*text).to_owned(),
            position: SourcePosition { line: 1, column: 1 },
        };
        let script = PreparedScript {
            revision: "a1".parse().unwrap(),
            path: "a1.sql".into(),
            statements: statements.iter().map(statement).collect(),
            transaction: false,
            timeouts: Timeouts::default(),
            raw_digest: String::new(),
            normalized_digest: String::new(),
            stored: None,
        };
        assert_eq!(script.statements.len(), progress.len());
        match acts(&script, &progress, Dialect::Mysql) {
            Err(lost) => format!("{} of {} for {}", lost.lost, lost.set_by.0, lost.needed_by.0),
            Ok(acts) => {
                let word = |act: &Act| match act {
                    Act::Run => "run".to_owned(),
                    Act::Leave => "-".to_owned(),
                    Act::Again(statement) => statement.text.clone(),
                };
                acts.iter().map(word).collect::<Vec<_>>().join(" | ")
            }
        }
    }

    #[test]
    fn settings_and_constants_are_made_again() {
        let header = "SET @OLD=@@SQL_MODE, SQL_MODE=''";
        assert_eq!(
            told("ddfn", &[header, "CREATE TABLE t (a INT)", "INSERT t", "SET SQL_MODE=@OLD"]),
            "SET @OLD=@@SQL_MODE, SQL_MODE='' | - | run | run"
        );
        assert_eq!(
            told("df", &["SET @x = now(), sql_mode = '', @y = 1", "INSERT t VALUES (@y)"]),
            "SET sql_mode = '', @y = 1 | run"
        );
        // Nothing is made again for statements of which none is done.
        assert_eq!(told("fn", &["SET @x = now()", "INSERT t VALUES (@x)"]), "run | run");
    }

    #[test]
    fn what_is_lost_must_not_be_needed() {
        let max = "SELECT MAX(id) INTO @m FROM t";
        let insert = "INSERT INTO t VALUES (@M)";
        assert_eq!(told("dfn", &[max, "INSERT oops", insert]), "@m of 1 for 3");
        assert_eq!(told("dfnn", &[max, "INSERT oops", max, insert]), "- | run | run | run");
        assert_eq!(told("ddf", &["SET @m = 1", max, insert]), "@m of 2 for 3");
        assert_eq!(told("ddf", &[max, "SET @n = @m + 1", insert]), "@m of 1 for 3");
        assert_eq!(told("ddf", &[max, "SET @n = @m + 1", "DO @n"]), "@n of 2 for 3");
        assert_eq!(told("ddf", &[max, "SET timestamp = @m", "DO 1"]), "@m of 1 for 2");
        let parent = "INSERT INTO p VALUES ()";
        assert_eq!(
            told("df", &[parent, "INSERT INTO c VALUES (LAST_INSERT_ID())"]),
            "LAST_INSERT_ID() of 1 for 2"
        );
        assert_eq!(told("dfn", &[parent, parent, "SET @id = LAST_INSERT_ID()"]), "- | run | run");
        assert_eq!(told("df", &["CALL p()", "DO @set_there"]), "@set_there of 1 for 2");
        assert_eq!(told("ddf", &[max, "SET @m = 1, @n = @m", "DO @n"]), "@n of 2 for 3");
        // What is in doubt is judged first.
        assert_eq!(told("d?", &[max, insert]), "- | run");
    }

    #[test]
    fn a_statement_is_prepared_again_only_for_those_who_need_it() {
        let prepare = "PREPARE s FROM 'DELETE FROM t WHERE a = ?'";
        let all = ["SET @a = 1", prepare, "EXECUTE s USING @a", "DEALLOCATE PREPARE s"];
        assert_eq!(told("dddf", &all), "SET @a = 1 | - | - | -");
        assert_eq!(told("ddfn", &all), format!("SET @a = 1 | {prepare} | run | run"));
        assert_eq!(told("dd?n", &all), format!("SET @a = 1 | {prepare} | run | run"));
        let prepare = "PREPARE s FROM @sql";
        let rest = [prepare, "EXECUTE s", "DEALLOCATE PREPARE s"];
        let with = |set| [&[set], &rest[..]].concat();
        assert_eq!(
            told("ddfn", &with("SET @sql = IF(1, 'DO 1', 'DO 2')")),
            "the prepared statement s of 2 for 3"
        );
        assert_eq!(
            told("ddfn", &with("SET @sql = 'DO 1'")),
            "SET @sql = 'DO 1' | PREPARE s FROM @sql | run | run"
        );
        assert_eq!(
            told("ddfn", &["SELECT 1 INTO @m", "PREPARE s FROM 'DO @m'", "EXECUTE s", "DO 1"]),
            "@m of 1 for 3"
        );
        assert_eq!(
            told(
                "dddf",
                &["SET @m = 0", "PREPARE s FROM 'SELECT 1 INTO @m'", "EXECUTE s", "DO @m"]
            ),
            "@m of 3 for 4"
        );
    }
}
