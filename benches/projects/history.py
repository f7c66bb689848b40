"""One history: by real Alembic, which tells what is expected, and by limbeck."""

import json
import os
import re
import resource
import subprocess
import time

import compare

HERE = os.path.dirname(os.path.abspath(__file__))


def children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Failed(Exception):
    """Real Alembic does not get up; there is nothing to compare."""


class History:
    """A recipe on one dialect, with the places that it needs."""

    def __init__(self, recipe, dialect, server, source, work, python, limbeck):
        self.recipe, self.dialect, self.server = recipe, dialect, server
        self.source, self.work, self.python, self.limbeck = source, work, python, limbeck
        self.directory = os.path.join(work, "runs", f"{recipe.label}-{dialect}")
        self.cache = os.path.join(work, "expected", f"{recipe.label}-{dialect}.json")
        os.makedirs(self.directory, exist_ok=True)
        os.makedirs(os.path.dirname(self.cache), exist_ok=True)
        self.database = "work_" + re.sub(r"\W", "_", recipe.label).lower()

    def environment(self):
        return {
            **{key: value for key, value in os.environ.items() if not key.startswith(("LIMBECK_", "DATABASE_URL", "PYTHON"))},
            **{key: value.replace("{source}", self.source) for key, value in self.recipe.environment.items()},
            "PYTHONDONTWRITEBYTECODE": "",
        }

    def fresh(self):
        prelude = self.recipe.prelude.get(self.dialect, "")
        self.server.recreate(self.database, prelude)
        if self.recipe.prelude_of:
            self.before()

    def before(self):
        """Another environment of the same project, whose tables this one needs."""
        import recipe as recipes
        other = recipes.manifest()[self.recipe.prelude_of]
        history = History(other, self.dialect, self.server, self.source, self.work, self.python, self.limbeck)
        history.database = self.database
        history.server.recreate(self.database, other.prelude.get(self.dialect, ""))
        result = history.alembic("upgrade", other.target)
        if result["error"]:
            raise Failed(f"{other.name}: {result['error']}")

    def alembic(self, command, target, each=False, sql=None):
        directory = os.path.join(self.directory, f"alembic-{os.getpid()}")
        ini = self.recipe.write(directory, self.source, self.server.alembic_url(self.database), False)
        order = {
            "ini": ini, "stubs": self.recipe.stub_directories(), "standins": self.recipe.standins,
            "command": command, "target": target, "each": each, "sql": sql,
        }
        start, before = time.perf_counter(), children_cpu()
        try:
            run = subprocess.run(
                [self.python, os.path.join(HERE, "alembic_side.py"), json.dumps(order)],
                capture_output=True, text=True, cwd=self.source, env=self.environment(), timeout=600,
            )
        except subprocess.TimeoutExpired:
            return {"error": "no end after 600 s", "steps": 0, "seconds": 600, "wall": 600}
        wall, cpu = time.perf_counter() - start, children_cpu() - before
        with open(os.path.join(self.directory, f"alembic-{command}.log"), "w") as file:
            file.write(run.stdout + run.stderr)
        try:
            result = json.loads(run.stdout.splitlines()[-1])
        except (IndexError, ValueError):
            return {"error": (run.stderr.strip() or "nothing said").splitlines()[-1], "steps": 0, "seconds": wall, "wall": wall}
        return {**result, "wall": wall, "cpu": cpu}

    def dump(self):
        return self.server.dump(self.database)

    def versions(self):
        try:
            table = self.recipe.version_table or "alembic_version"
            return self.server.versions(self.database, f"{self.recipe.version_table_schema}.{table}".lstrip("."))
        except Exception:
            return []

    def expected(self, renew=False):
        """What real Alembic makes, up and down; from the cache if the recipe is the same."""
        digest = self.recipe.digest(self.dialect)
        if not renew and os.path.exists(self.cache):
            with open(self.cache) as file:
                known = json.load(file)
            if known["digest"] == digest:
                return known
        target = self.recipe.target
        self.fresh()
        first = self.alembic("upgrade", target)
        if first["error"]:
            raise Failed(f"up, after {first['steps']} steps ({first.get('last')}): {first['error']}")
        _, data = self.dump()
        self.fresh()
        sql = os.path.join(self.directory, "statements.sql") if self.dialect == "postgresql" else None
        second = self.alembic("upgrade", target, sql=sql)
        schema, again = self.dump()
        up = {"schema": schema, "data": again, "masked": compare.unstable(data, again), "versions": self.versions()}
        known = {"digest": digest, "seconds": first["seconds"], "wall": first["wall"], "cpu": first.get("cpu"), "steps": first["steps"], "up": up}
        probe = self.alembic("downgrade", "base", each=True)
        reached = self.versions()
        known["down"] = {"steps": probe["steps"], "error": probe["error"], "reached": reached, "seconds": probe["seconds"], "wall": probe["wall"]}
        if probe["error"] and probe["steps"]:
            known["down"].update(self.as_far_as(reached, probe))
        elif not probe["error"]:
            down_schema, down_data = self.dump()
            known["down"].update({"target": "base", "schema": down_schema, "data": down_data})
        with open(self.cache, "w") as file:
            json.dump(known, file)
        return known

    def as_far_as(self, reached, probe):
        """Down to where real Alembic gets, in a fresh database, so that nothing of the failing revision is there."""
        target = self.recipe.down_to.get(self.dialect) or (reached[0] if len(reached) == 1 else None)
        if target is None:
            return {}
        self.fresh()
        self.alembic("upgrade", self.recipe.target)
        again = self.alembic("downgrade", target, each=True)
        if again["error"]:
            return {"error": f"{probe['error']}; to {target}: {again['error']}"}
        schema, data = self.dump()
        return {"target": target, "schema": schema, "data": data, "seconds": again["seconds"], "wall": again["wall"], "steps": again["steps"]}

    # limbeck's side ------------------------------------------------------------------------------------------------------

    def limbeck_environment(self):
        """The project's Python as limbeck finds it, a virtual environment, with what real Alembic gets in place of the application."""
        place = os.path.join(self.directory, "environment")
        os.makedirs(os.path.join(place, "bin"), exist_ok=True)
        program = os.path.join(place, "bin", "python")
        with open(program, "w") as file:
            file.write(f'#!/bin/sh\nexec env PYTHONPATH={HERE}/site {self.python} "$@"\n')
        os.chmod(program, 0o755)
        order = {"stubs": self.recipe.stub_directories(), "standins": self.recipe.standins}
        return {**self.environment(), "VIRTUAL_ENV": place, "LIMBECK_PROJECTS_STUBS": json.dumps(order)}

    def run_limbeck(self, *arguments, tag="limbeck"):
        directory = os.path.join(self.directory, f"limbeck-{os.getpid()}")
        ini = self.recipe.write(directory, self.source, self.server.alembic_url(self.database), True)
        start, before = time.perf_counter(), children_cpu()
        try:
            run = subprocess.run(
                [self.limbeck, "-c", ini, *arguments], stdin=subprocess.DEVNULL,
                capture_output=True, text=True, cwd=self.source, env=self.limbeck_environment(), timeout=600,
            )
        except subprocess.TimeoutExpired:
            return {"status": -1, "out": "", "error": "no end after 600 s", "wall": 600, "cpu": 600}
        wall, cpu = time.perf_counter() - start, children_cpu() - before
        with open(os.path.join(self.directory, f"{tag}-{arguments[0]}.log"), "w") as file:
            file.write(run.stdout + run.stderr)
        return {
            "status": run.returncode, "out": run.stdout, "error": run.stderr.strip() if run.returncode else "",
            "wall": wall, "cpu": cpu,
        }

    def handed(self, way, target):
        """How many steps limbeck hands to the project's Python."""
        run = self.run_limbeck("plan", way, target, "--json", tag="handed")
        try:
            databases = json.loads(run["out"])["databases"]
        except (ValueError, KeyError):
            return 0
        return sum("python" in step for database in databases for step in database["steps"])

    def walk(self, way, options, target, result, name):
        handed = self.handed(way, target)
        run = self.run_limbeck(way, *options, target)
        result[name] = {"wall": run["wall"], "cpu": run["cpu"], "handed": handed, "error": run["error"]}
        return run

    def compared(self, expected, masked, name):
        """The differences of the database as it stands, kept as a file if there are any."""
        schema, data = self.dump()
        differences = {
            "schema": compare.schema_differences(expected["schema"], schema),
            "data": compare.data_differences(expected["data"], data, masked),
        }
        path = os.path.join(self.directory, f"{name}.diff")
        if any(differences.values()):
            with open(path, "w") as file:
                file.write("\n".join([*differences["schema"], "", *differences["data"], ""]))
        elif os.path.exists(path):
            os.unlink(path)
        return {kind: len(lines) for kind, lines in differences.items()}

    def compat(self):
        """What `limbeck compat` says of the revisions: a revision is native if both of its functions are."""
        run = self.run_limbeck("compat", "--json", tag="limbeck")
        try:
            told = json.loads(run["out"])["python"]
        except (ValueError, KeyError):
            return None
        for one in told:
            if one["dialect"] == self.dialect:
                needed = {function["revision"] for function in one["not_native"]}
                upgrade = {key: value for key, value in one["upgrade"].items() if value}
                return {"python": len(needed), "upgrade": upgrade, "downgrade": {key: value for key, value in one["downgrade"].items() if value},
                        "why": [[f["revision"], f["function"], f["construct"]] for f in one["not_native"]]}
        return None

    def with_limbeck(self, known, options=()):
        """Up and down with limbeck alone."""
        reached = {key: known["down"].get(key) for key in ("target", "steps", "error", "reached") if known["down"].get(key) is not None}
        result = {
            "name": self.recipe.name, "dialect": self.dialect, "at": self.recipe.package.split("==")[-1] or self.recipe.commit[:10],
            "revisions": known["steps"], "alembic": {"wall": known["wall"], "cpu": known.get("cpu"), "down": reached},
            "compat": self.compat(),
        }
        self.fresh()
        run = self.walk("upgrade", options, self.recipe.target, result, "up")
        if run["status"] != 0:
            result["up"]["versions"] = self.versions()
            return result
        result["up"]["differs"] = self.compared(known["up"], known["up"]["masked"], "up")
        down = known["down"]
        if "target" not in down:
            return result
        run = self.walk("downgrade", options, down["target"], result, "down")
        result["down"]["target"] = down["target"]
        if run["status"] == 0:
            result["down"]["differs"] = self.compared(down, known["up"]["masked"], "down")
        return result

    def in_turns(self, known, options=()):
        """Up with limbeck; each revision that it refuses is run by Alembic. The refusals, and what then differs."""
        self.fresh()
        refused = []
        while True:
            run = self.run_limbeck("upgrade", *options, self.recipe.target, tag="turns")
            if run["status"] == 0:
                break
            named = re.search(r"revision (\S+?):", run["error"])
            revision = named[1] if named else "+1"
            told = [line for line in run["error"].splitlines() if line.startswith(("error:", "  -->"))]
            refused.append({"revision": revision, "error": " ".join(told) or run["error"][-500:]})
            if len(refused) > 1 and refused[-2]["revision"] == revision:
                return {"refused": refused, "differs": None, "stuck": True}
            helped = self.alembic("upgrade", revision)
            if helped["error"]:
                return {"refused": refused, "differs": None, "alembic": helped["error"]}
        return {"refused": refused, "differs": self.compared(known["up"], known["up"]["masked"], "turns")}
