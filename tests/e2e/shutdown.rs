//! The end of `adrc serve`: a second signal does not wait for transfers.

use std::fs;
use std::io::Write;
use std::net::TcpStream;

use rustix::process::Signal;

use super::server_process::ServerProcess;

const PLAN: &str = "emergency 911\napplication { rule \"Local\" { begins-with 5; digits 7; prefix 9 } }\ntest { dial 911 -> unchanged }\n";

#[test]
fn second_signal_ends_the_server_at_once() {
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
    let mut server = ServerProcess::start(sandbox.path(), &arguments);
    let mut reader = TcpStream::connect(server.http).unwrap();
    reader.write_all(b"GET /large.bin HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    reader.peek(&mut [0]).unwrap();
    server.signal(Signal::TERM);
    server.wait_for("shutting down");
    server.signal(Signal::INT);
    server.wait_for("a second signal");
    let cut = server.wait_for("transfers and connections were cut off");
    assert_eq!(cut["cut"].as_u64(), Some(1));
    assert_eq!(server.terminate(), Some(0));
}
