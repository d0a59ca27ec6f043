//! The script of a server: its files and answers, and the requests that it received.

use std::collections::BTreeMap;
use std::time::Duration;

use adr_bundle::signature::{SigningKey, Statement};
use adr_bundle::{FORMAT_VERSION, Manifest, ManifestFile, ManifestView, sha256};
use adr_client::snapshot::{APPLICATION, LOOKUP};

/// A file with one rule, which puts a prefix before seven digits.
pub(crate) fn prefix(prefix: &str) -> Vec<u8> {
    format!(
        "<DialRules><DialRule BeginsWith='' NumDigits='7' DigitsToRemove='0' PrefixWith='{prefix}'/></DialRules>"
    )
    .into_bytes()
}

/// How the server answers a request for events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Events {
    /// With every state.
    #[default]
    Normal,
    /// With 404.
    Missing,
    /// With response headers and nothing else, like a proxy that buffers.
    Buffered,
    /// With comments and nothing else, like a proxy that buffers but keeps connections open.
    Comments,
    /// With the first event, and never another byte.
    Silent,
    /// With half an event, and the end of the connection.
    CutOff,
    /// With every state twice, and older ones in between.
    Reordered,
    /// With 503 and `Retry-After`.
    Busy,
    /// With an HTML page.
    Html,
}

/// An answer that is not what a server should send.
#[derive(Clone)]
pub(crate) struct Garbage {
    /// What the path of a request begins with.
    pub(crate) path: &'static str,
    pub(crate) answer: Vec<u8>,
    /// Sent after it, again and again, if it is not empty.
    pub(crate) repeated: Vec<u8>,
}

/// The files and answers of the server. A test may change them at any time.
#[derive(Default)]
pub(crate) struct Script {
    /// Files by their path.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// The generation that is announced.
    pub(crate) generation: u64,
    /// The window that is announced, in milliseconds.
    pub(crate) window: u64,
    pub(crate) events: Events,
    /// States that nobody published, which are sent on a stream of events, and then removed.
    pub(crate) forged: Vec<String>,
    /// Whether the server accepts connections and answers nothing, also on open streams.
    pub(crate) is_hung: bool,
    /// Whether the server asks its cores to move.
    pub(crate) is_stopping: bool,
    /// The version of adrc in the manifests that are published from now on.
    pub(crate) tool: Option<String>,
    /// Garbage instead of some answers.
    pub(crate) garbage: Option<Garbage>,
    /// Whether the server answers long polls.
    pub(crate) has_long_poll: bool,
    /// Files that come with events.
    pub(crate) enclosed: BTreeMap<String, Vec<u8>>,
    /// Responses instead of files: status and body.
    pub(crate) overrides: BTreeMap<String, (u16, Vec<u8>)>,
    /// Files whose response ends in the middle.
    pub(crate) cut: Vec<String>,
    /// Files that arrive byte by byte and are never complete.
    pub(crate) slow_files: Vec<String>,
    /// Delay before the manifest is sent.
    pub(crate) manifest_delay: Duration,
    /// Every request: method and path.
    pub(crate) requests: Vec<String>,
    /// Files that the client had already, answered with 304.
    pub(crate) not_modified: Vec<String>,
    /// Responses to the next reports; an empty one closes the connection. After them, reports are
    /// accepted.
    pub(crate) report_responses: Vec<&'static str>,
    /// Bodies of accepted reports.
    pub(crate) reports: Vec<serde_json::Value>,
}

impl Script {
    /// Publishes two files as the next generation.
    pub(crate) fn publish(&mut self, application: &[u8], lookup: &[u8]) {
        let generation = self.generation + 1;
        self.publish_as(generation, application, lookup);
    }

    pub(crate) fn publish_as(&mut self, generation: u64, application: &[u8], lookup: &[u8]) {
        self.generation = generation;
        let files = [(APPLICATION, application), (LOOKUP, lookup)];
        let entries = files.map(|(path, bytes)| ManifestFile::of(path, bytes));
        let view = ManifestView { name: None, folder: String::new(), networks: Vec::new() };
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            generation,
            tool: self.tool.clone(),
            views: vec![view],
            files: entries.to_vec(),
        };
        for (path, bytes) in files {
            self.files.insert(path.to_owned(), bytes.to_vec());
        }
        self.files.insert(Manifest::FILE_NAME.to_owned(), manifest.to_json().into_bytes());
        self.files.remove("manifest.json.minisig");
    }

    /// Publishes views for two networks; the client of the test is in the first.
    pub(crate) fn publish_views(&mut self, generation: u64, first: &[u8], second: &[u8]) {
        self.publish_as(generation, first, b"<DialRules/>");
        let folders = [("", first), ("sites/Dallas/", second)];
        let view = |(folder, _): (&str, &[u8])| ManifestView {
            name: (!folder.is_empty()).then(|| "Dallas".to_owned()),
            folder: folder.to_owned(),
            networks: Vec::new(),
        };
        let files = folders.iter().flat_map(|(folder, application)| {
            let files = [(APPLICATION, *application), (LOOKUP, b"<DialRules/>")];
            files.map(|(path, bytes)| ManifestFile::of(&format!("{folder}{path}"), bytes))
        });
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            generation,
            tool: None,
            views: folders.map(view).to_vec(),
            files: files.collect(),
        };
        let text = manifest.to_json().into_bytes();
        self.files.insert(Manifest::FILE_NAME.to_owned(), text);
    }

    pub(crate) fn sign(&mut self, key: &SigningKey, statement: &Statement) {
        let signature = key.sign(&self.files[Manifest::FILE_NAME], statement).unwrap();
        self.files.insert("manifest.json.minisig".into(), signature.into_bytes());
    }

    /// How many requests begin with this method and path.
    pub(crate) fn count(&self, request: &str) -> usize {
        self.requests.iter().filter(|it| it.starts_with(request)).count()
    }

    /// The state of a generation, as JSON, with the files that come with events.
    pub(super) fn state(&self, generation: u64) -> String {
        self.state_with(generation, &self.enclosed)
    }

    pub(super) fn state_without_files(&self, generation: u64) -> String {
        self.state_with(generation, &BTreeMap::new())
    }

    fn state_with(&self, generation: u64, files: &BTreeMap<String, Vec<u8>>) -> String {
        let manifest = self.files.get(Manifest::FILE_NAME);
        let sha256 = manifest
            .filter(|_| generation == self.generation)
            .map_or(String::new(), |bytes| sha256(bytes));
        let files: BTreeMap<_, _> =
            files.iter().map(|(name, bytes)| (name, String::from_utf8_lossy(bytes))).collect();
        let files = serde_json::to_string(&files).unwrap();
        format!(
            "{{\"generation\":{generation},\"sha256\":\"{sha256}\",\"window\":{},\"new\":1,\"files\":{files}}}",
            self.window
        )
    }
}
