import json as _json

from sqlalchemy import types as _types
from sqlalchemy.dialects import mysql as _mysql


class JsonEncodedType(_types.TypeDecorator):
    type = None
    impl = _types.Text
    cache_ok = True

    def __init__(self, mysql_as_long=False, mysql_as_medium=False):
        super().__init__()
        if mysql_as_long and mysql_as_medium:
            raise TypeError("mysql_as_long and mysql_as_medium are mutually exclusive")
        if mysql_as_long or mysql_as_medium:
            large = _mysql.LONGTEXT() if mysql_as_long else _mysql.MEDIUMTEXT()
            self.impl = _types.Text().with_variant(large, "mysql")

    def process_bind_param(self, value, dialect):
        kind = self.type
        if kind is not None:
            if value is None:
                value = kind()
            elif not isinstance(value, kind):
                raise TypeError(
                    "%s supposes to store %s objects, but %s given"
                    % (self.__class__.__name__, kind.__name__, value.__class__.__name__))
        return _json.dumps(value)

    def process_result_value(self, value, dialect):
        return None if value is None else _json.loads(value)


class JsonEncodedDict(JsonEncodedType):
    type = dict
    cache_ok = True


class JsonEncodedList(JsonEncodedType):
    type = list
    cache_ok = True


class SoftDeleteInteger(_types.TypeDecorator):
    impl = _types.Integer
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return None if value is None else int(value)
