from collections import OrderedDict, defaultdict, Counter, deque, namedtuple, ChainMap
import collections.abc
d = OrderedDict([('a', 1), ('b', 2), ('c', 3)])
d.move_to_end('a'); print(d, list(d), d == {'a': 1, 'b': 2, 'c': 3}, d == OrderedDict(a=1, b=2, c=3), d.popitem(), d.popitem(last=False), len(d), OrderedDict(), isinstance(d, dict), {**d}, dict(d), list(OrderedDict(x=1).items()))
d.move_to_end('c', last=False) if 'c' in d else None
e = OrderedDict(); e['z'] = 1; e['y'] = 2; e.update(x=3); del e['z']; print(e, e.copy(), sorted(e), e.get('q', 5), e.setdefault('w', 9), e.pop('w'), 'x' in e, [k for k in e], list(reversed(e)), OrderedDict.fromkeys('ab', 0))
g = defaultdict(list); g['a'].append(1); g['b'].append(2); g['a'].append(3)
print(g, dict(g), g['zz'], len(g), defaultdict(int, {'a': 1}), defaultdict(int, a=1)['b'], g.get('no'), 'no' in g, g.default_factory, sorted(g.items()), isinstance(g, dict))
c = defaultdict(int)
for ch in 'hello': c[ch] += 1
print(c, dict(c), c == {'h': 1, 'e': 1, 'l': 2, 'o': 1}, defaultdict(lambda: 'x')['k'], defaultdict(dict))
try: defaultdict(None)['x']
except KeyError as e: print(repr(e))
import json; print(json.dumps(g), json.dumps(d))
k = Counter('abracadabra'); print(k, k['a'], k['zz'], k.most_common(2), k.most_common(), sorted(k.elements()), sum(k.values()), k.total(), Counter(a=1) + Counter(a=2, b=3), Counter(a=3) - Counter(a=1, b=2), Counter([1, 1, 2]) & Counter([1, 2, 2]), Counter([1, 1]) | Counter([2]), len(k), 'a' in k, Counter(), Counter({'x': 2}))
k.update('aaa'); k.update({'z': 5}); k.subtract('ab'); print(k, k.pop('z'), [x for x, n in k.items() if n > 1]); k['new'] += 1; print(k['new']); del k['nothere']
# ---
from collections import deque, namedtuple, ChainMap
q = deque([1, 2, 3]); q.append(4); q.appendleft(0); print(q, q.pop(), q.popleft(), len(q), q[0], q[-1], list(q), 2 in q); q.rotate(1); print(q); q.extend([7, 8]); q.extendleft([9, 10]); print(q, q.count(7), q.index(7), deque('abc', maxlen=2), deque([1]) == deque([1]), bool(deque()), list(reversed(q)), q.maxlen, q + deque([1]), q.copy()); q.remove(7); q.clear(); print(q)
for f in [lambda: q.pop(), lambda: q.popleft(), lambda: q[0], lambda: deque([1]).remove(2), lambda: deque([], -1)]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
P = namedtuple('P', 'x y'); p = P(1, y=2)
print(p, p.x, p.y, p[0], p[-1], tuple(p), list(p), p == (1, 2), p._asdict(), p._replace(x=5), P._fields, P._make([3, 4]), len(p), p + (3,), isinstance(p, tuple), hash(p) == hash((1, 2)), {p: 1}[(1, 2)], p < P(1, 3), 1 in p, P.__name__, p.count(1), p.index(2), p[0:1])
x, y = p; print(x, y, '%s-%s' % p, [a for a in p], sorted([P(2, 1), P(1, 2)]), max(P(1, 1), P(1, 2)))
Q = namedtuple('Q', ['a', 'b', 'c'], defaults=[10, 20]); print(Q(1), Q(1, 2), Q(1, c=5), Q._field_defaults, Q._fields); R = namedtuple('R', 'a, class, a', rename=True); print(R._fields, R(1, 2, 3))
class S(namedtuple('S', 'a b')):
    @property
    def total(self): return self.a + self.b
    def hi(self): return f'hi {self.a}'
s = S(1, 2); print(s, s.total, s.hi(), s._replace(a=9).total, s == (1, 2))
for f in [lambda: P(1), lambda: P(1, 2, 3), lambda: P(1, z=2), lambda: P(x=1, y=2, z=3), lambda: namedtuple('X', 'a a'), lambda: namedtuple('X', '1a'), lambda: namedtuple('X', '_a'), lambda: namedtuple('X', 'def'), lambda: P._make([1]), lambda: p._replace(q=1), lambda: setattr(p, 'x', 5), lambda: P(1, x=2), lambda: P()]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
m = ChainMap({'a': 1}, {'a': 2, 'b': 3}); print(m['a'], m['b'], sorted(m), len(m), 'b' in m, m.get('z'))
from typing import NamedTuple
class T(NamedTuple):
    name: str
    size: int = 5
    def big(self): return self.size > 4
t = T('x'); print(t, t.size, t.big(), T('y', 1)._asdict(), T._fields, t == ('x', 5), isinstance(t, tuple), T(name='q', size=2))
try: T()
except TypeError as e: print(e)
# ---
from collections.abc import Iterable, Mapping, Sequence, Callable, Hashable, MutableMapping, Iterator, Sized, Container, Set
import numbers
for v in [1, 1.5, 'a', b'b', [1], (1,), {1: 2}, {1}, None, len, range(3), object, (x for x in [])]:
    print(type(v).__name__, [isinstance(v, c) for c in (Iterable, Mapping, Sequence, Callable, Hashable, MutableMapping, Iterator, Sized, Container, Set, numbers.Number, numbers.Integral, numbers.Real)])
# ---
from typing import *
import typing
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from nowhere import Nothing
T = TypeVar('T')
def f(a: Optional[int], b: List[str] = [], *c: Union[int, None], **d: Any) -> Dict[str, Tuple[int, ...]]: return cast(int, a)
class Box(Generic[T]):
    def __init__(self, v: T): self.v = v
    x: ClassVar[int] = 1
class Proto(Protocol):
    def m(self) -> int: ...
class TD(TypedDict, total=False):
    a: int
    b: str
print(f(1), Box(2).v, Box[int](3).v, TD(a=1), dict(TD(a=1, b='x')), typing.TYPE_CHECKING, NewType('U', int)(5), TD(a=1)['a'])
print(Optional[int], Union[int, str], List[int], Dict[str, int], Any, Callable[[int], str], Tuple[int, ...], Union[int, None], Optional[Union[int, str]], T, Literal['a', 'b'], List, Union[int], Optional[int] == Optional[int], Sequence[str], List[Dict[str, Any]])
@overload
def g(a: int) -> int: ...
def g(a): return a
print(g(4))
class L(List[int]): pass
print(L([1, 2]), isinstance(L(), list))
