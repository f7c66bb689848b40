//! Exceptions: the revision's own, and those for want of data or of the application.

use super::*;

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
fn an_exception_that_the_revision_does_not_raise_itself_may_be_ours() {
    let found = body("op.execute('SELECT 1')\n{}['key']");
    needs(&found, 5, "KeyError");
    assert_eq!(found.failure, None);
    let found = body("assert not op.get_bind(), 'never'");
    assert!(matches!(found.failure, Some(Failure::Raised { .. })), "{found:?}");
}
