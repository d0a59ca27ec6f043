//! Invalid and hostile TFTP packets, and the answers to them. docs/guides/operator.md has the same
//! table.

use std::net::SocketAddr;
use std::time::Duration;

use crate::harness::{Client, SILENCE, TestServer, describe, files, generation, read_request};
use adr_server::Outcome;

const RULES: &str = "AppDialRules.xml";

/// The answer to a request for [`RULES`]: one block of 31 bytes.
const SERVED: &str = "data 1 (31)";

/// Sends each packet from a socket of its own, and compares the first answer; `""` stands for none.
///
/// The sockets that should get no answer are checked together at the end, after one wait.
fn table(served: &TestServer, rows: &[(&str, Vec<u8>, &str)]) {
    let mut silent = Vec::new();
    for (what, packet, answer) in rows {
        let client = Client::new();
        client.send(packet, served.tftp());
        if answer.is_empty() {
            silent.push((what, client));
            continue;
        }
        let (came, from) = client.receive();
        assert_eq!(describe(&came), *answer, "{what}");
        end(&client, &came, from);
    }
    for (what, client) in silent {
        let came = client.receive_within(Duration::from_millis(20));
        assert_eq!(came.map(|(came, _)| describe(&came)), None, "{what}");
    }
    let file = Client::new().fetch(RULES, served.tftp());
    assert_eq!(file.unwrap(), b"<DialRules>default</DialRules>\n", "the server still serves");
}

/// Ends a transfer, so that it releases its permit.
fn end(client: &Client, came: &[u8], from: SocketAddr) {
    if came[1] == 3 || came[1] == 6 {
        let block = if came[1] == 3 { [came[2], came[3]] } else { [0, 0] };
        client.send(&[0, 4, block[0], block[1]], from);
    }
}

fn options(pairs: &[(&str, &str)]) -> Vec<u8> {
    read_request(RULES, pairs)
}

#[test]
fn packets_other_than_requests_are_ignored() {
    let served = TestServer::with(|_| {});
    let rows = [
        ("an empty packet", b"".to_vec(), ""),
        ("one byte", b"\0".to_vec(), ""),
        ("an opcode only", b"\0\x01".to_vec(), ""),
        ("opcode 0", b"\0\0x\0octet\0".to_vec(), ""),
        ("opcode 7", b"\0\x07x\0octet\0".to_vec(), ""),
        ("opcode 256", b"\x01\0x\0octet\0".to_vec(), ""),
        ("a stray block", b"\0\x03\0\x01abc".to_vec(), ""),
        ("a stray acknowledgement", b"\0\x04\0\x01".to_vec(), ""),
        ("a stray error", b"\0\x05\0\x01no\0".to_vec(), ""),
        ("a stray option acknowledgement", b"\0\x06blksize\x00512\0".to_vec(), ""),
        ("no NUL at all", b"\0\x01AppDialRules.xml".to_vec(), ""),
        ("no mode", b"\0\x01AppDialRules.xml\0".to_vec(), ""),
        ("an unterminated mode", b"\0\x01AppDialRules.xml\0octet".to_vec(), ""),
        ("an unknown mode", b"\0\x01AppDialRules.xml\0binary\0".to_vec(), ""),
        ("a name that is not UTF-8", b"\0\x01\xff\xfe\0octet\0".to_vec(), ""),
        ("garbage behind the mode", b"\0\x01AppDialRules.xml\0octet\0garbage".to_vec(), ""),
        ("an option without its value", b"\0\x01AppDialRules.xml\0octet\0tsize\0".to_vec(), ""),
        ("a name of 60,000 bytes", read_request(&"x".repeat(60_000), &[]), ""),
    ];
    table(&served, &rows);
}

#[test]
fn invalid_names_are_rejected() {
    let served = TestServer::with(|_| {});
    let missing = "error 1 File not found";
    let refused = "error 2 Permission denied";
    let rows = [
        ("an empty name", "", "error 4 Illegal operation"),
        ("one slash", "/", "error 4 Illegal operation"),
        ("a missing file", "nothing.xml", missing),
        ("a name of 255 bytes", &"x".repeat(255), missing),
        ("a name of 2,000 bytes", &"x".repeat(2_000), missing),
        ("a newline", "a\nb", missing),
        ("a format", "%n%s%x", missing),
        ("a terminal sequence", "\u{1b}[2J", missing),
        ("a folder", "CUPC", missing),
        ("a folder of a site", "sites/here/CUPC/AppDialRules.xml", missing),
        ("another case of letters", "appdialrules.xml", missing),
        ("a folder with its slash", "CUPC/", refused),
        ("above the root", "../etc/passwd", refused),
        ("above the root on the way", "CUPC/../../etc/passwd", refused),
        ("to and fro", "CUPC/../AppDialRules.xml", refused),
        ("above the root with backslashes", "..\\..\\etc\\passwd", refused),
        ("a backslash", "CUPC\\AppDialRules.xml", refused),
        ("an absolute path", "//etc/passwd", refused),
        ("a path from the root", "/etc/passwd", missing),
        ("a drive", "C:/boot.ini", refused),
        ("a drive and backslash", "C:\\boot.ini", refused),
        ("a share", "\\\\host\\share", refused),
        ("two slashes", "CUPC//AppDialRules.xml", refused),
        ("the same folder", "./AppDialRules.xml", refused),
        ("one slash in front", "/CUPC/AppDialRules.xml", SERVED),
    ];
    let rows = rows.map(|(what, name, answer)| (what, read_request(name, &[]), answer));
    table(&served, &rows);
}

#[test]
fn case_insensitive_server_finds_other_spellings() {
    let served = TestServer::with(|settings| settings.case_insensitive = true);
    table(&served, &[("another case", read_request("cupc/APPDIALRULES.XML", &[]), SERVED)]);
}

#[test]
fn both_modes_are_served_and_writes_are_rejected() {
    let served = TestServer::with(|_| {});
    let mode = |mode: &str| [b"\0\x01AppDialRules.xml\0", mode.as_bytes(), b"\0"].concat();
    let refused = "error 2 Permission denied";
    let rows = [
        ("octet in capitals", mode("OCTET"), SERVED),
        ("netascii in any case", mode("NetASCII"), SERVED),
        // async-tftp does not report the mode
        ("mail", mode("mail"), SERVED),
        ("writing a file that is there", b"\0\x02AppDialRules.xml\0octet\0".to_vec(), refused),
        ("writing a new file", b"\0\x02../x\0octet\0tsize\x00100\0".to_vec(), refused),
    ];
    table(&served, &rows);
}

#[test]
fn options_out_of_range_are_ignored() {
    let served = TestServer::with(|_| {});
    let huge = format!("1{}", "0".repeat(30));
    let mut rows = Vec::new();
    for value in ["0", "7", "-1", "abc", "", "65465", &huge, " 8", "0x10"] {
        rows.push(("blksize", options(&[("blksize", value)]), SERVED));
    }
    for (name, value) in [
        ("timeout", "0"),
        ("timeout", "256"),
        ("windowsize", "0"),
        ("windowsize", "65536"),
        ("tsize", "-1"),
        ("tsize", "7"),
        ("unknown", "1"),
        ("", ""),
    ] {
        rows.push((name, options(&[(name, value)]), SERVED));
    }
    // the timeout option is ignored: forged requests could prolong transfers with it
    rows.push(("a time-out that is fine", options(&[("timeout", "255")]), SERVED));
    let hundred: Vec<_> = (0..100).map(|_| ("option", "value")).collect();
    rows.push(("100 options", options(&hundred), SERVED));
    table(&served, &rows);
}

#[test]
fn options_in_range_are_granted_up_to_the_limits() {
    let served = TestServer::with(|_| {});
    let rows = [
        ("the smallest block", vec![("blksize", "8")], "oack blksize=8"),
        ("the largest block", vec![("blksize", "65464")], "oack blksize=1428"),
        ("twice", vec![("blksize", "100"), ("BLKSIZE", "200")], "oack blksize=200"),
        ("the largest window", vec![("windowsize", "65535")], "oack windowsize=8"),
        ("the size", vec![("tsize", "0")], "oack tsize=31"),
        (
            "what phones ask for",
            vec![("tsize", "0"), ("blksize", "1428"), ("timeout", "5"), ("x", "y")],
            "oack blksize=1428 tsize=31",
        ),
    ];
    let rows = rows.map(|(what, pairs, answer)| (what, options(&pairs), answer));
    table(&served, &rows);
}

/// Counts the packets that arrive within a time.
fn count(client: &Client, time: Duration) -> usize {
    std::iter::from_fn(|| client.receive_within(time)).count()
}

#[test]
fn repeated_and_wrong_acknowledgements_send_nothing() {
    let served = TestServer::with(|settings| settings.limits.tftp.timeout_milliseconds = 60_000);
    let client = Client::new();
    client.send(&read_request("size-5000.bin", &[]), served.tftp());
    let (first, from) = client.receive();
    assert_eq!(describe(&first), "data 1 (512)");
    for block in [0u16, 2, 7, 65_535] {
        let block = block.to_be_bytes();
        client.send(&[0, 4, block[0], block[1]], from);
    }
    client.send(b"\0\x04\0\x01\0", from);
    client.send(b"\0\x03\0\x01", from);
    assert_eq!(count(&client, SILENCE), 0);
    // an acknowledgement from another port is ignored
    let other = Client::new();
    other.send(&[0, 4, 0, 1], from);
    assert_eq!(count(&other, SILENCE), 0);
    assert_eq!(count(&client, SILENCE), 0);
    client.send(&[0, 4, 0, 1], from);
    assert_eq!(describe(&client.receive().0), "data 2 (512)");
    for _ in 0..5 {
        client.send(&[0, 4, 0, 1], from);
    }
    assert_eq!(count(&client, SILENCE), 0);
    client.send(&[0, 4, 0, 2], from);
    assert_eq!(describe(&client.receive().0), "data 3 (512)");
}

#[test]
fn repeated_request_is_one_transfer() {
    let served = TestServer::with(|settings| settings.limits.tftp.timeout_milliseconds = 60_000);
    let client = Client::new();
    for _ in 0..10 {
        client.send(&read_request("size-5000.bin", &[]), served.tftp());
    }
    assert_eq!(count(&client, SILENCE), 1);
    assert_eq!(served.server().in_flight().0, 1);
}

#[test]
fn silent_client_times_out() {
    let served = TestServer::with(|settings| settings.limits.tftp.timeout_milliseconds = 100);
    let never = Client::new();
    never.send(&read_request("size-5000.bin", &[]), served.tftp());
    let once = Client::new();
    once.send(&read_request("size-5000.bin", &[]), served.tftp());
    let (_, from) = once.receive();
    once.send(&[0, 4, 0, 1], from);
    served.wait_until("the end", |server| server.latest_records().len() == 2);
    let all = |client: &Client| {
        let packets = std::iter::from_fn(|| client.receive_within(SILENCE));
        packets.map(|(packet, _)| describe(&packet)).collect::<Vec<_>>()
    };
    let mut expected = vec!["data 1 (512)"; 2];
    expected.push("error 0 Max retries reached");
    assert_eq!(all(&never), expected);
    assert_eq!(all(&once).iter().filter(|packet| *packet == "data 2 (512)").count(), 2);
    assert_eq!(served.server().in_flight().0, 0);
    for record in served.server().latest_records() {
        assert_eq!((record.outcome, record.retransmissions), (Outcome::Unanswered, 1));
    }
}

#[test]
fn transfers_are_limited_in_total_and_per_client() {
    let served = TestServer::with(|settings| {
        settings.limits.tftp.max_transfers = 8;
        settings.limits.tftp.timeout_milliseconds = 60_000;
    });
    let busy = "error 0 Busy, try again";
    let open = || {
        let client = Client::new();
        client.send(&read_request("size-5000.bin", &[]), served.tftp());
        let (packet, from) = client.receive();
        (describe(&packet), client, from)
    };
    let first: Vec<_> = (0..8).map(|_| open()).collect();
    assert!(first.iter().all(|(packet, ..)| packet == "data 1 (512)"));
    assert_eq!(open().0, busy);
    let (_, client, from) = &first[0];
    for block in 1..=10 {
        client.send(&[0, 4, 0, block], *from);
        client.receive_within(SILENCE);
    }
    served.wait_until("a free slot", |server| server.in_flight().0 == 7);
    assert_eq!(open().0, "data 1 (512)");
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
    let served = TestServer::of(generation(7, &files), |settings| {
        settings.limits.tftp.timeout_milliseconds = 50;
    });
    // requests of phones have options, which are answered by an option acknowledgement
    let phone = [("tsize", "0"), ("blksize", "1428"), ("windowsize", "8")];
    assert!(amplification(&served, &read_request("size-5000.bin", &phone)) < 3.0);
    assert!(amplification(&served, &read_request("nothing.xml", &[])) < 1.0);
    // two blocks of 512 bytes and an error; the shortest possible name has the largest factor
    let plain = amplification(&served, &read_request("size-5000.bin", &[]));
    assert!((20.0..25.0).contains(&plain), "{plain}");
    let shortest = amplification(&served, &read_request("s", &[]));
    assert!((25.0..=30.0).contains(&shortest), "{shortest}");
}

#[test]
fn address_that_never_acknowledges_is_rejected() {
    let served = TestServer::with(|settings| {
        settings.limits.tftp.timeout_milliseconds = 30;
        settings.exempt = Vec::new();
    });
    let packet = read_request("size-5000.bin", &[]);
    let (mut bytes_in, mut bytes_out) = (0, 0);
    for _ in 0..100 {
        let victim = Client::new();
        victim.send(&packet, served.tftp());
        bytes_in += packet.len();
        // the last or only packet of each transfer is an error
        loop {
            let (answer, _) = victim.receive();
            bytes_out += answer.len();
            if answer[1] == 5 {
                break;
            }
        }
    }
    let ratio = bytes_out as f64 / bytes_in as f64;
    assert!(ratio < 30.0, "{ratio}");
    // other addresses are still served
    let file = Client::at("127.0.0.2").fetch(RULES, served.tftp());
    assert_eq!(file.unwrap(), b"<DialRules>default</DialRules>\n");
}

#[test]
fn one_address_cannot_take_all_transfers() {
    let served = TestServer::with(|settings| {
        settings.limits.tftp.max_transfers_per_client = 3;
        settings.limits.tftp.timeout_milliseconds = 60_000;
        settings.exempt = Vec::new();
    });
    let open = |address: &str| {
        let client = Client::at(address);
        client.send(&read_request("size-5000.bin", &[]), served.tftp());
        describe(&client.receive().0)
    };
    for _ in 0..3 {
        assert_eq!(open("127.0.0.1"), "data 1 (512)");
    }
    assert_eq!(open("127.0.0.1"), "error 0 Busy, try again");
    assert_eq!(open("127.0.0.2"), "data 1 (512)");
}

#[test]
fn flood_of_forged_requests_stays_within_the_limits() {
    const FLOOD: u32 = 5_000;
    let served = TestServer::with(|settings| {
        settings.limits.tftp.max_transfers = 500;
        settings.limits.tftp.timeout_milliseconds = 200;
    });
    let packet = read_request("size-5000.bin", &[]);
    let mut most = 0;
    for number in 0..FLOOD {
        // a different source each time, always loopback
        let [_, a, b, c] = number.to_be_bytes();
        let client = Client::at(&format!("127.{}.{b}.{}", a + 2, c.max(1)));
        client.send(&packet, served.tftp());
        most = most.max(served.server().in_flight().0);
    }
    assert!(most <= 500, "{most} transfers");
    // requests in the receive buffer are processed first
    served.wait_until("an answer to an honest client", |_| {
        let client = Client::new();
        client.send(&read_request(RULES, &[]), served.tftp());
        // an overloaded server drops the request, and a phone would repeat it
        let answer = client.receive_within(Duration::from_secs(1));
        answer.is_some_and(|(packet, from)| {
            client.send(&[0, 4, 0, 1], from);
            packet[4..] == *b"<DialRules>default</DialRules>\n"
        })
    });
    served.wait_until("rest", |server| server.in_flight().0 == 0);
    assert_eq!(served.server().latest_records().len(), adr_server::MAX_RECORDS);
}
