//! What is found in the texts of projects.

mod computed;
mod connections;
mod models;

use limbeck_schema::Dialect;

use crate::eval::ModuleSource;

use super::*;

fn no_module(_: &str) -> Result<ModuleSource, String> {
    Ok(ModuleSource::Unknown)
}

/// A project of these modules: packages have names that end with a slash.
struct Project(&'static [(&'static str, &'static str)]);

fn project(files: &'static [(&'static str, &'static str)]) -> Project {
    Project(files)
}

impl ProjectModules for Project {
    fn find(&self, name: &str) -> Result<ModuleSource, String> {
        let of_name = |(file, _): &&(&str, &str)| file.trim_end_matches('/') == name;
        let top = name.split('.').next().unwrap_or_default();
        Ok(match self.0.iter().find(of_name) {
            Some((file, text)) => ModuleSource::File {
                path: format!("{}.py", name.replace('.', "/")),
                text: (*text).to_owned(),
                is_package: file.ends_with('/'),
            },
            None if self.0.iter().any(|(file, _)| file.trim_end_matches('/') == top) => {
                ModuleSource::Missing
            }
            None => ModuleSource::Unknown,
        })
    }

    fn inside(&self, package: &str) -> Result<Vec<String>, String> {
        let names = self.0.iter().map(|(file, _)| file.trim_end_matches('/'));
        let inside = names
            .filter(|name| name.strip_prefix(package).is_some_and(|rest| rest.starts_with('.')));
        match package {
            "app.locked" => Err("permission denied".to_owned()),
            _ => Ok(inside.map(str::to_owned).collect()),
        }
    }
}

fn in_project(env: &str, files: &'static [(&str, &str)]) -> Vec<String> {
    let loaded = [Loaded { path: "env.py".to_owned(), text: Ok(env.to_owned()), is_env: true }];
    let found = overrides(&loaded, &project(files)).0;
    found.into_iter().map(|one| format!("{} {}", one.construct, one.place)).collect()
}

#[test]
fn names_are_followed_through_modules() {
    const FILES: &[(&str, &str)] = &[
        ("app/", ""),
        (
            "app.compat",
            "from sqlalchemy.ext.compiler import compiles as told\nfrom .more import *\nown = told\n",
        ),
        ("app.more", "from sqlalchemy.schema import CreateTable\nclass View: pass\n"),
        (
            "app.ddl",
            "from . import compat\nfrom .compat import own, CreateTable, View\n\
             @own(CreateTable, 'mysql')\ndef a(): pass\n@compat.told(View)\ndef b(): pass\n\
             CreateTable.x = 1\n",
        ),
        ("app.circle", "from .circle2 import compiles\ncompiles(1)(2)\n"),
        ("app.circle2", "from .circle import compiles\n"),
    ];
    assert_eq!(
        in_project("import app.ddl, app.circle", FILES),
        [
            "an own way to compile CreateTable app/ddl.py, line 3, column 2",
            "a new value of sqlalchemy.schema.CreateTable.x app/ddl.py, line 7, column 1",
        ]
    );
}

#[test]
fn a_name_that_is_imported_twice_may_be_either() {
    const FILES: &[(&str, &str)] = &[
        ("app/", ""),
        ("app.compat", "def compiles(*names): pass\nclass CreateTable: pass\n"),
        (
            "app.ddl",
            "try:\n    from sqlalchemy.ext.compiler import compiles\nexcept ImportError:\n    \
             from .compat import compiles\ndef a():\n    \
             from sqlalchemy.schema import CreateTable as C\n    return C\ndef b():\n    \
             from sqlalchemy.schema import DropTable as C\n    compiles(C)(a)\nb()\n",
        ),
    ];
    assert_eq!(
        in_project("import app.ddl", FILES),
        [
            "an own way to compile CreateTable app/ddl.py, line 10, column 5",
            "an own way to compile DropTable app/ddl.py, line 10, column 5",
        ]
    );
}

#[test]
fn functions_that_run_count() {
    const FILES: &[(&str, &str)] = &[
        ("app/", "from app import db, unused\nfrom app.other import start\nstart()\n"),
        (
            "app.db",
            "from sqlalchemy import event\ndef engine():\n    e = make()\n    \
             @event.listens_for(e, 'connect')\n    def f(c, r): c.execute('PRAGMA foreign_keys=ON')\n",
        ),
        (
            "app.unused",
            "from sqlalchemy.ext.compiler import compiles\nfrom sqlalchemy.schema import CreateTable, \
             DropTable, CreateIndex\ndef a() -> 'b':\n    compiles(CreateTable)(a)\n\
             def b():\n    a()\nclass C:\n    def __init__(self):\n        compiles(DropTable)(len)\n\
             def d():\n    compiles(CreateIndex)(len)\nif __name__ == '__main__':\n    b()\n",
        ),
        ("app.other", "from app.unused import d\ndef start():\n    d()\n"),
    ];
    let of_d = "an own way to compile CreateIndex app/unused.py, line 11, column 5";
    assert_eq!(in_project("import app", FILES), [of_d]);
    assert_eq!(
        in_project("import app\ndef run():\n    app.db.engine()\n", FILES),
        ["a listener app/db.py, line 4, column 6", of_d]
    );
    assert_eq!(
        in_project("import app\nx = app.unused.C()\n", FILES),
        ["an own way to compile DropTable app/unused.py, line 9, column 9", of_d]
    );
}

#[test]
fn methods_run_if_their_class_is_named_too() {
    const FILES: &[(&str, &str)] = &[
        ("app/", "from .a import A, B\nfrom .b import c\nA().create()\nc.create()\n"),
        (
            "app.a",
            "from sqlalchemy.ext.compiler import compiles\nfrom sqlalchemy.schema import CreateTable, \
             DropTable\nclass A:\n    def create(self):\n        compiles(CreateTable)(len)\n\
             class B:\n    def create(self):\n        compiles(DropTable)(len)\n",
        ),
        ("app.b", "c = 1\n"),
    ];
    let of_a = "an own way to compile CreateTable app/a.py, line 5, column 9";
    assert_eq!(in_project("import app", FILES), [of_a]);
}

#[test]
fn what_cannot_be_read_counts() {
    let loaded = [
        Loaded { path: "a.py".to_owned(), text: Err("no such thing".to_owned()), is_env: false },
        Loaded { path: "env.py".to_owned(), text: Ok("import b, c".to_owned()), is_env: true },
    ];
    let find = |name: &str| match name {
        "b" => Err("b.py: not allowed".to_owned()),
        _ => Ok(ModuleSource::File {
            path: "c.py".to_owned(),
            text: "import sqlalchemy\ndef compiles(:\n".to_owned(),
            is_package: false,
        }),
    };
    let found: Vec<String> =
        overrides(&loaded, &find).0.into_iter().map(|found| found.construct).collect();
    let [a, b] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(a, "a module that cannot be read (no such thing)");
    assert_eq!(b, "a module that cannot be read (b.py: not allowed)");
}

#[test]
fn other_packages_concern_what_may_use_them() {
    let loaded = [Loaded {
        path: "env.py".to_owned(),
        text: Ok("from sqlalchemy.ext.compiler import compiles\nfrom geo import G\n\
                  @compiles(G)\ndef f(): pass\n"
            .to_owned()),
        is_env: true,
    }];
    let found = overrides(&loaded, &no_module).0;
    assert_eq!(found[0].construct, "an own way to compile geo.G");
    assert!(!found[0].concerns(
        Dialect::Sqlite,
        "r.py",
        "import sqlalchemy as sa\nimport json\n",
        None
    ));
    assert!(found[0].concerns(Dialect::Sqlite, "r.py", "import geo\n", None));
}

fn of(text: &str) -> Vec<String> {
    texts(text, false)
}

fn texts(text: &str, is_env: bool) -> Vec<String> {
    let loaded = [Loaded { path: "env.py".to_owned(), text: Ok(text.to_owned()), is_env }];
    let found = overrides(&loaded, &no_module).0;
    found.into_iter().map(|one| format!("{} {}", one.construct, one.place)).collect()
}

#[test]
fn every_kind_is_found() {
    let found = of("\
import sqlalchemy as sa
import alembic.ddl.postgresql
from alembic.ddl.impl import DefaultImpl
from alembic.operations import Operations, ops
from sqlalchemy import event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable as C, DropTable
@compiles(C)
def a(element, compiler, **kw): pass
if True:
    compiles(DropTable, 'postgresql')(a)
@sa.ext.compiler.compiles(sa.BigInteger, 'sqlite')
def b(element, compiler, **kw): pass
@Operations.implementation_for(ops.CreateTableOp, replace=True)
def c(operations, operation): pass
class D(DefaultImpl):
    __dialect__ = 'sqlite'
class E(alembic.ddl.postgresql.PostgresqlImpl):
    pass
@event.listens_for(sa.Table, 'before_create')
def f(*args): pass
@event.listens_for(sa.engine.Engine, 'before_cursor_execute', retval=True)
def g(*args): pass
sa.Column.nullable = True
");
    assert_eq!(
        found,
        [
            "an own way to compile CreateTable env.py, line 8, column 2",
            "an own way to compile DropTable env.py, line 11, column 5",
            "an own way to compile BigInteger env.py, line 12, column 2",
            "an own implementation of CreateTableOp env.py, line 14, column 2",
            "class D, an implementation of Alembic's operations env.py, line 16, column 1",
            "class E, an implementation of Alembic's operations env.py, line 18, column 1",
            "a listener for every Table env.py, line 20, column 2",
            "a listener for every Engine env.py, line 22, column 2",
            "a new value of sqlalchemy.Column.nullable env.py, line 24, column 1",
        ]
    );
}

#[test]
fn what_cannot_be_told_counts() {
    let head = "import sqlalchemy as sa\nfrom sqlalchemy import event\nfrom sqlalchemy.ext.compiler import \
                    compiles\nfrom alembic.operations import Operations\nfrom app import User\n";
    for (body, found) in [
        ("for one in all_of_them:\n    compiles(one)(f)\n", "an own way to compile something"),
        ("setattr(sa.Table, 'x', 1)\n", "a new value of an attribute of sqlalchemy.Table"),
        ("sa.types.names['a'] = 1\n", "a new value of sqlalchemy.types.names.[…]"),
        (
            "@Operations.register_operation('create_table')\nclass A: pass\n",
            "an own operation create_table",
        ),
        ("@event.listens_for(User, 'before_insert')\ndef f(*args): pass\n", "a listener"),
        ("@event.listens_for(User.name, 'set', retval=True)\ndef f(*args): pass\n", "a listener"),
        (
            "@event.listens_for(sa.Engine, 'connect')\ndef f(c, r): c.execute('PRAGMA foreign_keys=ON')\n",
            "a listener for every Engine",
        ),
    ] {
        let found_there = of(&format!("{head}{body}"));
        assert!(
            matches!(found_there.as_slice(), [one] if one.starts_with(found)),
            "{body}: {found_there:?}"
        );
    }
    let in_env = format!(
        "{head}def run(connection):\n    @event.listens_for(connection, 'before_cursor_execute', \
             retval=True)\n    def f(*args): pass\n"
    );
    assert_eq!(texts(&in_env, true).len(), 1);
    assert_eq!(of(&in_env), Vec::<String>::new());
}

#[test]
fn what_a_project_does_with_its_own_is_none() {
    const FILES: &[(&str, &str)] = &[
        ("app/", ""),
        ("app.ddl", "class View: pass\n"),
        (
            "app.own",
            "\
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import DDLElement, DropTable
from app.ddl import View
class Index(DDLElement):
    pass
@compiles(Index)
def a(element, compiler, **kw): pass
@compiles(View, 'postgresql')
def b(element, compiler, **kw): pass
def tests():
    @compiles(DropTable, 'postgresql')
    def c(element, compiler, **kw): pass
@event.listens_for(Engine, 'connect')
def d(*args): pass
View.name = 'x'
target_metadata = View.metadata
",
        ),
    ];
    let found = in_project("import app.own", FILES);
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(of("this is (no Python: compiles sqlalchemy"), Vec::<String>::new());
}

#[test]
fn imports_are_followed_through_the_project() {
    const FILES: &[(&str, &str)] = &[
        ("app/", "from . import models"),
        ("app.models", "from .types import Money\nimport sqlalchemy"),
        (
            "app.types",
            "from sqlalchemy import String\nfrom sqlalchemy.ext.compiler import compiles\n\
             import app.models\n@compiles(String, 'mysql')\ndef f(e, c): pass\n",
        ),
    ];
    let env =
        Loaded { path: "env.py".to_owned(), text: Ok("import app.base".to_owned()), is_env: true };
    let found = overrides(&[env], &project(FILES)).0;
    let [one] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(one.place.to_string(), "app/types.py, line 4, column 2");
    assert!(one.concerns(Dialect::Mysql, "r.py", "", None));
    assert!(!one.concerns(Dialect::Sqlite, "r.py", "", None));
}

#[test]
fn statements_that_it_does_not_make_are_not_concerned() {
    let loaded = [Loaded {
        path: "env.py".to_owned(),
        text: Ok("from sqlalchemy.ext.compiler import compiles\nfrom sqlalchemy.schema import \
                   DropTable\n@compiles(DropTable)\ndef f(e, c): pass\n"
            .to_owned()),
        is_env: true,
    }];
    let found = overrides(&loaded, &no_module).0;
    let drops = ["DROP TABLE t".to_owned()];
    let creates = ["CREATE TABLE t (id INTEGER)".to_owned()];
    assert!(found[0].concerns(Dialect::Sqlite, "r.py", "", None));
    assert!(found[0].is_seen());
    assert!(found[0].concerns(Dialect::Sqlite, "r.py", "", Some(&drops)));
    assert!(!found[0].concerns(Dialect::Sqlite, "r.py", "", Some(&creates)));

    let loaded = [Loaded {
        path: "env.py".to_owned(),
        text: Ok("from sqlalchemy.ext.compiler import compiles\nfrom sqlalchemy.sql import \
                   functions\n@compiles(functions.now)\ndef f(e, c): pass\n"
            .to_owned()),
        is_env: true,
    }];
    let found = overrides(&loaded, &no_module).0;
    for (statement, is) in [
        ("CREATE TABLE t (a DATETIME DEFAULT (CURRENT_TIMESTAMP))", true),
        ("INSERT INTO t (a) VALUES (now())", true),
        ("CREATE TABLE t (id INTEGER)", false),
    ] {
        let source = "import sqlalchemy as sa\nsa.func.now()";
        let statements = [statement.to_owned()];
        assert_eq!(found[0].concerns(Dialect::Sqlite, "r.py", source, Some(&statements)), is);
    }
    for (source, is) in [
        ("from alembic import op\nimport datetime\n", false),
        ("from alembic import op\nimport app\n", true),
        ("import sqlalchemy\nsqlalchemy.func.NOW()", true),
    ] {
        assert_eq!(found[0].concerns(Dialect::Sqlite, "r.py", source, None), is, "{source}");
    }
}

#[test]
fn variables_that_are_set_are_told() {
    const FILES: &[(&str, &str)] = &[
        ("app/", ""),
        (
            "app.settings",
            "import os\nfrom os import environ as e\nos.environ['A'] = '1'\n\
             e.setdefault('B', '1')\ndef unused(): os.environ['C'] = '1'\n\
             values = {}\nvalues.update(os.environ)\nprint(os.environ['D'])\n",
        ),
        ("app.all", "from dotenv import load_dotenv\nload_dotenv()\n"),
    ];
    let sets = |env: &str, name: &str| {
        let loaded = [Loaded { path: "env.py".to_owned(), text: Ok(env.to_owned()), is_env: true }];
        overrides(&loaded, &project(FILES)).0.iter().any(|one| one.sets_variable(name))
    };
    for (name, is) in [("A", true), ("B", true), ("C", false), ("D", false)] {
        assert_eq!(sets("import app.settings\n", name), is, "{name}");
        assert!(sets("import app.all\n", name));
    }
    for (env, is) in [
        ("import os\nenv = os.environ\nenv['A'] = 'x'\n", true),
        ("import os\nos.environ |= {'A': 'x'}\n", true),
        ("import os\nos.environ|={'A': 'x'}\n", true),
        ("import os\nos.environ.pop('A')\n", true),
        ("import os\nos.environ.pop('B')\n", false),
        ("import os\nenv = os.environ\nprint(env['A'])\n", false),
    ] {
        assert_eq!(sets(env, "A"), is, "{env}");
    }
}

#[test]
fn what_adds_up_is_told() {
    const FILES: &[(&str, &str)] = &[
        ("app/", ""),
        ("app.core", "A = []\nclass M:\n    x = 1\n"),
        (
            "app.w",
            "from alembic import op\nfrom sqlalchemy import event\nfrom app.core import M\n\
             def wrap():\n    old = op.execute\n    op.execute = lambda *args: old(*args)\n\
             def listen():\n    event.listen(M, 'before_insert', len)\n",
        ),
        ("app.once", "from app.w import wrap\nwrap()\n"),
    ];
    for (lines, is) in [
        ("from app.w import wrap\nwrap()", true),
        ("from app.w import listen\ndef run(): listen()\nrun()", true),
        ("from app import core\ncore.A.append(1)", true),
        ("from app.core import A\nA += [1]", true),
        ("from app.core import M\nM.x = M.x + 1", true),
        ("from app.core import M\nM.x = 2", false),
        ("from app.core import M\nM.x = value()", false),
        // It is loaded once.
        ("import app.once", false),
        ("import sys\nsys.path.append('a')\nA = []\nA.append(1)", false),
    ] {
        let loaded =
            [Loaded { path: "env.py".to_owned(), text: Ok(format!("{lines}\n")), is_env: true }];
        let found = overrides(&loaded, &project(FILES)).0;
        assert_eq!(found.iter().any(|one| one.adds_up), is, "{lines}");
    }
}
