# What revisions do with the standard library.
import enum, json, logging, os, re, textwrap, uuid
from collections import defaultdict, namedtuple
from datetime import datetime, date, timedelta, timezone
from decimal import Decimal
from typing import Any, Dict, List, Optional, Sequence, Union
revision: str = 'abc'
down_revision: Union[str, Sequence[str], None] = None
logger = logging.getLogger('alembic.runtime.migration')
class Status(str, enum.Enum):
    ACTIVE = 'active'
    DELETED = 'deleted'
    @classmethod
    def values(cls) -> List[str]: return [m.value for m in cls]
class Kind(enum.Enum):
    A = 'a'
    B = 'b'
print(Status.values(), [s.name for s in Status], tuple(k.value for k in Kind), ', '.join(repr(s.value) for s in Status), f"'{Status.ACTIVE.value}'", '%s' % Status.ACTIVE.value, dict((k.name, k.value) for k in Kind), {k: k.value for k in Kind}[Kind.A], Status.ACTIVE == 'active', json.dumps([Status.ACTIVE]))
print(str(uuid.UUID(int=7)), uuid.UUID('00000000-0000-0000-0000-000000000007').hex, len(str(uuid.uuid4())), uuid.uuid5(uuid.NAMESPACE_DNS, 'a.b').hex)
print(datetime(2020, 1, 1).strftime('%Y-%m-%d %H:%M:%S'), datetime(2020, 1, 1, tzinfo=timezone.utc).isoformat(), (datetime(2020, 1, 31) + timedelta(days=30)).date(), date(2020, 1, 1).isoformat(), datetime.fromisoformat('2020-01-01T00:00:00+00:00'), (date(2024, 3, 1) - date(2024, 2, 1)).days, datetime.strptime('2020-05-06', '%Y-%m-%d').date(), datetime(2020, 1, 1) < datetime(2020, 1, 2), timedelta(minutes=90).total_seconds() / 3600)
print(textwrap.dedent('''\
    CREATE FUNCTION f() RETURNS trigger AS $$
    BEGIN
        RETURN NEW;
    END
    $$ LANGUAGE plpgsql''').strip(), re.sub(r'\s+', ' ', 'a\n  b'), re.sub('[^a-z0-9]+', '-', 'Hello, World! 2'.lower()).strip('-'))
groups = defaultdict(list)
for name, table in [('a', 1), ('b', 2), ('a', 3)]: groups[name].append(table)
print(dict(groups), json.loads('{"a": [1, {"b": null}]}')['a'][1]['b'], json.dumps({'b': [1, 2.0, None, True], 'a': 'é'}, sort_keys=True), json.dumps({'x': 1}, indent=2), json.dumps('it\'s "q"'))
Row = namedtuple('Row', ['id', 'name'])
print([r.name for r in [Row(1, 'x'), Row(id=2, name='y')]], Decimal('10.00') * 3, sum(Decimal(x) for x in ('1.10', '2.20')), Decimal('1') / Decimal('3'), round(Decimal('2.345'), 2))
print(os.environ.get('SCHEMA', 'public'), os.path.join(os.path.dirname('/srv/app/versions/x.py'), 'sql', 'up.sql'), os.getenv('LIMBECK_TEST').upper(), os.path.basename(__file__))
def slugify(value: str, allow: Optional[bool] = False) -> str:
    value = re.sub(r'[^\w\s-]', '', value).strip().lower()
    return re.sub(r'[-\s]+', '-', value)
print(slugify('  Some Text -- here! '), re.match(r'^(?P<schema>\w+)\.(?P<table>\w+)$', 'public.users').groupdict(), re.split(r'\s*;\s*', 'a; b ;c'), [m.group(1) for m in re.finditer(r'"(\w+)"', '"a" "b"')], bool(re.search(r'\bINDEX\b', 'CREATE index', re.IGNORECASE)))
# ---
import re
for pattern, text in [(r'^(\d+)\.(\d+)(?:\.(\d+))?', '14.5 (Debian)'), (r'(\w+)@(\w+)\.com', 'joe@example.com'), (r'\((.*?)\)', 'varchar(255)'), (r'^[A-Za-z_][A-Za-z0-9_$]*$', 'name_1'), (r"'((?:[^']|'')*)'", "x 'it''s' y"), (r'nextval\(\'(.*)\'::regclass\)', "nextval('a_seq'::regclass)"), (r'(?P<k>[^=]+)=(?P<v>.*)', 'a=b=c'), (r'\s*--.*$', 'x -- y'), (r'(?<![:\w\x5c]):(\w+)(?!:)', 'a = :b and c::text'), (r'^\s*$', '  '), (r'[\u4e00-\u9fff]+', 'a中文b'), (r'(?i)select|insert', 'x INSERT'), (r'\$\{([^}]+)\}', 'a ${b} c'), (r'([a-z])\1', 'hello'), (r'.+?(?=_id$)', 'user_id'), (r'(foo)?bar', 'bar'), (r'\A\s*\Z', ''), (r'[^,\s][^\,]*[^,\s]*', 'a b, c'), (r'%\((\w+)\)[sd]', '%(a)s %(b)d')]:
    m = re.search(pattern, text); print(pattern, m and (m.group(), m.groups(), m.groupdict(), m.span()), re.findall(pattern, text), re.sub(pattern, '<>', text), re.split(pattern, text))
