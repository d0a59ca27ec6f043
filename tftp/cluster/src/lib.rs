//! Keeps a publication in NATS JetStream: one sequence of generations for several nodes.
//!
//! Layer 7: [`Nats`] implements [`Publication`](adr_watcher::publication::Publication). Nodes
//! publish through it, follow it, and report to it; each keeps its own published folder and serves
//! that while NATS does not answer.
//!
//! ```text
//!  threads of the node ---call---> Nats ---> thread `nats`: runtime, connection ---> NATS servers
//!
//!  bucket adrc         key `current`: generation, SHA-256, and the generations that are kept
//!  objects adrc-files  one object for each file, by its SHA-256; one document per generation
//!  bucket adrc-nodes   what nodes report; forgotten after 15 minutes
//!  subject adrc.state  the current generation, announced after each change
//! ```
//!
//! The revision of the key `current` is the compare-and-set of [`publish`]: of two publishers with
//! the same base, NATS accepts one. Everything else is immutable, because its name has its
//! SHA-256: so readers verify it, and publishers do not overwrite each other.
//!
//! NATS is not trusted: what it returns is bounded in size, and compared with the SHA-256 by which
//! it was asked for.
//!
//! [`publish`]: adr_watcher::publication::Publication::publish
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this crate opens connections, and knows when a call takes too long"
)]

mod budget;
mod connection;
mod current;
mod fault;
mod names;
mod nats;
mod objects;
mod prepare;
mod prune;
mod publish;
mod read;
mod reports;
mod runtime;
mod servers;
mod settings;
mod shared;
mod status;
mod watch;

pub use nats::Nats;
pub use prepare::Prepared;
pub use servers::{InvalidServers, Servers};
pub use settings::{Credentials, Settings, is_bucket_name};
pub use status::{BucketStatus, ClusterStatus, NodeStatus, PeerStatus};
