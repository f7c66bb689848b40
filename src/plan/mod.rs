//! Plans: what a command will do, as a value, before anything is done.

mod heads;

pub use heads::HeadChange;
pub use heads::Heads;
