"""What a Django project says of its migrations, as one line of JSON on standard output.

Run by `limbeck import django` with the project's own Python. Whatever the project prints goes to standard error. The
SQL is that which Django sends to scratch databases, which are made beside the project's own and dropped again:
what an operation does may depend on the names that the database has given, so a database has to be there. The project's
own databases are never opened.
"""

import datetime
import json
import os
import re
import runpy
import sys
import traceback
import uuid

ANSWER = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
ORDER = json.loads(sys.argv[1])

# Operations of Django's own whose Python does nothing as long as a table is empty.
ROWS = {
    ("auth", "0011_update_proxy_permissions"): "auth_permission",
    ("contenttypes", "0002_remove_content_type_name"): "django_content_type",
}
TENANT = "limbeck_import"
READING = {"SELECT", "SHOW", "PRAGMA", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "SET", "EXPLAIN"}


# What stands for the time of the migration in defaults, until it is the server's own clock.
SOON = datetime.timedelta(minutes=1)
NOW = datetime.datetime(1987, 6, 5, 4, 3, 2, 10203)
CLOCK = [
    (re.compile(r"'1987-06-05[ T]04:03:02\.010203(\+00(:00)?)?'(::\w+)?"), {"mysql": "CURRENT_TIMESTAMP(6)"}, "CURRENT_TIMESTAMP"),
    (re.compile(r"'1987-06-05'(::\w+)?"), {}, "CURRENT_DATE"),
    (re.compile(r"'04:03:02\.010203'(::\w+)?"), {"mysql": "CURRENT_TIME(6)"}, "CURRENT_TIME"),
]


class Refused(Exception):
    """Something that the user has to know, without a traceback."""

    def __init__(self, message, details=(), hint=None):
        super().__init__(message)
        self.message, self.details, self.hint = message, list(details), hint


def load_project():
    manage = ORDER["manage"]
    if manage is None:
        sys.path.insert(0, os.getcwd())
        os.environ["DJANGO_SETTINGS_MODULE"] = ORDER["settings"]
    else:
        if ORDER["settings"]:
            os.environ["DJANGO_SETTINGS_MODULE"] = ORDER["settings"]
        run_manage(manage)
    import django

    if django.VERSION < (4, 2):
        raise Refused(f"Django {django.get_version()} is too old: 4.2 is the oldest that can be read")
    django.setup()


def run_manage(manage):
    """Runs manage.py up to where it hands over to Django, since it may set up more than the settings' name."""
    from django.core import management

    handed_over = []
    management.execute_from_command_line = lambda argv=None: handed_over.append(argv)
    sys.path.insert(0, os.path.dirname(os.path.abspath(manage)))
    sys.argv = [manage, "migrate"]
    runpy.run_path(manage, run_name="__main__")
    if not handed_over:
        raise Refused(
            f"{manage} does not come to Django's execute_from_command_line",
            hint="name the settings: limbeck import django --settings MODULE",
        )


def file_of(thing):
    module = sys.modules.get(getattr(thing, "__module__", None) or "")
    return getattr(module, "__file__", None)


class Graph:
    """The migrations, as Django's loader takes them on a database without any."""

    def __init__(self):
        from django.apps import apps
        from django.db.migrations.loader import MigrationLoader
        from django.db.migrations.state import ProjectState

        self.loader = loader = MigrationLoader(None, ignore_no_migrations=True)
        conflicts = loader.detect_conflicts()
        if conflicts:
            raise Refused(
                "some apps have several last migrations",
                [f"{app}: {', '.join(names)}" for app, names in sorted(conflicts.items())],
                "python manage.py makemigrations --merge",
            )
        bare = []
        for config in apps.get_app_configs():
            if config.label in loader.unmigrated_apps:
                if any(m._meta.managed and not m._meta.proxy and not m._meta.swapped for m in config.get_models()):
                    bare.append(config.label)
        if bare:
            raise Refused(
                "some apps have models and no migrations: Django makes their tables without",
                sorted(bare),
                "python manage.py makemigrations " + " ".join(sorted(bare)),
            )
        # Deterministic: every app in the order of its name, and what it needs before it.
        self.order, seen = [], set()
        for leaf in sorted(loader.graph.leaf_nodes()):
            for key in loader.graph.forwards_plan(leaf):
                if key not in seen:
                    seen.add(key)
                    self.order.append(key)
        roots = {}
        for key in self.order:
            if not any(parent[0] == key[0] for parent in self.parents(key)):
                roots.setdefault(key[0], []).append(key[1])
        several = [f"{app}: {', '.join(names)}" for app, names in sorted(roots.items()) if len(names) > 1]
        if several:
            raise Refused(
                "some apps have several first migrations, and a branch has one",
                several,
                "let all but one depend on another migration of the app",
            )
        self.state = ProjectState(real_apps=loader.unmigrated_apps)

    def parents(self, key):
        return sorted(parent.key for parent in self.loader.graph.node_map[key].parents)

    def squashed(self):
        """What stands for what, also for squashed migrations that are squashed again."""
        found = []
        for key, migration in sorted(self.loader.disk_migrations.items()):
            if migration.replaces:
                found.append({"migration": key, "replaces": [tuple(one) for one in migration.replaces]})
        return found

    def migrations(self):
        state, answer = self.state.clone(), []
        for key in self.order:
            app, name = key
            migration = self.loader.graph.nodes[key]
            state = migration.mutate_state(state, preserve=False)
            tables = set()
            for (label, _), model in state.models.items():
                options = model.options
                is_own = options.get("managed", True) and not options.get("proxy") and not options.get("abstract")
                if label == app and is_own:
                    tables.add(options.get("db_table") or f"{app}_{model.name_lower}")
            same = [p for p in self.parents(key) if p[0] == app]
            # One that comes before another of them is said by that one.
            before = {q for p in same for q in self.loader.graph.forwards_plan(p) if q != p}
            answer.append({
                "app": app,
                "name": name,
                "file": file_of(type(migration)),
                "down": [p for p in same if p not in before],
                "depends_on": [p for p in self.parents(key) if p[0] != app],
                "replaces": [tuple(one) for one in migration.replaces],
                "atomic": bool(migration.atomic),
                "tables": sorted(tables - self.swapped()),
                "runs": [],
            })
        return answer

    def swapped(self):
        from django.apps import apps

        return {m._meta.db_table for m in apps.get_models(include_swapped=True) if m._meta.swapped}


class Recorder:
    """Runs migrations on one connection and writes down what they send."""

    def __init__(self, connection, graph):
        self.connection, self.graph = connection, graph
        self.items, self.inside, self.describing = [], False, None

    def run(self, migration, steps, backwards):
        from django.db.transaction import atomic

        self.items = []
        editor = self.connection.schema_editor(atomic=migration.atomic)
        execute = editor.execute

        def record(sql, params=()):
            self.items.append({"sql": self.text(editor, sql, params), "of": self.describing})
            self.inside = True
            try:
                return execute(sql, params)
            finally:
                self.inside = False

        editor.execute = record
        with self.connection.execute_wrapper(self.watch), editor:
            for operation, before, after in steps:
                self.describing = " ".join(operation.describe().split())
                if not operation.reduces_to_sql:
                    self.python(migration, operation, backwards)
                    continue
                act = operation.database_backwards if backwards else operation.database_forwards
                is_atomic = operation.atomic or (migration.atomic and operation.atomic is not False)
                if not editor.atomic_migration and is_atomic:
                    with atomic(self.connection.alias):
                        act(migration.app_label, editor, before, after)
                else:
                    act(migration.app_label, editor, before, after)
        return self.items

    def text(self, editor, sql, params):
        if params is None:
            return str(sql)
        vendor = self.connection.vendor
        if vendor == "postgresql" and hasattr(self.connection.ops, "compose_sql"):
            text = self.connection.ops.compose_sql(str(sql), params)
        else:
            text = str(sql) % tuple(map(editor.quote_value, params))
        for pattern, of_vendor, clock in CLOCK:
            text = pattern.sub(of_vendor.get(vendor, clock), text)
        if "1987-06-05" in text or "04:03:02.010203" in text:
            raise ValueError("a default that is the time of the migration is written in a way that is not known")
        return text

    def watch(self, execute, sql, params, many, context):
        """An operation of the project's own may send statements that nobody records."""
        word = str(sql).lstrip("( \n\t").split(None, 1)[0].upper().rstrip(";") if str(sql).strip() else ""
        if not self.inside and word not in READING:
            self.items.append({"python": {"what": f"{self.describing}: {' '.join(str(sql).split())}"}})
        return execute(sql, params, many, context)

    def python(self, migration, operation, backwards):
        from django.db import router
        from django.db.migrations import RunPython

        allowed = router.allow_migrate(
            self.connection.alias, migration.app_label, **(getattr(operation, "hints", None) or {})
        )
        code = getattr(operation, "reverse_code" if backwards else "code", None)
        if not allowed or code is RunPython.noop:
            return
        item = {"what": f"{type(operation).__name__} {getattr(code, '__name__', '')}".strip()}
        if hasattr(code, "__code__"):
            item["file"], item["line"] = code.__code__.co_filename, code.__code__.co_firstlineno
        if type(migration).__module__.startswith("django.contrib."):
            item["rows"] = ROWS.get((migration.app_label, migration.name))
        self.items.append({"python": item})

    def both_ways(self, key, state):
        """The items of the way up and of the way down. The database is then behind the migration."""
        migration = self.graph.loader.graph.nodes[key]
        steps, current = [], state.clone()
        for operation in migration.operations:
            before = current.clone()
            operation.state_forwards(migration.app_label, current)
            steps.append((operation, before, current.clone()))
        up = self.run(migration, steps, False)
        for operation in migration.operations:
            if not operation.reversible:
                return up, None, f"{type(operation).__name__} cannot be reversed"
        back = [(operation, after, before) for operation, before, after in reversed(steps)]
        down = self.run(migration, back, True)
        self.run(migration, steps, False)
        return up, down, None


def fixed_default(default, field):
    """The default of a field, where that is the time or random: the same on each run."""
    value = default(field)
    is_made = callable(getattr(field, "default", None)) or getattr(field, "auto_now", 0) or getattr(field, "auto_now_add", 0)
    if not is_made:
        return value
    if isinstance(value, datetime.datetime):
        now = datetime.datetime.now(value.tzinfo)
        return NOW.replace(tzinfo=value.tzinfo and datetime.timezone.utc) if abs(now - value) < SOON else value
    if isinstance(value, datetime.date):
        return NOW.date() if abs(datetime.date.today() - value) <= datetime.timedelta(days=1) else value
    again = default(field)
    if value == again:
        return value
    if isinstance(value, datetime.time):
        return NOW.time()
    name = f"{field.model._meta.label_lower}.{field.name}"
    if isinstance(value, uuid.UUID):
        # Django too gives one value to all rows that are there.
        return uuid.uuid5(uuid.NAMESPACE_OID, name)
    raise Refused(f"the default of {name} is another on each run, so a file cannot say it")


def patch_django():
    """What would be another text on each run, or depends on what else is in the database."""
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

    default = BaseDatabaseSchemaEditor._effective_default
    BaseDatabaseSchemaEditor._effective_default = staticmethod(lambda field: fixed_default(default, field))
    try:
        from django.contrib.postgres import operations
    except ImportError:
        return
    # Whether the extension is in the database already is no property of the migration.
    forwards = operations.CreateExtension.database_forwards
    operations.CreateExtension.extension_exists = lambda self, editor, name: getattr(self, "limbeck_exists", True)

    def create(self, *arguments):
        self.limbeck_exists = False
        try:
            return forwards(self, *arguments)
        finally:
            self.limbeck_exists = True

    operations.CreateExtension.database_forwards = create


def tenants():
    """What django-tenants is told, or None."""
    from django.conf import settings

    if not getattr(settings, "TENANT_MODEL", None):
        return None
    from django.apps import apps
    from django.db import connections
    from django_tenants import utils

    if utils.has_multi_type_tenants():
        raise Refused("tenants of several types (HAS_MULTI_TYPE_TENANTS) are not imported")
    model = apps.get_model(settings.TENANT_MODEL)
    alias = utils.get_tenant_database_alias()
    public = utils.get_public_schema_name()
    quote = connections[alias].ops.quote_name
    column = quote(model._meta.get_field("schema_name").column)
    text = "'" + public.replace("'", "''") + "'"
    query = (
        f"SELECT {column} FROM {quote(public)}.{quote(model._meta.db_table)} WHERE {column} <> {text} ORDER BY 1"
    )
    return {"alias": alias, "public": public, "query": query}


def databases():
    """The aliases that are databases of their own, and those that are not."""
    from django.db import connections

    found, left_out, seen = [], [], {}
    aliases = sorted(connections, key=lambda alias: (alias != "default", alias))
    for alias in aliases:
        of = connections[alias].settings_dict
        if of["ENGINE"] in ("", "django.db.backends.dummy"):
            left_out.append({"alias": alias, "why": "it has no ENGINE"})
            continue
        place = (of["ENGINE"], str(of.get("HOST", "")), str(of.get("PORT", "")), str(of["NAME"]))
        if (of.get("TEST") or {}).get("MIRROR"):
            left_out.append({"alias": alias, "why": f"it is a mirror of {of['TEST']['MIRROR']}"})
        elif place in seen:
            left_out.append({"alias": alias, "why": f"it is the same database as {seen[place]}"})
        else:
            seen[place] = alias
            vendor = connections[alias].vendor
            if vendor not in ("postgresql", "mysql", "sqlite"):
                raise Refused(f"database {alias}: {vendor} is none of PostgreSQL, MySQL, MariaDB and SQLite")
            found.append({
                "alias": alias, "dialect": vendor, "host": str(of.get("HOST") or ""),
                "port": str(of.get("PORT") or ""), "user": str(of.get("USER") or ""), "name": str(of["NAME"]),
                "has_password": bool(of.get("PASSWORD")),
                "options": sorted(map(str, of.get("OPTIONS") or {})),
            })
    if not found:
        raise Refused("the settings have no database")
    return found, left_out


def take_sql(graph, migrations, found, tenancy):
    from django.db import connections, router

    sites, scratch = [], []
    try:
        for one in found:
            alias = one["alias"]
            connection = connections[alias]
            make_scratch(connection, scratch)
            is_tenants = tenancy is not None and alias == tenancy["alias"]
            scopes = ["shared", "tenant"] if is_tenants else [None]
            if is_tenants:
                with connection.cursor() as cursor:
                    for schema in (tenancy["public"], TENANT):
                        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {connection.ops.quote_name(schema)}")
            sites.extend((connection, scope) for scope in scopes)
        for connection, scope in sites:
            # All of the shared schema is there before the first tenant is.
            if scope is not None:
                connection.set_schema(tenancy["public"] if scope == "shared" else TENANT)
            recorder, state = Recorder(connection, graph), graph.state.clone()
            for key, migration in zip(graph.order, migrations):
                try:
                    up, down, irreversible = recorder.both_ways(key, state)
                except Refused as error:
                    error.details.append(f"--> {migration['file']}")
                    raise
                except Exception as error:
                    where = f"{connection.alias}, {scope} schema" if scope else connection.alias
                    raise Refused(
                        f"migration {key[0]}.{key[1]} fails on an empty database ({where}): "
                        f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}",
                        [f"--> {migration['file']}", f"operation: {recorder.describing}"],
                        "rows that it looks for are not there, since Python was not run: write the operation for that, "
                        "or squash it away",
                    ) from error
                migration["runs"].append({
                    "alias": connection.alias, "scope": scope, "up": up, "down": down, "irreversible": irreversible,
                    "allowed": bool(router.allow_migrate(connection.alias, key[0])),
                })
                state = graph.loader.graph.nodes[key].mutate_state(state, preserve=False)
    finally:
        for connection, name in reversed(scratch):
            connection.creation.destroy_test_db(name, verbosity=0)


def make_scratch(connection, scratch):
    name = connection.settings_dict["NAME"]
    test = dict(connection.settings_dict.get("TEST") or {})
    test["NAME"] = None if connection.vendor == "sqlite" else f"limbeck_import_{os.getpid()}_{len(scratch)}"
    connection.settings_dict["TEST"] = test
    try:
        made = connection.creation._create_test_db(verbosity=0, autoclobber=True, keepdb=False)
        connection.close()
        scratch.append((connection, name))
        connection.settings_dict["NAME"] = made
        connection.prepare_database()
    except (Exception, SystemExit) as error:
        raise Refused(
            f"database {connection.alias}: no scratch database can be made beside it",
            [line for line in str(error).strip().splitlines() if line],
            "the SQL of migrations depends on names that a database gives: let the settings name a server for development "
            "where the role may create databases",
        ) from error


def answer():
    load_project()
    import django

    patch_django()
    graph = Graph()
    migrations = graph.migrations()
    found, left_out = databases()
    tenancy = tenants()
    if ORDER["sql"]:
        take_sql(graph, migrations, found, tenancy)
    return {
        "django": django.get_version(), "databases": found, "left_out": left_out,
        "tenants": tenancy, "migrations": migrations, "squashed": graph.squashed(),
    }


def main():
    try:
        said = {"project": answer()}
    except Refused as error:
        said = {"refused": {"message": error.message, "details": error.details, "hint": error.hint}}
    except ModuleNotFoundError as error:
        hint = "--python PROGRAM names the Python that has it"
        said = {"refused": {"message": f"{error} in {sys.executable}", "details": [], "hint": hint}}
    except (Exception, SystemExit) as error:
        lines = traceback.format_exc().splitlines()
        message = f"the project does not load: {type(error).__name__}: {error}"
        said = {"refused": {"message": message, "details": lines[-12:], "hint": None}}
    ANSWER.write(json.dumps(said))
    ANSWER.close()


main()
