//! Cases about a project: `command.toml`, `script_consumption.toml`, `script_production.toml` and `more.toml`.
//!
//! A case is an Alembic project and command lines; what real Alembic 1.20.1 made of them has been recorded. The project is
//! `alembic.ini`, with the case's `ini` behind the common settings, what lies in `project/`, and empty revision files
//! (`id|down,down|depends_on|labels|message|directory`, a line each; `bodies` gives some of them something to do).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde::Deserialize;

use crate::golden::documented;
use crate::support::{Output, TestEnvironment, query};

pub(super) const COMMAND: &str = include_str!("command.toml");
pub(super) const CONSUMPTION: &str = include_str!("script_consumption.toml");
pub(super) const PRODUCTION: &str = include_str!("script_production.toml");
const MORE: &str = include_str!("more.toml");

#[derive(Deserialize)]
struct Table {
    class: Vec<Class>,
}

/// The tests of one class upstream. They share a project, unless a case gives something else.
#[derive(Deserialize)]
struct Class {
    name: String,
    #[serde(flatten)]
    project: Project,
    case: Vec<Case>,
}

/// What a project consists of.
#[derive(Deserialize, Clone, Default)]
#[serde(default)]
struct Project {
    /// There is nothing but `files`.
    bare: Option<bool>,
    /// File names hold the time of day: numbers are compared as such.
    digits: Option<bool>,
    needs: Option<Needs>,
    ini: Option<String>,
    revisions: Option<String>,
    env: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
    programs: BTreeMap<String, String>,
    /// What a revision does on the way up and on the way down.
    bodies: BTreeMap<String, [String; 2]>,
}

/// What limbeck cannot do yet.
#[derive(Deserialize, Debug, Clone, Copy, Default, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Needs {
    /// `alembic.ini` and `.py` revisions.
    #[default]
    Projects,
    /// `--sql`.
    Offline,
}

#[derive(Deserialize)]
struct Case {
    test: String,
    #[serde(flatten)]
    project: Project,
    /// Alembic's order of lines and words goes by the hash seed.
    #[serde(default)]
    unordered: bool,
    step: Vec<Step>,
}

/// A command line, what is done before it, and what Alembic made of it.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Step {
    write: BTreeMap<String, String>,
    remove: Vec<String>,
    execute: Option<String>,
    env: BTreeMap<String, String>,
    run: Vec<String>,
    fails: bool,
    /// The text after `FAILED:`.
    error: Option<String>,
    /// The last line of a traceback, or of what the parser of arguments says: no words to compare.
    #[serde(rename = "traceback", alias = "usage")]
    _unworded: Option<String>,
    stdout: String,
    /// The `Running …` lines.
    steps: Vec<String>,
    rows: Vec<String>,
    /// Other tables than the version table.
    tables: Vec<String>,
    /// Files that were written, by name alone.
    names: Vec<String>,
    /// Files that were written, with their text.
    files: BTreeMap<String, String>,
    gone: Vec<String>,
    /// The row of `docs/compatibility.md` that says why limbeck differs here.
    differs: Option<String>,
}

impl Project {
    /// This project with what `case` says in place of it.
    fn with(&self, case: &Project) -> Project {
        let joined = |ours: &BTreeMap<String, String>, theirs: &BTreeMap<String, String>| {
            ours.iter().chain(theirs).map(|(k, v)| (k.clone(), v.clone())).collect()
        };
        Project {
            bare: case.bare.or(self.bare),
            digits: case.digits.or(self.digits),
            needs: case.needs.or(self.needs),
            ini: case.ini.clone().or_else(|| self.ini.clone()),
            revisions: case.revisions.clone().or_else(|| self.revisions.clone()),
            env: joined(&self.env, &case.env),
            files: joined(&self.files, &case.files),
            programs: joined(&self.programs, &case.programs),
            bodies: self.bodies.clone().into_iter().chain(case.bodies.clone()).collect(),
        }
    }

    fn build(&self) -> TestEnvironment {
        let mut environment = TestEnvironment::new();
        if self.bare != Some(true) {
            let more = self.ini.as_deref().unwrap_or_default();
            environment.write(
                "alembic.ini",
                format!(
                    "[alembic]\nscript_location = %(here)s/scripts\nsqlalchemy.url = sqlite:///app.db\n{more}"
                ),
            );
            environment.write("scripts/env.py", include_str!("project/env.py"));
            environment.write("scripts/script.py.mako", include_str!("project/script.py.mako"));
            fs::create_dir_all(environment.path("scripts/versions")).unwrap();
        }
        for line in self.revisions.iter().flat_map(|text| text.lines()) {
            let (path, text) = self.revision(line);
            environment.write(path, text);
        }
        for (path, text) in &self.files {
            environment.write(path, text);
        }
        for (name, text) in &self.programs {
            let path = environment.bin().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        for (name, value) in &self.env {
            environment.set(name, value);
        }
        environment
    }

    /// The path and the text of the revision that `line` describes.
    fn revision(&self, line: &str) -> (String, String) {
        let mut fields = line.split('|');
        let mut next = || fields.next().unwrap_or_default();
        let (id, down, dependencies, labels) = (next(), next(), next(), next());
        let (message, directory) = (next(), next());
        let message = if message.is_empty() { format!("rev {id}") } else { message.to_owned() };
        let directory = if directory.is_empty() { "scripts/versions" } else { directory };
        let pass = ["pass".to_owned(), "pass".to_owned()];
        let [upgrade, downgrade] = self.bodies.get(id).unwrap_or(&pass);
        let text = format!(
            "\"\"\"{message}\"\"\"\n\nfrom alembic import op\n\nrevision = \"{id}\"\n\
             down_revision = {}\nbranch_labels = {}\ndepends_on = {}\n\n\n\
             def upgrade():\n    {upgrade}\n\n\ndef downgrade():\n    {downgrade}\n",
            python(down, true),
            python(labels, false),
            python(dependencies, false),
        );
        (format!("{directory}/{id}_x.py"), text)
    }
}

/// Names as Python writes them: nothing, one of them by itself where that is usual, a tuple.
fn python(names: &str, scalar: bool) -> String {
    let names: Vec<String> = names
        .split(',')
        .filter(|name| !name.is_empty())
        .map(|name| format!("\"{name}\""))
        .collect();
    match names.as_slice() {
        [] => "None".to_owned(),
        [name] if scalar => name.clone(),
        [name] => format!("({name},)"),
        several => format!("({})", several.join(", ")),
    }
}

/// The tests of a table: `Class.test`, what they need, and whether a step is meant to differ.
pub(super) fn tests(toml: &str) -> BTreeMap<String, (Needs, bool)> {
    let mut tests = BTreeMap::new();
    for class in toml::from_str::<Table>(toml).unwrap().class {
        for case in class.case {
            let name = format!("{}.{}", class.name, case.test);
            let needs = class.project.with(&case.project).needs.unwrap_or_default();
            let differs = case.step.iter().any(|step| step.differs.is_some());
            assert!(!case.step.is_empty(), "{name} runs nothing");
            assert!(
                tests.insert(name.clone(), (needs, differs)).is_none(),
                "{name} is there twice"
            );
        }
    }
    tests
}

/// Runs the cases of a table that need no more than `needs`.
fn run(toml: &str, needs: Needs) {
    let documented = documented();
    let mut surprises = Vec::new();
    for class in toml::from_str::<Table>(toml).unwrap().class {
        for case in &class.case {
            let project = class.project.with(&case.project);
            if project.needs.unwrap_or_default() != needs {
                continue;
            }
            let mut environment = project.build();
            for step in &case.step {
                if let Some(code) = &step.differs {
                    assert!(documented.contains_key(code.as_str()), "{code} is no row");
                }
                let differences = run_step(&mut environment, &project, case, step);
                if differences.is_empty() == step.differs.is_some() {
                    let line = step.run.join(" ");
                    let differences = differences.concat();
                    surprises
                        .push(format!("{}.{}: {line}\n{differences}\n", class.name, case.test));
                }
            }
        }
    }
    assert!(surprises.is_empty(), "{} steps differ:\n{}", surprises.len(), surprises.concat());
}

/// Runs one command line; returns what differs.
fn run_step(
    environment: &mut TestEnvironment,
    project: &Project,
    case: &Case,
    step: &Step,
) -> Vec<String> {
    for (path, text) in &step.write {
        environment.write(path, text);
    }
    for path in &step.remove {
        fs::remove_file(environment.path(path)).unwrap();
    }
    if let Some(sql) = &step.execute {
        query(environment, "sqlite:app.db", sql);
    }
    let before = files(environment);
    let mut command = environment.command(&arguments(step));
    command.envs(&step.env);
    let output = environment.finish(command);
    let mut compared =
        Compared { case, digits: project.digits == Some(true), differences: Vec::new() };
    compared.output(step, &output);
    compared.database(step, environment);
    compared.files(step, &before, &files(environment));
    if !compared.differences.is_empty() {
        compared.differences.push(format!("-- limbeck:\n{output}\n"));
    }
    compared.differences
}

/// The arguments of a step. Without a word about it, Alembic reads `alembic.ini`; limbeck is told to.
fn arguments(step: &Step) -> Vec<&str> {
    let names_one = step.run.iter().any(|word| ["-c", "--config"].contains(&word.as_str()))
        || step.env.contains_key("ALEMBIC_CONFIG");
    let config: &[&str] = if names_one { &[] } else { &["-c", "alembic.ini"] };
    config.iter().copied().chain(step.run.iter().map(String::as_str)).collect()
}

/// Every file of the project that is no by-product.
fn files(environment: &TestEnvironment) -> BTreeMap<String, String> {
    let names = environment.files("").into_iter();
    names
        .filter(|name| !name.starts_with("app.db") && !name.ends_with(".pyc"))
        .map(|name| {
            let text = without_dates(&environment.read(&name));
            (name, text)
        })
        .collect()
}

struct Compared<'a> {
    case: &'a Case,
    digits: bool,
    differences: Vec<String>,
}

impl Compared<'_> {
    fn same<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, theirs: &T, ours: &T) {
        if theirs != ours {
            self.differences
                .push(format!("-- {what}\n  alembic: {theirs:?}\n  limbeck: {ours:?}\n"));
        }
    }

    /// A text in which what changes from run to run is not seen.
    fn shown(&self, text: &str) -> String {
        let text = without_dates(&without_temporary_names(text));
        if self.digits { numbers_as_such(&text) } else { text }
    }

    fn output(&mut self, step: &Step, output: &Output) {
        self.same("fails", &step.fails, &!output.status.success());
        let (theirs, ours) = (self.shown(&step.stdout), self.shown(&output.stdout));
        let running = output.stderr.lines().filter_map(|line| line.strip_prefix("Running "));
        let running: Vec<String> = running.map(str::to_owned).collect();
        if self.case.unordered {
            self.same("standard output, in no order", &unordered(&theirs), &unordered(&ours));
            let set = |steps: &[String]| steps.iter().cloned().collect::<BTreeSet<_>>();
            self.same("steps, in no order", &set(&step.steps), &set(&running));
        } else {
            self.same("standard output", &theirs, &ours);
            self.same("steps", &step.steps, &running);
        }
        if let Some(error) = &step.error {
            let ours = output.stderr.lines().find_map(|line| line.strip_prefix("error: "));
            let (theirs, ours) = (self.shown(error), self.shown(ours.unwrap_or_default()));
            self.same("error", &theirs, &ours);
        }
    }

    fn database(&mut self, step: &Step, environment: &TestEnvironment) {
        let mut tables = Vec::new();
        let mut rows = Vec::new();
        if environment.path("app.db").exists() {
            let lines = |sql: &str| -> Vec<String> {
                query(environment, "sqlite:app.db", sql).lines().map(str::to_owned).collect()
            };
            tables = lines("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1");
            if tables.iter().any(|table| table == "alembic_version") {
                rows = lines("SELECT version_num FROM alembic_version ORDER BY 1");
            }
            tables.retain(|table| {
                !["alembic_version", "limbeck_", "sqlite_"].iter().any(|own| table.starts_with(own))
            });
        }
        self.same("rows", &step.rows, &rows);
        self.same("tables", &step.tables, &tables);
    }

    fn files(
        &mut self,
        step: &Step,
        before: &BTreeMap<String, String>,
        after: &BTreeMap<String, String>,
    ) {
        let written: BTreeMap<String, String> = after
            .iter()
            .filter(|(name, text)| before.get(*name) != Some(text))
            .map(|(name, text)| (self.shown(name), text.clone()))
            .collect();
        if step.names.is_empty() {
            let theirs: BTreeMap<String, String> =
                step.files.iter().map(|(name, text)| (self.shown(name), text.clone())).collect();
            self.same("files", &theirs, &written);
        } else {
            let theirs: Vec<String> = step.names.iter().map(|name| self.shown(name)).collect();
            self.same("names of files", &theirs, &written.into_keys().collect());
        }
        let gone = before.keys().filter(|name| !after.contains_key(*name)).cloned().collect();
        self.same("files that are gone", &step.gone, &gone);
    }
}

/// The words of each line, and the lines, in no order.
fn unordered(text: &str) -> Vec<Vec<&str>> {
    let mut lines: Vec<Vec<&str>> = text
        .lines()
        .map(|line| {
            let mut words: Vec<&str> = line.split([' ', ',']).collect();
            words.sort_unstable();
            words
        })
        .collect();
    lines.sort();
    lines
}

/// `$DATE` for every `2026-01-02 03:04:05`, with or without a fraction.
fn without_dates(text: &str) -> String {
    const SHAPE: &[u8] = b"0000-00-00 00:00:00";
    let mut shown = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_date = rest.len() >= SHAPE.len()
            && rest.bytes().zip(SHAPE).all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                _ => byte == *shape,
            });
        if is_date {
            shown.push_str("$DATE");
            rest = &rest[SHAPE.len()..];
            if let Some(fraction) = rest.strip_prefix('.') {
                rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            }
        } else {
            shown.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    shown
}

/// `$TEMPORARY` for the path of a temporary file, to the next blank.
fn without_temporary_names(text: &str) -> String {
    let mut parts = text.split("$ROOT/tmp/");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shown.push_str("$TEMPORARY");
        shown.push_str(part.find(char::is_whitespace).map_or("", |end| &part[end..]));
    }
    shown
}

/// `#` for every number.
fn numbers_as_such(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        match c.is_ascii_digit() {
            true if shown.ends_with('#') => {}
            true => shown.push('#'),
            false => shown.push(c),
        }
    }
    shown
}

#[test]
#[ignore = "needs alembic.ini projects"]
fn command() {
    run(COMMAND, Needs::Projects);
}

#[test]
#[ignore = "needs alembic.ini projects"]
fn script_consumption() {
    run(CONSUMPTION, Needs::Projects);
}

#[test]
#[ignore = "needs alembic.ini projects"]
fn script_production() {
    run(PRODUCTION, Needs::Projects);
}

#[test]
#[ignore = "needs alembic.ini projects"]
fn more() {
    run(MORE, Needs::Projects);
}

#[test]
#[ignore = "needs offline mode"]
fn offline() {
    for table in [COMMAND, CONSUMPTION, PRODUCTION, MORE] {
        run(table, Needs::Offline);
    }
}

#[test]
fn what_changes_from_run_to_run_is_not_seen() {
    assert_eq!(
        without_dates("é 2026-01-02 03:04:05.678+01:00, 2026-01-02"),
        "é $DATE+01:00, 2026-01-02"
    );
    assert_eq!(without_temporary_names("see $ROOT/tmp/x1.txt for it"), "see $TEMPORARY for it");
    assert_eq!(numbers_as_such("2026/1/a_12"), "#/#/a_#");
    assert_eq!(unordered("a, b\nc"), unordered("c\nb, a"));
}
