//! Commands, and what they are told.

use insta::assert_snapshot;

use super::support::{telling, told, urls, with_hooks};
use crate::support::{project, revision};
use crate::tenants::support::{KINDS, Kind, fleet};

#[test]
fn hooks_surround_a_run_and_each_of_its_steps() {
    for url in urls() {
        let env = with_hooks(&url, &telling());
        env.run(&["upgrade"]).ok();
        let up = told(&env);
        env.run(&["downgrade", "a1"]).ok();
        let down = told(&env);
        let expected = "\
before_run app/ upgrade [] a1,b2
before_step app/ upgrade [a1] a1
after_step app/ upgrade [a1] a1
before_step app/ upgrade [b2] b2
after_step app/ upgrade [b2] b2
after_run app/ upgrade [] a1,b2";
        assert_eq!(up, expected, "{url}");
        let expected = "\
before_run app/ downgrade [] b2
before_step app/ downgrade [b2] b2
after_step app/ downgrade [b2] b2
after_run app/ downgrade [] b2";
        assert_eq!(down, expected, "{url}");
        // Where nothing is done, nothing is told.
        env.run(&["upgrade", "a1"]).ok();
        assert_eq!(env.run(&["plan"]).code(), Some(0));
        env.run(&["upgrade", "--sql"]).ok();
        env.run(&["stamp", "b2"]).ok();
        env.run(&["current"]).ok();
        assert_eq!(told(&env), "", "{url}");
    }
}

#[test]
fn a_failure_is_told_and_what_was_rolled_back_has_no_hook_behind_it() {
    for (mode, committed) in [("revision", true), ("run", false)] {
        let [_, url, _] = urls();
        let env = with_hooks(&url, &telling());
        let config = env.read("limbeck.toml");
        env.write("limbeck.toml", format!("[scripts]\ntransaction_mode = \"{mode}\"\n{config}"));
        env.write("versions/c3_x.sql", revision("c3", &["b2"]).upgrade("SELECT nope;").text());
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(1), "{output}");
        let current = env.run(&["current"]).stdout;
        assert_eq!(current.contains("b2"), committed, "{current}");
        match committed {
            true => assert_snapshot!(told(&env), @r#"
            before_run app/ upgrade [] a1,b2,c3
            before_step app/ upgrade [a1] a1
            after_step app/ upgrade [a1] a1
            before_step app/ upgrade [b2] b2
            after_step app/ upgrade [b2] b2
            before_step app/ upgrade [c3] c3
            on_failure app/ upgrade [] a1,b2,c3 column "nope" does not exist
            "#),
            false => assert_snapshot!(told(&env), @r#"
            before_run app/ upgrade [] a1,b2,c3
            before_step app/ upgrade [a1] a1
            before_step app/ upgrade [b2] b2
            before_step app/ upgrade [c3] c3
            on_failure app/ upgrade [] a1,b2,c3 column "nope" does not exist
            "#),
        }
    }
}

#[test]
fn a_database_has_its_own_hooks_in_the_place_of_those_for_all() {
    let env = project()
        .config(format!(
            "[hooks]\n{}[databases.app]\nurl = 'sqlite:app.db'\n[databases.results]\nurl = 'sqlite:results.db'\n\
             [databases.results.hooks]\nbefore_run = {{ command = ['sh', '-c', 'echo own >> told'] }}\n\
             before_step = {{ sql = 'SELECT 1' }}\n",
            telling()
        ))
        .revision(revision("a1", &[]))
        .build();
    env.run(&["upgrade"]).ok();
    assert_snapshot!(told(&env), @"
    before_run app/ upgrade [] a1
    before_step app/ upgrade [a1] a1
    after_step app/ upgrade [a1] a1
    after_run app/ upgrade [] a1
    own
    after_step results/ upgrade [a1] a1
    after_run results/ upgrade [] a1
    ");
    let shown = env.run(&["config", "show"]).stdout;
    assert!(shown.contains("hooks.before_run"), "{shown}");
}

#[test]
fn tenants_are_told_of_by_their_names() {
    for kind in KINDS {
        let fleet = fleet(kind, 3);
        let config = fleet.env.read("limbeck.toml");
        fleet.env.write("limbeck.toml", format!("[hooks]\n{}{config}", telling()));
        fleet.code(&["upgrade", "--jobs", "2"], 0);
        let told = told(&fleet.env);
        for n in [1, 2, 3] {
            let name = fleet.name(n);
            let of_it = |line: &&str| line.contains(&format!(" app/{name} "));
            let lines: Vec<&str> = told.lines().filter(of_it).collect();
            assert_eq!(lines.len(), 6, "{kind:?} {told}");
            assert!(lines[0].starts_with("before_run ") && lines[5].starts_with("after_run "));
        }
        if kind == Kind::Sqlite {
            assert_eq!(told.lines().filter(|line| line.contains(" app/ ")).count(), 4, "{told}");
        }
    }
}

#[test]
fn a_command_that_takes_too_long_is_stopped() {
    let env =
        with_hooks("sqlite:app.db", "before_run = { command = ['sleep', '60'], timeout = 1 }");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: hook before_run failed: sleep: stopped after 1 s
    hint: nothing was run
    [exit status: 1]
    ");
}
