//! Health over HTTP, for those who ask again and again: orchestrators and Prometheus.
//!
//! A question never costs more than one look at the databases in each period, however many ask at
//! the same time, and whoever asks slowly, or asks much, is cut off. There is no TLS and no
//! authentication: it listens to its own machine unless told otherwise.

mod checker;
mod metrics;
mod server;

pub(super) use checker::Checker;
pub(super) use server::serve;
