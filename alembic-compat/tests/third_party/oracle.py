"""Writes golden.json: what real Alembic makes of the cases, with the real packages.

    python3 -m venv VENV
    VENV/bin/pip install -r requirements.txt
    VENV/bin/python oracle.py
"""

import io
import json
import pathlib
import warnings

from alembic.ddl.impl import DefaultImpl
from alembic.migration import MigrationContext
from alembic.operations import Operations

warnings.simplefilter("ignore")
HERE = pathlib.Path(__file__).parent
seen = []


def record(self, text):
    seen.append(text[: -len(self.command_terminator)])


DefaultImpl.static_output = record


class Recorder:
    """A connection that notes what it is given."""

    def __init__(self, dialect):
        self.dialect = dialect

    def connect(self):
        return self

    def execute(self, statement, *args, **kwargs):
        seen.append(str(statement.compile(dialect=self.dialect)))


def context(dialect, live):
    options = {"as_sql": not live, "literal_binds": not live, "output_buffer": io.StringIO()}
    made = MigrationContext.configure(
        dialect_name=dialect, dialect_opts={"paramstyle": "named"}, opts=options)
    if live:
        made.connection = Recorder(made.dialect)
        made.as_sql = False
    return made


answers = []
for case in (HERE / "cases.txt").read_text().split("#### ")[1:]:
    title, _, body = case.partition("\n")
    name, _, where = title.partition(": ")
    live = "live" in where
    for dialect in [where.split()[0]] if where else ["postgresql", "sqlite", "mysql"]:
        seen.clear()
        scope = {}
        exec("import sqlalchemy as sa\nfrom alembic import op\n", scope)
        made = context(dialect, live)
        with Operations.context(made) as operations:
            if live:
                operations.get_bind = lambda: made.connection
            exec(body, scope)
        answers.append({"case": name, "dialect": dialect, "statements": list(seen)})
(HERE / "golden.json").write_text(json.dumps(answers, indent=1) + "\n")
