from sqlalchemy import JSON
from sqlalchemy import PickleType
from sqlalchemy import TIMESTAMP
from sqlalchemy import Text
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator):
    impl = TIMESTAMP(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect):
        return mysql.TIMESTAMP(fsp=6) if dialect.name == "mysql" else super().load_dialect_impl(dialect)


class ExtendedJSON(TypeDecorator):
    impl = Text
    cache_ok = True
    should_evaluate_none = True

    def load_dialect_impl(self, dialect):
        return dialect.type_descriptor(JSON(none_as_null=False))


class ExecutorConfigType(PickleType):
    cache_ok = True
