//! Real upstream TFTP servers: `adrc serve` passes on files of dnsmasq and of tftpd-hpa.

use adr_kit::needs;
use adr_kit::optional::has;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::published_tree;
use super::real_clients::Client;
use super::server_process::ServerProcess;
use adr_kit::wait::TIMEOUT;

/// The ports of the servers. dnsmasq serves TFTP on port 69 only, for which it needs root.
const DNSMASQ_PORT: u16 = 69;
const HPA_PORT: u16 = 6969;

/// The addresses of dnsmasq and of tftpd-hpa, and one at which no server is running: loopback
/// addresses that another run of this suite does not have.
fn addresses() -> [Ipv4Addr; 3] {
    let [.., high, low] = std::process::id().to_be_bytes();
    [1, 2, 3].map(|server| Ipv4Addr::new(127, 130 + high % 100, low, server))
}

/// A TFTP server that is killed when dropped.
struct FileServer(Child);

impl FileServer {
    /// Starts a server and waits until it serves the file `probe`.
    fn start(address: SocketAddr, words: &[&str], probe: &str) -> Self {
        let libraries = adr_tests::root().join("target/debian/libwrap0/usr/lib/x86_64-linux-gnu");
        let child = Command::new(words[0])
            .args(&words[1..])
            .env("LD_LIBRARY_PATH", libraries)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let child =
            child.unwrap_or_else(|error| panic!("{}: {error}; tests/run installs it", words[0]));
        let file_server = Self(child);
        wait_for(address, probe);
        file_server
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until a server answers a request for this file.
fn wait_for(server: SocketAddr, name: &str) {
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let request = [b"\0\x01", name.as_bytes(), b"\0octet\0"].concat();
    let began = Instant::now();
    loop {
        let _ = client.send_to(&request, server);
        if let Ok((_, from)) = client.recv_from(&mut [0; 1024]) {
            // an error packet ends the transfer
            let _ = client.send_to(b"\0\x05\0\0seen\0", from);
            return;
        }
        assert!(began.elapsed() < TIMEOUT, "{server} does not answer");
    }
}

fn dnsmasq(files: &Path) -> FileServer {
    let [address, ..] = addresses();
    let (root, listen) =
        (format!("--tftp-root={}", files.display()), format!("--listen-address={address}"));
    let words = [
        "dnsmasq",
        "--no-daemon",
        "--conf-file=/dev/null",
        "--port=0",
        "--pid-file=",
        "--user=root",
        "--enable-tftp",
        &root,
        &listen,
        "--bind-interfaces",
    ];
    FileServer::start((address, DNSMASQ_PORT).into(), &words, "small.cnf.xml")
}

fn hpa_command() -> PathBuf {
    adr_tests::root().join("target/debian/tftpd-hpa/usr/sbin/in.tftpd")
}

fn hpa(files: &Path) -> FileServer {
    let (command, files) = (hpa_command().display().to_string(), files.display().to_string());
    let [_, address, _] = addresses();
    let listen = format!("{address}:{HPA_PORT}");
    let words = [&command, "-L", "-a", &listen, "-u", "root", "-s", &files];
    FileServer::start((address, HPA_PORT).into(), &words, "small.cnf.xml")
}

/// A folder with a plan, settings with this upstream, and the files of the upstream server.
fn sandbox(upstream: &str) -> (tempfile::TempDir, Vec<(&'static str, Vec<u8>)>) {
    let sandbox = tempfile::tempdir().unwrap();
    let plan = "emergency 911\napplication { rule \"Local\" { begins-with 5; digits 7; prefix 9 } }\ntest { dial 911 -> unchanged }\n";
    fs::write(sandbox.path().join("plan.adr"), plan).unwrap();
    fs::write(sandbox.path().join("adrc.toml"), format!("upstream = [{upstream}]\n")).unwrap();
    let files = vec![
        ("small.cnf.xml", published_tree::bytes(700, 1)),
        ("empty.tlv", Vec::new()),
        ("block.sgn", published_tree::bytes(512, 2)),
        // larger than the cache accepts, so that it is streamed
        ("locale/large.bin", published_tree::bytes(3_000_000, 3)),
        ("ConfigFileCacheList.txt", b"SEP001122334455\n".to_vec()),
        ("AppDialRules.xml", b"<Foreign/>\n".to_vec()),
    ];
    for (name, bytes) in &files {
        let path = sandbox.path().join("upstream").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    (sandbox, files)
}

#[test]
fn files_of_dnsmasq_pass_unchanged() {
    needs!("dnsmasq");
    if !has("root, for port 69", rustix::process::geteuid().is_root()) {
        return;
    }
    let [dnsmasq_address, ..] = addresses();
    let upstream = format!("{{ host = \"{dnsmasq_address}\", http = 0, tftp = {DNSMASQ_PORT} }}");
    let (sandbox, files) = sandbox(&upstream);
    let _file_server = dnsmasq(&sandbox.path().join("upstream"));
    assert_passes_through(sandbox.path(), &files);
}

#[test]
fn files_of_tftpd_hpa_pass_unchanged() {
    if !has("tftpd-hpa, which tests/run unpacks", hpa_command().exists()) {
        return;
    }
    // the first server is not running, so adrc requests files from the second one
    let [_, running, closed] = addresses();
    let (sandbox, files) = sandbox(&format!(
        "{{ host = \"{closed}\", http = 0, tftp = 9 }}, \
         {{ host = \"{running}\", http = 0, tftp = {HPA_PORT} }}"
    ));
    let _file_server = hpa(&sandbox.path().join("upstream"));
    assert_passes_through(sandbox.path(), &files);
}

fn assert_passes_through(sandbox: &Path, files: &[(&str, Vec<u8>)]) {
    let server = ServerProcess::start(sandbox, &["plan.adr", "--config", "adrc.toml"]);
    let clients = [Client::Curl, Client::Atftp, Client::Busybox, Client::Tftpy, Client::CurlHttp];
    for client in clients.into_iter().filter(|client| client.is_available()) {
        for (name, bytes) in &files[..4] {
            let fetched = client.fetch(client.address(&server), name, sandbox);
            assert!(
                fetched.as_ref().is_ok_and(|fetched| fetched == bytes),
                "{client:?}, {name}: {:?}",
                fetched.map(|bytes| bytes.len())
            );
        }
        // published files take precedence, and the list of all devices is denied
        let own = client.fetch(client.address(&server), "AppDialRules.xml", sandbox).unwrap();
        assert!(own.starts_with(b"<?xml"), "{client:?}");
        for name in ["ConfigFileCacheList.txt", "missing.xml"] {
            let fetched = client.fetch(client.address(&server), name, sandbox);
            assert!(
                fetched.as_ref().map_or(true, Vec::is_empty),
                "{client:?}, {name}: {fetched:?}"
            );
        }
    }
    assert_eq!(server.terminate(), Some(0));
}
