"""Writes the names of the attributes of SQLAlchemy's objects, by class and version.

    generate.py --ask                         what the SQLAlchemy of this Python has, as JSON
    generate.py PYTHON14 PYTHON20 PYTHON21    the table `src/sa/names.txt`, of three Pythons

The classes have the names that limbeck gives them; `objects.py` says what objects are looked at.
"""

import collections.abc as abc
import json
import subprocess
import sys

VERSIONS = [4, 2, 1]


def ask():
    import warnings

    warnings.simplefilter("ignore")
    import objects

    answer = {}
    for key, made in objects.objects().items():
        names = set()
        for one in made:
            names.update(dir(one))
            names.update(dir(type(one)))
            if hasattr(type(one), "comparator"):
                try:
                    names.update(dir(one.comparator))
                except Exception:
                    pass
            if getattr(type(one), "__getattr__", None) is not None and key in objects.LISTED:
                names.update(objects.LISTED[key])
        for abstract in ABSTRACT:
            if any(isinstance(one, getattr(abc, abstract)) for one in made):
                names.add("@" + abstract)
        if names:
            answer[key] = sorted(n for n in names if is_listed(n) or n.startswith("@"))
    print(json.dumps(answer))


# The special names that are compared: others depend on Python's version.
SPECIAL = """
    aenter aiter await bind_key call clause_element contains delitem enter exit get getitem html index int
    iter len mapper mapper_args next reversed set setitem table table_args tablename
""".split()


# The abstract classes of `collections.abc` that are compared, as names with an @.
ABSTRACT = """
    Callable Collection Container Generator Hashable Iterable Iterator Mapping MutableMapping
    MutableSequence MutableSet Reversible Sequence Set Sized
""".split()

# The names of rows that are public although they begin with an underscore.
OF_ROWS = ["_asdict", "_fields", "_mapping", "_t", "_tuple"]


def is_listed(name):
    """What begins with an underscore is not of the public face."""
    if name in OF_ROWS:
        return True
    if name.startswith("_"):
        return name.startswith("__") and name.endswith("__") and name[2:-2] in SPECIAL
    return name.isidentifier()


def main(pythons):
    table = {}
    known = {}
    for mask, python in zip(VERSIONS, pythons):
        out = subprocess.run([python, __file__, "--ask"], check=True, stdout=subprocess.PIPE)
        for key, names in json.loads(out.stdout).items():
            known[key] = known.get(key, 0) | mask
            for name in names:
                masks = table.setdefault(key, {})
                masks[name] = masks.get(name, 0) | mask
    sets = {key: frozenset(masks.items()) for key, masks in table.items()}
    written = []
    for key in sorted(sets, key=lambda key: (len(sets[key]), key)):
        smaller = [k for k in written if sets[k] <= sets[key] and known[k] == known[key]]
        base = max(smaller, key=lambda k: (len(sets[k]), k), default=None)
        own = sets[key] - (sets[base] if base else frozenset())
        print(f"{key} {known[key]} {base or '-'}")
        for mask in range(7, 0, -1):
            names = sorted(name for name, of in own if of == mask)
            if names:
                print(f" {mask} {' '.join(names)}")
        written.append(key)


if __name__ == "__main__":
    if sys.argv[1:] == ["--ask"]:
        ask()
    else:
        main(sys.argv[1:])
