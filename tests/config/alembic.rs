//! The same for an Alembic project.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, project};

const INI: &str = "[alembic]\nscript_location = m\n";
const ENV_PY: &str = "\
import os
from alembic import context
from dotenv import load_dotenv

load_dotenv()
url = os.environ[\"APP_URL\"]
context.configure(url=url, version_table=\"vt\")
with context.begin_transaction():
    context.run_migrations()
";

fn alembic_project(ini: &str) -> TestEnvironment {
    let env = project().file("m/versions/.keep", "").build();
    std::fs::remove_file(env.path("limbeck.toml")).unwrap();
    env.write("alembic.ini", ini);
    env
}

#[test]
fn env_files_feed_env_py_where_they_are_named() {
    let env = alembic_project(INI);
    env.write("m/env.py", ENV_PY);
    env.write(".env", "# local\nAPP_URL=postgresql+asyncpg://u:hush-hush@h/d\n");
    assert_snapshot!(env.run(&["config", "check"]), @"
    m/env.py:6:7: env.py needs the environment variable APP_URL, which is not set
    ------- stderr -------
    1 problem
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["config", "show", "--env-file", ".env"]), @"
    configuration: alembic.ini
    variables: .env

    [scripts]
    script_location              m                 alembic.ini [alembic] script_location
    version_locations            m/versions        default
    recursive_version_locations  false             default
    transaction_mode             alembic           default
    file_template                %(rev)s_%(slug)s  default
    truncate_slug_length         40                default
    stands_in_for_env_py         false             default

    [databases.main]
    url            postgresql+asyncpg://u:***@h/d  m/env.py:6, .env:2
    version_table  vt                              m/env.py:7
    journal_table  vt_journal                      default
    ------- stderr -------
    [exit status: 0]
    ");
    // A limbeck.toml beside it has the file for its own variables, env.py has not.
    env.write("limbeck.toml", "[databases.main]\nversion_table = \"${APP_URL:+t}\"\n");
    assert_snapshot!(env.run(&["config", "show"]), @"
    configuration: alembic.ini, limbeck.toml
    variables: .env

    [scripts]
    script_location              m                 alembic.ini [alembic] script_location
    version_locations            m/versions        default
    recursive_version_locations  false             default
    transaction_mode             alembic           default
    file_template                %(rev)s_%(slug)s  default
    truncate_slug_length         40                default
    stands_in_for_env_py         false             default

    [databases.main]
    url                 unknown: env.py needs the environment variable APP_URL, which is not set  m/env.py:6
    branches            (every branch)  default
    version_table       t               limbeck.toml:2, .env:2
    journal_table       t_journal       default
    version_num_length  32              default
    lock                session         default
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn origins_of_alembics_files() {
    let env = alembic_project(&format!(
        "{INI}file_template = %%(rev)s\nsqlalchemy.url = postgresql+psycopg2://u:hush-hush@h:1/d\n"
    ));
    assert_snapshot!(env.run(&["config", "show", "--host", "other"]), @"
    configuration: alembic.ini

    [scripts]
    script_location              m           alembic.ini [alembic] script_location
    version_locations            m/versions  default
    recursive_version_locations  false       default
    transaction_mode             alembic     default
    file_template                %(rev)s     alembic.ini [alembic] file_template
    truncate_slug_length         40          default
    stands_in_for_env_py         false       default

    [databases.main]
    url            postgresql://u:***@other:1/d  alembic.ini [alembic] sqlalchemy.url, flag --host
    version_table  alembic_version               default
    journal_table  limbeck_journal               default
    ------- stderr -------
    [exit status: 0]
    ");
    env.write(
        "alembic.ini",
        format!("{INI}databases = eu, us\n[eu]\nsqlalchemy.url = sqlite:///e.db\n[us]\n"),
    );
    assert_snapshot!(env.run(&["config", "show"]), @"
    configuration: alembic.ini

    [scripts]
    script_location              m                 alembic.ini [alembic] script_location
    version_locations            m/versions        default
    recursive_version_locations  false             default
    transaction_mode             alembic           default
    file_template                %(rev)s_%(slug)s  default
    truncate_slug_length         40                default
    stands_in_for_env_py         false             default

    [databases.eu]
    url            sqlite:///e.db   alembic.ini [eu] sqlalchemy.url
    version_table  alembic_version  default
    journal_table  limbeck_journal  default

    [databases.us]
    url            unknown: no database URL: section [us] has no sqlalchemy.url  alembic.ini [us] sqlalchemy.url
    version_table  alembic_version                                               default
    journal_table  limbeck_journal                                               default
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["config", "check"]), @"
    alembic.ini: no database URL: section [us] has no sqlalchemy.url
    ------- stderr -------
    1 problem
    [exit status: 78]
    ");
}

/// The name of a database is that of a section, which may be anything.
#[test]
fn names_that_toml_quotes() {
    let env = alembic_project(&format!(
        "{INI}databases = a.b, c d\n[a.b]\nsqlalchemy.url = sqlite:///ab.db\n[c d]\nsqlalchemy.url = sqlite:///cd.db\n"
    ));
    env.run(&["compat", "--write"]).ok();
    assert_snapshot!(env.read("limbeck.toml"), @r#"
    # What env.py computes, for limbeck, which reads that file and does not run it. It extends
    # the alembic.ini beside it. Lines that begin with '#' are to be filled in or deleted.

    [scripts]
    # stands_in_for_env_py = true  # when all of the above is seen to: runs no longer warn

    [databases."a.b"]

    [databases."c d"]
    "#);
    assert_snapshot!(env.run(&["config", "check"]), @"
    ok: 2 databases, 0 revisions
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current", "-d", "a.b", "-v"]), @"
    Current revision(s) for sqlite:///ab.db:
    ------- stderr -------
    nothing applied
    [exit status: 0]
    ");
    // Anything else is no database of that project.
    env.write("limbeck.toml", "[databases.\"e f\"]\nurl = \"sqlite:x.db\"\n");
    assert_snapshot!(env.run(&["heads"]), @r#"
    ------- stderr -------
    error: `e f` cannot be the name of a database: use letters, digits, '_' and '-'
      --> limbeck.toml:1:12
       |  [databases."e f"]
       |             ^
    [exit status: 78]
    "#);
}

/// They are not taken for none: what a limbeck.toml names would be all that an upgrade covers.
#[test]
fn names_of_databases_that_cannot_be_read_are_an_error() {
    let env = alembic_project(&format!(
        "{INI}databases = %(nowhere)s, main\n\n[main]\nsqlalchemy.url = sqlite:///main.db\n"
    ));
    env.write("limbeck.toml", "[databases.other]\nurl = \"sqlite:other.db\"\n");
    for command in [&["upgrade"][..], &["config", "show"], &["compat", "--write"]] {
        let output = env.run(command);
        assert_eq!(output.code(), Some(78), "{output}");
        assert!(output.stderr.contains("databases"), "{output}");
        assert!(output.stderr.contains("alembic.ini"), "{output}");
    }
    assert!(!env.path("other.db").exists());
}
