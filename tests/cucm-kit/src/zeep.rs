//! A second program that edits rules: the SOAP client zeep, which nobody of this project wrote.

use std::path::Path;
use std::process::Command;

use crate::stand_in::CucmStandIn;

/// Makes AXL calls by zeep, and returns their answers: one line of JSON for each call.
///
/// A call is the name of an operation and a JSON object of its arguments, such as
/// `removeApplicationDialRules={"name":"Local"}`. `zeep/rules.wsdl` has the operations. `None` if
/// this machine has no Python with zeep; then the current test is left out.
#[must_use]
pub fn zeep(cucm: &CucmStandIn, calls: &[&str]) -> Option<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let modules = folder.join("../../target/python");
    let is_there = adr_kit::optional::is_python_module("zeep", &modules);
    if !adr_kit::optional::has("python3 with zeep", is_there) {
        return None;
    }
    let sandbox = tempfile::tempdir().unwrap();
    let ca = sandbox.path().join("ca.pem");
    std::fs::write(&ca, cucm.ca_pem()).unwrap();
    let mut python = Command::new("python3");
    python.arg(folder.join("zeep/edit.py")).arg(cucm.address().to_string()).arg(ca).args(calls);
    python.env("PYTHONPATH", modules);
    python.env("AXL_USER", "axladmin").env("AXL_PASSWORD", "axladmin-secret");
    let output = python.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(str::to_owned).collect())
}
