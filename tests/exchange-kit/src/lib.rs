//! Servers for tests of the doctor: TLS servers with every defect of certificates, servers that
//! hang or speak something else, and a stand-in for Exchange that runs in the process of a test.
//!
//! * [`Specimen`] names a way in which a certificate is right or wrong, and makes it: keys,
//!   certificates, and the files that an administrator uploaded. Nothing is checked in.
//! * [`RawServer`], [`OpensslServer`], [`FullBacklog`] and [`closed_port`] are what a doctor meets
//!   on a port that is not a web server.
//! * [`ExchangeStandIn`] answers as Exchange does, behind TLS with any of these certificates. Tests
//!   change accounts and mailboxes ([`ExchangeStandIn::state`]), plan faults
//!   ([`ExchangeStandIn::faults`]), and read which requests came ([`ExchangeStandIn::log`]).
//! * [`clients`] are two programs that nobody of this project wrote, and which take the stand-in
//!   for Exchange.
//!
//! The crate reads requests and writes answers with its own code, and depends on none of adrc's. So
//! a mistake of adrc's own codecs does not go unnoticed because both sides make it.
//!
//! ```no_run
//! use adr_exchange_kit::{ExchangeStandIn, Fault, Injection, Specimen};
//!
//! let identity = Specimen::SelfSignedLeaf.identity("owa.apps.local").unwrap();
//! let exchange = ExchangeStandIn::start(&identity);
//! exchange.faults().add(Injection::new(Fault::status(440)).path("/exchange").times(1));
//! println!("https://{}/exchange", exchange.address());
//! ```
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests open sockets and read the clock; a failure there fails the test"
)]

mod authority;
mod chains;
pub mod clients;
mod der;
mod directories;
mod ews;
mod faults;
mod full_backlog;
mod http;
mod identity;
mod leaves;
mod log;
mod moment;
mod openssl;
mod raw_server;
mod records;
mod server;
mod specimen;
mod stand_in;
mod state;
mod tls;

pub use authority::Authority;
pub use faults::{Fault, Faults, Injection};
pub use full_backlog::FullBacklog;
pub use identity::{Identity, UploadedFile};
pub use log::LogEntry;
pub use openssl::OpensslServer;
pub use raw_server::{Behavior, RawServer, closed_port};
pub use records::Legacy;
pub use specimen::Specimen;
pub use stand_in::{ACCOUNT, ALICE, BOB, ExchangeStandIn, PASSWORD};
pub use state::{Account, Event, Mailbox, NameForm, Release, ShownAs, State};
pub use tls::Versions;
