//! A hermetic place in which the binary runs.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::Output;
use super::postgres::PASSWORD;

/// No command of a test takes this long; one that does is waiting for something that will not come.
const PATIENCE: Duration = Duration::from_secs(120);

/// A directory of its own with a project and a home in it, and an environment in which nothing is inherited.
pub(crate) struct TestEnvironment {
    root: PathBuf,
    variables: BTreeMap<OsString, OsString>,
    stand_ins: Vec<(String, String)>,
    _removed_at_the_end: tempfile::TempDir,
}

impl TestEnvironment {
    /// An empty project directory.
    pub(crate) fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("limbeck-").tempdir().unwrap();
        // The binary may print resolved paths: start from one.
        let root = directory.path().canonicalize().unwrap();
        for name in ["project", "home", "tmp", "bin"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        let path = format!("{}:/usr/bin:/bin", root.join("bin").display());
        let mut environment = Self {
            stand_ins: vec![
                (root.join("project").display().to_string(), "$PROJ".to_owned()),
                (root.join("home").display().to_string(), "$HOME".to_owned()),
                (root.display().to_string(), "$ROOT".to_owned()),
            ],
            variables: BTreeMap::new(),
            root,
            _removed_at_the_end: directory,
        };
        let home = environment.root.join("home");
        let temporary = environment.root.join("tmp");
        environment.set("HOME", home);
        environment.set("TMPDIR", temporary);
        environment.set("PATH", path);
        environment.set("TZ", "UTC");
        environment.set("LANG", "C.UTF-8");
        environment.set("COLUMNS", "100");
        environment.set("NO_COLOR", "1");
        environment
    }

    /// Sets a variable for every later run.
    pub(crate) fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) {
        self.variables.insert(name.into(), value.into());
    }

    /// Takes a variable out of every later run.
    pub(crate) fn remove(&mut self, name: &str) {
        self.variables.remove(OsStr::new(name));
    }

    /// Shows `stand_in` wherever a later output has `text`: for what differs between two runs.
    pub(crate) fn replace(&mut self, text: impl Into<String>, stand_in: impl Into<String>) {
        self.stand_ins.insert(0, (text.into(), stand_in.into()));
    }

    /// Shows `$HOST` and `$DATABASE` for where this URL of a server points to.
    ///
    /// Not for the whole URL: a stand-in for that would hide a password that limbeck should have masked.
    pub(crate) fn replace_location(&mut self, url: &str) {
        if let Some((host, database)) =
            url.split_once('@').and_then(|(_, rest)| rest.split_once('/'))
        {
            self.replace(host, "$HOST");
            self.replace(database, "$DATABASE");
        }
    }

    /// A path in the project.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join("project").join(relative)
    }

    /// The directory that stands first in `PATH`: a place for editors and other programs that a test makes up.
    pub(crate) fn bin(&self) -> PathBuf {
        self.root.join("bin")
    }

    /// Writes a file of the project, with the directories above it.
    pub(crate) fn write(&self, relative: impl AsRef<Path>, text: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The text of a file of the project.
    pub(crate) fn read(&self, relative: impl AsRef<Path>) -> String {
        let path = self.path(relative);
        fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// The files below a directory of the project, sorted, with `/` between the parts of a name.
    pub(crate) fn files(&self, relative: impl AsRef<Path>) -> Vec<String> {
        let top = self.path(relative);
        let mut found = Vec::new();
        let mut directories = vec![top.clone()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(&directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    directories.push(path);
                } else {
                    let name = path.strip_prefix(&top).unwrap();
                    found.push(name.to_str().unwrap().replace('\\', "/"));
                }
            }
        }
        found.sort();
        found
    }

    /// The binary with these arguments, ready to be started: for tests that kill it or start several at once.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_limbeck"));
        command.args(arguments);
        command
    }

    /// Another program in the same environment.
    pub(crate) fn program(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env_clear().envs(&self.variables).current_dir(self.path("")).stdin(Stdio::null());
        command
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.finish(self.command(arguments))
    }

    /// Runs any command to its end and makes its output fit for a snapshot.
    pub(crate) fn finish(&self, mut command: Command) -> Output {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{command:?}: {e}"));
        // Both pipes are drained while the program runs, or it could wait for us for ever.
        let stdout = drain(child.stdout.take().unwrap());
        let stderr = drain(child.stderr.take().unwrap());
        let started = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if started.elapsed() > PATIENCE {
                child.kill().unwrap();
                child.wait().unwrap();
                break None;
            }
            thread::sleep(Duration::from_millis(1));
        };
        let stdout = self.normalised(&stdout.join().unwrap());
        let stderr = self.normalised(&stderr.join().unwrap());
        match status {
            Some(status) => Output { stdout, stderr, status },
            None => panic!("{command:?} did not end in {PATIENCE:?}\n{stdout}\n{stderr}"),
        }
    }

    fn normalised(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8(bytes.to_vec()).expect("the output is not UTF-8");
        assert!(!text.contains(PASSWORD), "a password was printed:\n{text}");
        self.stand_ins.iter().fold(text, |text, (from, to)| text.replace(from, to))
    }
}

fn drain(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        bytes
    })
}
