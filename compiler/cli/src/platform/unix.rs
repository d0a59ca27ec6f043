//! Linux and macOS.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;

use super::Stream;
use crate::command::core::Core;
use crate::failure::Failure;

/// The arguments of this process, with its name. The shell has expanded patterns of files.
pub(crate) fn arguments() -> impl Iterator<Item = OsString> {
    std::env::args_os()
}

/// Whether a terminal of this system shows colors.
pub(crate) fn has_color(_stream: Stream) -> bool {
    true
}

/// Makes a new file readable and writable for its owner only.
pub(crate) fn only_for_owner(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

/// Whether this process may bind ports below 1024.
#[cfg(target_os = "linux")]
pub(crate) fn may_bind_low_ports() -> bool {
    use rustix::thread::{CapabilitySet, CapabilitySets, capabilities};
    let may_bind = |sets: CapabilitySets| sets.effective.contains(CapabilitySet::NET_BIND_SERVICE);
    capabilities(None).is_ok_and(may_bind)
}

/// Whether this process may bind ports below 1024. On macOS every process may, on all addresses.
#[cfg(not(target_os = "linux"))]
pub(crate) fn may_bind_low_ports() -> bool {
    true
}

/// Reports to systemd that the process is ready; has no effect unless systemd started it.
pub(crate) fn notify_ready() {
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
}

/// Rejects `--service`.
pub(crate) fn run_service(_core: Core) -> Result<(), Failure> {
    Err(Failure::new(
        "`--service` is for the service manager of Windows",
        "leave it out; systemd starts `adrc core` with `Type=notify`",
    ))
}
