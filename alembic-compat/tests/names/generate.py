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

    every = objects.objects()
    answer = {}
    types = set()
    for key, made in every.items():
        of_each = [names_of(one) for one in made]
        if not of_each:
            continue
        union = set().union(*of_each)
        common = union.intersection(*of_each)
        answer[key] = {name: name not in common for name in sorted(union)}
        if ".sqltypes." in key or key.count(".") == 3 and ".dialects." in key:
            types |= union
    # A decorator has what its type has.
    decorator = answer["sqlalchemy.sql.sqltypes.TypeDecorator"]
    for name in sorted(types):
        decorator.setdefault(name, True)
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


def names_of(one):
    """The names of one object, and what it takes from the object behind it."""
    names = set(dir(one)) | set(dir(type(one)))
    if hasattr(type(one), "__getattr__"):
        for behind in ["comparator", "impl", "impl_instance"]:
            try:
                names |= set(dir(getattr(one, behind)))
            except Exception:
                pass
    listed = {name for name in names if is_listed(name)}
    listed |= {"@" + name for name in ABSTRACT if isinstance(one, getattr(abc, name))}
    return listed


def main(pythons):
    table = {}
    known = {}
    for mask, python in zip(VERSIONS, pythons):
        out = subprocess.run([python, __file__, "--ask"], check=True, stdout=subprocess.PIPE)
        for key, names in json.loads(out.stdout).items():
            known[key] = known.get(key, 0) | mask
            for name, varies in names.items():
                masks = table.setdefault(key, {})
                versions, some = masks.get(name, (0, False))
                masks[name] = (versions | mask, some or varies)
    sets = {key: frozenset(masks.items()) for key, masks in table.items()}
    written = []
    for key in sorted(sets, key=lambda key: (len(sets[key]), key)):
        smaller = [k for k in written if sets[k] <= sets[key] and known[k] == known[key]]
        base = max(smaller, key=lambda k: (len(sets[k]), k), default=None)
        own = sets[key] - (sets[base] if base else frozenset())
        print(f"{key} {known[key]} {base or '-'}")
        for versions in range(7, 0, -1):
            for varies in [False, True]:
                names = sorted(name for name, of in own if of == (versions, varies))
                if names:
                    print(f" {versions}{'?' if varies else ''} {' '.join(names)}")
        written.append(key)


if __name__ == "__main__":
    if sys.argv[1:] == ["--ask"]:
        ask()
    else:
        main(sys.argv[1:])
