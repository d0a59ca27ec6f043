//! The published files of each view, as links to their content.

use std::fmt::Write;
use std::sync::Arc;

use adr_bundle::{Case, Manifest, RULES_FOLDER, SIGNATURE_FILE_NAME, TreeFile, View};
use ipnet::IpNet;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::html::{Column, Escaped, TABLE_END, section, table};
use crate::store::Generation;

/// Most views on the page; the manifest lists all of them.
pub(super) const MAX_VIEWS: usize = 200;

/// What is encoded in a link to a file.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

pub(super) fn files(html: &mut String, generation: &Generation) {
    section(html, "files", "Published files");
    let columns = [
        Column::Text("View"),
        Column::Text("Networks"),
        Column::Text("File"),
        Column::Number("Bytes"),
        Column::Text("SHA-256"),
    ];
    table(html, "Views, their networks, and their files", &columns);
    let tree = generation.tree();
    let views = tree.views().iter().zip(&tree.manifest().views);
    for (at, (view, entry)) in views.enumerate().take(MAX_VIEWS) {
        let link = format!("/-/files/{}/{at}/", tree.generation());
        view_rows(html, view, &entry.networks, &link);
    }
    html.push_str(TABLE_END);
    let left = tree.views().len().saturating_sub(MAX_VIEWS);
    html.push_str("<p>");
    if left > 0 {
        let _ = write!(html, "And {left} more views. ");
    }
    let link = format!("/-/files/{}/0/", tree.generation());
    let signature = match tree.signature() {
        Some(_) => {
            format!(", and <a href=\"{link}{SIGNATURE_FILE_NAME}\">its signature</a> covers it")
        }
        None => String::new(),
    };
    if tree.generation() > 0 {
        let name = Manifest::FILE_NAME;
        let _ = write!(html, "<a href=\"{link}{name}\">{name}</a> lists every file{signature}.");
    }
    html.push_str("</p>\n</section>\n");
}

/// The rows of a view; `link` is where its files are.
fn view_rows(html: &mut String, view: &View, networks: &[IpNet], link: &str) {
    let files = files_of(view);
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
            "{begin}<td><a href=\"{link}{}\"><code>{}</code></a>{twice}</td><td class=\"number\">{}</td><td><code title=\"{hash}\">{}…</code></td></tr>",
            utf8_percent_encode(name, ENCODED),
            Escaped(name),
            file.bytes().len(),
            hash.get(..12).unwrap_or(hash)
        );
    }
    if files.is_empty() {
        html.push_str("<td colspan=\"3\">no files</td></tr>\n");
    }
}

/// Files of a view by name, and whether the same file is in [`RULES_FOLDER`] as well. The manifest
/// and its signature, which are the same in every view, are left out.
fn files_of(view: &View) -> Vec<(&str, &Arc<TreeFile>, bool)> {
    let is_of_all = |name: &&str| [Manifest::FILE_NAME, SIGNATURE_FILE_NAME].contains(name);
    let mut names: Vec<&str> = view.names().filter(|name| !is_of_all(name)).collect();
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
