//! URLs of PostgreSQL servers: the parameters of psycopg2, psycopg, asyncpg and pg8000 become those
//! of libpq.

use super::Secret;
use super::SqlAlchemyUrl;
use super::UrlError;
use super::native::NativeUrl;
use super::native::Server;
use super::native::boolean;
use super::native::seconds;
use super::native::single;
use super::native::unsupported;

/// libpq's parameters that mean the same to limbeck. The drivers that are not built on libpq use
/// some of these names too, with libpq's values.
const LIBPQ: [&str; 43] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "max_protocol_version",
    "min_protocol_version",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_issuer",
    "oauth_scope",
    "options",
    "passfile",
    "require_auth",
    "requirepeer",
    "scram_client_key",
    "scram_server_key",
    "service",
    "servicefile",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslkeylogfile",
    "sslnegotiation",
    "sslpassword",
    "sslrootcert",
    "sslsni",
    "target_session_attrs",
    "tcp_user_timeout",
];

const SSL_MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

const PYTHON_ONLY: &str = "it concerns only Python's driver";
const UTF_8: &str = "limbeck speaks UTF-8 with the server";
const OWN_TRANSACTIONS: &str = "limbeck begins and ends the transactions of a migration itself";

pub(super) fn translate(url: &SqlAlchemyUrl) -> Result<NativeUrl, UrlError> {
    match url.driver() {
        None
        | Some(
            "psycopg2" | "psycopg2cffi" | "psycopg" | "psycopg_async" | "psycopg2_async"
            | "asyncpg" | "pg8000" | "pygresql" | "pypostgresql",
        ) => {}
        Some(driver) => {
            let driver = driver.to_owned();
            return Err(UrlError::UnsupportedDriver { backend: "postgresql".to_owned(), driver });
        }
    }
    let mut server = Server::new("postgresql", url)?;
    let mut hosts: &[Secret] = &[];
    let mut ports: &[Secret] = &[];
    for (name, values) in url.query() {
        match name {
            "host" => hosts = values,
            "port" => ports = values,
            name => parameter(&mut server, name, single(name, values)?)?,
        }
    }
    place_hosts(&mut server, hosts, ports)?;
    Ok(server.finish())
}

fn parameter(server: &mut Server, name: &str, value: &str) -> Result<(), UrlError> {
    match name {
        name if LIBPQ.contains(&name) => server.set(name, value),
        // The parameters of the driver go before the parts of the URL.
        "user" => server.user = Some(value.to_owned()),
        "password" => server.password = Some(Secret::new(value)),
        "dbname" | "database" => server.database = Some(value.to_owned()),
        "sslmode" | "ssl" => server.set("sslmode", ssl_mode(name, value)?),
        "ssl_context" => {
            server.set("sslmode", if boolean(name, value)? { "require" } else { "disable" });
        }
        "requiressl" => {
            let required = boolean(name, value)?;
            server.set_default("sslmode", if required { "require" } else { "prefer" });
        }
        // asyncpg and pg8000.
        "timeout" => server.set("connect_timeout", seconds(name, value)?),
        "tcp_keepalive" => server.set("keepalives", if boolean(name, value)? { "1" } else { "0" }),
        "unix_sock" => unix_socket(server, value)?,
        "client_encoding" => server.drop(name, UTF_8),
        "command_timeout" => server.drop(name, "limbeck has its own time limit for statements"),
        "prepared_statement_cache_size"
        | "prepared_statement_name_func"
        | "statement_cache_size"
        | "max_cached_statement_lifetime"
        | "max_cacheable_statement_size"
        | "prepare_threshold"
        | "async_fallback"
        | "async_creator_fn"
        | "plugin" => server.drop(name, PYTHON_ONLY),
        "autocommit" if boolean(name, value)? => return Err(unsupported(name, OWN_TRANSACTIONS)),
        "autocommit" => server.drop(name, OWN_TRANSACTIONS),
        "replication" => {
            return Err(unsupported(name, "a replication connection runs no migrations"));
        }
        _ => return Err(unsupported(name, "it is no parameter of libpq")),
    }
    Ok(())
}

/// libpq's `sslmode`, from asyncpg's `ssl` too, whose values are the same. asyncpg does not take
/// `true`, but libpq does in a URL, as JDBC does; projects write it and translate it in `env.py`.
fn ssl_mode<'a>(name: &str, value: &'a str) -> Result<&'a str, UrlError> {
    match value {
        value if SSL_MODES.contains(&value) => Ok(value),
        "true" | "True" if name == "ssl" => Ok("require"),
        "false" | "False" if name == "ssl" => Ok("disable"),
        _ => Err(UrlError::InvalidParameter {
            name: name.to_owned(),
            expected: "one of disable, allow, prefer, require, verify-ca and verify-full",
        }),
    }
}

/// pg8000 names the socket itself, libpq its directory and the port in its name.
fn unix_socket(server: &mut Server, path: &str) -> Result<(), UrlError> {
    let parts = path.rsplit_once('/').and_then(|(directory, file)| {
        let port = file.strip_prefix(".s.PGSQL.")?.parse::<u16>().ok()?;
        Some((directory, port))
    });
    let (directory, port) = parts.ok_or_else(|| UrlError::InvalidParameter {
        name: "unix_sock".to_owned(),
        expected: "a path that ends in /.s.PGSQL.<port>",
    })?;
    server.host = None;
    server.port = None;
    server.set("host", if directory.is_empty() { "/" } else { directory });
    server.set("port", port.to_string());
    Ok(())
}

/// Hosts and ports of the query, which go before those of the URL: `host=/directory`,
/// `host=h1,h2&port=p1,p2` and `host=h1:p1&host=h2:p2`, as SQLAlchemy reads them.
fn place_hosts(server: &mut Server, hosts: &[Secret], ports: &[Secret]) -> Result<(), UrlError> {
    let written: Vec<&str> = match hosts {
        [one] => one.expose().split(',').collect(),
        several => several.iter().map(Secret::expose).collect(),
    };
    // A directory has a '/', and a port is written behind a single host only where it can be one.
    let with_ports = hosts.len() > 1
        || (ports.is_empty() && matches!(written.as_slice(), [host] if is_host_and_port(host)));
    if with_ports && !ports.is_empty() {
        return Err(UrlError::MixedHosts);
    }
    let mut names: Vec<&str> = Vec::new();
    let mut numbers: Vec<&str> = Vec::new();
    for host in written {
        let (name, port) =
            if with_ports { host.split_once(':').unwrap_or((host, "")) } else { (host, "") };
        names.push(name);
        numbers.push(port);
    }
    match ports {
        [] => {}
        [one] => numbers = one.expose().split(',').collect(),
        several => numbers = several.iter().map(Secret::expose).collect(),
    }
    let fits = numbers.len() == names.len() || (names.is_empty() && numbers.len() == 1);
    if !fits {
        return Err(UrlError::HostsAndPorts);
    }
    if numbers.iter().any(|port| !port.is_empty() && port.parse::<u16>().is_err()) {
        return Err(UrlError::InvalidParameter {
            name: if ports.is_empty() { "host" } else { "port" }.to_owned(),
            expected: "a port number, or a list of them, where it names ports",
        });
    }
    let host_list = server.host.clone().filter(|host| host.contains(','));
    if !names.is_empty() {
        server.host = None;
        // SQLAlchemy then gives a port for each host, and the one of the URL is lost.
        server.port = server.port.filter(|_| names.len() == 1);
        server.set("host", names.join(","));
    } else if let Some(list) = host_list {
        // In a URL of libpq a port belongs to the host before it; here it is everybody's.
        server.host = None;
        server.set("host", list);
    }
    if numbers.iter().any(|port| !port.is_empty()) {
        server.port = None;
        server.set("port", numbers.join(","));
    } else if server.host.is_none()
        && let Some(port) = server.port.take()
    {
        server.set("port", port.to_string());
    }
    Ok(())
}

fn is_host_and_port(text: &str) -> bool {
    let Some((host, port)) = text.split_once(':') else { return false };
    host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
        && port.chars().all(|c| c.is_ascii_digit())
}
