//! How databases are: looked at all at once, each within its time ([`look`]), and judged by what
//! the files declare ([`judge`]). What is seen and what it means are kept apart, so that a judgement
//! needs no database.

mod ask;
mod await_ready;
mod groups;
mod judge;
mod look;
mod problem;
mod progress;
mod roster;
mod site_health;
mod survey;
mod text;

pub(super) use ask::ask_all;
pub(super) use await_ready::Patience;
pub(super) use await_ready::await_ready;
pub(super) use groups::Group;
pub(super) use groups::groups;
pub(super) use look::Depth;
pub(super) use look::Lookout;
pub(super) use problem::Problem;
pub(super) use problem::ProblemSet;
pub(super) use roster::Entry;
pub(super) use roster::Roster;
pub(super) use site_health::SiteHealth;
pub(super) use site_health::SiteState;
pub(super) use survey::Survey;
pub(super) use survey::survey;
pub(super) use text::lines;
