"""Compares what limbeck and real Alembic say about an existing Alembic project, byte by byte.

usage: project.py [--quick] [--variable NAME=VALUE]... ALEMBIC_INI LIMBECK

Nothing is written to the project, and neither env.py nor a database is used: the commands are those that only read the
revision files. Alembic loads them as Python modules; `stand_ins.py` takes the place of each module that they import and
that is not installed. The exit status is 0 if all answers are equal, 1 if one differs, 2 if both refuse everything.
"""

import argparse
import difflib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
LISTINGS = [
    ["heads"], ["heads", "-v"], ["branches"], ["branches", "-v"], ["history"], ["history", "-v"], ["show", "heads"],
]
# Seeds for everything, and further ones for what still looks different: an order of two names changes with every second seed.
SEEDS = ["1", "2", "3"]
MORE_SEEDS = [str(seed) for seed in range(4, 20)]


def environment(seed: str, variables: dict) -> dict:
    """The same for both, whatever the caller has set."""
    return variables | {
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(HERE / "stand_ins"),
        "PYTHONHASHSEED": seed,
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def alembic(ini: Path, environment: dict, commands: list, *, each: bool) -> dict:
    """What Alembic answers, by command; with `each`, to `show` for every revision too."""
    command = [sys.executable, str(HERE / "project_answers.py"), str(ini), json.dumps(commands), json.dumps(each)]
    done = subprocess.run(command, cwd=ini.parent, env=environment, stdout=subprocess.PIPE, check=True)
    answers = map(json.loads, done.stdout.splitlines())
    return {tuple(answer["command"]): (answer["status"], answer["output"]) for answer in answers}


def limbeck(program: Path, ini: Path, command: tuple, environment: dict) -> tuple[int, str, str]:
    """What limbeck answers: exit status, standard output, standard error."""
    done = subprocess.run(
        [program, "-c", str(ini), *command],
        cwd=ini.parent, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def as_set(output: str) -> list[list[str]]:
    """An output without the orders that change with Python's hash seed: lines, and words in a line."""
    return sorted(sorted(line.translate(str.maketrans(",()", "   ")).split()) for line in output.splitlines())


def verdict(theirs: list[tuple[int, str]], ours: tuple[int, str]) -> str:
    """`theirs` are the answers under different hash seeds."""
    if len(set(theirs)) == 1:
        status, output = theirs[0]
        if ours == (status, output):
            return "equal"
        # B8 and B9 of docs/compatibility.md: where Alembic ends in a traceback, which is status 1, limbeck has an error.
        return "refused" if (status, output) == (1, "") and ours[0] == 255 else "different"
    same = {status for status, _ in theirs} == {ours[0]} and as_set(ours[1]) in [as_set(output) for _, output in theirs]
    return "equal as sets" if same else "different"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ini", type=Path, metavar="ALEMBIC_INI")
    parser.add_argument("limbeck", type=Path, metavar="LIMBECK")
    parser.add_argument("--quick", action="store_true", help="leave `show REVISION` out")
    parser.add_argument("--variable", action="append", default=[], metavar="NAME=VALUE", help="set for both programs")
    arguments = parser.parse_args()
    ini = arguments.ini.resolve()
    variables = dict(variable.split("=", 1) for variable in arguments.variable)
    answers = [alembic(ini, environment(seed, variables), LISTINGS, each=not arguments.quick) for seed in SEEDS]
    counts: dict[str, dict[str, int]] = {}
    with tempfile.TemporaryDirectory() as directory:
        # Under this name limbeck exits as Alembic does.
        program = Path(directory) / "alembic"
        program.symlink_to(arguments.limbeck.resolve())
        for command in answers[0]:
            theirs = [answer[command] for answer in answers]
            *ours, talk = limbeck(program, ini, command, environment("0", variables))
            found = verdict(theirs, tuple(ours))
            for seed in MORE_SEEDS:
                if found != "different" or as_set(ours[1]) != as_set(theirs[0][1]):
                    break
                theirs += alembic(ini, environment(seed, variables), [command], each=False).values()
                found = verdict(theirs, tuple(ours))
            row = "show REVISION" if command[0] == "show" and command != ("show", "heads") else " ".join(command)
            row_counts = counts.setdefault(row, {})
            row_counts[found] = row_counts.get(found, 0) + 1
            if found == "different":
                print(f"--- {' '.join(command)}: exit status {theirs[0][0]} and {ours[0]}")
                lines = difflib.unified_diff(
                    theirs[0][1].splitlines(), ours[1].splitlines(), "alembic", "limbeck", lineterm="", n=1
                )
                print("\n".join([*lines][:20]))
                print(talk)
    verdicts = ["equal", "equal as sets", "refused", "different"]
    print(f"| {'command':16} | {' | '.join(verdicts)} |\n|{'---|' * 5}")
    for row, row_counts in counts.items():
        print(f"| {row:16} | {' | '.join(str(row_counts.get(name, 0)).rjust(len(name)) for name in verdicts)} |")
    found = {name for row_counts in counts.values() for name in row_counts}
    return 1 if "different" in found else 2 if found == {"refused"} else 0


if __name__ == "__main__":
    sys.exit(main())
