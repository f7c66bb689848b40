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
    assert_snapshot!(env.run(&["verify", "--all"]), @"
    app: the downgrade of table leaves another schema than there was before it
      --> versions/01_table.sql:13
      table notes is left behind
        is:  ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci
      so the upgrade cannot be run again: Table 'notes' already exists
    app: the downgrade of type leaves another schema than there was before it
      --> versions/02_type.sql:13
      table users: column name is another one
        was: varchar(40) NOT NULL DEFAULT 'nobody' COMMENT 'how to call them'
        is:  varchar(20) NOT NULL DEFAULT 'nobody' COMMENT 'how to call them'
    app: the downgrade of index leaves another schema than there was before it
      --> versions/03_index.sql:13
      table users: index ix_name is missing
        was: KEY `ix_name` (`name`)
    app: the downgrade of default leaves another schema than there was before it
      --> versions/04_default.sql:13
      table users: column name is another one
        was: varchar(80) NOT NULL DEFAULT 'nobody' COMMENT 'how to call them'
        is:  varchar(80) NOT NULL COMMENT 'how to call them'
    app: the downgrade of enum leaves another schema than there was before it
      --> versions/05_enum.sql:13
      table users: column mood is another one
        was: enum('sad','ok') DEFAULT NULL
        is:  enum('ok','sad') DEFAULT NULL
    app: the downgrade of sequence leaves another schema than there was before it
      --> versions/06_sequence.sql:13
      sequence numbers is another one
        was: CREATE SEQUENCE `numbers` start with 1 minvalue 1 maxvalue 9223372036854775806 increment by 5 cache 1000 nocycle ENGINE=InnoDB
        is:  CREATE SEQUENCE `numbers` start with 1 minvalue 1 maxvalue 9223372036854775806 increment by 10 cache 1000 nocycle ENGINE=InnoDB
    app: the downgrade of comment leaves another schema than there was before it
      --> versions/07_comment.sql:13
      table users is another one
        was: ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci
        is:  ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci COMMENT='everybody'
    app: the downgrade of trigger leaves another schema than there was before it
      --> versions/08_trigger.sql:13
      table users: trigger touched is missing
        was: BEFORE UPDATE SET NEW.name = trim(NEW.name)
    app: the downgrade of view leaves another schema than there was before it
      --> versions/09_view.sql:13
      view names is another one
        was: CREATE ALGORITHM=UNDEFINED DEFINER=`limbeck`@`127.0.0.1` SQL SECURITY DEFINER VIEW `names` AS select `users`.`name` AS `name` from `users`
        is:  CREATE ALGORITHM=UNDEFINED DEFINER=`limbeck`@`127.0.0.1` SQL SECURITY DEFINER VIEW `names` AS select `users`.`name` AS `name` from `users` where `users`.`name` <> 'nobody'
    app: the downgrade of constraint leaves another schema than there was before it
      --> versions/10_constraint.sql:13
      table users: constraint has_name is left behind
        is:  CONSTRAINT `has_name` CHECK (`name` <> '')
      table users: constraint named is missing
        was: CONSTRAINT `named` CHECK (`name` <> '')
    app: the downgrade of key leaves another schema than there was before it
      --> versions/11_key.sql:13
      table teams: column boss is left behind
        is:  int(11) DEFAULT NULL
      table teams: index fk_boss is left behind
        is:  KEY `fk_boss` (`boss`)
      so the upgrade cannot be run again: Duplicate column name 'boss'
    ------- stderr -------
    app: 12 revisions up, down and up again
    app: 1 well, 11 different
    [exit status: 5]
    ");
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
    assert_snapshot!(env.run(&["verify", "--all"]), @"
    app: the downgrade of table leaves another schema than there was before it
      --> versions/02_table.sql:13
      table notes is left behind
      so the upgrade cannot be run again: table notes already exists
    app: the downgrade of type leaves another schema than there was before it
      --> versions/03_type.sql:13
      table users: column name is another one
        was: text not null default 'nobody'
        is:  varchar(20) not null default 'nobody'
    app: the downgrade of index leaves another schema than there was before it
      --> versions/04_index.sql:13
      table users: index ix_name is missing
        was: create index ix_name on users(name)
    app: the downgrade of default leaves another schema than there was before it
      --> versions/05_default.sql:13
      table users: column name is another one
        was: varchar(40) not null default 'nobody'
        is:  varchar(40) not null
      table users: index ix_name is left behind
        is:  create index ix_name on users(name)
    app: the downgrade of trigger leaves another schema than there was before it
      --> versions/06_trigger.sql:13
      table users: trigger touched is missing
        was: create trigger touched after update on users begin select 1 ; end
    app: the downgrade of view leaves another schema than there was before it
      --> versions/07_view.sql:13
      view names is another one
        was: create view names as select name from users
        is:  create view names as select name, id from users
    app: the downgrade of constraint leaves another schema than there was before it
      --> versions/08_constraint.sql:13
      table notes is missing
      table users: constraint fk_team is missing
        was: foreign key(team) references teams(id)
      table users: constraint one is missing
        was: unique(name)
      table users: foreign key(team) references teams(id) is left behind
      table users: trigger touched is left behind
        is:  create trigger touched after update on users begin select 1 ; end
      table users: unique(name) is left behind
      view names is another one
        was: create view names as select id, name from users
        is:  create view names as select name from users
    app: the downgrade of user_version leaves another schema than there was before it
      --> versions/09_user_version.sql:13
      user_version is another one
        was: 0
        is:  7
    ------- stderr -------
    app: 10 revisions up, down and up again
    app: 2 well, 8 different
    [exit status: 5]
    ");
    assert_eq!(std::fs::read_dir(env.path("../tmp")).unwrap().count(), 0);
}
