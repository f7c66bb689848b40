//! Which configuration files a command reads.

use insta::assert_snapshot;

use super::project::{INI, alembic_project, revision};
use crate::support::TestEnvironment;

const PYPROJECT: &str =
    "[project]\nname = \"app\"\n\n[tool.alembic]\nscript_location = \"%(here)s/migrations\"\n";

#[test]
fn the_current_directory_and_every_way_to_name_a_file() {
    let mut env = alembic_project();
    for arguments in [
        &["heads"][..],
        &["-c", "alembic.ini", "heads"],
        &["--config", "../project/alembic.ini", "heads"],
        &["-c", env.path("alembic.ini").to_str().unwrap(), "heads"],
        &["-n", "alembic", "heads"],
    ] {
        assert_eq!(env.run(arguments).ok(), "b2 (head)\n", "{arguments:?}");
    }
    std::fs::rename(env.path("alembic.ini"), env.path("other.cfg")).unwrap();
    assert_snapshot!(env.run(&["heads"]), @"
    ------- stderr -------
    error: no configuration: there is no limbeck.toml and no alembic.ini here
    hint: `limbeck init` sets a project up; `-c FILE` names another configuration
    [exit status: 78]
    ");
    assert_eq!(env.run(&["-c", "other.cfg", "heads"]).ok(), "b2 (head)\n");
    for variable in ["ALEMBIC_CONFIG", "LIMBECK_CONFIG"] {
        let mut env = alembic_project();
        std::fs::rename(env.path("alembic.ini"), env.path("other.cfg")).unwrap();
        env.set(variable, "other.cfg");
        assert_eq!(env.run(&["heads"]).ok(), "b2 (head)\n", "{variable}");
        env.set(variable, "");
        assert_eq!(env.run(&["heads"]).code(), Some(78), "{variable}");
    }
    // What is typed wins.
    env.set("ALEMBIC_CONFIG", "nowhere.ini");
    assert_eq!(env.run(&["-c", "other.cfg", "heads"]).ok(), "b2 (head)\n");
    assert_snapshot!(env.run(&["heads"]), @"
    ------- stderr -------
    error: no configuration: nowhere.ini does not exist
    hint: `limbeck init` sets a project up; `-c FILE` names another configuration
    [exit status: 78]
    ");
}

#[test]
fn a_pyproject_alone_or_beside_the_ini_file() {
    let env = alembic_project();
    std::fs::remove_file(env.path("alembic.ini")).unwrap();
    env.write("pyproject.toml", "[project]\nname = \"app\"\n");
    assert_snapshot!(env.run(&["heads"]), @"
    ------- stderr -------
    error: no configuration: there is no limbeck.toml and no alembic.ini here
    hint: `limbeck init` sets a project up; `-c FILE` names another configuration
    [exit status: 78]
    ");
    env.write("pyproject.toml", PYPROJECT);
    assert_eq!(env.run(&["heads"]).ok(), "b2 (head)\n");
    assert_eq!(env.run(&["-c", "pyproject.toml", "heads"]).ok(), "b2 (head)\n");
    // It has no place for the URL in Alembic's own template.
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: no database URL: the configuration has no sqlalchemy.url
      --> migrations
    hint: give the URL with --url or LIMBECK_URL
    hint: or in a limbeck.toml: `limbeck compat --write` begins one
    [exit status: 78]
    ");
    // The ini file has the URL, and pyproject the rest.
    env.write("alembic.ini", "[alembic]\nsqlalchemy.url = sqlite:///app.db\n");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    [exit status: 0]
    ");
    // Where both say something, the ini file wins.
    env.write("alembic.ini", INI);
    env.write("pyproject.toml", "[tool.alembic]\nscript_location = \"nowhere\"\n");
    assert_eq!(env.run(&["current"]).ok(), "b2 (head)\n");
    let both = ["-c", "alembic.ini", "-c", "pyproject.toml", "current"];
    assert_eq!(env.run(&both).ok(), "b2 (head)\n");
}

#[test]
fn two_of_a_kind_and_missing_ones() {
    let env = alembic_project();
    env.write("b.ini", INI);
    env.write("pyproject.toml", PYPROJECT);
    assert_snapshot!(env.run(&["-c", "alembic.ini", "-c", "b.ini", "heads"]), @"
    ------- stderr -------
    error: only one ini file may be indicated
    [exit status: 64]
    ");
    assert_snapshot!(
        env.run(&["-c", "pyproject.toml", "-c", "pyproject.toml", "heads"]), @"
    ------- stderr -------
    error: pyproject.toml indicated more than once
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["-c", "missing.ini", "heads"]), @"
    ------- stderr -------
    error: no configuration: missing.ini does not exist
    hint: `limbeck init` sets a project up; `-c FILE` names another configuration
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["-c", "migrations", "heads"]), @"
    ------- stderr -------
    error: cannot read the configuration: Is a directory (os error 21)
      --> migrations
    [exit status: 78]
    ");
}

#[test]
fn a_section_that_is_not_there_has_no_keys() {
    let env = alembic_project();
    assert_snapshot!(env.run(&["-n", "nosuch", "heads"]), @"
    ------- stderr -------
    error: No 'script_location' key found in configuration.
      --> alembic.ini
    [exit status: 78]
    ");
    env.write("alembic.ini", format!("{INI}\n[second]\nscript_location = two\n"));
    assert_snapshot!(env.run(&["-n", "second", "heads"]), @"
    ------- stderr -------
    error: Path doesn't exist: two.  Please use the 'init' command to create a new scripts folder.
      --> alembic.ini:6:1
       |  script_location = two
       |  ^
    [exit status: 78]
    ");
    env.write("two/versions/z9_x.py", revision("z9", "None"));
    assert_eq!(env.run(&["-n", "second", "heads"]).ok(), "z9 (head)\n");
    // Its keys, not those of the main section.
    assert_snapshot!(env.run(&["-n", "second", "current"]), @"
    ------- stderr -------
    error: no database URL: the configuration has no sqlalchemy.url
      --> alembic.ini
    hint: give the URL with --url or LIMBECK_URL
    hint: or in a limbeck.toml: `limbeck compat --write` begins one
    [exit status: 78]
    ");
}

#[test]
fn a_limbeck_toml_extends_what_it_stands_beside() {
    let env = alembic_project();
    env.write("limbeck.toml", "[databases.main]\nurl = \"sqlite:other.db\"\n");
    env.run(&["upgrade"]).ok();
    assert_eq!(
        env.files(""),
        [
            "alembic.ini",
            "limbeck.toml",
            "migrations/env.py",
            "migrations/versions/a1_x.py",
            "migrations/versions/b2_x.py",
            "other.db",
        ]
    );
    // From elsewhere, too.
    for config in ["../project/alembic.ini", "../project/limbeck.toml"] {
        let mut command = env.command(&["-c", config, "current"]);
        command.current_dir(env.path("../tmp"));
        assert_eq!(env.finish(command).ok(), "b2 (head)\n", "{config}");
    }
}

#[test]
fn nothing_at_all() {
    assert_snapshot!(TestEnvironment::new().run(&["upgrade"]), @"
    ------- stderr -------
    error: no configuration: there is no limbeck.toml and no alembic.ini here
    hint: `limbeck init` sets a project up; `-c FILE` names another configuration
    [exit status: 78]
    ");
}
