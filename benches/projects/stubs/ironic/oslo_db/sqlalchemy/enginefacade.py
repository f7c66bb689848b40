"""The engine of the migration: the real one asks the application's configuration."""

from alembic import op


class reader:
    @staticmethod
    def get_engine():
        return op.get_bind().engine
