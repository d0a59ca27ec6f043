//! Ports that are closed, silent or something else. Every run ends within the limits of the doctor.

use std::net::SocketAddr;
use std::time::Duration;

use adr_exchange_kit::{
    Behavior, ExchangeStandIn, FullBacklog, Legacy, OpensslServer, RawServer, Specimen, Versions,
    closed_port,
};

use super::examination::{Examination, Seen};

fn look(address: SocketAddr) -> Seen {
    Examination::of("127.0.0.1", address).run()
}

fn look_at(behavior: Behavior) -> Seen {
    let server = RawServer::start(behavior);
    let seen = look(server.address);
    assert!(server.connections() > 0, "the doctor did not connect");
    seen
}

#[test]
fn closed_port_is_named() {
    let seen = look(closed_port());
    assert_eq!(seen.names(), ["port-is-closed"], "{}", seen.output);
    assert_eq!((seen.step("tcp"), seen.step("tls")), ("bad", "not-reached"));
}

#[test]
fn port_that_answers_nothing_times_out() {
    let Some(port) = FullBacklog::open() else { return };
    let seen = look(port.address);
    assert_eq!(seen.names(), ["connection-times-out"], "{}", seen.output);
}

#[test]
fn silent_server_cuts_the_handshake() {
    for behavior in [
        Behavior::Silent,
        Behavior::CloseAtAccept,
        Behavior::CloseAtHello,
        Behavior::HalfRecord,
        Behavior::Drip(Duration::from_millis(100)),
    ] {
        let seen = look_at(behavior.clone());
        assert_eq!(seen.names(), ["handshake-is-cut"], "{behavior:?}: {}", seen.output);
        assert_eq!((seen.step("tcp"), seen.step("tls")), ("good", "bad"), "{behavior:?}");
    }
}

#[test]
fn endless_handshake_is_cut() {
    let seen = look_at(Behavior::EndlessHandshake);
    assert_eq!(seen.names(), ["handshake-is-cut"], "{}", seen.output);
    assert_eq!(seen.step("tls"), "bad", "{}", seen.output);
}

#[test]
fn another_protocol_is_named() {
    for (behavior, protocol) in [(Behavior::plain_http(), "HTTP"), (Behavior::ssh(), "SSH")] {
        let seen = look_at(behavior);
        assert_eq!(seen.names(), ["port-speaks-another-protocol"], "{}", seen.output);
        assert!(seen.output.contains(protocol), "{}", seen.output);
    }
    let seen = look_at(Behavior::garbage());
    assert_eq!(seen.names(), ["port-speaks-another-protocol"], "{}", seen.output);
}

#[test]
fn alert_is_named() {
    // handshake_failure, protocol_version, internal_error
    for number in [40, 70, 80] {
        let seen = look_at(Behavior::Alert(number));
        assert_eq!(seen.names(), ["no-common-tls"], "{number}: {}", seen.output);
    }
}

#[test]
fn old_version_is_named_and_its_certificate_is_read() {
    let identity = Specimen::NameNotInAlternatives.identity("localhost").unwrap();
    for version in [Legacy::Tls10, Legacy::Tls11] {
        let server = RawServer::start(Behavior::Old(version, Box::new(identity.clone())));
        let seen = Examination::of("localhost", server.address).trust(&identity).run();
        // certificates are in the clear before TLS 1.3
        let expected = ["alternative-name-mismatch", "only-old-tls"];
        assert_eq!(seen.names(), expected, "{version:?}: {}", seen.output);
    }
}

#[test]
fn old_server_of_openssl_is_named() {
    let Some(identity) = Specimen::Rsa2048.identity("localhost") else {
        adr_kit::optional::leave_out("openssl");
        return;
    };
    for (option, version) in [("-tls1", "TLS 1.0"), ("-tls1_1", "TLS 1.1")] {
        let Some(server) = OpensslServer::start(&identity, &[option]) else { return };
        let seen = Examination::of("localhost", server.address).trust(&identity).run();
        assert_eq!(seen.names(), ["only-old-tls"], "{option}: {}", seen.output);
        assert!(seen.output.contains(version), "{option}: {}", seen.output);
    }
}

#[test]
fn new_versions_are_fine_alone() {
    let identity = Specimen::Right.identity("localhost").unwrap();
    for versions in [Versions::Both, Versions::Tls12, Versions::Tls13] {
        let exchange = ExchangeStandIn::start_with(&identity, versions);
        let seen = Examination::of("localhost", exchange.address()).trust(&identity).run();
        seen.is_healthy();
        assert_eq!(seen.step("tls"), "good");
    }
}
