"""Private databases for the comparison: PostgreSQL, MariaDB, SQLite; how each is made new and dumped."""

import glob
import os
import pwd
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time

# limbeck's own tables, which Alembic has not.
OWN = re.compile(r"limbeck_")


def quiet(argv, **options):
    run = subprocess.run(argv, capture_output=True, text=True, **options)
    if run.returncode != 0:
        raise RuntimeError(f"{argv[0]}: {run.stderr.strip()[-2000:]}")
    return run.stdout


class Server:
    """A server's directory, owned by the user that the server runs as."""

    def __init__(self, user):
        self.directory = tempfile.mkdtemp(prefix="limbeck-projects-")
        self.drop = []
        if os.geteuid() == 0:
            entry = pwd.getpwnam(user)
            os.chown(self.directory, entry.pw_uid, entry.pw_gid)
            os.chmod(self.directory, 0o755)
            self.drop = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]


class Postgres(Server):
    dialect = "postgresql"

    def __init__(self):
        super().__init__("postgres")
        found = shutil.which("initdb") or sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))[-1]
        self.bin = os.path.dirname(os.path.realpath(found))
        self.data = os.path.join(self.directory, "data")
        self.call("initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8")
        with open(os.path.join(self.data, "postgresql.conf"), "a") as file:
            file.write(f"listen_addresses=''\nunix_socket_directories='{self.directory}'\nfsync=off\nmax_locks_per_transaction=1024\n")
        self.call("pg_ctl", "-D", self.data, "-w", "-l", os.path.join(self.directory, "log"), "start")

    def call(self, program, *arguments):
        subprocess.run(
            [*self.drop, os.path.join(self.bin, program), *arguments],
            check=True, stdout=subprocess.DEVNULL, cwd=self.directory,
        )

    def stop(self):
        self.call("pg_ctl", "-D", self.data, "-m", "immediate", "stop")
        shutil.rmtree(self.directory, ignore_errors=True)

    def psql(self, name, *arguments):
        return [
            os.path.join(self.bin, "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1",
            "-h", self.directory, "-U", "postgres", "-d", name, *arguments,
        ]

    def recreate(self, name, prelude=""):
        quiet(self.psql("postgres", "-c", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", "-c", f"CREATE DATABASE {name}"))
        if prelude:
            quiet(self.psql(name, "-f", "-"), input=prelude)

    def client(self, name):
        """What runs the statements of a file, given on standard input."""
        return self.psql(name, "-o", os.devnull, "-f", "-")

    def keep(self, name):
        """Keeps a copy of the database as it stands; `restore` takes it back."""
        quiet(self.psql("postgres", "-c", f"DROP DATABASE IF EXISTS {name}_kept", "-c", f"CREATE DATABASE {name}_kept TEMPLATE {name}"))

    def restore(self, name):
        quiet(self.psql("postgres", "-c", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", "-c", f"CREATE DATABASE {name} TEMPLATE {name}_kept"))

    def url(self, name):
        return f"postgresql://postgres@/{name}?host={self.directory}"

    def alembic_url(self, name):
        """With the driver's name: without one it is another one from SQLAlchemy 2.1 on."""
        return self.url(name).replace("postgresql:", "postgresql+psycopg2:")

    def versions(self, name, table):
        text = quiet(self.psql(name, "-At", "-c", f"SELECT version_num FROM {table} ORDER BY 1"))
        return text.split()

    def dump(self, name):
        """The schema as text, and the data as rows by table."""
        base = [os.path.join(self.bin, "pg_dump"), "-h", self.directory, "-U", "postgres", "--no-owner", "-T", "limbeck_*", "-T", "*.limbeck_*"]
        schema = "\n".join(
            line for line in quiet([*base, "--schema-only", name]).splitlines()
            if line and not line.startswith(("\\restrict", "\\unrestrict", "--", "SELECT pg_catalog.set_config", "SET "))
        )
        data, table = {}, None
        for line in quiet([*base, "--data-only", name]).splitlines():
            copy = re.match(r"COPY (\S+) (?:\((.*)\) )?FROM stdin;$", line)
            if copy:
                table, columns = copy[1], copy[2].split(", ") if copy[2] else []
                data[table] = {"columns": columns, "rows": []}
            elif line == "\\.":
                table = None
            elif table:
                data[table]["rows"].append(line.split("\t"))
            elif line.startswith("SELECT pg_catalog.setval("):
                name, value = re.match(r"SELECT pg_catalog.setval\('(.*)', (.*)\);", line).groups()
                data.setdefault("sequences", {"columns": ["name", "value"], "rows": []})["rows"].append([name, value])
        return schema, data


class Mariadb(Server):
    dialect = "mysql"

    def __init__(self):
        super().__init__("mysql" if any(entry.pw_name == "mysql" for entry in pwd.getpwall()) else "postgres")
        path = os.environ["PATH"] + ":/usr/sbin:/usr/libexec:/usr/local/sbin"
        self.socket = os.path.join(self.directory, "socket")
        data = os.path.join(self.directory, "data")
        subprocess.run(
            [*self.drop, shutil.which("mariadb-install-db", path=path), "--no-defaults", f"--datadir={data}",
             "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.directory,
        )
        self.process = subprocess.Popen(
            [*self.drop, shutil.which("mariadbd", path=path), "--no-defaults", f"--datadir={data}", f"--socket={self.socket}",
             f"--log-error={self.directory}/log", f"--pid-file={self.directory}/pid", "--bind-address=127.0.0.1", "--port=0", "--skip-networking", 
             "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin", "--character-set-server=utf8mb4"],
            cwd=self.directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for _ in range(200):
            if subprocess.run(self.mariadb("-e", "SELECT 1"), capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError("MariaDB does not start")

    def mariadb(self, *arguments):
        return ["mariadb", "--no-defaults", f"--socket={self.socket}", "-u", "root", *arguments]

    def client(self, name):
        return self.mariadb(name)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def recreate(self, name, prelude=""):
        quiet(self.mariadb("-e", f"DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name} CHARACTER SET utf8mb4"))
        if prelude:
            quiet(self.mariadb(name), input=prelude)

    def alembic_url(self, name):
        return f"mysql+pymysql://root@localhost/{name}?unix_socket={self.socket}&charset=utf8mb4"

    def url(self, name):
        return f"mysql://root@localhost/{name}?socket={self.socket}"

    def versions(self, name, table):
        return quiet(self.mariadb("-N", "-B", name, "-e", f"SELECT version_num FROM {table} ORDER BY 1")).split()

    def ask(self, name, text, *options):
        return quiet(self.mariadb("-N", "-B", *options, name, "-e", text)).splitlines()

    def dump(self, name):
        """Not by mariadb-dump, which is not in every package of the client."""
        tables = [line.split("\t") for line in self.ask(name, "SHOW FULL TABLES") if not OWN.match(line)]
        texts = [f"SHOW CREATE TABLE `{table}`" for table, _ in tables]
        texts += [f"SHOW CREATE TRIGGER `{line.split(chr(9))[0]}`" for line in self.ask(name, "SHOW TRIGGERS")]
        schema = "\n".join(self.ask(name, ";".join(texts), "-r")) if texts else ""
        # A trigger says when it was made.
        schema = re.sub(r"\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d\d(?=\n|$)", "", schema).replace(name, "NAME")
        data = {}
        for table, kind in tables:
            if kind == "BASE TABLE":
                columns = [line.split("\t")[0] for line in self.ask(name, f"SHOW COLUMNS FROM `{table}`")]
                rows = [line.split("\t") for line in self.ask(name, f"SELECT * FROM `{table}`")]
                data[table] = {"columns": columns, "rows": rows}
        return schema, data


class Sqlite:
    dialect = "sqlite"

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="limbeck-projects-")

    def stop(self):
        shutil.rmtree(self.directory, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.directory, f"{name}.db")

    def recreate(self, name, prelude=""):
        for suffix in ("", "-journal", "-wal", "-shm"):
            if os.path.exists(self.path(name) + suffix):
                os.unlink(self.path(name) + suffix)
        if prelude:
            database = sqlite3.connect(self.path(name))
            database.executescript(prelude)
            database.close()

    def url(self, name):
        return f"sqlite:///{self.path(name)}"

    alembic_url = url

    def client(self, name):
        return ["sqlite3", "-bail", self.path(name)]

    def keep(self, name):
        shutil.copyfile(self.path(name), self.path(f"{name}_kept"))

    def restore(self, name):
        self.recreate(name)
        shutil.copyfile(self.path(f"{name}_kept"), self.path(name))

    def versions(self, name, table):
        database = sqlite3.connect(self.path(name))
        rows = sorted(row[0] for row in database.execute(f"SELECT version_num FROM {table}"))
        database.close()
        return rows

    def dump(self, name):
        database = sqlite3.connect(self.path(name))
        database.text_factory = lambda value: value.decode("utf-8", "surrogateescape")
        objects = [
            row for row in database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
            # SQLite makes its table of sequences for limbeck's journal.
            if not OWN.match(row[1]) and not OWN.match(row[2]) and row[1] != "sqlite_sequence"
        ]
        schema = "\n".join(f"-- {kind} {name} on {table}\n{sql}" for kind, name, table, sql in objects)
        data = {}
        for kind, table, _, sql in objects:
            if kind == "table" and not (sql or "").upper().startswith("CREATE VIRTUAL"):
                cursor = database.execute(f'SELECT * FROM "{table}"')
                data[table] = {
                    "columns": [column[0] for column in cursor.description],
                    "rows": [[repr(value) for value in row] for row in cursor],
                }
        database.close()
        return schema, data


SERVERS = {"postgresql": Postgres, "mysql": Mariadb, "sqlite": Sqlite}
