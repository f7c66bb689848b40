//! Bodies that limbeck does not run, and bodies that do nothing.

use insta::assert_snapshot;

use super::project::{alembic_project, revision, with_body};
use crate::support::{TestEnvironment, query};

/// Five revisions, the third of which calls a module that limbeck does not find.
fn five() -> TestEnvironment {
    let env = alembic_project();
    let body = ["import application; application.up()", "import application; application.down()"];
    env.write("migrations/versions/c3_x.py", with_body("c3", "'b2'", body[0], body[1]));
    env.write("migrations/versions/d4_x.py", revision("d4", "'c3'"));
    env.write("migrations/versions/e5_x.py", revision("e5", "'d4'"));
    env
}

#[test]
fn the_third_of_five() {
    let env = five();
    assert_snapshot!(env.run(&["upgrade"]), @"");
    assert_eq!(query(&env, "sqlite:app.db", "SELECT count(*) FROM sqlite_master"), "0\n");
    assert_snapshot!(env.run(&["upgrade", "--sql"]), @"");
    assert_snapshot!(env.run(&["upgrade", "head", "--json"]), @"");
    // What needs it not is done.
    env.run(&["upgrade", "b2"]).ok();
    assert_eq!(env.run(&["current"]).ok(), "b2\n");
    assert_snapshot!(env.run(&["upgrade", "+1"]), @"");
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
    assert_snapshot!(env.run(&["downgrade", "b2"]), @"");
    assert_eq!(env.run(&["current"]).ok(), "e5 (head)\n");
    assert_snapshot!(env.run(&["downgrade", "head:b2", "--sql"]), @"");
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
    assert_snapshot!(env.run(&["upgrade"]), @"");
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
            2 => assert_snapshot!(output, @""),
            3 => assert_snapshot!(output, @""),
            4 => assert_snapshot!(output, @""),
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
