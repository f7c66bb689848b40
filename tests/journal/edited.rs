//! Files that were edited after they were applied.

use insta::{assert_snapshot, with_settings};
use serde_json::Value;

use super::FILTERS;
use crate::support::{TestEnvironment, mariadb, postgres, project, query, revision};

const TEXT: &str =
    "CREATE TABLE t (id INTEGER); -- one\nCREATE VIEW v AS\nSELECT 'a  b' AS x FROM t;";

fn applied(url: &str) -> TestEnvironment {
    let env = project()
        .url(url)
        .revision(revision("a1", &[]).upgrade(TEXT).downgrade("DROP VIEW v; DROP TABLE t;"))
        .revision(revision("b1", &["a1"]))
        .build();
    env.run(&["upgrade", "a1"]).ok();
    env
}

fn urls() -> [String; 3] {
    ["sqlite:app.db".to_owned(), postgres().create_database(), mariadb().create_database()]
}

fn edit(env: &TestEnvironment, from: &str, to: &str) {
    let text = env.read("versions/a1_x.sql");
    assert!(text.contains(from), "{from}");
    env.write("versions/a1_x.sql", text.replace(from, to));
}

#[test]
fn a_changed_statement_stops_an_upgrade_before_anything_runs() {
    for url in urls() {
        let env = applied(&url);
        edit(&env, "CREATE TABLE t (id INTEGER)", "CREATE TABLE t (nr INTEGER)");
        insta::allow_duplicates! {
            with_settings!({filters => FILTERS}, {
                assert_snapshot!(env.run(&["upgrade"]), @"
                ------- stderr -------
                error: database app: revision a1 was edited after it was applied
                  --> versions/a1_x.sql
                   |  applied e061d6b459bb on $DATE by unknown at $HOST
                   |  now e635f26b513e
                hint: put the old text back, and make a new revision for what is to change
                hint: or, where the new text is right, see the difference and accept it: limbeck journal accept a1 -d app
                [exit status: 4]
                ");
            });
        }
        // Not the lock, not the rows.
        assert_eq!(query(&env, &url, "SELECT version_num FROM alembic_version"), "a1\n");
        // Also where there is nothing to do.
        assert_eq!(env.run(&["upgrade", "a1"]).code(), Some(4));
        // Nobody is asked without a terminal.
        let asked = env.run(&["journal", "accept", "a1"]);
        assert_eq!(asked.code(), Some(64), "{asked}");
        assert_eq!(env.run(&["upgrade"]).code(), Some(4));
        insta::allow_duplicates! {
            with_settings!({filters => FILTERS}, {
                assert_snapshot!(
                    env.run(&["journal", "accept", "a1", "--yes", "--note", "renamed by hand"]),
                    @"
                [app] revision a1: statements changed
                --- applied e061d6b459bb
                +++ file now
                @@ -1,4 +1,4 @@
                -CREATE TABLE t (id INTEGER); -- one
                +CREATE TABLE t (nr INTEGER); -- one
                 CREATE VIEW v AS
                 SELECT 'a  b' AS x FROM t;
                 
                ------- stderr -------
                revision a1 counts as applied to database app with text e635f26b513e
                [exit status: 0]
                "
                );
            });
        }
        env.run(&["upgrade"]).ok();
        // Twice changes nothing.
        let again = env.run(&["journal", "accept", "a1", "--yes", "--json"]).ok();
        let again: Value = serde_json::from_str(&again).unwrap();
        assert_eq!(again["accepted"], Value::Array(Vec::new()));
        let accepted = "SELECT count(*) FROM limbeck_journal WHERE event = 'accept' \
                        AND note = 'renamed by hand' AND upgrade_text LIKE '%(nr %'";
        assert_eq!(query(&env, &url, accepted), "1\n");
        // The accepted text is the one that counts, and the old one is an edit now.
        edit(&env, "(nr INTEGER)", "(id INTEGER)");
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(4), "{output}");
        assert!(output.stderr.contains("accepted"), "{output}");
    }
}

#[test]
fn comments_white_space_and_line_ends_are_notes() {
    for url in urls() {
        let env = applied(&url);
        let original = env.read("versions/a1_x.sql");
        let crlf = original.replace('\n', "\r\n");
        let changes = [
            original.replace("-- one", "-- two"),
            original.replace("CREATE TABLE t", "CREATE  TABLE\tt"),
            crlf.clone(),
            format!("\u{feff}{crlf}"),
        ];
        for text in changes {
            env.write("versions/a1_x.sql", &text);
            let output = env.run(&["upgrade", "a1"]);
            insta::allow_duplicates! {
                assert_snapshot!(output, @"
                ------- stderr -------
                note: the file of revision a1 differs from what was applied, in comments, white space or line ends only
                nothing to do (at a1)
                [exit status: 0]
                ");
            }
        }
        // What is only said in another place than the upgrade is nobody's business.
        env.write("versions/a1_x.sql", format!("\u{feff}{}", original.replace("rev a1", "x")));
        assert_snapshot_is_quiet(&env);
        env.write("versions/a1_x.sql", original.replace("DROP VIEW v;", "DROP VIEW IF EXISTS v;"));
        assert_snapshot_is_quiet(&env);
    }
}

fn assert_snapshot_is_quiet(env: &TestEnvironment) {
    let output = env.run(&["upgrade", "a1"]);
    assert_eq!(output.stderr, "nothing to do (at a1)\n");
}

#[test]
fn a_revision_that_was_reverted_may_be_edited_and_one_that_was_stamped_too() {
    let env = applied("sqlite:app.db");
    env.run(&["downgrade", "base"]).ok();
    edit(&env, "(id INTEGER)", "(id INTEGER, more INTEGER)");
    env.run(&["upgrade"]).ok();
    edit(&env, ", more INTEGER", "");
    assert_eq!(env.run(&["upgrade"]).code(), Some(4));

    let env = applied("sqlite:app.db");
    env.run(&["downgrade", "base"]).ok();
    env.run(&["stamp", "a1"]).ok();
    edit(&env, "(id INTEGER)", "(nr INTEGER)");
    assert_eq!(env.run(&["upgrade", "a1"]).code(), Some(0));
}

#[test]
fn what_is_not_applied_cannot_be_accepted() {
    let env = applied("sqlite:app.db");
    assert_snapshot!(env.run(&["journal", "accept", "b1", "--yes"]), @"
    ------- stderr -------
    error: revision b1 is not applied
    hint: a file that has not been applied may be edited as you like
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["journal", "accept", "a1", "--yes"]), @"
    ------- stderr -------
    nothing to accept: the files read as what was applied
    [exit status: 0]
    ");
}

#[test]
fn a_section_for_another_dialect_is_not_this_databases() {
    let env = project()
        .revision(
            revision("a1", &[])
                .section("upgrade sqlite", "CREATE TABLE t (id INTEGER);")
                .section("upgrade postgresql", "CREATE TABLE t (id BIGINT);"),
        )
        .build();
    env.run(&["upgrade"]).ok();
    edit(&env, "BIGINT", "NUMERIC");
    env.run(&["upgrade"]).ok();
    edit(&env, "INTEGER", "NUMERIC");
    assert_eq!(env.run(&["upgrade"]).code(), Some(4));
}

#[test]
fn each_database_has_its_own_word() {
    let env = project()
        .config(
            "[databases.one]\nurl = \"sqlite:one.db\"\n[databases.two]\nurl = \"sqlite:two.db\"\n",
        )
        .revision(revision("a1", &[]))
        .build();
    env.run(&["upgrade"]).ok();
    env.write("versions/a1_x.sql", env.read("versions/a1_x.sql").replace("(id", "(nr"));
    assert_eq!(env.run(&["upgrade"]).code(), Some(4));
    env.run(&["-d", "one", "journal", "accept", "a1", "--yes"]).ok();
    assert_eq!(env.run(&["upgrade"]).code(), Some(7));
    env.run(&["journal", "accept", "a1", "--yes"]).ok();
    env.run(&["upgrade"]).ok();
}
