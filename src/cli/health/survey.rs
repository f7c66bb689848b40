//! All databases of an invocation, judged, with the exit status that comes of it.

use std::time::Duration;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure;
use crate::cli::sites::Site;
use crate::graph::RevisionId;

use super::judge;
use super::judge::Subject;
use super::look::Depth;
use super::look::Facts;
use super::look::Lookout;
use super::look::Question;
use super::look::Seen;
use super::problem::ProblemSet;
use super::roster::Entry;
use super::roster::Roster;
use super::site_health::SiteHealth;

/// The judgement on every database, in the order of the configuration.
#[derive(Debug)]
pub(in crate::cli) struct Survey {
    pub(in crate::cli) databases: Vec<SiteHealth>,
    /// Mistakes in the files, for which no judgement is whole.
    pub(in crate::cli) flaws: Vec<CliError>,
    /// Why databases could not be looked at, in their order.
    pub(in crate::cli) failures: Vec<CliError>,
}

impl Survey {
    /// The status of a command that fails on `counting`.
    pub(in crate::cli) fn exit_code(&self, counting: &ProblemSet) -> ExitCode {
        match self.flaws.first() {
            Some(flaw) => failure::code(flaw),
            None => {
                ExitCode::of_several(self.databases.iter().map(|health| health.exit_code(counting)))
            }
        }
    }

    /// Whatever kept anything from being seen or judged, as JSON.
    pub(in crate::cli) fn errors(&self) -> Vec<serde_json::Value> {
        self.flaws.iter().chain(&self.failures).map(failure::as_json).collect()
    }
}

/// Looks at every database of `roster`, at the same time.
///
/// # Errors
/// When a database's tables cannot be named.
pub(in crate::cli) fn survey(
    context: &Context,
    roster: Roster<'_>,
    depth: Depth,
    lookout: &mut Lookout,
) -> Result<Survey, CliError> {
    let question = |site: &Site<'_>| {
        Ok(Question {
            name: site.name().to_owned(),
            url: site.url.clone(),
            options: site.options(true)?,
            settings: site.settings.health.clone(),
            depth,
        })
    };
    // Of most tenants the catalogue tells all that is wanted.
    let asked = roster.sites().filter(|site| site.known_state().is_none());
    let questions = asked.map(question).collect::<Result<Vec<_>, CliError>>()?;
    let mut answers = lookout.look(&questions).into_iter();
    let (mut databases, mut failures) = (Vec::new(), Vec::new());
    for Entry { name, graph, site } in roster.entries {
        let site = match site {
            Ok(site) => site,
            Err(errors) => {
                databases.push(judge::unconfigured(&name, graph, &errors));
                failures.extend(errors);
                continue;
            }
        };
        let known = site.known_state().map(|known| match known {
            Ok(heads) => Seen::Facts(Box::new(Facts::of_catalogue(heads))),
            Err(error) => Seen::Failed(error),
        });
        let answer = match known {
            Some(known) => Some((known, Duration::ZERO)),
            None => answers.next(),
        };
        let Some((seen, elapsed)) = answer else { break };
        let whole = context.revisions.graph();
        let reason = |id: &RevisionId| context.reason(whole.find(id)?, site.part_name()).ok();
        let subject = Subject {
            name: &name,
            tenant: site.tenant.as_ref().map(|tenant| tenant.name.as_str()),
            url: site.url.to_string(),
            dialect: site.url.dialect(),
            settings: &site.settings.health,
            journal: site.settings.journal,
            graph,
            needs: site.needs,
            scripts: &context.revisions,
            reason: &reason,
        };
        let health = judge::judge(&subject, seen, elapsed);
        failures.extend(health.error.clone().map(|error| site.error(error)));
        databases.push(health);
    }
    Ok(Survey { databases, flaws: roster.flaws, failures })
}
