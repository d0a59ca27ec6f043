//! Programs that nobody of this project wrote, and which take the stand-in for Exchange.

mod davmail;
mod exchangelib;

pub use davmail::DavMail;
pub use exchangelib::{Access, calendar};
