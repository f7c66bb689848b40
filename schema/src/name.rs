//! Names of constraints and indexes, which a naming convention may give or change.

/// The name of a constraint, an index or a type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Name {
    /// None: a naming convention gives one where it can.
    #[default]
    None,
    /// Given; a convention with `%(constraint_name)s` is still applied to it.
    Given(String),
    /// Final (`op.f`, `conv`): no convention is applied. It is cut if it is too long.
    Final(String),
}

impl Name {
    /// The name as text, if there is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Name::None => None,
            Name::Given(name) | Name::Final(name) => Some(name),
        }
    }

    /// `op.f(name)`.
    pub fn conv(name: impl Into<String>) -> Self {
        Name::Final(name.into())
    }

    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        *self == Name::None
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Name::Given(name.to_owned())
    }
}

impl From<String> for Name {
    fn from(name: String) -> Self {
        Name::Given(name)
    }
}

impl From<Option<&str>> for Name {
    fn from(name: Option<&str>) -> Self {
        name.map_or(Name::None, Name::from)
    }
}
