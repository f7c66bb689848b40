import datetime as _datetime
import uuid as _uuid

from sqlalchemy import types as _types
from sqlalchemy import types
from sqlalchemy.dialects.postgresql import UUID as _UUID


class AutoString(_types.TypeDecorator):
    impl = _types.String
    cache_ok = True
    mysql_default_length = 255

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._args = args, kwargs

    def load_dialect_impl(self, dialect):
        args, kwargs = self._args
        made = _types.String(*args, **kwargs)
        if made.length is None and dialect.name in ("mysql", "mariadb"):
            return _types.String(self.mysql_default_length)
        return made


class GUID(_types.TypeDecorator):
    impl = _types.CHAR
    cache_ok = True

    def load_dialect_impl(self, dialect):
        return _UUID() if dialect.name == "postgresql" else _types.CHAR(32)

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if dialect.name == "postgresql":
            return str(value)
        return (value if isinstance(value, _uuid.UUID) else _uuid.UUID(value)).hex

    def process_result_value(self, value, dialect):
        if value is None or isinstance(value, _uuid.UUID):
            return value
        return _uuid.UUID(value)


class UTCDateTime(_types.TypeDecorator):
    impl = _types.DateTime
    cache_ok = True

    def __init__(self):
        super().__init__(timezone=True)

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("Datetime values must have timezone information. Use "
                             "datetime.now(timezone.utc), or annotate the field with "
                             "NaiveDatetime for naive storage.")
        return value.astimezone(_datetime.timezone.utc)

    def process_result_value(self, value, dialect):
        if value is None:
            return None
        if value.utcoffset() is None:
            return value.replace(tzinfo=_datetime.timezone.utc)
        return value.astimezone(_datetime.timezone.utc)
