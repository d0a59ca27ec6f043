//! What client cores run, and why they do not run the current generation.

use std::collections::HashSet;
use std::fmt::Write;
use std::time::Duration;

use adr_protocol::{ClientRow, ClientState, Clients};

use super::html::{Column, Escaped, TABLE_END, count, fact, seconds, section, table};
use super::nodes::nodes;
use crate::announce::{Announcer, ClientFilter};

/// Most client cores on the page; `/-/clients` lists more.
const MAX_ROWS: usize = 100;

/// The states of cores that need attention.
const WORST_FIRST: [ClientState; 3] =
    [ClientState::Refused, ClientState::Behind, ClientState::Expected];

/// What client cores report.
pub(in crate::admin) struct CoreReports {
    sums: Clients,
    /// The cores that need attention, the worst first.
    rows: Vec<ClientRow>,
    /// How many need attention.
    all: usize,
}

impl CoreReports {
    /// What an announcer knows about the cores of all nodes: the sums, and the first cores that
    /// refuse, are behind, or have not come back.
    pub(in crate::admin) fn of(announcer: &Announcer) -> Self {
        announcer.clients_of_nodes().map_or_else(|| Self::of_one(announcer), Self::of_nodes)
    }

    fn of_nodes(mut sums: Clients) -> Self {
        let mut rows = std::mem::take(&mut sums.rows);
        let place = |row: &ClientRow| WORST_FIRST.iter().position(|state| *state == row.state);
        rows.retain(|row| row.refusal.is_some() || place(row).is_some());
        rows.sort_by_key(|row| place(row).unwrap_or(WORST_FIRST.len()));
        let all = rows.len();
        rows.truncate(MAX_ROWS);
        Self { sums, rows, all }
    }

    fn of_one(announcer: &Announcer) -> Self {
        let filter = |states: &[ClientState]| ClientFilter {
            states: states.to_vec(),
            ..ClientFilter::default()
        };
        let mut names = HashSet::new();
        let mut rows = Vec::new();
        for state in WORST_FIRST {
            if rows.len() < MAX_ROWS {
                let found = announcer.rows(&filter(&[state])).rows;
                rows.extend(found.into_iter().filter(|row| names.insert(row.client.clone())));
            }
        }
        rows.truncate(MAX_ROWS);
        let all = announcer.rows(&filter(&WORST_FIRST)).matching;
        Self { sums: announcer.clients(), rows, all }
    }
}

pub(super) fn clients(html: &mut String, reports: &CoreReports) {
    let CoreReports { sums, rows, all } = reports;
    section(html, "clients", "Client cores");
    html.push_str("<dl class=\"facts\">\n");
    let behind = sums.clients.saturating_sub(sums.current + sums.refused);
    fact(html, "Reporting", sums.clients);
    fact(html, "Run this generation", sums.current);
    fact(html, "Refuse it", sums.refused);
    fact(html, "Not there yet", behind);
    fact(html, "Expected back", sums.expected);
    fact(html, "Disconnected", sums.disconnected);
    fact(html, "Listening for news", sums.listeners);
    html.push_str("</dl>\n");
    nodes(html, sums);
    running(html, sums);
    if rows.is_empty() {
        html.push_str("<p>No client core needs attention. <a href=\"/-/clients\">All as JSON</a></p>\n</section>\n");
        return;
    }
    let columns = [
        Column::Text("Client core"),
        Column::Text("Address"),
        Column::Text("State"),
        Column::Number("Runs"),
        Column::Text("Reason"),
        Column::Text("Learns by"),
        Column::Text("Last heard"),
        Column::Text("Version"),
    ];
    table(html, "Client cores that do not run this generation, the worst first", &columns);
    rows.iter().for_each(|core| row(html, core));
    html.push_str(TABLE_END);
    let shown =
        if *all > rows.len() { format!("The first {} of ", rows.len()) } else { String::new() };
    let _ = writeln!(
        html,
        "<p>{shown}{}. <a href=\"/-/clients\">All as JSON</a></p>\n</section>",
        count(*all, "client core")
    );
}

fn row(html: &mut String, core: &ClientRow) {
    let class = match core.state {
        ClientState::Refused => "bad",
        ClientState::Current => "good",
        _ => "plain",
    };
    let runs = match core.generation {
        0 => "none".to_owned(),
        generation => generation.to_string(),
    };
    let address = core.address.map_or_else(|| "-".to_owned(), |address| address.to_string());
    let heard = match core.last_seen_seconds {
        0 => "now".to_owned(),
        ago => format!("{} ago", seconds(Duration::from_secs(ago))),
    };
    let _ = writeln!(
        html,
        "<tr><th scope=\"row\"><code>{}</code></th><td><code>{address}</code></td><td class=\"{class}\">{}</td><td class=\"number\">{runs}</td>\
         <td class=\"long\">{}</td><td>{}</td><td>{heard}</td><td>{}</td></tr>",
        Escaped(&core.client),
        core.state.word(),
        Escaped(&core.reason),
        core.transport.map_or("-", |transport| transport.word()),
        Escaped(&core.version),
    );
}

/// How many run which generation, unless all run the same.
fn running(html: &mut String, clients: &Clients) {
    if clients.running.len() < 2 {
        return;
    }
    let parts = clients.running.iter().take(10).map(|it| match it.generation {
        0 => format!("none ({})", it.clients),
        generation => format!("{generation} ({})", it.clients),
    });
    let parts: Vec<_> = parts.collect();
    let _ = writeln!(html, "<p>Generations, and how many run them: {}.</p>", parts.join(", "));
}
