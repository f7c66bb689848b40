"""Times of one history: real Alembic, limbeck, and the same SQL through psql (PostgreSQL)."""

import os
import statistics
import subprocess
import time

from history import children_cpu


def timed(argv, **options):
    start, before = time.perf_counter(), children_cpu()
    run = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
    if run.returncode != 0:
        raise RuntimeError(f"{argv[0]}: {run.stderr[-500:]}")
    return time.perf_counter() - start, children_cpu() - before


def whole(history, runs):
    """The whole history up, each tool in turn; wall and CPU seconds of each run."""
    samples = {"alembic": [], "limbeck": [], "psql": []}
    sql = os.path.join(history.directory, "statements.sql")
    for number in range(runs + 1):
        history.fresh()
        told = history.alembic("upgrade", history.recipe.target)
        samples["alembic"].append((told["wall"], told["cpu"]))
        history.fresh()
        told = history.run_limbeck("upgrade", history.recipe.target, tag="speed")
        if told["status"] != 0:
            raise RuntimeError(told["error"])
        samples["limbeck"].append((told["wall"], told["cpu"]))
        history.fresh()
        samples["psql"].append(timed(history.server.psql(history.database, "-o", os.devnull, "-f", sql)))
    return {name: medians(taken[1:]) for name, taken in samples.items()}


def one_pending(history, runs):
    """The newest revision alone, where all others are there."""
    history.fresh()
    if history.alembic("upgrade", history.recipe.target)["error"] or history.alembic("downgrade", "-1")["error"]:
        return None
    name, kept = history.database, f"{history.database}_kept"
    psql = history.server.psql
    subprocess.run(psql("postgres", "-c", f"DROP DATABASE IF EXISTS {kept}", "-c", f"ALTER DATABASE {name} RENAME TO {kept}"), check=True, capture_output=True)
    samples = {"alembic": [], "limbeck": []}
    for _ in range(runs + 1):
        for tool in samples:
            subprocess.run(
                psql("postgres", "-c", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", "-c", f"CREATE DATABASE {name} TEMPLATE {kept}"),
                check=True, capture_output=True,
            )
            if tool == "alembic":
                told = history.alembic("upgrade", history.recipe.target)
            else:
                told = history.run_limbeck("upgrade", history.recipe.target, tag="pending")
            if told.get("error"):
                raise RuntimeError(told["error"])
            samples[tool].append((told["wall"], told["cpu"]))
    return {tool: medians(taken[1:]) for tool, taken in samples.items()}


def medians(taken):
    walls, cpus = zip(*taken)
    return {"wall": statistics.median(walls), "cpu": statistics.median(cpus)}
