//! `limbeck list_templates`.

use crate::cli::arguments::Globals;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::script::INIT_TEMPLATES;
use crate::ui::Output;

/// List the templates of init
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ListTemplatesArguments {}

pub(super) fn run(globals: &Globals, output: &mut Output<'_>) -> Result<ExitCode, CliError> {
    if globals.json {
        let templates: Vec<_> = INIT_TEMPLATES
            .iter()
            .map(|t| serde_json::json!({ "name": t.name, "description": t.description() }))
            .collect();
        output.json(&templates)?;
        return Ok(ExitCode::Done);
    }
    output.data("Available templates:\n")?;
    for template in INIT_TEMPLATES {
        output.data(format_args!("{} - {}", template.name, template.description()))?;
    }
    output.data("\nTemplates are used via the 'init' command, e.g.:")?;
    output.data("\n  limbeck init --template generic ./versions")?;
    Ok(ExitCode::Done)
}
