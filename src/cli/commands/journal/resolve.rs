//! `limbeck journal resolve`.

use serde_json::json;

use crate::cli::ask;
use crate::cli::failure::short;
use crate::cli::journaling;
use crate::cli::sites::Site;
use crate::cli::watch::Watch;
use crate::db::Verdict;
use crate::exec;
use crate::exec::Doubt;
use crate::exec::RunOptions;
use crate::exec::numbered;
use crate::graph::RevisionId;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

use super::start_over;
use super::unseen;

/// Say what became of a statement that a crash left in doubt
///
/// Look whether it took effect. The next run of the same command goes by what you say here: it
/// leaves the statement out, or runs it again.
///
/// A revision that stopped half-way is started over after `--all --as not-done`: none of its
/// statements counts as done then. Undo by hand what they have done first. Its file may be gone.
#[derive(Debug, clap::Args)]
pub(super) struct ResolveArguments {
    /// The revision whose statement is in doubt
    pub(super) revision: String,
    /// The number of the statement, where several are in doubt; with `--as not-done` also one that is
    /// done and is to run again
    #[arg(long, value_name = "N", conflicts_with = "all")]
    pub(super) statement: Option<u32>,
    /// Of all its statements, so that the next run starts over; with `--as not-done`
    #[arg(long)]
    pub(super) all: bool,
    /// What became of it
    #[arg(long = "as", value_enum, value_name = "VERDICT")]
    pub(super) verdict: VerdictArgument,
    /// Why, for the journal
    #[arg(long, value_name = "TEXT")]
    pub(super) note: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    pub(super) yes: bool,
    /// Wait so many seconds for a run to give back the lock
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(super) lock_wait: u64,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum VerdictArgument {
    /// It took effect
    Done,
    /// It did not
    NotDone,
}

pub(super) fn run(
    context: &Context,
    arguments: &ResolveArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    if arguments.all {
        return start_over::run(context, arguments, output);
    }
    let target = arguments.revision.parse()?;
    let ids = match journaling::ids(context, std::slice::from_ref(&arguments.revision)) {
        Ok(ids) => ids,
        // The journal may know a revision that no file declares.
        Err(error) => {
            let Ok(id) = arguments.revision.parse() else { return Err(error) };
            let sites = context.sites()?;
            return match unseen::is_journaled(&sites, &id)? {
                true => unseen::run(context, &sites, &id, arguments, output),
                false => Err(error),
            };
        }
    };
    let [id] = ids.as_slice() else {
        let revisions = ids.iter().map(ToString::to_string).collect();
        return Err(CliError::SeveralRevisions { revisions });
    };
    let id = id.clone();
    let sites = context.located(context.routes_for(&target)?)?;
    let mut found = Vec::new();
    for site in &sites {
        let options =
            site.entry_options(context, arguments.lock_wait, arguments.note.as_deref())?;
        let doubts = doubts(context, site, &id, &options)?;
        let wanted =
            |doubt: &Doubt| arguments.statement.is_none_or(|number| doubt.number == number);
        found.extend(doubts.into_iter().filter(wanted).map(|doubt| (site, options.clone(), doubt)));
    }
    match found.as_slice() {
        [] if arguments.statement.is_some()
            && matches!(arguments.verdict, VerdictArgument::NotDone) =>
        {
            start_over::run(context, arguments, output)
        }
        [] => Err(CliError::NothingInDoubt { revision: id, statement: arguments.statement }),
        [(site, options, doubt)] => settle(context, site, options, doubt, arguments, output),
        several => {
            let doubts = several.iter().map(|(site, _, doubt)| {
                format!(
                    "database {}: statement {}",
                    site.name(),
                    numbered(doubt.number, doubt.count)
                )
            });
            Err(CliError::SeveralDoubts {
                revision: id,
                doubts: doubts.collect(),
                choose_with: choose_with(several.iter().map(|(site, ..)| site.name())),
            })
        }
    }
}

/// The arguments that tell doubts apart, by the databases that they are in; those of one database
/// are neighbours.
pub(super) fn choose_with<'n>(databases: impl Iterator<Item = &'n str>) -> &'static str {
    let names: Vec<&str> = databases.collect();
    let mut pairs = names.iter().zip(names.iter().skip(1));
    let is_one_twice = pairs.clone().any(|(one, next)| one == next);
    match (pairs.any(|(one, next)| one != next), is_one_twice) {
        (true, true) => "--database and --statement",
        (true, false) => "--database",
        (false, _) => "--statement",
    }
}

/// The verdict, and in words.
pub(super) fn verdict(argument: VerdictArgument) -> (Verdict, &'static str) {
    match argument {
        VerdictArgument::Done => (Verdict::Done, "took effect"),
        VerdictArgument::NotDone => (Verdict::NotDone, "did not take effect"),
    }
}

/// What of the revision is in doubt on a site; nothing where there is no database file yet.
fn doubts(
    context: &Context,
    site: &Site<'_>,
    id: &RevisionId,
    options: &RunOptions,
) -> Result<Vec<Doubt>, CliError> {
    // Opened to write: a file that does not exist is not made by reading.
    let mut database = site.connect(false)?;
    exec::doubts(database.as_mut(), site.graph, &context.revisions, id, options)
        .map_err(|kind| site.journal_error(kind))
}

fn settle(
    context: &Context,
    site: &Site<'_>,
    options: &RunOptions,
    doubt: &Doubt,
    arguments: &ResolveArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let Doubt { script, statement, number, count, direction } = doubt;
    let (verdict, words) = verdict(arguments.verdict);
    output.talk(format_args!(
        "database {}: {direction} of revision {}, statement {}",
        site.name(),
        script.revision,
        numbered(*number, *count),
    ));
    // A statement that code has made is in no line of the file.
    let at = match count {
        0 => String::new(),
        _ => format!(":{}", statement.position),
    };
    output.talk(format_args!("  --> {}{at}", short(&script.path)));
    for line in statement.text.lines() {
        output.talk(format_args!("   |  {line}"));
    }
    if !ask::confirm(&format!("it {words}?"), arguments.yes, output)? {
        output.talk("the statement stays in doubt");
        return Ok(ExitCode::Done);
    }
    let mut database = site.connect(false)?;
    let (graph, revisions) = (site.graph, &context.revisions);
    let is_settled = {
        let mut watch = Watch { database: site.name(), output };
        exec::resolve(database.as_mut(), graph, revisions, doubt, verdict, options, &mut watch)
            .map_err(|kind| site.journal_error(kind))?
    };
    if !is_settled {
        let revision = script.revision.clone();
        return Err(CliError::NothingInDoubt { revision, statement: Some(*number) });
    }
    if context.globals.json {
        output.json(&json!({
            "database": site.name(),
            "revision": script.revision,
            "direction": direction,
            "statement": number,
            "statements": count,
            "text": statement.text,
            "verdict": verdict.word(),
        }))?;
    }
    output.talk(format_args!("noted: it {words}; run `limbeck {direction}` again to go on"));
    Ok(ExitCode::Done)
}
