//! Views that went with what was dropped: which they are, and making them again.

use std::collections::BTreeSet;
use std::time::Instant;

use limbeck_schema::Dialect;

use super::Due;
use super::Reason;
use super::Repeated;
use super::making::Making;
use super::savepoint::attempt;
use super::standing::Applied;
use super::views;
use super::views::View;
use crate::db::Database;
use crate::exec::Observer;
use crate::exec::RunErrorKind;
use crate::script::sql;
use crate::script::sql::Mention;
use crate::script::sql::Statement;

impl Making<'_> {
    /// The views of `before` that are gone, other than those `dropped` by name.
    pub(super) fn lost(
        &self,
        database: &mut dyn Database,
        before: &[View],
        dropped: &[Mention],
    ) -> Result<Vec<View>, RunErrorKind> {
        if before.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.views(database)?;
        let is_gone = |view: &&View| !now.iter().any(|one| one.name == view.name);
        let is_meant = |view: &View| dropped.iter().any(|name| name.may_be(&view.name));
        Ok(before.iter().filter(is_gone).filter(|view| !is_meant(view)).cloned().collect())
    }

    /// Makes `lost` views again: by their scripts, else as they were.
    pub(super) fn make_again(
        &self,
        database: &mut dyn Database,
        lost: &[View],
        applied: &Applied,
        places: &mut BTreeSet<usize>,
        observer: &mut dyn Observer,
    ) -> Result<MadeAgain, RunErrorKind> {
        let mut made = MadeAgain::default();
        let mut open: Vec<&View> = lost.iter().collect();
        while !open.is_empty() {
            let count = open.len();
            let mut left = Vec::new();
            made.left.clear();
            for view in open {
                // A script may have made several.
                if !views::present(database, std::slice::from_ref(&view.name))?.is_empty() {
                    continue;
                }
                let owner =
                    self.owner_of(view).and_then(|place| Some((place, self.script(place)?)));
                if let Some((place, one)) = owner
                    && !places.contains(&place)
                    && applied.missing_for(one, self.graph).is_empty()
                    && self.check(place, database.dialect()).is_ok()
                {
                    let started = (self.options.clock)();
                    let start = Instant::now();
                    let result =
                        attempt(database, |database| self.run_statements(database, place))?;
                    if result.is_ok() {
                        self.record_done(database, place, started)?;
                        places.insert(place);
                        let script = one.script().name.clone();
                        let due = Due { place, script, reason: Reason::Dropped };
                        observer.repeating(&due);
                        let Due { script, reason, .. } = due;
                        made.ran.push(Repeated { script, reason, elapsed: start.elapsed() });
                        continue;
                    }
                }
                let statement = plain(&view.definition);
                if let Err(error) = attempt(database, |database| database.run(&statement))? {
                    made.left.push((view.clone(), error));
                    left.push(view);
                }
            }
            if left.len() == count {
                break;
            }
            open = left;
        }
        Ok(made)
    }

    /// Gives views that were made again what was added to them before.
    pub(super) fn give_back(
        &self,
        database: &mut dyn Database,
        before: &[View],
        places: &BTreeSet<usize>,
        observer: &mut dyn Observer,
    ) -> Result<(), RunErrorKind> {
        if before.iter().all(|view| view.belongings.is_empty()) {
            return Ok(());
        }
        let dialect = database.dialect();
        let now = self.views(database)?;
        for view in before {
            let Some(one) = now.iter().find(|one| one.name == view.name) else { continue };
            if dialect == Dialect::Postgresql && one.identity == view.identity {
                continue;
            }
            let script = self.owner_of(view).filter(|place| places.contains(place));
            let words = script.and_then(|place| self.script(place));
            let words = words.map(|one| sql::mentions(one.script().sql(), dialect));
            let sees_to = |word: &str| {
                let mut words = words.iter().flatten();
                words.any(|mention| mention.name.eq_ignore_ascii_case(word))
            };
            for belonging in &view.belongings {
                let is_there = |other: &views::Belonging| {
                    other.kind == belonging.kind && other.slot == belonging.slot
                };
                // A script that speaks of it has its reasons.
                let is_seen_to = match belonging.kind.as_str() {
                    "grant" => sees_to("grant") || sees_to("revoke"),
                    "owner" | "comment" | "default" => sees_to(&belonging.kind),
                    _ => sees_to(&belonging.slot),
                };
                if is_seen_to || one.belongings.iter().any(is_there) {
                    continue;
                }
                let statement = plain(&belonging.sql);
                if let Err(error) = attempt(database, |database| database.run(&statement))? {
                    observer.warning(&format!(
                        "{} was made again without what it had: {error}: {}",
                        view.sql_name, belonging.sql
                    ));
                }
            }
        }
        Ok(())
    }
}

/// What became of views that were to be made again.
#[derive(Debug, Default)]
pub(super) struct MadeAgain {
    /// The scripts that ran for it.
    pub(super) ran: Vec<Repeated>,
    /// What could not be made, and why.
    pub(super) left: Vec<(View, crate::db::DatabaseError)>,
}

/// A statement of limbeck's own.
pub(super) fn plain(text: &str) -> Statement {
    Statement { text: text.to_owned(), position: sql::SourcePosition { line: 1, column: 1 } }
}
