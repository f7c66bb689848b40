//! `limbeck edit`.

use std::path::Path;
use std::process::Command;

use crate::target::Target;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::programs::find_on_path;

use super::show;

/// Programs that edit, tried in this order where neither EDITOR nor VISUAL is set.
const EDITORS: [&str; 5] = ["sensible-editor", "editor", "nano", "vim", "code"];

/// Open revision files in $EDITOR
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct EditArguments {
    /// Revision target; may be 'current'
    #[arg(allow_negative_numbers = true)]
    revision: String,
}

pub(super) fn run(
    context: &Context,
    arguments: &EditArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let target: Target = arguments.revision.parse()?;
    let graph = context.listed_graph()?;
    let nodes = show::nodes(context, graph, &target, output)?;
    if nodes.is_empty() {
        return Err(match target.is_current() {
            true => CliError::NothingApplied,
            false => CliError::NothingToEdit { target: target.to_string() },
        });
    }
    output.flush()?;
    for node in nodes {
        open(&graph.revision(node).path)?;
    }
    Ok(ExitCode::Done)
}

fn open(path: &Path) -> Result<(), CliError> {
    let configured = ["EDITOR", "VISUAL"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()));
    let editor = match configured {
        Some(editor) => editor,
        None => EDITORS
            .iter()
            .find(|editor| find_on_path(editor).is_some())
            .map(|editor| (*editor).to_owned())
            .ok_or(CliError::NoEditor)?,
    };
    // EDITOR may hold arguments, as in `code --wait`.
    let mut words = editor.split_whitespace();
    let program = words.next().ok_or(CliError::NoEditor)?;
    let fail = |reason: String| CliError::Editor { command: editor.clone(), reason };
    let status = Command::new(program)
        .args(words)
        .arg(path)
        .status()
        .map_err(|error| fail(error.to_string()))?;
    if status.success() { Ok(()) } else { Err(fail(status.to_string())) }
}
