//! Plans: what a command will do, as a value, before anything is done.
//!
//! Every function here is pure: graph, rows and targets go in, ordered steps come out, each with
//! the rows before and after. The same input gives the same plan, always.

mod across;
mod applied;
mod downgrade;
mod history;
mod replay;
mod single;
mod stamp;
mod step;
mod upgrade;

#[cfg(test)]
mod laws;

pub use across::Across;
pub use across::Leg;
pub use across::Need;
pub use across::Obstacle;
pub use across::Party;
pub use across::Standing;
pub use across::Stop;
pub use across::Unmet;
pub use across::across;
pub use across::unmet;
pub use downgrade::downgrade;
pub use history::history;
pub use replay::replay;
pub use single::SingleStepError;
pub use single::applied;
pub use single::apply_one;
pub use single::revert_one;
pub use stamp::stamp;
pub use stamp::take_over;
pub use step::Direction;
pub use step::Plan;
pub use step::Step;
pub use upgrade::upgrade;
