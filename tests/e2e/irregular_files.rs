//! A pipe or a link in place of a file of the published folder: the server reports it and keeps
//! serving.

use adr_kit::needs;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::fs::{CWD, Mode, mkfifoat};
use rustix::process::Signal;

use super::server_process::ServerProcess;
use adr_kit::http::curl;

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

/// A published folder with an intact generation, and a second one in which `make` replaced the file
/// `name`.
fn sandbox(name: &str, make: fn(&Path)) -> tempfile::TempDir {
    let sandbox = tempfile::tempdir().unwrap();
    let at = |name: &str| sandbox.path().join(name);
    fs::write(at("plan.adr"), PLAN).unwrap();
    let mut compile = adr_tests::adrc(sandbox.path());
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
    sandbox
}

#[test]
fn irregular_file_is_rejected_and_serving_continues() {
    needs!("curl");
    for name in ["manifest.json", "AppDialRules.xml"] {
        for (make, reason) in [(pipe as fn(&Path), "not a regular file"), (link, "a symbolic link")]
        {
            let sandbox = sandbox(name, make);
            let mut server = ServerProcess::start(sandbox.path(), &["tree"]);
            let current = sandbox.path().join("tree/current");
            fs::remove_file(&current).unwrap();
            symlink("generations/2", &current).unwrap();
            server.signal(Signal::HUP);
            let output = server.wait_for("reload failed")["why"].to_string();
            assert!(output.contains(name) && output.contains(reason), "{output}");
            let get = |address, path: &str| {
                curl(&["--max-time", "120"], &format!("http://{address}{path}"))
            };
            let file = get(server.http, "/AppDialRules.xml");
            assert!(file.status == 200 && file.body.contains("BeginsWith=\"5\""), "{file:?}");
            assert_eq!(get(server.admin, "/-/healthy").status, 200);
            assert_eq!(get(server.admin, "/metrics").status, 200);
            assert_eq!(server.terminate(), Some(0));
        }
    }
}
