//! What of the revisions of a project limbeck runs, for `limbeck compat`.

use std::collections::BTreeSet;
use std::path::Path;

use limbeck_schema::Dialect;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::failure::short;
use crate::cli::run_arguments::options_of_dialect;
use crate::db::DatabaseUrl;
use crate::exec::PythonClass;
use crate::exec::RunErrorKind;
use crate::exec::Surveyed;
use crate::exec::place_of_failure;
use crate::exec::survey_python;
use crate::graph::RevisionId;
use crate::script::RevisionFormat;
use crate::ui::Output;

/// The Python revisions on one dialect.
#[derive(Debug, serde::Serialize)]
pub(super) struct RevisionReport {
    dialect: String,
    upgrade: Counts,
    downgrade: Counts,
    /// Why the naming convention of env.py is not known, where it is not.
    naming: Option<String>,
    /// Everything that limbeck does not run by itself.
    not_native: Vec<NotNative>,
    /// Everything that fails, in Python too.
    failing: Vec<Failing>,
}

/// How many functions are of each class.
#[derive(Debug, Default, serde::Serialize)]
struct Counts {
    native: usize,
    /// Of the native ones: what they do depends on what the database has.
    depends_on_data: usize,
    python_needed: usize,
    empty: usize,
    fails: usize,
    missing: usize,
    unreadable: usize,
}

/// A function that limbeck does not run.
#[derive(Debug, serde::Serialize)]
struct NotNative {
    revision: RevisionId,
    function: &'static str,
    path: String,
    line: usize,
    column: usize,
    construct: String,
    /// How many other constructs there are.
    more: usize,
}

/// A function that fails.
#[derive(Debug, serde::Serialize)]
struct Failing {
    revision: RevisionId,
    function: &'static str,
    path: String,
    line: usize,
    column: usize,
    reason: String,
}

/// Looks at the Python revisions among `wanted`, or all, once for each dialect of the project.
pub(super) fn look(
    context: &Context,
    wanted: Option<&BTreeSet<RevisionId>>,
) -> Result<Vec<RevisionReport>, CliError> {
    let files = context.revisions.files().iter();
    let python = files.filter(|file| file.format == RevisionFormat::Python);
    let revisions: Vec<&RevisionId> = python
        .map(|file| &file.revision.id)
        .filter(|id| wanted.is_none_or(|wanted| wanted.contains(*id)))
        .collect();
    if revisions.is_empty() {
        return Ok(Vec::new());
    }
    let mut reports = Vec::new();
    for dialect in dialects(context) {
        let options = options_of_dialect(context, dialect);
        let found = survey_python(revisions.iter().copied(), &context.revisions, dialect, &options);
        let found = found.map_err(|kind| not_started(&kind))?;
        let mut report = RevisionReport::new(context, dialect, &found);
        if report.upgrade.native + report.downgrade.native > 0 {
            report.naming = options.python.unread_naming();
        }
        // Of revisions that do nothing there is nothing to say.
        if report.upgrade.empty + report.downgrade.empty < 2 * found.len() {
            reports.push(report);
        }
    }
    Ok(reports)
}

/// The dialects of the databases that are meant, in their order; of all, where those that are meant
/// do not tell.
pub(super) fn dialects(context: &Context) -> Vec<Dialect> {
    let meant = context.databases().unwrap_or_default();
    let meant = meant.iter().filter_map(|database| database.url.as_ref().ok());
    let all = &context.project.databases;
    let all = all.iter().filter_map(|database| database.url.as_ref().ok());
    let mut dialects = distinct(meant);
    if dialects.is_empty() {
        dialects = distinct(all);
    }
    if dialects.is_empty() {
        dialects.push(Dialect::Postgresql);
    }
    dialects
}

fn distinct<'a>(urls: impl Iterator<Item = &'a DatabaseUrl>) -> Vec<Dialect> {
    let mut dialects = Vec::new();
    for url in urls {
        if !dialects.contains(&url.dialect()) {
            dialects.push(url.dialect());
        }
    }
    dialects
}

fn not_started(kind: &RunErrorKind) -> CliError {
    CliError::Output(std::io::Error::other(kind.to_string()))
}

impl RevisionReport {
    fn new(context: &Context, dialect: Dialect, found: &[Surveyed]) -> Self {
        let mut report = RevisionReport {
            dialect: dialect.to_string(),
            upgrade: Counts::default(),
            downgrade: Counts::default(),
            naming: None,
            not_native: Vec::new(),
            failing: Vec::new(),
        };
        for one in found {
            report.upgrade.count(&one.upgrade);
            report.downgrade.count(&one.downgrade);
            for (function, class) in [("upgrade", &one.upgrade), ("downgrade", &one.downgrade)] {
                report.not_native.extend(not_native(context, &one.revision, function, class));
                report.failing.extend(failing(context, &one.revision, function, class));
            }
        }
        report
    }

    /// Whether limbeck runs everything by itself.
    pub(super) fn is_native(&self) -> bool {
        self.not_native.is_empty()
    }

    pub(super) fn print(&self, output: &mut Output<'_>) -> Result<(), CliError> {
        output.data(format_args!("\nPython revisions on {}:", self.dialect))?;
        for (name, counts) in [("upgrade", &self.upgrade), ("downgrade", &self.downgrade)] {
            output.data(format_args!("  {:<20}{}", format!("{name}()"), counts.words()))?;
        }
        if let Some(words) = &self.naming {
            output.data(format_args!("  {words}"))?;
        }
        for one in &self.not_native {
            output.data(format_args!(
                "  {}:{}:{}: {}() of {}: {}{}",
                one.path,
                one.line,
                one.column,
                one.function,
                one.revision,
                one.construct,
                if one.more > 0 { format!(", and {} more", one.more) } else { String::new() }
            ))?;
        }
        for one in &self.failing {
            output.data(format_args!(
                "  {}:{}:{}: {}() of {} fails, in Python too: {}",
                one.path, one.line, one.column, one.function, one.revision, one.reason
            ))?;
        }
        Ok(())
    }
}

impl Counts {
    fn count(&mut self, class: &PythonClass) {
        match class {
            PythonClass::Empty => self.empty += 1,
            PythonClass::Native { depends_on_data } => {
                self.native += 1;
                self.depends_on_data += usize::from(*depends_on_data);
            }
            PythonClass::Fails(_) => self.fails += 1,
            PythonClass::PythonNeeded(_) => self.python_needed += 1,
            PythonClass::Missing => self.missing += 1,
            PythonClass::Unreadable(_) => self.unreadable += 1,
        }
    }

    fn words(&self) -> String {
        let mut words = vec![match self.depends_on_data {
            0 => format!("{} native", self.native),
            some => format!("{} native ({some} by what the database has)", self.native),
        }];
        let mut say = |count: usize, what: &str| {
            if count > 0 {
                words.push(format!("{count} {what}"));
            }
        };
        say(self.python_needed, "that only Python runs");
        say(self.empty, "empty");
        say(self.fails, "that fail, in Python too");
        say(self.missing, "missing");
        say(self.unreadable, "that cannot be read");
        words.join(", ")
    }
}

fn not_native(
    context: &Context,
    revision: &RevisionId,
    function: &'static str,
    class: &PythonClass,
) -> Option<NotNative> {
    let file = context.revisions.find(revision)?;
    let path = short(&file.revision.path);
    match class {
        PythonClass::PythonNeeded(needed) => {
            let first = needed.first()?;
            let path = match first.place.file.is_empty() {
                true => path,
                false => short(Path::new(&first.place.file)),
            };
            Some(NotNative {
                revision: revision.clone(),
                function,
                path,
                line: first.place.position.line,
                column: first.place.position.column,
                construct: first.construct.clone(),
                more: needed.len() - 1,
            })
        }
        PythonClass::Unreadable(reason) => Some(NotNative {
            revision: revision.clone(),
            function,
            path,
            line: 1,
            column: 1,
            construct: reason.clone(),
            more: 0,
        }),
        _ => None,
    }
}

fn failing(
    context: &Context,
    revision: &RevisionId,
    function: &'static str,
    class: &PythonClass,
) -> Option<Failing> {
    let PythonClass::Fails(failure) = class else { return None };
    let path = &context.revisions.find(revision)?.revision.path;
    let place = place_of_failure(failure, path);
    let path = place.map_or(path.as_path(), |place| Path::new(&place.file));
    Some(Failing {
        revision: revision.clone(),
        function,
        path: short(path),
        line: place.map_or(1, |place| place.position.line),
        column: place.map_or(1, |place| place.position.column),
        reason: failure.to_string().lines().next().unwrap_or_default().to_owned(),
    })
}
