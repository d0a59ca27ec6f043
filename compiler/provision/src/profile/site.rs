//! Reads the tables `[site.NAME]`.

use std::collections::BTreeMap;

use adr_diagnostic::visible;

use super::layer::{self, Layer};
use super::network;
use crate::finding::{DUPLICATE_SETTING, INVALID_PROFILE_VALUE};
use crate::names::Names;
use crate::reader::{Entry, Reader};

/// Most characters of a site's name, which is the name of a folder.
const NAME_LENGTH: usize = 64;

/// Most bytes of the values of all sites together, which each site has with those of all PCs. The
/// files of a profile have about 75 times as many bytes.
pub(super) const MAX_SIZE: usize = MAX_SIZE_MIB << 20;

/// The same in MiB.
pub(super) const MAX_SIZE_MIB: usize = 4;

/// Names that a folder cannot have on Windows, apart from `com1` and so on.
const RESERVED: [&str; 4] = ["aux", "con", "nul", "prn"];

/// The sites, sorted by name, with their settings over those of all PCs.
pub(super) fn read(
    reader: &mut Reader,
    entry: &Entry<'_>,
    names: &Names,
    base: &Layer,
) -> Vec<(String, Layer)> {
    let Some(table) = entry.open_table(reader) else {
        return Vec::new();
    };
    let mut sites = Vec::new();
    let mut size = base.size();
    let mut seen = BTreeMap::new();
    for entry in table.entries() {
        let name = entry.key();
        let span = entry.key_span(reader);
        if !is_name(name) {
            let message = format!("`{}` is not a site's name", visible(name));
            let help = format!(
                "write a letter, then letters, digits, `-` and `_`: at most {NAME_LENGTH}, and not \
                 the name of a device of Windows"
            );
            reader.push(INVALID_PROFILE_VALUE.found(message).at(span).with_help(help));
            continue;
        }
        if let Some(first) = seen.insert(name.to_ascii_lowercase(), span) {
            let message = format!("the site `{name}` is there twice: folders are equal there");
            let found = DUPLICATE_SETTING.found(message).at(span).at(first);
            reader.push(found.with_label("the first one").with_help("choose another name"));
            continue;
        }
        if let Some(table) = entry.table(reader, layer::KEYS, "a table") {
            let layer = Layer::read(reader, &table, names, true);
            size = size.saturating_add(base.size()).saturating_add(layer.size());
            if size > MAX_SIZE {
                report_size(reader, &entry);
                break;
            }
            let layer = layer.over(base.clone());
            network::report_hosts(reader, &table, &layer, base);
            network::report_inherited(reader, &table, &layer, base);
            sites.push((name.to_owned(), layer));
        }
    }
    sites
}

/// Reports the first site that is too much.
fn report_size(reader: &mut Reader, entry: &Entry<'_>) {
    let message = format!(
        "the values of all sites have more than {MAX_SIZE_MIB} MiB, counting those that they share"
    );
    let help = "write a profile for some of the sites, or fewer and shorter values";
    let found = INVALID_PROFILE_VALUE.found(message).at(entry.key_span(reader));
    reader.push(found.with_help(help));
}

fn is_name(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let device = ["com", "lpt"].iter().any(|device| {
        let number = lower.strip_prefix(device);
        number.is_some_and(|number| matches!(number.as_bytes(), [b'0'..=b'9']))
    });
    let characters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(characters)
        && text.len() <= NAME_LENGTH
        && !device
        && !RESERVED.contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn site_name_is_a_folder_name_on_windows() {
        let long = "a".repeat(64);
        for name in ["branch", "B-1", "console", "com", "com10", &long] {
            assert!(is_name(name), "{name}");
        }
        let longer = "a".repeat(65);
        for name in ["", "1a", "a.b", "../a", "CON", "nul", "com1", "LPT9", "ä", &longer] {
            assert!(!is_name(name), "{name}");
        }
    }
}
