from sqlalchemy import TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB


class TaxIDType(TypeDecorator):
    impl = JSONB
    cache_ok = True
