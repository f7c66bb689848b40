//! What a statement leaves behind, as values.

use super::alone::RelationName;
use super::lookup::Lookup;

/// What a statement leaves behind in the catalog: how to find out, after a crash, whether it was
/// run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// It creates this object, which was not there before: present means done.
    Creates(CatalogObject),
    /// It removes this object, which was there before: absent means done.
    Drops(CatalogObject),
    /// It leaves all of these traces, or none (MySQL).
    Traces(Vec<Trace>),
    /// It creates this table and fills it (MySQL): absent means not done, but present tells
    /// nothing of its rows.
    Fills(CatalogObject),
    /// It takes a partition from its table (PostgreSQL).
    Detaches {
        /// The partitioned table.
        parent: RelationName,
        /// The partition.
        partition: RelationName,
    },
    /// It can be run again, whether or not it was.
    Repeatable,
    /// The catalog does not tell.
    Unknown,
}

impl Effect {
    /// The same effect, told from where names without a schema lead to a session in which nothing
    /// has changed that.
    pub fn seen_from_outside(self, lookup: &Lookup) -> Effect {
        let is_certain = self.objects().iter().all(|object| object.says_where());
        let database = match lookup {
            _ if is_certain => return self,
            Lookup::Unknown => return Effect::Unknown,
            Lookup::Database(database) => database,
        };
        let within = |object: CatalogObject| match object.says_where() {
            true => object,
            false => CatalogObject { schema: Some(database.clone()), ..object },
        };
        match self {
            Effect::Creates(object) => Effect::Creates(within(object)),
            Effect::Drops(object) => Effect::Drops(within(object)),
            Effect::Fills(object) => Effect::Fills(within(object)),
            Effect::Traces(traces) => {
                let within = |trace| match trace {
                    Trace::Creates(object) => Trace::Creates(within(object)),
                    Trace::Drops(object) => Trace::Drops(within(object)),
                };
                Effect::Traces(traces.into_iter().map(within).collect())
            }
            // Only PostgreSQL has it, where names lead to schemas.
            Effect::Detaches { .. } | Effect::Repeatable | Effect::Unknown => self,
        }
    }

    fn objects(&self) -> Vec<&CatalogObject> {
        match self {
            Effect::Creates(object) | Effect::Drops(object) | Effect::Fills(object) => vec![object],
            Effect::Traces(traces) => traces.iter().map(Trace::object).collect(),
            Effect::Detaches { .. } | Effect::Repeatable | Effect::Unknown => Vec::new(),
        }
    }
}

/// One of several traces of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trace {
    /// This object, which was not there before.
    Creates(CatalogObject),
    /// The absence of this object, which was there before.
    Drops(CatalogObject),
}

impl Trace {
    /// The object that tells.
    pub fn object(&self) -> &CatalogObject {
        match self {
            Trace::Creates(object) | Trace::Drops(object) => object,
        }
    }
}

/// An object in the catalog, named as a statement names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogObject {
    /// What it is.
    pub kind: ObjectKind,
    /// Its schema (for columns, that of their table), where the statement names one.
    pub schema: Option<String>,
    /// The table it belongs to: always for columns and constraints; for indexes and triggers where the statement
    /// names it.
    pub table: Option<String>,
    /// Its name, unquoted. On PostgreSQL as the catalog has it: an unquoted name in lower case.
    pub name: String,
}

impl CatalogObject {
    /// Whether it is the same object wherever names without a schema lead.
    pub fn says_where(&self) -> bool {
        self.schema.is_some() || self.kind == ObjectKind::Schema
    }
}

/// Kinds of objects that can be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectKind {
    /// A table.
    Table,
    /// A view or materialised view.
    View,
    /// An index.
    Index,
    /// A column of a table.
    Column,
    /// A sequence.
    Sequence,
    /// A schema.
    Schema,
    /// A type (PostgreSQL).
    Type,
    /// A trigger.
    Trigger,
    /// A constraint of a table whose type is not said (MySQL): it may be any of the following, or
    /// a primary key.
    Constraint,
    /// A foreign key (MySQL).
    ForeignKey,
    /// A check (MySQL).
    Check,
    /// A unique key that is a constraint (MySQL).
    Unique,
    /// A stored procedure (MySQL).
    Procedure,
    /// A stored function (MySQL).
    Function,
    /// A scheduled event (MySQL).
    Event,
}

impl ObjectKind {
    /// Whether what one statement calls by this kind may be what another calls by the `other`.
    pub fn may_be(self, other: ObjectKind) -> bool {
        use ObjectKind::Check;
        use ObjectKind::Constraint;
        use ObjectKind::ForeignKey;
        use ObjectKind::Index;
        use ObjectKind::Unique;
        let kinds = (self.min(other), self.max(other));
        // The declared order.
        let is_constraint =
            matches!(kinds, (Index, Constraint) | (Constraint, ForeignKey | Check | Unique));
        self == other || is_constraint || kinds == (Index, Unique)
    }
}
