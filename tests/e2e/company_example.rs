//! The command of the README, `adrc serve rules/examples/company`, serves real clients.

use adr_kit::needs;
use std::fs;

use super::real_clients::Client;
use super::server_process::ServerProcess;

#[test]
fn company_example_is_served_to_every_client() {
    needs!("curl");
    let sandbox = tempfile::tempdir().unwrap();
    let compiled = adr_tests::adrc(adr_tests::root())
        .args(["compile", "rules/examples/company", "-o"])
        .arg(sandbox.path().join("published"))
        .output()
        .unwrap();
    assert!(compiled.status.success(), "{compiled:?}");
    let server = ServerProcess::start(adr_tests::root(), &["rules/examples/company"]);
    for client in Client::available() {
        for name in [
            "CUPC/AppDialRules.xml",
            "CUPC/DirLookupDialRules.xml",
            "AppDialRules.xml",
            "DirLookupDialRules.xml",
        ] {
            let fetched = client.fetch(client.address(&server), name, sandbox.path());
            let published = fs::read(sandbox.path().join("published").join(name)).unwrap();
            assert_eq!(fetched.as_deref(), Ok(published.as_slice()), "{client:?}, {name}");
        }
    }
    assert_eq!(server.terminate(), Some(0));
}
