//! The configuration file, and how a start ends that cannot be one.

use std::fs;
use std::path::{Path, PathBuf};

use super::served::Served;

const PLAN: &str = "emergency 911\napplication { rule \"Local\" { begins-with 5; digits 7; prefix 9 } }\ntest { dial 911 -> unchanged }\n";

fn room() -> tempfile::TempDir {
    let room = tempfile::tempdir().unwrap();
    fs::write(room.path().join("plan.adr"), PLAN).unwrap();
    fs::write(room.path().join("wrong.adr"), "application {").unwrap();
    room
}

/// Exit status and standard error of a start that ends by itself.
fn start(room: &Path, line: &str) -> (i32, String) {
    let words = line.split(' ').filter(|word| !word.is_empty());
    let output = adr_tests::adrc(room).arg("serve").args(words).output().unwrap();
    assert!(output.stdout.is_empty(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap(), said)
}

#[test]
fn a_setting_that_is_wrong_is_named_with_its_line() {
    let room = room();
    for (text, place, words) in [
        ("nonsense = 1\n", "1:1", "unknown field `nonsense`"),
        ("log = \"json\"\ntftp = [\"10.0.0.300\"]\n", "2:8", "`10.0.0.300` is no address"),
        ("case_insensitive = 1\n", "1:20", "expected a boolean"),
        ("uncounted = []\n", "1:1", "did you mean `exempt`? `uncounted` is its former name"),
        ("[limits.tftp]\nretries = -1\n", "2:11", "invalid value"),
        ("[limits.tftp]\nretry = 1\n", "2:1", "unknown field `retry`"),
        ("tftp = [\n", "1:", ""),
        ("log = \"xml\"\n", "1:7", "unknown variant `xml`"),
    ] {
        fs::write(room.path().join("adrc.toml"), text).unwrap();
        let (status, said) = start(room.path(), "plan.adr --config adrc.toml --check");
        assert_eq!(status, 2, "{text}: {said}");
        assert!(said.contains(&format!("adrc.toml:{place}")), "{text}: {said}");
        assert!(said.contains(words), "{text}: {said}");
    }
}

#[test]
fn check_tells_everything_and_listens_nowhere() {
    let room = room();
    fs::write(
        room.path().join("adrc.toml"),
        "paths = [\"plan.adr\"]\ntftp = [\"127.0.0.1:1\"]\nhttp = [\"127.0.0.1\"]\n",
    )
    .unwrap();
    let (status, said) = start(room.path(), "--config adrc.toml --check");
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("plan.adr are good: 1 view, 4 files"), "{said}");
    assert!(said.contains("TFTP would listen on 127.0.0.1:1"), "{said}");
    assert!(said.contains("HTTP would listen on 127.0.0.1:6970"), "{said}");
    let (status, said) = start(room.path(), "wrong.adr --check");
    assert_eq!(status, 1, "{said}");
    let (status, said) = start(room.path(), "nowhere --check");
    assert_eq!(status, 2, "{said}");
}

/// Every file and folder of a path, with what is in the files.
fn listed(folder: &Path) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(listed(&path));
        }
        let content = fs::read(&path).ok();
        found.push((path, content));
    }
    found.sort();
    found
}

/// A key and a certificate of it, as PEM, and another key.
fn certificate(room: &Path) {
    let keys = ["key.pem", "other.pem"].map(|name| {
        let key = rcgen::KeyPair::generate().unwrap();
        fs::write(room.join(name), key.serialize_pem()).unwrap();
        key
    });
    let wanted = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = wanted.self_signed(&keys[0]).unwrap();
    fs::write(room.join("cert.pem"), certificate.pem()).unwrap();
}

#[test]
fn check_opens_what_a_start_opens() {
    let room = room();
    let key = adr_tests::adrc(room.path()).args(["key", "new", "signer"]).output();
    assert!(key.unwrap().status.success());
    certificate(room.path());
    fs::create_dir(room.path().join("foreign")).unwrap();
    fs::write(room.path().join("foreign/AppDialRules.xml"), "by hand").unwrap();
    let tls = |certificate: &str, key: &str| {
        format!("tls = {{ certificate = \"{certificate}\", key = \"{key}\" }}\n")
    };
    let before = listed(room.path());
    for (text, flags, words) in [
        (tls("cert.pem", "key.pem"), "", ""),
        (String::new(), "--root .", ""),
        (String::new(), "--publish made/published --sign signer", ""),
        (tls("nowhere.pem", "key.pem"), "", "nowhere.pem: "),
        (tls("cert.pem", "nowhere.pem"), "", "nowhere.pem: "),
        (tls("cert.pem", "plan.adr"), "", "plan.adr: "),
        (tls("plan.adr", "key.pem"), "", "plan.adr: the file holds no certificate"),
        (tls("cert.pem", "other.pem"), "", "other.pem: "),
        ("root = \"nowhere\"\n".to_owned(), "", "nowhere: "),
        (String::new(), "--root plan.adr", "plan.adr: "),
        (String::new(), "--publish published --sign nowhere", "nowhere: "),
        (String::new(), "--publish published --sign plan.adr", "plan.adr: "),
        (String::new(), "--publish plan.adr", "plan.adr: "),
        (String::new(), "--publish plan.adr/published", "plan.adr: "),
        (String::new(), "--publish foreign", "foreign/AppDialRules.xml: "),
    ] {
        let settings = room.path().join("adrc.toml");
        fs::write(&settings, &text).unwrap();
        let line = format!("plan.adr --config adrc.toml --check {flags}");
        let (status, said) = start(room.path(), &line);
        fs::remove_file(&settings).unwrap();
        let wanted = if words.is_empty() { 0 } else { 2 };
        assert_eq!(status, wanted, "{text}{flags}: {said}");
        assert!(said.contains(words), "{text}{flags}: {said}");
        assert_eq!(listed(room.path()), before, "{text}{flags}");
    }
}

#[test]
fn check_tells_that_a_signed_folder_would_get_no_signature() {
    let room = room();
    let adrc = |words: &[&str]| {
        let output = adr_tests::adrc(room.path()).args(words).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    adrc(&["key", "new", "signer"]);
    adrc(&["compile", "plan.adr", "-o", "published", "--sign", "signer"]);
    let (status, said) = start(room.path(), "plan.adr --publish published --check");
    assert_eq!(status, 2, "{said}");
    let signed = "plan.adr --publish published --sign signer --check";
    let (status, said) = start(room.path(), signed);
    assert_eq!(status, 0, "{said}");
}

#[test]
fn starts_that_cannot_be_end_with_their_status() {
    let room = room();
    let elsewhere = "--tftp 127.0.0.1:0 --http 127.0.0.1:0 --admin off";
    for (line, status, words) in [
        ("", 2, "nothing to serve is named"),
        ("plan.adr x", 2, "cannot be used with"),
        ("plan.adr --config nowhere.toml", 2, "no such file"),
        ("plan.adr --tftp localhost", 2, "invalid address `localhost`"),
        ("plan.adr --tftp 192.0.2.1:0 --admin off", 2, "no such address"),
        ("nowhere.adr", 2, "no such file"),
    ] {
        let (found, said) = start(room.path(), line);
        assert_eq!(found, status, "{line}: {said}");
        assert!(said.contains(words), "{line}: {said}");
    }
    let (status, said) = start(room.path(), &format!("wrong.adr {elsewhere}"));
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("nothing is served"), "{said}");
}

#[test]
fn a_port_that_is_taken_and_a_lock_that_is_held() {
    let room = room();
    let served = Served::start(room.path(), &["plan.adr", "--publish", "published"]);
    let taken = format!("plan.adr --tftp {} --http 127.0.0.1:0 --admin off", served.tftp);
    let (status, said) = start(room.path(), &taken);
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("another process listens here"), "{said}");
    // where something is published already, that is served
    fs::create_dir(room.path().join("new")).unwrap();
    let lock = fs::File::create(room.path().join("new/.lock")).unwrap();
    lock.lock().unwrap();
    let (status, said) = start(room.path(), "plan.adr --publish new --admin off");
    assert_eq!(status, 3, "{said}");
}

#[test]
fn flags_win_over_the_file_and_paths_of_the_file_are_beside_it() {
    let room = room();
    fs::create_dir(room.path().join("etc")).unwrap();
    let text = "paths = [\"../plan.adr\"]\npublish = \"out\"\ntftp = [\"192.0.2.1:69\"]\nadmin_reload = true\n";
    fs::write(room.path().join("etc/adrc.toml"), text).unwrap();
    let served = Served::start(room.path(), &["--config", "etc/adrc.toml"]);
    assert!(room.path().join("etc/out/manifest.json").exists());
    assert_eq!(served.admin(&["-XPOST", "/-/reload"]).status, 200);
}
