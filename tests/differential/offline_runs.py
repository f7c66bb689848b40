"""Runs commands through Alembic's offline mode (`--sql`), with neither files nor a database."""

import io
import logging
import random

from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy.engine import make_url

import alembic_runs
import targets

# The drivers of the servers need not be there: a dialect compiles without one.
DIALECTS = {name: make_url(f"{name}://").get_dialect()() for name in ("postgresql", "sqlite", "mysql")}

logging.getLogger("alembic").setLevel(logging.ERROR)


class Writer:
    """One revision graph whose revisions have bodies, and texts of it."""

    def __init__(self, revisions: list[dict], outside: list[str]):
        self.directory = alembic_runs.Project(revisions).directory
        self.context = None
        for revision in revisions:
            module = self.directory.revision_map.get_revision(revision["id"]).module
            is_outside = revision["id"] in outside
            module.upgrade = self.body("upgrade", f'CREATE TABLE "t {revision["id"]}" (\n  id INTEGER -- one\n)', is_outside)
            module.downgrade = self.body("downgrade", f'DROP TABLE "t {revision["id"]}"', is_outside)

    def body(self, name: str, sql: str, outside: bool):
        def run():
            if outside:
                with self.context.autocommit_block():
                    self.context.execute(sql)
            else:
                self.context.execute(sql)

        run.__name__ = name
        return run

    def write(self, case: dict) -> None:
        """Does what `alembic <command> <targets> --sql` does, into the case."""
        command, ends = case["command"], case["targets"]
        directory = self.directory
        steps = {
            "upgrade": lambda rows, context: directory._upgrade_revs(ends[0], rows),
            "downgrade": lambda rows, context: directory._downgrade_revs(ends[0], rows),
            "stamp": lambda rows, context: directory._stamp_revs(tuple(ends), rows),
        }[command]
        text = io.StringIO()
        try:
            self.context = MigrationContext.configure(
                dialect=DIALECTS[case["dialect"]],
                opts={
                    "as_sql": True,
                    "output_buffer": text,
                    "script": directory,
                    "fn": steps,
                    "starting_rev": case["start"],
                    "transaction_per_migration": case["per_migration"],
                    "version_table": case["version_table"],
                    "version_table_schema": case["schema"],
                },
            )
            with self.context.begin_transaction():
                self.context.run_migrations()
            case["text"] = text.getvalue()
        except CommandError as refusal:
            case["error"] = str(refusal)
        except Exception as crash:
            case["error"] = type(crash).__name__
            case["crashed"] = True


def cases(seed: int, index: int, graph: dict) -> dict:
    """Which revisions run outside a transaction, and what became of random texts."""
    rng = random.Random(f"limbeck:offline:{seed}:{index}")
    revisions = graph["revisions"]
    outside = [revision["id"] for revision in revisions if rng.random() < 0.2]
    writer = Writer(revisions, outside)
    written = []
    for dialect in DIALECTS:
        case = choose(rng, revisions) | {"dialect": dialect, "error": None, "crashed": False, "text": None}
        writer.write(case)
        written.append(case)
    return {"outside": outside, "cases": written}


def choose(rng: random.Random, revisions: list[dict]) -> dict:
    form = targets.Forms(rng, revisions, ())
    command = rng.choice(("upgrade", "upgrade", "downgrade", "downgrade", "stamp"))
    start = rng.choice((form.id(), form.id(), form.partial(), "head", f"{form.label()}@head", "base", "nosuch"))
    match command:
        case "upgrade":
            ends = [form.upgrade()]
            start = rng.choice((None, start))
        case "downgrade":
            ends = [form.downgrade()]
        case _:
            ends = [rng.choice(("heads", "head", "base", form.id(), form.id(), f"{form.label()}@head"))]
            ends += [form.id()] if rng.random() < 0.2 else []
            start = rng.choice((None, start))
    return {
        "command": command,
        "targets": ends,
        "start": start,
        "per_migration": command != "stamp" and rng.random() < 0.25,
        "version_table": rng.choice(("alembic_version", "alembic_version", "Version", "order", "a b")),
        "schema": rng.choice((None, None, None, "user", "App", "two")),
    }
