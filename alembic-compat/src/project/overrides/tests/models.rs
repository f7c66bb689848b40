//! Listeners of mapped classes and sessions, and the revisions that they concern.

use super::*;

#[test]
fn listeners_of_models_concern_sessions() {
    let loaded = [Loaded {
        path: "env.py".to_owned(),
        text: Ok("from sqlalchemy import event\nfrom app import User\n@event.listens_for(User, \
                   'before_insert')\ndef f(*args): pass\n"
            .to_owned()),
        is_env: true,
    }];
    let found = overrides(&loaded, &no_module).0;
    let session = "with Session(op.get_bind()) as s: pass";
    assert!(found[0].concerns(Dialect::Sqlite, "r.py", &format!("import app\n{session}"), None));
    // It has no objects of that class.
    assert!(!found[0].concerns(Dialect::Sqlite, "r.py", session, None));
    assert!(!found[0].concerns(Dialect::Sqlite, "r.py", "op.create_table('t')", None));
    let named = "import app\nop.create_table('sessions', sa.Column('a', app.Type()))";
    assert!(!found[0].concerns(Dialect::Sqlite, "r.py", named, None));
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
