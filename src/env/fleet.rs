//! Rollouts over many machines: `[fleet]`.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::database::DatabaseSettings;
use super::error::ConfigError;
use super::error::ConfigErrorKind;
use super::setting::Setting;
use super::text::Text;

/// The keys of `[fleet]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `home`")]
pub(super) struct Fleet {
    home: Spanned<String>,
}

/// Where rollouts are kept.
#[derive(Debug, Clone, Default)]
pub struct FleetSettings {
    /// The name of the database, where one is named.
    pub home: Option<String>,
    /// The same as it may be shown.
    pub settings: Vec<Setting>,
}

impl Text<'_> {
    /// `[fleet]`; a home that is none of `databases` is added to `problems`.
    pub(super) fn fleet(
        &self,
        file: Option<&Fleet>,
        databases: &[DatabaseSettings],
        problems: &mut Vec<Arc<ConfigError>>,
    ) -> FleetSettings {
        let Some(Fleet { home }) = file else { return FleetSettings::default() };
        let (name, at) = (home.get_ref().clone(), Some(home.span().start));
        if databases.iter().all(|database| database.name != name) {
            let kind = ConfigErrorKind::FleetHome { name: name.clone() };
            problems.push(Arc::new(self.error(at, kind)));
        }
        FleetSettings { settings: vec![self.written("home", &name, at)], home: Some(name) }
    }
}
