from types import MappingProxyType as _MappingProxyType


class FrozenInstanceError(AttributeError):
    pass


class _MissingType:
    pass


class _KwOnlyType:
    pass


MISSING = _MissingType()
KW_ONLY = _KwOnlyType()


class Field:
    def __init__(self, default, default_factory, init, repr, hash, compare, metadata, kw_only):
        self.name = None
        self.type = None
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.hash = hash
        self.compare = compare
        self.metadata = {} if metadata is None else metadata
        self.kw_only = kw_only


def field(*, default=MISSING, default_factory=MISSING, init=True, repr=True, hash=None,
          compare=True, metadata=None, kw_only=MISSING):
    if default is not MISSING and default_factory is not MISSING:
        raise ValueError("cannot specify both default and default_factory")
    return Field(default, default_factory, init, repr, hash, compare, metadata, kw_only)


def _quoted(names):
    names = ["'%s'" % name for name in names]
    if len(names) > 2:
        return ", ".join(names[:-1]) + ", and " + names[-1]
    return " and ".join(names)


def _make_init(cls, found, frozen):
    positional = [f for f in found if f.init and not f.kw_only]
    keyword = [f for f in found if f.init and f.kw_only]
    known = {f.name for f in positional + keyword}
    seen = None
    for f in positional:
        if f.default is not MISSING or f.default_factory is not MISSING:
            seen = f
        elif seen is not None:
            raise TypeError(f"non-default argument {f.name!r} follows default argument")

    def __init__(self, /, *args, **kwargs):
        label = cls.__qualname__ + ".__init__()"
        if len(args) > len(positional):
            least = len([f for f in positional
                         if f.default is MISSING and f.default_factory is MISSING])
            most = len(positional) + 1
            wanted = str(most) if least + 1 == most else f"from {least + 1} to {most}"
            raise TypeError(f"{label} takes {wanted} positional argument"
                            f"{'' if most == 1 else 's'} but {len(args) + 1} were given")
        values = {}
        for f, value in zip(positional, args):
            values[f.name] = value
        for name, value in kwargs.items():
            if name not in known:
                raise TypeError(f"{label} got an unexpected keyword argument '{name}'")
            if name in values:
                raise TypeError(f"{label} got multiple values for argument '{name}'")
            values[name] = value
        for kind, several in (("positional", positional), ("keyword-only", keyword)):
            missing = [f.name for f in several if f.name not in values
                       and f.default is MISSING and f.default_factory is MISSING]
            if missing:
                s = "" if len(missing) == 1 else "s"
                raise TypeError(f"{label} missing {len(missing)} required {kind} "
                                f"argument{s}: {_quoted(missing)}")
        for f in found:
            if f.name in values:
                value = values[f.name]
            elif f.default_factory is not MISSING:
                value = f.default_factory()
            elif f.default is not MISSING:
                value = f.default
            else:
                continue
            if frozen:
                object.__setattr__(self, f.name, value)
            else:
                setattr(self, f.name, value)
        if hasattr(self, "__post_init__"):
            self.__post_init__()

    return __init__


def _process(cls, init, repr_, eq, order, unsafe_hash, frozen, match_args, kw_only):
    found = {}
    for base in cls.__mro__[-1:0:-1]:
        for f in base.__dict__.get("__dataclass_fields__", {}).values():
            found[f.name] = f
    annotations = cls.__dict__.get("__annotations__", {})
    for name, kind in annotations.items():
        shown = kind if isinstance(kind, str) else repr(kind)
        if kind is KW_ONLY or shown in ("KW_ONLY", "dataclasses.KW_ONLY"):
            kw_only = True
            continue
        if shown.startswith(("typing.ClassVar", "ClassVar")):
            continue
        if shown.startswith(("dataclasses.InitVar", "InitVar")):
            from _limbeck import unsupported
            unsupported("'dataclasses.InitVar'")
        default = cls.__dict__.get(name, MISSING)
        if isinstance(default, Field):
            f = default
            if f.default is MISSING:
                if name in cls.__dict__:
                    delattr(cls, name)
            else:
                setattr(cls, name, f.default)
        else:
            f = field(default=default)
        if isinstance(f.default, (list, dict, set)):
            raise ValueError(f"mutable default {type(f.default)} for field {name} is not "
                             f"allowed: use default_factory")
        f.name, f.type = name, kind
        if f.kw_only is MISSING:
            f.kw_only = kw_only
        found[name] = f
    cls.__dataclass_fields__ = found
    fields_ = list(found.values())
    own = cls.__dict__
    if init:
        cls.__init__ = _make_init(cls, fields_, frozen)
    if repr_ and "__repr__" not in own:
        shown_fields = [f.name for f in fields_ if f.repr]

        def __repr__(self):
            shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown_fields)
            return f"{self.__class__.__qualname__}({shown})"
        cls.__repr__ = __repr__
    compared = [f.name for f in fields_ if f.compare]

    def key(self):
        return tuple(getattr(self, name) for name in compared)

    has_eq = "__eq__" in own
    if eq and not has_eq:
        def __eq__(self, other):
            if other.__class__ is self.__class__:
                return key(self) == key(other)
            return NotImplemented
        cls.__eq__ = __eq__
    if order:
        def __lt__(self, other):
            return key(self) < key(other) if other.__class__ is self.__class__ else NotImplemented

        def __le__(self, other):
            return key(self) <= key(other) if other.__class__ is self.__class__ else NotImplemented

        def __gt__(self, other):
            return key(self) > key(other) if other.__class__ is self.__class__ else NotImplemented

        def __ge__(self, other):
            return key(self) >= key(other) if other.__class__ is self.__class__ else NotImplemented
        cls.__lt__, cls.__le__, cls.__gt__, cls.__ge__ = __lt__, __le__, __gt__, __ge__
    hashed = [f.name for f in fields_ if (f.compare if f.hash is None else f.hash)]
    if (unsafe_hash or (eq and frozen)) and own.get("__hash__") is None:
        def __hash__(self):
            return hash(tuple(getattr(self, name) for name in hashed))
        cls.__hash__ = __hash__
    elif eq and "__hash__" not in own:
        cls.__hash__ = None
    if frozen:
        def __setattr__(self, name, value):
            raise FrozenInstanceError(f"cannot assign to field {name!r}")

        def __delattr__(self, name):
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        cls.__setattr__, cls.__delattr__ = __setattr__, __delattr__
    if match_args and "__match_args__" not in own:
        cls.__match_args__ = tuple(f.name for f in fields_ if f.init and not f.kw_only)
    return cls


def dataclass(cls=None, /, *, init=True, repr=True, eq=True, order=False, unsafe_hash=False,
              frozen=False, match_args=True, kw_only=False, slots=False, weakref_slot=False):
    def wrap(cls):
        return _process(cls, init, repr, eq, order, unsafe_hash, frozen, match_args, kw_only)
    return wrap if cls is None else wrap(cls)


def fields(class_or_instance):
    try:
        return tuple(class_or_instance.__dataclass_fields__.values())
    except AttributeError:
        raise TypeError("must be called with a dataclass type or instance") from None


def is_dataclass(obj):
    return hasattr(obj if isinstance(obj, type) else type(obj), "__dataclass_fields__")


def _inner(obj, factory, tuples):
    if is_dataclass(obj) and not isinstance(obj, type):
        values = [(f.name, _inner(getattr(obj, f.name), factory, tuples)) for f in fields(obj)]
        return factory([value for _, value in values] if tuples else values)
    if isinstance(obj, tuple) and hasattr(obj, "_fields"):
        return type(obj)(*[_inner(v, factory, tuples) for v in obj])
    if isinstance(obj, (list, tuple)):
        return type(obj)(_inner(v, factory, tuples) for v in obj)
    if isinstance(obj, dict):
        return type(obj)((_inner(k, factory, tuples), _inner(v, factory, tuples))
                         for k, v in obj.items())
    import copy
    return copy.deepcopy(obj)


def asdict(obj, *, dict_factory=dict):
    if isinstance(obj, type) or not is_dataclass(obj):
        raise TypeError("asdict() should be called on dataclass instances")
    return _inner(obj, dict_factory, False)


def astuple(obj, *, tuple_factory=tuple):
    if isinstance(obj, type) or not is_dataclass(obj):
        raise TypeError("astuple() should be called on dataclass instances")
    return _inner(obj, tuple_factory, True)


def replace(obj, /, **changes):
    for f in fields(obj):
        if f.init and f.name not in changes:
            changes[f.name] = getattr(obj, f.name)
    return obj.__class__(**changes)
