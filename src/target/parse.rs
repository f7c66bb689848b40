//! The target language: text to value.

use std::fmt;
use std::str::FromStr;

/// What was typed, understood but not yet looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The text as typed.
    text: String,
    /// What stands before `@`.
    pub branch: Option<Branch>,
    /// What stands after it.
    pub kind: TargetKind,
}

/// The word before `@`: a branch label, or any id (or beginning of one) in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch(String);

impl Branch {
    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The two kinds of targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetKind {
    /// `head`, `a1b2c3`, `base`: a place in the graph.
    Absolute(Symbol),
    /// `+2`, `-1`, `a1b2c3+1`, `head-2`: so many steps from a place, or from where the database
    /// is.
    Relative {
        /// Where to start; `None` for where the database is.
        anchor: Option<Symbol>,
        /// The sign as written (`+0` and `-0` differ in Alembic).
        upwards: bool,
        /// How many steps.
        steps: u32,
    },
}

/// A place in the graph, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Symbol {
    /// `head`: the one head.
    Head,
    /// `heads`: all heads.
    Heads,
    /// `base`: before the first revision.
    Base,
    /// `current`: where the database is.
    Current,
    /// An id, the beginning of one, or a branch label.
    Name(String),
}

impl Symbol {
    fn from_word(word: &str) -> Self {
        match word {
            "head" => Symbol::Head,
            "heads" => Symbol::Heads,
            "base" => Symbol::Base,
            "current" => Symbol::Current,
            name => Symbol::Name(name.to_owned()),
        }
    }

    /// The word as typed.
    pub fn as_str(&self) -> &str {
        match self {
            Symbol::Head => "head",
            Symbol::Heads => "heads",
            Symbol::Base => "base",
            Symbol::Current => "current",
            Symbol::Name(name) => name,
        }
    }
}

/// Why a text is no target. Columns are 1-based and count characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseTargetError {
    /// Nothing was given, or nothing after `@`.
    #[error("'{text}' names no revision")]
    Empty {
        /// The text.
        text: String,
    },
    /// A range where one revision is wanted.
    #[error("Range revision not allowed")]
    Range {
        /// The text.
        text: String,
    },
    /// More than a number after the sign.
    #[error("'{text}' has unexpected text after the number, at column {column}")]
    TrailingText {
        /// The text.
        text: String,
        /// Where it begins.
        column: usize,
    },
    /// A number of steps that no history has.
    #[error("'{text}' asks for more steps than any history has")]
    TooManySteps {
        /// The text.
        text: String,
    },
    /// A range without exactly one colon.
    #[error("History range requires [start]:[end], [start]:, or :[end]")]
    NotARange {
        /// The text.
        text: String,
    },
}

impl FromStr for Target {
    type Err = ParseTargetError;

    fn from_str(text: &str) -> Result<Self, ParseTargetError> {
        if text.contains(':') {
            return Err(ParseTargetError::Range { text: text.to_owned() });
        }
        let (branch, place) = match text.split_once('@') {
            Some((branch, place)) => (branch, place),
            None => ("", text),
        };
        if place.is_empty() {
            return Err(ParseTargetError::Empty { text: text.to_owned() });
        }
        // `@head` is `head`, as in Alembic.
        let branch = (!branch.is_empty()).then(|| Branch(branch.to_owned()));
        Ok(Target { text: text.to_owned(), branch, kind: parse_kind(text, place)? })
    }
}

/// Reads `place`, the part of `text` after `@`.
fn parse_kind(text: &str, place: &str) -> Result<TargetKind, ParseTargetError> {
    let absolute = || Ok(TargetKind::Absolute(Symbol::from_word(place)));
    let word_end = place.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(place.len());
    let (word, rest) = place.split_at(word_end);
    let Some((sign, digits)) = rest
        .strip_prefix('+')
        .map(|digits| (true, digits))
        .or_else(|| rest.strip_prefix('-').map(|digits| (false, digits)))
    else {
        return absolute();
    };
    let number_end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let (number, trailing) = digits.split_at(number_end);
    if number.is_empty() {
        return absolute();
    }
    if !trailing.is_empty() {
        let column = text[..text.len() - trailing.len()].chars().count() + 1;
        return Err(ParseTargetError::TrailingText { text: text.to_owned(), column });
    }
    let steps =
        number.parse().map_err(|_| ParseTargetError::TooManySteps { text: text.to_owned() })?;
    let anchor = (!word.is_empty()).then(|| Symbol::from_word(word));
    Ok(TargetKind::Relative { anchor, upwards: sign, steps })
}

impl Target {
    /// The text as typed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text after `@`, which is what Alembic's messages quote.
    pub fn place(&self) -> &str {
        self.text.split_once('@').map_or(self.text.as_str(), |(_, place)| place)
    }

    /// The target `heads`: everything there is.
    pub fn heads() -> Self {
        Target { text: "heads".to_owned(), branch: None, kind: TargetKind::Absolute(Symbol::Heads) }
    }

    /// The target `base`.
    pub fn base() -> Self {
        Target { text: "base".to_owned(), branch: None, kind: TargetKind::Absolute(Symbol::Base) }
    }

    /// Whether this is `-N` or `label@-N`, which without rows counts from the heads.
    pub(crate) fn is_below_heads(&self) -> bool {
        matches!(self.kind, TargetKind::Relative { anchor: None, upwards: false, .. })
    }

    /// Whether this is the word `current` alone.
    pub fn is_current(&self) -> bool {
        self.branch.is_none() && self.kind == TargetKind::Absolute(Symbol::Current)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Two targets around a colon: `start:end`, `start:`, `:end`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetRange {
    /// Where the range begins; `None` for the base.
    pub start: Option<Target>,
    /// Where it ends; `None` for the heads.
    pub end: Option<Target>,
}

impl FromStr for TargetRange {
    type Err = ParseTargetError;

    fn from_str(text: &str) -> Result<Self, ParseTargetError> {
        let not_a_range = || ParseTargetError::NotARange { text: text.to_owned() };
        let (start, end) = text.trim().split_once(':').ok_or_else(not_a_range)?;
        if end.contains(':') {
            return Err(not_a_range());
        }
        let side = |text: &str| match text {
            "" => Ok(None),
            text => text.parse().map(Some),
        };
        Ok(TargetRange { start: side(start)?, end: side(end)? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kind(text: &str) -> TargetKind {
        text.parse::<Target>().unwrap().kind
    }

    fn relative(anchor: Option<&str>, upwards: bool, steps: u32) -> TargetKind {
        TargetKind::Relative { anchor: anchor.map(Symbol::from_word), upwards, steps }
    }

    #[test]
    fn every_form_of_the_reference() {
        for (text, branch, expected) in [
            ("head", None, TargetKind::Absolute(Symbol::Head)),
            ("heads", None, TargetKind::Absolute(Symbol::Heads)),
            ("base", None, TargetKind::Absolute(Symbol::Base)),
            ("current", None, TargetKind::Absolute(Symbol::Current)),
            ("@head", None, TargetKind::Absolute(Symbol::Head)),
            ("lib@head", Some("lib"), TargetKind::Absolute(Symbol::Head)),
            ("my-lib@heads", Some("my-lib"), TargetKind::Absolute(Symbol::Heads)),
            ("a1b2", None, TargetKind::Absolute(Symbol::Name("a1b2".to_owned()))),
            ("my-lib", None, TargetKind::Absolute(Symbol::Name("my-lib".to_owned()))),
            ("+1", None, relative(None, true, 1)),
            ("-12", None, relative(None, false, 12)),
            ("lib@-1", Some("lib"), relative(None, false, 1)),
            ("a1+2", None, relative(Some("a1"), true, 2)),
            ("head-2", None, relative(Some("head"), false, 2)),
            ("lib@base+2", Some("lib"), relative(Some("base"), true, 2)),
            ("x@y@head", Some("x"), TargetKind::Absolute(Symbol::Name("y@head".to_owned()))),
        ] {
            let target: Target = text.parse().unwrap();
            assert_eq!(target.branch.as_ref().map(Branch::as_str), branch, "{text}");
            assert_eq!(target.kind, expected, "{text}");
        }
    }

    #[test]
    fn what_alembic_lets_pass_or_crashes_on_is_refused_with_the_place() {
        let error = |text: &str| text.parse::<Target>().unwrap_err().to_string();
        assert_eq!(
            error("é@+1garbage"),
            "'é@+1garbage' has unexpected text after the number, at column 5"
        );
        assert_eq!(error(""), "'' names no revision");
        assert_eq!(error("lib@"), "'lib@' names no revision");
        assert_eq!(error("a:b"), "Range revision not allowed");
        assert_eq!(
            error("+99999999999"),
            "'+99999999999' asks for more steps than any history has"
        );
    }

    #[test]
    fn ranges() {
        let range: TargetRange = "-3:current".parse().unwrap();
        assert_eq!(range.start.unwrap().kind, kind("-3"));
        assert!(range.end.unwrap().is_current());
        assert_eq!(":".parse(), Ok(TargetRange { start: None, end: None }));
        for text in ["abc", "a:b:c"] {
            assert_eq!(
                text.parse::<TargetRange>().unwrap_err().to_string(),
                "History range requires [start]:[end], [start]:, or :[end]"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in any::<String>()) {
            if let Ok(target) = text.parse::<Target>() {
                prop_assert_eq!(target.as_str(), text.as_str());
            }
            let _range: Result<TargetRange, _> = text.parse();
        }

        /// Every piece of the language in any order: what is read is refused or kept, and a range
        /// of two targets has those two as its ends.
        #[test]
        fn pieces_in_any_order_are_parsed_or_refused(
            mut pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "head", "heads", "base", "current", "@", "+", "-", ":", "0", "1", "007", "4294967296", "a1b2c3",
                    "my-lib", " ", "\t", "\n", "\0", "é", "e\u{301}", "\u{1d7d9}", "٣", "\u{200b}", "\u{feff}", ".", ",",
                    "/", "~", "_", "%", "'", "--", "HEAD",
                ]),
                0..9,
            ),
            cut: prop::sample::Index,
        ) {
            let end = pieces.split_off(cut.index(pieces.len() + 1)).concat();
            let text = pieces.concat();
            // A range is read without the blanks around it.
            let (text, end) = (text.trim_start(), end.trim_end());
            let (start_target, end_target) = (text.parse::<Target>(), end.parse::<Target>());
            if let Ok(target) = &start_target {
                prop_assert_eq!(target.as_str(), text);
                prop_assert_eq!(target.to_string().parse(), Ok(target.clone()));
            }
            if let (Ok(start), Ok(end_target)) = (start_target, end_target) {
                let range: TargetRange = format!("{text}:{end}").parse().unwrap();
                prop_assert_eq!(range, TargetRange { start: Some(start), end: Some(end_target) });
            }
            if let Err(error) = format!("{text}:{end}").parse::<TargetRange>() {
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
