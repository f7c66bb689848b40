//! Real servers: passwords of any characters, and another way to the same server.

use insta::assert_snapshot;

use crate::support::{mariadb, postgres, project, query, revision};

/// Nothing that means something in a URL, in a shell, in TOML or in a `.env` file is missing.
const SPECIALS: &str = r##"p@ss:w/rd?#[]%41 $HOME ${X} $$ &=;'"\ é€🦄"##;

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[test]
fn a_password_of_specials_logs_in() {
    let server = postgres();
    let owned = server.create_owned_database();
    let literal = SPECIALS.replace('\'', "''");
    server.psql("postgres", &format!("ALTER ROLE {} PASSWORD '{literal}'", owned.user));
    let parts = |password: &str| {
        format!(
            "[databases.app]\ndialect = \"postgresql\"\nhost = \"{}\"\nport = {}\nuser = \"{}\"\n\
             name = \"${{DB_NAME}}\"\nparameters = {{ application_name = \"it's & co\" }}\n{password}\n",
            owned.host, owned.port, owned.user
        )
    };
    let mut env = project()
        .config(parts("password_file = \"secret\""))
        .revision(revision("a1", &[]).upgrade(
            "CREATE TABLE who AS SELECT current_user::text AS u, current_setting('application_name') AS a;",
        ))
        .build();
    env.set("DB_NAME", owned.name.as_str());
    env.write("secret", format!("{SPECIALS}\n"));
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    [exit status: 0]
    ");
    let direct = server.url(&owned.name);
    assert_eq!(query(&env, &direct, "SELECT a FROM who"), "it's & co\n");

    let configured = quoted(&SPECIALS.replace('$', "$$"));
    for (toml, dotenv) in [
        (parts(&format!("password = {configured}")), String::new()),
        (parts("password = \"${PW}\""), format!("PW=\"{}\"\n", double_quoted(SPECIALS))),
    ] {
        env.write("limbeck.toml", toml);
        env.write(".env", dotenv);
        assert_eq!(env.run(&["current"]).ok(), "a1 (head)\n");
        for command in [["config", "show"], ["config", "check"], ["config", "show"]] {
            let output = env.run(&command);
            assert!(
                !output.stdout.contains("p@ss") && !output.stdout.contains("p%40ss"),
                "{output}"
            );
        }
    }
    // A wrong one is told without being told.
    env.write("limbeck.toml", parts("password = \"${PW}\""));
    env.write(".env", "PW='hush-hush $x'\n");
    env.replace(owned.user.as_str(), "$USER");
    env.replace(owned.name.as_str(), "$DATABASE");
    env.replace(owned.port.to_string(), "$PORT");
    assert_snapshot!(env.run(&["current"]), @"
    ------- stderr -------
    error: database app: $DATABASE_owner@127.0.0.1:$PORT/$DATABASE: password authentication failed
    hint: check the user and the password, from `user` (limbeck.toml:5), `password` (limbeck.toml:8, .env:1)
    [exit status: 8]
    ");
}

#[test]
fn a_password_of_specials_logs_in_to_mariadb() {
    let server = mariadb();
    let url = server.create_database();
    let database = url.rsplit('/').next().unwrap();
    let (host, port) =
        url.split_once('@').unwrap().1.split_once('/').unwrap().0.split_once(':').unwrap();
    let user = format!("{database}_user");
    let literal = SPECIALS.replace('\\', "\\\\").replace('\'', "''");
    server
        .sql("", &format!("SET NAMES utf8mb4; CREATE USER '{user}'@'%' IDENTIFIED BY '{literal}'"));
    server.sql("", &format!("GRANT ALL ON {database}.* TO '{user}'@'%'"));
    let env = project()
        .config(format!(
            "[databases.app]\ndialect = \"mysql+pymysql\"\nhost = \"{host}\"\nport = {port}\nuser = \"{user}\"\n\
             name = \"{database}\"\npassword_file = \"secret\"\n",
        ))
        .revision(revision("a1", &[]))
        .build();
    env.write("secret", format!("{SPECIALS}\n"));
    assert_eq!(env.run(&["upgrade"]).code(), Some(0));
    assert_eq!(env.run(&["current"]).ok(), "a1 (head)\n");
    env.write("secret", "hush-hush");
    let wrong = env.run(&["current"]);
    assert_eq!(wrong.code(), Some(8), "{wrong}");
}

fn double_quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$")
}

#[test]
fn another_way_to_the_same_server() {
    let server = postgres();
    let owned = server.create_owned_database();
    let mut env = project()
        .config(owned.url().replace("postgres://", "").split_once('@').map_or(String::new(), |(credentials, _)| {
            format!(
                "[databases.app]\nurl = \"postgres://{credentials}@db:1,db2:2/{}\"\n\
                 [databases.parts]\ndialect = \"postgresql\"\nhost = \"${{INSIDE}}\"\nport = \"${{INSIDE_PORT}}\"\n\
                 user = \"{}\"\npassword = \"hush-hush\"\nname = \"{}\"\nversion_table = \"v2\"\n\
                 [databases.file]\nurl = \"sqlite:app.db\"\n",
                owned.name, owned.user, owned.name
            )
        }))
        .revision(revision("a1", &[]).upgrade("SELECT 1;").downgrade("SELECT 1;"))
        .build();
    let port = owned.port.to_string();
    let flags = ["--host", owned.host.as_str(), "--port", port.as_str()];
    // Those in parts need no variables then, and files are what they are.
    assert_snapshot!(env.run(&[&["upgrade"], &flags[..]].concat()), @"
    ------- stderr -------
    [app]
    Running upgrade  -> a1, rev a1
    [parts]
    Running upgrade  -> a1, rev a1
    [file]
    Running upgrade  -> a1, rev a1
    app: 1 revision applied, at a1
    parts: 1 revision applied, at a1
    file: 1 revision applied, at a1
    [exit status: 0]
    ");
    assert!(env.path("app.db").exists());
    env.set("LIMBECK_HOST", owned.host.as_str());
    env.set("LIMBECK_PORT", port.as_str());
    assert_snapshot!(env.run(&["current"]), @"
    [app]
    a1 (head)
    [parts]
    a1 (head)
    [file]
    a1 (head)
    ------- stderr -------
    [exit status: 0]
    ");
    let url = format!("postgres://{}:hush-hush@nowhere.invalid/{}", owned.user, owned.name);
    assert_eq!(env.run(&["current", "-d", "app", "--url", &url]).ok(), "a1 (head)\n");
}
