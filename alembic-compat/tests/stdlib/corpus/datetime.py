from datetime import date, datetime, time, timedelta, timezone
import datetime as dt
for v in [date(2024, 2, 29), datetime(2024, 2, 29), datetime(2024, 1, 2, 3, 4, 5), datetime(2024, 1, 2, 3, 4, 5, 6), datetime(1, 1, 1, tzinfo=timezone.utc), datetime(9999, 12, 31, 23, 59, 59, 999999, timezone(timedelta(hours=-5, minutes=-30))), time(), time(1, 2, 3), time(1, 2, 3, 4), time(1, 2, tzinfo=timezone.utc), timedelta(), timedelta(1), timedelta(days=-1, seconds=5), timedelta(days=3, hours=25, milliseconds=7), timedelta(weeks=1, microseconds=-1), timezone.utc, timezone(timedelta(hours=1)), timezone(timedelta(hours=2, minutes=30, seconds=7), 'X'), timezone(-timedelta(hours=3)), date.min, date.max, datetime.min, datetime.max, time.min, time.max, timedelta.min, timedelta.max, datetime(2020, 1, 1, 1, fold=1)]:
    print(repr(v), str(v), f'{v}', bool(v), type(v).__name__, type(v))
# ---
from datetime import *
d = date(2024, 2, 29)
print(d.year, d.month, d.day, d.weekday(), d.isoweekday(), d.isoformat(), d.toordinal(), d.ctime(), d.isocalendar(), tuple(d.isocalendar()), d.isocalendar().week)
print(d.replace(year=2023, day=1), d.replace(month=3), date.fromordinal(738000), date.fromisoformat('2024-12-31'), date.fromisoformat('20241231'), date.fromisoformat('2024-W05-3'))
print(d + timedelta(days=1), d - timedelta(days=60), d - date(2024, 1, 1), timedelta(1) + d, d + timedelta(hours=47))
print(d < date(2024, 3, 1), d == date(2024, 2, 29), d != datetime(2024, 2, 29), d == datetime(2024, 2, 29), d >= d, max(d, date(2025, 1, 1)), hash(d) == hash(date(2024, 2, 29)), {d: 1}[date(2024, 2, 29)])
print(sorted([date(2024, 1, 3), date(2023, 1, 1), date(2024, 1, 2)]), isinstance(d, date), isinstance(datetime.now(), date), issubclass(datetime, date), isinstance(d, datetime))
for bad in [(2024, 13, 1), (2023, 2, 29), (0, 1, 1), (10000, 1, 1), (2024, 0, 1), (2024, 1, 0)]:
    try: print(date(*bad))
    except ValueError as e: print(repr(e))
for bad in ['2024-1-1', '', 'x', '2024-02-30', '2024/01/01', '2024-W54-1', '2024-01-01T00:00']:
    try: print(date.fromisoformat(bad))
    except ValueError as e: print(repr(e))
try: date.max + timedelta(1)
except OverflowError as e: print(repr(e))
try: d < datetime.now()
except TypeError as e: print(repr(e))
try: d + 1
except TypeError as e: print(repr(e))
try: date('2024', 1, 1)
except TypeError as e: print(repr(e))
# ---
from datetime import *
x = datetime(2024, 2, 29, 13, 4, 5, 678901)
print(x.date(), x.time(), x.timetz(), x.hour, x.minute, x.second, x.microsecond, x.tzinfo, x.fold, x.year, x.weekday(), x.toordinal())
print(x.isoformat(), x.isoformat(' '), x.isoformat(sep='_', timespec='minutes'), x.isoformat(timespec='milliseconds'), x.isoformat(timespec='seconds'), x.isoformat(timespec='hours'), x.isoformat(timespec='microseconds'), x.replace(microsecond=0).isoformat())
print(x.replace(year=2020, hour=0, tzinfo=timezone.utc), x.replace(tzinfo=timezone.utc).replace(tzinfo=None), datetime.combine(date(2020, 1, 2), time(3, 4)), datetime.combine(x, time(1), tzinfo=timezone.utc))
print(x + timedelta(hours=11), x - timedelta(days=365.25), x - datetime(2024, 1, 1), (x - datetime(2024, 1, 1)).total_seconds(), x.timestamp(), x.replace(tzinfo=timezone(timedelta(hours=2))).timestamp())
u = x.replace(tzinfo=timezone.utc)
print(u.astimezone(timezone(timedelta(hours=5, minutes=45))), u.astimezone(timezone.utc) is u, u == u.astimezone(timezone(timedelta(hours=-3))), hash(u) == hash(u.astimezone(timezone(timedelta(hours=-3)))), u.utcoffset(), u.tzname(), u.dst(), x.utcoffset(), x.tzname(), u - u.astimezone(timezone(timedelta(hours=-3))))
print(datetime.fromtimestamp(0, timezone.utc), datetime.fromtimestamp(1700000000.123456, tz=timezone.utc), datetime.utcfromtimestamp(1e9), datetime.fromtimestamp(1e9), datetime.fromtimestamp(-1.5), date.fromtimestamp(86400 * 365), datetime.fromtimestamp(1, timezone(timedelta(hours=1))))
print(x < datetime(2025, 1, 1), x == x.replace(), x != u, x == u)
for f in [lambda: x < u, lambda: x - u, lambda: x > date(2020, 1, 1), lambda: datetime(2024, 1, 1, 24), lambda: datetime(2024, 1, 1, 0, 60), lambda: datetime(2024, 1, 1, 0, 0, 0, 10**6), lambda: datetime(2024, 1, 1, tzinfo=3), lambda: x.isoformat(timespec='x'), lambda: datetime.max + timedelta(1), lambda: x + 5, lambda: x + x, lambda: datetime(2024, 1, 1, fold=2), lambda: datetime(2024, 1, 1.5)]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
print(x.timetuple()[:6], tuple(x.timetuple()), u.utctimetuple().tm_hour, x.timetuple().tm_yday)
# ---
from datetime import datetime, date, time
for s in ['2024-01-02', '2024-01-02T03:04:05', '2024-01-02 03:04:05.678', '2024-01-02T03:04:05.678901234', '2024-01-02T03', '2024-01-02T03:04', '20240102T030405', '20240102', '2024-01-02T03:04:05Z', '2024-01-02T03:04:05+05:30', '2024-01-02T03:04:05.1-0800', '2024-01-02T03:04+00:00', '2024-W05-3T10:00', '2024W053', '2024-01-02T03:04:05,25', '2024-01-02T03:04:05+01:02:03.000004', '2024-01-02x03:04', '2024-01-02T25:00', '2024-01-02T', 'nonsense', '2024-01-02T03:04:05+', '2024-13-02', '2024-01-02T03:0', '2024-01-02T03:04:05.', '2024-01-02TT03:04', '2024-01-02T0304:05', '2024-01-02T03:04:05+24:00', '']:
    try: print(s, repr(datetime.fromisoformat(s)))
    except ValueError as e: print(s, repr(e))
for s in ['03:04:05', 'T03:04', '03', '030405', '03:04:05.123456', '03:04Z', '03:04:05+02:00', '3:4', '24:00', '', '03:60']:
    try: print(s, repr(time.fromisoformat(s)))
    except ValueError as e: print(s, repr(e))
# ---
from datetime import *
x = datetime(2024, 7, 4, 15, 6, 7, 89)
for f in ['%Y-%m-%d %H:%M:%S', '%d/%m/%y', '%A %a %B %b %j', '%I:%M %p', '%f %z|%Z|', '%w %u %U %W %V %G', '%c', '%x %X', '%%', '%D %F %T %R', '%e|%k|%l', '%Y%m%d_%H%M%S', 'äöü %Y', '', '%y %C']:
    print(f, '->', x.strftime(f), format(x, f), x.replace(tzinfo=timezone(timedelta(hours=-3, minutes=-15))).strftime(f))
for v in [datetime(2024, 1, 1), datetime(2023, 1, 1), datetime(2020, 12, 31), datetime(2021, 1, 3), datetime(2024, 1, 1, 0, 30), datetime(2024, 1, 1, 12)]:
    print(v.strftime('%U %W %V %G %w %j %I %p %c'))
print(date(2024, 7, 4).strftime('%Y %H:%M'), f'{date(2024, 7, 4):%d %b}', time(1, 2, 3).strftime('%H:%M %Y'), f'{time(1, 2):%H}')
print(x.strftime(format='%Y') if False else x.strftime('%Y'))
# ---
from datetime import *
for s, f in [('2024-01-02', '%Y-%m-%d'), ('2024-01-02 03:04:05', '%Y-%m-%d %H:%M:%S'), ('02/01/24', '%d/%m/%y'), ('02/01/68', '%d/%m/%y'), ('02/01/69', '%d/%m/%y'), ('Jan 5 2024', '%b %d %Y'), ('january 5, 2024', '%B %d, %Y'), ('3:04 PM', '%I:%M %p'), ('12:04 am', '%I:%M %p'), ('2024-01-02T03:04:05.123Z', '%Y-%m-%dT%H:%M:%S.%fZ'), ('2024-01-02T03:04:05+0530', '%Y-%m-%dT%H:%M:%S%z'), ('2024-01-02T03:04:05-05:30', '%Y-%m-%dT%H:%M:%S%z'), ('Z', '%z'), ('2024 100', '%Y %j'), ('20240102', '%Y%m%d'), ('1 1 2024', '%d %m %Y'), ('2024-1-2', '%Y-%m-%d'), ('Tue Jan  2 03:04:05 2024', '%c'), ('Tuesday', '%A'), ('2024-01-02x', '%Y-%m-%d'), ('2024', '%Y-%m'), ('2024-13-01', '%Y-%m-%d'), ('2023-02-29', '%Y-%m-%d'), ('a  b', 'a b'), ('10%', '%H%%'), ('5', '%d'), ('2024-01-02', '%Y-%m-%d %H'), ('23:59:60', '%H:%M:%S'), ('.5', '.%f'), ('12/31/99 23:59:59', '%x %X')]:
    try: print(s, f, repr(datetime.strptime(s, f)))
    except ValueError as e: print(s, f, repr(e))
# ---
from datetime import timedelta
a = timedelta(days=2, hours=3, seconds=4, microseconds=5)
print(a.days, a.seconds, a.microseconds, a.total_seconds(), abs(-a), -a, +a, a * 2, 2 * a, a * 1.5, a / 2, a // 2, a / timedelta(hours=1), a // timedelta(hours=1), a % timedelta(hours=1), divmod(a, timedelta(hours=5)), a / 1.7, a - a, a + a, a == timedelta(days=2, hours=3, seconds=4, microseconds=5), a < timedelta(3), hash(a) == hash(timedelta(days=2, hours=3, seconds=4, microseconds=5)), a != 5, a == 5)
print(timedelta(seconds=0.1), timedelta(seconds=1e-7), timedelta(microseconds=0.5), timedelta(microseconds=1.5), timedelta(days=0.1), timedelta(hours=1.1, minutes=2.2), timedelta(milliseconds=1.0005), timedelta(microseconds=2.5), timedelta(days=1.000000000001), timedelta(weeks=0.3), timedelta(minutes=1/3))
print([timedelta(microseconds=n) / 2 for n in range(-5, 6)], [timedelta(microseconds=n) * 0.5 for n in range(-5, 6)], [timedelta(microseconds=n) // 2 for n in range(-3, 3)], timedelta(microseconds=7) / -2)
print(sum([timedelta(1), timedelta(2)], timedelta()), max(timedelta(1), timedelta(2)), timedelta(1) > timedelta(hours=23), str(timedelta(days=-1)), str(timedelta(days=1, microseconds=1)), str(timedelta(hours=-1)))
for f in [lambda: a / 0, lambda: a // 0, lambda: a / timedelta(), lambda: timedelta(days=10**9), lambda: a + 1, lambda: a < 1, lambda: timedelta('x'), lambda: a / 'x', lambda: a % 0, lambda: 1 / a, lambda: timedelta(days=float('nan')), lambda: timedelta.max * 2, lambda: a * a, lambda: a / 0.0]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
# ---
from datetime import *
class CET(tzinfo):
    def utcoffset(self, dt): return timedelta(hours=2 if dt is not None and 3 < dt.month < 11 else 1)
    def tzname(self, dt): return 'CET'
    def dst(self, dt): return timedelta(0)
x = datetime(2024, 6, 1, 12, tzinfo=CET())
print(x.isoformat(), x.tzname(), x.utcoffset(), x.dst(), x.astimezone(timezone.utc), x == datetime(2024, 6, 1, 10, tzinfo=timezone.utc), x.strftime('%z %Z'), x - datetime(2024, 6, 1, tzinfo=timezone.utc), x.timestamp())
print(timezone.utc.utcoffset(None), timezone(timedelta(hours=1)).tzname(None), timezone.utc == timezone(timedelta(0)), timezone.utc != timezone(timedelta(1/24)), timezone(timedelta(0), 'Z'), timezone.utc.dst(None))
for f in [lambda: timezone(timedelta(hours=24)), lambda: timezone(5)]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
print(time(1, 2, tzinfo=timezone.utc) == time(2, 2, tzinfo=timezone(timedelta(hours=1))), time(1) < time(2), time(1) == time(1, tzinfo=timezone.utc), time(10, 20).replace(hour=5), time(5, 6, 7, 8).isoformat('milliseconds'), time(1, tzinfo=timezone.utc).isoformat(), time(1, tzinfo=timezone(timedelta(hours=-1))).utcoffset(), {time(1): 2}[time(1)])
class MyDate(date):
    def nice(self): return self.strftime('%d.%m.%Y')
m = MyDate(2024, 5, 6)
print(m.nice(), repr(m), m.year, isinstance(m, date), m == date(2024, 5, 6), m - date(2024, 5, 1))
import datetime
print(datetime.datetime(2024, 1, 1), datetime.UTC, datetime.MINYEAR, datetime.MAXYEAR, datetime.date(2024, 1, 1), datetime.timezone.utc is datetime.UTC)
print('%s %r' % (datetime.date(2024, 1, 1), datetime.date(2024, 1, 1)), '{:%Y}'.format(datetime.date(2024, 1, 1)), '{0!s}'.format(datetime.datetime(2024, 1, 1)))
