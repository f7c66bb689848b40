"""Renders the revisions of standard input with real Alembic, offline."""

import io
import json
import sys
import warnings

import sqlalchemy as sa
from alembic.ddl.impl import DefaultImpl
from alembic.migration import MigrationContext
from alembic.operations import Operations

warnings.simplefilter("ignore")
seen = []


def record(self, text):
    seen.append(text[: -len(self.command_terminator)])


DefaultImpl.static_output = record
for line in sys.stdin:
    dialect, naming, source = json.loads(line)
    seen.clear()
    try:
        context = MigrationContext.configure(
            dialect_name=dialect,
            dialect_opts={"paramstyle": "named"},
            opts={
                "as_sql": True,
                "literal_binds": True,
                "output_buffer": io.StringIO(),
                "target_metadata": sa.MetaData(naming_convention=naming or None),
            },
        )
        with Operations.context(context):
            names = {"__name__": "revision"}
            exec(compile(source, "revision.py", "exec"), names)
            names["upgrade"]()
        answer = {"statements": list(seen)}
    except Exception as error:
        answer = {"error": type(error).__name__, "message": str(error)}
    print(json.dumps(answer), flush=True)
