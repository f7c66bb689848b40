//! `--- verify` sections: a query that must be true once a revision is applied.
//!
//! It is true where there is a row, and the first value of the first one is none of NULL, false, a
//! number that is zero, an empty text, and the texts `f`, `false` and `0`.

use limbeck_schema::Dialect;
use limbeck_schema::SqlValue;
use limbeck_schema::quote_literal;

use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::db::Timeouts;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::plan::Step;
use crate::script::Direction as ScriptDirection;
use crate::script::RevisionFile;
use crate::script::sql::Statement;

use super::error::RunErrorKind;
use super::error::Undone;
use super::options::RunOptions;
use super::prepare;
use super::prepare::PreparedScript;
use super::prepare::UnfitScript;
use super::prepare::UnfitScriptKind;
use super::step::StepRunner;
use super::step::failure;

/// The query of the section of `file`, where it has one for this dialect; `transaction` tells whether
/// it runs in one.
pub(super) fn query_of(
    file: &RevisionFile,
    (direction, dialect): (Direction, Dialect),
    transaction: bool,
    run: &RunOptions,
) -> Result<Option<Statement>, UnfitScript> {
    if direction != Direction::Upgrade {
        return Ok(None);
    }
    let Some(section) = file.section(ScriptDirection::Verify, dialect) else { return Ok(None) };
    let unfit = |statement: Option<&Statement>, kind| UnfitScript {
        revision: file.revision.id.clone(),
        path: section.path.to_path_buf(),
        position: Some(statement.map_or(section.position, |statement| statement.position)),
        statement: statement.cloned(),
        kind,
    };
    let statements = prepare::statements_of(file, section, dialect, run)?;
    for statement in &statements {
        if let Some(kind) = prepare::unfitness(statement, dialect, transaction) {
            return Err(unfit(Some(statement), kind));
        }
    }
    match statements.as_slice() {
        [_, second, ..] => {
            Err(unfit(Some(second), UnfitScriptKind::SeveralQueries { count: statements.len() }))
        }
        statements => Ok(statements.first().cloned()),
    }
}

/// A statement of PostgreSQL that fails where `query` is not true: for a text, and for whoever
/// reads no rows.
pub(crate) fn assertion(revision: &RevisionId, query: &Statement) -> String {
    let literal = |text: &str| quote_literal(Dialect::Postgresql, text);
    let text = literal(query.text.trim_end().trim_end_matches(';'));
    let message = literal(&format!("revision {revision} is not as its verify section says"));
    let mut tag = "limbeck".to_owned();
    while text.contains(&tag) || message.contains(&format!("${tag}$")) {
        tag.push('_');
    }
    format!(
        "DO ${tag}$ DECLARE found text; BEGIN EXECUTE {text} INTO found; IF found IS NULL OR found ~* \
         '^\\s*([-+]?0*\\.?0*|f|false)\\s*$' THEN RAISE EXCEPTION USING MESSAGE = {message}; END IF; END \
         ${tag}$"
    )
}

impl StepRunner<'_> {
    /// Asks the query of `script`, which has run.
    ///
    /// # Errors
    /// A failed statement, also where it is not true. `undone` is what that undoes.
    pub(super) fn verify(
        &mut self,
        script: &PreparedScript,
        undone: Undone,
    ) -> Result<(), RunErrorKind> {
        let Some(query) = &script.verification else { return Ok(()) };
        let failed = |error| failure(script, query, error, undone);
        let answer = self.database.execute(&query.text, &[]).map_err(failed)?;
        let first = answer.rows.first().map(|row| row.first().unwrap_or(&SqlValue::Null));
        let found = match first {
            Some(value) if is_true(value) => return Ok(()),
            Some(value) => shown(value),
            None => "no row".to_owned(),
        };
        let message = format!(
            "revision {} is not as its verify section says, which gives {found}",
            script.revision
        );
        Err(failed(DatabaseError::new(DatabaseErrorKind::Statement, message)))
    }

    /// The same outside a transaction: a rerun comes back to it, with a session of its own, so that no
    /// settings of the script count here either. That it failed is journaled.
    pub(super) fn verify_outside(
        &mut self,
        step: &Step,
        script: &PreparedScript,
    ) -> Result<(), RunErrorKind> {
        let Some(query) = &script.verification else { return Ok(()) };
        let started = (self.options.clock)();
        self.check_interrupt(Some(&script.revision))?;
        self.database.reset_session()?;
        let timeouts = self.timeouts_of(script, std::slice::from_ref(query));
        if timeouts != Timeouts::default() {
            self.database.set_timeouts(timeouts)?;
        }
        let result = self.verify(script, Undone::Nothing);
        if let Err(error) = &result {
            self.record_failure(step, Some(script), started, error);
        }
        result
    }
}

fn is_true(value: &SqlValue) -> bool {
    match value {
        SqlValue::Null => false,
        SqlValue::Bool(value) => *value,
        SqlValue::Int(number) => *number != 0,
        SqlValue::Float(number) => *number != 0.0,
        SqlValue::BigInt(text) | SqlValue::Decimal(text) | SqlValue::Text(text) => {
            is_true_text(text)
        }
        SqlValue::Bytes(bytes) => is_true_text(&String::from_utf8_lossy(bytes)),
        SqlValue::Json(value) => is_true_text(&value.to_string()),
        _ => true,
    }
}

/// As [`assertion`] has it.
fn is_true_text(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
    let is_zero =
        digits.chars().all(|digit| matches!(digit, '0' | '.')) && digits.matches('.').count() <= 1;
    !(is_zero || text == "f" || text == "false")
}

fn shown(value: &SqlValue) -> String {
    match value {
        SqlValue::Null => "NULL".to_owned(),
        SqlValue::Bool(value) => value.to_string(),
        SqlValue::Int(number) => number.to_string(),
        SqlValue::Float(number) => number.to_string(),
        SqlValue::BigInt(text) | SqlValue::Decimal(text) => text.clone(),
        SqlValue::Text(text) => format!("'{text}'"),
        SqlValue::Json(value) => value.to_string(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::sql;

    #[test]
    fn what_is_true() {
        let text = |text: &str| SqlValue::Text(text.to_owned());
        for value in [
            SqlValue::Bool(true),
            SqlValue::Int(-1),
            SqlValue::Float(0.5),
            SqlValue::Decimal("0.10".to_owned()),
            text("t"),
            text("users"),
            text("0x"),
            text("0.0.0"),
        ] {
            assert!(is_true(&value), "{value:?}");
        }
        for value in [
            SqlValue::Null,
            SqlValue::Bool(false),
            SqlValue::Int(0),
            SqlValue::Float(0.0),
            SqlValue::Decimal("0.00".to_owned()),
            SqlValue::BigInt("-0".to_owned()),
            SqlValue::Bytes(b"0".to_vec()),
            SqlValue::Json(serde_json::Value::Bool(false)),
            text(""),
            text(" F "),
            text("False"),
        ] {
            assert!(!is_true(&value), "{value:?}");
        }
    }

    #[test]
    fn an_assertion_is_one_statement_whatever_the_query_holds() {
        let text = "SELECT count(*) > 0 FROM t WHERE a = 'it''s $limbeck$';".to_owned();
        let position = sql::SourcePosition { line: 1, column: 1 };
        let made = assertion(&"a1".parse().unwrap(), &Statement { text, position });
        assert!(made.starts_with("DO $limbeck_$ "), "{made}");
        assert_eq!(sql::split(&made, Dialect::Postgresql, position).unwrap().len(), 1);
    }
}
