//! The threads of a worker: each with a connection, which moves from site to site.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread::Scope;
use std::thread::ScopedJoinHandle;

use crate::cli::fan_out::Line;
use crate::cli::fan_out::Needed;
use crate::cli::fan_out::Worker;
use crate::cli::fan_out::WorkerError;
use crate::cli::sites::Site;
use crate::db::Claim;
use crate::exec::Report;
use crate::exec::Request;
use crate::exec::RunOptions;
use crate::script::Revisions;

/// A site to be brought on.
pub(super) struct Job<'a> {
    pub(super) claim: Claim,
    pub(super) site: Site<'a>,
    pub(super) needed: Arc<Needed>,
    pub(super) options: RunOptions,
    pub(super) request: Arc<Request>,
}

/// What has become of it.
pub(super) struct Answer<'a> {
    /// Which of the crew is free again.
    pub(super) hand: usize,
    pub(super) claim: Claim,
    pub(super) site: Site<'a>,
    pub(super) lines: Vec<Line>,
    pub(super) result: Result<Report, WorkerError>,
}

/// Threads that wait for jobs.
pub(super) struct Crew<'a, 'scope> {
    threads: Vec<ScopedJoinHandle<'scope, ()>>,
    hands: Vec<mpsc::Sender<Job<'a>>>,
    idle: Vec<usize>,
    pub(super) answers: mpsc::Receiver<Answer<'a>>,
}

impl<'a, 'scope> Crew<'a, 'scope> {
    /// Starts `count` threads; they end when the crew is dropped.
    pub(super) fn start(
        scope: &'scope Scope<'scope, '_>,
        count: usize,
        scripts: &'scope Revisions,
        recycle: u32,
    ) -> Self
    where
        'a: 'scope,
    {
        let (sender, answers) = mpsc::channel();
        let (mut threads, mut hands) = (Vec::new(), Vec::new());
        for hand in 0..count {
            let (jobs, todo) = mpsc::channel::<Job<'a>>();
            let answers = sender.clone();
            threads.push(scope.spawn(move || {
                let mut worker = Worker::new(scripts, recycle);
                for job in todo {
                    let Job { claim, site, needed, options, request } = job;
                    let (lines, result) = worker.run(&site, &needed, options, &request);
                    if answers.send(Answer { hand, claim, site, lines, result }).is_err() {
                        break;
                    }
                }
            }));
            hands.push(jobs);
        }
        Crew { threads, hands, idle: (0..count).rev().collect(), answers }
    }

    pub(super) fn has_idle(&self) -> bool {
        !self.idle.is_empty()
    }

    pub(super) fn is_busy(&self) -> bool {
        self.idle.len() < self.hands.len()
    }

    /// Whether one has come to a bad end: nobody else hears of that.
    pub(super) fn has_lost_one(&self) -> bool {
        self.threads.iter().any(ScopedJoinHandle::is_finished)
    }

    /// Gives `job` to one who is idle, and back where there is none.
    pub(super) fn give(&mut self, job: Job<'a>) -> Result<(), Box<Job<'a>>> {
        let Some(hand) = self.idle.pop() else { return Err(Box::new(job)) };
        match self.hands.get(hand) {
            Some(sender) => sender.send(job).map_err(|error| Box::new(error.0)),
            None => Err(Box::new(job)),
        }
    }

    /// One has answered.
    pub(super) fn is_free(&mut self, hand: usize) {
        self.idle.push(hand);
    }
}
