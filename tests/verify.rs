//! `limbeck verify`: revisions up, down and up again on scratch databases.

#[path = "verify/faults.rs"]
mod faults;
#[path = "verify/fixtures.rs"]
mod fixtures;
#[path = "verify/safety.rs"]
mod safety;
#[path = "verify/scope.rs"]
mod scope;
