//! The status page. Plain HTML without scripts; it works without JavaScript.

mod alerts;
mod clients;
mod files;
mod history;
mod html;
mod nodes;
mod requests;
mod trial;

use std::fmt::Write;
use std::sync::Arc;
use std::time::SystemTime;

use super::alerts::Alerts;
use super::bounded::KnownHistory;
use crate::limits::Limits;
use crate::record::Record;
use crate::server::Addresses;
use crate::store::Generation;
use crate::validity::{Subject, Validities, Validity};
pub(super) use clients::CoreReports;
use html::{Escaped, age, fact, moment, section};
pub(super) use trial::{Outcome, Tried};

/// The content of the page.
pub(super) struct Status<'s> {
    pub(super) version: &'s str,
    pub(super) source: &'s str,
    pub(super) started: SystemTime,
    pub(super) generation: Arc<Generation>,
    pub(super) alerts: &'s Alerts,
    pub(super) warnings: &'s [String],
    pub(super) validities: Validities,
    pub(super) addresses: &'s Addresses,
    /// Numbers of TFTP transfers and of HTTP connections.
    pub(super) in_flight: (u32, u32),
    pub(super) limits: &'s Limits,
    /// What client cores report; `None` if they cannot report.
    pub(super) clients: Option<CoreReports>,
    pub(super) history: KnownHistory,
    /// Whether numbers can be tried.
    pub(super) can_dial: bool,
    /// The number that was tried with this request.
    pub(super) tried: Option<Tried>,
    pub(super) records: Vec<Record>,
}

/// The page as of `now`.
pub(super) fn page(status: &Status<'_>, now: SystemTime) -> String {
    let mut html = String::from(HEAD);
    head(&mut html, status, now);
    alerts::alerts(&mut html, status, now);
    if status.can_dial {
        trial::trial(&mut html, status.generation.tree(), status.tried.as_ref());
    }
    if let Some(clients) = &status.clients {
        clients::clients(&mut html, clients);
    }
    files::files(&mut html, &status.generation);
    history::history(&mut html, &status.history, now);
    requests::requests(&mut html, &status.records, now);
    listeners(&mut html, status);
    html += "</main>\n";
    let version = Escaped(status.version);
    let _ = writeln!(
        html,
        "<footer><p>adrc {version}, as of {}. <a href=\"/metrics\">Metrics for Prometheus</a></p></footer>\n</body>\n</html>",
        moment(now)
    );
    html
}

const HEAD: &str = "<!DOCTYPE html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"color-scheme\" content=\"light dark\">
<title>adrc status</title>
<link rel=\"stylesheet\" href=\"/-/style.css\">
</head>
<body>
";

/// The parts of the page: id, and the word of the link.
const PARTS: [(&str, &str); 6] = [
    ("try", "Try a number"),
    ("clients", "Client cores"),
    ("files", "Files"),
    ("history", "History"),
    ("requests", "Requests"),
    ("listeners", "Listening on"),
];

fn head(html: &mut String, status: &Status<'_>, now: SystemTime) {
    let generation = status.generation.tree().generation();
    let source = Escaped(status.source);
    let _ = write!(
        html,
        "<header>\n<h1>Generation {generation} <span>of {source}</span></h1>\n<nav aria-label=\"Parts of the page\"><ul>"
    );
    for (id, word) in PARTS {
        let is_there = match id {
            "try" => status.can_dial,
            "clients" => status.clients.is_some(),
            _ => true,
        };
        if is_there {
            let _ = write!(html, "<li><a href=\"/#{id}\">{word}</a></li>");
        }
    }
    html.push_str("</ul></nav>\n<dl class=\"facts\">\n");
    let (transfers, connections) = status.in_flight;
    let tftp = &status.limits.tftp;
    let max_transfers = tftp.max_transfers.saturating_add(tftp.max_unacknowledged);
    let max = (max_transfers, status.limits.http.max_connections);
    fact(html, "Published", published(&status.generation, now));
    fact(html, "Running for", age(status.started, now));
    fact(html, "TFTP transfers", format_args!("{transfers} of at most {}", max.0));
    fact(html, "HTTP connections", format_args!("{connections} of at most {}", max.1));
    for (subject, validity) in status.validities.all() {
        fact(html, &format!("{} ends", word(subject)), ends(validity, now));
    }
    html.push_str("</dl>\n</header>\n<main>\n");
}

fn word(subject: Subject) -> &'static str {
    match subject {
        Subject::Certificate => "HTTPS certificate",
        Subject::Signature => "Signature",
    }
}

/// When something ends, and how long that is from now.
fn ends(validity: Validity, now: SystemTime) -> String {
    let at = moment(validity.end);
    match validity.is_over(now) {
        true => format!("{at}, {}", whole(format_args!("{} ago", age(validity.end, now)))),
        false => format!("{at}, {}", whole(format_args!("in {}", age(now, validity.end)))),
    }
}

fn published(generation: &Generation, now: SystemTime) -> String {
    let at = generation.modified();
    match at == SystemTime::UNIX_EPOCH {
        true => "nothing yet".to_owned(),
        false => format!("{}, {}", moment(at), whole(format_args!("{} ago", age(at, now)))),
    }
}

/// Words that stay in one line.
fn whole(words: std::fmt::Arguments<'_>) -> String {
    format!("<span class=\"whole\">{words}</span>")
}

fn listeners(html: &mut String, status: &Status<'_>) {
    section(html, "listeners", "Listening on");
    html.push_str("<dl class=\"facts\">\n");
    let Addresses { tftp, http, https } = status.addresses;
    for (name, addresses) in [("TFTP", tftp), ("HTTP", http), ("HTTPS", https)] {
        if !addresses.is_empty() {
            let words: Vec<_> =
                addresses.iter().map(|address| format!("<code>{address}</code>")).collect();
            fact(html, name, words.join(" "));
        }
    }
    html.push_str("</dl>\n</section>\n");
}
