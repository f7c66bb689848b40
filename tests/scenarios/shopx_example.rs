//! `examples/shopx`: tables in the first phase, partitions, indexes, views and aggregates in the second, with the names of
//! the guide's Makefile.

use crate::support::{Output, TestEnvironment, example, postgres, query};

/// The example on a database of its own.
fn shopx() -> (TestEnvironment, String) {
    let mut env = example("shopx");
    let url = postgres().create_database();
    env.set("DATABASE_URL", url.replacen("postgres://", "postgresql+asyncpg://", 1));
    (env, url)
}

fn make(env: &TestEnvironment, arguments: &[&str]) -> Output {
    let mut make = env.program("make");
    make.arg("--no-print-directory").arg("--silent").args(arguments);
    env.finish(make)
}

fn answer(env: &TestEnvironment, url: &str, sql: &str) -> String {
    query(env, url, sql).trim_end().to_owned()
}

const SALES: &str =
    "SELECT string_agg(category || ' ' || total, ', ' ORDER BY month, category) FROM monthly_sales";

#[test]
fn all_of_it_once_and_nothing_the_second_time() {
    let (env, database) = shopx();
    let first = make(&env, &["migrate-all"]);
    assert_eq!(first.code(), Some(0), "{first}");
    for name in ["order_lines", "monthly_sales", "refresh_sales"] {
        assert!(first.stderr.contains(&format!("Running repeatable {name} (new)")), "{first}");
    }
    let valid = "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE c.relname IN ('idx_products_category', 'idx_users_created_at') AND i.indisvalid";
    assert_eq!(answer(&env, &database, valid), "2");
    let second = make(&env, &["migrate-all"]);
    assert_eq!(second.code(), Some(0), "{second}");
    assert_eq!(second.stderr.trim(), "nothing to do (at optimize_003)", "{second}");
    make(&env, &["migrate-current"]).ok();
    make(&env, &["migrate-history"]).ok();
    make(&env, &["migrate-plan"]).ok();
    make(&env, &["help"]).ok();
}

#[test]
fn one_phase_after_the_other() {
    let (env, database) = shopx();
    make(&env, &["migrate"]).ok();
    let tables = "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class c
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
        AND relname NOT LIKE '%alembic%' AND relname NOT LIKE 'limbeck%'";
    assert_eq!(answer(&env, &database, tables), "categories orders products users");
    make(&env, &["migrate-sql"]).ok();
    assert_eq!(
        answer(&env, &database, tables),
        "categories monthly_sales order_lines orders orders_2026_01 orders_2026_02 orders_2026_03 \
         orders_default products sales_daily users"
    );
    // The second phase alone, in the wrong order as it were, brings what it needs.
    let (env, database) = shopx();
    make(&env, &["migrate-sql"]).ok();
    assert_eq!(answer(&env, &database, "SELECT version_num FROM alembic_version"), "optimize_003");
}

#[test]
fn one_down_takes_the_second_phase_along() {
    let (env, database) = shopx();
    make(&env, &["migrate-all"]).ok();
    make(&env, &["db-seed", "SEEDS=dev"]).ok();
    make(&env, &["db-seed", "SEEDS=dev"]).ok();
    assert_eq!(answer(&env, &database, "SELECT count(*) FROM orders"), "4");
    env.run(&["db", "exec", "--yes", "SELECT refresh_sales()"]).ok();
    let sales = answer(&env, &database, SALES);
    assert!(sales.contains("books 120"), "{sales}");
    let down = make(&env, &["migrate-down"]);
    assert_eq!(down.code(), Some(0), "{down}");
    assert_eq!(env.run(&["current"]).ok(), "schema_0001\n");
    assert_eq!(answer(&env, &database, "SELECT count(*) FROM orders"), "4");
    make(&env, &["migrate-all"]).ok();
    assert_eq!(answer(&env, &database, "SELECT count(*) FROM orders_2026_02"), "4");
    assert_eq!(answer(&env, &database, SALES), sales);
    // A column that all the views stand on.
    env.write(
        "versions/schema/0003_cents.sql",
        "/*---\nmessage = \"totals in cents\"\nrevision = \"schema_0003\"\ndown_revision = \"schema_0002\"\n\
         depends_on = [\"optimize_003\"]\n---*/\n\
         --- upgrade\nALTER TABLE orders ALTER COLUMN total TYPE numeric(14, 2);\n\
         --- downgrade\nALTER TABLE orders ALTER COLUMN total TYPE integer;\n",
    );
    make(&env, &["migrate-all"]).ok();
    assert!(answer(&env, &database, SALES).contains("books 120.00"));
}

#[test]
fn backup_and_restore_reset_and_create() {
    let (env, database) = shopx();
    make(&env, &["migrate-all"]).ok();
    make(&env, &["db-seed", "SEEDS=dev"]).ok();
    make(&env, &["db-backup"]).ok();
    let files = env.files("backups");
    let [file] = files.as_slice() else { panic!("{files:?}") };
    query(&env, &database, "DELETE FROM orders");
    let file = format!("FILE=backups/{file}");
    let mut make_yes = env.program("make");
    make_yes.args(["--silent", "db-restore", &file, "LIMBECK=limbeck --yes"]);
    let restore = env.finish(make_yes);
    // Nobody is there to be asked.
    assert_ne!(restore.code(), Some(0), "{restore}");
    let path = file.trim_start_matches("FILE=");
    env.run(&["db", "restore", "--replace", "--yes", path]).ok();
    assert_eq!(answer(&env, &database, "SELECT count(*) FROM orders"), "4");
    let created = make(&env, &["migrate-create", "M=add ratings"]);
    assert_eq!(created.code(), Some(0), "{created}");
    assert!(env.files("versions/schema").iter().any(|name| name.contains("add_ratings")));
    assert_ne!(make(&env, &["db-restore"]).code(), Some(0));
}

#[test]
fn the_way_back_works() {
    let (env, _database) = shopx();
    let said = make(&env, &["migrate-verify"]);
    assert_eq!(said.code(), Some(0), "{said}");
}
