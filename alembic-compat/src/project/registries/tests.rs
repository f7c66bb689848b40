use crate::eval::BoundName;
use crate::eval::Holds;
use crate::eval::ModuleSource;

use super::super::overrides::Loaded;
use super::super::overrides::overrides;

/// What the modules of a project change of `name` in `app/core.py`: each module is a name in front of
/// a colon and its text in the lines below. What env.py imports comes first, then revisions.
pub(super) fn changes(name: &str, holds: &Holds, project: &'static str) -> Vec<String> {
    changes_of(&[name], holds, project)
}

/// The same of several names, which are asked for in this order.
fn changes_of(names: &[&str], holds: &Holds, project: &'static str) -> Vec<String> {
    let files: Vec<(&str, &str)> =
        project.split("# file ").skip(1).filter_map(|part| part.split_once('\n')).collect();
    let find = |module: &str| {
        let path = module.replace('.', "/");
        let names = [(format!("{path}.py"), false), (format!("{path}/__init__.py"), true)];
        let found = names.iter().find_map(|(path, is_package)| {
            let (_, text) = files.iter().find(|(file, _)| file == path)?;
            let (path, text) = (path.clone(), (*text).to_owned());
            Some(ModuleSource::File { path, text, is_package: *is_package })
        });
        Ok(found.unwrap_or(if module.starts_with("app") {
            ModuleSource::Namespace
        } else {
            ModuleSource::Unknown
        }))
    };
    let loaded: Vec<Loaded> = files
        .iter()
        .filter(|(file, _)| !file.contains('/'))
        .map(|(file, text)| Loaded {
            path: (*file).to_owned(),
            text: Ok((*text).to_owned()),
            is_env: *file == "env.py",
        })
        .collect();
    let (_, registries) = overrides(&loaded, &find);
    let readers = ["one.py".to_owned()];
    let changed = names.iter().filter_map(|name| {
        let holds = holds.clone();
        let bound = BoundName { file: "app/core.py", name, holds, readers: &readers };
        registries.changed(&bound, &find)
    });
    changed.map(|found| format!("{} ({})", found.what, found.place)).collect()
}

pub(super) fn class(name: &str) -> Holds {
    Holds::Class(vec![("app.core".to_owned(), name.to_owned())])
}

pub(super) fn object(name: &str) -> Holds {
    Holds::Object(vec![("app.core".to_owned(), name.to_owned())])
}

/// That it is changed at this place, whoever imports the module that changes it.
fn is_changed(name: &str, holds: &Holds, project: &'static str, place: &str) {
    let expected = format!("'{name}' of app/core.py, changed by another module ({place})");
    assert_eq!(changes(name, holds, project), [expected], "{project}");
}

fn is_unchanged(name: &str, holds: &Holds, project: &'static str) {
    assert_eq!(changes(name, holds, project), Vec::<String>::new(), "{project}");
}

const OTHER: &str = "app/other.py, line 2, column 1";

#[test]
fn what_others_add_to_collections_is_found() {
    for project in [
        "# file env.py\nimport app.other\n# file app/core.py\nREG = []\n\
         # file app/other.py\nfrom app.core import REG\nREG.append(1)\n",
        "# file env.py\nimport app.package\n# file app/core.py\nREG = {}\n\
         # file app/package/__init__.py\nfrom .. import other\n\
         # file app/other.py\nfrom . import core\ncore.REG['a'] = 1\n",
        "# file one.py\nimport app.core\n# file two.py\nimport app.other\n\
         # file app/core.py\nREG = {}\n\
         # file app/other.py\nimport app.core as c\nc.REG.setdefault('a', []).append(1)\n",
        "# file env.py\nfrom app.other import *\n# file app/core.py\nREG = {}\n\
         # file app/names.py\nfrom .core import REG as REGISTRY\n\
         # file app/other.py\nfrom app.names import REGISTRY as R\nR['x']['y'] = 1\n",
        "# file env.py\nfrom app.other import *\n# file app/core.py\nREG = set()\n\
         # file app/other.py\nfrom app.core import *\nREG |= {1}\n",
        "# file env.py\nfrom app.other import *\n# file app/core.py\nREG = []\n\
         # file app/other.py\nimport app.core\ndel app.core.REG[0]\n",
        "# file env.py\nimport app.other\n# file app/core.py\nREG = []\nregister = REG.append\n\
         # file app/other.py\nfrom app.core import register\nregister(1)\n",
        "# file env.py\nimport app.other\n# file app/core.py\nREG = []\nNAMES = REG\n\
         # file app/other.py\nfrom app.core import NAMES as names\nnames.append(1)\n",
        "# file env.py\nimport app.other\n# file app/core.py\nREG = []\ndef register(x):\n    \
         names = REG\n    names.append(x)\n\
         # file app/other.py\nfrom app.core import register\nregister(1)\n",
    ] {
        is_changed("REG", &Holds::Collection, project, OTHER);
    }
}

#[test]
fn other_names_of_an_object_count() {
    for (place, lines) in [
        ("line 5, column 1", "def f():\n    x = core.REG\n    x.append(1)\nf()"),
        ("line 3, column 1", "x = core.REG\nx.append(1)"),
        ("line 3, column 1", "x, y = core.REG, core.B\nx.append(1)"),
        ("line 3, column 19", "x = (\n core.REG) or []; x.append(1)"),
        ("line 3, column 3", "for x in (core.B, core.REG):\n  x.append(1)"),
        ("line 5, column 4", "for x in (\n  core.B,\n  core.REG,\n): x.append(1)"),
        ("line 2, column 26", "if (x := core.REG) == 1: x.append(1)"),
        ("line 4, column 1", "x = core.REG\ny = x\ny.append(1)"),
        ("line 2, column 1", "core.REG.__setitem__(0, 1)"),
        ("line 2, column 1", "core.REG.rotate(1)"),
        ("line 2, column 1", "core.__setattr__('REG', 1)"),
        ("line 2, column 1", "[core.B, core.REG] = 1, 2"),
        ("line 2, column 1", "(\n  core.REG,\n  core.B,\n) = 1, 2"),
    ] {
        let project = format!(
            "# file env.py\nimport app.other\n# file app/core.py\nREG = []\nB = []\n\
             # file app/other.py\nfrom app import core\n{lines}\n"
        );
        let place = format!("app/other.py, {place}");
        is_changed("REG", &Holds::Collection, String::leak(project), &place);
    }
}

#[test]
fn a_name_that_is_imported_twice_may_be_either() {
    for (place, lines) in [
        (
            "line 7, column 1",
            "def f():\n    from app.core import REG\n    REG.append(1)\n\
             def g():\n    from app.names import REG\n    return REG\nf()",
        ),
        (
            "line 5, column 1",
            "try:\n    from app.core import REG\nexcept ImportError:\n    \
             from app.names import REG\nREG.append(1)",
        ),
        (
            "line 5, column 1",
            "from app.core import REG\nHELP = '''\nfrom app.names import REG\n'''\nREG.append(1)",
        ),
        (
            "line 8, column 1",
            "from app import core\ndef f():\n    x = core.OTHER\n    return x\n\
             def g():\n    x = core.REG\n    x.append(1)\ng()",
        ),
        (
            "line 5, column 1",
            "try:\n    from app.core import REG\nexcept ImportError:\n    REG = []\nREG.append(1)",
        ),
    ] {
        let project = format!(
            "# file env.py\nimport app.other\n# file app/core.py\nREG = []\nOTHER = []\n\
             # file app/names.py\nREG = []\n# file app/other.py\n{lines}\n"
        );
        let place = format!("app/other.py, {place}");
        is_changed("REG", &Holds::Collection, String::leak(project), &place);
    }
}

#[test]
fn what_has_it_from_another_module_counts() {
    for import in
        ["from app.core import REG", "from app.core import *", "from app.core import REG as REG"]
    {
        let project = format!(
            "# file env.py\nimport other\n# file app/core.py\nREG = []\n# file app/names.py\n{import}\n\
             # file app/other.py\nfrom app import names\nnames.REG.append(1)\n"
        );
        let project = project.replace("import other", "import app.other");
        is_changed("REG", &Holds::Collection, String::leak(project), OTHER);
    }
}

#[test]
fn answers_do_not_depend_on_questions_before() {
    let project = "# file env.py\nimport app.other\n# file app/core.py\nA = []\nB = []\n\
                   # file app/other.py\nfrom app import core\ndef f():\n    x = core.A\n    \
                   x.append(1)\nf()\ncore.B.append(1)\n";
    let all = |names: &[&str]| changes_of(names, &Holds::Collection, project);
    let (mut before, after) = (all(&["A", "B"]), all(&["B", "A"]));
    before.reverse();
    assert_eq!(before, after);
    assert_eq!(before.len(), 2);
}

#[test]
fn methods_of_attributes_and_bases_count() {
    let core = "# file env.py\nimport app.other\n# file app/core.py\nclass Registry:\n    \
                def __init__(self):\n        self.names = []\n    def register(self, x):\n        \
                self.names.append(x)\n    def shown(self):\n        return self.names\n\
                class App:\n    def __init__(self, more):\n        self.registry = Registry()\n        \
                self.more = more\n    def register(self, x):\n        \
                self.registry.register(x)\n    def shown(self):\n        \
                return self.registry.shown()\n    def __enter__(self):\n        self.x = 1\n\
                class More(Registry):\n    def put(self, x):\n        super().register(x)\n\
                class Frozen:\n    def put(self, x):\n        \
                object.__setattr__(self, 'x', x)\n\
                # file app/other.py\nfrom app.core import thing\n";
    let with = |line: &str| &*String::leak(format!("{core}{line}\n"));
    let more = Holds::Object(
        ["More", "Registry"].map(|name| ("app.core".to_owned(), name.to_owned())).to_vec(),
    );
    for (holds, line) in [
        (object("App"), "thing.register(1)"),
        (object("App"), "thing.registry.register(1)"),
        (object("App"), "thing.more.put(1)"),
        (object("App"), "thing.on(1).put(1)"),
        (more.clone(), "thing.put(1)"),
        (object("Frozen"), "thing.put(1)"),
    ] {
        is_changed("thing", &holds, with(line), OTHER);
    }
    is_changed("thing", &object("App"), with("with thing: pass"), "app/other.py, line 2, column 6");
    for (holds, line) in [
        (object("App"), "thing.shown()"),
        (object("App"), "thing.registry.shown()"),
        (object("App"), "thing.more.get_names(1)"),
        (object("App"), "thing.more.logger.info(1)"),
        (more, "thing.shown()"),
        (object("Registry"), "with thing: pass"),
    ] {
        is_unchanged("thing", &holds, with(line));
    }
}

#[test]
fn objects_that_functions_make_and_derived_classes_count() {
    let core = "# file env.py\nimport app.other\n# file app/core.py\nREG = []\nclass Registry:\n    \
                known = {}\n    def __init__(self, x=0):\n        self.known[x] = 1\n    \
                def register(self, x):\n        REG.append(x)\n    def __enter__(self):\n        \
                REG.append(1)\n# file app/other.py\nfrom app.core import Registry\n";
    let with = |line: &str| &*String::leak(format!("{core}{line}\n"));
    let is_reg = |line: &str, place: &str| {
        is_changed("REG", &Holds::Collection, with(line), &format!("app/other.py, {place}"));
    };
    is_reg("def f():\n    r = Registry()\n    r.register(1)\nf()", "line 5, column 1");
    is_reg("with Registry() as r: pass", "line 2, column 6");
    is_unchanged("REG", &Holds::Collection, with("def f(r):\n    r.register(1)\nf(0)"));
    let derived = with("class A(Registry): pass\nclass B(A): pass\nb = B()");
    is_changed("Registry", &class("Registry"), derived, "app/other.py, line 4, column 5");
    is_unchanged("Registry", &class("Registry"), with("class A(Registry): pass\nA.x = 1"));
}

#[test]
fn functions_that_run_count() {
    for (place, project) in [
        (
            "app/other.py, line 2, column 6",
            "# file env.py\nimport app.other\n# file app/core.py\nREG = []\n\
             # file app/other.py\nfrom app.core import REG\nlist(map(REG.append, 'ab'))\n",
        ),
        (
            "app/other.py, line 2, column 5",
            "# file env.py\nimport app.other\n# file app/core.py\nREG = []\nclass Plugin:\n    \
             def __init__(self):\n        REG.append(self)\n\
             # file app/other.py\nfrom app.core import Plugin\na = Plugin()\n",
        ),
        (
            "app/other.py, line 2, column 2",
            "# file env.py\nimport app.other\n\
             # file app/core.py\nREG = []\ndef register(f):\n    REG.append(f)\n    return f\n\
             # file app/other.py\nfrom app.core import register\n@register\ndef f(): pass\n",
        ),
        (
            "app/other.py, line 2, column 2",
            "# file env.py\nimport app.other\n# file app/core.py\nREG = {}\n\
             # file app/tools.py\nfrom app import core\ndef register(name):\n    def add(f):\n        \
             core.REG[name] = f\n        return f\n    return add\n\
             # file app/other.py\nfrom app.tools import register\n@register('a')\ndef f(): pass\n",
        ),
        (
            OTHER,
            "# file env.py\nimport app.other\n# file app/core.py\nREG = []\n\
             # file app/tools.py\nfrom app.core import REG\ndef a():\n    REG.append(1)\n\
             def b():\n    a()\n# file app/other.py\nimport app.tools\napp.tools.b()\n",
        ),
        (
            "env.py, line 3, column 5",
            "# file env.py\nfrom app.core import register\ndef run():\n    register(1)\n\
             # file app/core.py\nREG = []\ndef register(f):\n    REG.append(f)\n",
        ),
        (
            OTHER,
            "# file env.py\nimport app.other\n# file app/core.py\nREG = []\nclass Registry:\n    \
             @staticmethod\n    def add(x):\n        REG.append(x)\n\
             # file app/other.py\nfrom app.core import Registry\nRegistry.add(1)\n",
        ),
        (
            OTHER,
            "# file env.py\nimport app.other\n# file app/core.py\nREG = []\nclass Registry:\n    \
             def add(self, x):\n        REG.append(x)\nregistry = Registry()\n\
             # file app/other.py\nfrom app.core import registry\nregistry.add(1)\n",
        ),
        (
            OTHER,
            "# file env.py\nimport app.other\n# file app/core.py\nREG = []\nclass Base:\n    \
             def __init_subclass__(cls):\n        REG.append(cls)\nclass More(Base): pass\n\
             # file app/other.py\nfrom app.core import More\nclass A(More): pass\n",
        ),
        (
            OTHER,
            "# file env.py\nimport app.other\n# file app/core.py\nREG = []\nclass Meta(type):\n    \
             def __new__(cls, *a):\n        REG.append(a)\nclass Base(metaclass=Meta): pass\n\
             # file app/other.py\nfrom app.core import Base\nclass A(Base): pass\n",
        ),
    ] {
        is_changed("REG", &Holds::Collection, project, place);
    }
}

#[test]
fn classes_and_objects_are_changed() {
    is_changed(
        "Base",
        &class("Base"),
        "# file env.py\nimport app.other\n# file app/core.py\nclass Base:\n    known = []\n    \
         def __init_subclass__(cls):\n        cls.known.append(cls)\n\
         # file app/other.py\nfrom app.core import Base\nclass A(Base): pass\n",
        OTHER,
    );
    is_changed(
        "Thing",
        &class("Thing"),
        "# file env.py\nimport app.other\n# file app/core.py\nclass Thing:\n    all = []\n    \
         def __init__(self):\n        self.all.append(self)\n\
         # file app/other.py\nfrom app.core import Thing\nThing()\n",
        OTHER,
    );
    is_changed(
        "Thing",
        &class("Thing"),
        "# file env.py\nimport app.other\n# file app/core.py\nclass Thing:\n    all = []\n    \
         @classmethod\n    def add(cls, x):\n        cls.put(x)\n    @classmethod\n    \
         def put(cls, x):\n        cls.all.append(x)\n\
         # file app/other.py\nfrom app.core import Thing\nThing.add(1)\n",
        OTHER,
    );
    let registry = "# file env.py\nimport app.other\n# file app/core.py\nclass Registry:\n    \
                    def __init__(self):\n        self.items = {}\n    def put(self, x):\n        \
                    self.items[x] = 1\n    def get(self, x):\n        return self.items[x]\n\
                    registry = Registry()\n# file app/other.py\nfrom app.core import registry\n";
    let with = |line: &str| &*String::leak(format!("{registry}{line}\n"));
    is_changed("registry", &object("Registry"), with("registry.put(1)"), OTHER);
    is_changed("registry", &object("Registry"), with("registry.items['a'] = 1"), OTHER);
    is_changed("registry", &object("Registry"), with("registry.items.update(a=1)"), OTHER);
    is_changed("registry", &object("Registry"), with("registry.x = 1"), OTHER);
    is_changed("registry", &object("Registry"), with("setattr(registry, 'x', 1)"), OTHER);
    is_unchanged("registry", &object("Registry"), with("x = registry.get(1)"));
}

#[test]
fn names_get_new_values() {
    let core = "# file env.py\nimport app.other\n# file app/core.py\nA = 1\ndef start():\n    \
                global A\n    A = 2\n# file app/other.py\n";
    let with = |line: &str| &*String::leak(format!("{core}{line}\n"));
    is_changed("A", &Holds::Other, with("from app import core\ncore.A = 2"), OTHER);
    is_changed("A", &Holds::Other, with("import app.core as c\nsetattr(c, 'A', 2)"), OTHER);
    is_changed("A", &Holds::Other, with("import app.core as c\nsetattr(c, x, 2)"), OTHER);
    is_changed("A", &Holds::Other, with("import app.core as c\nvars(c)['A'] = 2"), OTHER);
    is_changed("A", &Holds::Other, with("import app.core as c\nc.__dict__.update(A=2)"), OTHER);
    is_changed("A", &Holds::Other, with("from app.core import start\nstart()"), OTHER);
    is_unchanged("A", &Holds::Other, with("from app.core import A\nA = 2"));
    is_unchanged("A", &Holds::Other, with("from app import core\ncore.B = 2"));
}

#[test]
fn what_changes_nothing_is_told() {
    let core = "# file env.py\nimport app.other\n# file one.py\nfrom app.core import REG\n\
                REG.append(1)\n# file app/core.py\nREG = []\ndef register(x):\n    REG.append(x)\n\
                class Base: pass\nregister(1)\n# file app/unused.py\nfrom app.core import REG\n\
                REG.append(1)\n# file app/base.py\nREG = []\n# file app/other.py\n";
    for lines in [
        // Reading.
        "from app.core import REG\nx = [a for a in REG]\nprint(REG, REG.index(1), REG[0])",
        // A variable.
        "from app.core import REG\ndef f():\n    REG = []\n    REG.append(1)\nf()",
        "def f(REG):\n    REG.append(1)\nf([])",
        // Another one of that name.
        "from app.base import REG\nREG.append(1)",
        "REG = []\nREG.append(1)",
        // An attribute.
        "from app.core import REG\nclass A:\n    def f(self):\n        self.REG.append(1)\nA().f()",
        // What does not run.
        "from app.core import REG, register\ndef f():\n    REG.append(1)\n    register(1)",
        "from app.core import register\nif __name__ == '__main__':\n    register(1)",
        "from app.core import register\nother(register)",
        // A class of a name in brackets.
        "from app.core import Base, REG\nclass A(Base[REG]): pass",
    ] {
        is_unchanged("REG", &Holds::Collection, String::leak(format!("{core}{lines}\n")));
    }
}

#[test]
fn a_class_that_others_derive_from_is_not_changed() {
    is_unchanged(
        "Base",
        &class("Base"),
        "# file env.py\nimport app.other\n# file app/core.py\nclass Base:\n    \
         def __init_subclass__(cls):\n        cls.label = cls.__name__\n    \
         def save(self):\n        self.saved = True\n\
         # file app/other.py\nfrom app.core import Base\nclass A(Base): pass\na = A()\na.save()\n\
         Base.metadata.naming_convention = {}\n",
    );
}
