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

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, state: NodeState, generation: u64) -> NodeSummary {
        NodeSummary {
            node: name.to_owned(),
            state,
            generation,
            sha256: "ab".to_owned(),
            clients: 3,
            reported_seconds: 0,
            version: "<b>".to_owned(),
        }
    }

    #[test]
    fn table_says_which_nodes_lag_or_are_gone() {
        let mut html = String::new();
        nodes(&mut html, &Clients::default());
        assert_eq!(html, "", "a server alone");
        let clients = Clients {
            generation: 7,
            sha256: "ab".to_owned(),
            nodes: vec![
                node("a", NodeState::Up, 7),
                node("b", NodeState::Up, 6),
                node("c", NodeState::Down, 7),
                node("d", NodeState::Ended, 0),
            ],
            nodes_problem: "nats://nats1 does not answer".to_owned(),
            ..Clients::default()
        };
        nodes(&mut html, &clients);
        for part in [
            "may be missing here: nats://nats1 does not answer",
            "<code>a</code></th><td class=\"good\">up",
            "<code>b</code></th><td class=\"bad\">serves another generation",
            "<code>c</code></th><td class=\"bad\">does not report",
            "<code>d</code></th><td class=\"plain\">has ended</td><td class=\"number\">none",
            "&lt;b&gt;",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }
}
