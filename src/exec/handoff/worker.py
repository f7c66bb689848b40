"""Runs one direction of one Alembic revision for limbeck, with the project's own env.py.

The first line of standard input is the job, as JSON. What this program has to say goes out as
lines of JSON on standard output; whatever the project prints or logs goes to standard error. When
the project's env.py has opened its connection, the program says what database that is and waits
for another line: "go", or "skip" where env.py goes on to the next of several databases. The version table is never touched.
"""

import json
import os
import sys
import threading

# `alembic` has the folder of its script there, and env.py adds what it needs (prepend_sys_path): a
# folder of the project called "alembic" must not stand before the package.
if sys.path and sys.path[0] == "":
    del sys.path[0]

channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


def say(**message):
    channel.write(json.dumps(message) + "\n")
    channel.flush()


class Stop(Exception):
    """Something that the caller is told in its own words."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


IDENTITY = {
    "postgresql": (
        "SELECT current_database(), (SELECT oid FROM pg_catalog.pg_database WHERE datname = "
        "current_database())::text, floor(extract(epoch FROM pg_catalog.pg_postmaster_start_time())"
        ")::bigint::text, coalesce(current_schema(), '')"
    ),
    "mysql": "SELECT database(), @@hostname, @@port, @@datadir",
    "sqlite": "PRAGMA database_list",
}


def identity(connection):
    """What tells this database from any other."""
    dialect = connection.dialect.name
    name = "mysql" if dialect == "mariadb" else dialect
    if name not in IDENTITY:
        raise Stop("identity", "env.py has opened a database of the dialect '%s'" % dialect)
    rows = connection.exec_driver_sql(IDENTITY[name]).fetchall()
    if name == "sqlite":
        files = [row[2] for row in rows if row[1] == "main"]
        if not files or not files[0]:
            raise Stop("identity", "env.py has opened a SQLite database in memory")
        return [name, os.path.realpath(files[0])]
    return [name] + [str(value) for value in rows[0]]


def end_with_limbeck():
    """Nothing goes on under a lock that is gone with the process that held it."""
    sys.stdin.readline()
    os._exit(1)


def hide(names):
    """Code that copies or drops whatever tables there are does not meet those of limbeck."""
    from sqlalchemy.engine.reflection import Inspector

    listed = Inspector.get_table_names

    def get_table_names(self, *args, **keywords):
        return [name for name in listed(self, *args, **keywords) if name not in names]

    Inspector.get_table_names = get_table_names


PLACE = (
    "dsn", "service", "host", "hostaddr", "port", "unix_socket", "dbname", "database", "db",
    "user", "username", "password", "passwd",
)


def redirect(scratch):
    """Every connection of env.py goes to a scratch database, whatever URL env.py has."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine
    from sqlalchemy.engine.url import URL

    def named(dialect, arguments, keywords):
        if dialect.name == "sqlite":
            return os.path.realpath(arguments[0]) if arguments else None
        for name in ("dbname", "database", "db"):
            if keywords.get(name):
                return keywords[name]
        return None

    def connect(dialect, record, arguments, keywords):
        kind = "mysql" if dialect.name == "mariadb" else dialect.name
        place = scratch["place"] if kind == scratch["kind"] else None
        stands_for = scratch["stands_for"]
        if place and stands_for is not None and named(dialect, arguments, keywords) != stands_for:
            # That of another database of the project.
            place = scratch["elsewhere"]
        if place is None:
            raise Stop("scratch", "env.py opens a database for which there is no scratch database")
        url = getattr(URL, "create", URL)(
            "%s+%s" % (dialect.name, dialect.driver), username=place["user"],
            password=place["password"], host=place["host"], port=place["port"],
            database=place["database"],
        )
        fresh_arguments, fresh = dialect.create_connect_args(url)
        for name in PLACE:
            keywords.pop(name, None)
        keywords.update(fresh)
        arguments[:] = fresh_arguments

    event.listen(Engine, "do_connect", connect)


def configuration(job):
    import argparse

    from alembic.config import Config

    options = argparse.Namespace(
        config=job["config"], name=job["section"], x=job["x"] or None, raiseerr=False,
        cmd=None, quiet=False, sql=False, tag=None,
    )
    files = {"toml_file": job["toml"]} if job.get("toml") else {}
    return Config(job["config"], ini_section=job["section"], cmd_opts=options, **files)


def run(job):
    try:
        import alembic
        from alembic.runtime.environment import EnvironmentContext
        from alembic.script import ScriptDirectory
    except ImportError as error:
        raise Stop("alembic", "%s: %s" % (sys.executable, error))
    version = []
    for part in alembic.__version__.split(".")[:2]:
        digits = "".join(c for c in part if c.isdigit())
        version.append(int(digits or 0))
    if version < [1, 8]:
        raise Stop("version", alembic.__version__)
    if job["probe"]:
        return
    hide(job["own_tables"])
    if job.get("scratch"):
        redirect(job["scratch"])
    config = configuration(job)
    directory = ScriptDirectory.from_config(config)
    script = directory.get_revision(job["revision"])
    if script is None or os.path.realpath(script.path) != os.path.realpath(job["path"]):
        found = script.path if script is not None else "nothing"
        raise Stop("revision", "Alembic finds %s under the revision %s" % (found, job["revision"]))
    function = getattr(script.module, job["function"])
    ran = []
    arguments = {}

    def work(heads, context):
        if context.as_sql:
            raise Stop("offline", "env.py runs in offline mode")
        found = identity(context.connection)
        if ran:
            if ran == [found]:
                raise Stop("twice", "env.py runs the migrations more than once on one database")
            # Another database: it has a run of its own.
            return
        say(identity=found)
        if sys.stdin.readline().strip() != "go":
            return
        ran.append(found)
        threading.Thread(target=end_with_limbeck, daemon=True).start()
        with context.begin_transaction(_per_migration=True):
            function(**arguments)
        return
        yield

    environment = EnvironmentContext(
        config, directory, fn=work, dont_mutate=True, destination_rev=job["revision"]
    )
    run_migrations = environment.run_migrations

    def with_arguments(**kw):
        # env.py of several databases passes their names on to upgrade() and downgrade().
        arguments.clear()
        arguments.update(kw)
        run_migrations(**kw)

    environment.run_migrations = with_arguments
    with environment:
        directory.run_env()
    if not ran:
        raise Stop("never", "env.py has not run the migrations")


def main():
    job = json.loads(sys.stdin.readline())
    try:
        run(job)
    except Stop as stop:
        say(failed={"kind": stop.kind, "message": str(stop)})
        return 1
    except BaseException as error:
        import traceback

        traceback.print_exc()
        text = str(error) or type(error).__name__
        kind = type(error).__name__
        say(failed={"kind": "raised", "class": kind, "message": text})
        return 1
    say(done=None)
    return 0


code = main()
sys.stderr.flush()
channel.flush()
# What the project has left running (threads, event loops) must not keep the program from ending.
os._exit(code)
