import json

from alembic import op
from sqlalchemy import orm

DAGS_FOLDER = "/nonexistent"
engine = None
Session = orm.scoped_session(lambda: orm.Session(op.get_bind()))
