from sqlalchemy import TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB


class FilterType(TypeDecorator):
    impl = JSONB
    cache_ok = True
