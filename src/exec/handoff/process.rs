//! A process of the project's own Python, which runs one job after another.

use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Read;
use std::io::Write as _;
use std::process::Child;
use std::process::ChildStdin;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;

use uuid::Uuid;

use super::HandoffError;
use super::Identity;
use super::PythonProgram;
use super::SCRIPT;
use super::job::Job;
use super::job::ProjectOrder;
use super::job::Word;

/// What comes out of the process.
enum Event {
    Word(String),
    Output(String),
    /// All output of a job has come.
    Mark,
    End,
}

/// A process that looks after one project. Ends with this value.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    orders: ChildStdin,
    events: mpsc::Receiver<Event>,
    /// How many of its two pipes are open.
    open: u8,
    /// What was printed behind the end of a job, while the revisions were loaded for the next.
    early: String,
    /// Whether Alembic is known to be there.
    is_ready: bool,
    /// Whether it takes another job.
    stays: bool,
    /// Whether env.py has run in it.
    has_worked: bool,
}

impl Process {
    /// Starts the interpreter, and waits for nothing.
    ///
    /// # Errors
    /// [`HandoffError`].
    pub(super) fn start(python: &PythonProgram) -> Result<Self, HandoffError> {
        let mut child = Command::new(&python.program)
            .args(["-c", SCRIPT])
            .env("PYTHONIOENCODING", "utf-8")
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| HandoffError::Start { program: python.program.clone(), source })?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(orders), Some(stdout), Some(stderr)) = pipes else {
            return Err(HandoffError::Protocol);
        };
        let mark = format!("\u{1e}{}\n", Uuid::new_v4().simple());
        let (sender, events) = mpsc::channel();
        let (words, marked) = (sender.clone(), mark.clone());
        thread::spawn(move || {
            lines(stdout, &words, |line| vec![Event::Word(line.to_owned())]);
        });
        thread::spawn(move || lines(stderr, &sender, |line| output(line, &marked)));
        let mut process = Process {
            child,
            orders,
            events,
            open: 2,
            early: String::new(),
            is_ready: false,
            stays: true,
            has_worked: false,
        };
        process.tell(&ProjectOrder::of(python, &mark))?;
        Ok(process)
    }

    /// Waits until Alembic is loaded. Then the process goes on to load the revisions.
    ///
    /// # Errors
    /// [`HandoffError`], where Alembic is not there or too old.
    pub(super) fn greet(&mut self) -> Result<(), HandoffError> {
        if !self.is_ready {
            self.listen(&Vec::new(), &mut |_, _| ())?;
            self.is_ready = true;
        }
        Ok(())
    }

    /// Whether it takes another job.
    pub(super) fn stays(&self) -> bool {
        self.stays
    }

    /// Whether `error` may be for what an earlier job has left in this process, and nothing of
    /// the revision was begun.
    pub(super) fn is_to_blame(&self, error: &HandoffError) -> bool {
        let may_be = match error {
            HandoffError::Interrupted { .. } => false,
            // It may have ended between two jobs.
            HandoffError::EndedBefore { .. } => true,
            _ => self.has_worked,
        };
        may_be && error.is_before()
    }

    /// Runs a revision. `output` gets what the project prints and logs, with line ends.
    ///
    /// # Errors
    /// [`HandoffError`].
    pub(super) fn run(
        &mut self,
        job: &Job<'_>,
        output: &mut dyn FnMut(&str),
    ) -> Result<(), HandoffError> {
        self.greet()?;
        self.tell(job)?;
        // Nobody is to see an attempt that is made again in another process.
        let mut held = self.has_worked.then(String::new);
        let result = self.listen(job.identity, &mut |text, has_begun| match &mut held {
            Some(held) if !has_begun => held.push_str(text),
            _ => {
                if let Some(before) = held.take() {
                    output(&before);
                }
                output(text);
            }
        });
        let is_again = result.as_ref().is_err_and(|error| self.is_to_blame(error));
        if let Some(held) = held.filter(|_| !is_again) {
            output(&held);
        }
        self.has_worked = true;
        result
    }

    /// Hears the process until a job has ended. `output` gets what it prints, and whether the
    /// revision has begun.
    fn listen(
        &mut self,
        ours: &Identity,
        output: &mut dyn FnMut(&str, bool),
    ) -> Result<(), HandoffError> {
        let early = std::mem::take(&mut self.early);
        if !early.is_empty() {
            output(&early, false);
        }
        let mut has_begun = false;
        let mut is_marked = false;
        let mut others: Option<Identity> = None;
        let mut ending: Option<Result<(), HandoffError>> = None;
        while self.open > 0 && !(is_marked && ending.is_some()) {
            let Ok(event) = self.events.recv() else { break };
            let word = match event {
                Event::End => {
                    self.open -= 1;
                    continue;
                }
                Event::Output(text) if is_marked => {
                    self.early.push_str(&text);
                    continue;
                }
                Event::Output(text) => {
                    output(&text, has_begun);
                    continue;
                }
                Event::Mark => {
                    is_marked = true;
                    continue;
                }
                Event::Word(word) => word,
            };
            match serde_json::from_str(&word) {
                Ok(Word::Identity { identity }) if identity == *ours => {
                    has_begun = self.tell("go")?;
                }
                Ok(Word::Identity { identity }) => {
                    // It may be the first of several.
                    others.get_or_insert(identity);
                    self.tell("skip")?;
                }
                Ok(Word::Done { stays, .. }) => {
                    self.stays = stays;
                    ending = Some(Ok(()));
                }
                Ok(Word::Failed { failed, stays }) => {
                    self.stays = stays;
                    ending = Some(Err(match others.take().filter(|_| failed.kind == "never") {
                        Some(theirs) => HandoffError::OtherDatabase { ours: ours.clone(), theirs },
                        None => failed.error(has_begun),
                    }));
                }
                Err(_) => {
                    self.stays = false;
                    return Err(HandoffError::Protocol);
                }
            }
        }
        if let Some(ending) = ending {
            return ending;
        }
        self.stays = false;
        let status = match self.child.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        Err(match has_begun {
            true => HandoffError::Ended { status },
            false => HandoffError::EndedBefore { status },
        })
    }

    /// Sends a line. Gives whether it could be: a process that has ended says why, or its status
    /// does, which [`listen`](Self::listen) finds out.
    fn tell(&mut self, line: &(impl serde::Serialize + ?Sized)) -> Result<bool, HandoffError> {
        let mut text = serde_json::to_string(line).map_err(|_| HandoffError::Protocol)?;
        text.push('\n');
        Ok(self.orders.write_all(text.as_bytes()).and_then(|()| self.orders.flush()).is_ok())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has nothing under way that anybody waits for.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A line of output; the mark may stand behind one that was not ended.
fn output(line: &str, mark: &str) -> Vec<Event> {
    match line.strip_suffix(mark) {
        Some("") => vec![Event::Mark],
        Some(rest) => vec![Event::Output(rest.to_owned()), Event::Mark],
        None => vec![Event::Output(line.to_owned())],
    }
}

/// Sends lines on, with their ends; what is not UTF-8 is replaced.
fn lines(from: impl Read, to: &mpsc::Sender<Event>, events: impl Fn(&str) -> Vec<Event>) {
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while matches!(reader.read_until(b'\n', &mut line), Ok(count) if count > 0) {
        for event in events(&String::from_utf8_lossy(&line)) {
            if to.send(event).is_err() {
                return;
            }
        }
        line.clear();
    }
    // Nobody listens any more when this fails.
    drop(to.send(Event::End));
}
