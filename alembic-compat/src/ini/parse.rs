//! From text to sections and options.

use super::DEFAULT_SECTION;
use super::Ini;
use super::IniError;
use super::IniErrorKind;
use super::RawOption;
use super::Section;
use super::Start;
use super::shown_name;
use crate::secrets::may_hold_secret;

/// Where options go.
#[derive(Clone, Copy)]
enum Current {
    Defaults,
    Section(usize),
}

/// The state while the lines go by.
struct Parser {
    sections: Vec<Section>,
    defaults: Section,
    current: Option<Current>,
    /// Whether the last option can be continued. A section header, and an option without a name,
    /// cannot.
    open_option: Option<usize>,
    /// The indentation of the line that began the last option or section.
    indent: usize,
    /// The first line that is no option, and the numbers of the others. Python reads on to the end
    /// before it says so; an error further down wins.
    bad_line: Option<IniError>,
    bad_lines: Vec<usize>,
}

pub(super) fn parse(text: &str) -> Result<Ini, IniError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = split_lines(text);
    let mut parser = Parser {
        sections: Vec::new(),
        defaults: Section { name: DEFAULT_SECTION.to_owned(), ..Section::default() },
        current: None,
        open_option: None,
        indent: 0,
        bad_line: None,
        bad_lines: Vec::new(),
    };
    for (number, line) in (1..).zip(&lines) {
        parser.line(number, line)?;
    }
    if let Some(mut error) = parser.bad_line {
        error.kind = IniErrorKind::NotAnOption { other_lines: parser.bad_lines };
        return Err(error);
    }
    for section in parser.sections.iter_mut().chain([&mut parser.defaults]) {
        for option in &mut section.options {
            option.value.truncate(option.value.trim_end_matches(is_space).len());
        }
    }
    Ok(Ini {
        sections: parser.sections,
        defaults: parser.defaults,
        here: None,
        lines: lines.into_iter().map(str::to_owned).collect(),
    })
}

impl Parser {
    fn line(&mut self, number: usize, line: &str) -> Result<(), IniError> {
        let value = strip(line);
        if value.starts_with(['#', ';']) {
            return Ok(());
        }
        if value.is_empty() {
            if let Some(option) = self.continued() {
                option.push(number, 1, "");
            }
            return Ok(());
        }
        let indent = line.chars().take_while(|c| is_space(*c)).count();
        if indent > self.indent
            && let Some(option) = self.continued()
        {
            option.push(number, indent + 1, value);
            return Ok(());
        }
        self.indent = indent;
        if let Some(name) = section_header(value) {
            return self.begin_section(number, indent, line, name);
        }
        let Some(current) = self.current else {
            return Err(error(IniErrorKind::MissingSectionHeader, number, indent, line));
        };
        let Some((name, text)) = value.split_once(['=', ':']) else {
            self.not_an_option(number, indent, line);
            return Ok(());
        };
        let name = name.trim_end_matches(is_space);
        if name.is_empty() {
            self.not_an_option(number, indent, line);
        }
        let text = strip(text);
        // `value` ends in `text`, so the characters before it give the column.
        let column = indent + 1 + value[..value.len() - text.len()].chars().count();
        self.add_option(current, number, indent, line, &name.to_lowercase(), (text, column))
    }

    fn begin_section(
        &mut self,
        number: usize,
        indent: usize,
        line: &str,
        name: &str,
    ) -> Result<(), IniError> {
        self.open_option = None;
        if name == DEFAULT_SECTION {
            self.current = Some(Current::Defaults);
            return Ok(());
        }
        if let Some(first) = self.sections.iter().find(|section| section.name == name) {
            let kind = IniErrorKind::DuplicateSection {
                section: shown_name(name).to_owned(),
                first_line: first.line,
            };
            return Err(error(kind, number, indent, line));
        }
        let section = Section { name: name.to_owned(), line: number, ..Section::default() };
        self.sections.push(section);
        self.current = Some(Current::Section(self.sections.len() - 1));
        Ok(())
    }

    fn add_option(
        &mut self,
        current: Current,
        number: usize,
        indent: usize,
        line: &str,
        name: &str,
        (text, column): (&str, usize),
    ) -> Result<(), IniError> {
        let Some(section) = self.section_mut(current) else { return Ok(()) };
        if let Some(first) = section.get(name) {
            let kind = IniErrorKind::DuplicateOption {
                section: shown_name(&section.name).to_owned(),
                option: shown_name(name).to_owned(),
                first_line: first.line,
            };
            return Err(error(kind, number, indent, line));
        }
        let at = section.options.len();
        section.index.insert(name.to_owned(), at);
        section.options.push(RawOption {
            name: name.to_owned(),
            line: number,
            value: text.to_owned(),
            starts: vec![Start { line: number, column }],
        });
        self.open_option = (!name.is_empty()).then_some(at);
        Ok(())
    }

    fn not_an_option(&mut self, number: usize, indent: usize, line: &str) {
        if self.bad_line.is_some() {
            self.bad_lines.push(number);
            return;
        }
        let kind = IniErrorKind::NotAnOption { other_lines: Vec::new() };
        let mut error = error(kind, number, indent, line);
        // The line may be the rest of a password that was broken over two lines.
        if self.continued().is_some_and(|option| {
            may_hold_secret(&option.name)
                || option.name.contains("url")
                || may_hold_secret(&option.value)
        }) {
            error.source_line = None;
        }
        self.bad_line = Some(error);
    }

    /// The option that an indented or empty line belongs to.
    fn continued(&mut self) -> Option<&mut RawOption> {
        let (current, at) = (self.current?, self.open_option?);
        self.section_mut(current)?.options.get_mut(at)
    }

    fn section_mut(&mut self, current: Current) -> Option<&mut Section> {
        match current {
            Current::Defaults => Some(&mut self.defaults),
            Current::Section(at) => self.sections.get_mut(at),
        }
    }
}

impl RawOption {
    fn push(&mut self, line: usize, column: usize, text: &str) {
        self.value.push('\n');
        self.value.push_str(text);
        self.starts.push(Start { line, column });
    }
}

fn error(kind: IniErrorKind, number: usize, indent: usize, line: &str) -> IniError {
    let source_line = (!may_hold_secret(line)).then(|| line.to_owned());
    IniError { kind, line: number, column: indent + 1, source_line }
}

/// The name in `[name]`: everything up to the last `]`, and what follows is ignored.
fn section_header(value: &str) -> Option<&str> {
    let inner = value.strip_prefix('[')?;
    let end = inner.rfind(']')?;
    (end > 0).then(|| &inner[..end])
}

/// Lines as Python's text files have them: ended by `\n`, `\r\n` or `\r`, and by nothing else.
fn split_lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        match rest.find(['\n', '\r']) {
            None => {
                lines.push(rest);
                rest = "";
            }
            Some(at) => {
                lines.push(&rest[..at]);
                let end = if rest[at..].starts_with("\r\n") { at + 2 } else { at + 1 };
                rest = &rest[end..];
            }
        }
    }
    lines
}

/// White space as Python's `str.isspace` has it: Unicode's, and four separators of ASCII.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// As Python's `str.strip`.
pub(crate) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}
