//! The status page: generation, files per view, latest requests, listeners. Plain HTML without
//! scripts.

use std::fmt::{Display, Write};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use adr_bundle::{Case, Manifest, RULES_FOLDER, TreeFile, View};
use ipnet::IpNet;

use super::alerts::{Alert, AlertScope};
use crate::limits::Limits;
use crate::outcome::Outcome;
use crate::record::Record;
use crate::server::Addresses;
use crate::store::Generation;

/// The content of the page.
pub(super) struct Status<'s> {
    pub(super) version: &'s str,
    pub(super) source: &'s str,
    pub(super) started: SystemTime,
    pub(super) generation: Arc<Generation>,
    pub(super) alerts: Vec<Alert>,
    pub(super) warnings: &'s [String],
    pub(super) addresses: &'s Addresses,
    /// Numbers of TFTP transfers and of HTTP connections.
    pub(super) in_flight: (u32, u32),
    pub(super) limits: &'s Limits,
    pub(super) records: Vec<Record>,
}

/// The page as of `now`.
pub(super) fn page(status: &Status<'_>, now: SystemTime) -> String {
    let mut html = String::from(HEAD);
    head(&mut html, status, now);
    served(&mut html, &status.generation);
    records(&mut html, &status.records, now);
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

fn head(html: &mut String, status: &Status<'_>, now: SystemTime) {
    let generation = status.generation.tree().generation();
    let source = Escaped(status.source);
    let _ = write!(
        html,
        "<header>\n<h1>Generation {generation} <span>of {source}</span></h1>\n<dl class=\"facts\">\n"
    );
    let (transfers, connections) = status.in_flight;
    let tftp = &status.limits.tftp;
    let max_transfers = tftp.max_transfers.saturating_add(tftp.max_unacknowledged);
    let max = (max_transfers, status.limits.http.max_connections);
    fact(html, "Published", published(&status.generation, now));
    fact(html, "Running for", age(status.started, now));
    fact(html, "TFTP transfers", format_args!("{transfers} of at most {}", max.0));
    fact(html, "HTTP connections", format_args!("{connections} of at most {}", max.1));
    html.push_str("</dl>\n</header>\n<main>\n");
    for alert in &status.alerts {
        let heading = match alert.scope {
            AlertScope::Rules | AlertScope::Folder => "The last reload failed",
            AlertScope::Cluster => "CUCM needs attention",
        };
        let _ = writeln!(
            html,
            "<section class=\"failure\" role=\"alert\">\n<h2>{heading}</h2>\n<p>{} ago. Clients still get the generation above.</p>\n<pre tabindex=\"0\">{}</pre>\n</section>",
            age(alert.raised, now),
            Escaped(&alert.reason)
        );
    }
    for warning in status.warnings {
        let _ = writeln!(
            html,
            "<p class=\"warning\"><strong>Warning:</strong> {}</p>",
            Escaped(warning)
        );
    }
}

fn published(generation: &Generation, now: SystemTime) -> String {
    match generation.modified() {
        SystemTime::UNIX_EPOCH => "nothing yet".to_owned(),
        at => format!("{}, {} ago", moment(at), age(at, now)),
    }
}

fn fact(html: &mut String, name: &str, value: impl Display) {
    let _ = writeln!(html, "<div><dt>{name}</dt><dd>{value}</dd></div>");
}

/// Most views on the page; the manifest lists all of them.
const MAX_VIEWS: usize = 200;

fn served(html: &mut String, generation: &Generation) {
    html.push_str("<section>\n<h2>Published files</h2>\n");
    let caption = "Views, their networks, and their files";
    table(html, caption, &["View", "Networks", "File", "Bytes", "SHA-256"]);
    let tree = generation.tree();
    let views = tree.views().iter().zip(&tree.manifest().views);
    for (view, entry) in views.take(MAX_VIEWS) {
        view_rows(html, view, &entry.networks);
    }
    html.push_str("</tbody>\n</table></div>\n");
    let left = tree.views().len().saturating_sub(MAX_VIEWS);
    if left > 0 {
        let _ = writeln!(html, "<p>And {left} more views: see manifest.json.</p>");
    }
    html.push_str("</section>\n");
}

fn view_rows(html: &mut String, view: &View, networks: &[IpNet]) {
    let files = files(view);
    let rows = files.len().max(1);
    let name = Escaped(view.name().unwrap_or("default"));
    let _ = write!(
        html,
        "<tr class=\"first\"><th scope=\"rowgroup\" rowspan=\"{rows}\">{name}</th><td rowspan=\"{rows}\">"
    );
    for network in networks {
        let _ = write!(html, "<code>{network}</code> ");
    }
    html.push_str(if networks.is_empty() { "all other clients</td>" } else { "</td>" });
    for (at, (name, file, is_in_rules_folder)) in files.iter().enumerate() {
        let begin = if at == 0 { "" } else { "<tr>" };
        let twice = if *is_in_rules_folder { " and in <code>CUPC/</code>" } else { "" };
        let hash = file.sha256();
        let _ = writeln!(
            html,
            "{begin}<td><code>{}</code>{twice}</td><td class=\"number\">{}</td><td><code title=\"{hash}\">{}…</code></td></tr>",
            Escaped(name),
            file.bytes().len(),
            hash.get(..12).unwrap_or(hash)
        );
    }
    if files.is_empty() {
        html.push_str("<td colspan=\"3\">no files</td></tr>\n");
    }
}

/// Files of a view by name, and whether the same file is in [`RULES_FOLDER`] as well. The manifest,
/// which is the same in every view, is left out.
fn files(view: &View) -> Vec<(&str, &Arc<TreeFile>, bool)> {
    let mut names: Vec<&str> = view.names().filter(|name| *name != Manifest::FILE_NAME).collect();
    names.sort_unstable();
    let find = |name: &str| view.file(name, Case::Exact);
    let twin = |name: &str| find(&format!("{RULES_FOLDER}/{name}"));
    let is_shown = |name: &&str| {
        let bare = name.strip_prefix(RULES_FOLDER).and_then(|name| name.strip_prefix('/'));
        let bare = bare.and_then(find);
        bare.is_none() || bare.map(|file| file.sha256()) != find(name).map(|file| file.sha256())
    };
    let shown = names.into_iter().filter(is_shown);
    let row = |name| {
        let file = find(name)?;
        let is_in_rules_folder = twin(name).is_some_and(|twin| twin.sha256() == file.sha256());
        Some((name, file, is_in_rules_folder))
    };
    shown.filter_map(row).collect()
}

fn records(html: &mut String, records: &[Record], now: SystemTime) {
    html.push_str("<section>\n<h2>Latest requests</h2>\n");
    if records.is_empty() {
        html.push_str("<p>No requests yet.</p>\n</section>\n");
        return;
    }
    let columns = [
        "Ago",
        "Client",
        "Protocol",
        "File",
        "View",
        "Generation",
        "Bytes",
        "Retransmissions",
        "Duration",
        "Result",
    ];
    table(html, "The latest requests, newest first", &columns);
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
    html.push_str("</tbody>\n</table></div>\n</section>\n");
}

fn listeners(html: &mut String, status: &Status<'_>) {
    html.push_str("<section>\n<h2>Listening on</h2>\n<dl class=\"facts\">\n");
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

/// Begins a table that can be scrolled by keyboard if it is wider than the window.
fn table(html: &mut String, caption: &str, columns: &[&str]) {
    let _ = write!(
        html,
        "<div class=\"wide\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\"><table>\n<caption>{caption}</caption>\n<thead><tr>"
    );
    for column in columns {
        let is_number = matches!(*column, "Bytes" | "Generation" | "Retransmissions" | "Duration");
        let class = if is_number { " class=\"number\"" } else { "" };
        let _ = write!(html, "<th scope=\"col\"{class}>{column}</th>");
    }
    html.push_str("</tr></thead>\n<tbody>\n");
}

fn result(outcome: Outcome) -> String {
    let class = match outcome {
        Outcome::Complete | Outcome::NotModified => "good",
        Outcome::Missing | Outcome::Refused => "plain",
        _ => "bad",
    };
    format!("<span class=\"{class}\">{}</span>", outcome.word().replace('_', " "))
}

/// "12 ms", "3.4 s".
fn duration(time: Duration) -> String {
    match time.as_millis() {
        milliseconds @ 0..1000 => format!("{milliseconds} ms"),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

/// "4 s", "3 min", "5 h", "2 d".
fn age(at: SystemTime, now: SystemTime) -> String {
    let seconds = now.duration_since(at).unwrap_or_default().as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// "25 Nov 2026 02:03:11 GMT", from the HTTP date.
fn moment(at: SystemTime) -> String {
    let text = httpdate::fmt_http_date(at);
    text.split_once(", ").map_or_else(|| text.clone(), |(_, rest)| rest.to_owned())
}

/// Text with the special characters of HTML escaped, also for use within quotes.
struct Escaped<'t>(&'t str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_text_has_no_markup() {
        let text = "<script>\"a\" & 'b'</script>";
        let escaped = Escaped(text).to_string();
        assert!(!escaped.contains(['<', '>', '"', '\'']), "{escaped}");
    }

    #[test]
    fn age_is_rounded_to_one_unit() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        for (seconds, words) in
            [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (172_800, "2 d")]
        {
            assert_eq!(age(now - Duration::from_secs(seconds), now), words);
        }
        assert_eq!(age(now + Duration::from_secs(5), now), "0 s");
    }
}
