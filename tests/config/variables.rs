//! `.env`, `--env-file`, and what wins over what.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, project, query, revision};

fn app(env: &TestEnvironment, arguments: &[&str]) -> String {
    let arguments = [&["config", "show", "--json"], arguments].concat();
    let shown: serde_json::Value = serde_json::from_str(&env.run(&arguments).ok()).unwrap();
    let setting = &shown["databases"][0]["settings"][0];
    let origins = setting["origins"].as_array().unwrap();
    let last = origins.last().and_then(serde_json::Value::as_str).unwrap();
    format!("{} <- {last}", setting["value"].as_str().unwrap_or("nothing"))
}

fn with_variable() -> TestEnvironment {
    project()
        .config("[databases.app]\nurl = \"sqlite:////${NAME:-default}.db\"\n")
        .revision(revision("a1", &[]))
        .build()
}

#[test]
fn flag_environment_files_default() {
    let mut env = with_variable();
    assert_eq!(app(&env, &[]), "sqlite:////default.db <- limbeck.toml:2");
    env.write(".env", "NAME=dotenv");
    assert_eq!(app(&env, &[]), "sqlite:////dotenv.db <- .env:1");
    // Named files take the place of the one that is read by itself.
    env.write("other.env", "\nOTHER=x\n");
    assert_eq!(app(&env, &["--env-file", "other.env"]), "sqlite:////default.db <- limbeck.toml:2");
    env.write("a.env", "NAME=a");
    env.write("b.env", "B=b\nexport NAME=\"${B}${B}\"");
    assert_eq!(app(&env, &["--env-file", "a.env"]), "sqlite:////a.db <- a.env:1");
    let both = ["--env-file", "a.env", "--env-file", "b.env"];
    assert_eq!(app(&env, &both), "sqlite:////bb.db <- b.env:2");
    let both = ["--env-file", "b.env", "--env-file", "a.env"];
    assert_eq!(app(&env, &both), "sqlite:////a.db <- a.env:1");
    env.set("LIMBECK_ENV_FILE", "b.env");
    assert_eq!(app(&env, &[]), "sqlite:////bb.db <- b.env:2");
    assert_eq!(app(&env, &["--env-file", "a.env"]), "sqlite:////a.db <- a.env:1");
    env.set("LIMBECK_ENV_FILE", "");
    assert_eq!(app(&env, &[]), "sqlite:////dotenv.db <- .env:1");
    // The environment wins over every file, also where it says that there is nothing.
    env.set("NAME", "environment");
    let expected = "sqlite:////environment.db <- environment variable NAME";
    assert_eq!(app(&env, &[]), expected);
    assert_eq!(app(&env, &["--env-file", "a.env"]), expected);
    env.set("NAME", "");
    assert_eq!(app(&env, &[]), "sqlite:////default.db <- limbeck.toml:2");
    env.set("LIMBECK_URL", "sqlite:////variable.db");
    let expected = "sqlite:////variable.db <- environment variable LIMBECK_URL";
    assert_eq!(app(&env, &[]), expected);
    assert_eq!(app(&env, &["--url", "sqlite:////flag.db"]), "sqlite:////flag.db <- flag --url");
}

#[test]
fn a_dotenv_is_used_by_every_command_and_options_in_it_are_not() {
    let env = project()
        .config("[databases.app]\nurl = \"${APP_URL}\"\n")
        .revision(revision("a1", &[]))
        .build();
    env.write(
        ".env",
        "APP_URL=sqlite:app.db\nLIMBECK_URL=sqlite:other.db\nLIMBECK_CONFIG=x.toml\n",
    );
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    [exit status: 0]
    ");
    assert_eq!(query(&env, "sqlite:app.db", "SELECT * FROM alembic_version"), "a1\n");
    assert!(!env.path("other.db").exists());
    assert_snapshot!(env.run(&["config", "check"]), @"
    ok: 1 database, 1 revision
    ------- stderr -------
    warning: .env:2: LIMBECK_URL is read from the environment only, not from a file
    warning: .env:3: LIMBECK_CONFIG is read from the environment only, not from a file
    [exit status: 0]
    ");
    // It belongs to the configuration, not to the current directory.
    env.write("sub/.env", "APP_URL=sqlite:sub.db\n");
    let mut command = env.command(&["-c", "../limbeck.toml", "current"]);
    command.current_dir(env.path("sub"));
    assert_snapshot!(env.finish(command), @"
    a1 (head)
    ------- stderr -------
    [exit status: 0]
    ");
    let mut command = env.command(&["-c", "../limbeck.toml", "--env-file", ".env", "current"]);
    command.current_dir(env.path("sub"));
    assert_snapshot!(env.finish(command), @"
    ------- stderr -------
    nothing applied
    [exit status: 0]
    ");
}

#[test]
fn files_that_cannot_be_read() {
    let env = with_variable();
    assert_snapshot!(env.run(&["heads", "--env-file", "gone.env"]), @"
    ------- stderr -------
    error: cannot read the file of variables: No such file or directory (os error 2)
      --> gone.env
    [exit status: 78]
    ");
    for text in [
        "A=1\nhush-hush\n",
        "PASS WORD=hush-hush\n",
        "\n\nA='hush-hush\n",
        "A=hush-hush$NOBODY\n",
        "A=\"hush-hush\" x\n",
        "A=${hush-hush\n",
    ] {
        env.write("bad.env", text);
        let output = env.run(&["heads", "--env-file", "bad.env"]);
        assert_eq!(output.code(), Some(78));
        assert!(!output.stderr.contains("hush"), "{output}");
    }
    assert_snapshot!(env.run(&["heads", "--env-file", "bad.env"]), @"
    ------- stderr -------
    error: `${...}` in this value cannot be read
      --> bad.env:1:1
    hint: in single quotes every `$` is a dollar sign
    [exit status: 78]
    ");
    env.write(".env", "A=1\nthis is no assignment\n");
    assert_snapshot!(env.run(&["heads"]), @"
    ------- stderr -------
    error: this line is no NAME=value
      --> .env:2:1
    [exit status: 78]
    ");
    // A project that has no variables has nothing to do with it.
    env.write("limbeck.toml", "[databases.app]\nurl = \"sqlite:a.db\"\n");
    assert_snapshot!(env.run(&["heads"]), @"
    a1 (head)
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn variables_stand_in_every_text() {
    let mut env = project()
        .config(
            "[databases.app]\ndialect = \"${D}\"\nhost = \"${H}\"\nport = \"${P}\"\nuser = \"${U}\"\n\
             password = \"${W}\"\nname = \"${N}\"\nparameters = { application_name = \"${A}\" }\n\
             branches = [\"${B}\"]\nversion_table = \"${V}\"\nversion_table_schema = \"${S}\"\n\
             journal_table = \"${J}\"\n",
        )
        .revision(revision("a1", &[]).label("x"))
        .build();
    assert_snapshot!(env.run(&["config", "check"]), @"
    limbeck.toml:9:13: no value for ${B}
    limbeck.toml:2:11: no value for ${D}, which `dialect` of database `app` needs
    limbeck.toml:3:8: no value for ${H}, which `host` of database `app` needs
    limbeck.toml:4:8: no value for ${P}, which `port` of database `app` needs
    limbeck.toml:5:8: no value for ${U}, which `user` of database `app` needs
    limbeck.toml:6:12: no value for ${W}, which `password` of database `app` needs
    limbeck.toml:7:8: no value for ${N}, which `name` of database `app` needs
    limbeck.toml:8:35: no value for ${A}, which `parameters.application_name` of database `app` needs
    limbeck.toml:10:17: no value for ${V}, which `version_table` of database `app` needs
    limbeck.toml:11:24: no value for ${S}, which `version_table_schema` of database `app` needs
    limbeck.toml:12:17: no value for ${J}, which `journal_table` of database `app` needs
    ------- stderr -------
    11 problems
    [exit status: 78]
    ");
    for (name, value) in [
        ("D", "postgresql"),
        ("H", "h"),
        ("P", "1"),
        ("U", "u"),
        ("W", "hush-hush"),
        ("N", "n"),
        ("A", "a"),
        ("B", "x"),
        ("V", "v"),
        ("S", "s"),
        ("J", "j"),
    ] {
        env.set(name, value);
    }
    assert_snapshot!(env.run(&["config", "show"]), @"
    configuration: limbeck.toml

    [scripts]
    version_locations            versions          default
    recursive_version_locations  false             default
    transaction_mode             revision          default
    file_template                %(rev)s_%(slug)s  default
    truncate_slug_length         40                default

    [databases.app]
    dialect                      postgresql  limbeck.toml:2, environment variable D
    host                         h           limbeck.toml:3, environment variable H
    port                         1           limbeck.toml:4, environment variable P
    user                         u           limbeck.toml:5, environment variable U
    password                     ***         limbeck.toml:6, environment variable W
    name                         n           limbeck.toml:7, environment variable N
    parameters.application_name  a           limbeck.toml:8, environment variable A
    branches                     x           limbeck.toml:9
    version_table                v           limbeck.toml:10, environment variable V
    version_table_schema         s           limbeck.toml:11, environment variable S
    journal_table                j           limbeck.toml:12, environment variable J
    version_num_length           32          default
    lock                         session     default
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn forms_of_variables() {
    let mut env = project()
        .config("[databases.app]\nurl = \"sqlite:${A:+a}${B-b}${C:-${D:-d}}.db\"\n")
        .build();
    env.set("A", "x");
    env.set("B", "");
    assert_eq!(app(&env, &[]), "sqlite:///$PROJ/ad.db <- environment variable B");
    env.write("limbeck.toml", "[databases.app]\nurl = \"sqlite:${E:?ask ${A}}.db\"\n");
    assert_snapshot!(env.run(&["current"]), @r#"
    ------- stderr -------
    error: no value for ${E} (ask x)
      --> limbeck.toml:2:7
       |  url = "sqlite:${E:?ask ${A}}.db"
       |        ^
    hint: set it in the environment, or write a default: ${NAME:-value}
    [exit status: 78]
    "#);
    env.write("limbeck.toml", "[databases.app]\nurl = \"sqlite:${E/x/y}.db\"\n");
    assert_snapshot!(env.run(&["current"]), @r#"
    ------- stderr -------
    error: `${...}` in the value of `url` cannot be read
      --> limbeck.toml:2:7
       |  url = "sqlite:${E/x/y}.db"
       |        ^
    hint: write ${NAME}, ${NAME:-default}, ${NAME:?message} or ${NAME:+text}; $$ is a dollar sign
    [exit status: 78]
    "#);
}

#[cfg(unix)]
#[test]
fn what_never_ends_or_never_answers_is_no_file_of_variables() {
    let env = project()
        .config("[databases.app]\nurl = \"sqlite:${DB:-app}.db\"\n")
        .file("secret.toml", "[databases.app]\nurl_file = \"fifo\"\n")
        .file(
            "big.toml",
            format!("[databases.app]\nurl = \"sqlite:app.db\"\n{}", "#\n".repeat(600_000)),
        )
        .file("double.env", format!("X=1\nA=0123456789abcdef\n{}", "A=${A}${A}\n".repeat(60)))
        .build();
    assert!(std::process::Command::new("mkfifo").arg(env.path("fifo")).status().unwrap().success());
    let refusal = |arguments: &[&str]| {
        let output = env.run(arguments);
        assert_eq!(output.code(), Some(78), "{output}");
        output.stdout
    };
    assert_snapshot!(refusal(&["--env-file", "/dev/zero", "config", "check"]), @"/dev/zero: cannot read the file of variables: it is longer than 1 MiB");
    assert_snapshot!(refusal(&["--env-file", "double.env", "config", "check"]), @"double.env:18:1: up to this line the values are longer than 1 MiB with their variables, or these are nested too deep");
    assert_snapshot!(refusal(&["-c", "secret.toml", "config", "check"]), @"secret.toml:2:12: `url_file` of database `app`: $PROJ/fifo cannot be read: it is no regular file");
    assert_snapshot!(refusal(&["-c", "big.toml", "config", "check"]), @"big.toml: cannot read the configuration: it is longer than 1 MiB");
    std::os::unix::fs::symlink("fifo", env.path(".env")).unwrap();
    assert_snapshot!(refusal(&["config", "check"]), @".env: cannot read the file of variables: it is no regular file");
    std::fs::remove_file(env.path(".env")).unwrap();
    std::fs::create_dir(env.path("versions")).unwrap();
    std::fs::rename(env.path("fifo"), env.path("versions/a1_x.sql")).unwrap();
    assert_snapshot!(refusal(&["config", "check"]), @"cannot read $PROJ/versions/a1_x.sql");
    // A pipe that somebody writes is as good as a file.
    let mut command = env.program("bash");
    command.args(["-c", "exec \"$0\" --env-file <(echo DB=of_a_pipe) config show"]);
    command.arg(env!("CARGO_BIN_EXE_limbeck"));
    let output = env.finish(command).ok();
    assert!(output.contains("of_a_pipe.db"), "{output}");
}
