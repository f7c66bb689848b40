//! Revisions rendered offline by limbeck and by real Alembic: the texts are equal.
//!
//! Real Alembic is that of `target/test-env/venv` (or of the variable `LIMBECK_TEST_PYTHON`);
//! without it the comparison is skipped.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may fail, and says what it compared"
)]

use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use limbeck_alembic::eval::Failure;
use limbeck_alembic::sa::offline::Direction;
use limbeck_alembic::sa::offline::render;
use limbeck_alembic::stdlib;
use limbeck_schema::Target;
use limbeck_schema::table::NamingConvention;

mod live;
mod random;

const ORACLE: &str = include_str!("oracle.py");
const CORPUS: &[(&str, &str)] = &[
    ("directives", include_str!("directives.txt")),
    ("types", include_str!("types.txt")),
    ("constructs", include_str!("constructs.txt")),
];

const IMPORTS: &str = "import sqlalchemy as sa\nfrom alembic import op\n\
    from sqlalchemy.dialects import mysql, postgresql, sqlite\n";

const NAMING: &[(&str, &str)] = &[
    ("ix", "ix_%(column_0_label)s"),
    ("uq", "uq_%(table_name)s_%(column_0_name)s"),
    ("ck", "ck_%(table_name)s_%(constraint_name)s"),
    ("fk", "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"),
    ("pk", "pk_%(table_name)s"),
];

struct Case {
    name: String,
    dialect: &'static str,
    with_naming: bool,
    source: String,
}

pub(crate) fn python() -> Option<PathBuf> {
    if let Some(python) = std::env::var_os("LIMBECK_TEST_PYTHON") {
        return Some(python.into());
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?;
    let python = target.join("test-env/venv/bin/python");
    python.exists().then_some(python)
}

fn ask(python: &Path, cases: &[Case]) -> Vec<serde_json::Value> {
    let mut child = Command::new(python)
        .args(["-c", ORACLE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines: Vec<String> = cases
        .iter()
        .map(|case| {
            let naming = case.with_naming.then(|| {
                NAMING.iter().map(|(k, v)| ((*k).to_owned(), serde_json::Value::from(*v))).collect()
            });
            let naming = serde_json::Value::Object(naming.unwrap_or_default());
            serde_json::json!([case.dialect, naming, case.source]).to_string()
        })
        .collect();
    let writer = std::thread::spawn(move || {
        for line in lines {
            writeln!(input, "{line}").unwrap();
        }
    });
    let answers = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    writer.join().unwrap();
    child.wait().unwrap();
    answers
}

fn ours(case: &Case) -> Result<Vec<String>, Failure> {
    let target = match case.dialect {
        "postgresql" => Target::postgresql(),
        "sqlite" => Target::sqlite(),
        _ => Target::mysql(),
    };
    let naming = if case.with_naming {
        NamingConvention::from_entries(NAMING.iter().copied())
    } else {
        NamingConvention::default()
    };
    render(&case.source, "revision.py", Direction::Upgrade, &target, &naming, &stdlib::register)
}

fn summary(failure: &Failure) -> String {
    match failure {
        Failure::Raised { summary, .. } => summary.clone(),
        other => format!("!! {other}"),
    }
}

fn texts(answer: &serde_json::Value) -> Vec<String> {
    answer.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The statements with indexes and constraints that follow each other sorted: Alembic walks over
/// Python sets of them, in an order that differs from run to run.
fn in_order(statements: &[String]) -> Vec<String> {
    let is_index =
        |sql: &String| sql.starts_with("CREATE INDEX") || sql.starts_with("CREATE UNIQUE INDEX");
    let mut made: Vec<String> = Vec::new();
    let is_added = |sql: &String| {
        sql.starts_with("ALTER TABLE")
            && (sql.contains(" ADD UNIQUE") || sql.contains(" ADD CONSTRAINT"))
    };
    let same = |a: &String, b: &String| is_index(a) && is_index(b) || is_added(a) && is_added(b);
    for run in statements.chunk_by(same) {
        let mut run = run.to_vec();
        run.sort_unstable();
        made.extend(run);
    }
    made
}

/// Where SQLAlchemy fails on a type of another dialect by accident.
const ACCIDENTS: &[(&str, &str)] = &[
    ("types: mysql BIT(3)", "postgresql"),
    ("types: mysql SET('a','b')", "postgresql"),
    ("types: mysql SET('a','b')", "sqlite"),
];

fn compare(cases: &[Case]) {
    let Some(python) = python() else { return };
    let answers = ask(&python, cases);
    assert_eq!(answers.len(), cases.len());
    let mut wrong = Vec::new();
    let mut raised = 0;
    for (case, answer) in cases.iter().zip(&answers) {
        let ours = ours(case);
        let is_equal = match (&ours, answer.get("statements")) {
            (Ok(ours), Some(theirs)) => in_order(ours) == in_order(&texts(theirs)),
            (Err(Failure::Raised { class, .. }), None) => {
                raised += 1;
                class.rsplit('.').next() == answer["error"].as_str()
            }
            _ => false,
        };
        let is_accident =
            ACCIDENTS.iter().any(|(name, dialect)| *name == case.name && *dialect == case.dialect);
        if !is_equal && !is_accident {
            let ours = match ours {
                Ok(statements) => format!("{statements:#?}"),
                Err(failure) => summary(&failure),
            };
            wrong.push(format!(
                "== {} on {}\n{}\nlimbeck: {ours}\nalembic: {answer:#}",
                case.name, case.dialect, case.source
            ));
        }
    }
    println!("{} compared, {raised} of them errors in both", cases.len());
    let count = wrong.len();
    let shown: Vec<String> = wrong.into_iter().take(400).collect();
    assert!(shown.is_empty(), "{count} differ:\n{}", shown.join("\n"));
}

/// The revisions of a corpus file: `#### name` begins one, `#### name ::: module` one that is a
/// whole file.
pub(crate) fn revisions(text: &str) -> Vec<(String, String)> {
    let mut made = Vec::new();
    for part in text.split("#### ").skip(1) {
        let (name, body) = part.split_once('\n').unwrap();
        let source = match name.strip_suffix(" ::: module") {
            Some(_) => format!("{IMPORTS}{body}"),
            None => {
                let body: String = body.lines().map(|line| format!("    {line}\n")).collect();
                format!("{IMPORTS}\ndef upgrade():\n{body}    pass\n")
            }
        };
        made.push((name.to_owned(), source));
    }
    made
}

#[test]
fn the_corpus_is_rendered_as_alembic_renders_it() {
    let mut cases = Vec::new();
    for (file, text) in CORPUS {
        for (name, source) in revisions(text) {
            for dialect in ["postgresql", "sqlite", "mysql"] {
                for with_naming in [false, true] {
                    cases.push(Case {
                        name: format!("{file}: {name}"),
                        dialect,
                        with_naming,
                        source: source.clone(),
                    });
                }
            }
        }
    }
    compare(&cases);
}

#[test]
fn random_revisions_are_rendered_as_alembic_renders_them() {
    let count = std::env::var("LIMBECK_RANDOM_REVISIONS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(300);
    let mut cases = Vec::new();
    for seed in 0..count {
        let (dialect, source) = random::revision(seed);
        let source = format!("{IMPORTS}\ndef upgrade():\n{source}");
        cases.push(Case {
            name: format!("seed {seed}"),
            dialect,
            with_naming: seed % 5 == 0,
            source,
        });
    }
    compare(&cases);
}

#[test]
fn what_is_not_known_is_unsupported_with_its_name() {
    let failure = |body: &str| {
        let source = format!("{IMPORTS}def upgrade():\n    {body}\n");
        let target = Target::postgresql();
        let naming = NamingConvention::default();
        render(&source, "revision.py", Direction::Upgrade, &target, &naming, &stdlib::register)
            .unwrap_err()
    };
    for (body, what) in [
        ("sa.nonsense()", "sqlalchemy.nonsense"),
        ("op.create_view('v')", "alembic.op.create_view"),
        ("postgresql.NOTHING()", "sqlalchemy.dialects.postgresql.NOTHING"),
        (
            "op.bulk_insert(sa.table('t', sa.column('a', sa.PickleType())), [{'a': 1}])",
            "a value of the type PickleType",
        ),
    ] {
        match failure(body) {
            Failure::Unsupported(unsupported) => assert_eq!(unsupported.what, what),
            other => panic!("{body}: {other:?}"),
        }
    }
}
