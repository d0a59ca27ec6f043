//! Opens what a request asks for. Stands behind one lock of async-tftp, so it never waits.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use async_tftp::packet::Error;
use async_tftp::server::Handler;
use futures_lite::io::{AsyncRead, Sink};

use super::gate::Bell;
use super::reader::{Reader, Source};
use crate::name::{BadName, Name};
use crate::outcome::{Outcome, Protocol};
use crate::service::{Request, Sent, Service};

/// The files of a service, for async-tftp.
pub(crate) struct Files {
    service: Arc<Service>,
    bell: Arc<Bell>,
}

impl Files {
    pub(crate) fn new(service: Arc<Service>, bell: Arc<Bell>) -> Self {
        Self { service, bell }
    }

    fn open(&self, client: &SocketAddr, path: &Path) -> Result<(Box<Reader>, Option<u64>), Error> {
        let text = path.to_str().unwrap_or_default();
        let client = self.service.tftp_client(*client);
        let request = Request::new(Protocol::Tftp, client, text);
        let refuse = |outcome, error| {
            self.service.record(&request, None, Sent::default(), outcome);
            Err(error)
        };
        if self.service.signal.is_draining() {
            return refuse(Outcome::Busy, busy());
        }
        let Ok(slot) = self.service.transfer_permit(&client) else {
            return refuse(Outcome::Busy, busy());
        };
        let name = match Name::parse(text) {
            Ok(name) => name,
            Err(bad) => return refuse(bad.outcome(), bad.into()),
        };
        let service = Arc::clone(&self.service);
        match self.service.find_now(client.ip(), name) {
            Some(Ok(held)) => {
                let size = held.file.bytes().len() as u64;
                let reader = Reader::held(service, request, held, slot);
                // curl takes a size of 0 for nonsense and gives up; without it an empty file
                // reaches every client
                Ok((Box::new(reader), (size > 0).then_some(size)))
            }
            Some(Err(absent)) => refuse(absent.outcome(), io::Error::from(absent).into()),
            None => {
                let source = Source::Asked(self.service.fallback.open(name, client));
                Ok((Box::new(Reader::new(service, request, source, slot)), None))
            }
        }
    }
}

impl Handler for Files {
    // its place in a transfer's future would be there twice
    type Reader = Box<dyn AsyncRead + Send + Unpin>;
    type Writer = Sink;

    async fn read_req_open(
        &mut self,
        client: &SocketAddr,
        path: &Path,
    ) -> Result<(Self::Reader, Option<u64>), Error> {
        if let Some(hanging) = self.bell.hang(client) {
            return Ok((Box::new(hanging), None));
        }
        let (reader, size) = self.open(client, path)?;
        Ok((reader, size))
    }

    async fn write_req_open(
        &mut self,
        client: &SocketAddr,
        path: &Path,
        _size: Option<u64>,
    ) -> Result<Sink, Error> {
        let name = path.to_str().unwrap_or_default();
        let client = self.service.tftp_client(*client);
        let request = Request::new(Protocol::Tftp, client, name);
        self.service.record(&request, None, Sent::default(), Outcome::Refused);
        Err(Error::PermissionDenied)
    }
}

fn busy() -> Error {
    Error::Msg("Busy, try again".to_owned())
}

impl From<BadName> for Error {
    fn from(bad: BadName) -> Self {
        match bad {
            BadName::Empty => Self::IllegalOperation,
            BadName::Impossible => Self::FileNotFound,
            BadName::Forbidden => Self::PermissionDenied,
        }
    }
}
