//! Why revisions cannot be run: `upgrade()` and `downgrade()` of every revision below some folders
//! are run for three databases, and the reasons are counted.
//!
//! ```text
//! cargo run -p limbeck-alembic --example survey -- [--live] [--places] FOLDER…
//! ```
//!
//! Without `--live` statements are rendered as `--sql` does. With it they go to a connection that
//! answers every question with no rows, which reaches more of the code that reads data. `--places`
//! says where each reason was met. Modules of the projects are not looked for: what hangs on them
//! is counted under their names.

#![allow(clippy::print_stdout, reason = "a program that prints what it counted")]

use std::any::Any;
use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use limbeck_alembic::eval::Args;
use limbeck_alembic::eval::Failure;
use limbeck_alembic::eval::Host;
use limbeck_alembic::eval::HostError;
use limbeck_alembic::eval::Interpreter;
use limbeck_alembic::eval::Limits;
use limbeck_alembic::eval::ModuleSource;
use limbeck_alembic::eval::Now;
use limbeck_alembic::eval::Value;
use limbeck_alembic::sa;
use limbeck_alembic::sa::Connection;
use limbeck_alembic::sa::Migration;
use limbeck_alembic::sa::ResultSet;
use limbeck_alembic::sa::SqlError;
use limbeck_alembic::stdlib;
use limbeck_schema::SqlValue;
use limbeck_schema::Target;
use limbeck_schema::expr::Parameter;
use limbeck_schema::table::NamingConvention;

/// A database that has nothing.
struct Nothing;

impl Connection for Nothing {
    fn execute(&mut self, sql: &str, _: &[Parameter]) -> Result<ResultSet, SqlError> {
        let upper = sql.trim_start().to_uppercase();
        if upper.contains(" RETURNING ") {
            return Ok(ResultSet {
                columns: Some(vec!["id".to_owned()]),
                rows: vec![vec![SqlValue::Int(1)]],
                row_count: 1,
                last_id: None,
            });
        }
        let asks = ["SELECT", "WITH", "PRAGMA", "SHOW"].iter().any(|word| upper.starts_with(word));
        Ok(ResultSet {
            columns: asks.then(|| vec!["id".to_owned()]),
            rows: Vec::new(),
            row_count: 0,
            last_id: Some(1),
        })
    }

    fn begin_nested(&mut self) -> Result<(), SqlError> {
        Ok(())
    }

    fn end_nested(&mut self, _: bool, _: usize) -> Result<(), SqlError> {
        Ok(())
    }

    fn autocommit(&mut self, _: bool) -> Result<(), SqlError> {
        Ok(())
    }

    fn end_transaction(&mut self, _: bool) -> Result<(), SqlError> {
        Ok(())
    }
}

struct SurveyHost {
    migration: Migration,
    microseconds: i64,
}

impl Host for SurveyHost {
    fn print(&mut self, _: &str) {}

    fn log(&mut self, _: &str, _: i64, _: &str) {}

    fn now(&mut self) -> Result<Now, HostError> {
        self.microseconds += 1;
        Ok(Now { microseconds: self.microseconds, local_offset: 0 })
    }

    fn random(&mut self, bytes: &mut [u8]) -> Result<(), HostError> {
        bytes.fill(7);
        Ok(())
    }

    fn environment(&mut self, _: &str) -> Option<String> {
        None
    }

    fn module_source(&mut self, _: &str) -> Result<ModuleSource, HostError> {
        Ok(ModuleSource::Unknown)
    }

    fn extension(&mut self) -> &mut dyn Any {
        &mut self.migration
    }
}

fn run(path: &Path, source: &str, target: Target, live: bool, function: &str) -> Option<Failure> {
    let naming = NamingConvention::default();
    let migration = if live {
        Migration::live(target, naming, Box::new(Nothing))
    } else {
        Migration::offline(target, naming)
    };
    let host = SurveyHost { migration, microseconds: 1_700_000_000_000_000 };
    let mut interp = Interpreter::new(Box::new(host), Limits::default());
    sa::register(&mut interp);
    stdlib::register(&mut interp);
    let file = path.display().to_string();
    let result = interp.run_file("revision", &file, source).and_then(|module| {
        let function = interp.get_attribute(&Value::Module(module), function)?;
        interp.call(&function, Args::none())
    });
    result.err().map(|error| interp.report(&error))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        entries.push(entry?.path());
    }
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "py") {
            found.push(path);
        }
    }
    Ok(())
}

#[derive(Default)]
struct Reason {
    runs: usize,
    revisions: std::collections::BTreeSet<PathBuf>,
    example: String,
}

fn main() -> std::io::Result<()> {
    let (mut live, mut places) = (false, false);
    let mut found = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--live" => live = true,
            "--places" => places = true,
            folder => files(Path::new(folder), &mut found)?,
        }
    }
    let mut reasons: BTreeMap<String, Reason> = BTreeMap::new();
    let (mut revisions, mut whole, mut runs, mut good) = (0, 0, 0, 0);
    for path in &found {
        let Ok(source) = std::fs::read_to_string(path) else { continue };
        if !source.contains("down_revision") {
            continue;
        }
        revisions += 1;
        let mut is_whole = true;
        for target in [Target::postgresql(), Target::sqlite(), Target::mysql()] {
            for function in ["upgrade", "downgrade"] {
                runs += 1;
                let Some(failure) = run(path, &source, target.clone(), live, function) else {
                    good += 1;
                    continue;
                };
                let (reason, place) = match failure {
                    Failure::Unsupported(unsupported) => {
                        is_whole = false;
                        (format!("? {}", unsupported.what), unsupported.place.to_string())
                    }
                    Failure::Raised { summary, places, .. } => (
                        format!("! {summary}"),
                        places.last().map(ToString::to_string).unwrap_or_default(),
                    ),
                    other => {
                        is_whole = false;
                        (format!("# {other}"), String::new())
                    }
                };
                if places {
                    println!(
                        "{}: {function} on {}: {reason} ({place})",
                        path.display(),
                        target.name()
                    );
                }
                let reason = reasons.entry(reason).or_default();
                reason.runs += 1;
                reason.revisions.insert(path.clone());
                if reason.example.is_empty() {
                    reason.example = place;
                }
            }
        }
        whole += usize::from(is_whole);
    }
    let mut sorted: Vec<(&String, &Reason)> = reasons.iter().collect();
    sorted.sort_by_key(|(name, reason)| (std::cmp::Reverse(reason.revisions.len()), *name));
    println!(
        "{revisions} revisions, {whole} without anything unsupported; {good} of {runs} runs to the end"
    );
    println!("revisions  runs  reason (? unsupported, ! raised, # limit)");
    for (name, reason) in sorted {
        let name = name.lines().next().unwrap_or_default();
        let name: String = name.chars().take(150).collect();
        println!(
            "{:>9} {:>5}  {name}    [{}]",
            reason.revisions.len(),
            reason.runs,
            reason.example.lines().next().unwrap_or_default()
        );
    }
    Ok(())
}
