//! `alembic.ini`, read as Python's `configparser.ConfigParser` reads it.
//!
//! Written by hand, because no crate knows all of it: continuation lines with empty lines in them,
//! `[DEFAULT]`, option names in lower case, duplicates as errors, and `%(name)s` that is replaced
//! only when an option is asked for. A `%` out of place in one option therefore never stands in the
//! way of another. Every option keeps its line.
//!
//! Two things differ from Python on purpose: a byte order mark is skipped (Python finds no section
//! header behind one), and `%(name)s` that names no option is looked up in the environment, because
//! `env.py` files commonly fill in such names from `os.environ`.

mod error;
mod interpolate;
mod parse;

use std::collections::BTreeMap;
use std::fmt;

use crate::secrets::may_hold_secret;

pub use error::IniError;
pub use error::IniErrorKind;
pub(crate) use error::shown_name;
pub(crate) use interpolate::Fragment;
pub(crate) use parse::strip;

/// The name of the section whose options every other section has too.
const DEFAULT_SECTION: &str = "DEFAULT";

/// How a name is looked up in the environment.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// An ini file. `Debug` shows names and lines, never a value: a value may be a password.
#[derive(Clone)]
pub struct Ini {
    sections: Vec<Section>,
    defaults: Section,
    /// What `%(here)s` stands for, where no option is called so.
    here: Option<String>,
    /// The lines of the file, for errors.
    lines: Vec<String>,
}

#[derive(Clone, Default)]
struct Section {
    name: String,
    line: usize,
    options: Vec<RawOption>,
    /// From an option's name to its place in `options`.
    index: BTreeMap<String, usize>,
}

/// An option as it stands in the file.
#[derive(Clone)]
struct RawOption {
    name: String,
    /// The line of the name.
    line: usize,
    /// The value: its lines joined with `\n`, trailing white space removed.
    value: String,
    /// Where the lines of the value begin.
    starts: Vec<Start>,
}

/// The place where a line of a value begins; both count from 1, columns in characters.
#[derive(Clone, Copy)]
struct Start {
    line: usize,
    column: usize,
}

/// The value of an option, and the line where the option stands.
#[derive(Clone, PartialEq, Eq)]
pub struct IniValue {
    /// The value. It may hold a password, so `Debug` does not show it.
    pub text: String,
    /// The line of the option's name, from 1.
    pub line: usize,
}

impl fmt::Debug for IniValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IniValue").field("line", &self.line).finish_non_exhaustive()
    }
}

impl fmt::Debug for Ini {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for section in std::iter::once(&self.defaults).chain(&self.sections) {
            let names: Vec<(&str, usize)> = section
                .options
                .iter()
                .map(|option| (shown_name(&option.name), option.line))
                .collect();
            map.entry(&shown_name(&section.name), &names);
        }
        map.finish()
    }
}

impl Ini {
    /// Reads the text of an ini file.
    ///
    /// # Errors
    /// Where Python's `ConfigParser` (strict, as Alembic makes it) raises one: no section header,
    /// a section or an option twice, a line that is no option.
    pub fn parse(text: &str) -> Result<Ini, IniError> {
        parse::parse(text)
    }

    /// The same file, with what `%(here)s` stands for. It is inserted as it is: a `%` in the name
    /// of a directory needs no doubling.
    #[must_use]
    pub fn with_here(mut self, here: &str) -> Ini {
        self.here = Some(here.to_owned());
        self
    }

    /// The sections in the order of the file, with their lines; without `[DEFAULT]`.
    pub fn sections(&self) -> impl Iterator<Item = (&str, usize)> {
        self.sections.iter().map(|section| (section.name.as_str(), section.line))
    }

    /// Whether there is a section of this name; `DEFAULT` is none.
    pub fn has_section(&self, name: &str) -> bool {
        self.section(name).is_some()
    }

    /// The line of a section's header.
    pub fn section_line(&self, name: &str) -> Option<usize> {
        self.section(name).map(|section| section.line)
    }

    /// The names and lines of a section's own options in the order of the file.
    pub fn own_options(&self, section: &str) -> impl Iterator<Item = (&str, usize)> {
        let options = self.section(section).map(|section| section.options.as_slice());
        options.unwrap_or_default().iter().map(|option| (option.name.as_str(), option.line))
    }

    /// The value of an option as it stands in the file, from the section or from `[DEFAULT]`;
    /// `None` when neither has it, or when there is no such section.
    pub fn raw(&self, section: &str, option: &str) -> Option<IniValue> {
        let option = self.find(section, &option.to_lowercase())?;
        Some(IniValue { text: option.value.clone(), line: option.line })
    }

    /// The value of an option with its `%(name)s` replaced, as [`Ini::raw`] finds it.
    ///
    /// # Errors
    /// A `%` that begins neither `%%` nor `%(name)s`, a name that is neither an option of the
    /// section or of `[DEFAULT]`, nor `here`, nor in the environment, and names that lead to
    /// themselves.
    pub fn get(
        &self,
        section: &str,
        option: &str,
        environment: Environment<'_>,
    ) -> Result<Option<IniValue>, IniError> {
        Ok(self.fragments(section, option, environment)?.map(|(fragments, line)| {
            let text = fragments.into_iter().map(|fragment| fragment.text).collect();
            IniValue { text, line }
        }))
    }

    /// As [`Ini::get`], with the parts that the environment gave told apart, and the line.
    pub(crate) fn fragments(
        &self,
        section: &str,
        option: &str,
        environment: Environment<'_>,
    ) -> Result<Option<(Vec<Fragment>, usize)>, IniError> {
        let Some(option) = self.find(section, &option.to_lowercase()) else { return Ok(None) };
        let fragments = interpolate::interpolate(self, section, option, environment)?;
        Ok(Some((fragments, option.line)))
    }

    /// A line of the file for an error; `None` when it may hold a secret.
    pub(crate) fn source_line(&self, line: usize) -> Option<String> {
        let text = self.lines.get(line.checked_sub(1)?)?;
        (!may_hold_secret(text)).then(|| text.clone())
    }

    fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    fn find(&self, section: &str, option: &str) -> Option<&RawOption> {
        if section == DEFAULT_SECTION {
            return self.defaults.get(option);
        }
        self.section(section)?.get(option).or_else(|| self.defaults.get(option))
    }
}

impl Section {
    fn get(&self, option: &str) -> Option<&RawOption> {
        self.index.get(option).and_then(|at| self.options.get(*at))
    }
}

#[cfg(test)]
mod tests;
