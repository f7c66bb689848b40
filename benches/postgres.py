"""A private PostgreSQL server with its usual durability, for as long as the benchmark runs."""

import glob
import os
import pwd
import shutil
import subprocess
import tempfile


class Server:
    def __init__(self):
        found = shutil.which("initdb") or sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))[-1]
        self.bin = os.path.dirname(os.path.realpath(found))
        self.directory = tempfile.mkdtemp(prefix="limbeck-bench-")
        self.aside = 0
        self.drop = []
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.directory, user.pw_uid, user.pw_gid)
            os.chmod(self.directory, 0o755)
            self.drop = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        data = os.path.join(self.directory, "data")
        self.call("initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C")
        with open(os.path.join(data, "postgresql.conf"), "a") as file:
            file.write(f"listen_addresses=''\nunix_socket_directories='{self.directory}'\n")
        self.call("pg_ctl", "-D", data, "-w", "-l", os.path.join(self.directory, "log"), "start")

    def call(self, program, *arguments):
        subprocess.run(
            [*self.drop, os.path.join(self.bin, program), *arguments],
            check=True, stdout=subprocess.DEVNULL, cwd=self.directory,
        )

    def psql(self, *arguments):
        """The command line of psql; Debian's /usr/bin/psql is a slow wrapper."""
        return [
            os.path.join(self.bin, "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1",
            "-h", self.directory, "-U", "postgres", *arguments,
        ]

    def program(self, name, *arguments):
        """The command line of another program of PostgreSQL."""
        return [os.path.join(self.bin, name), "-h", self.directory, "-U", "postgres", *arguments]

    def recreate(self, name):
        """An empty database of this name. The one before is put aside, not dropped: for minutes after many
        files were deleted ext4 is slow to make new ones, which would be charged to whoever comes next."""
        aside = f"{name}_{self.aside}"
        self.aside += 1
        rename = self.psql("-d", "postgres", "-c", f"ALTER DATABASE {name} RENAME TO {aside}")
        subprocess.run(rename, stderr=subprocess.DEVNULL)
        subprocess.run(self.psql("-d", "postgres", "-c", f"CREATE DATABASE {name}"), check=True)

    def url(self, name):
        return f"postgresql://postgres@/{name}?host={self.directory}"

    def stop(self):
        self.call("pg_ctl", "-D", os.path.join(self.directory, "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.directory, ignore_errors=True)
