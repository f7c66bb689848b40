from sqlalchemy import DateTime
from sqlalchemy import String
from sqlalchemy import TypeDecorator


class NaiveDateTime(TypeDecorator):
    impl = DateTime
    cache_ok = True


class EncryptedString(TypeDecorator):
    impl = String
    cache_ok = True
