//! Reads the certificate of HTTPS again, on a thread that may wait for a disk.

use std::sync::mpsc::{SyncSender, sync_channel};

use adr_bundle::disk::{IO_TIME_LIMIT, TimeLimit};
use adr_server::Certificate;

use crate::Error;

/// Requests to read the certificate again. At most one waits while another is carried out.
#[derive(Debug)]
pub(super) struct CertificateReloads(SyncSender<()>);

impl CertificateReloads {
    /// Starts the thread, which ends with this value. `report` is called with the reason of each
    /// failure, and with `None` after a success.
    ///
    /// # Errors
    ///
    /// The operating system does not start a thread.
    pub(super) fn start(
        certificate: Certificate,
        report: impl Fn(Option<String>) + Send + 'static,
    ) -> Result<Self, Error> {
        let (sender, requests) = sync_channel(1);
        let mut disk = TimeLimit::new("certificate", IO_TIME_LIMIT);
        let reload = move || {
            for () in requests {
                let certificate = certificate.clone();
                let reloaded = disk.run(move |_| certificate.reload());
                let reloaded = reloaded.map_err(Error::from).and_then(|it| Ok(it?));
                if let Err(error) = &reloaded {
                    tracing::error!(%error, "the new certificate is not used");
                }
                report(reloaded.err().map(|error| error.to_string()));
            }
        };
        let thread = std::thread::Builder::new().name("tls".to_owned()).spawn(reload);
        thread.map_err(Error::Threads)?;
        Ok(Self(sender))
    }

    /// Requests a reload.
    pub(super) fn request(&self) {
        // one that waits already will read the newest files
        let _ = self.0.try_send(());
    }
}
