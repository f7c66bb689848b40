from _limbeck import unsupported as _unsupported

_STATE = (
    "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__getnewargs__", "__getnewargs_ex__",
)
_PLAIN = ("builtins", "datetime", "decimal", "uuid", "re", "functools", "typing")


class Error(Exception):
    pass


def _own(cls, name):
    """A method of a class that is not one of Python's own."""
    return None if cls.__module__ in _PLAIN else getattr(cls, name, None)


def copy(x):
    cls = type(x)
    if isinstance(x, type) or cls in (int, float, bool, str, bytes, tuple, frozenset, type(None)):
        return x
    method = _own(cls, "__copy__")
    if method is not None:
        return method(x)
    if cls in (list, dict, set):
        return x.copy()
    if hasattr(x, "__dict__") and cls.__module__ not in _PLAIN:
        return _rebuild(x, cls, lambda value: value, None)
    if cls.__module__ in _PLAIN:
        return x
    _unsupported("'copy.copy' of '%s'" % cls.__name__)


def _rebuild(x, cls, each, memo):
    for name in _STATE:
        if any(name in base.__dict__ for base in cls.__mro__):
            _unsupported("'%s' in a class that is copied" % name)
    if isinstance(x, (str, int, float, bytes, tuple)):
        return x
    made = cls.__new__(cls)
    if memo is not None:
        memo[id(x)] = (made, x)
    if isinstance(x, (list, set)):
        (made.extend if isinstance(x, list) else made.update)([each(item) for item in x])
    elif isinstance(x, dict):
        for key, value in x.items():
            made[each(key)] = each(value)
    for name, value in vars(x).items():
        object.__setattr__(made, name, each(value))
    return made


def deepcopy(x, memo=None):
    if memo is None:
        memo = {}
    known = memo.get(id(x))
    if known is not None:
        return known[0]
    cls = type(x)
    if isinstance(x, type) or cls in (int, float, bool, str, bytes, type(None)):
        return x
    method = _own(cls, "__deepcopy__")
    if method is not None:
        made = method(x, memo)
    elif cls is list:
        made = []
        memo[id(x)] = (made, x)
        for item in x:
            made.append(deepcopy(item, memo))
    elif cls is dict:
        made = {}
        memo[id(x)] = (made, x)
        for key, value in x.items():
            made[deepcopy(key, memo)] = deepcopy(value, memo)
    elif cls in (tuple, set, frozenset):
        items = [deepcopy(item, memo) for item in x]
        made = x if cls is tuple and all(a is b for a, b in zip(items, x)) else cls(items)
    elif cls.__module__ in _PLAIN:
        return x
    elif hasattr(x, "__dict__"):
        made = _rebuild(x, cls, lambda value: deepcopy(value, memo), memo)
    else:
        _unsupported("'copy.deepcopy' of '%s'" % cls.__name__)
    memo[id(x)] = (made, x)
    return made
