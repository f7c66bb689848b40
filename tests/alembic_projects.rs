//! Alembic projects as they stand: the real binary beside `alembic.ini`, `pyproject.toml` and
//! `env.py`, with real Alembic at the next desk.

mod asynchronous;
mod bodies;
mod called_alembic;
mod compat;
mod compat_write;
mod encodings;
mod env_url;
mod env_version_table;
mod env_warning;
mod finding;
mod handoff;
mod headers;
mod hooks;
mod instead;
mod interop;
mod interpolation;
mod locations;
mod logging;
mod multidb;
mod new_files;
mod overrides;
pub(crate) mod project;
mod prove;
mod registries;
mod routes;
mod templates;
mod urls;
mod verify;
mod walks;
pub(crate) mod worker;
mod written;
