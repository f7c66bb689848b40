//! Listeners of connections, and what makes them count.

use super::*;

#[test]
fn connections_that_env_py_uses_count() {
    const FILES: &[(&str, &str)] = &[
        ("app/", ""),
        (
            "app.db",
            "from sqlalchemy import event, create_engine\nfrom . import tools\n\
             used = create_engine(1)\nunused = create_engine(2)\nother = tools.make(3)\n\
             def pragma(c):\n    c.execute('PRAGMA foreign_keys=ON')\n\
             @event.listens_for(used, 'connect')\ndef a(c, r):\n    pragma(c)\n\
             @event.listens_for(unused, 'connect')\ndef b(c, r):\n    pragma(c)\n\
             @event.listens_for(used, 'checkout')\ndef c(c, r, p):\n    print(c)\n",
        ),
        (
            "app.tools",
            "from sqlalchemy import event, create_engine\ndef make(url):\n    engine = \
             create_engine(url)\n    event.listen(engine, 'connect', settings)\n    return engine\n\
             def settings(c, r):\n    c.execute(\"set role 'a'\")\n",
        ),
    ];
    let used = "a listener app/db.py, line 8, column 2";
    let made = "a listener app/tools.py, line 4, column 5";
    assert_eq!(
        in_project("from app.db import used as it\nit.connect()\ncreate_engine(0)\n", FILES),
        [used]
    );
    assert_eq!(
        in_project("from app import db\ndb.other.connect()\ncreate_engine(0)\n", FILES),
        [made]
    );
    assert_eq!(
        in_project("from app import tools, db\ntools.make(create_engine(0))\n", FILES),
        [made]
    );
    assert_eq!(in_project("import app.db\ncreate_engine(0)\n", FILES), Vec::<String>::new());
}

#[test]
fn connections_of_the_projects_engine_count_however_it_is_called() {
    const PRAGMA: &str = "def fk(c, r):\n    c.execute('PRAGMA foreign_keys=ON')\n";
    let of_events = |module: &str, events: &str, env: &str| {
        let files = [
            ("app/".to_owned(), "from . import events\n".to_owned()),
            (
                "app.database".to_owned(),
                "from sqlalchemy import create_engine\nengine = create_engine('')\n".to_owned(),
            ),
            ("app.speed".to_owned(), "SPEED = ['PRAGMA synchronous=OFF']\n".to_owned()),
            (
                "app.sql".to_owned(),
                "FK = 'PRAGMA foreign_keys=ON'\nALL = [\n    FK,\n    'PRAGMA foreign_keys=ON',\n]\n"
                    .to_owned(),
            ),
            (module.to_owned(), events.to_owned()),
        ];
        let find = |name: &str| {
            let found = files.iter().find(|(file, _)| file.trim_end_matches('/') == name);
            Ok(match found {
                Some((file, text)) => ModuleSource::File {
                    path: format!("{name}.py"),
                    text: text.clone(),
                    is_package: file.ends_with('/'),
                },
                None if name.starts_with("app") => ModuleSource::Missing,
                None => ModuleSource::Unknown,
            })
        };
        let loaded = [Loaded { path: "env.py".to_owned(), text: Ok(env.to_owned()), is_env: true }];
        overrides(&loaded, &find)
            .0
            .iter()
            .any(|found| found.concerns(Dialect::Sqlite, "r.py", "", None))
    };
    let head = "from sqlalchemy import event\nfrom app.database import engine\n";
    let theirs = "import app\nfrom app.database import engine\n";
    let own = "import app\nengine_from_config({})\n";
    let decorated = "@event.listens_for(engine, 'connect')\n";
    for (events, of_theirs, of_own) in [
        (format!("{head}{decorated}{PRAGMA}"), true, false),
        (
            format!("{head}{PRAGMA}for e in (engine, 1): event.listen(e, 'connect', fk)\n"),
            true,
            false,
        ),
        (
            format!("{head}{PRAGMA}other = engine.sync\nevent.listen(other, 'connect', fk)\n"),
            true,
            false,
        ),
        (
            format!(
                "{head}{PRAGMA}def register(e):\n    event.listen(e, 'connect', fk)\nregister(engine)\n"
            ),
            true,
            false,
        ),
        (
            format!("{head}{PRAGMA}event.listen(Engine, 'connect', lambda c, r: fk(c, r))\n"),
            true,
            false,
        ),
        (
            format!(
                "{head}from sqlalchemy.engine import Engine\n{PRAGMA}event.listen(Engine, 'connect', fk)\n"
            ),
            true,
            true,
        ),
        (
            format!("{head}from app.sql import FK\n{decorated}def f(c, r): c.execute(FK)\n"),
            true,
            false,
        ),
        (
            format!(
                "{head}FK = ['PRAGMA a']\n{decorated}def f(c, r):\n    for s in FK: c.execute(s)\n"
            ),
            true,
            false,
        ),
        (format!("{head}from app import sql\n{decorated}def f(c, r): sql.run(c)\n"), true, false),
        (
            format!("{head}P = ['PRAG', 'MA a']\n{decorated}def f(c, r): c.execute(''.join(P))\n"),
            true,
            false,
        ),
        (
            format!(
                "{head}import pathlib\nP = pathlib.Path('a').read_text()\n{decorated}\
                 def f(c, r): c.execute(P)\n"
            ),
            true,
            false,
        ),
        (format!("{head}{decorated}def f(c, r): c.execute(text('SELECT 1'))\n"), false, false),
        (
            format!(
                "{head}from app.sql import ALL\n{decorated}def f(c, r):\n    for s in ALL: c.execute(s)\n"
            ),
            true,
            false,
        ),
        (
            format!(
                "{head}from app.speed import SPEED\n{decorated}def f(c, r):\n    for s in SPEED: c.execute(s)\n"
            ),
            false,
            false,
        ),
        (
            format!("{head}{decorated}def f(c, r): c.create_function('lower', 1, str.lower)\n"),
            true,
            false,
        ),
        (
            format!(
                "from app.database import db, engine\n@db.event.listens_for(engine, 'connect')\n{PRAGMA}"
            ),
            true,
            false,
        ),
        (
            format!(
                "{head}import logging, sqlite3\nlog = logging.getLogger()\n{decorated}def f(c, r):\n    log.info('connected %s', isinstance(c, sqlite3.Connection))\n"
            ),
            false,
            false,
        ),
    ] {
        assert_eq!(of_events("app.events", &events, theirs), of_theirs, "theirs: {events}");
        assert_eq!(of_events("app.events", &events, own), of_own, "own: {events}");
    }
}
