from sqlalchemy import TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB


class Address:
    pass


class AddressType(TypeDecorator):
    impl = JSONB
    cache_ok = True
