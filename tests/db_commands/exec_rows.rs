//! `db exec`: what becomes of many rows, of several results, and of an error among them.

use std::fs;
use std::io::Read as _;
use std::process::Stdio;

use crate::support::{mariadb, postgres, project};

use super::support::with_keys;

/// NULL is told from the empty text, and one result from the next, whatever they hold.
#[test]
fn csv_can_be_read_back() {
    let env = with_keys(&postgres().create_database(), "");
    let sql = "CREATE TABLE t (a text, b text); INSERT INTO t VALUES (NULL, ''), (E'\\f', ' ')";
    env.run(&["db", "exec", sql]).ok();
    let sql = "SELECT a FROM t WHERE b = ''; SELECT 1 WHERE false; SELECT * FROM t";
    let csv = env.run(&["db", "exec", sql, "--format", "csv"]).ok();
    assert_eq!(csv, "a\n\n\u{c}\n\u{c}\na,b\n,\"\"\n\"\u{c}\", \n");
    let all = postgres().create_database();
    let env = project()
        .config(format!(
            "[databases.a]\nurl = '{all}'\n[databases.b]\nurl = '{all}'\nversion_table = 'b'\n"
        ))
        .build();
    let csv = env.run(&["db", "exec", "--all", "SELECT 1 AS n", "--format", "csv"]).ok();
    assert_eq!(csv, "n\n1\n\u{c}\nn\n1\n");
}

/// What a statement answers may be longer than the memory.
#[test]
fn rows_are_shown_as_they_come() {
    for (url, sql) in [
        (
            postgres().create_database(),
            "SELECT n, repeat('x', 10000) AS x FROM generate_series(1, 30000) AS n",
        ),
        (
            mariadb().create_database(),
            "SELECT seq AS n, REPEAT('x', 10000) AS x FROM seq_1_to_30000",
        ),
        (
            "sqlite:app.db".to_owned(),
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 30000) \
             SELECT n, hex(zeroblob(5000)) AS x FROM c",
        ),
    ] {
        let env = with_keys(&url, "");
        env.run(&["db", "create"]).ok();
        for format in ["table", "csv", "json"] {
            let arguments = ["db", "exec", "--format", format, sql];
            let mut child = env
                .command(&arguments)
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            // Then it waits for somebody to read on.
            let mut beginning = vec![0; 3 << 20];
            child.stdout.as_mut().unwrap().read_exact(&mut beginning).unwrap();
            let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
            child.kill().unwrap();
            child.wait().unwrap();
            let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
            let peak: u32 = peak.trim().trim_end_matches(" kB").parse().unwrap();
            assert!(peak < 120_000, "{format}, {url}: {peak} kB");
        }
    }
}

/// Rows that came before an error are there, and the document is whole.
#[test]
fn an_error_among_the_rows_ends_the_document_as_it_should() {
    let url = postgres().create_database();
    let env = with_keys(&url, "");
    let sql = "SELECT 6 / (3 - n) AS q FROM generate_series(1, 5) AS n";
    let output = env.run(&["db", "exec", "--json", sql]);
    assert_eq!(output.code(), Some(1), "{output}");
    let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(json["databases"][0]["results"][0]["rows"], serde_json::json!([[3], [6]]), "{json}");
    assert_eq!(json["errors"][0]["exit_code"], 1, "{json}");
}
