//! Asking all databases one thing, at the same time and each within its time, as `health` looks at
//! them.

use crate::cli::error::CliError;
use crate::cli::sites::Site;
use crate::db;
use crate::db::DatabaseError;
use crate::db::Inspect;

use super::look::Depth;
use super::look::Lookout;
use super::look::Question;
use super::look::Seen;

/// Asks every database of `sites`, each within the `timeout` of its health; the answers are in
/// their order.
///
/// # Errors
/// When a database's tables cannot be named.
pub(in crate::cli) fn ask_all<T: Send + 'static>(
    sites: &[Site<'_>],
    ask: impl Fn(&mut dyn Inspect) -> Result<T, DatabaseError> + Clone + Send + 'static,
) -> Result<Vec<Result<T, CliError>>, CliError> {
    let questions = sites
        .iter()
        .map(|site| {
            Ok(Question {
                name: site.name().to_owned(),
                url: site.url.clone(),
                options: site.options(true)?,
                settings: site.settings.health.clone(),
                depth: Depth::Connection,
            })
        })
        .collect::<Result<Vec<_>, CliError>>()?;
    let answers = Lookout::default().ask(&questions, move |question, _| {
        let limit = question.settings.timeout;
        ask(db::inspect(&question.url, &question.options, limit)?.as_mut())
    });
    let answers = sites.iter().zip(answers).map(|(site, (seen, _))| match seen {
        Seen::Facts(answer) => Ok(*answer),
        Seen::Failed(error) => Err(site.error(error)),
    });
    Ok(answers.collect())
}
