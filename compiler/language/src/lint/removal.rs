//! The fix that removes a rule which never wins.

use std::ops::Range;

use adr_diagnostic::{Applicability, Edit, Fix, Sources, Span};
use hashbrown::HashSet;

use crate::book::List;

/// Rules of which nothing ever wins, wherever they are used; given are the lists with the positions of
/// those of their rules that never win, ascending.
pub(super) fn removable(lists: &[(&List, Vec<usize>)]) -> HashSet<Span> {
    let rule = |list: &List, at: usize| list.origin(at).map(|origin| origin.rule);
    let mut removable: HashSet<Span> = lists
        .iter()
        .flat_map(|(list, idle)| idle.iter().filter_map(|at| rule(list, *at)))
        .collect();
    if removable.is_empty() {
        return removable;
    }
    for (list, idle) in lists {
        let mut idle = idle.iter().peekable();
        for at in 0..list.rules().len() {
            if idle.next_if_eq(&&at).is_none() {
                rule(list, at).map(|rule| removable.remove(&rule));
            }
        }
    }
    removable
}

/// Removes a rule, with its line if nothing else stands there.
pub(super) fn removal(sources: &Sources, rule: Span) -> Fix {
    let text = sources.get(rule.source).text();
    let Range { start, end } = rule.range();
    let blanks = |text: &str| text.trim_matches([' ', '\t', '\r', '\n']).is_empty();
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
    let is_alone = blanks(&text[line_start..start]) && blanks(&text[end..line_end]);
    let (from, to) = if is_alone {
        (line_start, line_end)
    } else {
        (start, end)
    };
    let offset = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Fix {
        message: "remove the rule".to_owned(),
        edits: vec![Edit {
            span: Span::new(rule.source, offset(from), offset(to)),
            replacement: String::new(),
        }],
        applicability: Applicability::Automatic,
    }
}
