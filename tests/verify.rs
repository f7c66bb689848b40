//! `limbeck verify`: revisions up, down and up again on scratch databases.

mod faults;
mod faults_elsewhere;
mod fixtures;
mod safety;
mod scope;
mod sections;
