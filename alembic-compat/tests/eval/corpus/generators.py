def g(n):
    for i in range(n):
        r = yield i
        if r: print('got', r)
    return 'done'
it = g(3)
print(next(it), it.send('hello'), next(it))
try:
    next(it)
except StopIteration as e:
    print(e.value, e.args)
try:
    next(it)
except StopIteration as e:
    print(e.value)
print(list(g(4)), sum(g(5)), tuple(g(2)))
# ---
def inner():
    x = yield 1
    print('inner', x)
    try:
        yield 2
    except ValueError as e:
        print('caught', e)
        yield 'recovered'
    return 'result'
def outer():
    r = yield from inner()
    print('r', r)
    yield from [10, 20]
    yield from 'ab'
o = outer()
print(next(o), o.send('s'), o.throw(ValueError('v')), next(o), list(o))
# ---
def g():
    print('start')
    try:
        while True:
            try:
                x = yield
                print('x', x)
            except KeyError as e:
                print('key', e)
    finally:
        print('cleanup')
it = g()
next(it)
it.send(1)
it.throw(KeyError('k'))
it.send(2)
it.close()
it.close()
try:
    it.send(3)
except StopIteration:
    print('stop')
# ---
def g():
    with_state = []
    for i in range(3):
        for j in range(2):
            if i == 1:
                continue
            while len(with_state) < 10:
                with_state.append((i, j))
                yield i, j, len(with_state)
                if j: break
            else:
                yield 'else'
    else:
        yield 'for else'
print(list(g()))
# ---
class CM:
    def __enter__(self): print('in'); return 1
    def __exit__(self, *a): print('out', a[0]); return False
def g():
    with CM() as c:
        yield c
        try:
            yield 2
        except Exception as e:
            yield 'e'
            raise
        else:
            yield 'no error'
        finally:
            yield 'finally'
    yield 'end'
print(list(g()))
it = g()
print(next(it), next(it), it.throw(ValueError('z')), next(it))
try:
    next(it)
except ValueError as e:
    print('raised', e)
# ---
def evens():
    n = 0
    while True:
        yield n
        n += 2
e = evens()
print([next(e) for _ in range(4)], [x for x, _ in zip(e, range(3))], next(e))
def pipeline(xs):
    return (x * x for x in xs if x % 2)
print(list(pipeline(range(8))), sum(x for x in range(4)), any(x > 2 for x in range(5)), max((len(w), w) for w in ['a', 'bbb', 'cc']))
gen = (print('side', i) or i for i in range(3))
print('lazy')
print(next(gen), list(gen))
# ---
def log(x):
    print('log', x)
    return x
def lazy():
    for i in range(2):
        yield log(i)
for v in lazy():
    print('body', v)
a, b = lazy()
print(a, b)
z = zip(lazy(), lazy())
print(list(z))
# ---
def bad():
    yield 1
    raise StopIteration
try:
    list(bad())
except RuntimeError as e:
    print(e)
g = (x for x in [1])
print(type(g).__name__, next(g), next(g, None))
def me():
    yield next(it)
it = me()
try:
    next(it)
except ValueError as e:
    print(e)
def fresh(): yield
f = fresh()
try:
    f.send(1)
except TypeError as e:
    print(e)
# ---
def tree(t):
    if t:
        l, v, r = t
        yield from tree(l)
        yield v
        yield from tree(r)
print(list(tree((((), 1, ()), 2, ((), 3, ())))))
def g(x):
    match x:
        case 1:
            yield 'one'
            yield 'uno'
        case _:
            yield 'other'
    if x:
        yield 'true'
    elif x is None:
        yield 'none'
    else:
        yield 'false'
print(list(g(1)), list(g(0)), list(g(None)))
# ---
print([(x, y) for x in range(3) for y in range(x) if x + y > 1])
print({x: y for x, y in zip('abc', range(3))}, {x % 3 for x in range(10)})
print([[y for y in range(x)] for x in range(4)])
x = 'keep'
[x for x in range(3)]
print(x)
print([a + b for a, b in [(1, 2), (3, 4)]], [i for i, in [(1,), (2,)]])
print(dict((k, v) for k, v in {'a': 1}.items()), list(map(lambda x, y: x + y, [1, 2], [3, 4, 5])))
print(list(filter(None, [0, 1, '', 'a'])), list(filter(lambda x: x > 1, [1, 2, 3])), list(enumerate('ab', 1)))
print(list(reversed([1, 2, 3])), list(reversed('abc')), list(reversed(range(0, 10, 3))), list(reversed({'a': 1, 'b': 2})))
print(list(iter(lambda c=iter([1, 2, 0, 3]): next(c), 0)))
print(sorted([3, 1, 2]), sorted('hello', reverse=True), sorted([(1, 'b'), (1, 'a'), (0, 'z')], key=lambda t: t[0]), sorted([(1, 'b'), (1, 'a'), (0, 'z')], key=lambda t: t[0], reverse=True))
# ---
async def co(x):
    return x + 1
async def main():
    a = await co(1)
    b = await co(a)
    return b
c = main()
try:
    c.send(None)
except StopIteration as e:
    print(e.value)
