//! The tenants of a database: `[databases.NAME.tenants]`.

use std::borrow::Cow;
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
    template: Option<Spanned<String>>,
    shared: Option<Vec<Spanned<String>>>,
    tenant: Option<Vec<Spanned<String>>>,
    waves: Option<Waves>,
}

/// `waves` of tenants as they are written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table such as { canary = [\"north\"] }")]
struct Waves {
    canary: Option<Vec<String>>,
    shares: Option<Vec<Spanned<String>>>,
    check: Option<String>,
    approval: Option<Approval>,
}

/// Who lets a wave begin, after the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Approval {
    /// The check, where there is one.
    #[default]
    Auto,
    /// A person, too.
    Manual,
}

/// How tenants are brought on: a few, then more, and then the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WaveSettings {
    /// The names, or patterns, of those that come first.
    pub canary: Vec<String>,
    /// What shares of all are to be done after the next waves, in hundredths.
    pub shares: Vec<u8>,
    /// A query in the shared schema that must give true before the next wave begins.
    pub check: Option<String>,
    /// Who lets it begin.
    pub approval: Approval,
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
    /// The tenant that new ones are copies of, where one is named.
    pub template: Option<String>,
    /// Where each tenant is that has a database of its own.
    pub url: Option<Result<TenantUrl, ValueProblem>>,
    /// The branches that run in every tenant.
    pub branches: Vec<BranchLabel>,
    /// In which waves they are brought on; `None` for all at once.
    pub waves: Option<WaveSettings>,
}

/// The URL of a tenant, with `{tenant}` in the place of its name, and `{COLUMN}` in that of what the
/// query has in this column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantUrl {
    /// What stands between the places, one more than these.
    texts: Vec<String>,
    /// The names in the places.
    places: Vec<String>,
}

/// What stands for the name of a tenant.
const TENANT: &str = "tenant";

/// Why the name of a tenant leads to no database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TenantUrlError {
    /// The name would lead to another directory.
    #[error("'{}' cannot be a part of the name of a file", shown(.name))]
    FileName {
        /// The name.
        name: String,
    },
    /// What comes of it is no URL.
    #[error(transparent)]
    Url(#[from] UrlError),
}

impl TenantUrl {
    /// Reads `text`; `None` where nothing in it tells one tenant from another.
    fn read(text: &str) -> Option<Self> {
        let (mut texts, mut places) = (Vec::new(), Vec::new());
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, behind) = behind.split_once('}')?;
            texts.push(before.to_owned());
            places.push(name.to_owned());
            rest = behind;
        }
        texts.push(rest.to_owned());
        (!places.is_empty()).then_some(TenantUrl { texts, places })
    }

    /// The columns of the query that it needs beside the name, each once.
    pub fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = Vec::new();
        for place in self.places.iter().filter(|place| *place != TENANT) {
            if !columns.contains(&place.as_str()) {
                columns.push(place);
            }
        }
        columns
    }

    /// The URL of the tenant `name` whose row of the query has `values` in [`columns`]; each is
    /// only ever one part of it.
    ///
    /// # Errors
    /// [`TenantUrlError`].
    ///
    /// [`columns`]: Self::columns
    pub fn of(&self, name: &str, values: &[String]) -> Result<DatabaseUrl, TenantUrlError> {
        let is_file = self.texts.first().is_some_and(|text| text.starts_with("sqlite:"));
        let columns = self.columns();
        let mut url = String::new();
        for (text, place) in self.texts.iter().zip(&self.places) {
            let at = columns.iter().position(|column| column == place);
            let value = at.and_then(|at| values.get(at)).map_or(name, String::as_str);
            url.push_str(text);
            if !is_file {
                url.push_str(&percent_encoded(value));
            } else if value.contains(['/', '\\', '\0', '?', '#', '%']) || value.starts_with('.') {
                return Err(TenantUrlError::FileName { name: value.to_owned() });
            } else {
                url.push_str(value);
            }
        }
        url.extend(self.texts.last().map(String::as_str));
        Ok(url.parse()?)
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
        let template = match &tenants.template {
            None => None,
            Some(template) => match value("template", template) {
                Ok(template) => Some(template),
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
            TenantUrl::read(&text).ok_or_else(|| {
                let kind = ConfigErrorKind::TenantUrl { database: database.to_owned() };
                ValueProblem::from(self.error(Some(url.span().start), kind))
            })
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
        let waves = tenants.waves.as_ref().map(|waves| self.waves(database, waves, problems));
        let name = format!("{database}/*");
        let tenants =
            TenantSettings { name, source, shared_schema, template, url, branches, waves };
        Some((tenants, shared))
    }

    fn waves(
        &self,
        database: &str,
        waves: &Waves,
        problems: &mut Vec<Arc<ConfigError>>,
    ) -> WaveSettings {
        let mut shares: Vec<u8> = Vec::new();
        for share in waves.shares.iter().flatten() {
            let number = share.get_ref().strip_suffix('%').and_then(|text| text.parse::<u8>().ok());
            match number {
                Some(number @ 1..=100) if shares.last().is_none_or(|last| *last < number) => {
                    shares.push(number);
                }
                _ => {
                    let kind = ConfigErrorKind::WaveShare { database: database.to_owned() };
                    problems.push(Arc::new(self.error(Some(share.span().start), kind)));
                }
            }
        }
        WaveSettings {
            canary: waves.canary.clone().unwrap_or_default(),
            shares,
            check: waves.check.clone(),
            approval: waves.approval.unwrap_or_default(),
        }
    }
}

impl DatabaseSettings {
    /// What a tenant of this database is called, as it may be shown and put behind `-d`: a name
    /// may hold anything, and is one word of a shell.
    pub fn tenant_name(&self, tenant: &str) -> String {
        Self::name_of_tenant(&self.name, tenant)
    }

    /// The same for a tenant of `database`.
    pub fn name_of_tenant(database: &str, tenant: &str) -> String {
        shell_word(&format!("{database}/{tenant}"))
    }
}

/// The name of a tenant as it may be shown: on one line, whatever is in it.
pub fn shown(name: &str) -> Cow<'_, str> {
    if !name.chars().any(char::is_control) {
        return Cow::Borrowed(name);
    }
    let mut shown = String::with_capacity(name.len() + 8);
    for letter in name.chars() {
        match letter.is_control() {
            true => shown.extend(letter.escape_debug()),
            false => shown.push(letter),
        }
    }
    Cow::Owned(shown)
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
        let url = TenantUrl::read("postgresql://app@db/{tenant}").unwrap();
        let hostile = url.of("a@b/c?host=x", &[]).unwrap();
        assert_eq!(hostile.host(), Some("db"));
        assert_eq!(hostile.database(), Some("a@b/c?host=x"));
        let file = TenantUrl::read("sqlite:tenants/{tenant}.db").unwrap();
        assert!(file.of("north", &[]).unwrap().sqlite_path().is_some());
        for name in ["../north", "a/b", ".hidden", "a\0b", "x?mode=ro"] {
            assert!(file.of(name, &[]).is_err(), "{name:?}");
        }
    }

    #[test]
    fn columns_of_the_query_are_parts_too() {
        let url = TenantUrl::read("postgresql://{role}:{secret}@{host}/{tenant}").unwrap();
        assert_eq!(url.columns(), ["role", "secret", "host"]);
        let values = ["me", "p@ss", "db-7"].map(str::to_owned);
        let url = url.of("north", &values).unwrap();
        assert_eq!(
            (url.user(), url.host(), url.database()),
            (Some("me"), Some("db-7"), Some("north"))
        );
        assert!(!url.to_string().contains("p@ss"), "{url}");
        assert!(TenantUrl::read("postgresql://app@db/one").is_none());
    }
}
