//! Rollouts over many machines: any number of workers, and what becomes of their work when they end.

mod away;
mod crew;
mod manifests;
mod policy;
mod refused;
mod support;
