"""The table of docs/compatibility.md from the results."""

import json
import os


def cell(differs):
    if differs is None:
        return "—"
    return "yes" if not any(differs.values()) else "no"


def row(result):
    up, down = result.get("up", {}), result.get("down", {})
    compat = result.get("compat") or {}
    python = compat.get("python", "—")
    native = result["revisions"] - python if compat else "—"
    handed = up.get("handed", "—")
    reached = result["alembic"]["down"]
    if up.get("error"):
        equal = "stops"
    else:
        equal = cell(up.get("differs"))
    if "target" not in reached:
        downwards = "—"
    elif down.get("error") or not down:
        downwards = "stops"
    else:
        downwards = cell(down.get("differs"))
    stops = "to base" if reached.get("target") == "base" else f"{reached['steps']}"
    times = f"{result['alembic']['cpu']:.2f}, {up['cpu']:.2f}" if up.get("cpu") and result["alembic"].get("cpu") and not up.get("error") else "—"
    return (
        f"| {result['name']}, {result['at']} | {result['dialect']} | {result['revisions']} | {native} | "
        f"{python} | {handed} | {equal} | {stops} | {downwards} | {times} |"
    )


def table(results):
    lines = [
        "| project, commit | database | revisions | native both ways | Python needed | handed to Python on the way up | equal up | Alembic gets down | equal down | CPU s: Alembic, limbeck |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join(lines + [row(result) for result in results])


def load(work):
    path = os.path.join(work, "results.json")
    if not os.path.exists(path):
        return {}
    with open(path) as file:
        return json.load(file)


def save(work, results):
    with open(os.path.join(work, "results.json"), "w") as file:
        json.dump(results, file, indent=1, sort_keys=True)
