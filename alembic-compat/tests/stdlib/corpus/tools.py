import itertools as it
from itertools import chain, islice, groupby, product
L = list
print(L(chain([1], 'ab', ())), L(chain.from_iterable([[1], [2, 3]])), L(islice(it.count(5), 3)), L(islice(range(10), 2, 8, 3)), L(islice('abc', None)), L(islice(it.count(0, 2), 1, 4)), L(islice(it.cycle('ab'), 5)), L(it.repeat('x', 3)), L(it.accumulate([1, 2, 3])), L(it.accumulate([1, 2, 3], lambda a, b: a * b, initial=10)), L(it.compress('abc', [1, 0, 1])), L(it.dropwhile(lambda x: x < 3, [1, 3, 1])), L(it.takewhile(lambda x: x < 3, [1, 3, 1])), L(it.filterfalse(None, [0, 1, ''])), L(it.starmap(pow, [(2, 3), (3, 2)])), L(it.pairwise('abcd')), L(it.zip_longest('abc', [1], fillvalue='-')), L(product('ab', [1, 2])), L(product([0, 1], repeat=2)), L(it.permutations([1, 2, 3], 2)), L(it.permutations('ab')), L(it.combinations('abc', 2)), L(it.combinations_with_replacement('ab', 2)), L(product()), L(it.combinations([1], 2)), L(it.permutations([1], 2)))
print([(k, L(g)) for k, g in groupby('aabbbca')], [(k, len(L(g))) for k, g in groupby([1, 3, 2, 4, 5], key=lambda x: x % 2)], [k for k, g in groupby('aab')], [(k, next(g)) for k, g in groupby('aabb')], L(groupby([])))
a, b = it.tee([1, 2, 3]); print(next(a), L(b), L(a))
x = iter([1, 2, 3, 4, 5]); print(L(islice(x, 2)), L(x)); y = iter(range(10)); print(L(islice(y, 1, 6, 3)), next(y))
c = chain([1, 2], [3]); print(next(c), L(c))
counter = it.count(1); print(next(counter), next(counter), [next(counter) for _ in range(2)])
for f in [lambda: islice([1], -1), lambda: islice([1], 0, 5, 0)]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
def batches(seq, n):
    seq = iter(seq)
    while chunk := list(islice(seq, n)): yield chunk
print(L(batches(range(7), 3)))
# ---
import functools, operator
from functools import partial, reduce, lru_cache, wraps, cached_property, total_ordering, cmp_to_key
p = partial(int, base=2); print(p('101'), partial(max, 5)(3, 9), partial(partial(lambda *a, **k: (a, k), 1, x=2), 3, y=4)(5, x=6), p.func, p.keywords, p.args)
print(reduce(lambda a, b: a + b, [1, 2, 3]), reduce(operator.mul, [1, 2, 3], 10), reduce(max, [3, 9, 2]), reduce(lambda a, b: a, [], 'd'))
try: reduce(max, [])
except TypeError as e: print(e)
calls = []
@lru_cache(maxsize=None)
def fib(n):
    calls.append(n)
    return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(20), len(calls), fib.cache_info(), fib.__name__); fib.cache_clear(); print(fib.cache_info())
@lru_cache
def one(a, b=2): return (a, b)
print(one(1), one(1, b=3), one.cache_info().misses)
@lru_cache(2)
def two(a): calls.append(a); return a
calls.clear(); [two(i) for i in (1, 2, 1, 3, 2, 1)]; print(calls)
def deco(f):
    @wraps(f)
    def inner(*a, **k):
        "inner doc"
        return f(*a, **k) + 1
    return inner
@deco
def hello(x):
    "doc"
    return x
print(hello(1), hello.__name__, hello.__doc__, hello.__wrapped__(1))
class C:
    n = 0
    @cached_property
    def v(self): C.n += 1; return C.n
    @functools.lru_cache(maxsize=5)
    def m(self, x): return x * 2
c = C(); print(c.v, c.v, C.n, c.m(3), c.__dict__)
print(sorted([3, 1, 2], key=cmp_to_key(lambda a, b: b - a)))
@total_ordering
class V:
    def __init__(self, n): self.n = n
    def __eq__(self, o): return self.n == o.n
    def __lt__(self, o): return self.n < o.n
print(V(1) < V(2), V(1) <= V(1), V(2) > V(1), V(2) >= V(3), V(1) != V(2), max(V(1), V(3)).n)
@functools.singledispatch
def sd(x): return 'obj'
@sd.register(int)
def _(x): return 'int'
@sd.register(list)
def _(x): return 'list'
print(sd(1), sd('x'), sd([]), sd(True))
from operator import itemgetter, attrgetter, methodcaller
print(sorted([{'a': 2}, {'a': 1}], key=itemgetter('a')), itemgetter(0, 2)('abc'), attrgetter('real')(5), methodcaller('upper')('x'), methodcaller('split', ',')('a,b'), attrgetter('__class__.__name__')(1), operator.add(1, 2), operator.contains([1], 1), operator.eq(1, 1.0), operator.neg(4), operator.not_(0), operator.getitem([5], 0), operator.concat('a', 'b'), operator.or_(1, 2), operator.truediv(1, 2), operator.abs(-3), operator.countOf([1, 1], 1))
# ---
import contextlib, io
from contextlib import contextmanager, suppress, closing, nullcontext, ExitStack
@contextmanager
def cm(x):
    print('enter', x)
    try:
        yield x * 2
    except ValueError as e:
        print('caught', e)
    finally:
        print('exit', x)
with cm(3) as v: print(v)
with cm(4): raise ValueError('oops')
try:
    with cm(5): raise KeyError('k')
except KeyError as e: print('through', e)
@contextmanager
def plain(): yield
try:
    with plain(): raise RuntimeError('r')
except RuntimeError as e: print(e)
@contextmanager
def none():
    if False: yield
try:
    with none(): pass
except RuntimeError as e: print(e)
@contextmanager
def twice(): yield 1; yield 2
try:
    with twice(): pass
except RuntimeError as e: print(e)
with suppress(KeyError, IndexError): {}['x']; print('no')
with suppress(): pass
try:
    with suppress(KeyError): raise TypeError('t')
except TypeError as e: print(e)
with nullcontext(5) as n: print(n)
class Res:
    def close(self): print('closed')
with closing(Res()) as r: print(type(r).__name__)
@cm('deco')
def func(a): print('in func', a); return a
print(func(1), func(2))
with ExitStack() as st:
    print(st.enter_context(cm('a'))); st.enter_context(cm('b')); st.callback(print, 'cb', 1)
with cm(1) as a, cm(2) as b: print(a, b)
with contextlib.ExitStack() as st:
    st.enter_context(suppress(ValueError)); raise ValueError
print('after')
# ---
from dataclasses import dataclass, field, asdict, astuple, fields, replace, is_dataclass, FrozenInstanceError
from typing import List, Optional, ClassVar
@dataclass
class P:
    x: int
    y: int = 2
    tags: List[str] = field(default_factory=list)
    hidden: int = field(default=7, repr=False, compare=False)
    K: ClassVar[int] = 5
    def total(self): return self.x + self.y
p = P(1); print(p, p.total(), p == P(1), p == P(1, hidden=8), p != P(2), asdict(p), astuple(p), [f.name for f in fields(p)], replace(p, x=9), is_dataclass(P), is_dataclass(5), P(1, 2, ['a']).tags, P.K, p.tags is P(1).tags, P.y)
@dataclass(frozen=True, order=True)
class F:
    a: int
    b: str = 'b'
f = F(1); print(f, hash(f) == hash(F(1)), {f: 1}[F(1)], f < F(2), sorted([F(2), F(1, 'a')]), F(1) >= F(1))
for g in [lambda: setattr(f, 'a', 2), lambda: P(), lambda: P(1, 2, [], 4, 5), lambda: P(1, z=1), lambda: P(1, x=1), lambda: p < p, lambda: hash(p), lambda: delattr(f, 'a')]:
    try: print(g())
    except Exception as e: print(type(e).__name__, e)
@dataclass
class C(P):
    z: int = 0
    def __post_init__(self): self.w = self.z * 2
c = C(1, z=4); print(c, c.w, isinstance(c, P), asdict(C(1, tags=[F(3)])))
@dataclass(eq=False, repr=False)
class N:
    v: int
    def __repr__(self): return 'N!'
print(N(1), N(1) == N(1))
@dataclass(kw_only=True)
class KW:
    a: int
    b: int = 1
print(KW(a=1)); 
try: KW(1)
except TypeError as e: print(e)
try:
    @dataclass
    class Bad:
        a: list = []
except ValueError as e: print(e)
try:
    @dataclass
    class Bad2:
        a: int = 1
        b: int
except TypeError as e: print(e)
@dataclass
class Node:
    name: str
    children: 'List[Node]' = field(default_factory=list)
print(asdict(Node('r', [Node('c')])), Node('a', [Node('b')]))
# ---
import copy
a = [1, [2, 3], {'k': [4]}]; b = copy.copy(a); c = copy.deepcopy(a); b[1].append(9); c[1].append(8); print(a, b, c)
class O:
    def __init__(self): self.v = [1]; self.me = self
o = O(); q = copy.copy(o); r = copy.deepcopy(o); q.v.append(2); print(o.v, r.v, r.me is r, q.me is o, type(r).__name__)
import datetime, uuid, enum, decimal
class E(enum.Enum): A = 1
x = {'d': datetime.date(2024, 1, 1), 'u': uuid.UUID(int=1), 'e': E.A, 't': (1, [2]), 's': {1, 2}, 'n': None}
y = copy.deepcopy(x); print(y, y == x, y['e'] is E.A, y['t'] is x['t']); l = []; l.append(l); m = copy.deepcopy(l); print(m[0] is m)
class D:
    def __deepcopy__(self, memo): return 'deep'
    def __copy__(self): return 'shallow'
print(copy.copy(D()), copy.deepcopy([D()]), copy.copy({1: 2}), copy.copy((1,)), copy.copy({1}), copy.deepcopy(5))
# ---
import types, string, textwrap, io
n = types.SimpleNamespace(a=1, b='x'); n.c = 2; print(n, n.a, n == types.SimpleNamespace(a=1, b='x', c=2), isinstance(lambda: 0, types.FunctionType), types.MappingProxyType({'a': 1})['a'], isinstance(None, types.NoneType), isinstance((x for x in []), types.GeneratorType))
print(textwrap.dedent("""
    CREATE TABLE x (
        id int
    )

  more
    """), textwrap.dedent('a\n  b'), textwrap.dedent('  a\n   b\n\t\n'), textwrap.dedent('\ta\n  b'), textwrap.dedent('') + '|', repr(textwrap.dedent("   \n  a\n")))
print(textwrap.indent('a\n\nb\n', '  '), textwrap.indent('a\n\nb', '> ', lambda l: True), textwrap.fill('the quick brown fox jumps over the lazy dog', 20), textwrap.wrap('aaa bbb ccc', 7), textwrap.wrap('a  b   c dddddddddddd e', 5), textwrap.wrap('', 5), textwrap.shorten('hello big world', 12), textwrap.fill('a b c', 3, initial_indent='* ', subsequent_indent='  '), textwrap.wrap('  lead and trail  ', 8), textwrap.shorten('hello', 10))
print(string.ascii_lowercase, string.ascii_uppercase, string.digits, string.hexdigits, string.punctuation, repr(string.whitespace), string.octdigits, len(string.printable), string.capwords('hello big  world'))
t = string.Template('$a ${b} $$ $c'); print(t.safe_substitute(a=1, b=2), t.substitute(a=1, b=2, c=3), t.substitute({'a': 'x', 'b': 'y', 'c': 'z'}), t.template)
for f in [lambda: t.substitute(a=1), lambda: string.Template('$').substitute(), lambda: string.Template('a\nb $1').substitute()]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
s = io.StringIO(); s.write('a\nb'); print(s.getvalue(), 'x', file=s) if False else None; print(repr(s.getvalue()), s.tell()); s.seek(0); print(s.readline(), s.read(), s.read(1)); print([l for l in io.StringIO('x\ny\n')], io.StringIO('q').read())
with io.StringIO('abc') as g: print(g.read(2))
# ---
import math
print(math.floor(2.7), math.ceil(2.1), math.floor(-2.5), math.trunc(-2.7), math.sqrt(16), math.pi, math.e, math.inf, math.isnan(math.nan), math.isinf(math.inf), math.gcd(12, 18), math.lcm(4, 6), math.factorial(10), math.pow(2, 10), math.log(8, 2), math.log10(1000), math.log2(8), math.exp(0), math.hypot(3, 4), math.fabs(-2), math.isclose(0.1 + 0.2, 0.3), math.fmod(7, 3), math.modf(2.5), math.isqrt(17), math.comb(5, 2), math.prod([2, 3]), math.copysign(1, -2), math.degrees(math.pi), math.radians(180), math.fsum([0.1] * 10), math.ceil(5), math.floor(10**20), math.gcd(), math.isfinite(1), math.sin(0), math.cos(0), math.atan2(1, 1), math.tau)
for f in [lambda: math.sqrt(-1), lambda: math.log(0), lambda: math.floor('x'), lambda: math.floor(math.inf), lambda: math.factorial(-1), lambda: math.ceil(math.nan), lambda: math.exp(1000), lambda: math.sqrt('1'), lambda: math.gcd(1.5)]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
