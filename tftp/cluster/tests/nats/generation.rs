//! Generations and publications for tests.

use adr_bundle::{FORMAT_VERSION, Manifest, ManifestFile, ManifestView};
use adr_cluster::{Nats, Settings};
use adr_kit::nats::{NatsOptions, NatsServer, Release};
use adr_kit::wait::{TIMEOUT, wait_until};
use adr_protocol::Clients;
use adr_watcher::publication::{GenerationDocument, NodeReport, Publication, SealedGeneration};
use adr_watcher::publish::Base;

/// A generation with these files: path and content.
pub(crate) fn generation(number: u64, files: &[(&str, &str)]) -> SealedGeneration {
    let contents: Vec<(String, Vec<u8>)> =
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    sealed(number, &contents)
}

/// The same for bytes.
pub(crate) fn sealed(number: u64, files: &[(String, Vec<u8>)]) -> SealedGeneration {
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        generation: number,
        tool: None,
        views: vec![ManifestView { name: None, folder: String::new(), networks: Vec::new() }],
        files: files.iter().map(|(path, bytes)| ManifestFile::of(path, bytes)).collect(),
    };
    let document = GenerationDocument {
        manifest: manifest.to_json(),
        signature: Some("a signature\n".to_owned()),
        record: format!("{{\"format_version\":2,\"published\":{number}}}\n"),
    };
    let read = |listed: &ManifestFile| {
        let found = files.iter().find(|(path, _)| *path == listed.path);
        Ok(found.unwrap().1.clone())
    };
    SealedGeneration::open(document, read).unwrap()
}

/// A generation with one file, whose text has the number.
pub(crate) fn simple(number: u64) -> SealedGeneration {
    generation(number, &[("AppDialRules.xml", &format!("<DialRules n=\"{number}\"/>\n"))])
}

/// A publication at this address.
pub(crate) fn nats(url: &str) -> Nats {
    Nats::connect(settings(url)).unwrap()
}

pub(crate) fn settings(url: &str) -> Settings {
    Settings::new(url.parse().unwrap())
}

/// A server of this release, and a publication in it that is prepared.
pub(crate) fn prepared(release: Release) -> Option<(NatsServer, Nats)> {
    let server = NatsServer::start(NatsOptions { release, ..NatsOptions::default() })?;
    let nats = nats(&server.url());
    nats.prepare(1).unwrap();
    Some((server, nats))
}

/// A publication whose calls wait as long as tests do: for a machine that is busy, and while NATS
/// servers elect a leader.
pub(crate) fn patient(url: &str) -> Nats {
    Nats::connect(Settings { call_limit: TIMEOUT, ..settings(url) }).unwrap()
}

/// Publishes, again after each error that may pass: single calls may end without an answer on a
/// machine that is busy, or while NATS servers elect a leader.
#[track_caller]
pub(crate) fn publish(nats: &Nats, base: Option<&Base>, next: &SealedGeneration) {
    wait_until("it publishes", || match nats.publish(base, next) {
        Ok(()) => true,
        Err(error) if error.is_temporary() => false,
        Err(error) => panic!("{error}"),
    });
}

/// The report of a node without client cores.
pub(crate) fn report(node: &str) -> NodeReport {
    NodeReport {
        format_version: NodeReport::FORMAT_VERSION,
        node: node.to_owned(),
        tool: "1.2.3".to_owned(),
        reported: 1_800_000_000,
        has_ended: false,
        clients: Clients { generation: 7, ..Clients::default() },
    }
}
