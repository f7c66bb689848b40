//! Projects whose modules add to objects of each other, with real Alembic at the next desk.

use super::project::{ENV, INI, alembic_project, with_body};
use crate::support::{TestEnvironment, python, query};

const ROWS: &str = "SELECT group_concat(name) FROM (SELECT name FROM t ORDER BY name)";

/// env.py imports these modules, and a revision inserts a row for each name that `reads` gives.
fn project(imports: &str, modules: &[(&str, &str)], reads: &str) -> TestEnvironment {
    let mut env = alembic_project();
    env.write("alembic.ini", INI.replacen("\n", "\nprepend_sys_path = .\n", 1));
    env.write("migrations/env.py", format!("{imports}\n{ENV}"));
    env.write("app/__init__.py", "");
    for (path, text) in modules {
        env.write(path, text);
    }
    let up = format!(
        "from app import core\n    op.execute(\"CREATE TABLE t (name TEXT)\")\n    for name in \
         {reads}:\n        op.execute(f\"INSERT INTO t VALUES ('{{name}}')\")"
    );
    env.write("migrations/versions/c3_x.py", with_body("c3", "'b2'", &up, "op.drop_table('t')"));
    env.set("VIRTUAL_ENV", python().parent().unwrap().parent().unwrap());
    env
}

/// What real Alembic inserts.
fn real_rows(env: &TestEnvironment) -> String {
    let mut alembic = env.program(python().with_file_name("alembic"));
    let output = alembic.args(["upgrade", "head"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows = query(env, "sqlite:app.db", ROWS);
    std::fs::remove_file(env.path("app.db")).unwrap();
    rows
}

#[test]
fn what_another_module_adds_needs_python() {
    for (imports, modules, reads, place) in [
        (
            "import app.registrations",
            vec![
                ("app/core.py", "REG = []\n"),
                ("app/registrations.py", "from app.core import REG\nREG.append('a')\n"),
            ],
            "core.REG",
            "app/registrations.py:2",
        ),
        (
            "from app import models",
            vec![
                (
                    "app/core.py",
                    "REG = {}\ndef register(name):\n    def add(f):\n        REG[name] = f\n        \
                     return f\n    return add\n@register('own')\ndef own(): pass\ndef names():\n    \
                     return sorted(REG)\n",
                ),
                ("app/models.py", "from . import things\n"),
                ("app/things.py", "from .core import register\n@register('a')\ndef a(): pass\n"),
            ],
            "core.names()",
            "app/things.py:2",
        ),
        (
            "import app.plugins",
            vec![
                (
                    "app/core.py",
                    "class Plugin:\n    known = []\n    def __init_subclass__(cls):\n        \
                     cls.known.append(cls.__name__)\n",
                ),
                ("app/plugins.py", "from app.core import Plugin\nclass A(Plugin): pass\n"),
            ],
            "core.Plugin.known",
            "app/plugins.py:2",
        ),
        (
            "import app.settings",
            vec![
                ("app/core.py", "NAMES = ['x']\n"),
                ("app/settings.py", "from app import core\ncore.NAMES = ['a', 'b']\n"),
            ],
            "core.NAMES",
            "app/settings.py:2",
        ),
    ] {
        let env = project(imports, &modules, reads);
        let expected = real_rows(&env);
        assert!(expected.to_lowercase().contains('a'), "{expected}");
        let plan = env.run(&["plan"]).ok();
        assert!(plan.contains(place), "{plan}");
        assert!(plan.contains("of app/core.py, changed by another module"), "{plan}");
        let output = env.run(&["upgrade", "--python", "never"]);
        assert_eq!(output.code(), Some(78), "{output}");
        env.run(&["upgrade"]).ok();
        assert_eq!(query(&env, "sqlite:app.db", ROWS), expected, "{place}");
    }
}

#[test]
fn every_form_of_change_needs_python() {
    for (core, lines, reads, line) in [
        (
            "REG = []\ndef fill(names):\n    names.append('a')\n",
            "core.fill(core.REG)",
            "core.REG",
            2,
        ),
        (
            "REG = []\nclass Registry:\n    def __init__(self, names):\n        names.append('a')\n",
            "core.Registry(names=core.REG)",
            "core.REG",
            2,
        ),
        ("REG = {'k': []}\n", "x = core.REG['k']\nx.append('a')", "core.REG['k']", 3),
        ("REG = {'k': []}\n", "for x in core.REG.values():\n    x.append('a')", "core.REG['k']", 3),
        (
            "REG = {'k': []}\ndef names_of(k):\n    return REG[k]\n",
            "core.names_of('k').append('a')",
            "core.REG['k']",
            2,
        ),
        ("REG = []\nput = lambda x: REG.append(x)\n", "core.put('a')", "core.REG", 2),
        (
            "REG = []\ndef put(x, y):\n    REG.append(x)\n",
            "from functools import partial\nf = partial(core.put, 'a')\nf(1)",
            "core.REG",
            4,
        ),
        (
            "REG = []\ndef put(x):\n    REG.append(x)\ndef for_each(items, f):\n    for x in items: \
             f(x)\n",
            "core.for_each('a', core.put)",
            "core.REG",
            2,
        ),
        (
            "REG = []\nclass Registry:\n    def put(self, x):\n        REG.append(x)\ndef make():\n    \
             return Registry()\n",
            "registry = core.make()\nregistry.put('a')",
            "core.REG",
            3,
        ),
        (
            "REG = []\ndef put(x):\n    REG.append(x)\nclass A:\n    task = staticmethod(put)\n",
            "a = core.A()\na.task('a')",
            "core.REG",
            3,
        ),
        (
            "REG = []\nclass Base:\n    def run(self):\n        self.step()\n",
            "class A(core.Base):\n    def step(self):\n        core.REG.append('a')\nA().run()",
            "core.REG",
            5,
        ),
        ("REG = []\n", "import sys\nsys.modules['app.core'].REG.append('a')", "core.REG", 3),
        (
            "REG = []\n",
            "import importlib\ncore = importlib.import_module('app.core')\ncore.REG.append('a')",
            "core.REG",
            4,
        ),
        (
            "class Registry:\n    names = ()\n    def __lshift__(self, x):\n        self.names = \
             (x,)\nregistry = Registry()\n",
            "core.registry << 'a'",
            "core.registry.names",
            2,
        ),
        (
            "known = []\nclass Base:\n    def __init_subclass__(cls):\n        \
             known.append('a')\n",
            "A = type('A', (core.Base,), {})",
            "core.known",
            2,
        ),
        ("REG = []\ndef put(x):\n    REG.append(x)\n", "x: core.put('a') = 1", "core.REG", 2),
        ("def f(): pass\nf.names = []\n", "core.f.names = ['a']", "core.f.names", 2),
        (
            "REG = []\nclass Sink:\n    def put(self, x):\n        REG.append(x)\nclass App:\n    def \
             __init__(self):\n        self.sink = Sink()\n    def put(self, x):\n        \
             self.sink.put(x)\napp = App()\n",
            "core.app.put('a')",
            "core.REG",
            2,
        ),
    ] {
        let other = format!("from app import core\n{lines}\n");
        let modules = [("app/core.py", core), ("app/other.py", &other)];
        let env = project("import app.other", &modules, reads);
        assert_eq!(real_rows(&env), "a\n", "{other}");
        let output = env.run(&["upgrade", "--python", "never"]);
        assert_eq!(output.code(), Some(78), "{other}: {output}");
        assert!(output.to_string().contains(&format!("app/other.py:{line}")), "{other}: {output}");
    }
}

#[test]
fn a_revision_adds_for_the_others() {
    let env = project("", &[("app/core.py", "REG = []\n")], "core.REG");
    let text = std::fs::read_to_string(env.path("migrations/versions/b2_x.py")).unwrap();
    let text = format!("from app.core import REG\nREG.append('a')\n{text}");
    env.write("migrations/versions/b2_x.py", text);
    let expected = real_rows(&env);
    let output = env.run(&["upgrade", "--python", "never"]);
    assert!(output.to_string().contains("migrations/versions/b2_x.py:2"), "{output}");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", ROWS), expected);
    // Whatever env.py does.
    env.write("limbeck.toml", "[scripts]\nstands_in_for_env_py = true\n");
    let output = env.run(&["plan", "downgrade", "base"]).ok();
    assert!(!output.contains("another module changes"), "{output}");
    std::fs::remove_file(env.path("app.db")).unwrap();
    let output = env.run(&["upgrade", "--python", "never"]);
    assert!(output.to_string().contains("migrations/versions/b2_x.py:2"), "{output}");
}

#[test]
fn what_no_other_module_changes_runs_without_python() {
    let core = "REG = ['own']\nOTHER = []\nclass Base:\n    def __init_subclass__(cls):\n        \
                cls.label = cls.__name__\ndef register(x):\n    REG.append(x)\nregister('two')\n";
    let things = "from app.core import Base, OTHER, REG, register\nOTHER.append(1)\nclass A(Base): \
                  pass\ndef later():\n    REG.append('b')\n    register('c')\ndef local():\n    REG = \
                  []\n    REG.append(1)\nlocal()\nnames = [name for name in REG]\n";
    let modules = [("app/core.py", core), ("app/things.py", things)];
    let env = project("import app.things", &modules, "core.REG + [core.Base.__name__]");
    let expected = real_rows(&env);
    env.run(&["upgrade", "--python", "never"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", ROWS), expected);
    assert_eq!(expected, "Base,own,two\n");
}

#[test]
fn what_only_a_run_reads_is_handed_over_then() {
    let modules = [
        ("app/core.py", "REG = []\n"),
        ("app/things.py", "from app.core import REG\nREG.append('a')\n"),
    ];
    let reads = "(core.REG if op.get_bind().exec_driver_sql('SELECT count(*) FROM \
                 alembic_version').scalar() else ['none'])";
    let env = project("import app.things", &modules, reads);
    let expected = real_rows(&env);
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", ROWS), expected);
    assert_eq!(expected, "a\n");
}
