l = [3, 1, 2]
l.append(4); l.extend([5, 6]); l.insert(0, 0); l.insert(-1, 99); l.insert(100, 7)
print(l, l.pop(), l.pop(0), l.index(1), l.count(2), len(l))
l.remove(99); l.reverse(); print(l); l.sort(); print(l); l.sort(key=lambda x: -x); print(l); l.sort(reverse=True)
c = l.copy(); l.clear(); print(c, l, c[1:3], c[::-1], c[::2], c[-2:], c[10:], c[3:1])
c[1:3] = ['x', 'y', 'z']; print(c); c[::2] = [0] * len(c[::2]); print(c); del c[::2]; print(c)
c[:] = []; print(c); c[0:0] = [1, 2]; print(c, c * 2, [0] * 3, c + [3], [1, [2, [3]]])
try:
    c[::2] = [1, 2, 3]
except ValueError as e:
    print(e)
try:
    c[5] = 1
except IndexError as e:
    print(e)
try:
    del c[5]
except IndexError as e:
    print(e)
try:
    [].pop(1)
except IndexError as e:
    print(e)
try:
    [1].pop(5)
except IndexError as e:
    print(e)
x = [1, 2]; x.append(x); print(x, x == x)
m = [[0] * 2] * 2; m[0][0] = 1; print(m)
# ---
d = {'a': 1, 'b': 2, 3: 'c', (1, 2): 't', None: 'n', 1.5: 'f'}
print(d, d['a'], d.get('z'), d.get('z', 0), 'a' in d, 3 in d, len(d), list(d), d.keys(), d.values(), d.items())
d['a'] = 10; d.setdefault('q', []).append(1); d.update({'b': 20}, c=3); d.update([('z', 26)])
print(d, d.pop('a'), d.pop('nope', 'dflt'), d.popitem())
print({1: 'a', 1.0: 'b', True: 'c'}, {'a': 1} == {'a': 1.0}, dict(a=1, b=2), dict([('a', 1)]), dict({'x': 1}, y=2), dict.fromkeys('ab', 0), dict.fromkeys([1, 2]))
print(list(d.items())[:2], sorted({'b': 1, 'a': 2}.items()), {v: k for k, v in {'a': 1}.items()}, d.copy() == d)
print({'a': 1}.keys() & {'a', 'b'}, {'a': 1}.keys() | {'b'} == {'a', 'b'}, {'a': 1}.keys() == {'a'}, {'a': 1, 'b': 2}.items() >= {('a', 1)}, {'a': 1}.keys() - {'a'})
e = {}
e['self'] = e
print(e)
try:
    for k in d: d['new'] = 1
except RuntimeError as err:
    print(err)
del d['b']; d['b'] = 'back'; print(list(d))
for i in range(100): d[i] = i
for i in range(0, 100, 2): del d[i]
print(len(d), d[99], 98 in d)
print(list(d.values())[-3:], 20 in d.values(), ('z', 26) in d.items())
# ---
s = {1, 2}
s.add(3); s.add(2); s.discard(9); s.update([4, 5], [6]); s.remove(6)
print(s, len(s), 3 in s, s | {9}, s & {1, 9}, s - {1}, s ^ {1, 9}, s <= {1, 2, 3, 4, 5, 6}, s == {5, 4, 3, 2, 1}, s.isdisjoint({9}), s.issubset(range(9)), s.issuperset([1]))
print(s.union([10], [11]), s.intersection([1, 2], [2]), s.difference([1]), sorted(s.symmetric_difference([1, 100])), s.copy() == s, set(), frozenset(), frozenset([1]), set('aab') == {'a', 'b'})
f = frozenset([1, 2]); print(f | {3}, {f: 1}[frozenset([2, 1])], f == {1, 2}, hash(f) == hash(frozenset([2, 1])))
s.intersection_update([1, 2]); s.difference_update([1]); s.symmetric_difference_update([2, 3]); print(s); s.clear(); print(s)
try:
    {[]}
except TypeError as e:
    print(e)
try:
    {1, {2}}
except TypeError as e:
    print(e)
print({1, 2} < {1, 2, 3}, {1, 2} < {1, 2}, {1} > set(), {1} >= {1})
# ---
t = (1, 2, 3, 2)
print(t, t[0], t[1:], t.count(2), t.index(3), t + (4,), t * 2, len(t), (), (1,), tuple('ab'), tuple([1]), 2 in t, t < (2,), hash((1, 2)) == hash((1, 2)), t == (1, 2, 3, 2))
try:
    t[0] = 1
except TypeError as e:
    print(e)
r = range(0, 20, 3)
print(r, list(r), len(r), r[2], r[-1], r[1:3], 9 in r, 10 in r, range(5) == range(0, 5), r.start, r.stop, r.step, list(range(5, 0, -2)), range(0), r.index(3) if hasattr(r, 'index') else 1)
# ---
print(slice(1, 2), slice(None, 5, 2).stop, [1, 2, 3, 4][slice(1, 3)])
print(int('12'), int(' -5 '), int('1_000'), int('ff', 16), int('0b11', 0), int(3.9), int(-3.9), int(True), int(), float('1.5'), float('1e3'), float(' inf '), float('-nan') != 0, float(), float(3), bool([]), bool('a'), bool(), str(), str(5), str(None), str([1]), list('ab'), list((1, 2)), list({'a': 1}), tuple(range(3)))
print(abs(-5), abs(-2.5), round(2.5), round(3.5), round(2.675, 2), round(-2.5), round(1234, -2), round(1250, -2), round(1350, -2), round(2.5, 0), round(1e20), round(5, 2), round(0.5), round(1.5), round(15.55, 1), round(1234.5678, -2))
print(divmod(7, 3), divmod(-7, 3), divmod(7, -3), divmod(7.5, 2), -7 // 2, -7 % 3, 7 % -3, 7.5 // 2, -7.5 // 2, -7.5 % 2, 5.0 % -3, 2 ** 10, 2 ** -1, 2.0 ** 3, (-2) ** 2, -2 ** 2, 2 ** 0.5, 0 ** 0, 10 ** 30, pow(2, 10), pow(2, 10, 1000), pow(-2, 3, 7))
print(7 / 2, 6 / 3, 1 / 3, 10 ** 30 / 10 ** 28, 2 ** 100 // 3, 2 ** 100 % 7, -(2 ** 100) // 3, -(2 ** 70) % 1000, 2 ** 64 - 1, 1 << 70, (1 << 70) >> 68, ~5, ~-1, 5 & 3, 5 | 3, 5 ^ 3, -5 & 3, -5 >> 1, -1 >> 100, 2 ** 63, -2 ** 63, 9223372036854775807 + 1, -9223372036854775808 - 1, 3037000500 * 3037000500, 2 ** 64 & -1, ~(2 ** 65), True + True, True & False, True | False, True ^ True, 5 & True)
print(1e308 * 10, -1e308 * 10, 1e16 + 1, 0.1 + 0.2, 1.1 * 3, 1e-320, 3.0 == 3, 2 ** 53 == 2.0 ** 53, 2 ** 53 + 1 == 2.0 ** 53, 10 ** 400 > 1e308, 1 < 1.5 < 2, float('nan') == float('nan'), hash(1) == hash(1.0) == hash(True), hash(0.5), hash(2 ** 61 - 1), hash(-1), hash(10 ** 30), hash(1.5), hash(-2.25))
print(sum([1, 2, 3]), sum([0.1] * 3), sum([[1], [2]], []), sum(range(101)), min(3, 1, 2), max([1, 5, 3]), min('b', 'a'), max('abc', 'b', key=len), min([], default=0), max({'a': 1, 'b': 2}, key={'a': 1, 'b': 2}.get), any([]), all([]), any([0, 1]), all([1, 0]))
print(hex(255), oct(8), bin(5), hex(-255), bin(-5), hex(2 ** 70), chr(97), ord('z'), repr('a'), ascii('é'), format(3.14159, '.2f'), format(5), format('a', '>3'), type(5), type('a'), type(None), type(int), type([]), type(lambda: 0), type(len), type(print), int, str)
print((5).bit_length(), (255).bit_count(), (3).real, (3).imag, (2.5).is_integer(), (2.0).is_integer(), (0.5).as_integer_ratio(), (10).conjugate(), (6).numerator, (6).denominator, (2.5).real)
print(isinstance(True, int), isinstance(1, bool), isinstance('a', str), isinstance(1, (str, int)), isinstance(None, type(None)), issubclass(bool, int), type(True) is bool, isinstance(int, type), isinstance([], object), isinstance(ValueError(), Exception))
print(print(end=''), print('a', 'b', sep='-', end='!\n'), id(1) == id(1), callable(print), hash('a') == hash('a'), Ellipsis, ..., NotImplemented, None, True)
# ---
d = {}
d[1] = 'a'; d[True] = 'b'; d[1.0] = 'c'
print(d)
print([1, 2, 3] > [1, 2], [1, 'a'] == [1, 'a'], [[1], [2]] < [[1], [3]], (1, 'a') < (1, 'b'), [] < [1], [1, 2] != [1, 2])
a = [1]; b = [1]; print(a == b, a is b, a in [b], [a].index(b))
import_free = {**{}, 'x': [*'ab']}
print(import_free)
nested = {'l': [1, {'k': (2, 3)}], 's': {4}}
print(nested['l'][1]['k'][0], nested)
nested['l'][1]['k'] += (5,)
print(nested)
print(1_000_000, 0xff, 0o17, 0b101, 1e3, .5, 5., 1_0.0_1, 10**3, 'a' 'b', b'x' b'y', r'\n', '\x41\u00e9\N{BULLET}', """triple
quoted""")
# ---
print([x for x in [1, 2, 3] if x != 2], *[1, 2], sep='|')
print(sorted({'b', 'a', 'c'}), sorted([True, 0, 2.5, -1]), sorted(['B', 'a', 'C'], key=str.lower), list(map(str, [1, 2])), list(map(int, '123')), ','.join(map(str, range(3))), list(map(str.upper, ['a'])))
print(list(zip([1, 2], 'ab', (True, False))), list(zip()), dict(zip('ab', [1, 2])), list(enumerate(['x'])), [*zip(*[(1, 2), (3, 4)])])
print(str.upper('a'), list.append, dict.get({'a': 1}, 'a'), int.bit_length(5), str.join('-', ['a', 'b'])) if False else print('skip')
print(len('abc'), len([1]), len({}), len(()), len(range(5)), len({1: 2}), len(b'ab'))
print(max(1, 2.5), min(1, True), sum([True, True]), 'abc' < 'abd', 'Z' < 'a', '' < 'a', 'a' * 0, 'a' * -1, [1] * -1)
# ---
def t(v):
    match v:
        case 0: return 'zero'
        case 1 | 2: return 'small'
        case -5: return 'neg'
        case 'x': return 'str x'
        case None: return 'none'
        case True: return 'true'
        case [1, 2]: return 'list12'
        case [a]: return f'one {a}'
        case [a, *rest] if len(rest) > 2: return f'many {a} {rest}'
        case (a, b, c): return f'three {a}{b}{c}'
        case {'k': v, **rest}: return f'map {v} {rest}'
        case {}: return 'mapping'
        case str(s): return f'string {s}'
        case int(n) if n > 100: return f'big {n}'
        case float(): return 'float'
        case [_, _]: return 'pair'
        case _: return 'other'
for v in [0, 1, 2, -5, 'x', None, True, [1, 2], [9], [1, 2, 3, 4], (1, 2, 3), {'k': 1, 'z': 2}, {'z': 1}, 'yy', 500, 50, 1.5, [3, 4], {1}, b'x']:
    print(v if not isinstance(v, set) else 'set', t(v))
class P:
    __match_args__ = ('x', 'y')
    def __init__(self, x, y): self.x, self.y = x, y
class Color:
    RED = 1
def m(p):
    match p:
        case P(0, 0): return 'origin'
        case P(x=0): return 'on y'
        case P(x, y) if x == y: return f'diag {x}'
        case P(x, P(a, b)): return f'nested {x}{a}{b}'
        case P(x, y): return f'{x},{y}'
        case Color.RED: return 'red'
        case [P(), *_] as whole: return f'list of {len(whole)}'
        case 'a' | 'b' as letter: return letter
for p in [P(0, 0), P(0, 1), P(2, 2), P(1, P(3, 4)), P(1, 2), 1, [P(1, 1), 2], 'a', 'zz']:
    print(m(p))
class Q: pass
try:
    match Q():
        case Q(1): pass
except TypeError as e:
    print(e)
try:
    match P(1, 2):
        case P(1, 2, 3): pass
except TypeError as e:
    print(e)
