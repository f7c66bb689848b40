"""Real Alembic on one project: `python alembic_side.py JSON`, where the JSON says what to do.

    {"ini": "…", "stubs": ["…"], "standins": ["flask"], "command": "upgrade", "target": "heads",
     "each": true (every migration in a transaction of its own), "sql": "file for the statements"}

The last line of standard output is JSON: the version rows at the end, how often a revision was run, the seconds that the command took without
the start of Python, and the error, if any.
"""

import json
import os
import sys
import time
import traceback

import standins

order = json.loads(sys.argv[1])
standins.install(order["stubs"], order["standins"])

import sqlalchemy  # noqa: E402
import sqlalchemy.orm  # noqa: E402, F401  (some revisions count on the application to have done so)
from alembic import command  # noqa: E402
from alembic.config import Config  # noqa: E402
from alembic.runtime import environment  # noqa: E402
from alembic.runtime import migration  # noqa: E402


class Statements:
    """Writes every statement with its values, and the transactions, as the client of the database takes them."""

    def __init__(self, path):
        self.file = open(path, "w")
        self.inside = set()
        self.end = ";"
        sqlalchemy.event.listen(sqlalchemy.engine.Engine, "connect", self.connected)
        sqlalchemy.event.listen(sqlalchemy.engine.Engine, "after_cursor_execute", self.executed)
        sqlalchemy.event.listen(sqlalchemy.engine.Engine, "commit", self.committed)

    def write(self, text):
        self.file.write(f"{text.rstrip().rstrip(';')}\n{self.end}\n")

    def connected(self, raw, record):
        module = type(raw).__module__.split(".")[0]
        if module == "sqlite3":
            # SQLite tells of BEGIN and COMMIT too; what triggers do is a comment.
            raw.set_trace_callback(lambda text: None if text.startswith("--") else self.write(text))
        elif module == "pymysql" and self.end == ";":
            # A trigger has a ; in it.
            self.end = "$$$"
            self.file.write("DELIMITER $$$\n")

    def executed(self, connection, cursor, statement, parameters, context, many):
        raw = cursor.connection
        dialect = connection.dialect.name
        if dialect == "sqlite":
            return
        if dialect == "mysql":
            text, own = cursor._executed, True
        else:
            text, own = cursor.query, not raw.autocommit
        if own and raw not in self.inside:
            self.inside.add(raw)
            self.write("BEGIN")
        self.write(text.decode() if isinstance(text, (bytes, bytearray)) else text)

    def committed(self, connection):
        raw = connection.connection.dbapi_connection if hasattr(connection.connection, "dbapi_connection") else connection.connection
        if raw in self.inside:
            self.inside.discard(raw)
            self.write("COMMIT")


def main():
    done = []
    current = {"file": None}
    step = migration.MigrationContext.run_migrations
    configure = environment.EnvironmentContext.configure

    def configured(self, *arguments, **keywords):
        if order.get("each"):
            keywords["transaction_per_migration"] = True
        told = keywords.get("on_version_apply")
        keywords["on_version_apply"] = [
            *([told] if callable(told) else list(told or [])),
            lambda ctx, step, heads, run_args: done.append([step.up_revision_id if step.is_upgrade else ",".join(step.down_revision_ids), sorted(heads)]),
        ]
        return configure(self, *arguments, **keywords)

    environment.EnvironmentContext.configure = configured
    sql = Statements(order["sql"]) if order.get("sql") else None
    config = Config(order["ini"])
    start = time.perf_counter()
    error = kind = where = None
    try:
        getattr(command, order["command"])(config, order["target"])
    except BaseException as raised:  # the report is the purpose, whatever happened
        kind = type(raised).__name__
        error = str(raised).split("\n[SQL")[0][:600]
        where = traceback.format_exc()
    seconds = time.perf_counter() - start
    if sql:
        sql.file.close()
    sys.stderr.write(where or "")
    print("\n" + json.dumps({
        "steps": len(done), "last": done[-1] if done else None, "seconds": seconds,
        "error": f"{kind}: {error}" if kind else None,
        "missing": getattr(sys.exc_info()[1], "name", None),
    }))
    sys.stdout.flush()
    os._exit(1 if kind else 0)


main()
