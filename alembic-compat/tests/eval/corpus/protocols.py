class D:
    def __set_name__(self, owner, name): print('sn', owner.__name__, name)
class A:
    x = D()
A.y = D()
# ---
class B:
    def __init_subclass__(cls, tag=None, **kw):
        super().__init_subclass__(**kw); print('is', cls.__name__, tag)
class C(B, tag=3): pass
class D(C): pass
# ---
class G:
    def __class_getitem__(cls, k): return (cls.__name__, k)
print(G[int], G['x', 1])
# ---
class A:
    def __getattr__(self, n): return 'ga_' + n
a = A(); a.x = 1
print(a.x, a.y, getattr(a, 'z'), hasattr(a, 'q'))
# ---
class A:
    def __setattr__(self, n, v): print('set', n, v); object.__setattr__(self, n, v * 2)
    def __delattr__(self, n): print('del', n); object.__delattr__(self, n)
a = A(); a.x = 2; print(a.x); setattr(a, 'y', 3); print(a.y); del a.x; print(hasattr(a, 'x')); delattr(a, 'y')
# ---
class D(dict):
    def __missing__(self, k): return 'm' + str(k)
d = D(a=1)
print(d['a'], d['b'], d.get('c'), 'c' in d, '%(zz)s' % d, '{zz}'.format_map(d))
# ---
class A:
    def __format__(self, spec): return 'F<' + spec + '>'
a = A()
print(f'{a}', f'{a:>10}', format(a, 'q'), '{:z}'.format(a), '{0!r:>3}'.format('x'))
# ---
class A:
    def __enter__(self): print('in'); return 5
    def __exit__(self, *e): print('out', e[0].__name__ if e[0] else None); return True
with A() as x: print(x); raise ValueError('q')
print('after')
# ---
class A:
    __slots__ = ('a',)
x = A(); x.a = 1
try: x.b = 2
except AttributeError as e: print('AE')
print(x.a, hasattr(x, '__dict__'))
class B(A): pass
b = B(); b.c = 1; print(b.c)
try: del x.a; print(x.a)
except AttributeError as e: print('AE2')
# ---
class D:
    def __get__(self, o, t=None): return ('get', o is None, t.__name__)
    def __set__(self, o, v): print('dset', v)
    def __delete__(self, o): print('ddel')
class A: x = D()
a = A(); print(A.x, a.x); a.x = 5; print(a.__dict__); del a.x
print(getattr(a, 'x'), hasattr(A, 'x'))
# ---
class D:
    def __get__(self, o, t=None): return 'nd'
class A: x = D()
a = A(); print(a.x); a.x = 3; print(a.x); print(A.x)
# ---
class A:
    def __contains__(self, x): return x == 3
print(3 in A(), 4 in A(), 4 not in A())
class B:
    def __iter__(self): return iter([1, 2])
print(1 in B(), 3 in B())
class C:
    def __getitem__(self, i):
        if i > 2: raise IndexError
        return i * 10
print(20 in C(), 5 in C(), list(C()), [*C()])
for x in C(): print(x)
# ---
class A:
    def __bool__(self): return False
class B:
    def __len__(self): return 0
class C:
    def __bool__(self): return 1
print(bool(A()), not A(), bool(B()), 1 if B() else 2, A() or 3, [x for x in [1] if A()], any([A()]), all([B()]))
while A(): print('no')
assert not A()
try: bool(C())
except TypeError as e: print(e)
print(list(filter(None, [A(), B(), 1])))
# ---
class A:
    def __len__(self): return -1
try: print(len(A()))
except ValueError as e: print(e)
class B:
    def __len__(self): return 'x'
try: print(len(B()))
except TypeError as e: print(e)
class C:
    def __len__(self): return 2
    def __getitem__(self, i): return i
print(list(reversed(C())), C()[-1], C()[1:2])
# ---
class A:
    def __init__(self, v): self.v = v
    def __hash__(self): return hash(self.v)
    def __eq__(self, o): return self.v == o.v
print(len({A(1), A(1), A(2)}), {A(1): 'x'}[A(1)], A(3) in [A(3)], hash(A(5)) == hash(5))
class B:
    def __eq__(self, o): return True
try: hash(B())
except TypeError as e: print(e)
try: {B(): 1}
except TypeError as e: print(e)
print(B() in [1], [1].index(B()), B() == 3, 3 == B(), 3 != B(), [2].count(B()))
# ---
class A:
    def __init__(self): self.i = 0
    def __iter__(self): return self
    def __next__(self):
        self.i += 1
        if self.i > 3: raise StopIteration
        return self.i
print(list(A()), sum(A()), max(A()), tuple(A()), sorted(A(), reverse=True), dict(zip(A(), A())))
a, b, c = A(); print(a, b, c)
print(next(A()), list(map(str, A())), list(enumerate(A())), ','.join(str(x) for x in A()), {*A()})
try: iter(5)
except TypeError as e: print(e)
class B:
    def __iter__(self): return 5
try: list(B())
except TypeError as e: print(e)
class C:
    def __reversed__(self): return iter('cba')
print(list(reversed(C())))
print(list(iter(A().__next__, 3)))
# ---
class L(list):
    def append(self, x): super().append(x * 2)
    def __getitem__(self, i): return 'gi'
    def __iter__(self): return iter([7])
    def __len__(self): return 42
    def __contains__(self, x): return False
    def __setitem__(self, i, v): print('si', i, v); super().__setitem__(i, v)
    def __delitem__(self, i): print('di', i)
    def __eq__(self, o): return 'eq'
    def __add__(self, o): return 'add'
    def __iadd__(self, o): return 'iadd'
l = L([1, 2]); l.append(3)
print(l[0], [x for x in l], len(l), 1 in l, l == 3, l + [1], repr(l), list(l), tuple(l), sum(l), bool(L()))
l[0] = 5; del l[0]
[a] = l; print(a)
l += [1]; print(l)
# ---
class D(dict):
    def __getitem__(self, k): return 'gi'
    def __setitem__(self, k, v): print('si', k); super().__setitem__(k, v)
    def __contains__(self, k): return True
    def __iter__(self): return iter(['it'])
    def keys(self): return ['k']
    def items(self): return [('i', 1)]
    def get(self, k, d=None): return 'get'
    def __len__(self): return 9
    def __delitem__(self, k): print('di', k)
d = D(a=1); d['b'] = 2
print(d['zz'], 'q' in d, list(d), d.get(3), len(d), dict(d), {**d}, repr(d), d.items(), [*d], '%(x)s' % d)
del d['a']; d.update(c=3); d.setdefault('e', 1); print(dict.keys(d))
def f(**kw): print(kw)
f(**d)
# ---
class A:
    def __index__(self): return 2
    def __int__(self): return 5
    def __float__(self): return 1.5
print([1,2,3][A()], list(range(A())), 'abc'[A()], hex(A()), int(A()), float(A()), 'x' * A(), [1,2,3,4][:A()], bin(A()), '%d' % A(), '%x' % A(), chr(A()) == chr(2), (1,2,3)[A()])
class B:
    def __int__(self): return 5
try: print([1][B()])
except TypeError as e: print(e)
print(int(B()), '%d' % B())
class C:
    def __index__(self): return 4
print(int(C()), float(C()), round(3.14159, C()))
# ---
class A:
    def __init__(s, v): s.v = v
    def __lt__(s, o): return s.v < o.v
    def __repr__(s): return 'A%d' % s.v
print(sorted([A(3), A(1), A(2)]), min([A(3), A(1)]), max([A(3), A(1)]), A(1) < A(2), A(1) > A(2))
try: A(1) <= A(2)
except TypeError as e: print(e)
class B:
    def __gt__(s, o): return 'gt'
    def __le__(s, o): return 'le'
    def __ne__(s, o): return 'ne'
print(3 < B(), B() > 3, 3 >= B(), B() != 3, 3 != B(), [1] == [B()], [B()] != [1])
# ---
class A:
    def __call__(self, *a, **k): return (a, k)
a = A(); print(a(1, x=2), callable(a), list(map(a, [1])), sorted([3,1], key=lambda x: A()(x)[0][0]))
# ---
class A:
    def __new__(cls, *a): print('new', a); o = super().__new__(cls); o.z = 1; return o
    def __init__(self, *a): print('init', a)
print(A(5).z)
class B:
    def __new__(cls): return 5
    def __init__(self): print('never')
print(B())
class S:
    _i = None
    def __new__(cls):
        if cls._i is None: cls._i = object.__new__(cls)
        return cls._i
print(S() is S())
class T(tuple):
    def __new__(cls, a, b): return super().__new__(cls, (a, b))
print(T(1, 2))
# ---
import copy
class A:
    def __copy__(self): return 'cp'
    def __deepcopy__(self, memo): return 'dcp'
print(copy.copy(A()), copy.deepcopy(A()), copy.deepcopy([A()]))
# ---
class A: pass
a = A()
a.__len__ = lambda: 5
a.__str__ = lambda: 'inst'
a.__call__ = lambda: 1
a.__iter__ = lambda: iter([1])
a.__bool__ = lambda: False
a.__eq__ = lambda o: True
a.__enter__ = lambda: 1
for f in (len, lambda x: str(x) == 'inst', lambda x: x(), list, bool, lambda x: x == 4):
    try: print(f(a))
    except TypeError as e: print('TE')
# ---
class A:
    __iter__ = None
    __contains__ = None
    __hash__ = None
    __bool__ = None
for f in (lambda: list(A()), lambda: 1 in A(), lambda: hash(A()), lambda: bool(A())):
    try: print(f())
    except TypeError as e: print(e)
# ---
class A:
    @property
    def x(self): return self._x
    @x.setter
    def x(self, v): self._x = v * 2
    @x.deleter
    def x(self): print('del')
    @staticmethod
    def s(): return 's'
    @classmethod
    def c(cls): return cls.__name__
a = A(); a.x = 2; print(a.x, a.s(), A.c(), A.s()); del a.x
try: A.s = 3; print(a.s)
except Exception as e: print(e)
try: a.c = 1; print(a.c)
except Exception as e: print(e)
class B:
    @property
    def y(self): return 1
try: B().y = 2
except AttributeError as e: print('AE')
# ---
class A:
    def __setitem__(self, k, v): print('si', k, v)
    def __delitem__(self, k): print('di', k)
    def __getitem__(self, k): return k
a = A(); a[1] = 2; a[1:2] = 3; del a[5]; del a[1:]; a[0] += 5; print(a[1, 2], a[::2], a[...])
# ---
l = [3, 1, 2]
try:
    l.sort(key=lambda x: l.append(x) or x)
except ValueError as e: print(e)
print(l)
l = [3, 1, 2]
seen = []
l.sort(key=lambda x: seen.append(list(l)) or x)
print(l, seen)
l = [3, 1, 2]
try: l.sort(key=lambda x: l.clear() or 1 // (x - 2))
except ZeroDivisionError as e: print('zde')
except ValueError as e: print('ve')
print(l)
class A:
    def __init__(s, v): s.v = v
    def __lt__(s, o): l2.append(9); return s.v < o.v
l2 = [A(2), A(1)]
try: l2.sort()
except ValueError as e: print(e)
print(len(l2))
# ---
d = {1: 2}
try:
    for k in d: d[k + 1] = 1
except RuntimeError as e: print(e)
s = {1}
try:
    for k in s: s.add(k + 1)
except RuntimeError as e: print(e)
# ---
class Listed:
    def __dir__(self): return ['q', 'a']
print(dir(Listed()))
