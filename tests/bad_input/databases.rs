//! Databases that cannot be reached or used: exit code 8, or 3 while somebody else holds them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::Stdio;

use insta::assert_snapshot;

use crate::support::{TestEnvironment, postgres, project, revision};

fn at(url: &str) -> TestEnvironment {
    let mut env = project().url(url).revision(revision("a1", &[])).build();
    let port =
        url.rsplit_once('/').and_then(|(host, _)| host.rsplit_once(':')).map(|(_, port)| port);
    if let Some(port) = port {
        env.replace(format!("port {port}"), "port $PORT");
    }
    env
}

#[test]
fn a_server_that_is_not_there() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let env = at(&format!("postgres://me:hush-hush@127.0.0.1:{port}/app"));
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database $DATABASE: me@$HOST/$DATABASE: connection refused
    hint: is the server running, and does it listen there? Host and port are from `url` (limbeck.toml:2)
    [exit status: 8]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    ------- stderr -------
    error: database $DATABASE: me@$HOST/$DATABASE: connection refused
    hint: is the server running, and does it listen there? Host and port are from `url` (limbeck.toml:2)
    [exit status: 8]
    ");
}

#[test]
fn a_host_that_is_not_there() {
    let env = at("postgres://me:hush-hush@nowhere.invalid/app");
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(8), "{output}");
    assert!(output.stderr.contains("the name of the host is not found"), "{output}");
}

#[test]
fn a_server_that_refuses() {
    let url = postgres().create_database();
    let wrong = url.replace("hush-hush", "wrong-secret");
    let env = at(&wrong);
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: limbeck@$HOST/$DATABASE: password authentication failed
    hint: check the user and the password, from `url` (limbeck.toml:2)
    [exit status: 8]
    ");
    let env = at(&url.replace(":hush-hush", ""));
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: limbeck@$HOST/$DATABASE: the server wants a password, and there is none
    hint: the user is from `url` (limbeck.toml:2); the password may come from there, by a variable, from `password_file`, or on PostgreSQL from PGPASSWORD
    [exit status: 8]
    ");
    let env = at(&url.replace("limbeck:", "nobody:"));
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: nobody@$HOST/$DATABASE: password authentication failed
    hint: check the user and the password, from `url` (limbeck.toml:2)
    [exit status: 8]
    ");
    let env = at(&postgres().url("no_such_database"));
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: limbeck@$HOST/$DATABASE: the database does not exist
    hint: `limbeck db create --database app` creates it; the name is from `url` (limbeck.toml:2)
    [exit status: 8]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    ------- stderr -------
    error: database app: limbeck@$HOST/$DATABASE: the database does not exist
    hint: `limbeck db create --database app` creates it; the name is from `url` (limbeck.toml:2)
    [exit status: 8]
    ");
}

#[test]
fn a_parameter_that_does_not_exist() {
    let env = at(&format!("{}?no_such_parameter=1", postgres().url("postgres")));
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    error: database app: limbeck@$HOST/postgres: invalid URI query parameter: "no_such_parameter"
    hint: look at `url` (limbeck.toml:2)
    [exit status: 8]
    "#);
}

#[test]
fn a_file_that_is_no_database() {
    let env =
        project().revision(revision("a1", &[])).file("app.db", "no database at all\n").build();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: $PROJ/app.db is no SQLite database
    hint: the path is from `url` (limbeck.toml:2)
    [exit status: 8]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    ------- stderr -------
    error: database app: $PROJ/app.db is no SQLite database
    hint: the path is from `url` (limbeck.toml:2)
    [exit status: 8]
    ");
    assert_eq!(env.read("app.db"), "no database at all\n");
    let env = project().url("sqlite:no/where/app.db").revision(revision("a1", &[])).build();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: the database file $PROJ/no/where/app.db cannot be created: there is no directory $PROJ/no/where
    hint: make the directory, or set the path right, in `url` (limbeck.toml:2)
    [exit status: 8]
    ");
    let env = project().url("sqlite:versions").revision(revision("a1", &[])).build();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: $PROJ/versions is a directory, not a database file
    hint: the path is from `url` (limbeck.toml:2)
    [exit status: 8]
    ");
    let env = project()
        .url("mysql://me:hush-hush@nowhere.invalid/app")
        .revision(revision("a1", &[]))
        .build();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database $DATABASE: me@$HOST:3306/$DATABASE: the name of the host is not found
    hint: it is from `url` (limbeck.toml:2); names of containers are known only within their network
    [exit status: 8]
    ");
}

#[test]
fn a_file_that_somebody_writes_to() {
    let env = project().revision(revision("a1", &[])).build();
    let mut sqlite = env.program("sqlite3");
    let mut holder = sqlite
        .arg(env.path("app.db"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = holder.stdin.take().unwrap();
    writeln!(input, "CREATE TABLE mine (id);\nBEGIN IMMEDIATE;\n.print held").unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "held\n");
    // Reading is still possible.
    assert_snapshot!(env.run(&["current"]), @"
    ------- stderr -------
    nothing applied
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: database is locked
    hint: another connection is writing; run the same command again when it has finished
    [exit status: 3]
    ");
    drop(input);
    holder.wait().unwrap();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    [exit status: 0]
    ");
}

#[test]
fn one_of_two_databases() {
    let env = project()
        .config(
            "[databases.one]\nurl = \"sqlite:no/where.db\"\n[databases.two]\nurl = \"sqlite:two.db\"\n",
        )
        .revision(revision("a1", &[]))
        .build();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    [one]
    [two]
    Running upgrade  -> a1, rev a1
    one: failed: the database file $PROJ/no/where.db cannot be created: there is no directory $PROJ/no
    two: 1 revision applied, at a1
    error: database one: the database file $PROJ/no/where.db cannot be created: there is no directory $PROJ/no
    hint: make the directory, or set the path right, in `url` (limbeck.toml:2)
    [exit status: 7]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    [two]
    a1 (head)
    ------- stderr -------
    error: database one: the database file $PROJ/no/where.db does not exist: there is no directory $PROJ/no
    hint: make the directory, or set the path right, in `url` (limbeck.toml:2)
    [exit status: 7]
    ");
    env.write("limbeck.toml", "[databases.one]\nurl = \"sqlite:no/where.db\"\n[databases.two]\nurl = \"sqlite:versions\"\n");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    [one]
    [two]
    one: failed: the database file $PROJ/no/where.db cannot be created: there is no directory $PROJ/no
    two: failed: $PROJ/versions is a directory, not a database file
    error: database one: the database file $PROJ/no/where.db cannot be created: there is no directory $PROJ/no
    hint: make the directory, or set the path right, in `url` (limbeck.toml:2)
    error: database two: $PROJ/versions is a directory, not a database file
    hint: the path is from `url` (limbeck.toml:4)
    [exit status: 8]
    ");
}
