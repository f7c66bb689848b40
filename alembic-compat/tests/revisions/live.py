"""Runs revisions on SQLite with real Alembic, or plain statements for limbeck."""

import datetime
import json
import sqlite3
import sys
import warnings

warnings.simplefilter("ignore")


def steady(value):
    """A time that the database's clock gave a moment ago differs between the two runs."""
    try:
        age = datetime.datetime.utcnow() - datetime.datetime.strptime(value, "%Y-%m-%d %H:%M:%S")
    except (TypeError, ValueError):
        return value
    return "a moment ago" if abs(age) < datetime.timedelta(minutes=10) else value


def dump(execute):
    rows = execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
    made = [list(row) for row in rows]
    for row in list(made):
        if row[0] == "table" and not row[1].startswith("sqlite_"):
            made.append([[steady(value) for value in r] for r in execute('SELECT * FROM "%s"' % row[1])])
    return made


def alembic(setup, source):
    import sqlalchemy as sa
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        for statement in setup:
            connection.exec_driver_sql(statement)
        connection.commit()
        context = MigrationContext.configure(connection=connection)
        try:
            with context.begin_transaction(_per_migration=True), Operations.context(context):
                names = {"__name__": "revision"}
                exec(compile(source, "revision.py", "exec"), names)
                names["upgrade"]()
        except Exception as error:
            return {"error": type(error).__name__, "message": str(error)}
        return {"dump": dump(lambda sql: connection.exec_driver_sql(sql).fetchall())}


connection = sqlite3.connect(":memory:", isolation_level=None)
for line in sys.stdin:
    question = json.loads(line)
    if "source" in question:
        answer = alembic(question["setup"], question["source"])
    elif "dump" in question:
        answer = {"dump": dump(lambda sql: connection.execute(sql).fetchall())}
    elif "reset" in question:
        connection.close()
        connection = sqlite3.connect(":memory:", isolation_level=None)
        answer = {}
    else:
        try:
            cursor = connection.execute(question["sql"], question["parameters"])
            columns = [d[0] for d in cursor.description] if cursor.description else None
            rows = [list(row) for row in cursor.fetchall()] if columns else []
            answer = {"columns": columns, "rows": rows, "count": cursor.rowcount}
            answer["last"] = cursor.lastrowid
        except sqlite3.Error as error:
            answer = {"error": str(error), "code": getattr(error, "sqlite_errorcode", None)}
    print(json.dumps(answer), flush=True)
