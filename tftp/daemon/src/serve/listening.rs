//! Opens the listening sockets: those that systemd handed over, or else those of the settings.

use std::net::{SocketAddr, TcpListener, UdpSocket};

use adr_bundle::disk::{IO_TIME_LIMIT, TimeLimit};
use adr_server::{Parts, Reload, Server, Settings as ServerSettings, Sockets};
use adr_watcher::supervisor::Cause;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::Settings;
use crate::Error;
use crate::event::Event;
use crate::platform::{HandedSockets, systemd};

/// How many reloads of the admin port wait until they become events.
const ADMIN_RELOADS: usize = 1;

/// The listening sockets.
pub(super) struct Opened {
    /// Sockets for phones and client cores.
    pub(super) serving: Sockets,
    /// Sockets of the admin port.
    pub(super) admins: Vec<TcpListener>,
}

/// Starts the server on a thread that may wait for a disk: it opens the certificate and the folder
/// of further files. Must be called within a runtime.
pub(super) fn start(settings: ServerSettings, parts: Parts) -> Result<Server, Error> {
    let runtime = Handle::current();
    let started = TimeLimit::new("start", IO_TIME_LIMIT).run(move |_| {
        let _entered = runtime.enter();
        Server::start(settings, parts)
    });
    Ok(started??)
}

/// Takes the sockets that systemd handed over, or else opens those of the settings.
pub(super) fn open(settings: &Settings) -> Result<Opened, Error> {
    let handed = systemd::take_sockets()?;
    let wanted = |addresses: &[SocketAddr], is_handed: bool| {
        if is_handed { Vec::new() } else { addresses.to_vec() }
    };
    let named = ServerSettings {
        tftp: wanted(&settings.server.tftp, !handed.tftp.is_empty() || settings.is_tftp_default),
        http: wanted(&settings.server.http, !handed.http.is_empty() || settings.is_http_default),
        https: wanted(&settings.server.https, !handed.https.is_empty()),
        ..ServerSettings::default()
    };
    warn_of_ignored(settings, &handed);
    let mut serving = Sockets::bind(&named)?;
    if settings.is_tftp_default && handed.tftp.is_empty() {
        serving.tftp = open_defaults(&settings.server.tftp, |tftp| ServerSettings {
            tftp,
            ..ServerSettings::default()
        })?
        .tftp;
    }
    if settings.is_http_default && handed.http.is_empty() {
        serving.http = open_defaults(&settings.server.http, |http| ServerSettings {
            http,
            ..ServerSettings::default()
        })?
        .http;
    }
    serving.tftp.extend(handed.tftp);
    serving.http.extend(handed.http);
    serving.https.extend(handed.https);
    let admins = if handed.admin.is_empty() {
        settings.admin.map(open_admin).transpose()?.into_iter().collect()
    } else {
        handed.admin
    };
    Ok(Opened { serving, admins })
}

/// Warns of addresses in the settings that have no effect because systemd handed over sockets.
fn warn_of_ignored(settings: &Settings, handed: &HandedSockets) {
    fn of<S>(sockets: &[S], address: fn(&S) -> std::io::Result<SocketAddr>) -> Vec<SocketAddr> {
        sockets.iter().filter_map(|it| address(it).ok()).collect()
    }
    let server = &settings.server;
    let tftp = of(&handed.tftp, UdpSocket::local_addr);
    let http = of(&handed.http, TcpListener::local_addr);
    let https = of(&handed.https, TcpListener::local_addr);
    for (protocol, named, handed, is_default) in [
        ("tftp", &server.tftp, tftp, settings.is_tftp_default),
        ("http", &server.http, http, settings.is_http_default),
        ("https", &server.https, https, false),
    ] {
        let ignores = !handed.is_empty() && !is_default;
        let ignored = named.iter().filter(|it| ignores && !handed.contains(it));
        for address in ignored {
            tracing::warn!(
                protocol,
                %address,
                "adrc does not listen on this address: it only uses the sockets of systemd; name it in the socket unit"
            );
        }
    }
}

/// Opens the default addresses. On a machine without IPv6, the server listens on IPv4 only.
fn open_defaults(
    addresses: &[SocketAddr],
    settings: impl Fn(Vec<SocketAddr>) -> ServerSettings,
) -> Result<Sockets, Error> {
    let mut opened = Sockets::default();
    for address in addresses {
        match Sockets::bind(&settings(vec![*address])) {
            Ok(sockets) => {
                opened.tftp.extend(sockets.tftp);
                opened.http.extend(sockets.http);
            }
            Err(error) if address.is_ipv6() => {
                tracing::warn!("{error}; clients that use IPv6 are not served");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(opened)
}

fn open_admin(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address).map_err(|source| Error::Admin { address, source })
}

/// The local address of a socket of the admin port.
pub(super) fn address_of(listener: &TcpListener) -> Result<SocketAddr, Error> {
    let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
    listener.local_addr().map_err(|source| Error::Admin { address: unknown, source })
}

/// A sender of reloads for the admin port. They become events.
pub(super) fn admin_reloads(events: &mpsc::Sender<Event>) -> mpsc::Sender<Reload> {
    let (send, mut reloads) = mpsc::channel(ADMIN_RELOADS);
    let events = events.clone();
    tokio::spawn(async move {
        while let Some(reload) = reloads.recv().await {
            if events.send(Event::Reload(Cause::Admin, Some(reload))).await.is_err() {
                return;
            }
        }
    });
    send
}
