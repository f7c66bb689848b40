//! `%(…)s`, `%%` and `${…}` in the values of `alembic.ini`.

use insta::assert_snapshot;

use super::project::{ENV, INI, alembic_project, bare_project};
use crate::support::TestEnvironment;

/// The project with this URL, as written.
fn with_url(url: &str) -> TestEnvironment {
    let env = alembic_project();
    env.write("alembic.ini", INI.replace("sqlite:///app.db", url));
    env
}

#[test]
fn other_options_the_defaults_and_here() {
    let env = alembic_project();
    env.write(
        "alembic.ini",
        "[DEFAULT]\nname = from_default\n[alembic]\nscript_location = %(here)s/migrations\n\
         directory = deep\nsqlalchemy.url = sqlite:///%(directory)s/%(name)s%%.db\n",
    );
    std::fs::create_dir(env.path("deep")).unwrap();
    env.run(&["upgrade"]).ok();
    assert!(env.path("deep/from_default%.db").exists());
}

#[test]
fn the_environment() {
    let mut env = with_url("${WHERE:-sqlite:///fallback.db}");
    env.run(&["upgrade"]).ok();
    assert!(env.path("fallback.db").exists());
    env.set("WHERE", "sqlite:///there.db");
    env.run(&["upgrade"]).ok();
    assert!(env.path("there.db").exists());
    let mut env = with_url("sqlite:///%(NAME)s.db");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: the value of 'sqlalchemy.url' in section 'alembic' contains '%(NAME)s', which is neither an option of [alembic] or [DEFAULT] nor an environment variable (write '%%' for a percent sign)
      --> alembic.ini:3:28
    [exit status: 78]
    ");
    env.set("NAME", "named");
    env.run(&["upgrade"]).ok();
    assert!(env.path("named.db").exists());
}

#[test]
fn variables_that_are_not_set() {
    let env = with_url("${NOT_SET}");
    assert_eq!(env.run(&["heads"]).ok(), "b2 (head)\n");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: 'sqlalchemy.url' contains '${NOT_SET}', but the environment variable is not set
      --> alembic.ini:3:1
    hint: write the URL there, or give it with --url or LIMBECK_URL
    [exit status: 78]
    ");
    // The placeholder of Alembic's template.
    let env = with_url("driver://user:pass@localhost/dbname");
    assert_snapshot!(env.run(&["current"]), @"
    ------- stderr -------
    error: 'sqlalchemy.url' is still the placeholder that 'alembic init' wrote
      --> alembic.ini:3:1
    hint: write the URL there, or give it with --url or LIMBECK_URL
    [exit status: 78]
    ");
    let mut env = with_url("");
    assert_snapshot!(env.run(&["current"]), @"
    ------- stderr -------
    error: no database URL: the configuration has no sqlalchemy.url
      --> alembic.ini
    hint: give the URL with --url or LIMBECK_URL
    hint: or in a limbeck.toml: `limbeck compat --write` begins one
    [exit status: 78]
    ");
    // That variable stands in for what env.py computes, and for nothing else.
    env.set("DATABASE_URL", "sqlite:///by_variable.db");
    assert_eq!(env.run(&["upgrade"]).status.code(), Some(78));
    assert!(!env.path("by_variable.db").exists());
    env.set("LIMBECK_URL", "sqlite:///by_ours.db");
    env.run(&["upgrade"]).ok();
    assert!(env.path("by_ours.db").exists());
    env.run(&["upgrade", "--url", "sqlite:///typed.db"]).ok();
    assert!(env.path("typed.db").exists());
}

#[test]
fn bad_interpolation() {
    // The line may hold a password, so it is not shown.
    assert_snapshot!(with_url("postgresql://u:p%40ss@db/app").run(&["current"]), @"
    ------- stderr -------
    error: '%' must be followed by '%' or '(' in the value of 'sqlalchemy.url' in section 'alembic' (write '%%' for a percent sign)
      --> alembic.ini:3:34
    [exit status: 78]
    ");
    assert_snapshot!(with_url("sqlite:///%(nosuch").run(&["current"]), @"
    ------- stderr -------
    error: bad interpolation variable reference in the value of 'sqlalchemy.url' in section 'alembic': expected '%(name)s'
      --> alembic.ini:3:28
    [exit status: 78]
    ");
    let env = bare_project("[alembic]\nscript_location = %(nosuch)s/migrations\n", ENV);
    assert_snapshot!(env.run(&["heads"]), @"
    ------- stderr -------
    error: the value of 'script_location' in section 'alembic' contains '%(nosuch)s', which is neither an option of [alembic] or [DEFAULT] nor an environment variable (write '%%' for a percent sign)
      --> alembic.ini:2:19
       |  script_location = %(nosuch)s/migrations
       |                    ^
    [exit status: 78]
    ");
    let env = bare_project("[alembic]\nscript_location = 100%\n", ENV);
    assert_snapshot!(env.run(&["heads"]), @"
    ------- stderr -------
    error: '%' must be followed by '%' or '(' in the value of 'script_location' in section 'alembic' (write '%%' for a percent sign)
      --> alembic.ini:2:22
       |  script_location = 100%
       |                       ^
    [exit status: 78]
    ");
    let env = bare_project("[alembic]\na = %(b)s\nb = %(a)s\nscript_location = %(a)s\n", ENV);
    assert_snapshot!(env.run(&["heads"]), @"
    ------- stderr -------
    error: recursion limit exceeded in value substitution: option 'script_location' in section 'alembic'
      --> alembic.ini:3:5
       |  b = %(a)s
       |      ^
    [exit status: 78]
    ");
}

#[test]
fn what_is_no_ini_file() {
    let env = bare_project("script_location = migrations\n", ENV);
    assert_snapshot!(env.run(&["heads"]), @"
    ------- stderr -------
    error: the file contains no section header before this line
      --> alembic.ini:1:1
       |  script_location = migrations
       |  ^
    [exit status: 78]
    ");
    let env = bare_project("[alembic]\n[alembic]\n", ENV);
    assert_snapshot!(env.run(&["heads"]), @"
    ------- stderr -------
    error: section 'alembic' already exists (line 1)
      --> alembic.ini:2:1
       |  [alembic]
       |  ^
    [exit status: 78]
    ");
    let env = bare_project("[alembic]\nscript_location = migrations\nscript_location = m\n", ENV);
    assert_snapshot!(env.run(&["heads"]), @"
    ------- stderr -------
    error: option 'script_location' in section 'alembic' already exists (line 2)
      --> alembic.ini:3:1
       |  script_location = m
       |  ^
    [exit status: 78]
    ");
    let env = bare_project("[alembic]\nscript_location = nowhere\n", ENV);
    assert_snapshot!(env.run(&["heads"]), @"
    ------- stderr -------
    error: Path doesn't exist: nowhere.  Please use the 'init' command to create a new scripts folder.
      --> alembic.ini:2:1
       |  script_location = nowhere
       |  ^
    [exit status: 78]
    ");
}
