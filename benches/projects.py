"""The same chain of revisions for limbeck, for Alembic, and as plain SQL."""

import os
import textwrap


def revision_id(number):
    return f"{number:04x}{'b' * 8}"


def statement(number):
    return f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY, name VARCHAR(50), price INTEGER)"


def native(directory, count, url):
    """A limbeck project of `count` revisions in a chain."""
    versions = os.path.join(directory, "versions")
    os.makedirs(versions)
    with open(os.path.join(directory, "limbeck.toml"), "w") as file:
        file.write(f'[databases.main]\nurl = "{url}"\n')
    for number in range(count):
        down = f'"{revision_id(number - 1)}"' if number else "[]"
        with open(os.path.join(versions, f"{revision_id(number)}_r.sql"), "w") as file:
            file.write(textwrap.dedent(f"""\
                /*---
                message       = "create table t{number}"
                revision      = "{revision_id(number)}"
                down_revision = {down}
                create_date   = 2026-11-20T14:03:11Z
                ---*/

                --- upgrade
                {statement(number)};

                --- downgrade
                DROP TABLE t{number};
                """))


ENV_PY = """\
from alembic import context
from sqlalchemy import create_engine

engine = create_engine(context.config.get_main_option("sqlalchemy.url"))
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""


def alembic(directory, count, url):
    """The same as an Alembic project."""
    versions = os.path.join(directory, "m", "versions")
    os.makedirs(versions)
    with open(os.path.join(directory, "alembic.ini"), "w") as file:
        file.write(
            f"[alembic]\nscript_location = m\npath_separator = os\nsqlalchemy.url = {url}\n"
        )
    with open(os.path.join(directory, "m", "env.py"), "w") as file:
        file.write(ENV_PY)
    with open(os.path.join(directory, "m", "script.py.mako"), "w") as file:
        file.write("")
    for number in range(count):
        down = repr(revision_id(number - 1)) if number else None
        with open(os.path.join(versions, f"{revision_id(number)}_r.py"), "w") as file:
            file.write(textwrap.dedent(f'''\
                """create table t{number}"""
                from alembic import op

                revision = {revision_id(number)!r}
                down_revision = {down}
                branch_labels = None
                depends_on = None


                def upgrade() -> None:
                    op.execute("{statement(number)}")


                def downgrade() -> None:
                    op.execute("DROP TABLE t{number}")
                '''))


def plain_sql(path, count, one_transaction):
    """What the database must be told at the least: scripts and version rows."""
    with open(path, "w") as file:
        file.write("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);\n")
        if one_transaction:
            file.write("BEGIN;\n")
        for number in range(count):
            if not one_transaction:
                file.write("BEGIN;\n")
            file.write(statement(number) + ";\n")
            if number == 0:
                file.write(f"INSERT INTO alembic_version VALUES ('{revision_id(0)}');\n")
            else:
                file.write(
                    f"UPDATE alembic_version SET version_num='{revision_id(number)}' "
                    f"WHERE version_num = '{revision_id(number - 1)}';\n"
                )
            if not one_transaction:
                file.write("COMMIT;\n")
        if one_transaction:
            file.write("COMMIT;\n")
