//! Reading a database: one session for all that a command asks.

use limbeck_schema::Dialect;

use crate::db::Database;
use crate::db::DatabaseErrorKind;
use crate::db::JournalFilter;
use crate::db::JournalRecord;
use crate::graph::Heads;

use super::error::CliError;
use super::sites::Site;

/// A session that only reads. A SQLite file that does not exist yet is an empty database, and
/// stays away.
pub(super) struct Reader<'s> {
    site: &'s Site<'s>,
    /// Nothing where there is no file.
    session: Option<Box<dyn Database>>,
}

impl Site<'_> {
    /// Opens a session that only reads.
    pub(super) fn reader(&self) -> Result<Reader<'_>, CliError> {
        let session = match self.connect(true) {
            Err(CliError::Database { error, .. })
                if error.kind == DatabaseErrorKind::NoSuchDatabase
                    && self.url.dialect() == Dialect::Sqlite =>
            {
                None
            }
            session => Some(session?),
        };
        Ok(Reader { site: self, session })
    }

    /// The rows of the version table, in a session of their own.
    pub(super) fn heads(&self) -> Result<Heads, CliError> {
        self.reader()?.heads()
    }
}

impl Reader<'_> {
    /// The rows of the version table.
    pub(super) fn heads(&mut self) -> Result<Heads, CliError> {
        match &mut self.session {
            None => Ok(Heads::none()),
            Some(session) => self.site.certain_rows(session.as_mut()),
        }
    }

    /// The journal, as far as `filter` lets it through; `None` where there is none.
    pub(super) fn journal_log(
        &mut self,
        filter: &JournalFilter,
    ) -> Result<Option<Vec<JournalRecord>>, CliError> {
        let Some(session) = &mut self.session else { return Ok(None) };
        session.journal_log(filter).map_err(|error| self.site.error(error))
    }

    /// The session itself.
    pub(super) fn into_session(self) -> Result<Box<dyn Database>, CliError> {
        // One that may write does not make a file by reading.
        self.session.map_or_else(|| self.site.connect(false), Ok)
    }
}
