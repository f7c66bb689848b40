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
    for ((number, statement), progress) in (1..).zip(&script.statements).zip(progress) {
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
    for ((number, statement), progress) in (1..).zip(&script.statements).zip(progress) {
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
        .statements
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
mod tests {
    use super::*;
    use crate::db::Timeouts;
    use crate::script::sql::SourcePosition;

    /// The acts about statements, of which `marks` has a letter each: done, failed, in doubt or new.
    fn told(marks: &str, statements: &[&str]) -> String {
        told_on(Dialect::Mysql, marks, statements)
    }

    fn told_on(dialect: Dialect, marks: &str, statements: &[&str]) -> String {
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
        match acts(&script, &progress, dialect) {
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

    #[test]
    fn only_what_ended_with_the_session_is_made_again() {
        let rest = ["CREATE TABLE t (a INT)", "INSERT t"];
        let with = |set| [&[set], &rest[..]].concat();
        for set in [
            "SET PASSWORD FOR a@b = PASSWORD('one')",
            "SET GLOBAL max_connections = @@GLOBAL.max_connections + 1",
            "SET @@global.x = 5, @@persist.y = 6",
            "SET DEFAULT ROLE a TO b",
            // It was for the statement behind it.
            "SET insert_id = 5",
            "SET TRANSACTION READ ONLY",
        ] {
            assert_eq!(told("ddf", &with(set)), "- | - | run", "{set}");
        }
        assert_eq!(told("df", &["SET insert_id = 5", "INSERT t"]), "SET insert_id = 5 | run");
        assert_eq!(
            told("ddf", &with("SET GLOBAL a = 5, SESSION b = 6, @c = 7")),
            "SET SESSION b = 6, @c = 7 | - | run"
        );
        // Nothing follows.
        assert_eq!(told("ddd", &with("SET a = f()")), "- | - | -");
    }

    #[test]
    fn every_statement_needs_a_setting() {
        for value in ["f()", "(SELECT 1)", "NOW()", "@@timestamp"] {
            let set = format!("SET SESSION group_concat_max_len = {value}");
            let rest = ["CREATE TABLE t (a INT)", "INSERT t"];
            assert_eq!(
                told("ddf", &[&set, rest[0], rest[1]]),
                "the setting group_concat_max_len of 1 for 3"
            );
            let again = "SET @@group_concat_max_len = 5";
            assert_eq!(told("ddnn", &[&set, rest[0], again, rest[1]]), "- | - | run | run");
            assert_eq!(
                told("ddnn", &[&set, rest[0], "SET @a = f()", rest[1]]),
                "the setting group_concat_max_len of 1 for 3"
            );
            assert_eq!(told("ddf", &[&set, again, rest[1]]), format!("- | {again} | run"));
        }
        let reads = ["SET a = f()", "SET @a = @@a", "SET a = 1", "DO @a"];
        assert_eq!(told("dddf", &reads), "@a of 2 for 4");
    }

    #[test]
    fn what_was_set_by_executed_text_is_lost() {
        let insert = "INSERT t";
        let database = "the default database";
        for (set, execute) in [
            ("DO 1", "EXECUTE IMMEDIATE 'USE other'"),
            ("PREPARE p FROM 'USE other'", "EXECUTE p"),
            ("SET @s = CONCAT('USE ', 'other')", "EXECUTE IMMEDIATE @s"),
        ] {
            assert_eq!(
                told("ddfn", &[set, execute, "DO 1", insert]),
                format!("{database} of 2 for 3")
            );
            let used = told("ddnn", &[set, execute, "USE other", insert]);
            assert!(used.ends_with("- | run | run"), "{used}");
        }
        assert_eq!(
            told("df", &["EXECUTE IMMEDIATE 'SET sql_mode = \"\"'", insert]),
            "the setting sql_mode of 1 for 2"
        );
        assert_eq!(
            told("ddf", &["PREPARE p FROM 'SET sql_mode = ?'", "EXECUTE p USING 'ANSI'", insert]),
            "the setting sql_mode of 2 for 3"
        );
    }

    #[test]
    fn a_setting_of_all_sessions_is_not_read_again_when_it_has_changed() {
        let all = |read| [read, "SET GLOBAL x = 5", "INSERT t", "SET GLOBAL x = @old"];
        for read in ["SET @old = @@GLOBAL.x", "SET @old = @@x", "SET @old = CONCAT(@@global.x)"] {
            assert_eq!(told("ddfn", &all(read)), "@old of 1 for 4");
            assert_eq!(told("d?fn", &all(read)), "@old of 1 for 4");
            assert_eq!(told("dffn", &all(read)), format!("{read} | run | run | run"));
        }
        let behind = ["SET GLOBAL x = 5", "SET @new = @@GLOBAL.x", "DO @new"];
        assert_eq!(told("ddf", &behind), "- | SET @new = @@GLOBAL.x | run");
        assert_eq!(
            told("ddf", &["SET GLOBAL x = 5", "SET @new = @@x", "DO @new"]),
            "@new of 2 for 3"
        );
        let known = ["SET GLOBAL x = 5", "SET x = 6, @y = 1", "SET @new = @@x", "DO @new"];
        assert_eq!(told("dddf", &known), "- | SET x = 6, @y = 1 | SET @new = @@x | run");
    }

    #[test]
    fn what_cannot_be_seen_may_have_set_a_variable() {
        let insert = "INSERT INTO t VALUES (1)";
        assert_eq!(told("dfn", &[insert, "DO 1", "DO @by_trigger"]), "@by_trigger of 1 for 3");
        assert_eq!(told("dfn", &["SELECT f()", "DO 1", "DO @a"]), "@a of 1 for 3");
        assert_eq!(told("dfn", &["ALTER TABLE t ADD (a INT)", "DO 1", "DO @a"]), "- | run | run");
        assert_eq!(told("dfnn", &[insert, "DO 1", "SET @a = 1", "DO @a"]), "- | run | run | run");
        let max = "SELECT MAX(id) INTO @m FROM t";
        assert_eq!(told("dfn", &[max, "DO 1", "CALL p()"]), "@m of 1 for 3");
        assert_eq!(told("ddf", &[insert, "SET @n = @by_trigger", "DO @n"]), "@n of 2 for 3");
        assert_eq!(
            told("ddf", &[insert, "SET SESSION x = @by_trigger", "DO 1"]),
            "@by_trigger of 1 for 2"
        );
        assert_eq!(told("ddf", &[insert, "DO @never", "CALL p()"]), "- | - | run");
        assert_eq!(told("df", &[max, "BEGIN NOT ATOMIC CALL p(); END"]), "@m of 1 for 2");
        assert_eq!(told("dfnn", &[max, "DO 1", "SET @m = 1", "CALL p()"]), "- | run | run | run");
        assert_eq!(told("dfn", &["SET @m = 1", "DO 1", "CALL p()"]), "SET @m = 1 | run | run");
    }

    #[test]
    fn the_last_value_of_a_sequence_is_of_its_session() {
        let lost = "the last value of the sequence s";
        for next in ["DO NEXTVAL(s)", "INSERT INTO t VALUES (NEXT VALUE FOR d.S)"] {
            for last in ["DO LASTVAL(s)", "DO PREVIOUS VALUE FOR `S`"] {
                assert_eq!(told("dfn", &[next, "DO 1", last]), format!("{lost} of 1 for 3"));
                assert_eq!(told("dfn", &[next, next, last]), "- | run | run");
                assert_eq!(
                    told("dfn", &[next, "DO NEXTVAL(other)", last]),
                    format!("{lost} of 1 for 3")
                );
            }
        }
        // A column may take its default from it.
        assert_eq!(
            told("df", &["INSERT INTO t VALUES ()", "DO LASTVAL(s)"]),
            format!("{lost} of 1 for 2")
        );
    }

    #[test]
    fn other_databases_lose_less() {
        let insert = "INSERT INTO t VALUES (1)";
        assert_eq!(
            told_on(Dialect::Sqlite, "dfn", &[insert, insert, "SELECT total_changes()"]),
            "total_changes() of 1 for 3"
        );
        assert_eq!(
            told_on(Dialect::Sqlite, "dfn", &[insert, insert, "SELECT changes()"]),
            "- | run | run"
        );
        let literal = "SELECT set_config('my.v', '1', false)";
        assert_eq!(
            told_on(Dialect::Postgresql, "df", &[literal, insert]),
            format!("{literal} | run")
        );
        let query = "SELECT set_config('my.v', max(id)::text, false) FROM t";
        assert_eq!(
            told_on(Dialect::Postgresql, "df", &[query, insert]),
            "the setting my.v of 1 for 2"
        );
        assert_eq!(told_on(Dialect::Postgresql, "dnn", &[query, literal, insert]), "- | run | run");
        for reset in ["RESET my.v", "RESET ALL", "DISCARD ALL", "SET SESSION \"my.v\" TO 'x'"] {
            assert_eq!(
                told_on(Dialect::Postgresql, "ddf", &[query, reset, insert]),
                format!("- | {reset} | run")
            );
            assert_eq!(
                told_on(Dialect::Postgresql, "dnn", &[query, reset, insert]),
                "- | run | run"
            );
        }
        assert_eq!(
            told_on(Dialect::Postgresql, "ddf", &[query, "SET LOCAL my.v = 'x'", insert]),
            "the setting my.v of 1 for 3"
        );
        let set = "SET my.v = 'x'";
        assert_eq!(
            told_on(Dialect::Postgresql, "ddf", &[query, set, insert]),
            format!("- | {set} | run")
        );
    }
}
