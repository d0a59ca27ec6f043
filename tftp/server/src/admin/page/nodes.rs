//! The nodes that serve the same generations, and the client cores of each.

use std::fmt::Write;
use std::time::Duration;

use adr_protocol::{Clients, NodeState, NodeSummary};

use super::html::{Column, Escaped, TABLE_END, seconds, table};

/// A table of the nodes; nothing if the server speaks only for itself.
pub(super) fn nodes(html: &mut String, clients: &Clients) {
    if !clients.nodes_problem.is_empty() {
        let _ = writeln!(
            html,
            "<p class=\"warning\"><strong>Warning:</strong> the client cores of other nodes may be missing here: {}</p>",
            Escaped(&clients.nodes_problem)
        );
    }
    if clients.nodes.is_empty() {
        return;
    }
    let columns = [
        Column::Text("Node"),
        Column::Text("State"),
        Column::Number("Serves"),
        Column::Number("Client cores"),
        Column::Text("Reported"),
        Column::Text("Version"),
    ];
    table(html, "Nodes that serve the same generations, this one first", &columns);
    for node in &clients.nodes {
        row(html, node, node.serves(clients.generation, &clients.sha256));
    }
    html.push_str(TABLE_END);
}

fn row(html: &mut String, node: &NodeSummary, is_equal: bool) {
    let (class, word) = match node.state {
        NodeState::Down => ("bad", "does not report"),
        NodeState::Ended => ("plain", "has ended"),
        NodeState::Up if !is_equal => ("bad", "serves another generation"),
        NodeState::Up => ("good", "up"),
    };
    let serves = match node.generation {
        0 => "none".to_owned(),
        generation => generation.to_string(),
    };
    let reported = match node.reported_seconds {
        0 => "now".to_owned(),
        ago => format!("{} ago", seconds(Duration::from_secs(ago))),
    };
    let _ = writeln!(
        html,
        "<tr><th scope=\"row\"><code>{}</code></th><td class=\"{class}\">{word}</td><td class=\"number\">{serves}</td>\
         <td class=\"number\">{}</td><td>{reported}</td><td>{}</td></tr>",
        Escaped(&node.node),
        node.clients,
        Escaped(&node.version),
    );
}
