//! Reports of nodes: a key for each node, and further keys for the rows of many client cores.
//!
//! The first key has a line of JSON with the sums, and then the whole report, compressed, if it is
//! short: who needs only the sums reads little. Else, the other keys have it. They begin with the
//! identifier of the report, because a reader can come between two of them.

use std::io::Read;
use std::sync::Arc;
use std::time::Instant;

use adr_bundle::sha256;
use adr_protocol::{Clients, is_client_name};
use adr_watcher::publication::{NodeReport, is_node_name};
use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::budget::Budget;
use crate::connection::Connection;
use crate::fault::Fault;
use crate::prune::subjects;
use crate::read::{all, last};
use crate::shared::Shared;

/// Bytes of a report in one key: far below the limit of NATS, 1 MiB.
const PART_BYTES: usize = 256 * 1024;

/// Most bytes of a report beside its sums.
const SHORT_BYTES: usize = 4 * 1024;

/// Most parts of a report.
const MAX_PARTS: usize = 64;

/// Most bytes of a report before it is compressed: some 200,000 client cores.
const MAX_REPORT_BYTES: u64 = 64 * 1024 * 1024;

/// The longest first line of a report.
const MAX_HEAD_BYTES: usize = 256 * 1024;

/// The length of a SHA-256.
const SHA256_CHARACTERS: usize = 64;

/// The longest version of a core that is kept, in characters.
const VERSION_CHARACTERS: usize = 128;

/// The longest phrase about a core that is kept, in characters.
const REASON_CHARACTERS: usize = 1_024;

/// Most nodes of a cluster.
const MAX_NODES: usize = 1_000;

/// How often a report is read again that changed meanwhile.
const ATTEMPTS: usize = 3;

/// The first line of a report.
#[derive(Serialize, Deserialize)]
struct Head {
    /// Begins every part.
    id: String,
    /// How many keys the report has, at least 1. With 0, the rows are left out.
    parts: usize,
    /// The report without rows.
    summary: NodeReport,
}

/// A report as it is stored.
#[derive(Debug)]
pub(crate) struct Encoded {
    node: String,
    /// The first one is for the key of the node.
    parts: Vec<Bytes>,
}

/// A report of a node, and when NATS stored it.
#[derive(Debug)]
pub(crate) struct Stored {
    /// The report without rows.
    pub(crate) summary: NodeReport,
    /// Seconds since 1970, by the clock of NATS.
    pub(crate) stored: u64,
    /// The whole report, compressed; `None` if it was not read.
    body: Option<Vec<u8>>,
}

impl Stored {
    /// The report with its rows. They are left out if they were not read, if the report is damaged,
    /// or if it is longer than the budget; the sums say that there are more.
    ///
    /// Takes seconds for a million cores: call it where nothing waits.
    pub(crate) fn open(self, budget: &Budget) -> NodeReport {
        let node = &self.summary.node;
        let opened = self.body.and_then(|body| decompressed(&body, node, budget));
        opened.unwrap_or(self.summary)
    }
}

impl Encoded {
    /// Compresses a report. One that is too long is stored without its rows.
    pub(crate) fn of(report: &NodeReport) -> Result<Self, Fault> {
        if !is_node_name(&report.node) {
            let reason = format!("invalid name of a node: `{}`", report.node.escape_debug());
            return Err(Fault::Impossible(reason, "choose another name with `--node`"));
        }
        let body = compressed(report).unwrap_or_default();
        let id = sha256(&body).get(..16).unwrap_or_default().to_owned();
        let (short, long) = match body.len() <= SHORT_BYTES {
            true => (body.as_slice(), &[][..]),
            false => (&[][..], body.as_slice()),
        };
        let chunks = long.chunks(PART_BYTES);
        let parts = if body.is_empty() { 0 } else { 1 + chunks.len() };
        let head = Head { id: id.clone(), parts, summary: without_rows(report) };
        let mut first = serde_json::to_vec(&head).unwrap_or_default();
        first.push(b'\n');
        first.extend_from_slice(short);
        let further = chunks.map(|chunk| Bytes::from([id.as_bytes(), b"\n", chunk].concat()));
        let parts = std::iter::once(Bytes::from(first)).chain(further).collect();
        Ok(Self { node: report.node.clone(), parts })
    }
}

/// The report without the rows of client cores, which can be long.
fn without_rows(report: &NodeReport) -> NodeReport {
    let clients = &report.clients;
    NodeReport {
        format_version: report.format_version,
        node: report.node.clone(),
        tool: report.tool.clone(),
        reported: report.reported,
        has_ended: report.has_ended,
        clients: Clients {
            format_version: clients.format_version,
            generation: clients.generation,
            sha256: clients.sha256.clone(),
            listeners: clients.listeners,
            clients: clients.clients,
            current: clients.current,
            refused: clients.refused,
            expected: clients.expected,
            disconnected: clients.disconnected,
            running: clients.running.clone(),
            reasons: clients.reasons.clone(),
            freshness: clients.freshness.clone(),
            refusals: clients.refusals.clone(),
            matching: clients.matching,
            rows: Vec::new(),
            nodes: clients.nodes.clone(),
            nodes_problem: clients.nodes_problem.clone(),
        },
    }
}

/// The report as compressed JSON; `None` if it is too long.
fn compressed(report: &NodeReport) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    serde_json::to_writer(&mut encoder, report).ok()?;
    let body = encoder.finish().ok()?;
    (body.len() <= (MAX_PARTS - 1) * PART_BYTES).then_some(body)
}

/// Reads the whole report of a node; `None` if it is damaged, or longer than the budget. Rows that
/// no node of adrc writes are left out.
fn decompressed(body: &[u8], node: &str, budget: &Budget) -> Option<NodeReport> {
    let limit = MAX_REPORT_BYTES.min(budget.bytes_left());
    let mut decoder = GzDecoder::new(body).take(limit);
    let report: Result<NodeReport, _> = serde_json::from_reader(&mut decoder);
    let rows = report.as_ref().map_or(0, |report| report.clients.rows.len());
    budget.take(limit - decoder.limit(), rows)?;
    let mut report = report.ok().filter(|report| report.node == node)?;
    let rows = &mut report.clients.rows;
    rows.retain(|row| is_client_name(&row.client));
    for row in rows {
        shorten(&mut row.sha256, SHA256_CHARACTERS);
        shorten(&mut row.version, VERSION_CHARACTERS);
        shorten(&mut row.reason, REASON_CHARACTERS);
        if let Some(refusal) = &mut row.refusal {
            shorten(&mut refusal.detail, REASON_CHARACTERS);
        }
    }
    Some(report)
}

/// Cuts a text after this many characters.
fn shorten(text: &mut String, characters: usize) {
    if let Some((end, _)) = text.char_indices().nth(characters) {
        text.truncate(end);
    }
}

/// The first line of a report and the bytes behind it; `None` if adrc did not write it.
fn head_of<'v>(value: &'v [u8], node: &str) -> Option<(Head, &'v [u8])> {
    let end = value.iter().position(|byte| *byte == b'\n')?;
    if end > MAX_HEAD_BYTES || value.len() - end > PART_BYTES + 1 {
        return None;
    }
    let (line, rest) = value.split_at(end);
    let head: Head = serde_json::from_slice(line).ok()?;
    (head.summary.node == node && head.parts <= MAX_PARTS).then_some((head, rest.get(1..)?))
}

/// Stores the last message of a subject.
async fn store(connection: &Connection, subject: String, value: Bytes) -> Result<(), Fault> {
    let sent = connection.context.publish(subject, value).await;
    let stored = sent.map_err(|error| Fault::of_publish(&error))?.await;
    stored.map_err(|error| Fault::of_publish(&error))?;
    Ok(())
}

impl Shared {
    /// Stores a report. The further parts come first, so that a reader of the head finds them.
    pub(crate) async fn report(&self, report: &Encoded, deadline: Instant) -> Result<(), Fault> {
        let (first, further) = match report.parts.split_first() {
            Some((first, further)) => (first.clone(), further),
            None => return Ok(()),
        };
        let further = further.iter().enumerate().map(|(at, part)| {
            self.put(self.names.node_part(&report.node, at + 1), part.clone(), deadline)
        });
        all(further).await?;
        self.put(self.names.node(&report.node), first, deadline).await
    }

    async fn put(&self, subject: String, value: Bytes, deadline: Instant) -> Result<(), Fault> {
        let put = |connection: Arc<Connection>| {
            let stream = self.names.nodes_stream();
            let (subject, value) = (subject.clone(), value.clone());
            async move {
                match store(&connection, subject, value).await {
                    Err(Fault::Temporary(reason)) => {
                        Err(connection.missing_or(&stream, Fault::Temporary(reason)).await)
                    }
                    stored => stored,
                }
            }
        };
        self.run_for(deadline, Some(&subject), put).await
    }

    /// The reports of all nodes, sorted by name. Values that adrc did not write are left out.
    pub(crate) async fn reports(
        &self,
        with_rows: bool,
        deadline: Instant,
    ) -> Result<Vec<Stored>, Fault> {
        let nodes = self.node_names(deadline).await?;
        let budget = &Budget::new();
        let read = nodes.into_iter().map(|node| async move {
            self.stored_report(&node, with_rows, budget, deadline).await
        });
        let mut reports: Vec<_> = all(read).await?.into_iter().flatten().collect();
        reports.sort_by(|a, b| a.summary.node.cmp(&b.summary.node));
        Ok(reports)
    }

    /// The report of a node with its rows; `None` without one.
    pub(crate) async fn report_of(
        &self,
        node: &str,
        deadline: Instant,
    ) -> Result<Option<Stored>, Fault> {
        if !is_node_name(node) {
            return Ok(None);
        }
        self.stored_report(node, true, &Budget::new(), deadline).await
    }

    async fn node_names(&self, deadline: Instant) -> Result<Vec<String>, Fault> {
        let list = |connection: Arc<Connection>| {
            let (stream, filter) = (self.names.nodes_stream(), self.names.node("*"));
            async move { subjects(&connection, &stream, &filter).await }
        };
        let subjects = self.run(deadline, list).await?;
        let nodes = subjects.names.iter().filter_map(|subject| subject.rsplit('.').next());
        let nodes = nodes.filter(|node| is_node_name(node)).map(str::to_owned);
        Ok(nodes.take(MAX_NODES).collect())
    }

    /// The report of a node. Its body is missing if it changed during every attempt, or is longer
    /// than the budget.
    async fn stored_report(
        &self,
        node: &str,
        with_rows: bool,
        budget: &Budget,
        deadline: Instant,
    ) -> Result<Option<Stored>, Fault> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let Some((value, stored)) = self.node_value(self.names.node(node), deadline).await?
            else {
                return Ok(None);
            };
            let Some((head, first)) = head_of(&value, node) else {
                return Ok(None);
            };
            if budget.take(value.len() as u64, 0).is_none() {
                return Ok(None);
            }
            let further = head.parts.saturating_sub(1).saturating_mul(PART_BYTES) as u64;
            let reads_body = with_rows && head.parts > 0 && budget.take(further, 0).is_some();
            let body = match reads_body {
                true => self.body(node, &head, first, deadline).await?,
                false => None,
            };
            let is_complete = !reads_body || body.is_some();
            last = Some(Stored { summary: head.summary, stored, body });
            if is_complete {
                break;
            }
        }
        Ok(last)
    }

    /// The bytes of all parts; `None` if one belongs to another report.
    async fn body(
        &self,
        node: &str,
        head: &Head,
        first: &[u8],
        deadline: Instant,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let mut body = first.to_vec();
        for part in 1..head.parts {
            let part = self.node_value(self.names.node_part(node, part), deadline).await?;
            let bytes = part
                .as_ref()
                .and_then(|(part, _)| part.strip_prefix(head.id.as_bytes())?.strip_prefix(b"\n"))
                .filter(|bytes| bytes.len() <= PART_BYTES);
            match bytes {
                Some(bytes) => body.extend_from_slice(bytes),
                None => return Ok(None),
            }
        }
        Ok(Some(body))
    }

    /// A value in the bucket of reports, and when it was stored.
    async fn node_value(
        &self,
        subject: String,
        deadline: Instant,
    ) -> Result<Option<(Bytes, u64)>, Fault> {
        let read = |connection: Arc<Connection>| {
            let (stream, subject) = (self.names.nodes_stream(), subject.clone());
            async move { last(&connection, &stream, &subject).await }
        };
        let message = self.run(deadline, read).await?;
        Ok(message.map(|message| {
            let stored = u64::try_from(message.time.unix_timestamp()).unwrap_or(0);
            (message.payload, stored)
        }))
    }
}

#[cfg(test)]
mod tests;
