//! `edit`, with a stand-in for the editor.

use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use crate::support::{TestEnvironment, project, revision};

/// Puts a program into PATH that says what it was called with.
fn stand_in(env: &TestEnvironment, name: &str, ending: &str) {
    let path = env.bin().join(name);
    std::fs::write(&path, format!("#!/bin/sh\necho {name} \"$@\"\n{ending}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn the_files_of_a_target_are_opened() {
    let mut env = project()
        .revision(revision("a1", &[]))
        .revision(revision("b2", &["a1"]))
        .revision(revision("c2", &["a1"]))
        .build();
    stand_in(&env, "quill", "");
    env.set("EDITOR", "quill --wait");
    assert_snapshot!(env.run(&["edit", "a1"]), @"
    quill --wait $PROJ/versions/a1_x.sql
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["edit", "heads"]), @"
    quill --wait $PROJ/versions/b2_x.sql
    quill --wait $PROJ/versions/c2_x.sql
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["edit", "head"]), @"
    ------- stderr -------
    error: Multiple head revisions are present for given argument 'head'; please specify a specific target revision, '<branchname>@head' to narrow to a specific head, or 'heads' for all heads
      the heads are b2, c2
    hint: use 'b2@head', 'c2@head' or 'heads', or join them: limbeck merge b2@head c2@head -m MESSAGE
    [exit status: 4]
    ");
    env.run(&["upgrade", "b2"]).ok();
    assert_snapshot!(env.run(&["edit", "current"]), @"
    quill --wait $PROJ/versions/b2_x.sql
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn editors_that_do_not_work() {
    let mut env = project().revision(revision("a1", &[])).build();
    stand_in(&env, "broken", "exit 3");
    env.set("VISUAL", "broken");
    assert_snapshot!(env.run(&["edit", "head"]), @"
    broken $PROJ/versions/a1_x.sql
    ------- stderr -------
    error: Error executing editor (broken: exit status: 3)
    [exit status: 1]
    ");
    env.set("EDITOR", "no-such-editor");
    assert_snapshot!(env.run(&["edit", "head"]), @"
    ------- stderr -------
    error: Error executing editor (no-such-editor: No such file or directory (os error 2))
    [exit status: 1]
    ");
    env.set("EDITOR", " ");
    env.set("VISUAL", "");
    let nowhere = env.bin();
    env.set("PATH", nowhere);
    assert_snapshot!(env.run(&["edit", "head"]), @"
    ------- stderr -------
    error: no editor: set EDITOR
    [exit status: 1]
    ");
}
