from enum import Enum as _PyEnum
import json as _json
import uuid as _uuid

import sqlalchemy as _sa
from sqlalchemy import types as _types
from sqlalchemy.dialects import postgresql as _postgresql, sqlite as _sqlite
from _limbeck import unsupported as _unsupported


class ImproperlyConfigured(Exception):
    pass


class ScalarCoercible:
    pass


class _Coded(_types.TypeDecorator, ScalarCoercible):
    """A type whose values pass through code that is not here."""

    cache_ok = True
    impl = _types.String

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        _unsupported("a value of sqlalchemy_utils." + type(self).__name__)

    process_literal_param = process_bind_param

    def process_result_value(self, value, dialect):
        if value is None:
            return None
        _unsupported("a result of sqlalchemy_utils." + type(self).__name__)


class UUIDType(_Coded):
    impl = _types.BINARY(16)
    python_type = _uuid.UUID

    def __init__(self, binary=True, native=True):
        self.binary = binary
        self.native = native

    def load_dialect_impl(self, dialect):
        if self.native and dialect.name in ("postgresql", "cockroachdb"):
            return _postgresql.UUID()
        return _types.BINARY(16) if self.binary else _types.CHAR(32)

    def process_bind_param(self, value, dialect):
        if value is None:
            return value
        if not isinstance(value, _uuid.UUID):
            try:
                value = _uuid.UUID(value)
            except (TypeError, ValueError):
                value = _uuid.UUID(bytes=value)
        if self.native and dialect.name in ("postgresql", "cockroachdb"):
            return value
        return value.bytes if self.binary else value.hex


class Choice:
    def __init__(self, code, value):
        self.code = code
        self.value = value

    def __eq__(self, other):
        return self.code == (other.code if isinstance(other, Choice) else other)

    def __hash__(self):
        return hash(self.code)

    def __str__(self):
        return str(self.value)

    def __repr__(self):
        return "Choice(code=%s, value=%s)" % (self.code, self.value)


class ChoiceType(_Coded):
    impl = _types.Unicode(255)

    def __init__(self, choices, impl=None):
        self.choices = choices if isinstance(choices, type) else tuple(choices)
        if impl:
            self.impl = impl

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if isinstance(self.choices, type):
            return self.choices(value).value
        if value == "":
            return value
        return value.code if isinstance(value, Choice) else value


class JSONType(_Coded):
    impl = _types.UnicodeText

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)

    def load_dialect_impl(self, dialect):
        if dialect.name == "postgresql":
            return _postgresql.JSON()
        return self.impl

    def process_bind_param(self, value, dialect):
        if dialect.name == "postgresql" or value is None:
            return value
        return _json.dumps(value)


class TSVectorType(_types.TypeDecorator):
    impl = _postgresql.TSVECTOR
    cache_ok = True

    def __init__(self, *args, **kwargs):
        self.columns = args
        self.options = kwargs
        super().__init__()


class URLType(_Coded):
    impl = _types.UnicodeText

    def process_bind_param(self, value, dialect):
        return value if value is None else str(value)


class EmailType(_Coded):
    impl = _types.Unicode

    def __init__(self, length=255, *args, **kwargs):
        super().__init__(length=length, *args, **kwargs)

    def process_bind_param(self, value, dialect):
        return value if value is None else value.lower()

    def process_result_value(self, value, dialect):
        return value


class _Sized(_Coded):
    def __init__(self, max_length, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.impl = _types.Unicode(max_length)


class IPAddressType(_Sized):
    impl = _types.Unicode(50)

    def __init__(self, max_length=50, *args, **kwargs):
        super().__init__(max_length, *args, **kwargs)

    def process_bind_param(self, value, dialect):
        return str(value) if value else None


class ColorType(_Sized):
    impl = _types.Unicode(20)

    def __init__(self, max_length=20, *args, **kwargs):
        super().__init__(max_length, *args, **kwargs)


class PhoneNumberType(_Sized):
    impl = _types.Unicode(20)
    STORE_FORMAT = "e164"

    def __init__(self, region="US", max_length=20, *args, **kwargs):
        super().__init__(max_length, *args, **kwargs)
        self.region = region


class CountryType(_Coded):
    impl = _types.String(2)


class CurrencyType(_Coded):
    impl = _types.String(3)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)


class LocaleType(_Coded):
    impl = _types.Unicode(10)

    def __init__(self):
        pass


class TimezoneType(_Coded):
    impl = _types.Unicode(50)

    def __init__(self, backend="dateutil"):
        if backend not in ("dateutil", "pytz", "zoneinfo"):
            raise ImproperlyConfigured(
                "'pytz' or 'dateutil' are the backends supported for TimezoneType")


class WeekDaysType(_Coded):
    impl = _types.BINARY

    def load_dialect_impl(self, dialect):
        if dialect.name == "postgresql":
            return _postgresql.BIT(7)
        _unsupported("sqlalchemy_utils.WeekDaysType on a database other than PostgreSQL")


class ScalarListType(_Coded):
    impl = _types.UnicodeText()

    def __init__(self, coerce_func=str, separator=","):
        self.separator = str(separator)
        self.coerce_func = coerce_func

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if any(self.separator in str(item) for item in value):
            raise ScalarListException(
                "List values can't contain string '%s' (its being used as separator. If you wish "
                "for scalar list values to contain these strings, use a different separator "
                "string.)" % self.separator)
        return self.separator.join(map(str, value))


class ScalarListException(Exception):
    pass


class PasswordType(_Coded):
    impl = _types.VARBINARY(1024)

    def __init__(self, max_length=None, **kwargs):
        # The longest of the hashes of passlib is shorter than the least length.
        self.length = 1024 if max_length is None else max_length

    def load_dialect_impl(self, dialect):
        if dialect.name == "postgresql":
            return _postgresql.BYTEA(self.length)
        if dialect.name == "sqlite":
            return _sqlite.BLOB(self.length)
        return _types.VARBINARY(self.length)


class EnrichedDateTimeType(_Coded):
    impl = _types.DateTime

    def __init__(self, datetime_processor=None, *args, **kwargs):
        super().__init__(*args, **kwargs)


class EnrichedDateType(_Coded):
    impl = _types.Date

    def __init__(self, date_processor=None, *args, **kwargs):
        super().__init__(*args, **kwargs)


class ArrowType(EnrichedDateTimeType):
    def __init__(self, *args, **kwargs):
        super().__init__(None, *args, **kwargs)


class _Engine:
    def __getattr__(self, name):
        _unsupported("encryption by sqlalchemy_utils")


class AesEngine(_Engine):
    pass


class AesGcmEngine(_Engine):
    pass


class FernetEngine(_Engine):
    pass


class StringEncryptedType(_Coded):
    impl = _types.String

    def __init__(self, type_in=None, key=None, engine=None, padding=None, **kwargs):
        super().__init__(**kwargs)
        self.underlying_type = type_in


class EncryptedType(StringEncryptedType):
    impl = _types.LargeBinary

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)


class LtreeType(_types.UserDefinedType):
    cache_ok = True

    def get_col_spec(self, **kw):
        return "LTREE"


class LQUERY(_types.UserDefinedType):
    def get_col_spec(self, **kw):
        return "LQUERY"


class LTXTQUERY(_types.UserDefinedType):
    def get_col_spec(self, **kw):
        return "LTXTQUERY"


class _Range(_Coded):
    native = None
    names = _types.String(255)

    def __init__(self, *args, **kwargs):
        super().__init__()

    def load_dialect_impl(self, dialect):
        return self.native() if dialect.name == "postgresql" else _types.String(255)


class IntRangeType(_Range):
    native = _postgresql.INT4RANGE


class Int8RangeType(_Range):
    native = _postgresql.INT8RANGE


class NumericRangeType(_Range):
    native = _postgresql.NUMRANGE


class DateRangeType(_Range):
    native = _postgresql.DATERANGE


class DateTimeRangeType(_Range):
    native = _postgresql.TSRANGE


def _refuse(name):
    def refused(*args, **kwargs):
        _unsupported("sqlalchemy_utils." + name + "()")
    return refused


database_exists = _refuse("database_exists")
create_database = _refuse("create_database")
drop_database = _refuse("drop_database")
create_view = _refuse("create_view")
create_materialized_view = _refuse("create_materialized_view")


def force_auto_coercion(mapper=None):
    pass


def force_instant_defaults(mapper=None):
    pass
