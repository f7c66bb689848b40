//! Runs plans: lock, read, plan, check everything, then do it, step by step.
//!
//! A run is dumb on purpose. What is to be done is a [`Plan`](crate::plan::Plan), made by pure
//! functions; every effect goes through the [`Database`](crate::db::Database) trait; everything
//! that can be refused is refused before the first effect. What is left is order:
//!
//! * the rows are read, and a run with nothing to do ends there, without a lock;
//! * the lock is taken (polled, never blocking), and the rows are read again: somebody may have
//!   done the work meanwhile;
//! * every script of the plan is read, split and checked;
//! * each step runs in one transaction with its version rows and its journal entry, so that a
//!   crash at any point leaves either all of the step or none of it. A revision with
//!   `transaction = false` cannot have that; its statements are journaled one by one instead
//!   (see `resume.rs`);
//! * the query of a `--- verify` section is asked at the end of its step, within the transaction
//!   where there is one.
//!
//! Behind the steps come the repeatable scripts (see `repeat/mod.rs`).

mod adoption;
mod alone;
mod carried;
mod entry;
mod error;
mod fault;
mod gate;
mod half_reverted;
mod handoff;
mod integrity;
mod limits;
mod lock;
mod observer;
mod offline;
mod open_step;
mod options;
mod outside;
mod parted;
mod prepare;
mod preview;
mod python;
mod repeat;
mod report;
mod resume;
mod retry;
mod revisions;
mod row_length;
mod run;
mod seed;
mod standing;
mod step;
mod steps;
mod traces;
mod verdict;
mod verification;
mod verify;

pub(crate) use adoption::was_reverted;
pub use alone::Parts;
pub use error::LostState;
pub use error::OtherStatement;
pub use error::RunError;
pub use error::RunErrorKind;
pub use error::StatementFailure;
pub use error::Tries;
pub use error::Undone;
pub use error::numbered;
pub use fault::Fault;
pub use fault::FaultyDatabase;
pub use gate::Gate;
pub use gate::Open;
pub use handoff::Class as PythonClass;
pub use handoff::HandedOver;
pub use handoff::HandoffError;
pub use handoff::HandoffFailure;
pub use handoff::KeptPython;
pub use handoff::NotInstead;
pub use handoff::NotRendered;
pub use handoff::ProgramOrigin;
pub use handoff::PythonMode;
pub use handoff::PythonProgram;
pub use handoff::PythonRevision;
pub use handoff::Redirection;
pub use handoff::Rendered;
pub use handoff::Surveyed;
pub use handoff::Unhanded;
pub use handoff::check_program as check_python_program;
pub use handoff::class_of_step as python_class_of_step;
pub use handoff::render as render_python;
pub use handoff::survey as survey_python;
pub use integrity::AppliedText;
pub use integrity::Edited;
pub use integrity::TextChange;
pub use integrity::edited;
pub use integrity::edited_since;
pub use limits::LOCK_RETRY;
pub use limits::LOCK_TIMEOUT;
pub use limits::Limits;
#[cfg(feature = "cli")]
pub(crate) use lock::acquire;
pub use observer::Observer;
pub use observer::Silent;
pub use offline::Offline;
pub use open_step::OpenStep;
pub use open_step::open_steps;
pub use options::InDoubt;
pub use options::Journal;
pub use options::RunOptions;
pub use options::TenantVariables;
pub use options::TransactionMode;
pub use prepare::PreparedScript;
pub use prepare::ScriptBody;
pub use prepare::ScriptSource;
pub use prepare::UnfitScript;
pub use prepare::UnfitScriptKind;
pub(crate) use prepare::script_of;
pub use preview::InDoubtStatement;
pub use preview::Preview;
pub use preview::StepTransaction;
pub use python::EnvNaming;
pub use python::Environment;
pub use python::FileText;
pub use python::Known;
pub use python::LoadedTexts;
pub use python::Modules;
pub use python::Naming;
pub use python::Overrides;
pub use python::PythonBody;
pub use python::PythonFailure;
pub use python::PythonOptions;
pub use python::RandomBytes;
pub use python::header_value;
pub use python::place_of_failure;
pub use repeat::Due;
pub use repeat::Reason as RepeatReason;
pub use repeat::RepeatFailure;
pub use repeat::RepeatFailureKind;
pub use repeat::RepeatReport;
pub use repeat::Repeated;
pub use repeat::Standing as RepeatStanding;
pub use repeat::Waiting;
pub use repeat::Which as WhichRepeatables;
pub use report::Report;
pub use report::StepReport;
pub use retry::Contention;
pub use run::Migrator;
pub use run::Request;
pub use run::Standpoint;
pub use seed::PreparedSeed;
pub use seed::SeedError;
pub use seed::SeedReason;
pub use seed::SeedReport;
pub use seed::SeedStanding;
pub use seed::TableProblem;
pub use seed::UnfitSeed;
pub use seed::check_known;
pub use seed::check_needs;
pub use seed::prepare_seed;
pub use seed::run_seeds;
pub use seed::seed_standings;
pub use standing::standing;
pub use verdict::Doubt;
pub use verdict::HalfWay;
pub use verdict::UnseenDoubt;
pub use verdict::accept;
pub use verdict::doubts;
pub use verdict::half_way;
pub use verdict::record_lost_connection;
pub use verdict::resolve;
pub use verdict::resolve_unseen;
pub use verdict::start_over;
pub use verdict::unseen_doubts;
pub(crate) use verification::assertion;
pub use verify::Expectation;
pub use verify::Verification;
pub use verify::verify;
