//! `--json`: one document on standard output, whatever the command.

use insta::{assert_snapshot, with_settings};
use serde_json::Value;

use crate::support::{TestEnvironment, project, revision};

fn two_revisions() -> TestEnvironment {
    project()
        .revision(revision("a1", &[]).label("app"))
        .revision(revision("b2", &["a1"]).depends_on("x1"))
        .revision(revision("x1", &[]))
        .build()
}

fn json(env: &TestEnvironment, arguments: &[&str]) -> Value {
    let text = env.run(&[arguments, &["--json"]].concat()).stdout;
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}\n{text}"))
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

#[test]
fn revisions() {
    let env = two_revisions();
    assert_snapshot!(pretty(&json(&env, &["show", "b2"])), @r#"
    [
      {
        "revision": "b2",
        "down_revision": [
          "a1"
        ],
        "depends_on": [
          "x1"
        ],
        "branch_labels": [
          "app"
        ],
        "message": "rev b2",
        "path": "$PROJ/versions/b2_x.sql",
        "is_base": false,
        "is_head": true,
        "is_effective_head": false,
        "is_branch_point": false,
        "is_merge_point": false,
        "children": []
      }
    ]
    "#);
    for command in [
        &["heads"][..],
        &["heads", "--resolve-dependencies"],
        &["history"],
        &["history", "-i"],
        &["branches"],
        &["show", "heads"],
    ] {
        let list = json(&env, command);
        let list = list.as_array().unwrap_or_else(|| panic!("{command:?}: {list}"));
        assert!(list.iter().all(|entry| entry["revision"].is_string()), "{command:?}");
    }
    assert_eq!(json(&env, &["history"]).as_array().unwrap().len(), 3);
}

#[test]
fn runs() {
    let env = two_revisions();
    with_settings!({filters => [(r#""seconds": [\d.e-]+"#, "\"seconds\": $$SECONDS")]}, {
        assert_snapshot!(pretty(&json(&env, &["upgrade", "a1"])), @r#"
        {
          "databases": [
            {
              "database": "app",
              "report": {
                "before": [],
                "after": [
                  "a1"
                ],
                "steps": [
                  {
                    "direction": "upgrade",
                    "revision": "a1",
                    "from": [],
                    "to": [
                      "a1"
                    ],
                    "doc": "rev a1",
                    "before": [],
                    "after": [
                      "a1"
                    ],
                    "seconds": $SECONDS
                  }
                ]
              }
            }
          ],
          "errors": []
        }
        "#);
    });
    assert_eq!(
        json(&env, &["upgrade"])["databases"][0]["report"]["steps"].as_array().unwrap().len(),
        2
    );
    assert_snapshot!(pretty(&json(&env, &["upgrade"])), @r#"
    {
      "databases": [
        {
          "database": "app",
          "report": {
            "before": [
              "b2"
            ],
            "after": [
              "b2"
            ],
            "steps": []
          }
        }
      ],
      "errors": []
    }
    "#);
    assert_eq!(json(&env, &["downgrade", "-1"])["errors"], Value::Array(Vec::new()));
    assert_eq!(json(&env, &["stamp", "a1"])["databases"][0]["report"]["after"][0], "a1");
}

#[test]
fn databases() {
    let env = two_revisions();
    env.run(&["upgrade", "a1"]).ok();
    assert_snapshot!(pretty(&json(&env, &["current"])), @r#"
    {
      "databases": [
        {
          "database": "app",
          "url": "sqlite:///$PROJ/app.db",
          "rows": [
            "a1"
          ],
          "revisions": [
            {
              "revision": "a1",
              "down_revision": [],
              "depends_on": [],
              "branch_labels": [
                "app"
              ],
              "message": "rev a1",
              "path": "$PROJ/versions/a1_x.sql",
              "is_base": true,
              "is_head": false,
              "is_effective_head": false,
              "is_branch_point": false,
              "is_merge_point": false,
              "children": [
                "b2"
              ]
            }
          ],
          "is_at_heads": false
        }
      ],
      "errors": []
    }
    "#);
    assert_eq!(json(&env, &["current", "--check-heads"])["databases"][0]["is_at_heads"], false);
    assert_snapshot!(pretty(&json(&env, &["ensure_version"])), @r#"
    {
      "databases": [
        {
          "database": "app",
          "version_table": "alembic_version"
        }
      ],
      "errors": []
    }
    "#);
}

#[test]
fn files() {
    let env = two_revisions();
    let made = json(&env, &["revision", "--rev-id", "c3", "--head", "app@head"]);
    assert_eq!(made["revision"], "c3");
    assert_eq!(made["down_revision"][0], "b2");
    assert!(made["path"].as_str().unwrap().ends_with("/versions/c3_.sql"));
    assert_eq!(json(&env, &["merge", "c3", "x1", "--rev-id", "d4"])["down_revision"][1], "x1");
    assert!(json(&env, &["init", "other"]).is_array());
    assert_eq!(json(&env, &["list_templates"])[0]["name"], "generic");
}

/// Whoever asked for JSON gets JSON, also when nothing came of the command.
#[test]
fn failures_are_json_too() {
    let env = project().revision(revision("a1", &[])).build();
    for (arguments, code) in [
        (&["--json", "show", "nope"][..], 64),
        (&["--json", "heads", "-d", "nope"][..], 64),
        (&["--json", "stamp", "nope"][..], 64),
        (&["--json", "-c", "nope.toml", "current"][..], 78),
    ] {
        let output = env.run(arguments);
        assert_eq!(output.code(), Some(code), "{output}");
        let text = output.to_string();
        let json = text.split("------- stderr -------").next().unwrap();
        let value: Value = serde_json::from_str(json).unwrap();
        assert_eq!(value["errors"][0]["exit_code"], code, "{text}");
    }
}

#[test]
fn an_empty_url_in_the_environment_is_none() {
    let mut env = project().revision(revision("a1", &[])).build();
    env.set("LIMBECK_URL", "");
    env.run(&["upgrade"]).ok();
}
