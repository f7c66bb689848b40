from collections import namedtuple as _namedtuple

TYPE_CHECKING = False
_Made = _namedtuple("_Made", "x")
_Field = type(_Made.__dict__["x"])


def _shown(arg):
    if isinstance(arg, type):
        if arg.__module__ == "builtins":
            return arg.__qualname__
        return "%s.%s" % (arg.__module__, arg.__qualname__)
    if arg is ...:
        return "..."
    if isinstance(arg, list):
        return "[" + ", ".join(_shown(a) for a in arg) + "]"
    return repr(arg)


class _Alias:
    def __init__(self, origin, args, bases=()):
        self._name_of = origin
        self.__args__ = args
        self._bases = bases

    def __getitem__(self, args):
        return self

    def __call__(self, *args, **kwargs):
        if not self._bases:
            raise TypeError("Cannot instantiate " + repr(self))
        return self._bases[0](*args, **kwargs)

    def __mro_entries__(self, bases):
        return self._bases

    def __or__(self, other):
        return Union[self, other]

    __ror__ = __or__

    def __eq__(self, other):
        return (isinstance(other, _Alias) and self._name_of == other._name_of
                and self.__args__ == other.__args__)

    def __hash__(self):
        return hash((self._name_of, self.__args__))

    def __instancecheck__(self, value):
        return self.__subclasscheck__(type(value))

    def __subclasscheck__(self, cls):
        if self._name_of in ("typing.Union", "typing.Optional"):
            return NotImplemented
        raise TypeError("Subscripted generics cannot be used with class and instance checks")

    @property
    def __origin__(self):
        return self._bases[0] if self._bases else self._name_of

    def __repr__(self):
        if self._name_of == "typing.Optional":
            return "typing.Optional[%s]" % _shown(self.__args__[0])
        return "%s[%s]" % (self._name_of, ", ".join(_shown(a) for a in self.__args__))


class _Special:
    def __init__(self, name, bases=()):
        self._name = name
        self._bases = bases

    def __getitem__(self, args):
        if not isinstance(args, tuple):
            args = (args,)
        if self._name == "Optional":
            args = (args[0], type(None))
        if self._name in ("Optional", "Union"):
            flat = []
            for arg in args:
                arg = type(None) if arg is None else arg
                inner = arg.__args__ if isinstance(arg, _Alias) and arg._name_of in (
                    "typing.Union", "typing.Optional") else (arg,)
                flat.extend(a for a in inner if a not in flat)
            if len(flat) == 1:
                return flat[0]
            if len(flat) == 2 and flat[1] is type(None):
                return _Alias("typing.Optional", tuple(flat))
            return _Alias("typing.Union", tuple(flat))
        return _Alias("typing." + self._name, args, self._bases)

    def __call__(self, *args, **kwargs):
        if not self._bases:
            raise TypeError("Cannot instantiate typing." + self._name)
        return self._bases[0](*args, **kwargs)

    def __mro_entries__(self, bases):
        return self._bases

    def __instancecheck__(self, value):
        of = self._class()
        return NotImplemented if of is None else isinstance(value, of)

    def __subclasscheck__(self, cls):
        of = self._class()
        return NotImplemented if of is None else issubclass(cls, of)

    def _class(self):
        if self._name == "Any":
            raise TypeError("typing.Any cannot be used with isinstance()")
        return self._known_class()

    def _known_class(self):
        """The class that the bare name stands for, where it is known."""
        if self._name in ("List", "Dict", "Set", "FrozenSet", "Tuple"):
            return self._bases[0]
        if self._name == "Type":
            return type
        if self._name in ("DefaultDict", "OrderedDict", "Counter", "Deque"):
            import collections
            return {"DefaultDict": collections.defaultdict, "OrderedDict": collections.OrderedDict,
                    "Counter": collections.Counter, "Deque": collections.deque}[self._name]
        if self._name in _ABSTRACT:
            import collections.abc
            return getattr(collections.abc, "Set" if self._name == "AbstractSet" else self._name)
        return None

    def __or__(self, other):
        return Union[self, other]

    __ror__ = __or__

    def __repr__(self):
        return "typing." + self._name


_ABSTRACT = ("Callable", "Iterable", "Iterator", "Generator", "Sequence", "MutableSequence",
             "Mapping", "MutableMapping", "AbstractSet", "MutableSet", "Collection", "Container",
             "Hashable", "Sized")


class Generic:
    def __class_getitem__(cls, args):
        return _Alias(cls.__module__ + "." + cls.__qualname__,
                      args if isinstance(args, tuple) else (args,), (cls,))


class Protocol(Generic):
    pass


Any = _Special("Any", (object,))
Union = _Special("Union")
Optional = _Special("Optional")
List = _Special("List", (list,))
Dict = _Special("Dict", (dict,))
Set = _Special("Set", (set,))
FrozenSet = _Special("FrozenSet", (frozenset,))
Tuple = _Special("Tuple", (tuple,))
Type = _Special("Type")
DefaultDict = _Special("DefaultDict")
OrderedDict = _Special("OrderedDict")
Counter = _Special("Counter")
Deque = _Special("Deque")
Callable = _Special("Callable")
Iterable = _Special("Iterable")
Iterator = _Special("Iterator")
Generator = _Special("Generator")
AsyncIterator = _Special("AsyncIterator")
AsyncIterable = _Special("AsyncIterable")
AsyncGenerator = _Special("AsyncGenerator")
Awaitable = _Special("Awaitable")
Coroutine = _Special("Coroutine")
Sequence = _Special("Sequence")
MutableSequence = _Special("MutableSequence")
Mapping = _Special("Mapping")
MutableMapping = _Special("MutableMapping")
AbstractSet = _Special("AbstractSet")
MutableSet = _Special("MutableSet")
Collection = _Special("Collection")
Container = _Special("Container")
Hashable = _Special("Hashable")
Sized = _Special("Sized")
Reversible = _Special("Reversible")
ContextManager = _Special("ContextManager")
SupportsInt = _Special("SupportsInt")
SupportsFloat = _Special("SupportsFloat")
ClassVar = _Special("ClassVar")
Final = _Special("Final")
Literal = _Special("Literal")
Annotated = _Special("Annotated")
Concatenate = _Special("Concatenate")
TypeGuard = _Special("TypeGuard")
Required = _Special("Required")
NotRequired = _Special("NotRequired")
Unpack = _Special("Unpack")
NoReturn = _Special("NoReturn")
Never = _Special("Never")
Self = _Special("Self")
LiteralString = _Special("LiteralString")
TypeAlias = _Special("TypeAlias")
Pattern = _Special("Pattern")
Match = _Special("Match")
IO = _Special("IO")
TextIO = _Special("TextIO")
BinaryIO = _Special("BinaryIO")
Text = str


class TypeVar:
    def __init__(self, name, *constraints, bound=None, covariant=False, contravariant=False,
                 infer_variance=False, default=None):
        self.__name__ = name
        self.__constraints__ = constraints
        self.__bound__ = bound

    def __or__(self, other):
        return Union[self, other]

    __ror__ = __or__

    def __repr__(self):
        return "~" + self.__name__


class ParamSpec(TypeVar):
    @property
    def args(self):
        return self

    @property
    def kwargs(self):
        return self


AnyStr = TypeVar("AnyStr", bytes, str)


class NewType:
    def __init__(self, name, tp):
        self.__name__ = name
        self.__supertype__ = tp

    def __call__(self, x):
        return x

    def __or__(self, other):
        return Union[self, other]


def cast(typ, val):
    return val


def overload(func):
    return func


def final(f):
    return f


def no_type_check(arg):
    return arg


def runtime_checkable(cls):
    return cls


def override(method):
    return method


def assert_type(val, typ):
    return val


class _NamedBase(_Made.__mro__[1]):
    def __init_subclass__(cls):
        if "_fields" in cls.__dict__ or hasattr(cls, "_fields"):
            return
        names = list(cls.__dict__.get("__annotations__", {}))
        cls._named = cls.__name__
        cls._field_defaults = {n: cls.__dict__[n] for n in names if n in cls.__dict__}
        cls.__match_args__ = tuple(names)
        cls._fields = tuple(names)
        for at, name in enumerate(names):
            setattr(cls, name, _Field(at))


class _NamedTuple:
    def __mro_entries__(self, bases):
        return (_NamedBase,)

    def __call__(self, typename, fields=None, /, **kwargs):
        return _namedtuple(typename, [name for name, _ in fields or kwargs.items()])


NamedTuple = _NamedTuple()


class _DictBase(dict):
    def __init_subclass__(cls, **kwargs):
        pass


class _TypedDict:
    def __mro_entries__(self, bases):
        return (_DictBase,)

    def __call__(self, typename, fields=None, /, *, total=True, **kwargs):
        return dict


TypedDict = _TypedDict()
