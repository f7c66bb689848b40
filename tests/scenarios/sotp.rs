//! `examples/sotp`: the two databases of SOTP's guide, on native files and on Alembic's, with the guide's own command lines.

use insta::assert_snapshot;

use super::epsm::{replacements, steps};
use super::support::{Sotp, sotp, tables};
use crate::support::{Output, TestEnvironment, query};

/// The two layouts, and what stands in the guide before every command.
const LAYOUTS: [(&str, &[&str]); 2] = [("sotp", &[]), ("sotp/alembic", &["-c", "alembic.ini"])];

/// Runs `limbeck`, what stands before every command, and the words of `line`.
fn run(env: &TestEnvironment, before: &[&str], line: &str) -> Output {
    let words: Vec<&str> = before.iter().copied().chain(line.split(' ')).collect();
    env.run(&words)
}

fn rows(sotp: &Sotp) -> [String; 2] {
    [&sotp.postgres, &sotp.timescale].map(|database| {
        let there = "SELECT count(*) FROM pg_tables WHERE tablename = 'alembic_version'";
        let url = database.url();
        if query(&sotp.env, &url, there) == "0\n" {
            return String::new();
        }
        let rows = query(&sotp.env, &url, "SELECT version_num FROM alembic_version ORDER BY 1");
        rows.trim_end().replace('\n', " ")
    })
}

/// Sections 2, 3 and 6 of the guide, and its reference of commands.
#[test]
fn the_guides_commands_do_what_it_says() {
    for (directory, before) in LAYOUTS {
        let sotp = sotp(directory);
        let run = |line: &str| run(&sotp.env, before, line);
        let ok = |line: &str| run(line).ok();
        // Only the branch of the database, newest first (Alembic lists both).
        let history = ok("-x db=timescale history");
        assert_eq!(history.lines().count(), 2, "{history}");
        assert!(history.starts_with("0001_init_timescale -> 4852c1ce1a0f (timescale) (head)"));
        assert_eq!(ok("-x db=timescale heads"), "4852c1ce1a0f (timescale) (head)\n");
        assert_eq!(ok("-x db=postgres heads"), "0001_init_postgres (postgres) (head)\n");

        ok("-x db=timescale upgrade timescale@head");
        assert_eq!(rows(&sotp), ["", "4852c1ce1a0f"], "{directory}");
        ok("-x db=postgres upgrade postgres@head");
        assert_eq!(rows(&sotp), ["0001_init_postgres", "4852c1ce1a0f"]);
        assert_eq!(ok("-x db=timescale current"), "4852c1ce1a0f (head)\n");
        let marked = ok("-x db=timescale history -i");
        assert!(marked.contains("(current)"), "{marked}");

        ok("-x db=timescale downgrade -1");
        assert_eq!(ok("-x db=timescale current"), "0001_init_timescale\n");
        ok("-x db=timescale upgrade 4852c1ce1a0f");
        ok("-x db=timescale downgrade 0001_init_timescale");
        assert_eq!(rows(&sotp), ["0001_init_postgres", "0001_init_timescale"]);
        ok("-x db=timescale stamp 4852c1ce1a0f");
        assert_eq!(rows(&sotp), ["0001_init_postgres", "4852c1ce1a0f"]);
        ok("-x db=timescale stamp 0001_init_timescale");
        // An abbreviation.
        ok("-x db=timescale upgrade 4852");
        assert_eq!(rows(&sotp), ["0001_init_postgres", "4852c1ce1a0f"]);
    }
}

/// "Always specify the branch name": not needed, since a database has one branch.
#[test]
fn head_is_that_of_the_database() {
    for (directory, before) in LAYOUTS {
        let sotp = sotp(directory);
        run(&sotp.env, before, "-x db=timescale upgrade head").ok();
        assert_eq!(rows(&sotp), ["", "4852c1ce1a0f"], "{directory}");
        run(&sotp.env, before, "upgrade").ok();
        assert_eq!(rows(&sotp), ["0001_init_postgres", "4852c1ce1a0f"], "{directory}");
    }
}

/// Alembic makes the tables of one database in the other, and says nothing.
#[test]
fn a_branch_never_runs_on_the_other_database() {
    for (directory, before) in LAYOUTS {
        let sotp = sotp(directory);
        let refused = |line: &str| {
            let output = run(&sotp.env, before, line);
            assert_eq!(output.code(), Some(64), "{directory}: {output}");
            output.stderr
        };
        // `-x db=` is forgotten.
        run(&sotp.env, before, "upgrade timescale@head").ok();
        assert_eq!(rows(&sotp), ["", "4852c1ce1a0f"], "{directory}");
        refused("-x db=timescale upgrade postgres@head");
        refused("-x db=timescale stamp 0001_init_postgres");
        // It is misspelt, as in the hint of SOTP's own env.py.
        assert!(
            refused("-x db=timescaledb upgrade timescale@head").contains("postgres, timescale")
        );
        refused("downgrade -1");
        assert_eq!(rows(&sotp), ["", "4852c1ce1a0f"], "{directory}");
    }
}

/// Section 4 of the guide: in real Alembic each of these fails, or leaves a file that breaks all that follows.
#[test]
fn new_revisions_can_be_made_as_the_guide_says() {
    for (directory, before) in LAYOUTS {
        let sotp = sotp(directory);
        let env = &sotp.env;
        let make = |arguments: &[&str]| {
            let words: Vec<&str> = before.iter().chain(arguments).copied().collect();
            env.run(&words)
        };
        let before_it = env.files(".");
        make(&["-x", "db=timescale", "revision", "-m", "add unit", "--branch-label", "timescale"])
            .ok();
        make(&["-x", "db=postgres", "revision", "-m", "add email", "--branch-label", "postgres"])
            .ok();
        make(&["-x", "db=timescale", "revision", "-m", "add jitter", "--head", "timescale@head"])
            .ok();
        let added: Vec<String> =
            env.files(".").into_iter().filter(|file| !before_it.contains(file)).collect();
        assert_eq!(added.len(), 3, "{added:?}");
        for (slug, branch) in
            [("add_unit", "timescale"), ("add_email", "postgres"), ("add_jitter", "timescale")]
        {
            let file = added.iter().find(|file| file.contains(slug)).unwrap();
            assert!(file.contains(branch), "{file} is not where the branch {branch} is");
        }
        let heads = make(&["heads"]).ok();
        assert_eq!(heads.lines().count(), 2, "{heads}");
        make(&["upgrade"]).ok();
        // Both at once, which Alembic's documented form is.
        let both = ["--head", "timescale@head", "--branch-label", "timescale"];
        make(&[&["revision", "-m", "add loss"], &both[..]].concat()).ok();
        make(&["heads"]).ok();
        make(&["upgrade"]).ok();
    }
}

/// What cannot be done says so and leaves nothing behind.
#[test]
fn what_is_not_possible_leaves_the_layout_alone() {
    for (directory, before) in LAYOUTS {
        let sotp = sotp(directory);
        let env = &sotp.env;
        let files = env.files(".");
        for line in [
            "-x db=timescale revision --autogenerate -m add-unit --branch-label timescale",
            // One file that joins the histories of two databases.
            "merge heads -m join",
        ] {
            let output = run(env, before, line);
            assert_ne!(output.code(), Some(0), "{output}");
            assert_eq!(env.files("."), files, "{line}");
        }
    }
}

#[test]
fn mistakes_are_named() {
    let sotp = sotp("sotp");
    let env = &sotp.env;
    env.run(&["upgrade"]).ok();
    assert_snapshot!(run(env, &[], "-x db=timescale upgrade nosuch"), @"
    ------- stderr -------
    error: Can't locate revision identified by 'nosuch'
    [exit status: 64]
    ");
    assert_snapshot!(run(env, &[], "-x db=timescale downgrade -9"), @"
    ------- stderr -------
    error: Relative revision -9 didn't produce 9 migrations
      in database timescale
    hint: the history ends before that: `limbeck current` shows where the database is, `limbeck history` what there is
    [exit status: 64]
    ");
    query(env, &sotp.timescale.url(), "UPDATE alembic_version SET version_num = 'deadbeef0000'");
    assert_snapshot!(run(env, &[], "-x db=timescale current"), @"
    ------- stderr -------
    error: Can't locate revision identified by 'deadbeef0000'
      in database timescale
    hint: no file declares this row of the version table: a newer release, or another checkout, has been here. `limbeck journal` tells who has applied it; check that one out, or set the rows with `limbeck stamp --purge REVISION -d timescale`, with REVISION in the place of deadbeef0000
    [exit status: 4]
    ");
    assert_snapshot!(run(env, &[], "upgrade"), @"
    ------- stderr -------
    [postgres]
    nothing to do (at 0001_init_postgres)
    [timescale]
    postgres: nothing to do, at 0001_init_postgres
    timescale: failed: Can't locate revision identified by 'deadbeef0000'
    error: Can't locate revision identified by 'deadbeef0000'
      in database timescale
    hint: no file declares this row of the version table: a newer release, or another checkout, has been here. `limbeck journal` tells who has applied it; check that one out, or set the rows with `limbeck stamp --purge REVISION -d timescale`, with REVISION in the place of deadbeef0000
    [exit status: 7]
    ");
    run(env, &[], "-x db=timescale stamp --purge 4852c1ce1a0f").ok();
    env.run(&["status", "--check"]).ok();
}

#[test]
fn both_databases_go_up_and_down() {
    let made = ["alert_rules alerts audit_logs credentials devices users", "devices users"];
    for ((directory, _), made) in LAYOUTS.into_iter().zip(made) {
        let sotp = sotp(directory);
        let env = &sotp.env;
        env.run(&["upgrade"]).ok();
        assert_eq!(tables(env, &sotp.postgres), made);
        assert_eq!(tables(env, &sotp.timescale), "device_metrics ping_results");
        env.run(&["health"]).ok();
        env.run(&["downgrade", "postgres@base"]).ok();
        env.run(&["downgrade", "timescale@base"]).ok();
        assert_eq!(tables(env, &sotp.postgres) + &tables(env, &sotp.timescale), "");
        let types = "SELECT count(*) FROM pg_type WHERE typtype = 'e'";
        assert_eq!(query(env, &sotp.postgres.url(), types), "0\n");
    }
}

/// Operations in Python, and SQL behind them. Python is not asked for: there is none.
#[test]
fn python_revisions_run_without_python_and_sql_goes_on_from_there() {
    let sotp = sotp("sotp/alembic");
    sotp.env.run(&["plan"]).ok();
    let arguments = ["revision", "--template", "sql", "-m", "add unit", "--head", "timescale@head"];
    sotp.env.run(&arguments).ok();
    sotp.env.run(&["upgrade", "--python", "never"]).ok();
    sotp.env.run(&["current", "--check-heads"]).ok();
    assert_eq!(tables(&sotp.env, &sotp.timescale), "device_metrics ping_results");
    sotp.env.run(&["downgrade", "timescale@-2"]).ok();
    assert_eq!(tables(&sotp.env, &sotp.timescale), "device_metrics");
}

#[test]
fn the_targets_of_the_makefile_work() {
    let sotp = sotp("sotp");
    let make = |arguments: &[&str]| {
        let mut make = sotp.env.program("make");
        make.arg("--no-print-directory").arg("--silent").args(arguments);
        sotp.env.finish(make)
    };
    assert_eq!(make(&["migrate-status"]).code(), Some(2));
    make(&["migrate-plan"]).ok();
    for target in ["migrate-timescale", "migrate-postgres", "migrate", "migrate-status"] {
        make(&[target]).ok();
    }
    for target in ["migrate-current", "migrate-history", "migrate-heads", "migrate-check"] {
        make(&[target]).ok();
        if target != "migrate-check" {
            make(&[target, "DB=timescale"]).ok();
        }
    }
    make(&["migrate-down", "DB=timescale"]).ok();
    assert_eq!(rows(&sotp), ["0001_init_postgres", "0001_init_timescale"]);
    make(&["migrate-stamp", "DB=timescale", "REV=4852c1ce1a0f"]).ok();
    assert_eq!(rows(&sotp), ["0001_init_postgres", "4852c1ce1a0f"]);
    // The stamp claims a table that is not there.
    assert_eq!(make(&["health"]).code(), Some(2));
    make(&["migrate-stamp", "DB=timescale", "REV=0001_init_timescale"]).ok();
    make(&["migrate"]).ok();
    make(&["health"]).ok();
    make(&["describe", "DB=timescale", "TABLE=ping_results"]).ok();
    assert_eq!(make(&["migrate-down"]).code(), Some(2));
    make(&["migrate-create", "DB=timescale", "M=add unit"]).ok();
    assert_eq!(make(&["migrate-check"]).code(), Some(2));
    make(&["help"]).ok();
}

#[test]
fn the_steps_of_the_workflow_succeed() {
    let sotp = sotp("sotp");
    let commands = steps(&sotp.env.read(".github/workflows/migrations.yml"));
    assert!(commands.len() > 5, "{commands:?}");
    for command in commands {
        let mut shell = sotp.env.program("/bin/sh");
        shell.args(["-e", "-c", &command]);
        let output = sotp.env.finish(shell);
        assert_eq!(output.code(), Some(0), "{command}\n{output}");
    }
}

#[test]
fn the_commands_of_the_readme_work() {
    let sotp = sotp("sotp");
    sotp.env.run(&["upgrade"]).ok();
    let commands = replacements(&sotp.env.read("README.md"));
    assert!(commands.len() > 8, "{commands:?}");
    for command in commands {
        let mut shell = sotp.env.program("/bin/sh");
        shell.args(["-c", &command]);
        let output = sotp.env.finish(shell);
        assert!(matches!(output.code(), Some(0 | 2)), "{command}\n{output}");
    }
}
