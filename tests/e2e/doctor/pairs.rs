//! Two causes at once: the one that stops earlier on the path comes first.

use adr_exchange_kit::{
    ACCOUNT, ALICE, ExchangeStandIn, Fault, Injection, OpensslServer, Specimen,
};

use super::examination::{Examination, behind, whole};

/// Makes something wrong.
type Spoil = fn(&ExchangeStandIn);

/// Something that is wrong behind the certificate, and its cause.
const LATER: [(&str, Spoil); 4] = [
    ("isapi-extensions-missing", |exchange| {
        exchange.faults().add(Injection::new(Fault::status(503)).path("/exchange"));
    }),
    ("ews-blocked", |exchange| {
        let fault = Injection::new(Fault::status(403)).path("/ews").credentials(true);
        exchange.faults().add(fault);
    }),
    ("account-rejected", |exchange| {
        exchange.state().account_mut(ACCOUNT).password = "another".to_owned();
    }),
    ("mailbox-not-found", |exchange| {
        exchange.state().mailboxes.retain(|mailbox| mailbox.address != ALICE);
    }),
];

#[test]
fn certificate_comes_before_everything_behind_it() {
    let certificates = [
        (Specimen::NameNotInAlternatives, "alternative-name-mismatch"),
        (Specimen::IntermediateMissing, "issuer-missing"),
        (Specimen::Expired, "certificate-expired"),
        (Specimen::SelfSignedLeaf, "issuer-without-ca-bit"),
        (Specimen::RenewedIssuer, "issuer-has-another-key"),
        (Specimen::LeafUploaded, "identity-certificate-uploaded"),
    ];
    for (specimen, first) in certificates {
        let (exchange, identity) = behind(specimen);
        for (_, spoil) in LATER {
            spoil(&exchange);
        }
        let seen = whole(&exchange, &identity).run();
        seen.begins_with(first);
    }
}

#[test]
fn each_pair_behind_the_certificate_is_in_the_order_of_the_path() {
    for (number, (first, spoil_first)) in LATER.iter().enumerate() {
        for (second, spoil_second) in &LATER[number + 1..] {
            let (exchange, identity) = behind(Specimen::Right);
            spoil_second(&exchange);
            spoil_first(&exchange);
            let seen = whole(&exchange, &identity).run();
            assert_eq!(seen.names().first(), Some(first), "{first}, {second}: {}", seen.output);
        }
    }
}

#[test]
fn old_tls_hides_no_fault_of_the_certificate() {
    let Some(identity) = Specimen::Rsa1024.identity("another.example") else {
        adr_kit::optional::leave_out("openssl");
        return;
    };
    let Some(server) = OpensslServer::start(&identity, &["-tls1"]) else { return };
    let seen = Examination::of("localhost", server.address).trust(&identity).run();
    let expected = ["alternative-name-mismatch", "only-old-tls", "weak-key"];
    assert_eq!(seen.names(), expected, "{}", seen.output);
}
