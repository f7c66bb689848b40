//! What `--sql` refuses, and which database it writes for.

use insta::assert_snapshot;

use super::offline::{config, forked};
use crate::support::{project, revision};

#[test]
fn what_cannot_be_written_down_is_refused_before_the_first_character() {
    let env = forked(&config("sqlite:app.db", "alembic"))
        .revision(
            revision("x1", &["m1"]).upgrade("CREATE TABLE x (id INTEGER);").downgrade("COMMIT;"),
        )
        .revision(revision("y1", &["x1"]).section("upgrade postgresql", "SELECT 1"))
        .build();
    assert_snapshot!(env.run(&["upgrade", "heads", "--sql"]), @"
    ------- stderr -------
    error: revision y1: the revision has no `--- upgrade` section for sqlite
      --> versions/y1_x.sql
    hint: add `--- upgrade` or `--- upgrade sqlite`; empty if nothing is to be done
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["downgrade", "x1:base", "--sql"]), @"
    ------- stderr -------
    error: revision x1: COMMIT is not allowed in a script: limbeck owns the transaction
      --> versions/x1_x.sql:14:1
       |  COMMIT
       |  ^
    hint: remove it: a revision is one transaction, or none with `transaction = false`
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["downgrade", "base", "--sql"]), @"
    ------- stderr -------
    error: downgrade with --sql requires <fromrev>:<torev>
    hint: such as `heads:-1`: without a database, what is applied must be said
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "a1:b1"]), @"
    ------- stderr -------
    error: Range revision not allowed
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "a1:b1:m1", "--sql"]), @"
    ------- stderr -------
    error: Range revision not allowed
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", ":b1", "--sql"]), @"
    ------- stderr -------
    error: '' names no revision
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "a1:", "--sql"]), @"
    ------- stderr -------
    error: '' names no revision
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "m1-1:m1", "--sql"]), @"
    ------- stderr -------
    error: Can't locate revision identified by 'm1-1'
    hint: 'm1-1' has no meaning for this command
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "current:m1", "--sql"]), @"
    ------- stderr -------
    error: Can't locate revision identified by 'current'
    hint: 'current' has no meaning for this command
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["stamp", "--purge", "m1", "--sql"]), @"
    ------- stderr -------
    error: Can't use --purge with --sql mode
    hint: write `DELETE FROM` the version table before the text yourself
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["stamp", "b1:m1", "b2:m1", "--sql"]), @"
    ------- stderr -------
    error: Stamp operation with --sql only supports a single starting revision at a time
      starts: b1, b2
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["--json", "upgrade", "b1", "--sql"]), @r#"
    {
      "errors": [
        {
          "database": null,
          "message": "--json has no meaning with --sql, whose result is SQL",
          "details": [],
          "hints": [],
          "exit_code": 64
        }
      ]
    }
    ------- stderr -------
    error: --json has no meaning with --sql, whose result is SQL
    [exit status: 64]
    "#);
    assert_snapshot!(env.run(&["--json", "ensure_version", "--sql"]), @r#"
    {
      "errors": [
        {
          "database": null,
          "message": "--json has no meaning with --sql, whose result is SQL",
          "details": [],
          "hints": [],
          "exit_code": 64
        }
      ]
    }
    ------- stderr -------
    error: --json has no meaning with --sql, whose result is SQL
    [exit status: 64]
    "#);
}

#[test]
fn one_of_several_databases() {
    let env = project()
        .config(
            "[databases.postgres]\nurl = \"postgresql://nowhere.invalid/app\"\nbranches = [\"postgres\"]\n\
             [databases.lite]\nurl = \"sqlite:lite.db\"\nbranches = [\"lite\"]\n",
        )
        .revision(revision("a1", &[]).label("postgres").upgrade("SELECT 1;").downgrade(""))
        .revision(revision("b1", &[]).label("lite").upgrade("SELECT 2;").downgrade(""))
        .build();
    assert_snapshot!(env.run(&["upgrade", "--sql"]), @"
    ------- stderr -------
    error: upgrade --sql with several databases needs one of them named
    hint: add --database with one of: postgres, lite
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["ensure_version", "--sql"]), @"
    ------- stderr -------
    error: ensure_version --sql with several databases needs one of them named
    hint: add --database with one of: postgres, lite
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "lite@head", "--sql"]), @"
    BEGIN;

    CREATE TABLE alembic_version (
        version_num VARCHAR(32) NOT NULL, 
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    );

    -- Running upgrade  -> b1

    SELECT 2;

    INSERT INTO alembic_version (version_num) VALUES ('b1') RETURNING version_num;

    COMMIT;

    ------- stderr -------
    Running upgrade  -> b1, rev b1
    [exit status: 0]
    ");
    // The start finds its database as well.
    assert_snapshot!(env.run(&["downgrade", "a1:base", "--sql"]), @"
    BEGIN;

    -- Running downgrade a1 -> 

    DELETE FROM alembic_version WHERE alembic_version.version_num = 'a1';

    COMMIT;

    ------- stderr -------
    Running downgrade a1 -> , rev a1
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["downgrade", "a1:lite@base", "--sql"]), @"
    ------- stderr -------
    error: no database takes all of 'a1 lite@base'
    [exit status: 64]
    ");
}
