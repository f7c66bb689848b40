//! `revision` and `merge`.

use insta::{assert_snapshot, with_settings};

use crate::support::{DATES, TestEnvironment, project, revision};

fn limbeck(env: &TestEnvironment, arguments: &str) -> String {
    env.run(&arguments.split(' ').collect::<Vec<_>>()).ok()
}

#[test]
fn the_first_and_the_next() {
    let env = project().build();
    assert_snapshot!(limbeck(&env, "revision -m create --rev-id a1"), @"
    Creating directory $PROJ/versions ...  done
    Generating $PROJ/versions/a1_create.sql ...  done
    ");
    limbeck(&env, "revision --rev-id b2 -m next");
    with_settings!({filters => DATES}, {
        assert_snapshot!(env.read("versions/b2_next.sql"), @r#"
        /*---
        message       = "next"
        revision      = "b2"
        down_revision = "a1"
        branch_labels = []
        depends_on    = []
        create_date   = $DATE
        ---*/

        --- upgrade
        -- The SQL that makes the change.

        --- downgrade
        -- The SQL that takes it back.
        "#);
    });
    // Without an id, one is made up.
    limbeck(&env, "-q revision -m more");
    let files = env.files("versions");
    let made = files.iter().find(|file| file.ends_with("_more.sql")).unwrap();
    let id = made.strip_suffix("_more.sql").unwrap();
    assert!(id.len() == 12 && id.chars().all(|c| c.is_ascii_hexdigit()), "{id}");
    assert_eq!(limbeck(&env, "heads"), format!("{id} (head)\n"));
}

#[test]
fn branches_that_part_and_meet() {
    let env = project().build();
    limbeck(&env, "revision --rev-id a1");
    limbeck(&env, "revision --rev-id b2 --head a1 --branch-label left");
    limbeck(&env, "revision --rev-id c3 --head a1 --splice --branch-label right");
    limbeck(&env, "revision --rev-id d4 --head right@head --depends-on left");
    limbeck(
        &env,
        "revision --rev-id x1 --head base --branch-label other --branch-label more --depends-on d4",
    );
    limbeck(&env, "revision --rev-id y2 --head other@head --depends-on b2 --depends-on a1");
    assert_snapshot!(limbeck(&env, "history"), @"
    x1 (b2, a1) -> y2 (more, other) (head), 
    <base> (d4) -> x1 (more, other), 
    c3 (left) -> d4 (right) (effective head), 
    a1 -> c3 (right), 
    a1 -> b2 (left) (effective head), 
    <base> -> a1 (branchpoint),
    ");
    assert_snapshot!(limbeck(&env, "merge left@head right@head --rev-id m5 -m joined --branch-label joint"), @"Generating $PROJ/versions/m5_joined.sql ...  done");
    with_settings!({filters => DATES}, {
        assert_snapshot!(env.read("versions/m5_joined.sql"), @r#"
        /*---
        message       = "joined"
        revision      = "m5"
        down_revision = ["b2", "d4"]
        branch_labels = ["joint"]
        depends_on    = []
        create_date   = $DATE
        ---*/

        --- upgrade
        -- The SQL that makes the change.

        --- downgrade
        -- The SQL that takes it back.
        "#);
    });
    limbeck(&env, "merge heads --rev-id n6");
    assert_snapshot!(limbeck(&env, "heads -v"), @"
    Rev: n6 (head) (mergepoint)
    Merges: m5, y2
    Branch names: joint, left, more, other, right
    Path: $PROJ/versions/n6_.sql
    ");
    env.run(&["upgrade"]).ok();
    assert_snapshot!(env.run(&["current"]), @"
    n6 (head) (mergepoint)
    ------- stderr -------
    warning: Revision m5 names b2 beside d4, which already follows it; b2 can be left out
    [exit status: 0]
    ");
}

#[test]
fn in_one_of_several_places() {
    let env = project()
        .config(
            "[scripts]\nversion_locations = [\"one\", \"two\"]\n\
             [databases.app]\nurl = \"sqlite:app.db\"\n",
        )
        .build();
    assert_snapshot!(env.run(&["revision", "--rev-id", "a1"]), @"
    ------- stderr -------
    error: Multiple version locations present, please specify --version-path
      one
      two
    [exit status: 64]
    ");
    limbeck(&env, "revision --rev-id a1 --version-path two");
    // It goes where its parent is.
    limbeck(&env, "revision --rev-id b2");
    limbeck(&env, "revision --rev-id c3 --version-path one");
    assert_eq!(env.files(""), ["limbeck.toml", "one/c3_.sql", "two/a1_.sql", "two/b2_.sql"]);
}

#[test]
fn names_by_a_template() {
    let env = project()
        .config(
            "[scripts]\nfile_template = \"%(year)d/%(month).2d-%(slug)s-%(rev)s\"\n\
             truncate_slug_length = 12\nrecursive_version_locations = true\n\
             [databases.app]\nurl = \"sqlite:app.db\"\n",
        )
        .build();
    env.run(&["revision", "--rev-id", "a1", "-m", "Create the Users' table, at last!"]).ok();
    with_settings!({filters => [(r"\d{4}/\d\d", "$$YEAR/$$MONTH")]}, {
        assert_snapshot!(env.files("versions").join("\n"), @"$YEAR/$MONTH-create_the_-a1.sql");
    });
    assert_eq!(limbeck(&env, "heads"), "a1 (head)\n");
}

#[test]
fn a_projects_own_template() {
    let env = project()
        .file(
            "revision.sql.tera",
            "/*---\nmessage = {{ message | toml }}\nrevision = {{ revision | toml }}\n\
             down_revision = {{ down_revision | toml }}\nbranch_labels = {{ branch_labels | toml }}\n\
             depends_on = {{ depends_on | toml }}\n---*/\n\n--- upgrade\n-- Ours, for {{ message }}.\n",
        )
        .build();
    limbeck(&env, "revision --rev-id a1 -m us");
    assert_snapshot!(env.read("versions/a1_us.sql"), @r#"
    /*---
    message = "us"
    revision = "a1"
    down_revision = []
    branch_labels = []
    depends_on = []
    ---*/

    --- upgrade
    -- Ours, for us.
    "#);
}

/// Nothing that a message holds can end the front matter, open a section or run.
#[test]
fn messages_that_try_to_break_out() {
    let messages = [
        "two\nlines\n\nand a paragraph",
        "it's \"quoted\" with \"\"\"three\"\"\" and '''three'''",
        "*/ DROP TABLE users; /*",
        "---*/\n--- upgrade\nDROP TABLE users;",
        "--- downgrade\nDROP TABLE users;",
        "a \\ b \\n c \\",
        "{{ revision }} {% raw %} {# x #} %(rev)s ${HOME}",
        "\u{1} \t tab \u{7f} \u{2028} ünïcödé \u{1f984}",
        "\r\nleading and trailing \r\n",
        "",
    ];
    let env = project().build();
    for (number, message) in messages.iter().enumerate() {
        env.run(&["revision", "-m", message, "--rev-id", &format!("r{number}")]).ok();
    }
    let history = env.run(&["history", "--json"]).ok();
    let history: serde_json::Value = serde_json::from_str(&history).unwrap();
    let read: Vec<&str> = history
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|entry| entry["message"].as_str().unwrap())
        .collect();
    assert_eq!(read, messages.map(str::trim));
    env.run(&["upgrade"]).ok();
    assert_eq!(
        crate::support::query(
            &env,
            "sqlite:app.db",
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
        ),
        "alembic_version\nlimbeck_journal\nsqlite_sequence\n"
    );
    assert_snapshot!(limbeck(&env, "history"), @r#"
    r8 -> r9 (head), 
    r7 -> r8, leading and trailing
    r6 -> r7,  	 tab    ünïcödé 🦄
    r5 -> r6, {{ revision }} {% raw %} {# x #} %(rev)s ${HOME}
    r4 -> r5, a \ b \n c \
    r3 -> r4, --- downgrade
    DROP TABLE users;
    r2 -> r3, ---*/
    --- upgrade
    DROP TABLE users;
    r1 -> r2, */ DROP TABLE users; /*
    r0 -> r1, it's "quoted" with """three""" and '''three'''
    <base> -> r0, two
    lines
    "#);
}

#[test]
fn a_labelled_revision_of_one_database() {
    let env = project()
        .config(
            "[databases.one]\nurl = \"sqlite:one.db\"\nbranches = [\"one\"]\n\
             [databases.two]\nurl = \"sqlite:two.db\"\nbranches = [\"two\"]\n",
        )
        .revision(revision("a1", &[]).label("one"))
        .revision(revision("b1", &[]).label("two"))
        .build();
    // The database says which head is meant.
    limbeck(&env, "revision --rev-id b2 --database two");
    assert_eq!(limbeck(&env, "heads"), "a1 (one) (head)\nb2 (two) (head)\n");
}

#[test]
fn of_two_faults_the_one_that_alembic_tells() {
    let env = project().revision(revision("a1", &[])).revision(revision("b2", &["a1"])).build();
    let error = |arguments: &str| {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let stderr = env.run(&arguments).stderr;
        stderr.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(
        error("revision --head a1 --version-path nosuch"),
        "error: Path nosuch is not represented in current version locations"
    );
    assert_eq!(
        error("revision --depends-on b2-1"),
        "error: Can't locate revision identified by 'b2-1'"
    );
    assert_eq!(
        error("revision --depends-on base"),
        "error: Can't locate revision identified by 'base'"
    );
    assert_eq!(error("merge b2 b2 nosuch"), "error: Can't locate revision identified by 'nosuch'");
    assert_eq!(error("stamp nosuch --sql --purge"), "error: Can't use --purge with --sql mode");
}
