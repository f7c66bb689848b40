"""Public projects: real Alembic beside limbeck. See README.md."""

import argparse
import collections
import json
import os
import signal
import subprocess
import sys

import fetch
import recipe as recipes
import report
import servers
import speed
import straight
from history import Failed
from history import History


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="projects (all if none is named)")
    parser.add_argument("--work", default=os.environ.get("LIMBECK_PROJECTS", "target/projects"), help="where fetched code and results are kept")
    parser.add_argument("--mirrors", default=os.environ.get("LIMBECK_MIRRORS"), help="directory of bare mirrors named owner+name/repo")
    parser.add_argument("--limbeck", default="target/release/limbeck")
    parser.add_argument("--dialect", action="append", help="only this dialect")
    parser.add_argument("--expected", action="store_true", help="only real Alembic")
    parser.add_argument("--renew", action="store_true", help="do not believe the cached results of real Alembic")
    parser.add_argument("--discover", action="store_true", help="say which packages Alembic lacks")
    parser.add_argument("--limbeck-option", action="append", default=[], help="an option for limbeck's upgrade and downgrade, such as --python=never")
    parser.add_argument("--speed", type=int, metavar="RUNS", help="only times: so many runs of each")
    parser.add_argument("--table", action="store_true", help="only print the table of all results so far")
    parser.add_argument("--totals", action="store_true", help="only print the sums of all results so far")
    parser.add_argument("--times", action="store_true", help="only print the table of all times so far (benches/README.md)")
    parser.add_argument("--turns", action="store_true", help="let Alembic run what limbeck refuses, and go on")
    return parser.parse_args()


def discover(history):
    """Adds stand-ins for what cannot be imported until the history stops for another reason."""
    added = []
    for _ in range(60):
        history.fresh()
        result = history.alembic("upgrade", history.recipe.target)
        error = result["error"] or ""
        if not error.startswith("ModuleNotFoundError: No module named"):
            return added, result
        name = error.split("'")[1]
        added.append(name.split(".")[0] if "." not in name else name)
        history.recipe.standins = [*history.recipe.standins, added[-1]]
    return added, result


def main():
    told = arguments()
    work = os.path.abspath(told.work)
    known = recipes.manifest()
    chosen = [known[name] for name in told.names] or list(known.values())
    if told.table:
        results = sorted(report.load(work).items(), key=lambda item: item[0].lower())
        print(report.table((result for _, result in results), report.load(work, "speed.json")))
        return 0
    if told.times:
        print(report.speeds(report.load(work, "speed.json")))
        return 0
    if told.totals:
        print(report.totals(report.load(work).values(), lambda name: straight.revisions(fetch.source(known[name], work, told.mirrors), known[name])))
        return 0
    running = {}
    # A time limit ends the servers too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for recipe in chosen:
            source = fetch.source(recipe, work, told.mirrors)
            python = fetch.venv(recipe.sqlalchemy, work)
            for dialect in recipe.dialects:
                if told.dialect and dialect not in told.dialect:
                    continue
                server = running.get(dialect) or running.setdefault(dialect, servers.SERVERS[dialect]())
                history = History(recipe, dialect, server, source, work, python, os.path.abspath(told.limbeck))
                title = f"{recipe.name} {dialect}"
                if told.discover:
                    added, result = discover(history)
                    print(f"{title}: standins {added}; {result['steps']} steps; {result['error'] or 'ok'}", flush=True)
                    continue
                try:
                    expected = history.expected(told.renew)
                except Failed as failed:
                    print(f"{title}: ALEMBIC FAILS: {failed}", flush=True)
                    continue
                down = expected["down"]
                print(f"{title}: alembic up {expected['steps']} in {expected['wall']:.1f} s, down {down['steps']}"
                      f" {'ok' if not down['error'] else down['error'][:100]!r}", flush=True)
                if told.expected:
                    continue
                if told.speed:
                    try:
                        taken = {"whole": speed.whole(history, told.speed), "one_pending": speed.one_pending(history, told.speed)}
                    except RuntimeError as failed:
                        print(f"    {failed}", flush=True)
                        continue
                    print(f"    {json.dumps(taken)}", flush=True)
                    report.save(work, {**report.load(work, "speed.json"), title: taken}, "speed.json")
                    continue
                if told.turns:
                    result = history.in_turns(expected)
                else:
                    result = history.with_limbeck(expected, told.limbeck_option)
                    kept = report.load(work)
                    kept[title] = result
                    report.save(work, kept)
                if told.turns:
                    print(f"    refused {len(result['refused'])}, then differs: {result['differs']} {result.get('alembic') or ''}", flush=True)
                    for refusal in result["refused"]:
                        print(f"        {refusal['error'][:300]}", flush=True)
                else:
                    for way in ("up", "down"):
                        got = dict(result.get(way, {}))
                        got["error"] = " | ".join(line for line in got.get("error", "").splitlines() if not line.startswith("Running "))[:600]
                        print(f"    limbeck {way} {json.dumps(got)}", flush=True)
                    compat = result["compat"] or {}
                    reasons = collections.Counter(construct for _, _, construct in compat.get("why", []))
                    print(f"    compat {compat.get('python')} of {result['revisions']} need Python: {reasons.most_common(8)}", flush=True)
    except KeyboardInterrupt:
        pass
    finally:
        for server in running.values():
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
