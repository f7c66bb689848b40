s = 'Hello, World'
print(s.upper(), s.lower(), s.title(), s.swapcase(), s.capitalize(), s.casefold())
print(s.find('o'), s.rfind('o'), s.find('z'), s.find('o', 5), s.find('o', 5, 7), s.index('W'), s.count('l'), s.count(''), s.count('l', 4))
print(s.split(', '), s.split(), 'a,b,,c'.split(','), 'a b  c '.split(), ' a  b '.split(' '), 'a,b,c'.split(',', 1), 'a,b,c'.rsplit(',', 1), ' a b c '.rsplit(None, 1), ' a b c '.split(None, 1))
print(s.replace('l', 'L'), s.replace('l', 'L', 1), 'abc'.replace('', '-'), s.startswith('He'), s.startswith(('x', 'H')), s.endswith('ld'), s.startswith('W', 7), s.endswith('', 20))
print('  a '.strip() + '|', '  a '.lstrip() + '|', '  a '.rstrip() + '|', 'xxaxx'.strip('x'), 'abcba'.strip('ab'), '\t\n a\r'.strip())
print('a\nb\r\nc\rd\x0be'.splitlines(), 'a\nb\n'.splitlines(True), ''.splitlines(), '\n'.splitlines())
print('a=b=c'.partition('='), 'a=b=c'.rpartition('='), 'abc'.partition('='), 'abc'.rpartition('='))
print('abc'.center(10, '*'), 'abc'.center(8) + '|', 'ab'.center(5, '-'), 'abc'.ljust(6, '.'), 'abc'.rjust(6), '42'.zfill(5), '-42'.zfill(5), '+x'.zfill(4))
print('abc'.isalpha(), 'a1'.isalnum(), '12'.isdigit(), '12'.isdecimal(), '½'.isnumeric(), '²'.isdigit(), ''.isalpha(), ' '.isspace(), 'Ab'.istitle(), 'AB'.isupper(), 'ab1'.islower(), 'a_1'.isidentifier(), '1a'.isidentifier(), 'a\n'.isprintable(), 'é'.isascii())
print('-'.join(['a', 'b']), '-'.join('abc'), ''.join([]), ', '.join({'a': 1, 'b': 2}))
print('a\tb'.expandtabs(), 'a\tb'.expandtabs(4), 'prefix_x'.removeprefix('prefix_'), 'x.py'.removesuffix('.py'))
print('abc'.translate(str.maketrans('ab', 'xy')), 'abc'.translate({97: None, 98: 'BB'}), str.maketrans({'a': 'b'}))
print('héllo'.upper(), 'ß'.upper(), 'ÀÉ'.lower(), 'straße'.casefold(), "it's a dog".title(), 'ǆ'.title())
print('a' * 3, 3 * 'ab', 'abc'[1], 'abc'[-1], 'abcdef'[1:4], 'abcdef'[::2], 'abcdef'[::-1], 'abc'[5:], 'abc'[-2:], 'abcdef'[4:1:-1])
print('é€😀'[1], len('é€😀'), 'é€😀'[::-1], 'é€😀'.find('😀'), 'aéb'.encode(), 'aéb'.encode('latin-1'))
print(ord('a'), chr(8364), ascii('é€😀\n'), repr('é€😀\n\t\x00\x7f\x80\xad'))
print(repr("it's"), repr('say "hi"'), repr('both \' and "'), repr('back\\slash'))
# ---
print(b'a,b,,c'.split(b',', 1), b'a,b,,c'.split(b',', maxsplit=2), b'a,b'.split(b',', -1), b'a,b'.split(b',', 0), b'abc'.split(b'bc'), b''.split(b','))
print(b' a\x0bb  c '.split(), b' a  b  c '.split(None, 1), b' a '.split(None, 0), b''.split(), b' a b'.split(maxsplit=1), b'a b'.split(sep=None))
print(b'abc'.startswith((b'x', b'ab')), b'abc'.endswith(b'bc'), b'abc'.endswith(()), b'abcb'.find(98), b'abcb'.count(98), b'abc'.find(b'c'), b'abc'.count(b''))
for make in [lambda: b'a'.endswith('a'), lambda: b'a'.startswith(['a']), lambda: b'a'.startswith((b'x', 'a')), lambda: b'a'.find('a'), lambda: b'a'.count(256), lambda: '{a{}}'.format(1), lambda: '{0{}}'.format(1), lambda: '{0[{]}'.format({'{': 1})]:
    try: print(make())
    except Exception as e: print(type(e).__name__, e)
for items in [5, 'a', (1,), {1}, range(3), b'a', None, frozenset(), {}.keys(), 1.5]:
    for key in [0, 'a']:
        try: del items[key]
        except Exception as e: print(type(e).__name__, e)
for spec in ['z.1e', 'z.1E', 'z.0f', 'zE', 'z.0%', 'zg', 'z.2G', 'z', 'z.1', 'z.3F', '+z.0f']:
    print([format(v, spec) for v in (-0.0, -0.001, -1e-20, -0.04, -1e300, float('-inf'), float('-inf') - float('-inf'))])
# ---
print('%s %d %r %5d|%-5d|%05d %x %X %o %e %f %g %c %%' % ('a', 5, 'b', 42, 42, 42, 255, 255, 8, 12345.678, 3.14159, 0.0001, 'z'))
print('%(a)s %(b)05.2f' % {'a': 1, 'b': 2.5}, '%s' % (1,), '%s' % [1, 2], '%s' % {'a': 1}, '%.3s|%10.2s|' % ('abcdef', 'xyz'))
print('%+d % d %#x %#o %.3d %5.1f %-8s|' % (5, 5, 255, 8, 7, 2.25, 'ab'))
print('%*d|%-*d|%.*f' % (5, 42, 5, 42, 2, 3.14159), '%i %u' % (3.9, 4), '%s %s' % ('a', None), '%c' % 97, '%a' % 'é')
print('%d%%' % 50, '%s' % 'x', '%5s%%' % 'y', '%e' % 0, '%g %g %g' % (1e10, 1e-5, 123456789.0), '%G' % 1e-10)
# ---
print('{} {}'.format(1, 2), '{1} {0}'.format(1, 2), '{a} {b}'.format(a=1, b=2), '{0[a]} {0[b]}'.format({'a': 1, 'b': 2}), '{0[0]}'.format([5]), '{.real}'.format(3))
print('{:>5}|{:<5}|{:^5}|{:*^7}|{:05}|{:+}|{: }'.format(1, 2, 3, 4, 5, 6, 7))
print('{:,} {:_} {:,.2f} {:x} {:#x} {:b} {:#b} {:o} {:e} {:.3e} {:%} {:.1%} {:g} {:n}'.format(1234567, 1234567, 1234567.891, 255, 255, 5, 5, 8, 12345.678, 12345.678, 0.25, 0.256, 1e10, 42))
print('{!r} {!s} {!a}'.format('a', 'b', 'é'), '{{}}'.format(), '{:{}}'.format('a', 5) + '|', '{:{w}.{p}f}'.format(3.14159, w=8, p=2), '{0:>{1}}'.format('x', 4))
print('{:s} {:.2} {:>6.3}|'.format('abc', 'abcdef', 'abcdef'), '{:c}'.format(97), '{:d}'.format(True), '{}'.format(True), '{:5}|'.format(True), '{:5}|'.format('a'), '{:5}|'.format(1.5), '{:5}|'.format(None) if False else '')
print('{a.b} {a[c]}'.format_map({'a': type('X', (), {'b': 1, '__getitem__': lambda s, k: k})()}))
# ---
x, y, name = 5, 3.14159, 'bob'
print(f'{x} {y:.2f} {name!r} {name:>10}| {x + 1} {x=} {y=:.1f} {name = }')
print(f'{x:{x}} {name[0]} {"nested"} {[i for i in range(3)]} {{literal}} {x!s:>4}|', f'{"a" if x else "b"}', f"{d['k']}" if False else '', f'{ {"a": 1}["a"] }')
print(f'{1234567:,} {0.5:%} {255:#06x} {-5:+d} {3:03d} {1e20} {1e-7} {True:d} {None}')
print(f'a{x}b' 'c' f'd{name}', rf'\n{x}', f'''multi
line {x}''')
# ---
for v in [0.1, 0.2 + 0.1, 1.0, 100.0, 1e15, 1e16, 1e17, 123456789012345680.0, 1e-4, 1e-5, 1.5e300, 5e-324, 1/3, 2/3, 1e22, 1e23, -0.0, float('inf'), float('-inf'), float('nan'), 12345.678]:
    print(repr(v), str(v), f'{v:.3f}', f'{v:e}', f'{v:g}', f'{v:.0f}', f'{v:10.2f}', f'{v:G}', f'{v:.3}', f'{v:,}')
# ---
for v in [0, 1, -1, 255, 10**20, -10**20, True, 1000]:
    print(f'{v:d} {v:5d} {v:<5d}| {v:^7d}| {v:+d} {v:x} {v:#X} {v:o} {v:b} {v:,} {v:_} {v:_x} {v:08d} {v:e} {v:.1f} {v:%} {v:=+8}|')
# ---
for v in ['', 'a', 'héllo wörld', 'x' * 20]:
    print(f'{v:10}|{v:>10}|{v:^10}|{v:.3}|{v:*<8.2}|{v!r:15}|')
print(f'{12345:010,}', f'{-12345:010,}', f'{12345.678:015,.2f}', f'{1234:012_x}', f'{5:<05}', f'{-5:05}', f'{3.14:08.2f}', f'{0.0:z.1f}', f'{-0.01:z.1f}', f'{1:#.3g}', f'{1.0:#.3g}', f'{1e5:#.0f}', f'{1e5:#e}')
# ---
def t(f):
    try:
        print(repr(f()))
    except Exception as e:
        print(type(e).__name__, e)
t(lambda: b'abc'.decode())
t(lambda: b'\xff'.decode())
t(lambda: b'a\xc3'.decode())
t(lambda: b'\xc3\x28'.decode())
t(lambda: b'\xff'.decode('utf-8', 'replace'))
t(lambda: b'\xff'.decode(errors='ignore'))
t(lambda: b'\xe9'.decode('latin-1'))
t(lambda: 'é'.encode('ascii'))
t(lambda: 'aé€'.encode('ascii', 'replace'))
t(lambda: '€'.encode('latin-1'))
t(lambda: b'abc'[0])
t(lambda: b'abc'[1:])
t(lambda: b'abc'[5])
t(lambda: list(b'abc'))
t(lambda: b'a' + b'b')
t(lambda: b'ab' * 2)
t(lambda: bytes([65, 66]))
t(lambda: bytes(3))
t(lambda: bytes('é', 'utf-8'))
t(lambda: b'abc'.hex())
t(lambda: bytes.fromhex('61 62'))
t(lambda: b'a,b'.split(b','))
t(lambda: b'-'.join([b'a', b'b']))
t(lambda: b'abc' == 'abc')
t(lambda: b'a' in b'abc')
t(lambda: 97 in b'abc')
t(lambda: repr(b'it\'s\x00\xff\n"'))
t(lambda: str(b'a'))
t(lambda: str(b'a', 'utf-8'))
t(lambda: b'abc'.replace(b'b', b'x'))
t(lambda: b'abc'.startswith(b'a'))
t(lambda: b' a '.strip())
t(lambda: b'a' < b'b')
t(lambda: (5).to_bytes(2, 'big'))
t(lambda: (-5).to_bytes(2, 'little', signed=True))
t(lambda: (300).to_bytes(1, 'big'))
t(lambda: int.from_bytes(b'\x01\x00', 'big'))
t(lambda: int.from_bytes(b'\xff', 'big', signed=True))
# ---
print(f'{5e-324:+#}', f'{1e22:#}', f'{1.5:#}', round(True, -2), f'{2.5:#.0f}')
print((2**64 + 1) / -12345, 145220.537353515625, 0 / -10**25)
