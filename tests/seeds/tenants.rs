//! Seeds of tenants.

use insta::assert_snapshot;

use crate::tenants::support::{Fleet, KINDS, Kind, fleet};

fn seeded(fleet: &Fleet, name: &str) -> String {
    fleet
        .inside(name, "SELECT script FROM ran WHERE script NOT LIKE 't_' ORDER BY script")
        .replace('\n', " ")
        .trim()
        .to_owned()
}

#[test]
fn each_tenant_has_its_own_seeds_and_its_own_record() {
    for kind in KINDS {
        let fleet = fleet(kind, 2);
        fleet.code(&["upgrade"], 0);
        let (one, two) = (fleet.name(1), fleet.name(2));
        fleet.env.write("seeds/customers.sql", "UPDATE customers SET name = name;");
        fleet.env.write("seeds/app/tenants/1.sql", "INSERT INTO ran VALUES ('every');");
        fleet.env.write(
            "seeds/tenants/2.sql",
            format!(
                "/*---\ntenants = \"*{}\"\n---*/\nINSERT INTO ran VALUES ('second');",
                &two[two.len() - 3..]
            ),
        );
        fleet.env.write(
            "seeds/tenants/3.sql",
            "/*---\ntemplate = true\n---*/\nINSERT INTO ran SELECT right_ FROM (SELECT substr({{ tenant }}, length({{ tenant }}) - 2) AS right_) AS x;",
        );
        let shown = fleet.code(&["db", "seed", "--tenant", &one], 0);
        assert_eq!(
            (seeded(&fleet, &one), seeded(&fleet, &two)),
            ("every t01".into(), String::new())
        );
        let all = fleet.code(&["db", "seed"], 0);
        assert_eq!(seeded(&fleet, &two), "every second t02");
        let again = fleet.code(&["db", "seed"], 0);
        assert_eq!(
            (seeded(&fleet, &one), seeded(&fleet, &two)),
            ("every t01".into(), "every second t02".into())
        );
        if kind == Kind::Postgres {
            assert_snapshot!(shown, @"
            ------- stderr -------
            Seeding app/tenants/1.sql (new)
            Seeding tenants/3.sql (new)
            2 seeds run
            [exit status: 0]
            ");
            assert_snapshot!(all, @"
            ------- stderr -------
            [app]
            Seeding customers.sql (new)
            1 seed run
            [app/t01]
            nothing to do: 2 seeds have been run already
            [app/t02]
            Seeding app/tenants/1.sql (new)
            Seeding tenants/2.sql (new)
            Seeding tenants/3.sql (new)
            3 seeds run
            [exit status: 0]
            ");
            assert_snapshot!(again, @"
            ------- stderr -------
            [app]
            nothing to do: 1 seed has been run already
            [app/t01]
            nothing to do: 2 seeds have been run already
            [app/t02]
            nothing to do: 3 seeds have been run already
            [exit status: 0]
            ");
            assert_snapshot!(fleet.code(&["db", "seed", "--tenants", "--plan"], 0), @"
            database  seed               plan
            --------  -----------------  ------------------------
            app/t01   app/tenants/1.sql  nothing: it has been run
            app/t01   tenants/3.sql      nothing: it has been run
            app/t02   app/tenants/1.sql  nothing: it has been run
            app/t02   tenants/2.sql      nothing: it has been run
            app/t02   tenants/3.sql      nothing: it has been run
            ------- stderr -------
            [exit status: 0]
            ");
        }
    }
}

#[test]
fn rows_of_a_file_go_into_the_table_of_each_tenant() {
    for kind in KINDS {
        let fleet = fleet(kind, 2);
        fleet.code(&["upgrade"], 0);
        fleet.env.write(
            "seeds/tenants/ran.csv",
            "#---\n# key = \"script\"\n# after = \"t2\"\n#---\nscript\nrow\n",
        );
        fleet.code(&["db", "seed"], 0);
        for n in [1, 2] {
            assert_eq!(seeded(&fleet, &fleet.name(n)), "row", "{kind:?}");
        }
    }
}

#[test]
fn a_tenant_that_fails_keeps_no_other_from_being_seeded() {
    let fleet = fleet(Kind::Postgres, 3);
    fleet.code(&["upgrade"], 0);
    fleet.inside("t02", "DROP TABLE ran");
    fleet.env.write("seeds/tenants/1.sql", "INSERT INTO ran VALUES ('row');");
    assert_snapshot!(fleet.code(&["db", "seed"], 7), @r#"
    ------- stderr -------
    [app/t01]
    Seeding tenants/1.sql (new)
    1 seed run
    [app/t02]
    Seeding tenants/1.sql (new)
    [app/t03]
    Seeding tenants/1.sql (new)
    1 seed run
    error: database app/t02: relation "ran" does not exist
      --> seeds/tenants/1.sql:1:13
       |  INSERT INTO ran VALUES ('row')
       |              ^
    hint: nothing of this seed has been kept
    [exit status: 7]
    "#);
    assert_eq!((seeded(&fleet, "t01"), seeded(&fleet, "t03")), ("row".into(), "row".into()));
}

#[test]
fn a_seed_of_no_tenant_may_hold_no_variables() {
    let fleet = fleet(Kind::Sqlite, 1);
    fleet.code(&["upgrade"], 0);
    fleet.env.write("seeds/1.sql", "/*---\ntemplate = true\n---*/\nSELECT {{ tenant }};");
    assert_snapshot!(fleet.code(&["db", "seed"], 78), @"
    ------- stderr -------
    error: database app: the seed has `template = true`, and does not run in a tenant here
      --> seeds/1.sql:4:1
       |  SELECT {{ tenant }}
       |  ^
    hint: a directory `tenants`, or `tenants = true`, makes it one of tenants
    [exit status: 78]
    ");
    fleet.env.write(
        "seeds/1.sql",
        "/*---\ntemplate = true\ntenants = true\n---*/\nSELECT '{{ tenant }}';",
    );
    assert_snapshot!(fleet.code(&["db", "seed"], 78), @"
    ------- stderr -------
    error: database app/t01: `tenant` stands within quotes, which the value brings itself
      --> seeds/1.sql:5:1
       |  SELECT '{{ tenant }}'
       |  ^
    [exit status: 78]
    ");
}
