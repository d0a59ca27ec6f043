//! What needs attention: failed reloads with their findings, blocked rules, ends, and warnings.

use std::fmt::Write;
use std::time::SystemTime;

use super::html::{Escaped, age, count, moment};
use super::{Status, word};
use crate::admin::alerts::{Alert, AlertScope};
use crate::admin::backend::BlockedByRollback;
use crate::admin::bounded::KnownHistory;
use crate::admin::reload::ReloadReport;
use crate::validity::{Subject, Validity};

pub(super) fn alerts(html: &mut String, status: &Status<'_>, now: SystemTime) {
    for alert in status.alerts.all() {
        failure(html, &alert, now);
    }
    blocked(html, status, now);
    for (subject, validity) in status.validities.all() {
        if validity.is_near_end(now) {
            near_end(html, subject, validity, now);
        }
    }
    for warning in status.warnings {
        let _ = writeln!(
            html,
            "<p class=\"warning\"><strong>Warning:</strong> {}</p>",
            Escaped(warning)
        );
    }
}

fn failure(html: &mut String, alert: &Alert, now: SystemTime) {
    let (heading, effect) = match alert.scope {
        AlertScope::Rules | AlertScope::Folder => {
            ("The last reload failed", "Clients still get the generation above.")
        }
        AlertScope::Cluster => ("CUCM needs attention", "Clients still get the generation above."),
        AlertScope::Nodes => {
            ("The cluster needs attention", "Clients still get the generation above.")
        }
        AlertScope::SlowReload => {
            ("A reload takes long", "Clients still get the generation above.")
        }
        AlertScope::Certificate => {
            ("The new certificate is not used", "HTTPS still uses the previous one.")
        }
    };
    let _ = writeln!(
        html,
        "<section class=\"failure\" role=\"alert\">\n<h2>{heading}</h2>\n<p>Since {}, for {}. {effect}</p>\n<pre tabindex=\"0\">{}</pre>",
        moment(alert.raised),
        age(alert.raised, now),
        Escaped(&alert.reason)
    );
    if let Some(report) = &alert.report {
        findings(html, report);
    }
    html.push_str("</section>\n");
}

fn findings(html: &mut String, report: &ReloadReport) {
    let all = count(report.findings().len() + report.omitted(), "finding");
    let _ = write!(html, "<details open>\n<summary>{all}</summary>\n<ol class=\"findings\">\n");
    for finding in report.findings() {
        let class = if finding.is_error { "bad" } else { "plain" };
        let (first, rest) = finding.text.split_once('\n').unwrap_or((&finding.text, ""));
        let _ = writeln!(
            html,
            "<li><p class=\"{class}\">{}</p>\n<pre tabindex=\"0\">{}</pre></li>",
            Escaped(first),
            Escaped(rest)
        );
    }
    html.push_str("</ol>\n");
    if let Some(more) = report.more() {
        let _ = writeln!(html, "<p>{more}. <code>adrc check</code> lists all of them.</p>");
    }
    html.push_str("</details>\n");
}

/// What a rollback blocks: the present rules, or other ones that were published before.
fn blocked(html: &mut String, status: &Status<'_>, now: SystemTime) {
    let reason = status.alerts.blocked();
    let known = match &status.history {
        KnownHistory::Read(history) | KnownHistory::Silent(Some(history)) => {
            history.as_ref().as_ref().ok().and_then(|history| history.blocked.as_ref())
        }
        _ => None,
    };
    match (reason, known) {
        (Some(reason), known) => {
            let _ = writeln!(
                html,
                "<section class=\"blocked\" role=\"alert\">\n<h2>A rollback blocks these rules</h2>\n<p>{}</p>\n{}</section>",
                Escaped(&capitalized(&reason)),
                known.map(|it| format!("<p>{}</p>\n", rolled_back(it, now))).unwrap_or_default(),
            );
        }
        (None, Some(known)) => {
            let _ = writeln!(
                html,
                "<section class=\"blocked\">\n<h2>Rolled back</h2>\n<p>{} adrc does not publish that content again by itself.</p>\n{RELEASE}\n</section>",
                rolled_back(known, now)
            );
        }
        (None, None) => {}
    }
}

/// How to end what a rollback blocks.
const RELEASE: &str = "<p>To release it, change the rules, or publish them by hand with <code>adrc compile</code>.</p>";

fn rolled_back(blocked: &BlockedByRollback, now: SystemTime) -> String {
    let numbers: Vec<_> = blocked.generations.iter().map(u64::to_string).collect();
    let verb = if numbers.len() == 1 { "was" } else { "were" };
    let plural = if numbers.len() == 1 { "" } else { "s" };
    let numbers = numbers.join(", ");
    let since = blocked.since.map(|at| format!(" on {}, {} ago", moment(at), age(at, now)));
    let since = since.unwrap_or_default();
    format!("Generation{plural} {numbers} {verb} rolled back{since}.")
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + characters.as_str() + "."
}

fn near_end(html: &mut String, subject: Subject, validity: Validity, now: SystemTime) {
    let (name, end) = (word(subject), moment(validity.end));
    let text = match validity.is_over(now) {
        true => format!("{name}: it ended {} ago, on {end}.", age(validity.end, now)),
        false => format!("{name}: it ends in {}, on {end}.", age(now, validity.end)),
    };
    let help = match subject {
        Subject::Signature => {
            "Client cores reject a generation whose signature has expired. Publish with the key: <code>--sign KEY</code>."
        }
        Subject::Certificate => "Replace certificate and key, and send SIGHUP.",
    };
    let _ = writeln!(html, "<p class=\"warning\"><strong>Warning:</strong> {text} {help}</p>");
}
