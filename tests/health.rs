//! `health`, `status`, `wait`, `serve-health` and the hooks of failed runs.

mod databases;
mod hooks;
mod incident;
mod served;
