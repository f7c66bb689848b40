//! Statements in doubt.
