"""Fetching a project at its commit, and the virtual environments of real Alembic. Nothing fetched goes into the repository."""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile

# What real Alembic runs with, by version of SQLAlchemy. 1.19.2 is the last Alembic that takes SQLAlchemy 1.4.
VENVS = {
    "2.0": [
        "alembic==1.20.1", "sqlalchemy==2.0.58", "psycopg2-binary", "pymysql", "sqlalchemy-utils", "sqlmodel==0.0.16", "geoalchemy2", "pgvector",
        "fastapi-users-db-sqlalchemy", "alembic_utils", "alembic-postgresql-enum", "oslo.utils", "oslo.log", "oslo.db", "oslo.config",
        "oslo.i18n", "oslo.serialization", "neutron-lib", "python-slugify", "babel", "cryptography", "pydantic", "pydantic-settings",
        "arrow", "dill", "lazy-object-proxy", "numpy", "octavia-lib", "orjson", "pytz", "sqlalchemy-jsonfield",
    ],
    "2.1": ["alembic==1.20.1", "sqlalchemy==2.1.9", "psycopg2-binary", "pymysql"],
    "1.4": ["alembic==1.19.2", "sqlalchemy==1.4.54", "psycopg2-binary", "pymysql", "sqlalchemy-utils<0.42", "cryptography", "arrow"],
}

TEXTS = (".py", ".ini", ".toml", ".cfg", ".sql", ".json", ".csv", ".mako", ".txt")


def source(recipe, work, mirrors):
    """The directory with the project's files; fetched where it is not there."""
    key = recipe.package.replace("==", "-") if recipe.package else recipe.repository.split("github.com/")[1].replace("/", "+")
    place = os.path.join(work, "sources", f"{key}@{recipe.commit[:10]}" if recipe.commit else key)
    if os.path.isdir(place):
        return place
    os.makedirs(os.path.dirname(place), exist_ok=True)
    partial = tempfile.mkdtemp(dir=os.path.dirname(place), prefix="part-")
    if recipe.package:
        from_package(recipe.package, partial)
    else:
        from_git(recipe, partial, os.path.join(mirrors, key, "repo") if mirrors else None)
    os.rename(partial, place)
    return place


def from_package(package, place):
    with tempfile.TemporaryDirectory() as downloads:
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", downloads, package], check=True)
        for name in os.listdir(downloads):
            with zipfile.ZipFile(os.path.join(downloads, name)) as wheel:
                wheel.extractall(place, [member for member in wheel.namelist() if member.endswith(TEXTS) and "/static/" not in member])


def from_git(recipe, place, mirror):
    """The text files of the commit, read blob by blob: a mirror may lack large files that nobody asks for."""
    with tempfile.TemporaryDirectory() as clone:
        if mirror and os.path.isdir(mirror):
            git = os.path.join(mirror, ".git") if os.path.isdir(os.path.join(mirror, ".git")) else mirror
        else:
            git = clone
            for command in (["init", "-q", "--bare"], ["fetch", "-q", "--depth=1", recipe.repository, recipe.commit]):
                subprocess.run(["git", "-C", clone, *command], check=True)
        call = ["git", f"--git-dir={git}"]
        listing = subprocess.run([*call, "ls-tree", "-r", "-z", recipe.commit], check=True, capture_output=True).stdout
        batch = subprocess.Popen([*call, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for line in filter(None, listing.split(b"\0")):
            told, path = line.split(b"\t", 1)
            mode, kind, blob = told.split()
            name = path.decode()
            if kind != b"blob" or mode == b"120000" or not name.endswith(TEXTS):
                continue
            batch.stdin.write(blob + b"\n")
            batch.stdin.flush()
            head = batch.stdout.readline().split()
            if head[-1] == b"missing":
                continue
            content = batch.stdout.read(int(head[2]))
            batch.stdout.read(1)
            target = os.path.join(place, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as file:
                file.write(content)
        batch.stdin.close()
        batch.wait()


def venv(version, work):
    """The Python of a virtual environment with that version of SQLAlchemy."""
    place = os.path.join(work, "venvs", version)
    python = os.path.join(place, "bin", "python")
    if not os.path.exists(os.path.join(place, "ready")):
        shutil.rmtree(place, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *VENVS[version]], check=True)
        with open(os.path.join(place, "ready"), "w"):
            pass
    return python
