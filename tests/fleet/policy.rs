//! What people say of a rollout: pauses, ends, waves, limits, times of day.

use std::thread;
use std::time::Duration;

use insta::assert_snapshot;

use super::support::{HOMES, Home, Many, Shape, tenant};
use crate::support::query;

fn many(home: Home, count: usize) -> Many {
    Shape::new(home, 1, count).build()
}

/// Makes the scripts of a tenant fail.
fn spoil(many: &Many, n: usize) {
    query(&many.env, &many.databases[0], &format!("CREATE TABLE {}.t2 (n integer)", tenant(n)));
}

fn mend(many: &Many, n: usize) {
    query(&many.env, &many.databases[0], &format!("DROP TABLE {}.t2", tenant(n)));
}

#[test]
fn a_rollout_is_paused_resumed_and_aborted() {
    for home in HOMES {
        let many = many(home, 4);
        many.code(&["fleet", "create", "--paused", "--note", "the big one"], 0);
        let said = many.code(&["fleet", "work", "--until-idle"], 2);
        assert!(said.contains("is paused"), "{home:?}: {said}");
        assert_eq!(many.sites("pending"), 5);
        let said = many.code(&["fleet", "status"], 0);
        assert!(said.contains("the big one") && said.contains("  paused\n"), "{home:?}: {said}");
        many.code(&["fleet", "resume"], 0);
        many.code(&["fleet", "pause"], 0);
        many.code(&["fleet", "abort"], 0);
        // There is none now.
        many.code(&["fleet", "abort"], 64);
        let said = many.code(&["fleet", "work"], 0);
        assert!(said.contains("nothing to do"), "{home:?}: {said}");
        many.code(&["fleet", "create"], 0);
        many.code(&["fleet", "work"], 0);
        many.all_is_done();
        let all = many.json(&["fleet", "status", "--all"], 0);
        let states: Vec<&str> = all["rollouts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["state"].as_str().unwrap())
            .collect();
        assert_eq!(states, ["aborted", "done"], "{home:?}");
    }
}

#[test]
fn what_failed_is_told_and_tried_again() {
    for home in HOMES {
        let many = many(home, 8);
        spoil(&many, 2);
        spoil(&many, 5);
        many.code(&["fleet", "create"], 0);
        let said = many.code(&["fleet", "work"], 7);
        assert!(said.contains("2 of 9 sites failed"), "{home:?}: {said}");
        let said = many.code(&["fleet", "status", "--check"], 7);
        for n in [2, 5] {
            let line = format!("d0/{}: failed: relation \"t2\" already exists", tenant(n));
            assert!(said.contains(&line), "{home:?}: {said}");
        }
        mend(&many, 2);
        many.code(&["fleet", "retry", "--tenant", &tenant(2)], 0);
        many.code(&["fleet", "work"], 7);
        assert_eq!((many.sites("done"), many.sites("failed")), (8, 1), "{home:?}");
        mend(&many, 5);
        many.code(&["fleet", "retry"], 0);
        many.code(&["fleet", "work"], 0);
        many.all_is_done();
        many.code(&["fleet", "status", "--check"], 0);
    }
}

#[test]
fn no_more_than_so_many_may_fail() {
    let many = many(Home::Postgres, 10);
    for n in 1..4 {
        spoil(&many, n);
    }
    many.code(&["fleet", "create", "--max-failures", "10%"], 0);
    many.code(&["fleet", "work", "--jobs", "1"], 7);
    assert_eq!((many.sites("failed"), many.sites("pending")), (2, 7));
    let said = many.code(&["fleet", "status"], 0);
    assert!(said.contains("stopped: 2 failed, and no more than 1 may"), "{said}");
    for n in 1..4 {
        mend(&many, n);
    }
    many.code(&["fleet", "retry"], 0);
    many.code(&["fleet", "work"], 0);
    many.all_is_done();
}

#[test]
fn tenants_wait_for_their_shared_schema() {
    for home in HOMES {
        let many = many(home, 3);
        query(&many.env, &many.databases[0], "CREATE TABLE shared_things (n integer)");
        many.code(&["fleet", "create"], 0);
        many.code(&["fleet", "work"], 7);
        assert_eq!((many.sites("failed"), many.sites("pending")), (1, 3), "{home:?}");
        query(&many.env, &many.databases[0], "DROP TABLE shared_things");
        many.code(&["fleet", "retry"], 0);
        many.code(&["fleet", "work"], 0);
        many.all_is_done();
    }
}

#[test]
fn a_wave_waits_for_a_person() {
    for home in HOMES {
        let waves = "waves = { canary = [\"t001\"], shares = [\"50%\"], approval = \"manual\" }";
        let many = Shape { tenants: waves, ..Shape::new(home, 1, 8) }.build();
        many.code(&["fleet", "create"], 0);
        let said = many.code(&["fleet", "work", "--until-idle"], 2);
        assert!(said.contains("d0: wave 2: nobody has approved of it yet"), "{home:?}: {said}");
        assert_eq!(many.sites("done"), 2, "{home:?}");
        let said = many.code(&["fleet", "status"], 0);
        assert!(said.contains("d0: wave 2: nobody has approved"), "{home:?}: {said}");
        many.code(&["fleet", "resume", "--approve"], 0);
        many.code(&["fleet", "work", "--until-idle"], 2);
        assert_eq!(many.sites("done"), 5, "{home:?}");
        let worker = many.worker(&[]);
        thread::sleep(Duration::from_millis(300));
        many.code(&["fleet", "resume", "--approve-all"], 0);
        worker.ok();
        many.all_is_done();
    }
}

#[test]
fn a_wave_waits_for_its_check() {
    let waves =
        "waves = { canary = [\"t001\"], check = \"SELECT count(*) = 0 FROM public.alerts\" }";
    let many = Shape { tenants: waves, ..Shape::new(Home::Sqlite, 1, 4) }.build();
    let url = &many.databases[0];
    query(&many.env, url, "CREATE TABLE alerts (n integer); INSERT INTO alerts VALUES (1)");
    many.code(&["fleet", "create"], 0);
    let said = many.code(&["fleet", "work", "--until-idle"], 2);
    assert!(said.contains("wave 2: its check does not say true"), "{said}");
    let worker = many.worker(&[]);
    thread::sleep(Duration::from_millis(300));
    query(&many.env, url, "DELETE FROM alerts");
    let said = worker.ok();
    assert!(said.contains("d0: wave 2 begins"), "{said}");
    many.all_is_done();
}

#[test]
fn a_canary_that_fails_holds_the_others() {
    let waves = "waves = { canary = [\"t001\"] }";
    let many = Shape { tenants: waves, ..Shape::new(Home::Postgres, 1, 4) }.build();
    spoil(&many, 1);
    many.code(&["fleet", "create"], 0);
    let said = many.code(&["fleet", "work", "--until-idle"], 2);
    assert!(said.contains("1 of the waves before have failed"), "{said}");
    assert_eq!((many.sites("failed"), many.sites("pending")), (1, 3));
    mend(&many, 1);
    many.code(&["fleet", "retry"], 0);
    many.code(&["fleet", "work"], 0);
    many.all_is_done();
}

#[test]
fn a_server_bears_so_many_at_a_time() {
    for home in HOMES {
        let script = "INSERT INTO public.ran SELECT 'at work', count(*)::text FROM pg_stat_activity \
                      WHERE datname = current_database() AND state <> 'idle'; SELECT pg_sleep(0.02); \
                      DELETE FROM public.ran WHERE tenant = 'at work' AND script <= '2';";
        let many = Shape { script, ..Shape::new(home, 1, 12) }.build();
        many.code(&["fleet", "create", "--per-server", "2"], 0);
        let workers = [many.worker(&["--jobs", "4"]), many.worker(&["--jobs", "4"])];
        let mut most = 0;
        many.await_that(|| {
            most = most.max(many.sites("running"));
            many.sites("done") == 13
        });
        for worker in workers {
            worker.ok();
        }
        assert!(most <= 2, "{home:?}: {most} at a time");
        many.all_is_done();
    }
}

#[test]
fn it_may_be_another_time_of_day() {
    let many = many(Home::Postgres, 2);
    let clock = "SELECT to_char((now() at time zone 'utc') + interval '2 hours', 'HH24:MI') || '-' || \
                 to_char((now() at time zone 'utc') + interval '3 hours', 'HH24:MI')";
    let window = query(&many.env, &many.databases[0], clock);
    many.code(&["fleet", "create", "--window", window.trim()], 0);
    let said = many.code(&["fleet", "work", "--until-idle"], 2);
    assert!(said.contains("it is not the time of day: "), "{said}");
    many.code(&["fleet", "abort"], 0);
    let clock = clock.replace("+ interval '2 hours'", "- interval '1 hour'");
    let window = query(&many.env, &many.databases[0], &clock);
    many.code(&["fleet", "create", "--window", window.trim()], 0);
    many.code(&["fleet", "work"], 0);
    many.all_is_done();
}

#[test]
fn what_is_said_of_a_rollout() {
    let mut many = many(Home::Sqlite, 3);
    spoil(&many, 1);
    many.env.replace_location(&many.databases[0].clone());
    let made = many.json(&["fleet", "create"], 0);
    many.env.replace(made["rollout"].as_str().unwrap(), "$ROLLOUT");
    assert_snapshot!(many.env.run(&["fleet", "work", "--jobs", "1"]), @r#"
    ------- stderr -------
    d0: 1 revision applied, at s1
    d0/t000: 3 revisions applied, at t3
    d0/t001: 1 revision applied, at t1; failed: relation "t2" already exists
    d0/t002: 3 revisions applied, at t3
    rollout $ROLLOUT: 4 sites: 3 done, 1 failed
    error: rollout $ROLLOUT: 1 of 4 sites failed
    hint: `limbeck fleet status $ROLLOUT` tells why; `limbeck fleet retry $ROLLOUT` has them tried again
    [exit status: 7]
    "#);
    let status = many.env.run(&["fleet", "status"]).to_string();
    let status: Vec<&str> = status.lines().filter(|line| !line.starts_with("rollout")).collect();
    assert_snapshot!(status.join("\n"), @r#"
      4 sites: 3 done, 1 failed

    database  sites  done  running  pending  failed
    --------  -----  ----  -------  -------  ------
    d0            1     1        0        0       0
    d0/*          3     2        0        0       1

    d0/t001: failed: relation "t2" already exists
    ------- stderr -------
    [exit status: 0]
    "#);
}
