//! The program that runs the command lines: limbeck, or real Alembic to check the tables.

use std::process::Command;

use super::Step;
use crate::support::{Output, TestEnvironment, python};

/// Who runs the command lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Limbeck,
    Alembic,
}

impl Who {
    pub(super) fn command(self, environment: &TestEnvironment, step: &Step) -> Command {
        match self {
            Who::Limbeck => environment.command(&arguments(step)),
            Who::Alembic => {
                let mut command = environment.program(python().with_file_name("alembic"));
                command.args(&step.run).env("PYTHONDONTWRITEBYTECODE", "1");
                command
            }
        }
    }

    /// The output in limbeck's form: refusals and `Running …` lines have their lines on standard error.
    pub(super) fn said(self, mut output: Output) -> Output {
        const FAILED: &str = "FAILED: ";
        if self == Who::Alembic {
            let is_refusal = |line: &&str| line.trim_start().starts_with(FAILED);
            let lines = output.stderr.lines().map(|line| match line.split_once("] Running ") {
                Some((_, running)) if line.starts_with("INFO") => format!("Running {running}\n"),
                _ => format!("{line}\n"),
            });
            let refusals = output.stdout.lines().filter(is_refusal);
            let refusals =
                refusals.map(|line| line.trim_start().replacen(FAILED, "error: ", 1) + "\n");
            let stderr = lines.chain(refusals).collect();
            let kept =
                output.stdout.split_inclusive('\n').filter(|line| !is_refusal(line)).collect();
            (output.stdout, output.stderr) = (kept, stderr);
        }
        output
    }
}

/// The arguments of a step. Without a word about it, Alembic reads `alembic.ini`; limbeck is told to.
fn arguments(step: &Step) -> Vec<&str> {
    let names_one = step.run.iter().any(|word| ["-c", "--config"].contains(&word.as_str()))
        || step.env.contains_key("ALEMBIC_CONFIG");
    let config: &[&str] = if names_one { &[] } else { &["-c", "alembic.ini"] };
    config.iter().copied().chain(step.run.iter().map(String::as_str)).collect()
}
