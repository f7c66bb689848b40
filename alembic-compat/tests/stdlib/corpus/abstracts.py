import collections
import collections.abc as abc
def show(value):
    names = ['Callable', 'Collection', 'Container', 'Generator', 'Hashable', 'Iterable', 'Iterator',
             'Mapping', 'MutableMapping', 'MutableSequence', 'MutableSet', 'Sequence', 'Set', 'Sized']
    print([name for name in names if isinstance(value, getattr(abc, name))])
for value in [[], (), '', b'', {}, set(), frozenset(), range(3), None, 1, 1.5, True, int, len, show]:
    show(value)
show({1: 2}.keys())
show({1: 2}.values())
show({1: 2}.items())
show(x for x in [])
show(iter([]))
show(map(str, []))
show(zip())
show(enumerate([]))
# ---
import collections
import collections.abc as abc
import types
def show(value):
    names = ['Callable', 'Collection', 'Container', 'Generator', 'Hashable', 'Iterable', 'Iterator',
             'Mapping', 'MutableMapping', 'MutableSequence', 'MutableSet', 'Sequence', 'Set', 'Sized']
    print([name for name in names if isinstance(value, getattr(abc, name))])
show(collections.deque())
show(collections.Counter())
show(collections.defaultdict(list))
show(collections.OrderedDict())
show(collections.namedtuple('N', 'a b')(1, 2))
show(collections.ChainMap())
show(types.SimpleNamespace())
# ---
import collections.abc as abc
def show(value):
    names = ['Callable', 'Collection', 'Container', 'Generator', 'Hashable', 'Iterable', 'Iterator',
             'Mapping', 'MutableMapping', 'MutableSequence', 'MutableSet', 'Sequence', 'Set', 'Sized']
    print([name for name in names if isinstance(value, getattr(abc, name))])
class Empty:
    pass
class Box:
    def __len__(self): return 0
    def __iter__(self): return iter([])
class Whole(Box):
    def __contains__(self, x): return True
    __hash__ = None
class Equal:
    def __eq__(self, other): return True
class Named(dict):
    pass
class Hashed(dict):
    def __hash__(self): return 1
class Called:
    def __call__(self): return 1
for value in [Empty(), Box(), Whole(), Equal(), Named(), Hashed(), Called(), Empty, Named]:
    show(value)
# ---
import typing
from typing import Dict, List, Mapping, Sequence, Tuple
values = [[], (), '', {}, set(), 1, None, range(2), print, int]
for alias in [List, Dict, typing.Set, typing.FrozenSet, Tuple, Sequence, Mapping, typing.Iterable, typing.Callable,
              typing.Type, typing.Hashable, typing.Sized, typing.Collection, typing.Container, typing.Iterator,
              typing.MutableMapping, typing.MutableSequence, typing.AbstractSet, typing.MutableSet,
              typing.DefaultDict, typing.Counter, typing.Deque, typing.OrderedDict]:
    print(alias, [isinstance(value, alias) for value in values])
print(isinstance([], (int, List)), isinstance(1, (str, Sequence)))
print(issubclass(list, List), issubclass(bool, List), issubclass(dict, Dict))
# ---
from typing import Dict, List
for alias in [List[int], Dict[str, int]]:
    try:
        print(isinstance([], alias))
    except TypeError as error:
        print(error)
# ---
from typing import Any
try:
    print(isinstance(1, Any))
except TypeError as error:
    print('TypeError')
# ---
class Even:
    def __instancecheck__(self, value): return value % 2 == 0
    def __subclasscheck__(self, cls): return cls is int
print(isinstance(2, Even()), isinstance(3, Even()), isinstance(4, (str, Even())), issubclass(int, Even()), issubclass(str, Even()))
