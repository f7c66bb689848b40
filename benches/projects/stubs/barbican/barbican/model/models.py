import sqlalchemy as sa


class JsonBlob(sa.types.TypeDecorator):
    impl = sa.Text
    cache_ok = True
