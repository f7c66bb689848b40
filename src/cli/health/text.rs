//! A judgement as lines for people: each begins with a mark and the name of the database, so that a
//! line means something by itself in a log.

use super::groups::Group;
use super::problem::ProblemSet;

/// The lines about a database, or about tenants that stand alike. `✗` is what counts, `!` what is found and does not count, `✓` what
/// is well; `only_bad` leaves that out.
pub(in crate::cli) fn lines(
    group: &Group<'_>,
    counting: &ProblemSet,
    only_bad: bool,
) -> Vec<String> {
    let (health, name) = (group.one(), group.name());
    let mut lines = Vec::new();
    let mut told: Vec<&str> = Vec::new();
    for check in &health.checks {
        let mark = match check.problem {
            None if only_bad => continue,
            None => '✓',
            Some(problem) if counting.has(problem) => '✗',
            Some(_) => '!',
        };
        lines.push(format!("{mark} {name}: {}", check.message));
        if let Some(hint) = check.hint.as_deref().filter(|hint| !told.contains(hint)) {
            told.push(hint);
        }
    }
    if !only_bad {
        lines.extend(told.iter().map(|hint| format!("  try: {hint}")));
    }
    lines
}
