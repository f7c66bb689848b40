//! What keeps a seed from being run.

use insta::assert_snapshot;

use super::support::{KINDS, Kind, shop, user};
use crate::support::{project, revision};

#[test]
fn a_revision_that_is_not_applied() {
    for kind in KINDS {
        let shop = shop(kind);
        shop.write("seeds/1.sql", &user("", "ann"));
        shop.write("seeds/2.sql", &user("after = [\"b2\"]", "bob"));
        shop.env.write("versions/b2_x.sql", revision("b2", &["a1"]).text());
        let output = shop.seed(&[]);
        assert_eq!(shop.query("SELECT count(*) FROM users"), "0");
        assert_eq!(shop.seed(&["--plan"]).code(), Some(4));
        if kind == Kind::Postgres {
            assert_snapshot!(output, @"
            ------- stderr -------
            error: database app: seed 2.sql needs revision b2, which is not applied
              --> seeds/2.sql
              nothing was run
            hint: apply it first: limbeck upgrade -d app
            [exit status: 4]
            ");
        }
        shop.env.run(&["upgrade"]).ok();
        shop.seed(&[]).ok();
        assert_eq!(shop.query("SELECT count(*) FROM users"), "2");
    }
}

#[test]
fn a_revision_of_another_database() {
    let env = project()
        .config("[databases.app]\nurl = \"sqlite:app.db\"\nbranches = [\"app\"]\n[databases.results]\nurl = \"sqlite:results.db\"\nbranches = [\"results\"]\n")
        .revision(revision("a1", &[]).label("app"))
        .revision(revision("r1", &[]).label("results"))
        .build();
    env.run(&["upgrade"]).ok();
    env.write("seeds/1.sql", "/*---\nafter = \"a1\"\n---*/\nINSERT INTO t_a1 VALUES (1);");
    assert_snapshot!(env.run(&["db", "seed"]), @"
    ------- stderr -------
    error: database results: seed 1.sql needs revision a1, which this database does not have
      --> seeds/1.sql
      nothing was run
    hint: name the databases that it is for: `databases = [...]`, or a directory of their name
    [exit status: 4]
    ");
}

#[test]
fn a_protected_database() {
    let shop = shop(Kind::Sqlite);
    shop.write("limbeck.toml", "[databases.app]\nurl = \"sqlite:app.db\"\nprotected = true\n");
    assert_snapshot!(shop.seed(&[]), @"
    ------- stderr -------
    nothing to do: there are no seeds in seeds
    [exit status: 0]
    ");
    shop.write("seeds/1.sql", &user("", "ann"));
    assert_snapshot!(shop.seed(&[]), @"
    ------- stderr -------
    error: database app is protected: its seeds are not run
      to be run: 1.sql
    hint: --yes allows it; `limbeck db seed --plan` shows what would be run
    [exit status: 64]
    ");
    assert_eq!(shop.query("SELECT count(*) FROM users"), "0");
    assert_eq!(shop.seed(&["--plan"]).code(), Some(0));
    assert_snapshot!(shop.env.run(&["upgrade", "--seed"]), @"
    ------- stderr -------
    error: database app is protected: its seeds are not run
      nothing was done
    hint: without --seed, and then: limbeck db seed -d app --yes
    [exit status: 64]
    ");
    shop.seed(&["--yes"]).ok();
    // What has been run is no danger.
    assert!(shop.seed(&[]).stderr.contains("nothing to do"));
    assert_eq!(shop.query("SELECT count(*) FROM users"), "1");
}

#[test]
fn statements_that_are_no_part_of_one_transaction() {
    for kind in KINDS {
        let shop = shop(kind);
        shop.write("seeds/1.sql", &user("", "ann"));
        let mut cases = vec![
            ("SELECT 1;\nCOMMIT;", "COMMIT is not allowed in a seed"),
            ("-- nothing\n", "the seed holds no SQL"),
            ("SELECT 'open;\n", "2.sql:1"),
        ];
        match kind {
            Kind::Sqlite | Kind::Postgres => {
                cases.push(("SELECT 1;\nVACUUM;", "VACUUM cannot run inside"));
            }
            Kind::Mariadb => {
                cases.push(("SELECT 1;\nCREATE TABLE x (y INT);", "CREATE ends the transaction"));
                cases.push(("SELECT 1;\ntruncate countries;", "TRUNCATE ends the transaction"));
                cases.push(("SELECT 1;\nLOCK TABLES x READ;", "LOCK TABLES ends the transaction"));
            }
        }
        for (text, words) in cases {
            shop.write("seeds/2.sql", text);
            let output = shop.seed(&[]);
            assert_eq!(output.code(), Some(78), "{output}");
            assert!(output.stderr.contains(words), "{words} {output}");
            assert_eq!(shop.query("SELECT count(*) FROM users"), "0");
        }
        if kind == Kind::Mariadb {
            shop.write("seeds/2.sql", "SELECT 1; CREATE TABLE x (y INT);");
            assert_snapshot!(shop.seed(&[]), @"
            ------- stderr -------
            error: database app: CREATE ends the transaction on MySQL and MariaDB, and a seed is one
              --> seeds/2.sql:1:11
               |  CREATE TABLE x (y INT)
               |  ^
            hint: a revision is the place for it
            [exit status: 78]
            ");
        }
        // What MySQL does within a transaction.
        shop.write("seeds/2.sql", "CREATE TEMPORARY TABLE x (y INT);\nINSERT INTO x VALUES (1);");
        shop.seed(&[]).ok();
    }
}

#[test]
fn a_database_that_is_not_there_or_locked() {
    let env = project().revision(revision("a1", &[])).build();
    env.write("seeds/1.sql", "INSERT INTO t_a1 VALUES (1);");
    assert_snapshot!(env.run(&["db", "seed"]), @"
    ------- stderr -------
    error: database app: the database file $PROJ/app.db does not exist
    hint: `limbeck db create --database app` creates it; the name is from `url` (limbeck.toml:2)
    [exit status: 8]
    ");
    assert!(!env.path("app.db").exists());
    let shop = shop(Kind::Postgres);
    shop.write("seeds/1.sql", "SELECT pg_sleep(3);").write("seeds/2.sql", &user("", "ann"));
    let both = std::thread::scope(|scope| {
        let run = || shop.seed(&[]);
        let (one, two) = (scope.spawn(run), scope.spawn(run));
        [one.join().unwrap(), two.join().unwrap()]
    });
    for output in &both {
        assert_eq!(output.code(), Some(0), "{output}");
    }
    // One has waited for the other, and has found nothing left to do.
    assert_eq!(shop.records(), "done done");
    assert_eq!(shop.query("SELECT count(*) FROM users"), "1");
}
