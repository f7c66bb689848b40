def f(a, b=2, *args, c, d=4, **kw):
    return a, b, args, c, d, kw
def t(f):
    try:
        print(repr(f()))
    except Exception as e:
        print(type(e).__name__, e)
t(lambda: f(1, c=3))
t(lambda: f(1, 2, 3, 4, c=5, e=6))
t(lambda: f())
t(lambda: f(1))
t(lambda: f(c=1))
t(lambda: f(1, a=1, c=2))
t(lambda: f(*[1, 2, 3], **{'c': 1, 'z': 2}))
t(lambda: f(1, **{'c': 1}, c=2))
t(lambda: f(1, **{1: 1}))
t(lambda: f(*5))
t(lambda: f(**5))
# ---
def t(f):
    try:
        print(repr(f()))
    except Exception as e:
        print(type(e).__name__, e)
def none(): pass
def one(a): return a
def two(a, b): return a, b
def deflt(a, b=1): return a, b
def ponly(a, b=3, /, c=4): return a, b, c
def konly(*, a, b=2): return a, b
def many(a, b, c, d): pass
t(lambda: none(1))
t(lambda: none(1, 2))
t(lambda: none(x=1))
t(lambda: one())
t(lambda: one(1, 2))
t(lambda: two())
t(lambda: two(1, 2, 3))
t(lambda: deflt())
t(lambda: deflt(1, 2, 3))
t(lambda: ponly(1, c=2))
t(lambda: ponly(a=1))
t(lambda: ponly(1, b=1))
t(lambda: konly())
t(lambda: konly(1, a=1))
t(lambda: konly(a=1))
t(lambda: many())
t(lambda: many(1))
t(lambda: many(1, 2))
# ---
x = 1
def outer():
    x = 2
    def inner():
        nonlocal x
        x += 1
        return x
    def g():
        global x
        x = 10
        return x
    print(inner(), inner(), g(), x)
outer()
print(x)
# ---
def make():
    fs = []
    for i in range(3):
        fs.append(lambda: i)
    return [f() for f in fs]
print(make())
print([f() for f in [lambda i=i: i for i in range(3)]])
# ---
def f():
    print(x)
    x = 1
try:
    f()
except UnboundLocalError as e:
    print(e)
def g():
    def h(): return y
    try:
        h()
    except NameError as e:
        print(e)
    y = 1
g()
try:
    print(undefined)
except NameError as e:
    print(e)
# ---
class A:
    x = 5
    y = [x for _ in range(2)] if False else x
    def m(self): return x
x = 'global'
print(A.y, A().m())
# ---
def deco(arg):
    def wrap(fn):
        def inner(*a, **k):
            print('before', arg, a, k)
            return fn(*a, **k)
        inner.__name__ = fn.__name__
        return inner
    return wrap
@deco(1)
@deco('two')
def f(a, b=0):
    """doc"""
    return a + b
print(f(1, b=2), f.__name__)
# ---
def fact(n): return 1 if n < 2 else n * fact(n - 1)
print(fact(30), fact(5))
def fib(n):
    a, b = 0, 1
    while a < n:
        print(a, end=' ')
        a, b = b, a + b
    print()
fib(100)
# ---
print((lambda *a, **k: (a, k))(1, 2, x=3))
f = lambda x, y=2: x * y
print(f(3), f(3, 4), f.__name__, f.__qualname__)
def outer():
    def inner(): pass
    return inner
print(outer().__qualname__, outer().__name__, outer.__module__)
def d():
    "doc"
print(d.__doc__, d.__defaults__)
d.attr = 5
print(d.attr, vars(d))
# ---
total = 0
for i in range(10):
    if i == 3: continue
    if i == 7: break
    total += i
else:
    print('no')
print(total)
for i in []:
    pass
else:
    print('else')
n = 0
while n < 3:
    n += 1
else:
    print('while else', n)
while True:
    n -= 1
    if n < 0: break
else:
    print('not here')
print(n)
# ---
a, b = 1, 2
a, b = b, a
print(a, b)
a, *b, c = range(6)
print(a, b, c)
*a, b = 'xyz'
print(a, b)
(a, (b, c)), d = (1, (2, 3)), 4
print(a, b, c, d)
[a, b] = [1, 2]
def t(s):
    try:
        exec_ = s()
    except Exception as e:
        print(type(e).__name__, e)
def u1():
    a, b = 1, 2, 3
def u2():
    a, b, c = 1, 2
def u3():
    a, *b, c = [1]
def u4():
    a, b = 5
def u5():
    a, b = None
for u in (u1, u2, u3, u4, u5): t(u)
x = y = []
x.append(1)
print(y)
# ---
x = [1, 2, 3, 4, 5]
del x[1]
del x[-1:]
print(x)
d = {'a': 1, 'b': 2}
del d['a']
print(d)
y = 1
del y
try:
    y
except NameError as e:
    print(e)
try:
    del zz
except NameError as e:
    print(e)
def f():
    a = 1
    del a
    try:
        del a
    except UnboundLocalError as e:
        print(e)
f()
# ---
x = 5
x += 1; x -= 2; x *= 3; x /= 2; x //= 2; x **= 3; x %= 5
print(x)
x = 6
x <<= 2; x >>= 1; x |= 1; x ^= 3; x &= 14
print(x)
l = [1]
m = l
l += (2, 3)
l *= 2
print(m, l is m)
t = (1,)
u = t
t += (2,)
print(t, u)
s = {1}
s |= {2}
s &= {2, 3}
s ^= {5}
s -= {2}
print(s)
d = {'a': 1}
d |= {'b': 2}
print(d, d | {'a': 3})
# ---
if (n := 10) > 5: print(n)
print([y for x in range(5) if (y := x * x) > 3], y)
def f():
    r = [last := i for i in range(3)]
    return r, last
print(f())
# ---
print(1 < 2 < 3, 1 < 3 < 2, 1 == 1.0 == True, 3 > 2 >= 2 != 1)
print(1 if 0 else 2, None or 'x', 0 and 1/0, not [], not not 'a')
print(1 is 1, None is None, [] is [], 'a' in 'abc', 3 not in [1, 2])
print([1, 2] == [1, 2], (1, 2) < (1, 3), [1] < [1, 2], 'a' < 'b', {1} < {1, 2})
# ---
assert True
try:
    assert 1 == 2, 'message'
except AssertionError as e:
    print(repr(e))
try:
    assert 0
except AssertionError as e:
    print(repr(e), str(e))
# ---
def f(a, L=[]):
    L.append(a)
    return L
print(f(1), f(2), f(3, []))
def g(**kw): return kw
print(g(**{'a': 1}, b=2), g())
def h(*args): return args
print(h(*[1, 2], 3, *'ab'), h())
print([*range(3), *'ab'], (*[1], 2), {*[1, 1], 2}, {**{'a': 1}, 'b': 2, **{'a': 3}})
# ---
print(globals()['__name__'], 'x' in globals())
x = 1
print('x' in globals())
def f(a, b=2):
    c = 3
    return locals()
print(f(1))
# ---
def t(f):
    try:
        print(repr(f()))
    except Exception as e:
        print(type(e).__name__, e)
t(lambda: 1 + 'a')
t(lambda: 'a' + 1)
t(lambda: [1] + (2,))
t(lambda: (1,) + [2])
t(lambda: 1 < 'a')
t(lambda: None + 1)
t(lambda: -'a')
t(lambda: [] * 'a')
t(lambda: {} + {})
t(lambda: 1())
t(lambda: None.x)
t(lambda: (1).foo)
t(lambda: 'a'.foo)
t(lambda: [].foo)
t(lambda: [1][5])
t(lambda: (1,)[5])
t(lambda: 'a'[5])
t(lambda: {}['k'])
t(lambda: {}[[]])
t(lambda: {[]: 1})
t(lambda: [1]['a'])
t(lambda: 'abc'['a'])
t(lambda: 5[0])
t(lambda: len(5))
t(lambda: 1 / 0)
t(lambda: 1 // 0)
t(lambda: 1 % 0)
t(lambda: 1.0 / 0)
t(lambda: 1.0 // 0)
t(lambda: 1.0 % 0)
t(lambda: int('x'))
t(lambda: int('1.5'))
t(lambda: float('x'))
t(lambda: iter(5))
t(lambda: next(5))
t(lambda: next(iter([])))
t(lambda: list(5))
t(lambda: for_())
t(lambda: 'x' in 5)
t(lambda: 5 in 'x')
t(lambda: 1 << -1)
t(lambda: 2 ** -1)
t(lambda: 0 ** -1)
t(lambda: range(1, 2, 0))
t(lambda: [][::0])
t(lambda: chr(-1))
t(lambda: ord('ab'))
t(lambda: sum(['a']))
t(lambda: sum('a'))
t(lambda: max([]))
t(lambda: min())
t(lambda: sorted([1, 'a']))
t(lambda: isinstance(1, 5))
t(lambda: issubclass(1, int))
t(lambda: getattr(1, 'x'))
t(lambda: getattr(1, 'x', 'default'))
t(lambda: setattr(1, 'x', 2))
t(lambda: round('a'))
t(lambda: abs('a'))
t(lambda: divmod(1, 0))
t(lambda: divmod('a', 1))
t(lambda: {}.popitem())
t(lambda: [].pop())
t(lambda: set().pop())
t(lambda: [1].remove(2))
t(lambda: [1].index(2))
t(lambda: (1,).index(2))
t(lambda: 'a'.index('b'))
t(lambda: {1}.remove(2))
t(lambda: {}.pop('x'))
t(lambda: dict([1]))
t(lambda: dict([(1, 2, 3)]))
t(lambda: dict(5))
t(lambda: 'a'.join([1]))
t(lambda: 'a'.join(5))
t(lambda: 'a'.split(''))
t(lambda: 'a'.replace(1, 2))
t(lambda: 'a'.startswith(1))
t(lambda: 'a'.center('x'))
t(lambda: 'a'.center(5, 'xx'))
t(lambda: 'a'.upper(1))
t(lambda: [].append())
t(lambda: [].append(1, 2))
t(lambda: {}.get())
t(lambda: hash([]))
t(lambda: {1: 2}.keys()[0])
t(lambda: bytes('a'))
t(lambda: b'a' + 'a')
t(lambda: bytes([300]))
t(lambda: int([]))
t(lambda: int('z', 36))
t(lambda: int('ff', 16))
t(lambda: int('0xff', 0))
t(lambda: int('12', 1))
t(lambda: int(1.5, 2))
t(lambda: float([]))
t(lambda: zip(1))
t(lambda: list(zip([1], [1, 2], strict=True)))
t(lambda: list(zip([1, 2], [1], strict=True)))
t(lambda: enumerate())
t(lambda: len(1, 2))
t(lambda: print(foo=1))
t(lambda: hex('a'))
t(lambda: 'a' % 1)
t(lambda: '%d' % 'a')
t(lambda: '%s %s' % 1)
t(lambda: '%(a)s' % 1)
t(lambda: '%(a)s' % {'b': 1})
t(lambda: '%q' % 1)
t(lambda: '%' % 1)
t(lambda: '{} {}'.format(1))
t(lambda: '{a}'.format(b=1))
t(lambda: '{'.format(1))
t(lambda: '}'.format(1))
t(lambda: '{0} {}'.format(1))
t(lambda: '{} {0}'.format(1))
t(lambda: '{!x}'.format(1))
t(lambda: '{:d}'.format('a'))
t(lambda: '{:s}'.format(1))
t(lambda: '{:.2d}'.format(1))
t(lambda: '{:z}'.format('a'))
t(lambda: '{:=5}'.format('a'))
t(lambda: '{:,s}'.format('a'))
t(lambda: format([], '5'))
t(lambda: f'{1:q}')
t(lambda: f'{1.5:d}')
# ---
g = globals()
x = 1
print(g['x'], 'y' in g)
g['x'] = 2
g['y'] = 3
print(x, y, g is not None, len([k for k in g if not k.startswith('__')]))
del x
print('x' in g, g.get('x', 'gone'), g.pop('y'), g.pop('y', 'no'))
try:
    y
except NameError as error:
    print(error)
def f():
    globals()['made_' + 'here'] = 5
    globals().update({'a': 1}, b=2)
    print(globals().setdefault('a', 7), globals().setdefault('c', 8))
    return made_here, a, b, c
print(f(), made_here)
globals()['len'] = lambda value: 'mine'
print(len([1]))
del globals()['len']
print(len([1]))
try:
    del globals()['nothing']
except KeyError as error:
    print(error)
for name, value in {'p': 1, 'q': 2}.items():
    globals()[name] = value
print(p + q, sorted(k for k in vars() if len(k) == 1))
seen = 0
try:
    for key in globals():
        globals()['new'] = 1
        seen += 1
except RuntimeError as error:
    print(error, seen)
print(globals() == g, {**globals()}['p'], dict(globals())['q'], list(globals().items())[-1][0])
# ---
class A:
    kept = 'class'
    def __init__(self, **kw):
        self.__dict__.update(kw)
    def __setattr__(self, name, value): raise AttributeError(name)
a = A(x=1, y=2)
d = a.__dict__
d['z'] = 3
print(a.z, a.__dict__, vars(a) == d, d.pop('x'), hasattr(a, 'x'))
vars(a)['kept'] = 'own'
print(a.kept, A.kept)
del a.__dict__['kept']
print(a.kept, sorted(d), len(d), list(d.values()))
d |= {'w': 9}
print(a.w)
class C:
    pass
c = C()
c.n = 1
d = c.__dict__
c.n = 2
c.m = 3
print(d)
del c.n
print(d, c.__dict__.copy())
import copy
e = C()
e.__dict__.update(c.__dict__)
print(e.m, e.__dict__ == c.__dict__)
