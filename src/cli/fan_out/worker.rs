//! One of several workers: it connects once, and moves from tenant to tenant.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use limbeck_alembic::preflight::PythonNeeded;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::failure;
use crate::cli::failure::short;
use crate::cli::run_hooks::RunHooks;
use crate::cli::sites::Site;
use crate::cli::watch::contention_lines;
use crate::cli::watch::held_up_lines;
use crate::cli::watch::leftover_lines;
use crate::db::Database;
use crate::db::Leftovers;
use crate::db::OtherSession;
use crate::exec::Contention;
use crate::exec::Gate;
use crate::exec::Migrator;
use crate::exec::Observer;
use crate::exec::PreparedScript;
use crate::exec::Report;
use crate::exec::Request;
use crate::exec::RunError;
use crate::exec::RunErrorKind;
use crate::exec::RunOptions;
use crate::graph::Edges;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::plan::Need;
use crate::plan::Obstacle;
use crate::plan::Step;
use crate::plan::Unmet;
use crate::script::Revisions;
use crate::script::sql::Statement;

/// What became of one tenant.
pub(super) struct Answer {
    /// Its place among the sites.
    pub(super) index: usize,
    pub(super) lines: Vec<Line>,
    pub(super) result: Result<Report, WorkerError>,
}

/// Why a tenant could not be brought on.
pub(in crate::cli) enum WorkerError {
    /// Before there was a run.
    Site(CliError),
    /// In it.
    Run(RunError),
}

/// What is to be said of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Line {
    Talk(String),
    Insist(String),
    Printed(String),
    Logged { logger: String, level: i64, message: String },
}

/// What is applied in the databases that tenants need something of, by their names, or why that
/// cannot be told.
pub(in crate::cli) type Needed = BTreeMap<String, Result<BTreeSet<RevisionId>, String>>;

/// Asks the databases that `sites` need something of.
pub(in crate::cli) fn needed(context: &Context, sites: &[Site<'_>]) -> Result<Needed, CliError> {
    let mut needed = Needed::new();
    let names: BTreeSet<&str> = sites
        .iter()
        .flat_map(|site| site.needs.iter())
        .flat_map(|need| need.databases.iter().map(String::as_str))
        .collect();
    if names.is_empty() {
        return Ok(needed);
    }
    let routes = context.all_routes()?.into_iter();
    let routes = routes.filter(|route| names.contains(route.name()) && route.tenants().is_none());
    for site in context.located(routes.collect())? {
        let applied = site.heads().map(|heads| {
            let rows = heads.iter().filter_map(|id| site.graph.find(id));
            let applied = site.graph.ancestors(rows, Edges::All);
            applied.iter().map(|node| site.graph.id(node).clone()).collect()
        });
        needed.insert(site.name.clone(), applied.map_err(|error| failure::message(&error)));
    }
    Ok(needed)
}

/// A worker with its connection.
pub(in crate::cli) struct Worker<'a> {
    scripts: &'a Revisions,
    session: Option<Box<dyn Database>>,
    /// How many tenants a connection serves, and how many this one has.
    recycle: u32,
    served: u32,
}

impl<'a> Worker<'a> {
    pub(in crate::cli) fn new(scripts: &'a Revisions, recycle: u32) -> Self {
        Worker { scripts, session: None, recycle, served: 0 }
    }

    /// Carries `request` out on `site`; `needed` is what is applied elsewhere.
    pub(in crate::cli) fn run(
        &mut self,
        site: &Site<'_>,
        needed: &Needed,
        options: RunOptions,
        request: &Request,
    ) -> (Vec<Line>, Result<Report, WorkerError>) {
        let hooks = match RunHooks::of(site, request) {
            Ok(hooks) => hooks,
            Err(error) => return (Vec::new(), Err(WorkerError::Site(error))),
        };
        let mut session = match self.session_on(site) {
            Ok(session) => session,
            Err(error) => return (Vec::new(), Err(WorkerError::Site(error))),
        };
        let mut lines = Lines::default();
        let migrator = Migrator::new(site.graph, self.scripts, options);
        let mut gate = NeedsOfTenants { needs: site.needs, needed };
        let result = hooks.around(&mut gate, &mut lines, |gate, observer| {
            migrator.run_through(session.as_mut(), request, observer, gate)
        });
        // What state a failure leaves it in, nobody need know: a new one is cheap.
        if result.is_ok() {
            self.session = Some(session);
            self.served += 1;
        }
        (lines.0, result.map_err(WorkerError::Run))
    }

    /// A session on `site`: the one that there is, if it reaches that.
    fn session_on(&mut self, site: &Site<'_>) -> Result<Box<dyn Database>, CliError> {
        if let Some(mut session) = self.session.take()
            && self.served < self.recycle
        {
            let options = site.options(false)?;
            // Of one that was lost since, a new one tells more.
            if let Ok(true) = session.move_to(&site.url, &options) {
                site.check_version_table(session.as_mut())?;
                return Ok(session);
            }
        }
        self.served = 0;
        let mut session = site.connect(false)?;
        site.check_version_table(session.as_mut())?;
        Ok(session)
    }
}

/// Lets steps through whose needs elsewhere are met. What is shared was brought on before the
/// first tenant.
struct NeedsOfTenants<'a> {
    needs: &'a [Need],
    needed: &'a Needed,
}

impl Gate for NeedsOfTenants<'_> {
    fn before_lock(&mut self, steps: &[Step], _: &mut dyn Observer) -> Result<(), RunErrorKind> {
        for step in steps.iter().filter(|step| step.direction == Direction::Upgrade) {
            let Some(id) = &step.revision else { continue };
            for need in self.needs.iter().filter(|need| need.revision == *id) {
                for other in &need.databases {
                    self.check(step, need, other)?;
                }
            }
        }
        Ok(())
    }
}

impl NeedsOfTenants<'_> {
    fn check(&self, step: &Step, need: &Need, other: &String) -> Result<(), RunErrorKind> {
        let (obstacle, cause) = match self.needed.get(other) {
            Some(Ok(ids)) if ids.contains(&need.needed) => return Ok(()),
            Some(Err(cause)) => (Obstacle::Unread, Some(cause.clone())),
            Some(Ok(_)) | None => (Obstacle::NotPlanned, None),
        };
        let unmet = Unmet {
            revision: need.revision.clone(),
            direction: step.direction,
            other: other.clone(),
            other_revision: need.needed.clone(),
            obstacle,
        };
        Err(RunErrorKind::Unmet { unmet: Box::new(unmet), cause })
    }
}

/// Collects what a run says of its tenant, for the one who shows it.
#[derive(Debug, Default)]
struct Lines(Vec<Line>);

impl Observer for Lines {
    fn waiting_for_lock(&mut self, holder: Option<&str>) {
        let holder = holder.unwrap_or("another run");
        self.0.push(Line::Talk(format!("waited for the lock held by {holder}")));
    }

    fn held_up(&mut self, statement: &Statement, by: &[OtherSession]) {
        self.0.extend(held_up_lines(statement, by).into_iter().map(Line::Talk));
    }

    fn leftovers_cleared(&mut self, statement: &Statement, leftovers: &Leftovers) {
        self.0.extend(leftover_lines(statement, leftovers).into_iter().map(Line::Talk));
    }

    fn contended(&mut self, contention: &Contention<'_>) {
        self.0.extend(contention_lines(contention).into_iter().map(Line::Talk));
    }

    fn runs_in_python(&mut self, script: &PreparedScript, needed: &PythonNeeded) {
        let file = match needed.place.file.is_empty() {
            true => short(&script.path),
            false => short(Path::new(&needed.place.file)),
        };
        self.0.push(Line::Insist(format!(
            "note: revision {} came to what limbeck does not run ({file}): {}",
            script.revision, needed.construct
        )));
    }

    fn printed(&mut self, text: &str) {
        self.0.push(Line::Printed(text.to_owned()));
    }

    fn logged(&mut self, logger: &str, level: i64, message: &str) {
        let (logger, message) = (logger.to_owned(), message.to_owned());
        self.0.push(Line::Logged { logger, level, message });
    }

    fn warning(&mut self, message: &str) {
        self.0.push(Line::Insist(format!("warning: {message}")));
    }
}
