//! How long statements may wait and run on a database: `lock_timeout`, `lock_retry` and
//! `statement_timeout` of `[databases.NAME]`.

use std::sync::Arc;
use std::time::Duration;

use toml::Spanned;

use crate::exec::Limits;
use crate::script;

use super::config_file::Database;
use super::config_file::Scalar;
use super::error::ConfigError;
use super::error::ConfigErrorKind;
use super::setting::Setting;
use super::text::Text;

impl Text<'_> {
    /// The limits of a database; what is wrong in them is added to `problems`.
    pub(super) fn limits(
        &self,
        database: &Database,
        settings: &mut Vec<Setting>,
        problems: &mut Vec<Arc<ConfigError>>,
    ) -> Limits {
        let mut limit = |key: &'static str, value: &Option<Spanned<Scalar>>| {
            let value = value.as_ref()?;
            let at = Some(value.span().start);
            let text = value.get_ref().text();
            let limit = of(value.get_ref(), &text);
            match limit {
                Some(_) => settings.push(self.written(key, text, at)),
                None => {
                    problems.push(Arc::new(self.error(at, ConfigErrorKind::Duration { key })));
                }
            }
            limit
        };
        Limits {
            lock_timeout: limit("lock_timeout", &database.lock_timeout),
            statement_timeout: limit("statement_timeout", &database.statement_timeout),
            lock_retry: limit("lock_retry", &database.lock_retry),
        }
    }
}

fn of(value: &Scalar, text: &str) -> Option<Duration> {
    match value {
        Scalar::Text(_) => script::duration(text),
        Scalar::Number(number) => script::milliseconds(u64::try_from(*number).ok()?),
        Scalar::Flag(_) => None,
    }
}
