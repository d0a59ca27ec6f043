//! Notifies systemd of the state of a service with `Type=notify`, and takes the sockets that
//! systemd opened.

use listenfd::ListenFd;
use sd_notify::NotifyState;

use crate::Error;
use crate::platform::HandedSockets;

/// Takes the sockets that systemd handed over; none if systemd did not start this process.
pub(crate) fn take_sockets() -> Result<HandedSockets, Error> {
    let names =
        sd_notify::listen_fds_with_names().map(|sockets| sockets.map(|(_, name)| name).collect());
    let names: Vec<String> = names.unwrap_or_default();
    let mut handed = ListenFd::from_env();
    let mut sockets = HandedSockets::default();
    for (position, name) in names.iter().enumerate() {
        let wrong = |reason: String| Error::Handed { position, name: name.clone(), reason };
        let missing = || wrong("it is missing".to_owned());
        let tcp = |handed: &mut ListenFd| {
            let listener = handed.take_tcp_listener(position);
            listener.map_err(|error| wrong(error.to_string()))?.ok_or_else(missing)
        };
        match name.as_str() {
            "tftp" => {
                let socket = handed.take_udp_socket(position);
                let socket = socket.map_err(|error| wrong(error.to_string()))?;
                sockets.tftp.push(socket.ok_or_else(missing)?);
            }
            "http" => sockets.http.push(tcp(&mut handed)?),
            "https" => sockets.https.push(tcp(&mut handed)?),
            "admin" => sockets.admin.push(tcp(&mut handed)?),
            _ => return Err(wrong("unknown name".to_owned())),
        }
    }
    Ok(sockets)
}

/// Notifies systemd that the server answers requests, with a status line.
pub(crate) fn ready(status: &str) {
    notify(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// Notifies systemd that a reload has begun; [`ready`] ends it.
pub(crate) fn reloading() {
    let mut states = vec![NotifyState::Reloading];
    states.extend(NotifyState::monotonic_usec_now());
    notify(&states);
}

/// Notifies systemd that the process is ending.
pub(crate) fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// Has no effect without a service manager. A failure is ignored.
fn notify(states: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}
