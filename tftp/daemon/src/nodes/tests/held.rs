//! A publication that does not answer until it is released, such as a broker behind a firewall that
//! drops packets; or whose user may not publish.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use adr_bundle::ManifestFile;
use adr_watcher::publication::memory::MemoryPublication;
use adr_watcher::publication::{
    GenerationDocument, NodeReport, Publication, PublicationError, SealedGeneration,
};
use adr_watcher::publish::Base;

#[derive(Debug)]
pub(super) struct Held {
    inner: MemoryPublication,
    is_released: AtomicBool,
    /// Whether generations are refused for lack of a permission.
    is_read_only: AtomicBool,
    /// Whether it answers everything but questions for a generation.
    without_documents: bool,
}

impl Held {
    pub(super) fn new(inner: MemoryPublication) -> Self {
        Self {
            inner,
            is_released: AtomicBool::new(false),
            is_read_only: AtomicBool::new(false),
            without_documents: false,
        }
    }

    /// Takes no more generations.
    pub(super) fn refuse(&self) {
        self.is_read_only.store(true, Ordering::SeqCst);
    }

    /// One that answers, and fails to hand out generations until it is released.
    pub(super) fn without_documents(inner: MemoryPublication) -> Self {
        Self { without_documents: true, ..Self::new(inner) }
    }

    pub(super) fn release(&self) {
        self.is_released.store(true, Ordering::SeqCst);
    }

    fn wait(&self) -> &MemoryPublication {
        while !self.without_documents && !self.is_released.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(10));
        }
        &self.inner
    }
}

impl Publication for Held {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn folder_name(&self) -> Option<String> {
        self.inner.folder_name()
    }

    fn current(&self) -> Result<Option<Base>, PublicationError> {
        self.wait().current()
    }

    fn generations(&self) -> Result<Vec<u64>, PublicationError> {
        self.wait().generations()
    }

    fn document(&self, generation: u64) -> Result<GenerationDocument, PublicationError> {
        if self.without_documents && !self.is_released.load(Ordering::SeqCst) {
            let reason = "the stream has no leader".to_owned();
            return Err(PublicationError::Unreachable { name: self.name(), reason });
        }
        self.wait().document(generation)
    }

    fn file(&self, listed: &ManifestFile) -> Result<Vec<u8>, PublicationError> {
        self.wait().file(listed)
    }

    fn publish(
        &self,
        expected: Option<&Base>,
        next: &SealedGeneration,
    ) -> Result<(), PublicationError> {
        if self.is_read_only.load(Ordering::SeqCst) {
            let reason = "the user may not publish".to_owned();
            return Err(PublicationError::Denied { name: self.name(), reason });
        }
        self.wait().publish(expected, next)
    }

    fn watch(
        &self,
        known: Option<&Base>,
        timeout: Duration,
    ) -> Result<Option<Base>, PublicationError> {
        self.wait().watch(known, timeout)
    }

    fn report(&self, report: &NodeReport) -> Result<(), PublicationError> {
        self.wait().report(report)
    }

    fn reports(&self) -> Result<Vec<NodeReport>, PublicationError> {
        self.wait().reports()
    }
}
