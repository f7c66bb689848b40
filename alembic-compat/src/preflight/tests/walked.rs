//! What no trial comes to: it is found in the text.

use super::*;

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
