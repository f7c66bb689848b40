//! Where the URL comes from.

use super::*;

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
