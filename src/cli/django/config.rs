//! The `limbeck.toml` of a Django project.

use std::fmt::Write as _;

use super::DjangoProject;
use super::Taken;
use super::project::DjangoDatabase;
use super::project::Scope;
use super::project::Vendor;

/// The configuration as text: never with a password. `location` is the directory of the revisions, relative
/// to the file.
pub(in crate::cli) fn config(project: &DjangoProject, taken: &Taken, location: &str) -> String {
    let mut text = format!(
        "[scripts]\nversion_locations = [{}]\nrecursive_version_locations = true\n",
        quoted(location)
    );
    for database in &project.databases {
        let name = name_of(&database.alias);
        // Writing to a String cannot fail.
        _ = write!(text, "\n[databases.{name}]\n{}", place(database, &name));
        if project.databases.len() > 1 {
            let mut branches = taken.of(&database.alias, None);
            for scope in [Scope::Shared, Scope::Tenant] {
                for branch in taken.of(&database.alias, Some(scope)) {
                    if !branches.contains(&branch) {
                        branches.push(branch);
                    }
                }
            }
            _ = writeln!(text, "branches = {}", list(&branches));
        }
        if let Some(tenants) = project.tenants.as_ref().filter(|t| t.alias == database.alias) {
            let shared = list(&taken.of(&database.alias, Some(Scope::Shared)));
            let tenant = list(&taken.of(&database.alias, Some(Scope::Tenant)));
            _ = write!(
                text,
                "\n[databases.{name}.tenants]\nquery = {}\nshared_schema = {}\nshared = {shared}\ntenant = {tenant}\n",
                quoted(&tenants.query),
                quoted(&tenants.public),
            );
        }
    }
    text
}

impl Taken {
    fn of(&self, alias: &str, scope: Option<Scope>) -> Vec<&str> {
        let of_place = self.branches.get(&(alias.to_owned(), scope));
        of_place.into_iter().flatten().map(String::as_str).collect()
    }
}

/// Where a database is, its secrets as variables.
fn place(database: &DjangoDatabase, name: &str) -> String {
    let DjangoDatabase { host, port, user, .. } = database;
    if database.dialect == Vendor::Sqlite {
        return format!("url = {}\n", quoted(&escaped(&format!("sqlite:{}", database.name))));
    }
    let prefix = name.to_uppercase().replace('-', "_");
    let mut text = format!("dialect = {}\n", quoted(database.dialect.dialect().name()));
    let defaulted = [("host", "HOST", host), ("port", "PORT", port), ("user", "USER", user)];
    for (key, variable, value) in defaulted.into_iter().filter(|(_, _, value)| !value.is_empty()) {
        _ = writeln!(text, "{key} = {}", variable_or(&prefix, variable, value));
    }
    if database.has_password {
        _ = writeln!(text, "password = {}", quoted(&format!("${{{prefix}_PASSWORD}}")));
    }
    _ = writeln!(text, "name = {}", variable_or(&prefix, "NAME", &database.name));
    text
}

/// A variable with a default; a value that would end it stands alone.
fn variable_or(prefix: &str, variable: &str, value: &str) -> String {
    match value.contains(['}', '$', '{']) {
        true => quoted(&escaped(value)),
        false => quoted(&format!("${{{prefix}_{variable}:-{value}}}")),
    }
}

/// A dollar sign that begins no variable.
fn escaped(text: &str) -> String {
    text.replace('$', "$$")
}

/// A name that a database can have.
fn name_of(alias: &str) -> String {
    alias.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn list(texts: &[&str]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", quoted.join(", "))
}
