//! One chain for two databases, as EPSM has it: 0001 to 0003 are none of the results' business,
//! 0004 to 0008 are for nothing else.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, project, query, revision};

pub(super) fn results() -> TestEnvironment {
    let config = "[databases.default]\nurl = \"sqlite:default.db\"\nbranches = [\"simulation\"]\n\
        [databases.results]\nurl = \"sqlite:results.db\"\nbranches = [\"simulation\"]\n";
    let mut project = project().config(config);
    for number in 1..=8 {
        let (id, parent) = (format!("000{number}"), format!("000{}", number - 1));
        let parents: &[&str] = if number == 1 { &[] } else { &[parent.as_str()] };
        let database = if number < 4 { "default" } else { "results" };
        let mut file = revision(&id, parents).with(&format!("databases = [\"{database}\"]"));
        if number == 1 {
            file = file.label("simulation");
        }
        project = project.revision(file);
    }
    project.build()
}

fn tables(env: &TestEnvironment, url: &str) -> String {
    let tables = "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_master WHERE name \
        LIKE 't\\_%' ESCAPE '\\' ORDER BY 1)";
    query(env, url, tables)
}

#[test]
fn each_database_has_its_own_revisions() {
    let env = results();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    [default]
    Running upgrade  -> 0001, rev 0001
    Running upgrade 0001 -> 0002, rev 0002
    Running upgrade 0002 -> 0003, rev 0003
    [results]
    Running upgrade  -> 0004, rev 0004
    Running upgrade 0004 -> 0005, rev 0005
    Running upgrade 0005 -> 0006, rev 0006
    Running upgrade 0006 -> 0007, rev 0007
    Running upgrade 0007 -> 0008, rev 0008
    default: 3 revisions applied, at 0003
    results: 5 revisions applied, at 0008
    [exit status: 0]
    ");
    assert_eq!(tables(&env, "sqlite:default.db"), "t_0001 t_0002 t_0003\n");
    assert_eq!(tables(&env, "sqlite:results.db"), "t_0004 t_0005 t_0006 t_0007 t_0008\n");
    let rows = |url| query(&env, url, "SELECT version_num FROM alembic_version");
    assert_eq!(
        ["sqlite:default.db", "sqlite:results.db"].map(rows),
        ["0003\n".to_owned(), "0008\n".to_owned()]
    );
    // The container starts again, and again.
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    [default]
    nothing to do (at 0003)
    [results]
    nothing to do (at 0008)
    [exit status: 0]
    ");
    env.run(&["upgrade"]).ok();
    assert_eq!(env.run(&["current", "--check-heads"]).code(), Some(0));
    assert_snapshot!(env.run(&["-d", "results", "history", "-i"]), @"
    0007 -> 0008 (simulation) (head) (current), rev 0008
    0006 -> 0007 (simulation), rev 0007
    0005 -> 0006 (simulation), rev 0006
    0004 -> 0005 (simulation), rev 0005
    <base> -> 0004 (simulation), rev 0004
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["-d", "results", "downgrade", "-1"]), @"
    ------- stderr -------
    Running downgrade 0008 -> 0007, rev 0008
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["-d", "results", "downgrade", "base"]), @"
    ------- stderr -------
    Running downgrade 0007 -> 0006, rev 0007
    Running downgrade 0006 -> 0005, rev 0006
    Running downgrade 0005 -> 0004, rev 0005
    Running downgrade 0004 -> , rev 0004
    [exit status: 0]
    ");
    assert_eq!(tables(&env, "sqlite:results.db"), "\n");
    assert_eq!(tables(&env, "sqlite:default.db"), "t_0001 t_0002 t_0003\n");
}

#[test]
fn what_is_not_routed_can_be_neither_run_nor_recorded() {
    let env = results();
    env.run(&["upgrade"]).ok();
    assert_snapshot!(env.run(&["-d", "results", "upgrade", "0003"]), @"
    ------- stderr -------
    error: '0003' is not routed to database results
      results: `databases` in versions/0003_x.sql names only default
    hint: it runs on default: give --database default; `limbeck route explain` shows which revision runs where
    [exit status: 64]
    ");
    // The line that takes 0004 to 0008 away in Django.
    assert_snapshot!(env.run(&["-d", "results", "stamp", "0003"]), @"
    ------- stderr -------
    error: '0003' is not routed to database results
      results: `databases` in versions/0003_x.sql names only default
    hint: it runs on default: give --database default; `limbeck route explain` shows which revision runs where
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "0003"]), @"
    ------- stderr -------
    nothing to do (at 0003)
    not touched: results
    [exit status: 0]
    ");
    assert_eq!(
        query(&env, "sqlite:results.db", "SELECT version_num FROM alembic_version"),
        "0008\n"
    );
}

#[test]
fn a_row_of_a_revision_that_is_not_routed() {
    let env = results();
    // As Alembic leaves it where somebody has recorded 0003 to get past it.
    query(&env, "sqlite:results.db", "CREATE TABLE alembic_version (version_num VARCHAR(32))");
    query(&env, "sqlite:results.db", "INSERT INTO alembic_version VALUES ('0003')");
    assert_snapshot!(env.run(&["-d", "results", "upgrade"]), @"
    ------- stderr -------
    error: database results is at revision 0003, which does not run there
      --> versions/0003_x.sql
    hint: `databases` of the revision names only default: add results if it belongs there
    hint: or, if it was only recorded there, set the rows to what lies below it: limbeck stamp --purge base --database results
    [exit status: 4]
    ");
    assert_snapshot!(env.run(&["-d", "results", "current"]), @"
    ------- stderr -------
    error: database results is at revision 0003, which does not run there
      --> versions/0003_x.sql
    hint: `databases` of the revision names only default: add results if it belongs there
    hint: or, if it was only recorded there, set the rows to what lies below it: limbeck stamp --purge base --database results
    [exit status: 4]
    ");
    env.run(&["stamp", "--purge", "base", "--database", "results"]).ok();
    env.run(&["-d", "results", "upgrade"]).ok();
    assert_eq!(tables(&env, "sqlite:results.db"), "t_0004 t_0005 t_0006 t_0007 t_0008\n");
    // Above its own revisions, what lies below is not nothing.
    let row = "UPDATE alembic_version SET version_num = '0002'";
    query(&env, "sqlite:default.db", "CREATE TABLE alembic_version (version_num VARCHAR(32))");
    query(&env, "sqlite:default.db", "INSERT INTO alembic_version VALUES ('0007')");
    assert_snapshot!(env.run(&["-d", "default", "current"]), @"
    ------- stderr -------
    error: database default is at revision 0007, which does not run there
      --> versions/0007_x.sql
    hint: `databases` of the revision names only results: add default if it belongs there
    hint: or, if it was only recorded there, set the rows to what lies below it: limbeck stamp --purge 0003 --database default
    [exit status: 4]
    ");
    query(&env, "sqlite:default.db", row);
    assert_eq!(env.run(&["-d", "default", "current"]).ok(), "0002\n");
}

#[test]
fn a_database_that_does_not_exist_is_named_with_the_nearest() {
    let env = results();
    let text = env.read("versions/0008_x.sql").replace("[\"results\"]", "[\"result\"]");
    env.write("versions/0008_x.sql", text);
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: revision 0008 is for database `result`, and there is no such database
      --> versions/0008_x.sql
    hint: did you mean 'results'?
    hint: there are: default, results
    [exit status: 78]
    ");
}

#[test]
fn a_database_without_branches_is_narrowed_too() {
    let env = project()
        .config(
            "[databases.one]\nurl = \"sqlite:one.db\"\n[databases.two]\nurl = \"sqlite:two.db\"\n",
        )
        .revision(revision("a1", &[]))
        .revision(revision("a2", &["a1"]).with("databases = [\"two\"]"))
        .revision(revision("a3", &["a2"]))
        .build();
    env.run(&["upgrade"]).ok();
    assert_eq!(tables(&env, "sqlite:one.db"), "t_a1 t_a3\n");
    assert_eq!(tables(&env, "sqlite:two.db"), "t_a1 t_a2 t_a3\n");
    assert_snapshot!(env.run(&["history", "-d", "one"]), @"
    a1 -> a3 (head), rev a3
    <base> -> a1, rev a1
    ------- stderr -------
    [exit status: 0]
    ");
}
