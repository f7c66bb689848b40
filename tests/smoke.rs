//! Whether the support code itself works.

use crate::support::{oracle, postgres, project, query, revision};

#[test]
fn a_database_is_empty_and_its_url_works() {
    let env = project().build();
    let (one, other) = (postgres().create_database(), postgres().create_database());
    query(&env, &one, "CREATE TABLE t (id INTEGER)");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(query(&env, &one, tables), "1\n");
    assert_eq!(query(&env, &other, tables), "0\n");
}

#[test]
fn a_project_is_written_as_native_files() {
    let env = project()
        .revision(revision("a1", &[]).label("app"))
        .revision(revision("b2", &["a1"]).with("transaction = false").upgrade("SELECT 1;"))
        .revision(revision("c3", &["a1", "b2"]).depends_on("app").message("it's \"quoted\""))
        .build();
    assert_eq!(
        env.files(""),
        ["limbeck.toml", "versions/a1_x.sql", "versions/b2_x.sql", "versions/c3_x.sql"]
    );
    insta::assert_snapshot!(env.read("versions/b2_x.sql"), @r#"
    /*---
    message = "rev b2"
    revision = "b2"
    down_revision = "a1"
    branch_labels = []
    depends_on = []
    create_date = 2026-01-02T03:04:05Z
    transaction = false
    ---*/

    --- upgrade
    SELECT 1;
    "#);
    insta::assert_snapshot!(env.read("versions/c3_x.sql"), @r#"
    /*---
    message = """it's "quoted""""
    revision = "c3"
    down_revision = ["a1", "b2"]
    branch_labels = []
    depends_on = ["app"]
    create_date = 2026-01-02T03:04:05Z
    ---*/

    --- upgrade
    CREATE TABLE t_c3 (id INTEGER);

    --- downgrade
    DROP TABLE t_c3;
    "#);
}

#[test]
fn an_output_shows_both_streams_and_no_temporary_path() {
    let env = project().build();
    let mut shell = env.program("/bin/sh");
    shell.args([
        "-c",
        "pwd; cd; pwd; env | sort | grep -v -e PWD -e PATH -e _=; printf oops >&2; exit 3",
    ]);
    insta::assert_snapshot!(env.finish(shell), @"
    $PROJ
    $HOME
    COLUMNS=100
    HOME=$HOME
    LANG=C.UTF-8
    NO_COLOR=1
    TMPDIR=$ROOT/tmp
    TZ=UTC
    ------- stderr -------
    oops[no newline]
    [exit status: 3]
    ");
}

#[test]
fn an_output_shows_no_location_of_a_server() {
    let env = project().url("postgres://limbeck:x@127.0.0.1:20815/test_0007").build();
    let mut shell = env.program("/bin/sh");
    shell.args(["-c", "echo postgres://limbeck:***@127.0.0.1:20815/test_0007"]);
    assert_eq!(env.finish(shell).ok(), "postgres://limbeck:***@$HOST/$DATABASE\n");
}

#[test]
#[should_panic(expected = "a password was printed")]
fn an_output_with_a_password_fails_the_test() {
    let env = project().build();
    let mut shell = env.program("/bin/sh");
    shell.args(["-c", "printf hush-; printf hush"]);
    env.finish(shell).ok();
}

#[test]
fn the_binary_runs_in_the_project() {
    let env = project().build();
    // Whatever it answers: it was found and it ended.
    assert!(env.run(&["--version"]).code().is_some());
}

#[test]
fn an_sqlite_file_is_read_from_the_project() {
    let env = project().build();
    query(&env, "sqlite:app.db", "CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x')");
    assert_eq!(query(&env, "sqlite:app.db", "SELECT * FROM t"), "1|x\n");
    assert_eq!(env.files(""), ["app.db", "limbeck.toml"]);
}

#[test]
fn the_oracle_answers_the_same_twice() {
    let lines = oracle(1, 3);
    assert_eq!(lines.len(), 3);
    assert_eq!(lines, oracle(1, 3));
}
