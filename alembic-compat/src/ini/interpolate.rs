//! `%(name)s` and `%%` in values: Python's `BasicInterpolation`.

use super::Environment;
use super::Ini;
use super::IniError;
use super::IniErrorKind;
use super::RawOption;
use super::shown_name;
use crate::secrets::may_hold_secret;

/// How deep names may refer to names; as in Python.
const MAX_DEPTH: usize = 10;

/// How many names one value may refer to in all. Python has no such limit, and a small file can
/// keep it busy for ever.
const MAX_REFERENCES: usize = 10_000;

/// A part of a value.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Fragment {
    pub(crate) text: String,
    /// The environment gave it, so nothing in it has a meaning.
    pub(crate) from_environment: bool,
}

struct Interpolation<'a> {
    ini: &'a Ini,
    section: &'a str,
    /// The option that was asked for.
    option: &'a RawOption,
    environment: Environment<'a>,
    fragments: Vec<Fragment>,
    references: usize,
}

/// The value of `option`, in parts.
pub(super) fn interpolate(
    ini: &Ini,
    section: &str,
    option: &RawOption,
    environment: Environment<'_>,
) -> Result<Vec<Fragment>, IniError> {
    let fragments = Vec::new();
    let mut work = Interpolation { ini, section, option, environment, fragments, references: 0 };
    work.expand(option, 1)?;
    Ok(work.fragments)
}

impl Interpolation<'_> {
    fn expand(&mut self, option: &RawOption, depth: usize) -> Result<(), IniError> {
        let depth_exceeded = |section, option| IniErrorKind::Depth { section, option };
        if depth > MAX_DEPTH {
            return Err(self.fail(depth_exceeded, option, 0));
        }
        let mut rest = option.value.as_str();
        while let Some(at) = rest.find('%') {
            self.push(&rest[..at], false);
            let offset = option.value.len() - rest.len() + at;
            let after = &rest[at + 1..];
            if let Some(after) = after.strip_prefix('%') {
                self.push("%", false);
                rest = after;
                continue;
            }
            let Some(reference) = after.strip_prefix('(') else {
                let kind = |section, option| IniErrorKind::PercentSyntax { section, option };
                return Err(self.fail(kind, option, offset));
            };
            let found = reference.split_once(')').and_then(|(name, after)| {
                let after = after.strip_prefix('s')?;
                (!name.is_empty()).then_some((name, after))
            });
            let Some((name, after)) = found else {
                let kind = |section, option| IniErrorKind::BadReference { section, option };
                return Err(self.fail(kind, option, offset));
            };
            self.references += 1;
            if self.references > MAX_REFERENCES {
                return Err(self.fail(depth_exceeded, option, offset));
            }
            self.reference(name, option, offset, depth)?;
            rest = after;
        }
        self.push(rest, false);
        Ok(())
    }

    /// Puts in what `name` stands for.
    fn reference(
        &mut self,
        name: &str,
        option: &RawOption,
        offset: usize,
        depth: usize,
    ) -> Result<(), IniError> {
        let ini = self.ini;
        let lower = name.to_lowercase();
        if let Some(found) = ini.find(self.section, &lower) {
            if !found.value.contains('%') {
                self.push(&found.value, false);
                return Ok(());
            }
            return self.expand(found, depth + 1);
        }
        if lower == "here"
            && let Some(here) = &ini.here
        {
            self.push(here, false);
            return Ok(());
        }
        // configparser lower-cases the name, so files write both `%(DB_USER)s` and `%(db_user)s`.
        let environment = self.environment;
        if let Some(text) = environment(name).or_else(|| environment(&name.to_uppercase())) {
            self.push(&text, true);
            return Ok(());
        }
        let kind = IniErrorKind::UnknownVariable {
            section: shown_name(self.section).to_owned(),
            option: shown_name(&self.option.name).to_owned(),
            variable: shown_name(name).to_owned(),
        };
        Err(self.error(kind, option, offset))
    }

    fn push(&mut self, text: &str, from_environment: bool) {
        match self.fragments.last_mut() {
            Some(last) if last.from_environment == from_environment => last.text.push_str(text),
            _ => self.fragments.push(Fragment { text: text.to_owned(), from_environment }),
        }
    }

    /// An error that names the option that was asked for, at a byte of an option's value.
    fn fail(
        &self,
        kind: fn(String, String) -> IniErrorKind,
        option: &RawOption,
        offset: usize,
    ) -> IniError {
        let section = shown_name(self.section).to_owned();
        self.error(kind(section, shown_name(&self.option.name).to_owned()), option, offset)
    }

    /// An error at a byte of an option's value.
    fn error(&self, kind: IniErrorKind, option: &RawOption, offset: usize) -> IniError {
        let before = &option.value[..offset];
        let last_line = before.rsplit('\n').next().unwrap_or(before);
        let start = option.starts.get(before.matches('\n').count());
        let line = start.map_or(option.line, |start| start.line);
        let column = start.map_or(1, |start| start.column) + last_line.chars().count();
        // One line of a value may be harmless to look at and yet be a part of a password.
        let secret = [&option.name, &option.value, &self.option.name, &self.option.value]
            .into_iter()
            .any(|text| may_hold_secret(text));
        let source_line = if secret { None } else { self.ini.source_line(line) };
        IniError { kind, line, column, source_line }
    }
}
