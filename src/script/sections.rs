//! The sections of a revision file: `--- upgrade`, `--- downgrade`, `--- verify`, each perhaps for
//! one dialect.
//!
//! A section line begins in the first column and stands alone on its line. It counts only outside
//! of strings and comments. Where these end depends on the database (see [`super::quoting`]), and
//! a section without a dialect is for all of them: if they disagree about a section line, the
//! file is refused rather than guessed at, since a wrong guess would run the downgrade as part of
//! the upgrade. The way out is to name the dialect.

use limbeck_schema::Dialect;

use super::error::SyntaxErrorKind;
use super::quoting;
use super::quoting::Quoting;
use super::revision_file::Direction;
use super::source::Fault;

/// A section, as a part of the file's text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RawSection<'a> {
    pub(super) direction: Direction,
    pub(super) dialect: Option<Dialect>,
    /// The line of the section line, from 1; the text begins in the next one.
    pub(super) line: usize,
    pub(super) text: &'a str,
}

/// Finds the sections in `text` from byte `start`, which is in line `line`.
pub(super) fn split(text: &str, start: usize, line: usize) -> Result<Vec<RawSection<'_>>, Fault> {
    let mut sections: Vec<RawSection<'_>> = Vec::new();
    // Where the text of the last section begins.
    let mut text_start = start;
    let mut inside = Inside::new(None);
    let mut offset = start;
    for (number, content) in (line..).zip(text[start..].split_inclusive('\n')) {
        // Where strings end only matters as long as section lines may follow: in most files this
        // leaves out the last section.
        if text_start == offset && !sections.is_empty() && !may_have_headings(&text[offset..]) {
            break;
        }
        let heading = match content.strip_prefix("---") {
            Some(rest) => inside.heading(rest, offset, number, &sections)?,
            None => None,
        };
        if let Some(heading) = heading {
            if let Some(last) = sections.last_mut() {
                last.text = &text[text_start..offset];
            }
            if let Some(first) = sections.iter().find(|section| section.heading() == heading) {
                let kind = SyntaxErrorKind::DuplicateSection {
                    section: heading_text(heading.0, heading.1),
                    first: first.line,
                };
                return Err(Fault::new(offset, kind));
            }
            let (direction, dialect) = heading;
            sections.push(RawSection { direction, dialect, line: number, text: "" });
            text_start = offset + content.len();
            inside = Inside::new(dialect);
        } else if !sections.is_empty() {
            inside.read_line(content, offset);
        } else if let Some(code) = inside.find_code(content, offset) {
            return Err(Fault::new(offset + code, SyntaxErrorKind::TextBeforeSection));
        }
        offset += content.len();
    }
    inside.finish()?;
    if let Some(last) = sections.last_mut() {
        last.text = &text[text_start..];
    }
    if !sections.iter().any(|section| section.direction == Direction::Upgrade) {
        return Err(Fault::new(start, SyntaxErrorKind::MissingUpgrade));
    }
    Ok(sections)
}

/// Whether a line of the text begins with the three dashes of a section line.
fn may_have_headings(text: &str) -> bool {
    text.starts_with("---") || text.contains("\n---")
}

/// What a section line says.
type Heading = (Direction, Option<Dialect>);

impl RawSection<'_> {
    fn heading(&self) -> Heading {
        (self.direction, self.dialect)
    }
}

fn heading_text(direction: Direction, dialect: Option<Dialect>) -> String {
    match dialect {
        Some(dialect) => format!("{} {dialect}", direction.name()),
        None => direction.name().to_owned(),
    }
}

/// The text of one section (or that before the first), as each of its dialects reads it.
struct Inside<'a> {
    readers: Vec<Quoting<'a>>,
    /// Line and offset of the last section line that was inside a string or comment for every
    /// dialect.
    hidden: Option<(usize, usize)>,
}

impl<'a> Inside<'a> {
    fn new(dialect: Option<Dialect>) -> Self {
        let readers = match dialect {
            Some(dialect) => vec![Quoting::new(dialect)],
            None => Dialect::ALL.map(Quoting::new).into(),
        };
        Inside { readers, hidden: None }
    }

    fn is_plain(&self) -> bool {
        self.readers.iter().all(|reader| reader.opened_at().is_none())
    }

    /// What a line that begins with `---` says; `rest` is what follows the dashes.
    fn heading(
        &mut self,
        rest: &str,
        offset: usize,
        line: usize,
        sections: &[RawSection<'_>],
    ) -> Result<Option<Heading>, Fault> {
        let fault = |kind| Fault::new(offset, kind);
        if self.is_plain() {
            return parse_heading(rest, sections.is_empty()).map_err(fault);
        }
        if !matches!(parse_heading(rest, false), Ok(Some(_))) {
            return Ok(None);
        }
        let dialects = |open: bool| -> Vec<Dialect> {
            let readers = self.readers.iter();
            readers.filter(|r| r.opened_at().is_some() == open).map(Quoting::dialect).collect()
        };
        let outside = dialects(false);
        if let Some(example) = outside.first() {
            let Some(section) = sections.last() else {
                return Err(fault(SyntaxErrorKind::TextBeforeSection));
            };
            return Err(fault(SyntaxErrorKind::AmbiguousSection {
                opened_by: section.line,
                example: heading_text(section.direction, Some(*example)),
                inside: dialects(true),
                outside,
            }));
        }
        self.hidden = Some((line, offset));
        Ok(None)
    }

    /// Reads a line. `offset` is where it begins.
    fn read_line(&mut self, line: &'a str, offset: usize) {
        if self.is_plain() && quoting::stays_plain(line) {
            return;
        }
        for reader in &mut self.readers {
            reader.read_line(line, offset);
        }
    }

    /// Reads a line; says at which of its bytes there is more than white space and comments.
    fn find_code(&mut self, line: &'a str, offset: usize) -> Option<usize> {
        let found = self.readers.iter_mut().map(|reader| reader.read_line(line, offset));
        // All of them must read the line, whatever the first one says.
        found.fold(None, Option::or)
    }

    /// At the end of the file, a string that is still open and holds section lines was most
    /// likely meant to end before them.
    fn finish(&self) -> Result<(), Fault> {
        let Some((hidden, hidden_at)) = self.hidden else { return Ok(()) };
        let opened = self.readers.iter().filter_map(Quoting::opened_at);
        match opened.filter(|offset| *offset < hidden_at).min() {
            Some(offset) => Err(Fault::new(offset, SyntaxErrorKind::HiddenSection { hidden })),
            None => Ok(()),
        }
    }
}

/// The words of section lines, with how like one of them a word must be to be taken for a slip: there
/// are ordinary words beside `verify`.
const DIRECTIONS: [(&str, &str, f64); 3] = [
    ("upgrade", "--- upgrade", 0.8),
    ("downgrade", "--- downgrade", 0.8),
    ("verify", "--- verify", 0.9),
];

/// Reads what follows the dashes of a line. Where a section line is `expected` (before the first
/// one), no other words are let through; later, `--- text` is a comment unless the word is so near
/// to one of theirs that a slip is likelier.
fn parse_heading(rest: &str, expected: bool) -> Result<Option<Heading>, SyntaxErrorKind> {
    let text = rest.trim();
    let (word, after) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if word.is_empty() || word.starts_with('-') {
        return Ok(None);
    }
    let unknown = |nearest| SyntaxErrorKind::UnknownSection { word: text.to_owned(), nearest };
    let Some(direction) = Direction::from_name(word).filter(|_| is_spaced(rest, text)) else {
        let nearest = nearest_direction(word);
        return match nearest {
            Some(_) => Err(unknown(nearest)),
            None if expected => Err(unknown(None)),
            None => Ok(None),
        };
    };
    if after.is_empty() {
        return Ok(Some((direction, None)));
    }
    let word = after.trim_start();
    match Dialect::from_name(word) {
        Some(dialect) => Ok(Some((direction, Some(dialect)))),
        None => Err(SyntaxErrorKind::UnknownDialect {
            word: word.to_owned(),
            nearest: nearest(word, Dialect::ALL.iter().map(|dialect| dialect.name()), 0.8),
        }),
    }
}

/// Whether one space parts the dashes from the text.
fn is_spaced(rest: &str, text: &str) -> bool {
    rest.strip_prefix(' ').is_some_and(|after| after.starts_with(text))
}

/// The section line that a word was most likely meant for.
fn nearest_direction(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    match word.as_str() {
        // The words of other tools, too short to be near.
        "up" => Some("--- upgrade"),
        "down" => Some("--- downgrade"),
        _ => {
            let alike =
                DIRECTIONS.map(|(name, line, least)| (strsim::jaro(&word, name), line, least));
            let near = alike.into_iter().filter(|(likeness, _, least)| likeness > least);
            near.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, line, _)| line)
        }
    }
}

/// The candidate that is most like `word`, if it is like enough.
pub(super) fn nearest(
    word: &str,
    candidates: impl Iterator<Item = &'static str>,
    least: f64,
) -> Option<&'static str> {
    candidates
        .map(|candidate| (strsim::jaro(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > least)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each section as `direction [dialect] @line: text`.
    fn outline(text: &str) -> Vec<String> {
        let sections = split(text, 0, 1).unwrap_or_else(|fault| panic!("{fault:?}"));
        let show = |s: &RawSection<'_>| {
            format!("{} @{}: {:?}", heading_text(s.direction, s.dialect), s.line, s.text)
        };
        sections.iter().map(show).collect()
    }

    fn fault(text: &str) -> (usize, String) {
        let fault = split(text, 0, 1).unwrap_err();
        (fault.offset, fault.kind.to_string())
    }

    #[test]
    fn sections_keep_their_text_and_line() {
        assert_eq!(
            outline(
                "\n-- note\n--- upgrade\nA;\n\n--- downgrade postgres  \r\nB;\r\n--- upgrade mysql"
            ),
            [
                "upgrade @3: \"A;\\n\\n\"",
                "downgrade postgresql @6: \"B;\\r\\n\"",
                "upgrade mysql @8: \"\"",
            ]
        );
    }

    #[test]
    fn comments_with_three_dashes_are_comments() {
        let text = "--- upgrade\n--- very important\n--- verbs\n--- version 2\n--- update rows\n---\n------ upgrade\n --- upgrade\n---it\nA;\n";
        assert_eq!(outline(text).len(), 1);
        assert_eq!(outline("/* --- x\n--- upgrade\n*/\n-- no\n--- upgrade\n").len(), 1);
    }

    #[test]
    fn slips_are_refused_and_named() {
        for (line, message) in [
            (
                "--- downgarde",
                "'--- downgarde' begins no section, did you mean '--- downgrade'? (an ordinary comment begins with two dashes)",
            ),
            (
                "--- down",
                "'--- down' begins no section, did you mean '--- downgrade'? (an ordinary comment begins with two dashes)",
            ),
            (
                "--- Downgrade",
                "'--- Downgrade' begins no section, did you mean '--- downgrade'? (an ordinary comment begins with two dashes)",
            ),
            (
                "---downgrade",
                "'--- downgrade' begins no section, did you mean '--- downgrade'? (an ordinary comment begins with two dashes)",
            ),
            (
                "--- upgrade: x",
                "'--- upgrade: x' begins no section, did you mean '--- upgrade'? (an ordinary comment begins with two dashes)",
            ),
            (
                "--- verfy",
                "'--- verfy' begins no section, did you mean '--- verify'? (an ordinary comment begins with two dashes)",
            ),
            ("--- verify the rows", "'the rows' is no dialect (sqlite, postgresql, mysql)"),
            (
                "--- downgrade postgresq",
                "'postgresq' is no dialect (sqlite, postgresql, mysql), did you mean 'postgresql'?",
            ),
            ("--- downgrade oracle", "'oracle' is no dialect (sqlite, postgresql, mysql)"),
            (
                "--- downgrade mysql now",
                "'mysql now' is no dialect (sqlite, postgresql, mysql), did you mean 'mysql'?",
            ),
        ] {
            assert_eq!(fault(&format!("--- upgrade\nA;\n{line}\nB;\n")), (15, message.to_owned()));
        }
    }

    #[test]
    fn before_the_first_section_nothing_else_may_stand() {
        assert_eq!(
            fault("\n--- foo\n--- upgrade\n").1,
            "'--- foo' begins no section (an ordinary comment begins with two dashes)"
        );
        assert_eq!(fault("-- a\n  CREATE x;\n--- upgrade\n").0, 7);
        assert_eq!(fault("CREATE x;\n").1, "text before the first section line ('--- upgrade')");
        assert_eq!(fault("--- downgrade\nA;\n").1, "the file has no section '--- upgrade'");
        assert_eq!(fault("").1, "the file has no section '--- upgrade'");
    }

    #[test]
    fn a_section_is_given_once() {
        assert_eq!(
            fault("--- upgrade mysql\n--- upgrade\n--- upgrade mariadb\n"),
            (30, "a second section '--- upgrade mysql' (the first is in line 1)".to_owned())
        );
    }

    #[test]
    fn markers_in_strings_and_comments_are_text() {
        for body in [
            "SELECT '\n--- downgrade\n';\n",
            "/*\n--- downgrade\n*/\n",
            "SELECT \"\n--- downgrade\n\";\n",
        ] {
            assert_eq!(outline(&format!("--- upgrade\n{body}")).len(), 1, "{body}");
        }
        assert_eq!(outline("--- upgrade postgresql\nDO $$\n--- downgrade\n$$;\n").len(), 1);
        assert_eq!(outline("--- upgrade\nSELECT 'it''s'; -- it's\n--- downgrade\n").len(), 2);
        assert_eq!(outline("--- upgrade mysql\nSELECT 'it\\'s';\n--- downgrade\n").len(), 2);
    }

    #[test]
    fn a_marker_that_dialects_read_differently_is_refused() {
        let text = "\n--- upgrade\nSELECT 'it\\'s';\n--- downgrade\nSELECT 'x\\'s';\n";
        assert_eq!(
            fault(text),
            (
                text.find("--- d").unwrap(),
                "this line is inside a string or comment for sqlite and postgresql, but not for \
                 mysql (name the dialect in the section line 2, for example '--- upgrade mysql')"
                    .to_owned()
            )
        );
        assert!(fault("--- upgrade\nDO $$\n--- downgrade\n$$;\n").1.contains("but not for sqlite"));
    }

    #[test]
    fn only_the_string_that_hides_a_marker_is_blamed() {
        // The second string is open at the end for SQLite and PostgreSQL, and hides nothing.
        let text = "--- upgrade\nSELECT '\n--- downgrade\n', 'it\\'s';\n";
        assert_eq!(outline(text).len(), 1);
        assert_eq!(fault("/* /* */\n--- upgrade\n").0, 9);
    }

    #[test]
    fn a_string_that_never_ends_does_not_swallow_the_downgrade_in_silence() {
        let text = "--- upgrade\nSELECT 'a;\n--- downgrade\nB;\n";
        assert_eq!(
            fault(text),
            (
                19,
                "the string or comment that begins here is never closed, and hides line 3"
                    .to_owned()
            )
        );
    }
}
