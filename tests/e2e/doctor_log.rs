//! `adrc doctor presence --log` and `--fetch`: logs of a Presence Engine from disk, and from a
//! stand-in of its node.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use adr_cucm_kit::{CucmStandIn, Fault, FileAnswer, Injection, LogFile};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

/// A log with three causes, and with names, an address, a number and a subject.
const LOG: &str = "\
11/30/2026 10:00:00.123 EPE|OWA GET /exchange/jsmith/Calendar HTTP/1.1 440 Login Timeout\n\
11/30/2026 10:00:00.223 EPE|OWA GET /exchange/jsmith/Calendar HTTP/1.1 401 Unauthorized\n\
11/30/2026 11:05:00.223 EPE|EWS user=anna response ErrorImpersonateUserDenied from 10.1.1.5\n\
11/30/2026 11:05:10.223 EPE|Exchange subscription of anna.mueller@corp.local 'Merger talks'\n\
11/30/2026 11:05:11.223 EPE|Exchange called +49 30 5551234 of Contoso\n";

/// What identifies somebody in it.
const NAMES: [&str; 9] = [
    "jsmith",
    "anna",
    "mueller",
    "corp.local",
    "10.1.1.5",
    "5551234",
    "Merger",
    "talks",
    "Contoso",
];

const CAUSES: [&str; 3] = ["account-rejected", "no-impersonation-role", "one-440-per-request"];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn doctor(folder: &Path, arguments: &[&str]) -> (Output, Value) {
    let mut command = adr_tests::adrc(folder);
    command.args(["doctor", "presence", "--format", "json"]).args(arguments);
    let output = command.output().unwrap();
    let json = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output, json)
}

/// The names of what was found, sorted.
fn names(json: &Value) -> Vec<&str> {
    let found = json["found"].as_array().unwrap_or_else(|| panic!("{json}"));
    let mut names: Vec<_> = found.iter().map(|one| one["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

#[test]
fn causes_of_a_compressed_log_are_named_with_users_and_times() {
    let sandbox = tempfile::tempdir().unwrap();
    fs::write(sandbox.path().join("epe1.txt.gz"), gzip(LOG.as_bytes())).unwrap();
    let (output, json) = doctor(sandbox.path(), &["--log", "epe1.txt.gz", "--zone", "+01:00"]);
    assert_eq!((output.status.code(), names(&json)), (Some(1), CAUSES.to_vec()), "{json}");
    let text = json.to_string();
    for part in ["HTTP 401 of `/exchange` for `jsmith` once, 2026-11-30 10:00:00", "no public text"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    // lines that the reader does not know are shown without names
    assert!(!text.contains("Contoso") && !text.contains("5551234"), "{text}");
}

#[test]
fn excerpt_is_private_and_has_no_name() {
    let sandbox = tempfile::tempdir().unwrap();
    fs::create_dir(sandbox.path().join("logs")).unwrap();
    fs::write(sandbox.path().join("logs/epe1.txt"), LOG).unwrap();
    let (output, _) = doctor(sandbox.path(), &["--log", "logs", "--anonymize", "excerpt.txt"]);
    assert_eq!(output.status.code(), Some(1));
    let path = sandbox.path().join("excerpt.txt");
    let text = fs::read_to_string(&path).unwrap();
    for name in NAMES {
        assert!(!text.to_lowercase().contains(&name.to_lowercase()), "{name}: {text}");
    }
    assert!(text.contains("HTTP/1.1 401 Unauthorized"), "{text}");
    assert!(text.contains("ErrorImpersonateUserDenied"), "{text}");
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn unreadable_logs_and_wrong_usage_end_with_status_2() {
    let sandbox = tempfile::tempdir().unwrap();
    fs::write(sandbox.path().join("binary"), [0, 1, 2, 0xFF, 0xFE, 0, 7, 0].repeat(99)).unwrap();
    let cases: [&[&str]; 4] = [
        &["--log", "missing"],
        &["--log", "binary"],
        &["--anonymize", "x", "owa.example.com"],
        &["owa.example.com", "--log", "binary"],
    ];
    for arguments in cases {
        assert_eq!(doctor(sandbox.path(), arguments).0.status.code(), Some(2), "{arguments:?}");
    }
}

/// A stand-in with two log files, and a folder with its settings.
fn node() -> (CucmStandIn, tempfile::TempDir) {
    let cucm = CucmStandIn::start();
    let sandbox = tempfile::tempdir().unwrap();
    let (address, fingerprint) = (cucm.address(), cucm.fingerprint());
    let settings = format!(
        "[cucm.cups]\npublisher = \"{address}\"\nfingerprint = \"{fingerprint}\"\n\
         credentials = \"cups.secret\"\n"
    );
    fs::write(sandbox.path().join("adrc.toml"), settings).unwrap();
    let secret = sandbox.path().join("cups.secret");
    fs::write(&secret, "user = 'axladmin'\npassword = 'axladmin-secret'\n").unwrap();
    fs::set_permissions(secret, fs::Permissions::from_mode(0o600)).unwrap();
    let (first, second) = LOG.split_at(LOG.find("11/30/2026 11").unwrap());
    let logs = [("epe1.txt.gz", first), ("epe2.txt.gz", second)];
    let logs = logs.map(|(name, text)| LogFile::of_presence_engine(name, &gzip(text.as_bytes())));
    cucm.state().nodes[0].logs = logs.to_vec();
    (cucm, sandbox)
}

#[test]
fn logs_are_fetched_as_parts_and_as_records() {
    for shape in [FileAnswer::Parts, FileAnswer::Records] {
        let (cucm, sandbox) = node();
        cucm.state().nodes[0].log_answer = shape;
        let (output, json) = doctor(sandbox.path(), &["--fetch", "cups://cups"]);
        let found = (output.status.code(), names(&json));
        let messages = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(found, (Some(1), CAUSES.to_vec()), "{shape:?} {json} {messages}");
        assert!(!messages.contains("axladmin-secret") && !json.to_string().contains("-secret"));
    }
}

#[test]
fn file_that_does_not_come_is_named_and_the_others_are_read() {
    let (cucm, sandbox) = node();
    let fault = Injection::new(Fault::Status(500)).operation("GetOneFile").times(1);
    cucm.faults().add(fault);
    let (output, json) = doctor(sandbox.path(), &["--fetch", "cups://cups"]);
    assert_eq!(output.status.code(), Some(1), "{json}");
    assert!(json["unseen"].to_string().contains("epe2.txt.gz"), "{json}");
    assert!(names(&json).contains(&"account-rejected"), "{json}");
}

#[test]
fn node_without_logs_is_an_error_that_says_what_to_do() {
    let (cucm, sandbox) = node();
    cucm.state().nodes[0].logs.clear();
    let (output, _) = doctor(sandbox.path(), &["--fetch", "cups://cups"]);
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{messages}");
    assert!(messages.contains("no logs of a Presence Engine"), "{messages}");
    cucm.state().nodes[0].logs =
        vec![LogFile::of_presence_engine("epe1.txt.gz", &gzip(LOG.as_bytes()))];
    cucm.state().nodes[0].log_answer = FileAnswer::Nothing;
    let (output, json) = doctor(sandbox.path(), &["--fetch", "cups://cups"]);
    assert_eq!(output.status.code(), Some(2), "{json}");
}
