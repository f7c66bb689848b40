"""Runs real Alembic's command lines in this process, as it is told on standard input: one JSON object a line each way."""

import contextlib
import io
import json
import logging
import os
import runpy
import shutil
import signal
import sqlite3
import sys
import traceback
import warnings

# Alembic never ends on some graphs that it has made itself (a cycle through an id that was given twice).
PATIENCE = 10.0  # seconds of computing

ANSWERS = os.fdopen(os.dup(1), "w")


class Endless(Exception):
    """A command line that was stopped."""


def stop(*_):
    raise Endless


class Stream(io.TextIOWrapper):
    """Keeps what is printed. Alembic looks at the encoding, so it must have one."""

    def __init__(self):
        super().__init__(io.BytesIO(), encoding="utf-8", newline="", write_through=True)

    def take(self) -> str:
        """What was printed since the last time."""
        self.flush()
        text = self.buffer.getvalue().decode()
        self.seek(0)
        self.truncate()
        return text


# Alembic takes hold of standard output while it is imported.
sys.stdout, REAL_STDERR, sys.stderr = Stream(), sys.stderr, Stream()

from alembic.config import CommandLine

sys.dont_write_bytecode = False  # revision files are loaded for every command: let Python keep their bytecode

DATABASE = "app.db"
TABLE = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"


class Twin:
    """A project directory of this worker's own; the current directory of the process."""

    def __init__(self, directory: str):
        self.directory = os.path.realpath(directory)
        self.locations: list[str] = []
        self.before: dict[str, str] | None = None
        # What `alembic.config.main` makes anew for every command line: half of the time goes into it.
        self.command_line = CommandLine(prog="alembic")

    def project(self, files: dict, locations: list[str]) -> dict:
        """Begins a new project in the place of the last one."""
        os.chdir("/")
        shutil.rmtree(self.directory, ignore_errors=True)
        for path, text in files.items():
            path = os.path.join(self.directory, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(text)
        for location in locations:
            os.makedirs(os.path.join(self.directory, location), exist_ok=True)
        os.chdir(self.directory)
        self.locations = locations
        return {}

    def run(self, argv: list[str]) -> dict:
        """One command line, from a state as a new process would find it."""
        logging.root.handlers.clear()
        self.before = self.revision_files() if {"revision", "merge"} & set(argv) else None
        crash = None
        with warnings.catch_warnings():
            # Deprecated settings are not what is tested.
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("always", UserWarning)
            signal.setitimer(signal.ITIMER_PROF, PATIENCE)
            try:
                self.command_line.main(argv=argv)
                code = 0
            except SystemExit as end:
                code = (end.code or 0) & 0xFF
            except Exception as error:
                code = 1
                # The message may hold object addresses: keep the kind only.
                crash = type(error).__name__
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
        files = {}
        if self.before is not None:
            files = {path: text for path, text in self.revision_files().items() if self.before.get(path) != text}
        return {
            "code": code,
            "crash": crash,
            "stdout": self.normal(sys.stdout.take()),
            "stderr": self.normal(sys.stderr.take()),
            "rows": self.read_rows(),
            "files": files,
        }

    def normal(self, text: str) -> str:
        return text.replace(self.directory, "$PROJ")

    def revision_files(self) -> dict[str, str]:
        files = {}
        for location in self.locations:
            for directory, _, names in os.walk(location):
                for path in (os.path.join(directory, name) for name in names if name.endswith(".py")):
                    with open(path, encoding="utf-8", newline="") as file:
                        files[path] = file.read()
        return files

    def read_rows(self) -> list[str] | None:
        """The rows as the table yields them; None where there is no table."""
        with contextlib.closing(sqlite3.connect(DATABASE)) as database:
            try:
                return [row for (row,) in database.execute("SELECT version_num FROM alembic_version")]
            except sqlite3.OperationalError:
                return None

    def rows(self, rows: list[str] | None) -> dict:
        """Makes these the rows, in this order."""
        with contextlib.closing(sqlite3.connect(DATABASE)) as database, database:
            database.execute("DROP TABLE IF EXISTS alembic_version")
            if rows is not None:
                database.execute(TABLE)
                database.executemany("INSERT INTO alembic_version VALUES (?)", [(row,) for row in rows])
        return {}

    def restore(self) -> dict:
        """Takes back what the last command line did to the revision files."""
        for path, text in self.revision_files().items():
            if path not in self.before:
                os.remove(path)
            elif text != self.before[path]:
                with open(path, "w", encoding="utf-8", newline="") as file:
                    file.write(self.before[path])
                # Bytecode is told by the second and the size: not enough for two texts in a row.
                shutil.rmtree(os.path.join(os.path.dirname(path), "__pycache__"), ignore_errors=True)
        return {}

    def declared(self, path: str) -> dict:
        """What a revision file declares."""
        variables = runpy.run_path(path)
        names = lambda value: [value] if isinstance(value, str) else list(value or ())
        return {
            "id": variables["revision"],
            "down": names(variables["down_revision"]),
            "deps": names(variables.get("depends_on")),
            "labels": names(variables.get("branch_labels")),
        }


def serve(directory: str) -> None:
    signal.signal(signal.SIGPROF, stop)
    twin = Twin(directory)
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(getattr(twin, name)(*arguments)), file=ANSWERS, flush=True)


if __name__ == "__main__":
    try:
        serve(sys.argv[1])
    except BaseException:
        traceback.print_exc(file=REAL_STDERR)
        raise
