//! Signatures and keys are compatible with the `minisign` command.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "minisign works on files"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use adr_bundle::signature::{PublicKey, SignatureError, SigningKey, Statement, new_keys};
use adr_kit::needs;

const MANIFEST: &[u8] = b"{\"generation\": 7}\n";

/// Runs `minisign` in a folder; `tests/run` installs it.
fn minisign(folder: &Path, arguments: &[&str]) -> bool {
    let output = Command::new("minisign").args(arguments).current_dir(folder).output();
    output.expect("minisign is installed by tests/run").status.success()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("manifest.json"), MANIFEST).unwrap();
    folder
}

#[test]
fn minisign_verifies_our_signature() {
    needs!("minisign");
    let folder = folder();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let (secret, public) = new_keys().unwrap();
    let statement =
        Statement { timestamp: 1, generation: Some(7), expires: Some(2), ..Statement::default() };
    let signature = SigningKey::parse(&secret).unwrap().sign(MANIFEST, &statement).unwrap();
    write("key.pub", &public);
    write("manifest.json.minisig", &signature);
    let verify = ["-V", "-p", "key.pub", "-m", "manifest.json"];
    assert!(minisign(folder.path(), &verify));
    write("manifest.json.minisig", &signature.replace("expires:2", "expires:3"));
    assert!(!minisign(folder.path(), &verify), "the trusted comment is signed");
    write("manifest.json.minisig", &signature);
    write("manifest.json", "{\"generation\": 8}\n");
    assert!(!minisign(folder.path(), &verify));
}

#[test]
fn signature_of_minisign_is_verified() {
    needs!("minisign");
    let folder = folder();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(minisign(folder.path(), &["-G", "-W", "-p", "key.pub", "-s", "key"]));
    let key = PublicKey::parse(&read("key.pub")).unwrap();
    let sign = ["-S", "-W", "-s", "key", "-m", "manifest.json", "-t", "generation:7\texpires:99"];
    assert!(minisign(folder.path(), &sign));
    let statement = key.verify(MANIFEST, &read("manifest.json.minisig")).unwrap();
    assert_eq!((statement.generation, statement.expires), (Some(7), Some(99)));
    let other = key.verify(b"{}", &read("manifest.json.minisig"));
    assert!(matches!(other, Err(SignatureError::Mismatch)), "{other:?}");
    // the default comment of minisign
    assert!(minisign(folder.path(), &["-S", "-W", "-s", "key", "-m", "manifest.json"]));
    let statement = key.verify(MANIFEST, &read("manifest.json.minisig")).unwrap();
    assert!(statement.timestamp > 0 && statement.expires.is_none());
}

#[test]
fn minisign_signs_with_our_key() {
    needs!("minisign");
    let folder = folder();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let (secret, public) = new_keys().unwrap();
    fs::write(folder.path().join("ours"), secret).unwrap();
    assert!(minisign(folder.path(), &["-S", "-W", "-s", "ours", "-m", "manifest.json"]));
    let ours = PublicKey::parse(&public).unwrap();
    assert!(ours.verify(MANIFEST, &read("manifest.json.minisig")).is_ok());
}
