//! What env.py does around the migrations is not done, and runs say so in one line.

use insta::assert_snapshot;

use super::project::{ENV, alembic_project};
use crate::support::TestEnvironment;

fn with_search_path() -> TestEnvironment {
    let env = alembic_project();
    let env_py = ENV.replace(
        "        context.configure(connection=connection)\n",
        "        connection.execute(text('CREATE SCHEMA IF NOT EXISTS tenant'))\n        \
         connection.execute(text('SET search_path TO tenant'))\n        \
         context.configure(connection=connection)\n        \
         connection.execute(text('SET search_path TO tenant'))\n",
    );
    env.write("migrations/env.py", format!("from sqlalchemy import text\n{env_py}"));
    env
}

#[test]
fn every_command_that_runs_warns_once() {
    let env = with_search_path();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    warning: migrations/env.py does around the migrations what limbeck does not: creates a schema (line 14), sets search_path (lines 15, 17); see `limbeck compat`
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["-q", "downgrade", "-1"]), @"
    ------- stderr -------
    warning: migrations/env.py does around the migrations what limbeck does not: creates a schema (line 14), sets search_path (lines 15, 17); see `limbeck compat`
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["stamp", "head"]), @"
    ------- stderr -------
    warning: migrations/env.py does around the migrations what limbeck does not: creates a schema (line 14), sets search_path (lines 15, 17); see `limbeck compat`
    Running stamp_revision a1 -> b2
    [exit status: 0]
    ");
    assert!(env.run(&["upgrade", "--sql"]).stderr.starts_with("warning: "));
    // Nothing is changed by those that read.
    assert_snapshot!(env.run(&["current"]), @"
    b2 (head)
    ------- stderr -------
    [exit status: 0]
    ");
    assert_eq!(env.run(&["history"]).stderr, "");
}

#[test]
fn a_limbeck_toml_says_that_one_knows() {
    let env = with_search_path();
    // One that says nothing is no answer.
    env.write("limbeck.toml", "[scripts]\n");
    assert!(env.run(&["upgrade", "--sql"]).stderr.starts_with("warning: "));
    env.write("limbeck.toml", "[scripts]\nstands_in_for_env_py = true\n");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    [exit status: 0]
    ");
}

#[test]
fn an_advisory_lock_and_autogenerate_are_no_reason() {
    let env = alembic_project();
    let env_py = ENV.replace(
        "        context.configure(connection=connection)\n",
        "        connection.execute(text('SELECT pg_advisory_lock(1)'))\n        \
         context.configure(connection=connection, include_object=f, render_as_batch=True)\n",
    );
    env.write("migrations/env.py", format!("from sqlalchemy import text\n{env_py}"));
    assert_eq!(env.run(&["upgrade"]).stderr.lines().next(), Some("Running upgrade  -> a1, rev a1"));
}

#[test]
fn what_new_revisions_would_get_of_env_py() {
    let env = alembic_project();
    let env_py = ENV
        .replace("connection=connection)", "connection=connection, process_revision_directives=f)");
    env.write("migrations/env.py", format!("def f(*args):\n    pass\n\n\n{env_py}"));
    assert_eq!(env.run(&["revision", "--rev-id", "c3", "-m", "x"]).stderr, "");
    let ini = env.read("alembic.ini");
    env.write("alembic.ini", format!("{ini}revision_environment = true\n"));
    assert_snapshot!(env.run(&["revision", "--rev-id", "d4", "-m", "y"]), @"
    Generating $PROJ/migrations/versions/d4_y.py ...  done
    ------- stderr -------
    warning: migrations/env.py, line 17: process_revision_directives has no effect on the new revision
    [exit status: 0]
    ");
}
