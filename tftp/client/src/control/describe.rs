//! What a program says about a core: its status, and why it cannot be reached.

use std::io::{self, ErrorKind};

use serde_json::Value;

/// The status of a core as lines for people; `status` is the field of that name in an answer.
///
/// ```
/// use adr_client::control::describe::status_lines;
///
/// let status = serde_json::json!({"has_rules": false, "client": "5f3a", "version": "0.1.0"});
/// let lines = status_lines(&status);
/// assert_eq!(lines[0], "no rules: every number is unchanged");
/// assert_eq!(lines[1], "no server is followed");
/// ```
#[must_use]
pub fn status_lines(status: &Value) -> Vec<String> {
    let text = |name: &str| status[name].as_str().unwrap_or_default();
    let mut lines = vec![running_line(status)];
    lines.push(match (text("followed"), text("transport")) {
        ("", "") => "no server is followed".to_owned(),
        ("", "poll") => "asking the servers in intervals".to_owned(),
        ("", _) => "no server answers; trying again".to_owned(),
        (server, transport) => format!("following {server} by {transport}"),
    });
    match text("freshness") {
        "" | "current" => {}
        freshness => lines.push(format!("{freshness}: newer rules may be held back")),
    }
    if let Some(detail) = status["refused"]["detail"].as_str() {
        lines.push(format!("rejected: {detail}"));
    }
    lines.push(format!("client {}, version {}", text("client"), text("version")));
    lines
}

fn running_line(status: &Value) -> String {
    if status["has_rules"] != true {
        return "no rules: every number is unchanged".to_owned();
    }
    let generation = match status["generation"].as_u64() {
        None | Some(0) => "rules without a generation".to_owned(),
        Some(generation) => format!("generation {generation}"),
    };
    let (application, lookup) = (&status["application_rules"], &status["lookup_rules"]);
    let server = status["server"].as_str().unwrap_or_default();
    let source = if status["from_cache"] == true { " (from the cache)" } else { "" };
    format!(
        "{generation}: {application} application and {lookup} lookup rules from {server}{source}"
    )
}

/// Why a core cannot be reached through its socket, as a phrase.
#[must_use]
pub fn failure_phrase(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such socket".to_owned(),
        ErrorKind::ConnectionRefused => "the core that made this socket has ended".to_owned(),
        ErrorKind::PermissionDenied => "the core belongs to another user".to_owned(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "the core did not answer in time".to_owned(),
        ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => {
            "the core closed the connection".to_owned()
        }
        _ => error.to_string(),
    }
}
