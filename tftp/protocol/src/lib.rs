//! Messages between servers and client cores about published generations. They are plain values in
//! JSON; this crate opens no socket. `docs/reference/protocol.md` describes them on the wire.
//!
//! Layer 3.
//!
//! ```text
//!            State, or Announcement with files
//!          ------------------------------------->
//!  server                                          client core
//!          <-------------------------------------
//!                         Report
//!    |
//!    |  Clients: what all cores reported
//!    v
//!  administrator
//! ```
//!
//! A server announces a [`State`], the number of the current generation, as an [`Announcement`] to
//! every listening core. A core fetches the generation after a [delay](State::delay) and answers
//! with a [`Report`], which holds a [`Refusal`] if the core does not accept the generation. A
//! server that is about to stop sends a [`MOVING_EVENT`]. In a cluster, the nodes also publish each
//! state to the subject [`STATE_SUBJECT`] of NATS. [`Clients`] sums the reports up for
//! administrators, and has a [`ClientRow`] for each core.
//!
//! ```
//! use adr_protocol::{Announcement, State};
//!
//! let state = State { generation: 7, sha256: "5d0c".into(), window: 60_000 };
//! assert!(state.delay("core-00000001").as_millis() < 60_000);
//! assert!(Announcement::from(state).to_event().starts_with("id: 7\nevent: state\n"));
//! ```

mod announcement;
mod client_row;
mod clients;
mod core_status;
mod merge;
mod moving;
mod node;
mod report;
mod state;

pub use announcement::{Announcement, CORE_FILES, EVENT_BYTES};
pub use client_row::{ClientRow, ClientState, MAX_ROWS};
pub use clients::{CLIENTS_VERSION, ClientRefusal, Clients, GenerationCount};
pub use core_status::{Freshness, Transport};
pub use merge::{MAX_LISTED, merged};
pub use moving::{MOVING_EVENT, MOVING_KIND, MOVING_WINDOW, moving_delay};
pub use node::{NodeClients, NodeState, NodeSummary};
pub use report::{DETAIL_CHARACTERS, REPORT_BYTES, Reason, Refusal, Report, is_client_name};
pub use state::{STATE_SUBJECT, State};
