//! The limits of the probes. All of them together take at most [`TOTAL`].

use std::time::Duration;

/// The time of one look at a gateway.
pub const TOTAL: Duration = Duration::from_secs(60);

/// The time for the answer of a name server.
pub const RESOLVE: Duration = Duration::from_secs(8);

/// The most addresses of a name that are kept.
pub const LISTED_ADDRESSES: usize = 32;

/// The most addresses of a name that are connected to, all at the same time.
pub const ADDRESSES: usize = 8;

/// The time until a connection is open.
pub const CONNECT: Duration = Duration::from_secs(4);

/// The time of a handshake of TLS after the connection is open.
pub const HANDSHAKE: Duration = Duration::from_secs(6);

/// The time for the answer to a first message of TLS, when versions are tried one by one.
pub const HELLO: Duration = Duration::from_secs(3);

/// The most bytes of an answer to a first message of TLS. A certificate with 10,000 names has less
/// than half of it.
pub const HELLO_BYTES: usize = 1024 * 1024;

/// The time of a request without credentials, redirects included.
pub const REQUEST: Duration = Duration::from_secs(8);

/// The most redirects that are followed, all of them on the same host.
pub const REDIRECTS: usize = 5;

/// The most bytes of a body that are read. They are dropped, apart from answers of Exchange Web
/// Services.
pub const BODY_BYTES: usize = 1024 * 1024;

/// How often a request is sent again after an answer 440 (login timeout).
pub const LOGIN_TIMEOUTS: usize = 1;

/// The most characters of the value of a header that are kept.
pub const HEADER_CHARACTERS: usize = 512;

/// The most files of the folder of uploaded certificates.
pub const UPLOADED_FILES: usize = 1_000;

/// The most bytes of an uploaded file.
pub const UPLOADED_BYTES: u64 = 1024 * 1024;
