//! What becomes of a run when a hook fails.

use insta::assert_snapshot;

use super::support::{applied, told, urls, with_hooks};

#[test]
fn before_a_run_nothing_is_run() {
    for url in urls() {
        let hooks = "before_run = { command = ['sh', '-c', 'echo no; exit 3'] }";
        let env = with_hooks(&url, hooks);
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(1), "{output}");
        let tables = env.run(&["db", "tables"]).stdout;
        assert!(!tables.contains("t_a1") && !tables.contains("alembic_version"), "{tables}");
        if url.starts_with("sqlite") {
            assert_snapshot!(output, @"
            ------- stderr -------
            no
            error: database app: hook before_run failed: sh: exit status: 3
            hint: nothing was run
            [exit status: 1]
            ");
        }
        // It has given the lock back.
        env.write("limbeck.toml", env.read("limbeck.toml").replace("exit 3", "exit 0"));
        env.run(&["upgrade", "--lock-wait", "0"]).ok();
    }
}

#[test]
fn before_a_step_it_is_not_begun_and_after_one_it_is_done() {
    for (key, at, left) in [("before_step", "b2", "a1"), ("after_step", "a1", "a1")] {
        for url in urls() {
            let hook = format!(
                "{key} = {{ command = ['sh', '-c', 'test \"$LIMBECK_REVISION\" != {at}'] }}"
            );
            let env = with_hooks(
                &url,
                &hook
                    .replace("\"", "\\\"")
                    .replace("['sh', '-c', '", "[\"sh\", \"-c\", \"")
                    .replace("'] }", "\"] }"),
            );
            let output = env.run(&["upgrade"]);
            assert_eq!(output.code(), Some(1), "{output}");
            assert_eq!(applied(&env, &url), left, "{output}");
            if url.starts_with("sqlite") {
                match key {
                    "before_step" => assert_snapshot!(output, @"
                    ------- stderr -------
                    Running upgrade  -> a1, rev a1
                    error: database app: hook before_step failed: sh: exit status: 1
                    hint: revision b2 was not begun; what was committed before it stays
                    [exit status: 1]
                    "),
                    _ => assert_snapshot!(output, @"
                    ------- stderr -------
                    Running upgrade  -> a1, rev a1
                    error: database app: hook after_step failed: sh: exit status: 1
                    hint: revision a1 is done and stays so; nothing was begun behind this hook
                    [exit status: 1]
                    "),
                }
            }
        }
    }
}

#[test]
fn after_the_last_step_or_the_run_all_is_done_and_the_status_tells() {
    for url in urls() {
        let env = with_hooks(&url, "after_run = { command = ['false'] }");
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(1), "{output}");
        assert_eq!(applied(&env, &url), "b2");
        if url.starts_with("sqlite") {
            assert_snapshot!(output, @"
            ------- stderr -------
            Running upgrade  -> a1, rev a1
            Running upgrade a1 -> b2, rev b2
            error: database app: hook after_run failed: false: exit status: 1
            hint: the run is done: only its hook has failed
            [exit status: 1]
            ");
        }
        // Nothing is left to do, so nothing is told.
        env.run(&["upgrade"]).ok();
    }
}

#[test]
fn the_hook_of_a_failure_changes_nothing_by_failing() {
    let env = with_hooks(
        "sqlite:app.db",
        "before_run = { command = ['false'] }\non_failure = { command = ['sh', '-c', 'echo $LIMBECK_ERROR > told; exit 4'] }",
    );
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    warning: hook on_failure failed: sh: exit status: 4
    error: database app: hook before_run failed: false: exit status: 1
    hint: nothing was run
    [exit status: 1]
    ");
    assert_eq!(told(&env), "hook before_run failed: false: exit status: 1");
}

#[test]
fn what_is_wrong_in_the_configuration_is_told_before_anything_is_done() {
    for (hooks, words) in [
        (
            "before_run = { command = ['x'], sql = 'SELECT 1' }",
            "hook `before_run` takes exactly one of",
        ),
        ("before_run = { }", "hook `before_run` takes exactly one of"),
        ("after_run = { command = [] }", "hook `after_run` takes exactly one of"),
        ("after_run = { sql = 'SELECT 1', timeout = 0 }", "`timeout` is a number of seconds"),
        ("befor_run = { sql = 'SELECT 1' }", "did you mean `before_run`?"),
        ("before_run = { command = ['x', '${NOPE}'] }", "NOPE"),
    ] {
        let env = with_hooks("sqlite:app.db", hooks);
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(78), "{output}");
        assert!(output.stderr.contains(words), "{output}");
        assert!(!env.path("app.db").exists());
    }
}
