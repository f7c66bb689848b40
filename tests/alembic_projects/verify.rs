//! `limbeck verify` of revisions in Python, run by limbeck and by the project's own Python.

use insta::assert_snapshot;

use super::project::{ENV, INI, bare_project, with_body};
use crate::support::{TestEnvironment, python};

fn with_sa(id: &str, down: &str, upgrade: &str, downgrade: &str) -> String {
    with_body(id, down, upgrade, downgrade)
        .replace("from alembic import op", "from alembic import op\nimport sqlalchemy as sa")
}

fn history() -> TestEnvironment {
    let mut env = bare_project(INI, ENV);
    let venv = python().parent().unwrap().parent().unwrap().to_owned();
    env.set("VIRTUAL_ENV", venv);
    let up = "op.create_table('users', sa.Column('id', sa.Integer, primary_key=True), sa.Column('name', \
              sa.String(40), nullable=False), sa.Column('born', sa.Date))";
    env.write("migrations/versions/a1_x.py", with_sa("a1", "None", up, "op.drop_table('users')"));
    // A table that is rebuilt in batch mode, and comes back as it was.
    let up = "with op.batch_alter_table('users') as batch:\n        batch.alter_column('name', \
              type_=sa.Text())\n        batch.drop_column('born')";
    let down = "with op.batch_alter_table('users') as batch:\n        batch.alter_column('name', \
                type_=sa.String(40))\n        batch.add_column(sa.Column('born', sa.Date))";
    env.write("migrations/versions/b2_x.py", with_sa("b2", "'a1'", up, down));
    let up = "op.create_index('ix_name', 'users', ['name'])";
    let never = "raise NotImplementedError('never back')";
    env.write("migrations/versions/c3_x.py", with_sa("c3", "'b2'", up, never));
    // What only Python runs goes to the scratch database too.
    let up = "import platform\n    platform.system()\n    op.add_column('users', sa.Column('age', sa.Integer))\n    \
              op.create_table('notes', sa.Column('id', sa.Integer))";
    let down = "import platform\n    platform.system()\n    op.drop_table('notes')";
    env.write("migrations/versions/d4_x.py", with_sa("d4", "'c3'", up, down));
    env
}

#[test]
fn what_a_downgrade_in_python_forgets() {
    let env = history();
    assert_snapshot!(env.run(&["verify"]), @"
    main: c3 is not reverted: NotImplementedError: never back
      --> migrations/versions/c3_x.py:14
    main: the downgrade of d4 leaves another schema than there was before it
      --> migrations/versions/d4_x.py:17
      table users: column age is left behind
        is:  integer
      so the upgrade cannot be run again: revision d4 in Python: OperationalError: (sqlite3.OperationalError) duplicate column name: age
    ------- stderr -------
    main: 4 revisions up, down and up again
    main: 2 well, 1 different, 1 irreversible
    [exit status: 5]
    ");
    // Nothing was done to the database of the project, and none was asked for.
    assert!(!env.path("app.db").exists());
}
