import sqlalchemy as _sa
from _limbeck import unsupported as _unsupported
from sqlalchemy import orm as _orm

# The names that only `sqlalchemy.orm` has.
_OF_ORM = (
    "Session",
    "aliased",
    "backref",
    "column_property",
    "declarative_base",
    "joinedload",
    "sessionmaker",
    "scoped_session",
    "selectinload",
    "subqueryload",
)


class SQLAlchemy:
    def __init__(self, app=None, *args, metadata=None, **options):
        if args:
            _unsupported("positional arguments of flask_sqlalchemy.SQLAlchemy")
        if metadata is None:
            # Models are not made here, so that it lacks their tables.
            metadata = _sa.MetaData(info={"_limbeck_partial": True})
        self.metadata = metadata

    def init_app(self, app):
        pass

    def __getattr__(self, name):
        if name in ("Model", "session", "engine", "engines", "get_engine", "Query", "relationship"):
            _unsupported("flask_sqlalchemy.SQLAlchemy." + name)
        # Those of `sqlalchemy` come before those of `sqlalchemy.orm`.
        return getattr(_orm if name in _OF_ORM else _sa, name)
