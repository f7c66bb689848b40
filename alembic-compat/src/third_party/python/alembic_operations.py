from alembic import op as _op
from _limbeck import unsupported as _unsupported

_registered = {}
_implementations = {}


class MigrateOperation:
    @property
    def info(self):
        return {}

    _mutations = frozenset()

    def reverse(self):
        raise NotImplementedError

    def to_diff_tuple(self):
        raise NotImplementedError


class AbstractOperations:
    def __init__(self, migration_context=None, impl=None):
        pass

    @classmethod
    def register_operation(cls, name, sourcename=None):
        def register(op_cls):
            if cls is Operations:
                _registered[name] = getattr(op_cls, sourcename or name)
            return op_cls

        return register

    @classmethod
    def implementation_for(cls, op_cls, replace=False):
        def decorate(function):
            if op_cls in _implementations and not replace:
                raise ValueError("Can not set dispatch function for object %r: key already exists. "
                                 "To replace existing function, use replace=True." % (op_cls,))
            _implementations[op_cls] = function
            return function

        return decorate

    def invoke(self, operation):
        for op_cls in type(operation).__mro__:
            if op_cls in _implementations:
                return _implementations[op_cls](self, operation)
        raise ValueError("no dispatch function for object: %s" % operation)

    @property
    def migration_context(self):
        return _op.get_context()

    @property
    def impl(self):
        _unsupported("the implementation behind alembic.op")

    def __getattr__(self, name):
        return getattr(_op, name)


class Operations(AbstractOperations):
    pass


class BatchOperations(AbstractOperations):
    pass


def run_registered(name):
    if name not in _registered:
        return None
    function = _registered[name]

    def run(*args, **kwargs):
        return function(Operations(), *args, **kwargs)

    return run


class Dispatcher:
    """Of autogenerate, which no migration runs."""

    def dispatch_for(self, target, qualifier="default", replace=False, subgroup=None):
        return lambda function: function


renderers = Dispatcher()
comparators = Dispatcher()
