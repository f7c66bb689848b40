//! `--database` with names and patterns, and another server for one run.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, project, revision};

fn four() -> TestEnvironment {
    let database = |name: &str| format!("[databases.{name}]\nurl = \"sqlite:{name}.db\"\n");
    let config: String = ["postgres", "ts_eu", "ts_us", "audit"].map(database).concat();
    project().config(config).revision(revision("a1", &[])).build()
}

#[test]
fn patterns_choose() {
    let env = four();
    assert_snapshot!(env.run(&["upgrade", "-d", "ts*"]), @"
    ------- stderr -------
    [ts_eu]
    Running upgrade  -> a1, rev a1
    [ts_us]
    Running upgrade  -> a1, rev a1
    ts_eu: 1 revision applied, at a1
    ts_us: 1 revision applied, at a1
    not touched: postgres, audit
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current", "-d", "*us", "--database", "a????", "-d", "ts_us"]), @"
    [ts_us]
    a1 (head)
    [audit]
    ------- stderr -------
    audit: nothing applied
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current", "-d", "*"]), @"
    [postgres]
    [ts_eu]
    a1 (head)
    [ts_us]
    a1 (head)
    [audit]
    ------- stderr -------
    postgres: nothing applied
    audit: nothing applied
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["-d", "ts*", "downgrade", "-1"]), @"
    ------- stderr -------
    error: downgrade with several databases needs one of them named
    hint: add --database with one of: ts_eu, ts_us
    [exit status: 64]
    ");
}

#[test]
fn what_matches_nothing_is_refused() {
    let env = four();
    assert_snapshot!(env.run(&["current", "-d", "postgers"]), @"
    ------- stderr -------
    error: there is no database `postgers` in the configuration
    hint: did you mean `postgres`?
    hint: there are: postgres, ts_eu, ts_us, audit
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["current", "-d", "audit", "-d", "tz*"]), @"
    ------- stderr -------
    error: there is no database `tz*` in the configuration
    hint: there are: postgres, ts_eu, ts_us, audit
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["heads", "-x", "db=ts*"]), @"
    ------- stderr -------
    error: there is no database `ts*` in the configuration
    hint: there are: postgres, ts_eu, ts_us, audit
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["heads", "-x", "db=ts-eu"]), @"
    ------- stderr -------
    error: there is no database `ts-eu` in the configuration
    hint: did you mean `ts_eu`?
    hint: there are: postgres, ts_eu, ts_us, audit
    [exit status: 64]
    ");
    assert_eq!(env.run(&["current", "-d", ""]).code(), Some(64));
}

#[test]
fn files_have_no_server() {
    let env = four();
    assert_snapshot!(env.run(&["current", "--host", "db"]), @"
    ------- stderr -------
    error: --host and --port are for servers, and the chosen databases are files
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["current", "--port", "70000"]), @"
    ------- stderr -------
    error: invalid value '70000' for '--port <PORT>': a port is a number from 1 to 65535

    For more information, try '--help'.
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["current", "-d", "audit", "--url", "sqlite:x.db", "--port", "1"]), @"
    ------- stderr -------
    error: --host and --port are for servers, and the chosen databases are files
    [exit status: 64]
    ");
}
