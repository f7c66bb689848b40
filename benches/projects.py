"""The same revisions for limbeck, for Alembic, and as plain SQL."""

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


# As Alembic's own template writes it.
REVISION = '''\
"""{message}

Revision ID: {revision}
Revises: {revises}
Create Date: 2026-11-20 14:03:11.455723

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = {revision!r}
down_revision: Union[str, Sequence[str], None] = {down}
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
{upgrade}


def downgrade() -> None:
    """Downgrade schema."""
{downgrade}
'''


def alembic(directory, count, url):
    """The same as an Alembic project."""
    write_alembic(directory, url, chain(count), lambda number: (
        f'op.execute("{statement(number)}")', f'op.execute("DROP TABLE t{number}")'
    ))


def realistic(directory, revisions, url):
    """An Alembic project whose files are as long as those of real projects, about 39 lines."""
    upgrade = textwrap.dedent("""\
        op.create_table(
            "t{0}",
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("name", sa.String(length=50), nullable=True),
            sa.Column("price", sa.Numeric(precision=10, scale=2), server_default="0", nullable=False),
            sa.Column("created_at", sa.DateTime(), nullable=False),
            sa.PrimaryKeyConstraint("id"),
        )
        op.create_index(op.f("ix_t{0}_name"), "t{0}", ["name"], unique=False)""")
    downgrade = 'op.drop_index(op.f("ix_t{0}_name"), table_name="t{0}")\nop.drop_table("t{0}")'
    write_alembic(directory, url, revisions, lambda number: (upgrade.format(number), downgrade.format(number)))


def chain(count):
    """Revisions, each with its parents: one after the other."""
    return [(revision_id(number), [revision_id(number - 1)] if number else []) for number in range(count)]


def diamonds(count):
    """A ladder: each diamond is two branches from one revision, and their merge."""
    revisions = [(revision_id(0), [])]
    for number in range(count):
        top, left, right, merge = (revision_id(3 * number + step) for step in range(4))
        revisions += [(left, [top]), (right, [top]), (merge, [left, right])]
    return revisions


def write_alembic(directory, url, revisions, body):
    """An Alembic project; `body` gives the two functions of a revision by its number."""
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
    for number, (revision, parents) in enumerate(revisions):
        upgrade, downgrade = (textwrap.indent(code, "    ") for code in body(number))
        down = None if not parents else parents[0] if len(parents) == 1 else tuple(parents)
        with open(os.path.join(versions, f"{revision}_create_table_t{number}.py"), "w") as file:
            file.write(REVISION.format(
                message=f"create table t{number}", revision=revision, revises=", ".join(parents),
                down=repr(down), upgrade=upgrade, downgrade=downgrade,
            ))


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
