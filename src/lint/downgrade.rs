//! `missing-downgrade`: a revision that does something and cannot be taken back.

use limbeck_schema::Dialect;

use crate::script::Direction;
use crate::script::RevisionFile;
use crate::script::RevisionFormat;
use crate::script::Section;
use crate::script::sql;

use super::Findings;
use super::Level;
use super::Rule;
use super::Subject;
use super::subject::Readings;

pub(super) const RULE: Rule = Rule {
    name: "missing-downgrade",
    level: Level::Warning,
    summary: "a revision without a downgrade, or with an empty one; `irreversible = true` says it is meant",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (_, file) in subject.files() {
        // What Python does is not looked at.
        if file.options.irreversible.is_some() || file.format == RevisionFormat::Python {
            continue;
        }
        for upgrade in of(file, Direction::Upgrade) {
            let Readings { dialects, .. } = subject.readings(file, upgrade);
            if is_empty(upgrade, &dialects) {
                continue;
            }
            let dialect = upgrade.dialect;
            let downgrade = match dialect {
                Some(dialect) => file.section(Direction::Downgrade, dialect),
                None => of(file, Direction::Downgrade).find(|section| section.dialect.is_none()),
            };
            let id = &file.revision.id;
            let for_dialect = dialect.map_or_else(String::new, |dialect| format!(" for {dialect}"));
            let (message, line) = match downgrade {
                None if dialect.is_none() && of(file, Direction::Downgrade).next().is_some() => {
                    continue;
                }
                None => (format!("revision {id} has no downgrade{for_dialect}"), None),
                Some(section) if is_empty(section, &dialects) => (
                    format!("the downgrade of revision {id}{for_dialect} does nothing"),
                    Some(section.position.line),
                ),
                Some(_) => continue,
            };
            let finding = findings.report(message);
            finding.revision = Some(id.clone());
            finding.paths.push(file.revision.path.clone());
            finding.line = line;
            finding.hint = Some(
                "write one, or say why not: `irreversible = true` and `irreversible_reason`"
                    .to_owned(),
            );
            break;
        }
    }
}

fn of(file: &RevisionFile, direction: Direction) -> impl Iterator<Item = &Section> {
    file.sections.iter().filter(move |section| section.direction == direction)
}

/// Whether there is not one statement in it, in whichever of the dialects. What cannot be split is
/// not empty.
fn is_empty(section: &Section, dialects: &[Dialect]) -> bool {
    dialects.iter().all(|dialect| {
        let split = sql::split(&section.text, *dialect, section.position);
        split.is_ok_and(|found| found.is_empty())
    })
}
