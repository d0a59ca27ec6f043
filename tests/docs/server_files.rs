//! The files for other programs in the guide about several nodes: of NATS and of systemd.

use std::fs;
use std::process::Command;

use adr_kit::nats::Release;
use adr_kit::needs;

use crate::blocks::blocks;

const GUIDE: &str = "docs/guides/two-nodes.md";

/// The blocks of the guide whose first line names this file.
fn files(name: &str) -> Vec<String> {
    let page = adr_tests::text(GUIDE);
    let texts = blocks(&page).into_iter().filter(|block| block.info == "text");
    let is_file = |text: &&str| text.lines().next().is_some_and(|line| line.contains(name));
    texts.map(|block| block.text).filter(is_file).map(str::to_owned).collect()
}

#[test]
fn nats_servers_accept_the_files_of_the_guide() {
    let files = files("/etc/nats-server.conf");
    assert_eq!(files.len(), 3, "{files:?}");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let made = rcgen::generate_simple_self_signed(["nats1.example.com".to_owned()]).unwrap();
    fs::write(path("cert.pem"), made.cert.pem()).unwrap();
    fs::write(path("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let programs = Release::ALL.into_iter().filter_map(Release::program);
    for program in programs {
        for file in &files {
            let text = file.replace("/etc/nats/", &format!("{}/", folder.path().display()));
            fs::write(path("nats-server.conf"), text).unwrap();
            let mut check = Command::new(&program);
            check.arg("-t").arg("-c").arg(path("nats-server.conf"));
            let output = check.output().unwrap();
            assert!(output.status.success(), "{}: {file}\n{output:?}", program.display());
        }
    }
}

#[test]
fn systemd_accepts_the_unit_of_the_guide() {
    needs!("systemd-analyze");
    let files = files("/etc/systemd/system/nats-server.service");
    let [unit] = files.as_slice() else { panic!("one unit: {files:?}") };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nats-server.service");
    // a program that every machine has
    fs::write(&path, unit.replace("/usr/local/bin/nats-server", "/bin/true")).unwrap();
    let output = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&path).output();
    let output = output.unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
