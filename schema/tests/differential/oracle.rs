//! Real Alembic, which compiles the same calls.

#[path = "../../../tests/support/real_python.rs"]
mod real_python;

use limbeck_schema::Dialect;
use limbeck_schema::Flavour;
use limbeck_schema::Sqlalchemy;
use limbeck_schema::Target;

use crate::Case;
use real_python::Answering;

/// Reads one JSON list `[dialect, naming, source]` a line and answers with one.
const PROGRAM: &str = r#"
import json, sys, warnings
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.ddl.impl import DefaultImpl
from alembic import util
seen = []
original = DefaultImpl._exec
def record(self, construct, *args, **kw):
    if not self.as_sql:
        return original(self, construct, *args, **kw)
    if isinstance(construct, str):
        construct = sa.text(construct)
    ddl = isinstance(construct, sa.schema.DDLElement)
    compile_kw = {} if ddl else {"compile_kwargs": {"literal_binds": True}}
    seen.append(str(construct.compile(dialect=self.dialect, **compile_kw)))
DefaultImpl._exec = record
import functools
@functools.lru_cache(None)
def user_defined(spec):
    class Own(sa.types.UserDefinedType):
        cache_ok = True
        def get_col_spec(self, **kw):
            return spec
    return Own()
def decorated(inner):
    class Wrapped(sa.types.TypeDecorator):
        impl = sa.Integer
        cache_ok = True
        def __init__(self):
            super().__init__()
            self.impl = inner
    return Wrapped()
def mock(dialect, attributes, options):
    def execute(construct, *args, **kw):
        seen.append(str(construct.compile(dialect=engine.dialect)))
    engine = sa.create_mock_engine(dialect + "://", execute, paramstyle="named", **options)
    for name, value in attributes.items():
        setattr(engine.dialect, name, value)
    return engine
for line in sys.stdin:
    dialect, attributes, naming, source, setup = json.loads(line)
    seen.clear()
    metadata = sa.MetaData(naming_convention=naming or None)
    connection = None
    options = attributes.pop("options", {})
    try:
        if setup:
            connection = sa.create_engine("sqlite://").connect()
            for statement in setup:
                connection.exec_driver_sql(statement)
            sa.event.listen(
                connection, "before_cursor_execute",
                lambda conn, cursor, sql, *rest: seen.append(sql)
                if not sql.lstrip().upper().startswith(("PRAGMA", "SELECT")) else None,
            )
            context = MigrationContext.configure(
                connection=connection, opts={"target_metadata": metadata}
            )
        else:
          context = MigrationContext.configure(
            dialect_name=dialect,
            dialect_opts={"paramstyle": "named", **options},
            opts={"as_sql": True, "literal_binds": True, "target_metadata": metadata},
        )
        for name, value in attributes.items():
            setattr(context.dialect, name, value)
        names = {
            "op": Operations(context), "sa": sa, "mysql": mysql, "postgresql": postgresql,
            "sqlite": sqlite, "mock": lambda: mock(dialect, attributes, options), "user_defined": user_defined, "decorated": decorated,
        }
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            exec(source, names)
        talk = [
            str(warning.message) for warning in warned
            if not issubclass(warning.category, DeprecationWarning)
            and "sort tables for DROP" not in str(warning.message)
            and "does not support CAST" not in str(warning.message)
            and "primary_key=True, not matching" not in str(warning.message)
        ]
        answer = {"statements": list(seen), "warnings": talk}
    except Exception as error:
        answer = {"error": type(error).__name__, "message": str(error)}
    if connection is not None:
        connection.close()
    print(json.dumps(answer), flush=True)
"#;

/// What Alembic says.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Statements, and what was warned of.
    Statements(Vec<String>, Vec<String>),
    Error {
        class: String,
        message: String,
    },
}

pub(crate) struct Oracle(Answering);

impl Oracle {
    /// Starts the Python that `./test --setup` installs Alembic for.
    pub(crate) fn start() -> Oracle {
        Oracle(Answering::start(PROGRAM))
    }

    pub(crate) fn ask(&mut self, case: &Case) -> Answer {
        let naming: serde_json::Map<String, serde_json::Value> =
            case.naming.iter().map(|(key, name)| ((*key).to_owned(), (*name).into())).collect();
        let question = serde_json::json!([
            case.target.name(),
            attributes(&case.target),
            naming,
            case.source,
            case.setup()
        ]);
        let line = self.0.ask(&question.to_string());
        let answer: serde_json::Value = serde_json::from_str(&line).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let texts = |key: &str| {
            let list = answer.get(key).and_then(serde_json::Value::as_array);
            list.map(|list| list.iter().map(text).collect::<Vec<_>>())
        };
        match texts("statements") {
            Some(statements) => {
                Answer::Statements(statements, texts("warnings").unwrap_or_default())
            }
            None => {
                Answer::Error { class: text(&answer["error"]), message: text(&answer["message"]) }
            }
        }
    }
}

/// What SQLAlchemy would have found out from a server of this version.
fn attributes(target: &Target) -> serde_json::Value {
    let is_known = target.version().is_some();
    match (target.dialect(), target.flavour()) {
        (Dialect::Postgresql, _) if is_known => {
            serde_json::json!({"supports_virtual_generated_columns": false})
        }
        (Dialect::Mysql, Flavour::Mysql) if is_known => {
            serde_json::json!({"_support_default_function": false})
        }
        (Dialect::Mysql, Flavour::Mariadb) if is_known => {
            serde_json::json!({"supports_native_uuid": false, "supports_sequences": true,
                "_support_float_cast": true})
        }
        (Dialect::Mysql, Flavour::MariadbBehindMysql) => {
            serde_json::json!({"options": {"is_mariadb": true}})
        }
        _ => serde_json::json!({}),
    }
}

/// Alembic walks over Python sets: any order of the statements is right, and in batch mode any
/// order of the constraints.
pub(crate) fn sorted(statements: &[String]) -> Vec<String> {
    let mut statements: Vec<String> = statements.iter().map(|sql| with_sorted_lines(sql)).collect();
    statements.sort_unstable();
    statements
}

fn with_sorted_lines(sql: &str) -> String {
    let copy = sql.strip_prefix("\nCREATE TABLE ").filter(|rest| rest.contains("_alembic_tmp_"));
    let parts = copy.and_then(|rest| {
        let (head, rest) = rest.split_once("(\n\t")?;
        let (lines, options) = rest.rsplit_once("\n)")?;
        Some((head, lines, options))
    });
    let Some((head, lines, options)) = parts else { return sql.to_owned() };
    let mut lines: Vec<&str> = lines.split(", \n\t").collect();
    let is_constraint = |line: &&str| {
        ["CONSTRAINT ", "UNIQUE (", "CHECK (", "FOREIGN KEY(", "UNIQUE NULLS"]
            .iter()
            .any(|word| line.starts_with(word))
    };
    let first = lines.iter().position(is_constraint).unwrap_or(lines.len());
    lines[first..].sort_unstable();
    format!("{head}|{}|{options}", lines.join(";"))
}

/// Messages are compared but for what names objects of Python's by address or by `repr`, and for
/// errors of Python's own and of whole constructs that a dialect lacks, which may come sooner or
/// later than ours.
pub(crate) fn same_error(ours: &str, class: &str, theirs: &str) -> bool {
    let opaque = [
        "can't render element of type",
        "Can't emit DROP CONSTRAINT",
        "matches an existing type",
        "did you forget to specify a type",
        "autoincrement=True",
        "Circular dependency detected.",
    ];
    ours == theirs
        || matches!(
            class,
            "AssertionError"
                | "OperationalError"
                | "IntegrityError"
                | "AttributeError"
                | "KeyError"
                | "TypeError"
                | "UnsupportedCompilationError"
        )
        || opaque.iter().any(|part| theirs.contains(part) && ours.contains(part))
}

/// The target with the texts of the SQLAlchemy that answers.
pub(crate) fn answered(target: Target) -> Target {
    if real_python::is_sqlalchemy_2_0() { target.with_sqlalchemy(Sqlalchemy::V20) } else { target }
}
