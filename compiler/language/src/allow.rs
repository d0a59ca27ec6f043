//! `// allow(name): reason` on the line above silences a warning.

use adr_diagnostic::{Diagnostic, Finding, Severity, Sources, Span};
use hashbrown::HashMap;

use crate::findings::finding;
use crate::levels::Levels;
use crate::tree::{Entry, Item, SiteItem, Tree};

pub(crate) static FINDINGS: &[&Finding] = &[&UNUSED_ALLOW, &BAD_ALLOW];

static UNUSED_ALLOW: Finding = Finding::warning(
    "unused-allow",
    "an `allow` comment silences nothing",
    "`// allow(name): reason` silences a warning about the line below it. When there is none any more, the comment\n\
           only hides the next mistake.\n\n\
           ```adr\n// allow(any-length): every length is meant\nrule \"Local\" { digits 7; prefix 9 }\n```\n\nRemove the comment.\n",
);

static BAD_ALLOW: Finding = Finding::warning(
    "bad-allow",
    "an `allow` comment is not understood",
    "An `allow` names one finding that is a warning, and says after a colon why it is allowed here.\n\n\
           ```adr\n// allow(any-length)\nrule \"All\" { begins-with +; digits any; remove 1 }\n```\n\n\
           Write `// allow(any-length): the carrier takes numbers of every length`.\n",
);

/// An `allow` comment that is understood.
struct Allow {
    name: &'static str,
    comment: Span,
    used: bool,
}

/// Drops the findings that comments allow; adds those about the comments themselves.
///
/// A comment about a finding that nobody asked for is left alone: whether it is needed is not known.
pub(crate) fn apply(
    (trees, sources): (&[Tree], &Sources),
    levels: &Levels,
    found: &mut Vec<Diagnostic>,
) {
    let mut notes = Vec::new();
    for tree in trees {
        let mut allows = HashMap::new();
        for comment in &tree.comments {
            match read(*comment, sources) {
                None => {}
                Some(Ok(finding)) if !levels.asks_for(finding) => {}
                Some(Ok(finding)) => {
                    let line = line_below(*comment, tree, sources);
                    let allow = Allow {
                        name: finding.name,
                        comment: *comment,
                        used: false,
                    };
                    allows.entry(line).or_insert_with(Vec::new).push(allow);
                }
                Some(Err(note)) => notes.push(note),
            }
        }
        if !allows.is_empty() {
            silence(tree, sources, &mut allows, found);
            let unused = allows.into_values().flatten().filter(|allow| !allow.used);
            notes.extend(unused.map(|allow| {
                let message = format!("there is no `{}` to allow on the line below", allow.name);
                UNUSED_ALLOW
                    .found(message)
                    .at(allow.comment)
                    .with_help("remove the comment")
            }));
        }
    }
    notes.sort_by_key(Diagnostic::span);
    found.append(&mut notes);
}

/// Whether a comment is an `allow` that is understood.
pub(crate) fn is_allow(comment: Span, sources: &Sources) -> bool {
    matches!(read(comment, sources), Some(Ok(_)))
}

/// The finding that a comment allows; `None` when it is an ordinary comment.
fn read(comment: Span, sources: &Sources) -> Option<Result<&'static Finding, Diagnostic>> {
    let text = sources.slice(comment).trim_start_matches('/').trim();
    let (name, reason) = text.strip_prefix("allow(")?.split_once(')')?;
    let wrong = |message: String| {
        let found = BAD_ALLOW.found(message).at(comment);
        Some(Err(found.with_help(
            "write `// allow(name): reason`, with the name of a warning",
        )))
    };
    let Some(finding) = finding(name.trim()) else {
        return wrong(format!("no finding is called `{}`", name.escape_debug()));
    };
    if !finding.lowerable {
        return wrong(format!(
            "`{}` is an error and cannot be allowed",
            finding.name
        ));
    }
    match reason.trim_start().strip_prefix(':').map(str::trim) {
        Some(reason) if !reason.is_empty() => Some(Ok(finding)),
        _ => wrong(format!(
            "this does not say why `{}` is allowed here",
            finding.name
        )),
    }
}

/// The first line below a comment that is neither blank nor a comment.
fn line_below(comment: Span, tree: &Tree, sources: &Sources) -> u32 {
    let source = sources.get(tree.source);
    let mut at = comment.end as usize;
    loop {
        let rest = source.text().get(at..).unwrap_or_default();
        at += rest.len() - rest.trim_start().len();
        match tree
            .comments
            .binary_search_by_key(&at, |comment| comment.start as usize)
        {
            Ok(next) => at = tree.comments[next].end as usize,
            Err(_) => return source.position(u32::try_from(at).unwrap_or(u32::MAX)).line,
        }
    }
}

/// Drops the findings about a line, or inside a rule that begins on it.
fn silence(
    tree: &Tree,
    sources: &Sources,
    allows: &mut HashMap<u32, Vec<Allow>>,
    found: &mut Vec<Diagnostic>,
) {
    let source = sources.get(tree.source);
    let rules = rules(tree);
    found.retain(|diagnostic| {
        let span = diagnostic.span().filter(|span| span.source == tree.source);
        let Some(span) = span.filter(|_| diagnostic.severity != Severity::Error) else {
            return true;
        };
        let before = rules.partition_point(|rule| rule.start <= span.start);
        let rule = before
            .checked_sub(1)
            .and_then(|at| rules.get(at))
            .filter(|rule| span.end <= rule.end);
        let lines = [Some(span.start), rule.map(|rule| rule.start)];
        let mut allowed = false;
        for line in lines
            .into_iter()
            .flatten()
            .map(|start| source.position(start).line)
        {
            let names = allows.get_mut(&line).into_iter().flatten();
            for allow in names.filter(|allow| allow.name == diagnostic.name) {
                allow.used = true;
                allowed = true;
            }
        }
        !allowed
    });
}

/// Every rule of a tree, in order of their places.
fn rules(tree: &Tree) -> Vec<Span> {
    let entries = |entries: &[Entry]| -> Vec<Span> {
        entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Rule(rule) => Some(rule.span),
                Entry::Use(_) => None,
            })
            .collect()
    };
    let mut rules: Vec<Span> = tree
        .items
        .iter()
        .flat_map(|item| match item {
            Item::Group(group) => entries(&group.entries),
            Item::Block(block) => entries(&block.entries),
            Item::Site(site) => site
                .items
                .iter()
                .flat_map(|item| match item {
                    SiteItem::Block(block) => entries(&block.entries),
                    SiteItem::Let(_) | SiteItem::Clients(_) => Vec::new(),
                })
                .collect(),
            _ => Vec::new(),
        })
        .collect();
    rules.sort_unstable();
    rules
}
