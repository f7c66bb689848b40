//! Runs over two databases whose steps take turns, killed at every line that they print: a rerun
//! ends as a run that was never killed.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::support::{TestEnvironment, postgres, project, query, revision};

/// Each script writes down that it ran, and takes long enough to be killed in the middle.
fn history(first: &str, second: &str) -> TestEnvironment {
    let script = |id: &str| format!("INSERT INTO ran VALUES ('{id}'); {SLOW}");
    let first_script = |id: &str| format!("CREATE TABLE ran (script TEXT); {}", script(id));
    project()
        .config(format!(
            "[databases.metrics]\nurl = \"{first}\"\nbranches = [\"metrics\"]\n\
             [databases.app]\nurl = \"{second}\"\nbranches = [\"app\"]\n"
        ))
        .revision(revision("a1", &[]).label("app").upgrade(&first_script("a1")))
        .revision(revision("a2", &["a1"]).upgrade(&script("a2")).depends_on("b1"))
        .revision(
            revision("a3", &["a2"])
                .depends_on("b2")
                .with("transaction = false")
                .upgrade("CREATE TABLE one (i INTEGER); CREATE TABLE two (i INTEGER);"),
        )
        .revision(revision("b1", &[]).label("metrics").upgrade(&first_script("b1")))
        .revision(revision("b2", &["b1"]).upgrade(&script("b2")).depends_on("a2"))
        .revision(revision("b3", &["b2"]).upgrade(&script("b3")).depends_on("a3"))
        .build()
}

const SLOW: &str = "INSERT INTO ran WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM \
                    n WHERE i < 5000) SELECT 'slow' FROM n WHERE i < 0;";

fn state(env: &TestEnvironment, url: &str) -> String {
    let done = "SELECT revision, count(*) FROM limbeck_journal \
                WHERE event = 'done' AND statement_no IS NULL GROUP BY revision ORDER BY 1";
    query(env, url, "SELECT script FROM ran ORDER BY 1")
        + &query(env, url, "SELECT version_num FROM alembic_version")
        + &query(env, url, done)
}

fn killed_at_every_line(databases: impl Fn() -> [String; 2]) {
    let [first, second] = databases();
    let clean = history(&first, &second);
    let output = clean.run(&["upgrade"]);
    assert_eq!(output.code(), Some(0), "{output}");
    let expected = [state(&clean, &first), state(&clean, &second)];
    assert_eq!(expected[0], "b1\nb2\nb3\nb3\nb1|1\nb2|1\nb3|1\n");
    assert_eq!(expected[1], "a1\na2\na3\na1|1\na2|1\na3|1\n");
    let lines = output.stderr.lines().count();
    // Six steps, a heading for each of five legs, and the summary.
    assert_eq!(lines, 6 + 5 + 2, "{output}");
    for line in 1..=lines {
        let [first, second] = databases();
        let env = history(&first, &second);
        let mut child =
            env.command(&["upgrade"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut seen = BufReader::new(child.stderr.take().unwrap()).lines();
        for _ in 0..line {
            seen.next().unwrap().unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(0), "killed at line {line}: {output}");
        let found = [state(&env, &first), state(&env, &second)];
        assert_eq!(found, expected, "killed at line {line}");
    }
}

#[test]
fn legs_on_sqlite() {
    killed_at_every_line(|| ["sqlite:metrics.db".to_owned(), "sqlite:app.db".to_owned()]);
}

#[test]
fn legs_on_postgres() {
    killed_at_every_line(|| [postgres().create_database(), postgres().create_database()]);
}
