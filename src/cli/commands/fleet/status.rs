//! `limbeck fleet status`.

use std::collections::BTreeMap;

use chrono::DateTime;
use chrono::Utc;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::fleet;
use crate::cli::fleet::Home;
use crate::cli::fleet::Which;
use crate::cli::fleet::site_name;
use crate::cli::times;
use crate::db::Counts;
use crate::db::FleetHome;
use crate::db::Rollout;
use crate::db::RolloutSite;
use crate::db::RolloutState;
use crate::db::SiteState;
use crate::db::Wave;
use crate::ui::Output;
use crate::ui::Table;

/// How many sites of a kind are named.
const NAMED: usize = 20;

/// Show how far a rollout has come, who is at work on what, and what failed
#[derive(Debug, clap::Args)]
pub(super) struct StatusArguments {
    /// The rollout, or the beginning of its id [default: the one that is not finished, else the
    /// last one]
    rollout: Option<String>,
    /// List all rollouts
    #[arg(long, conflicts_with = "rollout")]
    all: bool,
    /// End with 2 while it is not finished, with 7 when sites failed
    #[arg(long)]
    check: bool,
}

/// A rollout with all that is known of it.
struct Seen {
    rollout: Rollout,
    counts: Counts,
    sites: Vec<RolloutSite>,
    waves: Vec<Wave>,
    now: i64,
}

pub(super) fn run(
    context: &Context,
    arguments: &StatusArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let mut home = Home::of(context, true)?;
    if arguments.all {
        return list(context, &mut home, output);
    }
    let rollout = home.rollout(arguments.rollout.as_deref(), Which::All)?;
    let id = rollout.id.clone();
    let seen = home.with(|home| {
        Ok(Seen {
            counts: home.counts(&id)?,
            sites: home.sites(&id)?,
            waves: home.waves(&id)?,
            now: home.now()?,
            rollout: rollout.clone(),
        })
    })?;
    match context.globals.json {
        true => output.json(&seen.as_json())?,
        false => seen.show(output)?,
    }
    let code = match seen.counts {
        _ if !arguments.check => ExitCode::Done,
        Counts { failed: 1.., .. } => ExitCode::Partial,
        Counts { pending: 0, running: 0, .. } => ExitCode::Done,
        _ => ExitCode::Pending,
    };
    Ok(code)
}

fn list(
    context: &Context,
    home: &mut Home<'_>,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let rollouts = home.with(FleetHome::rollouts)?;
    let mut table = Table::new(["rollout", "state", "target", "made", "by", "sites"]);
    let mut listed = Vec::new();
    for rollout in rollouts {
        let counts = home.with(|home| home.counts(&rollout.id))?;
        listed.push(fleet::as_json(&rollout.id, rollout.state, &counts));
        table.row([
            rollout.id.clone(),
            rollout.state.word().to_owned(),
            rollout.target.clone(),
            time(rollout.created_at),
            rollout.created_by.clone(),
            fleet::in_words(&counts),
        ]);
    }
    match context.globals.json {
        true => output.json(&serde_json::json!({ "rollouts": listed }))?,
        false if listed.is_empty() => output.status("there has been no rollout")?,
        false => output.text(&table.to_string())?,
    }
    Ok(ExitCode::Done)
}

/// A time of the database, in milliseconds since 1970, for people.
fn time(milliseconds: i64) -> String {
    let time: Option<DateTime<Utc>> = DateTime::from_timestamp_millis(milliseconds);
    time.map(times::in_text).unwrap_or_default()
}

/// So many seconds, for people.
fn seconds(milliseconds: i64) -> String {
    match milliseconds.max(0) / 1_000 {
        seconds if seconds < 120 => format!("{seconds} s"),
        seconds if seconds < 7_200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

impl Seen {
    fn of_state(&self, state: SiteState) -> Vec<&RolloutSite> {
        self.sites.iter().filter(|site| site.state == state).collect()
    }

    /// Why no further site is begun although there are some.
    fn holdups(&self) -> Vec<String> {
        let mut holdups = Vec::new();
        let Rollout { max_failures, window, state, .. } = &self.rollout;
        if self.counts.pending == 0 || !state.is_open() {
            return holdups;
        }
        if *state == RolloutState::Paused {
            holdups.push("paused".to_owned());
        }
        if max_failures.is_some_and(|most| self.counts.failed > most) {
            holdups.push(format!(
                "stopped: {} failed, and no more than {} may",
                self.counts.failed,
                max_failures.unwrap_or_default()
            ));
        }
        if let Some(window) = window.filter(|window| !window.is_open(self.now)) {
            holdups.push(format!("it is not the time of day: {window}"));
        }
        for wave in &self.waves {
            if let Some(reason) = &wave.reason {
                holdups.push(format!("{}: wave {}: {reason}", wave.database, wave.number));
            }
        }
        holdups
    }

    /// How many sites have ended in a minute, and how long the rest takes at that.
    fn pace(&self) -> Option<String> {
        let done = self.of_state(SiteState::Done);
        let first = done.iter().filter_map(|site| site.began_at).min()?;
        let last = done.iter().filter_map(|site| site.ended_at).max()?;
        let (took, count) = (last - first, i64::try_from(done.len()).ok()?);
        let left = self.counts.pending + self.counts.running;
        if took <= 0 || left == 0 || !self.rollout.state.is_open() {
            return None;
        }
        let (rate, rest) = (count * 60_000 / took, left * took / count);
        Some(format!("{rate} sites in a minute, {} left at that", seconds(rest)))
    }

    fn show(&self, output: &mut Output<'_>) -> Result<(), CliError> {
        let Rollout { id, target, created_by, created_at, note, state, .. } = &self.rollout;
        output.data(format_args!(
            "rollout {id}: {}, to {target}, by {created_by} at {}",
            state.word(),
            time(*created_at)
        ))?;
        if let Some(note) = note {
            output.data(format_args!("  {note}"))?;
        }
        output.data(format_args!("  {}", fleet::in_words(&self.counts)))?;
        if let Some(pace) = self.pace() {
            output.data(format_args!("  {pace}"))?;
        }
        for holdup in self.holdups() {
            output.data(format_args!("  {holdup}"))?;
        }
        let mut databases: BTreeMap<(&str, bool), Counts> = BTreeMap::new();
        for site in &self.sites {
            let key = (site.database.as_str(), site.tenant.is_some());
            databases.entry(key).or_default().add(site.state, 1);
        }
        let mut table = Table::new(["database", "sites", "done", "running", "pending", "failed"])
            .at_right([1, 2, 3, 4, 5]);
        for ((database, is_of_tenants), counts) in &databases {
            let name =
                if *is_of_tenants { format!("{database}/*") } else { (*database).to_owned() };
            let numbers =
                [counts.total(), counts.done, counts.running, counts.pending, counts.failed];
            table.row([name].into_iter().chain(numbers.map(|number| number.to_string())));
        }
        output.data("")?;
        output.text(&table.to_string())?;
        self.list(SiteState::Running, output)?;
        self.list(SiteState::Failed, output)?;
        self.list(SiteState::Pending, output)
    }

    /// The sites of a state that there is something to be said of.
    fn list(&self, state: SiteState, output: &mut Output<'_>) -> Result<(), CliError> {
        let sites = self.of_state(state);
        let told: Vec<String> = sites.iter().filter_map(|site| self.line(site)).collect();
        if told.is_empty() {
            return Ok(());
        }
        output.data("")?;
        for line in told.iter().take(NAMED) {
            output.data(line)?;
        }
        if told.len() > NAMED {
            output.data(format_args!("... and {} more; --json has all", told.len() - NAMED))?;
        }
        Ok(())
    }

    fn line(&self, site: &RolloutSite) -> Option<String> {
        let name = site_name(&site.database, site.tenant.as_deref());
        let worker = site.worker.as_deref().unwrap_or_default();
        match (site.state, &site.error) {
            (SiteState::Running, _) => {
                let since = seconds(self.now - site.began_at.unwrap_or(self.now));
                let lost = if site.is_lost { ", not heard of any more" } else { "" };
                Some(format!("{name}: running for {since} by {worker}{lost}"))
            }
            (SiteState::Failed, error) => {
                Some(format!("{name}: failed: {}", error.as_deref().unwrap_or_default()))
            }
            (SiteState::Pending, Some(error)) => {
                Some(format!("{name}: to be tried again: {error}"))
            }
            _ => None,
        }
    }

    fn as_json(&self) -> serde_json::Value {
        let at = |milliseconds: Option<i64>| {
            milliseconds.and_then(DateTime::from_timestamp_millis).map(times::in_json)
        };
        let sites: Vec<_> = self
            .sites
            .iter()
            .map(|site| {
                serde_json::json!({
                    "database": site.database,
                    "tenant": site.tenant,
                    "wave": site.wave,
                    "state": site.state.word(),
                    "worker": site.worker,
                    "is_lost": site.is_lost,
                    "attempts": site.attempts,
                    "steps": site.steps,
                    "error": site.error,
                    "began_at": at(site.began_at),
                    "ended_at": at(site.ended_at),
                })
            })
            .collect();
        let mut json = fleet::as_json(&self.rollout.id, self.rollout.state, &self.counts);
        if let Some(object) = json.as_object_mut() {
            let rollout = &self.rollout;
            let more = serde_json::json!({
                "target": rollout.target,
                "digest": rollout.digest,
                "tool_version": rollout.tool_version,
                "created_at": at(Some(rollout.created_at)),
                "created_by": rollout.created_by,
                "finished_at": at(rollout.finished_at),
                "note": rollout.note,
                "lease_ms": rollout.lease,
                "max_failures": rollout.max_failures,
                "per_server": rollout.per_server,
                "window": rollout.window.map(|window| window.to_string()),
                "waiting_for": self.holdups(),
                "details": sites,
            });
            object.extend(more.as_object().cloned().unwrap_or_default());
        }
        json
    }
}
