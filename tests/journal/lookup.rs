//! Scripts that change where names without a schema lead: the catalog must not be asked of
//! another object that happens to have the name.

use crate::support::{mariadb, postgres, project, query, revision};

#[test]
fn a_stamp_is_not_verified_by_the_tables_of_another_database() {
    let (mysql, other) = (mariadb().create_database(), mariadb().create_database());
    let other = other.rsplit_once('/').unwrap().1.to_owned();
    for (url, leave) in [
        (mysql, format!("USE {other}")),
        (postgres().create_database(), "SET LOCAL search_path = other".to_owned()),
    ] {
        let env = project()
            .url(&url)
            .revision(revision("a1", &[]).upgrade(&format!(
                "CREATE TABLE kept (id INT);\nCREATE TABLE dropped (id INT);\n\
                 DROP TABLE dropped;\n{leave};\nCREATE TABLE t (id INT);"
            )))
            // The next one begins where the first did.
            .revision(revision("b1", &["a1"]))
            .build();
        // A table of that name, and one that the other place is to have.
        query(&env, &url, "CREATE TABLE t (id INT)");
        query(&env, &url, "CREATE TABLE t_b1 (id INT)");
        query(&env, &url, "CREATE TABLE kept (id INT)");
        let output = env.run(&["stamp", "--verify", "head"]);
        assert_eq!(output.code(), Some(0), "{output}");
        assert!(output.stderr.contains("cannot tell of 2 statements"), "{output}");
        assert!(output.stderr.contains("verified: 3 objects"), "{output}");
    }
}

#[test]
fn a_plan_looks_for_a_statement_in_doubt_where_it_ran() {
    let (url, other) = (mariadb().create_database(), mariadb().create_database());
    let name = other.rsplit_once('/').unwrap().1.to_owned();
    let env = project()
        .url(&url)
        .revision(revision("a1", &[]).upgrade(&format!("USE {name};\nCREATE TABLE t (id INT);")))
        .build();
    env.run(&["upgrade"]).ok();
    // As if the run had been killed when the table was there.
    query(&env, &url, "DELETE FROM alembic_version");
    query(
        &env,
        &url,
        "DELETE FROM limbeck_journal WHERE id > (SELECT * FROM (SELECT max(id) FROM \
         limbeck_journal WHERE event = 'begin') AS last)",
    );
    let plan = env.run(&["plan"]);
    assert!(plan.stdout.contains("statement 2 in doubt: by the catalog it took effect"), "{plan}");
    query(&env, &other, "DROP TABLE t");
    query(&env, &url, "CREATE TABLE t (id INT)");
    let plan = env.run(&["plan"]);
    assert!(
        plan.stdout.contains("statement 2 in doubt: by the catalog it can be run again"),
        "{plan}"
    );
    // The run agrees.
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, &other, "SELECT count(*) FROM t"), "0\n");
}
