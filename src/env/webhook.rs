//! The address of a webhook: checked as a whole when it is read, and never shown.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Host;
use url::Url;

/// The address of a webhook. It often is the only secret there is, so neither `Display` nor
/// `Debug` shows more than the server.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Without user and password.
    url: Url,
    credentials: Option<Credentials>,
}

/// A user and a password, as they are meant: without their percent-encoding.
#[derive(Clone, PartialEq, Eq)]
struct Credentials {
    user: Vec<u8>,
    password: Vec<u8>,
}

/// What keeps a text from being the address of a webhook. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// It begins with anything else than `http://` or `https://`.
    #[error("is no http:// or https:// address")]
    Scheme,
    /// A blank, a control character or a backslash: the standard for URLs has browsers mend them,
    /// but here they are slips.
    #[error("has a blank or another character in it that no address has")]
    Character,
    /// Nothing stands between `//` and the path.
    #[error("has no host")]
    NoHost,
    /// A port that is none.
    #[error("has a port that is no number from 1 to 65535")]
    Port,
    /// Anything else, in the words of the parser, which quote nothing.
    #[error("is no address: {0}")]
    Other(url::ParseError),
}

impl Webhook {
    /// The address `text`.
    ///
    /// # Errors
    /// [`WebhookError`], where nothing could be posted to it.
    pub fn parse(text: &str) -> Result<Self, WebhookError> {
        let (scheme, rest) = text.split_once("://").ok_or(WebhookError::Scheme)?;
        if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Err(WebhookError::Scheme);
        }
        if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
            return Err(WebhookError::Character);
        }
        // The parser would look for the host in the path.
        if rest.starts_with(['/', '?', '#']) {
            return Err(WebhookError::NoHost);
        }
        let mut url = Url::parse(text).map_err(|error| match error {
            url::ParseError::EmptyHost => WebhookError::NoHost,
            url::ParseError::InvalidPort => WebhookError::Port,
            error => WebhookError::Other(error),
        })?;
        // The standard lets more pass than any name has, and than can be sent.
        let is_of_a_name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if url
            .host_str()
            .is_some_and(|host| !host.starts_with('[') && !host.chars().all(is_of_a_name))
        {
            return Err(WebhookError::Character);
        }
        if url.port() == Some(0) {
            return Err(WebhookError::Port);
        }
        let credentials = (!url.username().is_empty() || url.password().is_some()).then(|| {
            let decoded = |text: &str| percent_decode_str(text).collect();
            Credentials {
                user: decoded(url.username()),
                password: decoded(url.password().unwrap_or_default()),
            }
        });
        // Refused only by addresses without a host.
        url.set_username("").ok();
        url.set_password(None).ok();
        url.set_fragment(None);
        Ok(Webhook { url, credentials })
    }

    /// The whole address without user and password: for calling it, nothing else.
    pub fn expose(&self) -> &str {
        self.url.as_str()
    }

    /// `user:password`, where the address has them: for calling it, nothing else.
    pub fn expose_credentials(&self) -> Option<Vec<u8>> {
        let Credentials { user, password } = self.credentials.as_ref()?;
        Some([user, b":".as_slice(), password].concat())
    }
}

impl fmt::Display for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.url.scheme(), self.url.host().unwrap_or(Host::Domain("")))?;
        if let Some(port) = self.url.port() {
            write!(f, ":{port}")?;
        }
        f.write_str("/***")
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Webhook({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_address_of_a_webhook_is_never_shown() {
        for url in ["https://me:hush@hooks.example/T0/B1?token=hush", "http://hooks.example#hush"] {
            let hook = Webhook::parse(url).unwrap();
            let shown = format!("{hook} {hook:?}");
            assert!(!shown.contains("hush") && shown.contains("://hooks.example/***"), "{shown}");
        }
    }

    #[test]
    fn addresses_are_taken_as_they_are_meant() {
        for (text, url, credentials, shown) in [
            ("http://h", "http://h/", None, "http://h/***"),
            (
                "HTTPS://Hooks.Example:443/T0",
                "https://hooks.example/T0",
                None,
                "https://hooks.example/***",
            ),
            ("http://[::1]:8080/x?a=b", "http://[::1]:8080/x?a=b", None, "http://[::1]:8080/***"),
            ("http://127.0.0.1:9/", "http://127.0.0.1:9/", None, "http://127.0.0.1:9/***"),
            ("https://me:a%40b%3Ac@h/x", "https://h/x", Some("me:a@b:c"), "https://h/***"),
            ("https://me@h/x", "https://h/x", Some("me:"), "https://h/***"),
            ("https://h/ü?ö", "https://h/%C3%BC?%C3%B6", None, "https://h/***"),
        ] {
            let hook = Webhook::parse(text).unwrap();
            assert_eq!(hook.expose(), url);
            let told = hook.expose_credentials();
            assert_eq!(told.as_deref(), credentials.map(str::as_bytes), "{text}");
            assert_eq!(hook.to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_quoted() {
        for (text, error) in [
            ("", "is no http:// or https:// address"),
            ("ftp://hush/x", "is no http:// or https:// address"),
            ("https:hush/x", "is no http:// or https:// address"),
            ("https://", "has no host"),
            ("https:///hush", "has no host"),
            ("https://?hush", "has no host"),
            ("https://:80/hush", "has no host"),
            ("https://me@/hush", "has no host"),
            ("https://h:99999/hush", "has a port that is no number from 1 to 65535"),
            ("https://h:0/hush", "has a port that is no number from 1 to 65535"),
            ("https://h:8o/hush", "has a port that is no number from 1 to 65535"),
            ("https://[::1/hush", "is no address: invalid IPv6 address"),
            ("https://[hush]/x", "is no address: invalid IPv6 address"),
            ("https://::1/hush", "has no host"),
            ("https://h`/hush", "has a blank or another character in it that no address has"),
            ("https://1.2.3.999/hush", "is no address: invalid IPv4 address"),
            ("https://a<b/hush", "is no address: invalid international domain name"),
            ("https://h/hush hush", "has a blank or another character in it that no address has"),
            ("https://h\\hush", "has a blank or another character in it that no address has"),
        ] {
            let problem = Webhook::parse(text).unwrap_err();
            assert_eq!(problem.to_string(), error, "{text}");
            assert!(!format!("{problem:?}").contains("hush"), "{problem:?}");
        }
    }

    proptest! {
        #[test]
        fn credentials_are_kept_and_never_shown(user in "[a-z]{4,9}", password in "\\PC{4,9}") {
            let encoded = |text: &str| {
                text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>()
            };
            let text = format!("https://{}:{}@h/", encoded(&user), encoded(&password));
            let hook = Webhook::parse(&text).unwrap();
            prop_assert_eq!(hook.expose(), "https://h/");
            prop_assert_eq!(hook.expose_credentials(), Some(format!("{user}:{password}").into_bytes()));
            prop_assert_eq!(hook.to_string(), "https://h/***");
        }
    }
}
