//! What the packages install besides the command: systemd units and settings, socket activation,
//! and state notifications.

use adr_kit::needs;
use std::fs;
use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::net::sockopt;
use rustix::process::{Pid, Signal, kill_process};

use adr_kit::http::curl;
use adr_kit::process::KillOnDrop;
use adr_kit::wait::{TIMEOUT, wait_within};

const FOLDER: &str = "compiler/cli/package";

/// The service, and its sockets.
const UNITS: [&str; 3] = ["adrc.service", "adrc-tftp.socket", "adrc-http.socket"];

/// Highest exposure of the service according to `systemd-analyze security`; a service without
/// protection has about 10.
const EXPOSURE: f64 = 1.5;

#[test]
fn unit_exposure_stays_low() {
    needs!("systemd-analyze");
    let unit = adr_tests::root().join(FOLDER).join("systemd/adrc.service");
    let output = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--no-pager"])
        .arg(unit)
        .output()
        .expect("systemd-analyze, which tests/run installs");
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    let level = output.rsplit_once("adrc.service: ").and_then(|(_, rest)| rest.split(' ').next());
    let level: f64 = level.and_then(|level| level.parse().ok()).expect("a level");
    assert!(level <= EXPOSURE, "{output}");
}

#[test]
fn units_match_the_packaged_command_and_sockets() {
    let [service, tftp, http] =
        UNITS.map(|unit| adr_tests::text(&format!("{FOLDER}/systemd/{unit}")));
    let lines = |unit: &str, lines: &[&str]| {
        for line in lines {
            assert!(unit.lines().any(|it| it == *line), "`{line}` is missing in\n{unit}");
        }
    };
    let start = "ExecStart=/usr/bin/adrc serve --config /etc/adrc/adrc.toml";
    lines(&service, &[start, "Type=notify", "User=adrc"]);
    let both = ["Service=adrc.service", "BindIPv6Only=ipv6-only"];
    lines(&tftp, &both);
    lines(&http, &both);
    lines(&tftp, &["ListenDatagram=[::]:69", "FileDescriptorName=tftp", "ReceiveBuffer=4M"]);
    lines(&http, &["ListenStream=[::]:6970", "FileDescriptorName=http"]);
    let user = adr_tests::text(&format!("{FOLDER}/systemd/adrc.sysusers"));
    assert!(user.contains("\nu adrc "), "{user}");
}

#[test]
fn packaged_settings_pass_check() {
    let sandbox = tempfile::tempdir().unwrap();
    fs::create_dir(sandbox.path().join("rules")).unwrap();
    for (from, to) in [("adrc.toml", "adrc.toml"), ("plan.adr", "rules/plan.adr")] {
        fs::copy(adr_tests::root().join(FOLDER).join("etc").join(from), sandbox.path().join(to))
            .unwrap();
    }
    let output = adr_tests::adrc(sandbox.path())
        .args(["serve", "--config", "adrc.toml", "--check"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// systemd opens the sockets and starts `adrc` at the first connection; `adrc` notifies it of every
/// state.
#[test]
fn systemd_passes_sockets_and_receives_states() {
    needs!("curl", "systemd-socket-activate");
    let sandbox = tempfile::tempdir().unwrap();
    fs::write(
        sandbox.path().join("plan.adr"),
        "application { rule \"a\" { begins-with 5; digits 7; prefix 9 } }\n",
    )
    .unwrap();
    let states = UnixDatagram::bind(sandbox.path().join("notify")).unwrap();
    states.set_read_timeout(Some(TIMEOUT)).unwrap();
    let [http, admin] = free_addresses();
    let notify = format!("NOTIFY_SOCKET={}", sandbox.path().join("notify").display());
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
        .current_dir(sandbox.path())
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("systemd-socket-activate, which tests/run installs");
    let mut child = KillOnDrop(child);
    connect(http);
    let pid = Pid::from_child(&child.0);
    assert!(state(&states).contains("READY=1"));
    let answer = curl(&[], &format!("http://{http}/AppDialRules.xml"));
    assert_eq!(answer.status, 200);
    // the server gives its answer a second, and says on a busy machine that it is not ready
    let ready = || curl(&[], &format!("http://{admin}/-/ready"));
    wait_within(TIMEOUT, || ready().status == 200, || format!("{:?}", ready()));
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
    let mut output = String::new();
    child.0.stderr.take().unwrap().read_to_string(&mut output).unwrap();
    assert!(status.success(), "{output}");
}

/// The TFTP socket of systemd has a larger receive buffer than the service may set itself. `adrc`
/// answers the request that is already in it, and does not shrink the buffer. The test shares the
/// socket, so it can read the size.
#[test]
fn inherited_tftp_socket_keeps_its_receive_buffer() {
    const BUFFER: usize = 8 << 20;
    let sandbox = tempfile::tempdir().unwrap();
    let plan = "application { rule \"a\" { begins-with 5; digits 7; prefix 9 } }\n";
    fs::write(sandbox.path().join("plan.adr"), plan).unwrap();
    let socket = UdpSocket::bind("127.0.0.4:0").unwrap();
    // without CAP_NET_ADMIN, the kernel limits the size
    if sockopt::set_socket_recv_buffer_size_force(&socket, BUFFER).is_err() {
        sockopt::set_socket_recv_buffer_size(&socket, BUFFER).unwrap();
    }
    let granted = sockopt::socket_recv_buffer_size(&socket).unwrap();
    let phone = UdpSocket::bind("127.0.0.4:0").unwrap();
    phone.set_read_timeout(Some(TIMEOUT)).unwrap();
    let request = b"\0\x01AppDialRules.xml\0octet\0";
    phone.send_to(request, socket.local_addr().unwrap()).unwrap();
    let child = with_socket(&socket, sandbox.path())
        .args(["serve", "plan.adr", "--http", "127.0.0.1:0", "--admin=off"])
        .args(["--tftp", "127.0.0.1:1"])
        .stderr(Stdio::piped())
        .spawn();
    let mut child = KillOnDrop(child.unwrap());
    let mut block = [0; 516];
    let (size, from) = phone.recv_from(&mut block).unwrap();
    assert_eq!(&block[..4], b"\0\x03\0\x01", "{size} bytes");
    phone.send_to(b"\0\x04\0\x01", from).unwrap();
    let kept = sockopt::socket_recv_buffer_size(&socket).unwrap();
    assert_eq!(kept, granted);
    kill_process(Pid::from_child(&child.0), Signal::TERM).unwrap();
    assert!(child.0.wait().unwrap().success());
    let mut output = String::new();
    let mut stderr = child.0.stderr.take().unwrap();
    stderr.read_to_string(&mut output).unwrap();
    // a warning names the configured address that `adrc` does not listen on
    let ignored = output.lines().filter(|line| line.contains("does not listen on this address"));
    let ignored: Vec<_> = ignored.collect();
    assert!(matches!(ignored[..], [line] if line.contains("127.0.0.1:1")), "{output}");
}

/// The command `adrc` with this socket, passed as systemd passes one named `tftp`, and without the
/// capability to enlarge its buffer.
fn with_socket(socket: &UdpSocket, folder: &Path) -> Command {
    let script = "exec 3<&0 </dev/null; export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=tftp; exec \"$0\" \"$@\"";
    let mut command = if rustix::process::geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--bounding-set", "-net_admin", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    command.args(["-c", script]).arg(adr_tests::adrc_path());
    let socket: OwnedFd = socket.try_clone().unwrap().into();
    command.current_dir(folder).stdin(socket);
    command
}

/// The next state that the service sends to systemd.
fn state(states: &UnixDatagram) -> String {
    let mut text = [0; 512];
    let size = states.recv(&mut text).expect("a state");
    String::from_utf8_lossy(&text[..size]).into_owned()
}

/// Addresses with free ports on an address that no other test uses.
fn free_addresses() -> [SocketAddr; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.4:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap())
}

/// Connects as soon as a process listens on the address.
fn connect(address: SocketAddr) {
    let began = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(began.elapsed() < TIMEOUT, "no process listens on {address}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
