//! systemd, where it started this process: states of a service of `Type=notify`, and sockets that
//! it opened.

use std::net::{TcpListener, UdpSocket};

use listenfd::ListenFd;
use sd_notify::NotifyState;

use crate::failure::Failure;

/// Sockets that systemd opened, by their `FileDescriptorName`.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    /// `tftp`.
    pub(crate) tftp: Vec<UdpSocket>,
    /// `http`.
    pub(crate) http: Vec<TcpListener>,
    /// `https`.
    pub(crate) https: Vec<TcpListener>,
    /// `admin`.
    pub(crate) admin: Vec<TcpListener>,
}

/// Takes the sockets that systemd handed over; none when it started nothing here.
pub(crate) fn take_sockets() -> Result<Sockets, Failure> {
    let names =
        sd_notify::listen_fds_with_names().map(|sockets| sockets.map(|(_, name)| name).collect());
    // a process that systemd did not start has none
    let names: Vec<String> = names.unwrap_or_default();
    let mut handed = ListenFd::from_env();
    let mut sockets = Sockets::default();
    for (at, name) in names.iter().enumerate() {
        let wrong = |why: &str| {
            Failure::new(
                format!("socket {at} of systemd, `{name}`: {why}"),
                "name the sockets of the unit `tftp` (datagram), `http`, `https` and `admin` (stream) by FileDescriptorName",
            )
        };
        let tcp = |handed: &mut ListenFd| {
            let listener =
                handed.take_tcp_listener(at).map_err(|error| wrong(&error.to_string()))?;
            listener.ok_or_else(|| wrong("it is not there"))
        };
        match name.as_str() {
            "tftp" => {
                let socket =
                    handed.take_udp_socket(at).map_err(|error| wrong(&error.to_string()))?;
                sockets.tftp.push(socket.ok_or_else(|| wrong("it is not there"))?);
            }
            "http" => sockets.http.push(tcp(&mut handed)?),
            "https" => sockets.https.push(tcp(&mut handed)?),
            "admin" => sockets.admin.push(tcp(&mut handed)?),
            _ => return Err(wrong("this name is not known")),
        }
    }
    Ok(sockets)
}

/// Requests are answered.
pub(crate) fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// A reload began; [`ready`] ends it.
pub(crate) fn reloading() {
    let mut states = vec![NotifyState::Reloading];
    states.extend(NotifyState::monotonic_usec_now());
    tell(&states);
}

/// The end began.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Without a service manager this does nothing, and one that does not hear changes nothing here.
fn tell(states: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}
