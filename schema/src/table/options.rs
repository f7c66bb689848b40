//! Options of tables that one dialect has.

use crate::CompileError;
use crate::Dialect;
use crate::Target;

/// A value of a PostgreSQL storage parameter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OptionValue {
    /// None: the parameter stands alone.
    Absent,
    /// A truth value.
    Bool(bool),
    /// Anything else, as Python prints it.
    Text(String),
}

/// Storage parameters as `WITH (…)` holds them.
pub(crate) fn with_clause(parameters: &[(String, OptionValue)]) -> String {
    let written = parameters.iter().map(|(name, value)| match value {
        OptionValue::Absent => name.clone(),
        OptionValue::Bool(value) => format!("{name} = {value}"),
        OptionValue::Text(value) => format!("{name} = {value}"),
    });
    written.collect::<Vec<_>>().join(", ")
}

/// Options of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableOptions {
    /// `postgresql_…`.
    pub postgresql: PostgresqlTable,
    /// `sqlite_…`.
    pub sqlite: SqliteTable,
    /// `mysql_…`: names without the prefix and values, in the order they were given.
    pub mysql: Vec<(String, String)>,
    /// `mariadb_…`, the same.
    pub mariadb: Vec<(String, String)>,
}

/// PostgreSQL's options of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PostgresqlTable {
    /// `postgresql_inherits`.
    pub inherits: Vec<String>,
    /// `postgresql_partition_by`.
    pub partition_by: Option<String>,
    /// `postgresql_using`.
    pub using: Option<String>,
    /// `postgresql_with`.
    pub with: Vec<(String, OptionValue)>,
    /// `postgresql_with_oids`.
    pub with_oids: Option<bool>,
    /// `postgresql_on_commit`.
    pub on_commit: Option<String>,
    /// `postgresql_tablespace`.
    pub tablespace: Option<String>,
}

/// SQLite's options of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SqliteTable {
    /// `sqlite_autoincrement`.
    pub autoincrement: Option<bool>,
    /// `sqlite_with_rowid`.
    pub with_rowid: Option<bool>,
    /// `sqlite_strict`.
    pub strict: Option<bool>,
}

impl TableOptions {
    /// These options, and those of `other` that are not given here.
    #[must_use]
    pub fn or(&self, other: &TableOptions) -> TableOptions {
        fn merged(own: &[(String, String)], other: &[(String, String)]) -> Vec<(String, String)> {
            let mut merged = own.to_vec();
            for (name, value) in other {
                if merged.iter().all(|(known, _)| known != name) {
                    merged.push((name.clone(), value.clone()));
                }
            }
            merged
        }
        fn list<T: Clone>(own: &[T], other: &[T]) -> Vec<T> {
            if own.is_empty() { other.to_vec() } else { own.to_vec() }
        }
        let (own, base) = (&self.postgresql, &other.postgresql);
        TableOptions {
            postgresql: PostgresqlTable {
                inherits: list(&own.inherits, &base.inherits),
                partition_by: own.partition_by.clone().or_else(|| base.partition_by.clone()),
                using: own.using.clone().or_else(|| base.using.clone()),
                with: list(&own.with, &base.with),
                with_oids: own.with_oids.or(base.with_oids),
                on_commit: own.on_commit.clone().or_else(|| base.on_commit.clone()),
                tablespace: own.tablespace.clone().or_else(|| base.tablespace.clone()),
            },
            sqlite: SqliteTable {
                autoincrement: self.sqlite.autoincrement.or(other.sqlite.autoincrement),
                with_rowid: self.sqlite.with_rowid.or(other.sqlite.with_rowid),
                strict: self.sqlite.strict.or(other.sqlite.strict),
            },
            mysql: merged(&self.mysql, &other.mysql),
            mariadb: merged(&self.mariadb, &other.mariadb),
        }
    }

    /// What stands behind the closing parenthesis of CREATE TABLE.
    pub(crate) fn sql(
        &self,
        comment: Option<&str>,
        target: &Target,
    ) -> Result<String, CompileError> {
        Ok(match target.dialect() {
            Dialect::Postgresql => self.postgresql.sql(target),
            Dialect::Sqlite => self.sqlite.sql(),
            Dialect::Mysql => {
                let given = if target.name() == "mariadb" { &self.mariadb } else { &self.mysql };
                mysql_options(given, comment, target)
            }
        })
    }
}

impl PostgresqlTable {
    fn sql(&self, target: &Target) -> String {
        let mut sql = String::new();
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if !self.inherits.is_empty() {
            let names: Vec<_> = self.inherits.iter().map(|name| target.quote(name)).collect();
            let names = names.join(", ");
            sql += &if target.is_sqlalchemy_2_0() {
                format!("\n INHERITS ( {names} )")
            } else {
                format!("\n INHERITS ({names})")
            };
        }
        if let Some(partition_by) = given(&self.partition_by) {
            sql += &format!("\n PARTITION BY {partition_by}");
        }
        if let Some(using) = given(&self.using) {
            sql += &format!("\n USING {using}");
        }
        if !self.with.is_empty() {
            sql += &format!("\n WITH ({})", with_clause(&self.with));
        }
        match self.with_oids {
            Some(true) => sql += "\n WITH OIDS",
            Some(false) => sql += "\n WITHOUT OIDS",
            None => {}
        }
        if let Some(on_commit) = given(&self.on_commit) {
            sql += &format!("\n ON COMMIT {}", on_commit.replace('_', " ").to_uppercase());
        }
        if let Some(tablespace) = given(&self.tablespace) {
            sql += &format!("\n TABLESPACE {}", target.quote(&tablespace));
        }
        sql
    }
}

impl SqliteTable {
    fn sql(self) -> String {
        let mut options = Vec::new();
        if self.with_rowid == Some(false) {
            options.push("WITHOUT ROWID");
        }
        if self.strict == Some(true) {
            options.push("STRICT");
        }
        if options.is_empty() { String::new() } else { format!("\n {}", options.join(",\n ")) }
    }
}

/// What must stand before what.
const MYSQL_ORDER: [(&str, &str); 10] = [
    ("DEFAULT_CHARSET", "COLLATE"),
    ("DEFAULT_CHARACTER_SET", "COLLATE"),
    ("CHARSET", "COLLATE"),
    ("CHARACTER_SET", "COLLATE"),
    ("PARTITION_BY", "PARTITIONS"),
    ("PARTITION_BY", "SUBPARTITION_BY"),
    ("PARTITION_BY", "SUBPARTITIONS"),
    ("PARTITIONS", "SUBPARTITIONS"),
    ("PARTITIONS", "SUBPARTITION_BY"),
    ("SUBPARTITION_BY", "SUBPARTITIONS"),
];

const MYSQL_PARTITION: [&str; 4] =
    ["PARTITION_BY", "PARTITIONS", "SUBPARTITIONS", "SUBPARTITION_BY"];

fn mysql_options(given: &[(String, String)], comment: Option<&str>, target: &Target) -> String {
    let mut options: Vec<(String, &str)> = Vec::new();
    let comment = comment.map(|comment| ("COMMENT".to_owned(), comment));
    let named = given.iter().map(|(name, value)| (name.to_uppercase(), value.as_str()));
    for (name, value) in named.chain(comment) {
        match options.iter_mut().find(|(known, _)| *known == name) {
            Some(known) => known.1 = value,
            None => options.push((name, value)),
        }
    }
    let (partition, other): (Vec<_>, Vec<_>) =
        options.into_iter().partition(|(name, _)| MYSQL_PARTITION.contains(&name.as_str()));
    let mut written = Vec::new();
    for (name, value) in sorted(other) {
        let value = if matches!(name.as_str(), "COMMENT" | "PASSWORD" | "CONNECTION") {
            target.literal(value)
        } else {
            value.to_owned()
        };
        let name = match name.as_str() {
            "DATA_DIRECTORY"
            | "INDEX_DIRECTORY"
            | "DEFAULT_CHARACTER_SET"
            | "CHARACTER_SET"
            | "DEFAULT_CHARSET"
            | "DEFAULT_COLLATE" => name.replace('_', " "),
            _ => name,
        };
        let joiner = match name.as_str() {
            "TABLESPACE" | "DEFAULT CHARACTER SET" | "CHARACTER SET" | "COLLATE" => " ",
            _ => "=",
        };
        written.push(format!("{name}{joiner}{value}"));
    }
    for (name, value) in sorted(partition) {
        written.push(format!("{} {value}", name.replace('_', " ")));
    }
    written.join(" ")
}

/// The options in rounds, each of which holds those that no waiting option must precede: the order
/// of SQLAlchemy's topological sort.
fn sorted(mut waiting: Vec<(String, &str)>) -> Vec<(String, &str)> {
    let mut done = Vec::new();
    while !waiting.is_empty() {
        let names: Vec<String> = waiting.iter().map(|(name, _)| name.clone()).collect();
        let must_wait = |name: &str| {
            MYSQL_ORDER.iter().any(|(before, after)| {
                *after == name && names.iter().any(|waiting| waiting == before)
            })
        };
        let (later, now): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(name, _)| must_wait(name));
        done.extend(now);
        waiting = later;
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mysql_puts_the_collation_behind_the_character_set() {
        let given: Vec<(String, String)> =
            [("collate", "utf8_bin"), ("engine", "InnoDB"), ("charset", "utf8")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        assert_eq!(
            mysql_options(&given, Some("it's"), &Target::mysql()),
            "ENGINE=InnoDB CHARSET=utf8 COMMENT='it''s' COLLATE utf8_bin",
        );
    }
}
