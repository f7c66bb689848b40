import sqlalchemy as sql
from sqlalchemy import Column
from sqlalchemy import ForeignKey
from sqlalchemy import Integer
from sqlalchemy import String
from sqlalchemy import Text


class DateTimeInt(sql.types.TypeDecorator):
    impl = sql.BigInteger
    cache_ok = True


class JsonBlob(sql.types.TypeDecorator):
    impl = sql.Text
    cache_ok = True
