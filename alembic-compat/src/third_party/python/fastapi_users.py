import datetime as _datetime
import uuid as _uuid

from sqlalchemy import types as _types
from sqlalchemy.dialects.postgresql import UUID as _UUID


class GUID(_types.TypeDecorator):
    impl = _types.CHAR
    cache_ok = True

    def load_dialect_impl(self, dialect):
        return _UUID() if dialect.name == "postgresql" else _types.CHAR(36)

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if dialect.name == "postgresql" or isinstance(value, _uuid.UUID):
            return str(value)
        return str(_uuid.UUID(value))

    def process_result_value(self, value, dialect):
        if value is None or isinstance(value, _uuid.UUID):
            return value
        return _uuid.UUID(value)


class TIMESTAMPAware(_types.TypeDecorator):
    impl = _types.TIMESTAMP
    cache_ok = True

    def process_result_value(self, value, dialect):
        if value is not None and dialect.name != "postgresql":
            return value.replace(tzinfo=_datetime.timezone.utc)
        return value


def now_utc():
    return _datetime.datetime.now(_datetime.timezone.utc)
