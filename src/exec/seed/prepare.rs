//! Seeds made ready for one site: split and checked before the first effect.

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;
use limbeck_schema::quote_literal;

use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::exec::options::RunOptions;
use crate::exec::prepare::normalized_digest;
use crate::script::Seed;
use crate::script::SeedContent;
use crate::script::SqlSeed;
use crate::script::sql;
use crate::script::sql::SessionEffect;
use crate::script::sql::Statement;

use super::SeedReport;
use super::SeedStanding;
use super::error::SeedError;
use super::error::UnfitSeed;

/// A seed that can be run on a site.
#[derive(Debug)]
pub struct PreparedSeed<'a> {
    /// The seed.
    pub seed: &'a Seed,
    /// Whether it is to be run also where it is done.
    pub is_repeated: bool,
    /// Its statements, where it is SQL.
    pub(super) statements: Vec<Statement>,
    /// The digest of what it says, whatever its comments, blanks and quotes are.
    pub(super) digest: String,
}

/// Makes `seed` ready for a database of `dialect`.
///
/// # Errors
/// [`SeedError::Unfit`].
pub fn prepare_seed<'a>(
    seed: &'a Seed,
    dialect: Dialect,
    options: &RunOptions,
    is_repeated: bool,
) -> Result<PreparedSeed<'a>, SeedError> {
    let (statements, digest) = match &seed.content {
        SeedContent::Csv(csv) => (Vec::new(), csv.digest()),
        SeedContent::Sql(text) => {
            let statements = statements(text, dialect, options).map_err(|(at, kind)| {
                let position = match &kind {
                    UnfitSeed::Split(error) => Some(error.position()),
                    _ => at.as_ref().map(|statement| statement.position),
                };
                SeedError::Unfit { path: seed.path.clone(), position, statement: at, kind }
            })?;
            (statements, normalized_digest(&text.text, dialect))
        }
    };
    Ok(PreparedSeed { seed, is_repeated, statements, digest })
}

type Unfit = (Option<Box<Statement>>, UnfitSeed);

fn statements(
    text: &SqlSeed,
    dialect: Dialect,
    options: &RunOptions,
) -> Result<Vec<Statement>, Unfit> {
    let statements = sql::split(&text.text, dialect, text.position)
        .map_err(|error| (None, UnfitSeed::Split(error)))?;
    if statements.is_empty() {
        return Err((None, UnfitSeed::Empty));
    }
    let checked = statements.into_iter().map(|statement| {
        if let Some(kind) = unfit(&statement, dialect) {
            return Err((Some(Box::new(statement)), kind));
        }
        match text.is_template {
            true => filled(statement, dialect, options),
            false => Ok(statement),
        }
    });
    checked.collect()
}

/// What keeps a statement from being part of one transaction.
fn unfit(statement: &Statement, dialect: Dialect) -> Option<UnfitSeed> {
    if let Some(control) = sql::transaction_control(statement, dialect) {
        return Some(UnfitSeed::TransactionControl { words: control.words().to_owned() });
    }
    if let Some(words) = sql::refuses_transaction(statement, dialect) {
        return Some(UnfitSeed::RefusesTransaction { words });
    }
    if let Some(words) = sql::commits_implicitly(statement, dialect) {
        return Some(UnfitSeed::Commits { words });
    }
    let locks = sql::session_effect(statement, dialect) == SessionEffect::TableLocks;
    locks.then_some(UnfitSeed::Commits { words: "LOCK TABLES" })
}

/// A statement with its variables filled in.
fn filled(
    statement: Statement,
    dialect: Dialect,
    options: &RunOptions,
) -> Result<Statement, Unfit> {
    let Some(tenant) = &options.tenant else {
        return Err((Some(Box::new(statement)), UnfitSeed::NoTenant));
    };
    let value = |name: &str| match name {
        "tenant" => Some(quote_literal(dialect, &tenant.name)),
        "schema" => Some(quote_identifier(dialect, &tenant.schema)),
        _ => None,
    };
    match sql::fill_variables(&statement.text, dialect, &value) {
        Ok(text) => Ok(Statement { text, ..statement }),
        Err(error) => Err((Some(Box::new(statement)), UnfitSeed::Template(error))),
    }
}

impl PreparedSeed<'_> {
    pub(super) fn report(&self, standing: SeedStanding) -> SeedReport {
        SeedReport { seed: self.seed.name.clone(), standing, rows: None }
    }

    /// The error of a commit: of a lost connection nobody knows what became of the transaction.
    pub(super) fn commit_error(&self, error: DatabaseError) -> SeedError {
        match error.kind {
            DatabaseErrorKind::Unreachable => SeedError::Database(error),
            _ => SeedError::Commit { path: self.seed.path.clone(), error },
        }
    }
}
