import json
from json import dumps, loads
for v in [None, True, False, 0, -1, 10**30, 1.5, 1e100, 1e-7, 1.0, float('nan'), float('inf'), -float('inf'), '', 'a"b\\c/\n\r\t\b\f\x00\x1f\x7f', 'äöü€😀', [], {}, (), [1, 'a', None], {'a': 1, 'b': [1, 2, {'c': None}]}, {1: 2, None: 3, True: 4, 1.5: 5}, [[[]]], {'': {}}, (1, (2,))]:
    print(dumps(v), dumps(v, indent=2), dumps(v, ensure_ascii=False), dumps(v, separators=(',', ':')))
print(dumps({'b': 1, 'a': [1, 2], 'c': {}}, sort_keys=True), dumps({'b': 1, 'a': 2}, indent=4, sort_keys=True), dumps([1, 2], indent='--'), dumps([1], indent=0), dumps({'a': 1}, indent=1, separators=(', ', '=')), dumps({(1, 2): 3, 'a': 1}, skipkeys=True))
print(dumps(object, default=str), dumps({'a': {1, 2}}, default=list), dumps([1j], default=lambda o: [o.real, o.imag]) if False else '')
a = []; a.append(a)
for f in [lambda: dumps(a), lambda: dumps({1, 2}), lambda: dumps({(1,): 2}), lambda: dumps(float('nan'), allow_nan=False), lambda: dumps(object()), lambda: dumps({'a': b'x'}), lambda: dumps({1: 1, 'a': 2}, sort_keys=True), lambda: dumps(1, foo=2)]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
# ---
import json, datetime, decimal
class Enc(json.JSONEncoder):
    def default(self, o):
        if isinstance(o, datetime.date): return o.isoformat()
        return super().default(o)
print(json.dumps({'a': datetime.date(2024, 1, 2)}, cls=Enc), json.dumps([datetime.datetime(2024, 1, 2)], cls=Enc, indent=1), Enc().encode([1]), ''.join(json.JSONEncoder(indent=1).iterencode([1])))
try: json.dumps([object], cls=Enc)
except TypeError as e: print(e)
class S(str): pass
class I(int): pass
print(json.dumps([S('x'), I(5), {S('k'): I(1)}]))
# ---
import json
for s in ['null', 'true', ' [1, 2.5, -3e2, "x", {"a": {}}] ', '"\\u00e4\\ud83d\\ude00\\n\\/"', '{"a": 1, "a": 2}', '1', '-0', '0.0', '1E5', '-0.0', 'NaN', '-Infinity', '[]', '{ }', '[ ]', '123456789012345678901234567890', '"äö"', '1e400', '\n{"a":\n1}\n', '-1.5e-3', '[[],[[]]]']:
    v = json.loads(s); print(repr(v), type(v).__name__)
for s in ['', ' ', '{', '[', '[1', '[1,', '[1,]', '{"a"}', '{"a":}', '{"a":1,}', '{a:1}', "{'a':1}", '"abc', '"a\nb"', '"\\x"', '"\\u12"', '01', '1.', '.5', '+1', 'nul', 'True', '[1 2]', '{"a":1 "b":2}', 'x', '1 2', '{"a":\n\n  x}', '"\\', '-', '{,}', '[,]', 'ä']:
    try: print(repr(json.loads(s)))
    except json.JSONDecodeError as e: print(s, '|', e, e.pos, e.lineno, e.colno, e.msg, isinstance(e, ValueError))
for v in [None, 5, [1], {}]:
    try: print(json.loads(v))
    except TypeError as e: print(e)
print(json.loads('{"a": {"b": 1}}', object_hook=lambda d: sorted(d)), json.loads('{"b": 1, "a": 2}', object_pairs_hook=list), json.loads('[1, 1.5]', parse_int=str, parse_float=str), json.loads(b'{"a": "\xc3\xa4"}'), json.loads('"a\nb"', strict=False), json.loads('NaN', parse_constant=lambda c: c))
import io
f = io.StringIO()
json.dump({'a': [1]}, f, indent=1)
print(f.getvalue(), json.load(io.StringIO('[1]')))
