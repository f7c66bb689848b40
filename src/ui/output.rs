//! The two streams of the command line.

use std::io;
use std::io::Write;

use serde::Serialize;

/// Standard output for data, standard error for talk.
pub struct Output<'a> {
    data: &'a mut dyn Write,
    talk: &'a mut dyn Write,
    quiet: bool,
    has_json: bool,
    log: Log,
    is_mute: bool,
    stands_in: bool,
    keeps_data: bool,
}

/// How a run is told about on standard error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Log {
    /// In lines of its own words.
    #[default]
    Plain,
    /// In the lines of Alembic's logger `alembic.runtime.migration`, as its templates format them.
    Alembic {
        /// Whether the level of the logger lets them through.
        shows_info: bool,
    },
}

impl std::fmt::Debug for Output<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output").field("quiet", &self.quiet).finish_non_exhaustive()
    }
}

impl<'a> Output<'a> {
    /// Writes data to `data` and talk to `talk`; with `quiet`, status lines are left out.
    pub fn new(data: &'a mut dyn Write, talk: &'a mut dyn Write, quiet: bool) -> Self {
        Output {
            data,
            talk,
            quiet,
            has_json: false,
            log: Log::Plain,
            is_mute: false,
            stands_in: false,
            keeps_data: false,
        }
    }

    /// Leaves out the lines of results too, as Alembic's `--quiet` does.
    pub fn mute(&mut self) {
        self.is_mute = true;
    }

    /// Leaves out remarks of our own: the program stands in for Alembic.
    pub fn stand_in(&mut self) {
        self.stands_in = true;
    }

    /// Whether the program stands in for Alembic.
    pub fn stands_in(&self) -> bool {
        self.stands_in
    }

    /// A line of the result.
    ///
    /// # Errors
    /// When standard output cannot be written, as to a closed pipe.
    pub fn data(&mut self, line: impl std::fmt::Display) -> io::Result<()> {
        if self.is_mute { Ok(()) } else { writeln!(self.data, "{line}") }
    }

    /// A result that is a text of its own, with its line ends.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        self.data.write_all(text.as_bytes())
    }

    /// A line of the result that only tells what was done; left out when quiet.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn status(&mut self, line: impl std::fmt::Display) -> io::Result<()> {
        if self.quiet { Ok(()) } else { self.data(line) }
    }

    /// The result as JSON.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        self.has_json = true;
        serde_json::to_writer_pretty(&mut *self.data, value).map_err(io::Error::from)?;
        writeln!(self.data)
    }

    /// A piece of a result that is JSON as a whole, for one that is too long to be held.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn json_piece(&mut self, piece: &str) -> io::Result<()> {
        self.has_json = true;
        self.text(piece)
    }

    /// Whether status lines are left out.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether a result has been written as JSON: there is to be exactly one.
    pub fn has_json(&self) -> bool {
        self.has_json
    }

    /// A line of progress on standard error; left out when quiet. A closed standard error is no
    /// reason to stop a migration half-way.
    pub fn talk(&mut self, line: impl std::fmt::Display) {
        if !self.quiet {
            self.insist(line);
        }
    }

    /// Tells of runs in another way from now on.
    pub fn set_log(&mut self, log: Log) {
        self.log = log;
    }

    /// A line about a run that Alembic logs too.
    pub fn step(&mut self, line: impl std::fmt::Display) {
        match self.log {
            Log::Plain => self.talk(line),
            Log::Alembic { .. } => self.alembic_info(line),
        }
    }

    /// A line that only Alembic logs. Its logger does not listen to `--quiet`.
    pub fn alembic_info(&mut self, line: impl std::fmt::Display) {
        if self.log == (Log::Alembic { shows_info: true }) {
            self.insist(format_args!("INFO  [alembic.runtime.migration] {line}"));
        }
    }

    /// A line about a run that Alembic has no word for.
    pub fn remark(&mut self, line: impl std::fmt::Display) {
        if self.log == Log::Plain {
            self.talk(line);
        }
    }

    /// A line of our own beside results that Alembic shows too: where nothing but the program's
    /// name is ours, it would be a surprise.
    pub fn notice(&mut self, line: impl std::fmt::Display) {
        if !self.stands_in {
            self.remark(line);
        }
    }

    /// A line on standard error that even a quiet run shows: errors and warnings. What was
    /// printed before it comes before it, where both streams lead to one place.
    pub fn insist(&mut self, line: impl std::fmt::Display) {
        // A closed standard output is found out at the next line of data, or at the end.
        drop(self.data.flush());
        drop(writeln!(self.talk, "{line}"));
    }

    /// What the code of a Python revision prints: on standard output as with Alembic, but on
    /// standard error where that is for a result of ours, JSON or SQL. Nothing of the run depends on
    /// whether it can be written.
    pub fn printed(&mut self, text: &str) {
        if self.is_mute {
            return;
        }
        let stream = if self.keeps_data { &mut *self.talk } else { &mut *self.data };
        drop(stream.write_all(text.as_bytes()).and_then(|()| stream.flush()));
    }

    /// Keeps what Python code prints from standard output.
    pub fn keep_data(&mut self) {
        self.keeps_data = true;
    }

    /// What the code of a Python revision logs, in the lines of Alembic's templates: from the level
    /// WARNING on, and for loggers of `alembic` from INFO on.
    pub fn logged(&mut self, logger: &str, level: i64, message: &str) {
        let is_of_alembic = logger == "alembic" || logger.starts_with("alembic.");
        let shows_info = match self.log {
            Log::Plain => true,
            Log::Alembic { shows_info } => shows_info,
        };
        if level < 30 && !(is_of_alembic && level >= 20 && shows_info && !self.quiet) {
            return;
        }
        let word = match level {
            ..20 => "DEBUG",
            20..30 => "INFO",
            30..40 => "WARNI",
            40..50 => "ERROR",
            _ => "CRITI",
        };
        self.insist(format_args!("{word:<5} [{logger}] {message}"));
    }

    /// Passes on what is buffered.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.data.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mute_output_has_texts_and_json_but_no_lines() {
        let (mut data, mut talk) = (Vec::new(), Vec::new());
        let mut output = Output::new(&mut data, &mut talk, true);
        output.data("one").unwrap();
        output.mute();
        output.data("two").unwrap();
        output.text("BEGIN;\n").unwrap();
        output.json(&3).unwrap();
        output.insist("warning");
        assert_eq!(String::from_utf8(data).unwrap(), "one\nBEGIN;\n3\n");
        assert_eq!(String::from_utf8(talk).unwrap(), "warning\n");
    }
}
