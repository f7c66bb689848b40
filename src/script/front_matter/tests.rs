use super::*;

/// The base's minimum, with more lines after it.
fn with(lines: &str) -> Result<FrontMatter, Fault> {
    parse(&format!("revision = 'a'\ndown_revision = []\n{lines}"), 0)
}

/// Where in `lines` the fault is, and what it says.
fn fault(lines: &str) -> (usize, String) {
    let fault = with(lines).unwrap_err();
    (fault.offset - "revision = 'a'\ndown_revision = []\n".len(), fault.kind.to_string())
}

#[test]
fn the_front_matter_is_between_its_lines() {
    let layout = locate("/*---\r\na = 1\n---*/ \nbody").unwrap();
    assert_eq!(layout, Layout { toml: 7..13, body: 20, body_line: 4 });
    assert_eq!(locate("/*---\n---*/").unwrap(), Layout { toml: 6..6, body: 11, body_line: 3 });
    for text in ["", "\n/*---\n---*/", " /*---\n---*/", "/*--- x\n---*/", "CREATE x;"] {
        assert_eq!(locate(text), Err(Fault::new(0, SyntaxErrorKind::NoFrontMatter)), "{text}");
    }
    let unclosed = Err(Fault::new(0, SyntaxErrorKind::UnclosedFrontMatter));
    assert_eq!(locate("/*---\n ---*/\n---"), unclosed);
    assert_eq!(
        SyntaxErrorKind::UnclosedFrontMatter.to_string(),
        "the front matter has no closing line '---*/'"
    );
}

#[test]
fn every_key_is_read() {
    let front = parse(
        r#"
        message = "a\nb"
        revision = "r"
        down_revision = ["p", 'q']
        branch_labels = ["x", "y"]
        depends_on = "d"
        create_date = 2026-11-20T14:03:11+02:00
        transaction = false
        databases = ["results"]
        lock_timeout = "5s"
        lock_retry = "10min"
        statement_timeout = 250
        irreversible = true
        irreversible_reason = "drops data"
        "#,
        0,
    )
    .unwrap();
    assert_eq!(front.message, "a\nb");
    assert_eq!(front.revision, "r");
    assert_eq!(front.down_revisions, ["p", "q"]);
    assert_eq!(front.branch_labels, ["x", "y"]);
    assert_eq!(front.depends_on, ["d"]);
    assert_eq!(front.create_date.unwrap().to_rfc3339(), "2026-11-20T14:03:11+02:00");
    assert_eq!(
        front.options,
        RevisionOptions {
            transaction: Some(false),
            databases: vec!["results".to_owned()],
            lock_timeout: Some(Duration::from_secs(5)),
            lock_retry: Some(Duration::from_secs(600)),
            statement_timeout: Some(Duration::from_millis(250)),
            irreversible: Some("drops data".to_owned()),
            is_template: false,
        }
    );
}

#[test]
fn most_keys_may_be_left_out() {
    let front = parse("revision = 'r'\ndown_revision = 'p'", 0).unwrap();
    assert_eq!((front.message.as_str(), front.create_date), ("", None));
    assert_eq!(front.down_revisions, ["p"]);
    assert_eq!(front.options, RevisionOptions::default());
    assert_eq!(front.options.transaction, None);
    let front = with("irreversible = true").unwrap();
    assert_eq!(front.options.irreversible.as_deref(), Some("it is marked irreversible"));
    assert_eq!(with("irreversible = false").unwrap().options.irreversible, None);
}

#[test]
fn missing_keys_are_named_with_an_example() {
    let message = |toml| parse(toml, 0).unwrap_err().kind.to_string();
    assert_eq!(
        message("revision = 'a'"),
        "key 'down_revision' is missing (for example: down_revision = [] for a base)"
    );
    assert_eq!(
        message("down_revision = []"),
        "key 'revision' is missing (for example: revision = \"4c1d77a09b21\")"
    );
    let fault = parse("revision = 'a'\ndown_revision = ''", 100).unwrap_err();
    assert_eq!(fault.offset, 131);
    assert_eq!(
        fault.kind.to_string(),
        "key 'down_revision': is empty (write 'down_revision = []' for a base)"
    );
}

#[test]
fn unknown_keys_name_the_nearest() {
    assert_eq!(fault("mesage = ''"), (0, "unknown key 'mesage', did you mean 'message'?".into()));
    assert_eq!(
        fault("message = ''\nbranch_label = 'x'"),
        (13, "unknown key 'branch_label', did you mean 'branch_labels'?".into())
    );
    assert_eq!(fault("zzz = 1"), (0, "unknown key 'zzz'".into()));
    // The first in the file, although the second comes first in the alphabet.
    assert_eq!(fault("qqq = 1\njjj = 1").1, "unknown key 'qqq'");
    assert_eq!(fault("[table]\na = 1").1, "unknown key 'table'");
    assert_eq!(
        fault("revision.x = 1").1.split(',').next(),
        Some("the front matter is no TOML: cannot extend value of type string with a dotted key")
    );
}

#[test]
fn wrong_types_are_named() {
    for (lines, offset, message) in [
        ("message = 1", 10, "key 'message' takes a string, not an integer"),
        ("transaction = 'no'", 14, "key 'transaction' takes true or false, not a string"),
        (
            "branch_labels = ['a', 1.5]",
            22,
            "key 'branch_labels' takes a string or a list of strings, not a float",
        ),
        (
            "depends_on = false",
            13,
            "key 'depends_on' takes a string or a list of strings, not a boolean",
        ),
        (
            "create_date = '2026'",
            14,
            "key 'create_date' takes a date-time (2026-11-20T14:03:11Z), not a string",
        ),
        (
            "create_date = 2026-11-20T14:03:11",
            14,
            "key 'create_date': a date-time needs an offset (2026-11-20T14:03:11Z)",
        ),
        (
            "create_date = 2026-11-20",
            14,
            "key 'create_date': a date-time needs an offset (2026-11-20T14:03:11Z)",
        ),
        (
            "lock_timeout = []",
            15,
            "key 'lock_timeout' takes a duration (\"5s\", \"500ms\", \"2min\", or milliseconds), \
             not a list",
        ),
        ("create_date = 2026-11-20T14:03:60Z", 14, "key 'create_date': there is no such moment"),
        ("message.a = 1", 0, "key 'message' takes a string, not a table"),
    ] {
        let (found, text) = fault(lines);
        assert_eq!(text, message);
        if lines != "message.a = 1" {
            assert_eq!(found, offset, "{lines}");
        }
    }
}

#[test]
fn values_that_say_nothing_are_refused() {
    for (lines, offset, message) in [
        (
            "branch_labels = ['head']",
            17,
            "key 'branch_labels': 'head' is a reserved word and cannot be a branch label",
        ),
        ("depends_on = ['a', '']", 19, "key 'depends_on': a name is empty"),
        ("depends_on = ['a', 'a']", 19, "key 'depends_on': 'a' is named twice"),
        (
            "databases = []",
            12,
            "key 'databases': names no database (leave the key out for all that the route allows)",
        ),
        (
            "message = 'a'\nirreversible_reason = 'b'",
            14,
            "key 'irreversible_reason': only stands beside 'irreversible = true'",
        ),
        (
            "statement_timeout = 2147483648",
            20,
            "key 'statement_timeout': no database takes more than 2147483647 milliseconds",
        ),
    ] {
        assert_eq!(fault(lines), (offset, message.to_owned()));
    }
    let fault = parse("revision = 'a:b'\ndown_revision = []", 0).unwrap_err();
    assert_eq!(fault.offset, 11);
    assert_eq!(
        fault.kind.to_string(),
        "key 'revision': Character(s) ':' not allowed in revision identifier 'a:b'"
    );
}

#[test]
fn durations_have_units() {
    for (text, milliseconds) in [
        ("'500ms'", Some(500)),
        ("'5s'", Some(5_000)),
        ("'2 min'", Some(120_000)),
        ("'1h'", Some(3_600_000)),
        ("0", Some(0)),
        ("0x10", Some(16)),
        ("1_000", Some(1_000)),
        ("-1", None),
        ("'5'", None),
        ("'5m'", None),
        ("'s'", None),
        ("'-5s'", None),
        ("'1.5s'", None),
        ("''", None),
        ("'99999999999999999999s'", None),
        ("'18446744073709551615h'", None),
    ] {
        let result = with(&format!("lock_timeout = {text}"));
        let read = result.ok().and_then(|front| front.options.lock_timeout);
        assert_eq!(read, milliseconds.map(Duration::from_millis), "{text}");
    }
}

#[test]
fn what_is_no_toml_is_shown_where_it_is() {
    let (offset, message) = fault("message = 'a\n");
    assert!(message.starts_with("the front matter is no TOML: "), "{message}");
    assert!((10..=13).contains(&offset), "{offset}");
    let (offset, message) = fault("revision = 'b'\n");
    assert_eq!((offset, message.as_str()), (0, "the front matter is no TOML: duplicate key"));
}
