//! The settings of a core, read from a C struct of this or another version of the header.

use std::ffi::c_char;
use std::mem::{MaybeUninit, offset_of, size_of};
use std::time::Duration;

use adr_bundle::signature::{PublicKey, SignatureError};
use adr_client::{Proxy, ProxyError, Server, ServerError};

use crate::ffi;

/// Most servers of a core.
const MAX_SERVERS: usize = 64;

/// Size of the smallest struct that names servers.
const MIN_SIZE: usize = offset_of!(Settings, servers_count) + size_of::<usize>();

/// Largest struct that is read. No version of it will be larger.
const MAX_SIZE: usize = 1024;

/// A flag of the settings: accept once a generation that is older than the one in the cache. The
/// cached rules are used until a server has acceptable ones.
pub const ADR_FORGET: u64 = 1;

/// The settings of a core. Initialize the struct to zero and then set `struct_size`, `servers` and
/// `servers_count`: fields that are zero have their default.
///
/// The struct may be that of another version of this header. Fields that an older program does not
/// know have their default. A newer program may leave fields that this library does not know at
/// zero; otherwise the core is not opened.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The size of this struct in the header of the program: `sizeof(adr_settings)`.
    pub struct_size: usize,
    /// `servers_count` server addresses such as "http://tftp1:6970", asked in this order. A
    /// published folder on this machine is "file:///FOLDER". An address has no user and password.
    pub servers: *const *const c_char,
    /// The number of servers, 1 to 64.
    pub servers_count: usize,
    /// The folder for the last good rules, created if it does not exist; NULL: nothing is saved. A
    /// relative path is relative to the working folder at the time of adr_open, as all paths here.
    pub cache: *const c_char,
    /// The path of a control socket for other applications of this user, whose absolute path has at
    /// most 107 bytes, on Windows the name of a pipe, `\\.\pipe\NAME`; NULL: no control socket.
    pub socket: *const c_char,
    /// The pinned public key: the text of its file, or its line of base64. A generation without its
    /// signature is rejected. NULL: signatures are ignored.
    pub key: *const c_char,
    /// The name of the published folder that signatures must name; NULL: any. It requires a
    /// key: only signatures name a folder.
    pub folder: *const c_char,
    /// The proxy for requests by HTTP and HTTPS, "http://HOST:PORT"; NULL: none, whatever the
    /// environment says.
    pub proxy: *const c_char,
    /// A file with the certificates, in PEM, of the authorities that certify the servers; NULL:
    /// those of the system.
    pub ca: *const c_char,
    /// A file with a certificate and its private key, both in PEM, for servers that ask for one;
    /// NULL: none.
    pub client_cert: *const c_char,
    /// Time in milliseconds between two requests to a server that does not announce changes; 0: one
    /// minute.
    pub poll_milliseconds: u64,
    /// The sum of flags such as ADR_FORGET; 0: none.
    pub flags: u64,
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// The pointer to the settings is NULL.
    #[error("the settings are NULL")]
    Null,
    /// The program does not say how large its struct is.
    #[error("struct_size is 0; set it to sizeof(adr_settings)")]
    NoSize,
    /// No version of the struct has this size.
    #[error(
        "struct_size is {size}, and no version of adr_settings has this size; set it to \
         sizeof(adr_settings)"
    )]
    OtherSize {
        /// What the program set.
        size: usize,
    },
    /// A newer program sets a field that this library does not know.
    #[error(
        "byte {offset} of the settings is not 0 and belongs to a field that version {} of the \
         library does not know; install a newer version, or leave the field at 0",
        env!("CARGO_PKG_VERSION")
    )]
    UnknownField {
        /// The offset of the byte.
        offset: usize,
    },
    /// A flag that this library does not know.
    #[error(
        "the flags {flags:#x} are not known to version {} of the library; only ADR_FORGET is",
        env!("CARGO_PKG_VERSION")
    )]
    UnknownFlags {
        /// The flags that are unknown.
        flags: u64,
    },
    /// The settings have no servers.
    #[error("the settings contain no servers")]
    NoServers,
    /// The settings have too many servers.
    #[error("servers_count is {count}; a core has at most {MAX_SERVERS} servers")]
    TooManyServers {
        /// What the program set.
        count: usize,
    },
    /// The pointer to a server is NULL.
    #[error("server {number} is NULL")]
    NullServer {
        /// Its position, from 1.
        number: usize,
    },
    /// A text is not UTF-8.
    #[error("the field `{field}` is not UTF-8")]
    NotUtf8 {
        /// The name of the field.
        field: &'static str,
    },
    /// A text is empty.
    #[error("the field `{field}` is empty; set it to NULL for its default")]
    Empty {
        /// The name of the field.
        field: &'static str,
    },
    /// A server address is invalid.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The proxy is invalid.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The key is invalid.
    #[error(transparent)]
    Key(#[from] SignatureError),
}

/// Reads settings.
///
/// # Errors
///
/// The struct has a size of no version or a field that is unknown here, a pointer is NULL that must
/// not be, a text is empty or not UTF-8, or a server, the proxy or the key is invalid.
///
/// # Safety
///
/// `settings` is NULL, or points to settings of the size that they state, whose texts end with a
/// NUL.
pub(crate) unsafe fn read(
    settings: *const Settings,
) -> Result<adr_client::Settings, SettingsError> {
    // SAFETY: the caller promises as many bytes as the struct states, and valid texts
    unsafe {
        let settings = read_struct(settings)?;
        let mut read = adr_client::Settings::new(read_servers(&settings)?);
        read.cache = optional("cache", settings.cache)?.map(Into::into);
        read.socket = optional("socket", settings.socket)?.map(Into::into);
        read.key = optional("key", settings.key)?.map(PublicKey::parse).transpose()?;
        read.folder = optional("folder", settings.folder)?.map(Into::into);
        read.proxy = optional("proxy", settings.proxy)?.map(Proxy::parse).transpose()?;
        read.ca = optional("ca", settings.ca)?.map(Into::into);
        read.client_certificate = optional("client_cert", settings.client_cert)?.map(Into::into);
        read.forget = settings.flags & ADR_FORGET != 0;
        if settings.poll_milliseconds > 0 {
            read.poll_interval = Duration::from_millis(settings.poll_milliseconds);
        }
        Ok(read)
    }
}

/// Copies the fields that both sides know; the others are zero.
///
/// # Safety
///
/// As [`read`].
unsafe fn read_struct(settings: *const Settings) -> Result<Settings, SettingsError> {
    if settings.is_null() {
        return Err(SettingsError::Null);
    }
    // SAFETY: the size is the first field of every version
    let size = unsafe { settings.cast::<usize>().read() };
    match size {
        0 => return Err(SettingsError::NoSize),
        MIN_SIZE..=MAX_SIZE if size.is_multiple_of(size_of::<usize>()) => {}
        _ => return Err(SettingsError::OtherSize { size }),
    }
    let bytes = settings.cast::<u8>();
    // SAFETY: the caller promises that many bytes, and zero is a value of every field
    let known = unsafe {
        let mut known = MaybeUninit::<Settings>::zeroed();
        let length = size.min(size_of::<Settings>());
        std::ptr::copy_nonoverlapping(bytes, known.as_mut_ptr().cast(), length);
        known.assume_init()
    };
    for offset in size_of::<Settings>()..size {
        // SAFETY: the caller promises `size` bytes
        if unsafe { bytes.add(offset).read() } != 0 {
            return Err(SettingsError::UnknownField { offset });
        }
    }
    match known.flags & !ADR_FORGET {
        0 => Ok(known),
        flags => Err(SettingsError::UnknownFlags { flags }),
    }
}

/// # Safety
///
/// As [`read`].
unsafe fn read_servers(settings: &Settings) -> Result<Vec<Server>, SettingsError> {
    let count = settings.servers_count;
    if settings.servers.is_null() || count == 0 {
        return Err(SettingsError::NoServers);
    }
    if count > MAX_SERVERS {
        return Err(SettingsError::TooManyServers { count });
    }
    // SAFETY: the caller promises that many texts
    let servers = unsafe { std::slice::from_raw_parts(settings.servers, count) };
    let server = |(at, pointer): (usize, &*const c_char)| -> Result<Server, SettingsError> {
        // SAFETY: the caller promises texts that end with a NUL
        let address = unsafe { ffi::read_text(*pointer) };
        let address = address.map_err(|_| SettingsError::NotUtf8 { field: "servers" })?;
        Ok(Server::parse(address.ok_or(SettingsError::NullServer { number: at + 1 })?)?)
    };
    servers.iter().enumerate().map(server).collect()
}

/// The text of a field; `None` for NULL.
///
/// # Safety
///
/// `pointer` is NULL, or points to a text that ends with a NUL.
unsafe fn optional<'t>(
    field: &'static str,
    pointer: *const c_char,
) -> Result<Option<&'t str>, SettingsError> {
    // SAFETY: the caller promises a text or NULL
    let text = unsafe { ffi::read_text(pointer) };
    match text.map_err(|_| SettingsError::NotUtf8 { field })? {
        Some("") => Err(SettingsError::Empty { field }),
        text => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Settings of a newer version of the header.
    #[repr(C)]
    struct NewerSettings {
        known: Settings,
        added: [u64; 4],
    }

    fn settings(servers: &[*const c_char]) -> Settings {
        // SAFETY: zero is a value of every field
        let zero: Settings = unsafe { MaybeUninit::zeroed().assume_init() };
        Settings {
            struct_size: size_of::<Settings>(),
            servers: servers.as_ptr(),
            servers_count: servers.len(),
            ..zero
        }
    }

    fn read_size(size: usize, added: [u64; 4]) -> Result<adr_client::Settings, SettingsError> {
        let servers = [c"http://h".as_ptr()];
        let known = Settings {
            struct_size: size,
            flags: ADR_FORGET,
            folder: c"site".as_ptr(),
            ..settings(&servers)
        };
        let newer = NewerSettings { known, added };
        // SAFETY: no size that is accepted here is larger than this struct
        unsafe { read((&raw const newer).cast()) }
    }

    #[test]
    fn struct_of_an_older_program_has_defaults_for_later_fields() {
        for size in (MIN_SIZE..=size_of::<Settings>()).step_by(size_of::<usize>()) {
            let read = read_size(size, [0; 4]).unwrap();
            assert_eq!(read.servers.len(), 1);
            assert_eq!(read.folder.is_some(), size > offset_of!(Settings, folder), "{size}");
            assert_eq!(read.forget, size > offset_of!(Settings, flags), "{size}");
        }
    }

    #[test]
    fn struct_of_a_newer_program_is_read_if_unknown_fields_are_zero() {
        let size = size_of::<NewerSettings>();
        assert!(read_size(size, [0; 4]).unwrap().forget);
        let offset = size - 8;
        let error = read_size(size, [0, 0, 0, 1 << 40]).unwrap_err();
        assert!(matches!(error, SettingsError::UnknownField { offset: at } if at == offset + 5));
        // bytes beyond the struct are not read
        assert!(read_size(offset, [0, 0, 0, 1]).is_ok());
    }

    #[test]
    fn size_of_no_version_is_rejected() {
        assert!(matches!(read_size(0, [0; 4]), Err(SettingsError::NoSize)));
        // an address: the first field of a struct without a size
        for size in [1, MIN_SIZE - 8, MIN_SIZE + 1, MAX_SIZE + 8, usize::MAX, 0x7fff_dead_beef] {
            assert!(matches!(read_size(size, [0; 4]), Err(SettingsError::OtherSize { .. })));
        }
        // SAFETY: NULL
        let null = unsafe { read(std::ptr::null()) };
        assert!(matches!(null, Err(SettingsError::Null)));
    }

    #[test]
    fn invalid_field_is_named() {
        let servers = [c"http://h".as_ptr(), std::ptr::null()];
        let valid = settings(&servers[..1]);
        let rejected = [
            (Settings { flags: 6, ..valid }, "the flags 0x6"),
            (Settings { servers_count: 2, ..settings(&servers) }, "server 2 is NULL"),
            (Settings { servers_count: usize::MAX, ..valid }, "at most 64 servers"),
            (Settings { servers: std::ptr::null(), ..valid }, "no servers"),
            (Settings { cache: c"".as_ptr(), ..valid }, "`cache` is empty"),
            (Settings { socket: c"\xff".as_ptr(), ..valid }, "`socket` is not UTF-8"),
            (Settings { proxy: c"proxy".as_ptr(), ..valid }, "`proxy` is not a proxy"),
        ];
        for (settings, expected) in rejected {
            // SAFETY: the settings are valid
            let error = unsafe { read(&raw const settings) }.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
