//! Requests to a client core on this machine, over its control socket.

use std::path::{Path, PathBuf};
use std::time::Duration;

use adr_client::control::client::{Client, ClientError};
use adr_client::user_dirs;

use crate::failure::Failure;

/// Timeout for an answer that needs no server.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Connects to the socket at `path`, or to the default one of this user.
pub(crate) fn connect(path: Option<&Path>) -> Result<Client, Failure> {
    let path: Option<PathBuf> = path.map(Path::to_owned).or_else(user_dirs::socket);
    let help = "name the socket of the core with --core";
    let path = path.ok_or_else(|| Failure::new("this user has no runtime folder", help))?;
    Client::connect(&path).map_err(|error| {
        Failure::new(error.to_string(), "start `adrc core`, or name its socket with --core")
    })
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::new(error.to_string(), "")
    }
}
