//! Fetches the files of a TFTP server by HTTP.

use adr_cucm::{AnswerError, title_of_page};

use crate::call_error::CallError;
use crate::cookies::Cookies;
use crate::exchange::Exchange;
use crate::limits::Limits;
use crate::node::Node;
use crate::setup_error::SetupError;

/// Port on which the service Cisco Tftp serves its files by HTTP, without TLS and login.
pub const FILE_PORT: u16 = 6970;

/// The files that the service Cisco Tftp of a node serves.
#[derive(Debug)]
pub struct FileServer {
    exchange: Exchange,
}

impl FileServer {
    /// The files of a node. Nothing is sent before the first call.
    ///
    /// # Errors
    ///
    /// See [`SetupError`].
    pub fn new(node: &Node, limits: Limits) -> Result<Self, SetupError> {
        Ok(Self { exchange: Exchange::of_files(&node.with_port(FILE_PORT), limits)? })
    }

    /// The bytes of a file below the TFTP root, such as `CUPC/AppDialRules.xml`; `None` if the node
    /// has no such file (HTTP 404).
    ///
    /// # Errors
    ///
    /// The node does not answer, or with another status. The service answers with errors while it
    /// starts. A web page is an error with status 200 as well: it is not a file of rules, but for
    /// example the page of a proxy.
    pub async fn fetch(&self, path: &str) -> Result<Option<Vec<u8>>, CallError> {
        let answer = self.exchange.get(&format!("/{path}"), &Cookies::default()).await?;
        match answer.status {
            200 => match title_of_page(&answer.body) {
                None => Ok(Some(answer.body)),
                Some(title) => Err(AnswerError::Html { status: 200, title }.into()),
            },
            404 => Ok(None),
            status => Err(AnswerError::Status { status }.into()),
        }
    }
}
