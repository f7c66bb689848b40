class A:
    """doc"""
    count = 0
    def __init__(self, x, y=2):
        self.x = x
        self.y = y
        A.count += 1
    def total(self): return self.x + self.y
    @property
    def double(self): return self.x * 2
    @double.setter
    def double(self, v): self.x = v // 2
    @staticmethod
    def st(a): return a
    @classmethod
    def make(cls, *a): return cls(*a)
    def __repr__(self): return f'A({self.x!r})'
a = A(1)
print(a, a.total(), a.double, A.st(3), a.st(4), A.make(7), A.count, A.__doc__)
a.double = 10
print(a.x, vars(a), a.__class__.__name__, type(a) is A)
try:
    a.nope
except AttributeError as e:
    print(e)
try:
    A.nope
except AttributeError as e:
    print(e)
class B(A):
    def total(self): return super().total() * 10
b = B(1)
print(b.total(), b, isinstance(b, A), issubclass(B, A), B.__mro__ == (B, A, object))
try:
    A()
except TypeError as e:
    print(e)
try:
    A(1, 2, 3)
except TypeError as e:
    print(e)
class P:
    @property
    def x(self): return 1
try:
    P().x = 2
except AttributeError as e:
    print(e)
try:
    del P().x
except AttributeError as e:
    print(e)
# ---
class E: pass
try:
    E(1)
except TypeError as e:
    print(e)
try:
    E()()
except TypeError as e:
    print(e)
try:
    len(E())
except TypeError as e:
    print(e)
try:
    E() + 1
except TypeError as e:
    print(e)
try:
    E() < E()
except TypeError as e:
    print(e)
try:
    for x in E(): pass
except TypeError as e:
    print(e)
try:
    with E(): pass
except TypeError as e:
    print(e)
try:
    E()[0]
except TypeError as e:
    print(e)
try:
    E()[0] = 1
except TypeError as e:
    print(e)
e = E()
e.x = 1
del e.x
try:
    del e.x
except AttributeError as err:
    print(err)
print(E() == E(), e == e, e != e, bool(e), hasattr(e, 'x'))
# ---
class V:
    def __init__(self, x): self.x = x
    def __add__(self, o): return V(self.x + (o.x if isinstance(o, V) else o))
    def __radd__(self, o): return V(o + self.x)
    def __iadd__(self, o):
        self.x += o
        return self
    def __mul__(self, o): return NotImplemented
    def __neg__(self): return V(-self.x)
    def __eq__(self, o): return isinstance(o, V) and self.x == o.x
    def __hash__(self): return hash(self.x)
    def __lt__(self, o): return self.x < o.x
    def __bool__(self): return self.x != 0
    def __len__(self): return 3
    def __getitem__(self, i): return (self.x, i)
    def __contains__(self, i): return i == self.x
    def __call__(self, *a, **k): return a, k
    def __str__(self): return f'<{self.x}>'
    def __repr__(self): return f'V({self.x})'
    def __iter__(self): return iter([self.x, self.x])
    def __abs__(self): return abs(self.x)
    def __int__(self): return self.x
    def __float__(self): return self.x + .5
    def __index__(self): return self.x
    def __format__(self, spec): return f'[{spec}]'
    def __enter__(self): return self
    def __exit__(self, *a):
        print('exit', a[0])
        return True
    def __invert__(self): return 'inv'
    def __and__(self, o): return ('and', o)
    def __rand__(self, o): return ('rand', o)
    def __round__(self, n=None): return ('round', n)
    def __divmod__(self, o): return ('divmod', o)
    def __reversed__(self): return 'rev'
    def __pow__(self, o): return 'pow'
    def __matmul__(self, o): return 'mat'
v = V(2)
print(v + 1, 1 + v, v + v, -v, ~v, v & 1, 1 & v, v ** 2, v @ 1)
v += 5
print(v, repr(v), str(v), f'{v}', f'{v:abc}', '%s %r' % (v, v), '{:x}'.format(v))
print(v == V(7), v != V(7), V(1) < V(2), V(2) > V(1), sorted([V(3), V(1)]))
print(bool(V(0)), len(v), v[1], v[1:2], 7 in v, 8 in v, v(1, a=2), list(v), [*v])
print(abs(v), int(v), float(v), [1, 2, 3, 4, 5, 6, 7, 8][v], hex(v), round(v), round(v, 2), divmod(v, 1), reversed(v))
print({V(1): 'a'}[V(1)], V(1) in {V(1)}, len({V(1), V(1), V(2)}))
with v as w:
    print(w is v)
    raise ValueError('swallowed')
try:
    v * 2
except TypeError as e:
    print(e)
a, b = v
print(a, b)
# ---
class A:
    def f(self): return 'A'
class B(A):
    def f(self): return 'B' + super().f()
class C(A):
    def f(self): return 'C' + super().f()
class D(B, C):
    def f(self): return 'D' + super().f()
print(D().f(), [c.__name__ for c in D.__mro__], [c.__name__ for c in D.mro()])
try:
    class X(A, D): pass
except TypeError as e:
    print(e)
try:
    class Y(A, A): pass
except TypeError as e:
    print(e)
try:
    class Z(bool): pass
except TypeError as e:
    print(e)
# ---
class S(str):
    def shout(self): return self.upper() + '!'
    def __repr__(self): return 'S:' + super().__repr__()
s = S('abc')
print(s, repr(s), s.shout(), s + 'd', s == 'abc', len(s), s[0], {s: 1}['abc'], isinstance(s, str), s in ['abc'], 'b' in s, '%s' % s, f'{s:>5}', type(s + 'x').__name__)
class I(int):
    def __new__(cls, v, extra=None):
        o = super().__new__(cls, v)
        o.extra = extra
        return o
i = I(5, extra='e')
print(i, i + 1, i.extra, i == 5, i * i, type(i).__name__, isinstance(i, int), [1]*i, i < 6, hash(i) == hash(5), -i, bool(I(0)))
class L(list):
    def second(self): return self[1]
l = L([1, 2, 3])
l.append(4)
print(l, l.second(), len(l), l == [1, 2, 3, 4], [x for x in l], l[1:], l + [5])
class D(dict):
    def __missing__(self, k): return f'missing {k}'
d = D(a=1)
d['b'] = 2
print(d, d['a'], d['zz'], d.get('zz'), len(d), list(d), 'a' in d, d == {'a': 1, 'b': 2}, {**d})
class T(tuple):
    def __new__(cls, *a): return super().__new__(cls, a)
t = T(1, 2)
print(t, t[0], len(t), t == (1, 2))
class U(dict):
    def __init__(self, *a, **k):
        super().__init__(*a, **k)
        self.z = 1
    def __setitem__(self, k, v): super().__setitem__(k, v * 2)
u = U(a=1)
u['b'] = 2
print(u, u.z)
# ---
class M(type): pass
print('made')
# ---
class Meta:
    def __init_subclass__(cls, tag=None, **kw):
        super().__init_subclass__(**kw)
        cls.tag = tag
        print('sub', cls.__name__, tag)
class X(Meta, tag='t'): pass
class Y(X): pass
print(X.tag, Y.tag)
# ---
class Desc:
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, obj, cls):
        if obj is None: return self
        return obj.__dict__.get('_' + self.name, 'unset')
    def __set__(self, obj, value): obj.__dict__ if False else setattr(obj, '_' + self.name, value)
class H:
    a = Desc()
h = H()
print(h.a)
h.a = 5
print(h.a, h._a, type(H.a).__name__)
# ---
class G:
    def __getattr__(self, name):
        if name.startswith('x'): return name * 2
        raise AttributeError(name)
    def __setattr__(self, name, value):
        object.__setattr__(self, name, value + 1)
g = G()
g.a = 1
print(g.a, g.xy, hasattr(g, 'q'), getattr(g, 'q', 0))
try:
    g.q
except AttributeError as e:
    print(repr(e))
# ---
class N:
    def __eq__(self, o): return True
try:
    hash(N())
except TypeError as e:
    print(e)
print(N() == 1, 1 == N(), N() != 1)
# ---
class C:
    def __class_getitem__(cls, k): return (cls.__name__, k)
print(C[int], C['a', 'b'])
print(list[int], dict[str, int], tuple[int, ...], int | None, list[int] | str, type(None) | int)
print(isinstance(1, int | str), isinstance('a', (int, (str, float))))
# ---
class It:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n == 0: raise StopIteration
        self.n -= 1
        return self.n
print(list(It(3)), sum(It(4)), [*It(2)], max(It(3)), dict(zip('ab', It(5))))
i = It(2)
print(next(i), next(i), next(i, 'end'))
class Old:
    def __getitem__(self, i):
        if i > 2: raise IndexError
        return i * 10
print(list(Old()), 20 in Old(), [x for x in Old()])
class Len:
    def __len__(self): return 2
    def __getitem__(self, i): return 'ab'[i]
print(list(reversed(Len())), bool(Len()))
# ---
class A:
    x = 1
    def __init__(self): self.y = 2
a = A()
print(a.__dict__, 'x' in A.__dict__, A.__name__, A.__qualname__, A.__module__, A.__bases__)
class B:
    class Inner:
        def m(self): pass
print(B.Inner.__qualname__, B.Inner.m.__qualname__)
A.new = lambda self: self.y
print(a.new())
setattr(A, 'z', 5)
print(a.z, A.z, delattr(A, 'z'), hasattr(a, 'z'))
X = type('X', (A,), {'k': 1, 'm': lambda self: self.k})
print(X().m(), X.__name__, X().y, X.__bases__)
# ---
class Base:
    def __init__(self, **kw):
        self.kw = kw
class Mixin:
    def __init__(self, *, m=0, **kw):
        super().__init__(**kw)
        self.m = m
class Final(Mixin, Base): pass
f = Final(m=1, z=2)
print(f.m, f.kw)
try:
    class Q:
        def __init__(self): super().__init__(1)
    Q()
except TypeError as e:
    print(e)
class R:
    def __init__(self): return 5
try:
    R()
except TypeError as e:
    print(e)
class W:
    def __str__(self): return 5
try:
    str(W())
except TypeError as e:
    print(e)
class W2:
    def __len__(self): return -1
try:
    len(W2())
except ValueError as e:
    print(e)
class W3:
    def __bool__(self): return 5
try:
    bool(W3())
except TypeError as e:
    print(e)
class W4:
    def __iter__(self): return 5
try:
    iter(W4())
except TypeError as e:
    print(e)
# ---
class Slots:
    __slots__ = ('a', 'b')
    def __init__(self): self.a = 1
s = Slots()
print(s.a)
try:
    s.c = 1
except AttributeError as e:
    print(e)
try:
    s.b
except AttributeError as e:
    print('no b')
# ---
class A:
    def m(self): return 1
    n = m
    k = len
a = A()
f = a.m
print(f(), a.n(), A.m(a), a.k([1, 2]), f.__name__, f.__self__ is a)
print(A.m.__name__, callable(a), callable(a.m), callable(A), callable(len), callable(5))
class Call:
    def __call__(self): return 'called'
print(Call()(), callable(Call()))
# ---
class A:
    @classmethod
    def c(cls): return cls.__name__
    @staticmethod
    def s(): return 's'
    @classmethod
    def __init_subclass__(cls): print('init', cls.__name__)
class B(A):
    @classmethod
    def c(cls): return 'B' + super().c()
print(A.c(), A().c(), B.c(), B().c(), B.s())
# ---
def counter():
    class C:
        n = 0
        def inc(self):
            C.n += 1
            return C.n
    return C
C1, C2 = counter(), counter()
C1().inc(); C1().inc()
print(C1.n, C2.n)
x = 'outer'
class Scope:
    x = 'class'
    def f(self): return x
    g = [x for i in range(1)]
    h = [i for i in x]
print(Scope().f(), Scope.g, Scope.h)
# ---
class Cmp:
    def __init__(self, v): self.v = v
    def __le__(self, o): return ('le', self.v)
    def __ge__(self, o): return ('ge', self.v)
    def __eq__(self, o): return NotImplemented
print(Cmp(1) <= Cmp(2), Cmp(1) >= Cmp(2), 5 <= Cmp(3), Cmp(1) == Cmp(1), Cmp(1) != 5)
class Sub(Cmp):
    def __ge__(self, o): return ('subge', self.v)
print(Cmp(1) <= Sub(2))
class Add:
    def __add__(self, o): return 'add'
    def __radd__(self, o): return 'radd'
class SubAdd(Add):
    def __radd__(self, o): return 'subradd'
print(Add() + SubAdd(), SubAdd() + Add(), 1 + Add(), Add() + Add())
