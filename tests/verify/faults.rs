//! Planted faults on PostgreSQL: each is found and named, whatever else is wrong.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, assert_no_scratch_on_postgres, postgres, project, revision};

/// A project whose first revision makes `base`, and whose others go up and down as `steps` say, each
/// behind the one before.
pub(super) fn history(
    url: &str,
    base: &str,
    no_base: &str,
    steps: &[(&str, &str, &str)],
) -> TestEnvironment {
    let base = revision("first", &[]).at("versions/00_first.sql").upgrade(base).downgrade(no_base);
    let mut project = project().url(url).revision(base);
    let mut below = "first".to_owned();
    for (number, (id, up, down)) in steps.iter().enumerate() {
        let path = format!("versions/{:02}_{id}.sql", number + 1);
        project = project.revision(revision(id, &[&below]).at(&path).upgrade(up).downgrade(down));
        (*id).clone_into(&mut below);
    }
    project.build()
}

/// Nothing more than a statement that does nothing.
pub(super) const NOTHING: &str = "SELECT 1;";

#[test]
fn on_postgres() {
    let url = postgres().create_database();
    let base = "\
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE teams (id integer PRIMARY KEY);
CREATE TABLE users (
    id serial PRIMARY KEY,
    name varchar(40) NOT NULL DEFAULT 'nobody',
    mood mood,
    team_id integer CONSTRAINT fk_team REFERENCES teams
);
CREATE INDEX ix_name ON users (name);
CREATE SEQUENCE numbers INCREMENT BY 5;
COMMENT ON COLUMN users.name IS 'how to call them';
CREATE VIEW names AS SELECT 'ann'::text AS name;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();";
    let no_base = "DROP VIEW names; DROP TABLE users; DROP TABLE teams; DROP TYPE mood; \
                   DROP SEQUENCE numbers; DROP FUNCTION touch();";
    let env = history(
        &url,
        base,
        no_base,
        &[
            ("table", "CREATE TABLE notes (id serial PRIMARY KEY, text text);", NOTHING),
            (
                "type",
                "ALTER TABLE teams ADD size bigint; ALTER TABLE teams ALTER id TYPE bigint;",
                "ALTER TABLE teams DROP size; ALTER TABLE teams ALTER id TYPE smallint;",
            ),
            ("index", "DROP INDEX IF EXISTS ix_name;", NOTHING),
            (
                "default",
                "ALTER TABLE users ALTER name SET DEFAULT 'somebody';",
                "ALTER TABLE users ALTER name DROP DEFAULT;",
            ),
            ("enum", "ALTER TYPE mood ADD VALUE 'fine' BEFORE 'ok';", NOTHING),
            (
                "sequence",
                "ALTER SEQUENCE numbers INCREMENT BY 10;",
                "ALTER SEQUENCE numbers INCREMENT BY 1;",
            ),
            (
                "comment",
                "COMMENT ON COLUMN users.name IS 'their names';",
                "COMMENT ON COLUMN users.name IS NULL;",
            ),
            ("trigger", "DROP TRIGGER IF EXISTS touched ON users;", NOTHING),
            (
                "view",
                "CREATE OR REPLACE VIEW names AS SELECT 'bob'::text AS name;",
                "CREATE OR REPLACE VIEW names AS SELECT 'eve'::text AS name;",
            ),
            (
                "constraint",
                "ALTER TABLE users DROP CONSTRAINT fk_team;",
                "ALTER TABLE users ADD CONSTRAINT users_team_fkey FOREIGN KEY (team_id) REFERENCES teams;",
            ),
        ],
    );
    assert_snapshot!(env.run(&["verify", "--all"]), @r#"
    app: the downgrade of table leaves another schema than there was before it
      --> versions/01_table.sql:13
      sequence public.notes_id_seq is left behind
        is:  as integer start 1 by 1 from 1 to 2147483647 cache 1 owned by notes.id
      table public.notes is left behind
      so the upgrade cannot be run again: relation "notes" already exists
    app: the downgrade of type leaves another schema than there was before it
      --> versions/02_type.sql:13
      table public.teams: column id is another one
        was: integer not null
        is:  smallint not null
    app: the downgrade of index leaves another schema than there was before it
      --> versions/03_index.sql:13
      table public.users: index ix_name is missing
        was: CREATE INDEX ix_name ON public.users USING btree (name)
    app: the downgrade of default leaves another schema than there was before it
      --> versions/04_default.sql:13
      table public.users: column name is another one
        was: character varying(40) not null default 'nobody'::character varying comment 'how to call them'
        is:  character varying(40) not null comment 'how to call them'
    app: the downgrade of enum leaves another schema than there was before it
      --> versions/05_enum.sql:13
      type public.mood is another one
        was: enum ('sad', 'ok')
        is:  enum ('sad', 'fine', 'ok')
      so the upgrade cannot be run again: enum label "fine" already exists
    app: the downgrade of sequence leaves another schema than there was before it
      --> versions/06_sequence.sql:13
      sequence public.numbers is another one
        was: as bigint start 1 by 5 from 1 to 9223372036854775807 cache 1
        is:  as bigint start 1 by 1 from 1 to 9223372036854775807 cache 1
    app: the downgrade of comment leaves another schema than there was before it
      --> versions/07_comment.sql:13
      table public.users: column name is another one
        was: character varying(40) not null default 'somebody'::character varying comment 'how to call them'
        is:  character varying(40) not null default 'somebody'::character varying
    app: the downgrade of trigger leaves another schema than there was before it
      --> versions/08_trigger.sql:13
      table public.users: trigger touched is missing
        was: CREATE TRIGGER touched BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION touch()
    app: the downgrade of view leaves another schema than there was before it
      --> versions/09_view.sql:13
      view public.names: query is another one
        was: SELECT 'ann'::text AS name;
        is:  SELECT 'eve'::text AS name;
    app: the downgrade of constraint leaves another schema than there was before it
      --> versions/10_constraint.sql:13
      table public.users: constraint fk_team is missing
        was: FOREIGN KEY (team_id) REFERENCES teams(id)
      table public.users: constraint users_team_fkey is left behind
        is:  FOREIGN KEY (team_id) REFERENCES teams(id)
      so the upgrade cannot be run again: constraint "fk_team" of relation "users" does not exist
    ------- stderr -------
    app: 11 revisions up, down and up again
    app: 1 well, 10 different
    [exit status: 5]
    "#);
    assert_no_scratch_on_postgres();
}

#[test]
fn what_else_postgres_has() {
    let url = postgres().create_database();
    let base = "\
CREATE TABLE events (id integer NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE DOMAIN age AS integer CHECK (VALUE >= 0);
CREATE MATERIALIZED VIEW days AS SELECT DISTINCT at FROM events;
CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE SCHEMA reports;
CREATE TABLE reports.daily (id integer GENERATED ALWAYS AS IDENTITY, day date);";
    let no_base = "DROP SCHEMA reports CASCADE; DROP FUNCTION one(); DROP MATERIALIZED VIEW days; \
                   DROP DOMAIN age; DROP TABLE events;";
    let mut env = history(
        &url,
        base,
        no_base,
        &[
            // A right that is taken back leaves nothing, though the catalog has a list then.
            (
                "rights_well",
                "GRANT SELECT ON reports.daily TO PUBLIC;",
                "REVOKE SELECT ON reports.daily FROM PUBLIC;",
            ),
            ("rights", "GRANT SELECT ON events TO PUBLIC;", NOTHING),
            ("policy", "CREATE POLICY mine ON reports.daily USING (id > 0);", NOTHING),
            ("row_security", "ALTER TABLE reports.daily ENABLE ROW LEVEL SECURITY;", NOTHING),
            (
                "partition",
                "CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');",
                "ALTER TABLE events DETACH PARTITION events_2027;",
            ),
            (
                "domain",
                "ALTER DOMAIN age DROP CONSTRAINT age_check;",
                "ALTER DOMAIN age ADD CONSTRAINT age_check CHECK (VALUE > 0);",
            ),
            (
                "function",
                "CREATE OR REPLACE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 2';",
                NOTHING,
            ),
            ("matview", "CREATE UNIQUE INDEX ix_day ON days (at);", NOTHING),
            (
                "identity",
                "ALTER TABLE reports.daily ALTER id DROP IDENTITY;",
                "ALTER TABLE reports.daily ALTER id ADD GENERATED BY DEFAULT AS IDENTITY;",
            ),
            ("statistics", "CREATE STATISTICS more ON id, day FROM reports.daily;", NOTHING),
            (
                "operator",
                "CREATE FUNCTION same(integer, integer) RETURNS boolean LANGUAGE sql AS 'SELECT $1 = $2'; \
                 CREATE OPERATOR === (LEFTARG = integer, RIGHTARG = integer, FUNCTION = same);",
                "DROP OPERATOR === (integer, integer);",
            ),
            ("schema", "CREATE SCHEMA elsewhere;", NOTHING),
        ],
    );
    // As of 17 there is one right more.
    env.replace("arwdDxtm", "arwdDxt");
    assert_snapshot!(env.run(&["verify", "--fresh", "--all"]), @r#"
    app: the downgrade of rights leaves another schema than there was before it
      --> versions/02_rights.sql:13
      table public.events is another one
        was: partition by RANGE (at)
        is:  partition by RANGE (at) rights =r/limbeck, limbeck=arwdDxt/limbeck
    app: the downgrade of policy leaves another schema than there was before it
      --> versions/03_policy.sql:13
      table reports.daily: policy mine is left behind
        is:  for all to public using (id > 0)
      so the upgrade cannot be run again: policy "mine" for table "daily" already exists
    app: the downgrade of row_security leaves another schema than there was before it
      --> versions/04_row_security.sql:13
      table reports.daily is another one
        was: rights =r/limbeck, limbeck=arwdDxt/limbeck
        is:  row security rights =r/limbeck, limbeck=arwdDxt/limbeck
    app: the downgrade of partition leaves another schema than there was before it
      --> versions/05_partition.sql:13
      table public.events_2027 is left behind
      so the upgrade cannot be run again: relation "events_2027" already exists
    app: the downgrade of domain leaves another schema than there was before it
      --> versions/06_domain.sql:13
      domain public.age is another one
        was: integer with age_check CHECK ((VALUE >= 0))
        is:  integer with age_check CHECK ((VALUE > 0))
    app: the downgrade of function leaves another schema than there was before it
      --> versions/07_function.sql:13
      function public.one() is another one
        was: CREATE OR REPLACE FUNCTION public.one()
              RETURNS integer
              LANGUAGE sql
             AS $function$SELECT 1$function$
        is:  CREATE OR REPLACE FUNCTION public.one()
              RETURNS integer
              LANGUAGE sql
             AS $function$SELECT 2$function$
    app: the downgrade of matview leaves another schema than there was before it
      --> versions/08_matview.sql:13
      materialized view public.days: index ix_day is left behind
        is:  CREATE UNIQUE INDEX ix_day ON public.days USING btree (at)
      so the upgrade cannot be run again: relation "ix_day" already exists
    app: the downgrade of identity leaves another schema than there was before it
      --> versions/09_identity.sql:13
      table reports.daily: column id is another one
        was: integer not null identity always
        is:  integer not null identity by default
    app: the downgrade of statistics leaves another schema than there was before it
      --> versions/10_statistics.sql:13
      table reports.daily: statistics more is left behind
        is:  CREATE STATISTICS public.more ON id, day FROM reports.daily
      so the upgrade cannot be run again: statistics object "more" already exists
    app: the downgrade of operator leaves another schema than there was before it
      --> versions/11_operator.sql:13
      function public.same(integer, integer) is left behind
        is:  CREATE OR REPLACE FUNCTION public.same(integer, integer)
              RETURNS boolean
              LANGUAGE sql
             AS $function$SELECT $1 = $2$function$
      so the upgrade cannot be run again: function "same" already exists with same argument types
    app: the downgrade of schema leaves another schema than there was before it
      --> versions/12_schema.sql:13
      schema elsewhere is left behind
      so the upgrade cannot be run again: schema "elsewhere" already exists
    ------- stderr -------
    app: 13 revisions up, down and up again
    app: 2 well, 11 different
    [exit status: 5]
    "#);
}

#[test]
fn the_order_of_columns_is_a_note() {
    let url = postgres().create_database();
    let env = history(
        &url,
        "CREATE TABLE t (a integer, b integer, c integer);",
        "DROP TABLE t;",
        &[("less", "ALTER TABLE t DROP a;", "ALTER TABLE t ADD a integer;")],
    );
    assert_snapshot!(env.run(&["verify"]), @"
    app: note: the downgrade of less changes the order of columns
      --> versions/01_less.sql:13
      table public.t: columns were a, b, c, are b, c, a
    ------- stderr -------
    app: 2 revisions up, down and up again
    app: 2 well
    [exit status: 0]
    ");
}
