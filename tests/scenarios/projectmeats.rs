//! `examples/projectmeats`: one database with a schema for each of ten tenants.

use insta::assert_snapshot;

use super::support::{show_as, steady};
use crate::support::{OwnedDatabase, TestEnvironment, example, postgres, query};

/// The example on a database of its own.
fn projectmeats() -> (TestEnvironment, OwnedDatabase) {
    let mut env = example("projectmeats");
    let database = postgres().create_owned_database();
    env.set_database("DB", "DB_NAME", &database);
    show_as(&mut env, &database, "projectmeats", "projectmeats", "5432");
    (env, database)
}

fn create_tenants(env: &TestEnvironment) {
    let created = env.finish(env.program(env.path("create-tenants.sh")));
    assert_eq!(created.code(), Some(0), "{created}");
}

#[test]
fn ten_tenants_from_nothing() {
    let _steady = steady();
    let (env, database) = projectmeats();
    assert_snapshot!(env.run(&["lint"]), @"
    ------- stderr -------
    nothing found
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["upgrade", "--shared"]), @"
    ------- stderr -------
    Running upgrade  -> shared_0001, tenants and their domains
    Running upgrade shared_0001 -> shared_0002, cuts of meat, for all tenants
    Running upgrade  -> audit_0001, an audit log, in the shared schema and in every tenant
    [exit status: 0]
    ");
    create_tenants(&env);
    let schemas = "SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace \
                   WHERE nspname !~ '^pg_|information_schema'";
    assert_snapshot!(query(&env, &database.url(), schemas), @"butcher coastal delta demo harbor highland meadow prairie public summit valley");
    assert_snapshot!(env.run(&["status", "--check"]), @"
    database    state  current                  heads                    pending  applied  last run
    app         ok     audit_0001, shared_0002  shared_0002, audit_0001  0        3 of 3   upgrade $DATE by $WHO
    app/* (10)  ok     audit_0001, tenant_0005  audit_0001, tenant_0005  0        6 of 6   -
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    nothing to do (at audit_0001, shared_0002)
    app/*: 10 tenants: 10 with nothing to do
    [exit status: 0]
    ");
    let email =
        "INSERT INTO valley.customers_customer (name, email) VALUES ('a', 'b') RETURNING id";
    assert_eq!(query(&env, &database.url(), email), "1\n");
}

/// The canaries, half of all, the rest.
#[test]
fn a_release_meets_two_tenants_first() {
    let (env, _database) = projectmeats();
    env.run(&["upgrade", "--shared"]).ok();
    create_tenants(&env);
    env.write(
        "versions/tenant/0006_notes.sql",
        "/*---\nmessage = \"notes\"\nrevision = \"tenant_0006\"\ndown_revision = \"tenant_0005\"\n---*/\n\
         --- upgrade\nALTER TABLE suppliers_supplier ADD COLUMN notes TEXT;\n\
         --- downgrade\nALTER TABLE suppliers_supplier DROP COLUMN notes;\n",
    );
    assert_snapshot!(env.run(&["upgrade", "--tenants", "--jobs", "1"]), @"
    ------- stderr -------
    wave 1: 2 tenants
    app/butcher: 1 revision applied, at audit_0001, tenant_0006
    app/demo: 1 revision applied, at audit_0001, tenant_0006
    wave 2: 3 tenants
    app/coastal: 1 revision applied, at audit_0001, tenant_0006
    app/delta: 1 revision applied, at audit_0001, tenant_0006
    app/harbor: 1 revision applied, at audit_0001, tenant_0006
    wave 3: 5 tenants
    app/highland: 1 revision applied, at audit_0001, tenant_0006
    app/meadow: 1 revision applied, at audit_0001, tenant_0006
    app/prairie: 1 revision applied, at audit_0001, tenant_0006
    app/summit: 1 revision applied, at audit_0001, tenant_0006
    app/valley: 1 revision applied, at audit_0001, tenant_0006
    app/*: 10 tenants: 10 done
    not touched: app
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["downgrade", "--tenants", "--jobs", "1", "--", "tenant@-1"]), @"
    ------- stderr -------
    app/butcher: 1 revision reverted, at audit_0001, tenant_0005
    app/coastal: 1 revision reverted, at audit_0001, tenant_0005
    app/delta: 1 revision reverted, at audit_0001, tenant_0005
    app/demo: 1 revision reverted, at audit_0001, tenant_0005
    app/harbor: 1 revision reverted, at audit_0001, tenant_0005
    app/highland: 1 revision reverted, at audit_0001, tenant_0005
    app/meadow: 1 revision reverted, at audit_0001, tenant_0005
    app/prairie: 1 revision reverted, at audit_0001, tenant_0005
    app/summit: 1 revision reverted, at audit_0001, tenant_0005
    app/valley: 1 revision reverted, at audit_0001, tenant_0005
    app/*: 10 tenants: 10 done
    [exit status: 0]
    ");
}

#[test]
fn a_downgrade_of_what_tenants_need_is_refused() {
    let (env, _database) = projectmeats();
    env.run(&["upgrade", "--shared"]).ok();
    create_tenants(&env);
    assert_snapshot!(env.run(&["downgrade", "--shared", "shared_0001"]), @"
    ------- stderr -------
    error: database app: revision shared_0002 is needed by tenant_0001 on database app/butcher
    hint: revert that first: limbeck downgrade -d 'app/*' tenant@base
    [exit status: 4]
    ");
}

/// Runs a line of a shell in the project, with the program where a shell finds it.
fn shell(env: &TestEnvironment, line: &str) -> String {
    let mut command = env.program("/bin/sh");
    let output = env.finish({
        command.args(["-e", "-c", line]);
        command
    });
    assert_eq!(output.code(), Some(0), "{line}\n{output}");
    output.to_string()
}

#[test]
fn the_commands_of_the_guide_work() {
    let (env, _database) = projectmeats();
    // Without a database: the hook of pre-commit.
    let hook = env.read(".pre-commit-config.yaml");
    let entry = hook.lines().find_map(|line| line.trim().strip_prefix("entry: ")).unwrap();
    shell(&env, entry);
    // What CI does, but for what it installs.
    let workflow = env.read(".github/workflows/migrations.yml");
    let steps = workflow.lines().map(|line| line.trim().trim_start_matches("run: "));
    let steps: Vec<&str> =
        steps.filter(|line| line.starts_with("limbeck ") || line.starts_with("./create")).collect();
    assert_eq!(steps.len(), 8, "{steps:?}");
    for step in steps {
        shell(&env, step);
    }
    let migrations: serde_json::Value = serde_json::from_str(&env.read("migrations.json")).unwrap();
    assert_eq!(migrations["errors"].as_array().map(Vec::len), Some(0));
    // The table of the README, from the second command on.
    for (line, shows) in [
        ("limbeck upgrade --tenants --jobs 8", "10 with nothing to do"),
        ("limbeck upgrade --tenant demo", "nothing to do"),
        ("limbeck status", "app/* (10)  ok"),
        ("limbeck history -i --tenant demo", "tenant_0005"),
        ("limbeck plan --tenant demo", "nothing to do"),
        (
            "limbeck revision -m 'add email' --head tenant@head --version-path versions/tenant",
            "add_email",
        ),
        ("limbeck show tenant_0002", "tenant_0002"),
        ("limbeck upgrade --sql --tenant demo tenant_0001:tenant_0002", "CREATE TABLE"),
        ("limbeck downgrade --tenant demo tenant_0001", "tenant_0002 -> tenant_0001"),
        ("limbeck stamp --tenant demo tenant_0001", ""),
        ("limbeck tenants create acme", "acme"),
        ("limbeck tenants drop acme --yes", "dropped"),
    ] {
        let said = shell(&env, line);
        assert!(said.contains(shows), "{line}\n{said}");
    }
}
