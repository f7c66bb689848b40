//! What `make_url` of SQLAlchemy 2.1 makes of texts: user, password, host, port, database, query and
//! `render_as_string(hide_password=True)`.

use crate::url::UrlError;

type Parts = (
    Option<&'static str>,
    Option<&'static str>,
    Option<&'static str>,
    Option<i64>,
    Option<&'static str>,
    &'static [(&'static str, &'static str)],
    &'static str,
);

pub(super) const CASES: &[(&str, Result<Parts, UrlError>)] = &[
    ("postgresql://", Ok((None, None, None, None, None, &[], "postgresql://"))),
    ("postgresql", Err(UrlError::Unparsable)),
    ("", Err(UrlError::Unparsable)),
    ("://h", Err(UrlError::Unparsable)),
    ("a-b://h", Err(UrlError::Unparsable)),
    ("postgresql:/h", Err(UrlError::Unparsable)),
    ("é_1+x://h", Ok((None, None, Some("h"), None, None, &[], "é_1+x://h"))),
    ("postgresql://h", Ok((None, None, Some("h"), None, None, &[], "postgresql://h"))),
    ("postgresql://h/", Ok((None, None, Some("h"), None, Some(""), &[], "postgresql://h/"))),
    ("postgresql://h/db", Ok((None, None, Some("h"), None, Some("db"), &[], "postgresql://h/db"))),
    (
        "postgresql://u@h/db",
        Ok((Some("u"), None, Some("h"), None, Some("db"), &[], "postgresql://u@h/db")),
    ),
    (
        "postgresql://u:p@h/db",
        Ok((Some("u"), Some("p"), Some("h"), None, Some("db"), &[], "postgresql://u:***@h/db")),
    ),
    (
        "postgresql://u:@h/db",
        Ok((Some("u"), Some(""), Some("h"), None, Some("db"), &[], "postgresql://u:***@h/db")),
    ),
    (
        "postgresql://:p@h/db",
        Ok((Some(""), Some("p"), Some("h"), None, Some("db"), &[], "postgresql://:***@h/db")),
    ),
    (
        "postgresql://:@h/db",
        Ok((Some(""), Some(""), Some("h"), None, Some("db"), &[], "postgresql://:***@h/db")),
    ),
    (
        "postgresql://@h/db",
        Ok((Some(""), None, Some("h"), None, Some("db"), &[], "postgresql://@h/db")),
    ),
    (
        "postgresql://u:p@/db",
        Ok((Some("u"), Some("p"), None, None, Some("db"), &[], "postgresql://u:***@/db")),
    ),
    ("postgresql:///db", Ok((None, None, None, None, Some("db"), &[], "postgresql:///db"))),
    (
        "postgresql://u:p@ss@h/db",
        Ok((
            Some("u"),
            Some("p"),
            Some("ss@h"),
            None,
            Some("db"),
            &[],
            "postgresql://u:***@ss@h/db",
        )),
    ),
    (
        "postgresql://u:p/w?x@h/db",
        Ok((Some("u"), Some("p/w?x"), Some("h"), None, Some("db"), &[], "postgresql://u:***@h/db")),
    ),
    (
        "postgresql://u:p:w@h/db",
        Ok((Some("u"), Some("p:w"), Some("h"), None, Some("db"), &[], "postgresql://u:***@h/db")),
    ),
    (
        "postgresql://u@x:p@h/db",
        Ok((
            Some("u@x"),
            Some("p"),
            Some("h"),
            None,
            Some("db"),
            &[],
            "postgresql://u%40x:***@h/db",
        )),
    ),
    (
        "postgresql://a@b@h/db",
        Ok((Some("a@b"), None, Some("h"), None, Some("db"), &[], "postgresql://a%40b@h/db")),
    ),
    (
        "postgresql://u:p%40ss@h/db",
        Ok((Some("u"), Some("p@ss"), Some("h"), None, Some("db"), &[], "postgresql://u:***@h/db")),
    ),
    (
        "postgresql://u%40d:p%2Fw@h/d%20b",
        Ok((
            Some("u@d"),
            Some("p/w"),
            Some("h"),
            None,
            Some("d b"),
            &[],
            "postgresql://u%40d:***@h/d b",
        )),
    ),
    (
        "postgresql://u+x:p+w@h/d+b",
        Ok((
            Some("u+x"),
            Some("p+w"),
            Some("h"),
            None,
            Some("d+b"),
            &[],
            "postgresql://u+x:***@h/d+b",
        )),
    ),
    (
        "postgresql://u:%zz%4@h/db",
        Ok((Some("u"), Some("%zz%4"), Some("h"), None, Some("db"), &[], "postgresql://u:***@h/db")),
    ),
    (
        "postgresql://u:%C3%A9é@h/%ff",
        Ok((
            Some("u"),
            Some("éé"),
            Some("h"),
            None,
            Some("�"),
            &[],
            "postgresql://u:***@h/%EF%BF%BD",
        )),
    ),
    (
        "postgresql://u:p w@h/d b",
        Ok((Some("u"), Some("p w"), Some("h"), None, Some("d b"), &[], "postgresql://u:***@h/d b")),
    ),
    (
        "postgresql://h:5432/db",
        Ok((None, None, Some("h"), Some(5432), Some("db"), &[], "postgresql://h:5432/db")),
    ),
    (
        "postgresql://h: 12 /db",
        Ok((None, None, Some("h"), Some(12), Some("db"), &[], "postgresql://h:12/db")),
    ),
    (
        "postgresql://h:+3/db",
        Ok((None, None, Some("h"), Some(3), Some("db"), &[], "postgresql://h:3/db")),
    ),
    (
        "postgresql://h:1_000/db",
        Ok((None, None, Some("h"), Some(1000), Some("db"), &[], "postgresql://h:1000/db")),
    ),
    (
        "postgresql://h:-1/db",
        Ok((None, None, Some("h"), Some(-1), Some("db"), &[], "postgresql://h:-1/db")),
    ),
    ("postgresql://h:/db", Err(UrlError::InvalidPort)),
    ("postgresql://h:x/db", Err(UrlError::InvalidPort)),
    ("postgresql://u:p/db", Err(UrlError::InvalidPort)),
    (
        "postgresql://:5432/db",
        Ok((None, None, None, Some(5432), Some("db"), &[], "postgresql://:5432/db")),
    ),
    (
        "postgresql://h:99999",
        Ok((None, None, Some("h"), Some(99999), None, &[], "postgresql://h:99999")),
    ),
    (
        "postgresql://u:p@h:5432?x=1",
        Ok((
            Some("u"),
            Some("p"),
            Some("h"),
            Some(5432),
            None,
            &[("x", "1")],
            "postgresql://u:***@h:5432?x=1",
        )),
    ),
    (
        "postgresql://[::1]:5432/db",
        Ok((None, None, Some("::1"), Some(5432), Some("db"), &[], "postgresql://[::1]:5432/db")),
    ),
    (
        "postgresql://u:p@[2001:db8::1]/db",
        Ok((
            Some("u"),
            Some("p"),
            Some("2001:db8::1"),
            None,
            Some("db"),
            &[],
            "postgresql://u:***@[2001:db8::1]/db",
        )),
    ),
    ("postgresql://[::1", Err(UrlError::InvalidPort)),
    (
        "postgresql://[]/db",
        Ok((None, None, Some("[]"), None, Some("db"), &[], "postgresql://[]/db")),
    ),
    ("postgresql://[a]b/db", Ok((None, None, Some("a"), None, None, &[], "postgresql://a"))),
    (
        "postgresql://[a]b]:1/db",
        Ok((None, None, Some("a]b"), Some(1), Some("db"), &[], "postgresql://a]b:1/db")),
    ),
    (
        "postgresql://h1,h2/db",
        Ok((None, None, Some("h1,h2"), None, Some("db"), &[], "postgresql://h1,h2/db")),
    ),
    (
        "postgresql://u/p@h/db",
        Ok((None, None, Some("u"), None, Some("p@h/db"), &[], "postgresql://u/p%40h/db")),
    ),
    (
        "postgresql://%2Ftmp/db",
        Ok((None, None, Some("%2Ftmp"), None, Some("db"), &[], "postgresql://%2Ftmp/db")),
    ),
    (
        "postgresql://h/db?a=1&b=2",
        Ok((
            None,
            None,
            Some("h"),
            None,
            Some("db"),
            &[("a", "1"), ("b", "2")],
            "postgresql://h/db?a=1&b=2",
        )),
    ),
    (
        "postgresql://h/db?b=2&a=1&b=3",
        Ok((
            None,
            None,
            Some("h"),
            None,
            Some("db"),
            &[("b", "2"), ("b", "3"), ("a", "1")],
            "postgresql://h/db?a=1&b=2&b=3",
        )),
    ),
    (
        "postgresql://h/db?a=&b&c=1",
        Ok((None, None, Some("h"), None, Some("db"), &[("c", "1")], "postgresql://h/db?c=1")),
    ),
    (
        "postgresql://h/db?a=x+y%26&%C3%A9=1",
        Ok((
            None,
            None,
            Some("h"),
            None,
            Some("db"),
            &[("a", "x y&"), ("é", "1")],
            "postgresql://h/db?a=x+y%26&%C3%A9=1",
        )),
    ),
    ("postgresql://h/db?", Ok((None, None, Some("h"), None, Some("db"), &[], "postgresql://h/db"))),
    (
        "postgresql://h?a=b",
        Ok((None, None, Some("h"), None, None, &[("a", "b")], "postgresql://h?a=b")),
    ),
    (
        "postgresql://?host=/tmp",
        Ok((None, None, None, None, None, &[("host", "/tmp")], "postgresql://?host=%2Ftmp")),
    ),
    (
        "postgresql:///db?host=/tmp&host=h:1",
        Ok((
            None,
            None,
            None,
            None,
            Some("db"),
            &[("host", "/tmp"), ("host", "h:1")],
            "postgresql:///db?host=%2Ftmp&host=h%3A1",
        )),
    ),
    (
        "postgresql://h/db?a=1;b=2",
        Ok((
            None,
            None,
            Some("h"),
            None,
            Some("db"),
            &[("a", "1;b=2")],
            "postgresql://h/db?a=1%3Bb%3D2",
        )),
    ),
    (
        "postgresql://h/db?a=1\nb=2",
        Ok((None, None, Some("h"), None, Some("db"), &[("a", "1")], "postgresql://h/db?a=1")),
    ),
    (
        "postgresql://h/db?a==1=2",
        Ok((
            None,
            None,
            Some("h"),
            None,
            Some("db"),
            &[("a", "=1=2")],
            "postgresql://h/db?a=%3D1%3D2",
        )),
    ),
    (
        "postgresql://h/d/e/f",
        Ok((None, None, Some("h"), None, Some("d/e/f"), &[], "postgresql://h/d/e/f")),
    ),
    (
        "postgresql://h/db?a=~!*'()@:/",
        Ok((
            None,
            None,
            Some("h"),
            None,
            Some("db"),
            &[("a", "~!*'()@:/")],
            "postgresql://h/db?a=~%21%2A%27%28%29%40%3A%2F",
        )),
    ),
    ("sqlite://", Ok((None, None, None, None, None, &[], "sqlite://"))),
    ("sqlite:///", Ok((None, None, None, None, Some(""), &[], "sqlite:///"))),
    ("sqlite:///x.db", Ok((None, None, None, None, Some("x.db"), &[], "sqlite:///x.db"))),
    ("sqlite:////a/x.db", Ok((None, None, None, None, Some("/a/x.db"), &[], "sqlite:////a/x.db"))),
    (
        "sqlite:///./x y.db",
        Ok((None, None, None, None, Some("./x y.db"), &[], "sqlite:///./x y.db")),
    ),
    (
        "sqlite+aiosqlite:///:memory:",
        Ok((None, None, None, None, Some(":memory:"), &[], "sqlite+aiosqlite:///%3Amemory%3A")),
    ),
    (
        "sqlite:///C:\\x\\y.db",
        Ok((None, None, None, None, Some("C:\\x\\y.db"), &[], "sqlite:///C%3A%5Cx%5Cy.db")),
    ),
    ("sqlite:///a%20b.db", Ok((None, None, None, None, Some("a b.db"), &[], "sqlite:///a b.db"))),
    (
        "mssql+pyodbc://u:p@dsn",
        Ok((Some("u"), Some("p"), Some("dsn"), None, None, &[], "mssql+pyodbc://u:***@dsn")),
    ),
    (
        "mysql+pymysql://u:p@h/db?charset=utf8mb4",
        Ok((
            Some("u"),
            Some("p"),
            Some("h"),
            None,
            Some("db"),
            &[("charset", "utf8mb4")],
            "mysql+pymysql://u:***@h/db?charset=utf8mb4",
        )),
    ),
    (
        "oracle://u:p@h:1521/?service_name=x",
        Ok((
            Some("u"),
            Some("p"),
            Some("h"),
            Some(1521),
            Some(""),
            &[("service_name", "x")],
            "oracle://u:***@h:1521/?service_name=x",
        )),
    ),
    (
        "postgresql+psycopg2://u:p@h/db?password=q",
        Ok((
            Some("u"),
            Some("p"),
            Some("h"),
            None,
            Some("db"),
            &[("password", "q")],
            "postgresql+psycopg2://u:***@h/db?password=q",
        )),
    ),
    (" postgresql://h", Err(UrlError::Unparsable)),
];
