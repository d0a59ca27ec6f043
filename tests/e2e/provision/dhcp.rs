//! DHCP options, checked by the servers that they are for: those for all PCs in the main file, and
//! those of a site in its subnet. Of Kea, the values are read back.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use adr_kit::optional::{has_command, is_command};
use adr_kit::wait::TIMEOUT;
use serde_json::{Value, json};

use super::{EVERYTHING, has_optional, profile, run, write};

/// Debian puts servers where the path of users does not look.
fn server(name: &str) -> Command {
    let path = format!("/usr/sbin/{name}");
    Command::new(if Path::new(&path).exists() { path } else { name.to_owned() })
}

fn is_server(name: &str) -> bool {
    is_command(name) || Path::new("/usr/sbin").join(name).exists()
}

/// Writes the files of a profile that are for one server: those for all PCs, and those of a site.
fn written(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(folder.path(), &profile(EVERYTHING), name);
    assert_eq!(paths.len(), 2, "{paths:?}");
    folder
}

/// The configuration of Kea with both files, as an administrator merges them.
fn kea_configuration(folder: &Path, socket: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("dhcp/kea.json")).unwrap();
    let mut configuration: Value = serde_json::from_str(&text).unwrap();
    let text = std::fs::read_to_string(folder.join("sites/branch/dhcp/kea.json")).unwrap();
    let site: Value = serde_json::from_str(&text).unwrap();
    let dhcp4 = configuration["Dhcp4"].as_object_mut().unwrap();
    let subnet = json!({ "id": 1, "subnet": "10.2.0.0/16", "option-data": site });
    dhcp4.insert("subnet4".to_owned(), json!([subnet]));
    dhcp4.insert("interfaces-config".to_owned(), json!({ "interfaces": [] }));
    let leases = json!({ "type": "memfile", "persist": false });
    dhcp4.insert("lease-database".to_owned(), leases);
    let control = json!({ "socket-type": "unix", "socket-name": socket });
    dhcp4.insert("control-socket".to_owned(), control);
    configuration
}

/// The values of options that Kea says it has, by number.
fn kea_values(options: &Value) -> Vec<(u64, String)> {
    let value = |option: &Value| {
        (option["code"].as_u64().unwrap(), option["data"].as_str().unwrap().to_owned())
    };
    let mut values: Vec<_> = options.as_array().unwrap().iter().map(value).collect();
    values.sort();
    values
}

/// Asks a Kea that has just been started for its configuration.
fn kea_reads(socket: &Path) -> Value {
    let deadline = Instant::now() + TIMEOUT;
    let mut stream = loop {
        match UnixStream::connect(socket) {
            Ok(stream) => break stream,
            Err(error) => assert!(Instant::now() < deadline, "Kea does not answer: {error}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream.write_all(br#"{"command":"config-get"}"#).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    serde_json::from_slice(&answer).unwrap()
}

#[test]
fn kea_has_the_values_of_all_pcs_and_of_a_site() {
    if !has_optional("kea-dhcp4 of Debian's package kea-dhcp4-server", is_server("kea-dhcp4")) {
        return;
    }
    let folder = written("kea.json");
    let (path, socket) = (folder.path().join("whole.json"), folder.path().join("socket"));
    let text = kea_configuration(folder.path(), &socket).to_string();
    std::fs::write(&path, &text).unwrap();
    let mut kea = server("kea-dhcp4");
    kea.env("KEA_PIDFILE_DIR", folder.path()).env("KEA_LOCKFILE_DIR", folder.path());
    let (output, errors) = (Stdio::null(), Stdio::null());
    let mut kea = kea.arg("-c").arg(&path).stdout(output).stderr(errors).spawn().unwrap();
    let read = std::panic::catch_unwind(|| kea_reads(&socket));
    kea.kill().unwrap();
    kea.wait().unwrap();
    let read = &read.unwrap()["arguments"]["Dhcp4"];
    let expected =
        |addresses: &str, name: &str| vec![(66, name.to_owned()), (150, addresses.to_owned())];
    assert_eq!(kea_values(&read["option-data"]), expected("10.1.1.1, 10.1.1.2", "10.1.1.1"));
    let site = &read["subnet4"][0]["option-data"];
    assert_eq!(kea_values(site), expected("10.2.1.1", "10.2.1.1"));
    std::fs::write(&path, text.replace("10.2.1.1", "no address")).unwrap();
    let (succeeded, text) = run(server("kea-dhcp4").arg("-t").arg(&path));
    assert!(!succeeded, "Kea accepts everything: {text}");
}

#[test]
fn isc_dhcpd_accepts_the_options_of_a_site_in_its_subnet() {
    if !has_optional("dhcpd of Debian's package isc-dhcp-server", is_server("dhcpd")) {
        return;
    }
    let folder = written("isc-dhcpd.conf");
    let path = folder.path().join("dhcpd.conf");
    let [all, site] = ["dhcp", "sites/branch/dhcp"].map(|it| folder.path().join(it));
    let [all, site] = [all, site].map(|it| it.join("isc-dhcpd.conf").display().to_string());
    let subnet = format!("subnet 10.2.0.0 netmask 255.255.0.0 {{\n  include \"{site}\";\n}}\n");
    let test = |text: &str| {
        std::fs::write(&path, text).unwrap();
        run(server("dhcpd").args(["-t", "-cf"]).arg(&path))
    };
    let whole = format!("include \"{all}\";\n{subnet}");
    let (succeeded, text) = test(&whole);
    assert!(succeeded, "{text}");
    assert!(!test(&subnet).0, "dhcpd accepts options that are not defined");
    // an address where the definition wants one
    let damaged = std::fs::read_to_string(&site).unwrap().replace("10.2.1.1", "\"a\"");
    std::fs::write(&site, damaged).unwrap();
    assert!(!test(&whole).0, "dhcpd accepts everything");
}

#[test]
fn dnsmasq_accepts_the_options_of_all_pcs_and_of_a_site_in_one_folder() {
    if !is_server("dnsmasq") && !has_command("dnsmasq") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (written, folder) = (folder.path(), folder.path().join("conf"));
    std::fs::create_dir(&folder).unwrap();
    for ending in ["dnsmasq.conf", "dnsmasq-branch.conf"] {
        for path in write(written, &profile(EVERYTHING), ending) {
            let name = path.rsplit('/').next().unwrap();
            assert!(!folder.join(name).exists(), "{name} is there twice");
            std::fs::copy(written.join(&path), folder.join(name)).unwrap();
        }
    }
    std::fs::write(folder.join("range.conf"), "dhcp-range=set:branch,10.2.0.10,10.2.0.99\n")
        .unwrap();
    let test = || {
        let option = format!("--conf-dir={}", folder.display());
        run(server("dnsmasq").args(["--test", "-C", "/dev/null", &option]))
    };
    let (succeeded, text) = test();
    assert!(succeeded, "{text}");
    std::fs::write(folder.join("damaged.conf"), "dhcp-option=150,\n no option\n").unwrap();
    assert!(!test().0, "dnsmasq accepts everything");
}
