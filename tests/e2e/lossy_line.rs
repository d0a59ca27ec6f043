//! Transfers over a line that loses one packet in five.

use adr_kit::needs;

use adr_tests::load::Relay;

use super::published_tree;
use super::real_clients::Client;
use super::server_process::ServerProcess;

/// How often a client may request a file: after several lost packets in a row both sides may give
/// up, and people and phones try again.
const ATTEMPTS: usize = 5;

#[test]
fn every_client_gets_whole_files_when_a_fifth_of_packets_is_lost() {
    needs!("curl");
    let sandbox = tempfile::tempdir().unwrap();
    let files: Vec<_> = [511, 512, 5_000]
        .map(|size| (format!("size-{size}.bin"), published_tree::bytes(size, size as u64)))
        .into();
    published_tree::publish(&sandbox.path().join("tree"), 1, &files);
    let server = ServerProcess::start(sandbox.path(), &["tree"]);
    let (server, sandbox, files) = (&server, sandbox.path(), &files);
    // in parallel, because each client waits for seconds after a loss
    let failures: Vec<String> = std::thread::scope(|scope| {
        let tftp = Client::available().into_iter().filter(|client| !client.is_http());
        let threads = tftp.enumerate().map(|(seed, client)| {
            scope.spawn(move || {
                let relay = Relay::before(server.tftp, 20, seed as u64).unwrap();
                let fetched =
                    files.iter().map(|(name, bytes)| fetch(client, &relay, (name, bytes), sandbox));
                let failures: Vec<_> = fetched.filter_map(Result::err).collect();
                let lost = relay.end().unwrap();
                assert!(lost.lost > 0, "{client:?}: no packet was lost: {lost:?}");
                failures
            })
        });
        let threads: Vec<_> = threads.collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

/// Fetches a file in several attempts. An attempt may fail, but must not give wrong content.
fn fetch(
    client: Client,
    relay: &Relay,
    (name, bytes): (&str, &Vec<u8>),
    sandbox: &std::path::Path,
) -> Result<(), String> {
    let mut failures = Vec::new();
    for _ in 0..ATTEMPTS {
        match client.fetch(relay.address(), name, sandbox) {
            Ok(fetched) if fetched == *bytes => return Ok(()),
            // tftp-hpa also ends with status 0 after a failure, with the beginning of the file
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
