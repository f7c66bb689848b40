//! Why a script cannot be split.

use super::statement::SourcePosition;
use super::token::Construct;

/// Why a text is no sequence of statements.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// A quote, comment or body is never closed.
    #[error("{position}: the {construct} that opens here is never closed")]
    Unterminated {
        /// What is open.
        construct: Construct,
        /// Where it opened.
        position: SourcePosition,
    },
    /// A command that a client program carries out itself and no server knows: `\connect` of
    /// psql, `.mode` of sqlite3.
    #[error(
        "{position}: `{command}` is a command of the {client} client, not SQL, and nothing here \
         can run it; delete it (pg_dump's `\\restrict` and `\\unrestrict` lines as well)"
    )]
    ClientCommand {
        /// The command, as written, without its arguments.
        command: String,
        /// The program it belongs to.
        client: &'static str,
        /// Where it is.
        position: SourcePosition,
    },
    /// `COPY ... FROM stdin` or `TO stdout`: its rows are no SQL, but a stream that only psql
    /// sends and takes.
    #[error(
        "{position}: COPY from stdin or to stdout needs psql at the other end; write INSERT \
         statements instead (`pg_dump --inserts`), or COPY from or to a file on the server"
    )]
    CopyThroughClient {
        /// Where the statement begins.
        position: SourcePosition,
    },
    /// `DELIMITER` with nothing behind it on its line.
    #[error("{position}: DELIMITER needs a delimiter on the same line, such as `DELIMITER //`")]
    DelimiterMissing {
        /// Where the command is.
        position: SourcePosition,
    },
}

impl SplitError {
    /// The place that the error names.
    pub fn position(&self) -> SourcePosition {
        match self {
            SplitError::Unterminated { position, .. }
            | SplitError::ClientCommand { position, .. }
            | SplitError::CopyThroughClient { position }
            | SplitError::DelimiterMissing { position } => *position,
        }
    }
}
