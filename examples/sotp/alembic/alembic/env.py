"""Chooses the database by `-x db=postgres` or `-x db=timescale`."""

import os
from logging.config import fileConfig

from alembic import context
from sqlalchemy import create_engine, pool

config = context.config

if config.config_file_name is not None:
    fileConfig(config.config_file_name)


def get_url():
    if context.get_x_argument(as_dictionary=True).get("db") == "timescale":
        return os.environ["TIMESCALE_URL"]
    return os.environ["POSTGRES_URL"]


def run_migrations_offline():
    context.configure(url=get_url(), literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online():
    engine = create_engine(get_url(), poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
