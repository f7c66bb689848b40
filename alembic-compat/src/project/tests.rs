//! Modules of projects that exist in memory only.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use limbeck_schema::Target;
use limbeck_schema::table::NamingConvention;

use super::Files;
use super::Finder;
use super::Mode;
use super::NoConvention;
use super::Roots;
use super::naming_convention;
use crate::eval::Host;
use crate::eval::HostError;
use crate::eval::Interpreter;
use crate::eval::Limits;
use crate::eval::ModuleSource;
use crate::eval::Now;
use crate::sa::Migration;

type Tree = BTreeMap<PathBuf, String>;

fn tree(files: &[(&str, &str)]) -> Tree {
    files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect()
}

fn with_files<R>(tree: &Tree, run: impl FnOnce(&Files<'_>) -> R) -> R {
    run(&Files {
        is_dir: &|path: &Path| tree.keys().any(|file| file != path && file.starts_with(path)),
        is_file: &|path: &Path| tree.contains_key(path),
        entries: &|path: &Path| {
            let within = |file: &PathBuf| {
                file.ancestors().find(|it| it.parent() == Some(path)).map(Path::to_path_buf)
            };
            Ok(tree.keys().filter_map(within).collect())
        },
        read: &|path: &Path| {
            let text = tree.get(path).ok_or_else(|| HostError::new("no such file"))?;
            Ok(text.clone().into_bytes())
        },
    })
}

fn finder(tree: &Tree, prepend: &[&str]) -> Finder {
    let prepend: Vec<PathBuf> = prepend.iter().map(PathBuf::from).collect();
    let ini = Path::new("/p/alembic.ini");
    let script = Path::new("/p/app/db/migrations");
    Finder::new(with_files(tree, |files| {
        Roots::of_project(&prepend, Path::new("/p"), ini, script, files)
    }))
}

fn find(tree: &Tree, prepend: &[&str], name: &str) -> String {
    let finder = finder(tree, prepend);
    match with_files(tree, |files| finder.find(name, files)).unwrap() {
        ModuleSource::File { path, is_package, .. } => {
            format!("{path}{}", if is_package { " package" } else { "" })
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn modules_are_found_as_python_finds_them() {
    let tree = tree(&[
        ("/p/setup.py", ""),
        ("/p/app/__init__.py", ""),
        ("/p/app/x.py", ""),
        ("/p/app/x/__init__.py", ""),
        ("/p/app/y.py", ""),
        ("/p/app/db/migrations/env.py", ""),
        ("/p/app/db/migrations/versions/2020_01_a.py", ""),
        ("/p/src/lib1/__init__.py", ""),
        ("/p/src/twice.py", ""),
        ("/p/app/db/twice.py", ""),
        ("/p/space/m.py", ""),
        ("/p/src/space/n.py", ""),
        ("/q/app/__init__.py", ""),
        ("/q/other.py", ""),
    ]);
    assert_eq!(find(&tree, &["."], "app"), "/p/app/__init__.py package");
    assert_eq!(find(&tree, &["."], "app.x"), "/p/app/x/__init__.py package");
    assert_eq!(find(&tree, &["."], "app.y"), "/p/app/y.py");
    assert_eq!(find(&tree, &["."], "app.y.z"), "Missing");
    assert_eq!(find(&tree, &["."], "app.nowhere"), "Missing");
    assert_eq!(find(&tree, &["."], "app.db"), "Namespace");
    assert_eq!(find(&tree, &["."], "app.db.nowhere"), "Unknown");
    let versions = "app.db.migrations.versions.2020_01_a";
    assert_eq!(find(&tree, &[], versions), "/p/app/db/migrations/versions/2020_01_a.py");
    assert_eq!(find(&tree, &[], "lib1"), "/p/src/lib1/__init__.py package");
    assert_eq!(find(&tree, &[], "twice"), "Unknown", "two places, and nothing tells which");
    assert_eq!(find(&tree, &["src"], "twice"), "/p/src/twice.py");
    assert_eq!(find(&tree, &["."], "space.m"), "/p/space/m.py");
    assert_eq!(find(&tree, &["."], "space.n"), "/p/src/space/n.py");
    assert_eq!(find(&tree, &["/q", "."], "app"), "/q/app/__init__.py package");
    assert_eq!(find(&tree, &["../q"], "other"), "/q/other.py");
    assert_eq!(find(&tree, &["."], "fastapi"), "Unknown");
    assert_eq!(find(&tree, &["."], "app..x"), "Unknown");
}

struct ProjectHost {
    tree: Tree,
    finder: Finder,
    migration: Migration,
}

impl Host for ProjectHost {
    fn print(&mut self, _: &str) {}

    fn log(&mut self, _: &str, _: i64, _: &str) {}

    fn now(&mut self) -> Result<Now, HostError> {
        Err(HostError::new("no clock"))
    }

    fn random(&mut self, _: &mut [u8]) -> Result<(), HostError> {
        Err(HostError::new("no random numbers"))
    }

    fn environment(&mut self, _: &str) -> Option<String> {
        None
    }

    fn module_source(&mut self, name: &str) -> Result<ModuleSource, HostError> {
        with_files(&self.tree, |files| self.finder.find(name, files))
    }

    fn extension(&mut self) -> &mut dyn Any {
        &mut self.migration
    }
}

fn interpreter(files: &[(&str, &str)]) -> Interpreter {
    let tree = tree(files);
    let finder = finder(&tree, &["."]);
    let migration = Migration::offline(Target::postgresql(), NamingConvention::default());
    let host = ProjectHost { tree, finder, migration };
    let mut interp = Interpreter::new(Box::new(host), Limits::default());
    crate::register(&mut interp);
    interp
}

fn convention(files: &[(&str, &str)], env: &str) -> Result<NamingConvention, NoConvention> {
    naming_convention(&mut interpreter(files), "env.py", env, Mode::Online)
}

const END: &str = "
def run_migrations_online():
    engine = engine_from_config(config.get_section('alembic'))
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata)
        with context.begin_transaction():
            context.run_migrations()

if context.is_offline_mode():
    context.configure(url='x', target_metadata=target_metadata)
else:
    run_migrations_online()
";

#[test]
fn the_naming_convention_of_target_metadata() {
    let files = [
        ("/p/app/__init__.py", ""),
        (
            "/p/app/base.py",
            "from fastapi import FastAPI\nfrom sqlalchemy import MetaData\n\
             from sqlalchemy.orm import DeclarativeBase\n\
             NAMES = {'ix': 'ix_%(column_0_label)s', 'uq': 'u_%(table_name)s'}\n\
             NAMES['pk'] = 'pk_%(table_name)s'\napp = FastAPI()\n\
             class Base(DeclarativeBase):\n    metadata = MetaData(naming_convention=NAMES)\n",
        ),
        (
            "/p/app/plain.py",
            "from sqlalchemy.orm import declarative_base\nBase = declarative_base()\n",
        ),
        (
            "/p/app/flask.py",
            "from flask_sqlalchemy import SQLAlchemy\nfrom .base import Base\n\
             db = SQLAlchemy(metadata=Base.metadata)\n",
        ),
    ];
    let head = "from alembic import context\nfrom logging.config import fileConfig\n\
                config = context.config\nfileConfig(config.config_file_name)\n";
    let of = |middle: &str| convention(&files, &format!("{head}{middle}\n{END}"));
    let wanted = NamingConvention::from_entries([
        ("ix", "ix_%(column_0_label)s"),
        ("uq", "u_%(table_name)s"),
        ("pk", "pk_%(table_name)s"),
    ]);
    let base = "from app.base import Base\ntarget_metadata = Base.metadata";
    assert_eq!(of(base).unwrap(), wanted);
    assert_eq!(of("from app.flask import db\ntarget_metadata = db.metadata").unwrap(), wanted);
    let plain = "from app import plain\ntarget_metadata = plain.Base.metadata";
    assert_eq!(of(plain).unwrap(), NamingConvention::default());
    assert_eq!(of("target_metadata = None").unwrap(), NamingConvention::default());
    let several = "from app.base import Base\ntarget_metadata = [Base.metadata]";
    assert_eq!(of(several).unwrap(), NamingConvention::default());
    let flask = "from flask import current_app\n\
                 target_metadata = current_app.extensions['migrate'].db.metadata";
    assert!(matches!(of(flask), Err(NoConvention::NotReadable(_))));
    assert!(matches!(of("target_metadata = 5"), Err(NoConvention::NoMetaData { .. })));
    assert_eq!(convention(&files, "x = 1"), Err(NoConvention::NotConfigured));
    // Each mode has what its own call says.
    let only_online = format!("{head}{base}\n{END}")
        .replace("url='x', target_metadata=target_metadata", "url='x'");
    assert_eq!(convention(&files, &only_online).unwrap(), wanted);
    let offline =
        naming_convention(&mut interpreter(&files), "env.py", &only_online, Mode::Offline);
    assert_eq!(offline.unwrap(), NamingConvention::default());
    let hidden = "from alembic import context\ncontext.configure(**arguments)";
    assert!(matches!(convention(&files, hidden), Err(NoConvention::Hidden(_))));
    let local = "from alembic import context\ndef f():\n    m = g()\n    \
                 context.configure(target_metadata=m)";
    assert!(matches!(convention(&files, local), Err(NoConvention::Local { .. })));
}

#[test]
fn the_modules_of_a_package_are_listed() {
    let tree = tree(&[
        ("/p/alembic.ini", ""),
        ("/p/app/__init__.py", ""),
        ("/p/app/a.py", ""),
        ("/p/app/notes.txt", ""),
        ("/p/app/not-a-name.py", ""),
        ("/p/app/b/__init__.py", ""),
        ("/p/app/b/c.py", ""),
        ("/p/app/data/d.py", ""),
        ("/p/space/e.py", ""),
    ]);
    let inside = |package: &str| {
        with_files(&tree, |files| finder(&tree, &["/p"]).inside(package, files)).unwrap()
    };
    assert_eq!(inside("app"), ["app.a", "app.b", "app.b.c"]);
    assert_eq!(inside("app.b"), ["app.b.c"]);
    assert_eq!(inside("space"), ["space.e"]);
    assert_eq!(inside("app.a"), Vec::<String>::new());
    assert_eq!(inside("other"), Vec::<String>::new());
}
