//! The result of waiting, in lines for a terminal.

use adr_protocol::ClientRow;
use adr_render::text::{count, escaped};
use adr_watcher::publish::Base;

use super::fleet::{Elsewhere, Fleet};

/// Most cores that are listed.
const MAX_LISTED: usize = 10;

/// The lines when all cores run the generation.
pub(super) fn success(fleet: &Fleet, base: &Base) -> Vec<String> {
    let generation = base.generation;
    let line = match fleet.total() {
        0 => format!("generation {generation} is served; no client core is connected"),
        1 => format!("1 client{} runs generation {generation}", of_nodes(fleet)),
        number => {
            let (clients, nodes) = (count(number, "client"), of_nodes(fleet));
            format!("{clients}{nodes} run generation {generation}")
        }
    };
    let others = disconnected(fleet).into_iter().chain(silent(fleet));
    std::iter::once(line).chain(others).collect()
}

/// The lines when they do not: which servers serve something else, which cores are missing, and
/// why.
pub(super) fn failure(fleet: &Fleet, base: &Base) -> Vec<String> {
    let generation = base.generation;
    let mut lines: Vec<String> =
        fleet.elsewhere.iter().map(|other| elsewhere(other, generation)).collect();
    if fleet.total() == 0 && lines.is_empty() {
        lines.extend(fleet.problems.iter().cloned());
        lines.push(format!("no client core is connected to {}", fleet.servers.join(", ")));
        lines.extend(disconnected(fleet));
        lines.extend(silent(fleet));
        lines.push(
            "name all servers that client cores follow with --admin, or accept that there are none \
             with --allow-none"
                .to_owned(),
        );
        return lines;
    }
    if !lines.is_empty() {
        return lines;
    }
    let all = count(fleet.total(), "client");
    let nodes = of_nodes(fleet);
    lines.push(format!("{} of {all}{nodes} run generation {generation}", fleet.current));
    lines.extend(fleet.missing_rows.iter().take(MAX_LISTED).map(missing));
    match fleet.missing.saturating_sub(MAX_LISTED) {
        0 => {}
        more => lines.push(format!("  and {more} more: see /-/clients?state=behind,refused")),
    }
    lines.extend(disconnected(fleet));
    lines.extend(silent(fleet));
    lines.extend(fleet.problems.iter().cloned());
    lines
}

/// The lines of the servers that answered when another one did not: those of [`failure`] if one of
/// them serves something else or misses a core. Without, the server without an answer is the cause.
pub(super) fn partial_failure(fleet: &Fleet, base: &Base) -> Vec<String> {
    let is_known = fleet.missing > 0 || !fleet.elsewhere.is_empty();
    if is_known { failure(fleet, base) } else { Vec::new() }
}

fn elsewhere(other: &Elsewhere, published: u64) -> String {
    let Elsewhere { server, generation } = other;
    let folder = if *generation < published { "" } else { " of another folder" };
    format!("{server} serves generation {generation}{folder}, not generation {published}")
}

fn missing(row: &ClientRow) -> String {
    let address = row.address.map_or_else(String::new, |address| format!(" ({address})"));
    let node = match row.node.as_str() {
        "" => String::new(),
        node => format!(" at node {}", escaped(node)),
    };
    format!("  {}{address}{node}: {}", escaped(&row.client), escaped(&row.reason))
}

/// " of 3 nodes"; empty if the servers know no other nodes.
fn of_nodes(fleet: &Fleet) -> String {
    match fleet.nodes {
        0 => String::new(),
        nodes => format!(" of {}", count(nodes, "node")),
    }
}

/// The lines of nodes that do not report.
fn silent(fleet: &Fleet) -> impl Iterator<Item = String> {
    fleet.silent.iter().map(|(node, since)| {
        format!(
            "node {} has not reported for {}; its clients count at the nodes to which they move",
            escaped(node),
            count(usize::try_from(*since).unwrap_or(usize::MAX), "second"),
        )
    })
}

fn disconnected(fleet: &Fleet) -> Option<String> {
    let number = fleet.disconnected;
    let are = if number == 1 { "is" } else { "are" };
    (number > 0).then(|| format!("{} {are} disconnected and not counted", count(number, "client")))
}

#[cfg(test)]
mod tests {
    use adr_protocol::ClientState;

    use super::super::fleet::tests::{answer, base, row};
    use super::*;

    #[test]
    fn failure_names_missing_cores_and_their_reasons() {
        let rows: Vec<ClientRow> = (0..13)
            .map(|number| row(&format!("core-{number:04}"), ClientState::Behind, 0))
            .collect();
        let lines = failure(&Fleet::of(&[answer(1, rows)], &base()), &base());
        assert_eq!(lines.len(), 12, "{lines:?}");
        assert_eq!(lines[0], "0 of 13 clients run generation 7");
        assert_eq!(lines[1], "  core-0000 (10.0.0.1): because of core-0000");
        assert!(lines[11].starts_with("  and 3 more"), "{lines:?}");
    }

    #[test]
    fn success_names_the_cores_that_are_not_counted() {
        let mut rows = vec![row("core-0001", ClientState::Current, 0)];
        let lines =
            |rows: &[ClientRow]| success(&Fleet::of(&[answer(1, rows.to_vec())], &base()), &base());
        assert_eq!(lines(&rows), ["1 client runs generation 7"]);
        rows.push(row("core-0002", ClientState::Disconnected, 60));
        rows.push(row("core-0003", ClientState::Disconnected, 600));
        let known = "2 clients are disconnected and not counted";
        assert_eq!(lines(&rows), ["1 client runs generation 7", known]);
    }

    #[test]
    fn text_of_a_server_is_escaped() {
        let mut hostile = row("core-0001", ClientState::Refused, 0);
        hostile.reason = "\u{1b}[31m".to_owned();
        let lines = failure(&Fleet::of(&[answer(1, vec![hostile])], &base()), &base());
        assert!(lines.iter().all(|line| !line.contains('\u{1b}')), "{lines:?}");
    }

    #[test]
    fn failure_without_cores_says_what_to_do() {
        let gone = row("core-0001", ClientState::Disconnected, 60);
        let fleet = Fleet::of(&[answer(1, vec![gone])], &base());
        let lines = failure(&fleet, &base());
        assert_eq!(lines[0], "no client core is connected to 127.0.0.1:1");
        assert_eq!(lines[1], "1 client is disconnected and not counted");
        assert!(lines[2].contains("--allow-none"), "{lines:?}");
        assert!(success(&fleet, &base())[0].contains("no client core"));
    }

    #[test]
    fn server_of_another_folder_is_named() {
        let mut other = answer(1, Vec::new());
        other.clients.sha256 = "cd".to_owned();
        let mut older = answer(2, Vec::new());
        older.clients.generation = 6;
        let lines = failure(&Fleet::of(&[other, older], &base()), &base());
        assert_eq!(
            lines,
            [
                "127.0.0.1:1 serves generation 7 of another folder, not generation 7",
                "127.0.0.1:2 serves generation 6, not generation 7",
            ]
        );
    }
}
