//! Headers of `.py` files that only Python could tell: named, never guessed.

use insta::assert_snapshot;

use super::project::{alembic_project, revision, with_header};
use crate::support::Output;

/// What `history` says with a third revision of this text.
fn history(text: &str) -> Output {
    let env = alembic_project();
    env.write("migrations/versions/c3_x.py", text);
    let output = env.run(&["history"]);
    // Every command reads all headers, and none goes on without one.
    assert_eq!(env.run(&["upgrade", "a1"]).code(), output.code());
    output
}

#[test]
fn what_is_computed() {
    for (n, header) in [
        "revision = os.environ['REV']\ndown_revision = 'b2'\n",
        "revision = 'c3'\ndown_revision = get_parent()\n",
        "revision = 'c3'\ndown_revision = 'b2' if FLAG else 'a1'\n",
        "revision = 'c3'\ndown_revision = 'b2'\nbranch_labels = [x for x in LABELS]\n",
        "revision = 'c3'\ndown_revision = 'b2'\ndepends_on = open('x').read()\n",
        "revision = 'c3'\ndown_revision = 42\n",
        "revision = None\n",
        "revision = 'c-3'\ndown_revision = 'b2'\n",
        "from .base import *\n",
    ]
    .into_iter()
    .enumerate()
    {
        let output = history(header);
        match n {
            0 => assert_snapshot!(output, @"
            ------- stderr -------
            error: revision cannot be read without running the file: `os.environ` is not computed from constants alone (line 1, column 12)
              --> migrations/versions/c3_x.py:1:12
               |  revision = os.environ['REV']
               |             ^
            hint: write the value itself; a revision is read here, and not run
            [exit status: 78]
            "),
            1 => assert_snapshot!(output, @"
            ------- stderr -------
            error: down_revision cannot be read without running the file: `get_parent()` is not computed from constants alone (line 2, column 17)
              --> migrations/versions/c3_x.py:2:17
               |  down_revision = get_parent()
               |                  ^
            hint: write the value itself; a revision is read here, and not run
            [exit status: 78]
            "),
            2 => assert_snapshot!(output, @"
            ------- stderr -------
            error: down_revision cannot be read without running the file: `FLAG` is not defined in the file before it is used (line 2, column 25)
              --> migrations/versions/c3_x.py:2:25
               |  down_revision = 'b2' if FLAG else 'a1'
               |                          ^
            hint: write the value itself; a revision is read here, and not run
            [exit status: 78]
            "),
            3 => assert_snapshot!(output, @"
            ------- stderr -------
            error: branch_labels cannot be read without running the file: `[x for x in LABELS]` is not computed from constants alone (line 3, column 17)
              --> migrations/versions/c3_x.py:3:17
               |  branch_labels = [x for x in LABELS]
               |                  ^
            hint: write the value itself; a revision is read here, and not run
            [exit status: 78]
            "),
            4 => assert_snapshot!(output, @"
            ------- stderr -------
            error: depends_on cannot be read without running the file: `open('x').read()` is not computed from constants alone (line 3, column 14)
              --> migrations/versions/c3_x.py:3:14
               |  depends_on = open('x').read()
               |               ^
            hint: write the value itself; a revision is read here, and not run
            [exit status: 78]
            "),
            5 => assert_snapshot!(output, @"
            ------- stderr -------
            error: down_revision must be a text, a collection of texts or None, and `42` is or holds a value of type int (line 2, column 17)
              --> migrations/versions/c3_x.py:2:17
               |  down_revision = 42
               |                  ^
            [exit status: 78]
            "),
            6 => assert_snapshot!(output, @"
            ------- stderr -------
            error: revision must be a text, and `None` is of type NoneType (line 1, column 12)
              --> migrations/versions/c3_x.py:1:12
               |  revision = None
               |             ^
            [exit status: 78]
            "),
            7 => assert_snapshot!(output, @"
            ------- stderr -------
            error: Character(s) '-' not allowed in revision identifier 'c-3'
              --> migrations/versions/c3_x.py
            [exit status: 78]
            "),
            _ => assert_snapshot!(output, @"
            ------- stderr -------
            error: revision cannot be read without running the file: `from .base import *` may bind it (line 1, column 1)
              --> migrations/versions/c3_x.py:1:1
               |  from .base import *
               |  ^
            hint: write the value itself; a revision is read here, and not run
            [exit status: 78]
            "),
        }
    }
}

#[test]
fn what_can_be_told_after_all() {
    for header in [
        "PARENT = 'b' + '2'\nrevision: str = 'c3'\ndown_revision: str | None = PARENT\n",
        "revision, down_revision = 'c3', 'b2'\n",
        "revision = down_revision = 'b2'\nrevision = 'c3'\n",
        "if True:\n    revision = 'c3'\n    down_revision = f'b{2}'\n",
    ] {
        let output = history(&format!("{header}\n\ndef upgrade():\n    pass\n"));
        assert!(output.stdout.starts_with("b2 -> c3 (head)"), "{header}\n{output}");
    }
}

#[test]
fn files_that_are_no_python() {
    assert_snapshot!(history("revision = 'c3'\ndown_revision = (\n"), @"
    ------- stderr -------
    error: unexpected EOF while parsing (line 3, column 1)
      --> migrations/versions/c3_x.py:3:1
       |  
       |  ^
    [exit status: 78]
    ");
    assert_snapshot!(history("revision = 'c3\n"), @"
    ------- stderr -------
    error: missing closing quote in string literal (line 1, column 12)
      --> migrations/versions/c3_x.py:1:12
       |  revision = 'c3
       |             ^
    [exit status: 78]
    ");
    assert_snapshot!(history("def f(:\n"), @"
    ------- stderr -------
    error: Expected a parameter or the end of the parameter list (line 1, column 7)
      --> migrations/versions/c3_x.py:1:7
       |  def f(:
       |        ^
    [exit status: 78]
    ");
    // A file without `revision` is no revision, whatever else it is.
    assert_snapshot!(history("x = 1\n"), @"
    ------- stderr -------
    error: Could not determine revision id from filename c3_x.py. Be sure the 'revision' variable is declared inside the script (please see 'Upgrading from Alembic 0.1 to 0.2' in the documentation).
      --> migrations/versions/c3_x.py:1:1
       |  x = 1
       |  ^
    [exit status: 78]
    ");
    assert_snapshot!(history(""), @"
    ------- stderr -------
    error: Could not determine revision id from filename c3_x.py. Be sure the 'revision' variable is declared inside the script (please see 'Upgrading from Alembic 0.1 to 0.2' in the documentation).
      --> migrations/versions/c3_x.py:1:1
       |  
       |  ^
    [exit status: 78]
    ");
}

#[test]
fn an_error_behind_the_header_waits_for_the_run() {
    let env = alembic_project();
    let text = with_header("c3", "down_revision = 'b2'\n", "pass", "def (:");
    env.write("migrations/versions/c3_x.py", text);
    assert_eq!(env.run(&["heads"]).ok(), "c3 (head)\n");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: revision c3: $PROJ/migrations/versions/c3_x.py: Expected an identifier (line 14, column 9)
      --> migrations/versions/c3_x.py
    [exit status: 78]
    ");
    assert!(!env.path("app.db").exists());
    env.write("migrations/versions/c3_x.py", revision("c3", "'b2'"));
    env.run(&["upgrade"]).ok();
}
