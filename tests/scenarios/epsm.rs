//! `examples/epsm`: the three databases of EPSM's guide, with what the guide does by hand.

use std::fs;

use insta::assert_snapshot;

use super::support::{Epsm, epsm, steady, tables};
use crate::support::query;

#[test]
fn the_databases_have_different_owners() {
    let Epsm { env, default, materials, results } = epsm();
    for database in [&default, &materials, &results] {
        let owner = "SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'public'";
        assert_eq!(query(&env, &database.url(), owner), format!("{}\n", database.user));
    }
    // Nobody has a way into the database of another.
    let url = results.url().replace(&results.user, &default.user);
    let refused = env.run(&["--url", &url, "-d", "results_db", "upgrade"]);
    assert_eq!(refused.code(), Some(8), "{refused}");
}

#[test]
fn one_command_migrates_all_three() {
    let _steady = steady();
    let Epsm { env, default, materials, results } = epsm();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    [default]
    Running upgrade  -> core_0001, users and permissions
    Running upgrade  -> simulation_0001, create simulation_runs
    Running upgrade simulation_0001 -> simulation_0002, add simulation_runs.progress
    Running upgrade simulation_0002 -> simulation_0003, create simulation_files
    Running upgrade simulation_0003 -> simulation_0009, add simulation_runs.celery_task_id
    Running upgrade core_0001 -> core_0002, sessions
    Running upgrade core_0002 -> core_0003, admin log
    [materials_db]
    Running upgrade  -> database_0001, materials, constructions and windows
    Running upgrade database_0001 -> database_0002, add materials.roughness
    Running upgrade database_0002 -> database_0003, add authors and uses to materials
    Running upgrade database_0003 -> database_0004, load materials
    Running upgrade database_0004 -> database_0005, create scenarios
    Running upgrade database_0005 -> database_0006, load window glazing
    Running upgrade database_0006 -> database_0007, load constructions
    Running upgrade database_0007 -> database_0008, load construction sets
    [results_db]
    Running upgrade  -> simulation_0004, create results tables
    Running upgrade simulation_0004 -> simulation_0005, add user and hourly timeseries
    Running upgrade simulation_0005 -> simulation_0006, index simulation_results by user
    Running upgrade simulation_0006 -> simulation_0007, add gwp and cost to simulation_results
    Running upgrade simulation_0007 -> simulation_0008, say what gwp and cost are
    default: 7 revisions applied, at core_0003, simulation_0009
    materials_db: 8 revisions applied, at database_0008
    results_db: 5 revisions applied, at simulation_0008
    [exit status: 0]
    ");
    let heads = "SELECT version_num FROM alembic_version ORDER BY 1";
    assert_eq!(query(&env, &default.url(), heads), "core_0003\nsimulation_0009\n");
    assert_eq!(query(&env, &materials.url(), heads), "database_0008\n");
    assert_eq!(query(&env, &results.url(), heads), "simulation_0008\n");
    assert_eq!(
        tables(&env, &results),
        "simulation_energy_uses simulation_hourly_timeseries simulation_results simulation_zones"
    );
    assert!(tables(&env, &default).ends_with("simulation_files simulation_runs"));
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    [default]
    nothing to do (at core_0003, simulation_0009)
    [materials_db]
    nothing to do (at database_0008)
    [results_db]
    nothing to do (at simulation_0008)
    [exit status: 0]
    ");
}

/// The container starts, and starts again: EPSM's own sequence un-applied five migrations then, and failed.
#[test]
fn the_entrypoint_changes_nothing_the_second_time() {
    let Epsm { env, default, materials, results } = epsm();
    let start = || {
        let mut entrypoint = env.program(env.path("entrypoint.sh"));
        entrypoint.args(["echo", "the application runs"]);
        let output = env.finish(entrypoint);
        assert_eq!(output.code(), Some(0), "{output}");
        assert_eq!(output.stdout, "the application runs\n", "{output}");
        output.stderr
    };
    let everything = || {
        [&default, &materials, &results].map(|database| {
            let rows = "SELECT version_num FROM alembic_version ORDER BY 1";
            let journal = "SELECT count(*), max(finished_at) FROM limbeck_journal";
            let url = database.url();
            (tables(&env, database), query(&env, &url, rows), query(&env, &url, journal))
        })
    };
    start();
    let first = everything();
    let again = start();
    assert_eq!(everything(), first);
    assert!(!again.contains("Running"), "{again}");
    start();
    assert_eq!(everything(), first);
}

/// `set -e` of the guide's entrypoint, `|| true` of the later one: neither is needed.
#[test]
fn the_application_does_not_start_after_a_failure() {
    let Epsm { mut env, .. } = epsm();
    env.set("RESULTS_DB_PASSWORD", "wrong");
    let mut entrypoint = env.program(env.path("entrypoint.sh"));
    entrypoint.args(["echo", "the application runs"]);
    let output = env.finish(entrypoint);
    assert_eq!(output.stdout, "", "{output}");
    assert_ne!(output.code(), Some(0), "{output}");
}

#[test]
fn one_database_is_chosen() {
    let Epsm { env, default, materials, .. } = epsm();
    env.run(&["upgrade", "--database", "materials_db"]).ok();
    assert!(tables(&env, &materials).contains("materials"));
    assert_eq!(tables(&env, &default), "");
    let output = env.run(&["upgrade", "--database", "reslts_db"]);
    assert_eq!(output.code(), Some(64), "{output}");
    for name in ["default", "materials_db", "results_db"] {
        assert!(output.stderr.contains(name), "{output}");
    }
}

/// What the guide fakes.
#[test]
fn what_is_routed_away_needs_no_faking() {
    let Epsm { env, results, .. } = epsm();
    env.run(&["upgrade", "--database", "results_db"]).ok();
    // The guide's first command, at the second start: in Django it takes 0004 to 0008 out of the history.
    let output = env.run(&["stamp", "simulation_0003", "--database", "results_db"]);
    assert_ne!(output.code(), Some(0), "{output}");
    let rows = "SELECT version_num FROM alembic_version";
    assert_eq!(query(&env, &results.url(), rows), "simulation_0008\n");
    // Stamping what is there already is no change and no error.
    env.run(&["stamp", "simulation_0008", "--database", "results_db"]).ok();
    assert_eq!(query(&env, &results.url(), rows), "simulation_0008\n");
    let journal = "SELECT DISTINCT revision FROM limbeck_journal ORDER BY 1";
    assert!(!query(&env, &results.url(), journal).contains("simulation_0003"));
}

#[test]
fn the_route_of_a_revision_is_explained() {
    let _steady = steady();
    let Epsm { env, .. } = epsm();
    assert_snapshot!(env.run(&["route", "explain", "simulation_0003"]), @"
    simulation_0002 -> simulation_0003 (simulation), create simulation_files
      default       runs        `branches` takes 'simulation', and `databases` names it (limbeck.toml:15)
      materials_db  not routed  `branches` does not take 'simulation' (limbeck.toml:26)
      results_db    not routed  `databases` names only default (versions/simulation/0003_simulation_files.sql:8)
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["route", "explain", "database_0004"]), @"
    database_0003 -> database_0004 (database), load materials
      default       not routed  `branches` does not take 'database' (limbeck.toml:15)
      materials_db  runs        `branches` takes 'database' (limbeck.toml:26)
      results_db    not routed  `branches` does not take 'database' (limbeck.toml:37)
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["lint"]), @"
    ------- stderr -------
    nothing found
    [exit status: 0]
    ");
}

#[test]
fn what_a_database_does_not_take_is_not_pending() {
    let _steady = steady();
    let Epsm { env, .. } = epsm();
    env.run(&["upgrade"]).ok();
    assert_snapshot!(env.run(&["status", "--check"]), @"
    database      state  current                     heads                       pending  applied  last run
    default       ok     core_0003, simulation_0009  core_0003, simulation_0009  0        7 of 7   upgrade $DATE by $WHO
    materials_db  ok     database_0008               database_0008               0        8 of 8   upgrade $DATE by $WHO
    results_db    ok     simulation_0008             simulation_0008             0        5 of 5   upgrade $DATE by $WHO
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["history", "-i", "--database", "results_db"]), @"
    simulation_0007 -> simulation_0008 (simulation) (head) (current), say what gwp and cost are
    simulation_0006 -> simulation_0007 (simulation), add gwp and cost to simulation_results
    simulation_0005 -> simulation_0006 (simulation), index simulation_results by user
    simulation_0004 -> simulation_0005 (simulation), add user and hourly timeseries
    <base> -> simulation_0004 (simulation), create results tables
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn new_revisions_go_where_their_branch_goes() {
    let _steady = steady();
    let Epsm { env, .. } = epsm();
    let make =
        |message, head, id| env.run(&["revision", "-m", message, "--head", head, "--rev-id", id]);
    assert_snapshot!(make("Add a colour to materials!", "database@head", "database_0009"), @"
    Generating $PROJ/versions/database/database_0009_add_a_colour_to_materials.sql ...  done
    ------- stderr -------
    it runs on database materials_db
    [exit status: 0]
    ");
    assert_snapshot!(make("add saved views", "core@head", "core_0004"), @"
    Generating $PROJ/versions/core/core_0004_add_saved_views.sql ...  done
    ------- stderr -------
    it runs on database default
    [exit status: 0]
    ");
    let plan = env.run(&["plan"]);
    assert!(plan.stdout.contains("database_0009"), "{plan}");
    env.run(&["upgrade"]).ok();
    env.run(&["status", "--check"]).ok();
}

#[test]
fn large_revisions_are_found_where_asked() {
    let Epsm { env, .. } = epsm();
    let found = env.run(&["lint", "--max-statements", "6"]).ok();
    for name in ["core_0001", "database_0001"] {
        assert!(found.contains(name), "{found}");
    }
    assert!(!found.contains("simulation"), "{found}");
}

/// `relation "simulation_runs" does not exist`: EPSM's real files fail so on results_db.
#[test]
fn a_foreign_key_to_another_database_is_seen() {
    let _steady = steady();
    let Epsm { env, .. } = epsm();
    env.write(
        "versions/simulation/0010.sql",
        "/*---\nmessage = \"link results to runs\"\nrevision = \"simulation_0010\"\n\
         down_revision = \"simulation_0009\"\ndatabases = [\"results_db\"]\n---*/\n\n--- upgrade\n\
         ALTER TABLE simulation_results ADD FOREIGN KEY (simulation_id) REFERENCES simulation_runs;\n",
    );
    assert_snapshot!(env.run(&["lint"]), @"
    error[cross-database]: revision simulation_0010 refers to table simulation_runs on database results_db, and that is in default (revision simulation_0001)
      --> versions/simulation/0010.sql:9
      hint: no statement reaches another database: keep the key without REFERENCES, or narrow the revision with `databases`
    warning[missing-downgrade]: revision simulation_0010 has no downgrade
      --> versions/simulation/0010.sql
      hint: write one, or say why not: `irreversible = true` and `irreversible_reason`
    ------- stderr -------
    1 error, 1 warning
    [exit status: 6]
    ");
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(7), "{output}");
    assert!(output.stderr.contains("results_db"), "{output}");
    assert!(output.stderr.contains("simulation_runs"), "{output}");
    // What was before it stays; the others are done.
    env.run(&["status", "--check", "--database", "default", "--database", "materials_db"]).ok();
    assert_snapshot!(env.run(&["status", "--check"]), @r#"
    database      state   current                     heads                       pending  applied  last run
    default       ok      core_0003, simulation_0009  core_0003, simulation_0009  0        7 of 7   upgrade $DATE by $WHO
    materials_db  ok      database_0008               database_0008               0        8 of 8   upgrade $DATE by $WHO
    results_db    failed  simulation_0008             simulation_0010             1        5 of 6   upgrade $DATE by $WHO, failed
    ------- stderr -------
    results_db: 1 pending: simulation_0010; at simulation_0008, 5 of 6 applied
      try: limbeck upgrade -d results_db
    results_db: upgrade of simulation_0010 failed $DATE by $WHO: relation "simulation_runs" does not exist
      try: limbeck upgrade -d results_db
    [exit status: 7]
    "#);
}

#[test]
fn health_of_three_sound_databases() {
    let _steady = steady();
    let Epsm { env, .. } = epsm();
    env.run(&["upgrade"]).ok();
    assert_snapshot!(env.run(&["health"]), @"
    ✓ default: connected to PostgreSQL in N ms
    ✓ default: 11 tables (expected 10+)
    ✓ default: critical tables are there: simulation_runs, auth_user
    ✓ default: at core_0003, simulation_0009 (head), 7 applied
    ✓ default: no edited file
    ✓ default: no failed step
    ✓ default: no lock or transaction older than 60 s
    ✓ materials_db: connected to PostgreSQL in N ms
    ✓ materials_db: 9 tables (expected 5+)
    ✓ materials_db: critical tables are there: materials, constructions, scenarios
    ✓ materials_db: at database_0008 (head), 8 applied
    ✓ materials_db: no edited file
    ✓ materials_db: no failed step
    ✓ materials_db: no lock or transaction older than 60 s
    ✓ results_db: connected to PostgreSQL in N ms
    ✓ results_db: 4 tables (expected 3+)
    ✓ results_db: critical tables are there: simulation_results, simulation_zones, simulation_energy_uses
    ✓ results_db: at simulation_0008 (head), 5 applied
    ✓ results_db: no edited file
    ✓ results_db: no failed step
    ✓ results_db: no lock or transaction older than 60 s
    3 of 3 databases are well
    ------- stderr -------
    [exit status: 0]
    ");
    let quiet = env.run(&["health", "--quiet"]);
    assert_eq!((quiet.code(), quiet.stdout.as_str()), (Some(0), ""), "{quiet}");
}

#[test]
fn variables_come_from_a_file_beside_the_configuration() {
    let _steady = steady();
    let Epsm { mut env, default, materials, results } = epsm();
    let names = variables(&env.read(".env.example"));
    assert_eq!(names.len(), 15);
    let mut text = String::new();
    for (prefix, database) in
        [("DB", &default), ("MATERIALS_DB", &materials), ("RESULTS_DB", &results)]
    {
        text += &format!(
            "{prefix}_NAME={}\n{prefix}_USER={}\n{prefix}_PASSWORD=hush-hush\n{prefix}_HOST={}\n\
             {prefix}_PORT={}\n",
            database.name, database.user, database.host, database.port
        );
    }
    for name in &names {
        env.remove(name);
    }
    env.write(".env", text);
    env.run(&["upgrade"]).ok();
    env.run(&["status", "--check"]).ok();
    let shown = env.run(&["config", "show"]).ok();
    let password = shown.lines().find(|line| line.starts_with("password ")).unwrap();
    assert!(password.contains("***") && password.contains(".env"), "{shown}");
}

#[test]
fn missing_variables_are_named_at_once() {
    let Epsm { mut env, .. } = epsm();
    for name in ["DB_USER", "MATERIALS_DB_PASSWORD", "RESULTS_DB_USER"] {
        env.remove(name);
    }
    let output = env.run(&["config", "check"]);
    assert_eq!(output.code(), Some(78), "{output}");
    let said = format!("{}{}", output.stdout, output.stderr);
    for name in ["DB_USER", "MATERIALS_DB_PASSWORD", "RESULTS_DB_USER"] {
        assert!(said.contains(name), "{output}");
    }
}

#[test]
fn tables_are_listed_and_described_without_psql() {
    let _steady = steady();
    let Epsm { env, .. } = epsm();
    env.run(&["upgrade"]).ok();
    assert_snapshot!(env.run(&["db", "tables", "--database", "results_db"]), @"
    schema  name                          kind   rows
    ------  ----------------------------  -----  ----
    public  alembic_version               table     -
    public  limbeck_journal               table     -
    public  simulation_energy_uses        table     -
    public  simulation_hourly_timeseries  table     -
    public  simulation_results            table     -
    public  simulation_zones              table     -
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["db", "describe", "simulation_zones", "--database", "results_db"]), @"
    table public.simulation_zones

    column                type                    null      default
    --------------------  ----------------------  --------  --------------------------------
    id                    bigint                  not null  GENERATED BY DEFAULT AS IDENTITY
    zone_name             character varying(255)  not null
    area                  double precision
    volume                double precision
    simulation_result_id  bigint                  not null

    constraints:
      simulation_zones_pkey: PRIMARY KEY (id)
      simulation_zones_simulation_result_id_fkey: FOREIGN KEY (simulation_result_id) REFERENCES simulation_results(id) ON DELETE CASCADE

    indexes:
      simulation_zones_pkey: CREATE UNIQUE INDEX simulation_zones_pkey ON public.simulation_zones USING btree (id)
    ------- stderr -------
    [exit status: 0]
    ");
}

/// The health check of a container runs every few seconds; how long it takes is measured by `benches/run --only health`.
#[test]
fn health_of_a_container_says_nothing_when_all_is_well() {
    let Epsm { env, .. } = epsm();
    env.run(&["upgrade"]).ok();
    let output = env.run(&["health", "--quiet"]);
    assert_eq!(output.code(), Some(0), "{output}");
    assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{output}");
}

/// The variables that a file sets.
fn variables(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| Some(line.split_once('=')?.0.to_owned())).collect()
}

#[test]
fn the_containers_have_all_fifteen_variables() {
    let Epsm { env, .. } = epsm();
    for name in variables(&env.read(".env.example")) {
        for file in ["limbeck.toml", ".github/workflows/migrations.yml"] {
            assert!(env.read(file).contains(&name), "{file} lacks {name}");
        }
    }
    let compose = env.read("compose.yaml");
    assert!(compose.contains("env_file: .env"));
    assert!(compose.contains(r#"["CMD", "limbeck", "health", "--quiet"]"#));
}

#[test]
fn the_targets_of_the_makefile_work() {
    let Epsm { env, .. } = epsm();
    let make = |arguments: &[&str]| {
        let mut make = env.program("make");
        make.arg("--no-print-directory").arg("--silent").args(arguments);
        env.finish(make)
    };
    // make ends with 2 whatever a command of it ended with.
    assert_eq!(make(&["check"]).code(), Some(2));
    assert_eq!(make(&["status"]).code(), Some(2));
    for target in ["plan", "sqlmigrate", "migrate-results_db", "migrate-materials_db"] {
        make(&[target]).ok();
    }
    for target in ["migrate-default", "migrate", "deploy", "check", "status", "showmigrations"] {
        make(&[target]).ok();
    }
    for target in ["check-database-health", "tables", "create-databases", "help"] {
        make(&[target]).ok();
    }
    make(&["tables", "DATABASE=results_db"]).ok();
    make(&["makemigrations", "APP=database", "M=add a column"]).ok();
    assert_eq!(make(&["check"]).code(), Some(2));
    make(&["migrate", "DATABASE=materials_db"]).ok();
    make(&["check"]).ok();
}

/// What CI runs, as it stands in the workflow, in its order.
#[test]
fn the_steps_of_the_workflow_succeed() {
    let Epsm { env, .. } = epsm();
    let commands = steps(&env.read(".github/workflows/migrations.yml"));
    assert!(commands.len() > 8, "{commands:?}");
    for command in commands {
        let mut shell = env.program("/bin/sh");
        shell.args(["-e", "-c", &command]);
        let output = env.finish(shell);
        assert_eq!(output.code(), Some(0), "{command}\n{output}");
    }
}

/// The lines behind `run:` that call limbeck.
pub(super) fn steps(workflow: &str) -> Vec<String> {
    workflow
        .lines()
        .map(|line| line.trim().trim_start_matches("run: "))
        .filter(|line| line.starts_with("limbeck "))
        .map(str::to_owned)
        .collect()
}

/// The right-hand column of the table in the README, in its order.
#[test]
fn the_commands_of_the_readme_work() {
    let Epsm { env, .. } = epsm();

    let commands = replacements(&fs::read_to_string(env.path("README.md")).unwrap());
    assert!(commands.len() > 12, "{commands:?}");
    for command in commands {
        let mut shell = env.program("/bin/sh");
        shell.args(["-c", &command]);
        let output = env.finish(shell);
        // 2 is "pending", which is so after `revision`.
        assert!(matches!(output.code(), Some(0 | 2)), "{command}\n{output}");
    }
}

/// The commands of limbeck in the last column of the tables of a page.
pub(super) fn replacements(page: &str) -> Vec<String> {
    page.lines()
        .filter_map(|line| {
            line.trim().strip_suffix('|')?.rsplit_once('|').map(|(_, cell)| cell.trim())
        })
        .filter_map(|cell| cell.strip_prefix('`')?.strip_suffix('`'))
        .filter(|command| command.starts_with("limbeck "))
        .map(str::to_owned)
        .collect()
}
