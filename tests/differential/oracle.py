#!/usr/bin/env python3
"""What real Alembic does with random revision graphs, as JSON lines.

    oracle.py --seed N --count K

One graph a line, with the commands that were tried on it and what became of each; README.md beside this file
describes the fields. Every answer comes from Alembic's own code (its RevisionMap, ScriptDirectory, RevisionStep, StampStep and
HeadMaintainer); only the files and the database are left out. The same arguments always print the same bytes.
"""

import argparse
import json
import os
import random
import subprocess
import sys

sys.dont_write_bytecode = True  # the modules beside this file: leave no __pycache__ in the sources

import graphs
import targets

# Alembic keeps children and dependencies in sets of strings, so some of its orders change with Python's hash seed.
# What is the same under all of these is taken to be what Alembic means.
HASH_SEEDS = ("0", "1", "2")

COMMANDS_PER_GRAPH = 16


def graph_line(seed: int, index: int) -> dict:
    """One graph with its commands, as this process (with its hash seed) sees them."""
    import alembic_runs
    import offline_runs

    # A string seeds through SHA-512, not through hash(): the hash seed must not decide what is asked.
    rng = random.Random(f"limbeck:{seed}:{index}")
    graph = graphs.generate(rng)
    project = alembic_runs.Project(graph["revisions"])
    rows: tuple[str, ...] = ()
    cases = []
    for _ in range(COMMANDS_PER_GRAPH):
        command, arguments = targets.choose(rng, graph["revisions"], rows)
        case = project.run(command, arguments, rows)
        cases.append(case)
        # Only upgrades and downgrades move on, so every state is one that migrations really reach.
        if case["ok"] and command in ("upgrade", "downgrade") and case["steps"]:
            rows = tuple(case["steps"][-1]["rows_after"])
    offline = offline_runs.cases(seed, index, graph)
    return {"seed": seed, "index": index, **graph, **project.facts(), "cases": cases, "offline": offline}


def work(seed: int, count: int) -> None:
    """The part that runs once for every hash seed."""
    for index in range(count):
        print(json.dumps(graph_line(seed, index)))


def compare(seed: int, count: int) -> None:
    """Runs the worker under every hash seed at once, prints the first one's answers with what was stable in them."""
    workers = [
        subprocess.Popen(
            [sys.executable, __file__, "--worker", "--seed", str(seed), "--count", str(count)],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for hash_seed in HASH_SEEDS
    ]
    for lines in zip(*(worker.stdout for worker in workers), strict=True):
        first, *others = (json.loads(line) for line in lines)
        for position, case in enumerate(first["cases"]):
            theirs = [other["cases"][position] for other in others]
            case["order_stable"] = all(their == case for their in theirs)
            case["outcome_stable"] = all(outcome(their) == outcome(case) for their in theirs)
        for position, case in enumerate(first["offline"]["cases"]):
            theirs = [other["offline"]["cases"][position] for other in others]
            case["stable"] = all(their == case for their in theirs)
        print(json.dumps(first, separators=(",", ":")))
    for worker in workers:
        if worker.wait() != 0:
            sys.exit(f"oracle: a worker ended with status {worker.returncode}")


def outcome(case: dict) -> tuple:
    """What must not depend on any order: success, and the rows at the end."""
    last = case["steps"][-1]["rows_after"] if case["steps"] else case["rows_before"]
    return case["command"], case["rows_before"], case["ok"], last if case["ok"] else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, required=True, help="which random graphs")
    parser.add_argument("--count", type=int, required=True, help="how many of them")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    (work if arguments.worker else compare)(arguments.seed, arguments.count)


if __name__ == "__main__":
    main()
