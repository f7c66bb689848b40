//! The writes to the version table as text, for somebody else to run: word by word what Alembic
//! prints in its offline mode, so that what reads one can read the other.

use limbeck_schema::Dialect;
use limbeck_schema::ReservedWords;
use limbeck_schema::quote_if_needed;
use limbeck_schema::quote_literal;

use super::table_name::TableName;
use crate::graph::HeadChange;
use crate::graph::RevisionId;

/// A version table that is written to as text. No statement has a terminator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionText {
    dialect: Dialect,
    /// The table as SQL.
    table: String,
    /// The name of its primary key as SQL.
    key: String,
    length: u16,
}

impl VersionText {
    /// The table `name` in a database of `dialect`, whose rows hold ids of up to `length`
    /// characters.
    pub fn new(dialect: Dialect, name: &TableName, length: u16) -> Self {
        let words = ReservedWords::from(dialect);
        let table = quote_if_needed(words, &name.name);
        let table = match &name.schema {
            Some(schema) => format!("{}.{table}", quote_if_needed(words, schema)),
            None => table,
        };
        let key = quote_if_needed(words, &format!("{}_pkc", name.name));
        VersionText { dialect, table, key, length }
    }

    /// The dialect of the text.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// How many characters of an id a row holds; `None` where the database does not mind.
    pub fn longest_id(&self) -> Option<usize> {
        match self.dialect {
            Dialect::Sqlite => None,
            Dialect::Postgresql | Dialect::Mysql => Some(usize::from(self.length)),
        }
    }

    /// The statement that creates the table.
    pub fn create(&self) -> String {
        create(&self.table, &self.key, self.length, false)
    }

    /// The statements of `change`, in its order.
    pub fn change(&self, change: &HeadChange) -> Vec<String> {
        let deleted = change.deleted.iter().map(|id| self.delete(id));
        let inserted = change.inserted.iter().map(|id| self.insert(id));
        let updated = change.updated.iter().map(|(from, to)| self.update(from, to));
        deleted.chain(inserted).chain(updated).collect()
    }

    fn insert(&self, id: &RevisionId) -> String {
        let table = &self.table;
        // SQLAlchemy asks for the primary key that it has just given, where it can.
        let returning = match self.dialect {
            Dialect::Sqlite => " RETURNING version_num".to_owned(),
            Dialect::Postgresql => format!(" RETURNING {table}.version_num"),
            Dialect::Mysql => String::new(),
        };
        format!("INSERT INTO {table} (version_num) VALUES ({}){returning}", self.literal(id))
    }

    fn update(&self, from: &RevisionId, to: &RevisionId) -> String {
        let (table, from, to) = (&self.table, self.literal(from), self.literal(to));
        format!("UPDATE {table} SET version_num={to} WHERE {table}.version_num = {from}")
    }

    fn delete(&self, id: &RevisionId) -> String {
        let table = &self.table;
        format!("DELETE FROM {table} WHERE {table}.version_num = {}", self.literal(id))
    }

    /// Alembic puts ids between quotes as they are; one that holds a quote would end there.
    fn literal(&self, id: &RevisionId) -> String {
        quote_literal(self.dialect, id.as_str())
    }
}

/// The statement that creates a version table, in Alembic's words.
pub(super) fn create(table: &str, key: &str, length: u16, if_not_exists: bool) -> String {
    let condition = if if_not_exists { "IF NOT EXISTS " } else { "" };
    format!(
        "CREATE TABLE {condition}{table} (\n    version_num VARCHAR({length}) NOT NULL, \n    \
         CONSTRAINT {key} PRIMARY KEY (version_num)\n)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(dialect: Dialect, schema: Option<&str>, name: &str) -> VersionText {
        let name = TableName { schema: schema.map(str::to_owned), name: name.to_owned() };
        VersionText::new(dialect, &name, 32)
    }

    fn id(text: &str) -> RevisionId {
        text.parse().unwrap()
    }

    /// As Alembic 1.20.1 printed them.
    #[test]
    fn statements_are_alembics() {
        let insert = |dialect, schema, name| text(dialect, schema, name).insert(&id("a1"));
        assert_eq!(
            insert(Dialect::Postgresql, None, "alembic_version"),
            "INSERT INTO alembic_version (version_num) VALUES ('a1') \
             RETURNING alembic_version.version_num"
        );
        assert_eq!(
            insert(Dialect::Postgresql, Some("user"), "order"),
            "INSERT INTO \"user\".\"order\" (version_num) VALUES ('a1') \
             RETURNING \"user\".\"order\".version_num"
        );
        assert_eq!(
            insert(Dialect::Sqlite, Some("user"), "order"),
            "INSERT INTO user.\"order\" (version_num) VALUES ('a1') RETURNING version_num"
        );
        assert_eq!(
            insert(Dialect::Mysql, Some("user"), "order"),
            "INSERT INTO user.`order` (version_num) VALUES ('a1')"
        );
        let table = text(Dialect::Mysql, Some("user"), "Order");
        assert_eq!(
            table.update(&id("a1"), &id("b1")),
            "UPDATE user.`Order` SET version_num='b1' WHERE user.`Order`.version_num = 'a1'"
        );
        assert_eq!(
            table.delete(&id("a1")),
            "DELETE FROM user.`Order` WHERE user.`Order`.version_num = 'a1'"
        );
        assert_eq!(
            text(Dialect::Sqlite, Some("user"), "order").create(),
            "CREATE TABLE user.\"order\" (\n    version_num VARCHAR(32) NOT NULL, \n    \
             CONSTRAINT order_pkc PRIMARY KEY (version_num)\n)"
        );
    }

    #[test]
    fn an_id_may_hold_a_quote() {
        let delete =
            |dialect, text_of_id| text(dialect, None, "alembic_version").delete(&id(text_of_id));
        assert!(delete(Dialect::Postgresql, "it's").ends_with("= 'it''s'"));
        assert!(delete(Dialect::Mysql, "a\\' OR 1").ends_with("= 'a\\\\'' OR 1'"));
    }
}
