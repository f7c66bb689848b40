//! Bodies with operations are refused before anything is touched.

use insta::assert_snapshot;

use super::project::{alembic_project, revision, with_body};
use crate::support::{TestEnvironment, query};

/// Five revisions, the third of which makes a table.
fn five() -> TestEnvironment {
    let env = alembic_project();
    let body = ["op.create_table('t')", "op.drop_table('t')"];
    env.write("migrations/versions/c3_x.py", with_body("c3", "'b2'", body[0], body[1]));
    env.write("migrations/versions/d4_x.py", revision("d4", "'c3'"));
    env.write("migrations/versions/e5_x.py", revision("e5", "'d4'"));
    env
}

#[test]
fn the_third_of_five() {
    let env = five();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: revision c3: upgrade() has operations, and this version of limbeck does not run Python
      --> migrations/versions/c3_x.py:10:5
       |      op.create_table('t')
       |      ^
    hint: let Alembic run it (`alembic upgrade`): limbeck goes on from wherever that ends
    [exit status: 78]
    ");
    assert_eq!(query(&env, "sqlite:app.db", "SELECT count(*) FROM sqlite_master"), "0\n");
    assert_snapshot!(env.run(&["upgrade", "--sql"]), @"
    ------- stderr -------
    error: revision c3: upgrade() has operations, and this version of limbeck does not run Python
      --> migrations/versions/c3_x.py:10:5
       |      op.create_table('t')
       |      ^
    hint: let Alembic run it (`alembic upgrade`): limbeck goes on from wherever that ends
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["upgrade", "head", "--json"]), @r#"
    {
      "databases": [
        {
          "database": "main",
          "report": {
            "before": [],
            "after": [],
            "steps": []
          }
        }
      ],
      "errors": [
        {
          "database": "main",
          "message": "revision c3: upgrade() has operations, and this version of limbeck does not run Python",
          "details": [
            "--> migrations/versions/c3_x.py:10:5",
            " |      op.create_table('t')",
            " |      ^"
          ],
          "hints": [
            "let Alembic run it (`alembic upgrade`): limbeck goes on from wherever that ends"
          ],
          "exit_code": 78
        }
      ]
    }
    ------- stderr -------
    error: revision c3: upgrade() has operations, and this version of limbeck does not run Python
      --> migrations/versions/c3_x.py:10:5
       |      op.create_table('t')
       |      ^
    hint: let Alembic run it (`alembic upgrade`): limbeck goes on from wherever that ends
    [exit status: 78]
    "#);
    // What needs it not is done.
    env.run(&["upgrade", "b2"]).ok();
    assert_eq!(env.run(&["current"]).ok(), "b2\n");
    assert_snapshot!(env.run(&["upgrade", "+1"]), @"
    ------- stderr -------
    error: revision c3: upgrade() has operations, and this version of limbeck does not run Python
      --> migrations/versions/c3_x.py:10:5
       |      op.create_table('t')
       |      ^
    hint: let Alembic run it (`alembic upgrade`): limbeck goes on from wherever that ends
    [exit status: 78]
    ");
}

#[test]
fn stamp_goes_over_it() {
    let env = five();
    assert_snapshot!(env.run(&["stamp", "d4"]), @"
    ------- stderr -------
    Running stamp_revision  -> d4
    [exit status: 0]
    ");
    env.run(&["upgrade"]).ok();
    assert_eq!(env.run(&["current"]).ok(), "e5 (head)\n");
    assert_snapshot!(env.run(&["downgrade", "b2"]), @"
    ------- stderr -------
    error: revision c3: downgrade() has operations, and this version of limbeck does not run Python
      --> migrations/versions/c3_x.py:14:5
       |      op.drop_table('t')
       |      ^
    hint: let Alembic run it (`alembic downgrade`): limbeck goes on from wherever that ends
    [exit status: 78]
    ");
    assert_eq!(env.run(&["current"]).ok(), "e5 (head)\n");
    assert_snapshot!(env.run(&["downgrade", "head:b2", "--sql"]), @"
    ------- stderr -------
    error: revision c3: downgrade() has operations, and this version of limbeck does not run Python
      --> migrations/versions/c3_x.py:14:5
       |      op.drop_table('t')
       |      ^
    hint: let Alembic run it (`alembic downgrade`): limbeck goes on from wherever that ends
    [exit status: 78]
    ");
    env.run(&["downgrade", "c3"]).ok();
    env.run(&["stamp", "base"]).ok();
    assert_eq!(env.run(&["current"]).ok(), "");
}

#[test]
fn nothing_is_applied_on_any_database() {
    let env = five();
    env.write(
        "limbeck.toml",
        "[databases.one]\nurl = \"sqlite:one.db\"\n[databases.two]\nurl = \"sqlite:two.db\"\n",
    );
    // One database is behind the operations already.
    env.run(&["-d", "two", "stamp", "c3"]).ok();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: revision c3: upgrade() has operations, and this version of limbeck does not run Python
      --> migrations/versions/c3_x.py:10:5
       |      op.create_table('t')
       |      ^
    hint: let Alembic run it (`alembic upgrade`): limbeck goes on from wherever that ends
    [exit status: 78]
    ");
    let tables = "SELECT count(*) FROM sqlite_master";
    assert_eq!(query(&env, "sqlite:one.db", tables), "0\n");
    assert_eq!(query(&env, "sqlite:two.db", "SELECT * FROM alembic_version"), "c3\n");
}

#[test]
fn bodies_that_do_nothing() {
    for (n, body) in
        ["pass", "...", "\"\"\"Nothing to do.\"\"\"", "return", "return None", "pass\n    pass"]
            .iter()
            .enumerate()
    {
        let env = alembic_project();
        env.write("migrations/versions/c3_x.py", with_body("c3", "'b2'", body, body));
        env.run(&["upgrade"]).ok();
        env.run(&["downgrade", "base"]).ok();
        assert_eq!(
            query(&env, "sqlite:app.db", "SELECT count(*) FROM alembic_version"),
            "0\n",
            "{n}"
        );
    }
}

#[test]
fn functions_that_are_missing_or_strange() {
    for (n, text) in [
        "revision = 'c3'\ndown_revision = 'b2'\n",
        "revision = 'c3'\ndown_revision = 'b2'\n\n\ndef upgrade():\n    pass\n",
        "revision = 'c3'\ndown_revision = 'b2'\nupgrade = downgrade = lambda: None\n",
        "revision = 'c3'\ndown_revision = 'b2'\nfrom other import upgrade, downgrade\n",
        "revision = 'c3'\ndown_revision = 'b2'\n\n\n@decorated\ndef upgrade():\n    pass\n",
        "revision = 'c3'\ndown_revision = 'b2'\nprint('on import')\n\n\ndef upgrade():\n    pass\n",
    ]
    .iter()
    .enumerate()
    {
        let env = alembic_project();
        env.write("migrations/versions/c3_x.py", text);
        let output = env.run(&["upgrade"]);
        match n {
            0 => assert_snapshot!(output, @"
            ------- stderr -------
            error: revision c3: the revision has no function upgrade()
              --> migrations/versions/c3_x.py
            [exit status: 78]
            "),
            1 => assert_snapshot!(output, @"
            ------- stderr -------
            Running upgrade  -> a1, rev a1
            Running upgrade a1 -> b2, rev b2
            Running upgrade b2 -> c3
            [exit status: 0]
            "),
            2 => assert_snapshot!(output, @"
            ------- stderr -------
            error: revision c3: upgrade() has operations, and this version of limbeck does not run Python
              --> migrations/versions/c3_x.py:3:1
               |  upgrade = downgrade = lambda: None
               |  ^
            hint: let Alembic run it (`alembic upgrade`): limbeck goes on from wherever that ends
            [exit status: 78]
            "),
            3 => assert_snapshot!(output, @"
            ------- stderr -------
            error: revision c3: upgrade() has operations, and this version of limbeck does not run Python
              --> migrations/versions/c3_x.py:3:1
               |  from other import upgrade, downgrade
               |  ^
            hint: let Alembic run it (`alembic upgrade`): limbeck goes on from wherever that ends
            [exit status: 78]
            "),
            4 => assert_snapshot!(output, @"
            ------- stderr -------
            error: revision c3: upgrade() has operations, and this version of limbeck does not run Python
              --> migrations/versions/c3_x.py:5:1
               |  @decorated
               |  ^
            hint: let Alembic run it (`alembic upgrade`): limbeck goes on from wherever that ends
            [exit status: 78]
            "),
            _ => assert_snapshot!(output, @"
            ------- stderr -------
            Running upgrade  -> a1, rev a1
            Running upgrade a1 -> b2, rev b2
            Running upgrade b2 -> c3
            [exit status: 0]
            "),
        }
    }
}
