//! `allow` comments: `// allow(name): reason` silences a finding on the line below.

use adr_diagnostic::{Diagnostic, Finding, Severity, SourceId, Sources, Span};
use hashbrown::HashMap;

use crate::allow_comment::AllowComment;
use crate::levels::Levels;
use crate::registry::Registry;
use crate::tree::{Item, ListItem, SiteItem, Tree};

pub(crate) static FINDINGS: &[&Finding] = &[&UNUSED_ALLOW, &BAD_ALLOW];

static UNUSED_ALLOW: Finding = Finding::warning(
    "unused-allow",
    "an `allow` comment has no effect",
    include_str!("pages/unused-allow.md"),
);

static BAD_ALLOW: Finding = Finding::warning(
    "bad-allow",
    "an `allow` comment is not valid",
    include_str!("pages/bad-allow.md"),
);

/// The valid `allow` comments of one file.
#[derive(Default)]
struct Allows {
    /// By the number of the line, from 1, and the name of the finding.
    of_line: HashMap<(u32, &'static str), Allow>,
    /// Every rule of the file, in the order of their places.
    rules: Vec<Span>,
}

/// The comments that allow one finding on one line.
#[derive(Default)]
struct Allow {
    /// The spans of the comments.
    comments: Vec<Span>,
    /// Whether a finding was silenced.
    used: bool,
}

/// Removes the findings that comments allow, and adds findings about the comments themselves.
///
/// If `levels` do not enable a finding, comments that allow it are not checked: whether they are
/// needed is unknown.
pub(crate) fn apply(
    (trees, sources): (&[Tree], &Sources),
    levels: &Levels,
    registry: &Registry,
    found: &mut Vec<Diagnostic>,
) {
    let mut notes = Vec::new();
    let mut of_source: HashMap<SourceId, Allows> = HashMap::new();
    for tree in trees {
        let below = lines_below(tree, sources);
        for (comment, line) in tree.comments.iter().zip(below) {
            match read(*comment, sources, registry) {
                None => {}
                Some(Ok(finding)) if !levels.asks_for(finding) => {}
                Some(Ok(finding)) => {
                    let allows = of_source
                        .entry(tree.source)
                        .or_insert_with(|| Allows { rules: rules(tree), ..Allows::default() });
                    let allow = allows.of_line.entry((line, finding.name)).or_default();
                    allow.comments.push(*comment);
                }
                Some(Err(note)) => notes.push(note),
            }
        }
    }
    if !of_source.is_empty() {
        silence(sources, &mut of_source, found);
    }
    for ((_, name), allow) in of_source.into_values().flat_map(|allows| allows.of_line) {
        let unused = allow.comments.into_iter().filter(|_| !allow.used);
        notes.extend(unused.map(|comment| {
            let message = format!("there is no `{name}` to allow on the line below");
            let found = UNUSED_ALLOW.found(message).at(comment);
            found.with_help("remove the comment")
        }));
    }
    notes.sort_by_key(Diagnostic::span);
    found.append(&mut notes);
}

/// The finding that a comment allows, or what is wrong with the comment; `None` for an ordinary
/// comment.
fn read(
    comment: Span,
    sources: &Sources,
    registry: &Registry,
) -> Option<Result<&'static Finding, Diagnostic>> {
    let allow = AllowComment::read(comment, sources)?;
    let wrong = |message: String, help: &str| {
        Some(Err(BAD_ALLOW.found(message).at(comment).with_help(help)))
    };
    let form = "write `// allow(name): reason`, with the name of a warning";
    let Some(finding) = registry.get(allow.name) else {
        let message = format!("no finding is called `{}`", allow.name.escape_debug());
        return match registry.suggest(allow.name, &[]) {
            Some(close) => wrong(message, &format!("did you mean `{close}`?")),
            None => wrong(message, form),
        };
    };
    if !finding.lowerable {
        return wrong(format!("`{}` is an error and cannot be allowed", finding.name), form);
    }
    match allow.reason {
        Some(_) => Some(Ok(finding)),
        None => {
            wrong(format!("the reason why `{}` is allowed here is missing", finding.name), form)
        }
    }
}

/// For every comment of a file, the number of the first line below it that holds more than
/// comments.
fn lines_below(tree: &Tree, sources: &Sources) -> Vec<u32> {
    let source = sources.get(tree.source);
    let mut lines = vec![0; tree.comments.len()];
    // from the last comment to the first, because a comment takes over the line of the comment
    // below it
    for (at, comment) in tree.comments.iter().enumerate().rev() {
        let rest = source.text().get(comment.range().end..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start().len();
        let below = u32::try_from(comment.range().end + blanks).unwrap_or(u32::MAX);
        let next = tree.comments.get(at + 1);
        lines[at] = match next.is_some_and(|next| next.start == below) {
            true => lines[at + 1],
            false => source.position(below).line,
        };
    }
    lines
}

/// Removes the findings that point at a line with an `allow`, or into a rule that begins on it.
fn silence(
    sources: &Sources,
    of_source: &mut HashMap<SourceId, Allows>,
    found: &mut Vec<Diagnostic>,
) {
    found.retain(|diagnostic| {
        let span = diagnostic.span();
        let span = span.filter(|_| diagnostic.severity != Severity::Error);
        let Some(span) = span else { return true };
        let Some(allows) = of_source.get_mut(&span.source) else {
            return true;
        };
        let source = sources.get(span.source);
        let before = allows.rules.partition_point(|rule| rule.start <= span.start);
        let rule = before
            .checked_sub(1)
            .and_then(|at| allows.rules.get(at))
            .filter(|rule| span.end <= rule.end);
        let mut allowed = false;
        for start in [Some(span.start), rule.map(|rule| rule.start)] {
            let line = start.map(|start| source.position(start).line);
            let allow = line.and_then(|line| allows.of_line.get_mut(&(line, diagnostic.name)));
            if let Some(allow) = allow {
                allow.used = true;
                allowed = true;
            }
        }
        !allowed
    });
}

/// Every rule of a tree, in order.
fn rules(tree: &Tree) -> Vec<Span> {
    let items = |items: &[ListItem]| -> Vec<Span> {
        items
            .iter()
            .filter_map(|item| match item {
                ListItem::Rule(rule) => Some(rule.span),
                ListItem::Use(_) => None,
            })
            .collect()
    };
    let mut rules: Vec<Span> = tree
        .items
        .iter()
        .flat_map(|item| match item {
            Item::Group(group) => items(&group.items),
            Item::Block(block) => items(&block.items),
            Item::Site(site) => site
                .items
                .iter()
                .flat_map(|item| match item {
                    SiteItem::Block(block) => items(&block.items),
                    SiteItem::Let(_) | SiteItem::Clients(_) => Vec::new(),
                })
                .collect(),
            _ => Vec::new(),
        })
        .collect();
    rules.sort_unstable();
    rules
}
