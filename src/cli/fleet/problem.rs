//! What keeps a command from working on a rollout.

use crate::cli::exit_code::ExitCode;
use crate::db::Counts;

/// Why a command on rollouts ends without success.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum FleetProblem {
    /// Several databases, and nobody says which keeps the rollouts.
    #[error("nothing says which database the rollouts are kept in")]
    NoHome { names: Vec<String> },
    #[error("there is no rollout that is not finished")]
    NoneOpen,
    #[error("there is no rollout `{id}`")]
    NoSuch { id: String, known: Vec<String> },
    #[error("several rollouts are not finished, and one of them must be named")]
    Several { ids: Vec<String> },
    #[error(
        "a rollout works on its own sites: --database, --tenant and the like mean nothing here"
    )]
    Chosen,
    #[error("rollout {id} is {state}")]
    NotOpen { id: String, state: &'static str },
    #[error("{site} is in rollout {other}, which is not finished")]
    Taken { site: String, other: String },
    #[error(
        "'{target}' means something else after each step, and a rollout comes to a site more than once"
    )]
    Relative { target: String },
    #[error("databases {} need each other's revisions, so that none can be brought on first", .names.join(" and "))]
    Circle { names: Vec<String> },
    #[error("rollout {id} was made with other revisions than these")]
    OtherFiles { id: String },
    #[error("rollout {id} was made by limbeck {theirs}, and this is limbeck {}", env!("CARGO_PKG_VERSION"))]
    OtherVersion { id: String, theirs: String },
    #[error("rollout {id}: {} of {} sites failed", .counts.failed, .counts.total())]
    Failed { id: String, counts: Counts },
    #[error("rollout {id} was aborted: {} of {} sites are done", .counts.done, .counts.total())]
    Aborted { id: String, counts: Counts },
    #[error(
        "the URL of database {database} leads to another one here than where the rollout was made"
    )]
    OtherDatabase { database: String },
    #[error("rollout {id}: database {database} is out of reach from here: {why}")]
    OutOfReach { id: String, database: String, why: String },
    #[error("rollout {id} waits: {why}")]
    Waits { id: String, why: String },
    #[error("interrupted")]
    Interrupted { id: Option<String> },
}

impl FleetProblem {
    /// The exit status.
    pub(in crate::cli) fn code(&self) -> ExitCode {
        match self {
            FleetProblem::NoHome { .. } => ExitCode::Configuration,
            FleetProblem::NoneOpen
            | FleetProblem::NoSuch { .. }
            | FleetProblem::Several { .. }
            | FleetProblem::NotOpen { .. }
            | FleetProblem::Chosen
            | FleetProblem::Relative { .. } => ExitCode::Usage,
            FleetProblem::Taken { .. } => ExitCode::Locked,
            FleetProblem::Circle { .. }
            | FleetProblem::OtherDatabase { .. }
            | FleetProblem::OtherFiles { .. }
            | FleetProblem::OtherVersion { .. } => ExitCode::Integrity,
            FleetProblem::Failed { counts, .. } if counts.failed == counts.total() => {
                ExitCode::Failed
            }
            FleetProblem::Failed { .. } => ExitCode::Partial,
            FleetProblem::Aborted { .. } | FleetProblem::Waits { .. } => ExitCode::Pending,
            FleetProblem::OutOfReach { .. } => ExitCode::Unreachable,
            FleetProblem::Interrupted { .. } => ExitCode::Interrupted,
        }
    }

    /// What to do.
    pub(in crate::cli) fn hints(&self) -> Vec<String> {
        match self {
            FleetProblem::NoHome { names } => vec![format!(
                "name one in limbeck.toml, which all workers reach: [fleet] home = \"{}\"",
                names.first().map_or("NAME", String::as_str)
            )],
            FleetProblem::NoneOpen => vec![
                "`limbeck fleet create` makes one; `limbeck fleet work --wait TIME` waits for one"
                    .to_owned(),
            ],
            FleetProblem::NoSuch { known, .. } if known.is_empty() => {
                vec!["there has been none; `limbeck fleet create` makes one".to_owned()]
            }
            FleetProblem::NoSuch { known, .. } => vec![format!("there are: {}", known.join(", "))],
            FleetProblem::Several { ids } => vec![format!("name one of: {}", ids.join(", "))],
            FleetProblem::Chosen => {
                vec!["`limbeck fleet create` and `limbeck fleet retry` take them".to_owned()]
            }
            FleetProblem::NotOpen { .. } | FleetProblem::Aborted { .. } => {
                vec!["`limbeck fleet create` makes another one of what is left".to_owned()]
            }
            FleetProblem::Taken { other, .. } => vec![format!(
                "`limbeck fleet status {other}` shows it, `limbeck fleet abort {other}` ends it"
            )],
            FleetProblem::Relative { .. } => {
                vec!["name the revision itself, a head or `heads`".to_owned()]
            }
            FleetProblem::Circle { .. } => {
                vec!["bring them on together first: limbeck upgrade --shared".to_owned()]
            }
            FleetProblem::OtherFiles { id } => vec![
                "give this worker the files that the rollout was made with".to_owned(),
                format!("or end it, `limbeck fleet abort {id}`, and make another one with these"),
            ],
            FleetProblem::OtherVersion { id, theirs } => vec![
                format!("give this worker limbeck {theirs}"),
                format!("or end it, `limbeck fleet abort {id}`, and make another one with this"),
            ],
            FleetProblem::Failed { id, .. } => vec![format!(
                "`limbeck fleet status {id}` tells why; `limbeck fleet retry {id}` has them tried again"
            )],
            FleetProblem::OtherDatabase { .. } => Vec::new(),
            FleetProblem::OutOfReach { .. } => {
                vec!["its sites are left to workers that reach it".to_owned()]
            }
            FleetProblem::Waits { id, .. } => {
                vec![format!("`limbeck fleet status {id}` shows all of it")]
            }
            FleetProblem::Interrupted { .. } => {
                vec!["what was begun is given back; the same command goes on".to_owned()]
            }
        }
    }
}
