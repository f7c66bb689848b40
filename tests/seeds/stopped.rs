//! A seed that is stopped in the middle.

use std::process::Stdio;
use std::time::Duration;

use super::support::{Kind, Shop, shop, user};

/// Begins to seed, and comes back when the second statement of the seed is being run.
fn begin(shop: &Shop) -> std::process::Child {
    let text = "INSERT INTO users (name) VALUES ('half');\nSELECT pg_sleep(2);\nSELECT 1;\n";
    shop.write("seeds/1.sql", &user("", "ann")).write("seeds/2.sql", text);
    let mut command = shop.env.command(&["db", "seed"]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = child.spawn().unwrap();
    let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND state = 'active' AND query LIKE '%pg_sleep(2)%' AND pid <> pg_backend_pid()";
    for _ in 0..1000 {
        if shop.query(sleeping) == "1" {
            return child;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    panic!("the seed has not begun: {}", child.wait().unwrap());
}

#[test]
fn one_that_is_killed_or_interrupted_is_run_again_as_a_whole() {
    for (word, code) in [("-KILL", None), ("-TERM", Some(9))] {
        let shop = shop(Kind::Postgres);
        let mut child = begin(&shop);
        let signal = std::process::Command::new("kill")
            .args([word, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(signal.success());
        assert_eq!(child.wait().unwrap().code(), code);
        assert_eq!(shop.query("SELECT name FROM users"), "ann", "{word}");
        assert_eq!(shop.records(), "done", "{word}");
        // It waits for what the server is still at.
        shop.seed(&[]).ok();
        assert_eq!(shop.query("SELECT name FROM users ORDER BY name"), "ann half", "{word}");
        assert_eq!(shop.records(), "done done", "{word}");
    }
}
