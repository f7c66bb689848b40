//! Errors of databases, and of running scripts on them.

use std::borrow::Cow;

use limbeck_schema::Dialect;

use crate::cli::exit_code::ExitCode;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::exec::AppliedText;
use crate::exec::Edited;
use crate::exec::LostState;
use crate::exec::RunErrorKind;
use crate::exec::StatementFailure;
use crate::exec::Tries;
use crate::exec::Undone;
use crate::exec::UnfitScript;
use crate::exec::UnfitScriptKind;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::plan::Unmet;
use crate::script::sql::Carried;
use crate::script::sql::SourcePosition;
use crate::script::sql::Statement;
use crate::script::sql::TemplateError;

use super::Failure;
use super::connecting;
use super::handoff;
use super::python;
use super::repeat;
use super::rights;
use super::short;
use super::short_digest;
use super::target;

pub(super) fn database_code(kind: &DatabaseErrorKind) -> ExitCode {
    match kind {
        DatabaseErrorKind::Unreachable
        | DatabaseErrorKind::Authentication
        | DatabaseErrorKind::NoSuchDatabase => ExitCode::Unreachable,
        DatabaseErrorKind::Busy => ExitCode::Locked,
        DatabaseErrorKind::CorruptVersions | DatabaseErrorKind::Corrupt => ExitCode::Integrity,
        DatabaseErrorKind::Unsupported => ExitCode::Configuration,
        DatabaseErrorKind::VersionRowMoved(_)
        | DatabaseErrorKind::Denied(_)
        | DatabaseErrorKind::Statement => ExitCode::Failed,
    }
}

fn is_denied(error: &DatabaseError) -> bool {
    matches!(error.kind, DatabaseErrorKind::Denied(_))
}

pub(super) fn with_server_words(failure: Failure, error: &DatabaseError) -> Failure {
    let failure = match &error.detail {
        Some(detail) => failure.detail(format!("detail: {detail}")),
        None => failure,
    };
    failure.hint_if(error.hint.as_deref())
}

pub(super) fn database(name: &str, url: &str, error: &DatabaseError) -> Failure {
    let failure = Failure::new(database_code(&error.kind), format!("database {name}: {error}"));
    if let Some(connect) = &error.connect {
        return connecting::hints(failure, name, connect);
    }
    let failure = with_server_words(failure.detail(format!("--> {url}")), error);
    failure.hint_if(kind_hint(name, error))
}

/// What to do about a kind of error, where that can be said without knowing more.
fn kind_hint(name: &str, error: &DatabaseError) -> Option<Cow<'static, str>> {
    let words = match &error.kind {
        DatabaseErrorKind::NoSuchDatabase if name.contains('/') => {
            "`limbeck tenants create NAME` makes it, with all revisions of its branches"
        }
        DatabaseErrorKind::NoSuchDatabase => {
            return Some(format!("create the database first: limbeck db create -d {name}").into());
        }
        DatabaseErrorKind::Authentication => "check the user and the password",
        DatabaseErrorKind::Busy => {
            "another connection is writing; run the same command again when it has finished"
        }
        DatabaseErrorKind::CorruptVersions => {
            return Some(
                format!(
                    "limbeck did not write that; `limbeck stamp --purge REVISIONS -d {name}` empties \
                     the version table and sets it to these: name all that are to be there"
                )
                .into(),
            );
        }
        DatabaseErrorKind::VersionRowMoved(_) => {
            "another program, or the script itself, has changed the version table; `limbeck \
             current` shows what it says now"
        }
        DatabaseErrorKind::Denied(right) => return Some(rights::grant(right).into()),
        DatabaseErrorKind::Unreachable
        | DatabaseErrorKind::Corrupt
        | DatabaseErrorKind::Unsupported
        | DatabaseErrorKind::Statement => return None,
    };
    Some(words.into())
}

pub(super) fn run(name: &str, error: &RunErrorKind) -> Failure {
    match error {
        RunErrorKind::Target(error) => {
            let failure = target::target(error, Some(name));
            Failure { message: error.to_string(), ..failure }.detail(format!("in database {name}"))
        }
        RunErrorKind::Script(error) => unfit(error),
        RunErrorKind::Hook { hook, revision, .. } => {
            let failure =
                Failure::new(ExitCode::Failed, format!("database {name}: {error}"));
            match (*hook, revision) {
                ("before_run", _) => failure.hint("nothing was run"),
                ("before_step", Some(revision)) => failure.hint(format!(
                    "revision {revision} was not begun; what was committed before it stays"
                )),
                ("after_step", Some(revision)) => failure.hint(format!(
                    "revision {revision} is done and stays so; nothing was begun behind this hook"
                )),
                _ => failure.hint("the run is done: only its hook has failed"),
            }
        }
        RunErrorKind::StateChanged { .. } => {
            Failure::new(ExitCode::Integrity, format!("database {name}: {error}"))
                .hint("another run has changed the database since the plan was made: look at it, and make a new one")
        }
        RunErrorKind::NotTakenOver { versions } => {
            let ids: Vec<&str> = versions.iter().map(AsRef::as_ref).collect();
            Failure::new(ExitCode::Integrity, format!("database {name}: {error}"))
                .detail(format!("__diesel_schema_migrations has {}", ids.join(", ")))
                .hint("`limbeck import diesel` takes it over, once for each database")
        }
        RunErrorKind::IdsOfOneKey { .. } => {
            Failure::new(ExitCode::Configuration, format!("database {name}: {error}"))
                .hint("give one of them another id, in its file and wherever it is named")
                .hint("or give version_num a collation that tells them apart, such as utf8mb4_bin")
        }
        RunErrorKind::IdTooLong { revision, longest, is_made } => {
            let needed = revision.as_str().chars().count();
            let failure =
                Failure::new(ExitCode::Configuration, format!("database {name}: {error}"));
            match is_made {
                true => failure.hint(format!("widen that column to VARCHAR({needed}) at least")),
                false => failure.hint(format!(
                    "set `version_num_length = {needed}` for the database in limbeck.toml"
                )),
            }
            .hint(format!(
                "or give the revision an id of {longest} characters at most, in its file and \
                 wherever it is named"
            ))
        }
        RunErrorKind::OfflinePurge => Failure::new(ExitCode::Usage, error.to_string())
            .hint("write `DELETE FROM` the version table before the text yourself"),
        RunErrorKind::LockTimeout { .. } => {
            Failure::new(ExitCode::Locked, format!("database {name}: {error}"))
                .hint("--lock-wait SECONDS waits longer")
        }
        RunErrorKind::Database { error: inner } => {
            let failure =
                Failure::new(database_code(&inner.kind), format!("database {name}: {error}"));
            with_server_words(failure, inner).hint_if(kind_hint(name, inner))
        }
        RunErrorKind::Statement(failure) => {
            let code = match failure.error.kind {
                DatabaseErrorKind::Busy => ExitCode::Locked,
                DatabaseErrorKind::Unreachable => ExitCode::Unreachable,
                _ => ExitCode::Failed,
            };
            let words = Failure::new(code, format!("database {name}: {error}"))
                .at(&failure.path, Some(failure.position));
            let words = statement_line(words, &failure.statement, failure.position);
            with_blockers(with_server_words(words, &failure.error), failure)
                .hint_if(kind_hint(name, &failure.error).filter(|_| is_denied(&failure.error)))
                .hint(match failure.undone {
                    Undone::Revision => format!("revision {} was rolled back", failure.revision),
                    Undone::Run => "the whole run was rolled back".to_owned(),
                    Undone::Rest => "what came after the last revision outside a transaction was \
                                 rolled back"
                        .to_owned(),
                    Undone::Unbegun => "no database was touched".to_owned(),
                    Undone::Nothing if failure.error.kind == DatabaseErrorKind::Unreachable => format!(
                        "revision {} runs outside a transaction, and nobody has seen how the \
                         statement ended: a rerun looks in the catalog, and asks where that cannot \
                         tell",
                        failure.revision
                    ),
                    Undone::Part => format!(
                        "its transaction was rolled back; what came before that in revision {} is \
                         done, and a rerun continues there",
                        failure.revision
                    ),
                    Undone::Nothing => format!(
                        "revision {} runs outside a transaction: what came before the statement is \
                     done, and a rerun continues at it",
                        failure.revision
                    ),
                })
        }
        RunErrorKind::Repeatable(failure) => repeat::failed(name, failure),
        RunErrorKind::Commit { revision, path, error: inner } => {
            let words = Failure::new(
                database_code(&inner.kind),
                format!("database {name}: revision {revision} could not be committed: {error}"),
            )
            .at(path, None);
            with_server_words(words, inner)
                .hint(format!("revision {revision} was rolled back"))
                .hint_if(kind_hint(name, inner))
        }
        RunErrorKind::Interrupted { halfway } => {
            Failure::new(ExitCode::Interrupted, format!("database {name}: {error}")).hint(
                match halfway {
                    Some(revision) => format!(
                        "the statements of revision {revision} that have run stay done, and the \
                         journal has them; run the same command to continue behind them"
                    ),
                    None => "what was not finished was rolled back; run the same command to \
                             continue"
                        .to_owned(),
                },
            )
        }
        RunErrorKind::InDoubt { revision, path, statement, count, .. } => {
            let words = Failure::new(ExitCode::Interrupted, format!("database {name}: {error}"));
            // A statement that code has made is in no line of the file.
            let words = if *count == 0 {
                let text = python::first_line(&statement.text);
                words.at(path, None).detail(format!("statement: {text}"))
            } else {
                let words = words.at(path, Some(statement.position));
                statement_line(words, statement, statement.position)
            };
            words
                .hint(format!(
                    "look whether it took effect, say so, and run again: limbeck journal resolve \
                     {revision} -d {name} --as done, or --as not-done"
                ))
                .hint("or run again with --in-doubt skip if it did, --in-doubt rerun if it did not")
        }
        RunErrorKind::Python(failure) => python::failed(name, failure),
        RunErrorKind::PythonNeeded { revisions, why } => {
            handoff::python_needed(name, error, revisions, *why)
        }
        RunErrorKind::Handoff(failure) => handoff::failed(name, error, failure),
        RunErrorKind::PythonThread { .. } => {
            Failure::new(ExitCode::Failed, format!("database {name}: {error}"))
        }
        RunErrorKind::LeavesTransaction { path, .. } => {
            Failure::new(ExitCode::Configuration, format!("database {name}: {error}"))
                .at(path, None)
                .hint("what was open was rolled back")
                .hint(
                    "write `autocommit_block()`, or the text that ends the transaction, into the \
                     file of the revision itself, as a statement of its own",
                )
        }
        RunErrorKind::RollsBack { path, .. } => {
            Failure::new(ExitCode::Configuration, format!("database {name}: {error}"))
                .at(path, None)
                .hint("what was open was rolled back")
                .hint(
                    "a session that joins the connection (`Session(bind=op.get_bind())`) rolls back \
                     what is not its own: with Alembic the version row is lost then",
                )
                .hint(
                    "give it a savepoint: `with session.begin_nested():`, or \
                     `Session(…, join_transaction_mode=\"create_savepoint\")`",
                )
        }
        RunErrorKind::OtherStatement(other) => python::other_statement(name, error, other),
        RunErrorKind::HalfReverted { revision } => {
            Failure::new(ExitCode::Integrity, format!("database {name}: {error}"))
                .hint("run the same `limbeck downgrade` again to finish it")
                .hint(format!(
                    "or put back by hand what it has taken, and say so: limbeck journal resolve \
                     {revision} --all --as not-done -d {name}"
                ))
        }
        RunErrorKind::Unmet { unmet, cause } => unmet_need(name, unmet, cause.as_deref()),
        RunErrorKind::Elsewhere { database, kind } => run(database, kind).detail(format!(
            "its revisions need what is to be reverted on database {name}, so its lock is taken too"
        )),
        RunErrorKind::Edited(edited) => edited_files(name, error, edited),
        RunErrorKind::EditedWhileUnfinished { revision, path, .. } => {
            Failure::new(ExitCode::Integrity, format!("database {name}: {error}"))
                .at(path, None)
                .hint("restore the statements that have run; those after them may change")
                .hint(start_over(name, revision))
        }
        RunErrorKind::LostState(lost) => lost_state(name, error, lost),
    }
}

/// Who held the lock that was not to be had, and how often it was tried.
fn with_blockers(mut words: Failure, failure: &StatementFailure) -> Failure {
    for session in failure.error.server.iter().flat_map(|server| &server.blockers) {
        words = words.detail(session.holding());
    }
    match failure.tries {
        Some(Tries { count, spent }) if count > 1 => words.hint(format!(
            "it was tried {count} times in {:.0} s; `lock_retry` says for how long",
            spent.as_secs_f64()
        )),
        _ => words,
    }
}

/// What ended with the session of an earlier run.
fn lost_state(name: &str, error: &RunErrorKind, lost: &LostState) -> Failure {
    let LostState { revision, path, lost, set_by, needed_by: (_, needed_by), is_done } = lost;
    let words = Failure::new(ExitCode::Integrity, format!("database {name}: {error}"))
        .at(path, Some(needed_by.position));
    let words = statement_line(words, needed_by, needed_by.position).detail(format!(
        "{lost} comes from statement {}, which is done, at {}:{}",
        set_by.0,
        short(path),
        set_by.1.position
    ));
    let value = match lost {
        _ if *is_done => None,
        Carried::Variable(_) => Some(format!(
            "write the value into the statement, or set {lost} to it in a statement right before"
        )),
        Carried::Prepared(_) => Some("write the prepared text itself in its place".to_owned()),
        Carried::Database => Some("write the USE itself right before the statement".to_owned()),
        Carried::Setting(_) | Carried::Global(_) => {
            Some("set it to the value itself in a statement right before".to_owned())
        }
        Carried::Function(_) | Carried::Sequence(_) => {
            Some("write the value into the statement".to_owned())
        }
    };
    let again = (!matches!(lost, Carried::Function(_) | Carried::Sequence(_))).then(|| {
        format!(
            "if it does no harm to run statement {0} again: limbeck journal resolve {revision} \
             --statement {0} --as not-done -d {name}",
            set_by.0
        )
    });
    words.hint_if(value).hint_if(again).hint(start_over(name, revision))
}

/// How a revision that stopped half-way is begun anew.
pub(super) fn start_over(name: &str, revision: &RevisionId) -> String {
    format!(
        "to start over, undo by hand what its statements have done, then: limbeck journal resolve \
         {revision} --all --as not-done -d {name}"
    )
}

/// What another run did meanwhile.
fn unmet_need(name: &str, unmet: &Unmet, cause: Option<&str>) -> Failure {
    let mut failure = Failure::new(ExitCode::Integrity, format!("database {name}: {unmet}"));
    if let Some(cause) = cause {
        return failure.detail(cause);
    }
    failure = failure.detail("found out under the lock: another run was at work meanwhile");
    match unmet.direction {
        Direction::Downgrade => failure.hint("run the same command again to see what comes first"),
        Direction::Upgrade | Direction::Stamp => {
            failure.hint("`limbeck upgrade` does all in the right order")
        }
    }
}

/// Both versions of each text: the one that was applied, and the one in the file.
fn edited_files(name: &str, error: &RunErrorKind, edited: &[Edited]) -> Failure {
    let mut failure = Failure::new(ExitCode::Integrity, format!("database {name}: {error}"));
    for one in edited {
        let AppliedText { raw_digest, at, actor, host, is_accepted, .. } = &one.applied;
        let word = if *is_accepted { "accepted" } else { "applied" };
        let now = one.now.as_deref().map_or("no such text", short_digest);
        failure = failure
            .at(&one.path, None)
            .detail(format!(
                " |  {word} {} on {} by {actor} at {host}",
                short_digest(raw_digest),
                at.format("%Y-%m-%d %H:%M:%S UTC"),
            ))
            .detail(format!(" |  now {now}"));
    }
    let ids: Vec<&str> = edited.iter().map(|one| one.revision.as_str()).collect();
    failure.hint("put the old text back, and make a new revision for what is to change").hint(
        format!(
            "or, where the new text is right, see the difference and accept it: limbeck journal \
             accept {} -d {name}",
            ids.join(" ")
        ),
    )
}

fn unfit(error: &UnfitScript) -> Failure {
    let mut what = error.to_string();
    if let Some(position) = error.position {
        // The place has a line of its own.
        what = what.strip_prefix(&format!("{position}: ")).unwrap_or(&what).to_owned();
    }
    let message = format!("revision {}: {what}", error.revision);
    let mut failure = Failure::new(ExitCode::Configuration, message);
    if !error.path.as_os_str().is_empty() {
        failure = failure.at(&error.path, error.position);
    }
    if let (Some(statement), Some(position)) = (&error.statement, error.position) {
        failure = statement_line(failure, statement, position);
    }
    match &error.kind {
        UnfitScriptKind::TransactionControl { dialect: Dialect::Mysql, .. }
        | UnfitScriptKind::Savepoint { dialect: Dialect::Mysql } => {
            failure.hint("remove it: on MySQL each statement of a revision is one by itself")
        }
        UnfitScriptKind::TransactionControl { .. } => failure
            .hint("remove it: a revision is one transaction, or none with `transaction = false`"),
        UnfitScriptKind::RefusesTransaction { .. } => failure.hint(
            "leave `transaction` out of the front matter: such a statement is then sent alone, the \
             others in transactions of their own",
        ),
        // A directory as Diesel writes them has files in the place of sections.
        UnfitScriptKind::NoSection { .. } if error.path.extension().is_none() => {
            failure.hint("add a down.sql; empty if nothing is to be done")
        }
        UnfitScriptKind::NoSection { direction, dialect } => failure.hint(format!(
            "add `--- {direction}` or `--- {direction} {dialect}`; empty if nothing is to be done"
        )),
        UnfitScriptKind::OtherDatabases { .. } => failure.hint(
            "`databases` of a revision and `branches` of a database must agree: put the revision \
             on a branch that only its databases take",
        ),
        UnfitScriptKind::NoTenant => failure.hint(
            "take `template = true` out, or let its branch run in tenants only (`tenant` of \
             `[databases.NAME.tenants]`)",
        ),
        UnfitScriptKind::Template(TemplateError::Unknown { .. }) => {
            failure.hint("there are {{ tenant }} and {{ schema }}")
        }
        UnfitScriptKind::Template(TemplateError::Quoted { .. }) => failure
            .hint("leave the quotes out: {{ tenant }} is a literal, {{ schema }} a quoted name"),
        UnfitScriptKind::SeveralQueries { .. } => {
            failure.hint("join them with AND: SELECT (SELECT …) AND (SELECT …)")
        }
        UnfitScriptKind::TemporaryObject => {
            failure.hint("use an ordinary table, and drop it at the end of the script")
        }
        UnfitScriptKind::Savepoint { .. } => failure
            .hint("remove it, or let the revision run in a transaction (`transaction = true`)"),
        UnfitScriptKind::TableLocks => {
            failure.hint("remove it, and UNLOCK TABLES: limbeck keeps other runs out by itself")
        }
        UnfitScriptKind::NoWayBack => {
            failure.hint("name the database in the URL: mysql://host/DATABASE")
        }
        UnfitScriptKind::PythonOutsideRun
        | UnfitScriptKind::OutsideRunTransaction
        | UnfitScriptKind::RefusesRunTransaction { .. } => {
            failure.hint("set `transaction_mode = \"revision\"`, or split the run")
        }
        _ => failure,
    }
}

/// The line of `statement` that stands at `position`, with a caret.
pub(super) fn statement_line(
    failure: Failure,
    statement: &Statement,
    position: SourcePosition,
) -> Failure {
    let index = position.line.saturating_sub(statement.position.line);
    let Some(line) = statement.text.lines().nth(index) else {
        return failure;
    };
    // The first line of a statement may begin in the middle of a line of the file.
    let skipped = if index == 0 { statement.position.column - 1 } else { 0 };
    failure.source_line(line, position.column.saturating_sub(skipped))
}
