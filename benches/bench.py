"""Benchmarks: each against the floor and against Alembic in the same run.

usage: bench.py [--runs N] [--only TEXT]
"""

import argparse
import os
import shlex
import shutil
import sqlite3
import statistics
import subprocess
import tempfile

from measure import Command, compare, measure
from postgres import Server
from projects import alembic, chain, diamonds, native, plain_sql, realistic, revision_id

TARGET = os.environ.get("CARGO_TARGET_DIR", "target")
LIMBECK = os.path.abspath(os.path.join(TARGET, "release", "limbeck"))
ALEMBIC = os.path.abspath(os.path.join(TARGET, "test-env", "venv", "bin", "alembic"))


def fresh(path):
    """Removes a SQLite database with all that belongs to it."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        if os.path.exists(path + suffix):
            os.remove(path + suffix)


def start_up(work, runs):
    native(f"{work}/n10", 10, "sqlite:app.db")
    alembic(f"{work}/a10", 10, "sqlite:///app.db")
    compare("start-up: --version", [
        Command("an empty process (true)", ["true"]),
        Command("limbeck --version", [LIMBECK, "--version"]),
        Command("alembic --version", [ALEMBIC, "--version"]),
    ], runs)
    compare("start-up: heads on 10 revisions", [
        Command("an empty process (true)", ["true"]),
        Command("limbeck heads", [LIMBECK, "heads"], f"{work}/n10"),
        Command("alembic heads", [ALEMBIC, "heads"], f"{work}/a10"),
    ], runs)


def many_files(work, runs):
    native(f"{work}/n10k", 10_000, "sqlite:app.db")
    alembic(f"{work}/a10k", 10_000, "sqlite:///app.db")
    compare("heads on 10,000 revisions", [
        Command("reading the files (cat)", ["sh", "-c", "cat versions/*"], f"{work}/n10k"),
        Command("limbeck heads", [LIMBECK, "heads"], f"{work}/n10k"),
        Command("limbeck history", [LIMBECK, "history"], f"{work}/n10k"),
    ], runs)
    compare("heads on 10,000 revisions, beside Alembic", [
        Command("limbeck heads", [LIMBECK, "heads"], f"{work}/n10k"),
        Command("alembic heads", [ALEMBIC, "heads"], f"{work}/a10k"),
    ], max(3, runs // 4))


def sqlite_runs(work, runs):
    url = f"{work}/sqlite.db"
    native(f"{work}/s200", 200, f"sqlite:{url}")
    alembic(f"{work}/sa200", 200, f"sqlite:///{url}")
    plain_sql(f"{work}/each.sql", 200, one_transaction=False)
    clean = lambda: fresh(url)
    compare("200 revisions on SQLite, a transaction each", [
        Command("sqlite3 with the same transactions",
                ["sh", "-c", f"sqlite3 {url} < {work}/each.sql"], prepare=clean),
        Command("limbeck upgrade", [LIMBECK, "upgrade"], f"{work}/s200", prepare=clean),
        Command("alembic upgrade head", [ALEMBIC, "upgrade", "head"], f"{work}/sa200",
                prepare=clean),
    ], runs)
    compare("no-op upgrade on SQLite, 200 revisions", [
        Command("sqlite3 reading the row",
                ["sqlite3", url, "SELECT version_num FROM alembic_version"]),
        Command("limbeck upgrade", [LIMBECK, "upgrade"], f"{work}/s200"),
        Command("alembic upgrade head", [ALEMBIC, "upgrade", "head"], f"{work}/sa200"),
    ], runs)
    with sqlite3.connect(url) as database:
        rows = database.execute("SELECT version_num FROM alembic_version").fetchall()
        assert rows == [(revision_id(199),)], rows


def postgres_runs(work, runs):
    server = Server()
    try:
        url = server.url("bench")
        native(f"{work}/p200", 200, url)
        plain_sql(f"{work}/each.sql", 200, one_transaction=False)
        plain_sql(f"{work}/one.sql", 200, one_transaction=True)
        clean = lambda: server.recreate("bench")
        psql = lambda *arguments: server.psql("-d", "bench", *arguments)
        compare("200 revisions on PostgreSQL, a transaction each", [
            Command("psql with the same transactions", psql("-f", f"{work}/each.sql"),
                    prepare=clean),
            Command("limbeck upgrade", [LIMBECK, "upgrade"], f"{work}/p200", prepare=clean),
        ], runs)
        with open(f"{work}/p200/limbeck.toml", "a") as file:
            file.write('[scripts]\ntransaction_mode = "run"\n')
        compare("200 revisions on PostgreSQL, one transaction", [
            Command("psql in one transaction", psql("-f", f"{work}/one.sql"), prepare=clean),
            Command("limbeck upgrade", [LIMBECK, "upgrade"], f"{work}/p200", prepare=clean),
        ], runs)
        compare("no-op upgrade on PostgreSQL, 200 revisions", [
            Command("psql reading the row", psql("-c", "SELECT version_num FROM alembic_version")),
            Command("limbeck upgrade", [LIMBECK, "upgrade"], f"{work}/p200"),
        ], runs)
    finally:
        server.stop()


def health(work, runs):
    """Three healthy databases, all looked at, beside one question to each of them."""
    server = Server()
    try:
        names = [f"health{number}" for number in range(3)]
        native(f"{work}/health", 200, server.url(names[0]))
        with open(f"{work}/health/limbeck.toml", "w") as file:
            for name in names:
                file.write(f'[databases.{name}]\nurl = "{server.url(name)}"\n')
                file.write("health = { min_tables = 100 }\n")
        for name in names:
            server.recreate(name)
        upgraded = subprocess.run([LIMBECK, "upgrade", "-q"], cwd=f"{work}/health")
        assert upgraded.returncode == 0
        asked = [" ".join(map(shlex.quote, server.psql("-d", name, "-c", "SELECT 1"))) for name in names]
        compare("health of three databases on PostgreSQL, 200 revisions each", [
            Command("psql -c 'SELECT 1' three times", ["sh", "-ec", "; ".join(asked)]),
            Command("limbeck health", [LIMBECK, "health"], f"{work}/health"),
            Command("limbeck status", [LIMBECK, "status"], f"{work}/health"),
        ], runs)
        one = ["-d", names[0]]
        compare("status of one database on PostgreSQL, 200 revisions", [
            Command("psql -c 'SELECT 1'", ["sh", "-ec", asked[0]]),
            Command("limbeck status", [LIMBECK, "status", *one], f"{work}/health"),
        ], runs)
    finally:
        server.stop()


CHAINS = [100, 1_000, 5_000, 10_000]
# Alembic needs minutes for the history of 3,000 diamonds.
LADDERS = [1_000]


def sizes(variable, default):
    """The numbers that an environment variable lists, for sizes that take Alembic very long."""
    text = os.environ.get(variable)
    return default if text is None else [int(size) for size in text.split()]


def alembic_projects(work, runs):
    """Existing projects as they stand: alembic.ini and .py revisions, the database at the head."""
    print("\n### Alembic projects as they stand\n")
    print(
        "| revisions | command | cat ms (CPU) | limbeck ms (CPU) | alembic ms (CPU) | limbeck MiB "
        "| alembic MiB | limbeck / cat, wall (CPU) | alembic / limbeck, wall (CPU) |"
    )
    print("|---" * 9 + "|")
    for name, revisions in [
        *((f"{count:,}", chain(count)) for count in sizes("LIMBECK_BENCH_CHAINS", CHAINS)),
        *((f"{3 * count + 1:,} ({count:,} diamonds)", diamonds(count)) for count in sizes("LIMBECK_BENCH_LADDERS", LADDERS)),
    ]:
        project = f"{work}/{len(revisions)}"
        realistic(project, revisions, "sqlite:///app.db")
        head = revisions[-1][0]
        with sqlite3.connect(f"{project}/app.db") as database:
            database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
            database.execute("INSERT INTO alembic_version VALUES (?)", [head])
        for command in (["heads"], ["history"], ["current"], ["upgrade", "head"]):
            samples = measure([
                Command("cat", ["sh", "-c", "cat m/versions/*.py"], project),
                Command("limbeck", [LIMBECK, "-c", "alembic.ini", *command], project),
                Command("alembic", [ALEMBIC, *command], project),
            ], runs if len(revisions) <= 1_000 else max(1, runs // 4))
            times = [f"{median(samples[of], 0) * 1000:.1f} ({median(samples[of], 1) * 1000:.1f})"
                     for of in ("cat", "limbeck", "alembic")]
            peaks = [f"{max(peak for _, _, peak in samples[of]):.0f}" for of in ("limbeck", "alembic")]
            ratios = [f"{ratio(samples[over], samples[under], 0):.2f} ({ratio(samples[over], samples[under], 1):.2f})"
                      for over, under in (("limbeck", "cat"), ("alembic", "limbeck"))]
            print("|", " | ".join([name, " ".join(command), *times, *peaks, *ratios]), "|", flush=True)
        with sqlite3.connect(f"{project}/app.db") as database:
            rows = database.execute("SELECT version_num FROM alembic_version").fetchall()
            assert rows == [(head,)], rows
        shutil.rmtree(project)


def median(samples, column):
    return statistics.median(sample[column] for sample in samples)


def ratio(over, under, column):
    """The median of the ratios of single rounds."""
    return statistics.median(a[column] / b[column] for a, b in zip(over, under))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=12, help="counted runs of each command")
    parser.add_argument("--only", default="", help="part of the name of a group")
    arguments = parser.parse_args()
    groups = [start_up, many_files, alembic_projects, sqlite_runs, postgres_runs, health]
    for group in groups:
        if arguments.only not in group.__name__:
            continue
        work = tempfile.mkdtemp(prefix="limbeck-bench-")
        try:
            group(work, arguments.runs)
        finally:
            shutil.rmtree(work)


if __name__ == "__main__":
    main()
