//! Every form in which a module changes an object of another.

use crate::eval::Holds;

use super::tests::changes;
use super::tests::class;
use super::tests::object;

/// Where `REG` of this core is changed by these lines of another module.
fn of_lines(core: &str, holds: &Holds, lines: &str) -> Vec<String> {
    let project = format!(
        "# file env.py\nimport app.other\n# file app/core.py\n{core}\n# file app/other.py\n{lines}\n"
    );
    changes("REG", holds, String::leak(project))
}

/// That the lines change `REG` at that line of theirs, or nowhere.
fn at_lines(core: &str, holds: &Holds, table: &[(u32, &str)]) {
    for (line, lines) in table {
        let found = of_lines(core, holds, lines);
        match line {
            0 => assert_eq!(found, Vec::<String>::new(), "{lines}"),
            line => {
                let place = format!("(app/other.py, line {line}, ");
                assert!(found.iter().any(|found| found.contains(&place)), "{lines}: {found:?}");
            }
        }
    }
}

#[test]
fn what_a_function_does_to_what_it_is_given_counts() {
    let core = "import heapq, other_package\nREG = []\nNAMES = []\ndef fill(names):\n    names.append(1)\n\
                def further(a, names=None, *more, **rest):\n    fill(names)\n    for x in more:\n        \
                x.append(1)\n    rest['x'].append(1)\ndef read(names):\n    return sorted(names)\n\
                def copied(names):\n    names = list(names)\n    names.append(1)\n    return names\n\
                def same(names):\n    return names\ndef passed(*args):\n    further(*args)\n\
                class Keeping:\n    def __init__(self, names):\n        self.names = names\n    \
                def put(self, x):\n        self.names.append(x)\n\
                class Reading:\n    def __init__(self, names):\n        self.names = names\n    \
                def get(self):\n        return self.names[0]\n    \
                @staticmethod\n    def fill(names):\n        names.append(1)\n    \
                def fill_more(self, names):\n        names.append(1)\n\
                reading = Reading([])\nunknown = other_package.make()\nown = object_of_project = NAMES[0]\n";
    at_lines(
        core,
        &Holds::Collection,
        &[
            (2, "from app.core import fill, REG\nfill(REG)"),
            (4, "from app.core import REG\ndef f(x, y):\n    f(y.a, x); x.append(1)\nf(REG, 1)"),
            (0, "from app.core import REG\ndef f(x, y):\n    f(y.a, x.b)\nf(REG, REG)"),
            (2, "from app.core import fill, REG\nfill(names=REG)"),
            (2, "from app import core\ncore.further(1, core.REG)"),
            (2, "from app import core\ncore.further(1, 2, core.REG)"),
            (2, "from app import core\ncore.further(1, 2, x=core.REG)"),
            (2, "from app import core\ncore.passed(1, core.REG)"),
            (2, "from app.core import *\nx = same(REG)"),
            (2, "from app.core import *\nx = Keeping(REG)"),
            (2, "from app.core import *\nReading.fill(REG)"),
            (2, "from app.core import *\nreading.fill(REG)"),
            (2, "from app.core import *\nreading.fill_more(REG)"),
            (2, "from app.core import *\nReading([]).fill_more(names=REG)"),
            (2, "from app.core import *\nown.put(REG)"),
            (4, "from app import core\ndef f(x):\n    core.fill(x)\nf(core.REG)"),
            (4, "from app import core\ndef f():\n    core.fill(core.REG)\nf()"),
            (3, "import heapq\nfrom app.core import REG\nheapq.heappush(REG, 1)"),
            (3, "import random\nfrom app.core import REG\nrandom.shuffle(REG)"),
            (3, "import operator\nfrom app.core import REG\noperator.setitem(REG, 0, 1)"),
            (2, "from app.core import REG\nlist.append(REG, 1)"),
            (2, "from app.core import REG\ndict.update(REG, a=1)"),
            (4, "from app.core import REG\ndef f(x):\n    setattr(x, 'a', 1)\nf(REG)"),
            (0, "from app.core import *\nread(REG)"),
            (0, "from app.core import *\ncopied(REG)"),
            (0, "from app.core import *\nReading(REG)\nprint(REG)"),
            (0, "from app.core import *\nfurther(REG, [])\nfill(REG.copy())\nfill(list(REG))"),
            (0, "from app.core import *\nunknown.put(REG)\nx = ', '.join(REG)\nsorted(REG)"),
            (
                0,
                "import logging\nfrom app.core import REG\nlog = logging.getLogger()\nlog.put(REG)",
            ),
            (0, "from app.core import *\nown.extend(REG)\nown.get_name(REG)"),
            (0, "from app.core import *\ndef f():\n    fill(REG)"),
        ],
    );
    let core = "class Registry:\n    def put(self, x):\n        self.x = x\n    def get(self):\n        \
                return self.x\nREG = Registry()\ndef fill(registry):\n    registry.put(1)\ndef read(x):\n    \
                x.get()\n";
    at_lines(
        core,
        &object("Registry"),
        &[(2, "from app.core import *\nfill(REG)"), (0, "from app.core import *\nread(REG)")],
    );
    at_lines(
        "class REG: pass\ndef mark(it):\n    it.mark = 1\ndef read(it):\n    it.x()\n",
        &class("REG"),
        &[(2, "from app.core import *\nmark(REG)"), (0, "from app.core import *\nread(REG)")],
    );
}

#[test]
fn items_by_other_names_count() {
    let core = "REG = {}\ndef names_of(k):\n    return REG[k]\ndef all_of():\n    global REG\n    if 1:\n        \
                return REG\n    return None\ndef each():\n    yield REG['a']\ndef copied():\n    return list(REG)\n\
                class Config:\n    @classmethod\n    def names(cls):\n        return REG\n";
    at_lines(
        core,
        &Holds::Collection,
        &[
            (3, "from app.core import REG\nx = REG['k']\nx.append(1)"),
            (3, "from app.core import REG\nfor x in REG.values():\n    x.append(1)"),
            (3, "from app.core import REG\nfor k, v in sorted(REG.items()):\n    v.append(1)"),
            (3, "from app.core import REG\nfor i, x in enumerate(REG):\n    x.name = 1"),
            (2, "from app.core import REG\nREG.setdefault('k', []).append(1)"),
            (2, "from app.core import REG\nREG.get('k').append(1)"),
            (2, "from app.core import REG\nREG['k'].append(1)"),
            (2, "from app.core import REG\nREG['k'].put(1)"),
            (2, "from app.core import REG\n[x.append(1) for x in REG]"),
            (5, "from app.core import REG\ndef f():\n    x = REG.get('k')\n    x.append(1)\nf()"),
            (5, "from app.core import REG\ndef f():\n    for x in REG:\n        x.append(1)\nf()"),
            (4, "from app.core import REG\ndef fill(x):\n    x.append(1)\nfill(REG['k'])"),
            (4, "from app.core import REG\ndef fill(x):\n    for i in x: i.append(1)\nfill(REG)"),
            (2, "from app.core import names_of\nnames_of('k').append(1)"),
            (3, "from app.core import names_of\nx = names_of('k')\nx.append(1)"),
            (2, "from app.core import all_of\nall_of()['x'] = 1"),
            (3, "from app.core import each\nfor x in each():\n    x.append(1)"),
            (5, "from app.core import all_of\ndef f():\n    x = all_of()\n    x['a'] = 1\nf()"),
            (2, "from app.core import Config\nConfig.names()['x'] = 1"),
            (2, "import app.core\ngetattr(app.core, 'REG').update(a=1)"),
            (4, "from app import core\nclass A: pass\nA.names = core.REG\nA.names['x'] = 1"),
            (0, "from app.core import REG\nfor x in REG.values():\n    print(x.name, x.get('a'))"),
            (0, "from app.core import REG\nx = REG['k'].upper()\ny = REG['k']()\nz = x.append"),
            (0, "from app.core import REG\nx = REG.copy()\nx['a'] = 1\nlist(REG).append(1)"),
            (0, "from app.core import *\ncopied().append(1)\nx = copied()\nx.append(1)"),
            (0, "from app.core import *\nnames_of('k')\nx = all_of()\nprint(x['a'])"),
        ],
    );
}

#[test]
fn functions_of_whatever_form_count() {
    let core = "REG = []\nregister = lambda x: REG.append(x)\ndef put(x):\n    REG.append(x)\n\
                def for_each(items, f):\n    for item in items:\n        f(item)\n\
                def run(f):\n    f()\n    return f\ndef wrap(f):\n    def wrapped():\n        return f()\n    \
                return wrapped\ndef deeper(f):\n    run(f)\nclass A:\n    put = lambda self: REG.append(1)\n    \
                task = staticmethod(put)\n    other = put\n    def all(self):\n        self.task()\n\
                class Base:\n    def run(self):\n        self.step()\n    def step(self): pass\n";
    at_lines(
        core,
        &Holds::Collection,
        &[
            (2, "from app.core import register\nregister(1)"),
            (3, "from app.core import REG\nf = lambda: REG.append(1)\nf()"),
            (2, "from app.core import REG\n(lambda: REG.append(1))()"),
            (5, "from app.core import REG\ndef f():\n    g = lambda: REG.append(1)\n    g()\nf()"),
            (4, "import functools\nfrom app.core import put\nf = functools.partial(put, 1)\nf()"),
            (3, "from functools import partial\nfrom app.core import put\npartial(put, 1)()"),
            (2, "from app.core import *\nfor_each([1], put)"),
            (2, "from app.core import *\nfor_each([1], lambda x: REG.append(x))"),
            (2, "from app.core import *\nlist(map(put, 'ab'))"),
            (2, "from app.core import *\nlist(map(lambda x: REG.append(x), 'ab'))"),
            (2, "from app.core import *\ndeeper(put)"),
            (2, "from app.core import *\n@run\ndef f():\n    put(1)"),
            (2, "from app.core import A\nA.task(1)"),
            (2, "from app.core import A\nA().put()"),
            (3, "from app.core import A\na = A()\na.task(1)"),
            (3, "from app.core import A\na = A()\na.other(1)"),
            (3, "from app.core import A\na = A()\na.all()"),
            (
                4,
                "from app.core import *\nclass B(Base):\n    def step(self): REG.append(1)\nB().run()",
            ),
            (0, "from app.core import *\nother(put)\nwrap(put)\nA()\nBase().run()"),
            (0, "from app.core import *\nclass B(Base):\n    def step(self): REG.append(1)"),
            (0, "from app.core import *\nf = lambda: REG.append(1)\n@wrap\ndef g(): put(1)"),
        ],
    );
}

#[test]
fn objects_that_functions_give_count() {
    let core = "REG = []\nclass Registry:\n    def put(self, x):\n        REG.append(x)\n    def shown(self):\n        \
                return REG[0]\n    @classmethod\n    def create(cls):\n        return cls()\n    def configure(self):\n        \
                return self\nclass Operated:\n    def __lshift__(self, x):\n        REG.append(x)\n    def __iadd__(self, x):\n        \
                REG.append(x)\n    def __setitem__(self, k, x):\n        REG.append(x)\noperated = Operated()\n\
                class More(Registry): pass\ndef make():\n    registry = Registry()\n    return registry\n\
                class App:\n    def __init__(self):\n        self.registry = Registry()\n    def put(self, x):\n        \
                self.registry.put(x)\nclass Holder:\n    registry = Registry()\n";
    at_lines(
        core,
        &Holds::Collection,
        &[
            (3, "from app.core import *\nr = make()\nr.put(1)"),
            (2, "from app.core import *\nmake().put(1)"),
            (3, "from app.core import *\nr = Registry.create()\nr.put(1)"),
            (2, "from app.core import *\nRegistry.create().put(1)"),
            (3, "from app.core import *\nr = More.create()\nr.put(1)"),
            (3, "from app.core import *\nr = Registry().configure()\nr.put(1)"),
            (2, "from app.core import *\nRegistry().configure().put(1)"),
            (5, "from app.core import *\ndef f():\n    r = make()\n    r.put(1)\nf()"),
            (2, "from app.core import operated\noperated << 1"),
            (2, "from app.core import operated\noperated += 1"),
            (2, "from app.core import operated\noperated[1] = 1"),
            (3, "from app.core import *\na = App()\na.put(1)"),
            (3, "from app.core import *\na = App()\na.registry.put(1)"),
            (2, "from app.core import *\nHolder.registry.put(1)"),
            (0, "from app.core import *\nr = make()\nr.shown()\nApp()\nr | 1\noperated | 1"),
        ],
    );
}

#[test]
fn modules_by_their_names_count() {
    let core = "REG = []\ndef put(x):\n    REG.append(x)\n";
    at_lines(
        core,
        &Holds::Collection,
        &[
            (2, "import sys, app.core\nsys.modules['app.core'].REG.append(1)"),
            (2, "import importlib\nimportlib.import_module('app.core').REG.append(1)"),
            (3, "import importlib\ncore = importlib.import_module('app.core')\ncore.REG.append(1)"),
            (3, "import importlib\ncore = importlib.import_module('app.core')\ncore.put(1)"),
            (
                5,
                "import importlib\ndef f():\n    core = importlib.import_module('app.core')\n    core.REG.append(1)\nf()",
            ),
            (2, "from app.core import put\ndef f(x=put(1)): pass"),
            (2, "from app.core import put\nx: put(1) = 1"),
            (2, "from app.core import put\ndef f(x: put(1)): pass"),
            (0, "from __future__ import annotations\nfrom app.core import put\nx: put(1) = 1"),
            (0, "import sys, app.core\nsys.modules['app.other'].REG.append(1)"),
        ],
    );
    at_lines(
        "class REG:\n    known = []\n    def __init_subclass__(cls):\n        cls.known.append(cls)\n",
        &class("REG"),
        &[(2, "from app.core import REG\nA = type('A', (REG,), {})")],
    );
    let function = "def REG(): pass\n";
    at_lines(
        function,
        &Holds::Function,
        &[
            (2, "from app.core import REG\nREG.calls = 1"),
            (2, "from app.core import REG\nREG.calls.append(1)"),
            (0, "from app.core import REG\nREG()\nREG.delay()"),
        ],
    );
}

#[test]
fn further_forms_count() {
    let keeper = "class Keeper:\n    def __init__(self):\n        self.r = REG\n    def put(self):\n        \
                  self.r.append(1)\n    def get(self):\n        return REG\n    @property\n    def names(self):\n        \
                  return REG\nkeeper = Keeper()";
    let one = "class R:\n    _one = None\n    def put(self, x):\n        REG.append(x)\n    @classmethod\n    def \
               get(cls):\n        if cls._one is None:\n            cls._one = cls()\n        return cls._one\n_r = \
               None\ndef get():\n    global _r\n    if _r is None:\n        _r = R()\n    return _r\ndef use(r):\n    \
               r.put(1)\nown = R()\ndef give():\n    return own.put";
    let put = "def put(x=1, names=REG):\n    names.append(x)\ndef get():\n    return put\nG = None\ndef keep(r):\n    \
               global G\n    G = r\nOTHER = {}";
    for (core, lines) in [
        (keeper, "core.keeper.put()"),
        (keeper, "core.keeper.r.append(1)"),
        (keeper, "core.keeper.get().append(1)"),
        (keeper, "core.keeper.names.append(1)"),
        (keeper, "core.Keeper().get().append(1)"),
        (one, "core.R.get().put(1)"),
        (one, "core.get().put(1)"),
        (one, "core.use(core.R())"),
        (one, "core.use(core.own)"),
        (one, "core.give()(1)"),
        (put, "core.put()"),
        (put, "core.get()()"),
        (put, "core.keep(core.REG)"),
        (put, "core.OTHER['a'] = core.REG"),
        (put, "import threading\nthreading.Thread(target=core.put).start()"),
        ("", "x = next(iter(core.REG.values()))\nx.append(1)"),
        ("", "a, b = core.REG\na.append(1)"),
        ("", "def f(r=core.REG): r.append(1)\nf()"),
        ("", "class A:\n    r = core.REG\n    def put(self): self.r.append(1)\nA().put()"),
        (
            "",
            "class A:\n    def __init__(self): self.r = core.REG\n    def put(self): self.r.append(1)\nA().put()",
        ),
        (
            "",
            "class A:\n    def __init__(self, r): self.r = r\n    def put(self): self.r.append(1)\nA(core.REG)",
        ),
    ] {
        let (core, lines) = (format!("REG = []\n{core}"), format!("from app import core\n{lines}"));
        assert!(!of_lines(&core, &Holds::Collection, &lines).is_empty(), "{core}\n{lines}");
    }
    for (core, lines) in [
        (keeper, "core.Keeper().get()"),
        (keeper, "print(core.keeper.names[0], core.keeper.r.index(1))"),
        (one, "r = core.R.get()"),
        (one, "def f(r): r.show()\nf(core.own)"),
        (put, "x = core.get()"),
        (
            "",
            "class A:\n    def __init__(self): self.r = core.REG\n    def get(self): return self.r[0]\nA().get()",
        ),
        ("", "def f(r=core.REG): return r[0]\nf()"),
        ("", "a, b = core.REG\nprint(a.name)"),
    ] {
        let (core, lines) = (format!("REG = []\n{core}"), format!("from app import core\n{lines}"));
        assert_eq!(of_lines(&core, &Holds::Collection, &lines), Vec::<String>::new(), "{lines}");
    }
}
