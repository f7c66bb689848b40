"""Timing of whole processes: commands in turn, medians, and ratios pair by pair."""

import os
import statistics
import subprocess
import time
from dataclasses import dataclass, field


@dataclass
class Command:
    """A command to be timed, and what puts the world back before each run."""

    name: str
    argv: list
    cwd: str = "."
    env: dict = field(default_factory=dict)
    prepare: object = None


def run_once(command):
    """Runs the command once; wall seconds, CPU seconds, peak memory in MiB."""
    if command.prepare:
        command.prepare()
    env = {**os.environ, **command.env}
    start = time.perf_counter()
    process = subprocess.Popen(
        command.argv, cwd=command.cwd, env=env,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command.name}: exit status {process.returncode}\n{errors.decode()}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure(commands, runs, warm=True):
    """Times the commands in turn; wall seconds, CPU seconds and MiB of each run, by name."""
    samples = {command.name: [] for command in commands}
    for number in range(0 if warm else 1, runs + 1):
        for command in commands:
            sample = run_once(command)
            if number > 0:  # the first round warms the caches
                samples[command.name].append(sample)
    return samples


def compare(title, commands, runs, warm=True):
    """Prints medians and each command's ratio to the first."""
    samples = measure(commands, runs, warm)
    print(f"\n### {title}\n")
    print("| command | wall ms (min, median, max) | CPU ms | MiB | wall ratio |")
    print("|---|---|---|---|---|")
    first = [wall for wall, _, _ in samples[commands[0].name]]
    for command in commands:
        walls, cpus, peaks = zip(*samples[command.name])
        ratio = statistics.median(wall / base for wall, base in zip(walls, first))
        spread = ", ".join(
            f"{value * 1000:.1f}" for value in (min(walls), statistics.median(walls), max(walls))
        )
        print(
            f"| {command.name} | {spread} | {statistics.median(cpus) * 1000:.1f} "
            f"| {max(peaks):.0f} | {ratio:.2f} |"
        )
