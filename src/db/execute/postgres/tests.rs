//! Statements on a real server.
