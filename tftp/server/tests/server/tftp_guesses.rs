//! Acknowledgements that guess the port of a transfer: what they cause, and what a client notices
//! whose address others forge.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use adr_kit::wait::wait_until;
use adr_server::Outcome;

use crate::harness::{
    Client, Files, SILENCE, TestServer, bytes, describe, files, generation, read_request,
};

/// Bytes of the IPv4 and UDP headers.
const HEADERS: usize = 28;

/// Most bytes on the wire for each byte of forged packets; docs/guides/operator.md has the same
/// number.
const MAX_AMPLIFICATION: f64 = 15.0;

/// Ports from which transfers are served, if there are one or two listeners.
const PORTS: usize = 128;

const RULES: &str = "AppDialRules.xml";

/// A file of 46 blocks of 1,428 bytes.
const LARGE: &str = "l";

fn with_large_file() -> Files {
    let mut files = files();
    files.push((LARGE.to_owned(), bytes(65_536)));
    files
}

/// The ports of the server from which it serves transfers, as anyone can learn them: by requests
/// for a file that is missing.
fn ports(served: &TestServer) -> BTreeSet<SocketAddr> {
    let client = Client::new();
    let mut ports = BTreeSet::new();
    while ports.len() < PORTS {
        client.send(&read_request("missing.xml", &[]), served.tftp());
        let (answer, from) = client.receive();
        assert_eq!(describe(&answer), "error 1 File not found");
        ports.insert(from);
    }
    ports
}

/// Forged packets of one victim, and what the victim receives.
struct Attack {
    what: &'static str,
    victim: Client,
    ports: BTreeSet<SocketAddr>,
    forged: usize,
    received: usize,
    blocks: usize,
}

impl Attack {
    fn new(what: &'static str, ports: &BTreeSet<SocketAddr>) -> Self {
        let (victim, ports) = (Client::at("127.0.0.9"), ports.clone());
        Self { what, victim, ports, forged: 0, received: 0, blocks: 0 }
    }

    fn forge(&mut self, packet: &[u8], to: SocketAddr) {
        self.victim.send(packet, to);
        self.forged += packet.len() + HEADERS;
    }

    /// Requests the large file twice, as often as one port can, and waits for both answers.
    fn request(&mut self, served: &TestServer, options: &[(&str, &str)]) {
        for mode in ["octet", "OCTET"] {
            let mut request = format!("\0\x01{LARGE}\0{mode}\0");
            for (name, value) in options {
                request += &format!("{name}\0{value}\0");
            }
            self.forge(request.as_bytes(), served.tftp());
            let (answer, _) = self.victim.receive();
            self.count(&answer);
        }
    }

    /// Acknowledges a block to every port.
    fn spray(&mut self, block: u16) {
        let [high, low] = block.to_be_bytes();
        for (at, port) in self.ports.clone().into_iter().enumerate() {
            self.forge(&[0, 4, high, low], port);
            // what has arrived must not fill the victim's buffer
            if at % 8 == 0 {
                self.drain(Duration::from_millis(1));
            }
        }
    }

    fn drain(&mut self, time: Duration) {
        while let Some((packet, _)) = self.victim.receive_within(time) {
            self.count(&packet);
        }
    }

    fn count(&mut self, packet: &[u8]) {
        self.received += packet.len() + HEADERS;
        self.blocks += usize::from(packet[1] == 3);
    }

    /// Compares the bytes that the victim got with the forged ones, after the end of all transfers.
    fn check(mut self) {
        self.drain(SILENCE);
        let (what, blocks) = (self.what, self.blocks);
        assert!(blocks > 2, "{what}: nothing has hit, so the test measures nothing");
        let factor = self.received as f64 / self.forged as f64;
        assert!(factor < MAX_AMPLIFICATION, "{what}: {factor} by {blocks} blocks");
    }
}

/// Waits for the end of all transfers.
fn wait_for_end(served: &TestServer, attacks: &mut [Attack]) {
    wait_until("the end of all transfers", || {
        for attack in &mut *attacks {
            attack.drain(Duration::from_millis(1));
        }
        served.server().in_flight().0 == 0
    });
}

/// A server with the limits of the product. Clients of loopback are exempt, so it takes no notice
/// of guesses: that is what an attacker reaches on average that forges many addresses, and guesses
/// once or twice for each of them.
fn server() -> TestServer {
    TestServer::of(generation(7, &with_large_file()), |_| {})
}

#[test]
fn forged_acknowledgements_have_bounded_amplification() {
    let served = server();
    let windows = |blocks| vec![("blksize", "1428"), ("windowsize", blocks)];
    let blocks = vec![("blksize", "1428")];
    let cases = [
        ("the largest window, once", windows("16"), vec![0]),
        ("windows to the end", windows("16"), vec![0, 16, 32, 46]),
        ("windows but the last", windows("16"), vec![0, 16, 32]),
        ("every block of windows", windows("16"), (0..12).collect()),
        ("a window and its repetition", windows("16"), vec![0, 0, 0]),
        ("half a window", windows("8"), vec![0, 8]),
        ("single blocks", blocks.clone(), vec![0]),
        ("many single blocks", blocks, (0..12).collect()),
        ("blocks without options", vec![], vec![1, 2, 3, 4]),
    ];
    let ports = ports(&served);
    let mut attacks = Vec::new();
    for (what, options, acknowledged) in cases {
        let mut attack = Attack::new(what, &ports);
        attack.request(&served, &options);
        for block in acknowledged {
            attack.spray(block);
        }
        attacks.push(attack);
    }
    wait_for_end(&served, &mut attacks);
    attacks.into_iter().for_each(Attack::check);
}

/// Requests from one port cannot make every guess a hit.
#[test]
fn one_port_has_two_transfers() {
    let served = server();
    let mut attack = Attack::new("many requests", &ports(&served));
    for number in 0..200 {
        let request = read_request(LARGE, &[("tsize", "0"), ("number", &number.to_string())]);
        attack.victim.send(&request, served.tftp());
        assert_eq!(describe(&attack.victim.receive().0), "oack tsize=65536");
        assert!(served.server().in_flight().0 <= 2);
    }
    // these requests alone are below 2, see the test of forged requests
    attack.request(&served, &[("blksize", "1428"), ("windowsize", "16")]);
    attack.spray(0);
    wait_for_end(&served, std::slice::from_mut(&mut attack));
    attack.check();
}

#[test]
fn acknowledged_transfer_outlasts_other_requests_from_its_port() {
    let served = TestServer::with(|settings| settings.limits.tftp.timeout_milliseconds = 60_000);
    let client = Client::new();
    client.send(&read_request("size-5000.bin", &[]), served.tftp());
    let (_, from) = client.receive();
    client.send(&[0, 4, 0, 1], from);
    assert_eq!(describe(&client.receive().0), "data 2 (512)");
    for number in 0..5 {
        let options = [("tsize", "0"), ("number", &number.to_string())];
        client.send(&read_request(RULES, &options), served.tftp());
        assert_eq!(describe(&client.receive().0), "oack tsize=31");
    }
    client.send(&[0, 4, 0, 2], from);
    assert_eq!(describe(&client.receive().0), "data 3 (512)");
}

/// A client of which others have sent more guesses than mean nothing.
fn suspect(served: &TestServer, address: &str) -> Client {
    let client = Client::at(address);
    for (at, port) in ports(served).into_iter().take(12).enumerate() {
        client.send(&[0, 4, 0, 0], port);
        if at < 8 {
            assert_eq!(describe(&client.receive().0), "error 5 Unknown transfer");
        }
    }
    let answer = client.receive_within(SILENCE).map(|(packet, _)| describe(&packet));
    assert_eq!(answer, None, "too many guesses for answers");
    client
}

#[test]
fn client_whose_address_is_forged_is_served_block_by_block() {
    let served = TestServer::of(generation(7, &with_large_file()), |settings| {
        settings.exempt = Vec::new();
    });
    let client = suspect(&served, "127.0.0.9");
    let options = [("blksize", "1428"), ("windowsize", "16")];
    client.send(&read_request(LARGE, &options), served.tftp());
    let (confirmed, from) = client.receive();
    assert_eq!(describe(&confirmed), "oack blksize=1428 windowsize=1");
    let (mut received, mut block) = (Vec::new(), [0, 0]);
    while received.len() < 65_536 {
        client.send(&[0, 4, block[0], block[1]], from);
        let (packet, _) = client.receive();
        // a slow machine repeats blocks
        if packet[2..4] != block {
            block = [packet[2], packet[3]];
            received.extend_from_slice(&packet[4..]);
        }
    }
    assert!(received == bytes(65_536));
    // others have windows
    let other = Client::at("127.0.0.8");
    other.send(&read_request(LARGE, &options), served.tftp());
    assert_eq!(describe(&other.receive().0), "oack blksize=1428 windowsize=16");
}

#[test]
fn transfers_of_a_forged_address_do_not_count_as_acknowledged() {
    let served = TestServer::with(|settings| {
        settings.limits.tftp.max_transfers = 2;
        settings.limits.tftp.timeout_milliseconds = 60_000;
        settings.exempt = Vec::new();
    });
    drop(suspect(&served, "127.0.0.9"));
    let open = |address: &str| {
        let client = Client::at(address);
        client.send(&read_request("size-5000.bin", &[]), served.tftp());
        let (packet, from) = client.receive();
        client.send(&[0, 4, 0, 1], from);
        (describe(&packet), describe(&client.receive().0))
    };
    let served_blocks = ("data 1 (512)".to_owned(), "data 2 (512)".to_owned());
    for address in ["127.0.0.9", "127.0.0.9", "127.0.0.9", "127.0.0.7", "127.0.0.8"] {
        assert_eq!(open(address), served_blocks, "{address}");
    }
    assert_eq!(open("127.0.0.6").0, "error 0 Busy, try again");
}

#[test]
fn late_packets_of_ended_transfers_are_not_guesses() {
    let served = TestServer::with(|settings| settings.exempt = Vec::new());
    let client = Client::at("127.0.0.9");
    for _ in 0..12 {
        client.send(&read_request(RULES, &[]), served.tftp());
        let (packet, from) = client.receive();
        assert_eq!(describe(&packet), "data 1 (31)");
        client.send(&[0, 4, 0, 1], from);
        client.send(&[0, 4, 0, 1], from);
        assert_eq!(describe(&client.receive().0), "error 5 Unknown transfer");
    }
    client.send(&read_request(RULES, &[("windowsize", "16")]), served.tftp());
    assert_eq!(describe(&client.receive().0), "oack windowsize=16");
}

#[test]
fn transfer_whose_client_is_silent_makes_room() {
    let served = TestServer::with(|settings| {
        settings.limits.tftp.max_transfers = 2;
        settings.limits.tftp.timeout_milliseconds = 1_000;
        settings.limits.tftp.retries = 100;
    });
    let silent: Vec<_> = (0..2).map(|_| Client::new()).collect();
    for client in &silent {
        client.send(&read_request("size-5000.bin", &[]), served.tftp());
        let (_, from) = client.receive();
        client.send(&[0, 4, 0, 1], from);
        assert_eq!(describe(&client.receive().0), "data 2 (512)");
    }
    served.wait_until("a place for another one", |_| {
        Client::new().fetch("size-5000.bin", served.tftp()).is_ok()
    });
    served.wait_until("the end of two", |server| {
        let records = server.latest_records();
        let ended = |outcome| records.iter().filter(|record| record.outcome == outcome).count();
        (ended(Outcome::Complete), ended(Outcome::Unanswered)) == (1, 1)
    });
}

/// A guess that hits makes its victim a known client, so known ones must not displace all others.
#[test]
fn known_clients_leave_half_of_the_unacknowledged_transfers_to_others() {
    let served = TestServer::with(|settings| {
        settings.limits.tftp.max_unacknowledged = 8;
        settings.limits.tftp.timeout_milliseconds = 60_000;
        settings.exempt = Vec::new();
    });
    let open = |client: &Client| {
        client.send(&read_request("size-5000.bin", &[]), served.tftp());
        let (packet, from) = client.receive();
        assert_eq!(describe(&packet), "data 1 (512)");
        from
    };
    let open_as_known = |number: u32| {
        let client = Client::at(&format!("127.0.2.{number}"));
        assert!(client.fetch(RULES, served.tftp()).is_ok());
        let address = client.socket.local_addr().unwrap();
        served.wait_until("the acknowledgement", |server| {
            server
                .latest_records()
                .iter()
                .any(|record| record.client == address && record.outcome == Outcome::Complete)
        });
        open(&client);
    };
    (1..=10).for_each(open_as_known);
    let unknown = Client::at("127.0.0.9");
    let from = open(&unknown);
    (11..=20).for_each(open_as_known);
    assert_eq!(served.server().in_flight().0, 8);
    unknown.send(&[0, 4, 0, 1], from);
    assert_eq!(describe(&unknown.receive().0), "data 2 (512)");
}

#[test]
fn windows_are_smaller_with_many_listeners() {
    for (listeners, window) in [(1, 16), (2, 16), (3, 10), (4, 8), (8, 4)] {
        let served = TestServer::with(|settings| settings.tftp = vec![settings.tftp[0]; listeners]);
        let client = Client::new();
        client.send(&read_request(RULES, &[("windowsize", "16")]), served.tftp());
        assert_eq!(describe(&client.receive().0), format!("oack windowsize={window}"));
    }
}
