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
    assert_snapshot!(env.run(&["upgrade"]), @"");
    assert_eq!(tables(&env, "sqlite:default.db"), "t_0001 t_0002 t_0003\n");
    assert_eq!(tables(&env, "sqlite:results.db"), "t_0004 t_0005 t_0006 t_0007 t_0008\n");
    let rows = |url| query(&env, url, "SELECT version_num FROM alembic_version");
    assert_eq!(
        ["sqlite:default.db", "sqlite:results.db"].map(rows),
        ["0003\n".to_owned(), "0008\n".to_owned()]
    );
    // The container starts again, and again.
    for _ in 0..2 {
        assert_snapshot!(env.run(&["upgrade"]), @"");
    }
    assert_eq!(env.run(&["current", "--check-heads"]).code(), Some(0));
    assert_snapshot!(env.run(&["-d", "results", "history", "-i"]), @"");
    assert_snapshot!(env.run(&["-d", "results", "downgrade", "-1"]), @"");
    assert_snapshot!(env.run(&["-d", "results", "downgrade", "base"]), @"");
    assert_eq!(tables(&env, "sqlite:results.db"), "\n");
    assert_eq!(tables(&env, "sqlite:default.db"), "t_0001 t_0002 t_0003\n");
}

#[test]
fn what_is_not_routed_can_be_neither_run_nor_recorded() {
    let env = results();
    env.run(&["upgrade"]).ok();
    assert_snapshot!(env.run(&["-d", "results", "upgrade", "0003"]), @"");
    // The line that takes 0004 to 0008 away in Django.
    assert_snapshot!(env.run(&["-d", "results", "stamp", "0003"]), @"");
    assert_snapshot!(env.run(&["upgrade", "0003"]), @"");
    assert_eq!(query(&env, "sqlite:results.db", "SELECT version_num FROM alembic_version"), "0008\n");
}

#[test]
fn a_row_of_a_revision_that_is_not_routed() {
    let env = results();
    // As Alembic leaves it where somebody has recorded 0003 to get past it.
    query(&env, "sqlite:results.db", "CREATE TABLE alembic_version (version_num VARCHAR(32))");
    query(&env, "sqlite:results.db", "INSERT INTO alembic_version VALUES ('0003')");
    assert_snapshot!(env.run(&["-d", "results", "upgrade"]), @"");
    assert_snapshot!(env.run(&["-d", "results", "current"]), @"");
    env.run(&["stamp", "--purge", "base", "--database", "results"]).ok();
    env.run(&["-d", "results", "upgrade"]).ok();
    assert_eq!(tables(&env, "sqlite:results.db"), "t_0004 t_0005 t_0006 t_0007 t_0008\n");
    // Above its own revisions, what lies below is not nothing.
    let row = "UPDATE alembic_version SET version_num = '0002'";
    query(&env, "sqlite:default.db", "CREATE TABLE alembic_version (version_num VARCHAR(32))");
    query(&env, "sqlite:default.db", "INSERT INTO alembic_version VALUES ('0007')");
    assert_snapshot!(env.run(&["-d", "default", "current"]), @"");
    query(&env, "sqlite:default.db", row);
    assert_eq!(env.run(&["-d", "default", "current"]).ok(), "0002\n");
}

#[test]
fn a_database_that_does_not_exist_is_named_with_the_nearest() {
    let env = results();
    let text = env.read("versions/0008_x.sql").replace("[\"results\"]", "[\"result\"]");
    env.write("versions/0008_x.sql", text);
    assert_snapshot!(env.run(&["upgrade"]), @"");
}

#[test]
fn a_database_without_branches_is_narrowed_too() {
    let env = project()
        .config("[databases.one]\nurl = \"sqlite:one.db\"\n[databases.two]\nurl = \"sqlite:two.db\"\n")
        .revision(revision("a1", &[]))
        .revision(revision("a2", &["a1"]).with("databases = [\"two\"]"))
        .revision(revision("a3", &["a2"]))
        .build();
    env.run(&["upgrade"]).ok();
    assert_eq!(tables(&env, "sqlite:one.db"), "t_a1 t_a3\n");
    assert_eq!(tables(&env, "sqlite:two.db"), "t_a1 t_a2 t_a3\n");
    assert_snapshot!(env.run(&["history", "-d", "one"]), @"");
}
