//! `limbeck show --sql`: the scripts of revisions.

use serde_json::json;

use crate::cli::failure::short;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::script::RevisionFile;
use crate::script::RevisionFormat;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

pub(super) fn show(
    context: &Context,
    graph: &RevisionGraph,
    nodes: &[Node],
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let files = nodes.iter().filter_map(|node| context.revisions.find(graph.id(*node)));
    if context.globals.json {
        let revisions = files.map(as_json).collect::<Result<Vec<_>, _>>()?;
        output.json(&revisions)?;
        return Ok(ExitCode::Done);
    }
    for (index, file) in files.enumerate() {
        if index > 0 {
            output.data("")?;
        }
        show_file(file, output)?;
    }
    Ok(ExitCode::Done)
}

/// Prints the script of one revision.
pub(super) fn show_file(file: &RevisionFile, output: &mut Output<'_>) -> Result<(), CliError> {
    let id = &file.revision.id;
    if file.format == RevisionFormat::Python {
        // There is no SQL before a database is there to make it for.
        output.data(format_args!("-- revision {id}: Python, {}", short(&file.revision.path)))?;
        let text = file.python_text()?;
        output.text(text.trim_end())?;
        return Ok(output.data("")?);
    }
    for (index, section) in file.sections.iter().enumerate() {
        if index > 0 {
            output.data("")?;
        }
        let dialect = section.dialect.map_or(String::new(), |dialect| format!(" {dialect}"));
        output.data(format_args!(
            "-- revision {id}: {}{dialect}, {}:{}",
            section.direction.name(),
            short(&section.path),
            section.position.line
        ))?;
        output.data(section.text.trim_matches(['\r', '\n']))?;
    }
    Ok(())
}

/// The script of one revision as JSON.
pub(super) fn as_json(file: &RevisionFile) -> Result<serde_json::Value, CliError> {
    let python = match file.format {
        RevisionFormat::Python => Some(file.python_text()?),
        RevisionFormat::Native | RevisionFormat::Diesel => None,
    };
    let sections: Vec<_> = file
        .sections
        .iter()
        .map(|section| {
            json!({
                "direction": section.direction.name(),
                "dialect": section.dialect.map(|dialect| dialect.name()),
                "path": section.path.as_ref(),
                "line": section.position.line,
                "text": section.text,
            })
        })
        .collect();
    Ok(json!({
        "revision": file.revision.id,
        "path": file.revision.path,
        "sections": sections,
        "python": python,
    }))
}
