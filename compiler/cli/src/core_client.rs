//! Requests to a client core on this machine, over its control socket.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use adr_client::control::client::{Client, Reply};

use crate::failure::Failure;
use crate::user_dirs;

/// Timeout for dialing a number.
const DIAL_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection to a client core.
pub(crate) struct CoreClient {
    client: Client,
    /// The socket.
    path: PathBuf,
}

impl CoreClient {
    /// Connects to the socket at `path`, or to the default one of this user.
    pub(crate) fn connect(path: Option<&Path>) -> Result<Self, Failure> {
        let path = path.map(Path::to_owned).or_else(user_dirs::socket);
        let path = path.ok_or_else(|| {
            Failure::new(
                "this user has no runtime folder",
                "name the socket of the core with --core",
            )
        })?;
        match Client::connect(&path) {
            Ok(client) => Ok(Self { client, path }),
            Err(error) => Err(Failure::new(
                format!("{}: {}", path.display(), describe(&error)),
                "start `adrc core`, or name its socket with --core",
            )),
        }
    }

    /// Sends a request without a number, such as `reload`, and waits for the reply.
    pub(crate) fn verb(&mut self, verb: &str, wait: Duration) -> Result<Reply, Failure> {
        self.client.send_verb(verb, wait).map_err(|error| self.failed(&error))
    }

    /// Sends a request with a number, such as `dial`, and returns the result, byte for byte.
    pub(crate) fn number(&mut self, verb: &str, number: &str) -> Result<String, Failure> {
        let answered = self.client.send_number(verb, number, DIAL_TIMEOUT);
        match answered.map_err(|error| self.failed(&error))? {
            Reply::Ok(answer) => Ok(answer["result"].as_str().unwrap_or_default().to_owned()),
            Reply::Error { message, .. } => {
                Err(Failure::new(format!("{}: {message}", self.path.display()), ""))
            }
        }
    }

    fn failed(&self, error: &io::Error) -> Failure {
        Failure::new(format!("{}: {}", self.path.display(), describe(error)), "")
    }
}

fn describe(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such socket".to_owned(),
        ErrorKind::ConnectionRefused => "the core that made this socket has ended".to_owned(),
        ErrorKind::PermissionDenied => "the core belongs to another user".to_owned(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "the core did not answer in time".to_owned(),
        ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => {
            "the core closed the connection".to_owned()
        }
        _ => error.to_string(),
    }
}
