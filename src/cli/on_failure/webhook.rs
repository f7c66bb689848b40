//! The webhook of failed runs: a POST of the document as JSON.

use std::fs;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use ureq::Agent;
use ureq::tls::PemItem;
use ureq::tls::RootCerts;
use ureq::tls::TlsConfig;
use ureq::tls::parse_pem;

use crate::env::Webhook;

/// Posts `document`; the reason is worded without the address, which is a secret.
pub(super) fn post(hook: &Webhook, document: &Value, patience: Duration) -> Result<(), String> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(patience))
        // A webhook that has moved is told, not followed: the document goes nowhere else.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .tls_config(TlsConfig::builder().root_certs(roots()).build())
        .user_agent(concat!("limbeck/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut request = agent.post(hook.expose()).header("content-type", "application/json");
    // Not left to ureq, which would send them percent-encoded.
    if let Some(credentials) = hook.expose_credentials() {
        request = request.header("authorization", format!("Basic {}", BASE64.encode(credentials)));
    }
    let response = request.send(document.to_string()).map_err(|error| reason(&error))?;
    let status = response.status();
    if status.is_success() { Ok(()) } else { Err(format!("it answered {status}")) }
}

/// The certificates of the operating system, and where it has none, those that are built in.
fn roots() -> RootCerts {
    let file = openssl_probe::probe().cert_file.and_then(|file| fs::read(file).ok());
    let certificates: Vec<_> = parse_pem(file.as_deref().unwrap_or_default())
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    match certificates.is_empty() {
        true => RootCerts::WebPki,
        false => RootCerts::from(certificates),
    }
}

/// Why it failed, without what may quote the address.
fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::HostNotFound => "the host was not found".to_owned(),
        ureq::Error::ConnectionFailed => "no connection".to_owned(),
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Rustls(error) => error.to_string(),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => "the address is not valid".to_owned(),
        _ => "it could not be called".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_address_that_was_checked_can_be_called(rest in "[!-~ü]{0,24}", path in "[!-~ü]{0,24}") {
            for text in [format!("http://{rest}"), format!("http://a.b/{path}?{rest}")] {
                if let Ok(hook) = Webhook::parse(&text) {
                    let uri = hook.expose().parse::<ureq::http::Uri>();
                    prop_assert!(uri.is_ok_and(|uri| uri.host().is_some()), "{text}");
                }
            }
        }
    }
}
