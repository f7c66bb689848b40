"""What real SQLAlchemy's objects have and are: the objects of `objects.txt`, on SQLite."""

import json
import sys
import warnings

warnings.simplefilter("ignore")


def has(one, name):
    try:
        return hasattr(one, name)
    except Exception as error:
        return type(error).__name__


def answers(setup, source):
    import sqlalchemy as sa
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    with sa.create_engine("sqlite://").connect() as connection:
        for statement in setup:
            connection.exec_driver_sql(statement)
        context = MigrationContext.configure(connection=connection)
        with Operations.context(context):
            names = {"__name__": "revision"}
            exec(compile(source, "revision.py", "exec"), names)
            objects, classes = names["objects"], names["classes"]
            asked = set()
            for one in objects.values():
                asked.update(name for name in dir(one) if name.isidentifier())
            asked = sorted(
                name for name in asked if not name.startswith("_") or name in names["SPECIAL"]
            )
            asked.append("no_such_name")
            return {
                "names": asked,
                "has": {
                    key: [has(one, name) for name in asked] for key, one in objects.items()
                },
                "types": {key: type(one).__name__ for key, one in objects.items()},
                "is": {
                    key: [isinstance(one, of) for of in classes.values()]
                    for key, one in objects.items()
                },
            }


for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps(answers(question["setup"], question["source"])), flush=True)
