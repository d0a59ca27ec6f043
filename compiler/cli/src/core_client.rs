//! CoreClient a core that runs on this machine.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use adr_client::control::client::{Client, Reply};

use crate::failure::Failure;
use crate::user_dirs;

/// How long a core may take to dial.
const DIALING: Duration = Duration::from_secs(10);

/// A connection to a core, and where it is.
pub(crate) struct CoreClient {
    client: Client,
    path: PathBuf,
}

impl CoreClient {
    /// Connects to a socket; to the usual one when none is named.
    pub(crate) fn connect(path: Option<&Path>) -> Result<Self, Failure> {
        let path = path.map(Path::to_owned).or_else(user_dirs::socket);
        let path = path.ok_or_else(|| {
            Failure::new(
                "there is no folder for sockets of this user",
                "name the socket with --core",
            )
        })?;
        match Client::connect(&path) {
            Ok(client) => Ok(Self { client, path }),
            Err(error) => Err(Failure::new(
                format!("{}: {}", path.display(), words(&error)),
                "start `adrc core`, or name its socket with --core",
            )),
        }
    }

    /// Asks for what needs no number.
    pub(crate) fn verb(&mut self, verb: &str, wait: Duration) -> Result<Reply, Failure> {
        self.client.send_verb(verb, wait).map_err(|error| self.failed(&error))
    }

    /// What becomes of a number, byte for byte.
    pub(crate) fn number(&mut self, verb: &str, number: &str) -> Result<String, Failure> {
        let answered = self.client.send_number(verb, number, DIALING);
        match answered.map_err(|error| self.failed(&error))? {
            Reply::Ok(answer) => Ok(answer["result"].as_str().unwrap_or_default().to_owned()),
            Reply::Error { message, .. } => {
                Err(Failure::new(format!("{}: {message}", self.path.display()), ""))
            }
        }
    }

    fn failed(&self, error: &io::Error) -> Failure {
        Failure::new(format!("{}: {}", self.path.display(), words(error)), "")
    }
}

fn words(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no core is there".to_owned(),
        ErrorKind::ConnectionRefused => "no core answers there any more".to_owned(),
        ErrorKind::PermissionDenied => "the core belongs to another user".to_owned(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "the core gave no answer in time".to_owned(),
        ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => {
            "the core hung up".to_owned()
        }
        _ => error.to_string(),
    }
}
