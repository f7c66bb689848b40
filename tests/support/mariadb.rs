//! A private MariaDB server, one for the whole test process.
//!
//! `LIMBECK_TEST_MYSQL=PORT:SOCKET` names a server that runs already, such as one of MySQL itself. Its root must need no
//! password there; a user `limbeck` is made, and databases `test_…` are made and left behind.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const USER: &str = "limbeck";
/// The same as on PostgreSQL: a test fails when limbeck prints it.
const PASSWORD: &str = "hush-hush";
const START_PATIENCE: Duration = Duration::from_secs(90);

/// The server; the first caller starts it.
pub(crate) fn mariadb() -> &'static MariadbServer {
    static SERVER: OnceLock<MariadbServer> = OnceLock::new();
    SERVER.get_or_init(|| match env::var("LIMBECK_TEST_MYSQL") {
        Ok(address) => MariadbServer::running(&address),
        Err(_) => MariadbServer::start(&[]),
    })
}

/// A running server in a directory of its own. Nobody stops it: see `WATCHDOG`.
pub(crate) struct MariadbServer {
    directory: PathBuf,
    socket: PathBuf,
    port: u16,
    databases: AtomicU32,
    _watchdog: Option<Child>,
}

/// Makes and runs the server until standard input ends, then removes every trace of it.
///
/// The other end of that input is held by the test process and by nothing else, so the kernel closes it however the
/// process ends: normally, by a panic or by `kill -9`. What follows the first three arguments is for the server.
const WATCHDOG: &str = r#"
directory=$1 server_program=$2 port=$3
shift 3
exec >"$directory/log" 2>&1
# A server that starts removes the temporary tables that it finds there, also those of another one.
export TMPDIR="$directory"

mariadb-install-db --no-defaults --datadir="$directory/data" --auth-root-authentication-method=normal \
    --skip-test-db --user="$(id -un)" --innodb-log-file-size=4M --innodb-flush-method=nosync </dev/null >/dev/null \
    || echo "mariadb-install-db failed"
"$server_program" --no-defaults --datadir="$directory/data" --user="$(id -un)" \
    --port="$port" --bind-address=127.0.0.1 --socket="$directory/socket" --pid-file="$directory/pid" \
    --skip-name-resolve --skip-log-bin --max-connections=200 --performance-schema=0 \
    --innodb-flush-log-at-trx-commit=0 --innodb-flush-method=nosync --innodb-doublewrite=0 \
    --innodb-log-file-size=4M --innodb-buffer-pool-size=16M --general-log-file="$directory/general" "$@" </dev/null &
server=$!
cat
# In memory and for nobody: there is nothing to put in order.
kill -KILL "$server"
wait "$server"
rm -rf "$directory"
"#;

impl MariadbServer {
    /// Starts a server with these options besides the usual ones.
    pub(crate) fn start(options: &[&str]) -> Self {
        let program = find_server();
        let directory = make_directory();
        let port = free_port();
        let mut watchdog = Command::new("/bin/sh")
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(&directory)
            .arg(program)
            .arg(port.to_string())
            .args(options)
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
        let server = Self {
            socket: directory.join("socket"),
            directory,
            port,
            databases: AtomicU32::new(0),
            _watchdog: Some(watchdog),
        };
        server.make_user();
        server
    }

    /// A server that is there already, at `port:socket`.
    fn running(address: &str) -> Self {
        let (port, socket) = address.split_once(':').expect("LIMBECK_TEST_MYSQL is PORT:SOCKET");
        let server = Self {
            directory: env::temp_dir(),
            socket: socket.into(),
            port: port.parse().expect("LIMBECK_TEST_MYSQL is PORT:SOCKET"),
            // Databases of earlier runs are there still.
            databases: AtomicU32::new(std::process::id() * 1000),
            _watchdog: None,
        };
        server.make_user();
        server
    }

    fn make_user(&self) {
        self.sql(
            "mysql",
            &format!(
                "CREATE USER IF NOT EXISTS {USER}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'; \
                 GRANT ALL ON *.* TO {USER}@'127.0.0.1' WITH GRANT OPTION"
            ),
        );
    }

    /// A new, empty database: its URL, with a password in it.
    pub(crate) fn create_database(&self) -> String {
        let name = format!("test_{:04}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("mysql", &format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"));
        self.url(&name)
    }

    /// The URL of a database that may or may not be there.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("mysql://{USER}:{PASSWORD}@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs statements as root, through the socket; the rows they give, with `|` between columns.
    pub(crate) fn sql(&self, database: &str, sql: &str) -> String {
        let output = Command::new("mariadb")
            .args(["--no-defaults", "--batch", "--skip-column-names", "--user=root"])
            .arg(format!("--socket={}", self.socket.display()))
            .args([&format!("--database={database}"), "--execute", sql])
            .output()
            .unwrap_or_else(|e| panic!("mariadb: {e}: run ./test, which installs it"));
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout)
            .unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect())
            .replace('\t', "|")
    }

    /// Everything that clients have sent since this was called first.
    pub(crate) fn statements(&self) -> String {
        self.sql("mysql", "SET GLOBAL general_log = 1");
        let bytes = fs::read(self.directory.join("general")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// What the server has logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap()
    }
}

/// Debian keeps the server where only root looks for programs.
fn find_server() -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/libexec", "/usr/local/sbin"].map(PathBuf::from))
        .map(|directory| directory.join("mariadbd"))
        .find(|program| program.exists())
        .unwrap_or_else(|| panic!("mariadbd was not found: run ./test, which installs it"))
}

/// In memory where there is a place for it: DDL is twenty times faster there.
fn make_directory() -> PathBuf {
    let mut builder = tempfile::Builder::new();
    builder.prefix("limbeck-my-");
    builder.tempdir_in("/dev/shm").or_else(|_| builder.tempdir()).unwrap().keep()
}

/// A free port below those that the kernel hands out by itself, so that no client takes it before the server does.
fn free_port() -> u16 {
    let start = std::process::id();
    (0..1000)
        .map(|n| 20_000 + u16::try_from((start * 11 + 5000 + n) % 12_000).unwrap())
        .find(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok())
        .expect("no free port")
}

fn await_ready(watchdog: &mut Child, directory: &Path) {
    let started = Instant::now();
    loop {
        let log = fs::read_to_string(directory.join("log")).unwrap_or_default();
        if log.contains("ready for connections") && directory.join("socket").exists() {
            return;
        }
        let failed = ["install-db failed", "[ERROR] Aborting", "not found"]
            .iter()
            .any(|sign| log.contains(sign));
        if failed || started.elapsed() > START_PATIENCE {
            drop(watchdog.stdin.take());
            panic!("MariaDB did not start:\n{log}");
        }
        thread::sleep(Duration::from_millis(10));
    }
}
