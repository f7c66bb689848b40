//! `limbeck journal resolve --all` (or `--statement` of one that is done): nothing of a revision that
//! stopped half-way (or not that statement) counts as done.

use serde_json::json;

use crate::cli::ask;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::journaling;
use crate::cli::sites::Site;
use crate::cli::watch::Watch;
use crate::db::Verdict;
use crate::exec;
use crate::exec::HalfWay;
use crate::graph::RevisionId;
use crate::ui::Output;

use super::resolve::ResolveArguments;
use super::resolve::VerdictArgument;
use super::unseen;

pub(super) fn run(
    context: &Context,
    arguments: &ResolveArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let text = &arguments.revision;
    let (id, sites, unknown) = match journaling::ids(context, std::slice::from_ref(text)) {
        Ok(ids) => match ids.as_slice() {
            [id] => (id.clone(), context.located(context.routes_for(&text.parse()?)?)?, None),
            several => {
                let revisions = several.iter().map(ToString::to_string).collect();
                return Err(CliError::SeveralRevisions { revisions });
            }
        },
        // The journal may know a revision that no file declares.
        Err(error) => match text.parse::<RevisionId>() {
            Ok(id) => (id, context.sites()?, Some(error)),
            Err(_) => return Err(error),
        },
    };
    if matches!(arguments.verdict, VerdictArgument::Done) {
        return Err(CliError::AllDone { revision: id, is_declared: unknown.is_none() });
    }
    let mut found = Vec::new();
    for site in &sites {
        // Opened to write: a file that does not exist is not made by reading.
        let mut database = site.connect(false)?;
        let half_way = exec::half_way(database.as_mut(), site.graph, &id);
        let Some(mut half_way) = half_way.map_err(|error| site.error(error))? else { continue };
        let wanted = arguments.statement;
        half_way.statements.retain(|number, _| wanted.is_none_or(|wanted| wanted == *number));
        if !half_way.statements.is_empty() {
            found.push((site, half_way));
        }
    }
    match found.as_slice() {
        [] => Err(match (unknown, arguments.statement) {
            (Some(unknown), _) if !unseen::is_journaled(&sites, &id)? => unknown,
            (_, None) => CliError::NotHalfWay { revision: id },
            (_, statement) => CliError::NothingInDoubt { revision: id, statement },
        }),
        [(site, half_way)] => settle(context, site, half_way, arguments, output),
        several => {
            let places = several.iter().map(|(site, half_way)| {
                format!("database {}: {}", site.name(), statements(half_way))
            });
            Err(CliError::SeveralDoubts {
                revision: id,
                doubts: places.collect(),
                choose_with: "--database",
            })
        }
    }
}

fn settle(
    context: &Context,
    site: &Site<'_>,
    half_way: &HalfWay,
    arguments: &ResolveArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let HalfWay { revision, direction, statements: found } = half_way;
    output.talk(format_args!(
        "database {}: {direction} of revision {revision}, {} done or in doubt",
        site.name(),
        statements(half_way),
    ));
    let question = match arguments.all {
        true => "nothing of it is in effect any more, so that it can start over?",
        false => "it is to run again?",
    };
    if !ask::confirm(question, arguments.yes, output)? {
        output.talk("what is done stays done");
        return Ok(ExitCode::Done);
    }
    let options = site.entry_options(context, arguments.lock_wait, arguments.note.as_deref())?;
    let mut database = site.connect(false)?;
    let is_settled = {
        let mut watch = Watch { database: site.name(), output };
        exec::start_over(database.as_mut(), site.graph, half_way, &options, &mut watch)
            .map_err(|kind| site.journal_error(kind))?
    };
    if !is_settled {
        return Err(CliError::NotHalfWay { revision: revision.clone() });
    }
    if context.globals.json {
        output.json(&json!({
            "database": site.name(),
            "revision": revision,
            "direction": direction,
            "statements": found.values().max(),
            "resolved": found.keys().collect::<Vec<_>>(),
            "verdict": Verdict::NotDone.word(),
        }))?;
    }
    output.talk(match site.graph.find(revision) {
        Some(_) if !arguments.all => format!("noted: the next `limbeck {direction}` runs it again"),
        Some(_) => format!("noted: the next `limbeck {direction}` begins with its first statement"),
        None => "noted: nothing of it counts as done any more".to_owned(),
    });
    Ok(ExitCode::Done)
}

/// The statements in words.
fn statements(half_way: &HalfWay) -> String {
    let numbers: Vec<String> = half_way.statements.keys().map(ToString::to_string).collect();
    let count = half_way.statements.values().max().copied().unwrap_or_default();
    let word = if numbers.len() == 1 { "statement" } else { "statements" };
    match count {
        // Nobody has counted those of a Python revision.
        0 => format!("{word} {}", numbers.join(", ")),
        _ => format!("{word} {} of {count}", numbers.join(", ")),
    }
}
