//! From a save to a call: a server that watches, cores that follow it, and whoever publishes waits
//! for them.

mod house;
mod minute;
mod phone;
mod start;

use rustix::process::Signal;

use crate::served::{Served, eventually};
use house::{DANGEROUS, House, PUBLISHING, rules};

#[test]
fn whoever_publishes_waits_for_the_clients() {
    let house = House::new(&PUBLISHING, ["127.0.0.1:0"; 3]);
    let core = house.core("by-http", &format!("http://{}", house.served.http));
    house.until_dialled("by-http", "15551212");
    let admin = house.served.admin;
    let clients = || {
        let answer = house.served.admin(&["/-/clients"]);
        serde_json::from_str::<serde_json::Value>(&answer.body).unwrap()
    };
    eventually(|| clients()["current"] == 1, || clients().to_string());
    let waiting = format!("rollback --publish published 1 --wait 60s --admin {admin}");
    assert!(house.adrc(&waiting).status.success());
    house.save(&rules(2));
    house.until_dialled("by-http", "25551212");
    let rolled = house.adrc(&format!("rollback --publish published --wait 60s --admin {admin}"));
    assert!(rolled.status.success(), "{rolled:?}");
    assert_eq!(house.dialled("by-http"), "15551212", "it was waited for");
    let metrics = house.served.admin(&["/metrics"]).body;
    assert!(metrics.contains("adrc_clients{generation=\"3\"} 1"), "{metrics}");
    // a core that is there and stays behind: one that told so and then hears nothing any more
    let behind = "{\"client\":\"core-behind\",\"generation\":1,\"sha256\":\"\"}";
    let posted =
        crate::served::curl(&["-d", behind], &format!("http://{}/-/report", house.served.http));
    assert_eq!(posted.status, 204);
    let late = house.adrc(&format!("rollback --publish published 2 --wait 2s --admin {admin}"));
    assert_eq!(late.status.code(), Some(5), "{late:?}");
    assert!(
        String::from_utf8_lossy(&late.stderr).contains("1 of 2 clients run generation 4"),
        "{late:?}"
    );
    drop(core);
    let nobody = house.adrc("rollback --publish published 1 --wait 1s --admin 127.0.0.1:1");
    assert_eq!(nobody.status.code(), Some(2), "{nobody:?}");
}

/// Without a folder nothing remembers what was published before, and cores take nothing older than
/// what they run.
#[test]
fn a_server_without_a_folder_is_followed_after_its_restart() {
    let words = ["rules", "--debounce", "50ms"];
    // an address of its own, on which nobody takes a port between a kill and the next start
    let mut house = House::new(&words, ["127.0.0.6:0"; 3]);
    let addresses = [house.served.tftp, house.served.http, house.served.admin]
        .map(|address| address.to_string());
    let _core = house.core("core", &format!("http://{}", addresses[1]));
    house.until_dialled("core", "15551212");
    for prefix in [2, 3] {
        house.save(&rules(prefix));
        house.until_dialled("core", &format!("{prefix}5551212"));
    }
    house.served.halt();
    house.save(&rules(4));
    let [tftp, http, admin] = &addresses;
    house.served = Served::watching(house.folder(), &words, [tftp, http, admin]);
    house.until_dialled("core", "45551212");
    // whoever publishes into some folder and waits for this server waits for the wrong one
    let admin = &addresses[2];
    let elsewhere = house.adrc(&format!("publish rules -o other --wait 1s --admin {admin}"));
    assert_eq!(elsewhere.status.code(), Some(5), "{elsewhere:?}");
    let said = String::from_utf8_lossy(&elsewhere.stderr);
    assert!(said.contains("of another folder is"), "{said}");
}

/// What is read is published, once: neither the start nor a generation from here is a reload.
/// Whoever asks gets the answer.
#[test]
fn whatever_happens_is_one_reload() {
    let words = [&PUBLISHING[..], &["--admin-reload"]].concat();
    let mut house = House::new(&words, ["127.0.0.1:0"; 3]);
    house.served.signal(Signal::HUP);
    house.served.wait_for_nth("reloaded", 1);
    house.save(&rules(2));
    house.served.wait_for_nth("reloaded", 2);
    let ask = |house: &House| house.served.admin(&["-XPOST", "/-/reload"]);
    let told = ask(&house);
    assert_eq!((told.status, told.body.as_str()), (200, "generation 2\n"));
    assert!(house.adrc("rollback --publish published").status.success());
    house.served.wait_for_nth("reloaded", 4);
    house.save(DANGEROUS);
    house.served.wait_for("reload failed");
    let told = ask(&house);
    assert!(told.status == 422 && told.body.contains("the rules have 1 error"), "{told:?}");
    house.save(&rules(3));
    house.served.wait_for_nth("reloaded", 5);
    let told = house.served.events("reloaded");
    let causes = told.iter().map(|event| {
        let cause = event["cause"].as_str().unwrap();
        (cause, event["generation"].as_u64().unwrap())
    });
    let expected = [
        ("SIGHUP", 1),
        ("files changed", 2),
        ("POST /-/reload", 2),
        ("the published folder changed", 3),
        ("files changed", 4),
    ];
    assert_eq!(causes.collect::<Vec<_>>(), expected);
}
