//! All databases of an invocation, judged, with the exit status that comes of it.

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::sites::Site;

use super::judge;
use super::judge::Subject;
use super::look::Depth;
use super::look::Lookout;
use super::look::Question;
use super::problem::ProblemSet;
use super::site_health::SiteHealth;

/// The judgement on every database, in the order of the configuration.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Survey {
    pub(in crate::cli) databases: Vec<SiteHealth>,
}

impl Survey {
    /// The status of a command that fails on `counting`.
    pub(in crate::cli) fn exit_code(&self, counting: &ProblemSet) -> ExitCode {
        overall(self.databases.iter().map(|health| health.exit_code(counting)))
    }
}

/// One status for those of all databases: that of all failed where they failed alike, and "pending"
/// where nothing worse is the matter.
fn overall(codes: impl Iterator<Item = ExitCode>) -> ExitCode {
    let codes: Vec<ExitCode> = codes.collect();
    let bad: Vec<ExitCode> = codes.iter().copied().filter(|code| *code != ExitCode::Done).collect();
    match bad.first() {
        None => ExitCode::Done,
        Some(first) if bad.len() == codes.len() && bad.iter().all(|code| code == first) => *first,
        Some(_) if bad.iter().all(|code| *code == ExitCode::Pending) => ExitCode::Pending,
        Some(_) => ExitCode::Partial,
    }
}

/// Looks at every database of `sites`, at the same time.
///
/// # Errors
/// When a database's tables cannot be named.
pub(in crate::cli) fn survey(
    context: &Context,
    sites: &[Site<'_>],
    depth: Depth,
    lookout: &mut Lookout,
) -> Result<Survey, CliError> {
    let questions = sites
        .iter()
        .map(|site| {
            Ok(Question {
                name: site.name().to_owned(),
                url: site.url.clone(),
                options: site.options(true)?,
                settings: site.settings.health.clone(),
                depth,
            })
        })
        .collect::<Result<Vec<_>, CliError>>()?;
    let answers = lookout.look(&questions);
    let databases = sites.iter().zip(answers).map(|(site, (seen, elapsed))| {
        let subject = Subject {
            name: site.name(),
            url: site.url.to_string(),
            dialect: site.url.dialect(),
            settings: &site.settings.health,
            graph: site.graph,
            journal: site.settings.journal,
            scripts: &context.revisions,
            whole: context.revisions.graph(),
        };
        judge::judge(&subject, seen, elapsed)
    });
    Ok(Survey { databases: databases.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_status_stands_for_all_databases() {
        use ExitCode::Done;
        use ExitCode::Failed;
        use ExitCode::Partial;
        use ExitCode::Pending;
        use ExitCode::Unreachable;
        for (codes, expected) in [
            (vec![], Done),
            (vec![Done, Done], Done),
            (vec![Done, Pending], Pending),
            (vec![Pending, Pending], Pending),
            (vec![Failed], Failed),
            (vec![Unreachable, Unreachable], Unreachable),
            (vec![Unreachable, Done], Partial),
            (vec![Unreachable, Pending], Partial),
            (vec![Failed, Unreachable], Partial),
        ] {
            assert_eq!(overall(codes.iter().copied()), expected, "{codes:?}");
        }
    }
}
