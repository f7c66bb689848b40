//! Names of the tables that limbeck keeps.

use std::fmt;

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;

/// The name of a table, with its schema where one is configured.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TableName {
    /// The schema (on SQLite an attached database); `None` for the connection's own.
    pub schema: Option<String>,
    /// The table.
    pub name: String,
}

impl TableName {
    /// A table in the connection's own schema.
    pub fn new(name: impl Into<String>) -> Self {
        TableName { schema: None, name: name.into() }
    }

    /// Another table in the same schema.
    #[must_use]
    pub fn sibling(&self, name: impl Into<String>) -> Self {
        TableName { schema: self.schema.clone(), name: name.into() }
    }

    /// The name as SQL of `dialect`, quoted where that can matter.
    pub fn sql(&self, dialect: Dialect) -> String {
        let name = identifier(dialect, &self.name);
        match &self.schema {
            Some(schema) => format!("{}.{name}", identifier(dialect, schema)),
            None => name,
        }
    }

    /// The name as SQL of `dialect`, always quoted: the form that `to_regclass` reads.
    pub(super) fn quoted(&self, dialect: Dialect) -> String {
        let name = quote_identifier(dialect, &self.name);
        match &self.schema {
            Some(schema) => format!("{}.{name}", quote_identifier(dialect, schema)),
            None => name,
        }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}

/// `name` as an identifier, without quotes where no dialect needs them, so that the SQL of the
/// default tables reads as Alembic writes it. Quotes are never wrong: a name is left bare only
/// when it is lower case and holds a `_`, which next to no reserved word does.
pub(super) fn identifier(dialect: Dialect, name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && name.contains('_');
    let reserved = ["current_", "session_", "system_"].iter().any(|word| name.starts_with(word));
    if plain && !reserved && dialect != Dialect::Mysql {
        name.to_owned()
    } else {
        quote_identifier(dialect, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_it_matters() {
        let sql = |name: &str| TableName::new(name).sql(Dialect::Postgresql);
        assert_eq!(sql("alembic_version"), "alembic_version");
        assert_eq!(sql("Alembic_version"), "\"Alembic_version\"");
        assert_eq!(sql("order"), "\"order\"");
        assert_eq!(sql("current_user"), "\"current_user\"");
        let table = TableName { schema: Some("my \"app".into()), name: "a_b".into() };
        assert_eq!(table.sql(Dialect::Sqlite), "\"my \"\"app\".a_b");
        assert_eq!(table.sibling("c_d").to_string(), "my \"app.c_d");
    }
}
