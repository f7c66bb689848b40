//! Views that depend on what is changed.

use crate::support::{TestEnvironment, postgres, revision};

use super::{answer, code, ran, scripted};

const BIG: &str = "/*---\nafter = \"a1\"\ndrops = \"view big\"\n---*/\nCREATE VIEW big AS SELECT id, total FROM orders;";
const TOP: &str = "/*---\nafter = \"a1\"\ndrops = \"view top\"\n---*/\nCREATE VIEW top AS SELECT total FROM big WHERE total > 5;";
const SALES: &str = "/*---\nafter = \"a1\"\ndrops = \"materialized view sales\"\n---*/\n\
    CREATE MATERIALIZED VIEW sales AS SELECT sum(total) AS total FROM top;";

/// A table with a view, a view on that, and a materialised view on that.
fn chain(url: &str, more: &str, widen: &str) -> TestEnvironment {
    scripted(url, more)
        .revision(
            revision("a1", &[])
                .upgrade("CREATE TABLE orders (id int, total int);\nINSERT INTO orders VALUES (1, 10), (2, 4);")
                .downgrade("DROP TABLE orders;"),
        )
        .revision(
            revision("a2", &["a1"])
                .upgrade(widen)
                .downgrade("ALTER TABLE orders ALTER COLUMN total TYPE int;"),
        )
        .file("repeatable/big.sql", BIG)
        .file("repeatable/top.sql", TOP)
        .file("repeatable/sales.sql", SALES)
        .build()
}

const WIDEN: &str = "ALTER TABLE orders ALTER COLUMN total TYPE numeric(12, 2);";

/// What was added to the views since they were made.
const ADDED: &str = "CREATE UNIQUE INDEX sales_total ON sales (total);
    GRANT SELECT ON top TO PUBLIC;
    COMMENT ON VIEW big IS 'it''s big';
    COMMENT ON COLUMN big.total IS 'in cents';
    ALTER VIEW big ALTER COLUMN total SET DEFAULT 7;
    CREATE RULE none AS ON INSERT TO top DO INSTEAD NOTHING;
    CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER t INSTEAD OF INSERT ON big FOR EACH ROW EXECUTE FUNCTION nothing();
    CREATE VIEW above AS SELECT total FROM sales;";

fn added(env: &TestEnvironment, url: &str) -> String {
    answer(
        env,
        url,
        "SELECT indexname FROM pg_indexes WHERE tablename = 'sales'
         UNION ALL SELECT relacl::text FROM pg_class WHERE relname = 'top'
         UNION ALL SELECT obj_description('big'::regclass, 'pg_class')
         UNION ALL SELECT col_description(attrelid, attnum) FROM pg_attribute
             WHERE attrelid = 'big'::regclass AND attname = 'total'
         UNION ALL SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'big'::regclass
         UNION ALL SELECT rulename FROM pg_rules
         UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
         UNION ALL SELECT string_agg(viewname || ' by ' || viewowner, ', ' ORDER BY viewname)
             FROM pg_views WHERE schemaname = 'public'",
    )
}

#[test]
fn a_column_under_views_changes_its_type() {
    for more in ["", "transaction_mode = \"run\""] {
        let url = postgres().create_database();
        let env = chain(&url, more, WIDEN);
        code(&env, &["upgrade", "a1"], 0);
        postgres().psql(url.rsplit('/').next().unwrap(), ADDED);
        let before = added(&env, &url);
        let said = code(&env, &["upgrade"], 0);
        assert_eq!(ran(&said), ["big", "top", "sales"], "{said}");
        assert_eq!(answer(&env, &url, "SELECT total FROM above"), "10.00");
        assert_eq!(added(&env, &url), before);
        assert!(code(&env, &["upgrade"], 0).contains("nothing to do"), "{more}");
        // And back again.
        code(&env, &["downgrade", "-1"], 0);
        assert_eq!(answer(&env, &url, "SELECT total FROM above"), "10");
        assert_eq!(added(&env, &url), before);
    }
}

#[test]
fn a_failure_behind_it_rolls_all_of_it_back() {
    for more in ["", "transaction_mode = \"run\""] {
        let url = postgres().create_database();
        let env = chain(&url, more, &format!("{WIDEN}\nSELECT 1 / 0;"));
        code(&env, &["upgrade", "a1"], 0);
        postgres().psql(url.rsplit('/').next().unwrap(), ADDED);
        let before = added(&env, &url);
        let said = code(&env, &["upgrade"], 1);
        assert!(said.contains("division by zero"), "{said}");
        assert_eq!(answer(&env, &url, "SELECT total FROM above"), "10");
        assert_eq!(added(&env, &url), before);
        assert_eq!(answer(&env, &url, "SELECT version_num FROM alembic_version"), "a1");
    }
}

#[test]
fn a_script_that_does_not_fit_any_more_stops_the_revision() {
    let url = postgres().create_database();
    let env = chain(&url, "", "ALTER TABLE orders DROP COLUMN total;");
    code(&env, &["upgrade", "a1"], 0);
    let said = code(&env, &["upgrade"], 1);
    assert!(
        said.contains("repeatable big: public.big is dropped with what it is made of"),
        "{said}"
    );
    assert_eq!(answer(&env, &url, "SELECT total FROM sales"), "10");
    // With a text that fits, both go together.
    env.write("repeatable/big.sql", BIG.replace("total FROM", "id * 2 AS total FROM"));
    let said = code(&env, &["upgrade"], 0);
    assert_eq!(ran(&said), ["big", "top", "sales"], "{said}");
    assert_eq!(answer(&env, &url, "SELECT count(*) FROM top"), "0");
}

#[test]
fn what_a_script_drops_of_others_is_made_again() {
    let url = postgres().create_database();
    let env = chain(&url, "", WIDEN);
    code(&env, &["upgrade"], 0);
    postgres().psql(url.rsplit('/').next().unwrap(), ADDED);
    let before = added(&env, &url);
    env.write("repeatable/big.sql", BIG.replace("id, total", "total, id"));
    let said = code(&env, &["upgrade"], 0);
    assert_eq!(ran(&said), ["big", "top", "sales"], "{said}");
    // The view that no script makes as well.
    assert_eq!(answer(&env, &url, "SELECT total FROM above"), "10.00");
    assert_eq!(added(&env, &url), before);
}

#[test]
fn what_others_need_and_cannot_be_made_again_stops_the_script() {
    let url = postgres().create_database();
    let env = chain(&url, "", WIDEN);
    code(&env, &["upgrade"], 0);
    let database = url.rsplit('/').next().unwrap();
    postgres().psql(database, "CREATE VIEW ids AS SELECT id FROM big");
    env.write("repeatable/big.sql", BIG.replace("id, total", "total"));
    let said = code(&env, &["upgrade"], 1);
    assert!(
        said.contains("public.ids is dropped with what it is made of, and cannot be made again"),
        "{said}"
    );
    assert_eq!(answer(&env, &url, "SELECT count(*) FROM ids"), "2");
    assert_eq!(answer(&env, &url, "SELECT total FROM sales"), "10.00");
}

#[test]
fn a_downgrade_takes_views_along_and_an_upgrade_brings_them_back() {
    for more in ["", "transaction_mode = \"run\""] {
        let url = postgres().create_database();
        let env = chain(&url, more, WIDEN);
        code(&env, &["upgrade"], 0);
        let said = code(&env, &["downgrade", "base"], 0);
        assert!(said.contains("public.top went with what it is made of"), "{said}");
        assert_eq!(
            answer(&env, &url, "SELECT count(*) FROM pg_views WHERE schemaname = 'public'"),
            "0"
        );
        let said = code(&env, &["repeat", "--plan"], 0);
        assert!(said.contains("waits for a1"), "{said}");
        assert_eq!(ran(&code(&env, &["upgrade"], 0)), ["big", "top", "sales"]);
        assert_eq!(answer(&env, &url, "SELECT total FROM sales"), "10.00");
    }
}

#[test]
fn a_view_that_somebody_else_has_dropped_is_missed() {
    let url = postgres().create_database();
    let env = chain(&url, "", WIDEN);
    code(&env, &["upgrade"], 0);
    postgres().psql(url.rsplit('/').next().unwrap(), "DROP VIEW top CASCADE");
    let said = code(&env, &["upgrade"], 0);
    assert_eq!(ran(&said), ["top", "sales"], "{said}");
    assert!(said.contains("(what it makes is missing)"), "{said}");
}

#[test]
fn views_of_sqlite_stand_in_the_way_too() {
    let text = |name: &str, select: &str| {
        format!("/*---\ndrops = \"view {name}\"\n---*/\nCREATE VIEW {name} AS {select};")
    };
    for more in ["", "transaction_mode = \"run\""] {
        let env = scripted("sqlite:app.db", more)
            .revision(
                revision("a1", &[])
                    .upgrade("CREATE TABLE orders (id int, total int, note text);\nINSERT INTO orders VALUES (1, 10, 'x');")
                    .downgrade("DROP TABLE orders;"),
            )
            .file("repeatable/big.sql", text("big", "SELECT id, total FROM orders"))
            .file("repeatable/top.sql", text("top", "SELECT total FROM big"))
            .build();
        code(&env, &["upgrade"], 0);
        let url = "sqlite:app.db";
        super::query(&env, url, "CREATE TRIGGER tr INSTEAD OF INSERT ON top BEGIN SELECT 1; END");
        env.write(
            "versions/a2_.sql",
            revision("a2", &["a1"])
                .upgrade("CREATE TABLE new (id int, total text);\nINSERT INTO new SELECT id, total FROM orders;\nDROP TABLE orders;\nALTER TABLE new RENAME TO orders;")
                .downgrade("ALTER TABLE orders ADD COLUMN note text;")
                .text(),
        );
        let said = code(&env, &["upgrade"], 0);
        assert_eq!(ran(&said), ["big", "top"], "{said}");
        assert_eq!(answer(&env, url, "SELECT typeof(total) FROM top"), "text");
        assert_eq!(
            answer(&env, url, "SELECT name FROM sqlite_schema WHERE type = 'trigger'"),
            "tr"
        );
        code(&env, &["downgrade", "a1"], 0);
    }
}
