//! Tests on files in the shapes that projects have.

mod limits;
mod urls;

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
