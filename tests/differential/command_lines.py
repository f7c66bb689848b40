#!/usr/bin/env python3
"""What real Alembic does with random command lines in random projects, as JSON lines.

    command_lines.py --seed N --count K

One project a line, with its files and what each command line came to; README.md beside this file describes the fields. Alembic runs
its own command line on real files and a real database, in one process for every hash seed. The same arguments ask the same questions.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the modules beside this file: leave no __pycache__ in the sources

import graphs
import lines
import projects
from oracle import HASH_SEEDS

LINES_PER_PROJECT = 20

# When a revision was made, in its file. An offset stays.
CREATE_DATE = re.compile(r"(Create Date: )\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")


class Workers:
    """One process for every hash seed, all doing the same."""

    def __init__(self, directory: str):
        worker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "worker.py")
        self.processes = [
            subprocess.Popen(
                [sys.executable, worker, os.path.join(directory, hash_seed)],
                env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONDONTWRITEBYTECODE": "1", "TZ": "UTC"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for hash_seed in HASH_SEEDS
        ]

    def ask(self, *question) -> list:
        for process in self.processes:
            self.send(process, question)
        return [self.receive(process) for process in self.processes]

    def ask_first(self, *question):
        self.send(self.processes[0], question)
        return self.receive(self.processes[0])

    def send(self, process, question) -> None:
        print(json.dumps(question), file=process.stdin, flush=True)

    def receive(self, process):
        line = process.stdout.readline()
        if not line:
            sys.exit(f"command_lines: a worker ended with status {process.wait()}")
        return json.loads(line)

    def end(self) -> None:
        for process in self.processes:
            process.stdin.close()
            process.wait()


def project(workers: Workers, seed: int, index: int) -> dict:
    """One project, and what the command lines in it came to."""
    # A string seeds through SHA-512, not through hash(): no hash seed decides what is asked.
    rng = random.Random(f"limbeck:lines:{seed}:{index}")
    revisions = graphs.generate(rng)["revisions"]
    written = projects.write(rng, revisions)
    revisions = [dict(revision) for revision in revisions]
    result = {"seed": seed, "index": index, **written, "revisions": list(revisions), "lines": []}
    workers.ask("project", written["files"], written["locations"])
    rows: list[str] | None = None
    for _ in range(LINES_PER_PROJECT):
        argv = lines.choose(rng, revisions, sorted(rows or []), written["locations"])
        before = rows
        if rng.random() < 0.01:
            # A row that no file declares: what another checkout leaves behind.
            before = [*(rows or []), "deadbeef0000"][-rng.randint(1, 3) :]
            workers.ask("rows", before)
        answers = workers.ask("run", argv)
        line = summary(answers) | {"argv": argv, "rows_before": before}
        result["lines"].append(line)
        if before is rows and line["outcome_stable"]:
            rows = line["rows"]
        if any(answer["rows"] != rows for answer in answers):
            workers.ask("rows", rows)
        keep_or_restore(workers, line, answers, revisions)
    return result


def keep_or_restore(workers: Workers, line: dict, answers: list[dict], revisions: list[dict]) -> None:
    """A new file stays if Alembic is content with it and the project can go on."""
    line["declared"] = None
    known = {revision["id"] for revision in revisions}
    paths = {path for answer in answers for path in answer["files"]}
    if line["code"] == 0 and line["outcome_stable"] and len(paths) == 1:
        declared = workers.ask_first("declared", *paths)
        if declared["id"] not in known:
            line["declared"] = declared
            revisions.append(declared)
            return
    if paths:
        workers.ask("restore")


def summary(answers: list[dict]) -> dict:
    """The answer under the first hash seed, and what was the same under all."""
    first = dict(answers[0])

    def is_stable(key) -> bool:
        return len({json.dumps(key(answer), sort_keys=True) for answer in answers}) == 1

    first["outcome_stable"] = is_stable(lambda a: (a["code"], a["crash"], sorted(a["rows"] or [])))
    first["stdout_stable"] = is_stable(lambda a: a["stdout"])
    first["log_stable"] = is_stable(lambda a: logged(a["stderr"]))
    first["files_stable"] = is_stable(lambda a: {p: CREATE_DATE.sub(r"\1", t) for p, t in a["files"].items()})
    first["log"] = logged(first["stderr"])
    return first


def logged(stderr: str) -> list[str]:
    """The lines of Alembic's logger of migrations."""
    return [line for line in stderr.split("\n") if line.startswith(("INFO  [alembic.runtime.migration]", projects.CONTINUED))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, required=True, help="which random projects")
    parser.add_argument("--first", type=int, default=0, help="the index of the first of them")
    parser.add_argument("--count", type=int, required=True, help="how many of them")
    arguments = parser.parse_args()
    # In memory where there is such a place: every command commits.
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place, prefix="limbeck-") as directory:
        workers = Workers(directory)
        for index in range(arguments.first, arguments.first + arguments.count):
            print(json.dumps(project(workers, arguments.seed, index), separators=(",", ":")), flush=True)
        workers.end()


if __name__ == "__main__":
    main()
