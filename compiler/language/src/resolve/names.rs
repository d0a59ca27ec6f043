//! Checks names: which characters they have, and that they are unique.

use adr_diagnostic::{Diagnostic, Finding, Sources, Span, is_invisible};
use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;

use super::context::Context;
use crate::limits::{DESCRIPTION_CHARACTERS, NAME_CHARACTERS};
use crate::plan::List;

pub(super) static FINDINGS: &[&Finding] =
    &[&BAD_NAME, &BAD_DESCRIPTION, &DUPLICATE_NAME, &DUPLICATE_GROUP, &DUPLICATE_SITE];

/// The characters that the CUCM administration page rejects in a name.
const FORBIDDEN: [char; 6] = ['"', '%', '&', '\\', '<', '>'];

static BAD_NAME: Finding = Finding::error(
    "bad-name",
    "a name is not accepted by CUCM",
    include_str!("../pages/bad-name.md"),
);

static BAD_DESCRIPTION: Finding = Finding::error(
    "bad-description",
    "a description is not accepted by CUCM",
    include_str!("../pages/bad-description.md"),
);

static DUPLICATE_NAME: Finding = Finding::error(
    "duplicate-name",
    "two rules of one list have the same name",
    include_str!("../pages/duplicate-name.md"),
);

pub(super) static DUPLICATE_GROUP: Finding = Finding::error(
    "duplicate-group",
    "two groups have the same name",
    include_str!("../pages/duplicate-group.md"),
);

pub(super) static DUPLICATE_SITE: Finding = Finding::error(
    "duplicate-site",
    "two sites have the same name",
    include_str!("../pages/duplicate-site.md"),
);

/// Checks the name of a rule, group, site or let.
pub(super) fn check_name(span: Span, context: &mut Context<'_>) {
    let name = context.slice(span);
    if is_usual(name) {
        return;
    }
    let characters = name.chars().count();
    let refused =
        name.chars().find(|c| FORBIDDEN.contains(c) || c.is_control() || is_invisible(*c));
    let message = if characters == 0 {
        "a name has at least one character".to_owned()
    } else if characters > NAME_CHARACTERS {
        format!("this name has {characters} characters, and a name has at most {NAME_CHARACTERS}")
    } else if let Some(refused) = refused.filter(|c| is_invisible(*c)) {
        let code = u32::from(refused);
        format!("U+{code:04X}, an invisible character, is not allowed in a name")
    } else if let Some(refused) = refused {
        format!("`{}` is not allowed in a name", refused.escape_debug())
    } else {
        return;
    };
    context.push(BAD_NAME.found(message).at(span));
}

/// Whether a name is obviously valid, as almost all are.
fn is_usual(name: &str) -> bool {
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'-' | b'_');
    (1..=NAME_CHARACTERS).contains(&name.len()) && name.bytes().all(is_usual)
}

/// Checks a description.
pub(super) fn check_description(span: Span, context: &mut Context<'_>) {
    let text = context.slice(span);
    let characters = text.chars().count();
    let message = if characters > DESCRIPTION_CHARACTERS {
        format!(
            "this description has {characters} characters, and CUCM takes at most {DESCRIPTION_CHARACTERS}"
        )
    } else if text.chars().any(char::is_control) {
        "a description may not contain a control character".to_owned()
    } else {
        return;
    };
    let found = BAD_DESCRIPTION.found(message).at(span);
    context.push(found.with_help("write it as a comment above the rule"));
}

/// Finds rules of a list that have the name of an earlier rule.
pub(crate) fn repeated(list: &List, sources: &Sources) -> Vec<Diagnostic> {
    let hash = |name: &str| FxBuildHasher.hash_one(name);
    let mut names: HashTable<Span> = HashTable::with_capacity(list.rules.len());
    let mut repeated = Vec::new();
    let mut last = None;
    let names_in_order = list.origins.iter().map(|origin| origin.name);
    for span in names_in_order.filter(|name| last.replace(*name) != Some(*name)) {
        let name = sources.slice(span);
        let known = names.entry(
            hash(name),
            |other| sources.slice(*other) == name,
            |other| hash(sources.slice(*other)),
        );
        let first = *known.or_insert(span).get();
        if first != span {
            let message = format!("there is a rule `{name}` in this list already");
            let found = DUPLICATE_NAME.found(message).at(span).at(first);
            repeated.push(found.with_label("first here").with_help("rename one of them"));
        }
    }
    repeated
}
