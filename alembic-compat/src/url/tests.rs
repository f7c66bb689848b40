mod python;

use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> SqlAlchemyUrl {
    text.parse().unwrap()
}

fn native(text: &str) -> Result<String, UrlError> {
    parse(text).to_native().map(|url| url.expose().to_owned())
}

fn dropped(text: &str) -> Vec<String> {
    let url = parse(text).to_native().unwrap();
    url.notes().iter().map(|note| note.parameter.clone()).collect()
}

/// The URLs of the table that limbeck masks more than SQLAlchemy does: passwords with an `@` in
/// them that was not encoded, and a password in the query.
const MASKED_MORE: [(&str, &str); 3] = [
    ("postgresql://u:p@ss@h/db", "postgresql://u:***@***@h/db"),
    ("postgresql://u/p@h/db", "postgresql://u/***%40h/db"),
    ("postgresql+psycopg2://u:p@h/db?password=q", "postgresql+psycopg2://u:***@h/db?password=***"),
];

#[test]
fn urls_are_read_as_sqlalchemy_reads_them() {
    for (text, expected) in python::CASES {
        let got = text.parse::<SqlAlchemyUrl>();
        let Ok((user, password, host, port, database, query, shown)) = expected else {
            assert_eq!(got.as_ref().err(), expected.as_ref().err(), "{text:?}");
            continue;
        };
        let got = got.unwrap();
        let pairs = got.query().flat_map(|(name, values)| {
            values.iter().map(move |value| (name.to_owned(), value.expose().to_owned()))
        });
        let expected_pairs: Vec<(String, String)> =
            query.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        assert_eq!(pairs.collect::<Vec<_>>(), expected_pairs, "{text:?}");
        let password_text = got.password().map(Secret::expose);
        assert_eq!((got.username(), password_text), (*user, *password), "{text:?}");
        assert_eq!((got.host(), got.port()), (*host, *port), "{text:?}");
        assert_eq!(got.database(), *database, "{text:?}");
        let masked_more = MASKED_MORE.iter().find(|(masked, _)| masked == text);
        assert_eq!(got.to_string(), masked_more.map_or(*shown, |(_, shown)| *shown), "{text:?}");
    }
}

#[test]
fn no_password_is_shown() {
    let texts = [
        "postgresql://u:hunter2@h/db",
        "postgresql://u:hunter2@x@h/db",
        "postgresql://u:x@hunter2@h/db",
        "postgresql://u/x:hunter2@h/db",
        "postgresql://h/db?password=hunter2&sslpassword=hunter2",
        "mysql+pymysql://u@h/db?passwd=hunter2",
        "mssql+pyodbc://u:hunter2@h/db",
        "postgresql://u:hunter2",
        "u:hunter2@h/db",
        "sqlite://u:hunter2@h/db",
    ];
    for text in texts {
        let shown = match text.parse::<SqlAlchemyUrl>() {
            Ok(url) => {
                let native = url.to_native();
                let error = native.as_ref().err().map(UrlError::to_string);
                format!("{url} {url:?} {native:?} {error:?}")
            }
            Err(error) => format!("{error} {error:?}"),
        };
        assert!(!shown.contains("hunter2"), "{text}: {shown}");
    }
}

#[test]
fn sqlite_urls() {
    for (text, expected) in [
        ("sqlite://", "sqlite://"),
        ("sqlite:///", "sqlite://"),
        ("sqlite:///:memory:", "sqlite://"),
        ("sqlite+aiosqlite:///x.db", "sqlite:///x.db"),
        ("sqlite+pysqlite:////a/b%20c.db", "sqlite:////a/b c.db"),
        ("sqlite:///./x.db?timeout=5&mode=ro&uri=false", "sqlite:///./x.db"),
    ] {
        assert_eq!(native(text).unwrap(), expected, "{text}");
    }
    assert_eq!(dropped("sqlite:///x.db?timeout=5&mode=ro"), ["timeout", "mode"]);
    assert_eq!(native("sqlite:///file:x?uri=true").unwrap_err(), UrlError::SqliteFileUri);
    assert_eq!(native("sqlite:///file:x").unwrap_err(), UrlError::SqliteFileUri);
    assert_eq!(native("sqlite:///a%3Fb").unwrap_err(), UrlError::SqlitePath);
    assert!(matches!(
        native("sqlite+pysqlcipher://:key@/x.db").unwrap_err(),
        UrlError::UnsupportedDriver { .. }
    ));
    let error = native("sqlite://x.db").unwrap_err().to_string();
    assert!(
        error.starts_with("Invalid SQLite URL: sqlite://x.db\nValid SQLite URL forms"),
        "{error}"
    );
}

#[test]
fn postgresql_urls() {
    for (text, expected) in [
        ("postgresql://", "postgresql://"),
        ("postgres://u:p%40w@h:5432/d%20b", "postgresql://u:p%40w@h:5432/d%20b"),
        ("postgresql+psycopg2://u+x@h/db", "postgresql://u%2Bx@h/db"),
        (
            "postgresql+asyncpg://u:p@[::1]:1/db?ssl=require",
            "postgresql://u:p@[::1]:1/db?sslmode=require",
        ),
        (
            "postgresql+asyncpg://h/db?ssl=true&timeout=2.5",
            "postgresql://h/db?sslmode=require&connect_timeout=3",
        ),
        (
            "postgresql+pg8000://u@/db?unix_sock=/run/pg/.s.PGSQL.5433",
            "postgresql://u@/db?host=/run/pg&port=5433",
        ),
        (
            "postgresql+pg8000://h/db?ssl_context=true&tcp_keepalive=false",
            "postgresql://h/db?sslmode=require&keepalives=0",
        ),
        ("postgresql+psycopg://u@/db?host=/tmp", "postgresql://u@/db?host=/tmp"),
        ("postgresql://u@x/db?host=h1:1&host=h2:2", "postgresql://u@/db?host=h1,h2&port=1,2"),
        ("postgresql://u@x/db?host=h1,h2&port=1,2", "postgresql://u@/db?host=h1,h2&port=1,2"),
        ("postgresql://u@x/db?host=h1,h2&port=1,", "postgresql://u@/db?host=h1,h2&port=1,"),
        ("postgresql://h:5/db?host=a", "postgresql:///db?host=a&port=5"),
        ("postgresql://h1,h2:5/db", "postgresql:///db?host=h1,h2&port=5"),
        ("postgresql://h/db?user=a&password=b%20c&dbname=d", "postgresql://a:b%20c@h/d"),
        (
            "postgresql://h/db?options=-c%20x%3Dy&application_name=a+b%26",
            "postgresql://h/db?options=-c%20x%3Dy&application_name=a%20b%26",
        ),
        (
            "postgresql://h/db?sslrootcert=/a%20b.pem&sslmode=verify-full",
            "postgresql://h/db?sslrootcert=/a%20b.pem&sslmode=verify-full",
        ),
    ] {
        assert_eq!(native(text).unwrap(), expected, "{text}");
    }
    let url = "postgresql+asyncpg://h/db?prepared_statement_cache_size=0&async_fallback=true&client_encoding=utf8";
    assert_eq!(
        dropped(url),
        ["prepared_statement_cache_size", "async_fallback", "client_encoding"]
    );
}

#[test]
fn postgresql_urls_that_cannot_be_translated() {
    for (text, expected) in [
        (
            "postgresql://h/db?nonsense=1",
            "the parameter 'nonsense' of the database URL is not supported: it is no parameter of libpq",
        ),
        (
            "postgresql+asyncpg://h/db?server_settings=x",
            "the parameter 'server_settings' of the database URL is not supported: it is no parameter of libpq",
        ),
        (
            "postgresql+asyncpg://h/db?ssl=maybe",
            "the parameter 'ssl' of the database URL must be one of disable, allow, prefer, require, verify-ca and verify-full",
        ),
        (
            "postgresql://h/db?sslmode=require&sslmode=allow",
            "the parameter 'sslmode' of the database URL is given more than once",
        ),
        (
            "postgresql+auroradataapi://h/db",
            "the driver 'auroradataapi' of the database URL is not known for postgresql",
        ),
        ("postgresql:///db?host=a,b&port=1", "number of hosts and ports don't match"),
        (
            "cockroachdb://h/db",
            "the database URL is for 'cockroachdb': limbeck speaks PostgreSQL, MySQL, MariaDB and SQLite",
        ),
        (
            "mssql+pyodbc://u:p@dsn",
            "the database URL is for 'mssql': limbeck speaks PostgreSQL, MySQL, MariaDB and SQLite",
        ),
    ] {
        assert_eq!(native(text).unwrap_err().to_string(), expected, "{text}");
    }
    assert_eq!(native("postgresql://u:p@ss@h/db").unwrap_err(), UrlError::Authority);
    assert_eq!(native("postgresql://u/p@h/db").unwrap_err(), UrlError::Authority);
    assert_eq!(native("postgresql://[::1]x/db").unwrap_err(), UrlError::Authority);
    assert_eq!(native("postgresql://h:99999/db").unwrap_err(), UrlError::InvalidPort);
    assert_eq!(
        native("postgresql:///db?host=a:1&host=b:2&port=2").unwrap_err(),
        UrlError::MixedHosts
    );
}

#[test]
fn mysql_urls() {
    for (text, expected) in [
        ("mysql+pymysql://u:p@h:3306/db?charset=utf8mb4", "mysql://u:p@h:3306/db"),
        (
            "mariadb+mariadbconnector://u@/db?unix_socket=/run/x.sock",
            "mysql://u@/db?unix_socket=/run/x.sock",
        ),
        (
            "mysql+pymysql://h/db?ssl_ca=/ca.pem",
            "mysql://h/db?ssl_ca=/ca.pem&ssl_mode=verify_identity",
        ),
        (
            "mysql+pymysql://h/db?ssl_ca=/ca.pem&ssl_check_hostname=false",
            "mysql://h/db?ssl_ca=/ca.pem&ssl_mode=verify_ca",
        ),
        ("mysql+mysqldb://h/db?ssl_ca=/ca.pem", "mysql://h/db?ssl_ca=/ca.pem&ssl_mode=verify_ca"),
        ("mysql+mysqldb://h/db?ssl_mode=REQUIRED", "mysql://h/db?ssl_mode=required"),
        (
            "mysql+mysqlconnector://h/db?ssl_disabled=True&connection_timeout=3",
            "mysql://h/db?connect_timeout=3&ssl_mode=disabled",
        ),
        (
            "mysql+mysqlconnector://h/db?ssl_ca=/c&ssl_verify_identity=true",
            "mysql://h/db?ssl_ca=/c&ssl_mode=verify_identity",
        ),
        (
            "mysql+asyncmy://h/db?ssl_key=/k&ssl_cert=/c",
            "mysql://h/db?ssl_key=/k&ssl_cert=/c&ssl_mode=required",
        ),
        ("mysql+aiomysql://h/db?compress=true&read_timeout=5", "mysql://h/db?compress=true"),
        ("mysql://h/db?passwd=p&user=u&db=x", "mysql://u:p@h/x"),
    ] {
        assert_eq!(native(text).unwrap(), expected, "{text}");
    }
    assert_eq!(
        dropped("mysql://h/db?charset=utf8&use_unicode=1&autocommit=0"),
        ["charset", "use_unicode", "autocommit"]
    );
    for parameter in [
        "charset=latin1",
        "autocommit=true",
        "init_command=SET%20x",
        "ssl_cipher=x",
        "local_infile=1",
        "read_default_file=/x",
        "odd=1",
    ] {
        let error = native(&format!("mysql://h/db?{parameter}")).unwrap_err();
        assert!(matches!(error, UrlError::UnsupportedParameter { .. }), "{parameter}: {error}");
    }
}

fn url_text() -> impl Strategy<Value = String> {
    let pieces = proptest::sample::select(vec![
        "postgresql",
        "mysql",
        "sqlite",
        "+psycopg2",
        "://",
        "/",
        ":",
        "@",
        "?",
        "&",
        "=",
        "u",
        "%40",
        "%",
        "%ff",
        "é",
        "[",
        "]",
        "::1",
        "5432",
        "host=",
        "port=",
        "ssl=",
        " ",
        "\n",
        ",",
    ]);
    proptest::collection::vec(pieces, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_is_too_strange(text in prop_oneof![".*", url_text(), url_text().prop_map(|rest| format!("postgresql://{rest}"))]) {
        if let Ok(url) = text.parse::<SqlAlchemyUrl>() {
            let _shown = format!("{url} {url:?}");
            let _native = url.to_native();
        }
    }

    #[test]
    fn what_is_encoded_comes_back(user in "\\PC+", password in "\\PC+", database in "\\PC+") {
        let encode = |text: &str| quote::quote(text, "");
        let text = format!("postgresql://{}:{}@h/{}", encode(&user), encode(&password), encode(&database));
        let url = parse(&text);
        prop_assert_eq!(url.username(), Some(user.as_str()));
        prop_assert_eq!(url.password().map(Secret::expose), Some(password.as_str()));
        prop_assert_eq!(url.database(), Some(database.as_str()));
        let native = url.to_native().unwrap();
        prop_assert_eq!(native.expose(), text);
        prop_assert_eq!(parse(&url.expose()), url);
    }
}
