//! exchangelib, a library of Python.

use std::path::Path;
use std::process::Command;

use crate::identity::Identity;
use crate::stand_in::{ExchangeStandIn, PASSWORD};

/// How an account reads the calendar of a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// As itself.
    Delegate,
    /// As the owner.
    Impersonation,
}

/// Lists the calendar of a mailbox from November 29th to December 6th of 2026 by exchangelib: one
/// line of JSON for each event, and one with the version of the server. If the server refuses,
/// there is one line with the name of the error.
///
/// The server must be called `localhost`. `None` if this machine has no Python with exchangelib;
/// then the current test is left out.
#[must_use]
pub fn calendar(
    exchange: &ExchangeStandIn,
    identity: &Identity,
    user: &str,
    mailbox: &str,
    access: Access,
) -> Option<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let modules = folder.join("../../target/python");
    let is_there = adr_kit::optional::is_python_module("exchangelib", &modules);
    if !adr_kit::optional::has("python3 with exchangelib", is_there) {
        return None;
    }
    let sandbox = tempfile::tempdir().unwrap();
    let trusted = sandbox.path().join("trusted.pem");
    std::fs::write(&trusted, identity.uploaded_pem()).unwrap();
    let access = match access {
        Access::Delegate => "delegate",
        Access::Impersonation => "impersonation",
    };
    let port = exchange.address().port();
    let endpoint = format!("https://localhost:{port}/EWS/Exchange.asmx");
    let mut python = Command::new("python3");
    python.arg(folder.join("clients/week.py")).args([&endpoint, user, mailbox, access]);
    python.env("PYTHONPATH", modules).env("PASSWORD", PASSWORD);
    python.env("REQUESTS_CA_BUNDLE", trusted).env("no_proxy", "localhost");
    let output = python.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(str::to_owned).collect())
}
