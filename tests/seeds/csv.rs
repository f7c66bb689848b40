//! Rows of `.csv` files.

use insta::assert_snapshot;

use super::support::{KINDS, Kind, shop, tables};
use crate::support::{MariadbServer, project};

#[test]
fn rows_are_inserted_or_updated_by_the_primary_key() {
    for kind in KINDS {
        let shop = shop(kind);
        let countries = || shop.query("SELECT code, name, note FROM countries ORDER BY code");
        shop.write("seeds/countries.csv", "code,name\nDE,Germany\nFR,France\n");
        shop.seed(&[]).ok();
        shop.query("UPDATE countries SET note = 'kept', name = 'edited'");
        shop.query("DELETE FROM countries WHERE code = 'FR'");
        shop.write("seeds/countries.csv", "code,name\nDE,Deutschland\nFR,Frankreich\nIT,Italien\n");
        let output = shop.seed(&[]);
        assert_eq!(output.stderr.lines().nth(1), Some("  3 rows"), "{output}");
        let null = if kind == Kind::Mariadb { "NULL" } else { "" };
        assert_eq!(
            countries(),
            format!("DE|Deutschland|kept FR|Frankreich|{null} IT|Italien|{null}")
        );
    }
}

#[test]
fn rows_that_are_there_may_be_kept() {
    for kind in KINDS {
        let shop = shop(kind);
        shop.query("INSERT INTO countries (code, name) VALUES ('DE', 'mine')");
        let text = "#---\n# existing = \"keep\"\n#---\ncode,name\nDE,Germany\nFR,France\n";
        shop.write("seeds/countries.csv", text);
        shop.seed(&[]).ok();
        assert_eq!(shop.query("SELECT code, name FROM countries ORDER BY 1"), "DE|mine FR|France");
    }
}

/// On MySQL `ON DUPLICATE KEY UPDATE` would take the row of ann for the one of id 2.
#[test]
fn only_the_key_says_which_row_is_meant() {
    for kind in KINDS {
        let shop = shop(kind);
        shop.query("INSERT INTO users (name) VALUES ('ann')");
        shop.write("seeds/users.csv", "id,name\n2,ann\n");
        let output = shop.seed(&[]);
        assert_eq!(output.code(), Some(1), "{output}");
        assert!(output.stderr.contains("seeds/users.csv:2"), "{output}");
        assert_eq!(shop.query("SELECT id, name FROM users"), "1|ann");
        // Another key.
        shop.write(
            "seeds/users.csv",
            "#---\n# key = \"name\"\n#---\nname,is_admin\nann,true\nbob,FALSE\n",
        );
        shop.seed(&[]).ok();
        let truth = if kind == Kind::Postgres { ["t", "f"] } else { ["1", "0"] };
        assert_eq!(
            shop.query("SELECT name, is_admin FROM users ORDER BY name"),
            format!("ann|{} bob|{}", truth[0], truth[1])
        );
        assert_eq!(shop.query("SELECT id FROM users WHERE name = 'ann'"), "1");
    }
}

#[test]
fn the_next_row_of_the_application_gets_a_number_of_its_own() {
    for kind in KINDS {
        let shop = shop(kind);
        shop.write("seeds/users.csv", "id,name\n1,ann\n41,bob\n");
        shop.seed(&[]).ok();
        shop.query("INSERT INTO users (name) VALUES ('cy')");
        assert_eq!(shop.query("SELECT id FROM users WHERE name = 'cy'"), "42", "{kind:?}");
    }
}

#[test]
fn numbers_that_postgresql_always_makes_are_given_all_the_same() {
    let shop = shop(Kind::Postgres);
    shop.query("CREATE TABLE roles (id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT)");
    shop.query("CREATE SCHEMA \"Geo\"");
    shop.query(
        "CREATE TABLE \"Geo\".\"Places\" (id INT PRIMARY KEY, at POINT, tags TEXT[], on_ DATE)",
    );
    shop.write("seeds/1-roles.csv", "id,name\n7,admin\n");
    shop.write("seeds/2_Geo.Places.csv", "id,at,tags,on_\n1,\"(1,2)\",\"{a,b}\",2026-01-02\n");
    shop.seed(&[]).ok();
    shop.query("INSERT INTO roles (name) VALUES ('user')");
    assert_eq!(shop.query("SELECT id, name FROM roles ORDER BY 1"), "7|admin 8|user");
    assert_eq!(shop.query("SELECT * FROM \"Geo\".\"Places\""), "1|(1,2)|{a,b}|2026-01-02");
}

#[test]
fn a_table_that_is_not_as_the_file_has_it() {
    for kind in KINDS {
        let shop = shop(kind);
        let cases = [
            ("seeds/cuontries.csv", "code\nDE\n", "there is no table cuontries"),
            (
                "seeds/countries.csv",
                "code,nmae\nDE,x\n",
                "has no column 'nmae', did you mean 'name'?",
            ),
            ("seeds/countries.csv", "name\nx\n", "the key 'code' is none of the columns"),
            ("seeds/nokey.csv", "x\n1\n", "table nokey has no primary key"),
        ];
        shop.query("CREATE TABLE nokey (x INTEGER)");
        for (path, text, words) in cases {
            shop.write(path, text);
            let output = shop.seed(&[]);
            assert_ne!(output.code(), Some(0), "{output}");
            assert!(output.stderr.contains(words), "{output}");
            assert!(output.stderr.contains(&format!("--> {path}:1")), "{output}");
            std::fs::remove_file(shop.env.path(path)).unwrap();
        }
        let key = "#---\n# key = \"name\"\n#---\nname,note\nsame,x\n";
        shop.query("INSERT INTO countries (code, name) VALUES ('A1', 'same'), ('A2', 'same')");
        shop.write("seeds/countries.csv", key);
        let output = shop.seed(&[]);
        assert!(output.stderr.contains("2 rows of table countries have this key"), "{output}");
        assert!(output.stderr.contains("--> seeds/countries.csv:5"), "{output}");
    }
}

#[test]
fn values_that_do_not_fit_are_told_with_their_line() {
    for kind in KINDS {
        let shop = shop(kind);
        shop.write("seeds/users.csv", "id,name\n1,ann\nzwei,bob\n");
        let output = shop.seed(&[]);
        assert_ne!(output.code(), Some(0), "{output}");
        assert!(output.stderr.contains("--> seeds/users.csv:3"), "{output}");
        assert_eq!(shop.query("SELECT count(*) FROM users"), "0");
        match kind {
            Kind::Sqlite => assert_snapshot!(output, @r#"
            ------- stderr -------
            Seeding users.csv (new)
            error: database app: column 'id' of table users is INTEGER, and "zwei" is no whole number
              --> seeds/users.csv:3:1
            hint: nothing of this seed has been kept
            [exit status: 1]
            "#),
            Kind::Postgres => assert_snapshot!(output, @r#"
            ------- stderr -------
            Seeding users.csv (new)
            error: database app: invalid input syntax for type integer: "zwei"
              --> seeds/users.csv:3:1
            hint: nothing of this seed has been kept
            [exit status: 1]
            "#),
            Kind::Mariadb => assert_snapshot!(output, @"
            ------- stderr -------
            Seeding users.csv (new)
            error: database app: Incorrect integer value: 'zwei' for column `$DATABASE`.`users`.`id` at row 1
              --> seeds/users.csv:3:1
              detail: error 1366 (SQLSTATE 22007)
            hint: nothing of this seed has been kept
            [exit status: 1]
            "),
        }
    }
}

/// Whatever the server has for `sql_mode`.
#[test]
fn mariadb_cuts_no_value_without_a_word() {
    let server = MariadbServer::start(&["--sql-mode="]);
    let env = project().url(server.create_database()).revision(tables(Kind::Mariadb)).build();
    env.run(&["upgrade"]).ok();
    env.write("seeds/countries.csv", "code,name\nDEU,Germany\n");
    let output = env.run(&["db", "seed"]);
    assert_eq!(output.code(), Some(1), "{output}");
    assert!(output.stderr.contains("Data too long for column 'code'"), "{output}");
}
