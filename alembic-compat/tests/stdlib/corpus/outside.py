import os, os.path as p
print(os.environ['LIMBECK_TEST'], os.environ.get('LIMBECK_TEST'), os.getenv('LIMBECK_TEST'), os.getenv('NOPE'), os.getenv('NOPE', 'd'), os.environ.get('NOPE', 5), 'NOPE' in os.environ, 'LIMBECK_TEST' in os.environ)
os.environ['NEW'] = 'v'; print(os.getenv('NEW'), os.environ.setdefault('NEW', 'w'), os.environ.pop('NEW'), os.getenv('NEW'))
for f in [lambda: os.environ['NOPE'], lambda: os.environ.__setitem__('a', 1), lambda: os.getenv(1)]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
for a in ['/a/b/c.txt', 'a', '', '/', '//x//y/', 'a/b/', '.hidden', 'a.tar.gz', './a/../b', '/..', '../..', 'a//b/./c', '/a.b/c', '..x', 'a/.b.c', '...']:
    print(a, p.basename(a), p.dirname(a), p.split(a), p.splitext(a), p.normpath(a), p.isabs(a))
print(p.join('a', 'b'), p.join('a/', 'b'), p.join('a', '/b'), p.join('', 'b'), p.join('a', ''), p.join('a', 'b', 'c'), os.sep, os.linesep, os.name, p.commonprefix(['abc', 'abd']), p.commonpath(['/a/b', '/a/c']), p.relpath('/a/b/c', '/a/d'), p.abspath('/a/../b'), os.pathsep, os.fspath('x'), os.path.join('/x', 'y'))
# ---
from pathlib import Path, PurePosixPath, PurePath
x = Path('/a/b/c.tar.gz')
print(x, repr(x), x.name, x.stem, x.suffix, x.suffixes, x.parent, x.parent.parent, list(x.parents), x.parts, x / 'd', x / '/e', Path('a') / 'b' / 'c', 'z' / Path('y'), x.with_suffix('.zip'), x.with_name('q'), x.is_absolute(), Path('a').is_absolute(), str(x), x.as_posix(), Path('a/./b//c'), Path(), Path('.'), Path('..') / 'x', x.relative_to('/a'), x == Path('/a/b') / 'c.tar.gz', hash(x) == hash(Path(str(x))), Path('a', 'b'), PurePosixPath('x').parent, x.joinpath('m', 'n'), Path('/').name, Path('.bashrc').suffix, Path('a.').suffix, x.anchor, Path('/').parent, x.is_relative_to('/a'), sorted([Path('b'), Path('a')]))
print(Path('/srv/x.py').parent.parent / 'data' / 'f.sql', f'{x}', x.with_stem('n'))
for f in [lambda: Path(5), lambda: x.relative_to('/z'), lambda: x.with_suffix('zip'), lambda: x / 5, lambda: Path('/').with_name('x')]:
    try: print(f())
    except Exception as e: print(type(e).__name__, str(e)[:20])
# ---
from urllib.parse import *
for u in ['http://user:pa%40ss@Host.com:8080/path;p?q=1&r=a+b#frag', 'postgresql://u:p@h/db?sslmode=require', '/just/path', 'mailto:x@y.z', '//h/p', 'http://[::1]:80/', '', 'sqlite:///x.db', 'http://h', 'http://h?q', 'x:y', 'HTTP://A/B', 'http://u@h', 'http://a;b/c;d', 'postgresql+psycopg2://h']:
    r = urlparse(u); s = urlsplit(u); print(r, s, r.hostname, r.port, r.username, r.password, r.geturl(), urlunsplit(s), s.path)
print(quote('a b/c?d=ä&~'), quote('a/b', safe=''), quote_plus('a b&c'), unquote('a%20b%C3%A4%zz'), unquote_plus('a+b%2B'), urlencode({'a': 1, 'b': 'x y', 'c': 'ä'}), urlencode([('a', [1, 2])], doseq=True), parse_qs('a=1&a=2&b=&c'), parse_qsl('a=1&b=%20', keep_blank_values=True), quote(b'\xff'), urlparse('http://h/p')._replace(netloc='n').geturl(), unquote('%E4'), quote('%'), unquote_to_bytes('%41b'), urlunparse(('s', 'n', 'p', '', 'q', 'f')))
# ---
import base64, binascii
for b in [b'', b'a', b'ab', b'abc', bytes(range(256)), b'\xff\xfe']:
    e = base64.b64encode(b); print(e, base64.b64decode(e) == b, base64.urlsafe_b64encode(b), base64.urlsafe_b64decode(base64.urlsafe_b64encode(b)) == b, binascii.hexlify(b)[:20], base64.b16encode(b)[:10], binascii.crc32(b), binascii.b2a_base64(b)[:20])
print(base64.b64decode('YWJj'), base64.b64decode(b'YW Jj\n'), base64.b64decode('YQ=='), base64.b64decode('YQ===='), base64.b16decode('6162'), binascii.unhexlify('6162'), base64.encodebytes(b'x' * 60), base64.b64decode('YW-j') if True else 0, base64.b64decode('YWI=YWI='))
for f in [lambda: base64.b64decode('YQ'), lambda: base64.b64decode('Y'), lambda: base64.b64decode('YW!j', validate=True), lambda: base64.b64encode('x'), lambda: binascii.unhexlify('6'), lambda: binascii.unhexlify('zz'), lambda: base64.b64decode('ä')]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e, isinstance(e, ValueError))
# ---
import abc, sys, time, random, secrets, warnings, logging, traceback
class A(abc.ABC):
    @abc.abstractmethod
    def m(self): ...
    @property
    @abc.abstractmethod
    def p(self): ...
class B(A):
    def m(self): return 1
    p = 2
class M(metaclass=abc.ABCMeta): pass
print(B().m(), isinstance(B(), A), B().p, M().__class__.__name__)
print(sys.version_info >= (3, 8), sys.version_info[0], sys.version_info.major, sys.version_info[:2], sys.maxsize, sys.version_info < (3,))
sys.stdout.write('hello\n'); sys.path.append('x')
try: sys.exit(3)
except SystemExit as e: print(e.code)
print(type(time.time()).__name__, time.strftime('%Y', time.gmtime(0)), time.gmtime(86400)[:3], time.gmtime(0).tm_year, time.monotonic() > 0, time.mktime((2024, 1, 1, 0, 0, 0, 0, 0, 0)), time.strptime('2024', '%Y').tm_year, time.gmtime(0))
r = [random.random() for _ in range(50)]; print(all(0 <= x < 1 for x in r), all(1 <= random.randint(1, 3) <= 3 for _ in range(20)), random.choice('a'), len(random.sample(range(10), 3)), sorted(random.sample([1, 2, 3], 3)), len(random.choices('ab', k=4)), random.uniform(1, 1), random.randrange(5, 6), len(secrets.token_hex(4)), len(secrets.token_urlsafe(8)), len(secrets.token_bytes(3)), secrets.choice([1]), secrets.compare_digest('a', 'a'), random.getrandbits(8) < 256)
l = [1, 2, 3]; random.shuffle(l); print(sorted(l)); 
try: random.choice([])
except IndexError as e: print(e)
warnings.simplefilter('ignore'); 
with warnings.catch_warnings(): warnings.filterwarnings('ignore')
log = logging.getLogger('alembic.x'); print(log.name, log, logging.getLogger('alembic.x') is log, logging.INFO, logging.getLevelName(20), logging.getLogger().name, log.getEffectiveLevel(), log.isEnabledFor(10), log.parent.name)
try: 1 / 0
except ZeroDivisionError as e: print(traceback.format_exception_only(type(e), e), traceback.format_exc().splitlines()[-1], sys.exc_info()[0].__name__, sys.exc_info()[1] is e)
print(sys.exc_info())
