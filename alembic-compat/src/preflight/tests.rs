//! What is native, what needs Python, and where.

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
fn what_stands_behind_data_is_walked() {
    let rows = "bind = op.get_bind()\nfor row in bind.execute(sa.text('SELECT 1')):\n";
    needs(&body(&format!("{rows}    sa.Foo(row)")), 6, "sqlalchemy.Foo");
    needs(&body(&format!("{rows}    op.bar(row)")), 6, "alembic.op.bar");
    needs(&body(&format!("{rows}    row.name.frobnicate()")), 6, ".frobnicate()");
    needs(&body(&format!("{rows}    open(row.name)")), 6, "open()");
    needs(&body(&format!("{rows}    x = 2j")), 6, "complex");
    needs(&body(&format!("{rows}    f = lambda: sa.Foo")), 6, "sqlalchemy.Foo");
    needs(&body(&format!("{rows}    x = [sa.Foo(c) for c in row]")), 6, "sqlalchemy.Foo");
    needs(&body(&format!("{rows}    bind.run_callable(row)")), 6, "run_callable");
    needs(&body(&format!("{rows}    from untold import x\n    x(row)")), 6, "untold");
    needs(
        &body(&format!("{rows}    with op.batch_alter_table('t') as b:\n        b.frob()")),
        7,
        "frob",
    );
    needs(
        &body(&format!("{rows}    def inner():\n        return sa.Foo\n    inner()")),
        7,
        "sqlalchemy.Foo",
    );
    native(&body(&format!("{rows}    from untold import x")));
    native(&body(&format!("{rows}    row.id.hex\n    row.when.isoformat()")));
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
fn what_follows_a_failed_statement_is_walked() {
    let found = body("try:\n    op.drop_table('t')\nexcept Exception:\n    op.frob()");
    needs(&found, 7, "frob");
    // Nothing is said of the part that the trial has run.
    native(&body("try:\n    op.drop_table('t')\nexcept Exception:\n    pass"));
}

#[test]
fn handlers_of_functions_that_no_way_comes_to_do_not_count() {
    let source = |body: &str| {
        format!(
            "from alembic import op\nimport sqlalchemy as sa\nimport fields\n\ndef upgrade():\n    \
             {body}\n"
        )
    };
    let look = |body: &str| look(&source(body), &Target::postgresql(), Direction::Upgrade);
    let made = "op.create_table('t', sa.Column('a', fields.Sealed()))";
    native(&look(made));
    // With rows to read, or from another handler, it may be called.
    let read = "op.get_bind().execute(sa.select(sa.column('a', fields.Sealed()))).all()[0]";
    needs(&look(&format!("{made}\n    {read}")), 12, "untold");
    needs(&look("fields.tried(op)"), 12, "untold");
    // The class was walked before the handler mentions it.
    needs(&look(&format!("{made}\n    fields.tried(op)")), 12, "untold");
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
fn helpers_of_the_project_are_walked_where_they_are_called() {
    let source = |name: &str| {
        format!(
            "from alembic import op\nimport sqlalchemy as sa\nimport helpers\n\ndef upgrade():\n    \
             if op.get_bind().execute(sa.text('SELECT 1')).scalar():\n        helpers.{name}(op)\n"
        )
    };
    native(&look(&source("fine"), &Target::postgresql(), Direction::Upgrade));
    let found = look(&source("other"), &Target::postgresql(), Direction::Upgrade);
    needs(&found, 7, "untold");
    assert_eq!(found.needed[0].place.file, "helpers.py");
}

#[test]
fn an_exception_of_a_module_of_the_project_may_be_for_want_of_the_application() {
    let source =
        "from alembic import op\nimport helpers\n\ndef upgrade():\n    helpers.started(op)\n";
    let found = look(source, &Target::postgresql(), Direction::Upgrade);
    needs(
        &found,
        5,
        "'NoneType' object has no attribute 'text', which line 12 of helpers.py raises",
    );
    assert!(found.failure.is_none());
}

#[test]
fn a_table_that_a_module_of_the_project_does_not_find_in_a_trial_is_no_need_of_python() {
    let source =
        "from alembic import op\nimport helpers\n\ndef upgrade():\n    helpers.loaded(op)\n";
    for target in [Target::postgresql(), Target::mysql(), Target::sqlite()] {
        native(&look(source, &target, Direction::Upgrade));
    }
}

#[test]
fn what_is_raised_for_want_of_a_table_is_no_need_of_python() {
    let source = "from alembic import op\nimport helpers\n\ndef upgrade():\n    with \
                  helpers.asked(op):\n        pass\n";
    for target in [Target::postgresql(), Target::mysql(), Target::sqlite()] {
        let found = look(source, &target, Direction::Upgrade);
        native(&found);
    }
}

#[test]
fn an_exception_before_any_data_is_no_need_of_python() {
    let found = body("raise RuntimeError('never')");
    assert!(found.is_native());
    assert!(matches!(found.failure, Some(Failure::Raised { .. })));
    let found = body("op.get_bind().execute(sa.text('SELECT 1')).one()\nraise RuntimeError('x')");
    native(&found);
}

#[test]
fn an_endless_loop_fails_as_it_will() {
    let found = body("while True:\n    pass");
    assert!(found.is_native());
    assert!(matches!(found.failure, Some(Failure::Limit(_))), "{found:?}");
}

#[test]
fn other_connections_need_python_where_they_see_something_else() {
    let block = "with op.get_bind().engine.begin() as c:\n    c.execute(sa.text('SELECT 1'))";
    native(&body(block));
    assert!(body(block).leaves_transaction.is_some());
    native(&body_on(block, &Target::mysql()));
    needs(&body_on(block, &Target::sqlite()), 4, "Engine.begin() on SQLite");
    let behind = format!("op.execute('SELECT 1')\n{block}");
    needs(&body(&behind), 5, "Engine.begin() behind other statements");
    needs(&body("with op.get_bind().engine.connect() as c:\n    pass"), 4, "Engine.connect()");
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
fn a_session_is_native_as_far_as_it_executes() {
    let code = "from sqlalchemy.orm import Session\ns = Session(bind=op.get_bind())\n\
                n = s.execute(sa.text('SELECT 1')).scalar()\n";
    native(&body(&format!("{code}s.commit()")));
    needs(&body(&format!("{code}s.frobnicate(n)")), 7, "frobnicate");
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

#[test]
fn a_guarded_import_is_one_that_is_known_to_work() {
    let guarded = |module: &str, handler: &str| {
        let text = format!(
            "from alembic import op\ntry:\n    from {module} import x\nexcept {handler}:\n    \
             x = None\n\ndef upgrade():\n    op.execute('SELECT 1')\n    print(x)\n"
        );
        let found = look(&text, &Target::postgresql(), Direction::Upgrade);
        found.needed.into_iter().map(|needed| needed.construct).collect::<Vec<_>>()
    };
    assert!(guarded("whole", "ImportError").is_empty());
    for module in ["helpers", "behind"] {
        for handler in ["ImportError", "(ValueError, ModuleNotFoundError)", "Exception"] {
            let needed = guarded(module, handler);
            assert_eq!(needed, ["a guarded import that needs 'untold'"], "{module} {handler}");
        }
    }
    // What guards against other exceptions does not ask.
    assert!(guarded("behind", "KeyError").is_empty());
}

#[test]
fn what_versions_flush_differently_needs_python() {
    const MODEL: &str = "from sqlalchemy.orm import Session, declarative_base\n\
                         Base = declarative_base()\nclass M(Base):\n    __tablename__ = 'm'\n    \
                         id = sa.Column(sa.Integer, primary_key=True)\nsession = Session(op.get_bind())\n";
    let told = "statement on no mapped class while changes are not flushed";
    needs(
        &body(&format!("{MODEL}session.add(M(id=1))\nsession.execute(sa.text('SELECT 1'))")),
        11,
        told,
    );
    needs(
        &body(&format!("{MODEL}session.add(M(id=1))\nsession.execute(sa.delete(sa.table('m')))")),
        11,
        told,
    );
    native(&body(&format!("{MODEL}session.execute(sa.text('SELECT 1'))\nsession.add(M(id=1))")));
    native(&body(&format!(
        "{MODEL}session.add(M(id=1))\nsession.flush()\nsession.execute(sa.text('SELECT 1'))"
    )));
    native(&body(&format!("{MODEL}session.add(M(id=1))\nsession.execute(sa.delete(M))")));
    native(&body(&format!("{MODEL}session.add(M(id=1))\nsession.execute(sa.select(M.id))")));
}

#[test]
fn an_exception_that_the_revision_does_not_raise_itself_may_be_ours() {
    let found = body("op.execute('SELECT 1')\n{}['key']");
    needs(&found, 5, "KeyError");
    assert_eq!(found.failure, None);
    let found = body("assert not op.get_bind(), 'never'");
    assert!(matches!(found.failure, Some(Failure::Raised { .. })), "{found:?}");
}

#[test]
fn a_model_that_cannot_be_made_is_missed_where_all_are_asked_for() {
    let source = |class: &str, then: &str| {
        format!(
            "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.orm import \
             declarative_base\nBase = declarative_base()\nclass A(Base):\n    __tablename__ = 'a'\n    \
             id = sa.Column(sa.Integer, primary_key=True)\n{class}\n\ndef upgrade():\n    {then}\n"
        )
    };
    let look = |class: &str, then: &str| {
        look(&source(class, then), &Target::postgresql(), Direction::Upgrade)
    };
    let unreadable = "class B(Base):\n    __tablename__ = 'b'\n    id = sa.Column(sa.Integer, primary_key=True)\n    \
         data = open('x').read()";
    needs(&look(unreadable, "Base.metadata.create_all(op.get_bind())"), 11, "open()");
    // It adds its column to the table of the other one.
    let derived = "class B(A):\n    extra = sa.Column(sa.Integer)";
    needs(&look(derived, "A.__table__.create(op.get_bind())"), 8, "derived from another");
    native(&look("x = 1", "Base.metadata.create_all(op.get_bind())"));
}

/// Whatever is done with a relationship is a condition, a join or a query of SQLAlchemy's.
#[test]
fn relationships_are_for_python_where_they_are_used() {
    let classes = "from sqlalchemy import orm\nBase = orm.declarative_base()\nclass P(Base):\n    \
                   __tablename__ = 'p'\n    id = sa.Column(sa.Integer, primary_key=True)\nclass T(Base):\n    \
                   __tablename__ = 't'\n    id = sa.Column(sa.Integer, primary_key=True)\n    \
                   p_id = sa.Column(sa.ForeignKey('p.id'))\n    p = orm.relationship(P)\n\
                   session = orm.Session(bind=op.get_bind())\n";
    for (code, construct) in [
        (
            "session.query(T).filter(T.p == P(id=1)).update({'id': 1})",
            "comparing the relationship 'p'",
        ),
        ("session.query(T).filter(T.p != None).delete()", "comparing the relationship 'p'"),
        ("session.query(T).filter(None == T.p).delete()", "comparing the relationship 'p'"),
        ("session.query(T).filter(T.p in [P(id=1)])", "comparing the relationship 'p'"),
        ("session.query(T).filter(not T.p)", "the truth of the relationship 'p'"),
        ("session.query(T).filter_by(p=P(id=1))", ""),
        ("session.query(T).filter(T.p.has(id=1))", "'has' of the relationship 'p'"),
        ("session.query(T).join(T.p)", "a join along a relationship"),
        ("session.query(T).join(P, T.p)", "a join along a relationship"),
        ("session.query(T).order_by(T.p)", ""),
        ("session.query(T).filter(T.p)", ""),
        ("session.query(T.p)", ""),
        ("session.query(T).filter(sa.and_(T.id == 1, T.p))", ""),
        ("session.query(sa.func.count(T.p))", ""),
        ("session.query(T).filter(T.id == T.p)", ""),
        ("session.query(T).filter(T.id.in_([T.p]))", ""),
        ("session.query(T).update({T.p: P(id=1)})", ""),
        ("session.query(T).group_by(T.p).having(~T.p)", ""),
    ] {
        let found = body(&format!("{classes}{code}"));
        assert!(!found.is_native(), "{code}: {found:?}");
        needs(&found, 15, construct);
    }
}

/// The same behind rows, where no trial comes.
#[test]
fn relationships_behind_rows_are_seen_in_the_text() {
    let module = "from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy import orm\n\
                  Base = orm.declarative_base()\nclass P(Base):\n    __tablename__ = 'p'\n    \
                  id = sa.Column(sa.Integer, primary_key=True)\nclass T(Base):\n    \
                  __tablename__ = 't'\n    id = sa.Column(sa.Integer, primary_key=True)\n    \
                  p_id = sa.Column(sa.ForeignKey('p.id'))\n    p = orm.relationship(P)\n\
                  def upgrade():\n    session = orm.Session(bind=op.get_bind())\n    \
                  for row in session.query(P).all():\n        if row.id > 1:\n            ";
    let behind =
        |code: &str| look(&format!("{module}{code}\n"), &Target::postgresql(), Direction::Upgrade);
    for (code, construct) in [
        ("T(id=1, p=row)", "setting the relationship 'p'"),
        ("session.query(T).filter(T.p == row)", "comparing a relationship"),
        ("session.query(T).filter(row.id != T.p)", "comparing a relationship"),
    ] {
        needs(&behind(code), 17, construct);
    }
    native(&behind("session.add(T(id=1, p_id=row.id))"));
}

/// `inspect` gives an inspector for a connection alone.
#[test]
fn what_inspect_gives_depends_on_its_argument() {
    let of = |what: &str, then: &str| {
        body(&format!(
            "bind = op.get_bind()\ndef f(query):\n    return sa.inspect({what}).{then}\n\
             if bind.execute(sa.text('SELECT 1')).scalar():\n    f(1)"
        ))
    };
    needs(&of("bind", "session"), 6, "Inspector.session");
    native(&of("bind", "get_table_names()"));
    native(&of("query", "session"));
}
