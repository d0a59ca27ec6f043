//! TFTP: packets, transfers without I/O for receivers and senders, and a receiver for tokio. RFC
//! 1350, with the options of RFC 2347: block size (2348), timeout and transfer size (2349), and
//! window size (7440).
//!
//! Layer 2. The crate knows nothing about rules or published trees.
//!
//! ```text
//!  fetch      a whole file in memory
//!    |
//!  Download   a file in pieces: a socket and a clock for
//!    |
//!  Receiving  Sending   transfers without I/O: packets and timeouts in, packets and bytes out
//!    |           |
//!  Packet -------+      bytes on the wire <-> values
//! ```
//!
//! ```
//! use adr_transfer::{ReceiveOptions, Receiving};
//!
//! let server = "192.0.2.1:69".parse().unwrap();
//! let options = ReceiveOptions::default().without_extensions();
//! let mut receiving = Receiving::new(server, "AppDialRules.xml", options);
//! assert_eq!(receiving.request(), b"\0\x01AppDialRules.xml\0octet\0");
//! // the server answers from another port, with the only block of a short file
//! let step = receiving.packet("192.0.2.1:40000".parse().unwrap(), b"\0\x03\0\x01<DialRules/>")?;
//! assert_eq!((step.bytes, step.is_done), (&b"<DialRules/>"[..], true));
//! # Ok::<(), adr_transfer::ReceiveError>(())
//! ```

mod content;
mod download;
mod error;
mod netascii;
mod options;
mod packet;
mod receiving;
mod reply;
mod sending;

pub use content::Content;
pub use download::{Download, fetch};
pub use error::ReceiveError;
pub use options::{ReceiveOptions, SendOptions};
pub use packet::{ErrorCode, MalformedPacket, Mode, Options, Packet, Request};
pub use receiving::{Receiving, Step};
pub use reply::Reply;
pub use sending::{SendState, Sending, SentTotal};
