//! Listeners of mapped classes and sessions, and the revisions that they concern.

use super::*;

#[test]
fn listeners_of_models_concern_sessions() {
    let env = "from sqlalchemy import event\nfrom app import User\n@event.listens_for(User, \
               'before_insert')\ndef f(*args): pass\n";
    let session = "with Session(op.get_bind()) as s: s.add(app.User())";
    for (source, is) in [
        (format!("import app\n{session}"), true),
        // It has no objects of that class.
        (session.to_owned(), false),
        ("op.create_table('t')".to_owned(), false),
        ("import app\nop.create_table('sessions', sa.Column('a', app.Type()))".to_owned(), false),
    ] {
        let loaded = [("env.py", env.to_owned()), ("r.py", source.clone())].map(|(path, text)| {
            Loaded { path: path.to_owned(), text: Ok(text), is_env: path == "env.py" }
        });
        let found = overrides(&loaded, &no_module).0;
        assert_eq!(found[0].concerns(Dialect::Sqlite, "r.py", &source, None), is, "{source}");
    }
}

#[test]
fn listeners_of_a_class_concern_who_may_have_its_objects() {
    const FILES: &[(&str, &str)] = &[
        ("app/", ""),
        (
            "app.models",
            "from sqlalchemy import event\nfrom .more import Group\nclass User(Base):\n    pass\n\
             class Other(Base):\n    user = relationship('User')\nclass Alone(Base):\n    pass\n\
             def users(): return get(User)\ndef nothing(): pass\n\
             @event.listens_for(User, 'before_insert')\ndef f(*args): pass\n",
        ),
        ("app.more", ""),
    ];
    for (imported, is) in
        [("User", true), ("Other", true), ("Alone", false), ("users", true), ("nothing", false)]
    {
        let source = format!(
            "from app.models import {imported}\ndef upgrade():\n    Session().add({imported})\n"
        );
        let revision = Loaded { path: "r.py".to_owned(), text: Ok(source.clone()), is_env: false };
        let found = overrides(&[revision], &project(FILES)).0;
        assert_eq!(found[0].concerns(Dialect::Sqlite, "r.py", &source, None), is, "{imported}");
        assert!(found[0].concerns(Dialect::Sqlite, "another.py", &source, None));
    }
    const LOCAL: &[(&str, &str)] = &[
        ("app/", "from .tools import register\nfrom .models import User\nregister(User)\n"),
        ("app.models", "class User(Base):\n    pass\n"),
        (
            "app.tools",
            "from sqlalchemy import event\ndef register(model):\n    \
             event.listen(model, 'before_insert', len)\n",
        ),
    ];
    let source = "from app.models import User\nSession().add(User())\n";
    let revision = Loaded { path: "r.py".to_owned(), text: Ok(source.to_owned()), is_env: false };
    let found = overrides(&[revision], &project(LOCAL)).0;
    assert!(found[0].concerns(Dialect::Sqlite, "r.py", source, None));
}

#[test]
fn listeners_of_a_class_of_a_package_concern_who_uses_that_part() {
    const FILES: &[(&str, &str)] = &[
        (
            "app/",
            "from sqlalchemy import event\nfrom lib.security.models import User\n\
             @event.listens_for(User, 'before_insert')\ndef f(*args): pass\n",
        ),
        (
            "app.models",
            "from lib import Base, Other\nfrom lib.security import roles\n\
             class Alone(Base):\n    pass\n\
             class Owner(Base):\n    user = relationship('User')\n\
             class Role(roles.Role):\n    pass\n",
        ),
    ];
    for (imported, is) in [
        ("app.models import Alone", false),
        ("app.models import Owner", true),
        ("app.models import Role", true),
        ("lib import Other", false),
        ("lib import User", true),
        ("lib import security", true),
        ("lib.security.models import User as Other", true),
        ("library.security.models import Group", false),
    ] {
        let name = imported.rsplit(' ').next().unwrap_or_default();
        let source = format!("import app\nfrom {imported}\nSession().add({name})\n");
        let revision = Loaded { path: "r.py".to_owned(), text: Ok(source.clone()), is_env: false };
        let (found, _) = overrides(&[revision], &project(FILES));
        assert_eq!(found[0].concerns(Dialect::Sqlite, "r.py", &source, None), is, "{imported}");
    }
}

#[test]
fn sessions_of_helpers_count() {
    const FILES: &[(&str, &str)] = &[
        (
            "app/",
            "from sqlalchemy import event\nfrom sqlalchemy.orm import Session\n\
             @event.listens_for(Session, 'before_flush')\ndef f(*args): pass\n",
        ),
        (
            "app.seed",
            "from sqlalchemy import orm\nfrom sqlalchemy.orm import Session as S\n\
             def seed(bind): orm.Session(bind).commit()\n\
             def again(bind): S(bind).commit()\n\
             class Seeder:\n    def __init__(self, bind): seed(bind)\n\
             class Later:\n    def run(self, bind): seed(bind)\n\
             later = Later()\n\
             class Plain: pass\nNAME = 'sessions'\n",
        ),
    ];
    for (name, body, is) in [
        ("seed", "seed(op.get_bind())", true),
        ("again", "again(op.get_bind())", true),
        ("Seeder", "Seeder(op.get_bind())", true),
        ("later", "later.run(op.get_bind())", true),
        ("Later", "Later().run(op.get_bind())", true),
        ("Plain", "op.create_table('sessions', sa.Column('a', Plain()))", false),
        ("NAME", "op.drop_table(NAME)", false),
    ] {
        let source =
            format!("import app\nfrom app.seed import {name}\ndef upgrade():\n    {body}\n");
        let revision = Loaded { path: "r.py".to_owned(), text: Ok(source.clone()), is_env: false };
        let found = overrides(&[revision], &project(FILES)).0;
        assert_eq!(found[0].concerns(Dialect::Sqlite, "r.py", &source, None), is, "{body}");
    }
}
