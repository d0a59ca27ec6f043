//! A TFTP and HTTP server for a published tree of dial rules. It serves the files from memory,
//! chooses them by the client's address, and replaces a generation without a pause. Files outside
//! the tree come from a local folder or from CUCM's own TFTP servers.
//!
//! Layer 5. The crate knows nothing about dial rules: it serves bytes.
//!
//! ```text
//!  published folder --load--> Generation --> Store --+
//!                                                    |
//!  TFTP clients ----> tftp --+                       v
//!                            +--> service --> published files
//!  HTTP clients ----> http --+       |
//!                                    +------> fallback: local folder, upstream servers
//!
//!  client cores ----> announce (new generations, reports)
//!  administrator ---> admin    (status page, metrics, reload)
//! ```
//!
//! 1. [`load`] reads a published folder into a [`Generation`], or rejects it as a whole.
//!    [`Generation::new`] takes an [`adr_bundle::Tree`] from any other source.
//! 2. [`Store`] holds the current generation. [`Store::swap`] replaces it; transfers in progress
//!    keep the generation with which they began.
//! 3. [`Settings`] is a plain value that serde reads: addresses, proxies, upstream servers,
//!    [`Limits`].
//! 4. [`Parts`] holds the rest: sockets, [`Metrics`], and further HTTP routes, such as those of
//!    an [`Announcer`].
//! 5. [`Server::start`] starts the listeners, [`Server::serve_admin`] adds the admin port, and
//!    [`Server::shutdown`] ends everything. A [`Backend`] tells the admin port what the server does
//!    not know.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use adr_server::{Generation, Parts, Server, Settings, Store};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let store = Arc::new(Store::new(Generation::empty()));
//! let settings = Settings {
//!     tftp: vec!["127.0.0.1:0".parse()?],
//!     http: vec!["127.0.0.1:0".parse()?],
//!     ..Settings::default()
//! };
//! let parts = Parts::new(&settings, Arc::clone(&store))?;
//! let server = Server::start(settings, parts)?;
//! println!("listening on {:?}", server.addresses());
//! store.swap(Generation::empty()); // or `adr_server::load(folder)?`
//! let canceled = server.shutdown(Duration::from_secs(10)).await;
//! assert_eq!(canceled, 0);
//! # Ok(())
//! # }
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(run())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With the feature `async-tftp`, `AsyncFiles` serves a published folder by a server of async-tftp
//! that the program runs itself.
//!
//! `examples/serve.rs` serves a published folder, and loads it again on demand.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a server consists of sockets, clocks and the published folder; its decisions are in functions without them"
)]

mod admin;
mod announce;
#[cfg(feature = "async-tftp")]
mod async_files;
mod client;
mod fallback;
mod http;
mod limits;
mod metrics;
mod name;
mod outcome;
mod permits;
mod platform;
mod probe;
mod published;
mod record;
mod restarts;
mod server;
mod service;
mod settings;
mod shutdown;
mod sockets;
mod store;
mod tftp;
mod tls;
mod validity;

pub use admin::{
    Admin, AlertScope, Alerts, Backend, BlockedByRollback, ClusterMetrics, History, NodesMetrics,
    PastGeneration, Reload, ReloadError, ReloadFinding, ReloadKind, ReloadMetrics, ReloadReport,
    Reloaded, Trace, TraceStep, Trial,
};
pub use adr_protocol::{ClientRow, ClientState};
pub use announce::{
    Announcer, ClientFilter, ClientRows, KnownClients, OtherNodes, ReadRows, ReportError,
};
#[cfg(feature = "async-tftp")]
pub use async_files::AsyncFiles;
pub use client::{Peer, forwarded_for};
pub use fallback::{FolderError, UpstreamError};
pub use limits::{AnnounceLimits, FetchWindow, HttpLimits, Limits, TftpLimits, UpstreamLimits};
pub use metrics::Metrics;
pub use name::{InvalidName, Name};
pub use outcome::{Outcome, Protocol};
pub use prometheus_client::registry::Registry;
pub use published::{LoadError, load};
pub use record::{MAX_RECORDS, Record};
pub use restarts::{BackOff, Faults, Part, Restarts};
pub use server::{Addresses, Parts, Server, StartError};
pub use settings::{
    DEVICE_LIST, HTTP_PORT, HTTPS_PORT, InvalidHost, InvalidSetting, Settings, TFTP_PORT, TlsFiles,
    UpstreamServer, list, renamed_setting,
};
pub use sockets::{BindError, Sockets};
pub use store::{Generation, Store};
pub use tls::{Certificate, TlsError};
