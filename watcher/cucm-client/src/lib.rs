//! The transport to CUCM: sends the requests of [`adr_cucm`] over HTTPS, and gives the answers back
//! to its codecs.
//!
//! A [`Cluster`] says where CUCM is, which certificate adrc trusts, and who logs in. A [`Session`]
//! is made from it, and does for every call what CUCM needs: it finds the AXL version that both
//! sides speak, reuses the session cookie, waits when CUCM is busy, reads long lists in pages, and
//! limits time and size. Every failure is a [`CallError`] with one line for an administrator and a
//! line about what to do.
//!
//! ```text
//!  adrc.toml [cucm.NAME] --> Profile --+
//!  file, environment, prompt --> Credentials --> Cluster --session()--> Session --HTTPS--> CUCM
//!                                                                 call(), list_rules(), changes()
//! ```
//!
//! adrc trusts a certificate only if a file of certificates or a fingerprint says so; see
//! [`Trust`]. It sends credentials to the configured node only, and follows no redirect.
//!
//! ```no_run
//! use adr_cucm::RuleKind;
//! use adr_cucm_client::{CallError, Cluster, Credentials, Node, Secret, Trust};
//!
//! # async fn list() -> Result<(), Box<dyn std::error::Error>> {
//! let credentials = Credentials { user: "axl".into(), password: Secret::new("…".into()) };
//! let cluster = Cluster::new(Node::new("cucm-pub.example.com")?, Trust::Nothing, credentials);
//! match cluster.session()?.list_rules(RuleKind::Application).await {
//!     Ok(rules) => println!("{} rules", rules.len()),
//!     Err(CallError::Certificate(untrusted)) => println!("is it {}?", untrusted.fingerprint),
//!     Err(error) => println!("{error}; {}", error.help()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Layer 7.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this crate reads files of credentials and certificates, and opens connections"
)]

mod back_off;
mod call_error;
mod cluster;
mod cookies;
mod credentials;
mod exchange;
mod file_server;
mod fingerprint;
mod limits;
mod list;
mod node;
mod platform;
mod platform_session;
mod profile;
mod progress;
mod session;
mod setup_error;
mod trust;
mod verifier;

pub use back_off::{DELAYS, Pause, TokioPause};
pub use call_error::{CallError, Phase};
pub use cluster::Cluster;
pub use credentials::{
    Credentials, CredentialsError, CredentialsFile, PartialCredentials, Role, Secret,
};
pub use file_server::{FILE_PORT, FileServer};
pub use fingerprint::{Fingerprint, FingerprintError};
pub use limits::Limits;
pub use list::{Changes, MAX_RECORDS, Versions};
pub use node::{DEFAULT_PORT, Node, NodeError};
pub use platform_session::{PlatformError, PlatformSession};
pub use profile::{Profile, Profiles};
pub use progress::Progress;
pub use session::Session;
pub use setup_error::SetupError;
pub use trust::{CaError, Trust};
pub use verifier::{TrustFailure, UntrustedCertificate};
