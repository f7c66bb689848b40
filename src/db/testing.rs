//! A private PostgreSQL server for the tests of this module: started once per test process, in
//! memory where possible, and ended with it.

#[path = "../../tests/support/mariadb.rs"]
#[allow(dead_code, reason = "the tests of the command line use more of it")]
mod mariadb;

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;

use super::DatabaseUrl;

/// Ends the server when its standard input closes, that is when the test process ends, in
/// whatever way: nothing of the process itself runs then.
const WATCHDOG: &str = r#"
    trap '' INT TERM
    read -r line
    pid=$(head -n 1 "$1/data/postmaster.pid")
    kill -QUIT "$pid"
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.05; done
    rm -rf "$1"
"#;

/// The running server.
pub(crate) struct Server {
    directory: PathBuf,
    databases: AtomicU32,
    /// The server and the watchdog, whose input keeps it waiting. Neither is waited for: they
    /// outlive this process by a moment.
    _children: [Child; 2],
}

/// The URL of a new, empty database on the MariaDB server of this test process.
pub(crate) fn new_mysql_database() -> DatabaseUrl {
    mariadb::mariadb().create_database().parse().unwrap()
}

/// The server of this test process.
pub(crate) fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

impl Server {
    /// The URL of a new, empty database.
    pub(crate) fn new_database(&self) -> DatabaseUrl {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.administer(&format!("CREATE DATABASE {name}"));
        self.url(&format!("postgres@/{name}"))
    }

    /// The URL of `user@/database` or `user:password@/database` on this server.
    pub(super) fn url(&self, what: &str) -> DatabaseUrl {
        let directory = self.directory.display();
        format!("postgresql://{what}?host={directory}").parse().unwrap()
    }

    /// Runs SQL as the superuser, outside the database under test.
    pub(super) fn administer(&self, sql: &str) {
        connection(&self.url("postgres@/postgres")).batch_execute(sql).unwrap();
    }

    fn start() -> Server {
        let binaries = find_binaries();
        let directory = new_directory();
        // First of all, so that nothing is left behind when a later step fails.
        let watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let is_root = text(&run(Command::new("id").arg("-u"))).trim() == "0";
        if is_root {
            // PostgreSQL refuses to run as root.
            run(Command::new("chown").arg("postgres:postgres").arg(&directory));
        }
        let data = directory.join("data");
        run(command(&binaries, "initdb", is_root).arg("-D").arg(&data).args([
            "-A",
            "trust",
            "-U",
            "postgres",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
        ]));
        let settings = format!(
            "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n\
             listen_addresses = ''\nunix_socket_directories = '{}'\nlog_statement = 'none'\n\
             deadlock_timeout = 200ms\nmax_connections = 100\n",
            directory.display()
        );
        append(&data.join("postgresql.conf"), &settings);
        let rules = "local all secured scram-sha-256\nlocal all all trust\n";
        fs::write(data.join("pg_hba.conf"), rules).unwrap();
        let log = fs::File::create(directory.join("log")).unwrap();
        let postgres = command(&binaries, "postgres", is_root)
            .arg("-D")
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let server =
            Server { directory, databases: AtomicU32::new(0), _children: [postgres, watchdog] };
        server.wait();
        server
    }

    fn wait(&self) {
        let url = self.url("postgres@/postgres").expose();
        let begun = Instant::now();
        while let Err(error) = PgConnection::establish(&url) {
            if begun.elapsed() > Duration::from_secs(30) {
                let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
                panic!("PostgreSQL does not start: {error}\n{log}");
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A new directory in memory, or where that cannot be, on the disk.
fn new_directory() -> PathBuf {
    let name = format!("limbeck-test-pg-{}", std::process::id());
    let made =
        ["/dev/shm", "/tmp"].iter().map(|parent| Path::new(parent).join(&name)).find(|path| {
            // Of a process that had the same number and was killed together with its watchdog.
            drop(fs::remove_dir_all(path));
            fs::create_dir(path).is_ok()
        });
    made.expect("neither /dev/shm nor /tmp is writable")
}

/// A plain connection, to act as another program.
pub(crate) fn connection(url: &DatabaseUrl) -> PgConnection {
    PgConnection::establish(&url.expose()).unwrap()
}

/// A command of PostgreSQL, as the user `postgres` where this process is root.
fn command(binaries: &Path, name: &str, is_root: bool) -> Command {
    let program = binaries.join(name);
    if !is_root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    // The current directory may be closed to that user.
    command.current_dir("/");
    command
}

/// `LIMBECK_TEST_PG_BIN`, or the newest of Debian's directories.
fn find_binaries() -> PathBuf {
    if let Some(path) = std::env::var_os("LIMBECK_TEST_PG_BIN") {
        return path.into();
    }
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("bin/initdb").exists())
        .map(|path| {
            let version = path.file_name().and_then(|name| name.to_str()?.parse().ok());
            (version.unwrap_or(0), path.join("bin"))
        })
        .collect();
    versions.sort();
    match versions.pop() {
        Some((_, path)) => path,
        None => panic!(
            "no PostgreSQL server is installed, and this test needs one: run the tests with \
             ./test, which finds or installs it, or set LIMBECK_TEST_PG_BIN to the directory of \
             its initdb and postgres"
        ),
    }
}

fn append(path: &Path, text: &str) {
    let old = fs::read_to_string(path).unwrap_or_default();
    // The file belongs to `postgres` and stays its own, as its contents are replaced in place.
    fs::write(path, old + text).unwrap();
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}
