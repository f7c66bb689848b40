//! Revision files: read, written and named. The only module that touches them.

pub mod sql;
