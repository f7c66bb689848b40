"""Runs directions of Alembic revisions for limbeck, one after another, with the project's own env.py.

Orders come as lines of JSON on what was standard input. The first is the project, the others are
jobs. What this program has to say goes out as lines of JSON on what was standard output; whatever
the project prints or logs goes to standard error, which gets a mark behind each job. When env.py
has opened its connection, the program says what database that is and waits for a word: "go", or
"skip" where env.py goes on to the next of several databases. The version table is never touched.

env.py is run anew for each job. The revisions are loaded once, as in one run of Alembic: when env.py
runs the migrations. Modules that they import stay. Everything else has to be as it was: a job that
finds its surroundings changed stops before its revision begins, and one that leaves something behind
says that it was the last. Either way the caller goes on with another process, as it does for another
database, and for a function that has been run.
"""

import sys

# `alembic` has the folder of its script there, and env.py adds what it needs (prepend_sys_path): a
# folder of the project called "alembic" must not stand before the package.
if sys.path and sys.path[0] == "":
    del sys.path[0]

import gc
import json
import os
import queue
import signal
import stat
import threading
import time


class Pipe:
    """The end of a pipe that the project has nowhere, nor have programs that it starts.

    Its number is far from those that a program counts through to close them. Where it is closed all
    the same, another file may get the number, which is neither written to nor read.
    """

    def __init__(self, number):
        try:
            import fcntl
            import resource

            limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
            far = 4096 if limit == resource.RLIM_INFINITY else min(limit, 4096)
            self.kept = fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, max(far - 16, 3))
        except (ImportError, OSError):
            self.kept = os.dup(number)
        self.about = os.fstat(self.kept)

    def is_at(self, number):
        try:
            return os.path.samestat(os.fstat(number), self.about)
        except OSError:
            return False

    def number(self):
        if not self.is_at(self.kept):
            gone()
        return self.kept

    def write(self, text):
        text = text.encode("utf-8", "backslashreplace")
        while text:
            text = text[os.write(self.number(), text):]


incoming = Pipe(0)
outgoing = Pipe(1)
told = Pipe(2)


def gone():
    """Nobody can be told what comes of the job."""
    if told.is_at(2):
        os.write(2, b"env.py or a revision closes descriptors that are not its own: those of limbeck\n")
    os._exit(1)


nothing = os.open(os.devnull, os.O_RDONLY)
os.dup2(nothing, 0)
os.close(nothing)
os.dup2(2, 1)

orders = queue.SimpleQueue()


def listen():
    rest = b""
    while True:
        try:
            text = os.read(incoming.number(), 1 << 16)
        except OSError:
            gone()
        if not text:
            break
        *lines, rest = (rest + text).split(b"\n")
        for line in lines:
            orders.put(json.loads(line))
    # Nothing goes on under a lock that is gone with the process that held it.
    os._exit(1)


def say(**message):
    outgoing.write(json.dumps(message) + "\n")


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


# Tables of limbeck.
hidden = set()


def hide():
    """Code that copies or drops whatever tables there are does not meet those of limbeck."""
    from sqlalchemy.engine.reflection import Inspector

    listed = Inspector.get_table_names

    def get_table_names(self, *args, **keywords):
        return [name for name in listed(self, *args, **keywords) if name not in hidden]

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
    from sqlalchemy.pool import Pool

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
        if place["socket"]:
            fresh["unix_socket"] = place["socket"]
        keywords = {name: value for name, value in keywords.items() if name not in PLACE}
        if record is not None:
            record.info["limbeck"] = True
        # Hooks of the project, which could connect elsewhere, are not asked any more.
        return dialect.connect(*fresh_arguments, **{**keywords, **fresh})

    def connected(connection, record):
        if not record.info.pop("limbeck", False):
            connection.close()
            raise Stop(
                "scratch",
                "env.py makes a connection by a function of its own (creator=), which cannot be led "
                "to the scratch database",
            )

    event.listen(Engine, "do_connect", connect)
    event.listen(Pool, "connect", connected)


# Engines that have been connected.
engines = set()


class Work:
    """What a revision has done, and what becomes of it."""

    def __init__(self):
        self.begin()

    def begin(self):
        # That of the driver, where something is to be committed.
        self.connection = None
        self.is_committed = False
        self.is_lost = False

    def end(self, connection):
        """The revision has come to its end, where Alembic writes the row of its version."""
        ours = connection.connection
        if commits_each(connection):
            return
        if connection.in_transaction():
            # Where the transaction has failed, so would the row: a COMMIT says nothing of it.
            connection.exec_driver_sql("SELECT 1")
            self.connection = ours
        else:
            # SQLAlchemy before 2.0, without a transaction, commits that row by itself, and with it
            # what the driver has begun before.
            connection.dialect.do_commit(ours)

    def is_of(self, connection):
        return self.connection is not None and connection.connection is self.connection

    def commits(self, connection):
        self.is_committed = self.is_committed or self.is_of(connection)

    def rolls_back(self, connection):
        self.is_lost = self.is_lost or (not self.is_committed and self.is_of(connection))

    def fails(self, connection):
        """The commit itself."""
        self.is_lost = self.is_lost or self.is_of(connection)

    def is_kept(self):
        return self.connection is None or (self.is_committed and not self.is_lost)


def commits_each(connection):
    """Whether a connection commits each statement by itself."""
    if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        return True
    ours = connection.connection
    mode = getattr(ours, "autocommit", None)
    if connection.dialect.name == "sqlite":
        driver = getattr(ours, "driver_connection", ours)
        has_begun = getattr(driver, "in_transaction", False)
        return not has_begun and (mode is True or ours.isolation_level is None)
    ask = getattr(ours, "get_autocommit", None)
    return mode is True if ask is None else bool(ask())


# That of the job.
done = Work()


def watch():
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    def executed(connection, cursor, statement, *_):
        word = statement.strip(" \t\n;").upper()
        if word == "COMMIT":
            done.commits(connection)
        elif word == "ROLLBACK":
            done.rolls_back(connection)

    def failed(context):
        # No statement: the commit itself.
        if context.statement is None and context.connection is not None:
            done.fails(context.connection)

    event.listen(Engine, "engine_connect", lambda connection, *_: engines.add(connection.engine))
    event.listen(Engine, "commit", lambda connection: done.commits(connection))
    event.listen(Engine, "commit_twophase", lambda connection, *_: done.commits(connection))
    event.listen(Engine, "rollback", lambda connection: done.rolls_back(connection))
    event.listen(Engine, "rollback_twophase", lambda connection, *_: done.rolls_back(connection))
    event.listen(Engine, "after_cursor_execute", executed)
    event.listen(Engine, "handle_error", failed)


def project(order):
    """What all jobs have in common: Alembic as it is to be, and the way to the project."""
    try:
        import alembic
        from alembic.runtime.environment import EnvironmentContext  # noqa: F401
        from alembic.script import ScriptDirectory  # noqa: F401
    except ImportError as error:
        raise Stop("alembic", "%s: %s" % (sys.executable, error))
    version = []
    for part in alembic.__version__.split(".")[:2]:
        digits = "".join(c for c in part if c.isdigit())
        version.append(int(digits or 0))
    if version < [1, 8]:
        raise Stop("version", alembic.__version__)
    hide()
    watch()
    if order.get("scratch"):
        redirect(order["scratch"])


class Revisions:
    """The files of the revisions, which are loaded once for jobs of different revisions."""

    def __init__(self):
        self.loaded = None

    def directory(self, order):
        """The configuration, and the directory with the revisions that are loaded already."""
        import argparse

        from alembic.config import Config
        from alembic.script import ScriptDirectory

        options = argparse.Namespace(
            config=order["config"], name=order["section"], x=order["x"] or None, raiseerr=False,
            cmd=None, quiet=False, sql=False, tag=None,
        )
        files = {"toml_file": order["toml"]} if order.get("toml") else {}
        config = Config(order["config"], ini_section=order["section"], cmd_opts=options, **files)
        directory = ScriptDirectory.from_config(config)
        if self.loaded is not None:
            directory.revision_map = self.loaded
        return config, directory

    def function(self, directory, job):
        """What is to be run, where env.py has done what comes before the migrations."""
        script = directory.get_revision(job["revision"])
        if script is None or os.path.realpath(script.path) != os.path.realpath(job["path"]):
            found = script.path if script is not None else "nothing"
            message = "Alembic finds %s under the revision %s" % (found, job["revision"])
            raise Stop("revision", message)
        self.loaded = directory.revision_map
        return getattr(script.module, job["function"])


class Surroundings:
    """What one job may leave for the next besides modules."""

    def __init__(self):
        self.threads = set(threading.enumerate())
        self.files = {key for key, _ in open_files() or ()}
        # For each database, what was found when the first job on it began.
        self.begun = {}
        # That of this job, once it has come so far.
        self.database = None

    def check(self, database):
        """Before a revision begins: whether env.py has made of them what it made the first time."""
        self.database = database
        now, enabled = state()
        before, spoke = self.begun.setdefault(database, (now, enabled))
        if now != before:
            raise Stop("stale", "env.py does not make the same of a process that has run it before")
        # fileConfig() silences loggers that are there before it, which are all by now.
        for logger in spoke:
            logger.disabled = False

    def are_left(self):
        """Behind a job: whether they are what they were, and no connection or thread is there."""
        database, self.database = self.database, None
        for engine in engines:
            # Connections of asyncio go with their loop.
            if not getattr(engine.dialect, "is_async", False):
                engine.dispose()
        engines.clear()
        if database is None or state()[0] != self.begun[database][0]:
            return False
        end = time.monotonic() + 0.2
        for thread in set(threading.enumerate()) - self.threads:
            thread.join(max(0, end - time.monotonic()))
        if set(threading.enumerate()) - self.threads:
            return False
        if self.are_connected():
            gc.collect()
            return not self.are_connected()
        return True

    def are_connected(self):
        found = open_files()
        if found is None:
            # The system does not tell.
            return True
        held = [os.stat(database[1]) for database in self.begun if database[0] == "sqlite"]
        return any(
            stat.S_ISSOCK(about.st_mode) or any(os.path.samestat(about, one) for one in held)
            for key, about in found
            if key not in self.files
        )


def state():
    """What is compared, and the loggers that are not silenced."""
    import logging

    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    loggers = [logger for logger in loggers if isinstance(logger, logging.Logger)]
    handlers = {
        logger.name: (logger.level, [type(handler) for handler in logger.handlers])
        for logger in loggers
        if logger.handlers
    }
    signals = {number: handler(number) for number in signal.Signals}
    now = (dict(os.environ), os.getcwd(), signals, sys.stdout, sys.stderr, handlers)
    return now, [logger for logger in loggers if not logger.disabled]


def handler(number):
    """What a signal does, where asyncio.run() is over."""
    found = signal.getsignal(number)
    runner = getattr(getattr(found, "func", None), "__self__", None)
    # It takes the place of Python's own only, and for as long as it runs.
    if number == signal.SIGINT and type(runner).__module__ == "asyncio.runners":
        return signal.default_int_handler
    return found


def open_files():
    """The open files and sockets, each with a key; None where the system does not tell."""
    for place in ("/proc/self/fd", "/dev/fd"):
        try:
            numbers = [int(name) for name in os.listdir(place)]
        except (OSError, ValueError):
            continue
        found = []
        for number in numbers:
            try:
                about = os.fstat(number)
            except OSError:
                continue
            found.append(((number, about.st_dev, about.st_ino), about))
        return found
    return None


def run(job, order, revisions, surroundings):
    from alembic.runtime.environment import EnvironmentContext

    done.begin()
    hidden.clear()
    hidden.update(job["own_tables"])
    config, directory = revisions.directory(order)
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
        function = revisions.function(directory, job)
        surroundings.check(tuple(found))
        say(identity=found)
        if orders.get() != "go":
            return
        ran.append(found)
        with context.begin_transaction(_per_migration=True):
            function(**arguments)
            done.end(context.connection)
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
    if not done.is_kept():
        text = "env.py has not committed what the revision %s did" % job["revision"]
        raise Stop("uncommitted", text)


def whole(text):
    """A text without halves of characters, which the caller does not read."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def attempt(work):
    """What came of it, for the caller, and whether this process may go on."""
    try:
        work()
    except Stop as stop:
        return {"failed": {"kind": stop.kind, "message": whole(str(stop))}}, True
    except BaseException as error:
        import traceback

        kind = type(error).__name__
        try:
            traceback.print_exc()
            text = str(error) or kind
        except Exception:
            text = kind + ", which cannot be told as a text"
        goes_on = isinstance(error, Exception)
        failed = {"kind": "raised", "class": whole(kind), "message": whole(text)}
        return {"failed": failed}, goes_on
    return {"done": {}}, True


def finish(mark, outcome, stays):
    """All that the project has printed comes before the mark."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
    told.write(mark)
    say(stays=stays, **outcome)


def main():
    threading.Thread(target=listen, daemon=True).start()
    order = orders.get()
    outcome, _ = attempt(lambda: project(order))
    finish(order["mark"], outcome, "done" in outcome)
    if "done" not in outcome:
        return
    surroundings = Surroundings()
    revisions = Revisions()
    stays = True
    while stays:
        job = orders.get()
        os.dup2(told.number(), 1)
        os.dup2(told.number(), 2)
        outcome, stays = attempt(lambda: run(job, order, revisions, surroundings))
        try:
            stays = stays and surroundings.are_left()
        except Exception:
            stays = False
        finish(order["mark"], outcome, stays)


try:
    main()
except KeyboardInterrupt:
    # The caller is asked to stop too.
    pass
# What the project has left running (threads, event loops) must not keep the program from ending.
os._exit(0)
