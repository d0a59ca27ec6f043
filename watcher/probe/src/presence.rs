//! Looks at a presence gateway: the way from names to mailboxes, step by step.

mod account;
mod alert;
mod connect;
mod handshake;
mod hello;
mod looker;
mod mailbox;
mod protocol;
mod recorder;
mod resolve;
#[cfg(test)]
mod tests;
mod trust;
mod uploaded;
mod web;

use std::time::{SystemTime, UNIX_EPOCH};

use std::net::SocketAddr;
use std::path::PathBuf;

use adr_cucm_client::Credentials;
use adr_doctor::presence::certificates::UploadedFile;
use adr_doctor::presence::observation::{
    Chain, Endpoint, HttpExchange, HttpFailure, PresenceServer, Resolution, Symptom, Withheld,
};
use adr_doctor::presence::{Observations, diagnose};
use adr_doctor::{Outcome, Step};
use rustls::pki_types::ServerName;
use tokio::time::timeout;

use crate::limits;
use web::{Request, Web};

/// The port of HTTPS.
pub const HTTPS_PORT: u16 = 443;

/// What to look at.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The gateway, exactly as the field "Presence Gateway" of the presence server has it.
    pub gateway: String,
    /// The port.
    pub port: u16,
    /// The folder of the certificates that were uploaded as Presence Engine trust.
    pub trust: Option<PathBuf>,
    /// The account that reads calendars, and its password.
    pub account: Option<Credentials>,
    /// The address of a mailbox that the account should be able to read.
    pub mailbox: Option<String>,
    /// The logins of earlier looks that the server rejected, from [`rejected_logins`]. They are not
    /// repeated, so that the account is not locked; their answers are observations of this look.
    pub rejected: Vec<HttpExchange>,
    /// What is known of the presence server itself.
    pub server: PresenceServer,
    /// What a person saw.
    pub symptoms: Vec<Symptom>,
}

/// Looks at a gateway, for at most [`limits::TOTAL`]. `progress` receives what is looked at now, in
/// a few words.
pub async fn look(settings: &Settings, progress: &(dyn Fn(&str) + Sync)) -> Observations {
    let mut seen = Observations {
        gateway: settings.gateway.clone(),
        port: settings.port,
        looked_at: now(),
        server: settings.server.clone(),
        symptoms: settings.symptoms.clone(),
        has_account: settings.account.is_some(),
        has_mailbox: settings.mailbox.is_some(),
        ..Observations::default()
    };
    // what was seen until then is kept
    let result = timeout(limits::TOTAL, steps(settings, progress, &mut seen)).await;
    seen.is_cut = result.is_err();
    seen
}

/// The logins that the server rejected: each with a status 401 in a form of the name that it did
/// not accept at the same endpoint.
#[must_use]
pub fn rejected_logins(seen: &Observations) -> Vec<HttpExchange> {
    account::rejected(&seen.exchanges).cloned().collect()
}

async fn steps(settings: &Settings, progress: &(dyn Fn(&str) + Sync), seen: &mut Observations) {
    let gateway = &settings.gateway;
    let uploaded = settings.trust.as_deref().map(uploaded::files);
    progress("DNS");
    let resolution = seen.resolution.insert(resolve::resolve(gateway).await);
    let addresses = match resolution {
        Resolution::Address(address) => vec![*address],
        Resolution::Addresses(addresses) => addresses.clone(),
        Resolution::UnknownName | Resolution::NoAnswer(_) => return,
    };
    progress("TCP");
    let (connections, open) = connect::connect(&addresses, settings.port).await;
    seen.connections = connections;
    let Some(address) = open else { return };
    progress("TLS");
    let (handshake, sent) = handshake::handshake(address, gateway).await;
    if !sent.is_empty() {
        seen.chain = Some(Chain::read(&sent, uploaded.as_deref()));
    }
    let is_open = handshake.failure.is_none();
    seen.handshake = Some(handshake);
    if !is_open {
        return;
    }
    progress("HTTP");
    if without_login(gateway, address, seen).await && settings.account.is_some() {
        log_in(settings, address, uploaded.as_deref(), progress, seen).await;
    }
}

/// Sends the requests without credentials, to Exchange Web Services first. False if these do not
/// answer in time; then nothing else is asked.
async fn without_login(gateway: &str, address: SocketAddr, seen: &mut Observations) -> bool {
    let web = looker::config().ok().and_then(|config| Web::new(config, gateway, address).ok());
    let Some(web) = web else { return false };
    for endpoint in [Endpoint::Ews, Endpoint::Exchange, Endpoint::Owa] {
        let request = Request { endpoint, login: None, body: None };
        let (exchange, _) = web.exchange(&request).await;
        let is_silent = exchange.failure == Some(HttpFailure::TimedOut);
        seen.exchanges.push(exchange);
        if is_silent && endpoint == Endpoint::Ews {
            return false;
        }
    }
    true
}

/// The steps for which a password is sent: over a connection whose certificate is verified, and
/// only if nothing is wrong with TLS and the certificates. The verification does not look at the
/// dates and at the path length of a root, which a presence server does.
async fn log_in(
    settings: &Settings,
    address: SocketAddr,
    uploaded: Option<&[UploadedFile]>,
    progress: &(dyn Fn(&str) + Sync),
    seen: &mut Observations,
) {
    let gateway = &settings.gateway;
    let Some(credentials) = &settings.account else { return };
    let Ok(config) = trust::config(gateway, uploaded) else {
        seen.withheld = Some(Withheld::UnknownIssuer);
        return;
    };
    progress("account");
    if let Err(reason) = account::verify(&config, gateway, address).await {
        seen.withheld = reason;
        return;
    }
    let diagnosis = diagnose(seen);
    if [Step::Tls, Step::Certificate].iter().any(|at| diagnosis.outcome(*at) == Some(Outcome::Bad))
    {
        seen.withheld = Some(Withheld::Unverifiable);
        return;
    }
    let Ok(web) = Web::new(config, gateway, address) else { return };
    let accepted = account::log_in(&web, settings, credentials, seen).await;
    if let (Some((form, credentials)), Some(mailbox)) = (accepted, &settings.mailbox) {
        progress("mailbox");
        mailbox::look(&web, (form, &credentials), mailbox, seen).await;
    }
}

/// The name for TLS: that of the gateway if it can be one, else the address.
fn server_name(gateway: &str, address: SocketAddr) -> ServerName<'static> {
    let bare = gateway.trim_end_matches('.').to_owned();
    ServerName::try_from(bare).unwrap_or(ServerName::IpAddress(address.ip().into()))
}

/// Seconds since 1970 UTC.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
