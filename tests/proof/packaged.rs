//! What a package brings: the unit, its sockets, its settings; and what systemd and the command say to each other.

use std::fs;
use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::served::{PATIENCE, curl};

const FOLDER: &str = "compiler/cli/debian";

/// The most that `systemd-analyze security` may say of the unit; 10 is a service without any protection.
const EXPOSURE: f64 = 1.5;

#[test]
fn the_unit_is_exposed_to_little() {
    let unit = adr_tests::root().join(FOLDER).join("adrc.service");
    let output = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--no-pager"])
        .arg(unit)
        .output()
        .expect("systemd-analyze, which tests/run installs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let level = said
        .rsplit_once("adrc.service: ")
        .and_then(|(_, rest)| rest.split(' ').next());
    let level: f64 = level.and_then(|level| level.parse().ok()).expect("a level");
    assert!(level <= EXPOSURE, "{said}");
}

#[test]
fn what_is_packaged_is_there() {
    let packages = adr_tests::packages();
    let package = packages
        .iter()
        .find(|package| package["name"] == "adr-cli")
        .unwrap();
    let deb = &package["metadata"]["deb"];
    let assets = deb["assets"].as_array().unwrap();
    let folder = adr_tests::root().join("compiler/cli");
    let written = assets.iter().map(|asset| asset[0].as_str().unwrap());
    for asset in written.filter(|asset| !asset.contains("target/")) {
        assert!(folder.join(asset).is_file(), "{asset} is not there");
    }
    let targets: Vec<_> = assets
        .iter()
        .map(|asset| asset[1].as_str().unwrap())
        .collect();
    for unit in ["adrc.service", "adrc-tftp.socket", "adrc-http.socket"] {
        let text = adr_tests::text(&format!("{FOLDER}/{unit}"));
        assert!(
            !text.contains("ExecStart=") || text.contains("ExecStart=/usr/bin/adrc serve"),
            "{unit}"
        );
        assert!(targets.contains(&"usr/lib/systemd/system/"), "{targets:?}");
    }
    let user = adr_tests::text(&format!("{FOLDER}/adrc.sysusers"));
    let unit = adr_tests::text(&format!("{FOLDER}/adrc.service"));
    assert!(user.contains("\nu adrc ") && unit.contains("\nUser=adrc\n"));
}

#[test]
fn the_packaged_settings_check() {
    let room = tempfile::tempdir().unwrap();
    fs::create_dir(room.path().join("rules")).unwrap();
    for (from, to) in [("adrc.toml", "adrc.toml"), ("plan.adr", "rules/plan.adr")] {
        fs::copy(
            adr_tests::root().join(FOLDER).join(from),
            room.path().join(to),
        )
        .unwrap();
    }
    let output = adr_tests::adrc(room.path())
        .args(["serve", "--config", "adrc.toml", "--check"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// systemd opens the sockets, starts the command at the first connection, and hears of every state.
#[test]
fn sockets_come_from_systemd_and_states_go_to_it() {
    let room = tempfile::tempdir().unwrap();
    fs::write(
        room.path().join("plan.adr"),
        "application { rule \"a\" { digits 7; prefix 9 } }\n",
    )
    .unwrap();
    let states = UnixDatagram::bind(room.path().join("notify")).unwrap();
    states.set_read_timeout(Some(PATIENCE)).unwrap();
    let [http, admin] = free_addresses();
    let notify = format!("NOTIFY_SOCKET={}", room.path().join("notify").display());
    let child = Command::new("systemd-socket-activate")
        .args(["--setenv", &notify])
        .args([
            "--listen",
            &http.to_string(),
            "--listen",
            &admin.to_string(),
            "--fdname=http:admin",
        ])
        .arg(adr_tests::adrc_path())
        .args(["serve", "plan.adr", "--tftp", "127.0.0.1:0"])
        .arg("--publish=published")
        .current_dir(room.path())
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("systemd-socket-activate, which tests/run installs");
    let mut child = Ended(child);
    connect(http);
    let pid = Pid::from_child(&child.0);
    assert!(state(&states).contains("READY=1"));
    let answer = curl(&[], &format!("http://{http}/AppDialRules.xml"));
    assert_eq!(answer.status, 200);
    assert_eq!(curl(&[], &format!("http://{admin}/-/ready")).status, 200);
    kill_process(pid, Signal::HUP).unwrap();
    let reloading = state(&states);
    assert!(
        reloading.contains("RELOADING=1") && reloading.contains("MONOTONIC_USEC="),
        "{reloading}"
    );
    assert!(state(&states).contains("READY=1"));
    kill_process(pid, Signal::TERM).unwrap();
    assert!(state(&states).contains("STOPPING=1"));
    let status = child.0.wait().unwrap();
    let mut said = String::new();
    child
        .0
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert!(status.success(), "{said}");
}

/// A process that does not outlive its test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn state(states: &UnixDatagram) -> String {
    let mut text = [0; 512];
    let size = states.recv(&mut text).expect("a state");
    String::from_utf8_lossy(&text[..size]).into_owned()
}

/// Addresses that were free a moment ago, where no other suite takes any.
fn free_addresses() -> [SocketAddr; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.4:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap())
}

fn connect(address: SocketAddr) {
    let began = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(began.elapsed() < PATIENCE, "nobody listens on {address}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
