//! Post-write hooks: formatters and their like, run on each new `.py` file.

use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use super::project::{ENV, INI, bare_project};
use crate::support::{TestEnvironment, python};

const REVISION: [&str; 5] = ["revision", "--rev-id", "a1", "-m", "x"];

/// A project with these hooks, and programs on its `PATH` that tell what they are given.
fn with(hooks: &str) -> TestEnvironment {
    let env = bare_project(&format!("{INI}\n[post_write_hooks]\n{hooks}"), ENV);
    for (name, status) in [("tidy", 0), ("fails", 3)] {
        let path = env.bin().join(name);
        let script = "#!/bin/sh\necho \"$(basename $0) in $PWD:\" \"$@\"\nfor f; do case $f in *.py) echo \"# $(basename $0)\" >>$f;; esac; done\n";
        std::fs::write(&path, format!("{script}exit {status}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    env
}

fn last_line(env: &TestEnvironment) -> String {
    env.read("migrations/versions/a1_x.py").lines().last().unwrap().to_owned()
}

#[test]
fn an_executable() {
    let env = with("hooks = tidy\ntidy.type = exec\ntidy.executable = tidy\n");
    assert_snapshot!(env.run(&REVISION), @"
    Generating $PROJ/migrations/versions/a1_x.py ...  done
    Running post write hook 'tidy' ...
    tidy in $PROJ: $PROJ/migrations/versions/a1_x.py
      done
    ------- stderr -------
    [exit status: 0]
    ");
    assert_eq!(last_line(&env), "# tidy");
    let env = with(
        "hooks = tidy\ntidy.type = exec\ntidy.executable = %(here)s/../bin/tidy\ntidy.options = --long 'two words' --file=x REVISION_SCRIPT_FILENAME -q\n",
    );
    assert_snapshot!(env.run(&REVISION), @"
    Generating $PROJ/migrations/versions/a1_x.py ...  done
    Running post write hook 'tidy' ...
    tidy in $PROJ: --long two words --file=x $PROJ/migrations/versions/a1_x.py -q
      done
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn a_console_script() {
    let env = with(
        "hooks = tidy\ntidy.type = console_scripts\ntidy.entrypoint = tidy\ntidy.options = -l 79\ntidy.cwd = %(here)s/migrations\n",
    );
    assert_snapshot!(env.run(&REVISION), @"
    Generating $PROJ/migrations/versions/a1_x.py ...  done
    Running post write hook 'tidy' ...
    tidy in $PROJ/migrations: $PROJ/migrations/versions/a1_x.py -l 79
      done
    ------- stderr -------
    [exit status: 0]
    ");
    let env = with("hooks = tidy\ntidy.type = console_scripts\ntidy.entrypoint = nosuch\n");
    assert_snapshot!(env.run(&REVISION), @"
    ------- stderr -------
    error: Could not find entrypoint console_scripts.nosuch
      for post write hook 'tidy'; nothing has been written
    hint: install it where PATH finds it, or name a program with `type = exec`
    [exit status: 78]
    ");
    assert_eq!(env.files("migrations/versions"), Vec::<String>::new());
}

#[test]
fn a_module() {
    let mut env = with(
        "hooks = count\ncount.type = module\ncount.module = tokenize\ncount.options = -e REVISION_SCRIPT_FILENAME\n",
    );
    let path = format!("{}:/usr/bin:/bin", python().parent().unwrap().display());
    env.set("PATH", path);
    let said = env.run(&REVISION).ok();
    assert!(
        said.contains("Running post write hook 'count' ...\n") && said.contains("ENDMARKER"),
        "{said}"
    );
    env.write("alembic.ini", env.read("alembic.ini").replace("tokenize", "nosuch_module"));
    assert_snapshot!(env.run(&["revision", "--rev-id", "b2"]), @"
    ------- stderr -------
    error: Could not find module nosuch_module
      for post write hook 'count'; nothing has been written
    hint: the Python on PATH must have it; `type = exec` needs no Python
    [exit status: 78]
    ");
    assert_eq!(env.files("migrations/versions"), ["a1_x.py"]);
}

#[test]
fn one_that_fails_does_not_stop_the_next() {
    let env = with(
        "hooks = fails, tidy\nfails.type = exec\nfails.executable = fails\ntidy.type = exec\ntidy.executable = tidy\n",
    );
    assert_snapshot!(env.run(&REVISION), @"
    Generating $PROJ/migrations/versions/a1_x.py ...  done
    Running post write hook 'fails' ...
    fails in $PROJ: $PROJ/migrations/versions/a1_x.py
      done
    Running post write hook 'tidy' ...
    tidy in $PROJ: $PROJ/migrations/versions/a1_x.py
      done
    ------- stderr -------
    warning: post write hook 'fails' ended with exit status: 3
    [exit status: 0]
    ");
    assert_eq!(last_line(&env), "# tidy");
}

#[test]
fn programs_and_directories_that_are_missing() {
    let env = with("hooks = own\nown.type = exec\nown.executable = nosuch-program\n");
    assert_snapshot!(env.run(&REVISION), @"
    Generating $PROJ/migrations/versions/a1_x.py ...  done
    Running post write hook 'own' ...
    ------- stderr -------
    error: post write hook 'own' cannot be run
      nosuch-program: No such file or directory (os error 2)
      the revision file has been written
    [exit status: 1]
    ");
    let env = with("hooks = own\nown.type = exec\nown.executable = tidy\nown.cwd = nowhere\n");
    assert_snapshot!(env.run(&REVISION), @"
    Generating $PROJ/migrations/versions/a1_x.py ...  done
    Running post write hook 'own' ...
    ------- stderr -------
    error: post write hook 'own' cannot be run
      tidy: No such file or directory (os error 2)
      the revision file has been written
    [exit status: 1]
    ");
}

#[test]
fn hooks_that_are_not_complete() {
    for (hooks, what) in [
        ("hooks = own\n", "type"),
        ("hooks = own\nown.type = exec\n", "executable"),
        ("hooks = own\nown.type = ours\n", "registered"),
        ("hooks = own\nown.type = exec\nown.executable = tidy\nown.options = 'open\n", "options"),
    ] {
        let env = with(hooks);
        let output = env.run(&REVISION);
        match what {
            "type" => assert_snapshot!(output, @"
            ------- stderr -------
            error: Key 'own.type' (or 'type' in toml) is required for post write hook 'own'
              --> alembic.ini:6:1
            [exit status: 78]
            "),
            "executable" => assert_snapshot!(output, @"
            ------- stderr -------
            error: Key own.executable is required for post write hook 'own'
              --> alembic.ini:6:1
            [exit status: 78]
            "),
            "registered" => assert_snapshot!(output, @"
            ------- stderr -------
            error: No formatter with name 'ours' registered
              for post write hook 'own'; nothing has been written
            hint: a function that env.py registers needs Python: use `type = exec` or `module`
            [exit status: 78]
            "),
            _ => assert_snapshot!(output, @"
            ------- stderr -------
            error: the options of post write hook 'own' cannot be split: No closing quotation
              --> alembic.ini:6:1
            [exit status: 78]
            "),
        }
        assert_eq!(env.files("migrations/versions"), Vec::<String>::new(), "{what}");
    }
}

#[test]
fn hooks_of_a_pyproject_and_of_merges() {
    let env = with("");
    env.write("alembic.ini", INI);
    env.write("pyproject.toml", "[tool.alembic]\nscript_location = \"migrations\"\n\n[[tool.alembic.post_write_hooks]]\nname = \"tidy\"\ntype = \"exec\"\nexecutable = \"tidy\"\noptions = \"--in %(here)s REVISION_SCRIPT_FILENAME\"\n");
    assert_snapshot!(env.run(&REVISION), @"
    Generating $PROJ/migrations/versions/a1_x.py ...  done
    Running post write hook 'tidy' ...
    tidy in $PROJ: --in $PROJ $PROJ/migrations/versions/a1_x.py
      done
    ------- stderr -------
    [exit status: 0]
    ");
    env.run(&["revision", "--rev-id", "b2", "--head", "base", "-m", "other"]).ok();
    assert!(env.run(&["merge", "heads", "-m", "both"]).ok().contains("tidy in "));
    let output = env.run(&["--json", "revision", "-m", "as JSON"]);
    serde_json::from_str::<serde_json::Value>(&output.stdout).expect("nothing but JSON");
    assert!(output.stderr.contains("\ntidy in "), "{output}");
    // They are for Python.
    assert!(!env.run(&["revision", "--template", "sql", "-m", "sql"]).ok().contains("tidy"));
}
