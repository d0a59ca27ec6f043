//! Invalid and hostile TFTP packets, and the answers to them. docs/reference/requests.md has the
//! same table.

use std::net::SocketAddr;
use std::time::Duration;

use crate::harness::{Client, SILENCE, TestServer, describe, generation, read_request};
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
fn packets_other_than_requests_get_no_file() {
    let served = TestServer::with(|_| {});
    let illegal = "error 4 Illegal operation";
    let missing = "error 1 File not found";
    let rows = [
        ("an empty packet", b"".to_vec(), ""),
        ("one byte", b"\0".to_vec(), ""),
        ("an opcode only", b"\0\x01".to_vec(), illegal),
        ("opcode 0", b"\0\0x\0octet\0".to_vec(), ""),
        ("opcode 7", b"\0\x07x\0octet\0".to_vec(), ""),
        ("opcode 256", b"\x01\0x\0octet\0".to_vec(), ""),
        ("a stray block", b"\0\x03\0\x01abc".to_vec(), ""),
        ("a stray acknowledgement", b"\0\x04\0\x01".to_vec(), ""),
        ("a stray error", b"\0\x05\0\x01no\0".to_vec(), ""),
        ("a stray option acknowledgement", b"\0\x06blksize\x00512\0".to_vec(), ""),
        ("no NUL at all", b"\0\x01AppDialRules.xml".to_vec(), illegal),
        ("no mode", b"\0\x01AppDialRules.xml\0".to_vec(), illegal),
        ("an unterminated mode", b"\0\x01AppDialRules.xml\0octet".to_vec(), illegal),
        ("an unknown mode", b"\0\x01AppDialRules.xml\0binary\0".to_vec(), illegal),
        ("mail", b"\0\x01AppDialRules.xml\0mail\0".to_vec(), illegal),
        ("a name that is not UTF-8", b"\0\x01\xff\xfe\0octet\0".to_vec(), missing),
        ("garbage behind the mode", b"\0\x01AppDialRules.xml\0octet\0garbage".to_vec(), illegal),
        (
            "an option without its value",
            b"\0\x01AppDialRules.xml\0octet\0tsize\0".to_vec(),
            illegal,
        ),
        ("NULs behind the mode", b"\0\x01AppDialRules.xml\0octet\0\0\0\0".to_vec(), SERVED),
        ("a name of 60,000 bytes", read_request(&"x".repeat(60_000), &[]), missing),
        ("a write request without a mode", b"\0\x02x\0".to_vec(), illegal),
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
        // the line end has one byte more
        ("netascii in any case", mode("NetASCII"), "data 1 (32)"),
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
        ("timeout", "7"),
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
    // a client could prolong transfers with it
    rows.push(("a long timeout", options(&[("timeout", "255")]), SERVED));
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
        ("the largest window", vec![("windowsize", "65535")], "oack windowsize=16"),
        ("the shortest timeout", vec![("timeout", "1")], "oack timeout=1"),
        ("the longest timeout", vec![("timeout", "6")], "oack timeout=6"),
        ("the size", vec![("tsize", "0")], "oack tsize=31"),
        (
            "what phones ask for",
            vec![("tsize", "0"), ("blksize", "1428"), ("timeout", "5"), ("x", "y")],
            "oack blksize=1428 timeout=5 tsize=31",
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
    // an acknowledgement from another port gets an error, and an error gets none
    let other = Client::new();
    other.send(&[0, 5, 0, 0, 0], from);
    other.send(&[0, 4, 0, 1], from);
    assert_eq!(describe(&other.receive().0), "error 5 Unknown transfer");
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
    let mut ports = Vec::new();
    for _ in 0..10 {
        // the first packet may have been lost, and is sent again
        client.send(&read_request("size-5000.bin", &[]), served.tftp());
        let (packet, from) = client.receive();
        assert_eq!(describe(&packet), "data 1 (512)");
        ports.push(from);
    }
    ports.dedup();
    assert_eq!((ports.len(), served.server().in_flight().0), (1, 1));
    client.send(&[0, 4, 0, 1], ports[0]);
    assert_eq!(describe(&client.receive().0), "data 2 (512)");
    client.send(&read_request("size-5000.bin", &[]), served.tftp());
    assert_eq!(count(&client, SILENCE), 0, "a late repetition");
}

#[test]
fn another_request_from_the_same_port_is_another_transfer() {
    let served = TestServer::with(|settings| settings.limits.tftp.timeout_milliseconds = 60_000);
    let client = Client::new();
    client.send(&read_request("size-5000.bin", &[]), served.tftp());
    let (first, from) = client.receive();
    assert_eq!(describe(&first), "data 1 (512)");
    // the port of the client may be used again, and its request may be forged
    assert_eq!(client.fetch("size-513.bin", served.tftp()).unwrap().len(), 513);
    served.wait_until("the end of one", |server| server.in_flight().0 == 1);
    client.send(&[0, 4, 0, 1], from);
    assert_eq!(describe(&client.receive().0), "data 2 (512)");
}

#[test]
fn same_request_begins_anew_when_only_the_last_acknowledgement_is_missing() {
    let served = TestServer::with(|settings| settings.limits.tftp.timeout_milliseconds = 60_000);
    let client = Client::new();
    client.send(&read_request("size-513.bin", &[]), served.tftp());
    let (_, from) = client.receive();
    client.send(&[0, 4, 0, 1], from);
    assert_eq!(describe(&client.receive().0), "data 2 (1)");
    // the last acknowledgement is lost, and another socket gets the port
    assert_eq!(client.fetch("size-513.bin", served.tftp()).unwrap().len(), 513);
}

#[test]
fn transfer_is_not_served_from_the_port_of_requests() {
    let served = TestServer::with(|settings| settings.limits.tftp.timeout_milliseconds = 60_000);
    let ports: std::collections::HashSet<_> = (0..40)
        .map(|_| {
            let client = Client::new();
            client.send(&read_request(RULES, &[]), served.tftp());
            client.receive().1
        })
        .collect();
    assert!(!ports.contains(&served.tftp()) && ports.len() > 10, "{ports:?}");
}

#[test]
fn silent_client_times_out() {
    // the second client has nine seconds for its acknowledgement
    let served = TestServer::with(|settings| settings.limits.tftp.timeout_milliseconds = 500);
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
    // nobody may be there: the first packet is sent once
    assert_eq!(all(&never), ["data 1 (512)"]);
    assert_eq!(all(&once), ["data 2 (512)"; 9]);
    assert_eq!(served.server().in_flight().0, 0);
    for record in served.server().latest_records() {
        let repeated = if record.client == once.socket.local_addr().unwrap() { 8 } else { 0 };
        assert_eq!((record.outcome, record.retransmissions), (Outcome::Unanswered, repeated));
    }
}

#[test]
fn error_of_the_client_ends_its_transfer_and_counts_for_nothing() {
    let served = TestServer::with(|settings| {
        // no transfer ends by itself
        settings.limits.tftp.timeout_milliseconds = 60_000;
        settings.limits.tftp.max_unacknowledged_per_client = 2;
        settings.limits.tftp.max_transfers_per_client = 2;
        settings.exempt = Vec::new();
    });
    let clients: Vec<_> = (0..17).map(|_| Client::new()).collect();
    for (at, client) in clients.iter().enumerate() {
        let options: &[_] = if at % 2 == 0 { &[("tsize", "0")] } else { &[] };
        client.send(&read_request("size-5000.bin", options), served.tftp());
        let (_, from) = client.receive();
        client.send(b"\0\x05\0\x08does not matter\0", from);
        served.wait_until("the end", |server| server.in_flight().0 == 0);
    }
    let records = served.server().latest_records();
    assert!(records.iter().all(|record| record.outcome == Outcome::Aborted), "{records:?}");
    for client in &clients {
        assert_eq!(count(client, Duration::from_millis(20)), 0, "a packet after the error");
    }
    table(&served, &[("a plain request", read_request(RULES, &[]), SERVED)]);
}

#[test]
fn lost_last_acknowledgements_do_not_count() {
    let served = TestServer::with(|settings| {
        // a client has more than five seconds for its first acknowledgement
        settings.limits.tftp.timeout_milliseconds = 300;
        settings.exempt = Vec::new();
    });
    for _ in 0..17 {
        let client = Client::new();
        client.send(&options(&[("blksize", "1428")]), served.tftp());
        let (_, from) = client.receive();
        client.send(&[0, 4, 0, 0], from);
        assert_eq!(describe(&client.receive().0), SERVED);
    }
    served.wait_until("the end", |server| server.in_flight().0 == 0);
    table(&served, &[("a plain request", read_request(RULES, &[]), SERVED)]);
}

#[test]
fn netascii_is_converted() {
    let text = b"one\ntwo\rthree\r\n".to_vec();
    let files = vec![("text.xml".to_owned(), text)];
    let served = TestServer::of(generation(7, &files), |_| {});
    let request = |options: &[u8]| [b"\0\x01text.xml\0netascii\0", options].concat();
    let client = Client::new();
    client.send(&request(b"tsize\x000\0"), served.tftp());
    let (oack, from) = client.receive();
    assert_eq!(describe(&oack), "oack tsize=19");
    client.send(&[0, 4, 0, 0], from);
    let (data, _) = client.receive();
    assert_eq!(&data[4..], b"one\r\ntwo\r\0three\r\0\r\n");
    client.send(&[0, 4, 0, 1], from);
    served.wait_until("the record", |server| server.latest_records().len() == 1);
    assert_eq!(served.server().latest_records()[0].outcome, Outcome::Complete);
}
