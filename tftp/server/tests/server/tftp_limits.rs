//! Limits on TFTP transfers, and what forged requests can cause.

use std::net::SocketAddr;

use adr_server::{Outcome, Record};

use crate::harness::{Client, SILENCE, TestServer, describe, files, generation, read_request};

const RULES: &str = "AppDialRules.xml";

/// A client that has received block 1 of a file of 5,000 bytes, and acknowledges it if it should.
fn open(served: &TestServer, address: &str, acknowledges: bool) -> (String, Client, SocketAddr) {
    let client = Client::at(address);
    client.send(&read_request("size-5000.bin", &[]), served.tftp());
    let (packet, from) = client.receive();
    if acknowledges && packet[1] == 3 {
        client.send(&[0, 4, 0, 1], from);
        assert_eq!(describe(&client.receive().0), "data 2 (512)");
    }
    (describe(&packet), client, from)
}

const BUSY: &str = "error 0 Busy, try again";

#[test]
fn transfers_are_limited_in_total() {
    let served = TestServer::with(|settings| {
        settings.limits.tftp.max_transfers = 8;
        settings.limits.tftp.timeout_milliseconds = 60_000;
    });
    let first: Vec<_> = (0..8).map(|_| open(&served, "127.0.0.1", true)).collect();
    assert!(first.iter().all(|(packet, ..)| packet == "data 1 (512)"));
    assert_eq!(open(&served, "127.0.0.1", false).0, BUSY);
    let (_, client, from) = &first[0];
    client.send(b"\0\x05\0\0enough\0", *from);
    served.wait_until("a free place", |server| server.in_flight().0 == 7);
    assert_eq!(open(&served, "127.0.0.1", true).0, "data 1 (512)");
    assert_eq!(open(&served, "127.0.0.1", false).0, BUSY);
}

/// Bytes of the IPv4 and UDP headers, which requests and answers both have.
const HEADERS: usize = 28;

/// Bytes on the wire that the server sends per byte of a request that is never acknowledged. Limits
/// have their defaults; only the timeout is shorter.
fn amplification(served: &TestServer, packet: &[u8]) -> f64 {
    let client = Client::new();
    let records = served.server().latest_records().len();
    client.send(packet, served.tftp());
    served.wait_until("the end", |server| server.latest_records().len() > records);
    let answers = std::iter::from_fn(|| client.receive_within(SILENCE));
    let bytes: usize = answers.map(|(answer, _)| answer.len() + HEADERS).sum();
    bytes as f64 / (packet.len() + HEADERS) as f64
}

#[test]
fn forged_request_has_small_amplification() {
    let mut files = files();
    files.push(("s".to_owned(), vec![7; 512]));
    files.push(("CUPC/AppDialRules.xml".to_owned(), vec![7; 2_048]));
    files.remove(1);
    let served = TestServer::of(generation(7, &files), |settings| {
        settings.limits.tftp.timeout_milliseconds = 20;
    });
    // requests of phones have options, which are answered by an option acknowledgement
    let phone = [("tsize", "0"), ("blksize", "1428"), ("windowsize", "8")];
    let rules = "CUPC/AppDialRules.xml";
    assert!(amplification(&served, &read_request(rules, &phone)) < 2.0);
    assert!(amplification(&served, &read_request("nothing.xml", &[])) < 1.0);
    assert!(amplification(&served, b"\0\x01") < 2.0);
    // one block of 512 bytes; the shortest possible name has the largest factor
    let plain = amplification(&served, &read_request(rules, &[]));
    assert!((9.0..10.0).contains(&plain), "{plain}");
    let shortest = amplification(&served, &read_request("s", &[]));
    assert!((14.0..15.0).contains(&shortest), "{shortest}");
}

#[test]
fn one_address_cannot_take_all_transfers() {
    let served = TestServer::with(|settings| {
        settings.limits.tftp.max_transfers_per_client = 3;
        settings.limits.tftp.timeout_milliseconds = 60_000;
        settings.exempt = Vec::new();
    });
    for _ in 0..3 {
        assert_eq!(open(&served, "127.0.0.1", true).0, "data 1 (512)");
    }
    assert_eq!(open(&served, "127.0.0.1", false).0, BUSY);
    assert_eq!(open(&served, "127.0.0.2", true).0, "data 1 (512)");
}

/// The number after a metric without labels.
fn metric(served: &TestServer, name: &str) -> u64 {
    let text = served.server().metrics_text();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
    line.unwrap_or_else(|| panic!("{text}")).parse().unwrap()
}

#[test]
fn oldest_unacknowledged_transfer_makes_room() {
    let served = TestServer::with(|settings| {
        settings.limits.tftp.max_unacknowledged = 8;
        settings.limits.tftp.max_unacknowledged_per_client = 3;
        settings.limits.tftp.timeout_milliseconds = 60_000;
        settings.exempt = Vec::new();
    });
    // this client has acknowledged a file before, so its transfer stays
    assert!(Client::at("127.0.0.9").fetch(RULES, served.tftp()).is_ok());
    let (_, known, _) = open(&served, "127.0.0.9", false);
    let (_, unknown, _) = open(&served, "127.0.0.8", false);
    for number in 1..=50 {
        assert_eq!(open(&served, &format!("127.0.1.{number}"), false).0, "data 1 (512)");
    }
    assert_eq!(served.server().in_flight().0, 8);
    assert_eq!(metric(&served, "adrc_tftp_evictions_total"), 44);
    // to each its own transfer, or a new one
    let records = served.server().latest_records().len();
    for (client, ended) in [(known, 0), (unknown, 1)] {
        client.send(&read_request("size-5000.bin", &[]), served.tftp());
        assert_eq!(describe(&client.receive().0), "data 1 (512)");
        assert_eq!(served.server().latest_records().len(), records + ended);
    }
    // one client replaces its own
    let before = metric(&served, "adrc_tftp_evictions_total");
    for _ in 0..20 {
        assert_eq!(open(&served, "127.0.2.1", false).0, "data 1 (512)");
    }
    assert_eq!(metric(&served, "adrc_tftp_evictions_total"), before + 20);
    assert!(Client::at("127.0.1.50").fetch(RULES, served.tftp()).is_ok());
}

/// Whether a client gets [`RULES`]. A small receive buffer may lose its request, and clients repeat
/// it.
fn is_served(served: &TestServer) -> bool {
    let client = Client::new();
    client.send(&read_request(RULES, &[]), served.tftp());
    let answer = client.receive_within(std::time::Duration::from_secs(1));
    answer.is_some_and(|(packet, from)| {
        client.send(&[0, 4, 0, 1], from);
        packet[4..] == *b"<DialRules>default</DialRules>\n"
    })
}

#[test]
fn honest_clients_are_served_during_a_flood_of_forged_requests() {
    const FLOOD: u32 = 5_000;
    let served = TestServer::with(|settings| {
        settings.limits.tftp.max_unacknowledged = 500;
        settings.limits.tftp.timeout_milliseconds = 200;
        settings.exempt = Vec::new();
    });
    let packet = read_request("size-5000.bin", &[]);
    let (mut most, mut checks, mut attempts) = (0, 0, 0);
    for number in 0..FLOOD {
        // a different source each time, always loopback
        let [_, a, b, c] = number.to_be_bytes();
        let client = Client::at(&format!("127.{}.{b}.{}", a + 2, c.max(1)));
        client.send(&packet, served.tftp());
        most = most.max(served.server().in_flight().0);
        if number % 250 == 0 {
            checks += 1;
            served.wait_until("an honest client is served", |_| {
                attempts += 1;
                is_served(&served)
            });
        }
    }
    assert!(most <= 501, "{most} transfers");
    // a busy machine may lose a packet now and then, or take more than a second
    assert!(attempts <= 4 * checks, "{attempts} attempts for {checks} downloads");
    served.wait_until("rest", |server| server.in_flight().0 == 0);
    assert_eq!(served.server().latest_records().len(), adr_server::MAX_RECORDS);
}

/// Requests for large files that nobody acknowledges take all streams again and again.
#[test]
fn unacknowledged_streams_make_room_for_a_client_that_acknowledges() {
    let root = tempfile::tempdir().unwrap();
    let firmware: Vec<u8> = (0..(1_u32 << 20) + 1_000).map(|number| number as u8).collect();
    std::fs::write(root.path().join("firmware.bin"), &firmware).unwrap();
    let served = TestServer::with(|settings| {
        settings.root = Some(root.path().to_owned());
        settings.limits.upstream.max_streams = 4;
        settings.limits.tftp.timeout_milliseconds = 60_000;
    });
    let request = read_request("firmware.bin", &[("blksize", "1428")]);
    let forged: Vec<_> = (0..20).map(|_| Client::new()).collect();
    for client in &forged {
        client.send(&request, served.tftp());
        let answer = describe(&client.receive().0);
        assert!(answer.contains("blksize"), "{answer}");
    }
    let honest = Client::new();
    honest.send(&request, served.tftp());
    let (options, from) = honest.receive();
    assert!(describe(&options).contains("blksize"));
    honest.send(&[0, 4, 0, 0], from);
    let mut received = Vec::new();
    while received.len() < firmware.len() {
        let (block, _) = honest.receive();
        received.extend_from_slice(&block[4..]);
        honest.send(&[0, 4, block[2], block[3]], from);
        // others go on in the meantime
        if received.len() % (100 * 1_428) == 0 {
            forged[0].send(&request, served.tftp());
        }
    }
    assert!(received == firmware);
    assert_eq!(served.server().latest_records().iter().filter(|one| is_busy(one)).count(), 0);
}

fn is_busy(record: &Record) -> bool {
    record.outcome == Outcome::Busy
}

/// Most bytes that unacknowledged transfers may hold, as docs/reference/metrics.md says.
const MAX_HELD_BYTES: u64 = 16 << 20;

/// Requests for many different files that nobody acknowledges, while a client that nobody knows
/// receives one of them.
#[test]
fn unacknowledged_transfers_of_different_files_hold_bounded_bytes() {
    const FILES: u32 = 40;
    let root = tempfile::tempdir().unwrap();
    let content = |number: u32| vec![number as u8; 1 << 20];
    for number in 0..FILES {
        std::fs::write(root.path().join(format!("{number}.bin")), content(number)).unwrap();
    }
    let served = TestServer::with(|settings| {
        settings.root = Some(root.path().to_owned());
        settings.limits.tftp.timeout_milliseconds = 60_000;
        settings.exempt = Vec::new();
    });
    let request = |number: u32| read_request(&format!("{}.bin", number % FILES), &[]);
    let held = || metric(&served, "adrc_tftp_unacknowledged_bytes");
    let forge = |number: u32| {
        let client = Client::at(&format!("127.0.3.{}", number % 200 + 1));
        client.send(&request(number), served.tftp());
        assert_eq!(describe(&client.receive().0), "data 1 (512)");
        served.wait_until("the bound", |_| held() <= MAX_HELD_BYTES);
    };
    (0..2 * FILES).for_each(forge);
    assert!(held() > MAX_HELD_BYTES / 2, "{} bytes: the test measures nothing", held());
    let honest = Client::at("127.0.4.1");
    let blocks = [("blksize", "1428")];
    honest.send(&read_request("7.bin", &blocks), served.tftp());
    let (options, from) = honest.receive();
    assert!(describe(&options).contains("blksize"));
    honest.send(&[0, 4, 0, 0], from);
    let mut received = Vec::new();
    while received.len() < 1 << 20 {
        let (block, _) = honest.receive();
        received.extend_from_slice(&block[4..]);
        honest.send(&[0, 4, block[2], block[3]], from);
        if received.len() % (50 * 1_428) == 0 {
            forge(received.len() as u32 / 1_428);
        }
    }
    assert!(received == content(7));
    assert_eq!(served.server().latest_records().iter().filter(|one| is_busy(one)).count(), 0);
}
