//! What to ask an administrator for when a right is missing.

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;

use crate::db::MissingRight;

/// The statement that grants what is missing, in a sentence.
pub(super) fn grant(right: &MissingRight) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let quoted = |name: &str| match name.chars().all(plain)
        && !name.starts_with(|c: char| c.is_ascii_digit())
    {
        true => name.to_owned(),
        false => quote_identifier(Dialect::Postgresql, name),
    };
    let who = right.role.as_deref().map_or("the user".to_owned(), |role| format!("role {role}"));
    let role = right.role.as_deref().map_or("ROLE".to_owned(), quoted);
    let object = quoted(&right.object);
    let kind = right.kind.to_uppercase();
    let (lacks, statement) = if right.needs_owner {
        let what = format!("{who} does not own the {} {}", right.kind, right.object);
        (what, format!("ALTER {kind} {object} OWNER TO {role}"))
    } else if right.object.is_empty() {
        match right.kind.as_str() {
            "database" => {
                return format!(
                    "{who} may not create databases; --admin-url names somebody who may, or a \
                     superuser allows it: ALTER ROLE {role} CREATEDB;"
                );
            }
            "role" => {
                return format!(
                    "{who} may not create roles; a superuser allows it: ALTER ROLE {role} CREATEROLE;"
                );
            }
            kind => return format!("{who} lacks the right to {kind}; a superuser has it"),
        }
    } else {
        let (right_name, kind) = match right.kind.as_str() {
            "schema" => ("USAGE, CREATE", "SCHEMA"),
            "database" => ("CREATE", "DATABASE"),
            "sequence" => ("USAGE, SELECT, UPDATE", "SEQUENCE"),
            "table" | "view" | "materialized view" | "foreign table" => {
                ("SELECT, INSERT, UPDATE, DELETE", "TABLE")
            }
            "function" | "procedure" => ("EXECUTE", kind.as_str()),
            "type" | "language" => ("USAGE", kind.as_str()),
            _ => return format!("{who} lacks a right on {} {}", right.kind, right.object),
        };
        let what = format!("{who} lacks {right_name} on {} {}", right.kind, right.object);
        (what, format!("GRANT {right_name} ON {kind} {object} TO {role}"))
    };
    format!("{lacks}; its owner or a superuser grants it: {statement};")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grant_is_a_statement_to_run() {
        for (kind, object, needs_owner, statement) in [
            ("schema", "public", false, "GRANT USAGE, CREATE ON SCHEMA public TO app;"),
            ("schema", "Odd \"one", false, "GRANT USAGE, CREATE ON SCHEMA \"Odd \"\"one\" TO app;"),
            ("database", "epsm", false, "GRANT CREATE ON DATABASE epsm TO app;"),
            ("table", "t", true, "ALTER TABLE t OWNER TO app;"),
            ("database", "", false, "ALTER ROLE app CREATEDB;"),
        ] {
            let right = MissingRight {
                role: Some("app".into()),
                kind: kind.into(),
                object: object.into(),
                needs_owner,
            };
            let words = grant(&right);
            assert!(words.starts_with("role app "), "{words}");
            assert!(words.ends_with(statement), "{words}");
        }
    }
}
