//! Seven databases on five servers, of which one is down, one refuses the password, one is behind and one is ahead of the
//! files: every command says which, and does what can be done for the others.

use insta::assert_snapshot;

use super::support::show_as;
use crate::support::{TestEnvironment, postgres, project, query, revision, second_postgres};
