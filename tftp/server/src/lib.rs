//! Serves a published tree: TFTP by async-tftp, HTTP by axum.
//!
//! Layer 5. It knows no rules: it serves the bytes of a tree from memory. In the order of use:
//!
//! 1. [`load`] reads a published folder into a [`Generation`], or refuses it as a whole;
//!    [`Generation::new`] takes an [`adr_bundle::Tree`] from anywhere else.
//! 2. [`Store`] holds the current generation; [`Store::swap`] publishes another one without a
//!    pause. What began with a generation ends with it.
//! 3. [`Settings`] is a plain value that serde reads: addresses, proxies, upstream servers,
//!    [`Limits`].
//! 4. [`Parts::new`] opens the sockets ([`Sockets`] that somebody else opened can take their
//!    place), and carries [`Metrics`] and further HTTP routes.
//! 5. [`Server::start`] runs the listeners; [`Server::addresses`], [`Server::warnings`],
//!    [`Server::last_records`], [`Server::metrics_text`] tell about them, [`Server::shutdown`] ends
//!    them.
//!
//! ```no_run
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use adr_server::{Parts, Server, Settings, Store, load};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let store = Arc::new(Store::new(load("published".as_ref())?));
//! let settings = Settings {
//!     tftp: vec!["127.0.0.1:6969".parse()?],
//!     http: vec!["127.0.0.1:6970".parse()?],
//!     ..Settings::default()
//! };
//! let parts = Parts::new(&settings, Arc::clone(&store))?;
//! let server = Server::start(settings, parts)?;
//! store.swap(load("published".as_ref())?);
//! server.shutdown(Duration::from_secs(10)).await;
//! # Ok(())
//! # }
//! ```
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a server is sockets, clocks and the published folder; what it decides is in functions without them"
)]

mod admin;
mod announce;
mod client;
mod elsewhere;
mod folder;
mod http;
mod limits;
mod metrics;
mod name;
mod published;
mod record;
mod server;
mod service;
mod settings;
mod shutdown;
mod slots;
mod sockets;
mod store;
mod strangers;
mod tftp;
mod tls;
mod upstream;

pub use admin::{Admin, Concern, Notice, Reload};
pub use announce::{AnnounceLimits, Announcer, Clients, Refused, Running, Window};
pub use client::forwarded_for;
pub use http::Peer;
pub use limits::{HttpLimits, Limits, TftpLimits, UpstreamLimits};
pub use metrics::Metrics;
pub use name::{BadName, Name};
pub use prometheus_client::registry::Registry;
pub use published::{LoadError, load};
pub use record::{KEPT, Outcome, Protocol, Record};
pub use server::{Addresses, Parts, Server, StartError};
pub use settings::{
    DEVICE_LIST, HTTP_PORT, HTTPS_PORT, Settings, TFTP_PORT, TlsFiles, Unusable, UpstreamServer,
};
pub use sockets::{BindError, Sockets};
pub use store::{Generation, Store};
pub use tls::TlsError;
