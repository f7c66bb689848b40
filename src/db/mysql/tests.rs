//! Tests of what only MySQL does.

use crate::db::DatabaseUrl;
use crate::db::connect;
use crate::db::connect::SessionOptions;
use crate::db::connect::connect as open;
use crate::db::error::DatabaseErrorKind;
use crate::db::testing;

#[test]
fn failures_to_connect_have_a_kind() {
    let url = testing::new_mysql_database().expose();
    let kind = |url: &str| {
        let url: DatabaseUrl = url.parse().unwrap();
        let error = open(&url, &SessionOptions::default()).err().unwrap();
        assert!(!error.message.contains("hush"), "{error}");
        (error.kind, error.message)
    };
    let (wrong, message) = kind(&url.replace("hush-hush", "hush"));
    assert_eq!(wrong, DatabaseErrorKind::Authentication, "{message}");
    let (missing, message) = kind(&url.replace("/test_", "/other_"));
    assert_eq!(missing, DatabaseErrorKind::NoSuchDatabase, "{message}");
    let (refused, message) = kind("mysql://limbeck:hush-hush@127.0.0.1:1/app");
    assert_eq!(refused, DatabaseErrorKind::Unreachable, "{message}");
    assert!(message.starts_with("limbeck@127.0.0.1:1/app: "), "{message}");
    let (plain, message) = kind(&format!("{url}?ssl_mode=required"));
    assert_eq!(plain, DatabaseErrorKind::Unreachable);
    assert!(message.ends_with("the server has no TLS, which the URL requires"), "{message}");
    let (none, message) = kind("mysql://limbeck:hush-hush@127.0.0.1:1");
    assert_eq!(none, DatabaseErrorKind::NoSuchDatabase, "{message}");
    drop(connect::mysql(&url.parse().unwrap(), &SessionOptions::default()).unwrap());
}
