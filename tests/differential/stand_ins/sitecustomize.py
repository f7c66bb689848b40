"""Gives a stand-in for each module that cannot be imported. Python runs this file by itself when its directory is in PYTHONPATH.

A revision file may import what only its own project has. Its header rarely needs any of it, so a stand-in may be imported,
called, subclassed and used as a decorator or a value, without meaning anything.
"""

import importlib.abc
import importlib.machinery
import os
import sys
import types


class Anything:
    """Has every attribute, and lets itself be used in every way."""

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Anything()

    def __call__(self, *arguments, **keywords):
        return Anything()

    __getitem__ = __or__ = __ror__ = __add__ = __radd__ = __call__

    def __iter__(self):
        return iter(())

    def __mro_entries__(self, bases):
        return ()


class Module(types.ModuleType):
    """A module with every name in it."""

    __path__ = []
    __getattr__ = Anything.__getattr__


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Asked last, when no other finder knows the module."""

    def find_spec(self, name, path=None, target=None):
        inside = isinstance(sys.modules.get(name.rpartition(".")[0]), Module)
        # The installed packages know what to do without a module of theirs.
        if inside or not asked_by_installed():
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return Module(spec.name)

    def exec_module(self, module):
        pass


def asked_by_installed():
    """Whether the import stands in an installed package."""
    frame = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith("<"):
            return file.startswith((sys.prefix + os.sep, sys.base_prefix + os.sep + "lib"))
        frame = frame.f_back
    return True


sys.meta_path.append(Finder())
