import sqlalchemy
from alembic import op
from sqlalchemy import orm


class Database:
    """What revisions ask of the application's database object."""

    Session = orm.Session
    metadata = sqlalchemy.MetaData()
    Model = orm.declarative_base()

    def __getattr__(self, name):
        # `db.Column`, `db.func`: Flask-SQLAlchemy has all of SQLAlchemy's names.
        return getattr(sqlalchemy, name, None) or getattr(orm, name)

    @property
    def session(self):
        return orm.Session(bind=op.get_bind())

    @property
    def engine(self):
        return op.get_bind()


db = Database()
