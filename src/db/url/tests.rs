//! Tests of database URLs.

use super::*;

fn url(text: &str) -> DatabaseUrl {
    text.parse().unwrap()
}

fn error(text: &str) -> UrlError {
    text.parse::<DatabaseUrl>().unwrap_err()
}

#[test]
fn sqlite_paths_are_those_of_sqlalchemy() {
    for (text, path) in [
        ("sqlite:app.db", Some("app.db")),
        ("sqlite:/srv/app.db", Some("/srv/app.db")),
        ("sqlite:///app.db", Some("app.db")),
        ("sqlite:////srv/app", Some("/srv/app")),
        ("sqlite+pysqlite:///a b%20.db?check_same_thread=false", Some("a b%20.db")),
        ("data/app.sqlite3", Some("data/app.sqlite3")),
        ("app.sqlite", Some("app.sqlite")),
        (r"C:\data\app.db", Some(r"C:\data\app.db")),
        ("sqlite://", None),
        ("sqlite:///", None),
        ("sqlite::memory:", None),
        ("sqlite:///:memory:", None),
        (":memory:", None),
    ] {
        let url = url(text);
        assert_eq!(url.dialect(), Dialect::Sqlite, "{text}");
        assert_eq!(url.sqlite_path(), path.map(Path::new), "{text}");
    }
    assert_eq!(error("sqlite://app.db"), UrlError::SqliteHost);
    assert_eq!(error("sqlite:"), UrlError::Empty);
    assert_eq!(error("sqlite:///file:app.db"), UrlError::SqliteFileUri);
    assert_eq!(error("sqlite:app.db?mode=ro"), UrlError::SqliteParameter { name: "mode".into() });
}

#[test]
fn relative_paths_are_taken_from_the_base() {
    let base = Path::new("/project");
    let resolved = |text: &str| url(text).resolve_against(base).to_string();
    assert_eq!(resolved("sqlite:app.db"), "sqlite:////project/app.db");
    assert_eq!(resolved("sqlite:////srv/app.db"), "sqlite:////srv/app.db");
    assert_eq!(resolved("sqlite://"), "sqlite://");
    assert_eq!(resolved("postgres:///app"), "postgresql:///app");
}

#[test]
fn displayed_urls_parse_as_themselves() {
    for text in ["sqlite://", "sqlite:///a.db", "sqlite:////a.db", "postgresql://h,i:1/d?a=b"] {
        assert_eq!(url(text).to_string(), text);
    }
}

#[test]
fn server_urls_are_taken_apart() {
    let full = url("postgresql+psycopg2://me%40x:p%2Fq@db.example:6432/app?sslmode=require");
    assert_eq!(full.dialect(), Dialect::Postgresql);
    assert_eq!(full.user(), Some("me@x"));
    assert_eq!(full.host(), Some("db.example"));
    assert_eq!(full.port(), Some(6432));
    assert_eq!(full.database(), Some("app"));
    assert_eq!(full.parameter("sslmode"), Some("require"));
    assert_eq!(full.expose(), "postgresql://me%40x:p%2Fq@db.example:6432/app?sslmode=require");

    let socket = url("postgres://me@/app?host=/run/postgresql&port=5433");
    assert_eq!((socket.host(), socket.port()), (Some("/run/postgresql"), Some(5433)));
    let several = url("postgres://a:1,b:2/app");
    assert_eq!((several.host(), several.port()), (Some("a,b"), None));
    let six = url("postgres://[::1]:5432/app");
    assert_eq!((six.host(), six.port()), (Some("::1"), Some(5432)));
    assert_eq!(url("mariadb+pymysql://h/d").dialect(), Dialect::Mysql);
    assert_eq!(
        url("postgresql+asyncpg://h/d?ssl=require").expose(),
        "postgresql://h/d?sslmode=require"
    );
}

#[test]
fn no_form_of_a_url_shows_its_secrets() {
    for text in [
        "postgres://me:hunter2@h/d",
        "postgres://me:hunter2%25@h/d",
        "postgres://me:hunter2?x@h/d",
        "postgres://me@h/d?password=hunter2&application_name=x",
        "postgres://h/d?sslpassword=hunter2",
        "mysql://me:hunter2@h/d",
    ] {
        let url = url(text);
        let shown = format!("{url} {url:?} {url:#?}");
        assert!(shown.contains("***"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(url.expose().contains("hunter2"), "{text}");
        assert!(!url.redact(&format!("about {}", url.expose())).contains("hunter2"));
    }
    assert_eq!(url("postgres://me:@h/d").to_string(), "postgresql://me@h/d");
}

#[test]
fn an_error_never_holds_the_password() {
    for text in [
        "user:hunter2@host/db",
        "host=h password=hunter2",
        "password = hunter2",
        "oracle://me:hunter2@h/d",
        "postgres:me:hunter2@h/d",
        "postgres://me:hunter2/x@h/d",
        "postgres://me:hunter2@x@h/d",
        "postgres://me:%zzhunter2@h/d",
        "postgres://me:hunter2#/@h/d",
        "postgres://h:hunter2/d",
        "hunter2",
    ] {
        let error = error(text);
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
    assert_eq!(error("host=h dbname=d"), UrlError::KeyValue);
    assert_eq!(error("oracle://h/d"), UrlError::UnknownScheme { scheme: "oracle".into() });
    assert_eq!(error("  "), UrlError::Empty);
    assert_eq!(error("postgres:app"), UrlError::NoAuthority { dialect: Dialect::Postgresql });
    assert_eq!(error("postgres://%zz@h/d"), UrlError::Encoding { part: "user" });
}

#[test]
fn a_query_that_is_the_rest_of_a_password_is_refused() {
    let url = "postgresql://me:SEC@RET/TOP#x?y@127.0.0.1:5432/app";
    assert_eq!(url.parse::<DatabaseUrl>(), Err(UrlError::Authority));
    assert!("postgresql://me:pw@h/app?options=a@b".parse::<DatabaseUrl>().is_ok());
}
