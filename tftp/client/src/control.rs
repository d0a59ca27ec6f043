//! The control socket: applications of the same user dial through the core and ask it to reload.
//!
//! Requests and replies are lines of JSON: one reply to each request, in order. [`message`] defines
//! them and [`client`] sends them. `docs/reference/socket.md` describes the protocol for other
//! languages.
//!
//! ```text
//! application ──> Stream ══ socket or pipe ══ Listener ──> Session ──> Handle
//! ```

mod accept;
pub mod client;
pub mod describe;
mod error;
pub mod limits;
pub mod message;
#[cfg(windows)]
mod pipe;
mod serve;
mod session;
#[cfg(unix)]
mod unix;

pub use error::BindError;
#[cfg(windows)]
pub(crate) use pipe::Listener;
#[cfg(windows)]
pub use pipe::Stream;
pub(crate) use serve::serve;
#[cfg(unix)]
pub(crate) use unix::Listener;
#[cfg(unix)]
pub use unix::Stream;
