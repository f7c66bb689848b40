import enum
from enum import Enum, IntEnum, auto, unique, Flag, IntFlag, StrEnum
class Color(Enum):
    RED = 1
    GREEN = 2
    BLUE = 3
    CRIMSON = 1
    def describe(self): return f'{self.name}={self.value}'
    @property
    def lower(self): return self.name.lower()
    @classmethod
    def default(cls): return cls.GREEN
    @staticmethod
    def helper(): return 'help'
print(Color.RED, repr(Color.RED), Color.RED.name, Color.RED.value, Color(2), Color['BLUE'], Color.CRIMSON, Color.CRIMSON is Color.RED, list(Color), len(Color), [c.value for c in Color], Color.__members__.keys(), Color.RED == Color.RED, Color.RED != Color.BLUE, Color.RED == 1, Color.RED in Color, isinstance(Color.RED, Color), type(Color.RED), Color)
print(Color.GREEN.describe(), Color.RED.lower, Color.default(), Color.helper(), {Color.RED: 'r'}[Color(1)], f'{Color.RED}', '%s' % Color.RED, '{}'.format(Color.RED), f'{Color.RED!r}', f'{Color.RED:>12}|', bool(Color.RED), hash(Color.RED) == hash(Color.RED), Color.RED is Color(1), Color(Color.RED))
print([m for m in Color.__members__.items()], dict(Color.__members__), sorted(Color, key=lambda c: -c.value), Color.__name__, Color.RED.__class__.__name__, tuple(Color), [*Color], 'RED' in Color.__members__, hasattr(Color, 'PINK'), getattr(Color, 'RED'))
for f in [lambda: Color(9), lambda: Color['X'], lambda: Color('RED'), lambda: Color.RED < Color.BLUE, lambda: Color.RED + 1]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
# ---
import enum
class S(str, enum.Enum):
    A = 'a'
    B = 'b'
class T(enum.StrEnum):
    ONE = enum.auto()
    TWO = 'two!'
class N(enum.IntEnum):
    X = 1
    Y = enum.auto()
    Z = 10
    W = enum.auto()
class I(int, enum.Enum):
    P = 5
    Q = '7'
for m in [S.A, T.ONE, T.TWO, N.X, N.W, I.P, I.Q]:
    print(repr(m), str(m), f'{m}', '%s' % m, '{:>6}|'.format(m), m.value, m.name, type(m.value).__name__, m == m.value, hash(m) == hash(m.value), isinstance(m, (str, int)))
print(S.A == 'a', 'a' == S.A, {'a': 1}[S.A], S('a') is S.A, S.A.upper(), S.A + 'x', 'x' + S.B, ','.join([S.A, S.B]), S.A in ['a'], [e.value for e in S], len(S.A), S.A[0], sorted([S.B, S.A]), S.A < S.B, 'a' in list(S))
print(N.X + 1, N.X < N.Y, N.Z == 10, [0, 10, 20][N.X], N(10), max(N), sum(N), int(N.X), N.X * 2.5, list(range(N.X, 4)), N.X | 2, f'{N.Z:03d}', '%d' % N.Z, sorted([N.Z, N.X]), -N.X)
import json
print(json.dumps({'s': S.A, 'n': N.Z, S.B: 1, 't': [T.ONE]}))
for f in [lambda: S('z'), lambda: N(99), lambda: T('x')]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
# ---
import enum
class Planet(enum.Enum):
    EARTH = (5.9, 6.3)
    MARS = (6.4, 3.3)
    def __init__(self, mass, radius):
        self.mass = mass
        self.radius = radius
    @property
    def ratio(self): return round(self.mass / self.radius, 3)
print(Planet.EARTH.mass, Planet.MARS.ratio, Planet((6.4, 3.3)), Planet.EARTH.value, repr(Planet.MARS))
class Coord(bytes, enum.Enum):
    def __new__(cls, value, label):
        obj = bytes.__new__(cls, [value])
        obj._value_ = value
        obj.label = label
        return obj
    PX = (0, 'P.X')
    PY = (1, 'P.Y')
print(Coord(1).label)
class L(str, enum.Enum):
    def __new__(cls, value, label):
        obj = str.__new__(cls, value)
        obj._value_ = value
        obj.label = label
        return obj
    A = 'a', 'Label A'
    B = 'b', 'Label B'
print(L.A, L.A.label, L('b'), L.B == 'b', [(x.value, x.label) for x in L], repr(L.A))
class A(enum.Enum):
    def _generate_next_value_(name, start, count, last_values): return name.lower() + str(count)
    X = enum.auto()
    Y = enum.auto()
print(list(A), A.Y.value)
class M(enum.Enum):
    A = 'a'
    OTHER = 'o'
    @classmethod
    def _missing_(cls, value): return cls.OTHER if value != 'bad' else None
    def __str__(self): return self.value
print(M('zzz'), M.A, f'{M.A}', repr(M.A))
try: M('bad')
except ValueError as e: print(e)
class Auto(enum.Enum):
    A = enum.auto(); B = enum.auto(); C = 10; D = enum.auto(); E = 'x'; F = enum.auto()
print([(m.name, m.value) for m in Auto])
@enum.unique
class U(enum.Enum):
    A = 1; B = 2
try:
    @enum.unique
    class V(enum.Enum):
        A = 1; B = 1; C = 1
except ValueError as e: print(e)
class Base(enum.Enum):
    def hi(self): return 'hi ' + self.name
class Derived(Base):
    X = 1
print(Derived.X.hi(), isinstance(Derived.X, Base))
try:
    class More(Derived): Y = 2
except TypeError as e: print(e)
class Names(enum.Enum):
    name = 'n'; value = 'v'; other = 'o'
print(Names.name, Names.name.name, Names.name.value, Names.value, Names.value.value, [m.value for m in Names])
class Unhash(enum.Enum):
    A = [1]; B = {'k': 1}; C = None; D = 1.5
print(Unhash([1]), Unhash.B.value['k'], Unhash(None), Unhash(1.5), list(Unhash))
class Fn(enum.Enum):
    A = 1
    f = lambda self: 'called'
    _private = 5
    __dunder = 6
print(list(Fn), Fn.A.f())
# ---
from enum import *
class P(Flag):
    R = auto(); W = auto(); X = auto()
    RW = R | W
print(P.R, repr(P.W), P.X.value, P.R | P.W, repr(P.R | P.X), (P.R | P.W) is P.RW, P.R & P.W, repr(P.R & P.W), bool(P.R & P.W), P.R in P.RW, P.X in P.RW, list(P), list(P.RW), ~P.R, P.RW ^ P.R, P(3), P(0), len(P), len(P.RW), P.RW.name, (P.R | P.X).name, P.R == 1, (P.R | P.X).value)
class Q(IntFlag):
    A = 1; B = 2; C = 4
print(Q.A, repr(Q.A), Q.A | Q.B, repr(Q.A | Q.B), Q.A | 2, Q.A + 1, Q.A == 1, Q(5), list(Q(5)), Q.A in Q(5), int(Q.C), f'{Q.B}')
E2 = Enum('E2', 'A B C')
print(list(E2), E2.B.value, E2)
E3 = Enum('E3', ['X', 'Y']); E4 = Enum('E4', {'M': 'm', 'N': 'n'}); E5 = Enum('E5', [('K', 1), ('L', 2)], type=int); E6 = IntEnum('E6', 'A, B'); E7 = Enum('E7', 'A B', start=0); E8 = Enum('E8', [(s.upper(), s) for s in 'ab'], type=str)
print(list(E3), list(E4), list(E5), E5.K + 1, list(E6), list(E7), E8.A == 'a')
# ---
import enum
class E(enum.Enum):
    A = 1
    B = 2
    def g(self): return 1
class S(str, enum.Enum):
    A = 'a'
class N(enum.Enum):
    name = 1
for x in (E, E.A, S, S.A):
    print([hasattr(x, n) for n in ('A', 'C', 'name', 'value', 'g', '__members__', '_value_', 'upper', '__html__')])
print(hasattr(E.A, '__len__'), hasattr(S.A, '__len__'), hasattr(E.A, '__iter__'), hasattr(E.A, '__call__'), hasattr(E, '__name__'), hasattr(E.A, '__name__'), getattr(E, 'C', 5), getattr(E, 'value', 6), N.name.value)
