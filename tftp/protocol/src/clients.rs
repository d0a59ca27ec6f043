//! What the admin port of a server answers about its client cores.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::report::{Reason, Refusal};

/// The version of [`Clients`] that this crate writes.
pub const CLIENTS_VERSION: u32 = 2;

/// The answer to `GET /-/clients`: what client cores run, according to their reports.
///
/// Only cores that reported within the last 15 minutes count. A missing field of a server of
/// another version reads as 0 or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Clients {
    /// [`CLIENTS_VERSION`].
    pub format_version: u32,
    /// The current generation.
    pub generation: u64,
    /// SHA-256 of its manifest, lower-case hexadecimal.
    pub sha256: String,
    /// Open event streams and long polls.
    pub listeners: u32,
    /// Cores that are connected, or reported lately without a stream.
    pub clients: usize,
    /// Those of `clients` that run the current generation.
    pub current: usize,
    /// Those of `clients` that refused it and reported why.
    pub refused: usize,
    /// Cores that closed their stream and did not come back within 10 seconds. They are not part of
    /// `clients`.
    pub disconnected: usize,
    /// How many of `clients` run which generation, newest first, at most 100 entries; generation 0
    /// stands for none.
    pub running: Vec<GenerationCount>,
    /// How many of `clients` refused the current generation, by reason.
    pub reasons: BTreeMap<Reason, usize>,
    /// The refusals, at most 100.
    pub refusals: Vec<ClientRefusal>,
}

/// How many cores run a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationCount {
    /// The generation.
    pub generation: u64,
    /// The number of cores.
    pub clients: usize,
}

/// A core that refused a generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientRefusal {
    /// The core's name.
    pub client: String,
    /// The address from which it reported.
    pub address: IpAddr,
    /// The generation that it runs instead.
    pub running: u64,
    /// Which generation it refused, and why.
    pub refusal: Refusal,
}

impl Clients {
    /// The JSON text, indented, with a final line end.
    ///
    /// ```
    /// use adr_protocol::Clients;
    ///
    /// let clients = Clients { generation: 7, clients: 3, current: 3, ..Clients::default() };
    /// let read: Clients = serde_json::from_str(&clients.to_json())?;
    /// assert_eq!(read, clients);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}
