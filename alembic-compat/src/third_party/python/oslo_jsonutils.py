import json as _json

from _limbeck import unsupported as _unsupported


def _converted(value):
    _unsupported("oslo_serialization.jsonutils.to_primitive() of " + type(value).__name__)


def dumps(obj, default=_converted, **kwargs):
    return _json.dumps(obj, default=default, **kwargs)


def dump_as_bytes(obj, default=_converted, encoding="utf-8", **kwargs):
    return dumps(obj, default=default, **kwargs).encode(encoding)


def loads(s, encoding="utf-8", **kwargs):
    return _json.loads(s.decode(encoding) if isinstance(s, bytes) else s, **kwargs)
