//! The handshake of TLS: a whole one to look, then one first message for each version.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adr_doctor::presence::observation::{Handshake, HandshakeFailure};
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, InvalidMessage, PeerIncompatible, ProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::alert::alert_name;
use super::connect::{milliseconds, open_stream};
use super::hello::{HelloAnswer, VERSIONS, Version, offer};
use super::protocol::other_protocol;
use super::recorder::Recorder;
use super::{looker, server_name};
use crate::limits;

/// `protocol_version` of RFC 8446, section 6.
const PROTOCOL_VERSION: u8 = 70;

/// The bytes that a message of a handshake has at most for rustls. Its text says no number.
const MESSAGE_BYTES: u64 = 0xffff;

/// Shakes hands with an address. With what was seen come the certificates that were sent, in DER,
/// that of the server first.
pub(super) async fn handshake(address: SocketAddr, gateway: &str) -> (Handshake, Vec<Vec<u8>>) {
    let mut seen =
        Handshake { milliseconds: 0, version: None, versions: Vec::new(), failure: None };
    let mut certificates = Vec::new();
    let (took, result) = whole(address, gateway).await;
    seen.milliseconds = milliseconds(took);
    match result {
        Ok((version, sent)) => {
            seen.version = version;
            certificates = sent;
        }
        Err(failure) => seen.failure = Some(failure),
    }
    // a server that speaks something else, or nothing, does so in each version
    if matches!(seen.failure, Some(HandshakeFailure::OtherProtocol(_) | HandshakeFailure::TimedOut))
    {
        return (seen, certificates);
    }
    let name = server_name(gateway, address);
    let name = match &name {
        ServerName::DnsName(name) => Some(name.as_ref()),
        _ => None,
    };
    let mut refused_versions = false;
    for version in VERSIONS {
        let answer = offer(address, name, version).await;
        refused_versions |= answer.alert == Some(PROTOCOL_VERSION);
        add(&mut seen.versions, &answer);
        if certificates.is_empty() {
            certificates = answer.certificates;
        }
        if answer.is_timed_out {
            break;
        }
    }
    seen.failure = match seen.failure {
        Some(HandshakeFailure::CertificateTooLarge(_)) => {
            Some(too_large(&seen.versions, &certificates))
        }
        Some(failure) => Some(explained(failure, &seen.versions, refused_versions, address).await),
        None => None,
    };
    (seen, certificates)
}

fn add(versions: &mut Vec<String>, answer: &HelloAnswer) {
    let chosen = answer.version.map(|version| version.name.to_owned());
    if let Some(chosen) = chosen.filter(|chosen| !versions.contains(chosen)) {
        versions.push(chosen);
    }
}

/// A whole handshake: how long it took, then its version and the certificates.
async fn whole(
    address: SocketAddr,
    gateway: &str,
) -> (Duration, Result<(Option<String>, Vec<Vec<u8>>), HandshakeFailure>) {
    let other = |error: String| (Duration::ZERO, Err(HandshakeFailure::Other(error)));
    let config = match looker::config() {
        Ok(config) => Arc::new(config),
        Err(error) => return other(error.to_string()),
    };
    let stream = match open_stream(address).await {
        Ok(stream) => stream,
        Err(error) => return (Duration::ZERO, Err(failure(&error, &[]))),
    };
    let begun = Instant::now();
    let (stream, first) = Recorder::new(stream);
    let connecting = TlsConnector::from(config).connect(server_name(gateway, address), stream);
    let result = match timeout(limits::HANDSHAKE, connecting).await {
        Err(_) => Err(match other_protocol(&first.get()) {
            Some(name) => HandshakeFailure::OtherProtocol(name.to_owned()),
            None => HandshakeFailure::TimedOut,
        }),
        Ok(Err(error)) => Err(failure(&error, &first.get())),
        Ok(Ok(stream)) => {
            let (_, connection) = stream.get_ref();
            let version = connection.protocol_version().map(version_name);
            let sent = connection.peer_certificates().unwrap_or_default();
            Ok((version, sent.iter().map(|certificate| certificate.to_vec()).collect()))
        }
    };
    (begun.elapsed(), result)
}

fn version_name(version: ProtocolVersion) -> String {
    match version {
        ProtocolVersion::TLSv1_2 => "TLS 1.2".to_owned(),
        ProtocolVersion::TLSv1_3 => "TLS 1.3".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Why a handshake failed, from the error and the first bytes of the answer.
fn failure(error: &io::Error, first: &[u8]) -> HandshakeFailure {
    if let Some(name) = other_protocol(first) {
        return HandshakeFailure::OtherProtocol(name.to_owned());
    }
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::AlertReceived(alert)) => match alert {
            AlertDescription::ProtocolVersion => HandshakeFailure::NoCommonVersion,
            AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
                HandshakeFailure::NoCommonAlgorithms
            }
            other => HandshakeFailure::Alert(alert_name(u8::from(*other))),
        },
        Some(rustls::Error::PeerIncompatible(why)) => match why {
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig => {
                HandshakeFailure::NoCommonVersion
            }
            _ => HandshakeFailure::NoCommonAlgorithms,
        },
        Some(rustls::Error::InvalidMessage(InvalidMessage::HandshakePayloadTooLarge)) => {
            HandshakeFailure::CertificateTooLarge(MESSAGE_BYTES)
        }
        Some(other) => HandshakeFailure::Other(other.to_string()),
        None => match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => HandshakeFailure::Closed,
            io::ErrorKind::TimedOut => HandshakeFailure::TimedOut,
            _ => HandshakeFailure::Other(error.to_string()),
        },
    }
}

/// The failure of a message that is too large for rustls. It is that of the certificates if these
/// were read, or if the server speaks TLS 1.3, where they come encrypted and nothing else is large.
fn too_large(versions: &[String], certificates: &[Vec<u8>]) -> HandshakeFailure {
    let bytes = certificates.iter().map(|one| one.len() as u64).sum::<u64>();
    match versions {
        [] => HandshakeFailure::Other("a message of the handshake is too large".to_owned()),
        _ => HandshakeFailure::CertificateTooLarge(bytes.max(MESSAGE_BYTES + 1)),
    }
}

/// The failure, in the light of what the server said to each version.
async fn explained(
    failure: HandshakeFailure,
    versions: &[String],
    refused_versions: bool,
    address: SocketAddr,
) -> HandshakeFailure {
    let takes = |version: Version| versions.iter().any(|taken| taken == version.name);
    let [old, older, new, newer] = VERSIONS.map(takes);
    match failure {
        // servers of Windows close the connection where others send an alert
        HandshakeFailure::Closed
        | HandshakeFailure::NoCommonAlgorithms
        | HandshakeFailure::Alert(_)
        | HandshakeFailure::Other(_)
            if (old || older) && !new && !newer =>
        {
            HandshakeFailure::NoCommonVersion
        }
        HandshakeFailure::Closed if refused_versions => HandshakeFailure::NoCommonVersion,
        HandshakeFailure::Closed if versions.is_empty() => match plain_answer(address).await {
            Some(name) => HandshakeFailure::OtherProtocol(name.to_owned()),
            None => HandshakeFailure::Closed,
        },
        other => other,
    }
}

/// The protocol of a server that answers a request of HTTP without TLS.
async fn plain_answer(address: SocketAddr) -> Option<&'static str> {
    let asked = async {
        let mut stream = open_stream(address).await.ok()?;
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await.ok()?;
        let mut first = [0; 64];
        let count = stream.read(&mut first).await.ok()?;
        other_protocol(&first[..count])
    };
    timeout(limits::HELLO, asked).await.ok().flatten()
}
