//! Names that are made up while a statement is written (`count_1`, `anon_2`).

use std::sync::Arc;

use crate::expr::Expr;

/// What makes an alias, a parameter or another nameless thing itself and no other: every new one
/// is different from all others, and a clone is the same.
#[derive(Debug, Clone, Default)]
pub struct Identity(Arc<u8>);

impl Identity {
    /// A new one.
    pub fn new() -> Identity {
        Identity::default()
    }

    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Identity {}

/// A name: given, or made up from a word and a number when the statement is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// A name as it is; `cut` says that it is shortened where it is too long for the database.
    Plain {
        /// The name.
        name: String,
        /// Whether it may be shortened.
        cut: bool,
    },
    /// A word and the number of its appearance, for one thing.
    Anonymous {
        /// The word.
        seed: String,
        /// Whose name it is.
        of: Owner,
    },
    /// A made-up name with another number behind it.
    Again {
        /// The name.
        name: Box<Name>,
        /// Whose it is.
        of: Owner,
    },
}

/// The thing that a made-up name belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// Something with an identity of its own.
    Identity(Identity),
    /// An expression, and a number that tells its repetitions apart (0 for itself).
    Expr(Expr, u32),
    /// All things of this name.
    Word(String),
}

/// An [`Owner`] as a key.
pub(crate) type OwnerKey = (usize, String, u32);

impl Owner {
    pub(crate) fn key(&self) -> OwnerKey {
        match self {
            Owner::Word(word) => (0, word.clone(), 0),
            Owner::Identity(identity) => (identity.address(), String::new(), 0),
            Owner::Expr(expr, again) => {
                let (address, name) = expr.identity();
                (address, name, *again)
            }
        }
    }
}

impl Name {
    /// A name as it is.
    pub fn plain(name: impl Into<String>) -> Name {
        Name::Plain { name: name.into(), cut: false }
    }

    /// The name if it is given.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Name::Plain { name, .. } => Some(name),
            _ => None,
        }
    }

    /// A word and the number of its appearance. SQLAlchemy replaces what would disturb Python's
    /// formatting.
    pub(crate) fn anonymous(seed: &str, of: Owner) -> Name {
        let mut clean = String::with_capacity(seed.len());
        let is_special = |c: char| matches!(c, '%' | '(' | ')' | ' ' | '$');
        let mut was_special = false;
        for c in seed.chars() {
            if !is_special(c) {
                clean.push(c);
            } else if !was_special {
                clean.push('_');
            }
            was_special = is_special(c);
        }
        Name::Anonymous { seed: clean, of }
    }
}
