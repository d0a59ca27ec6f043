//! The settings of a core, read from a C struct.

use std::ffi::c_char;
use std::time::Duration;

use adr_bundle::signature::{PublicKey, SignatureError};
use adr_client::{Server, ServerError};

use crate::ffi::{self, NotUtf8};

/// The settings of a core. Initialize the struct to zero: then fields that a later version adds
/// have their default.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// `servers_count` server addresses such as "http://tftp1:6970", asked in this order.
    pub servers: *const *const c_char,
    /// The number of servers; at least 1.
    pub servers_count: usize,
    /// The folder for the last good rules, created if it does not exist; NULL: nothing is saved.
    pub cache: *const c_char,
    /// The path of a control socket for other applications of this user, on Windows the name of a
    /// pipe, `\\.\pipe\NAME`; NULL: no control socket.
    pub socket: *const c_char,
    /// The pinned public key: the text of its file, or its line of base64. A generation without its
    /// signature is rejected. NULL: signatures are ignored.
    pub key: *const c_char,
    /// Time in milliseconds between two requests to a server that does not announce changes; 0: one
    /// minute.
    pub poll_milliseconds: u64,
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// The pointer to the settings is NULL.
    #[error("the settings are NULL")]
    Null,
    /// The settings have no servers.
    #[error("the settings contain no servers")]
    NoServers,
    /// The pointer to a server is NULL.
    #[error("a server is NULL")]
    NullServer,
    /// A text is not UTF-8.
    #[error(transparent)]
    NotUtf8(#[from] NotUtf8),
    /// A server address is invalid.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The key is invalid.
    #[error(transparent)]
    Key(#[from] SignatureError),
}

/// Reads settings.
///
/// # Errors
///
/// A pointer is NULL that must not be, a text is not UTF-8, or a server or the key is invalid.
///
/// # Safety
///
/// `settings` is NULL, or points to settings whose texts end with a NUL.
pub(crate) unsafe fn read(
    settings: *const Settings,
) -> Result<adr_client::Settings, SettingsError> {
    // SAFETY: the caller promises valid settings or NULL
    let settings = unsafe { settings.as_ref() }.ok_or(SettingsError::Null)?;
    if settings.servers.is_null() || settings.servers_count == 0 {
        return Err(SettingsError::NoServers);
    }
    // SAFETY: the caller promises that many texts
    let servers = unsafe { std::slice::from_raw_parts(settings.servers, settings.servers_count) };
    let server = |pointer: &*const c_char| -> Result<Server, SettingsError> {
        // SAFETY: the caller promises texts that end with a NUL
        let address = unsafe { ffi::read_text(*pointer) }?.ok_or(SettingsError::NullServer)?;
        Ok(Server::parse(address)?)
    };
    let servers = servers.iter().map(server).collect::<Result<_, _>>()?;
    // SAFETY: as above
    let (cache, socket, key) = unsafe {
        (
            ffi::read_text(settings.cache)?,
            ffi::read_text(settings.socket)?,
            ffi::read_text(settings.key)?,
        )
    };
    let mut read = adr_client::Settings::new(servers);
    read.cache = cache.map(Into::into);
    read.socket = socket.map(Into::into);
    read.key = key.map(PublicKey::parse).transpose()?;
    if settings.poll_milliseconds > 0 {
        read.poll_interval = Duration::from_millis(settings.poll_milliseconds);
    }
    Ok(read)
}
