"""A session on the migration's own connection: the real one is a second connection, which sees what is committed."""

import contextlib

from alembic import op
from sqlalchemy.orm import Session


@contextlib.contextmanager
def create_session():
    session = Session(op.get_bind())
    yield session
    session.flush()
