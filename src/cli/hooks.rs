//! Post-write hooks: the programs that an Alembic project runs on each new revision file.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use limbeck_alembic::hooks::PostWriteHook;
use limbeck_alembic::hooks::PostWriteHookKind;

use crate::ui::Output;

use super::error::CliError;
use super::programs::find_on_path;

/// A hook whose program has been found.
#[derive(Debug)]
pub(super) struct ReadyHook<'a> {
    hook: &'a PostWriteHook,
    program: PathBuf,
    /// What stands before the hook's own arguments.
    first_arguments: Vec<String>,
}

/// Finds the programs of `hooks`, in their order. Alembic looks for them when the file is already
/// written; here a hook that cannot run keeps the file from being written.
///
/// # Errors
/// When a hook is of a kind that only Python can run, or its program is not to be found.
pub(super) fn prepare(hooks: &[PostWriteHook]) -> Result<Vec<ReadyHook<'_>>, CliError> {
    hooks.iter().map(ReadyHook::new).collect()
}

impl<'a> ReadyHook<'a> {
    fn new(hook: &'a PostWriteHook) -> Result<Self, CliError> {
        let (program, first_arguments) = match &hook.kind {
            // Found by the system, as any command, when it is run.
            PostWriteHookKind::Exec { executable } => (PathBuf::from(executable), Vec::new()),
            // pip makes a program of each such entry point.
            PostWriteHookKind::ConsoleScript { entrypoint } => {
                let program = find_on_path(entrypoint).ok_or_else(|| CliError::NoEntryPoint {
                    hook: hook.name.clone(),
                    entrypoint: entrypoint.clone(),
                })?;
                (program, Vec::new())
            }
            PostWriteHookKind::Module { module } => (
                python_with(module).ok_or_else(|| CliError::NoModule {
                    hook: hook.name.clone(),
                    module: module.clone(),
                })?,
                vec!["-m".to_owned(), module.clone()],
            ),
            PostWriteHookKind::Registered { name } => {
                return Err(CliError::RegisteredHook {
                    hook: hook.name.clone(),
                    kind: name.clone(),
                });
            }
        };
        Ok(ReadyHook { hook, program, first_arguments })
    }

    /// Runs it on the file `script`. As in Alembic, its exit status decides nothing; but it is
    /// told.
    ///
    /// # Errors
    /// When the program cannot be started, or the output not be written.
    pub(super) fn run(&self, script: &Path, output: &mut Output<'_>) -> Result<(), CliError> {
        let name = &self.hook.name;
        // Beside a result in JSON there is nothing else on standard output.
        let has_json = output.has_json();
        let tell = |output: &mut Output<'_>, line: &str| match has_json {
            true => {
                output.talk(line);
                Ok(())
            }
            false => output.status(line),
        };
        tell(output, &format!("Running post write hook '{name}' ..."))?;
        // What the hook prints comes after this line, and before the next.
        output.flush()?;
        let mut command = Command::new(&self.program);
        command.args(&self.first_arguments).args(self.hook.arguments(script)).stdin(Stdio::null());
        if let Some(directory) = &self.hook.cwd {
            command.current_dir(directory);
        }
        if has_json {
            command.stdout(Stdio::from(std::io::stderr()));
        }
        let status = command.status().map_err(|error| CliError::Hook {
            hook: name.clone(),
            program: self.program.clone(),
            error,
        })?;
        tell(output, "  done")?;
        if !status.success() {
            output.insist(format_args!("warning: post write hook '{name}' ended with {status}"));
        }
        Ok(())
    }
}

/// The Python on the PATH, if it has `module`.
fn python_with(module: &str) -> Option<PathBuf> {
    const HAS_MODULE: &str =
        "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)";
    let python = find_on_path("python").or_else(|| find_on_path("python3"))?;
    let mut command = Command::new(&python);
    command.args(["-c", HAS_MODULE, module]).stdin(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success()).then_some(python)
}
