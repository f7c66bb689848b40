//! One look at all databases for all who ask within a period.

use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use chrono::DateTime;
use chrono::Utc;

use crate::cli::arguments::Globals;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure;
use crate::cli::health::Depth;
use crate::cli::health::Lookout;
use crate::cli::health::ProblemSet;
use crate::cli::health::Roster;
use crate::cli::health::SiteState;
use crate::cli::health::Survey;
use crate::cli::health::survey;
use crate::cli::times;
use crate::ui::Output;

/// What a look at all databases has shown.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// The judgements, or why there are none: the configuration cannot be read at all.
    pub(super) survey: Result<Survey, Vec<serde_json::Value>>,
    pub(super) exit_code: ExitCode,
    pub(super) at: DateTime<Utc>,
    pub(super) took: Duration,
    until: Instant,
}

impl Snapshot {
    pub(super) fn is_healthy(&self) -> bool {
        self.is_whole() && self.exit_code == ExitCode::Done
    }

    /// Whether nothing in the files kept databases from being looked at and judged.
    pub(super) fn is_whole(&self) -> bool {
        let is_whole = |survey: &Survey| {
            survey.flaws.is_empty()
                && survey.databases.iter().all(|health| health.state != SiteState::Unconfigured)
        };
        self.survey.as_ref().is_ok_and(is_whole)
    }

    /// The whole as JSON: what `limbeck health --json` prints, and when it was seen.
    pub(super) fn json(&self) -> serde_json::Value {
        let mut json = serde_json::json!({
            "healthy": self.is_healthy(),
            "exit_code": self.exit_code as u8,
            "checked_at": times::in_json(self.at),
            "seconds": self.took.as_secs_f64(),
        });
        match &self.survey {
            Ok(survey) => {
                json["databases"] = serde_json::json!(survey.databases);
                json["errors"] = serde_json::json!(survey.errors());
            }
            Err(errors) => json["errors"] = serde_json::json!(errors),
        }
        json
    }
}

/// Looks at the databases when what is known is too old.
#[derive(Debug)]
pub(in crate::cli) struct Checker {
    globals: Globals,
    pub(super) counting: ProblemSet,
    /// How long what was seen is taken for what is.
    period: Duration,
    known: Mutex<Option<Arc<Snapshot>>>,
    /// Held while a look is under way, so that there is one at a time.
    lookout: Mutex<Lookout>,
}

impl Checker {
    pub(in crate::cli) fn new(globals: Globals, counting: ProblemSet, period: Duration) -> Self {
        Checker { globals, counting, period, known: Mutex::default(), lookout: Mutex::default() }
    }

    /// What is known, if it is not too old.
    pub(super) fn fresh(&self) -> Option<Arc<Snapshot>> {
        // What a panicking thread has left is whole: it is put there in one go.
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|snapshot| Instant::now() < snapshot.until).map(Arc::clone)
    }

    /// What is known, or a look. May take as long as the databases may; whoever comes meanwhile
    /// waits for the same look.
    pub(super) fn check(&self) -> Arc<Snapshot> {
        let mut lookout = self.lookout.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(snapshot) = self.fresh() {
            return snapshot;
        }
        let began = Instant::now();
        let at = Utc::now();
        let (survey, exit_code) = match self.look(&mut lookout) {
            Ok(survey) => {
                let code = survey.exit_code(&self.counting);
                (Ok(survey), code)
            }
            Err(error) => (Err(failure::all_as_json(&error)), failure::code(&error)),
        };
        let took = began.elapsed();
        let until = Instant::now() + self.period;
        let snapshot = Arc::new(Snapshot { survey, exit_code, at, took, until });
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(Arc::clone(&snapshot));
        snapshot
    }

    /// Reads the project anew each time: files may be put in the place of others while this runs.
    fn look(&self, lookout: &mut Lookout) -> Result<Survey, CliError> {
        let (mut nowhere, mut neither) = (io::sink(), io::sink());
        let mut output = Output::new(&mut nowhere, &mut neither, true);
        let (context, flaws) = Context::load_to_look(self.globals.clone(), &mut output)?;
        let roster = Roster::new(&context, flaws)?;
        survey(&context, roster, Depth::Everything, lookout)
    }
}
