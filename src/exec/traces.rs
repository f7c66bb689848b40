//! Whether a statement took effect, by what it leaves behind.

use crate::db::Attachment;
use crate::db::CatalogObject;
use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::ObjectKind;
use crate::db::ObjectState;
use crate::script::sql;
use crate::script::sql::Effect;
use crate::script::sql::Statement;
use crate::script::sql::Trace;

use super::resume::Progress;

/// What the catalog tells of a statement that was begun before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// It took effect.
    TookEffect,
    /// It did not, or can be run again in any case.
    DidNot,
    /// It did not, and left this behind, which must go first.
    LeftInvalid(CatalogObject),
    /// Nothing.
    Nothing,
}

impl From<bool> for Told {
    fn from(took_effect: bool) -> Self {
        if took_effect { Told::TookEffect } else { Told::DidNot }
    }
}

/// Whether `statement`, of which the journal tells `progress`, took effect. Changes nothing.
///
/// # Errors
/// When the catalog cannot be read.
pub(super) fn effect_of(
    database: &mut dyn Database,
    statement: &Statement,
    progress: Progress,
) -> Result<Told, DatabaseError> {
    let effect = sql::leaves_behind(statement, database.dialect());
    told_by(database, effect, progress)
}

/// The same of a statement with this `effect`.
///
/// # Errors
/// When the catalog cannot be read.
pub(super) fn told_by(
    database: &mut dyn Database,
    effect: Effect,
    progress: Progress,
) -> Result<Told, DatabaseError> {
    let in_doubt = progress == Progress::InDoubt;
    Ok(match effect {
        Effect::Repeatable => Told::DidNot,
        Effect::Creates(object) => match database.probe(&object)? {
            ObjectState::Present => in_doubt.into(),
            ObjectState::Absent => Told::DidNot,
            ObjectState::Invalid => Told::LeftInvalid(object),
        },
        Effect::Drops(object) => {
            (in_doubt && database.probe(&object)? == ObjectState::Absent).into()
        }
        // What is half done is brought to its end when it runs again.
        Effect::Detaches { parent, partition } => {
            let is_gone = database.attachment(&parent, &partition)? == Attachment::Detached;
            (is_gone && progress != Progress::Untouched).into()
        }
        Effect::Traces(_) | Effect::Fills(_) | Effect::Unknown if !in_doubt => Told::DidNot,
        Effect::Traces(traces) => tell(database, &traces)?.map_or(Told::Nothing, Told::from),
        Effect::Fills(table) => match database.probe(&table)? {
            ObjectState::Absent => Told::DidNot,
            _ => Told::Nothing,
        },
        Effect::Unknown => Told::Nothing,
    })
}

/// Whether all of `traces` are there (`Some(true)`) or none (`Some(false)`); `None` when they
/// contradict each other, since then somebody else has been at work, or a list of tables was
/// dropped in part.
pub(super) fn tell(
    database: &mut dyn Database,
    traces: &[Trace],
) -> Result<Option<bool>, DatabaseError> {
    let mut verdict = None;
    for trace in traces {
        if let Trace::Drops(object) = trace
            && object.kind == ObjectKind::Constraint
        {
            match is_gone(database, object)? {
                Some(is_left) if verdict.is_some_and(|before| before != is_left) => {
                    return Ok(None);
                }
                Some(is_left) => verdict = Some(is_left),
                None => {}
            }
            continue;
        }
        let state = database.probe(trace.object())?;
        let is_left = match trace {
            Trace::Creates(_) => state != ObjectState::Absent,
            Trace::Drops(_) => state == ObjectState::Absent,
        };
        match verdict {
            Some(before) if before != is_left => return Ok(None),
            _ => verdict = Some(is_left),
        }
    }
    Ok(verdict)
}

/// Whether `DROP CONSTRAINT` has taken `constraint` away, whose type it does not say; `None` where
/// that cannot be told: MariaDB lets a foreign key and a unique key of a table have one name, and
/// drops the foreign key first, so that a unique key may be what is to stay. No other two may.
fn is_gone(
    database: &mut dyn Database,
    constraint: &CatalogObject,
) -> Result<Option<bool>, DatabaseError> {
    if constraint.name.eq_ignore_ascii_case("PRIMARY") {
        return Ok(Some(database.probe(constraint)? == ObjectState::Absent));
    }
    for (kind, told) in [
        (ObjectKind::ForeignKey, Some(false)),
        (ObjectKind::Check, Some(false)),
        (ObjectKind::Unique, None),
    ] {
        let object = CatalogObject { kind, ..constraint.clone() };
        if database.probe(&object)? != ObjectState::Absent {
            return Ok(told);
        }
    }
    Ok(Some(true))
}
