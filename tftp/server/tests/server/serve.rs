//! Serving files by both protocols, records, the admin port, and shutdown.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use adr_kit::wait::{TIMEOUT, wait_until};

use crate::harness::{Client, TestServer, bytes, describe, files, generation, read_request};
use adr_server::{Outcome, Protocol};

#[test]
fn files_arrive_byte_for_byte() {
    let served = TestServer::with(|_| {});
    for (name, content) in files() {
        if name.starts_with("sites/") {
            continue;
        }
        assert_eq!(Client::new().fetch(&name, served.tftp()), Ok(content.clone()), "{name}");
        let answer = served.get(&format!("/{name}"), "");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
        assert!(head.contains(&format!("content-length: {}", content.len())), "{head}");
        assert_eq!(body, String::from_utf8_lossy(&content), "{name}");
    }
}

#[test]
fn block_number_wraps_around() {
    let size = 65_535 * 8 + 70_000;
    let big = vec![("big.bin".to_owned(), bytes(size))];
    let served = TestServer::of(generation(7, &big), |_| {});
    let client = Client::new();
    client.send(&read_request("big.bin", &[("blksize", "8"), ("windowsize", "8")]), served.tftp());
    let (oack, from) = client.receive();
    assert_eq!(describe(&oack), "oack blksize=8 windowsize=8");
    client.send(&[0, 4, 0, 0], from);
    let (mut file, mut next) = (Vec::<u8>::new(), 1u16);
    loop {
        let (packet, from) = client.receive();
        if packet[2..4] == next.to_be_bytes() {
            file.extend(&packet[4..]);
            let last = packet.len() < 12;
            if last || next.is_multiple_of(8) {
                client.send(&[0, 4, packet[2], packet[3]], from);
            }
            if last {
                break;
            }
            next = next.wrapping_add(1);
        }
    }
    assert!(file == bytes(size), "{} bytes", file.len());
}

#[test]
fn address_decides_the_view() {
    let served = TestServer::with(|settings| {
        settings.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    });
    let by_tftp = |address: &str| {
        let file = Client::at(address).fetch("CUPC/AppDialRules.xml", served.tftp());
        String::from_utf8(file.unwrap()).unwrap()
    };
    assert_eq!(by_tftp("127.0.0.1"), "<DialRules>default</DialRules>\n");
    assert_eq!(by_tftp("127.1.0.1"), "<DialRules>here</DialRules>\n");
    let by_http = |headers: &str| served.get("/CUPC/AppDialRules.xml", headers);
    assert!(by_http("").ends_with("default</DialRules>\n"));
    assert!(by_http("x-forwarded-for: 127.1.0.9\r\n").ends_with("here</DialRules>\n"));
    assert!(by_http("x-forwarded-for: 127.1.0.9, 10.0.0.1\r\n").ends_with("default</DialRules>\n"));
}

#[test]
fn forwarded_header_of_an_untrusted_client_is_ignored() {
    let served = TestServer::with(|_| {});
    let answer = served.get("/CUPC/AppDialRules.xml", "x-forwarded-for: 127.1.0.9\r\n");
    assert!(answer.ends_with("default</DialRules>\n"), "{answer}");
}

#[test]
fn ipv4_and_ipv6_share_a_port() {
    let served = TestServer::with(|settings| {
        settings.tftp = vec!["127.0.0.1:0".parse().unwrap(), "[::1]:0".parse().unwrap()];
        settings.http = settings.tftp.clone();
    });
    let addresses = served.server().addresses();
    assert!(addresses.tftp[1].is_ipv6() && addresses.http[1].is_ipv6());
    let file = Client::at("[::1]").fetch("AppDialRules.xml", addresses.tftp[1]);
    assert_eq!(file.unwrap(), b"<DialRules>default</DialRules>\n");
    let answer =
        crate::harness::exchange(addresses.http[1], b"GET /AppDialRules.xml HTTP/1.0\r\n\r\n");
    assert!(answer.ends_with("default</DialRules>\n"), "{answer}");
}

#[test]
fn transfer_keeps_its_generation_after_a_swap() {
    let content = |fill: u8| vec![("x.bin".to_owned(), vec![fill; 2_000])];
    // a slow machine must not get a block twice
    let served = TestServer::of(generation(1, &content(1)), |settings| {
        settings.limits.tftp.timeout_milliseconds = 60_000;
    });
    let client = Client::new();
    client.send(&read_request("x.bin", &[]), served.tftp());
    let (mut packet, from) = client.receive();
    served.store.swap(generation(2, &content(2)));
    let mut file = packet.split_off(4);
    for block in 1..=3u8 {
        client.send(&[0, 4, 0, block], from);
        file.extend(client.receive().0.split_off(4));
    }
    client.send(&[0, 4, 0, 4], from);
    assert_eq!(file, vec![1; 2_000]);
    assert_eq!(Client::new().fetch("x.bin", served.tftp()).unwrap(), vec![2; 2_000]);
    served.wait_until("two records", |server| server.latest_records().len() == 2);
    let records = served.server().latest_records();
    let generations: Vec<_> = records.iter().map(|record| record.generation).collect();
    assert_eq!(generations, [Some(2), Some(1)]);
}

#[test]
fn record_describes_the_request() {
    let served = TestServer::with(|_| {});
    let client = Client::at("127.1.0.1");
    client.fetch("CUPC/AppDialRules.xml", served.tftp()).unwrap();
    let missing = Client::new().fetch("nothing\n%n", served.tftp());
    assert_eq!(missing.unwrap_err(), "error 1 File not found");
    served.get("/%73ize-513.bin", "");
    served.wait_until("three records", |server| server.latest_records().len() == 3);
    let mut records = served.server().latest_records();
    records.sort_by_key(|record| record.file.len());
    let [missing, size, rules] = &records[..] else { panic!("{records:?}") };
    assert_eq!(rules.client, client.socket.local_addr().unwrap());
    assert_eq!((rules.protocol, rules.outcome), (Protocol::Tftp, Outcome::Complete));
    assert_eq!((rules.view.as_deref(), rules.generation), (Some("here"), Some(7)));
    assert_eq!((rules.bytes, rules.blocks, rules.retransmissions), (28, 1, 0));
    assert_eq!((missing.file.as_str(), missing.outcome), ("nothing\\n%n", Outcome::Missing));
    assert_eq!((size.protocol, size.outcome), (Protocol::Http, Outcome::Complete));
    assert_eq!((size.bytes, size.blocks, size.view.as_deref()), (513, 0, None));
    let text = served.server().metrics_text();
    assert!(
        text.contains("adrc_requests_total{protocol=\"tftp\",result=\"complete\"} 1\n"),
        "{text}"
    );
    assert!(text.contains("adrc_generation 7\n"), "{text}");
    let version = env!("CARGO_PKG_VERSION");
    assert!(text.contains(&format!("adrc_build_info{{version=\"{version}\"}} 1\n")), "{text}");
}

#[test]
fn record_of_a_missing_file_names_the_site() {
    let sandbox = tempfile::tempdir().unwrap();
    std::fs::write(sandbox.path().join("theirs.xml"), "theirs").unwrap();
    let served = TestServer::with(|settings| {
        settings.root = Some(sandbox.path().to_owned());
        settings.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    });
    let names = ["nothing.xml", "../x", "theirs.xml", "ConfigFileCacheList.txt"];
    for name in names {
        let _ = Client::at("127.1.0.1").fetch(name, served.tftp());
        served.get(&format!("/{name}"), "x-forwarded-for: 127.1.0.9\r\n");
    }
    served.wait_until("all records", |server| server.latest_records().len() == 8);
    for record in served.server().latest_records() {
        let (view, generation) = (record.view.as_deref(), record.generation);
        assert_eq!((view, generation), (Some("here"), None), "{record:?}");
    }
    // a client outside all sites gets the default view
    let _ = Client::new().fetch("nothing.xml", served.tftp());
    served.wait_until("one more", |server| server.latest_records().len() == 9);
    assert_eq!(served.server().latest_records()[0].view, None);
}

#[test]
fn site_files_of_a_published_fallback_folder_are_not_served() {
    let sandbox = tempfile::tempdir().unwrap();
    let folder = sandbox.path().join("sites/Dallas");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("AppDialRules.xml"), "theirs").unwrap();
    std::fs::write(sandbox.path().join("theirs.xml"), "theirs").unwrap();
    let served = TestServer::with(|settings| settings.root = Some(sandbox.path().to_owned()));
    let fetch = |name: &str| Client::new().fetch(name, served.tftp());
    assert_eq!(fetch("theirs.xml"), Ok(b"theirs".to_vec()));
    let name = "sites/Dallas/AppDialRules.xml";
    assert_eq!(fetch(name), Err("error 1 File not found".to_owned()));
    let answer = served.get(&format!("/{name}"), "");
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}

fn admin_status(admin: SocketAddr, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    let answer = crate::harness::exchange(admin, request.as_bytes());
    answer.lines().next().unwrap_or_default().to_owned()
}

/// Waits for an answer with this status: a machine that is busy may not answer the probe in time.
fn wait_for_status(admin: SocketAddr, path: &str, status: &str) {
    wait_until(&format!("{path}: {status}"), || admin_status(admin, path) == status);
}

#[test]
fn admin_port_answers_when_clients_have_all_connections() {
    let mut served = TestServer::with(|settings| {
        settings.limits.http.max_connections = 2;
        settings.limits.http.header_timeout_milliseconds = 60_000;
    });
    let admin = served.admin();
    let idle = [(); 2].map(|()| TcpStream::connect(served.http()).unwrap());
    served.wait_until("both", |server| server.in_flight().1 == 2);
    assert_eq!(served.get("/AppDialRules.xml", ""), "");
    for path in ["/-/healthy", "/metrics"] {
        assert_eq!(admin_status(admin, path), "HTTP/1.1 200 OK", "{path}");
    }
    wait_for_status(admin, "/-/ready", "HTTP/1.1 200 OK");
    drop(idle);
}

#[test]
fn admin_port_reports_draining_until_the_server_stops() {
    let mut served =
        TestServer::with(|settings| settings.limits.tftp.timeout_milliseconds = 60_000);
    let admin = served.admin();
    let slow = Client::new();
    slow.send(&read_request("size-513.bin", &[]), served.tftp());
    let (_, from) = slow.receive();
    wait_for_status(admin, "/-/ready", "HTTP/1.1 200 OK");
    let server = served.server.take().unwrap();
    let ended = served.runtime.spawn(server.shutdown(TIMEOUT));
    wait_for_status(admin, "/-/ready", "HTTP/1.1 503 Service Unavailable");
    assert_eq!(admin_status(admin, "/-/healthy"), "HTTP/1.1 200 OK");
    slow.send(&[0, 4, 0, 1], from);
    slow.receive();
    slow.send(&[0, 4, 0, 2], from);
    assert_eq!(served.runtime.block_on(ended).unwrap(), 0);
    assert!(TcpStream::connect(admin).is_err());
}

#[test]
fn shutdown_lets_transfers_finish() {
    let mut served =
        TestServer::with(|settings| settings.limits.tftp.timeout_milliseconds = 60_000);
    let client = Client::new();
    client.send(&read_request("size-513.bin", &[]), served.tftp());
    let (first, from) = client.receive();
    assert_eq!(describe(&first), "data 1 (512)");
    let tftp = served.tftp();
    let server = served.server.take().unwrap();
    let ended = served.runtime.spawn(server.shutdown(TIMEOUT));
    let answer = || {
        // from a different port each time: a request sent right before the shutdown may still be
        // served
        let late = Client::new();
        late.send(&read_request("AppDialRules.xml", &[]), tftp);
        let (packet, from) = late.receive();
        late.send(&[0, 4, 0, 1], from);
        describe(&packet)
    };
    wait_until("late requests are refused", || answer() == "error 0 Busy, try again");
    client.send(&[0, 4, 0, 1], from);
    assert_eq!(describe(&client.receive().0), "data 2 (1)");
    client.send(&[0, 4, 0, 2], from);
    assert_eq!(served.runtime.block_on(ended).unwrap(), 0);
}

#[test]
fn shutdown_does_not_wait_for_clients_that_never_answer() {
    // a transfer without an acknowledgement would last for minutes
    let mut served = TestServer::with(|settings| {
        settings.limits.tftp.timeout_milliseconds = 10_000;
        settings.limits.tftp.retries = 60;
    });
    let client = Client::new();
    client.send(&read_request("size-5000.bin", &[]), served.tftp());
    client.receive();
    let server = served.server.take().unwrap();
    assert_eq!(served.runtime.block_on(server.shutdown(TIMEOUT)), 0);
}

#[test]
fn shutdown_cancels_transfers_after_its_timeout() {
    let mut served = TestServer::with(|_| {});
    let client = Client::new();
    client.send(&read_request("size-513.bin", &[]), served.tftp());
    client.receive();
    let server = served.server.take().unwrap();
    let cut_off = served.runtime.block_on(server.shutdown(Duration::from_millis(100)));
    assert_eq!(cut_off, 1);
}
