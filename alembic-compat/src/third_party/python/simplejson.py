import json as _json
import math as _math
from decimal import Decimal as _Decimal

from _limbeck import unsupported as _unsupported
from json import JSONDecodeError


class JSONEncoder:
    def __init__(self, *args, **kwargs):
        _unsupported("simplejson.JSONEncoder")


class JSONDecoder:
    def __init__(self, *args, **kwargs):
        _unsupported("simplejson.JSONDecoder")


def _check(value):
    """What `json` would write otherwise is not written here."""
    if isinstance(value, (_Decimal, bytes)):
        _unsupported("simplejson.dumps() of " + type(value).__name__)
    if isinstance(value, float) and not _math.isfinite(value):
        _unsupported("simplejson.dumps() of " + str(value))
    if isinstance(value, dict):
        for key, item in value.items():
            _check(key)
            _check(item)
    elif isinstance(value, (list, tuple)):
        if hasattr(value, "_asdict"):
            _unsupported("simplejson.dumps() of a named tuple")
        for item in value:
            _check(item)
    return value


def dumps(obj, skipkeys=False, ensure_ascii=True, check_circular=True, allow_nan=False, cls=None,
          indent=None, separators=None, encoding="utf-8", default=None, use_decimal=True,
          namedtuple_as_object=True, tuple_as_array=True, bigint_as_string=False, sort_keys=False,
          item_sort_key=None, for_json=False, ignore_nan=False, int_as_string_bitcount=None,
          iterable_as_array=False, **kwargs):
    unusual = (not ensure_ascii, cls is not None, not use_decimal, not tuple_as_array,
               bigint_as_string, item_sort_key is not None, for_json,
               int_as_string_bitcount is not None, iterable_as_array, bool(kwargs))
    if any(unusual):
        _unsupported("such options of simplejson.dumps()")
    made = None if default is None else lambda value: _check(default(value))
    return _json.dumps(_check(obj), skipkeys=skipkeys, indent=indent, separators=separators,
                       default=made, sort_keys=sort_keys)


def _constant(name):
    _unsupported("simplejson.loads() of " + name)


def loads(s, encoding=None, cls=None, object_hook=None, parse_float=None, parse_int=None,
          parse_constant=None, object_pairs_hook=None, use_decimal=False, allow_nan=False,
          **kwargs):
    if cls is not None or use_decimal or kwargs or parse_constant is not None:
        _unsupported("such options of simplejson.loads()")
    text = s.decode(encoding or "utf-8") if isinstance(s, bytes) else s
    return _json.loads(text, object_hook=object_hook, parse_float=parse_float,
                       parse_int=parse_int, parse_constant=_constant,
                       object_pairs_hook=object_pairs_hook)
