//! One revision in the hands of Python: the process, what it says, and what it is told.

use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Read;
use std::io::Write as _;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;

use crate::db::DatabaseUrl;

use super::HandoffError;
use super::Identity;
use super::PythonProgram;
use super::Redirection;
use super::SCRIPT;

/// What Python is to do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Job<'a> {
    /// The revision.
    pub(super) revision: &'a str,
    /// Its file.
    pub(super) path: &'a Path,
    /// `upgrade` or `downgrade`.
    pub(super) function: &'a str,
    /// The database that env.py must lead to.
    pub(super) identity: &'a Identity,
    /// Limbeck's own tables, which code that looks for tables must not find.
    pub(super) own_tables: &'a [String],
}

/// The first line that the worker reads.
#[derive(serde::Serialize)]
struct Order<'a> {
    config: Option<&'a Path>,
    toml: Option<&'a Path>,
    section: &'a str,
    x: &'a [String],
    revision: &'a str,
    path: &'a Path,
    function: &'a str,
    own_tables: &'a [String],
    /// Where connections go, where that is not for env.py to say.
    scratch: Option<ScratchOrder<'a>>,
    /// Whether it is only to say that it could.
    probe: bool,
}

/// Scratch databases, with what it takes to connect to them.
#[derive(serde::Serialize)]
struct ScratchOrder<'a> {
    kind: &'static str,
    place: PlaceOrder<'a>,
    stands_for: Option<&'a str>,
    elsewhere: Option<PlaceOrder<'a>>,
}

/// A database. Only the process that is to open it reads this.
#[derive(serde::Serialize)]
struct PlaceOrder<'a> {
    user: Option<&'a str>,
    password: Option<&'a str>,
    host: Option<&'a str>,
    port: Option<u16>,
    database: Option<&'a str>,
}

impl<'a> PlaceOrder<'a> {
    fn of(url: &'a DatabaseUrl) -> Self {
        PlaceOrder {
            user: url.user(),
            password: url.password(),
            host: url.host(),
            port: url.port(),
            database: url.database(),
        }
    }
}

impl<'a> ScratchOrder<'a> {
    fn of(redirection: &'a Redirection) -> Self {
        ScratchOrder {
            kind: redirection.place.dialect().name(),
            place: PlaceOrder::of(&redirection.place),
            stands_for: redirection.stands_for.as_deref(),
            elsewhere: redirection.elsewhere.as_ref().map(PlaceOrder::of),
        }
    }
}

/// A line that the worker says.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Identity(Identity),
    Failed {
        kind: String,
        #[serde(default)]
        class: String,
        message: String,
    },
    Done(()),
}

/// What comes out of the process.
enum Event {
    Word(String),
    Output(String),
    End,
}

/// Looks whether the interpreter can be started and has an Alembic that is new enough.
///
/// # Errors
/// [`HandoffError`].
pub(super) fn probe(python: &PythonProgram) -> Result<(), HandoffError> {
    converse(
        python,
        &Job {
            revision: "",
            path: Path::new(""),
            function: "",
            identity: &Vec::new(),
            own_tables: &[],
        },
        true,
        &mut |_| (),
    )
}

/// Runs a revision in Python. `output` gets what the project prints and logs, with line ends.
///
/// # Errors
/// [`HandoffError`].
pub(super) fn run(
    python: &PythonProgram,
    job: &Job<'_>,
    output: &mut dyn FnMut(&str),
) -> Result<(), HandoffError> {
    converse(python, job, false, output)
}

fn converse(
    python: &PythonProgram,
    job: &Job<'_>,
    probe: bool,
    output: &mut dyn FnMut(&str),
) -> Result<(), HandoffError> {
    let start = |source| HandoffError::Start { program: python.program.clone(), source };
    let mut child = Command::new(&python.program)
        .args(["-c", SCRIPT])
        .env("PYTHONIOENCODING", "utf-8")
        .env("PYTHONUNBUFFERED", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(start)?;
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(HandoffError::Protocol);
    };
    let (sender, events) = mpsc::channel();
    let words = sender.clone();
    thread::spawn(move || lines(stdout, &words, Event::Word));
    thread::spawn(move || lines(stderr, &sender, Event::Output));
    let order = Order {
        config: python.config.as_deref(),
        toml: python.toml.as_deref(),
        section: &python.section,
        x: &python.x_arguments,
        revision: job.revision,
        path: job.path,
        function: job.function,
        own_tables: job.own_tables,
        scratch: python.scratch.as_ref().map(ScratchOrder::of),
        probe,
    };
    let order = serde_json::to_string(&order).map_err(|_| HandoffError::Protocol)?;
    // A worker that has ended says why, or its status does.
    drop(tell(&mut child, &order));
    let mut has_begun = false;
    let mut others: Option<Identity> = None;
    let mut ending: Option<Result<(), HandoffError>> = None;
    let mut open = 2;
    while open > 0 {
        let Ok(event) = events.recv() else { break };
        match event {
            Event::End => open -= 1,
            Event::Output(text) => output(&text),
            Event::Word(text) => match serde_json::from_str(&text) {
                Ok(Word::Identity(theirs)) if theirs == *job.identity => {
                    has_begun = tell(&mut child, "go").is_ok();
                }
                Ok(Word::Identity(theirs)) => {
                    // It may be the first of several.
                    others.get_or_insert(theirs);
                    drop(tell(&mut child, "skip"));
                }
                Ok(Word::Done(())) => ending = Some(Ok(())),
                Ok(Word::Failed { kind, class, message }) => {
                    ending = Some(Err(match others.take().filter(|_| kind == "never") {
                        Some(theirs) => {
                            HandoffError::OtherDatabase { ours: job.identity.clone(), theirs }
                        }
                        None => failed(&kind, class, message, has_begun),
                    }));
                }
                Err(_) => ending = Some(Err(HandoffError::Protocol)),
            },
        }
    }
    let status = child.wait().map_err(start)?.to_string();
    match ending {
        Some(ending) => ending,
        None if has_begun => Err(HandoffError::Ended { status }),
        None => Err(HandoffError::EndedBefore { status }),
    }
}

fn tell(child: &mut Child, line: &str) -> std::io::Result<()> {
    let Some(stdin) = child.stdin.as_mut() else { return Ok(()) };
    stdin.write_all(line.as_bytes())?;
    stdin.write_all(b"\n")?;
    stdin.flush()
}

fn failed(kind: &str, class: String, message: String, has_begun: bool) -> HandoffError {
    match kind {
        "alembic" => HandoffError::NoAlembic { message },
        "version" => HandoffError::OldAlembic { version: message },
        "raised" if class == "KeyboardInterrupt" => HandoffError::Interrupted,
        "raised" if has_begun => HandoffError::Raised { class, message },
        "raised" => HandoffError::Before { class, message },
        // A second run of the migrations, behind the first, which is done.
        "twice" => HandoffError::Raised { class: "env.py".to_owned(), message },
        _ => HandoffError::Environment { message },
    }
}

/// Sends lines on, their ends included for output; what is not UTF-8 is replaced.
fn lines(from: impl Read, to: &mpsc::Sender<Event>, event: fn(String) -> Event) {
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while matches!(reader.read_until(b'\n', &mut line), Ok(count) if count > 0) {
        let text = String::from_utf8_lossy(&line).into_owned();
        if to.send(event(text)).is_err() {
            return;
        }
        line.clear();
    }
    // Nobody listens any more when this fails.
    drop(to.send(Event::End));
}
