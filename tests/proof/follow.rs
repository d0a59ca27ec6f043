//! From a save to a call: a server that watches, cores that follow it by HTTP and by TFTP, and whoever publishes waits for them.

use std::fs;
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::served::{PATIENCE, Served};

/// Rules that put `prefix` before seven digits.
fn rules(prefix: usize) -> String {
    format!(
        "emergency 911\napplication {{\n  rule \"Local\" {{ digits 7; prefix {prefix} }}\n}}\n\
         test {{\n  dial 5551212 -> {prefix}5551212\n  dial 911 -> unchanged\n}}\n"
    )
}

/// Rules that send 911 elsewhere.
const DANGEROUS: &str =
    "emergency 911\napplication {\n  rule \"Three\" { digits 3; prefix 8 }\n}\n";

/// A folder with rules, and a server that watches them.
struct House {
    room: TempDir,
    served: Served,
}

impl House {
    fn new(addresses: [&str; 3]) -> Self {
        let room = tempfile::tempdir().unwrap();
        save(room.path(), &rules(1));
        let served = serve(room.path(), addresses);
        Self { room, served }
    }

    fn save(&self, text: &str) {
        save(self.room.path(), text);
    }

    fn adrc(&self, line: &str) -> Output {
        let mut command = adr_tests::adrc(self.room.path());
        command.args(line.split(' ')).output().unwrap()
    }

    fn core(&self, name: &str, url: &str) -> Core {
        let mut command = adr_tests::adrc(self.room.path());
        command.args([
            "core",
            "--server",
            url,
            "--socket",
            name,
            "--cache",
            &format!("{name}-cache"),
        ]);
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Core(child.unwrap())
    }

    /// What a core makes of a number.
    fn dialled(&self, core: &str) -> String {
        let output = self.adrc(&format!("dial --core {core} 5551212"));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Waits until a core dials like this.
    fn until_dialled(&self, core: &str, result: &str) {
        eventually(
            || self.dialled(core) == result,
            || format!("{core} dials {}, not {result}", self.dialled(core)),
        );
    }
}

fn save(folder: &Path, text: &str) {
    fs::create_dir_all(folder.join("rules")).unwrap();
    fs::write(folder.join("rules/plan.adr"), text).unwrap();
}

fn serve(folder: &Path, addresses: [&str; 3]) -> Served {
    Served::watching(
        folder,
        &["rules", "--publish", "published", "--quiet", "50ms"],
        addresses,
    )
}

/// A running core.
struct Core(Child);

impl Core {
    /// Kills it and waits until it is gone, so that another one finds its socket free.
    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.kill();
    }
}

fn eventually(is_so: impl Fn() -> bool, otherwise: impl Fn() -> String) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "{}", otherwise());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_rule_that_is_saved_is_dialled_by_and_one_that_is_broken_is_not() {
    let mut house = House::new(["127.0.0.1:0"; 3]);
    let _by_http = house.core("by-http", &format!("http://{}", house.served.http));
    let _by_tftp = house.core("by-tftp", &format!("tftp://{}", house.served.tftp));
    house.until_dialled("by-http", "15551212");
    house.until_dialled("by-tftp", "15551212");
    house.save(&rules(2));
    house.until_dialled("by-http", "25551212");
    // by TFTP nobody is told: such a core asks now and then, or when it is told to
    assert!(
        house
            .adrc("reload --core by-tftp --wait 60s")
            .status
            .success()
    );
    house.until_dialled("by-tftp", "25551212");
    house.save(DANGEROUS);
    house.served.wait_for("reload failed");
    assert_eq!(
        (
            house.dialled("by-http").as_str(),
            house.dialled("by-tftp").as_str()
        ),
        ("25551212", "25551212")
    );
    let findings = house.served.events("finding");
    assert!(
        findings.iter().any(|finding| finding["finding"]
            .as_str()
            .unwrap()
            .contains("emergency-rewritten")),
        "{findings:?}"
    );
    house.save(&rules(3));
    house.until_dialled("by-http", "35551212");
    // somebody else rolls back in the folder, and the rules that were rolled back stay away
    assert!(house.adrc("rollback published").status.success());
    house.until_dialled("by-http", "25551212");
    house.save(&format!("{}// a comment\n", rules(3)));
    house.save(&rules(4));
    house.until_dialled("by-http", "45551212");
}

#[test]
fn whoever_publishes_waits_for_the_clients() {
    let house = House::new(["127.0.0.1:0"; 3]);
    let core = house.core("by-http", &format!("http://{}", house.served.http));
    house.until_dialled("by-http", "15551212");
    let admin = house.served.admin;
    let clients = || {
        let answer = house.served.admin(&["/-/clients"]);
        serde_json::from_str::<serde_json::Value>(&answer.body).unwrap()
    };
    eventually(|| clients()["current"] == 1, || clients().to_string());
    let waiting = format!("rollback published 1 --wait 60s --admin {admin}");
    assert!(house.adrc(&waiting).status.success());
    house.save(&rules(2));
    house.until_dialled("by-http", "25551212");
    let rolled = house.adrc(&format!("rollback published --wait 60s --admin {admin}"));
    assert!(rolled.status.success(), "{rolled:?}");
    assert_eq!(house.dialled("by-http"), "15551212", "it was waited for");
    let metrics = house.served.admin(&["/metrics"]).body;
    assert!(
        metrics.contains("adr_clients{generation=\"3\"} 1"),
        "{metrics}"
    );
    // a core that is there and stays behind: one that told so and then hears nothing any more
    let behind = "{\"client\":\"core-behind\",\"generation\":1,\"sha256\":\"\"}";
    let posted = crate::served::curl(
        &["-d", behind],
        &format!("http://{}/-/report", house.served.http),
    );
    assert_eq!(posted.status, 204);
    let late = house.adrc(&format!("rollback published 2 --wait 2s --admin {admin}"));
    assert_eq!(late.status.code(), Some(5), "{late:?}");
    assert!(
        String::from_utf8_lossy(&late.stderr).contains("1 of 2 clients run generation 4"),
        "{late:?}"
    );
    drop(core);
    let nobody = house.adrc("rollback published 1 --wait 1s --admin 127.0.0.1:1");
    assert_eq!(nobody.status.code(), Some(2), "{nobody:?}");
}

#[test]
fn server_and_cores_that_are_killed_come_together_again() {
    let rounds = if crate::is_long() { 20 } else { 2 };
    // an address of its own, on which nobody takes a port between a kill and the next start
    let mut house = House::new(["127.0.0.2:0"; 3]);
    let addresses = [house.served.tftp, house.served.http, house.served.admin]
        .map(|address| address.to_string());
    let url = format!("http://{}", addresses[1]);
    let mut cores = ["one", "two"].map(|name| house.core(name, &url));
    for round in 0..rounds {
        let prefix = 2 + round % 7;
        house.save(&rules(prefix));
        let killed = if round % 2 == 0 { 1 } else { 2 };
        for (core, name) in cores.iter_mut().zip(["one", "two"]).take(killed) {
            core.kill();
            *core = house.core(name, &url);
        }
        house.served.kill();
        house.served = serve(
            house.room.path(),
            [&addresses[0], &addresses[1], &addresses[2]],
        );
        for core in ["one", "two"] {
            house.until_dialled(core, &format!("{prefix}5551212"));
        }
    }
}
