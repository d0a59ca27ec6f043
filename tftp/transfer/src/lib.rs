//! TFTP as a receiver needs it: packets, a transfer without I/O, and a thin driver for tokio.
//!
//! Layer 2; knows nothing of rules or trees. Who only wants a file calls [`fetch`]; who wants it
//! piece by piece uses [`Download`]. Below them lies [`Receiving`], which is told what came and
//! when time is over, and tells what to send: RFC 1350, options by RFC 2347 (block size 2348,
//! transfer size 2349, window 7440).

mod download;
mod packet;
mod receiving;

pub use download::{Download, fetch};
pub use packet::{ErrorCode, Malformed, Mode, Options, Packet, Request};
pub use receiving::{Failure, Receiving, Reply, Step, Wish};
