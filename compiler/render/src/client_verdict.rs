//! What the clients of a PC use, and where each value comes from.

use adr_provision::{Candidate, ClientVerdict, RegistryData, ValueVerdict, Verdict};
use serde::Serialize;

use crate::style::{Styles, styled};
use crate::table::table;
use crate::text::escaped;

/// The verdicts as fields of a JSON document.
#[derive(Debug, Serialize)]
pub struct VerdictObject {
    clients: Vec<ClientObject>,
}

#[derive(Debug, Serialize)]
struct ClientObject {
    /// `csf` or `jabber`.
    client: &'static str,
    /// The name of the user below `HKEY_USERS`; `null` for the user of the export.
    user: Option<String>,
    values: Vec<ValueObject>,
}

#[derive(Debug, Serialize)]
struct ValueObject {
    name: String,
    #[serde(flatten)]
    winner: CandidateObject,
    reason: String,
    others: Vec<CandidateObject>,
}

#[derive(Debug, Serialize)]
struct CandidateObject {
    value: String,
    #[serde(rename = "type")]
    kind: &'static str,
    from: &'static str,
}

impl From<&Verdict> for VerdictObject {
    fn from(verdict: &Verdict) -> Self {
        Self { clients: verdict.clients.iter().map(client_object).collect() }
    }
}

fn client_object(verdict: &ClientVerdict) -> ClientObject {
    ClientObject {
        client: verdict.client.word(),
        user: verdict.client.user().map(str::to_owned),
        values: verdict.values.iter().map(value_object).collect(),
    }
}

fn value_object(value: &ValueVerdict) -> ValueObject {
    ValueObject {
        name: value.name.clone(),
        winner: candidate_object(&value.winner),
        reason: value.reason.to_string(),
        others: value.others.iter().map(candidate_object).collect(),
    }
}

fn candidate_object(candidate: &Candidate) -> CandidateObject {
    let value = match &candidate.data {
        RegistryData::Text(text) | RegistryData::ExpandableText(text) => text.clone(),
        other => other.to_string(),
    };
    CandidateObject { value, kind: candidate.data.type_name(), from: candidate.origin.word() }
}

/// A table for each client: name, value, place, and why this place wins.
#[must_use]
pub fn verdict_text(verdict: &Verdict, styles: Styles) -> String {
    let mut text = String::new();
    for client in &verdict.clients {
        let rows: Vec<Vec<String>> = client.values.iter().map(row).collect();
        let title = styled(styles.heading, client.client.to_string());
        text += &format!("{title}\n");
        match rows.is_empty() {
            true => text += "  no values\n",
            false => text += &table(&rows),
        }
    }
    if verdict.clients.is_empty() {
        text += "no values of a client\n";
    }
    text
}

/// Most characters of a name or a value in the table.
const SHOWN: usize = 60;

/// The first characters of a text.
fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn row(value: &ValueVerdict) -> Vec<String> {
    let data = &value.winner.data;
    let kind = if data.as_text().is_some() { "" } else { data.type_name() };
    let shown = format!("{kind} {}", shortened(&data.to_string())).trim_start().to_owned();
    let name = match value.name.as_str() {
        "" => "(default)".to_owned(),
        name => escaped(&shortened(name)),
    };
    vec![name, shown, value.winner.origin.word().to_owned(), value.reason.to_string()]
}
