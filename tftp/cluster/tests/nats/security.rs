//! Credentials and certificates.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use adr_cluster::{Credentials, Nats, Settings};
use adr_kit::nats::{NatsOptions, NatsServer, Release};
use adr_kit::sandbox::Sandbox;
use adr_kit::wait::wait_until;
use adr_watcher::publication::{Publication, PublicationError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::generation::{settings, simple};

fn is_denied<T: std::fmt::Debug>(result: Result<T, PublicationError>) {
    match result {
        Err(error @ PublicationError::Denied { .. }) => {
            assert!(!error.to_string().contains("secret"), "{error}");
            assert!(!error.is_temporary());
        }
        other => panic!("{other:?}"),
    }
}

#[cfg(unix)]
#[test]
fn token_is_read_from_its_file_for_each_connection() {
    for release in Release::ALL {
        let token = Some("secret-1".to_owned());
        let options = NatsOptions { release, token, ..NatsOptions::default() };
        let Some(mut server) = NatsServer::start(options) else { return };
        is_denied(Nats::connect(settings(&server.url())).unwrap().current());

        let files = Sandbox::with(&[("token", "secret-1\n")]);
        let credentials = Credentials::TokenFile(files.path("token"));
        let nats = Nats::connect(Settings { credentials, ..settings(&server.url()) }).unwrap();
        nats.prepare(1).unwrap();
        nats.publish(None, &simple(1)).unwrap();

        // revoked: the server ends the connection
        server.reconfigure(Some("secret-2"), "");
        wait_until("the old token is rejected", || {
            matches!(nats.current(), Err(PublicationError::Denied { .. }))
        });
        is_denied(nats.publish(Some(&simple(1).base()), &simple(2)));
        files.write("token", b"secret-2\n");
        wait_until("the new token is used", || nats.current() == Ok(Some(simple(1).base())));
        std::fs::remove_file(files.path("token")).unwrap();
        let nats = Nats::connect(Settings {
            credentials: Credentials::TokenFile(files.path("token")),
            ..settings(&server.url())
        });
        is_denied(nats.unwrap().current());
    }
}

#[cfg(unix)]
#[test]
fn permissions_that_are_missing_are_named() {
    let user = nkeys::KeyPair::new_user();
    let (public, seed) = (user.public_key(), user.seed().unwrap());
    let lines = format!(
        "authorization {{ users [ {{ nkey: {public}, permissions: {{ \
         publish: {{ deny: [\"$KV.adrc.current\", \"$O.>\"] }} }} }} ] }}"
    );
    let Some(server) = NatsServer::start(NatsOptions { lines, ..NatsOptions::default() }) else {
        return;
    };
    let files = Sandbox::with(&[("seed.nk", &seed)]);
    let credentials = Credentials::Nkey(files.path("seed.nk"));
    let nats = Nats::connect(Settings { credentials, ..settings(&server.url()) }).unwrap();
    nats.prepare(1).unwrap();
    assert_eq!(nats.current(), Ok(None));
    // as in a node, which follows the cluster meanwhile
    let is_over = AtomicBool::new(false);
    let published = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Relaxed) {
                let current = nats.current();
                // a machine that is busy may take too long
                let is_late = current.as_ref().is_err_and(PublicationError::is_temporary);
                assert!(is_late || current == Ok(None), "reading goes on: {current:?}");
            }
        });
        let published = nats.publish(None, &simple(1));
        is_over.store(true, Relaxed);
        published
    });
    is_denied(published);
    wait_until("reading goes on", || nats.current() == Ok(None));
}

#[test]
fn wrong_key_is_rejected() {
    let public = nkeys::KeyPair::new_user().public_key();
    let lines = format!("authorization {{ users [ {{ nkey: {public} }} ] }}");
    let Some(server) = NatsServer::start(NatsOptions { lines, ..NatsOptions::default() }) else {
        return;
    };
    let other = nkeys::KeyPair::new_user().seed().unwrap();
    let files = Sandbox::with(&[("other.nk", &other), ("no.nk", "secret"), ("empty.nk", "")]);
    for name in ["other.nk", "no.nk", "empty.nk", "missing.nk"] {
        let credentials = Credentials::Nkey(files.path(name));
        let nats = Nats::connect(Settings { credentials, ..settings(&server.url()) }).unwrap();
        is_denied(nats.current());
    }
    let credentials = Credentials::Creds(files.path("no.nk"));
    let nats = Nats::connect(Settings { credentials, ..settings(&server.url()) }).unwrap();
    is_denied(nats.current());
}

/// A JWT of NATS with these claims, signed by its issuer.
fn jwt(issuer: &nkeys::KeyPair, subject: &str, name: &str, nats: &serde_json::Value) -> String {
    let encode = |text: String| URL_SAFE_NO_PAD.encode(text);
    let head = encode(json!({ "typ": "JWT", "alg": "ed25519-nkey" }).to_string());
    let claims = json!({
        "jti": format!("id-{name}"), "iat": 1_700_000_000, "iss": issuer.public_key(),
        "name": name, "sub": subject, "nats": nats,
    });
    let signed = format!("{head}.{}", encode(claims.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(issuer.sign(signed.as_bytes()).unwrap());
    format!("{signed}.{signature}")
}

/// As `nsc` sets it up: an operator, an account, and a user with a credentials file.
#[test]
fn credentials_file_is_used() {
    for release in Release::ALL {
        let (operator, account) = (nkeys::KeyPair::new_operator(), nkeys::KeyPair::new_account());
        let user = nkeys::KeyPair::new_user();
        let operator_jwt = jwt(
            &operator,
            &operator.public_key(),
            "operator",
            &json!({ "type": "operator", "version": 2 }),
        );
        let limits = json!({
            "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1,
            "wildcards": true, "conn": -1, "leaf": -1, "mem_storage": 64_000_000,
            "disk_storage": 1_000_000_000, "streams": -1, "consumer": -1,
        });
        let account_jwt = jwt(
            &operator,
            &account.public_key(),
            "account",
            &json!({ "type": "account", "version": 2, "limits": limits }),
        );
        let system = nkeys::KeyPair::new_account();
        let system_jwt = jwt(
            &operator,
            &system.public_key(),
            "system",
            &json!({ "type": "account", "version": 2 }),
        );
        let user_jwt = jwt(
            &account,
            &user.public_key(),
            "user",
            &json!({ "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1 }),
        );
        let (account, system) = (account.public_key(), system.public_key());
        let lines = format!(
            "operator: {operator_jwt}\nsystem_account: {system}\nresolver: MEMORY\n\
             resolver_preload: {{\n{account}: {account_jwt}\n{system}: {system_jwt}\n}}"
        );
        let options = NatsOptions { release, lines, ..NatsOptions::default() };
        let Some(server) = NatsServer::start(options) else { return };
        let credentials = format!(
            "-----BEGIN NATS USER JWT-----\n{user_jwt}\n------END NATS USER JWT------\n\n\
             -----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
            user.seed().unwrap()
        );
        let files = Sandbox::with(&[("node.creds", &credentials)]);
        let credentials = Credentials::Creds(files.path("node.creds"));
        let nats = Nats::connect(Settings { credentials, ..settings(&server.url()) }).unwrap();
        nats.prepare(1).unwrap();
        nats.publish(None, &simple(1)).unwrap();
        assert_eq!(nats.fetch(1), Ok(simple(1)));
        is_denied(Nats::connect(settings(&server.url())).unwrap().current());
    }
}

/// A certificate for `localhost` by an authority of its own: authority, certificate, key.
fn certificate(files: &Sandbox, name: &str) -> (PathBuf, PathBuf, PathBuf) {
    let mut authority = rcgen::CertificateParams::default();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let authority_certificate = authority.self_signed(&authority_key).unwrap();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    let write = |kind: &str, text: String| {
        let file = format!("{name}-{kind}.pem");
        files.write(&file, text.as_bytes());
        files.path(&file)
    };
    (
        write("ca", authority_certificate.pem()),
        write("certificate", leaf.pem()),
        write("key", key.serialize_pem()),
    )
}

#[test]
fn certificate_of_another_authority_is_rejected() {
    for release in Release::ALL {
        let files = Sandbox::new();
        let (ca, certificate_file, key) = certificate(&files, "good");
        let (other, ..) = certificate(&files, "other");
        let tls = Some((certificate_file, key));
        let options = NatsOptions { release, tls, ..NatsOptions::default() };
        let Some(server) = NatsServer::start(options) else { return };

        let nats = Nats::connect(Settings { ca: Some(ca), ..settings(&server.url()) }).unwrap();
        nats.prepare(1).unwrap();
        nats.publish(None, &simple(1)).unwrap();
        assert_eq!(nats.fetch(1), Ok(simple(1)));
        for ca in [Some(other), Some(files.path("missing.pem")), None] {
            let nats = Nats::connect(Settings { ca, ..settings(&server.url()) }).unwrap();
            let error = nats.current().unwrap_err();
            let text = error.to_string().to_lowercase();
            assert!(text.contains("cert") || text.contains("tls"), "{error}");
        }
    }
}

#[test]
fn connection_without_encryption_is_refused_if_encryption_was_asked_for() {
    let Some(server) = NatsServer::start(NatsOptions::default()) else { return };
    let url = format!("tls://127.0.0.1:{}", server.port());
    assert!(Nats::connect(settings(&url)).unwrap().current().is_err());
}
