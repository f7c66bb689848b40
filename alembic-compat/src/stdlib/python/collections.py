from _collections import field_names as _field_names, tuple_item as _tuple_item


class OrderedDict(dict):
    def __repr__(self):
        if not self:
            return "%s()" % (self.__class__.__name__,)
        return "%s(%r)" % (self.__class__.__name__, list(self.items()))

    def __eq__(self, other):
        if isinstance(other, OrderedDict):
            return dict.__eq__(self, other) and list(self) == list(other)
        return dict.__eq__(self, other)

    __hash__ = None

    def popitem(self, last=True):
        if not self:
            raise KeyError("dictionary is empty")
        key = list(self)[-1 if last else 0]
        return key, self.pop(key)

    def move_to_end(self, key, last=True):
        value = self.pop(key)
        if last:
            self[key] = value
        else:
            rest = list(self.items())
            self.clear()
            self[key] = value
            for key, value in rest:
                self[key] = value

    def copy(self):
        return self.__class__(self)

    @classmethod
    def fromkeys(cls, iterable, value=None):
        made = cls()
        for key in iterable:
            made[key] = value
        return made


class defaultdict(dict):
    def __init__(self, default_factory=None, *args, **kwargs):
        if default_factory is not None and not callable(default_factory):
            raise TypeError("first argument must be callable or None")
        dict.__init__(self, *args, **kwargs)
        self.default_factory = default_factory

    def __missing__(self, key):
        if self.default_factory is None:
            raise KeyError(key)
        value = self.default_factory()
        self[key] = value
        return value

    def __repr__(self):
        return "defaultdict(%r, %s)" % (self.default_factory, dict.__repr__(self))

    def copy(self):
        return self.__class__(self.default_factory, self)

    def __copy__(self):
        return self.copy()


class Counter(dict):
    def __init__(self, iterable=None, /, **kwds):
        dict.__init__(self)
        self.update(iterable, **kwds)

    def __missing__(self, key):
        return 0

    def update(self, iterable=None, /, **kwds):
        self._count(iterable, 1)
        if kwds:
            self._count(kwds, 1)

    def subtract(self, iterable=None, /, **kwds):
        self._count(iterable, -1)
        if kwds:
            self._count(kwds, -1)

    def _count(self, iterable, sign):
        if iterable is None:
            return
        if isinstance(iterable, dict):
            for element, count in iterable.items():
                if sign > 0 and element not in self:
                    self[element] = count
                else:
                    self[element] = self[element] + sign * count
        else:
            for element in iterable:
                self[element] = self[element] + sign

    def total(self):
        return sum(self.values())

    def most_common(self, n=None):
        found = sorted(self.items(), key=lambda item: item[1], reverse=True)
        return found if n is None else found[:max(n, 0)]

    def elements(self):
        for element, count in self.items():
            for _ in range(count):
                yield element

    def copy(self):
        return self.__class__(self)

    def __delitem__(self, element):
        if element in self:
            dict.__delitem__(self, element)

    def __repr__(self):
        if not self:
            return "%s()" % (self.__class__.__name__,)
        return "%s(%r)" % (self.__class__.__name__, dict(self.most_common()))

    def _positive(self, items):
        made = Counter()
        for element, count in items:
            if count > 0:
                made[element] = count
        return made

    def __add__(self, other):
        if not isinstance(other, Counter):
            return NotImplemented
        items = [(e, c + other[e]) for e, c in self.items()]
        items += [(e, c) for e, c in other.items() if e not in self]
        return self._positive(items)

    def __sub__(self, other):
        if not isinstance(other, Counter):
            return NotImplemented
        items = [(e, c - other[e]) for e, c in self.items()]
        items += [(e, -c) for e, c in other.items() if e not in self]
        return self._positive(items)

    def __or__(self, other):
        if not isinstance(other, Counter):
            return NotImplemented
        items = [(e, max(c, other[e])) for e, c in self.items()]
        items += [(e, c) for e, c in other.items() if e not in self]
        return self._positive(items)

    def __and__(self, other):
        if not isinstance(other, Counter):
            return NotImplemented
        return self._positive([(e, min(c, other[e])) for e, c in self.items()])


class deque:
    def __init__(self, iterable=(), maxlen=None):
        if maxlen is not None and maxlen < 0:
            raise ValueError("maxlen must be non-negative")
        self._maxlen = maxlen
        self._items = []
        self.extend(iterable)

    @property
    def maxlen(self):
        return self._maxlen

    def append(self, x):
        self._items.append(x)
        if self._maxlen is not None and len(self._items) > self._maxlen:
            del self._items[0]

    def appendleft(self, x):
        self._items.insert(0, x)
        if self._maxlen is not None and len(self._items) > self._maxlen:
            del self._items[-1]

    def extend(self, iterable):
        for x in list(iterable):
            self.append(x)

    def extendleft(self, iterable):
        for x in list(iterable):
            self.appendleft(x)

    def pop(self):
        if not self._items:
            raise IndexError("pop from an empty deque")
        return self._items.pop()

    def popleft(self):
        if not self._items:
            raise IndexError("pop from an empty deque")
        return self._items.pop(0)

    def rotate(self, n=1):
        if self._items:
            n = -n % len(self._items)
            self._items = self._items[n:] + self._items[:n]

    def clear(self):
        self._items.clear()

    def copy(self):
        return self.__class__(self, self._maxlen)

    __copy__ = copy

    def count(self, x):
        return self._items.count(x)

    def index(self, x, *bounds):
        try:
            return self._items.index(x, *bounds)
        except ValueError:
            raise ValueError("%r is not in deque" % (x,)) from None

    def insert(self, i, x):
        if self._maxlen is not None and len(self._items) >= self._maxlen:
            raise IndexError("deque already at its maximum size")
        self._items.insert(i, x)

    def remove(self, value):
        if value not in self._items:
            raise ValueError("%r is not in deque" % (value,))
        self._items.remove(value)

    def reverse(self):
        self._items.reverse()

    def __len__(self):
        return len(self._items)

    def __bool__(self):
        return bool(self._items)

    def __iter__(self):
        return iter(self._items)

    def __reversed__(self):
        return reversed(self._items)

    def __contains__(self, x):
        return x in self._items

    def _check(self, i):
        if isinstance(i, slice):
            raise TypeError("sequence index must be integer, not 'slice'")
        if not -len(self._items) <= i < len(self._items):
            raise IndexError("deque index out of range")

    def __getitem__(self, i):
        self._check(i)
        return self._items[i]

    def __setitem__(self, i, value):
        self._check(i)
        self._items[i] = value

    def __delitem__(self, i):
        self._check(i)
        del self._items[i]

    def __eq__(self, other):
        if not isinstance(other, deque):
            return NotImplemented
        return self._items == other._items

    __hash__ = None

    def __lt__(self, other):
        return self._items < other._items if isinstance(other, deque) else NotImplemented

    def __add__(self, other):
        if not isinstance(other, deque):
            raise TypeError("can only concatenate deque (not \"%s\") to deque"
                            % type(other).__name__)
        made = self.copy()
        made.extend(other)
        return made

    def __iadd__(self, other):
        self.extend(other)
        return self

    def __repr__(self):
        if self._maxlen is None:
            return "deque(%r)" % (self._items,)
        return "deque(%r, maxlen=%d)" % (self._items, self._maxlen)


class _Field:
    def __init__(self, at):
        self._at = at

    def __get__(self, obj, owner=None):
        if obj is None:
            return self
        return _tuple_item(obj, self._at)

    def __set__(self, obj, value):
        raise AttributeError("can't set attribute")


def _arguments(typename, names, defaults, args, kwargs):
    if len(args) > len(names):
        raise TypeError("%s.__new__() takes %s positional arguments but %d were given" % (
            typename,
            len(names) + 1 if not defaults
            else "from %d to %d" % (len(names) + 1 - len(defaults), len(names) + 1),
            len(args) + 1))
    values = list(args)
    missing = []
    for name in names[:len(args)]:
        if name in kwargs:
            raise TypeError("%s.__new__() got multiple values for argument '%s'"
                            % (typename, name))
    for name in names[len(args):]:
        if name in kwargs:
            values.append(kwargs[name])
        elif name in defaults:
            values.append(defaults[name])
        else:
            missing.append("'%s'" % name)
    for name in kwargs:
        if name not in names:
            raise TypeError("%s.__new__() got an unexpected keyword argument '%s'"
                            % (typename, name))
    if missing:
        if len(missing) > 2:
            listed = ", ".join(missing[:-1]) + ", and " + missing[-1]
        else:
            listed = " and ".join(missing)
        raise TypeError("%s.__new__() missing %d required positional argument%s: %s" % (
            typename, len(missing), "" if len(missing) == 1 else "s", listed))
    return values


class _NamedTuple(tuple):
    def __new__(_cls, *args, **kwargs):
        return tuple.__new__(
            _cls,
            _arguments(_cls._named, _cls._fields, _cls._field_defaults, args, kwargs))

    @classmethod
    def _make(cls, iterable):
        values = tuple(iterable)
        if len(values) != len(cls._fields):
            raise TypeError("Expected %d arguments, got %d" % (len(cls._fields), len(values)))
        return tuple.__new__(cls, values)

    def _replace(self, /, **kwds):
        values = [kwds.pop(name, value) for name, value in zip(self._fields, self)]
        if kwds:
            raise ValueError("Got unexpected field names: %r" % (list(kwds),))
        return self._make(values)

    def _asdict(self):
        return dict(zip(self._fields, self))

    def __repr__(self):
        shown = ", ".join("%s=%r" % pair for pair in zip(self._fields, self))
        return "%s(%s)" % (self.__class__.__name__, shown)

    def __getnewargs__(self):
        return tuple(self)


def namedtuple(typename, field_names, *, rename=False, defaults=None, module=None):
    names = _field_names(typename, field_names, rename)
    values = tuple(defaults) if defaults is not None else ()
    if len(values) > len(names):
        raise TypeError("Got more default values than field names")
    space = {
        "__slots__": (),
        "_named": str(typename),
        "_fields": tuple(names),
        "_field_defaults": dict(zip(names[len(names) - len(values):], values)),
        "__match_args__": tuple(names),
        "__doc__": "%s(%s)" % (typename, ", ".join(names)),
        "__module__": "__main__" if module is None else module,
    }
    for at, name in enumerate(names):
        space[name] = _Field(at)
    return type(str(typename), (_NamedTuple,), space)


class ChainMap:
    def __init__(self, *maps):
        self.maps = list(maps) or [{}]

    def __getitem__(self, key):
        for mapping in self.maps:
            if key in mapping:
                return mapping[key]
        raise KeyError(key)

    def get(self, key, default=None):
        return self[key] if key in self else default

    def __iter__(self):
        seen = {}
        for mapping in reversed(self.maps):
            seen.update(dict.fromkeys(mapping))
        return iter(seen)

    def __len__(self):
        return len(list(iter(self)))

    def __contains__(self, key):
        return any(key in mapping for mapping in self.maps)

    def __bool__(self):
        return any(self.maps)

    def keys(self):
        return list(self)

    def values(self):
        return [self[key] for key in self]

    def items(self):
        return [(key, self[key]) for key in self]

    def __setitem__(self, key, value):
        self.maps[0][key] = value

    def new_child(self, m=None):
        return self.__class__({} if m is None else m, *self.maps)


class UserDict(dict):
    @property
    def data(self):
        return self


class UserList(list):
    @property
    def data(self):
        return self
