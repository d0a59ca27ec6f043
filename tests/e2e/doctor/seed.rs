//! The examples that the project started from.

use adr_exchange_kit::{
    ACCOUNT, ALICE, ExchangeStandIn, Fault, Injection, NameForm, Release, Specimen,
};

use super::examination::{Examination, right};

/// A server whose certificate is for this name, on 127.0.0.1.
fn server(specimen: Specimen, name: &str) -> (ExchangeStandIn, adr_exchange_kit::Identity) {
    let identity = specimen.identity(name).unwrap();
    (ExchangeStandIn::start(&identity), identity)
}

#[test]
fn address_as_gateway_does_not_match_a_name() {
    // the example has 192.168.1.100; 127.0.0.1 is an address as well
    let (exchange, identity) = server(Specimen::NameInCommonName, "owa.apps.local");
    let seen = Examination::of("127.0.0.1", exchange.address()).trust(&identity).run();
    seen.begins_with("common-name-mismatch");
    assert!(seen.output.contains("owa.apps.local"), "{}", seen.output);
    // an address is legal as common name
    let (exchange, identity) = server(Specimen::AddressInCommonName, "127.0.0.1");
    Examination::of("127.0.0.1", exchange.address()).trust(&identity).run().is_healthy();
}

#[test]
fn name_of_the_certificate_works_and_its_alias_does_not() {
    let (exchange, identity) = server(Specimen::NameInCommonName, "owa.apps.local");
    let hosts = "127.0.0.1 owa.apps.local email.apps.local\n";
    let look = |gateway: &str, hosts: &str| {
        let examination = Examination::of(gateway, exchange.address()).trust(&identity);
        examination.run_with_names(hosts)
    };
    let Some(seen) = look("owa.apps.local", hosts) else { return };
    seen.is_healthy();
    // the alias is in DNS, and not on the certificate
    let seen = look("email.apps.local", hosts).unwrap();
    seen.begins_with("common-name-mismatch");
    assert_eq!(seen.step("dns"), "good");
    // the alias is not even in DNS
    let seen = look("email.apps.local", "127.0.0.1 owa.apps.local\n").unwrap();
    assert_eq!(seen.names(), ["name-does-not-resolve"], "{}", seen.output);
    assert!(seen.output.contains("set network dns primary"), "{}", seen.output);
}

#[test]
fn certificate_of_iis_is_not_an_authority() {
    let (exchange, identity) = server(Specimen::SelfSignedLeaf, "localhost");
    let seen = Examination::of("localhost", exchange.address()).trust(&identity).run();
    seen.begins_with("issuer-without-ca-bit");
    let (exchange, identity) = server(Specimen::SelfSignedAuthority, "localhost");
    Examination::of("localhost", exchange.address()).trust(&identity).run().is_healthy();
}

#[test]
fn one_440_is_normal() {
    let (exchange, identity) = right();
    exchange.state().release = Release::Exchange2007;
    exchange.faults().add(Injection::new(Fault::status(440)).path("/exchange").times(1));
    let seen = Examination::of("localhost", exchange.address()).trust(&identity).run();
    seen.is_healthy();
    assert!(seen.output.contains("440"), "{}", seen.output);
}

#[test]
fn a_401_may_be_the_form_of_the_user_name() {
    let (exchange, identity) = right();
    exchange.state().account_mut(ACCOUNT).forms = vec![NameForm::Domain];
    let examination = Examination::of("localhost", exchange.address()).trust(&identity);
    let seen = examination.account("svc-presence@example.com").mailbox(ALICE).run();
    assert_eq!(seen.step("account"), "bad", "{}", seen.output);
    seen.begins_with("wrong-form-of-user-name");
    assert!(seen.output.contains("DOMAIN\\\\"), "{}", seen.output);
}
