//! Tests on files in the shapes that projects have.

use proptest::prelude::*;

use super::*;

/// The end that nearly every file has; `{}` stands for arguments of both `configure` calls.
fn with_modes(head: &str, arguments: &str) -> String {
    format!(
        r#"
import os
from sqlalchemy import engine_from_config, create_engine, pool, text
from alembic import context

config = context.config
{head}

def run_migrations_offline():
    context.configure(url=config.get_main_option("sqlalchemy.url"), literal_binds=True, {arguments})
    with context.begin_transaction():
        context.run_migrations()

def run_migrations_online():
    engine = engine_from_config(config.get_section(config.config_ini_section, {{}}), prefix="sqlalchemy.")
    with engine.connect() as connection:
        context.configure(connection=connection, {arguments})
        with context.begin_transaction():
            context.run_migrations()

if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
"#
    )
}

fn url_with(script: &EnvScript, variables: &[(&str, &str)]) -> Result<String, UrlError> {
    let get = |name: &str| {
        variables.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
    };
    let option = |name: &str| (name == "sqlalchemy.url").then(|| "sqlite:///ini.db".to_owned());
    let x_argument = |key: &str| get(&format!("-x {key}"));
    script.url_from(Outside { variable: &get, option: &option, x_argument: &x_argument })
}

fn kinds(script: &EnvScript) -> Vec<&FindingKind> {
    script.findings().iter().map(|finding| &finding.kind).collect()
}

#[test]
fn the_template_says_nothing_new() {
    let script = read_env(&with_modes("", "")).unwrap();
    assert_eq!(*script.url(), UrlSource::FromConfig);
    assert_eq!(script.version_table(), Setting::Absent);
    assert_eq!(url_with(&script, &[]).unwrap(), "sqlite:///ini.db");
    assert_eq!(proposed_settings(&script), []);
}

/// Ways to set the URL, variables, and what it is then.
#[test]
fn urls_from_variables() {
    let with =
        [("DB", "postgres://u:p%40@h/d"), ("USER", "me"), ("PW", "a b/c"), ("-x dbname", "shop")];
    for (head, url, without) in [
        (
            "config.set_main_option('sqlalchemy.url', os.environ['DB'].replace('%', '%%'))",
            "postgres://u:p%40@h/d",
            "missing DB",
        ),
        (
            "url = os.getenv('DB') or 'sqlite:///x.db'\nurl = url.replace('%', '%%').replace('postgres://', 'postgresql://', 1)\nconfig.set_main_option('sqlalchemy.url', url)",
            "postgresql://u:p%40@h/d",
            "sqlite:///x.db",
        ),
        (
            "if os.environ.get('DB'):\n    config.set_main_option('sqlalchemy.url', os.environ['DB'].replace('%', '%%'))",
            "postgres://u:p%40@h/d",
            "sqlite:///ini.db",
        ),
        (
            "url = os.environ.get('DB', '')\nif url.startswith('postgres://'):\n    url = 'postgresql+psycopg://' + url.replace('postgres://', '')\nif url:\n    config.set_main_option('sqlalchemy.url', url.replace('%', '%%'))",
            "postgresql+psycopg://u:p%40@h/d",
            "sqlite:///ini.db",
        ),
        (
            "def get_url():\n    url = os.getenv('DB')\n    if not url:\n        raise RuntimeError('no DB')\n    return url.strip().replace('%', '%%')\nconfig.set_main_option('sqlalchemy.url', get_url())",
            "postgres://u:p%40@h/d",
            "raises",
        ),
        (
            "def get_url(default='sqlite:///d.db'):\n    if 'DB' in os.environ:\n        return os.environ['DB'].replace('%', '%%')\n    return default\nconfig.set_main_option('sqlalchemy.url', get_url())",
            "postgres://u:p%40@h/d",
            "sqlite:///d.db",
        ),
        (
            "from urllib.parse import quote_plus\nHOST = 'h'\nurl = f\"mysql://{os.getenv('USER', 'root')}:{quote_plus(os.environ.get('PW', ''))}@{HOST}:{3306}/d\"\nconfig.set_main_option('sqlalchemy.url', url.replace('%', '%%'))",
            "mysql://me:a+b%2Fc@h:3306/d",
            "mysql://root:@h:3306/d",
        ),
        (
            "config.set_section_option(config.config_ini_section, 'sqlalchemy.url', 'pg://%s@h/{}'.format('d') % os.getenv('USER', 'x'))",
            "pg://me@h/d",
            "pg://x@h/d",
        ),
        (
            "config.set_main_option('sqlalchemy.url', 'sqlite:///' + context.get_x_argument(as_dictionary=True).get('dbname', 'main') + '.db')",
            "sqlite:///shop.db",
            "sqlite:///main.db",
        ),
        ("config.set_main_option('sqlalchemy.url', os.environ['DB'])", "percent", "missing DB"),
    ] {
        let script = read_env(&with_modes(head, "")).unwrap();
        let told = |outcome: Result<String, UrlError>| match outcome {
            Ok(url) => url,
            Err(UrlError::VariableMissing { name }) => format!("missing {name}"),
            Err(UrlError::Raises) => "raises".to_owned(),
            Err(UrlError::Percent) => "percent".to_owned(),
            Err(other) => other.to_string(),
        };
        assert!(matches!(script.url(), UrlSource::Variables { .. }), "{head}: {:?}", script.url());
        assert_eq!(told(url_with(&script, &with)), url, "{head}");
        assert_eq!(told(url_with(&script, &[])), without, "{head}");
    }
}

#[test]
fn urls_that_do_not_pass_through_the_ini() {
    for online in [
        "create_engine(os.environ['DB'])",
        "engine_from_config({'sqlalchemy.url': os.environ['DB']}, prefix='sqlalchemy.')",
        "engine_from_config(section, url=os.environ['DB'])",
        "engine_from_config(changed)",
        "engine_from_config({**changed, 'sqlalchemy.echo': 'x'})",
    ] {
        let text = format!(
            "import os\nfrom alembic import context\nfrom sqlalchemy import create_engine, engine_from_config\nconfig = context.config\nsection = config.get_section(config.config_ini_section)\nchanged = dict(config.get_section('alembic'))\nchanged['sqlalchemy.url'] = os.environ['DB']\nwith {online}.connect() as c:\n    context.configure(c)\n    context.run_migrations()\n"
        );
        let script = read_env(&text).unwrap();
        if online.contains("**") {
            assert!(matches!(script.url(), UrlSource::Computed { .. }), "{online}");
            continue;
        }
        assert_eq!(url_with(&script, &[("DB", "pg://a%b")]).as_deref(), Ok("pg://a%b"), "{online}");
        let settings = proposed_settings(&script);
        assert_eq!(settings[0].value, ProposedValue::Text("${DB}".to_owned()), "{online}");
    }
}

#[test]
fn urls_that_only_running_tells() {
    for (head, place) in [
        (
            "from app.config import settings\nconfig.set_main_option('sqlalchemy.url', str(settings.DATABASE_URL))",
            "line 8, column 43",
        ),
        (
            "from flask import current_app\nconfig.set_main_option('sqlalchemy.url', current_app.config.get('SQLALCHEMY_DATABASE_URI').replace('%', '%%'))",
            "line 8, column 42",
        ),
        (
            "import json\nconfig.set_main_option('sqlalchemy.url', json.load(open('c.json'))['url'])",
            "line 8, column 42",
        ),
    ] {
        let script = read_env(&with_modes(head, "")).unwrap();
        match script.url() {
            UrlSource::Computed { position, .. } => {
                assert_eq!(position.line, 8, "{head} {place}");
            }
            other => panic!("{head}: {other:?}"),
        }
        assert_eq!(url_with(&script, &[]), Err(UrlError::Computed));
    }
}

#[test]
fn an_async_file_is_followed_through_run_sync() {
    let script = read_env(
        r#"
import asyncio, os
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

def do_run(connection, schema="app"):
    context.configure(connection=connection, version_table="v", version_table_schema=schema,
                      transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()

async def online():
    engine = create_async_engine(os.getenv("DB", "sqlite+aiosqlite:///x.db"))
    async with engine.connect() as connection:
        await connection.run_sync(do_run)
    await engine.dispose()

if context.is_offline_mode():
    context.configure(url="sqlite://", version_table="w")
else:
    asyncio.run(online())
"#,
    )
    .unwrap();
    let text = |setting| match setting {
        Setting::Text { value, .. } => value,
        other => panic!("{other:?}"),
    };
    assert_eq!(text(script.version_table()), "v");
    assert_eq!(text(script.version_table_schema()), "app");
    assert!(matches!(script.transaction_per_migration(), Setting::Flag { value: true, .. }));
    assert_eq!(url_with(&script, &[]).unwrap(), "sqlite+aiosqlite:///x.db");
    let differs = |name: &str| FindingKind::OfflineDiffers { name: name.to_owned() };
    for name in ["url", "version_table", "version_table_schema", "transaction_per_migration"] {
        assert!(kinds(&script).contains(&&differs(name)), "{name}");
    }
}

#[test]
fn arguments_by_every_way() {
    let head = "NAME = 'my_versions'\nOPTIONS = dict(version_table=NAME)\nOPTIONS['transactional_ddl'] = False\nOPTIONS.update(version_table_pk=False)";
    let script =
        read_env(&with_modes(head, "version_table_schema=os.getenv('S', 'x'), transaction_per_migration=config.get_main_option('tpm'), include_schemas=f(), **OPTIONS"))
            .unwrap();
    assert!(
        matches!(script.version_table(), Setting::Text { value, .. } if value == "my_versions")
    );
    assert!(matches!(script.version_table_schema(), Setting::Variable { name, .. } if name == "S"));
    assert!(matches!(script.version_table_pk(), Setting::Flag { value: false, .. }));
    assert!(matches!(script.transactional_ddl(), Setting::Flag { value: false, .. }));
    assert!(
        matches!(script.transaction_per_migration(), Setting::Option { key, .. } if key == "tpm")
    );
    assert!(matches!(script.argument("include_schemas"), Setting::Computed { .. }));
    assert!(script.arguments_are_certain());
    let keys: Vec<String> = proposed_settings(&script).into_iter().map(|s| s.key).collect();
    assert_eq!(
        keys,
        [
            "version_table",
            "version_table_schema",
            "version_table_pk",
            "transactional_ddl",
            "transaction_mode"
        ]
    );

    let script = read_env(&with_modes(
        "from flask import current_app",
        "**current_app.extensions['migrate'].configure_args",
    ))
    .unwrap();
    assert!(!script.arguments_are_certain());

    // Two calls that do not agree.
    let script = read_env("from alembic import context\nif f():\n    context.configure(version_table='a')\nelse:\n    context.configure(version_table='b')\n").unwrap();
    assert!(matches!(script.version_table(), Setting::Computed { .. }));
}

#[test]
fn what_happens_around_the_migrations() {
    let script = read_env(
        r#"
from dotenv import load_dotenv
from alembic import context
from sqlalchemy import engine_from_config, event, text
from app.tenants import schemas
load_dotenv()
config = context.config
args = context.get_x_argument(as_dictionary=True)
tag = context.get_tag_argument()

@event.listens_for(object, "connect")
def connected(*a): pass

with engine_from_config(config.get_section(config.config_ini_section)).connect() as connection:
    for schema in schemas(args["tenant"]):
        connection.execute(text(f'SET search_path TO "{schema}"'))
        connection.execute(text("CREATE SCHEMA IF NOT EXISTS x"))
        connection.exec_driver_sql("SELECT pg_advisory_lock(1)")
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.execute(text("PRAGMA foreign_keys=ON"))
        connection = connection.execution_options(schema_translate_map={None: schema})
        context.configure(connection=connection)
        context.run_migrations(engine_name=schema, **args)
"#,
    )
    .unwrap();
    let topics: Vec<_> = kinds(&script)
        .into_iter()
        .filter_map(|kind| match kind {
            FindingKind::Statement { topic, .. } => Some(*topic),
            _ => None,
        })
        .collect();
    assert_eq!(
        topics,
        [
            StatementTopic::SearchPath,
            StatementTopic::CreateSchema,
            StatementTopic::AdvisoryLock,
            StatementTopic::Timeout,
            StatementTopic::Pragma
        ]
    );
    for kind in [
        FindingKind::Dotenv,
        FindingKind::Tag,
        FindingKind::EventListener,
        FindingKind::SchemaTranslateMap,
        FindingKind::XArgument { key: Some("tenant".to_owned()) },
        FindingKind::RunArgument { name: Some("engine_name".to_owned()) },
        FindingKind::RunArgument { name: None },
        FindingKind::Import { module: "app.tenants".to_owned() },
    ] {
        assert!(kinds(&script).contains(&&kind), "{kind:?}");
    }
    assert!(kinds(&script).iter().any(
        |k| matches!(k, FindingKind::Loop { over } if over.expose() == "schemas(args[\"tenant\"])")
    ));
    assert_eq!(script.x_arguments(), ["tenant"]);
    assert_eq!(*script.url(), UrlSource::FromConfig);
    let lines: Vec<usize> = script.findings().iter().map(|f| f.position.line).collect();
    assert!(lines.is_sorted());
}

#[test]
fn several_databases_are_sections() {
    let script = read_env(
        r#"
import re
from alembic import context
from sqlalchemy import engine_from_config
engines = {}
for name in re.split(r",\s*", context.config.get_main_option("databases", "")):
    engines[name] = rec = {}
    rec["engine"] = engine_from_config(context.config.get_section(name), prefix="sqlalchemy.")
for name, rec in engines.items():
    context.configure(connection=rec["engine"].connect(), upgrade_token="%s_upgrades" % name)
    context.run_migrations(engine_name=name)
"#,
    )
    .unwrap();
    assert!(
        matches!(script.url(), UrlSource::Sections { position } if position.line == 8),
        "{:?}",
        script.url()
    );
}

#[test]
fn a_file_that_leaves_all_to_a_library_is_not_taken_for_the_default() {
    let script = read_env("from app.migrations import Environment\nEnvironment().run()\n").unwrap();
    assert!(matches!(script.url(), UrlSource::Computed { .. }));
    assert_eq!(url_with(&script, &[]), Err(UrlError::Computed));
    assert!(!script.arguments_are_certain());
}

#[test]
fn no_password_is_shown() {
    for head in [
        "config.set_main_option('sqlalchemy.url', os.getenv('DB', 'pg://u:s3cret@h/d'))",
        "config.set_main_option('sqlalchemy.url', 'pg://u:s3cret@h/d')",
        "config.set_main_option('sqlalchemy.url', f('pg://u:s3cret@h/d'))",
        "PASSWORD = 's3cret'\ndef url(): return 'pg://u:' + PASSWORD + os.environ['H']\nconfig.set_main_option('sqlalchemy.url', url())",
    ] {
        let script = read_env(&with_modes(head, "")).unwrap();
        let shown = format!("{script:?} {:?} {:?}", script.url(), proposed_settings(&script));
        assert!(!shown.contains("s3cret"), "{head}: {shown}");
    }
    let error = read_env("url = 'pg://u:s3cret@h' +").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

#[test]
fn the_place_of_a_url_is_where_it_is_computed() {
    let at = |script: &EnvScript| match script.url() {
        UrlSource::Variables { position, .. } | UrlSource::Literal { position } => {
            (position.line, position.column)
        }
        other => panic!("{other:?}"),
    };
    for (head, place) in [
        ("config.set_main_option('sqlalchemy.url', os.environ['APP_DB'])", (7, 42)),
        ("config.set_main_option('sqlalchemy.url', 'pg://h/d')", (7, 1)),
        (
            "def url():\n    return 'pg://' + os.environ['H']\nconfig.set_main_option('sqlalchemy.url', url())",
            (8, 22),
        ),
        (
            "u = context.get_x_argument(as_dictionary=True)['u']\nconfig.set_main_option('sqlalchemy.url', u)",
            (7, 5),
        ),
    ] {
        assert_eq!(at(&read_env(&with_modes(head, "")).unwrap()), place, "{head}");
    }
    for (url, place) in [("os.environ['DB']", (3, 19)), ("'pg://h/d'", (3, 5))] {
        let text = format!(
            "from sqlalchemy import create_engine\nimport os; from alembic import context\ne = create_engine({url})\nwith e.connect() as c:\n    context.configure(connection=c)\n"
        );
        assert_eq!(at(&read_env(&text).unwrap()), place, "{url}");
    }
}

#[test]
fn no_text_of_the_file_is_in_a_line() {
    for (head, shown) in [
        (
            "config.set_main_option('sqlalchemy.url', URL.create('postgresql','scott','t1ger'))",
            Some("config.set_main_option('…', URL.create('…','…','…'))"),
        ),
        (
            "config.set_main_option('sqlalchemy.url', f(\n    'u', 't1ger', g(x),\n))",
            Some("config.set_main_option('…', f("),
        ),
        ("config.set_main_option('sqlalchemy.url', f('''\nt1ger''') + '''t1ger''')", None),
        ("'''\nt1ger'''; config.set_main_option('sqlalchemy.url', f(1)) # '''", None),
        ("x = ('a'\n  't1ger'); config.set_main_option('sqlalchemy.url', f(1))", None),
    ] {
        let script = read_env(&with_modes(head, "")).unwrap();
        let UrlSource::Computed { position, .. } = script.url() else { panic!("{head}") };
        let line = position.source_line.trim_start();
        assert_eq!((!line.is_empty()).then_some(line), shown, "{head}");
        for finding in script.findings() {
            assert!(!finding.position.source_line.contains("t1ger"), "{head}");
        }
    }
    for (text, shown) in [
        ("SECRET='hunter'; x = = 3", ""),
        ("x = = 3", "x = = 3"),
        ("x = = 3 # hunter", ""),
        ("password = = hunter", ""),
        ("x = f'''\n {hunter = = } \n'''", ""),
        ("x = 'a\\\nhunter = = '\\\n = = ", ""),
    ] {
        assert_eq!(read_env(text).unwrap_err().position.source_line, shown, "{text}");
    }
}

#[test]
fn a_maze_of_conditions_ends() {
    let mut text = String::from("from alembic import context\nimport os\ndef f():\n");
    for n in 0..60 {
        text.push_str(&format!(
            "    if os.getenv('A{n}'):\n        return '{n}'\n    if os.getenv('B{n}'): x = '{n}'\n"
        ));
    }
    text.push_str(
        "context.config.set_main_option('sqlalchemy.url', f())\ndef g(): return g()\ng()\n",
    );
    let script = read_env(&text).unwrap();
    assert!(kinds(&script).contains(&&FindingKind::TooIntricate));
}

/// Files of a few lines whose values would fill any memory, or take hours.
#[test]
fn what_doubles_is_left_to_python() {
    for line in [
        "u = f'{u}{u}'",
        "u = u + u",
        "u += u",
        "u = '%s%s' % (u, u)",
        "u = '{0}{0}'.format(u)",
        "u = u.replace('a', 'aa')",
        "u = u.replace(u, u + u)",
        "u = u.replace('', 'a')",
        "u = quote_plus(u + '%')",
        "u = str(u) + str(u)",
        "u = [u, u]",
        "u = {'a': u, 'b': u}",
        "v = w = u\nu = [v, w]",
        "if os.getenv('A'): u = f'{u}{u}'",
        "if os.getenv(u): u = u + u",
        "try: u = u + u\nexcept E: pass",
        "u = (lambda x: x + x)(u)",
        "u = u and u + u",
        "config.set_main_option('u', u)\nu = config.get_main_option('u') + u",
    ] {
        let lines = format!("{line}\n").repeat(60);
        for first in ["'a'", "os.getenv('U', 'a')"] {
            let head = format!(
                "from urllib.parse import quote_plus\nu = {first}\n{lines}config.set_main_option('sqlalchemy.url', u)"
            );
            let script = read_env(&with_modes(&head, "version_table=u")).unwrap();
            match url_with(&script, &[]) {
                Err(UrlError::Computed) => {}
                // Quoting makes a text longer by a little each time.
                Ok(url) => assert!(line.contains("quote") && url.len() < 10_000, "{line}"),
                Err(UrlError::Percent) => assert!(line.contains("quote"), "{line}"),
                Err(other) => panic!("{line}: {other}"),
            }
        }
    }
}

#[test]
fn what_multiplies_is_left_to_python() {
    let long = "x".repeat(60_000);
    for line in [
        format!("u = '{}'.format(v)", "{0}".repeat(30_000)),
        format!("u = f'{}'", "{v}".repeat(90)),
        format!("u = [{}]", "v, ".repeat(30_000)),
        format!("u = dict({})", (0..5_000).map(|n| format!("a{n}=v, ")).collect::<String>()),
        format!("{}v", (0..60).map(|n| format!("a{n} = ")).collect::<String>()),
        (0..2_000).map(|n| format!("if os.getenv('A'): a{n} = v\n")).collect(),
        (0..2_000).map(|n| format!("a{n} = v + '{n}'\n")).collect(),
        format!("u = [{}]", "os.getenv(v), ".repeat(2_500)),
    ] {
        let head = format!("v = '{long}'\n{line}\nconfig.set_main_option('sqlalchemy.url', u)");
        let script = read_env(&with_modes(&head, "")).unwrap();
        assert_eq!(url_with(&script, &[]), Err(UrlError::Computed));
    }
}

/// Behind the place where the walk ends the URL may be set again.
#[test]
fn what_is_not_walked_is_not_known() {
    let calls: String = (0..2_400)
        .map(|n| format!("if os.getenv('A{n}'): context.configure(version_table='t{n}')\n"))
        .collect();
    let variables: String = (0..2_400).map(|n| format!("os.getenv('A{n}')\n")).collect();
    let statements = "x = 1\n".repeat(6_000);
    for head in [calls, variables, statements] {
        let script = read_env(&with_modes(&head, "")).unwrap();
        assert!(kinds(&script).contains(&&FindingKind::TooIntricate));
        assert!(!script.arguments_are_certain());
        assert!(matches!(script.url(), UrlSource::Computed { .. }));
        assert_eq!(url_with(&script, &[]), Err(UrlError::Computed));
    }
}

#[test]
fn an_ordinary_large_file_is_walked() {
    let tables: String = (0..900).map(|n| format!("'table_{n}', ")).collect();
    let ifs: String = (0..100)
        .map(|n| {
            format!(
                "if os.getenv('A{n}'):\n    config.set_main_option('o{n}', os.environ['A{n}'])\n"
            )
        })
        .collect();
    let head = format!(
        "TABLES = [{tables}]\n{ifs}config.set_main_option('sqlalchemy.url', os.environ['DB'])"
    );
    let script = read_env(&with_modes(&head, "")).unwrap();
    assert!(script.arguments_are_certain());
    assert_eq!(url_with(&script, &[("DB", "pg://h/d")]).as_deref(), Ok("pg://h/d"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_lines_are_read(
        lines in prop::collection::vec(
            prop::sample::select(vec![
                "import os", "from alembic import context", "config = context.config", "x = os.environ['A']", "x = x + 'b'",
                "x = x % ('a',)", "x = '{}{a}'.format(x, a=1)", "x = {'sqlalchemy.url': x}", "x['k'] = x", "x = [x, x]", "def f(a, b=x): return a or b",
                "x = f(x)", "if x: x = 1", "if x == 'é': raise x", "for x in x: context.configure(url=x, **x)", "context.run_migrations(a=x)",
                "config.set_main_option('sqlalchemy.url', x)", "x = config.get_section(x)", "x = config.get_main_option('a', x)", "x = lambda y: y(y)", "x = x(x)",
                "x = f'{x!s}{x}'", "while x: f(f)", "try: f(x)\nexcept E: x = 2", "with x as y: x.execute(y)", "x = x.replace('a', 'b')", "context.configure(x, version_table=x)",
            ]),
            0..24,
        )
    ) {
        let script = read_env(&lines.join("\n")).unwrap();
        let outcome = url_with(&script, &[("A", "v")]);
        let shown = proposed_settings(&script);
        prop_assert!(outcome.is_ok() || outcome.is_err());
        prop_assert!(shown.len() <= 200);
    }
}

#[test]
fn an_argument_that_chooses_the_url() {
    let choices = |body: &str| {
        let text = format!(
            "import os\nfrom alembic import context\nfrom sqlalchemy import create_engine\n\
             x = context.get_x_argument(as_dictionary=True)\n\
             def get_url():\n{body}\n\
             with create_engine(get_url()).connect() as connection:\n    \
             context.configure(connection=connection)\n    context.run_migrations()\n"
        );
        let choices = read_env(&text).unwrap().url_choices();
        let texts =
            choices.iter().map(|choice| format!("{}: {}", choice.key, choice.values.join(" ")));
        texts.collect::<Vec<_>>().join("; ")
    };
    assert_eq!(
        choices(
            "    if x.get('db') == 'ts':\n        return os.environ['T']\n    return os.environ['P']"
        ),
        "db: ts"
    );
    assert_eq!(
        choices(
            "    db = x.get('db', 'pg')\n    if db == 'ts':\n        return os.environ['T']\n    \
             if db == 'audit':\n        return os.environ['A']\n    return os.environ['P']"
        ),
        "db: audit pg ts"
    );
    // Any value may be a database where it goes into the URL.
    assert_eq!(
        choices(
            "    if x.get('db') == 'ts':\n        return os.environ['T']\n    return 'sqlite:///' + x.get('db')"
        ),
        ""
    );
    assert_eq!(choices("    return os.environ['P']"), "");
}
