//! A run as it is seen on standard error, and the signals that stop it.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use limbeck_alembic::preflight::PythonNeeded;
use limbeck_alembic::python::Position;
use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGTERM;
use signal_hook::flag;

use crate::db::Leftovers;
use crate::db::OtherSession;
use crate::exec::Contention;
use crate::exec::Due;
use crate::exec::Edited;
use crate::exec::Observer;
use crate::exec::OpenStep;
use crate::exec::PreparedScript;
use crate::exec::SeedReason;
use crate::exec::numbered;
use crate::graph::RevisionId;
use crate::plan::Step;
use crate::script::sql::Statement;
use crate::ui::Output;

use super::failure::short;

/// A step that takes this long is worth a word about it.
const LONG: Duration = Duration::from_millis(500);

/// Shows a run on standard error, step by step.
pub(super) struct Watch<'a, 'b> {
    /// The database that is worked on.
    pub(super) database: &'a str,
    pub(super) output: &'a mut Output<'b>,
}

impl Observer for Watch<'_, '_> {
    fn waiting_for_lock(&mut self, holder: Option<&str>) {
        let holder = holder.unwrap_or("another run");
        self.output.talk(format_args!("waiting for the lock held by {holder}"));
    }

    fn step_started(&mut self, step: &Step) {
        self.output.step(format_args!("Running {step}"));
    }

    fn step_finished(&mut self, _step: &Step, elapsed: Duration) {
        if elapsed >= LONG {
            self.output.remark(format_args!("  took {:.1} s", elapsed.as_secs_f64()));
        }
    }

    fn seed_started(&mut self, seed: &str, reason: SeedReason) {
        self.output.talk(format_args!("Seeding {seed} ({})", reason.word()));
    }

    fn seed_finished(&mut self, _seed: &str, rows: Option<usize>, elapsed: Duration) {
        if let Some(rows) = rows {
            let word = if rows == 1 { "row" } else { "rows" };
            self.output.talk(format_args!("  {rows} {word}"));
        }
        if elapsed >= LONG {
            self.output.talk(format_args!("  took {:.1} s", elapsed.as_secs_f64()));
        }
    }

    fn statement_resumed(&mut self, _statement: &Statement, number: u32, count: u32) {
        self.output.talk(format_args!(
            "  statement {} was done by an earlier run",
            numbered(number, count)
        ));
    }

    fn comments_changed(&mut self, edited: &[Edited]) {
        let what = match edited {
            [one] => format!("the file of revision {} differs", one.revision),
            several => format!("the files of {} applied revisions differ", several.len()),
        };
        self.output.remark(format_args!(
            "note: {what} from what was applied, in comments, white space or line ends only"
        ));
    }

    fn never_ran(&mut self, revision: &Edited) {
        self.output.insist(format_args!("warning: {}", never_ran_text(revision)));
        self.output.insist(format_args!(
            "  if that is as it should be: limbeck journal accept {} -d {}",
            revision.revision, self.database
        ));
    }

    fn left_behind(&mut self, step: &OpenStep<'_>) {
        let (number, count) = step.statement.unwrap_or_default();
        self.output.insist(format_args!(
            "warning: the {} of revision {}, which no file of this database declares, stopped at \
             statement {}; when what it did is undone or taken over: limbeck \
             journal resolve {} --all --as not-done -d {}",
            step.direction,
            step.revision,
            numbered(number, count),
            step.revision,
            self.database
        ));
    }

    fn runs_in_python(&mut self, script: &PreparedScript, needed: &PythonNeeded) {
        let place = &needed.place;
        let file = match place.file.is_empty() {
            true => short(&script.path),
            false => short(Path::new(&place.file)),
        };
        self.output.insist(format_args!(
            "note: revision {} came to what limbeck does not run: {}",
            script.revision, needed.construct
        ));
        self.output.insist(format_args!("  --> {}", at(&file, &place.position)));
        self.output.insist("  nothing of it is left, and the project's own Python runs it");
    }

    fn printed(&mut self, text: &str) {
        self.output.printed(text);
    }

    fn logged(&mut self, logger: &str, level: i64, message: &str) {
        self.output.logged(logger, level, message);
    }

    fn repeating(&mut self, due: &Due) {
        self.output.step(format_args!("Running repeatable {} ({})", due.script, due.reason));
    }

    fn held_up(&mut self, statement: &Statement, by: &[OtherSession]) {
        for line in held_up_lines(statement, by) {
            self.output.talk(line);
        }
    }

    fn leftovers_cleared(&mut self, statement: &Statement, leftovers: &Leftovers) {
        for line in leftover_lines(statement, leftovers) {
            self.output.talk(line);
        }
    }

    fn contended(&mut self, contention: &Contention<'_>) {
        for line in contention_lines(contention) {
            self.output.talk(line);
        }
    }

    fn warning(&mut self, message: &str) {
        self.output.insist(format_args!("warning: {message}"));
    }
}

/// Who is in the way of a statement that waits for others to end.
pub(super) fn held_up_lines(statement: &Statement, by: &[OtherSession]) -> Vec<String> {
    let line = statement.position.line;
    let what = match by {
        [_] => format!("  the statement of line {line} waits for this transaction to end:"),
        _ => format!("  the statement of line {line} waits for these transactions to end:"),
    };
    std::iter::once(what).chain(by.iter().map(|session| format!("    {session}"))).collect()
}

/// What of an earlier attempt is gone.
pub(super) fn leftover_lines(statement: &Statement, leftovers: &Leftovers) -> Vec<String> {
    let line = statement.position.line;
    let dropped = leftovers.dropped.iter().map(|index| {
        format!(
            "  dropped index {index}, which was left invalid, before the statement of line {line}"
        )
    });
    let finished = leftovers.is_finished.then(|| {
        format!("  the statement of line {line} had been begun before, and was brought to its end")
    });
    dropped.chain(finished).collect()
}

/// That a lock was not to be had.
pub(super) fn contention_lines(contention: &Contention<'_>) -> Vec<String> {
    let Contention { error, blockers, pause, .. } = contention;
    let again = format!("  {error}; trying again in {:.1} s", pause.as_secs_f64());
    let held = blockers.iter().map(|session| format!("    {}", session.holding()));
    std::iter::once(again).chain(held).collect()
}

/// A place, where that is known.
fn at(file: &str, position: &Position) -> String {
    match position.line {
        0 => file.to_owned(),
        line => format!("{file}:{line}:{}", position.column),
    }
}

/// That an applied revision never ran.
pub(super) fn never_ran_text(edited: &Edited) -> String {
    let above = edited.never_ran_below().map_or("another", RevisionId::as_str);
    format!(
        "revision {} lies below {above}, which was applied here without it: it never ran on this \
         database as far as the journal knows",
        edited.revision
    )
}

/// A flag that SIGINT and SIGTERM set: the run then ends at the next safe place. A second signal
/// ends the process at once.
pub(super) fn interrupt_flag() -> io::Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_default(signal, Arc::clone(&interrupted))?;
        flag::register(signal, Arc::clone(&interrupted))?;
    }
    Ok(interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Heads;
    use crate::graph::testing;
    use crate::plan;
    use crate::target::Target;

    #[test]
    fn a_step_that_takes_long_says_how_long() {
        let graph = testing::graph("a");
        let plan = plan::upgrade(&graph, &Heads::none(), &Target::heads()).unwrap();
        let (mut data, mut talk) = (Vec::new(), Vec::new());
        let mut output = Output::new(&mut data, &mut talk, false);
        let mut watch = Watch { database: "app", output: &mut output };
        for milliseconds in [0, 499, 500, 3_249] {
            watch.step_finished(&plan.steps[0], Duration::from_millis(milliseconds));
        }
        assert_eq!(String::from_utf8(talk).unwrap(), "  took 0.5 s\n  took 3.2 s\n");
        assert!(data.is_empty());
    }
}
