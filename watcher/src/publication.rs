//! One sequence of generations that several nodes share.
//!
//! Each node keeps an ordinary published folder. It publishes the next generation through a
//! [`Publication`], which accepts only what was made on top of its current one, and installs what
//! other nodes published. So the folder is all that a node needs to serve while the publication
//! does not answer.
//!
//! ```text
//!  node A: Publisher --publish(expected, next)--> Publication --watch, fetch--> node B: its folder
//!                    <--accepted, or refused----             <--report---------
//! ```

mod error;
mod folder;
pub mod memory;
mod report;
mod sealed;

use std::fmt::Debug;
use std::time::Duration;

use adr_bundle::ManifestFile;

use crate::publish::Base;
pub use crate::publish::seal;
pub use error::PublicationError;
pub use folder::FolderPublication;
pub use report::{NodeReport, is_node_name};
pub use sealed::{GenerationDocument, SealedGeneration, Unsealed};

/// How long a call that moves the files of a generation may block at most.
pub const TRANSFER_LIMIT: Duration = Duration::from_secs(10 * 60);

/// One sequence of generations, wherever it is kept.
///
/// Every call is bounded in time, and may block for that long. Implementations are shared between
/// threads.
pub trait Publication: Debug + Send + Sync {
    /// What messages call it, such as `nats://nats1.example.com`: never a password or a token.
    fn name(&self) -> String;

    /// What signatures of its generations name in the place of a published folder, see
    /// [`is_folder_name`](adr_bundle::signature::is_folder_name); `None` for nothing.
    fn folder_name(&self) -> Option<String>;

    /// The current generation; `None` before the first one.
    ///
    /// # Errors
    ///
    /// See [`PublicationError`].
    fn current(&self) -> Result<Option<Base>, PublicationError>;

    /// The numbers of the generations that are kept, ascending. The current one is the last.
    ///
    /// # Errors
    ///
    /// See [`PublicationError`].
    fn generations(&self) -> Result<Vec<u64>, PublicationError>;

    /// Everything about a generation but its files.
    ///
    /// # Errors
    ///
    /// [`PublicationError::Missing`] if it is not kept; for others, see [`PublicationError`].
    fn document(&self, generation: u64) -> Result<GenerationDocument, PublicationError>;

    /// The bytes of a file that a manifest lists. The caller verifies them.
    ///
    /// # Errors
    ///
    /// See [`PublicationError`].
    fn file(&self, listed: &ManifestFile) -> Result<Vec<u8>, PublicationError>;

    /// The same for a file of this generation, where each generation has its own.
    ///
    /// # Errors
    ///
    /// See [`PublicationError`].
    fn file_of(
        &self,
        _generation: u64,
        listed: &ManifestFile,
    ) -> Result<Vec<u8>, PublicationError> {
        self.file(listed)
    }

    /// Makes `next` current if `expected` is current (compare-and-set). All its files are stored
    /// before it becomes current.
    ///
    /// # Errors
    ///
    /// [`PublicationError::Refused`] if another generation is current. After
    /// [`PublicationError::Unconfirmed`], only [`Self::current`] tells whether `next` is current.
    fn publish(
        &self,
        expected: Option<&Base>,
        next: &SealedGeneration,
    ) -> Result<(), PublicationError>;

    /// The same, and keeps `older` generations before `next`, ascending and newer than `expected`:
    /// for a history that moves here. Implementations never make one of `older` current; without
    /// that, this publishes one after another. Each of them may take as long as a generation may.
    ///
    /// # Errors
    ///
    /// Those of [`Self::publish`].
    fn publish_history(
        &self,
        expected: Option<&Base>,
        older: &[SealedGeneration],
        next: &SealedGeneration,
    ) -> Result<(), PublicationError> {
        let mut expected = expected.cloned();
        for sealed in older {
            self.publish(expected.as_ref(), sealed)?;
            expected = Some(sealed.base());
        }
        self.publish(expected.as_ref(), next)
    }

    /// Waits until another generation than `known` is current, at most for `timeout`. Returns what
    /// is current then.
    ///
    /// # Errors
    ///
    /// See [`PublicationError`].
    fn watch(
        &self,
        known: Option<&Base>,
        timeout: Duration,
    ) -> Result<Option<Base>, PublicationError>;

    /// Replaces the report of a node. It is forgotten after [`NodeReport::LIFETIME`].
    ///
    /// # Errors
    ///
    /// See [`PublicationError`].
    fn report(&self, report: &NodeReport) -> Result<(), PublicationError>;

    /// The reports of all nodes, sorted by their names.
    ///
    /// # Errors
    ///
    /// See [`PublicationError`].
    fn reports(&self) -> Result<Vec<NodeReport>, PublicationError>;

    /// The same, without the rows of client cores if they can be left out: little to read, however
    /// many cores there are. [`Clients::matching`](adr_protocol::Clients::matching)
    /// says how many rows a report has.
    ///
    /// # Errors
    ///
    /// See [`PublicationError`].
    fn summaries(&self) -> Result<Vec<NodeReport>, PublicationError> {
        self.reports()
    }

    /// The report of one node, with its rows; `None` without one.
    ///
    /// # Errors
    ///
    /// See [`PublicationError`].
    fn report_of(&self, node: &str) -> Result<Option<NodeReport>, PublicationError> {
        Ok(self.reports()?.into_iter().find(|report| report.node == node))
    }

    /// A generation with the SHA-256 of its manifest; `None` if it is not kept, or damaged.
    ///
    /// # Errors
    ///
    /// See [`PublicationError`].
    fn kept(&self, generation: u64) -> Result<Option<Base>, PublicationError> {
        match self.document(generation) {
            Ok(document) => {
                let sha256 = adr_bundle::sha256(document.manifest.as_bytes());
                Ok(Some(Base { generation, sha256 }))
            }
            Err(error) if error.is_temporary() => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// Reads a generation as a whole and verifies it.
    ///
    /// # Errors
    ///
    /// [`PublicationError::Damaged`] if a file is not the one that the manifest lists; for others,
    /// see [`PublicationError`].
    fn fetch(&self, generation: u64) -> Result<SealedGeneration, PublicationError> {
        self.fetch_beside(generation, &|_| None)
    }

    /// The same, without asking for files that `known` has: bytes of the SHA-256 that is listed.
    ///
    /// # Errors
    ///
    /// As for [`Self::fetch`].
    fn fetch_beside(
        &self,
        generation: u64,
        known: &dyn Fn(&ManifestFile) -> Option<Vec<u8>>,
    ) -> Result<SealedGeneration, PublicationError> {
        let damaged = |reason| PublicationError::Damaged { name: self.name(), generation, reason };
        let document = self.document(generation)?;
        let opened = SealedGeneration::open(document, |listed| match known(listed) {
            Some(bytes) => Ok(bytes),
            None => self.file_of(generation, listed),
        });
        let sealed = opened.map_err(|unsealed| match unsealed {
            Unsealed::Unread(error) => error,
            Unsealed::Damaged(reason) => damaged(reason),
        })?;
        match sealed.manifest().generation {
            found if found == generation => Ok(sealed),
            found => Err(damaged(format!("its manifest says generation {found}"))),
        }
    }
}
