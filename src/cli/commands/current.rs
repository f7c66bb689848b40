//! `limbeck current`.

use crate::cli::each_site::for_each;
use crate::cli::missing_file;
use crate::cli::sites::Site;
use crate::graph::Edges;
use crate::graph::Node;
use crate::target::Resolver;
use crate::ui::Entry;
use crate::ui::Output;
use crate::ui::RevisionJson;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

/// Show the current revisions of each database
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CurrentArguments {
    /// Exit with status 2 unless all heads are applied
    #[arg(short, long)]
    check_heads: bool,
    /// Show everything about each revision
    #[arg(short, long)]
    verbose: bool,
}

pub(super) fn run(
    context: &Context,
    arguments: &CurrentArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let sites = context.sites()?;
    let mut json = Vec::new();
    let errors = for_each(&sites, output, |site, output| {
        show_site(context, site, arguments, sites.len() > 1, &mut json, output)
    })?;
    if context.globals.json {
        output.json(&errors.with_results("databases", json))?;
    }
    errors.into_result()?;
    let unrouted = if arguments.check_heads { context.unrouted(output)? } else { Vec::new() };
    Ok(context.judge_unrouted(&unrouted, ExitCode::Done, output))
}

fn show_site(
    context: &Context,
    site: &Site<'_>,
    arguments: &CurrentArguments,
    is_one_of_several: bool,
    json: &mut Vec<serde_json::Value>,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    let graph = site.graph;
    let resolver = Resolver::new(graph);
    let heads = site.heads()?;
    site.announce(output);
    let wants_json = context.globals.json;
    if arguments.verbose && !wants_json {
        output.data(format_args!("Current revision(s) for {}:", site.url))?;
    }
    let rows = context
        .rows(graph, site.name(), &heads)
        .map_err(|error| missing_file::explained(context, site, error))?;
    let applied = graph.ancestors(rows.iter().copied(), Edges::All);
    let missing: Vec<Node> =
        graph.heads(Edges::Versioned).into_iter().filter(|n| !applied.contains(*n)).collect();
    // What dependencies imply counts as applied: rows alone would never match an effective head.
    let nodes = resolver.branch_heads_of_applied(&rows);
    if wants_json {
        let revisions: Vec<_> = nodes.iter().map(|node| RevisionJson::new(graph, *node)).collect();
        json.push(serde_json::json!({
            "database": site.name(),
            "url": site.url.to_string(),
            "rows": heads,
            "revisions": revisions,
            "is_at_heads": missing.is_empty(),
        }));
    } else {
        if is_one_of_several && !arguments.verbose {
            output.data(format_args!("[{}]", site.name()))?;
        }
        if !arguments.check_heads || missing.is_empty() {
            for node in &nodes {
                let entry = Entry::new(graph, *node);
                output.data(if arguments.verbose { entry.long() } else { entry.as_current() })?;
            }
            if nodes.is_empty() {
                match is_one_of_several {
                    true => output.notice(format_args!("{}: nothing applied", site.name())),
                    false => output.notice("nothing applied"),
                }
            }
        }
    }
    if arguments.check_heads && !missing.is_empty() {
        let missing = resolver.describe(&missing);
        return Err(CliError::NotAtHeads { database: site.name().to_owned(), missing });
    }
    Ok(())
}
