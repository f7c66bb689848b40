//! `many-statements`: a revision that does much at once. Off unless a number is given.

use crate::script::Direction;
use crate::script::sql;

use super::Findings;
use super::Level;
use super::Rule;
use super::Subject;
use super::subject::Readings;

pub(super) const RULE: Rule = Rule {
    name: "many-statements",
    level: Level::Warning,
    summary: "a revision with more statements than --max-statements allows",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(most) = subject.options.max_statements else { return };
    for (_, file) in subject.files() {
        let counts = file.sections.iter().filter(|s| s.direction == Direction::Upgrade).map(|s| {
            let Readings { dialects, are_certain } = subject.readings(file, s);
            // What cannot be split is refused before it runs.
            let counts = dialects.iter().filter_map(|dialect| {
                sql::split(&s.text, *dialect, s.position).ok().map(|found| found.len())
            });
            // Where nobody knows the dialect, so many there are in any case.
            let count = if are_certain { counts.max() } else { counts.min() };
            (count.unwrap_or(0), s)
        });
        let Some((count, section)) = counts.max_by_key(|(count, _)| *count) else { continue };
        if count > most {
            let id = &file.revision.id;
            let finding = findings.report(format!("revision {id} has {count} statements"));
            finding.revision = Some(id.clone());
            finding.paths.push(file.revision.path.clone());
            finding.line = Some(section.position.line);
            finding.hint = Some("several small revisions are easier to take back".to_owned());
        }
    }
}
