//! The end of `adrc serve`: a second signal does not wait for transfers.

use std::fs;
use std::io::Write;
use std::net::TcpStream;

use adr_kit::needs;
use adr_kit::wait::{TIMEOUT, wait_within};
use rustix::process::Signal;

use super::server_process::ServerProcess;

const PLAN: &str = "emergency 911\napplication { rule \"Local\" { begins-with 5; digits 7; prefix 9 } }\ntest { dial 911 -> unchanged }\n";

/// A server from which a client downloads a large file, of which it takes nothing.
struct Scene {
    server: ServerProcess,
    sandbox: tempfile::TempDir,
    _reader: TcpStream,
}

fn scene() -> Scene {
    let sandbox = tempfile::tempdir().unwrap();
    fs::write(sandbox.path().join("plan.adr"), PLAN).unwrap();
    fs::create_dir(sandbox.path().join("root")).unwrap();
    let large = fs::File::create(sandbox.path().join("root/large.bin")).unwrap();
    large.set_len(1 << 30).unwrap();
    // longer than the server waits for transfers, so that only the signal ends this one
    fs::write(
        sandbox.path().join("adrc.toml"),
        "[limits.http]\nwrite_timeout_milliseconds = 600000\n",
    )
    .unwrap();
    let arguments = ["plan.adr", "--root", "root", "--config", "adrc.toml"];
    let server = ServerProcess::start(sandbox.path(), &arguments);
    let mut reader = TcpStream::connect(server.http).unwrap();
    reader.write_all(b"GET /large.bin HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    reader.peek(&mut [0]).unwrap();
    Scene { server, sandbox, _reader: reader }
}

/// The download is cut off, and the process ends by itself.
fn ends_at_once(mut server: ServerProcess) {
    server.wait_for("a second signal");
    let cut = server.wait_for("transfers and connections were cut off");
    assert_eq!(cut["cut"].as_u64(), Some(1));
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn second_signal_ends_the_server_at_once() {
    let mut scene = scene();
    scene.server.signal(Signal::TERM);
    scene.server.wait_for("shutting down");
    scene.server.signal(Signal::INT);
    ends_at_once(scene.server);
}

#[test]
fn signals_back_to_back_end_the_server_at_once() {
    let scene = scene();
    scene.server.signal(Signal::TERM);
    scene.server.signal(Signal::INT);
    ends_at_once(scene.server);
}

#[test]
fn second_signal_during_a_reload_ends_the_server_at_once() {
    needs!("curl");
    let scene = scene();
    let rule = |n: u32| format!("rule \"Rule {n}\" {{ begins-with {n}; digits 8; prefix 9 }}\n");
    let rules: String = (1_000_000..1_200_000).map(rule).collect();
    let plan = format!("emergency 911\napplication {{\n{rules}}}\n");
    fs::write(scene.sandbox.path().join("plan.adr"), plan).unwrap();
    // a fast machine may end one reload before the metric shows it
    let is_running = || {
        scene.server.signal(Signal::HUP);
        let metrics = scene.server.admin(&["/metrics"]).body;
        let mut lines = metrics.lines();
        lines.any(|line| line.starts_with("adrc_reload_running_seconds ") && !line.ends_with(" 0"))
    };
    wait_within(TIMEOUT, is_running, || "a reload that is running".to_owned());
    scene.server.signal(Signal::TERM);
    scene.server.signal(Signal::INT);
    ends_at_once(scene.server);
}
