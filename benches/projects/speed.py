"""Times of one history: real Alembic, limbeck, and the same SQL through the database's own client."""

import os
import statistics
import subprocess
import time

from history import children_cpu


def timed(argv, path):
    with open(path) as file:
        start, before = time.perf_counter(), children_cpu()
        run = subprocess.run(argv, stdin=file, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        wall, cpu = time.perf_counter() - start, children_cpu() - before
    if run.returncode != 0:
        raise RuntimeError(f"{argv[0]}: {run.stderr[-500:]}")
    return wall, cpu


def run(history, tool):
    """The wall and CPU seconds of one upgrade."""
    target = history.recipe.target
    told = history.alembic("upgrade", target) if tool == "alembic" else history.run_limbeck("upgrade", target, tag="speed")
    if told["error"]:
        raise RuntimeError(f"{tool}: {told['error'][-800:]}")
    return told["wall"], told["cpu"]


def whole(history, runs):
    """The whole history up, each tool in turn; wall and CPU seconds of each run. The first round is not counted."""
    samples = {"alembic": [], "limbeck": [], "client": []}
    sql = os.path.join(history.directory, "statements.sql")
    history.fresh()
    told = history.alembic("upgrade", history.recipe.target, sql=sql)
    if told["error"]:
        raise RuntimeError(told["error"])
    fails = None
    for _ in range(runs + 1):
        for tool in ("alembic", "limbeck"):
            history.fresh()
            samples[tool].append(run(history, tool))
        if not fails:
            history.fresh()
            try:
                samples["client"].append(timed(history.server.client(history.database), sql))
            except RuntimeError as error:
                fails = str(error)
    return {**{name: medians(taken[1:]) for name, taken in samples.items() if taken[1:]}, **({"client fails": fails} if fails else {})}


def one_pending(history, runs):
    """The newest revision alone, where all others are there."""
    target = history.recipe.target
    history.fresh()
    told = history.alembic("upgrade", target)
    if told["error"]:
        return None
    back = not history.alembic("downgrade", "-1")["error"]

    def all_but_one():
        """Where there is no way back: up to the revision before it, where the history ends in one line."""
        history.fresh()
        before = history.alembic("upgrade", f"{told['last'][0]}-1")
        return not before["error"] and before["steps"] == told["steps"] - 1

    if not back and not all_but_one():
        return None
    if history.alembic("upgrade", target)["error"]:
        # What its downgrade leaves is in the way.
        return None
    history.alembic("downgrade", "-1") if back else all_but_one()
    copies = hasattr(history.server, "keep")
    if copies:
        history.server.keep(history.database)
    samples = {"alembic": [], "limbeck": []}
    for _ in range(runs + 1):
        for tool, taken in samples.items():
            if copies:
                history.server.restore(history.database)
            taken.append(run(history, tool))
            if not copies:
                history.alembic("downgrade", "-1") if back else all_but_one()
    return {tool: medians(taken[1:]) for tool, taken in samples.items()}


def medians(taken):
    walls, cpus = zip(*taken)
    return {"wall": statistics.median(walls), "cpu": statistics.median(cpus)}
