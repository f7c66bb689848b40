//! Private PostgreSQL servers, for the whole test process: one that most tests share, and a second for those that need
//! databases in two places.

use std::env;
use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const USER: &str = "limbeck";
/// Not a secret to anybody, but a test fails when limbeck prints it.
pub(crate) const PASSWORD: &str = "hush-hush";
const START_PATIENCE: Duration = Duration::from_secs(60);

/// The server; the first caller starts it.
pub(crate) fn postgres() -> &'static PostgresServer {
    static SERVER: OnceLock<PostgresServer> = OnceLock::new();
    SERVER.get_or_init(|| PostgresServer::start(0))
}

/// Another server, with data, a port and roles of its own; the first caller starts it.
pub(crate) fn second_postgres() -> &'static PostgresServer {
    static SERVER: OnceLock<PostgresServer> = OnceLock::new();
    SERVER.get_or_init(|| PostgresServer::start(6_000))
}

/// A running server in a directory of its own. Nobody stops it: see `WATCHDOG`.
pub(crate) struct PostgresServer {
    programs: PathBuf,
    directory: PathBuf,
    port: u16,
    databases: AtomicU32,
    watchdog: Child,
}

/// A database, and how its owner gets to it; the password is [`PASSWORD`].
#[derive(Debug, Clone)]
pub(crate) struct OwnedDatabase {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) name: String,
}

impl OwnedDatabase {
    /// With the password in it.
    pub(crate) fn url(&self) -> String {
        let Self { host, port, user, name } = self;
        format!("postgres://{user}:{PASSWORD}@{host}:{port}/{name}")
    }
}

/// Makes and runs the server until standard input ends, then removes every trace of it. In between the lines `stop` and
/// `start` do that to it, the first without warning.
///
/// The other end of that input is held by the test process and by nothing else, so the kernel closes it however the
/// process ends: normally, by a panic or by `kill -9`. What follows the first four arguments is put before PostgreSQL's
/// programs, to run them as somebody else.
const WATCHDOG: &str = r#"
directory=$1 programs=$2 port=$3 user=$4
shift 4
exec >"$directory/log" 2>&1
"$@" "$programs/initdb" --no-sync --encoding=UTF8 --locale=C --pgdata "$directory/data" \
    --username "$user" --pwfile "$directory/password" --auth-local=trust --auth-host=scram-sha-256 </dev/null
serve() {
    "$@" "$programs/postgres" -D "$directory/data" \
        -c listen_addresses=127.0.0.1 -c port="$port" -c unix_socket_directories="$directory" \
        -c max_connections=200 -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
        -c dynamic_shared_memory_type=mmap </dev/null &
    server=$!
}
serve "$@"
while read -r word; do
    case $word in
    stop) kill -QUIT "$server"; wait "$server" ;;
    start) serve "$@" ;;
    esac
done
# A server that has only just been started does not hear the first signal.
while kill -QUIT "$server"; do sleep 0.05; done
rm -rf "$directory"
"#;

impl PostgresServer {
    /// `first` tells servers apart: they look for a free port at the same time, and no name of a database is used twice.
    fn start(first: u32) -> Self {
        let programs = find_programs();
        let directory = make_directory();
        let owner = Owner::of(&directory);
        let password_file = directory.join("password");
        fs::write(&password_file, PASSWORD).unwrap();
        owner.give(&directory);
        owner.give(&password_file);

        let port = free_port(first);
        let mut watchdog = Command::new("/bin/sh")
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(&directory)
            .arg(&programs)
            .args([&port.to_string(), USER])
            .args(owner.prefix())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .env("TZ", "UTC")
            .current_dir(&directory)
            // Ctrl-C is for the tests; the watchdog ends after them.
            .process_group(0)
            .spawn()
            .unwrap();
        await_ready(&mut watchdog, &directory);
        Self { programs, directory, port, databases: AtomicU32::new(first), watchdog }
    }

    /// A server that only one test has, which may stop it.
    pub(crate) fn start_own() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = Self::start(9_000 + 300 * COUNT.fetch_add(1, Ordering::Relaxed));
        // What is committed must be there after a restart.
        server.psql("postgres", &format!("ALTER ROLE {USER} SET synchronous_commit = on"));
        server
    }

    /// Stops the server as a crash would, and starts it again after `pause`.
    pub(crate) fn restart(&mut self, pause: Duration) {
        let mut tell = |word: &str| {
            let input = self.watchdog.stdin.as_mut().unwrap();
            writeln!(input, "{word}").unwrap();
        };
        tell("stop");
        let state = self.directory.join("data/postmaster.pid");
        thread::sleep(pause);
        // Of a server that had no time to do it.
        drop(fs::remove_file(state));
        tell("start");
        let started = Instant::now();
        while !is_ready(&self.directory) {
            assert!(started.elapsed() < START_PATIENCE, "{}", self.log());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// A new, empty database: its URL, with a password in it.
    pub(crate) fn create_database(&self) -> String {
        let name = format!("test_{:04}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.psql("postgres", &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// A new, empty database of a role of its own. Nobody else may connect to it or make anything in it.
    pub(crate) fn create_owned_database(&self) -> OwnedDatabase {
        let name = format!("test_{:04}", self.databases.fetch_add(1, Ordering::Relaxed));
        let user = format!("{name}_owner");
        self.psql("postgres", &format!("CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}'"));
        self.psql("postgres", &format!("CREATE DATABASE {name} OWNER {user}"));
        self.psql("postgres", &format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC"));
        self.psql(&name, &format!("ALTER SCHEMA public OWNER TO {user}"));
        self.psql(&name, "REVOKE ALL ON SCHEMA public FROM PUBLIC");
        OwnedDatabase { host: "127.0.0.1".to_owned(), port: self.port, user, name }
    }

    /// The URL of a database that may or may not be there.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{}/{database}", self.port)
    }

    /// The same through the socket, where nobody is asked for a password.
    pub(crate) fn socket_url(&self, database: &str) -> String {
        let Self { directory, port, .. } = self;
        format!("postgres://{USER}@/{database}?host={}&port={port}", directory.display())
    }

    /// Runs one statement as superuser, through the socket.
    pub(crate) fn psql(&self, database: &str, sql: &str) -> String {
        let output = Command::new(self.program("psql"))
            .args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-U", USER, "-d", database, "-h"])
            .arg(&self.directory)
            .args(["-p", &self.port.to_string(), "-c", sql])
            .output()
            .unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The path of one of PostgreSQL's programs, of the version of the server.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// What the server has logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap()
    }
}

/// The directory with `initdb` and `postgres`. Debian keeps it out of `PATH`.
fn find_programs() -> PathBuf {
    let is_complete = |directory: &PathBuf| {
        ["initdb", "postgres", "psql"].iter().all(|name| directory.join(name).exists())
    };
    let chosen: Vec<PathBuf> = match env::var_os("LIMBECK_TEST_PG_BIN") {
        Some(directory) => vec![directory.into()],
        None => {
            let path = env::var_os("PATH").unwrap_or_default();
            env::split_paths(&path).chain(debian_versions()).collect()
        }
    };
    chosen.into_iter().find(is_complete).unwrap_or_else(|| {
        panic!(
            "the programs of a PostgreSQL server (initdb, postgres, psql) were not found: run ./test, which installs \
             them, or name their directory in LIMBECK_TEST_PG_BIN"
        )
    })
}

/// The versions that Debian's packages have installed, the newest first.
fn debian_versions() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir("/usr/lib/postgresql") else { return Vec::new() };
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            Some((path.file_name()?.to_str()?.parse().ok()?, path.join("bin")))
        })
        .collect();
    found.sort_by_key(|&(version, _)| std::cmp::Reverse(version));
    found.into_iter().map(|(_, path)| path).collect()
}

/// In memory where there is a place for it: making a database is ten times faster there.
fn make_directory() -> PathBuf {
    let mut builder = tempfile::Builder::new();
    builder.prefix("limbeck-pg-");
    builder.tempdir_in("/dev/shm").or_else(|_| builder.tempdir()).unwrap().keep()
}

/// Who the server runs as: whoever we are, but PostgreSQL refuses to run as root.
enum Owner {
    Us,
    Other { uid: u32, gid: u32 },
}

impl Owner {
    fn of(directory: &Path) -> Self {
        if fs::metadata(directory).unwrap().uid() != 0 {
            return Self::Us;
        }
        let id = |option: &str, user: &str| -> Option<u32> {
            let output = Command::new("id").args([option, user]).output().ok()?;
            String::from_utf8(output.stdout).ok()?.trim().parse().ok()
        };
        ["postgres", "nobody"]
            .iter()
            .find_map(|user| Some(Self::Other { uid: id("-u", user)?, gid: id("-g", user)? }))
            .expect("tests run by root need a user postgres or nobody to run the server")
    }

    fn give(&self, path: &Path) {
        if let Self::Other { uid, gid } = *self {
            chown(path, Some(uid), Some(gid)).unwrap();
        }
    }

    /// What stands before a command that the owner is to run.
    fn prefix(&self) -> Vec<String> {
        match self {
            Self::Us => Vec::new(),
            Self::Other { uid, gid } => vec![
                "setpriv".to_owned(),
                format!("--reuid={uid}"),
                format!("--regid={gid}"),
                "--clear-groups".to_owned(),
                "--".to_owned(),
            ],
        }
    }
}

/// A free port below those that the kernel hands out by itself, so that no client takes it before the server does.
fn free_port(first: u32) -> u16 {
    let start = std::process::id() * 7 + first;
    (0..1000)
        .map(|n| 20_000 + u16::try_from((start + n) % 12_000).unwrap())
        .find(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok())
        .expect("no free port")
}

/// The server writes its state into the last line of `postmaster.pid`: no need to knock.
fn is_ready(directory: &Path) -> bool {
    let state = fs::read_to_string(directory.join("data/postmaster.pid")).unwrap_or_default();
    state.lines().nth(7).is_some_and(|line| line.trim() == "ready")
}

fn await_ready(watchdog: &mut Child, directory: &Path) {
    let started = Instant::now();
    loop {
        if is_ready(directory) {
            return;
        }
        let log = fs::read_to_string(directory.join("log")).unwrap_or_default();
        let failed = ["FATAL", "initdb: error", "setpriv: ", "postgres: could not"]
            .iter()
            .any(|sign| log.contains(sign));
        if failed || started.elapsed() > START_PATIENCE {
            drop(watchdog.stdin.take());
            panic!("PostgreSQL did not start:\n{log}");
        }
        thread::sleep(Duration::from_millis(5));
    }
}
