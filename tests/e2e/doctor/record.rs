//! What was seen is recorded and judged again.

use std::os::unix::fs::PermissionsExt as _;

use adr_exchange_kit::{ExchangeStandIn, Specimen};

use super::examination::{Examination, Seen, whole};

#[test]
fn replay_finds_the_same() {
    for specimen in [
        Specimen::Right,
        Specimen::NameNotInAlternatives,
        Specimen::AddressInCommonName,
        Specimen::SelfSignedLeaf,
        Specimen::IntermediateMissing,
        Specimen::RenewedIssuer,
        Specimen::RenewedLeaf,
        Specimen::Expired,
        Specimen::Wildcard,
        Specimen::NulInName,
        Specimen::NegativeSerial,
        Specimen::ManyNames,
    ] {
        let identity = specimen.identity("localhost").unwrap();
        let exchange = ExchangeStandIn::start(&identity);
        let examination = whole(&exchange, &identity).option("--record=seen.json");
        let seen = examination.run();
        let file = examination.file("seen.json");
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        // without network: the server is gone
        drop(exchange);
        let again = Seen::in_folder(file.parent().unwrap(), &["--replay=seen.json"]);
        assert_eq!(again.all_names(), seen.all_names(), "{specimen:?}: {}", again.output);
        assert_eq!(again.status, seen.status);
    }
}

#[test]
fn replay_of_a_closed_port_finds_the_same() {
    let closed = adr_exchange_kit::closed_port();
    let examination = Examination::of("127.0.0.1", closed).option("--record=seen.json");
    let seen = examination.run();
    let file = examination.file("seen.json");
    let again = Seen::in_folder(file.parent().unwrap(), &["--replay=seen.json"]);
    assert_eq!(again.all_names(), seen.all_names(), "{}", again.output);
}
