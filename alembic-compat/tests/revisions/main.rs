//! Revisions rendered offline by limbeck and by real Alembic: the texts are equal.
//!
//! Real Alembic is that of `target/test-env/venv`, which `./test --setup` makes, or of the variable
//! `LIMBECK_TEST_PYTHON`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may fail, and says what it compared"
)]

use limbeck_alembic::eval::Failure;
use limbeck_alembic::sa::offline::Direction;
use limbeck_alembic::sa::offline::render;
use limbeck_alembic::stdlib;
use limbeck_schema::Sqlalchemy;
use limbeck_schema::Target;
use limbeck_schema::table::NamingConvention;

mod live;
mod objects;
mod random;
#[path = "../../../tests/support/real_python.rs"]
mod real_python;

use real_python::Answering;

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

fn ask(cases: &[Case]) -> Vec<serde_json::Value> {
    let mut alembic = Answering::start(ORACLE);
    cases
        .iter()
        .map(|case| {
            let naming = case.with_naming.then(|| {
                NAMING.iter().map(|(k, v)| ((*k).to_owned(), serde_json::Value::from(*v))).collect()
            });
            let naming = serde_json::Value::Object(naming.unwrap_or_default());
            let question = serde_json::json!([case.dialect, naming, case.source]).to_string();
            serde_json::from_str(&alembic.ask(&question)).unwrap()
        })
        .collect()
}

fn ours(case: &Case) -> Result<Vec<String>, Failure> {
    let target = match case.dialect {
        "postgresql" => Target::postgresql(),
        "sqlite" => Target::sqlite(),
        _ => Target::mysql(),
    };
    let target = if real_python::is_sqlalchemy_2_0() {
        target.with_sqlalchemy(Sqlalchemy::V20)
    } else {
        target
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
    let added = [" ADD UNIQUE", " ADD CONSTRAINT", " ADD FOREIGN KEY", " ADD CHECK"];
    let is_added = |sql: &String| {
        sql.starts_with("ALTER TABLE") && added.iter().any(|added| sql.contains(added))
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
    let answers = ask(cases);
    assert_eq!(answers.len(), cases.len());
    let mut wrong = Vec::new();
    let mut raised = 0;
    for (case, answer) in cases.iter().zip(&answers) {
        let ours = ours(case);
        let is_equal = match (&ours, answer.get("statements")) {
            (Ok(ours), Some(theirs)) => in_order(ours) == in_order(&texts(theirs)),
            (Err(Failure::Raised { class, .. }), None) => {
                raised += 1;
                let theirs = answer["error"].as_str();
                // Where Alembic itself breaks, it is enough that both do.
                class.rsplit('.').next() == theirs || theirs == Some("AttributeError")
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
    let shown: Vec<String> = wrong.into_iter().take(4000).collect();
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

/// `str(type)` and `repr(type)`, which code compares and prints.
#[test]
fn types_are_shown_as_sqlalchemy_shows_them() {
    let mut cases = Vec::new();
    for (name, source) in revisions(include_str!("types.txt")) {
        let column = "op.add_column('t', sa.Column('c', ";
        let Some((before, after)) = source.split_once(column) else { continue };
        let Some((sql_type, after)) = after.split_once("))\n") else { continue };
        let source = format!("{before}op.execute(str({sql_type}))\n{after}");
        cases.push(Case {
            name: format!("str: {name}"),
            dialect: "sqlite",
            with_naming: false,
            source,
        });
    }
    assert!(cases.len() > 100);
    compare(&cases);
}

/// At least 20,000 calls; `LIMBECK_RANDOM_CALLS` asks for more.
#[test]
fn random_revisions_are_rendered_as_alembic_renders_them() {
    let wanted = std::env::var("LIMBECK_RANDOM_CALLS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(20_000);
    let mut cases = Vec::new();
    let mut calls = 0;
    for seed in 0.. {
        if calls >= wanted {
            break;
        }
        let (dialect, body, count) = random::revision(seed);
        calls += count;
        let source = format!("{IMPORTS}import datetime\nimport uuid\n\ndef upgrade():\n{body}");
        cases.push(Case {
            name: format!("seed {seed}"),
            dialect,
            with_naming: seed % 5 == 0,
            source,
        });
    }
    compare(&cases);
}

/// Which class it leads to may be said by a name, a function or an annotation, before that class
/// is there or behind it.
#[test]
fn what_a_relationship_gives_to_the_other_class_is_refused_there() {
    let other = "class Other(Base):\n    __tablename__ = 'o'\n    id = sa.Column(sa.Integer, primary_key=True)\n";
    for target in [
        "'Other', backref='things'",
        "'models.Other', backref=orm.backref('things')",
        "lambda: Other, backref='things'",
        "argument='Other', backref='things'",
        "backref='things'",
    ] {
        let thing = format!(
            "class Thing(Base):\n    __tablename__ = 't'\n    id = sa.Column(sa.Integer, primary_key=True)\n    \
             other: orm.Mapped['Other'] = orm.relationship({target})\n"
        );
        for classes in [format!("{other}{thing}"), format!("{thing}{other}")] {
            let source = format!(
                "{IMPORTS}from sqlalchemy import orm\nBase = orm.declarative_base()\n{classes}\
                 def upgrade():\n    Other().things\n"
            );
            let (target, naming) = (Target::postgresql(), NamingConvention::default());
            let ours =
                render(&source, "r.py", Direction::Upgrade, &target, &naming, &stdlib::register);
            match ours {
                Err(Failure::Unsupported(unsupported)) => {
                    assert_eq!(unsupported.what, "reading the relationship 'things'");
                }
                other => panic!("{source}\n{other:?}"),
            }
        }
    }
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
        ("sa.Column('a', quote=True)", "Column(quote=…)"),
        ("sa.Table('Order', sa.MetaData(), quote=False)", "Table(quote=…)"),
        ("sa.quoted_name('a', True)", "quoted_name(…, quote)"),
        ("nonsense\nfrom sqlalchemy import *", "'nonsense', which may be of 'sqlalchemy'"),
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

/// What SQLAlchemy 2.0.58 writes otherwise than 2.1.9: dialect, code, and what its Alembic answered.
#[test]
fn the_texts_of_sqlalchemy_2_0_are_those_of_its_alembic() {
    let cases: Vec<(String, String, serde_json::Value)> =
        serde_json::from_str(include_str!("sqlalchemy_2_0.json")).unwrap();
    for (dialect, body, theirs) in cases {
        let target = match dialect.as_str() {
            "postgresql" => Target::postgresql(),
            "sqlite" => Target::sqlite(),
            _ => Target::mysql(),
        };
        let target = target.with_sqlalchemy(Sqlalchemy::V20);
        let source = format!("{IMPORTS}def upgrade():\n    {body}\n");
        let naming = NamingConvention::default();
        let ours =
            render(&source, "revision.py", Direction::Upgrade, &target, &naming, &stdlib::register);
        match (ours, theirs.get("statements")) {
            (Ok(ours), Some(theirs)) => assert_eq!(ours, texts(theirs), "{body}"),
            (Err(Failure::Raised { class, .. }), None) => {
                assert_eq!(class.rsplit('.').next(), theirs["error"].as_str(), "{body}");
            }
            (ours, _) => panic!("{body}: {ours:?}"),
        }
    }
}
