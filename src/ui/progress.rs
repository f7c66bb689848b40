//! How far a long run is, on a terminal.

use std::io::IsTerminal as _;

use indicatif::ProgressBar;
use indicatif::ProgressDrawTarget;
use indicatif::ProgressStyle;

use super::output::Output;

/// A line at the bottom of the terminal; none where standard error is no terminal.
#[derive(Debug)]
pub struct Progress(Option<ProgressBar>);

/// Behind the bar: how many are done, and for how long it will still take.
const TEMPLATE: &str = "{bar:30} {pos}/{len} {msg}, {eta} left";

impl Progress {
    /// The progress of `total` things that are called `what`. Whoever wants no talk, or JSON, gets
    /// no line.
    pub fn new(total: usize, what: &'static str, output: &Output<'_>) -> Self {
        let is_wanted = total > 1 && !output.is_quiet() && std::io::stderr().is_terminal();
        let style = ProgressStyle::with_template(TEMPLATE);
        let (true, Ok(style)) = (is_wanted, style) else { return Progress(None) };
        let total = u64::try_from(total).unwrap_or(u64::MAX);
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        bar.set_style(style);
        bar.set_message(what);
        Progress(Some(bar))
    }

    /// One more is done.
    pub fn advance(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }

    /// Takes the line away while something else is written.
    pub fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
