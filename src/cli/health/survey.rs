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
        ExitCode::of_several(self.databases.iter().map(|health| health.exit_code(counting)))
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
            journal: site.settings.journal,
            graph: site.graph,
            scripts: &context.revisions,
            whole: context.revisions.graph(),
        };
        judge::judge(&subject, seen, elapsed)
    });
    Ok(Survey { databases: databases.collect() })
}
