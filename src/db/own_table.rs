//! A table of limbeck's own: where it was configured, and where it was found.

use limbeck_schema::Dialect;

use super::table_name::TableName;

/// A table that limbeck keeps, in a database of one dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnTable {
    pub(super) dialect: Dialect,
    /// As configured: what messages say.
    pub(super) name: TableName,
    /// As found, as complete as it is known: what statements say.
    pub(super) place: TableName,
}

impl OwnTable {
    /// The table `name`, not looked for yet.
    pub(super) fn new(dialect: Dialect, name: TableName) -> Self {
        OwnTable { dialect, place: name.clone(), name }
    }

    /// The same table, known to be in `schema`.
    pub(super) fn found_in(&self, schema: String) -> Self {
        let place = TableName { schema: Some(schema), name: self.name.name.clone() };
        OwnTable { place, ..self.clone() }
    }

    /// The table in a statement.
    pub(super) fn sql(&self) -> String {
        self.place.sql(self.dialect)
    }
}
