//! Whole stories on several real servers: the projects of `examples/`, the incident of EPSM's guide, databases that
//! fail in different ways at the same time.

mod checklist;
mod epsm;
mod failures;
mod incident;
mod projectmeats;
mod shopx;
mod shopx_example;
mod sotp;
pub(crate) mod support;
