//! Names of revisions and branches, checked once, at the edge.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Characters that the target language uses as operators, so no identifier may hold them
/// (Alembic: `_revision_illegal_chars`; section 2.4 of its reference).
const OPERATORS: [char; 4] = ['@', '-', '+', ':'];

/// Words that the target language reserves.
const RESERVED: [&str; 4] = ["head", "heads", "base", "current"];

/// The identifier of a revision, complete (never a prefix). Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RevisionId(Arc<str>);

/// A symbolic name of a branch. Ids and labels share one namespace. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BranchLabel(Arc<str>);

/// Why a text is no revision id or branch label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text is empty.
    #[error("{kind} is empty")]
    Empty {
        /// `revision identifier` or `branch label`.
        kind: &'static str,
    },
    /// The text holds characters that are operators of the target language.
    #[error("Character(s) '{}' not allowed in {kind} '{text}'", join_chars(.characters))]
    IllegalCharacters {
        /// `revision identifier` or `branch label`.
        kind: &'static str,
        /// The text as given.
        text: String,
        /// The offending characters, sorted, each once.
        characters: Vec<char>,
    },
    /// The text is a word of the target language.
    #[error("'{text}' is a reserved word and cannot be a {kind}")]
    Reserved {
        /// `revision identifier` or `branch label`.
        kind: &'static str,
        /// The text as given.
        text: String,
    },
}

fn join_chars(characters: &[char]) -> String {
    let texts: Vec<String> = characters.iter().map(|c| c.escape_debug().to_string()).collect();
    texts.join(", ")
}

fn check(kind: &'static str, text: &str, illegal: impl Fn(char) -> bool) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty { kind });
    }
    let mut characters: Vec<char> = text.chars().filter(|c| illegal(*c)).collect();
    if !characters.is_empty() {
        characters.sort_unstable();
        characters.dedup();
        return Err(NameError::IllegalCharacters { kind, text: text.to_owned(), characters });
    }
    if RESERVED.contains(&text) {
        return Err(NameError::Reserved { kind, text: text.to_owned() });
    }
    Ok(())
}

impl FromStr for RevisionId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        check("revision identifier", text, |c| OPERATORS.contains(&c) || c.is_control())?;
        Ok(RevisionId(text.into()))
    }
}

impl FromStr for BranchLabel {
    type Err = NameError;

    /// Labels may hold `-` (`my-branch@head` is unambiguous), but none of the other operators:
    /// such a label could never be used.
    fn from_str(text: &str) -> Result<Self, NameError> {
        check("branch label", text, |c| matches!(c, '@' | '+' | ':') || c.is_control())?;
        Ok(BranchLabel(text.into()))
    }
}

macro_rules! text_type {
    ($name:ident) => {
        impl $name {
            /// The text of the name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                // As checked as every other name: what is read from a file was not written by us.
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

text_type!(RevisionId);
text_type!(BranchLabel);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_holds_no_operator() {
        let error = "a-1+b-2".parse::<RevisionId>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "Character(s) '+, -' not allowed in revision identifier 'a-1+b-2'"
        );
        assert!("r1 .'x".parse::<RevisionId>().is_ok());
        assert!("".parse::<RevisionId>().is_err());
        assert!("a\nb".parse::<RevisionId>().is_err());
    }

    #[test]
    fn a_label_is_never_a_reserved_word() {
        assert!("my-branch".parse::<BranchLabel>().is_ok());
        for word in RESERVED {
            assert!(word.parse::<BranchLabel>().is_err(), "{word}");
        }
        assert!("x@y".parse::<BranchLabel>().is_err());
    }
}
