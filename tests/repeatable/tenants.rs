//! Scripts of tenants, and of what they share.

use crate::support::{postgres, revision};

use super::{answer, code, scripted};

#[test]
fn each_tenant_has_its_own_views() {
    let url = postgres().create_database();
    let config = format!(
        "[scripts]\nrepeatable = \"repeatable\"\n[databases.app]\nurl = \"{url}\"\n\
         [databases.app.tenants]\nlist = [\"north\", \"south\"]\nshared = [\"shared\"]\ntenant = [\"tenant\"]\n"
    );
    let env = scripted(&url, "")
        .config(config)
        .revision(revision("s1", &[]).label("shared").upgrade("CREATE TABLE rates (r int);"))
        .revision(revision("t1", &[]).label("tenant").upgrade("CREATE TABLE items (x int);"))
        .file(
            "repeatable/items.sql",
            "/*---\nbranches = \"tenant\"\n---*/\nCREATE OR REPLACE VIEW v AS SELECT x, r FROM items, rates;",
        )
        .file(
            "repeatable/rates.sql",
            "/*---\nbranches = \"shared\"\n---*/\nCREATE OR REPLACE VIEW w AS SELECT r FROM rates;",
        )
        .build();
    code(&env, &["upgrade", "--shared"], 0);
    for name in ["north", "south"] {
        code(&env, &["tenants", "create", name], 0);
    }
    code(&env, &["upgrade"], 0);
    let views = "SELECT schemaname || '.' || viewname FROM pg_views
        WHERE schemaname IN ('public', 'north', 'south') ORDER BY 1";
    assert_eq!(answer(&env, &url, views), "north.v\npublic.w\nsouth.v");
    // A change reaches tenants that are at the head of their revisions.
    let text = env.read("repeatable/items.sql");
    env.write("repeatable/items.sql", text.replace("SELECT x, r", "SELECT x, r, 1 AS one"));
    code(&env, &["upgrade"], 0);
    assert_eq!(answer(&env, &url, "SELECT count(one) FROM south.v"), "0");
    let said = code(&env, &["upgrade"], 0);
    assert!(!said.contains("failed"), "{said}");
    // Whether it is for each of them or for all, a script must say.
    env.write("repeatable/x.sql", "SELECT 1;");
    let said = code(&env, &["upgrade"], 78);
    assert!(said.contains("database `app` has tenants"), "{said}");
}
