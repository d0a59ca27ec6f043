//! The settings file, `adrc serve --check`, and starts that fail.

use std::fs;
use std::path::{Path, PathBuf};

use super::server_process::ServerProcess;

const PLAN: &str = "emergency 911\napplication { rule \"Local\" { begins-with 5; digits 7; prefix 9 } }\ntest { dial 911 -> unchanged }\n";

/// A folder with a valid and an invalid plan.
fn sandbox() -> tempfile::TempDir {
    let sandbox = tempfile::tempdir().unwrap();
    fs::write(sandbox.path().join("plan.adr"), PLAN).unwrap();
    fs::write(sandbox.path().join("wrong.adr"), "application {").unwrap();
    sandbox
}

/// Exit status and standard error of an `adrc serve` that ends without a signal.
fn start(sandbox: &Path, line: &str) -> (i32, String) {
    let words = line.split(' ').filter(|word| !word.is_empty());
    let output = adr_tests::adrc(sandbox).arg("serve").args(words).output().unwrap();
    assert!(output.stdout.is_empty(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains("os error"), "{text}");
    (output.status.code().unwrap(), text)
}

#[test]
fn invalid_setting_is_reported_with_its_line() {
    let sandbox = sandbox();
    for (text, place, message) in [
        ("nonsense = 1\n", "1:1", "unknown field `nonsense`"),
        ("log = \"json\"\ntftp = [\"10.0.0.300\"]\n", "2:8", "invalid address `10.0.0.300`"),
        ("case_insensitive = 1\n", "1:20", "expected a boolean"),
        ("uncounted = []\n", "1:1", "did you mean `exempt`? `uncounted` is its former name"),
        ("[limits.tftp]\nretries = -1\n", "2:11", "invalid value"),
        ("[limits.tftp]\nretry = 1\n", "2:1", "unknown field `retry`"),
        ("[limits.announce]\nheartbeat_milliseconds = 0\n", "2:26", "must be 1000 to 30000, not 0"),
        (
            "[limits.upstream]\ncache_seconds = 9223372036854775807\n",
            "2:17",
            "must be 0 to 31536000, not 9223372036854775807",
        ),
        ("upstream = [{ host = \"a\", port = 1 }]\n", "1:", "unknown field `port`"),
        ("upstream = [{ host = \"a\", http = 0, tftp = 0 }]\n", "1:", "cannot be asked"),
        ("[project]\nplan = \"a\"\n", "2:1", "unknown field `plan`"),
        ("[cucm.hq]\npublisher = \"a\"\nport = 1\n", "3:1", "unknown field `port`"),
        ("[limits.tftp.more]\nx = 1\n", "1:", "unknown field `more`"),
        ("tls = { certificate = \"a\", key = \"b\", ca = \"c\" }\n", "1:", "unknown field `ca`"),
        ("http = [\"10.0.0.5\", \"10.0.0.5:6970\"]\n", "1:21", "10.0.0.5:6970 is listed twice"),
        (
            "http = \"10.0.0.5:80\"\nadmin = \"10.0.0.5:80\"\n",
            "2:9",
            "10.0.0.5:80 is listed twice: in `http` and `admin`",
        ),
        (
            "http = \"0.0.0.0:80\"\nadmin = \"127.0.0.1:80\"\n",
            "2:9",
            "0.0.0.0:80 in `http` contains 127.0.0.1:80 in `admin`",
        ),
        ("admin_hosts = [\"a\", \"a:1\"]\n", "1:21", "`a:1` in `admin_hosts` is not the name"),
        ("admin_hosts = \"a b\"\n", "1:15", "`a b` in `admin_hosts` is not the name of a host"),
        ("upstream = [\"a\", { host = \"A\" }]\n", "1:18", "`A` is listed twice in `upstream`"),
        ("upstream = \"10.0.0.300\"\n", "1:12", "a host name or an address, such as"),
        ("deny = [\"a\", \"CUPC/b.xml\"]\n", "1:14", "`CUPC/b.xml` in `deny` denies nothing"),
        (
            "deny = \"/b.xml\"\n",
            "1:8",
            "write the name of a file without its folder, such as `b.xml`",
        ),
        ("deny = \"\"\n", "1:8", "`` in `deny` denies nothing"),
        ("trusted_proxies = [\"10.0.0.9/8\"]\n", "1:19", "a host inside the network 10.0.0.0/8"),
        ("exempt = \"10.0.0\"\n", "1:10", "is not a network; for example 10.20.0.0/16"),
        ("tftp = [\n", "1:", ""),
        ("log = \"xml\"\n", "1:7", "unknown variant `xml`"),
    ] {
        fs::write(sandbox.path().join("adrc.toml"), text).unwrap();
        let (status, output) = start(sandbox.path(), "plan.adr --config adrc.toml --check");
        assert_eq!(status, 2, "{text}: {output}");
        assert!(output.contains(&format!("adrc.toml:{place}")), "{text}: {output}");
        assert!(output.contains(message), "{text}: {output}");
    }
}

#[test]
fn plain_addresses_and_single_values_are_accepted() {
    let sandbox = sandbox();
    let text = "paths = \"plan.adr\"\nhttp = \"127.0.0.1:27970\"\ntftp = \"127.0.0.1:27969\"\n\
                trusted_proxies = [\"10.0.0.9\", \"2001:db8::9\"]\nexempt = \"10.0.0.0/8\"\n\
                upstream = { host = \"10.0.0.6\", tftp = 0 }\ndeny = \"*.sgn\"\nadmin_hosts = \"adrc\"\n";
    fs::write(sandbox.path().join("adrc.toml"), text).unwrap();
    let (status, output) = start(sandbox.path(), "--config adrc.toml --check");
    assert_eq!(status, 0, "{output}");
    assert!(output.contains("HTTP would listen on 127.0.0.1:27970"), "{output}");
}

#[test]
fn check_reports_addresses_and_opens_no_port() {
    let sandbox = sandbox();
    fs::write(
        sandbox.path().join("adrc.toml"),
        "paths = [\"plan.adr\"]\ntftp = [\"127.0.0.1:1\"]\nhttp = [\"127.0.0.1\"]\n",
    )
    .unwrap();
    let (status, output) = start(sandbox.path(), "--config adrc.toml --check");
    assert_eq!(status, 0, "{output}");
    assert!(output.contains("plan.adr are valid: 1 view, 4 files"), "{output}");
    assert!(output.contains("TFTP would listen on 127.0.0.1:1"), "{output}");
    assert!(output.contains("HTTP would listen on 127.0.0.1:6970"), "{output}");
    let (status, output) = start(sandbox.path(), "wrong.adr --check");
    assert_eq!(status, 1, "{output}");
    let (status, output) = start(sandbox.path(), "nowhere --check");
    assert_eq!(status, 2, "{output}");
}

/// Every file and folder below a folder, with the contents of files.
fn listing(folder: &Path) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(listing(&path));
        }
        let content = fs::read(&path).ok();
        found.push((path, content));
    }
    found.sort();
    found
}

/// Writes a certificate with its key and another key, as PEM files.
fn write_certificate(sandbox: &Path) {
    let keys = ["key.pem", "other.pem"].map(|name| {
        let key = rcgen::KeyPair::generate().unwrap();
        fs::write(sandbox.join(name), key.serialize_pem()).unwrap();
        key
    });
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&keys[0]).unwrap();
    fs::write(sandbox.join("cert.pem"), certificate.pem()).unwrap();
}

#[test]
fn check_opens_the_same_files_as_a_start() {
    let sandbox = sandbox();
    let key = adr_tests::adrc(sandbox.path()).args(["key", "new", "signer"]).output();
    assert!(key.unwrap().status.success());
    write_certificate(sandbox.path());
    fs::create_dir(sandbox.path().join("foreign")).unwrap();
    fs::write(sandbox.path().join("foreign/AppDialRules.xml"), "by hand").unwrap();
    let tls = |certificate: &str, key: &str| {
        format!("tls = {{ certificate = \"{certificate}\", key = \"{key}\" }}\n")
    };
    let before = listing(sandbox.path());
    for (text, flags, message) in [
        (tls("cert.pem", "key.pem"), "", ""),
        (String::new(), "--root .", ""),
        (String::new(), "--publish made/published --sign signer", ""),
        (tls("nowhere.pem", "key.pem"), "", "nowhere.pem: "),
        (tls("cert.pem", "nowhere.pem"), "", "nowhere.pem: "),
        (tls("cert.pem", "plan.adr"), "", "plan.adr: "),
        (tls("plan.adr", "key.pem"), "", "plan.adr: the file holds no certificate"),
        (tls("cert.pem", "other.pem"), "", "other.pem: "),
        ("root = \"nowhere\"\n".to_owned(), "", "nowhere: "),
        (
            String::new(),
            "--root plan.adr",
            "plan.adr: this path, or a part of it, is not a folder;",
        ),
        (String::new(), "--publish published --sign nowhere", "nowhere: "),
        (String::new(), "--publish published --sign plan.adr", "plan.adr: "),
        (String::new(), "--publish plan.adr", "plan.adr: "),
        (String::new(), "--publish plan.adr/published", "plan.adr: "),
        (String::new(), "--publish foreign", "foreign/AppDialRules.xml: "),
    ] {
        let settings = sandbox.path().join("adrc.toml");
        fs::write(&settings, &text).unwrap();
        let line = format!("plan.adr --config adrc.toml --check {flags}");
        let (status, output) = start(sandbox.path(), &line);
        fs::remove_file(&settings).unwrap();
        let expected = if message.is_empty() { 0 } else { 2 };
        assert_eq!(status, expected, "{text}{flags}: {output}");
        assert!(output.contains(message), "{text}{flags}: {output}");
        assert_eq!(listing(sandbox.path()), before, "{text}{flags}");
    }
}

#[test]
fn check_without_a_key_rejects_a_signed_folder() {
    let sandbox = sandbox();
    let adrc = |words: &[&str]| {
        let output = adr_tests::adrc(sandbox.path()).args(words).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    adrc(&["key", "new", "signer"]);
    adrc(&["compile", "plan.adr", "-o", "published", "--sign", "signer"]);
    let (status, output) = start(sandbox.path(), "plan.adr --publish published --check");
    assert_eq!(status, 2, "{output}");
    let signed = "plan.adr --publish published --sign signer --check";
    let (status, output) = start(sandbox.path(), signed);
    assert_eq!(status, 0, "{output}");
}

#[test]
fn failed_start_exits_with_its_status() {
    let sandbox = sandbox();
    let ports = "--tftp 127.0.0.1:0 --http 127.0.0.1:0 --admin off";
    for (line, status, message) in [
        ("", 2, "there is nothing to serve"),
        ("plan.adr x", 2, "no such file"),
        ("plan.adr --config nowhere.toml", 2, "no such file"),
        ("plan.adr --tftp localhost", 2, "invalid address `localhost`"),
        ("plan.adr --tftp 192.0.2.1:0 --admin off", 2, "no such address"),
        ("plan.adr --admin 127.0.0.1:6970", 2, "0.0.0.0:6970 in `http` contains 127.0.0.1:6970"),
        ("plan.adr --upstream a --upstream a", 2, "`a` is listed twice in `upstream`"),
        ("nowhere.adr", 2, "no such file"),
    ] {
        let (found, output) = start(sandbox.path(), line);
        assert_eq!(found, status, "{line}: {output}");
        assert!(output.contains(message), "{line}: {output}");
    }
    let (status, output) = start(sandbox.path(), &format!("wrong.adr {ports}"));
    assert_eq!(status, 1, "{output}");
    assert!(output.contains("adrc serves nothing"), "{output}");
}

#[test]
fn used_port_exits_with_2_and_locked_folder_with_3() {
    let sandbox = sandbox();
    let server = ServerProcess::start(sandbox.path(), &["plan.adr", "--publish", "published"]);
    let taken = format!("plan.adr --tftp {} --http 127.0.0.1:0 --admin off", server.tftp);
    let (status, output) = start(sandbox.path(), &taken);
    assert_eq!(status, 2, "{output}");
    assert!(output.contains("another process listens here"), "{output}");
    let taken = format!("plan.adr --tftp 127.0.0.1:0 --http 127.0.0.1:0 --admin {}", server.http);
    let (status, output) = start(sandbox.path(), &taken);
    assert_eq!(status, 2, "{output}");
    let message = format!("{}: another process listens here", server.http);
    assert!(output.contains(&message) && output.contains("--admin off"), "{output}");
    // in a folder without a generation, because otherwise `adrc` would serve that
    fs::create_dir(sandbox.path().join("new")).unwrap();
    let lock = fs::File::create(sandbox.path().join("new/.lock")).unwrap();
    lock.lock().unwrap();
    let (status, output) = start(sandbox.path(), "plan.adr --publish new --admin off");
    assert_eq!(status, 3, "{output}");
}

#[test]
fn flags_override_settings_and_paths_are_relative_to_the_file() {
    let sandbox = sandbox();
    fs::create_dir(sandbox.path().join("etc")).unwrap();
    let text = "paths = [\"../plan.adr\"]\npublish = \"out\"\ntftp = [\"192.0.2.1:69\"]\nadmin_reload = true\n";
    fs::write(sandbox.path().join("etc/adrc.toml"), text).unwrap();
    let server = ServerProcess::start(sandbox.path(), &["--config", "etc/adrc.toml"]);
    assert!(sandbox.path().join("etc/out/manifest.json").exists());
    assert_eq!(server.admin(&["-XPOST", "/-/reload"]).status, 200);
}
