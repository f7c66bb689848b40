"""The manifest: which projects, and what each needs to be run."""

import dataclasses
import hashlib
import json
import os
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))

ENV_PY = '''\
"""Written by benches/projects: the project's own env.py needs the running application."""

import sqlalchemy.orm  # some revisions count on the application to have done so
from alembic import context
from sqlalchemy import MetaData
from sqlalchemy import create_engine
from sqlalchemy import pool

target_metadata = MetaData({metadata})


def run_migrations_online():
    engine = create_engine(context.config.get_main_option("sqlalchemy.url"), poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=target_metadata,{options}
        )
        with context.begin_transaction():
            context.run_migrations()


def run_migrations_offline():
    context.configure(
        url=context.config.get_main_option("sqlalchemy.url"),
        target_metadata=target_metadata,
        literal_binds=True,
            dialect_opts={{"paramstyle": "named"}},{options}
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
'''


@dataclasses.dataclass
class Recipe:
    """One Alembic environment of one public project."""

    name: str
    repository: str
    versions: list
    commit: str = ""
    package: str = ""
    paths: list = dataclasses.field(default_factory=lambda: ["."])
    dialects: list = dataclasses.field(default_factory=lambda: ["postgresql"])
    sqlalchemy: str = "2.0"
    target: str = "heads"
    recursive: bool = False
    each: bool = True
    version_table: str = ""
    version_table_schema: str = ""
    naming_convention: dict = dataclasses.field(default_factory=dict)
    environment: dict = dataclasses.field(default_factory=dict)
    stubs: str = ""
    packages: str = ""
    standins: list = dataclasses.field(default_factory=list)
    prelude: dict = dataclasses.field(default_factory=dict)
    prelude_of: str = ""
    down_to: dict = dataclasses.field(default_factory=dict)
    ignore: list = dataclasses.field(default_factory=list)
    note: str = ""

    @property
    def label(self):
        return self.name.replace("/", "-")

    def stub_directories(self):
        """What real Alembic gets in place of the application, and of packages that it lacks; limbeck gets the latter alone."""
        return [os.path.join(HERE, "stubs", name) for name in (self.stubs, self.packages) if name]

    def write(self, directory, source, url, for_limbeck):
        """An Alembic environment in `directory` for the revisions in `source`; the path of its alembic.ini."""
        script = os.path.join(directory, "migrations")
        os.makedirs(script, exist_ok=True)
        metadata = f"naming_convention={self.naming_convention!r}" if self.naming_convention else ""
        options = ""
        if self.each:
            options += "\n            transaction_per_migration=True,"
        if self.version_table:
            options += f"\n            version_table={self.version_table!r},"
        if self.version_table_schema:
            options += f"\n            version_table_schema={self.version_table_schema!r},"
        with open(os.path.join(script, "env.py"), "w") as file:
            file.write(ENV_PY.format(metadata=metadata, options=options))
        with open(os.path.join(script, "script.py.mako"), "w") as file:
            file.write("")
        versions = [os.path.normpath(os.path.join(source, place)) for place in self.versions]
        paths = [os.path.normpath(os.path.join(source, place)) for place in self.paths]
        if for_limbeck and self.packages:
            paths.append(os.path.join(HERE, "stubs", self.packages))
        if for_limbeck and self.sqlalchemy != "2.1":
            with open(os.path.join(directory, "limbeck.toml"), "w") as file:
                file.write(f'[scripts]\nsqlalchemy = "{self.sqlalchemy}"\n')
        ini = os.path.join(directory, "alembic.ini")
        with open(ini, "w") as file:
            file.write(
                "[alembic]\n"
                "script_location = %(here)s/migrations\n"
                "path_separator = os\n"
                f"prepend_sys_path = {os.pathsep.join(paths)}\n"
                f"version_locations = {os.pathsep.join(versions)}\n"
                + ("recursive_version_locations = true\n" if self.recursive else "")
                + f"sqlalchemy.url = {url.replace('%', '%%')}\n"
            )
        return ini

    def digest(self, dialect):
        """Changes with all that the expected dumps depend on."""
        told = json.dumps([dataclasses.asdict(self), dialect], sort_keys=True)
        digest = hashlib.sha256(told.encode())
        for directory in self.stub_directories():
            for place, _, names in sorted(os.walk(directory)):
                for name in sorted(names):
                    if name.endswith(".py"):
                        with open(os.path.join(place, name), "rb") as file:
                            digest.update(file.read())
        return digest.hexdigest()[:16]


def manifest(path=os.path.join(HERE, "projects.toml")):
    """All recipes, by name."""
    with open(path, "rb") as file:
        read = tomllib.load(file)
    recipes = {}
    for project in read["project"]:
        environments = project.pop("environment_of", None) or [{}]
        for environment in environments:
            recipe = Recipe(**{**project, **environment})
            recipes[recipe.name] = recipe
    return recipes
