//! What a PostgreSQL session has promised and not yet sent.
//!
//! A revision of one small statement would cost a round trip for each of BEGIN, its settings, the
//! statement, the version rows, the journal row and COMMIT. PostgreSQL takes several statements
//! in one message, so what opens a transaction travels with the first statement, and the version
//! and journal rows with the COMMIT. What is held back is chosen so that an error still belongs to
//! one call: nothing of the opening can fail by itself, and rows of ours only ever share a message
//! with each other and with the COMMIT that makes them count.

/// Puts every setting back to what the role, the database and the connection string say: what an
/// earlier script has set, and the time zone, which Diesel puts on UTC on connecting. The encoding
/// is Diesel's own, and text would be garbled without it.
const SETUP: &str = "RESET SESSION AUTHORIZATION;\nRESET ALL;\nSET client_encoding TO 'UTF8';\n";

/// Text held back for the next message.
#[derive(Debug)]
pub(super) struct Deferred {
    /// What follows [`SETUP`], for a session of a tenant.
    place: Place,
    /// Whether the place has not been looked at since the session was there last.
    unseen: bool,
    setup: bool,
    begin: bool,
    settings: String,
    versions: String,
    entries: String,
}

/// Where a session of a tenant is.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// Puts the session there.
    pub(super) enter: String,
    /// Fails where that does not lead there. Once is enough: where the schema goes away behind
    /// it, so does the version table, which every step of a tenant writes by its full name.
    pub(super) check: String,
}

/// A message that is ready to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Batch {
    /// The text of the message.
    pub(super) text: String,
    /// How many of its first bytes the caller's own text does not know about.
    pub(super) prefix: usize,
}

impl Batch {
    /// An offset in this message as an offset in the caller's text.
    pub(super) fn own_offset(&self, offset: usize) -> Option<usize> {
        offset.checked_sub(self.prefix)
    }
}

impl Deferred {
    /// Nothing promised but the setup of a new session, of which `place` is the end.
    pub(super) fn new(place: Place) -> Self {
        Deferred {
            place,
            unseen: true,
            setup: true,
            begin: false,
            settings: String::new(),
            versions: String::new(),
            entries: String::new(),
        }
    }

    /// Promises that settings are put back.
    pub(super) fn reset(&mut self) {
        self.setup = true;
        self.settings.clear();
    }

    /// Promises a BEGIN.
    pub(super) fn begin(&mut self) {
        self.begin = true;
    }

    /// Promises a setting of the transaction: one `SET LOCAL` whose value is known to be valid.
    pub(super) fn set(&mut self, sql: &str) {
        self.settings.push_str(sql);
        self.settings.push_str(";\n");
    }

    /// Promises a change of the version rows.
    pub(super) fn change(&mut self, sql: &str) {
        self.versions.push_str(sql);
    }

    /// Whether a change of the version rows waits.
    pub(super) fn has_versions(&self) -> bool {
        !self.versions.is_empty()
    }

    /// Promises a journal row.
    pub(super) fn record(&mut self, sql: &str) {
        self.entries.push_str(sql);
        self.entries.push_str(";\n");
    }

    /// Whether the BEGIN of the transaction has not been sent.
    pub(super) fn is_unopened(&self) -> bool {
        self.begin
    }

    /// Whether rows of ours wait.
    pub(super) fn has_rows(&self) -> bool {
        self.has_versions() || !self.entries.is_empty()
    }

    /// Whether nothing must be sent before an effect that cannot share its message.
    pub(super) fn is_empty(&self) -> bool {
        !self.setup && !self.begin && self.settings.is_empty()
    }

    /// All that is promised but rows of ours, then `text`.
    pub(super) fn take_with(&mut self, text: &str) -> Batch {
        let mut batch = String::new();
        if std::mem::take(&mut self.setup) {
            batch.push_str(SETUP);
            batch.push_str(&self.place.enter);
            if std::mem::take(&mut self.unseen) {
                batch.push_str(&self.place.check);
            }
        }
        if std::mem::take(&mut self.begin) {
            batch.push_str("BEGIN;\n");
        }
        batch.push_str(&std::mem::take(&mut self.settings));
        let prefix = batch.len();
        batch.push_str(text);
        Batch { text: batch, prefix }
    }

    /// All that is promised but the journal rows, changes of the version rows at the end.
    pub(super) fn take_with_versions(&mut self) -> Batch {
        let text = std::mem::take(&mut self.versions);
        self.take_with(&text)
    }

    /// All that is promised, then COMMIT.
    pub(super) fn take_with_commit(&mut self) -> Batch {
        let mut text = std::mem::take(&mut self.versions);
        text.push_str(&std::mem::take(&mut self.entries));
        text.push_str("COMMIT");
        self.take_with(&text)
    }

    /// Forgets what belongs to the transaction. The setup is promised again: if it was sent
    /// within the transaction, the server reverts it with the rest.
    pub(super) fn roll_back(&mut self) {
        *self = Deferred::new(std::mem::take(&mut self.place));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_promised_is_sent_once_and_in_order() {
        let mut deferred = Deferred::new(Place::default());
        deferred.begin();
        deferred.set("SET LOCAL lock_timeout = 5");
        let batch = deferred.take_with("CREATE TABLE t ()");
        assert_eq!(
            batch.text,
            format!("{SETUP}BEGIN;\nSET LOCAL lock_timeout = 5;\nCREATE TABLE t ()")
        );
        assert_eq!(batch.own_offset(batch.prefix + 3), Some(3));
        assert_eq!(batch.own_offset(3), None);
        assert!(deferred.is_empty());

        deferred.record("INSERT 1");
        assert!(deferred.has_rows());
        assert_eq!(deferred.take_with("SELECT 2").text, "SELECT 2");
        deferred.record("INSERT 2");
        deferred.change("UPDATE 1;\n");
        assert!(deferred.has_versions());
        assert_eq!(deferred.take_with_versions().text, "UPDATE 1;\n");
        deferred.change("UPDATE 2;\n");
        let rows = "UPDATE 2;\nINSERT 1;\nINSERT 2;\nCOMMIT";
        assert_eq!(deferred.take_with_commit().text, rows);
        assert_eq!(deferred.take_with("SELECT 1"), Batch { text: "SELECT 1".into(), prefix: 0 });
    }

    #[test]
    fn a_rollback_forgets_all_but_the_setup() {
        let place =
            Place { enter: "SET search_path TO t01;\n".into(), check: "SELECT 1;\n".into() };
        let mut deferred = Deferred::new(place);
        deferred.begin();
        deferred.change("UPDATE 1;\n");
        deferred.record("INSERT 1");
        deferred.roll_back();
        assert!(!deferred.is_unopened());
        let first = format!("{SETUP}SET search_path TO t01;\nSELECT 1;\n");
        assert_eq!(deferred.take_with("").text, first);
        deferred.reset();
        assert_eq!(deferred.take_with("").text, format!("{SETUP}SET search_path TO t01;\n"));
    }
}
