//! What answers at an address, when the driver could make nothing of it: it calls a connection
//! closed, a packet too large or says nothing where a server speaks another protocol.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::address::Address;

/// How long a second look may take in all.
pub(super) const PATIENCE: Duration = Duration::from_millis(300);

/// What comes of a connection to which nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Greeting {
    /// It is made, and nothing comes.
    Silence,
    /// Something comes that is no greeting of MySQL's.
    Foreign,
}

/// Looks a second time. `None` where that tells nothing: there is no connection, it ends at once,
/// or the greeting is as it should be.
pub(super) async fn look(address: &Address) -> Option<Greeting> {
    let (host, port) = address.network()?;
    let mut stream = None;
    let mut bytes = Vec::new();
    let listening = async {
        let stream: &TcpStream = stream.insert(TcpStream::connect((host, port)).await.ok()?);
        while bytes.len() < PREFIX {
            let mut buffer = [0; PREFIX];
            stream.readable().await.ok()?;
            match stream.try_read(&mut buffer) {
                Ok(0) => return None,
                Ok(count) => bytes.extend(buffer.iter().take(count)),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => return None,
            }
        }
        Some(())
    };
    // What has come until then is enough.
    let is_late = timeout(PATIENCE, listening).await.is_err();
    match bytes.as_slice() {
        [] if is_late && stream.is_some() => Some(Greeting::Silence),
        [] => None,
        bytes => (!is_greeting(bytes)).then_some(Greeting::Foreign),
    }
}

/// The length of the header of a packet, with the first byte of what is in it.
const PREFIX: usize = 5;

/// Whether a server of MySQL's protocol begins like this ("Initial Handshake" of its manual): a
/// packet with the number 0 that holds version 10 of the handshake, or an error.
fn is_greeting(bytes: &[u8]) -> bool {
    matches!(bytes, [_, _, _, 0, 10 | 255, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greetings_of_other_servers_are_none() {
        for text in ["HTTP/1.1 400", "SSH-2.0-x", "220 mail ready", "\0\0\0\0\0", "+OK\r\n", "x"] {
            assert!(!is_greeting(text.as_bytes()), "{text:?}");
        }
        assert!(is_greeting(b"\x4a\0\0\0\x0a11.8.3-MariaDB"));
        assert!(is_greeting(b"\x17\0\0\0\xff\x10\x04Too many connections"));
        assert!(!is_greeting(b"\x4a\0\0\0\x095.0"));
    }
}
