//! The latest requests.

use std::fmt::Write;
use std::time::SystemTime;

use super::html::{Column, Escaped, TABLE_END, age, duration, section, table};
use crate::outcome::Outcome;
use crate::record::Record;

const COLUMNS: [Column; 10] = [
    Column::Text("Ago"),
    Column::Text("Client"),
    Column::Text("Protocol"),
    Column::Text("File"),
    Column::Text("View"),
    Column::Number("Generation"),
    Column::Number("Bytes"),
    Column::Number("Retransmissions"),
    Column::Number("Duration"),
    Column::Text("Result"),
];

pub(super) fn requests(html: &mut String, records: &[Record], now: SystemTime) {
    section(html, "requests", "Latest requests");
    if records.is_empty() {
        html.push_str("<p>No requests yet.</p>\n</section>\n");
        return;
    }
    table(html, "The latest requests, newest first", &COLUMNS);
    for record in records {
        let generation =
            record.generation.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let _ = writeln!(
            html,
            "<tr><td>{}</td><td><code>{}</code></td><td>{}</td><td><code>{}</code></td><td>{}</td><td class=\"number\">{generation}</td>\
             <td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td>{}</td></tr>",
            age(record.at, now),
            record.client.ip(),
            record.protocol,
            Escaped(&record.file),
            Escaped(record.view.as_deref().unwrap_or("default")),
            record.bytes,
            record.retransmissions,
            duration(record.time),
            result(record.outcome),
        );
    }
    html.push_str(TABLE_END);
    html.push_str("</section>\n");
}

fn result(outcome: Outcome) -> String {
    let class = match outcome {
        Outcome::Complete | Outcome::NotModified => "good",
        Outcome::Missing | Outcome::Refused => "plain",
        _ => "bad",
    };
    format!("<span class=\"{class}\">{}</span>", outcome.word().replace('_', " "))
}
