//! The project of a case, as files.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde::Deserialize;

use crate::support::TestEnvironment;

/// What a project consists of.
#[derive(Deserialize, Clone, Default)]
#[serde(default)]
pub(super) struct Project {
    /// There is nothing but `files`.
    bare: Option<bool>,
    /// File names hold the time of day: numbers are compared as such.
    pub(super) digits: Option<bool>,
    ini: Option<String>,
    revisions: Option<String>,
    env: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
    /// Files in Latin-1.
    latin_1: BTreeMap<String, String>,
    programs: BTreeMap<String, String>,
    /// What a revision does on the way up and on the way down.
    bodies: BTreeMap<String, [String; 2]>,
}

impl Project {
    /// This project with what `case` says in place of it.
    pub(super) fn with(&self, case: &Project) -> Project {
        let joined = |ours: &BTreeMap<String, String>, theirs: &BTreeMap<String, String>| {
            ours.iter().chain(theirs).map(|(k, v)| (k.clone(), v.clone())).collect()
        };
        Project {
            bare: case.bare.or(self.bare),
            digits: case.digits.or(self.digits),
            ini: case.ini.clone().or_else(|| self.ini.clone()),
            revisions: case.revisions.clone().or_else(|| self.revisions.clone()),
            env: joined(&self.env, &case.env),
            files: joined(&self.files, &case.files),
            latin_1: joined(&self.latin_1, &case.latin_1),
            programs: joined(&self.programs, &case.programs),
            bodies: self.bodies.clone().into_iter().chain(case.bodies.clone()).collect(),
        }
    }

    pub(super) fn build(&self) -> TestEnvironment {
        let mut environment = TestEnvironment::new();
        if self.bare != Some(true) {
            let more = self.ini.as_deref().unwrap_or_default();
            environment.write(
                "alembic.ini",
                format!(
                    "[alembic]\nscript_location = %(here)s/scripts\nsqlalchemy.url = sqlite:///app.db\n{more}"
                ),
            );
            environment.write("scripts/env.py", include_str!("env.py"));
            environment.write("scripts/script.py.mako", include_str!("script.py.mako"));
            fs::create_dir_all(environment.path("scripts/versions")).unwrap();
        }
        for line in self.revisions.iter().flat_map(|text| text.lines()) {
            let (path, text) = self.revision(line);
            environment.write(path, text);
        }
        for (path, text) in &self.files {
            environment.write(path, text);
        }
        for (path, text) in &self.latin_1 {
            let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(c).unwrap()).collect();
            environment.write(path, bytes);
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
            names(down, true),
            names(labels, false),
            names(dependencies, false),
        );
        (format!("{directory}/{id}_x.py"), text)
    }
}

/// Names as Python writes them: nothing, one of them by itself where that is usual, a tuple.
fn names(names: &str, scalar: bool) -> String {
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
