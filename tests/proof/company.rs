//! The command that the README promises: `adrc serve rules/examples/company`, asked by real
//! clients.

use std::fs;

use super::clients::Client;
use super::served::Served;

#[test]
fn the_company_is_served_to_every_client() {
    let room = tempfile::tempdir().unwrap();
    let compiled = adr_tests::adrc(adr_tests::root())
        .args(["compile", "rules/examples/company", "-o"])
        .arg(room.path().join("published"))
        .output()
        .unwrap();
    assert!(compiled.status.success(), "{compiled:?}");
    let served = Served::start(adr_tests::root(), &["rules/examples/company"]);
    for client in Client::ALL {
        for name in [
            "CUPC/AppDialRules.xml",
            "CUPC/DirLookupDialRules.xml",
            "AppDialRules.xml",
            "DirLookupDialRules.xml",
        ] {
            let fetched = client.fetch(client.address(&served), name, room.path());
            let published = fs::read(room.path().join("published").join(name)).unwrap();
            assert_eq!(fetched.as_deref(), Ok(published.as_slice()), "{client:?}, {name}");
        }
    }
    assert_eq!(served.end(), Some(0));
}
