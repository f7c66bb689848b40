//! What to ask an administrator for when a right is missing.

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;

use crate::db::MissingRight;

/// The statement that grants what is missing, in a sentence.
pub(super) fn grant(right: &MissingRight) -> String {
    if right.dialect == Dialect::Mysql {
        return grant_by_name(right);
    }
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

/// The same for MySQL, which names the account, the right and the object as GRANT takes them.
fn grant_by_name(right: &MissingRight) -> String {
    let who = right.role.as_deref().map_or("the user".to_owned(), |role| format!("user {role}"));
    let account = right.role.as_deref().unwrap_or("USER");
    let (kind, object) = (right.kind.as_str(), right.object.as_str());
    let (lacks, statement) = match (&right.privilege, kind) {
        (None, "database") => (
            format!("{who} lacks a right on database {object}"),
            format!("GRANT ALL PRIVILEGES ON {object}.* TO {account}"),
        ),
        (None, _) => return format!("{who} lacks a right"),
        (Some(privilege), "table") => (
            format!("{who} lacks {privilege} on table {object}"),
            format!("GRANT {privilege} ON {object} TO {account}"),
        ),
        (Some(privilege), "") => {
            (format!("{who} lacks {privilege}"), format!("GRANT {privilege} ON *.* TO {account}"))
        }
        // Whether a routine is a function or a procedure is not said.
        (Some(privilege), kind) => return format!("{who} lacks {privilege} on {kind} {object}"),
    };
    format!("{lacks}; an administrator grants it: {statement};")
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
                dialect: Dialect::Postgresql,
                privilege: None,
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

    #[test]
    fn on_mysql_it_is_what_the_server_names() {
        let right = MissingRight {
            dialect: Dialect::Mysql,
            role: Some("'app'@'%'".into()),
            privilege: Some("DROP".into()),
            kind: "table".into(),
            object: "`d`.`t`".into(),
            needs_owner: false,
        };
        assert_eq!(
            grant(&right),
            "user 'app'@'%' lacks DROP on table `d`.`t`; an administrator grants it: \
             GRANT DROP ON `d`.`t` TO 'app'@'%';"
        );
        let everywhere = MissingRight { kind: String::new(), object: String::new(), ..right };
        assert!(grant(&everywhere).ends_with(": GRANT DROP ON *.* TO 'app'@'%';"));
        let of_database = MissingRight {
            privilege: None,
            kind: "database".into(),
            object: "`d`".into(),
            ..everywhere
        };
        assert!(grant(&of_database).ends_with(": GRANT ALL PRIVILEGES ON `d`.* TO 'app'@'%';"));
    }
}
