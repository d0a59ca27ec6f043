//! A served folder that gets a pipe or a link where a file should be: the server says so and keeps
//! serving.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::fs::{CWD, Mode, mkfifoat};
use rustix::process::Signal;

use super::served::{Served, curl};

const PLAN: &str = "\
emergency 911
application {
  rule \"Local\" { begins-with 5; digits 7; prefix 9 }
}
test { dial 911 -> unchanged }
";

fn pipe(path: &Path) {
    mkfifoat(CWD, path, Mode::from_raw_mode(0o600)).unwrap();
}

fn link(path: &Path) {
    symlink("../../../outside", path).unwrap();
}

/// The folder as `adrc compile` makes it, and a second generation in which one file is something
/// else.
fn room(name: &str, make: fn(&Path)) -> tempfile::TempDir {
    let room = tempfile::tempdir().unwrap();
    let at = |name: &str| room.path().join(name);
    fs::write(at("plan.adr"), PLAN).unwrap();
    let mut compile = adr_tests::adrc(room.path());
    let compiled = compile.args(["compile", "plan.adr", "-o", "tree"]).output();
    assert!(compiled.unwrap().status.success());
    fs::create_dir(at("tree/generations/2")).unwrap();
    for file in ["manifest.json", "AppDialRules.xml"] {
        let file = |folder: &str| at("tree/generations").join(folder).join(file);
        fs::copy(file("1"), file("2")).unwrap();
    }
    fs::copy(at("tree/generations/2").join(name), at("outside")).unwrap();
    fs::remove_file(at("tree/generations/2").join(name)).unwrap();
    make(&at("tree/generations/2").join(name));
    room
}

#[test]
fn odd_file_in_a_served_folder_neither_hangs_nor_is_followed() {
    for name in ["manifest.json", "AppDialRules.xml"] {
        for (make, reason) in [(pipe as fn(&Path), "not a regular file"), (link, "a symbolic link")]
        {
            let room = room(name, make);
            let mut served = Served::start(room.path(), &["tree"]);
            let current = room.path().join("tree/current");
            fs::remove_file(&current).unwrap();
            symlink("generations/2", &current).unwrap();
            served.signal(Signal::HUP);
            let said = served.wait_for("reload failed")["why"].to_string();
            assert!(said.contains(name) && said.contains(reason), "{said}");
            let get = |address, path: &str| {
                curl(&["--max-time", "20"], &format!("http://{address}{path}"))
            };
            let file = get(served.http, "/AppDialRules.xml");
            assert!(file.status == 200 && file.body.contains("BeginsWith=\"5\""), "{file:?}");
            assert_eq!(get(served.admin, "/-/healthy").status, 200);
            assert_eq!(get(served.admin, "/metrics").status, 200);
            assert_eq!(served.end(), Some(0));
        }
    }
}
