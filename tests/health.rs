//! `health`, `status`, `wait`, `serve-health` and the hooks of failed runs.

mod databases;
mod files;
mod flawed;
mod hooks;
mod incident;
mod served;
