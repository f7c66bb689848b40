//! Planted faults on MariaDB and SQLite.

use insta::assert_snapshot;

use super::faults::{NOTHING, history};
use crate::support::{assert_no_scratch_on_mariadb, mariadb};

#[test]
fn on_mariadb() {
    let url = mariadb().create_database();
    let base = "\
CREATE TABLE teams (id integer PRIMARY KEY);
CREATE TABLE users (
    id integer AUTO_INCREMENT PRIMARY KEY,
    name varchar(40) NOT NULL DEFAULT 'nobody' COMMENT 'how to call them',
    mood enum('sad', 'ok'),
    team_id integer,
    KEY ix_name (name),
    CONSTRAINT fk_team FOREIGN KEY (team_id) REFERENCES teams (id),
    CONSTRAINT named CHECK (name <> '')
);
CREATE VIEW names AS SELECT name FROM users;
CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW SET NEW.name = trim(NEW.name);
CREATE SEQUENCE numbers INCREMENT BY 5;";
    let no_base = "DROP VIEW names; DROP TABLE users; DROP TABLE teams; DROP SEQUENCE numbers;";
    let env = history(
        &url,
        base,
        no_base,
        &[
            ("table", "CREATE TABLE notes (id integer PRIMARY KEY);", NOTHING),
            (
                "type",
                "ALTER TABLE users MODIFY name varchar(80) NOT NULL DEFAULT 'nobody' COMMENT 'how to call them';",
                "ALTER TABLE users MODIFY name varchar(20) NOT NULL DEFAULT 'nobody' COMMENT 'how to call them';",
            ),
            ("index", "ALTER TABLE users DROP KEY IF EXISTS ix_name;", NOTHING),
            (
                "default",
                "ALTER TABLE users ALTER name SET DEFAULT 'somebody';",
                "ALTER TABLE users ALTER name DROP DEFAULT;",
            ),
            (
                "enum",
                "ALTER TABLE users MODIFY mood enum('sad', 'fine', 'ok');",
                "ALTER TABLE users MODIFY mood enum('ok', 'sad');",
            ),
            ("sequence", "ALTER SEQUENCE numbers INCREMENT BY 10;", NOTHING),
            ("comment", "ALTER TABLE users COMMENT 'everybody';", NOTHING),
            ("trigger", "DROP TRIGGER IF EXISTS touched;", NOTHING),
            (
                "view",
                "CREATE OR REPLACE VIEW names AS SELECT name FROM users WHERE name <> 'nobody';",
                NOTHING,
            ),
            (
                "constraint",
                "ALTER TABLE users DROP CONSTRAINT IF EXISTS named;",
                "ALTER TABLE users ADD CONSTRAINT has_name CHECK (name <> '');",
            ),
            (
                // MySQL makes an index along, and leaves it when the key is dropped.
                "key",
                "ALTER TABLE teams ADD boss integer, ADD CONSTRAINT fk_boss FOREIGN KEY (boss) REFERENCES users (id);",
                "ALTER TABLE teams DROP FOREIGN KEY fk_boss;",
            ),
        ],
    );
    assert_snapshot!(env.run(&["verify", "--all"]), @"");
    assert_no_scratch_on_mariadb();
}

#[test]
fn on_sqlite() {
    let base = "\
CREATE TABLE teams (id INTEGER PRIMARY KEY);
CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL DEFAULT 'nobody', team INTEGER \
                CONSTRAINT fk_team REFERENCES teams (id), CONSTRAINT one UNIQUE (name));
CREATE INDEX ix_name ON users (name);
CREATE VIEW names AS SELECT name FROM users;
CREATE TRIGGER touched AFTER UPDATE ON users BEGIN SELECT 1; END;";
    let no_base = "DROP VIEW names; DROP TABLE users; DROP TABLE teams;";
    let rebuilt = |columns: &str| {
        format!(
            "DROP VIEW names; CREATE TABLE new_users ({columns}); INSERT INTO new_users SELECT * FROM users; \
             DROP TABLE users; ALTER TABLE new_users RENAME TO users; \
             CREATE INDEX ix_name ON users (name); CREATE VIEW names AS SELECT name FROM users; \
             CREATE TRIGGER touched AFTER UPDATE ON users BEGIN SELECT 1; END;"
        )
    };
    let with = |id: &str, name: &str, team: &str, more: &str| {
        rebuilt(&format!("id {id}, name {name}, team {team}{more}"))
    };
    let (id, name) = ("INTEGER NOT NULL PRIMARY KEY", "VARCHAR(40) DEFAULT 'nobody' NOT NULL");
    let team = "INTEGER";
    let keys = ", UNIQUE (name), FOREIGN KEY(team) REFERENCES teams (id)";
    let named = ", CONSTRAINT fk_team FOREIGN KEY (team) REFERENCES teams(id), CONSTRAINT one UNIQUE (name)";
    let up = with(id, "TEXT NOT NULL DEFAULT ('nobody')", team, named);
    let well = with(id, name, team, named);
    let env = history(
        "sqlite:app.db",
        base,
        no_base,
        &[
            ("rebuilt_well", &up, &well),
            ("table", "CREATE TABLE notes (id INTEGER PRIMARY KEY);", NOTHING),
            ("type", &well, &with(id, "VARCHAR(20) NOT NULL DEFAULT 'nobody'", team, named)),
            ("index", "DROP INDEX IF EXISTS ix_name;", NOTHING),
            (
                "default",
                &with(id, "TEXT NOT NULL DEFAULT 'somebody'", team, named),
                &with(id, "VARCHAR(40) NOT NULL", team, named),
            ),
            ("trigger", "DROP TRIGGER IF EXISTS touched;", NOTHING),
            (
                "view",
                "DROP VIEW names; CREATE VIEW names AS SELECT id, name FROM users;",
                "DROP VIEW names; CREATE VIEW names AS SELECT NAME, id FROM Users;",
            ),
            (
                "constraint",
                "DROP TABLE IF EXISTS notes;",
                &with(id, "TEXT NOT NULL DEFAULT 'somebody'", team, keys),
            ),
            ("user_version", "PRAGMA user_version = 7;", NOTHING),
        ],
    );
    assert_snapshot!(env.run(&["verify", "--all"]), @"");
    assert_eq!(std::fs::read_dir(env.path("../tmp")).unwrap().count(), 0);
}
