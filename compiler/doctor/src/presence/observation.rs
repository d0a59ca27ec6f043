//! What was seen of a presence gateway. These values can be recorded and judged again: they hold no
//! password and nothing of a mailbox.

mod certificate;
mod exchange;
mod network;
mod server;

use serde::{Deserialize, Serialize};

use super::state::CalendarState;

pub use certificate::{AlternativeName, Certificate, Chain, PublicKey, Uploaded};
pub use exchange::{Endpoint, EwsAnswer, EwsCall, HttpExchange, HttpFailure, UserForm, Withheld};
pub use network::{Connection, ConnectionFailure, Handshake, HandshakeFailure, Resolution};
pub use server::{BackendGateway, PresenceServer, Symptom};

/// Everything that was seen. What was not looked at is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Observations {
    /// The gateway, as it is given: the text of the field "Presence Gateway".
    pub gateway: String,
    /// The port.
    pub port: u16,
    /// When it was looked at, in seconds since 1970 UTC.
    pub looked_at: i64,
    /// What the name became.
    pub resolution: Option<Resolution>,
    /// A connection to each address, in the order of the addresses.
    pub connections: Vec<Connection>,
    /// The handshake with the first address that took a connection.
    pub handshake: Option<Handshake>,
    /// The certificates that the server sent, and those of the folder of uploaded ones.
    pub chain: Option<Chain>,
    /// Requests and answers, in the order in which they were made.
    pub exchanges: Vec<HttpExchange>,
    /// Why the password was not sent, although an account was given; `None` if it was sent, or if
    /// the look ended before.
    pub withheld: Option<Withheld>,
    /// Answers of Exchange Web Services, in the order of the calls.
    pub ews: Vec<EwsAnswer>,
    /// The state of the calendar at the moment, from `GetUserAvailability`. Records leave it out.
    pub calendar: Option<CalendarState>,
    /// What is known of the presence server itself.
    pub server: PresenceServer,
    /// What a person saw, by `--symptom`.
    pub symptoms: Vec<Symptom>,
    /// Whether the time of the look ended before everything was asked.
    pub is_cut: bool,
    /// Whether an account was given.
    pub has_account: bool,
    /// Whether a mailbox was given.
    pub has_mailbox: bool,
}
