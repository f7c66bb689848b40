from collections import namedtuple as _namedtuple

from _limbeck import now as _now, unsupported as _unsupported

timezone = 0
_Base = _namedtuple("struct_time", "tm_year tm_mon tm_mday tm_hour tm_min tm_sec tm_wday "
                                   "tm_yday tm_isdst")


class struct_time(_Base):
    def __new__(cls, iterable):
        return cls._make(iterable)

    def __repr__(self):
        return "time." + _Base.__repr__(self)


def time():
    return _now()[0] / 1000000


def time_ns():
    return _now()[0] * 1000


monotonic = perf_counter = process_time = thread_time = time
monotonic_ns = perf_counter_ns = process_time_ns = time_ns


def gmtime(secs=None):
    from datetime import datetime, timezone
    return datetime.fromtimestamp(int(time() if secs is None else secs // 1),
                                  timezone.utc).utctimetuple()


def localtime(secs=None):
    from datetime import datetime
    if secs is None:
        moment = datetime.now()
    else:
        moment = datetime.fromtimestamp(secs // 1)
    return struct_time(tuple(moment.timetuple())[:8] + (0,))


def _moment(t):
    from datetime import datetime
    return datetime(*tuple(t)[:6])


def strftime(format, t=None):
    return _moment(localtime() if t is None else t).strftime(format)


def strptime(string, format="%a %b %d %H:%M:%S %Y"):
    from datetime import datetime
    return datetime.strptime(string, format).timetuple()


def mktime(t):
    return _moment(t).timestamp()


def asctime(t=None):
    return strftime("%c", t)


def ctime(secs=None):
    return asctime(localtime(secs))
