"""Runs statements as SQLAlchemy's drivers do, and prints what they give, one JSON text a statement."""

import datetime
import decimal
import json
import sys
import urllib.parse
import uuid


def canonical(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"bool:{value}"
    if isinstance(value, int):
        return f"int:{value}"
    if isinstance(value, float):
        return f"float:{value!r}"
    if isinstance(value, decimal.Decimal):
        return f"decimal:{value}"
    if isinstance(value, str):
        return f"text:{value}"
    if isinstance(value, (bytes, memoryview)):
        return "bytes:" + bytes(value).hex()
    if isinstance(value, datetime.datetime):
        kind = "datetime" if value.tzinfo is None else "zoned"
        return f"{kind}:{value.isoformat()}"
    if isinstance(value, datetime.date):
        return f"date:{value.isoformat()}"
    if isinstance(value, datetime.time):
        return f"time:{value.isoformat()}"
    if isinstance(value, datetime.timedelta):
        return f"interval:{value // datetime.timedelta(microseconds=1)}"
    if isinstance(value, uuid.UUID):
        return f"uuid:{value}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}={canonical(item)}" for key, item in value.items()) + "}"
    raise TypeError(type(value).__name__)


def postgresql(url):
    import psycopg2
    import psycopg2.extras

    connection = psycopg2.connect(url)
    connection.autocommit = True
    psycopg2.extras.register_uuid(None, connection)
    oids = psycopg2.extras.HstoreAdapter.get_oids(connection)
    if oids is not None and oids[0]:
        psycopg2.extras.register_hstore(connection, oid=oids[0], array_oid=oids[1])
    return connection, psycopg2


def mysql(url):
    import pymysql

    parts = urllib.parse.urlsplit(url)
    connection = pymysql.connect(
        host=parts.hostname,
        port=parts.port,
        user=parts.username,
        password=parts.password or "",
        database=parts.path.strip("/"),
        charset="utf8mb4",
        client_flag=pymysql.constants.CLIENT.FOUND_ROWS,
        autocommit=True,
    )
    return connection, pymysql


def sqlite(_):
    import sqlite3

    return sqlite3.connect(":memory:", isolation_level=None), sqlite3


def answer(connection, driver, sql, parameters):
    names = {"D": decimal.Decimal, "datetime": datetime, "uuid": uuid}
    cursor = connection.cursor()
    try:
        values = tuple(eval(parameter, names) for parameter in parameters)
        if values or driver.__name__ == "sqlite3":
            cursor.execute(sql, values)
        else:
            cursor.execute(sql)
        columns = cursor.description and [column[0] for column in cursor.description]
        rows = cursor.fetchall() if columns else []
        return {
            "columns": columns or None,
            "rows": [list(map(canonical, row)) for row in rows],
            "count": cursor.rowcount,
        }
    except (driver.Error, driver.Warning, ValueError, TypeError, OverflowError) as error:
        number = error.args[0] if error.args and isinstance(error.args[0], int) else None
        state = getattr(error, "pgcode", None)
        return {"error": type(error).__name__, "state": state, "number": number, "text": str(error)}
    finally:
        cursor.close()


def main():
    task = json.load(sys.stdin)
    connection, driver = {"postgresql": postgresql, "mysql": mysql, "sqlite": sqlite}[
        task["dialect"]
    ](task["url"])
    for sql, parameters in task["statements"]:
        print(json.dumps(answer(connection, driver, sql, parameters)))


main()
