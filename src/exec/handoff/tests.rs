//! The worker with real Alembic on SQLite.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use super::*;

fn python() -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let python = target.join("test-env/venv/bin/python");
    assert!(python.exists(), "there is no Python with Alembic: run ./test, which makes one");
    python
}

struct Project {
    directory: tempfile::TempDir,
    kept: KeptPython,
}

const ENV: &str = r#"
from alembic import context
from sqlalchemy import create_engine
url = context.config.get_main_option("sqlalchemy.url")
with create_engine(url).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"#;

impl Project {
    fn new(env: &str, revision: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("scripts/versions")).unwrap();
        let database = root.join("app.db");
        fs::write(&database, "").unwrap();
        let ini = format!(
            "[alembic]\nscript_location = {}\nsqlalchemy.url = sqlite:///{}\n",
            root.join("scripts").display(),
            database.display()
        );
        fs::write(root.join("alembic.ini"), ini).unwrap();
        fs::write(root.join("scripts/env.py"), env).unwrap();
        let project = Project { directory, kept: KeptPython::default() };
        project.add("a1", "None", revision);
        project
    }

    fn add(&self, id: &str, down: &str, text: &str) {
        let header = format!(
            "from alembic import op\nimport sqlalchemy as sa\nrevision = '{id}'\ndown_revision = {down}\n"
        );
        let path = self.directory.path().join(format!("scripts/versions/{id}_x.py"));
        fs::write(path, format!("{header}{text}")).unwrap();
    }

    fn database(&self) -> PathBuf {
        fs::canonicalize(self.directory.path().join("app.db")).unwrap()
    }

    fn python(&self, program: &Path) -> PythonProgram {
        PythonProgram {
            program: program.into(),
            origin: ProgramOrigin::Setting,
            config: Some(self.directory.path().join("alembic.ini")),
            toml: None,
            section: "alembic".to_owned(),
            x_arguments: vec!["a=b".to_owned()],
            scratch: None,
        }
    }

    fn run_with(&self, program: &Path, identity: &Identity) -> (Result<(), HandoffError>, String) {
        self.run_revision("a1", program, identity)
    }

    fn run_revision(
        &self,
        revision: &str,
        program: &Path,
        identity: &Identity,
    ) -> (Result<(), HandoffError>, String) {
        let root = self.directory.path();
        let python = self.python(program);
        let path = root.join(format!("scripts/versions/{revision}_x.py"));
        let job = Job {
            revision,
            path: &path,
            function: "upgrade",
            identity,
            is_alone: false,
            own_tables: &[],
        };
        let mut output = String::new();
        let result = self.kept.run(&python, &job, &mut |text| output.push_str(text));
        (result, output)
    }

    fn run(&self) -> (Result<(), HandoffError>, String) {
        self.run_one("a1")
    }

    fn run_one(&self, revision: &str) -> (Result<(), HandoffError>, String) {
        let identity = vec!["sqlite".to_owned(), self.database().display().to_string()];
        self.run_revision(revision, &python(), &identity)
    }

    fn tables(&self) -> String {
        let output = std::process::Command::new(python())
            .args(["-c", "import sqlite3, sys; print([row[0] for row in sqlite3.connect(sys.argv[1]).execute('SELECT name FROM sqlite_master')])"])
            .arg(self.database())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

const UPGRADE: &str =
    "def upgrade():\n    print('hello')\n    op.create_table('t', sa.Column('id', sa.Integer))\n";

#[test]
fn a_revision_runs_and_the_version_table_is_not_touched() {
    let project = Project::new(ENV, UPGRADE);
    let (result, output) = project.run();
    result.unwrap();
    assert_eq!(output, "hello\n");
    assert_eq!(project.tables(), "['t']");
}

#[test]
fn arguments_of_run_migrations_and_of_x_arrive() {
    let env = ENV.replace("run_migrations()", "run_migrations(engine_name='one')");
    let project = Project::new(
        &env,
        "from alembic import context\ndef upgrade(engine_name):\n    print(engine_name, \
         context.get_x_argument(as_dictionary=True))\n",
    );
    let (result, output) = project.run();
    result.unwrap();
    assert_eq!(output, "one {'a': 'b'}\n");
}

#[test]
fn another_database_is_refused_before_anything_runs() {
    let project = Project::new(ENV, UPGRADE);
    let identity = vec!["sqlite".to_owned(), "/elsewhere.db".to_owned()];
    let (result, _) = project.run_with(&python(), &identity);
    let error = result.unwrap_err();
    assert!(matches!(error, HandoffError::OtherDatabase { .. }), "{error}");
    assert!(error.is_before());
    assert_eq!(project.tables(), "[]");
}

#[test]
fn an_exception_of_the_revision_is_told_with_its_traceback() {
    let project = Project::new(ENV, "def upgrade():\n    op.execute('SELECT nothing')\n");
    let (result, output) = project.run();
    let error = result.unwrap_err();
    assert!(matches!(&error, HandoffError::Raised { class, .. } if class == "OperationalError"));
    assert!(!error.is_before() && !error.is_in_doubt());
    assert!(output.contains("Traceback"), "{output}");
}

#[test]
fn whether_a_revision_that_is_asked_to_stop_has_begun_is_told() {
    let interrupted = "raise KeyboardInterrupt\n";
    let revision = format!("def upgrade():\n    {interrupted}");
    let error = Project::new(ENV, &revision).run().0.unwrap_err();
    assert!(matches!(error, HandoffError::Interrupted { .. }), "{error}");
    assert!(!error.is_before() && !error.is_in_doubt());
    let error = Project::new(interrupted, UPGRADE).run().0.unwrap_err();
    assert!(matches!(error, HandoffError::Interrupted { .. }) && error.is_before(), "{error}");
}

#[test]
fn env_py_that_fails_or_does_nothing_is_told_apart() {
    let (result, _) = Project::new("raise KeyError('DATABASE_URL')\n", UPGRADE).run();
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), "before the revision began: KeyError: 'DATABASE_URL'");
    let (result, _) = Project::new("pass\n", UPGRADE).run();
    assert_eq!(result.unwrap_err().to_string(), "env.py has not run the migrations");
}

#[test]
fn python_that_is_killed_within_the_revision_leaves_it_in_doubt() {
    let project = Project::new(ENV, "def upgrade():\n    import os\n    os.kill(os.getpid(), 9)\n");
    let error = project.run().0.unwrap_err();
    assert!(error.is_in_doubt(), "{error}");
    let project = Project::new("import os\nos.kill(os.getpid(), 9)\n", UPGRADE);
    let error = project.run().0.unwrap_err();
    assert!(error.is_before() && !error.is_in_doubt(), "{error}");
}

#[test]
fn an_interpreter_that_is_not_there_or_has_no_alembic() {
    let project = Project::new(ENV, UPGRADE);
    let identity = vec!["sqlite".to_owned(), project.database().display().to_string()];
    let (result, _) = project.run_with(Path::new("/nowhere/python"), &identity);
    assert!(matches!(result, Err(HandoffError::Start { .. })));
    // An environment without packages.
    let bare = project.directory.path().join("bare");
    let made = std::process::Command::new(python())
        .args(["-m", "venv", "--without-pip"])
        .arg(&bare)
        .status()
        .unwrap();
    assert!(made.success());
    let (result, _) = project.run_with(&bare.join("bin/python"), &identity);
    let error = result.unwrap_err();
    assert!(matches!(error, HandoffError::NoAlembic { .. }), "{error}");
    assert!(error.hint().is_some());
}

#[test]
fn another_file_under_the_same_revision_is_refused() {
    let project = Project::new(ENV, UPGRADE);
    let versions = project.directory.path().join("scripts/versions");
    fs::rename(versions.join("a1_x.py"), versions.join("a1_y.py")).unwrap();
    let error = project.run().0.unwrap_err();
    assert!(matches!(error, HandoffError::Environment { .. }), "{error}");
}

/// What says which process it is.
const PID: &str = "import os\ndef upgrade():\n    print('process', os.getpid())\n";

/// Runs three revisions: the first does `first`, the others nothing; env.py begins with `env`. Gives
/// how many processes it took, and all that was printed but for these.
#[track_caller]
fn three(env: &str, first: &str) -> (usize, String) {
    let project = Project::new(&format!("{env}\n{ENV}"), "");
    fs::write(project.directory.path().join("scripts/app.py"), "count = 0\n").unwrap();
    project.add("a1", "None", &format!("{PID}    {first}\n"));
    project.add("b2", "'a1'", PID);
    project.add("c3", "'b2'", PID);
    let mut processes = std::collections::BTreeSet::new();
    let mut output = String::new();
    for revision in ["a1", "b2", "c3"] {
        let (result, printed) = project.run_one(revision);
        result.unwrap();
        let pid = printed.lines().find(|line| line.starts_with("process")).unwrap();
        processes.insert(pid.to_owned());
        for line in printed.split_inclusive('\n').filter(|line| !line.starts_with("process")) {
            output.push_str(line);
        }
    }
    (processes.len(), output)
}

const NOTHING: &str = "pass";

#[test]
fn one_process_runs_one_revision_after_the_other() {
    assert_eq!(three("", NOTHING), (1, String::new()));
    // What modules hold stays, as within one run of Alembic; env.py is run anew.
    let env = "import os, sys\nsys.path.append(os.path.dirname(__file__))\nimport app\napp.count += 1\n\
               print(app.count)\nos.environ['SET_BY_ENV'] = 'x'\n";
    assert_eq!(three(env, NOTHING), (1, "1\n2\n3\n".to_owned()));
    // Connections are closed: those that a pool keeps too.
    let pool = "import sys, sqlalchemy\nif not hasattr(sys, 'kept'):\n    \
                sys.kept = sqlalchemy.create_engine('sqlite:///' + __file__ + '.db')\n\
                sys.kept.connect().close()\n";
    assert_eq!(three(pool, NOTHING), (1, String::new()));
    // Output that does not end its line, and none to be read.
    let (processes, output) = three("", "print('no end', end='')");
    assert_eq!((processes, output.as_str()), (1, "no end"));
    let reads = "\n    try: input()\n    except EOFError: print('nothing to read')";
    assert_eq!(three("", reads), (1, "nothing to read\n".to_owned()));
}

#[test]
fn files_are_loaded_when_env_py_runs_the_migrations() {
    let env = "import os, sys\nsys.path.append(os.path.dirname(__file__))\nimport app\n\
               app.names.append('b')\n";
    let project = Project::new(&format!("{env}{ENV}"), "");
    fs::write(project.directory.path().join("scripts/app.py"), "names = ['a']\n").unwrap();
    project.add("a1", "None", "import app\nprint(app.names)\ndef upgrade():\n    pass\n");
    let (result, printed) = project.run_one("a1");
    result.unwrap();
    assert_eq!(printed, "['a', 'b']\n");
}

/// What they make of modules is not made twice: another process goes on.
#[test]
fn files_are_loaded_once_until_a_revision_comes_again() {
    let project = Project::new(ENV, "");
    let counted = "made = []\ndef upgrade():\n    made.append(1)\n    print(len(made))\n\
                   print('loaded', end=' ')\n";
    project.add("a1", "None", counted);
    project.add("b2", "'a1'", counted);
    let printed = |revision: &str| {
        let (result, printed) = project.run_one(revision);
        result.unwrap();
        printed
    };
    assert_eq!(printed("a1"), "loaded loaded 1\n");
    assert_eq!(printed("b2"), "1\n");
    assert_eq!(printed("a1"), "loaded loaded 1\n");
    assert_eq!(printed("b2"), "1\n");
}

#[test]
fn what_leaves_something_behind_was_the_last_of_its_process() {
    for (what, first) in [
        ("a variable", "os.environ['LEFT'] = 'x'"),
        ("the directory", "os.chdir('/')"),
        ("a handler", "import signal; signal.signal(signal.SIGUSR1, signal.SIG_IGN)"),
        (
            "a thread",
            "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start()",
        ),
        ("a socket", "import socket, sys; sys.left = socket.socket()"),
        (
            "a connection",
            "import sys; sys.left = sa.create_engine(op.get_bind().engine.url).connect()",
        ),
        ("a stream", "import io, sys; sys.stdout = io.StringIO()"),
        ("a handler of logs", "import logging; logging.basicConfig()"),
    ] {
        assert_eq!(three("", first), (2, String::new()), "{what}");
    }
}

#[test]
fn env_py_that_cannot_run_twice_in_a_process_gets_another() {
    // Nothing is seen of the attempt.
    let raises = "import sys\nprint('env')\nassert not hasattr(sys, 'once')\nsys.once = 1\n";
    assert_eq!(three(raises, NOTHING), (3, "env\n".repeat(3)));
    let elsewhere =
        "import os\nos.environ['N'] = os.environ.get('N', '') + 'x'\nprint(os.environ['N'])\n";
    assert_eq!(three(elsewhere, NOTHING), (3, "x\n".repeat(3)));
    let handlers = "import logging, sys\nlogging.getLogger().addHandler(logging.NullHandler())\n";
    assert_eq!(three(handlers, NOTHING).0, 3);
    let ends = "import os, sys\nif hasattr(sys, 'once'): os._exit(3)\nsys.once = 1\n";
    assert_eq!(three(ends, NOTHING), (3, String::new()));
}

#[test]
fn loggers_speak_in_every_revision_that_runs() {
    let env = "import logging, logging.config, sys\n\
               logging.config.dictConfig({'version': 1, 'root': {'level': 'INFO', 'handlers': ['h']}, \
               'handlers': {'h': {'class': 'logging.StreamHandler'}}})\n\
               sys.log = logging.getLogger('app')\n";
    let project = Project::new(&format!("{env}{ENV}"), "");
    let speak = "def upgrade():\n    import sys\n    sys.log.info('here')\n";
    project.add("a1", "None", speak);
    project.add("b2", "'a1'", speak);
    assert_eq!(project.run_one("a1").1, "here\n");
    assert_eq!(project.run_one("b2").1, "here\n");
}

#[test]
fn behind_one_that_has_ended_another_process_goes_on() {
    for end in ["os._exit(3)", "os.kill(os.getpid(), 9)", "raise SystemExit(3)", "op.execute('?')"]
    {
        let project = Project::new(ENV, &format!("import os\ndef upgrade():\n    {end}\n"));
        project.add("b2", "'a1'", UPGRADE);
        let error = project.run_one("a1").0.unwrap_err();
        let is_doubt = end.starts_with("os.");
        assert_eq!(error.is_in_doubt(), is_doubt, "{end}: {error}");
        let (result, output) = project.run_one("b2");
        result.unwrap();
        assert_eq!(output, "hello\n");
    }
}

/// Connections that a function of the project's own makes do not go to a scratch database.
#[test]
fn a_connection_that_cannot_be_led_elsewhere_is_refused() {
    let text = ENV.replace(
        "create_engine(url)",
        "create_engine('sqlite://', creator=lambda: __import__('sqlite3').connect(url[10:]))",
    );
    let project = Project::new(&text, UPGRADE);
    project.run().0.unwrap();
    assert_eq!(project.tables(), "['t']");
    let place: DatabaseUrl =
        format!("sqlite:///{}", project.directory.path().join("scratch.db").display())
            .parse()
            .unwrap();
    let scratch = Redirection { place, stands_for: None, elsewhere: None };
    let python = PythonProgram { scratch: Some(scratch), ..project.python(&python()) };
    let path = project.directory.path().join("scripts/versions/a1_x.py");
    let identity = vec!["sqlite".to_owned(), project.database().display().to_string()];
    let (function, own_tables) = ("upgrade", &[]);
    let job = Job {
        revision: "a1",
        path: &path,
        function,
        identity: &identity,
        is_alone: false,
        own_tables,
    };
    let error = project.kept.run(&python, &job, &mut |_| ()).unwrap_err();
    assert!(error.is_before() && error.to_string().contains("creator="), "{error}");
}

/// What env.py leaves open is lost when its connection closes, as with Alembic, which loses the row of
/// the version with it.
#[test]
fn what_env_py_does_not_commit_is_told() {
    let begun = ENV.replace(
        "    context.configure",
        "    connection.exec_driver_sql('SELECT 1')\n    context.configure",
    );
    let insert = "def upgrade():\n    op.execute('CREATE TABLE t (id INTEGER)')\n    \
                  op.execute('INSERT INTO t VALUES (1)')\n";
    let project = Project::new(&begun, insert);
    project.add("b2", "'a1'", UPGRADE);
    let error = project.run().0.unwrap_err();
    assert_eq!(error.to_string(), "env.py has not committed what the revision a1 did");
    assert!(!error.is_before() && !error.is_in_doubt());
    // That of one revision is not that of the next.
    fs::write(project.directory.path().join("scripts/env.py"), ENV).unwrap();
    fs::write(project.database(), "").unwrap();
    project.run_one("b2").0.unwrap();
    for env in [
        format!("{begun}    connection.commit()\n"),
        begun.replace("create_engine(url)", "create_engine(url, isolation_level='AUTOCOMMIT')"),
        ENV.replace(".connect()", ".begin()"),
    ] {
        Project::new(&env, insert).run().0.unwrap();
    }
    let undone = ENV.replace(".connect()", ".begin()") + "    connection.rollback()\n";
    let error = Project::new(&undone, insert).run().0.unwrap_err();
    assert!(matches!(error, HandoffError::NotCommitted { .. }), "{error}");
}

/// A project that closes what it does not know, and whose database gets the numbers.
#[test]
fn descriptors_that_the_project_closes() {
    let closes = |range: &str| format!("import os\nos.closerange({range})\n{ENV}");
    let project = Project::new(&closes("3, 200"), UPGRADE);
    project.run().0.unwrap();
    assert_eq!(project.tables(), "['t']");
    let project = Project::new(&closes("3, 5000"), UPGRADE);
    let (result, output) = project.run();
    let error = result.unwrap_err();
    assert!(error.is_before() && !error.is_in_doubt(), "{error}");
    assert!(output.contains("closes descriptors that are not its own"), "{output}");
    assert_eq!(project.tables(), "[]");
}
