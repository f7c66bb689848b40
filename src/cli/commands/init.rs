//! `limbeck init`.

use std::path::PathBuf;

use crate::cli::arguments::Globals;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::env::LIMBECK_TOML;
use crate::script::InitAction;
use crate::script::InitRequest;
use crate::script::InitTemplate;
use crate::script::ScriptError;
use crate::script::apply_init;
use crate::script::plan_init;
use crate::ui::Output;

/// Set a project up: a configuration file and a directory for revisions
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct InitArguments {
    /// The directory for revisions
    #[arg(default_value = "versions")]
    directory: PathBuf,
    /// What to set up; `limbeck list_templates` lists the names
    #[arg(short, long, value_name = "NAME", default_value = "generic")]
    template: String,
}

pub(super) fn run(
    globals: &Globals,
    arguments: &InitArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let template = InitTemplate::by_name(&arguments.template)
        .ok_or_else(|| CliError::NoSuchTemplate { name: arguments.template.clone() })?;
    let directory = std::path::absolute(&arguments.directory)?;
    let config = match globals.config.as_slice() {
        [] => std::path::absolute(LIMBECK_TOML)?,
        [config, ..] => std::path::absolute(config)?,
    };
    let request = InitRequest { template, directory: &directory, config: &config };
    // Errors name the directory as it was given.
    let actions = plan_init(request).map_err(|error| match error {
        ScriptError::DirectoryNotEmpty { .. } => {
            ScriptError::DirectoryNotEmpty { path: arguments.directory.clone() }
        }
        other => other,
    })?;
    let mut written = Ok(());
    apply_init(&actions, |action, act| {
        let path = action.path().display();
        let line = match action {
            InitAction::CreateDirectory(_) => format!("Creating directory {path} ..."),
            InitAction::Generate(..) => format!("Generating {path} ..."),
            InitAction::SkipExisting(_) => format!("File {path} already exists, skipping"),
        };
        let result = act();
        let end = match (action, &result) {
            (InitAction::SkipExisting(_), _) => "",
            (_, Ok(())) => "  done",
            (_, Err(_)) => "  FAILED",
        };
        if !globals.json && written.is_ok() {
            written = output.status(format_args!("{line}{end}"));
        }
        result
    })?;
    written?;
    if globals.json {
        let paths: Vec<_> = actions.iter().map(InitAction::path).collect();
        output.json(&paths)?;
    } else {
        output.status(format_args!(
            "Please edit the databases in {} before proceeding.",
            config.display()
        ))?;
    }
    Ok(ExitCode::Done)
}
