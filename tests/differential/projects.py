"""Random revision graphs as the files of real Alembic projects."""

import random

# What stands in a docstring below its first line. Lines that begin with CONTINUED belong to the first paragraph, which Alembic logs.
CONTINUED = "also "

ENV_PY = '''\
"""What `alembic init` writes for one database, in words of our own."""
from logging.config import fileConfig

from sqlalchemy import engine_from_config
from sqlalchemy import pool

from alembic import context

config = context.config

if config.config_file_name is not None:
    fileConfig(config.config_file_name)

target_metadata = None


def run_migrations_offline() -> None:
    """Writes SQL, and opens nothing."""
    url = config.get_main_option("sqlalchemy.url")
    context.configure(
        url=url,
        target_metadata=target_metadata,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
    )

    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online() -> None:
    """Runs on a connection."""
    connectable = engine_from_config(
        config.get_section(config.config_ini_section, {}),
        prefix="sqlalchemy.",
        poolclass=pool.NullPool,
    )

    with connectable.connect() as connection:
        context.configure(
            connection=connection, target_metadata=target_metadata
        )

        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
'''

SCRIPT_TEMPLATE = '''\
"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa
${imports if imports else ""}

# What Alembic knows this revision by.
revision: str = ${repr(up_revision)}
down_revision: Union[str, Sequence[str], None] = ${repr(down_revision)}
branch_labels: Union[str, Sequence[str], None] = ${repr(branch_labels)}
depends_on: Union[str, Sequence[str], None] = ${repr(depends_on)}


def upgrade() -> None:
    """Upgrade schema."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Downgrade schema."""
    ${downgrades if downgrades else "pass"}
'''

LOGGING = """
[loggers]
keys = root,sqlalchemy,alembic

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = WARNING
handlers = console
qualname =

[logger_sqlalchemy]
level = WARNING
handlers =
qualname = sqlalchemy.engine

[logger_alembic]
level = INFO
handlers =
qualname = alembic

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic

[formatter_generic]
format = %(levelname)-5.5s [%(name)s] %(message)s
datefmt = %H:%M:%S
"""

LOCATIONS = ("m/versions", "m/more", "other/versions")
MESSAGES = ("add cart", "Create account", "drop the 'old' column", "größer", "second thing: it is a long message that goes on", "x", "100%")


def write(rng: random.Random, revisions: list[dict]) -> dict:
    """The files of a project, by path, and where its revisions lie."""
    locations = list(LOCATIONS[: rng.choices((1, 2, 3), (70, 20, 10))[0]])
    is_recursive = rng.random() < 0.15
    files = {
        "alembic.ini": ini(rng, locations, is_recursive),
        "m/env.py": ENV_PY,
        "m/script.py.mako": SCRIPT_TEMPLATE,
    }
    naming = rng.choice(("{id}_x.py", "{id}_{n}.py", "{n:03}_{id}.py", "{n:03}_{id}_x.py", "{id}.py"))
    numbers = rng.sample(range(1000), len(revisions))
    for number, revision in zip(numbers, revisions):
        directory = rng.choice(locations)
        if is_recursive and rng.random() < 0.4:
            directory += rng.choice(("/2024", "/2025/q1", "/a b"))
        files[f"{directory}/{naming.format(id=revision['id'], n=number)}"] = revision_file(rng, revision)
    return {"files": files, "locations": locations}


def ini(rng: random.Random, locations: list[str], is_recursive: bool) -> str:
    lines = ["[alembic]", "# where env.py is", "script_location = %(here)s/m", "prepend_sys_path = ."]
    if locations != ["m/versions"] or rng.random() < 0.2:
        separator, text = rng.choice((("space", " "), ("os", ":"), ("newline", "\n    "), ("os", ":")))
        lines.append("version_locations = " + text.join(f"%(here)s/{location}" for location in locations))
        lines.append(f"path_separator = {separator}")
    elif rng.random() < 0.7:
        lines.append("path_separator = os")
    if is_recursive:
        lines.append("recursive_version_locations = true")
    if rng.random() < 0.3:
        lines.append("file_template = " + rng.choice(("%%(rev)s_%%(slug)s", "%%(slug)s-%%(rev)s", "r_%%(rev)s")))
    if rng.random() < 0.2:
        lines.append(f"truncate_slug_length = {rng.choice((4, 10, 40, 0))}")
    if rng.random() < 0.2:
        lines.append("timezone = UTC")
    lines.append("sqlalchemy.url = sqlite:///app.db")
    return "\n".join(lines) + "\n" + LOGGING


def revision_file(rng: random.Random, revision: dict) -> str:
    """One revision in one of the styles that Alembic's templates have had, or that people write."""
    generation = rng.choice(("bare", "plain", "plain", "union", "union", "pipe"))
    names = {"down_revision": revision["down"], "branch_labels": revision["labels"], "depends_on": revision["deps"]}
    if generation == "bare":
        # Before 0.7 there were neither labels nor dependencies.
        names = {name: value for name, value in names.items() if value or name == "down_revision"}
    annotation = {
        "union": "Union[str, Sequence[str], None]",
        "pipe": "str | Sequence[str] | None",
    }.get(generation)
    variables = [f"revision{': str' if annotation else ''} = {literal(rng, revision['id'])}"]
    for name, value in names.items():
        variables.append(f"{name}{f': {annotation}' if annotation else ''} = {names_literal(rng, name, value)}")
    if rng.random() < 0.2:
        variables.insert(rng.randrange(len(variables) + 1), 'app_version = "2.3.0"')
    imports = ["from alembic import op", "import sqlalchemy as sa"]
    if annotation:
        imports.insert(0, "from typing import Sequence, Union\n")
    blocks = ["\n".join(imports), "# revision identifiers\n" + "\n".join(variables)]
    if generation == "bare":
        blocks.reverse()
    returns = " -> None" if annotation else ""
    functions = [f"def {name}(){returns}:\n{body(rng)}" for name in ("upgrade", "downgrade")]
    text = docstring(rng, revision) + "\n\n".join(blocks) + "\n\n\n" + "\n\n\n".join(functions)
    return text.replace("\n", "\r\n") if rng.random() < 0.05 else text


def literal(rng: random.Random, text: str) -> str:
    return f'"{text}"' if rng.random() < 0.5 else f"'{text}'"


def names_literal(rng: random.Random, variable: str, names: list[str]) -> str:
    items = [literal(rng, name) for name in names]
    if not items:
        return rng.choice(("None", "None", "None", "()", "[]"))
    if len(items) == 1 and (variable != "branch_labels" or rng.random() < 0.5) and rng.random() < 0.8:
        return items[0] if rng.random() < 0.9 else f"({items[0]})"
    if rng.random() < 0.2:
        inside = "".join(f"\n    {item}," + rng.choice(("", "  # one")) for item in items) + "\n"
    else:
        inside = ", ".join(items) + ("," if len(items) == 1 else "")
    return f"({inside})" if rng.random() < 0.6 else f"[{inside}]"


def docstring(rng: random.Random, revision: dict) -> str:
    kind = rng.random()
    if kind < 0.06:
        return ""
    message = f"rev {revision['id']}" if rng.random() < 0.5 else rng.choice(MESSAGES)
    if kind < 0.2:
        return f'"""{message}"""\n\n'
    if kind < 0.24:
        return f"'''\n{message}\n'''\n"
    if kind < 0.3:
        message += f"\n{CONTINUED}on a second line"
    if kind < 0.36:
        message += "\n\nWhy it was done:\n\n  * a list\n\t* with a tab  "
    date = f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02} 03:04:05.678901"
    if rng.random() < 0.1:
        date = date[:19]
    lines = f"Revision ID: {revision['id']}\nRevises: {', '.join(revision['down'])}\nCreate Date: {date}\n"
    return f'{rng.choice(("", "", "", "r"))}"""{message}\n\n{lines}\n"""\n'


def body(rng: random.Random) -> str:
    return rng.choice(
        (
            "    pass\n",
            "    pass\n",
            '    """Nothing to do."""\n    pass\n',
            '    """Nothing to do."""\n',
            "    # ### commands auto generated by Alembic - please adjust! ###\n    pass\n    # ### end Alembic commands ###\n",
            "    ...\n",
            "    return\n",
        )
    )
