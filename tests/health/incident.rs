//! The incident of the users: three databases, one of which nobody migrated.

use insta::assert_snapshot;

use crate::support::{DATES, TestEnvironment, postgres, project, revision};

use super::databases::{json, states};

const RESULTS: &str = "CREATE TABLE simulation_results (id INTEGER);";

fn three(urls: &[String; 3]) -> TestEnvironment {
    let [main, materials, results] = urls;
    project()
        .config(format!(
            "[databases.main]\nurl = \"{main}\"\nbranches = [\"main\"]\n\
             [databases.materials]\nurl = \"{materials}\"\nbranches = [\"materials\"]\n\
             [databases.results]\nurl = \"{results}\"\nbranches = [\"results\"]\n\
             health = {{ min_tables = 1, tables = [\"simulation_results\"] }}\n"
        ))
        .revision(revision("a1", &[]).label("main"))
        .revision(revision("b1", &[]).label("materials"))
        .revision(revision("c1", &[]).label("results").upgrade(RESULTS))
        .revision(revision("c2", &["c1"]))
        .build()
}

#[test]
fn a_forgotten_database_is_noticed_by_status_and_health() {
    let servers = [(); 3].map(|()| postgres().create_database());
    let files = ["sqlite:a.db", "sqlite:b.db", "sqlite:c.db"].map(str::to_owned);
    for urls in [files, servers] {
        let env = three(&urls);
        env.run(&["upgrade", "-d", "main", "-d", "materials"]).ok();
        let status = env.run(&["status", "--check"]);
        assert_eq!(status.code(), Some(2), "{status}");
        assert!(status.stderr.contains("results: 2 pending: c1, c2"), "{status}");
        let health = env.run(&["health"]);
        assert_eq!(health.code(), Some(2), "{health}");
        assert!(health.stdout.contains("✗ results: 2 pending: c1, c2"), "{health}");
        assert!(health.stdout.contains("limbeck upgrade -d results"), "{health}");
        let expected = ["main ok", "materials ok", "results empty"];
        assert_eq!(states(&json(&env, &["health", "--json"])), expected);

        // The whole deploy step, twice.
        for _ in 0..2 {
            env.run(&["upgrade"]).ok();
            env.run(&["health"]).ok();
        }
        env.run(&["status", "--check"]).ok();
    }
}

#[test]
fn status_is_one_table_over_all_databases() {
    let env = three(&["sqlite:a.db", "sqlite:b.db", "sqlite:c.db"].map(str::to_owned));
    env.run(&["upgrade", "-d", "main", "-d", "materials"]).ok();
    env.run(&["upgrade", "c1"]).ok();
    let mut filters = DATES.to_vec();
    filters.push((r"by \S+@\S+, [0-9.]+ s", "by $$WHO, $$TIME"));
    insta::with_settings!({filters => filters}, {
        assert_snapshot!(env.run(&["status"]), @"
        database   state    current  heads  pending  applied  last run
        main       ok       a1       a1     0        1 of 1   upgrade $DATE by $WHO, $TIME
        materials  ok       b1       b1     0        1 of 1   upgrade $DATE by $WHO, $TIME
        results    pending  c1       c2     1        1 of 2   upgrade $DATE by $WHO, $TIME
        ------- stderr -------
        results: 1 pending: c2; at c1, 1 of 2 applied
          try: limbeck upgrade -d results
        [exit status: 0]
        ");
        assert_snapshot!(env.run(&["status", "-qd", "results"]), @"
        database  state    current  heads  pending  applied  last run
        results   pending  c1       c2     1        1 of 2   upgrade $DATE by $WHO, $TIME

        [results]
         [X] c1 (results) rev c1
         [ ] c2 (results) rev c2
         [-] b1 (materials) rev b1  (not routed here)
         [-] a1 (main) rev a1  (not routed here)
        ------- stderr -------
        [exit status: 0]
        ");
        assert_snapshot!(env.run(&["status", "--branch", "c1", "-d", "results"]).stdout, @"
        database  state    current  heads  pending  applied  last run
        results   pending  c1       c2     1        1 of 2   upgrade $DATE by $WHO, $TIME

        [results]
         [X] c1 (results) rev c1
         [ ] c2 (results) rev c2
        ");
    });
    assert_eq!(env.run(&["status", "--branch", "nothing"]).code(), Some(64));
}

#[test]
fn what_waits_for_another_database_is_applied_by_the_command_that_health_names() {
    let config = "[databases.app]\nurl = \"sqlite:app.db\"\nbranches = [\"app\"]\n\
                  [databases.ts]\nurl = \"sqlite:ts.db\"\nbranches = [\"ts\"]\n";
    let env = project()
        .config(config)
        .revision(revision("a1", &[]).label("app").depends_on("t1"))
        .revision(revision("t1", &[]).label("ts"))
        .build();
    assert_eq!(env.run(&["upgrade", "-d", "app"]).code(), Some(4));
    let output = env.run(&["health", "-d", "app"]);
    assert!(output.stdout.contains("\n  try: limbeck upgrade\n"), "{output}");
    let output = env.run(&["health", "-d", "ts"]);
    assert!(output.stdout.contains("\n  try: limbeck upgrade -d ts\n"), "{output}");
}

#[test]
fn a_row_of_a_revision_for_other_databases_is_told_as_that() {
    let config =
        "[databases.app]\nurl = \"sqlite:app.db\"\n[databases.eu]\nurl = \"sqlite:eu.db\"\n";
    let env = project().config(config).revision(revision("a1", &[])).build();
    env.run(&["upgrade"]).ok();
    env.write("versions/a1_x.sql", revision("a1", &[]).with("databases = [\"app\"]").text());
    let message = "at a1 (applied ";
    let reason = "which does not run here: its file names only app";
    for arguments in [&["health", "-d", "eu"][..], &["status", "-d", "eu", "--check"]] {
        let output = env.run(arguments);
        assert_eq!(output.code(), Some(4), "{output}");
        let text = format!("{output}");
        assert!(text.contains(message) && text.contains(reason), "{output}");
        assert!(text.contains("try: limbeck route explain a1"), "{output}");
    }
    let health = json(&env, &["health", "--json"]);
    assert_eq!(health["databases"][1]["ahead"][0]["databases"], serde_json::json!(["app"]));
}
