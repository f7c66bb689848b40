//! Preflight: every script of a plan is found, split and checked before the first effect.

use std::path::PathBuf;
use std::time::Duration;

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;
use limbeck_schema::quote_literal;
use sha2::Digest;
use sha2::Sha256;

use crate::db::Timeouts;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::plan::Step;
use crate::script::Direction as ScriptDirection;
use crate::script::RevisionFile;
use crate::script::RevisionFormat;
use crate::script::Section;
use crate::script::StoredRevision;
use crate::script::sql;
use crate::script::sql::SessionEffect;
use crate::script::sql::SourcePosition;
use crate::script::sql::SplitError;
use crate::script::sql::Statement;

use super::alone;
use super::alone::Parts;
use super::alone::Segment;
use super::handoff::HandedOver;
use super::integrity::with_plain_line_ends;
use super::limits;
use super::options::RunOptions;
use super::options::TransactionMode;
use super::python;
use super::python::PythonBody;
use super::verification;

/// Where the scripts of revisions come from: a directory, or what a binary embeds.
pub trait ScriptSource: Sync {
    /// The file of the revision `id`.
    fn file(&self, id: &RevisionId) -> Option<&RevisionFile>;
}

/// A script that is ready to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedScript {
    /// The revision.
    pub revision: RevisionId,
    /// The file the script is in.
    pub path: PathBuf,
    /// What it does.
    pub body: ScriptBody,
    /// Whether it runs in one transaction.
    pub transaction: bool,
    /// How it is parted where it holds what cannot be in one, and does not say `transaction = false`.
    pub parts: Option<Parts>,
    /// The limits of its statements, as far as the revision sets them.
    pub timeouts: Timeouts,
    /// For how long it is tried again when a lock is not to be had, where the revision says so.
    pub lock_retry: Option<Duration>,
    /// SHA-256 of the section's text, in hexadecimal.
    pub raw_digest: String,
    /// SHA-256 of the section without comments, with white space folded and plain line
    /// ends.
    pub normalized_digest: String,
    /// What the journal keeps of the revision when this has applied it.
    pub stored: Option<StoredRevision>,
    /// Whether what it does is known beforehand, so that it does not turn out to need Python.
    pub is_proven: bool,
    /// The query that must be true once it has run, where it applies the revision.
    pub verification: Option<Statement>,
}

/// What a script does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptBody {
    /// Statements, in order.
    Sql(Vec<Statement>),
    /// A function of Python, which says what to run when it runs.
    Python(PythonBody),
    /// A function of Python that the project's own Python runs.
    HandedOver(HandedOver),
}

impl PreparedScript {
    /// Its statements; none of Python, where they are not known before it runs.
    pub fn statements(&self) -> &[Statement] {
        match &self.body {
            ScriptBody::Sql(statements) => statements,
            ScriptBody::Python(_) => &[],
            ScriptBody::HandedOver(handed) => &handed.statements,
        }
    }

    /// Its statements as they are run together: all, each by itself, or in parts.
    pub(super) fn segments(&self) -> Vec<Segment> {
        let count = self.statements().len();
        match &self.parts {
            Some(parts) => parts.segments(count),
            None if self.transaction => {
                vec![Segment { statements: 0..count, is_transaction: false }]
            }
            None => (0..count)
                .map(|at| Segment { statements: at..at + 1, is_transaction: false })
                .collect(),
        }
    }

    /// What runs, where that is Python.
    pub fn python(&self) -> Option<&PythonBody> {
        match &self.body {
            ScriptBody::Sql(_) | ScriptBody::HandedOver(_) => None,
            ScriptBody::Python(body) => Some(body),
        }
    }

    /// What Python runs, where it does.
    pub fn handed_over(&self) -> Option<&HandedOver> {
        match &self.body {
            ScriptBody::Sql(_) | ScriptBody::Python(_) => None,
            ScriptBody::HandedOver(handed) => Some(handed),
        }
    }
}

/// A script that cannot be run, with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct UnfitScript {
    /// The revision.
    pub revision: RevisionId,
    /// Its file.
    pub path: PathBuf,
    /// Where in the file.
    pub position: Option<SourcePosition>,
    /// The statement it is about, or the line, where there is no telling what a statement is.
    pub statement: Option<Statement>,
    /// Why.
    pub kind: UnfitScriptKind,
}

/// Why a script cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnfitScriptKind {
    /// There is a row for the revision, but no file.
    #[error("the revision has no script")]
    Missing,
    /// The file has no section for this direction, or none for this dialect.
    #[error("the revision has no `--- {direction}` section for {dialect}")]
    NoSection {
        /// The direction.
        direction: Direction,
        /// The dialect of the database.
        dialect: Dialect,
    },
    /// It is Python, and what asks for it is no run of limbeck's.
    #[error("{direction}() is Python, which only a run of limbeck's own carries out")]
    PythonElsewhere {
        /// The direction.
        direction: Direction,
    },
    /// It is Python without the function.
    #[error("the revision has no function {direction}()")]
    NoFunction {
        /// The direction.
        direction: Direction,
    },
    /// Its file cannot be read any more.
    #[error("{reason}")]
    Unreadable {
        /// Why not.
        reason: String,
    },
    /// The revision says that it cannot be reverted.
    #[error("the revision cannot be reverted: {reason}")]
    Irreversible {
        /// The reason it gives.
        reason: String,
    },
    /// The revision names the databases that it is for, and this is none of them.
    #[error("the revision is for {} only, not for database `{database}`", .databases.join(", "))]
    OtherDatabases {
        /// The databases it names.
        databases: Vec<String>,
        /// The database at hand.
        database: String,
    },
    /// It holds variables that tell of a tenant, and this is none.
    #[error("the revision has `template = true`, and does not run in a tenant here")]
    NoTenant,
    /// Its variables cannot be filled in.
    #[error(transparent)]
    Template(sql::TemplateError),
    /// Its text cannot be split into statements.
    #[error(transparent)]
    Split(SplitError),
    /// It begins or ends a transaction, which belongs to limbeck.
    #[error("{word} is not allowed in a script: limbeck owns the transaction")]
    TransactionControl {
        /// The statement's first word or words.
        word: String,
        /// The dialect of the database.
        dialect: Dialect,
    },
    /// It holds a statement that the database refuses inside a transaction, and the run is to be one.
    #[error("{words} cannot run inside a transaction, and `transaction_mode` is \"run\"")]
    RefusesRunTransaction {
        /// The statement's words.
        words: String,
    },
    /// It holds a statement that the database refuses inside a transaction, and says that it is to
    /// run in one.
    #[error("{words} cannot run inside a transaction")]
    RefusesTransaction {
        /// The statement's words.
        words: String,
    },
    /// It makes a temporary object outside a transaction, which a rerun could not find again.
    #[error(
        "a temporary object ends with its connection, and a revision outside a transaction may need to be continued on another"
    )]
    TemporaryObject,
    /// It sets a savepoint where there is no transaction.
    #[error("a savepoint needs a transaction, and this revision runs outside one")]
    Savepoint {
        /// The dialect of the database.
        dialect: Dialect,
    },
    /// It locks tables, the journal among those that it may no longer touch then.
    #[error("with tables locked, limbeck could not write its journal between two statements")]
    TableLocks,
    /// Its `--- verify` section holds more than one query.
    #[error("the section holds {count} statements, and one query is asked")]
    SeveralQueries {
        /// How many.
        count: usize,
    },
    /// It is to be verified by a query, and what runs it reads no rows.
    #[error("the revision has a `--- verify` section, which only a run of limbeck's own asks here")]
    VerifiedElsewhere,
    /// As text it would send the version table's rows, and what follows, to another database.
    #[error("it goes to another database, and the URL names none that the text could come back to")]
    NoWayBack,
    /// Python runs the revision in a transaction of its own, and the run is to be one.
    #[error(
        "Python runs the revision on a connection of its own, but `transaction_mode` is \"run\""
    )]
    PythonOutsideRun,
    /// The revision must run outside a transaction, the run inside one.
    #[error("the revision has `transaction = false`, but `transaction_mode` is \"run\"")]
    OutsideRunTransaction,
}

/// The scripts of `steps`, in order; `None` for a stamp.
///
/// # Errors
/// The first [`UnfitScript`], in the order of the steps.
pub(super) fn prepare(
    steps: &[Step],
    scripts: &dyn ScriptSource,
    dialect: Dialect,
    options: &RunOptions,
) -> Result<Vec<Option<PreparedScript>>, UnfitScript> {
    steps
        .iter()
        .map(|step| match &step.revision {
            None => Ok(None),
            Some(id) => script_of(id, step.direction, scripts, dialect, options).map(Some),
        })
        .collect()
}

/// The script of one revision.
///
/// # Errors
/// [`UnfitScript`], when it cannot be run.
pub(crate) fn script_of(
    id: &RevisionId,
    direction: Direction,
    scripts: &dyn ScriptSource,
    dialect: Dialect,
    run: &RunOptions,
) -> Result<PreparedScript, UnfitScript> {
    let unfit = |path, position, statement, kind| UnfitScript {
        revision: id.clone(),
        path,
        position,
        statement,
        kind,
    };
    let Some(file) = scripts.file(id) else {
        return Err(unfit(PathBuf::new(), None, None, UnfitScriptKind::Missing));
    };
    let path = file.revision.path.clone();
    let options = &file.options;
    if let Some(database) = &run.database
        && !run.ignore_routes
        && !options.databases.is_empty()
        && !options.databases.contains(database)
    {
        let kind = UnfitScriptKind::OtherDatabases {
            databases: options.databases.clone(),
            database: database.clone(),
        };
        return Err(unfit(path, None, None, kind));
    }
    let which = match direction {
        Direction::Downgrade => ScriptDirection::Downgrade,
        Direction::Upgrade | Direction::Stamp => ScriptDirection::Upgrade,
    };
    if let (ScriptDirection::Downgrade, Some(reason)) = (which, &options.irreversible) {
        let kind = UnfitScriptKind::Irreversible { reason: reason.clone() };
        return Err(unfit(path, None, None, kind));
    }
    if file.format == RevisionFormat::Python {
        return python::script_of(file, direction, which, dialect, run);
    }
    let Some(section) = file.section(which, dialect) else {
        let kind = UnfitScriptKind::NoSection { direction, dialect };
        return Err(unfit(path, None, None, kind));
    };
    let path = section.path.to_path_buf();
    // Where no DDL is transactional the mode means nothing; the run says so.
    let is_one = run.transaction_mode.is_whole_run(dialect);
    let is_one_run = is_one && run.transaction_mode == TransactionMode::Run;
    if options.transaction == Some(false) && is_one_run {
        return Err(unfit(path, None, None, UnfitScriptKind::OutsideRunTransaction));
    }
    let statements = statements_of(file, section, dialect, run)?;
    let parts = match options.transaction {
        None if !is_one_run => alone::parts_of(&statements, dialect),
        _ => None,
    };
    let transaction =
        options.transaction != Some(false) && parts.is_none() && dialect.has_transactional_ddl();
    for statement in &statements {
        let kind = match unfitness(statement, dialect, transaction) {
            None => continue,
            Some(UnfitScriptKind::RefusesTransaction { words })
                if is_one_run && options.transaction.is_none() =>
            {
                UnfitScriptKind::RefusesRunTransaction { words }
            }
            Some(kind) => kind,
        };
        return Err(unfit(path, Some(statement.position), Some(statement.clone()), kind));
    }
    let verification = verification::query_of(file, (direction, dialect), transaction, run)?;
    Ok(PreparedScript {
        revision: id.clone(),
        path,
        body: ScriptBody::Sql(statements),
        transaction,
        parts,
        timeouts: Timeouts {
            lock: options.lock_timeout.map(limits::milliseconds),
            statement: options.statement_timeout.map(limits::milliseconds),
        },
        lock_retry: options.lock_retry,
        raw_digest: digest(&section.text),
        normalized_digest: normalized_digest(&section.text, dialect),
        stored: match direction {
            Direction::Upgrade => file.to_stored(dialect),
            Direction::Downgrade | Direction::Stamp => None,
        },
        is_proven: true,
        verification,
    })
}

/// The statements of a section, with its variables filled in.
pub(super) fn statements_of(
    file: &RevisionFile,
    section: &Section,
    dialect: Dialect,
    run: &RunOptions,
) -> Result<Vec<Statement>, UnfitScript> {
    let unfit = |position, statement, kind| UnfitScript {
        revision: file.revision.id.clone(),
        path: section.path.to_path_buf(),
        position: Some(position),
        statement,
        kind,
    };
    let statements = sql::split(&section.text, dialect, section.position).map_err(|error| {
        let at = error.position();
        let line = line_of(&section.text, section.position, at);
        unfit(at, line, UnfitScriptKind::Split(error))
    })?;
    if !file.options.is_template {
        return Ok(statements);
    }
    filled(statements, dialect, run)
        .map_err(|(statement, kind)| unfit(statement.position, Some(statement), kind))
}

/// Why limbeck cannot run `statement`, if it cannot.
pub(super) fn unfitness(
    statement: &Statement,
    dialect: Dialect,
    transaction: bool,
) -> Option<UnfitScriptKind> {
    if let Some(word) = sql::transaction_control(statement, dialect) {
        return Some(UnfitScriptKind::TransactionControl { word: word.to_string(), dialect });
    }
    if let (true, Some(words)) = (transaction, sql::refuses_transaction(statement, dialect)) {
        return Some(UnfitScriptKind::RefusesTransaction { words });
    }
    match sql::session_effect(statement, dialect) {
        SessionEffect::Temporary if !transaction => Some(UnfitScriptKind::TemporaryObject),
        SessionEffect::Savepoint if !transaction => Some(UnfitScriptKind::Savepoint { dialect }),
        SessionEffect::TableLocks => Some(UnfitScriptKind::TableLocks),
        _ => None,
    }
}

/// The statements of a script with variables, each filled in. What the journal and the digests say
/// is the text as it is written, the same for every tenant.
fn filled(
    statements: Vec<Statement>,
    dialect: Dialect,
    run: &RunOptions,
) -> Result<Vec<Statement>, (Statement, UnfitScriptKind)> {
    let filled = |statement: Statement| {
        if run.tenant.is_none() {
            return Err((statement, UnfitScriptKind::NoTenant));
        }
        match fill(&statement, dialect, run) {
            Ok(filled) => Ok(filled),
            Err(error) => Err((statement, UnfitScriptKind::Template(error))),
        }
    };
    statements.into_iter().map(filled).collect()
}

/// A statement with its variables filled in.
///
/// # Errors
/// When it asks for what there is not.
pub(super) fn fill(
    statement: &Statement,
    dialect: Dialect,
    run: &RunOptions,
) -> Result<Statement, sql::TemplateError> {
    let value = |name: &str| match (name, &run.tenant) {
        ("tenant", Some(tenant)) => Some(quote_literal(dialect, &tenant.name)),
        ("schema", Some(tenant)) => Some(quote_identifier(dialect, &tenant.schema)),
        _ => None,
    };
    let text = sql::fill_variables(&statement.text, dialect, &value)?;
    Ok(Statement { text, position: statement.position })
}

/// The line of a section in which `at` lies, as a statement of its own.
fn line_of(text: &str, start: SourcePosition, at: SourcePosition) -> Option<Statement> {
    let index = at.line.checked_sub(start.line)?;
    let column = if index == 0 { start.column } else { 1 };
    let position = SourcePosition { line: at.line, column };
    Some(Statement { text: text.lines().nth(index)?.to_owned(), position })
}

/// SHA-256 of `text` as far as it matters to the database, in hexadecimal.
pub(super) fn normalized_digest(text: &str, dialect: Dialect) -> String {
    digest(&sql::normalize(&with_plain_line_ends(text), dialect))
}

/// SHA-256 of `text`, in hexadecimal.
pub(super) fn digest(text: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _: std::fmt::Result = write!(hex, "{byte:02x}");
        hex
    })
}
