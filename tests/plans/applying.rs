//! `limbeck apply`: exactly the plan, or nothing.

use insta::assert_snapshot;

use super::two_databases;
use crate::support::{TestEnvironment, project, query, revision};

fn planned() -> TestEnvironment {
    let env = two_databases().build();
    env.run(&["plan", "-o", "plan.json"]).ok();
    env
}

#[test]
fn a_plan_is_run_as_it_is() {
    let env = planned();
    // What is added later is not part of it.
    env.write("versions/a4_x.sql", revision("a4", &["a3"]).text());
    assert_snapshot!(env.run(&["apply", "plan.json"]), @"
    ------- stderr -------
    [metrics]
    Running upgrade  -> b1, rev b1
    [app]
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> a2, rev a2
    Running upgrade a2 -> a3, rev a3
    [metrics]
    Running upgrade b1 -> b2, rev b2
    Running upgrade b2 -> b3, rev b3
    metrics: 3 revisions applied, at b3
    app: 3 revisions applied, at a3
    [exit status: 0]
    ");
    assert_eq!(query(&env, "sqlite:app.db", "SELECT version_num FROM alembic_version"), "a3\n");
    // Nothing is left of it.
    assert_snapshot!(env.run(&["apply", "plan.json"]), @"
    ------- stderr -------
    [metrics]
    nothing to do (at b3)
    [app]
    nothing to do (at a3)
    [exit status: 0]
    ");
}

#[test]
fn a_plan_of_which_half_is_done_is_continued() {
    let env = planned();
    env.run(&["upgrade", "-d", "app", "a2"]).ok();
    env.run(&["upgrade", "-d", "metrics", "b1"]).ok();
    assert_snapshot!(env.run(&["apply", "plan.json"]), @"
    ------- stderr -------
    [metrics]
    Running upgrade b1 -> b2, rev b2
    Running upgrade b2 -> b3, rev b3
    [app]
    Running upgrade a2 -> a3, rev a3
    metrics: 2 revisions applied, at b3
    app: 1 revision applied, at a3
    [exit status: 0]
    ");
}

#[test]
fn rows_that_the_plan_does_not_come_by_are_refused() {
    let env = planned();
    env.write("versions/c1_x.sql", revision("c1", &["a1"]).text());
    env.run(&["upgrade", "-d", "app", "c1"]).ok();
    assert_snapshot!(env.run(&["apply", "plan.json"]), @"
    ------- stderr -------
    error: database app: the plan begins at the base, and the database is at c1, which the plan does not come by
    hint: another run has changed the database since the plan was made: look at it, and make a new one
    [exit status: 4]
    ");
    assert!(!env.path("metrics.db").exists(), "everything is checked before anything is done");
}

#[test]
fn a_script_that_has_changed_is_refused() {
    let env = planned();
    let changed = revision("b3", &["b2"]).upgrade("CREATE TABLE other (i INTEGER);");
    env.write("versions/b3_x.sql", changed.text());
    let output = env.run(&["apply", "plan.json"]);
    assert_snapshot!(output, @"
    ------- stderr -------
    error: the plan does not fit database metrics any more: the script of revision b3 in versions/b3_x.sql had the digest 2e9924eccaf7c165b46a582fa98da53250e641171e5a552029b39893580b9a0c, and has 5b52a7da951393a3b99db386653244e6380755ccfa067c952237a1bf543b4636
      nothing has been done
    hint: look at what has changed, and make a new plan: limbeck plan -o FILE
    [exit status: 4]
    ");
    assert!(!env.path("metrics.db").exists() && !env.path("app.db").exists());
}

#[test]
fn other_settings_of_a_script_are_refused() {
    let env = planned();
    let text = env.read("versions/b3_x.sql").replace("---*/", "transaction = false\n---*/");
    env.write("versions/b3_x.sql", text);
    assert_snapshot!(env.run(&["apply", "plan.json"]), @"
    ------- stderr -------
    error: the plan does not fit database metrics any more: revision b3 in versions/b3_x.sql has other settings (`transaction`, timeouts)
      nothing has been done
    hint: look at what has changed, and make a new plan: limbeck plan -o FILE
    [exit status: 4]
    ");
}

#[test]
fn another_graph_is_refused() {
    let env = planned();
    // Between two revisions of the plan.
    env.write("versions/b25_x.sql", revision("b25", &["b2"]).text());
    env.write("versions/b3_x.sql", revision("b3", &["b25"]).text());
    assert_snapshot!(env.run(&["apply", "plan.json"]), @"
    ------- stderr -------
    error: the plan does not fit database metrics any more: the revisions fit together otherwise: `upgrade b2 -> b3` cannot be done at its place any more
      nothing has been done
    hint: look at what has changed, and make a new plan: limbeck plan -o FILE
    [exit status: 4]
    ");
    // Without one of them.
    let env = planned();
    std::fs::remove_file(env.path("versions/b3_x.sql")).unwrap();
    assert_snapshot!(env.run(&["apply", "plan.json"]), @"
    ------- stderr -------
    error: the plan does not fit database metrics any more: the revisions fit together otherwise: revision b3 is not one of the database any more
      nothing has been done
    hint: look at what has changed, and make a new plan: limbeck plan -o FILE
    [exit status: 4]
    ");
    // With a need that nothing satisfies by now.
    let env = planned();
    env.write("versions/a4_x.sql", revision("a4", &["a3"]).text());
    env.write("versions/b3_x.sql", revision("b3", &["b2"]).depends_on("a4").text());
    assert_snapshot!(env.run(&["apply", "plan.json"]), @"
    ------- stderr -------
    error: database metrics: revision b3 needs a4 on database app
    hint: apply that first: limbeck upgrade -d app a4; or all in the right order: limbeck upgrade
    [exit status: 4]
    ");
}

#[test]
fn another_configuration_is_refused() {
    let env = planned();
    let config = env.read("limbeck.toml");
    let apply = |config: String| {
        env.write("limbeck.toml", config);
        env.run(&["apply", "plan.json"])
    };
    assert_snapshot!(apply(config.replace("app.db", "other.db")), @"
    ------- stderr -------
    error: the plan does not fit database app any more: its address was sqlite:///$PROJ/app.db, and is sqlite:///$PROJ/other.db now
      nothing has been done
    hint: look at what has changed, and make a new plan: limbeck plan -o FILE
    [exit status: 4]
    ");
    assert_snapshot!(apply(config.replace("[databases.app]", "[databases.app]\nversion_table = \"v\"")), @"
    ------- stderr -------
    error: the plan does not fit database app any more: its version table was alembic_version, and is v now
      nothing has been done
    hint: look at what has changed, and make a new plan: limbeck plan -o FILE
    [exit status: 4]
    ");
    assert_snapshot!(apply(format!("[scripts]\ntransaction_mode = \"run\"\n{config}")), @"
    ------- stderr -------
    error: the plan does not fit database metrics any more: `transaction_mode` was revision, and is run now
      nothing has been done
    hint: look at what has changed, and make a new plan: limbeck plan -o FILE
    error: the plan does not fit database app any more: `transaction_mode` was revision, and is run now
      nothing has been done
    hint: look at what has changed, and make a new plan: limbeck plan -o FILE
    [exit status: 4]
    ");
    assert_snapshot!(apply(config.replace("databases.app", "databases.shop")), @"
    ------- stderr -------
    error: the plan does not fit database app any more: the configuration has no such database
      nothing has been done
    hint: look at what has changed, and make a new plan: limbeck plan -o FILE
    [exit status: 4]
    ");
    assert_eq!(apply(config).code(), Some(0));
}

#[test]
fn a_file_that_is_no_plan_is_refused() {
    let env = planned();
    let plan = env.read("plan.json");
    let apply = |text: &str| {
        env.write("plan.json", text);
        env.run(&["apply", "plan.json"])
    };
    assert_snapshot!(apply(&plan.replace("\"b3\"", "\"b2\"")), @"
    ------- stderr -------
    error: plan.json: the plan has been changed since it was written: its digest does not fit
    hint: `limbeck plan -o FILE` writes a plan
    [exit status: 78]
    ");
    assert_snapshot!(apply(&plan[..plan.len() / 2]), @"
    ------- stderr -------
    error: plan.json: this is no plan: EOF while parsing a string at line 90 column 30
    hint: `limbeck plan -o FILE` writes a plan
    [exit status: 78]
    ");
    assert_snapshot!(apply("{}"), @"
    ------- stderr -------
    error: plan.json: this is no plan of limbeck: it has no `limbeck_plan`
    hint: `limbeck plan -o FILE` writes a plan
    [exit status: 78]
    ");
    assert_snapshot!(apply(&plan.replace("\"limbeck_plan\": 1", "\"limbeck_plan\": 7")), @"
    ------- stderr -------
    error: plan.json: the plan has format 7, and this version of limbeck runs format 1
    hint: `limbeck plan -o FILE` writes a plan
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["apply", "nosuch.json"]), @"
    ------- stderr -------
    error: nosuch.json: the plan cannot be read: No such file or directory (os error 2)
    [exit status: 64]
    ");
    assert_eq!(apply(&plan).code(), Some(0));
}

#[test]
fn a_plan_that_cannot_be_written_says_so() {
    let env = planned();
    assert_eq!(env.run(&["plan", "-o", "nowhere/plan.json"]).code(), Some(1));
    assert_eq!(env.files("").iter().filter(|name| name.contains("plan.json")).count(), 1);
}

#[test]
fn some_databases_of_a_plan_cannot_be_chosen() {
    let env = planned();
    assert_snapshot!(env.run(&["apply", "plan.json", "-d", "app"]), @"
    ------- stderr -------
    error: a plan runs on its own databases: --database and -x db= mean nothing here
    hint: `limbeck plan --database NAME -o FILE` makes a plan for some databases
    [exit status: 64]
    ");
}

#[test]
fn a_database_that_cannot_be_reached_keeps_all_from_being_touched() {
    let env = two_databases().build();
    env.write(
        "limbeck.toml",
        "[databases.metrics]\nurl = \"sqlite:metrics.db\"\nbranches = [\"metrics\"]\n\
         [databases.app]\nurl = \"sqlite:d/app.db\"\nbranches = [\"app\"]\n",
    );
    std::fs::create_dir(env.path("d")).unwrap();
    env.run(&["plan", "-o", "plan.json"]).ok();
    std::fs::remove_dir(env.path("d")).unwrap();
    let output = env.run(&["apply", "plan.json"]);
    assert_eq!(output.code(), Some(8), "{output}");
    assert!(!env.path("metrics.db").exists());
}

#[test]
fn a_downgrade_can_be_planned_and_applied() {
    let env = project().revision(revision("a1", &[])).revision(revision("a2", &["a1"])).build();
    env.run(&["upgrade"]).ok();
    env.run(&["plan", "downgrade", "base", "-o", "plan.json"]).ok();
    assert_snapshot!(env.run(&["apply", "plan.json"]), @"
    ------- stderr -------
    Running downgrade a2 -> a1, rev a2
    Running downgrade a1 -> , rev a1
    [exit status: 0]
    ");
    assert_eq!(env.run(&["apply", "plan.json"]).code(), Some(0));
    // A plan leads one way: what is at its end is done, whatever way led there.
    env.run(&["upgrade"]).ok();
    assert_eq!(env.run(&["apply", "plan.json"]).code(), Some(0));
}

#[test]
fn an_empty_plan_is_done() {
    let env = project().revision(revision("a1", &[])).build();
    env.run(&["upgrade"]).ok();
    env.run(&["plan", "-o", "plan.json"]).ok();
    assert_snapshot!(env.run(&["apply", "plan.json"]), @"
    ------- stderr -------
    nothing to do: the plan has no step
    nothing to do (at a1)
    [exit status: 0]
    ");
}

#[test]
fn a_plan_holds_no_password() {
    let url = crate::support::postgres().create_database();
    let env = project().url(&url).revision(revision("a1", &[])).build();
    env.run(&["plan", "-o", "plan.json"]).ok();
    let plan = env.read("plan.json");
    let password = url.split(':').nth(2).unwrap().split('@').next().unwrap();
    assert!(!plan.contains(password), "{plan}");
    env.run(&["apply", "plan.json"]).ok();
}
