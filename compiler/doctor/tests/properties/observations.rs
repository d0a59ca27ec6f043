//! Random observations: from few names and values, so that they often meet.

use std::net::IpAddr;

use adr_doctor::presence::observation::{
    AlternativeName, BackendGateway, Certificate, Chain, Connection, ConnectionFailure, Endpoint,
    EwsAnswer, EwsCall, Handshake, HandshakeFailure, HttpExchange, HttpFailure, Observations,
    PresenceServer, PublicKey, Resolution, Symptom, Uploaded, UserForm, Withheld,
};
use adr_doctor::presence::state::CalendarState;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// The day of the observations: 2026-11-30.
const NOW: i64 = 1_796_000_000;

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => select(vec![
            "owa.secret.local", "OWA.secret.local", "email.secret.local", "*.secret.local",
            "secret", "192.168.1.100", "2001:db8::5", "2001:DB8::5", "outlook.office365.com",
            "*.office365.com", "https://owa.secret.local/owa", "owa.secret.local\0.net", "", ".",
            " owa.secret.local",
        ]).prop_map(str::to_owned),
        1 => "[a-zA-Z.*@/ ]{0,12}",
    ]
}

fn address() -> impl Strategy<Value = IpAddr> {
    select(vec!["192.168.1.100", "192.168.1.101", "2001:db8::5"])
        .prop_map(|text| text.parse().unwrap())
}

/// A moment before, near or after now, or at the ends of time.
fn moment() -> impl Strategy<Value = i64> {
    prop_oneof![
        Just(NOW - 86_400),
        Just(NOW + 86_400),
        Just(NOW + 9_000_000),
        Just(i64::MIN),
        Just(i64::MAX),
        Just(0),
    ]
}

fn identity() -> impl Strategy<Value = String> {
    select(vec!["aa", "bb", "cc", "dd"]).prop_map(str::to_owned)
}

fn alternative() -> impl Strategy<Value = AlternativeName> {
    prop_oneof![
        name().prop_map(AlternativeName::Dns),
        address().prop_map(AlternativeName::Ip),
        Just(AlternativeName::Other("rfc822Name".to_owned())),
    ]
}

prop_compose! {
    fn key()(
        algorithm in select(vec!["RSA", "EC P-256", "Ed25519", "DSA", "1.2.3"]),
        bits in select(vec![0, 512, 1024, 2048, u32::MAX]),
        sha256 in identity(),
    ) -> PublicKey {
        PublicKey { algorithm: algorithm.to_owned(), bits, sha256 }
    }
}

prop_compose! {
    fn certificate()(
        subject in select(vec!["CN=secret a", "CN=secret b", "CN=secret c"]),
        issuer in select(vec!["CN=secret a", "CN=secret b", "CN=secret c"]),
        common_names in vec(name(), 0..3),
        serial in select(vec!["01", "-7f", "secret"]),
        validity in (moment(), moment()),
        alternative_names in option::of(vec(alternative(), 0..4)),
        is_authority in any::<Option<bool>>(),
        path_length in option::of(0_u32..3),
        public_key in key(),
        signature_algorithm in select(vec!["sha256WithRSAEncryption", "md5", "sha1", "rsassaPss", "1.2"]),
        sha256 in identity(),
        signed_by in vec(identity(), 0..3),
        perhaps_signed_by in vec(identity(), 0..2),
    ) -> Certificate {
        Certificate {
            subject: subject.to_owned(),
            common_names,
            issuer: issuer.to_owned(),
            serial: serial.to_owned(),
            not_before: validity.0,
            not_after: validity.1,
            alternative_names,
            is_authority,
            path_length,
            public_key,
            signature_algorithm: signature_algorithm.to_owned(),
            sha256,
            signed_by,
            perhaps_signed_by,
        }
    }
}

prop_compose! {
    fn upload()(
        certificate in prop_oneof![
            4 => certificate().prop_map(Ok),
            1 => Just(Err("secret text".to_owned())),
        ],
    ) -> Uploaded {
        Uploaded { file: "secret.pem".to_owned(), certificate }
    }
}

prop_compose! {
    fn chain()(
        sent in vec(certificate(), 0..5),
        unreadable in vec(select(vec!["1: secret", "2: secret", "12 secret"]), 0..2),
        uploaded in option::of(vec(upload(), 0..4)),
    ) -> Chain {
        Chain { sent, unreadable: unreadable.into_iter().map(str::to_owned).collect(), uploaded }
    }
}

fn resolution() -> impl Strategy<Value = Resolution> {
    prop_oneof![
        address().prop_map(Resolution::Address),
        vec(address(), 1..4).prop_map(Resolution::Addresses),
        Just(Resolution::UnknownName),
        Just(Resolution::NoAnswer("secret".to_owned())),
    ]
}

prop_compose! {
    fn connection()(
        address in address(),
        milliseconds in any::<u64>(),
        failure in option::of(select(vec![
            ConnectionFailure::Refused,
            ConnectionFailure::TimedOut,
            ConnectionFailure::Unreachable,
            ConnectionFailure::Other("secret".to_owned()),
        ])),
    ) -> Connection {
        Connection { address, milliseconds, failure }
    }
}

prop_compose! {
    fn handshake()(
        milliseconds in any::<u64>(),
        version in option::of(select(vec!["TLS 1.0", "TLS 1.2"])),
        versions in vec(select(vec!["TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"]), 0..4),
        failure in option::of(select(vec![
            HandshakeFailure::Closed,
            HandshakeFailure::TimedOut,
            HandshakeFailure::OtherProtocol("HTTP".to_owned()),
            HandshakeFailure::NoCommonVersion,
            HandshakeFailure::CertificateTooLarge(70_000),
            HandshakeFailure::NoCommonAlgorithms,
            HandshakeFailure::Alert("bad_certificate".to_owned()),
            HandshakeFailure::Other("secret".to_owned()),
        ])),
    ) -> Handshake {
        let versions = versions.into_iter().map(str::to_owned).collect();
        Handshake { milliseconds, version: version.map(str::to_owned), versions, failure }
    }
}

prop_compose! {
    fn exchange()(
        endpoint in select(vec![Endpoint::Exchange, Endpoint::Owa, Endpoint::Ews]),
        user in option::of(select(vec![UserForm::Plain, UserForm::Domain, UserForm::Principal])),
        milliseconds in any::<u64>(),
        statuses in vec(select(vec![200, 302, 400, 401, 403, 404, 410, 429, 440, 500, 503, 0]), 0..4),
        redirects in vec(select(vec!["/owa/", "/OWA", "/secret/owa", "/owasecret", "/ews/", "", "secret"]), 0..3),
        schemes in vec(select(vec!["basic", "ntlm", "negotiate", "bearer", "digest", "secret"]), 0..4),
        headers in vec(select(vec![
            ("x-ews-policy-reason", "EWSDisabled"),
            ("x-ews-policy-reason", "secret text"),
            ("x-ms-diagnostics", "2000003;reason=\"secret\""),
            ("server", "secret"),
        ]), 0..3),
        failure in option::of(select(vec![
            HttpFailure::TimedOut,
            HttpFailure::TooLarge,
            HttpFailure::RedirectLoop,
            HttpFailure::OtherHost,
            HttpFailure::NotHttp,
            HttpFailure::Broken,
        ])),
    ) -> HttpExchange {
        let text = |one: &str| one.to_owned();
        HttpExchange {
            endpoint,
            user,
            milliseconds,
            statuses,
            redirects: redirects.into_iter().map(text).collect(),
            schemes: schemes.into_iter().map(text).collect(),
            headers: headers.into_iter().map(|(name, value)| (text(name), text(value))).collect(),
            failure,
        }
    }
}

prop_compose! {
    fn answer()(
        call in select(vec![EwsCall::GetFolder, EwsCall::FindItem, EwsCall::GetUserAvailability]),
        is_impersonated in any::<bool>(),
        status in select(vec![200, 401, 403, 500, 503]),
        code in option::of(select(vec![
            "NoError", "ErrorAccessDenied", "ErrorImpersonateUserDenied", "ErrorServerBusy",
            "ErrorNonExistentMailbox", "ErrorMailboxMoveInProgress", "ErrorOther", "secret text", "",
        ])),
        back_off_milliseconds in any::<Option<u64>>(),
    ) -> EwsAnswer {
        let code = code.map(str::to_owned);
        EwsAnswer { call, is_impersonated, status, code, back_off_milliseconds, version: None }
    }
}

prop_compose! {
    fn server()(
        engine_started in option::of(moment()),
        changed in option::of(moment()),
        gateways in option::of(vec(option::of(select(vec!["Calendar", "Kalender", "secret"])), 0..13)),
        user_locale in option::of(select(vec!["German", "french France", "secret"])),
    ) -> PresenceServer {
        let gateway = |calendar: Option<&str>| BackendGateway {
            name: "owa.secret.local".to_owned(),
            calendar_name: calendar.map(str::to_owned),
        };
        let gateways = gateways.map(|all| all.into_iter().map(gateway).collect());
        PresenceServer {
            engine_started, changed, gateways, user_locale: user_locale.map(str::to_owned),
        }
    }
}

prop_compose! {
    /// Random observations.
    pub(crate) fn observations()(
        gateway in name(),
        port in any::<u16>(),
        looked_at in prop_oneof![8 => Just(NOW), 1 => moment()],
        resolution in option::of(resolution()),
        connections in vec(connection(), 0..3),
        handshake in option::of(handshake()),
        chain in option::of(chain()),
        exchanges in vec(exchange(), 0..5),
        ews in vec(answer(), 0..4),
        calendar in option::of(select(CalendarState::ALL.to_vec())),
        withheld in option::of(select(vec![Withheld::UnknownIssuer, Withheld::NoBasic])),
        rest in (server(), vec(select(Symptom::ALL.to_vec()), 0..3), any::<bool>(), any::<bool>(), any::<bool>()),
    ) -> Observations {
        let (server, symptoms, has_account, has_mailbox, is_cut) = rest;
        Observations {
            gateway, port, looked_at, resolution, connections, handshake, chain, exchanges, ews,
            withheld, calendar, server, symptoms, has_account, has_mailbox, is_cut,
        }
    }
}

/// Observations without a cause: a certificate and its uploaded issuer.
pub(crate) fn healthy() -> Observations {
    let certificate = |name: &str, issuer: &str, is_authority| Certificate {
        subject: format!("CN={name}"),
        common_names: vec![name.to_owned()],
        issuer: format!("CN={issuer}"),
        serial: "01".to_owned(),
        not_before: NOW - 86_400,
        not_after: NOW + 90 * 86_400,
        alternative_names: None,
        is_authority,
        path_length: None,
        public_key: PublicKey {
            algorithm: "RSA".to_owned(),
            bits: 2048,
            sha256: format!("key of {name}"),
        },
        signature_algorithm: "sha256WithRSAEncryption".to_owned(),
        sha256: name.to_owned(),
        signed_by: vec![issuer.to_owned()],
        perhaps_signed_by: Vec::new(),
    };
    let root = certificate("root", "root", Some(true));
    let chain = Chain {
        sent: vec![certificate("owa.secret.local", "root", None)],
        unreadable: Vec::new(),
        uploaded: Some(vec![Uploaded { file: "ca.pem".to_owned(), certificate: Ok(root) }]),
    };
    Observations {
        gateway: "owa.secret.local".to_owned(),
        port: 443,
        looked_at: NOW,
        chain: Some(chain),
        ..Observations::default()
    }
}
