//! What is native, what needs Python, and where.

mod models;
mod raised;
mod walked;

use std::any::Any;

use limbeck_schema::Target;
use limbeck_schema::table::NamingConvention;

use crate::eval::Failure;
use crate::eval::Host;
use crate::eval::HostError;
use crate::eval::Interpreter;
use crate::eval::Limits;
use crate::eval::ModuleSource;
use crate::eval::Now;
use crate::sa::Migration;
use crate::sa::offline::Direction;

use super::Preflight;
use super::Subject;
use super::Trials;
use super::check;

struct TestHost(Migration);

impl Host for TestHost {
    fn print(&mut self, _: &str) {}

    fn log(&mut self, _: &str, _: i64, _: &str) {}

    fn now(&mut self) -> Result<Now, HostError> {
        Ok(Now { microseconds: 0, local_offset: 0 })
    }

    fn random(&mut self, bytes: &mut [u8]) -> Result<(), HostError> {
        bytes.fill(7);
        Ok(())
    }

    fn environment(&mut self, _: &str) -> Option<String> {
        None
    }

    fn module_source(&mut self, name: &str) -> Result<ModuleSource, HostError> {
        let text = match name {
            "helpers" => {
                "import untold\n\ndef fine(op):\n    op.execute('SELECT 1')\n\ndef other(op):\n    \
                 op.execute(untold.text())\n\nsession = None\n\ndef started(op):\n    \
                 op.execute(session.text)\n\ndef loaded(op):\n    import sqlalchemy as sa\n    \
                 return sa.Table('t', sa.MetaData(), autoload_with=op.get_bind())\n\nimport \
                 contextlib\n\n@contextlib.contextmanager\ndef asked(op):\n    import sqlalchemy as \
                 sa\n    try:\n        keys = sa.inspect(op.get_bind()).get_foreign_keys('t')\n        \
                 yield\n    finally:\n        op.execute(str(len(keys)))\n"
            }
            "fields" => {
                "import untold\nimport sqlalchemy as sa\n\nclass Sealed(sa.TypeDecorator):\n    \
                 impl = sa.String\n    cache_ok = True\n\n    def process_result_value(self, value, \
                 dialect):\n        try:\n            return self.key + value\n        except \
                 Exception:\n            return untold.failed(value)\n\ndef tried(op):\n    \
                 try:\n        op.execute('SELECT 1')\n    except Exception:\n        \
                 Sealed().process_result_value('', None)\n"
            }
            "whole" => "import json\nfrom typing import Any\nx = 1\n",
            "behind" => "from helpers import fine\nx = 1\n",
            _ => return Ok(ModuleSource::Unknown),
        };
        let path = format!("{name}.py");
        Ok(ModuleSource::File { path, text: text.to_owned(), is_package: false })
    }

    fn extension(&mut self) -> &mut dyn Any {
        &mut self.0
    }
}

fn host(migration: Migration) -> Box<dyn Host> {
    Box::new(TestHost(migration))
}

fn interpreter(host: Box<dyn Host>) -> Interpreter {
    let limits = Limits { steps: 50_000, ..Limits::default() };
    let mut interp = Interpreter::new(host, limits);
    crate::stdlib::register(&mut interp);
    crate::sa::register(&mut interp);
    interp
}

fn look(source: &str, target: &Target, direction: Direction) -> Preflight {
    let subject = Subject {
        tree: None,
        source,
        file: "versions/1_a.py",
        function: direction.function(),
        target,
        naming: &NamingConvention::default(),
        host: &host,
        interpreter: &interpreter,
    };
    check(&subject, &mut Trials::default())
}

/// The body of an `upgrade()` behind the usual imports, on PostgreSQL. The body begins in line 4.
fn body(body: &str) -> Preflight {
    body_on(body, &Target::postgresql())
}

fn body_on(body: &str, target: &Target) -> Preflight {
    let mut source =
        String::from("from alembic import op, context\nimport sqlalchemy as sa\ndef upgrade():\n");
    for line in body.lines() {
        source.push_str("    ");
        source.push_str(line);
        source.push('\n');
    }
    look(&source, target, Direction::Upgrade)
}

#[track_caller]
fn native(found: &Preflight) {
    assert!(found.is_native(), "{:?}", found.needed);
    assert_eq!(found.failure, None);
}

#[track_caller]
fn needs(found: &Preflight, line: usize, construct: &str) {
    let Some(first) = found.needed.first() else { panic!("native: {found:?}") };
    assert!(first.construct.contains(construct), "{}", first.construct);
    assert_eq!(first.place.position.line, line, "{first}");
}

#[test]
fn straight_lines_are_proven_with_their_statements() {
    let found =
        body("op.add_column('t', sa.Column('c', sa.Integer()))\nop.execute('UPDATE t SET c = 1')");
    native(&found);
    let statements = found.statements.unwrap();
    assert_eq!(statements, ["ALTER TABLE t ADD COLUMN c INTEGER", "UPDATE t SET c = 1"]);
    assert_eq!(found.data, None);
}

#[test]
fn results_that_nobody_reads_do_not_end_a_trial() {
    let found = body(
        "bind = op.get_bind()\nbind.execute(sa.text('UPDATE t SET a = 1'))\nop.drop_table('t')",
    );
    native(&found);
    assert_eq!(found.statements.unwrap().len(), 2);
}

#[test]
fn a_loop_over_rows_is_native_and_says_where_data_is_needed() {
    let found = body(
        "bind = op.get_bind()\nrows = bind.execute(sa.text('SELECT id, name FROM t')).fetchall()\n\
         for row in rows:\n    name = row.name.strip().lower()\n    bind.execute(sa.text('UPDATE t SET \
         name = :n WHERE id = :i'), {'n': name, 'i': row.id})",
    );
    native(&found);
    assert_eq!(found.statements, None);
    assert_eq!(found.data.unwrap().position.line, 5);
}

#[test]
fn questions_with_two_answers_are_tried_with_both() {
    let ask = "there = sa.inspect(op.get_bind()).has_table('t')\n";
    needs(&body(&format!("{ask}if there:\n    op.frob()")), 6, "frob");
    needs(&body(&format!("{ask}if not there:\n    op.frob()")), 6, "frob");
    native(&body(&format!("{ask}if not there:\n    op.execute('SELECT 1')")));
}

#[test]
fn branches_of_other_dialects_do_not_count() {
    let code = "bind = op.get_bind()\nrows = bind.execute(sa.text('SELECT 1')).all()\n\
                if bind.dialect.name == 'sqlite':\n    op.frob()\nelif bind.dialect.name in ('mysql', 'x'):\n    op.frob()";
    native(&body(code));
    needs(&body_on(code, &Target::sqlite()), 7, "frob");
    native(&body(
        "op.get_bind().execute(sa.text('SELECT 1')).all()\nif context.is_offline_mode():\n    op.frob()",
    ));
}

#[test]
fn each_direction_is_looked_at_alone() {
    let source = "from alembic import op\nfrom untold import Thing\n\ndef upgrade():\n    \
                  op.execute('SELECT 1')\n\ndef downgrade():\n    op.execute(Thing.text)\n";
    native(&look(source, &Target::postgresql(), Direction::Upgrade));
    let found = look(source, &Target::postgresql(), Direction::Downgrade);
    needs(&found, 8, "untold");
}

#[test]
fn an_endless_loop_fails_as_it_will() {
    let found = body("while True:\n    pass");
    assert!(found.is_native());
    assert!(matches!(found.failure, Some(Failure::Limit(_))), "{found:?}");
}

#[test]
fn ways_out_of_the_transaction_are_found() {
    let line = |found: Preflight| found.leaves_transaction.map(|place| place.position.line);
    assert_eq!(
        line(body("with op.get_context().autocommit_block():\n    op.execute('VACUUM')")),
        Some(4)
    );
    assert_eq!(line(body("op.execute('SELECT 1')\nop.execute('COMMIT')")), Some(5));
    assert_eq!(line(body("op.get_bind().commit()")), Some(4));
    assert_eq!(line(body("op.execute('COMMENT ON TABLE t IS 1')")), None);
    let behind = "op.get_bind().execute(sa.text('SELECT 1')).one()\n";
    assert_eq!(line(body(&format!("{behind}op.execute('commit')"))), Some(5));
    assert_eq!(
        line(body(&format!("{behind}with op.get_context().autocommit_block():\n    pass"))),
        Some(5)
    );
}

#[test]
fn types_that_are_dropped_where_they_are_there_do_not_end_a_trial() {
    let found = body("sa.Enum('a', name='e').drop(op.get_bind(), checkfirst=True)\nop.frob()");
    needs(&found, 5, "frob");
    native(&body(
        "e = sa.Enum('a', name='e')\ne.create(op.get_bind(), checkfirst=True)\nop.drop_table('t')",
    ));
}

#[test]
fn batches_on_sqlite_are_walked_through() {
    let found = body_on(
        "with op.batch_alter_table('t') as b:\n    b.drop_column('c')\nop.frob()",
        &Target::sqlite(),
    );
    needs(&found, 6, "frob");
}

#[test]
fn functions_of_one_database_are_looked_at_alone() {
    let source = "from alembic import op\ndef upgrade(engine_name):\n    globals()['upgrade_%s' % \
                  engine_name]()\ndef upgrade_one():\n    op.execute('SELECT 1')\ndef \
                  upgrade_two():\n    op.frob()\n";
    let look = |function| {
        let subject = Subject {
            tree: None,
            source,
            file: "a.py",
            function,
            target: &Target::postgresql(),
            naming: &NamingConvention::default(),
            host: &host,
            interpreter: &interpreter,
        };
        check(&subject, &mut Trials::default())
    };
    native(&look("upgrade_one"));
    needs(&look("upgrade_two"), 7, "frob");
}

#[test]
fn nothing_of_one_revision_is_there_for_the_next() {
    let ask = "from alembic import op\nIMPORT\ndef upgrade():\n    x = \
               op.get_bind().exec_driver_sql('SELECT 1').scalar()\n    x.hexdigest()\n";
    let imports = ask.replace("IMPORT", "import hashlib");
    let lacks = ask.replace("IMPORT", "");
    let mut trials = Trials::default();
    let mut look = |source: &str| {
        let subject = Subject {
            tree: None,
            source,
            file: "a.py",
            function: "upgrade",
            target: &Target::postgresql(),
            naming: &NamingConvention::default(),
            host: &host,
            interpreter: &interpreter,
        };
        check(&subject, &mut trials)
    };
    needs(&look(&lacks), 5, "hexdigest");
    native(&look(&imports));
    // The walk of another knows no class of the module that the others have imported.
    needs(&look(&lacks), 5, "hexdigest");
    native(&look(&imports));
}

#[test]
fn a_file_that_is_no_python_fails() {
    let found = look("def upgrade(:\n", &Target::postgresql(), Direction::Upgrade);
    assert!(found.failure.is_some());
}
