"""The table of docs/compatibility.md from the results."""

import json
import os


def cell(differs):
    if differs is None:
        return "—"
    return "yes" if not any(differs.values()) else "no"


def times(taken):
    """CPU and wall seconds of a whole history: Alembic, limbeck, the client of the database."""
    if not taken:
        return "—"
    return " · ".join(f"{taken[tool]['cpu']:.2f} ({taken[tool]['wall']:.1f})" if tool in taken else "—" for tool in ("alembic", "limbeck", "client"))


def row(result, speed):
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
    return (
        f"| {result['name']}, {result['at']} | {result['dialect']} | {result['revisions']} | {native} | "
        f"{python} | {handed} | {equal} | {stops} | {downwards} | {times(speed)} |"
    )


def table(results, speeds):
    lines = [
        "| project, commit | database | revisions | native both ways | Python needed | handed to Python on the way up | equal up | Alembic gets down | equal down | CPU s (wall s): Alembic · limbeck · client |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join(lines + [row(result, speeds.get(f"{result['name']} {result['dialect']}", {}).get("whole")) for result in results])


def speeds(found):
    """The table of benches/README.md."""
    lines = ["| history | database | Alembic | limbeck | client | Alembic / limbeck, wall (CPU) | one pending: Alembic | limbeck |", "|---|---|---|---|---|---|---|---|"]
    for title, taken in sorted(found.items(), key=lambda item: item[0].lower()):
        whole, one = taken["whole"], taken["one_pending"] or {}
        cells = [f"{1000 * whole[tool]['wall']:,.0f} ({1000 * whole[tool]['cpu']:,.0f})" if tool in whole else "—" for tool in ("alembic", "limbeck", "client")]
        ratio = f"{whole['alembic']['wall'] / whole['limbeck']['wall']:.1f} ({whole['alembic']['cpu'] / whole['limbeck']['cpu']:.1f})"
        cells += [ratio] + [f"{1000 * one[tool]['wall']:,.0f} ({1000 * one[tool]['cpu']:,.0f})" if tool in one else "—" for tool in ("alembic", "limbeck")]
        lines.append(f"| {' | '.join([*title.rsplit(' ', 1), *cells])} |")
    return "\n".join(lines)


def load(work, name="results.json"):
    path = os.path.join(work, name)
    if not os.path.exists(path):
        return {}
    with open(path) as file:
        return json.load(file)


def save(work, results, name="results.json"):
    with open(os.path.join(work, name), "w") as file:
        json.dump(results, file, indent=1, sort_keys=True)


def totals(results, straight):
    """The sums under the table, as a list; `straight` tells of each environment which of its revisions are straight-line."""
    results = list(results)
    environments, needed, lines = {}, {}, []
    for result in results:
        environments[result["name"]] = max(result["revisions"], environments.get(result["name"], 0))
        needed.setdefault(result["name"], set()).update(revision for revision, _, _ in (result.get("compat") or {}).get("why", []))
    unread = sorted({result["name"] for result in results if not result.get("compat")})
    revisions, python = sum(environments.values()), sum(len(taken) for taken in needed.values())
    native = revisions - python
    lines.append(f"{len(environments)} histories with {revisions:,} revisions; {native:,} ({100 * native / revisions:.1f}%) native both ways on every database that is compared, {python} need Python for one of their functions"
                 + (f"; not read: {', '.join(unread)}" if unread else ""))
    plain = {(name, revision) for name in environments for revision, reason in straight(name).items() if reason is None}
    refused = sorted((name, revision) for name in needed for revision in needed[name] if (name, revision) in plain)
    counted = {name: sum(1 for other, _ in refused if other == name) for name, _ in refused}
    lines.append(f"straight-line (nothing but operations with literal arguments, by `straight.py`): {len(plain):,}; native: {len(plain) - len(refused):,}"
                 + (f"; not: {', '.join(f'{name} ({count})' for name, count in counted.items())}" if refused else ""))
    ran = [result for result in results if not result.get("up", {}).get("error") and "up" in result]
    applied, handed = sum(result["revisions"] for result in ran), sum(result["up"]["handed"] for result in ran)
    lines.append(f"whole histories on {len(results)} pairs of history and database: {len(ran)} up to the end, with {applied:,} steps, {handed} of them by the project's own Python")
    for way in ("up", "down"):
        compared = [result for result in results if way == "up" or "target" in result["alembic"]["down"]]
        equal = [result for result in compared if way in result and not result[way].get("error") and not any(result[way].get("differs", {"": 1}).values())]
        names = [f"{result['name']} ({result['dialect']})" for result in compared if result not in equal]
        lines.append(f"equal {way}: {len(equal)} of {len(compared)}" + (f"; not: {', '.join(names)}" if names else ""))
    return "\n".join(f"* {line}" for line in lines)
