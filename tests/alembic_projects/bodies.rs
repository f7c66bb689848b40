//! Bodies that limbeck does not run, and bodies that do nothing.

use insta::assert_snapshot;

use super::project::{ENV, INI, alembic_project, bare_project, revision, with_body};
use crate::support::{TestEnvironment, query};

/// What of it limbeck does not run is refused, whatever Python the machine has.
const NEVER: &str = "[scripts]\npython = \"never\"\n";

/// Five revisions, the third of which calls a module that limbeck does not find.
fn five() -> TestEnvironment {
    let env = alembic_project();
    let body = ["import application; application.up()", "import application; application.down()"];
    env.write("migrations/versions/c3_x.py", with_body("c3", "'b2'", body[0], body[1]));
    env.write("migrations/versions/d4_x.py", revision("d4", "'c3'"));
    env.write("migrations/versions/e5_x.py", revision("e5", "'d4'"));
    env.write("limbeck.toml", NEVER);
    env
}

#[test]
fn the_third_of_five() {
    let env = five();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database main: the plan has a revision that only Python runs
      --> migrations/versions/c3_x.py:10:25
       |  revision c3: the module 'application'
    hint: --python auto lets the project's own Python and Alembic run them
    hint: or write what they do as SQL revisions
    [exit status: 78]
    ");
    // Nothing is touched, though two revisions before it could run.
    assert_eq!(env.run(&["current"]).ok(), "");
    assert_snapshot!(env.run(&["upgrade", "--sql"]), @"
    ------- stderr -------
    error: revision c3: limbeck does not run this without Python: the module 'application'
      --> migrations/versions/c3_x.py:10:25
       |      import application; application.up()
       |                          ^
    hint: Alembic can write its text: `alembic upgrade` or `downgrade` with `--sql`
    hint: without `--sql`, --python auto lets Alembic run it
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
          "message": "database main: the plan has a revision that only Python runs",
          "details": [
            "--> migrations/versions/c3_x.py:10:25",
            " |  revision c3: the module 'application'"
          ],
          "hints": [
            "--python auto lets the project's own Python and Alembic run them",
            "or write what they do as SQL revisions"
          ],
          "exit_code": 78
        }
      ]
    }
    ------- stderr -------
    error: database main: the plan has a revision that only Python runs
      --> migrations/versions/c3_x.py:10:25
       |  revision c3: the module 'application'
    hint: --python auto lets the project's own Python and Alembic run them
    hint: or write what they do as SQL revisions
    [exit status: 78]
    "#);
    assert_eq!(env.run(&["current"]).ok(), "");
    env.run(&["upgrade", "b2"]).ok();
    assert_snapshot!(env.run(&["upgrade", "+1"]), @"
    ------- stderr -------
    error: database main: the plan has a revision that only Python runs
      --> migrations/versions/c3_x.py:10:25
       |  revision c3: the module 'application'
    hint: --python auto lets the project's own Python and Alembic run them
    hint: or write what they do as SQL revisions
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
    error: database main: the plan has a revision that only Python runs
      --> migrations/versions/c3_x.py:14:25
       |  revision c3: the module 'application'
    hint: --python auto lets the project's own Python and Alembic run them
    hint: or write what they do as SQL revisions
    [exit status: 78]
    ");
    // Nothing is touched.
    assert_eq!(env.run(&["current"]).ok(), "e5 (head)\n");
    assert_snapshot!(env.run(&["downgrade", "head:b2", "--sql"]), @"
    ------- stderr -------
    error: revision c3: limbeck does not run this without Python: the module 'application'
      --> migrations/versions/c3_x.py:14:25
       |      import application; application.down()
       |                          ^
    hint: Alembic can write its text: `alembic upgrade` or `downgrade` with `--sql`
    hint: without `--sql`, --python auto lets Alembic run it
    [exit status: 78]
    ");
    env.run(&["stamp", "base"]).ok();
    assert_eq!(env.run(&["current"]).ok(), "");
}

#[test]
fn no_database_is_touched_where_one_needs_python() {
    let env = five();
    env.write(
        "limbeck.toml",
        "[scripts]\npython = \"never\"\n[databases.one]\nurl = \"sqlite:one.db\"\n[databases.two]\nurl = \"sqlite:two.db\"\n",
    );
    // One database is behind the operations already.
    env.run(&["-d", "two", "stamp", "c3"]).ok();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database one: the plan has a revision that only Python runs
      --> migrations/versions/c3_x.py:10:25
       |  revision c3: the module 'application'
    hint: --python auto lets the project's own Python and Alembic run them
    hint: or write what they do as SQL revisions
    [exit status: 78]
    ");
    assert_eq!(env.run(&["-d", "one", "current"]).ok(), "");
    assert_eq!(query(&env, "sqlite:two.db", "SELECT * FROM alembic_version"), "c3\n");
    env.run(&["-d", "two", "upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:two.db", "SELECT * FROM alembic_version"), "e5\n");
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
        env.write("limbeck.toml", NEVER);
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
            Running upgrade  -> a1, rev a1
            Running upgrade a1 -> b2, rev b2
            Running upgrade b2 -> c3
            [exit status: 0]
            "),
            3 => assert_snapshot!(output, @"
            ------- stderr -------
            error: database main: the plan has a revision that only Python runs
              --> migrations/versions/c3_x.py
               |  revision c3: the module 'other'
            hint: --python auto lets the project's own Python and Alembic run them
            hint: or write what they do as SQL revisions
            [exit status: 78]
            "),
            4 => assert_snapshot!(output, @r#"
            ------- stderr -------
            Running upgrade  -> a1, rev a1
            Running upgrade a1 -> b2, rev b2
            Running upgrade b2 -> c3
            error: database main: revision c3: NameError: name 'decorated' is not defined
              --> migrations/versions/c3_x.py:5:2
               |  @decorated
               |   ^
              Traceback (most recent call last):
                File "$PROJ/migrations/versions/c3_x.py", line 5, in <module>
                  @decorated
              NameError: name 'decorated' is not defined
            hint: revision c3 was rolled back
            [exit status: 1]
            "#),
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

#[test]
fn a_model_that_cannot_be_made_leaves_what_it_only_mentions() {
    let env = bare_project(&INI.replacen('\n', "\nprepend_sys_path = .\n", 1), ENV);
    env.write("app/__init__.py", "");
    env.write(
        "app/models.py",
        "import enum\nimport sqlalchemy as sa\nfrom sqlalchemy.orm import declarative_base\n\
         Base = declarative_base()\nclass Kind(str, enum.Enum):\n    one = 'one'\n\
         class Customer(Base):\n    __tablename__ = 'customers'\n    id = sa.Column(sa.Integer, \
         primary_key=True)\n    kind = sa.Column(sa.String, default=Kind.one)\n    text = \
         open('/dev/null').read()\n",
    );
    let first = "from app.models import Customer\n";
    let second = "from app.models import Kind\nimport sqlalchemy as sa\n";
    let create = "op.execute('CREATE TABLE customers (id INTEGER)')";
    let add = "op.add_column('customers', sa.Column('kind', sa.Text, server_default=Kind.one))";
    for (id, down, head, body) in [("a1", "None", first, create), ("b2", "'a1'", second, add)] {
        let text = format!("{head}{}", with_body(id, down, body, "pass"));
        env.write(format!("migrations/versions/{id}_x.py"), text);
    }
    env.run(&["upgrade", "--python", "never"]).ok();
    assert_eq!(env.run(&["current"]).ok(), "b2 (head)\n");
}

/// What a session has joined it rolls back whole, and the version row would be lost with it.
#[test]
fn a_session_that_rolls_back_what_it_joined_is_refused() {
    let env = alembic_project();
    let body = "import sqlalchemy as sa\n    from sqlalchemy.orm import Session\n    \
                session = Session(bind=op.get_bind())\n    \
                session.execute(sa.text('CREATE TABLE joined (i INTEGER)'))\n    session.rollback()\n    \
                op.execute('CREATE TABLE behind (i INTEGER)')";
    env.write("migrations/versions/c3_x.py", with_body("c3", "'b2'", body, "pass"));
    let output = env.run(&["upgrade", "--python", "never"]).to_string();
    assert!(output.contains("c3 rolls back the transaction of the migration"), "{output}");
    assert!(output.contains("create_savepoint"), "{output}");
    assert!(!env.run(&["current"]).to_string().contains("c3"));
}
