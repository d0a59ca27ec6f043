//! What the gate before a TFTP listener lets through.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;

use crate::harness::{ANSWER_TIMEOUT, Client, TestServer, files, generation, read_request};
use adr_server::{Parts, Server, Settings, Sockets, Store};
use socket2::{SockFilter, SockRef};

const RULES: &str = "AppDialRules.xml";

fn closings(server: &Server) -> u64 {
    let text = server.metrics_text();
    let mut lines = text.lines();
    let count = lines.find_map(|line| line.strip_prefix("adrc_tftp_overloads_total "));
    count.unwrap().parse().unwrap()
}

#[test]
fn a_socket_that_a_killed_server_left_shut_is_served() {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = socket.local_addr().unwrap();
    let drop_all = SockFilter::new(6, 0, 0, 0);
    SockRef::from(&socket).attach_filter(&[drop_all]).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let store = Arc::new(Store::new(generation(7, &files())));
    let sockets = Sockets { tftp: vec![socket], ..Sockets::default() };
    let parts = Parts::with_sockets(store, sockets);
    let server = runtime.block_on(async { Server::start(Settings::default(), parts) });
    let server = server.unwrap();
    let client = Client::new();
    // the listener opens the gate in a thread of its own: what comes before is lost, as it would be
    // for a phone
    let began = std::time::Instant::now();
    while {
        client.send(&read_request(RULES, &[]), address);
        client.receive_within(std::time::Duration::from_millis(100)).is_none()
    } {
        assert!(began.elapsed() < ANSWER_TIMEOUT, "the gate stays shut");
    }
    drop(server);
}

#[test]
fn a_storm_of_phones_does_not_shut_the_gate() {
    // a slow machine is not what this is about
    let patience = u64::try_from(ANSWER_TIMEOUT.as_millis()).unwrap();
    let served =
        TestServer::with(|settings| settings.limits.tftp.max_queue_delay_milliseconds = patience);
    let phones: Vec<_> = (0..500).map(|_| Client::new()).collect();
    for phone in &phones {
        phone.send(&read_request(RULES, &[]), served.tftp());
    }
    for phone in &phones {
        let (_, from) = phone.receive();
        phone.send(&[0, 4, 0, 1], from);
    }
    assert_eq!(closings(served.server()), 0);
    assert!(Client::new().fetch(RULES, served.tftp()).is_ok());
}

#[test]
fn more_than_is_looked_at_shuts_the_gate_until_it_is() {
    let served = TestServer::with(|settings| settings.limits.tftp.max_queue_delay_milliseconds = 1);
    let request = read_request("missing", &[]);
    served.wait_until("a closed gate", |server| {
        for _ in 0..100 {
            let phone = Client::new();
            for _ in 0..20 {
                phone.send(&request, served.tftp());
            }
        }
        closings(server) > 0
    });
    served.wait_until("an answer", |_| {
        let client = Client::new();
        client.send(&read_request(RULES, &[]), served.tftp());
        let answer = client.receive_within(std::time::Duration::from_millis(500));
        answer.is_some_and(|(packet, _)| packet[1] == 3)
    });
}

#[test]
fn bell_starts_without_a_transfer() {
    let served = TestServer::with(|_| {});
    assert!(Client::new().fetch(RULES, served.tftp()).is_ok());
    served.wait_until("the end", |server| server.in_flight().0 == 0);
    assert_eq!(served.server().latest_records().len(), 1);
}
