//! The form "Try a number", and the result of one.

use std::fmt::Write;

use adr_bundle::{ListKind, Tree};

use super::files::MAX_VIEWS;
use super::html::{Column, Escaped, TABLE_END, count, section, table};
use crate::admin::backend::{Trace, TraceStep};
use crate::admin::trial::MAX_CHARACTERS;

/// A number that was tried.
pub(in crate::admin) struct Tried {
    pub(in crate::admin) number: String,
    /// The name of a site; empty for the default view.
    pub(in crate::admin) view: String,
    pub(in crate::admin) kind: ListKind,
    pub(in crate::admin) outcome: Outcome,
}

/// What became of a number.
pub(in crate::admin) enum Outcome {
    Trace(Trace),
    /// The form cannot be used, or not now; the reason is a sentence.
    Invalid(String),
}

pub(super) fn trial(html: &mut String, tree: &Tree, tried: Option<&Tried>) {
    section(html, "try", "Try a number");
    let number = Escaped(tried.map_or("", |tried| &tried.number));
    let _ = write!(
        html,
        "<form method=\"post\" action=\"/-/try#try\" autocomplete=\"off\">\n\
         <p><label for=\"number\">Number</label><input id=\"number\" name=\"number\" type=\"text\" inputmode=\"tel\" \
         maxlength=\"{MAX_CHARACTERS}\" required spellcheck=\"false\" value=\"{number}\"></p>\n"
    );
    view_field(html, tree, tried.map_or("", |tried| &tried.view));
    html.push_str("<p><label for=\"list\">Rules</label><select id=\"list\" name=\"list\">");
    let kind = tried.map_or(ListKind::Application, |tried| tried.kind);
    for (value, of, word) in [
        ("application", ListKind::Application, "application dial rules"),
        ("lookup", ListKind::Lookup, "directory lookup rules"),
    ] {
        let selected = if of == kind { " selected" } else { "" };
        let _ = write!(html, "<option value=\"{value}\"{selected}>{word}</option>");
    }
    html.push_str(
        "</select></p>\n<p><button type=\"submit\">Apply the rules</button></p>\n</form>\n",
    );
    match tried.map(|tried| &tried.outcome) {
        Some(Outcome::Trace(trace)) => result(html, trace),
        Some(Outcome::Invalid(reason)) => {
            let _ = writeln!(html, "<p class=\"warning\" role=\"alert\">{}</p>", Escaped(reason));
        }
        None => html.push_str(
            "<p class=\"plain\">adrc applies the published rules as a client does. It neither logs nor keeps the number.</p>\n",
        ),
    }
    html.push_str("</section>\n");
}

/// A list of all views, or a field for the name of a site if there are too many.
fn view_field(html: &mut String, tree: &Tree, chosen: &str) {
    html.push_str("<p><label for=\"view\">View</label>");
    if tree.views().len() > MAX_VIEWS {
        let _ = writeln!(
            html,
            "<input id=\"view\" name=\"view\" type=\"text\" placeholder=\"default\" value=\"{}\"></p>",
            Escaped(chosen)
        );
        return;
    }
    html.push_str("<select id=\"view\" name=\"view\">");
    for view in tree.views() {
        let name = view.name().unwrap_or_default();
        let selected = if name == chosen { " selected" } else { "" };
        let word = Escaped(view.name().unwrap_or("default"));
        let value = Escaped(name);
        let _ = write!(html, "<option value=\"{value}\"{selected}>{word}</option>");
    }
    html.push_str("</select></p>\n");
}

fn result(html: &mut String, trace: &Trace) {
    let Trace { cleaned, result, remarks, steps, omitted } = trace;
    let unchanged =
        if cleaned == result { " <span class=\"plain\">(unchanged)</span>" } else { "" };
    let _ = writeln!(
        html,
        "<p class=\"result\" role=\"status\"><code>{}</code> <span aria-label=\"becomes\">→</span> <strong><code>{}</code></strong>{unchanged}</p>",
        Escaped(cleaned),
        Escaped(result)
    );
    for remark in remarks {
        let _ = writeln!(html, "<p class=\"warning\">{}</p>", Escaped(remark));
    }
    if !steps.is_empty() {
        let columns = [
            Column::Number("Row"),
            Column::Text("Rule"),
            Column::Text("Verdict"),
            Column::Text("Why"),
            Column::Text("Place"),
        ];
        table(html, "The rules that were passed, and the one that decides", &columns);
        steps.iter().for_each(|step| row(html, step));
        html.push_str(TABLE_END);
    }
    if *omitted > 0 {
        let others = count(*omitted, "other rule");
        let verb = if *omitted == 1 { "does" } else { "do" };
        let _ = writeln!(html, "<p>{others} above {verb} not match either.</p>");
    }
    if !steps.iter().any(|step| step.wins) {
        html.push_str("<p>No rule matches: the number goes out unchanged.</p>\n");
    }
}

fn row(html: &mut String, step: &TraceStep) {
    let (class, verdict) = match step.wins {
        true => (" class=\"current\"", "decides"),
        false => ("", "does not match"),
    };
    let _ = writeln!(
        html,
        "<tr{class}><th scope=\"row\" class=\"number\">{}</th><td>{}</td><td>{verdict}</td><td>{}</td><td><code>{}</code></td></tr>",
        step.position,
        Escaped(&step.rule),
        Escaped(&step.reason),
        Escaped(&step.place)
    );
}
