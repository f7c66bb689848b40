//! What a run printed, as one text.

use std::fmt;
use std::process::ExitStatus;

/// Both streams and the exit status of a run, with paths replaced by stand-ins.
///
/// Its `Display` is meant for whole-output snapshots: nothing the user would see can change unnoticed.
#[must_use = "look at the output, or call `ok`"]
pub(crate) struct Output {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: ExitStatus,
}

impl Output {
    /// The standard output of a run that must have succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert!(self.status.success(), "\n{self}");
        self.stdout
    }

    /// The exit code; a run that was killed has none.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        block(f, &self.stdout)?;
        writeln!(f, "------- stderr -------")?;
        block(f, &self.stderr)?;
        match self.status.code() {
            Some(code) => write!(f, "[exit status: {code}]"),
            None => write!(f, "[{}]", self.status),
        }
    }
}

/// The text with a stand-in for the moment at which a revision file was made, as it stands in the
/// file and as it is printed; what follows it on its line stays.
pub(crate) fn without_create_date(text: &str) -> String {
    const NAME: &str = "Create Date: ";
    let with_stand_in = |line: &str| match line.split_once(NAME) {
        Some((indent, date)) if indent.trim().is_empty() => {
            let end = date.find(|c: char| !(c.is_ascii_digit() || "-: .".contains(c)));
            format!("{indent}{NAME}<DATE>{}", &date[end.unwrap_or(date.len())..])
        }
        _ => line.to_owned(),
    };
    text.split('\n').map(with_stand_in).collect::<Vec<_>>().join("\n")
}

/// The text in whole lines; a last line that was not ended is marked, because a terminal would show it.
fn block(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str(text)?;
    if !text.is_empty() && !text.ends_with('\n') {
        writeln!(f, "[no newline]")?;
    }
    Ok(())
}
