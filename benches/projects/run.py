"""Public projects: real Alembic beside limbeck. See README.md."""

import argparse
import json
import os
import subprocess
import sys

import recipe as recipes
import fetch
import servers
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
    running, results = {}, []
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
                result = history.in_turns(expected) if told.turns else history.with_limbeck(expected)
                results.append(result)
                if told.turns:
                    print(f"    refused {len(result['refused'])}, then differs: {result['differs']} {result.get('alembic') or ''}", flush=True)
                    for refusal in result["refused"]:
                        print(f"        {refusal['error'][:300]}", flush=True)
                else:
                    print(f"    limbeck {json.dumps(result)[:1500]}", flush=True)
    except KeyboardInterrupt:
        pass
    finally:
        for server in running.values():
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
