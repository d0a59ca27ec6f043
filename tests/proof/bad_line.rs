//! A line that loses one packet in five.

use std::fs;

use adr_tests::load::Relay;

use super::clients::Client;
use super::served::Served;
use super::tree;

/// Transfers that a client may begin for a file: after some lost packets in a row both sides may
/// give up, and people and phones try again.
const TRIES: usize = 5;

/// A block is sent five times.
const PATIENT: &str = "[limits.tftp]\nretries = 4\ntimeout_milliseconds = 1000\n";

#[test]
fn every_client_gets_whole_files_over_a_line_that_loses_a_fifth() {
    let room = tempfile::tempdir().unwrap();
    let files: Vec<_> = [511, 512, 5_000]
        .map(|size| (format!("size-{size}.bin"), tree::bytes(size, size as u64)))
        .into();
    tree::publish(&room.path().join("tree"), 1, &files);
    // what docs/guides/operator.md says for a line like this one
    fs::write(room.path().join("adrc.toml"), PATIENT).unwrap();
    let served = Served::start(room.path(), &["--tree", "tree", "--config", "adrc.toml"]);
    let (served, room, files) = (&served, room.path(), &files);
    // a client waits for seconds after each loss, and all of them can wait at once
    let complaints: Vec<String> = std::thread::scope(|scope| {
        let tftp = Client::ALL.into_iter().filter(|client| !client.is_http());
        let threads = tftp.enumerate().map(|(seed, client)| {
            scope.spawn(move || {
                let relay = Relay::before(served.tftp, 20, seed as u64).unwrap();
                let fetched =
                    files.iter().map(|(name, bytes)| fetch(client, &relay, (name, bytes), room));
                let complaints: Vec<_> = fetched.filter_map(Result::err).collect();
                let lost = relay.end().unwrap();
                assert!(lost.lost > 0, "{client:?}: nothing was lost of {lost:?}");
                complaints
            })
        });
        let threads: Vec<_> = threads.collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// A whole file at some try, and at no try anything that a client takes for the file and is not.
fn fetch(
    client: Client,
    relay: &Relay,
    (name, bytes): (&str, &Vec<u8>),
    room: &std::path::Path,
) -> Result<(), String> {
    let mut failures = Vec::new();
    for _ in 0..TRIES {
        match client.fetch(relay.address(), name, room) {
            Ok(fetched) if fetched == *bytes => return Ok(()),
            // tftp-hpa ends with 0 whatever happened; what it has of the file is a beginning
            Ok(fetched) if client == Client::Hpa && bytes.starts_with(&fetched) => {
                failures.push(format!("{} bytes", fetched.len()));
            }
            Ok(fetched) => {
                return Err(format!("{client:?}, {name}: {} other bytes", fetched.len()));
            }
            Err(failure) => failures.push(failure),
        }
    }
    Err(format!("{client:?}, {name}: {failures:?}"))
}
