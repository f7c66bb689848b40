import json

from sqlalchemy import MetaData
from sqlalchemy import types
from sqlalchemy.orm import declarative_base


class JSONField(types.TypeDecorator):
    impl = types.UnicodeText
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def process_result_value(self, value, dialect):
        return None if value is None else json.loads(value)


Base = declarative_base(metadata=MetaData())
