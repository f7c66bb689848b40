"""Stand-ins for packages that a project imports and real Alembic's virtual environment lacks.

A stand-in can be imported, called, subclassed and used as a decorator, which is all that happens while modules are loaded. Whoever
looks at its value (truth, text, iteration, comparison) gets an error, so that no revision can take one for a fact.
"""

import importlib.abc
import importlib.machinery
import os
import sys
import types


class StandInUsed(RuntimeError):
    """Something asked a stand-in for a value."""


class StandIn:
    """Any object of a package that is not there."""

    def __init__(self, name="stand-in"):
        object.__setattr__(self, "_name", name)

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self._name}.{name}")

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)

    def __call__(self, *arguments, **keywords):
        # `@decorator` gives back what it decorates.
        if len(arguments) == 1 and not keywords and isinstance(arguments[0], (type, types.FunctionType)):
            return arguments[0]
        return StandIn(f"{self._name}()")

    def __mro_entries__(self, bases):
        return (StandInBase,)

    def __getitem__(self, key):
        return StandIn(f"{self._name}[]")

    def __or__(self, other):
        return self

    __ror__ = __or__

    def _refuse(self, *_):
        raise StandInUsed(f"the value of {self._name} was asked for, which is a stand-in")

    __bool__ = __iter__ = __str__ = __format__ = __len__ = __enter__ = __lt__ = __gt__ = __le__ = __ge__ = __add__ = _refuse


class StandInBase:
    """What a class has for a base whose base class is not there."""

    def __init_subclass__(cls, **_):
        super().__init_subclass__()

    def __class_getitem__(cls, _):
        return cls


class StandInModule(types.ModuleType):
    """A module of a package that is not there."""

    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self.__name__}.{name}")


class StandInFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives stand-ins for the packages named, and for all that is in them."""

    def __init__(self, packages):
        self.packages = tuple(packages)

    def find_spec(self, name, path=None, target=None):
        if any(name == package or name.startswith(f"{package}.") for package in self.packages):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return StandInModule(spec.name)

    def exec_module(self, module):
        pass


class StubFinder(importlib.abc.MetaPathFinder):
    """Finds the modules of the stub directory before anything else."""

    def __init__(self, directory):
        self.directory = directory

    def find_spec(self, name, path=None, target=None):
        parts = name.split(".")
        place = os.path.join(self.directory, *parts)
        if os.path.isfile(f"{place}.py"):
            return importlib.util.spec_from_file_location(name, f"{place}.py")
        if os.path.isfile(os.path.join(place, "__init__.py")):
            # Modules beside the stub are found in the project.
            real = [os.path.join(entry, *parts) for entry in sys.path if entry]
            return importlib.util.spec_from_file_location(
                name, os.path.join(place, "__init__.py"),
                submodule_search_locations=[place, *filter(os.path.isdir, real)],
            )
        return None


def install(stubs, packages):
    """Puts the finders in place: stubs first, then stand-ins, before all that is installed."""
    sys.meta_path[:0] = [*(StubFinder(directory) for directory in stubs), *([StandInFinder(packages)] if packages else [])]
