//! Which revisions something that a project changes may concern.

use limbeck_schema::Dialect;

use crate::stdlib;

use super::super::imports::Imports;
use super::Override;
use super::What;
use super::modules::is_framework;
use super::straight::is_straight;

impl Override {
    /// Whether it may change what a revision of this file and text does on `dialect`; `statements`
    /// are all of its statements, where these are known.
    #[must_use]
    pub fn concerns(
        &self,
        dialect: Dialect,
        file: &str,
        source: &str,
        statements: Option<&[String]>,
    ) -> bool {
        let is_meant = |name: &String| match dialect {
            Dialect::Mysql => matches!(name.as_str(), "mysql" | "mariadb"),
            dialect => name == dialect.name(),
        };
        if !self.dialects.is_empty() && !self.dialects.iter().any(is_meant) {
            return false;
        }
        let class = match &self.what {
            What::Compiled(class) => class,
            What::OfOthers => return imports_others(source),
            What::OfSessions { without } => {
                return !without.contains(file)
                    && (imports_others(source) || uses_sessions(source));
            }
            What::OfModels { without, .. } => {
                return !without.contains(file) && imports_others(source);
            }
            What::Anything => return true,
            What::Environment(_) | What::OfProject => return false,
        };
        if is_of_operators(class) && has_no_operators(source) {
            return false;
        }
        // Functions are called by code alone.
        if is_function(class) && !source.to_lowercase().contains(class) && !imports_others(source) {
            return false;
        }
        statements.is_none_or(|statements| {
            statements.iter().any(|statement| may_make(class, statement) != Some(false))
        })
    }

    /// Whether it gives an environment variable another value.
    #[must_use]
    pub fn sets_variable(&self, name: &str) -> bool {
        match &self.what {
            What::Environment(set) => set.as_ref().is_none_or(|set| set == name),
            _ => false,
        }
    }

    /// Whether a statement tells that it may be in it: then it need not be known beforehand.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        matches!(&self.what, What::Compiled(class) if may_make(class, "").is_some())
    }
}

/// Whether a text that imports nothing of the project may have sessions: not one that only names
/// tables so.
fn uses_sessions(source: &str) -> bool {
    (source.contains("Session") || source.contains("session")) && !is_straight(source)
}

/// An operator stands between something and something.
fn is_of_operators(class: &str) -> bool {
    class.ends_with("Expression")
}

/// Whether all operators of a text stand in its literals. Types make some for their constraints.
fn has_no_operators(source: &str) -> bool {
    !source.contains("create_constraint")
        && !has_arguments(source, "Boolean(")
        && !imports_others(source)
        && is_straight(source)
}

/// Whether a call is given something anywhere.
fn has_arguments(source: &str, call: &str) -> bool {
    source.split(call).skip(1).any(|rest| !rest.trim_start().starts_with(')'))
}

/// Functions have small letters.
fn is_function(class: &str) -> bool {
    class.starts_with(char::is_lowercase)
}

/// Whether something of a class that is compiled otherwise may be in a statement; `None` where the
/// statement does not tell.
fn may_make(class: &str, statement: &str) -> Option<bool> {
    let statement = statement.trim_start();
    let begins = |words: &[&str]| words.iter().any(|word| statement.starts_with(word));
    let does = |verb: &str, kind: &str| begins(&[verb]) && statement.contains(kind);
    Some(match class {
        "CreateTable" | "CreateColumn" => does("CREATE", " TABLE") || begins(&["ALTER TABLE"]),
        "DropTable" => does("DROP", " TABLE"),
        "CreateIndex" => does("CREATE", " INDEX"),
        "DropIndex" => does("DROP", " INDEX"),
        "Insert" => begins(&["INSERT", "WITH"]),
        "Update" => begins(&["UPDATE", "WITH"]),
        "Delete" => begins(&["DELETE", "WITH"]),
        "ForeignKeyConstraint" => {
            statement.contains("FOREIGN KEY") || statement.contains("REFERENCES")
        }
        _ if is_function(class) => {
            let text = statement.to_lowercase();
            // Those of the standard have no parentheses.
            text.contains(&format!("{class}("))
                || class == "now" && text.contains("current_timestamp")
                || ["current_", "local", "session_", "user"].iter().any(|it| class.starts_with(it))
                    && text.contains(class)
        }
        _ if is_of_operators(class) => {
            let words = [" LIKE ", " ILIKE ", " IN ", " IS ", " AND ", " OR ", " BETWEEN "];
            statement.contains(['=', '<', '>', '+', '-', '*', '/', '%', '|', '&', '~', '@', '?'])
                || words.iter().any(|word| statement.contains(word))
        }
        _ => return None,
    })
}

/// Whether a text imports modules that may be the project's.
fn imports_others(source: &str) -> bool {
    let is_known = |name: &String| {
        let top = name.split('.').next().unwrap_or_default();
        is_framework(name) || name == "__future__" || stdlib::has_module(top)
    };
    !Imports::of(source, None).modules.iter().all(is_known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_seen() {
        for (statement, is) in [
            ("CREATE TABLE t (\n\tid INTEGER NOT NULL, \n\tPRIMARY KEY (id)\n)", false),
            ("ALTER TABLE t ADD COLUMN a VARCHAR(10) DEFAULT 'x'", false),
            ("CREATE INDEX ix ON t (a) WHERE a IS NULL", true),
            ("UPDATE t SET a=b", true),
            ("DELETE FROM t WHERE a || b LIKE 'x'", true),
        ] {
            assert_eq!(may_make("BinaryExpression", statement), Some(is), "{statement}");
        }
    }
}
