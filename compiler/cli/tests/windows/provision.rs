//! `adrc provision`, and what a PC has after its files.

use super::harness::Sandbox;

const PROFILE: &str = "\
servers.tftp = [\"10.1.1.1\", \"10.1.1.2\"]

[site.branch]
servers.tftp = [\"10.2.1.1\"]
";

#[test]
fn imported_registration_file_is_what_this_pc_has() {
    let sandbox = Sandbox::with_plan();
    sandbox.write("provision.toml", PROFILE.as_bytes());
    sandbox.succeeds("provision --check provision.toml");
    sandbox.succeeds("provision provision.toml -o out");
    let of_file = sandbox.succeeds(r"provision verify out\csf.reg --profile provision.toml");
    assert!(of_file.stdout.contains("10.1.1.2"), "{of_file:?}");

    sandbox.system(&["regedit", "/S", r"out\csf.reg"]);
    let verify = "provision verify --this-pc --profile provision.toml";
    let of_pc = sandbox.succeeds(verify);
    assert!(of_pc.stdout.contains("10.1.1.2"), "{of_pc:?}");

    let other = sandbox.run(&format!("{verify} --site branch --format json"));
    assert_eq!(other.status, 1, "{other:?}");
    assert!(other.stdout.contains("registry of this PC"), "{other:?}");

    sandbox.system(&["regedit", "/S", r"out\csf-remove.reg"]);
    let removed = sandbox.run("provision verify --this-pc");
    assert!(!removed.stdout.contains("10.1.1."), "{removed:?}");
}
