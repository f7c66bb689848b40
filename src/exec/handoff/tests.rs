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
        let header = "from alembic import op\nimport sqlalchemy as sa\nrevision = 'a1'\ndown_revision = None\n";
        fs::write(root.join("scripts/versions/a1_x.py"), format!("{header}{revision}")).unwrap();
        Project { directory }
    }

    fn database(&self) -> PathBuf {
        fs::canonicalize(self.directory.path().join("app.db")).unwrap()
    }

    fn run_with(&self, program: &Path, identity: &Identity) -> (Result<(), HandoffError>, String) {
        let root = self.directory.path();
        let python = PythonProgram {
            program: program.into(),
            origin: ProgramOrigin::Setting,
            config: Some(root.join("alembic.ini")),
            toml: None,
            section: "alembic".to_owned(),
            x_arguments: vec!["a=b".to_owned()],
            scratch: None,
        };
        let path = root.join("scripts/versions/a1_x.py");
        let job =
            Job { revision: "a1", path: &path, function: "upgrade", identity, own_tables: &[] };
        let mut output = String::new();
        let result = run(&python, &job, &mut |text| output.push_str(text));
        (result, output)
    }

    fn run(&self) -> (Result<(), HandoffError>, String) {
        let identity = vec!["sqlite".to_owned(), self.database().display().to_string()];
        self.run_with(&python(), &identity)
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
