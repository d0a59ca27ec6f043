//! Forged requests for files that adrc does not own: each name is searched upstream, and nobody
//! waits for the answer.

use std::net::Ipv4Addr;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use adr_kit::http_server::HttpServer;
use adr_kit::wait::wait_until;
use adr_server::{Settings, UpstreamServer};

use crate::harness::upstream::serve_with_upstream;
use crate::harness::{Client, SILENCE, TestServer, describe, read_request};

const DEVICE: &[u8] = b"<device/>";

/// How long a phone waits until it repeats a request.
const REPEAT: Duration = Duration::from_secs(1);

/// An upstream server that has the files of phones. It does not answer requests for other names
/// before the sender of `release` is dropped, and has none of them.
fn hanging_upstream(release: Receiver<()>) -> HttpServer {
    let release = Mutex::new(release);
    HttpServer::new(move |request, out| {
        if request.path.starts_with("/SEP") {
            out.respond(200, DEVICE);
            return;
        }
        // fails when the sender is dropped, for one request after the other
        let _ = release.lock().unwrap_or_else(PoisonError::into_inner).recv();
        out.respond(404, b"");
    })
}

/// A server with few places and fetches, which waits for its upstream server without a limit.
fn serve(upstream: &HttpServer, change: impl FnOnce(&mut Settings)) -> TestServer {
    let http = upstream.address().port();
    let upstream = UpstreamServer { host: "127.0.0.1".to_owned(), http, tftp: 0 };
    serve_with_upstream(&[upstream], |settings| {
        settings.exempt = Vec::new();
        settings.limits.upstream.timeout_milliseconds = 600_000;
        change(settings);
    })
}

/// A client with a forged address, another one for each number.
fn forger(number: u32) -> Client {
    let [_, a, b, c] = (number + 1).to_be_bytes();
    Client::at(&Ipv4Addr::new(127, a + 2, b, c).to_string())
}

/// Sends requests from forged addresses, each for another name.
fn forge(served: &TestServer, numbers: std::ops::Range<u32>) {
    for number in numbers {
        forger(number).send(&read_request(&format!("{number}.xml"), &[]), served.tftp());
    }
}

fn evictions(served: &TestServer) -> u64 {
    let text = served.server().metrics_text();
    let line = text.lines().find_map(|line| line.strip_prefix("adrc_tftp_evictions_total "));
    line.unwrap_or_else(|| panic!("{text}")).parse().unwrap()
}

/// The first packet of an answer to a phone, which repeats its request. `before` runs before each
/// request.
fn request_as_phone(
    served: &TestServer,
    phone: &Client,
    name: &str,
    mut before: impl FnMut(),
) -> String {
    let mut answer = None;
    wait_until("an answer to a phone", || {
        before();
        phone.send(&read_request(name, &[]), served.tftp());
        answer = phone.receive_within(REPEAT);
        answer.is_some()
    });
    let (packet, from) = answer.unwrap();
    if packet[..2] == [0, 3] {
        assert_eq!(&packet[4..], DEVICE);
        phone.send(&[0, 4, packet[2], packet[3]], from);
    }
    describe(&packet)
}

#[test]
fn phones_that_acknowledged_before_get_files_beside_forged_requests() {
    let (_release, released) = channel();
    let upstream = hanging_upstream(released);
    let served = serve(&upstream, |settings| {
        settings.limits.upstream.max_queued_requests = 64;
        settings.limits.upstream.max_concurrent_fetches = 8;
    });
    let addresses = (1..=16).map(|number| format!("127.0.0.{number}"));
    let phones: Vec<_> = addresses.map(|address| Client::at(&address)).collect();
    for phone in &phones {
        phone.fetch("AppDialRules.xml", served.tftp()).unwrap();
    }
    wait_until("their acknowledgements", || served.server().in_flight().0 == 0);
    // a quarter of the fetches, and of the places to wait, is not for unknown clients
    let mut next = 0;
    let mut flood = || {
        forge(&served, next..next + 100);
        next += 100;
    };
    wait_until("a full queue", || {
        flood();
        evictions(&served) > 0 && upstream.requests() == 6
    });
    for (number, phone) in phones.iter().enumerate() {
        let name = format!("SEP{number}.cnf.xml");
        // it waits for the same file, behind others that do not end
        forger(1_000_000).send(&read_request(&name, &[]), served.tftp());
        assert_eq!(request_as_phone(&served, phone, &name, &mut flood), "data 1 (9)");
    }
    // what the forged requests cost the upstream server
    assert_eq!(upstream.requests(), 6 + phones.len());
}

#[test]
fn newest_request_of_an_unknown_client_takes_the_place_of_the_oldest() {
    let (release, released) = channel();
    let upstream = hanging_upstream(released);
    let served = serve(&upstream, |settings| {
        settings.limits.upstream.max_queued_requests = 8;
        settings.limits.upstream.max_concurrent_fetches = 1;
    });
    forge(&served, 0..1);
    wait_until("the first request upstream", || upstream.requests() == 1);
    let evicted = forger(1);
    evicted.send(&read_request("1.xml", &[]), served.tftp());
    wait_until("the second request", || served.server().in_flight().0 == 2);
    // six unknown clients may wait: the first one, which keeps its place, and the last five
    forge(&served, 2..20);
    wait_until("evictions", || evictions(&served) == 14);
    let mut release = Some(release);
    let phone = Client::at("127.0.0.9");
    let answer = request_as_phone(&served, &phone, "SEP1.cnf.xml", || {
        wait_until("a request that waits", || {
            phone.send(&read_request("SEP1.cnf.xml", &[]), served.tftp());
            evictions(&served) >= 15
        });
        drop(release.take());
    });
    assert_eq!(answer, "data 1 (9)");
    // a client that lost its place is not sent anything, as it would be for each forged request
    assert_eq!(evicted.receive_within(SILENCE), None);
}
