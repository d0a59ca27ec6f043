//! The last generations of the published folder.

use std::fmt::Write;
use std::time::SystemTime;

use super::html::{Column, Escaped, TABLE_END, age, moment, section, table};
use crate::admin::backend::PastGeneration;
use crate::admin::bounded::KnownHistory;

pub(super) fn history(html: &mut String, history: &KnownHistory, now: SystemTime) {
    section(html, "history", "History");
    let history = match history {
        KnownHistory::NoFolder => {
            html.push_str(
                "<p>Generations are only in memory. <code>--publish DIR</code> keeps them in a folder.</p>\n</section>\n",
            );
            return;
        }
        KnownHistory::Read(history) => Some(history),
        KnownHistory::Silent(before) => {
            html.push_str(
                "<p class=\"warning\"><strong>Warning:</strong> The published folder does not answer; look at its disk or network drive.</p>\n",
            );
            before.as_ref()
        }
    };
    match history.map(AsRef::as_ref) {
        Some(Ok(history)) => generations(html, &history.generations, now),
        Some(Err(reason)) => {
            let _ = writeln!(html, "<p>{}</p>", Escaped(reason));
        }
        None => {}
    }
    html.push_str("</section>\n");
}

fn generations(html: &mut String, generations: &[PastGeneration], now: SystemTime) {
    let columns = [
        Column::Number("Generation"),
        Column::Text("Published"),
        Column::Text("Message"),
        Column::Text("User"),
        Column::Text("Commit"),
        Column::Text("Remark"),
    ];
    table(html, "The last generations, newest first", &columns);
    for past in generations {
        let published = past.published.map_or_else(
            || "-".to_owned(),
            |at| format!("{} <span class=\"plain\">{} ago</span>", moment(at), age(at, now)),
        );
        let (class, current) = match past.is_current {
            true => (" class=\"current\" aria-current=\"true\"", "current"),
            false => ("", ""),
        };
        let separator = if past.is_current && !past.remark.is_empty() { ", " } else { "" };
        let text = |text: &Option<String>| {
            text.as_deref().map_or("-".to_owned(), |text| Escaped(text).to_string())
        };
        let _ = writeln!(
            html,
            "<tr{class}><th scope=\"row\" class=\"number\">{}</th><td>{published}</td><td class=\"long\">{}</td><td>{}</td><td><code>{}</code></td><td>{current}{separator}{}</td></tr>",
            past.generation,
            text(&past.message),
            text(&past.user),
            text(&past.commit),
            Escaped(&past.remark)
        );
    }
    html.push_str(TABLE_END);
}
