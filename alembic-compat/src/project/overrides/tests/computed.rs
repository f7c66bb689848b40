//! Modules that are imported by names which are put together.

use super::*;

const CHANGE: &str = "from sqlalchemy.schema import CreateTable\nCreateTable.x = 1\n";

/// Which modules of `app` count as loaded when `env.py` imports `app.main` with this text.
fn loaded(main: &'static str) -> Vec<String> {
    let files = vec![
        ("app/", ""),
        ("app.main", main),
        ("app.one", CHANGE),
        ("app.parts/", ""),
        ("app.parts.a", CHANGE),
        ("app.parts.b/", CHANGE),
        ("app.parts.b.c", CHANGE),
        ("app.locked/", ""),
    ];
    let found = in_project("import app.main", Vec::leak(files));
    let what = found.iter().map(|found| match found.split_once("CreateTable.x ") {
        Some((_, place)) => place.split(',').next().unwrap_or_default().to_owned(),
        None => found.clone(),
    });
    what.collect()
}

const PARTS: [&str; 3] = ["app/parts/a.py", "app/parts/b.py", "app/parts/b/c.py"];
const ALL: [&str; 4] = ["app/one.py", "app/parts/a.py", "app/parts/b.py", "app/parts/b/c.py"];

#[test]
fn packages_are_told_by_what_a_name_begins_with() {
    for call in [
        "importlib.import_module(f'app.parts.{x}')",
        "import_module('app.parts.' + x)",
        "__import__('app.parts.%s' % x, fromlist=['x'])",
        "import_string('app.parts.{}:X'.format(x))",
        "import_module('.'.join(['app.parts', x]))",
        "import_module(f'{parts.__name__}.{x}')",
        "for one in pkgutil.iter_modules(parts.__path__): one.module_finder.find_spec(one.name)",
        "def f(x):\n    import_module(f'app.parts.{x}')\nf(1)",
        "class A:\n    def f(self, x): import_module(f'app.parts.{x}')\nA().f(1)",
    ] {
        let main = format!("import importlib, pkgutil\nfrom app import parts\n{call}\n");
        assert_eq!(loaded(String::leak(main)), PARTS, "{call}");
    }
}

#[test]
fn the_package_of_a_module_counts() {
    for call in [
        "for one in pkgutil.walk_packages(__path__): import_module(one.name)",
        "import_module('.' + x, package=__name__)",
        "import_module(f'{__package__}.{x}')",
        "for file in Path(__file__).parent.glob('*.py'): import_module(name_of(file))",
    ] {
        let main = format!("import pkgutil\n{call}\n");
        assert_eq!(loaded(String::leak(main)), ALL, "{call}");
    }
}

#[test]
fn names_that_come_from_elsewhere_are_texts() {
    for call in [
        "NAMES = ['app.one', 'app.nothing', 'no.module', 'app.parts.a.Thing']\nfor x in NAMES: import_module(x)",
        "def load(x): import_module(x)\nfor x in ('app.one', \"app.parts.a:Thing\"): load(x)",
        "import_string('app.one')\nimport_object('app.parts.a.Thing')",
    ] {
        assert_eq!(loaded(call), ["app/one.py", "app/parts/a.py"], "{call}");
    }
    assert_eq!(loaded("import_module('.one', package=__package__)"), ["app/one.py"]);
}

#[test]
fn what_does_not_run_is_not_loaded() {
    for call in [
        "def f(x): import_module(f'app.parts.{x}')",
        "if __name__ == '__main__':\n    import_module(f'app.parts.{x}')",
        "import_module(f'other.{x}')",
        "def f(): pass\nf()\n'import_module(app.one)'",
    ] {
        assert_eq!(loaded(call), Vec::<String>::new(), "{call}");
    }
}

#[test]
fn a_package_that_cannot_be_listed_may_change_anything() {
    let found = loaded("import_module(f'app.locked.{x}')");
    let expected = "a module that cannot be read (permission denied) app.locked, line 1, column 1";
    assert_eq!(found, [expected]);
}
