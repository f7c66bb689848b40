//! The tenants of a database: `[databases.NAME.tenants]`.

use std::sync::Arc;

use limbeck_schema::Dialect;
use serde::Deserialize;
use toml::Spanned;

use crate::db::DatabaseUrl;
use crate::db::TableName;
use crate::db::TenantPlace;
use crate::db::TenantSource;
use crate::db::UrlError;
use crate::db::catalogue_name;
use crate::graph::BranchLabel;

use super::database::DatabaseSettings;
use super::database::Tables;
use super::database::ValueProblem;
use super::error::ConfigError;
use super::error::ConfigErrorKind;
use super::setting::Setting;
use super::text::Text;

/// `[databases.NAME.tenants]` as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `query`, `list` or `schemas`")]
pub(super) struct Tenants {
    query: Option<Spanned<String>>,
    list: Option<Spanned<Vec<Spanned<String>>>>,
    schemas: Option<Spanned<String>>,
    shared_schema: Option<Spanned<String>>,
    url: Option<Spanned<String>>,
    shared: Option<Vec<Spanned<String>>>,
    tenant: Option<Vec<Spanned<String>>>,
}

/// The tenants of a database, and which branches run where.
#[derive(Debug, Clone)]
pub struct TenantSettings {
    /// What messages and routes call all of them: the name of the database and `/*`, which no
    /// database can be called.
    pub name: String,
    /// Where their names come from, or what that lacks.
    pub source: Result<TenantSource, ValueProblem>,
    /// The schema that they share, where one is named.
    pub shared_schema: Option<String>,
    /// Where each tenant is that has a database of its own.
    pub url: Option<Result<TenantUrl, ValueProblem>>,
    /// The branches that run in every tenant.
    pub branches: Vec<BranchLabel>,
}

/// The URL of a tenant, with `{tenant}` in the place of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantUrl(String);

/// What stands for the name of a tenant.
const TENANT: &str = "{tenant}";

/// Why the name of a tenant leads to no database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TenantUrlError {
    /// The name would lead to another directory.
    #[error("'{}' cannot be a part of the name of a file", .name.escape_debug())]
    FileName {
        /// The name.
        name: String,
    },
    /// What comes of it is no URL.
    #[error(transparent)]
    Url(#[from] UrlError),
}

impl TenantUrl {
    /// The URL of the tenant `name`, whose name is only ever one part of it.
    ///
    /// # Errors
    /// [`TenantUrlError`].
    pub fn of(&self, name: &str) -> Result<DatabaseUrl, TenantUrlError> {
        let is_file = self.0.starts_with("sqlite:");
        if is_file && (name.contains(['/', '\\', '\0', '?', '#', '%']) || name.starts_with('.')) {
            return Err(TenantUrlError::FileName { name: name.to_owned() });
        }
        let part = if is_file { name.to_owned() } else { percent_encoded(name) };
        Ok(self.0.replace(TENANT, &part).parse()?)
    }
}

/// `text` as a part of a URL.
fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

impl TenantSettings {
    /// Whether all is there that a run over them needs.
    ///
    /// # Errors
    /// What is wrong with their source or their URL.
    pub fn check(&self) -> Result<(), Arc<ConfigError>> {
        let problem = self.source.as_ref().err();
        let problem = problem.or_else(|| self.url.as_ref()?.as_ref().err());
        problem.map_or(Ok(()), |problem| Err(problem.clone().into_error()))
    }

    /// The schema that the tenants of the database at `url` share.
    pub fn shared_schema_at(&self, url: &DatabaseUrl) -> String {
        match (&self.shared_schema, url.dialect()) {
            (Some(schema), _) => schema.clone(),
            (None, Dialect::Mysql) => url.database().unwrap_or_default().to_owned(),
            (None, Dialect::Postgresql | Dialect::Sqlite) => "public".to_owned(),
        }
    }
}

impl Tables {
    /// What the catalogue of its tenants is called.
    pub fn catalogue_name(&self) -> String {
        catalogue_name(&self.version.name)
    }

    /// The tables of the tenant at `place`: of the same names, in its own schema.
    #[must_use]
    pub fn of_tenant(&self, place: &TenantPlace) -> Tables {
        let own = |table: &TableName| place.table(&table.name);
        Tables { version: own(&self.version), journal: own(&self.journal), ..self.clone() }
    }
}

impl Text<'_> {
    /// The tenants of `database`, with the branches of the shared schema; what is wrong with them
    /// is added to `problems`. `at_table` is where they stand, `is_files` whether each of them
    /// must be a file.
    pub(super) fn tenants(
        &self,
        (database, at_table, is_files): (&str, usize, bool),
        tenants: &Tenants,
        settings: &mut Vec<Setting>,
        problems: &mut Vec<Arc<ConfigError>>,
    ) -> Option<(TenantSettings, Option<Vec<BranchLabel>>)> {
        let given = [
            ("query", tenants.query.as_ref().map(|value| value.span().start)),
            ("schemas", tenants.schemas.as_ref().map(|value| value.span().start)),
            ("list", tenants.list.as_ref().map(|value| value.span().start)),
        ];
        let mut given = given.into_iter().filter_map(|(key, at)| Some((key, at?)));
        let problem = |at, kind| Arc::new(self.error(at, kind));
        let (first, second) = (given.next(), given.next());
        if let (Some((first, _)), Some((second, at))) = (first, second) {
            let database = database.to_owned();
            let kind = ConfigErrorKind::Exclusive { database, first, second };
            problems.push(problem(Some(at), kind));
            return None;
        }
        if first.is_none() {
            let kind = ConfigErrorKind::NoTenantSource { database: database.to_owned() };
            problems.push(problem(Some(at_table), kind));
            return None;
        }
        let mut value = |key: &str, value: &Spanned<String>| {
            let read = self.value(key, value);
            let (shown, origins) = match &read {
                Ok(read) => (Ok(read.text.clone()), read.origins.clone()),
                Err(problem) => (Err(problem.clone()), vec![self.origin(value.span().start)]),
            };
            settings.push(Setting { key: format!("tenants.{key}"), value: shown, origins });
            read.map(|read| read.text)
        };
        let source = match (&tenants.query, &tenants.schemas, &tenants.list) {
            (Some(query), ..) => value("query", query).map(TenantSource::Query),
            (_, Some(pattern), _) => value("schemas", pattern).map(TenantSource::Schemas),
            (.., list) => {
                let names = list.iter().flat_map(|list| list.get_ref());
                let names: Result<Vec<String>, ValueProblem> =
                    names.map(|name| value("list", name)).collect();
                names.map(TenantSource::List)
            }
        };
        let shared_schema = match &tenants.shared_schema {
            None => None,
            Some(schema) => match value("shared_schema", schema) {
                Ok(schema) => Some(schema),
                Err(lacking) => {
                    problems.push(lacking.into_error());
                    None
                }
            },
        };
        let no_url = || {
            let kind = ConfigErrorKind::NoTenantUrl { database: database.to_owned() };
            Err(ValueProblem::from(self.error(Some(at_table), kind)))
        };
        let url = tenants.url.as_ref().map(|url| {
            let text = self.value("url", url)?.text;
            match text.contains(TENANT) {
                true => Ok(TenantUrl(text)),
                false => {
                    let kind = ConfigErrorKind::TenantUrl { database: database.to_owned() };
                    Err(ValueProblem::from(self.error(Some(url.span().start), kind)))
                }
            }
        });
        let url = url.or_else(|| is_files.then(no_url));
        let mut labels = |given: &Option<Vec<Spanned<String>>>| {
            given.as_ref().map(|labels| {
                let labels =
                    labels.iter().filter_map(|label| self.label(database, label, problems));
                labels.collect::<Vec<_>>()
            })
        };
        let shared = labels(&tenants.shared);
        let Some(branches) = labels(&tenants.tenant) else {
            let kind = ConfigErrorKind::NoTenantBranches { database: database.to_owned() };
            problems.push(problem(Some(at_table), kind));
            return None;
        };
        for (key, labels) in
            [("tenants.shared", &shared), ("tenants.tenant", &Some(branches.clone()))]
        {
            let Some(labels) = labels else { continue };
            let words: Vec<&str> = labels.iter().map(BranchLabel::as_str).collect();
            settings.push(self.written(key, words.join(", "), None));
        }
        let name = format!("{database}/*");
        Some((TenantSettings { name, source, shared_schema, url, branches }, shared))
    }
}

impl DatabaseSettings {
    /// What a tenant of this database is called, as it may be shown and put behind `-d`: a name
    /// may hold anything, and is one word of a shell.
    pub fn tenant_name(&self, tenant: &str) -> String {
        shell_word(&format!("{}/{tenant}", self.name))
    }
}

/// `text` as one word of a shell, in quotes where it needs them.
fn shell_word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./*@:+=,".contains(letter);
    let is_unseen = |letter: char| {
        letter.is_control() || (!letter.is_ascii() && letter.escape_debug().len() > 1)
    };
    if text.chars().all(is_plain) {
        return text.to_owned();
    }
    if !text.chars().any(is_unseen) {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    let escaped = text.chars().map(|letter| match letter {
        '\n' => "\\n".to_owned(),
        '\'' | '\\' => format!("\\{letter}"),
        letter if is_unseen(letter) => format!("\\U{:08x}", u32::from(letter)),
        letter => letter.to_string(),
    });
    format!("$'{}'", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_word_of_a_shell() {
        assert_eq!(shell_word("app/north"), "app/north");
        assert_eq!(shell_word("app/*"), "app/*");
        assert_eq!(shell_word("app/a; rm -rf ."), "'app/a; rm -rf .'");
        assert_eq!(shell_word("app/it's $HOME"), "'app/it'\\''s $HOME'");
        assert_eq!(shell_word("app/a\u{1b}[m\n'"), "$'app/a\\U0000001b[m\\n\\''");
        assert_eq!(shell_word("app/a\u{202e}b"), "$'app/a\\U0000202eb'");
    }

    #[test]
    fn a_name_is_only_ever_one_part_of_a_url() {
        let url = TenantUrl("postgresql://app@db/{tenant}".to_owned());
        let hostile = url.of("a@b/c?host=x").unwrap();
        assert_eq!(hostile.host(), Some("db"));
        assert_eq!(hostile.database(), Some("a@b/c?host=x"));
        let file = TenantUrl("sqlite:tenants/{tenant}.db".to_owned());
        assert!(file.of("north").unwrap().sqlite_path().is_some());
        for name in ["../north", "a/b", ".hidden", "a\0b", "x?mode=ro"] {
            assert!(file.of(name).is_err(), "{name:?}");
        }
    }
}
