//! What the admin port of a server answers about its client cores.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::client_row::{ClientRow, ClientState};
use crate::core_status::Freshness;
use crate::node::NodeSummary;
use crate::report::{Reason, Refusal};

/// The version of [`Clients`] that this crate writes. Version 2 had no rows, and compared
/// generations by their numbers only.
pub const CLIENTS_VERSION: u32 = 3;

/// The answer to `GET /-/clients`: what client cores run, according to their reports.
///
/// A core runs the current generation if both its number and its SHA-256 are the current ones. A
/// missing field of a server of another version reads as 0 or empty.
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
    /// Cores that are connected, or reported within the last 15 minutes without a stream.
    pub clients: usize,
    /// Those of `clients` that run the current generation.
    pub current: usize,
    /// Those of `clients` that run another one, and refused a generation.
    pub refused: usize,
    /// Cores that were known before the server started and may still come back. They are not part
    /// of `clients`.
    pub expected: usize,
    /// Cores that are gone: they closed their stream and did not come back within 10 seconds, or
    /// have not reported for 15 minutes. They are not part of `clients`.
    pub disconnected: usize,
    /// How many of `clients` run which generation, newest first, at most 100 entries; generation 0
    /// stands for none.
    pub running: Vec<GenerationCount>,
    /// The reasons of those that are counted in `refused`.
    pub reasons: BTreeMap<Reason, usize>,
    /// How many of `clients` report which freshness.
    pub freshness: BTreeMap<Freshness, usize>,
    /// Refusals of all cores, also of those that run the current generation or are disconnected; at
    /// most 100.
    pub refusals: Vec<ClientRefusal>,
    /// How many cores the filter of the request matches.
    pub matching: usize,
    /// The first of these by name, at most [`MAX_ROWS`](crate::MAX_ROWS).
    pub rows: Vec<ClientRow>,
    /// The nodes whose cores are part of this answer, the one that answers first; empty if the
    /// server knows no other node and speaks for itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<NodeSummary>,
    /// Why the cores of other nodes may be missing in this answer, a phrase; empty if they are not.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub nodes_problem: String,
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
    /// How many cores are in a state, according to the sums.
    ///
    /// ```
    /// use adr_protocol::{ClientState, Clients};
    ///
    /// let clients = Clients { clients: 9, current: 5, refused: 1, ..Clients::default() };
    /// assert_eq!(clients.of_state(ClientState::Behind), 3);
    /// ```
    #[must_use]
    pub fn of_state(&self, state: ClientState) -> usize {
        match state {
            ClientState::Current => self.current,
            ClientState::Refused => self.refused,
            ClientState::Expected => self.expected,
            ClientState::Disconnected => self.disconnected,
            ClientState::Behind => self.clients.saturating_sub(self.current + self.refused),
        }
    }

    /// The same with these rows.
    #[must_use]
    pub(crate) fn with_rows(self, rows: Vec<ClientRow>) -> Self {
        Self { rows, ..self }
    }

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
