//! `limbeck lint`.

use insta::assert_snapshot;

use super::history::three;
use super::narrowed::results;
use crate::support::{project, revision};

const TWO: &str = "[databases.one]\nurl = \"sqlite:one.db\"\nbranches = [\"one\"]\n\
    [databases.two]\nurl = \"${NO_SUCH_VARIABLE}\"\nbranches = [\"two\"]\n";

#[test]
fn sound_projects_have_no_findings() {
    assert_snapshot!(three().run(&["lint"]), @"
    ------- stderr -------
    nothing found
    [exit status: 0]
    ");
    assert_snapshot!(results().run(&["lint"]), @"
    ------- stderr -------
    nothing found
    [exit status: 0]
    ");
}

#[test]
fn routes_that_lead_nowhere() {
    let env = project()
        .config(TWO)
        .revision(revision("a1", &[]).label("one"))
        .revision(revision("a2", &["a1"]).with("databases = [\"two\"]"))
        .revision(revision("c1", &[]).label("three"))
        .revision(revision("c2", &["c1"]))
        .revision(revision("d1", &[]))
        .build();
    assert_snapshot!(env.run(&["lint"]), @"
    error[branch-nowhere]: no database takes branch 'three'
      --> versions/c1_x.sql
      hint: add 'three' to the `branches` of a database, or to `unrouted_branches` of [scripts]
    error[revision-nowhere]: revision a2 is for two, and its branch is not
      --> versions/a2_x.sql
      hint: `databases` only narrows: add the branch to `branches` of that database
    error[revision-nowhere]: no database takes revision d1, which is on no branch
      --> versions/d1_x.sql
      hint: give it a branch label
    ------- stderr -------
    3 errors
    [exit status: 6]
    ");
}

#[test]
fn a_foreign_key_into_another_database() {
    let env = project()
        .config(TWO)
        .revision(revision("a1", &[]).label("one").upgrade("CREATE TABLE simulation_runs (id INTEGER PRIMARY KEY);"))
        .revision(
            revision("b1", &[]).label("two").upgrade(
                "CREATE TABLE results (\n  id INTEGER,\n  run INTEGER REFERENCES simulation_runs (id)\n);\n\
                 INSERT INTO results VALUES (1, 1);\nINSERT INTO was_there_before VALUES (1);\n\n\
                 ALTER TABLE Simulation_Runs ADD COLUMN x INTEGER;",
            ),
        )
        .build();
    assert_snapshot!(env.run(&["lint"]), @"
    error[cross-database]: revision b1 refers to table simulation_runs on database two, and that is in one (revision a1)
      --> versions/b1_x.sql:11
      hint: no statement reaches another database: keep the key without REFERENCES, or narrow the revision with `databases`
    warning[missing-downgrade]: revision a1 has no downgrade
      --> versions/a1_x.sql
      hint: write one, or say why not: `irreversible = true` and `irreversible_reason`
    warning[missing-downgrade]: revision b1 has no downgrade
      --> versions/b1_x.sql
      hint: write one, or say why not: `irreversible = true` and `irreversible_reason`
    ------- stderr -------
    1 error, 2 warnings
    [exit status: 6]
    ");
    assert_snapshot!(env.run(&["lint", "-d", "one"]), @"
    warning[missing-downgrade]: revision a1 has no downgrade
      --> versions/a1_x.sql
      hint: write one, or say why not: `irreversible = true` and `irreversible_reason`
    ------- stderr -------
    1 warning
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["lint", "--json"]), @r#"
    {
      "findings": [
        {
          "rule": "cross-database",
          "level": "error",
          "message": "revision b1 refers to table simulation_runs on database two, and that is in one (revision a1)",
          "revision": "b1",
          "database": "two",
          "paths": [
            "$PROJ/versions/b1_x.sql"
          ],
          "line": 11,
          "hint": "no statement reaches another database: keep the key without REFERENCES, or narrow the revision with `databases`"
        },
        {
          "rule": "missing-downgrade",
          "level": "warning",
          "message": "revision a1 has no downgrade",
          "revision": "a1",
          "database": null,
          "paths": [
            "$PROJ/versions/a1_x.sql"
          ],
          "line": null,
          "hint": "write one, or say why not: `irreversible = true` and `irreversible_reason`"
        },
        {
          "rule": "missing-downgrade",
          "level": "warning",
          "message": "revision b1 has no downgrade",
          "revision": "b1",
          "database": null,
          "paths": [
            "$PROJ/versions/b1_x.sql"
          ],
          "line": null,
          "hint": "write one, or say why not: `irreversible = true` and `irreversible_reason`"
        }
      ],
      "errors": 1,
      "warnings": 2
    }
    ------- stderr -------
    [exit status: 6]
    "#);
}

#[test]
fn a_fork_in_a_branch() {
    let env = three();
    env.write("versions/a3_x.sql", revision("a3", &["a1"]).text());
    assert_snapshot!(env.run(&["lint"]), @"
    error[fork]: branch 'postgres' has several heads on database postgres: a2, a3
      --> versions/a2_x.sql
      --> versions/a3_x.sql
      hint: join them: limbeck merge heads --database postgres -m MESSAGE
    ------- stderr -------
    1 error
    [exit status: 6]
    ");
    // With labels of their own they are meant.
    env.write("versions/a3_x.sql", revision("a3", &["a1"]).label("left").text());
    env.write("versions/a2_x.sql", revision("a2", &["a1"]).label("right").text());
    assert_eq!(env.run(&["lint"]).ok(), "");
}

#[test]
fn downgrades() {
    let env = project()
        .revision(revision("a1", &[]).section("upgrade", "CREATE TABLE t (id INTEGER);"))
        .revision(
            revision("a2", &["a1"]).upgrade("CREATE TABLE u (id INTEGER);").downgrade("-- later"),
        )
        .revision(
            revision("a3", &["a2"]).with("irreversible = true").section("upgrade", "DROP TABLE u;"),
        )
        .revision(revision("a4", &["a3"]).upgrade("").downgrade(""))
        .build();
    assert_snapshot!(env.run(&["lint"]), @"
    warning[missing-downgrade]: revision a1 has no downgrade
      --> versions/a1_x.sql
      hint: write one, or say why not: `irreversible = true` and `irreversible_reason`
    warning[missing-downgrade]: the downgrade of revision a2 does nothing
      --> versions/a2_x.sql:14
      hint: write one, or say why not: `irreversible = true` and `irreversible_reason`
    ------- stderr -------
    2 warnings
    [exit status: 0]
    ");
    assert_eq!(env.run(&["lint", "--max-statements", "0", "--quiet"]).code(), Some(0));
}

#[test]
fn what_only_falls_through() {
    let env = project()
        .config("[databases.one]\nurl = \"sqlite:one.db\"\nbranches = [\"one\"]\n[databases.rest]\nurl = \"sqlite:rest.db\"\n")
        .revision(revision("a1", &[]).label("one"))
        .revision(revision("b1", &[]).label("two"))
        .revision(revision("c1", &[]))
        .build();
    assert_snapshot!(env.run(&["lint"]), @"
    warning[also-runs]: branch 'one' also runs on rest, which has no `branches`
      --> versions/a1_x.sql
      hint: give rest the `branches` that are meant for it
    info[fall-through]: branch 'two' runs on rest only because that has no `branches`
      --> versions/b1_x.sql
    info[fall-through]: the branch of c1, which has no label, runs on rest only because that has no `branches`
      --> versions/c1_x.sql
    ------- stderr -------
    1 warning, 2 for information
    [exit status: 0]
    ");
}

/// A trigger is one statement of SQLite's, and several for whoever takes it for PostgreSQL's; a
/// line with `#` is a comment for MySQL alone.
#[test]
fn sections_are_read_in_the_dialects_of_the_databases() {
    let trigger = "CREATE TRIGGER g AFTER INSERT ON t BEGIN\n  SELECT 1;\n  SELECT 2;\nEND;";
    let body = "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  PERFORM 1;\n  RETURN 1;\nEND $$;";
    let unknown = "${NO_SUCH_VARIABLE}";
    for (urls, upgrade, downgrade, expected) in [
        (&["sqlite:a.db"][..], trigger, "DROP TRIGGER g;", ""),
        (&["sqlite:a.db", unknown], trigger, "DROP TRIGGER g;", ""),
        (&["postgresql://h/d"], body, "DROP FUNCTION f;", ""),
        // Whatever it is, there may be but one.
        (&[unknown], body, "DROP FUNCTION f;", ""),
        (&["postgresql://h/d", "sqlite:a.db"], body, "DROP FUNCTION f;", "many-statements"),
        (&["sqlite:a.db"], "SELECT 1; SELECT 2;", "SELECT 1;", "many-statements"),
        (&[unknown], "SELECT 1; SELECT 2;", "SELECT 1;", "many-statements"),
        (&["mysql://h/d"], "SELECT 1;", "# nothing\n", "missing-downgrade"),
        (&["mysql://h/d", "sqlite:a.db"], "SELECT 1;", "# nothing\n", ""),
        (&[unknown], "SELECT 1;", "# nothing\n", ""),
        (&[unknown], "SELECT 1;", "-- nothing\n", "missing-downgrade"),
    ] {
        let config: Vec<String> = urls
            .iter()
            .enumerate()
            .map(|(index, url)| format!("[databases.d{index}]\nurl = \"{url}\"\n"))
            .collect();
        let env = project()
            .config(config.concat())
            .revision(revision("a1", &[]).upgrade(upgrade).downgrade(downgrade))
            .build();
        let output = env.run(&["lint", "--max-statements", "1"]);
        let found: Vec<&str> =
            output.stdout.lines().filter_map(|line| line.strip_prefix("warning[")).collect();
        let found: Vec<&str> =
            found.iter().filter_map(|line| Some(line.split_once(']')?.0)).collect();
        assert_eq!(found.join(" "), expected, "{urls:?} {upgrade} {downgrade}: {output}");
    }
}

/// The same table is named in a comment of MySQL's and in a statement of everybody else's.
#[test]
fn where_the_dialect_is_unknown_only_what_is_so_in_any_is_found() {
    let config = "[databases.one]\nurl = \"${NOWHERE}\"\nbranches = [\"one\"]\n\
        [databases.two]\nurl = \"${NOWHERE}\"\nbranches = [\"two\"]\n";
    for (text, is_found) in [
        ("INSERT INTO t_a1 VALUES (1);", true),
        ("SELECT 1;\n# ; INSERT INTO t_a1 VALUES (1);\n", false),
    ] {
        let env = project()
            .config(config)
            .revision(revision("a1", &[]).label("one"))
            .revision(revision("b1", &[]).label("two").upgrade(text).downgrade("SELECT 1;"))
            .build();
        let output = env.run(&["lint"]);
        assert_eq!(output.stdout.contains("cross-database"), is_found, "{text}: {output}");
    }
}

#[test]
fn a_branch_that_runs_on_a_database_without_branches_too() {
    let env = project()
        .config("[databases.default]\nurl = \"sqlite:default.db\"\n[databases.ts]\nurl = \"sqlite:ts.db\"\nbranches = [\"ts\"]\n")
        .revision(revision("a1", &[]).label("app"))
        .revision(revision("b1", &[]).label("ts"))
        .build();
    assert_snapshot!(env.run(&["lint"]), @"
    warning[also-runs]: branch 'ts' also runs on default, which has no `branches`
      --> versions/b1_x.sql
      hint: give default the `branches` that are meant for it
    info[fall-through]: branch 'app' runs on default only because that has no `branches`
      --> versions/a1_x.sql
    ------- stderr -------
    1 warning, 1 for information
    [exit status: 0]
    ");
    // Where its file says so, it does not.
    env.write(
        "versions/b1_x.sql",
        revision("b1", &[]).label("ts").with("databases = [\"ts\"]").text(),
    );
    assert!(!env.run(&["lint"]).stdout.contains("also-runs"));
}
