//! TFTP with several addresses on both sides: answers leave from the address that was asked, and
//! one host with a whole IPv6 network is one client.

use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use crate::harness::{Client, TestServer, describe, files, generation, read_request};
use adr_kit::optional::{has_commands, leave_out};
use adr_server::{Parts, Server, Settings, Sockets, Store};

const RULES: &str = "AppDialRules.xml";

#[test]
fn answer_leaves_from_the_address_that_was_asked() {
    let served = TestServer::with(|settings| settings.tftp = vec!["0.0.0.0:0".parse().unwrap()]);
    let port = served.tftp().port();
    for asked in ["127.0.0.1", "127.0.0.5", "127.99.0.1"] {
        for name in [RULES, "missing.xml"] {
            let client = Client::new();
            client.send(&read_request(name, &[]), format!("{asked}:{port}").parse().unwrap());
            let (_, from) = client.receive();
            assert_eq!(from.ip().to_string(), asked, "{name}");
        }
    }
}

#[test]
fn socket_for_both_protocols_answers_from_the_address_that_was_asked() {
    // a service manager may pass such a socket
    let socket = UdpSocket::bind("[::]:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let store = Arc::new(Store::new(generation(7, &files())));
    let parts = Parts::with_sockets(store, Sockets { tftp: vec![socket], ..Sockets::default() });
    let server = runtime.block_on(async { Server::start(Settings::default(), parts) }).unwrap();
    for (client, asked) in [("127.0.0.1", "127.0.0.5"), ("[::1]", "[::1]")] {
        let (client, asked) = (Client::at(client), format!("{asked}:{port}"));
        let asked: SocketAddr = asked.parse().unwrap();
        client.send(&read_request("size-5000.bin", &[]), asked);
        let (packet, from) = client.receive();
        assert_eq!((describe(&packet).as_str(), from.ip()), ("data 1 (512)", asked.ip()));
        client.send(&[0, 4, 0, 1], from);
        assert_eq!(describe(&client.receive().0), "data 2 (512)");
    }
    drop(server);
}

/// Set in the process that runs a test in a network namespace.
const IN_NAMESPACE: &str = "ADR_IN_NAMESPACE";

/// Runs a test in a network namespace with all addresses of `fd00:1::/64`, in another process.
/// Returns whether the calling process is that one, and has to run the test.
fn is_in_namespace(test: &str) -> bool {
    if std::env::var_os(IN_NAMESPACE).is_some() {
        return true;
    }
    if !has_commands(&["unshare", "ip"]) {
        return false;
    }
    let namespace = || {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net"]);
        command
    };
    if !namespace().arg("true").status().is_ok_and(|status| status.success()) {
        leave_out("network namespaces");
        return false;
    }
    let script = "set -e; ip link set lo up; ip -6 route add local fd00:1::/64 dev lo
        echo 1 >/proc/sys/net/ipv6/ip_nonlocal_bind; exec \"$0\" \"$@\"";
    let mut command = namespace();
    command.args(["sh", "-c", script]).arg(std::env::current_exe().unwrap());
    let output = command.args(["--exact", test]).env(IN_NAMESPACE, "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{output:?}");
    false
}

#[test]
fn one_ipv6_network_is_one_client() {
    if !is_in_namespace("tftp_addresses::one_ipv6_network_is_one_client") {
        return;
    }
    let served = TestServer::with(|settings| {
        settings.tftp = vec!["[::]:0".parse().unwrap()];
        settings.limits.tftp.max_transfers_per_client = 2;
        settings.limits.tftp.timeout_milliseconds = 60_000;
        settings.exempt = Vec::new();
    });
    let server: SocketAddr = format!("[::1]:{}", served.tftp().port()).parse().unwrap();
    for number in 0..8_300 {
        let client = Client::at(&format!("[fd00:1::2:{number:x}]"));
        client.send(&read_request(RULES, &[]), server);
    }
    served.wait_until("few transfers", |server| (1..=64).contains(&server.in_flight().0));
    // requests that still wait may fill the buffer of the socket, and clients repeat theirs
    served.wait_until("another client is served", |_| {
        let client = Client::at("[::1]");
        client.send(&read_request(RULES, &[]), server);
        let answer = client.receive_within(Duration::from_secs(1));
        answer.is_some_and(|(packet, from)| {
            client.send(&[0, 4, 0, 1], from);
            describe(&packet) == "data 1 (31)"
        })
    });
    // two transfers that are acknowledged, then none, from any address of the network
    let open = |address: &str| {
        let client = Client::at(address);
        client.send(&read_request("size-5000.bin", &[]), server);
        let (packet, from) = client.receive();
        client.send(&[0, 4, 0, 1], from);
        if packet[1] == 3 {
            client.receive();
        }
        describe(&packet)
    };
    let opened = ["[fd00:1::a]", "[fd00:1::b]", "[fd00:1::c]"].map(open);
    assert_eq!(opened, ["data 1 (512)", "data 1 (512)", "error 0 Busy, try again"]);
    assert_eq!(open("[::1]"), "data 1 (512)");
    // an answer leaves from the address that was asked
    let client = Client::at("[::1]");
    let asked: SocketAddr = format!("[fd00:1::77]:{}", server.port()).parse().unwrap();
    client.send(&read_request(RULES, &[]), asked);
    assert_eq!(client.receive().1.ip(), asked.ip());
}
