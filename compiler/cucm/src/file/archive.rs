//! Tar archives, as BAT's Export writes them: one file per item, and a header file.

use std::io::Read;

use adr_diagnostic::{Sources, Span};
use tar::{Archive, Entry};

use super::findings::{DAMAGED_ARCHIVE, UNKNOWN_LAYOUT};
use super::{FILE_BYTES, FileRules, read_text};
use crate::rule::RuleKind;

/// Most members of an archive. An export of all items of a cluster has a few hundred.
const MEMBERS: usize = 10_000;

/// Whether bytes are a tar archive: the magic number of its first header.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

/// Reads the members whose names say that they hold dial rules. All other members belong to other
/// items.
pub(super) fn read(
    name: &str,
    bytes: &[u8],
    kind: Option<RuleKind>,
    sources: &mut Sources,
) -> FileRules {
    let mut rules = FileRules::default();
    let mut others = Vec::new();
    let mut is_broken = false;
    let mut archive = Archive::new(bytes);
    let members = archive.entries().into_iter().flatten().take(MEMBERS);
    let mut found_rules = false;
    for member in members {
        let Some((member_name, content)) = member.ok().and_then(content) else {
            is_broken = true;
            break;
        };
        let is_rules =
            RuleKind::in_name(&member_name).is_some() || is_named_dial_rules(&member_name);
        if content.is_empty() || !is_rules {
            others.push(member_name);
            continue;
        }
        found_rules = true;
        rules.append(read_text(&format!("{name}/{member_name}"), &content, kind, sources));
    }
    if is_broken || !found_rules {
        let source = sources.add(name, "");
        let found = if is_broken {
            DAMAGED_ARCHIVE.found(format!("`{name}` is a tar archive that is cut or damaged"))
        } else {
            let others = listed(&others);
            UNKNOWN_LAYOUT
                .found(format!("no file in `{name}` is called after dial rules; it has {others}"))
                .with_help("export the dial rules again, or import their CSV file")
        };
        rules.report.push(found.at(Span::new(source, 0, 0)));
    }
    rules
}

/// Name and content of a member; an empty content for folders and links. `None` if it is cut.
fn content(mut member: Entry<'_, &[u8]>) -> Option<(String, Vec<u8>)> {
    let name = String::from_utf8_lossy(&member.path_bytes()).into_owned();
    let mut content = Vec::new();
    if !member.header().entry_type().is_file() {
        return Some((name, content));
    }
    let size = usize::try_from(member.size()).unwrap_or(usize::MAX);
    // one byte more than the limit, so that the reader of the text reports the limit
    let limit = u64::try_from(FILE_BYTES + 1).unwrap_or(u64::MAX);
    member.by_ref().take(limit).read_to_end(&mut content).ok()?;
    (content.len() == size.min(FILE_BYTES + 1)).then_some((name, content))
}

fn is_named_dial_rules(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphabetic);
    letters.map(|c| c.to_ascii_lowercase()).collect::<String>().contains("dialrule")
}

/// Names of members that a message repeats.
const LISTED: usize = 10;

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "no files".to_owned();
    }
    let shown: Vec<_> =
        names.iter().take(LISTED).map(|name| format!("`{}`", name.escape_debug())).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
