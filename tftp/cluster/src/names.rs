//! What everything is called in NATS, and how it is kept.

use std::time::Duration;

use adr_watcher::publication::NodeReport;
use async_nats::jetstream::stream::{Config, DiscardPolicy};

/// The names of one publication. All begin with the name of its bucket.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// The bucket of the key `current`.
    pub(crate) bucket: String,
}

impl Names {
    /// The stream of the bucket.
    pub(crate) fn stream(&self) -> String {
        format!("KV_{}", self.bucket)
    }

    /// The subject of the key `current`.
    pub(crate) fn current(&self) -> String {
        format!("$KV.{}.current", self.bucket)
    }

    /// The object store of files and documents.
    pub(crate) fn files(&self) -> String {
        format!("{}-files", self.bucket)
    }

    /// The stream of the object store.
    pub(crate) fn files_stream(&self) -> String {
        format!("OBJ_{}", self.files())
    }

    /// The subject of the information about an object, by its encoded name.
    pub(crate) fn object(&self, encoded: &str) -> String {
        format!("$O.{}.M.{encoded}", self.files())
    }

    /// The subjects of all objects.
    pub(crate) fn all_objects(&self) -> String {
        self.object("*")
    }

    /// The subject of the chunks of an object.
    pub(crate) fn chunks(&self, nuid: &str) -> String {
        format!("$O.{}.C.{nuid}", self.files())
    }

    /// The stream of the bucket of reports.
    pub(crate) fn nodes_stream(&self) -> String {
        format!("KV_{}-nodes", self.bucket)
    }

    /// The subject of the report of a node; `*` for the reports of all.
    pub(crate) fn node(&self, node: &str) -> String {
        format!("$KV.{}-nodes.{node}", self.bucket)
    }

    /// The subject of a further part of a report, from 1.
    pub(crate) fn node_part(&self, node: &str, part: usize) -> String {
        format!("{}.{part}", self.node(node))
    }

    /// The subject of announcements.
    pub(crate) fn state(&self) -> String {
        format!("{}.state", self.bucket)
    }

    /// The streams of a publication. Their format is that of buckets and object stores of NATS, so
    /// that its tools show them. Only the leader of a stream answers for it (`allow_direct` is
    /// off), so that nobody reads an older value.
    pub(crate) fn streams(&self, replicas: usize) -> [Config; 3] {
        let bucket = |name: String, description: &str| Config {
            name: format!("KV_{name}"),
            description: Some(description.to_owned()),
            subjects: vec![format!("$KV.{name}.>")],
            max_messages_per_subject: 1,
            allow_rollup: true,
            deny_delete: true,
            ..self.stream_config(replicas)
        };
        let files = self.files();
        [
            Config {
                name: self.files_stream(),
                description: Some("Files of the generations of adrc".to_owned()),
                subjects: vec![format!("$O.{files}.C.>"), format!("$O.{files}.M.>")],
                allow_rollup: true,
                ..self.stream_config(replicas)
            },
            Config {
                max_age: NodeReport::LIFETIME,
                ..bucket(format!("{}-nodes", self.bucket), "What nodes of adrc report")
            },
            // the last one: a publication with this stream is complete
            bucket(self.bucket.clone(), "The current generation of adrc"),
        ]
    }

    fn stream_config(&self, replicas: usize) -> Config {
        Config {
            discard: DiscardPolicy::New,
            num_replicas: replicas,
            max_bytes: -1,
            max_messages: -1,
            max_messages_per_subject: -1,
            max_message_size: -1,
            // a lost answer leads to the same message again, and nothing needs it to be dropped
            duplicate_window: Duration::from_secs(120),
            ..Config::default()
        }
    }
}
