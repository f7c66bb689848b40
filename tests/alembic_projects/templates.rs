//! A project's own `script.py.mako`, and files of the other kind.

use insta::assert_snapshot;

use super::project::{ENV, INI, alembic_project, bare_project};
use super::worker::Worker;
use crate::support::{DATES, TestEnvironment, project, revision};

const ODD: &str = r#"<%! import re %>\
<%doc> not a word of this </%doc>
## nor of this
<%
    shout = message.upper()
%>\
# ${shout} | ${message | h} | ${config.get_main_option("owner") or "nobody"}
"""${message}"""
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}
% if branch_labels:
LABELLED = True
% else:
LABELLED = False
% endif
% for n in range(2):
LINE_${n} = "${"%03d" % n}"
% endfor


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
"#;

fn with_template(text: &str) -> TestEnvironment {
    let env = bare_project(&format!("{INI}owner = somebody\n"), ENV);
    env.write("migrations/script.py.mako", text);
    env
}

#[test]
fn odd_things_are_rendered() {
    let output = with_template(ODD);
    assert_snapshot!(output.run(&["revision", "--rev-id", "a1", "-m", "a < b"]), @"
    Generating $PROJ/migrations/versions/a1_a_b.py ...  done
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn what_is_rendered_is_what_mako_renders() {
    let [ours, theirs] = [with_template(ODD), with_template(ODD)];
    let line = ["revision", "--rev-id", "a1", "-m", "a < b", "--branch-label", "one"];
    ours.run(&line).ok();
    Worker::start(&theirs).ok(&line);
    let file = "migrations/versions/a1_a_b.py";
    assert_eq!(ours.read(file), theirs.read(file));
}

#[test]
fn a_broken_template_leaves_nothing() {
    for (what, text) in [
        ("unclosed", "revision = ${up_revision\n"),
        ("endif", "% if message:\nrevision = 'a'\n"),
        ("unknown", "revision = ${repr(up_revision)}\nx = ${nosuch}\n"),
        ("graph", "revision = ${repr(up_revision)}\ndown_revision = None\n"),
        (
            "python",
            "revision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\ndef (:\n",
        ),
    ] {
        let env = alembic_project();
        env.write("migrations/script.py.mako", text);
        let output = env.run(&["revision", "--rev-id", "c3", "-m", "x"]);
        match what {
            "unclosed" => assert_snapshot!(output, @"
            ------- stderr -------
            error: template $PROJ/migrations/script.py.mako:1:12: '${' is not closed
            [exit status: 78]
            "),
            "endif" => assert_snapshot!(output, @"
            ------- stderr -------
            error: template $PROJ/migrations/script.py.mako:1:1: '% if' is not closed
            [exit status: 78]
            "),
            "unknown" => assert_snapshot!(output, @"
            ------- stderr -------
            error: template $PROJ/migrations/script.py.mako:2:7: 'nosuch' is not defined
            [exit status: 78]
            "),
            "graph" => assert_snapshot!(output, @"
            ------- stderr -------
            error: template $PROJ/migrations/script.py.mako does not write 'down_revision' as it was given
            [exit status: 78]
            "),
            _ => assert_snapshot!(output, @"
            ------- stderr -------
            error: template $PROJ/migrations/script.py.mako renders no readable revision file
              in the text it gives: Expected an identifier (line 3, column 5)
               |  def (:
               |      ^
            [exit status: 78]
            "),
        }
        assert_eq!(env.files("migrations/versions"), ["a1_x.py", "b2_x.py"]);
    }
}

#[test]
fn three_quotes_in_a_message() {
    let env = alembic_project();
    assert_snapshot!(env.run(&["revision", "--rev-id", "c3", "-m", "a \"\"\" b"]), @r#"
    ------- stderr -------
    error: template script.py.mako renders no readable revision file
      in the text it gives: Simple statements must be separated by newlines or semicolons (line 1, column 10)
       |  """a """ b
       |           ^
    [exit status: 78]
    "#);
    assert_eq!(env.files("migrations/versions"), ["a1_x.py", "b2_x.py"]);
}

#[test]
fn sql_in_a_project_of_python() {
    let env = alembic_project();
    assert_snapshot!(env.run(&["revision", "--template", "sql", "--rev-id", "c3", "-m", "in SQL"]), @"
    Generating $PROJ/migrations/versions/c3_in_sql.sql ...  done
    ------- stderr -------
    [exit status: 0]
    ");
    insta::with_settings!({filters => DATES}, {
        assert_snapshot!(env.read("migrations/versions/c3_in_sql.sql"), @r#"
        /*---
        message       = "in SQL"
        revision      = "c3"
        down_revision = "b2"
        branch_labels = []
        depends_on    = []
        create_date   = $DATE
        ---*/

        --- upgrade
        -- The SQL that makes the change.

        --- downgrade
        -- The SQL that takes it back.
        "#);
    });
    env.run(&["revision", "--rev-id", "d4", "--head", "a1", "--splice", "-m", "in Python"]).ok();
    assert_snapshot!(env.run(&["merge", "heads", "--rev-id", "e5", "-m", "both"]), @"
    Generating $PROJ/migrations/versions/e5_both.py ...  done
    ------- stderr -------
    [exit status: 0]
    ");
    env.run(&["revision", "--rev-id", "f6", "--head", "d4", "--splice", "-m", "again"]).ok();
    env.run(&["merge", "heads", "--template", "sql", "--rev-id", "g7", "-m", "all"]).ok();
    assert_snapshot!(env.run(&["history"]), @"
    e5, f6 -> g7 (head) (mergepoint), all
    c3, d4 -> e5 (mergepoint), both
    b2 -> c3, in SQL
    a1 -> b2, rev b2
    d4 -> f6, again
    a1 -> d4 (branchpoint), in Python
    <base> -> a1 (branchpoint), rev a1
    ------- stderr -------
    [exit status: 0]
    ");
    env.write(
        "migrations/versions/c3_in_sql.sql",
        env.read("migrations/versions/c3_in_sql.sql")
            .replace("--- upgrade\n", "--- upgrade\nCREATE TABLE t (id INTEGER);\n")
            .replace("--- downgrade\n", "--- downgrade\nDROP TABLE t;\n"),
    );
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> d4, in Python
    Running upgrade d4 -> f6, again
    Running upgrade a1 -> b2, rev b2
    Running upgrade b2 -> c3, in SQL
    Running upgrade c3, d4 -> e5, both
    Running upgrade e5, f6 -> g7, all
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["downgrade", "b2"]), @"
    ------- stderr -------
    Running downgrade g7 -> e5, f6, all
    Running downgrade e5 -> c3, d4, both
    Running downgrade c3 -> b2, in SQL
    [exit status: 0]
    ");
    // Whoever is told less reads less: Alembic knows the Python files only.
    let answer = Worker::start(&env).run(&["heads"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.traceback.contains("KeyError"), "{answer:?}");
}

#[test]
fn python_in_a_native_project() {
    let env = project().revision(revision("a1", &[])).build();
    assert_snapshot!(env.run(&["revision", "--template", "py", "--rev-id", "b2", "-m", "in Python"]), @"
    Generating $PROJ/versions/b2_in_python.py ...  done
    ------- stderr -------
    [exit status: 0]
    ");
    insta::with_settings!({filters => DATES}, {
        assert_snapshot!(env.read("versions/b2_in_python.py"), @r#"
        """in Python

        Revision ID: b2
        Revises: a1
        Create Date: $DATE

        """
        from typing import Sequence, Union

        from alembic import op
        import sqlalchemy as sa


        # revision identifiers, used by Alembic.
        revision: str = 'b2'
        down_revision: Union[str, Sequence[str], None] = 'a1'
        branch_labels: Union[str, Sequence[str], None] = None
        depends_on: Union[str, Sequence[str], None] = None


        def upgrade() -> None:
            """Upgrade schema."""
            pass


        def downgrade() -> None:
            """Downgrade schema."""
            pass
        "#);
    });
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, in Python
    [exit status: 0]
    ");
}

#[test]
fn a_template_that_is_no_kind() {
    assert_snapshot!(alembic_project().run(&["revision", "--template", "yaml"]), @"
    ------- stderr -------
    error: invalid value 'yaml' for '--template <KIND>'
      [possible values: sql, py]

    For more information, try '--help'.
    [exit status: 64]
    ");
}
