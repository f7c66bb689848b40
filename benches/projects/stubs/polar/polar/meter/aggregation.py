from sqlalchemy import TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB


class AggregationType(TypeDecorator):
    impl = JSONB
    cache_ok = True
