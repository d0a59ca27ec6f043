//! What is large: many sites, large files, many client cores, small limits of the server.

use adr_kit::nats::{NatsOptions, NatsServer, Release};
use adr_protocol::{ClientRow, ClientState, Clients};
use adr_watcher::publication::{NodeReport, Publication};

use crate::generation::{nats, prepared, report, sealed};

#[test]
fn manifest_of_many_sites_is_published_and_read() {
    for release in Release::ALL {
        let Some((server, first)) = prepared(release) else { return };
        let site = |at: usize| {
            let kinds = ["AppDialRules.xml", "CUPC/AppDialRules.xml", "DirLookupDialRules.xml"];
            kinds.map(|kind| {
                (format!("sites/S{at:04}/{kind}"), format!("<a n=\"{at}\"/>").into_bytes())
            })
        };
        let mut files: Vec<_> = (0..1_200).flat_map(site).collect();
        let one = sealed(1, &files);
        first.publish(None, &one).unwrap();
        // one site changes
        files[0].1 = b"<changed/>".to_vec();
        let two = sealed(2, &files);
        first.publish(Some(&one.base()), &two).unwrap();
        assert_eq!(nats(&server.url()).fetch(2), Ok(two));
    }
}

#[test]
fn large_file_is_moved_in_chunks() {
    // numbers that do not repeat, so that nothing is compressed away
    let mut state = 7_u64;
    let mut bytes = Vec::new();
    for _ in 0..1_000_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        bytes.extend_from_slice(&state.to_be_bytes());
    }
    let lines = "max_payload: 65536".to_owned();
    for lines in [String::new(), lines] {
        let options = NatsOptions { lines, ..NatsOptions::default() };
        let Some(server) = NatsServer::start(options) else { return };
        let first = nats(&server.url());
        first.prepare(1).unwrap();
        let one = sealed(1, &[("large.xml".to_owned(), bytes.clone())]);
        first.publish(None, &one).unwrap();
        assert_eq!(nats(&server.url()).fetch(1), Ok(one));
    }
}

fn row(at: usize) -> ClientRow {
    ClientRow {
        client: format!("core-{at:08}"),
        address: Some(std::net::Ipv4Addr::from(0x0a00_0000 + u32::try_from(at).unwrap()).into()),
        state: ClientState::Current,
        generation: 7,
        sha256: format!("{:064x}", 7),
        version: "1.2.3".to_owned(),
        transport: None,
        freshness: None,
        last_seen_seconds: 0,
        refusal: None,
        reason: String::new(),
        node: String::new(),
    }
}

#[test]
fn report_of_many_cores_is_read_as_a_whole() {
    let Some((_server, nats)) = prepared(Release::Oldest) else { return };
    let rows: Vec<_> = (0..30_000).map(row).collect();
    let clients = Clients { clients: rows.len(), current: rows.len(), rows, ..Clients::default() };
    let large = NodeReport { clients, ..report("tftp1") };
    nats.report(&large).unwrap();
    nats.report(&report("tftp2")).unwrap();
    assert_eq!(nats.reports(), Ok(vec![large.clone(), report("tftp2")]));
    let summaries = nats.summaries().unwrap();
    assert_eq!((summaries[0].clients.clients, summaries[0].clients.rows.len()), (30_000, 0));
    // few cores again: parts that are left over belong to no report
    nats.report(&report("tftp1")).unwrap();
    assert_eq!(nats.reports(), Ok(vec![report("tftp1"), report("tftp2")]));
}
