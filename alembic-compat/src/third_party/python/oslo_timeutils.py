import datetime as _datetime


def utcnow(with_timezone=False):
    now = _datetime.datetime.now(_datetime.timezone.utc)
    return now if with_timezone else now.replace(tzinfo=None)


def normalize_time(timestamp):
    offset = timestamp.utcoffset()
    return timestamp if offset is None else timestamp.replace(tzinfo=None) - offset
